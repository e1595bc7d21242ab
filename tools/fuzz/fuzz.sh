#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fuzzes each target with libFuzzer and with AFL++, after inputs that were too much for it once. Prints KTAP, a line a run.
#
# usage: FUZZ_SECONDS=600 fuzz.sh [BUILD]
#
# Each of the two fuzzers has FUZZ_SECONDS for all targets together. BUILD, by default build/fuzz, keeps what libFuzzer
# has learnt in corpus/, the fuzzers' own words in log/, and after a failure the inputs in found/.

# shellcheck source-path=SCRIPTDIR/../vm source=../vm/common.sh disable=SC1091
. "$(dirname "$0")/../vm/common.sh"

HERE=$(realpath "$(dirname "$0")")
BUILD=$(realpath -m "${1:-$HERE/../../build/fuzz}")
TARGETS=(options config image saved)
TOTAL=${FUZZ_SECONDS:-600}
EACH=$((TOTAL < ${#TARGETS[@]} ? 1 : TOTAL / ${#TARGETS[@]}))

# A second is longer than any input may take.
LIMIT=1

# The targets count their own bytes, so nobody needs LeakSanitizer, which has no right to work in many a container. AFL++
# knows a crash by its signal.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:symbolize=0
export UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=0

# A container is no place to set up a CPU for fuzzing, or where cores are dumped to.
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1

cases=0 failures=0

# result STATUS TEXT
result() {
	cases=$((cases + 1))
	if (($1 == 0)); then
		echo "ok $cases $2"
	else
		failures=$((failures + 1))
		echo "not ok $cases $2"
	fi
}

# short PATH: as seen from the repository's folder, if it lies there.
short() {
	realpath --relative-base="$(realpath "$HERE/../..")" "$1"
}

# replay TARGET SECONDS INPUT...: does the target bear them?
replay() {
	local target=$1 seconds=$2
	shift 2
	# On a busy machine, one stall of a second is no finding: what is one comes again.
	"$BUILD/libfuzzer/$target" -timeout="$seconds" "$@" >"$BUILD/log/replay" 2>&1 ||
		"$BUILD/libfuzzer/$target" -timeout="$seconds" "$@" >"$BUILD/log/replay" 2>&1
}

# blame TARGET INPUT: why the target does not bear it, and how to see it again.
blame() {
	replay "$1" $LIMIT "$2" || true
	grep -m 1 -aE 'not so:|runtime error:|the kernel would warn:|ERROR: ' "$BUILD/log/replay" | tr -c '[:print:]\n' '?' |
		sed 's/^/# /' || echo "# it does not happen again"
	echo "# to reproduce: $(short "$BUILD/libfuzzer/$1") -timeout=$LIMIT $(short "$2")"
}

# judge TARGET: blames what is in found/TARGET, and sets found, crashes and hangs.
judge() {
	local input
	found=0 crashes=0 hangs=0
	for input in "$BUILD/found/$1"/*; do
		found=$((found + 1))
		case ${input##*/} in
		*timeout-*)
			# A machine that is busy makes any input slow, once.
			! replay "$1" $((2 * LIMIT)) "$input" || continue
			hangs=$((hangs + 1))
			;;
		*) crashes=$((crashes + 1)) ;;
		esac
		blame "$1" "$input"
	done
}

known_inputs() {
	local target=$1 input bad=0
	local -a inputs=("$HERE/regressions/$target"/* "$BUILD/seeds/$target"/*)
	if ! replay "$target" $LIMIT "${inputs[@]}"; then
		for input in "${inputs[@]}"; do
			replay "$target" $LIMIT "$input" && continue
			bad=$((bad + 1))
			blame "$target" "$input"
		done
	fi
	result $bad "$target: ${#inputs[@]} known inputs, $bad failures"
}

# number PATTERN FILE: the last number in FILE that follows PATTERN.
number() {
	sed -nE "s/.*$1[^0-9]*([0-9]+).*/\1/p" "$2" | tail -1 | grep . || echo 0
}

# summary TARGET FUZZER STATUS LOG EXECUTIONS EDGES ALL_EDGES
summary() {
	local status=$3
	judge "$1"
	# That it found something is no failure of the fuzzer's own, and may have been none at all.
	((found == 0)) || status=0
	((status == 0)) || tail -n 5 "$4" | tr -c '[:print:]\n' '?' | sed 's/^/# /'
	result $((status + crashes + hangs)) \
		"$1: $2: $EACH s, $5 executions ($(($5 / EACH))/s), $6 of $7 edges, $crashes crashes, $hangs hangs"
}

run_libfuzzer() {
	local target=$1 log=$BUILD/log/$1-libfuzzer status=0
	"$BUILD/libfuzzer/$target" -max_total_time=$EACH -timeout=$LIMIT -report_slow_units=$((LIMIT * 2)) \
		-print_final_stats=1 -dict="$HERE/dict/$target.dict" -artifact_prefix="$BUILD/found/$target/" \
		"$BUILD/corpus/$target" "$BUILD/seeds/$target" >"$log" 2>&1 || status=$?
	summary "$target" libFuzzer $status "$log" "$(number number_of_executed_units: "$log")" \
		"$(number 'cov:' "$log")" "$(number 'Loaded 1 modules' "$log")"
}

# AFL++ names inputs after their history, with colons.
collect_afl() {
	local from=$1 to=$2 kind=$3 input
	for input in "$from"/id:*; do
		cp "$input" "$to/afl-$kind-$(sha1sum <"$input" | cut -c 1-12)"
	done
}

run_afl() {
	local target=$1 out=$BUILD/afl-state/$1 log=$BUILD/log/$1-afl status=0
	local stats=$out/default/fuzzer_stats
	rm -rf "$out"
	mkdir -p "$out/default"
	afl-fuzz -i "$BUILD/seeds/$target" -o "$out" -x "$HERE/dict/$target.dict" -t $((LIMIT * 1000)) -m none \
		-V $EACH -- "$BUILD/afl/$target" >"$log" 2>&1 || status=$?
	collect_afl "$out/default/crashes" "$BUILD/found/$target" crash
	collect_afl "$out/default/hangs" "$BUILD/found/$target" timeout
	[[ -e $stats ]] || : >"$stats"
	summary "$target" AFL++ $status "$log" "$(number '^execs_done' "$stats")" "$(number '^edges_found' "$stats")" \
		"$(number '^total_edges' "$stats")"
}

# for_each_target FUNCTION: with an empty folder for what it finds.
for_each_target() {
	local target
	for target in "${TARGETS[@]}"; do
		rm -rf "${BUILD:?}/found/$target"
		mkdir -p "$BUILD/found/$target" "$BUILD/corpus/$target" "$BUILD/log"
		"$1" "$target"
	done
}

make -s -C "$HERE" O="$BUILD" >&2
shopt -s nullglob
echo "KTAP version 1"
echo "1..$((3 * ${#TARGETS[@]}))"
for_each_target known_inputs
for_each_target run_libfuzzer
for_each_target run_afl
echo "# Totals: pass:$((cases - failures)) fail:$failures skip:0"
((failures == 0))
