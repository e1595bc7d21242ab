#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes sure that a kernel's initramfs is in the cache, and prints its file: busybox, that kernel's modules, our init.
#
# usage: initramfs.sh KERNEL-FOLDER (as kernel.sh prints it)

# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

GUEST=$(dirname "$(realpath "$0")")/guest

# fill FOLDER KERNEL-FOLDER
fill() {
	local folder=$1 kernel=$2 root=$1/root applet
	mkdir -p "$root"/{bin,sbin,dev,etc,proc,root,run/vdevfw,sys,tmp,usr/bin,usr/sbin,lib/modules}
	cp "$(command -v busybox)" "$root/bin/busybox"
	"$root/bin/busybox" --list-full | while read -r applet; do
		[[ -e $root/$applet ]] || ln -s /bin/busybox "$root/$applet"
	done
	echo 'root::0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	cp -a "$kernel/root/lib/modules/." "$root/lib/modules/"
	cp "$GUEST/init" "$root/init"
	cp "$GUEST/run" "$root/run/vdevfw/run"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$folder/cpio"
	rm -r "$root"
}

hash=$(cat "$0" "$GUEST/init" "$GUEST/run" "$(command -v busybox)" | sha256sum)
entry=$(cached "initramfs-$(basename "$1")-${hash:0:8}" fill "$1")
echo "$entry/cpio"
