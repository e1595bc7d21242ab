#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes what the fuzzers start from, out of what the repository has anyway.
#
# usage: seeds.sh REPOSITORY GUESTS OUT
#
# GUESTS is the folder of the example guests. OUT/TARGET is filled for each target.

set -euo pipefail

top=$1 guests=$2 out=$3

# struct plan of targets/options.c: factory_flags, acc_sizes, preset, failure, allocation, extra space, safety, lines
plans=(
	'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x18' # a vdev that is nowhere
	'\x20\x00\x16\x01\x00\x00\x00\x00\x00\x01\x00\x18' # in memory, accesses of 1, 2, 4 and 8 bytes
	'\x40\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x18' # at ports, 1 byte
	'\x60\x01\x06\x00\x01\x10\x00\x00\x00\x00\x00\x18' # in memory, unless the user says otherwise
)

# How a vdev can fail: at each step by its answer and by vdev_refuse(), or for want of memory
failures=(
	'\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x18' '\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x18'
	'\x00\x00\x00\x00\x00\x00\x02\x02\x00\x00\x00\x18' '\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x18'
	'\x00\x00\x00\x00\x00\x00\x04\x04\x00\x00\x00\x18' '\x00\x00\x00\x00\x00\x00\x05\x05\x00\x00\x00\x18'
	'\x00\x00\x00\x00\x00\x00\x06\x06\x00\x00\x00\x18' '\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x18'
	'\x00\x00\x00\x00\x00\x00\x08\x01\x00\x00\x00\x18' '\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x18'
)

# The options of KUnit's cases, in the form that printf %b takes: they are C strings.
kunit_options() {
	grep -oE 'OPTIONS\("[^"]*"\)' "$top/vdevfw/kunit/options_test.c" | sed -E 's/^OPTIONS\("(.*)"\)$/\1\\0/'
	printf '%s\n' 'careless=5\0careless=50\0' 'refused=a\x01b\0' 'huge=0xffffffffffffffff\0' \
		'size=4k\0bool=yes\0string=text\0choice=two\0place=io:0x60\0line=ioapic:5\0chatter\0' \
		'name=taken\0' 'name=mine\0log=warn,error stdout\0sched=50\0intr=ioapic:24\0'
}

make_options() {
	local number options
	local -a inputs=("${failures[@]/%/flag\\0text=a\\0}")
	while read -r options; do
		inputs+=("${plans[@]/%/$options}")
	done < <(kunit_options)
	for number in "${!inputs[@]}"; do
		printf '%b' "${inputs[number]}" >"$out/options/$number"
	done
}

# The example guests as they are, where a 64-bit guest has its page tables, and below 64 KiB; a flat image, and one with an
# address.
make_image() {
	local file name low=$out/low.elf
	for file in "$guests"/*; do
		name=${file##*/}
		{ printf '\0' && cat "$file"; } >"$out/image/$name"
		objcopy --change-addresses -0xff000 "$file" "$low"
		{ printf '\0' && cat "$low"; } >"$out/image/$name-1000"
		objcopy --change-addresses -0xf8000 "$file" "$low"
		{ printf '\0' && cat "$low"; } >"$out/image/$name-8000"
	done
	rm "$low"
	printf '\0\364' >"$out/image/flat"
	printf '\3\364' >"$out/image/flat-at"
}

# little_endian BYTES NUMBER, in the form that printf %b takes. So are all that follow.
little_endian() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '\\x%02x' $(($2 >> 8 * i & 255))
	done
}

# bytes NUMBER: so many of them.
bytes() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '\\x%02x' $((i & 255))
	done
}

# record TYPE CONTENTS...
record() {
	local type=$1 contents
	shift
	contents=$(printf '%s' "$@")
	little_endian 2 "$type"
	little_endian 2 1
	little_endian 4 $((${#contents} / 4))
	printf '%s' "$contents"
}

# vdev RECORD...
vdev() {
	record 2 "$(bytes 112)" "$@"
}

# own TAG BYTES
own() {
	record 6 "$(little_endian 4 "$1")" "$(bytes "$2")"
}

# struct plan of targets/saved.c, with the header made right, and a file's header for it; then records.
make_saved() {
	local number i guest registers timers sources many=
	guest=$(record 1 "$(bytes 16)")
	registers=$(record 3 "$(bytes 14)")
	timers=$(record 4 "$(bytes 36)")
	sources=$(record 5 "$(bytes 72)")
	for ((i = 0; i < 65; i++)); do
		many+=$(own $i 0)
	done
	local -a files=("" "$guest" "$guest$(vdev)" "$guest$(vdev "$registers" "$timers" "$sources" "$(own 1 8)")"
		"$guest$(vdev "$(own 0 4)" "$(own 1 4)" "$registers")$(vdev "$(own 1 0)")"
		"$guest$(vdev "$(own 1 4)" "$(own 1 4)")" "$guest$(vdev "$registers" "$registers")"
		"$guest$(vdev "$(record 6 "$(bytes 3)")")" "$guest$(vdev "$(record 7 "$(bytes 3)")")"
		"$guest$(vdev "$many")" "$guest$(vdev "${many%"$(own 64 0)"}")" "$guest$(record 2 "$(bytes 100)")"
		"$guest$(vdev "$registers")\\x06\\x00")
	for number in "${!files[@]}"; do
		printf '%b' "\\x00\\x00$(bytes 28)${files[number]}" >"$out/saved/$number"
	done
	for number in 1 2 3; do
		printf '%b' "\\x0$number\\x00$(bytes 28)$guest" >"$out/saved/damaged-$number"
	done
	# Writing it takes a second piece of memory, and a third one.
	for number in 0 1 2 3; do
		printf '%b' "\\x00\\x0$number$(bytes 28)$guest$(vdev "$(own 1 4000)" "$(own 2 5000)")" >"$out/saved/large-$number"
	done
	printf '%b' "\\x00\\x00vdevfw" >"$out/saved/short"
}

rm -rf "${out:?}"
mkdir -p "$out/options" "$out/config" "$out/image" "$out/saved"
make_options
cp "$top"/Documentation/examples/*.conf "$top"/tools/selftests/configs/*.conf "$out/config"
make_image
make_saved
