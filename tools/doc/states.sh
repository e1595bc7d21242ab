#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the diagram and the table of run states from the one table that the kernel has.
#
# usage: states.sh >Documentation/run-states-generated.rst

TABLE=$(realpath "$(dirname "$0")/../..")/vdevfw/life/states.c

# transitions: "FROM TO..." for each state that is not only reserved, in the table's order.
transitions() {
	awk '
		/^} states\[VDEVFW_STATES\]/ { inside = 1; next }
		inside && /^};/ { exit }
		inside && match($0, /\[VDEVFW_STATE_[A-Z_]+\]/) {
			if (from)
				print from to
			from = substr($0, RSTART + 14, RLENGTH - 15)
			to = ""
		}
		inside {
			line = $0
			while (match(line, /TO\([A-Z_]+\)/)) {
				to = to " " substr(line, RSTART + 3, RLENGTH - 4)
				line = substr(line, RSTART + RLENGTH)
			}
		}
		END { if (from) print from to }
	' "$TABLE"
}

# diagram: every state may end; these arrows would hide all others.
diagram() {
	echo ".. kernel-render:: DOT"
	echo "   :alt: which state of a guest follows which"
	echo
	echo "   digraph states {"
	echo "     node [shape=box, style=rounded, fontname=sans];"
	transitions | while read -r from followers; do
		for to in $followers; do
			[[ $to == DYING && $from != CONFIG ]] || echo "     $from -> $to;"
		done
	done
	echo "   }"
}

table() {
	echo ".. list-table::"
	echo "   :header-rows: 1"
	echo "   :widths: 20 80"
	echo
	echo "   * - from"
	echo "     - to"
	transitions | while read -r from followers; do
		echo "   * - $from"
		followers=${followers:-none}
		echo "     - ${followers// /, }"
	done
}

echo ".. SPDX-License-Identifier: GPL-2.0-only"
echo ".. Made by tools/doc/states.sh from vdevfw/life/states.c: change that one."
echo
diagram
echo
table
