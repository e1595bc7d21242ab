#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The launcher: exit statuses and messages for each file of configs/, modules loaded on demand, the examples. KTAP.
#
# The first line of a configuration is "# expect: STATUS REGEX", for its exit status and a line of its output. A file that
# `load` names without a folder is one of the example guests.

here=$(cd "$(dirname "$0")" && pwd)
VDEVCTL=${VDEVCTL:-/bin/vdevctl} GUESTS=${GUESTS:-/guests} EXAMPLES=${EXAMPLES:-/examples}
work=$(mktemp -d)
number=0
failures=0

# report STATUS NAME: with what the launcher said, if it failed.
report() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		failures=$((failures + 1))
		sed 's/^/# /' output
		echo "not ok $number $2"
	fi
}

# expect NAME STATUS REGEX COMMAND...
expect() {
	name=$1 status=$2 regex=$3
	shift 3
	# Apart, because what the guest prints and what its vdevs say would mix within a line.
	timeout 60 "$@" >output 2>messages </dev/null
	got=$?
	cat messages >>output
	[ "$got" -eq "$status" ] && grep -Eq -- "$regex" output
	good=$?
	[ "$good" -eq 0 ] || echo "# $name: status $got, not $status, or no line with: $regex"
	report "$good" "$name"
}

is_loaded() {
	[ -d "/sys/module/$1" ]
}

cd "$work" || exit 1
cp "$GUESTS"/* .
cp "$here"/configs/*.conf .
set -- *.conf
echo "KTAP version 1"
echo "1..$(($# + 26))"

# ---- modules on demand ----

rmmod vdev-test 2>/dev/null
rmmod vdev-trace 2>/dev/null
! is_loaded vdev_trace
report $? "vdev-trace is not loaded"
printf 'ram 16m load %s vdev trace loc 0xfa000000' trace.elf >autoload
expect "a vdev's module is loaded on demand" 0 'trace: PASS' "$VDEVCTL" run autoload
is_loaded vdev_trace && ! is_loaded vdev_test
report $? "vdev-trace is loaded, vdev-test is not"
expect "factories lists it" 0 'trace' "$VDEVCTL" factories

# ---- configurations ----

for config in "$@"; do
	read -r _ _ status regex <"$config"
	expect "$config" "$status" "$regex" "$VDEVCTL" run "$config"
done
[ "$(cat /sys/module/vdevfw/refcnt)" -eq "$(find /sys/module/vdevfw/holders -mindepth 1 | wc -l)" ]
report $? "no reference to vdevfw is left"

# ---- examples, with the guests where they expect them ----

mkdir -p a/b/examples build/tools a/build/tools
cp "$EXAMPLES"/*.conf a/b/examples/
cp -r "$GUESTS" a/build/tools/guests
mkdir -p a/b/build/tools
for example in hello:'hello: 32-bit guest' trace:'trace: PASS' smp:'smp: PASS'; do
	expect "example ${example%%:*}" 0 "${example#*:}" "$VDEVCTL" run "a/b/examples/${example%%:*}.conf"
done
expect "emit-logger says each access" 0 'write 0x3e8' "$VDEVCTL" run a/b/examples/trace.conf
expect "hello64" 0 'hello64: 64-bit guest' sh -c "echo ram 16m load $work/hello64.elf | $VDEVCTL run -"
expect "flat" 0 'flat: loaded at 0x200000' sh -c "echo ram 16m load 2m,$work/flat.bin | $VDEVCTL run -"

# ---- the command line ----

expect "no command" 64 'vdevctl run' "$VDEVCTL"
expect "unknown command" 64 "unknown command 'frob'" "$VDEVCTL" frob
expect "no file" 64 'wrong number of arguments' "$VDEVCTL" run
expect "missing file" 65 'nowhere.conf:1:1: cannot read the configuration: No such file' "$VDEVCTL" run nowhere.conf
expect "a folder" 65 'cannot read the configuration' "$VDEVCTL" run .
expect "help" 0 'Exit status' "$VDEVCTL" help
expect "--help" 0 'Exit status' "$VDEVCTL" --help
expect "a binary file" 65 "trace.elf:1:1: byte 0x7f is not text" "$VDEVCTL" run trace.elf
printf 'ram 16m\n\000' >nul
expect "a NUL" 65 "nul:2:1: byte 0x00 is not text" "$VDEVCTL" run nul

# ---- long words ----

# long LENGTH: a machine whose vdev has a location of that length.
long() {
	printf 'ram 16m load hello.elf\nvdev trace\n loc %s' "$(head -c "$1" /dev/zero | tr '\0' x)" >long
}

long 60000
expect "a location of 60,000 bytes" 65 'long:3:6: vdev trace: option loc: "x{40}" is malformed' "$VDEVCTL" run long
long 65536
expect "one of 64 KiB" 65 'long:2:1: vdev trace: its options have 65541 bytes; allowed: 65536' "$VDEVCTL" run long
long 65537
expect "a longer one" 65 'long:3:6: a word of 65537 bytes: at most 65536 are allowed' "$VDEVCTL" run long

# ---- without the module ----

rmmod vdev-test
rmmod vdev-trace
rmmod vdevfw
! is_loaded vdevfw
report $? "vdevfw is not loaded"
printf 'ram 16m load trace.elf vdev trace loc 0xfa000000' >vdev
expect "a machine with a vdev says what to load" 64 'cannot open /dev/vdevfw: No such file or directory; load the module' \
	"$VDEVCTL" run vdev
printf 'ram 16m load hello.elf' >hello
expect "a machine without vdevs needs no module" 0 'hello: 32-bit' "$VDEVCTL" run hello
modprobe vdevfw

rm -rf "$work"
[ "$failures" -eq 0 ]
