#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the modules for one kernel, in a copy of the tree so that kernels do not disturb each other, with every
# warning an error; prints the folder that holds the .ko files.
#
# usage: build.sh NAME [kunit]
#
# NAME is what kernel.sh takes, or host for the kernel that runs here. With kunit, vdevfw.ko has the KUnit suites and a
# fake of KVM.

# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

HERE=$(dirname "$(realpath "$0")")
TOP=$(realpath "$HERE/../..")

name=${1:?"usage: build.sh NAME [kunit]"}
variant=${2:-}
out=$TOP/build/$name${variant:+-$variant}
if [[ $name == host ]]; then
	kernel=/lib/modules/$(uname -r)
	[[ -d $kernel/build ]] || die "the headers of kernel $(uname -r) are missing: install linux-headers-$(uname -r)"
else
	kernel=$("$HERE/kernel.sh" "$name")
fi

arguments=(W=1 "KCFLAGS=-Werror" VDEVFW_TESTS=1)
[[ $variant == kunit ]] && arguments=(W=1 "KCFLAGS=-Werror" VDEVFW_KUNIT=1)

mkdir -p "$out/tree"
# Two suites may want the same modules at once.
exec 8>"$out/lock"
flock 8
rsync -rlp --checksum --delete --exclude '*.o' --exclude '*.ko' --exclude '*.mod*' --exclude '.*' --exclude 'Module.symvers' \
	--exclude 'modules.order' --include '/Kbuild' --include '/include/***' --include '/uapi/***' --include '/vdevfw/***' \
	--include '/drivers/***' --include '/tools/' --include '/tools/bench/***' --exclude '*' "$TOP/" "$out/tree/"

# Not -t: a changed file is new, even if it was edited before the last build.
# What a kernel's build tree says of missing debug data is not about us; our own warnings are errors.
if ! make -C "$kernel/build" M="$out/tree" "${arguments[@]}" -j"$(nproc)" modules >"$out/build.log" 2>&1; then
	cat "$out/build.log" >&2
	die "the modules do not build for $name: see above"
fi
rm -f "$out"/*.ko
find "$out/tree" -name '*.ko' -exec cp -t "$out" {} +
echo "$out"
