#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the KUnit suites, in the kernel in which they run: loading the module does it. Prints their KTAP.

# shellcheck source-path=SCRIPTDIR source=reports.sh
. "$(dirname "$0")/reports.sh"

# Tests that let allocations fail need this, where the kernel can.
failslab=/sys/kernel/debug/failslab
if [ -d "$failslab" ]; then
	echo N >"$failslab/ignore-gfp-wait"
	echo 0 >"$failslab/verbose"
fi

modprobe vdevfw || exit 1
cat /sys/kernel/debug/kunit/vdevfw-*/results || exit 1
rmmod vdevfw || exit 1
no_leak
