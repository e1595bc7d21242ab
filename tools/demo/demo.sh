#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration: a KVM guest reads and writes the trace vdev, in a stock Debian kernel booted by virtme-ng, or,
# with --host, in the kernel that runs here.
#
# usage: demo.sh [--host]

# shellcheck source-path=SCRIPTDIR/../vm source=../vm/common.sh disable=SC1091
. "$(dirname "$0")/../vm/common.sh"

HERE=$(dirname "$(realpath "$0")")
TOP=$(realpath "$HERE/../..")
BUILD=$TOP/build
ROWS=(trace-mmio-read ioapic-mmio-read user-mmio-read)

build_tools() {
	make -s --no-print-directory -C "$TOP/tools" O="$BUILD/tools" >/dev/null
	make -s --no-print-directory -C "$TOP/tools/bench" O="$BUILD" >/dev/null
}

# unload MODULE...: those that are loaded.
unload() {
	local module
	for module in "$@"; do
		[[ ! -d /sys/module/${module//-/_} ]] || rmmod "$module"
	done
}

on_host() {
	local modules tool
	need_root "loading modules"
	for tool in rsync python3; do
		[[ $(command -v $tool) ]] || die "the demo needs $tool: install it"
	done
	[[ -e /dev/kvm ]] || die "this machine has no /dev/kvm: load kvm_intel or kvm_amd, or run the demo without HOST=1"
	[[ ! -d /sys/module/vdevfw ]] || die "vdevfw is loaded and perhaps in use: unload it first, with its vdevs"
	modules=$("$TOP/tools/vm/build.sh" host)
	trap 'unload vdevfw-bare vdev-trace vdevfw' EXIT
	"$HERE/inside.sh" "$modules"
	insmod "$modules/vdevfw.ko"
	insmod "$modules/vdev-trace.ko"
	insmod "$modules/vdevfw-bare.ko"
	"$BUILD/bench" "$BUILD/demo.json" "${ROWS[@]}"
	python3 "$HERE/costs.py" "$BUILD/demo.json" ns
}

in_virtme() {
	local modules
	"$TOP/tools/vm/packages.sh"
	modules=$("$TOP/tools/vm/build.sh" stock-6.12)
	# One CPU: with several, QEMU's emulation may trip over the code that KVM patches; see selftests/hold_vm.c.
	"$TOP/tools/vm/boot.sh" --kernel stock-6.12 --vng --cpus 1 -- "$HERE/inside.sh" "$modules"

	# Time means nothing in an emulated machine; instructions do, and there one takes one nanosecond.
	"$TOP/tools/vm/boot.sh" --kernel stock-6.12 --icount --module "$modules/vdevfw.ko" \
		--module "$modules/vdev-trace.ko" --module "$modules/vdevfw-bare.ko" --add "$BUILD/bench:/bench" \
		--get "/demo.json:$BUILD/demo.json" -- \
		sh -c "modprobe kvm_amd && modprobe -a vdevfw vdevfw-bare && /bench /demo.json ${ROWS[*]}"
	python3 "$HERE/costs.py" "$BUILD/demo.json" instructions
}

mkdir -p "$BUILD"
build_tools
if [[ ${1:-} == --host ]]; then
	on_host
else
	in_virtme
fi
