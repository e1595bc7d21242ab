#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs test suites, each in its own machine, and leaves their KTAP logs in build/test.
#
# usage: test.sh SUITE...
#
#	unit              the launcher's pure parts, here, under ASan and UBSan
#	fuzz              all fuzz targets, for half a minute, under ASan and UBSan
#	kunit             KUnit suites in a lean virtme kernel
#	kunit-debug       the same with KASAN, lockdep and friends
#	stock-6.1, stock-6.12, debug
#	                  selftests with real KVM guests on that kernel
#	debug-1, debug-2  halves of the last one: that kernel is slow
#	kcsan             those of them that access vdevs from several vCPUs, on a kernel that watches for data races

# shellcheck source-path=SCRIPTDIR/vm source=vm/common.sh disable=SC1091
. "$(dirname "$0")/vm/common.sh"
# shellcheck source-path=SCRIPTDIR source=reports.sh disable=SC1091
. "$(dirname "$0")/reports.sh"

TOP=$(realpath "$(dirname "$0")/..")
VM=$TOP/tools/vm
LOGS=$TOP/build/test

# verdict SUITE STATUS: one more failure where the suite ended badly, and one where the kernel reported a mistake.
verdict() {
	local suite=$1 status=$2 log=$LOGS/$1.log
	((status == 0)) || echo "not ok 1 $suite ends with status $status"
	[[ $suite != unit && $suite != fuzz ]] || return 0 # no kernel takes part
	if rename_foreign_races <"$log" | grep -E "$REPORTS" | sed 's/^/# /'; then
		echo "not ok 2 the kernel reports a mistake during $suite, see $log"
	elif [[ ! -s $log ]]; then
		echo "not ok 2 the kernel said nothing at all during $suite: no $log"
	fi
	[[ $suite != kcsan ]] ||
		say "$(rename_foreign_races <"$log" | grep -c "foreign race:") data races in which no module of ours takes part"
}

run_unit() {
	make --no-print-directory -C "$TOP/tools" O="$TOP/build/tools" check | grep -v '^/'
}

run_fuzz() {
	FUZZ_SECONDS=15 "$TOP/tools/fuzz/fuzz.sh" "$TOP/build/fuzz"
}

# run_kunit KERNEL SUITE OPTION... -- SCRIPT
run_kunit() {
	local kernel=$1 modules log=$LOGS/$2.log
	shift 2
	modules=$("$VM/build.sh" "$kernel" kunit)
	"$VM/boot.sh" --kernel "$kernel" --timeout 2100 --log "$log" --module "$modules/vdevfw.ko" "$@"
}

# Two suites may want them at once.
build_tools() {
	(
		flock 9
		make -s -C "$TOP/tools" O="$TOP/build/tools"
		make -s -C "$TOP/tools/selftests" O="$TOP/build/selftests"
	) 9>"$LOGS/tools.lock" >/dev/null
}

# run_selftests SUITE KERNEL [PROGRAM... | PART/PARTS]
run_selftests() {
	local kernel=$2 modules log=$LOGS/$1.log
	shift 2
	modules=$("$VM/build.sh" "$kernel")
	build_tools
	"$TOP/tools/selftests/boot.sh" "$kernel" "$modules" "$TOP/build/tools" "$TOP/build/selftests" "$log" "$@"
}

run_suite() {
	case $1 in
	unit) run_unit ;;
	fuzz) run_fuzz ;;
	kunit) run_kunit lean kunit --vng -- "$TOP/tools/kunit.sh" ;;
	kunit-debug)
		run_kunit debug kunit-debug --add "$TOP/tools/kunit.sh:/kunit.sh" \
			--add "$TOP/tools/reports.sh:/reports.sh" -- /kunit.sh
		;;
	stock-6.1 | stock-6.12 | debug) run_selftests "$1" "$1" ;;
	debug-*) run_selftests "$1" debug "${1#debug-}/2" ;;
	kcsan) run_selftests "$1" "$1" access_test regions_test hang_test kill_test ;;
	*) die "there is no suite $1: see the head of $0" ;;
	esac
}

# report SUITE: runs it, and leaves its verdict.
report() {
	local suite=$1 status
	rm -f "$LOGS/$suite.log"
	# Not "run_suite || status=$?", which would let it go on after a failure.
	set +e
	(
		set -e
		run_suite "$suite"
	) >"$LOGS/$suite.ktap"
	status=$?
	set -e
	verdict "$suite" "$status" >>"$LOGS/$suite.ktap"
}

mkdir -p "$LOGS"
logs=()
"$VM/packages.sh"
for suite in "$@"; do
	say "$suite"
	logs+=("$LOGS/$suite.ktap")
	case $suite in
	# The CPUs of these machines take turns, so that two of them do not disturb each other.
	stock-* | debug-*)
		report "$suite" &
		;;
	*)
		wait
		report "$suite"
		;;
	esac
done
wait
cd "$TOP" || exit
exec python3 "$TOP/tools/ktap.py" "${logs[@]#"$TOP/"}"
