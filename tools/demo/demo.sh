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

on_host() {
	local kernel
	need_root "loading modules"
	[[ -e /dev/kvm ]] || die "this machine has no /dev/kvm: load kvm_intel or kvm_amd, or run the demo without HOST=1"
	kernel=$(uname -r)
	[[ -d /lib/modules/$kernel/build ]] || die "the headers of kernel $kernel are missing: install linux-headers-$kernel"
	make -s --no-print-directory -C "$TOP" VDEVFW_TESTS=1 modules
	"$HERE/inside.sh" "$TOP/vdevfw" "$TOP/drivers"
	insmod "$TOP/vdevfw/vdevfw.ko"
	insmod "$TOP/drivers/vdev-trace.ko"
	insmod "$TOP/tools/bench/vdevfw-bare.ko"
	"$BUILD/bench" "$BUILD/demo.json" "${ROWS[@]}"
	rmmod vdevfw-bare vdev-trace vdevfw
	python3 "$HERE/costs.py" "$BUILD/demo.json" ns
}

in_virtme() {
	local modules
	"$TOP/tools/vm/packages.sh"
	modules=$("$TOP/tools/vm/build.sh" stock-6.12)
	# One CPU: with several, QEMU's emulation may trip over the code that KVM patches; see selftests/hold_vm.c.
	"$TOP/tools/vm/boot.sh" --kernel stock-6.12 --vng --cpus 1 -- "$HERE/inside.sh" "$modules" "$modules"

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
