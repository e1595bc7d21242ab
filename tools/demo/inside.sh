#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration itself, in the kernel in which it happens.
#
# usage: inside.sh FOLDER-OF-MODULES
set -eu

top=$(realpath "$(dirname "$0")/../..")
tracing=/sys/kernel/tracing
# An instance of our own leaves what others trace here alone.
trace=$tracing/instances/vdevfw-demo

say() {
	printf '\n# %s\n' "$*"
}

# Shows a command, then runs it.
show() {
	say "$*"
	"$@"
}

undo() {
	[ ! -d "$trace" ] || echo 0 >"$trace/events/vdev_trace/enable" || :
	rmdir "$trace" 2>/dev/null || :
	rmmod vdev-trace 2>/dev/null || :
	rmmod vdevfw 2>/dev/null || :
}
trap undo EXIT

[ -e /dev/kvm ] || modprobe kvm_amd || modprobe kvm_intel
[ -d "$tracing/events" ] || mount -t tracefs tracefs "$tracing"

show uname -r
cd "$1"
show insmod vdevfw.ko
show insmod vdev-trace.ko
mkdir "$trace"
echo 1 >"$trace/events/vdev_trace/enable"

cd "$top/Documentation/examples"
export PATH="$top/build/tools:$PATH"
show grep -v '^#' demo.conf
show vdevctl run demo.conf

say "what the tracepoint recorded first, of $(grep -c vdtrace_access "$trace/trace") accesses"
grep -m 6 vdtrace_access "$trace/trace"
