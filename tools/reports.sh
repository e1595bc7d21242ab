# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the kernel says when it has found a mistake, and how to ask it. Sourced, here and in the guest of the test bed.

# An extended regular expression.
REPORTS='BUG:|kernel BUG at|WARNING:|Oops|\[#[0-9]+\]|Kernel panic|KASAN|UBSAN|ODEBUG|general protection|refcount_t'
REPORTS="$REPORTS|INFO: (task|rcu|possible|trying)|possible circular|inconsistent lock|suspicious RCU|rcu.*stall"
REPORTS="$REPORTS|soft lockup|scheduling while atomic|kmemleak: [0-9]+ new|kmemleak: .*disabled"

# no_leak: prints what kmemleak has found, and fails if that is anything or if kmemleak is there and does not work.
# Objects that are still referenced from registers or lists in transit are no leak: hence two scans, seconds apart.
no_leak() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	echo scan >/sys/kernel/debug/kmemleak || return 1
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak || return 1
	! sed 's/^/# /' /sys/kernel/debug/kmemleak | grep .
}
