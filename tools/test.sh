#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs test suites, each in its own machine, and leaves their KTAP logs in build/test.
#
# usage: test.sh SUITE...
#
#	unit              the launcher's pure parts, here, under ASan and UBSan
#	kunit             KUnit suites in a lean virtme kernel
#	kunit-debug       the same with KASAN, lockdep and friends
#	stock-6.1, stock-6.12, debug
#	                  selftests with real KVM guests on that kernel

# shellcheck source-path=SCRIPTDIR/vm source=vm/common.sh disable=SC1091
. "$(dirname "$0")/vm/common.sh"

TOP=$(realpath "$(dirname "$0")/..")
VM=$TOP/tools/vm
LOGS=$TOP/build/test

# What the kernel says when it has found a bug of ours.
REPORTS='BUG:|WARNING:|UBSAN:|KASAN:|Oops|INFO: (task|rcu|possible)|ODEBUG|suspicious RCU|general protection|refcount_t'

# verdict SUITE LOG STATUS: two more results: that the command ended well, and that the kernel reported nothing.
verdict() {
	local suite=$1 log=$2 status=$3
	if ((status == 0)); then
		echo "ok 1 $suite ends with status 0"
	else
		echo "not ok 1 $suite ends with status $status"
	fi
	if grep -E "$REPORTS" "$log" | grep -v 'loading out-of-tree module taints' | sed 's/^/# /'; then
		echo "not ok 2 the kernel reports a bug during $suite, see $log"
	else
		echo "ok 2 the kernel reports nothing during $suite"
	fi
}

run_unit() {
	make --no-print-directory -C "$TOP/tools" O="$TOP/build/tools" check | grep -v '^/'
}

# The suites run when the module is loaded; their results are in debugfs.
run_kunit() {
	local kernel=$1 modules log=$LOGS/$2.log script=$3
	shift 3
	modules=$("$VM/build.sh" "$kernel" kunit)
	"$VM/boot.sh" --kernel "$kernel" "$@" --timeout 600 --log "$log" --module "$modules/vdevfw.ko" -- "$script"
}

run_selftests() {
	local kernel=$1 modules log=$LOGS/$1.log
	modules=$("$VM/build.sh" "$kernel")
	make -s -C "$TOP/tools" O="$TOP/build/tools" >/dev/null
	make -s -C "$TOP/tools/selftests" O="$TOP/build/selftests" >/dev/null
	"$TOP/tools/selftests/boot.sh" "$kernel" "$modules" "$TOP/build/tools" "$TOP/build/selftests" "$log"
}

run_suite() {
	local suite=$1 status=0
	say "$suite"
	case $suite in
	unit) run_unit || status=$? ;;
	kunit) run_kunit lean kunit "$TOP/tools/kunit.sh" --vng || status=$? ;;
	kunit-debug) run_kunit debug kunit-debug /kunit.sh --add "$TOP/tools/kunit.sh:/kunit.sh" || status=$? ;;
	stock-6.1 | stock-6.12 | debug) run_selftests "$suite" || status=$? ;;
	*) die "there is no suite $suite: see the head of $0" ;;
	esac
	[[ $suite == unit ]] || verdict "$suite" "$LOGS/$suite.log" "$status"
	[[ $suite != unit || $status -eq 0 ]] || echo "not ok 1 unit tests end with status $status"
}

mkdir -p "$LOGS"
logs=()
"$VM/packages.sh"
for suite in "$@"; do
	run_suite "$suite" >"$LOGS/$suite.ktap"
	logs+=("$LOGS/$suite.ktap")
done
cd "$TOP" || exit
exec python3 "$TOP/tools/ktap.py" "${logs[@]#"$TOP/"}"
