#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs all selftests inside the guest of the test bed, as root, and prints KTAP. Ends with 0 if and only if all passed,
# the modules unload, and the kernel has said nothing bad.
#
# usage: run.sh [PROGRAM... | PART/PARTS]
#
# Without PROGRAM, all run; with 1/2, every second one from the first on, and so on.
#
# Beside this file: the test programs and configs/. VDEVCTL and GUESTS name the launcher and the folder with its guests,
# by default /bin/vdevctl and /guests; EXAMPLES that with the example configurations, by default /examples. VDEVFW_MODULES
# is the folder with the kernel's modules.

here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR/.. source=reports.sh disable=SC1091
. "$here/reports.sh"
all="ioctl_test guest_test startup_test access_test rules_test regions_test memory_test wdt_test thread_test services_test hang_test vdevctl_test.sh launcher_test states_test restore_test asking_test save_test kill_test stress_test"
programs=${*:-$all}
case $programs in
*/*)
	part=${programs%/*} parts=${programs#*/} n=0
	programs=
	for program in $all; do
		[ $((n % parts)) -ne $((part - 1)) ] || programs="$programs $program"
		n=$((n + 1))
	done
	;;
esac
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
	dmesg -c | rename_foreign_races >/tmp/dmesg
	! grep -E -A 40 "$REPORTS" /tmp/dmesg | sed 's/^/# /' | head -n 120 | grep .
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

# set_cpus 0|1: takes all CPUs but the first offline, or brings them online.
set_cpus() {
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[ ! -e "$cpu" ] || [ "$(cat "$cpu")" -eq "$1" ] || echo "$1" >"$cpu"
	done
}

unload() {
	status=0
	for module in vdev-wdt-ib700 vdev-wdt-sp805 vdev-memtest vdev-regions vdev-record vdev-test vdev-null vdev-trace vdevfw; do
		[ ! -d "/sys/module/$(echo "$module" | tr - _)" ] || rmmod "$module" || status=1
	done
	return "$status"
}

modprobe kvm_amd 2>/dev/null || modprobe kvm_intel || exit 1
modprobe vdevfw || exit 1
watch_races || exit 1
mkfifo /tmp/held
"$here/hold_vm" >/tmp/held &
holder=$!
read -r _ </tmp/held || exit 1
# Where the first VM was made by one CPU, the others come now; see hold_vm.c.
set_cpus 1
dmesg -n 4
dmesg -c >/dev/null
# shellcheck disable=SC2086 # a list of words
set -- $programs
echo "KTAP version 1"
echo "1..$(($# * 2 + 3))"
for program in "$@"; do
	run_program "$program"
done
set_cpus 0
kill "$holder"
wait "$holder" 2>/dev/null
unload
report "$?" "the modules unload"
no_leak
report "$?" "kmemleak finds nothing"
kernel_is_quiet
report "$?" "the kernel has nothing to complain about in the end"
[ "$failures" -eq 0 ]
