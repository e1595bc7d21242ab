#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs all selftests inside the guest of the test bed, as root, and prints KTAP. Ends with 0 if and only if all passed,
# the modules unload, and the kernel has said nothing bad.
#
# usage: run.sh [PROGRAM...]
#
# Beside this file: the test programs and configs/. VDEVCTL and GUESTS name the launcher and the folder with its guests,
# by default /bin/vdevctl and /guests; EXAMPLES that with the example configurations, by default /examples. VDEVFW_MODULES
# is the folder with the kernel's modules.

here=$(dirname "$0")
programs=${*:-ioctl_test guest_test access_test vdevctl_test.sh kill_test stress_test}
bad='WARNING:|BUG:|Oops|KASAN|UBSAN|kmemleak: [0-9]+ new|possible circular|inconsistent lock|suspicious RCU|INFO: task .* blocked|general protection|soft lockup|rcu.*stall|scheduling while atomic|ODEBUG|refcount_t'
number=0
failures=0

export VDEVCTL="${VDEVCTL:-/bin/vdevctl}" GUESTS="${GUESTS:-/guests}" EXAMPLES="${EXAMPLES:-/examples}"

# report STATUS NAME
report() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		failures=$((failures + 1))
		echo "not ok $number $2"
	fi
}

# kernel_is_quiet: since the last time.
kernel_is_quiet() {
	dmesg -c >/tmp/dmesg
	! grep -E -A 40 "$bad" /tmp/dmesg | sed 's/^/# /' | head -n 120 | grep .
}

run_program() {
	start=$(cut -d. -f1 /proc/uptime)
	{
		"$here/$1" 2>&1
		echo "$?" >/tmp/status
	} | sed 's/^/  /'
	status=$(cat /tmp/status)
	echo "# $1: $(($(cut -d. -f1 /proc/uptime) - start)) s"
	report "$status" "$1"
	kernel_is_quiet
	report "$?" "$1: the kernel has nothing to complain about"
}

unload() {
	status=0
	for module in vdev-test vdev-trace vdevfw; do
		[ ! -d "/sys/module/$(echo "$module" | tr - _)" ] || rmmod "$module" || status=1
	done
	return "$status"
}

# Objects that are still referenced from registers or lists in transit are no leak: hence two scans, seconds apart.
no_leak() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	! sed 's/^/# /' /sys/kernel/debug/kmemleak | grep .
}

modprobe kvm_amd 2>/dev/null || modprobe kvm_intel || exit 1
modprobe vdevfw || exit 1
"$here/hold_vm" &
holder=$!
dmesg -n 4
dmesg -c >/dev/null
# shellcheck disable=SC2086 # a list of words
set -- $programs
echo "KTAP version 1"
echo "1..$(($# * 2 + 3))"
for program in "$@"; do
	run_program "$program"
done
kill "$holder"
wait "$holder" 2>/dev/null
unload
report "$?" "the modules unload"
no_leak
report "$?" "kmemleak finds nothing"
kernel_is_quiet
report "$?" "the kernel has nothing to complain about in the end"
[ "$failures" -eq 0 ]
