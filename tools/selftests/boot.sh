#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Boots a kernel of the test bed and runs the selftests in it; prints their KTAP.
#
# usage: boot.sh KERNEL MODULES TOOLS SELFTESTS LOG [PROGRAM... | PART/PARTS]
#
# MODULES, TOOLS and SELFTESTS are the folders that tools/vm/build.sh, tools/Makefile and the Makefile beside this file
# have built; LOG takes the kernel's messages. Without PROGRAM, all run.

set -euo pipefail

HERE=$(dirname "$(realpath "$0")")
TOP=$(realpath "$HERE/../..")

if (($# < 5)); then
	sed -n 's/^# usage:/usage:/p' "$0" >&2
	exit 2
fi
kernel=$1 modules=$2 tools=$3 selftests=$4 log=$5
shift 5

arguments=()
# KCSAN finds a race only where two CPUs run at once.
[[ $kernel == kcsan ]] || arguments+=(--turns)
for module in vdevfw vdev-trace vdev-null vdev-test vdev-record vdev-regions vdev-memtest vdev-services vdev-wdt-sp805 vdev-wdt-ib700; do
	arguments+=(--module "$modules/$module.ko")
done
exec "$TOP/tools/vm/boot.sh" --kernel "$kernel" --timeout 1800 --append maxcpus=1 --log "$log" "${arguments[@]}" \
	--add "$selftests:/selftests" --add "$tools/vdevctl:/bin/vdevctl" --add "$tools/guests:/guests" \
	--add "$TOP/Documentation/examples:/examples" -- /selftests/run.sh "$@"
