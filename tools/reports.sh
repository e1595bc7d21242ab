# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the kernel says when it has found a mistake, and how to ask it. Sourced, here and in the guest of the test bed.

# An extended regular expression.
REPORTS='BUG:|kernel BUG at|WARNING:|Oops|\[#[0-9]+\]|Kernel panic|KASAN|UBSAN|ODEBUG|general protection|refcount_t'
REPORTS="$REPORTS|INFO: (task|rcu|possible|trying)|possible circular|inconsistent lock|suspicious RCU|rcu.*stall"
REPORTS="$REPORTS|soft lockup|scheduling while atomic|kmemleak: [0-9]+ new|kmemleak: .*disabled"

# rename_foreign_races: passes a kernel's log on, and words what KCSAN says of races in whose stacks no module of ours is in
# another way, so that only ours look like reports. The kernel's own races, of which there are many, are not for us to mend.
rename_foreign_races() {
	awk '
		function flush() {
			if (!ours)
				sub(/BUG: KCSAN:/, "foreign race:", held)
			printf "%s", held
			held = ""
			ours = 0
		}
		/BUG: KCSAN:/ {
			flush()
			inside = 1
		}
		inside && /\[vdev[a-z_]*\]/ { ours = 1 }
		{ held = held $0 "\n" }
		/==========/ { inside = 0 }
		!inside { flush() }
		END { flush() }'
}

# watch_races: has KCSAN, where it is there, watch more accesses than it does during the boot, when no vdev is about, and
# fails if it watches none. Many more, and nothing would be done but watching.
watch_races() {
	[ -e /sys/kernel/debug/kcsan ] || return 0
	echo 500 >/sys/module/kcsan/parameters/skip_watch || return 1
	! grep -q '^setup_watchpoints: 0$' /sys/kernel/debug/kcsan
}

# no_leak: prints what kmemleak has found, and fails if that is anything or if kmemleak is there and does not work.
# Objects that are still referenced from registers or lists in transit are no leak: hence two scans, seconds apart.
no_leak() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	echo scan >/sys/kernel/debug/kmemleak || return 1
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak || return 1
	! sed 's/^/# /' /sys/kernel/debug/kmemleak | grep .
}
