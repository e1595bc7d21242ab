#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Counts the instructions that a guest's accesses take on stock 6.12: OUTDIR/bench.json, a table, and OUTDIR/bench.svg;
# and those that the assembly of large machines takes, and their memory: OUTDIR/assemble.json.
# Where two vCPUs have a vdev each, how much more they do than one: OUTDIR/scale.json. How late timers are: OUTDIR/timer.json.
# How long a stop takes, and whether it loses anything: OUTDIR/states.json.
#
# usage: run.sh OUTDIR [MODULES]
#
# MODULES is a folder with vdevfw.ko, vdevfw-bare.ko and the vdevs, built for stock-6.12; where it is not given,
# tools/vm/build.sh makes them. Exit status 1: a limit of report.py is broken.

set -euo pipefail
shopt -s inherit_errexit

HERE=$(dirname "$(realpath "$0")")
TOOLS=$HERE/..
KERNEL=stock-6.12

if (($# < 1 || $# > 2)); then
	sed -n 's/^# usage:/usage:/p' "$0" >&2
	exit 2
fi
out=$1
modules=${2:-$("$TOOLS/vm/build.sh" "$KERNEL")}

mkdir -p "$out"
make -s --no-print-directory -C "$HERE" O="$(realpath "$out")"

modules_of_kernel=()
for module in "$modules"/*.ko; do
	modules_of_kernel+=(--module "$module")
done

"$TOOLS/vm/boot.sh" --kernel "$KERNEL" --icount --timeout 900 "${modules_of_kernel[@]}" \
	--add "$out/bench:/bin/bench" --add "$out/assemble:/bin/assemble" --add "$out/timer:/bin/timer" --add "$out/states:/bin/states" \
	--get "/bench.json:$out/bench.json" --get "/assemble.json:$out/assemble.json" --get "/timer.json:$out/timer.json" \
	--get "/states.json:$out/states.json" \
	-- sh -c \
	'modprobe kvm_amd && modprobe -a vdevfw vdevfw-bare vdev-bench vdev-bench-regions vdev-bench-intr vdev-bench-timer vdev-bench-states vdev-trace vdev-test && bench /bench.json &&
		assemble /assemble.json && timer /timer.json && states /states.json'

# Not --icount, under which CPUs take turns.
"$TOOLS/vm/boot.sh" --kernel "$KERNEL" --timeout 600 --append maxcpus=1 "${modules_of_kernel[@]}" --add "$out/scale:/bin/scale" \
	--get "/scale.json:$out/scale.json" -- sh -c 'modprobe kvm_amd && modprobe -a vdevfw vdev-trace && scale /scale.json'

"$HERE/report.py" "$out/bench.json" "$out/bench.svg" "$out/assemble.json" "$out/scale.json" "$out/timer.json" "$out/states.json"
