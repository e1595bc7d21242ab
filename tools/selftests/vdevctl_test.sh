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

# bytes WIDTH NUMBER...: each of them in WIDTH bytes, the lowest first.
bytes() {
	width=$1
	shift
	for value in "$@"; do
		left=$width
		while [ "$left" -gt 0 ]; do
			# shellcheck disable=SC2059 # an octal escape
			printf "\\$((value >> 6 & 3))$((value >> 3 & 7))$((value & 7))"
			value=$((value >> 8)) left=$((left - 1))
		done
	done
}

# elf FILE [FIELD=NUMBER]...: an ELF32 file with one segment of four bytes, good but for these fields.
elf() {
	file=$1 class=1 order=1 type=2 machine=3 entry=0x100000 table=52 size=32 count=1
	kind=1 offset=84 address=0x100000 in_file=4 in_memory=4
	shift
	for field in "$@"; do
		eval "$field"
	done
	{
		printf '\177ELF'
		bytes 1 "$class" "$order" 1 0 0 0 0 0 0 0 0 0
		bytes 2 "$type" "$machine"
		bytes 4 1 "$entry" "$table" 0 0
		bytes 2 52 "$size" "$count" 0 0 0
		bytes 4 "$kind" "$offset" "$address" "$address" "$in_file" "$in_memory" 7 4 0
	} >"$file"
}

# The images that the configurations name and that are no guests: broken ELF files, a read of port 0x80, a write to 2m.
make_images() {
	: >empty.bin
	printf '\344\200\364' >port.bin
	printf '\243\0\0\040\0\364' >write.bin
	elf elf-whole
	head -c 40 elf-whole >elf-cut
	elf elf-class class=3
	elf elf-big-endian order=2
	elf elf-machine machine=40
	elf elf-pie type=3
	elf elf-object type=1
	elf elf-no-segments count=0
	elf elf-many-segments count=65535
	elf elf-segment-size size=31
	elf elf-table-outside table=0x10000
	elf elf-code-outside offset=85
	elf elf-more-in-file in_memory=3
	elf elf-no-memory address=0x80000000
	elf elf-entry entry=0x200000
	elf elf-only-notes kind=4
}

is_loaded() {
	[ -d "/sys/module/$1" ]
}

cd "$work" || exit 1
cp "$GUESTS"/* .
cp "$here"/configs/*.conf .
make_images
set -- *.conf
echo "KTAP version 1"
echo "1..$(($# + 39))"

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
[ "$(head -c 4 dumped)" = "$(printf '\177ELF')" ] && [ ! -e never-written ]
report $? "a core file is written, and only at a bad end"

# ---- examples, with the guests where they expect them ----

mkdir -p a/b/examples build/tools a/build/tools
cp "$EXAMPLES"/*.conf a/b/examples/
cp -r "$GUESTS" a/build/tools/guests
mkdir -p a/b/build/tools
for example in hello:'hello: 32-bit guest' trace:'trace: PASS' smp:'smp: PASS' demo:'trace: PASS' \
	initrd:'^system initrd' strict:'trace: PASS' pass:'pass: PASS'; do
	expect "example ${example%%:*}" 0 "${example#*:}" "$VDEVCTL" run "a/b/examples/${example%%:*}.conf"
done
for watchdog in sp805:'wdt-sp805: the interrupt is raised' ib700:'wdt-ib700: fed'; do
	expect "example wdt-${watchdog%%:*}" 4 "${watchdog#*:}" "$VDEVCTL" run "a/b/examples/wdt-${watchdog%%:*}.conf"
	grep -q "vdev wdt-${watchdog%%:*} (line [0-9]*) ended the machine with status 4" output
	report $? "the launcher says that wdt-${watchdog%%:*} has bitten"
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
expect "help" 0 'unsupported instruction.reference.register' "$VDEVCTL" help
expect "--help" 0 'Exit status' "$VDEVCTL" --help
expect "a name that no guest has" 64 "no guest is called 'x': 'vdevctl guests' lists names and ids that are allowed" "$VDEVCTL" status x
expect "guest 0" 64 "there is no guest 0" "$VDEVCTL" button 0
expect "a guest that never was" 64 'guest 4000000000' "$VDEVCTL" status 4000000000
expect "a guest that is gone" 64 'guest 1' "$VDEVCTL" button 1
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
expect "one of 64 KiB" 65 'long:2:1: the options have 65541 bytes; allowed: 65536' "$VDEVCTL" run long
long 65537
expect "a longer one" 65 'long:3:6: a word of 65537 bytes: at most 65536 are allowed' "$VDEVCTL" run long

# ---- without the module ----

for module in vdev-wdt-ib700 vdev-wdt-sp805 vdev-record vdev-test vdev-null vdev-trace vdevfw; do
	rmmod "$module" 2>/dev/null
done
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
