#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the scripts of the test bed share: messages and the cache. Sourced, never run.

set -euo pipefail
shopt -s inherit_errexit

# Where depmod and modprobe are, which a user's own path need not name.
PATH=$PATH:/usr/sbin:/sbin
HOME=${HOME:-~}
CACHE=$(realpath -m "${VDEVFW_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vdevfw}")

say() {
	echo "${0##*/}: $*" >&2
}

die() {
	say "$*"
	exit 1
}

need_root() {
	[[ $EUID -eq 0 ]] || die "$1 needs root: run $0 as root once"
}

# refresh_lists: apt's package lists, fetched anew at most once per run.
refresh_lists() {
	[[ -z ${lists_are_fresh:-} ]] || return 0
	lists_are_fresh=1
	need_root "apt-get update"
	say "refreshing apt's package lists"
	mkdir -p "$CACHE"
	# Two at once would fail on apt's own lock; what somebody else's holds up is not worth stopping for.
	flock "$CACHE/apt.lock" apt-get update -q >&2 || say "apt-get update failed: going on with the lists as they are"
}

# cached NAME FUNCTION [ARG...]: prints the folder of cache entry NAME. Where it is missing, FUNCTION FOLDER ARG... fills
# a folder beside it, which takes the entry's name only when it is complete. Of two runs at once, one works, one waits.
cached() {
	local name=$1 fill=$2 entry=$CACHE/$1
	shift 2
	mkdir -p "$CACHE"
	if [[ ! -d $entry ]]; then (
		exec 9>"$entry.lock"
		flock -n 9 || { say "waiting for another run that makes $name" && flock 9; }
		[[ ! -d $entry ]] || exit 0
		rm -rf "$entry.part"
		mkdir "$entry.part"
		"$fill" "$entry.part" "$@" >&2
		mv "$entry.part" "$entry"
	); fi
	echo "$entry"
}
