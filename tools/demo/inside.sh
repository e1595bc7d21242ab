#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration itself, in the kernel in which it happens.
#
# usage: inside.sh FOLDER-OF-vdevfw.ko FOLDER-OF-vdev-trace.ko
set -eu

top=$(realpath "$(dirname "$0")/../..")
tracing=/sys/kernel/tracing

say() {
	printf '\n# %s\n' "$*"
}

# Shows a command, then runs it.
show() {
	say "$*"
	"$@"
}

undo() {
	echo 0 >"$tracing/events/vdev_trace/enable" 2>/dev/null || :
	rmmod vdev-trace 2>/dev/null || :
	rmmod vdevfw 2>/dev/null || :
}
trap undo EXIT

[ -e /dev/kvm ] || modprobe kvm_amd || modprobe kvm_intel
[ -d "$tracing/events" ] || mount -t tracefs tracefs "$tracing"

show uname -r
cd "$1"
show insmod vdevfw.ko
cd "$2"
show insmod vdev-trace.ko
echo >"$tracing/trace"
echo 1 >"$tracing/events/vdev_trace/enable"

cd "$top/Documentation/examples"
export PATH="$top/build/tools:$PATH"
show grep -v '^#' demo.conf
show vdevctl run demo.conf

say "what the tracepoint recorded first, of $(grep -c vdtrace_access "$tracing/trace") accesses: $tracing/trace"
grep -m 6 vdtrace_access "$tracing/trace"
