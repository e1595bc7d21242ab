#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes sure that a kernel of the test bed is in the cache, and prints its folder.
#
# usage: kernel.sh stock-6.1 | stock-6.12 | lean | debug | kcsan
#
# The folder holds
#	release                  what uname -r says
#	vmlinuz                  the image (a link into root/)
#	root/lib/modules/RELEASE the modules that tests and virtme-ng can need, depmod done
#	build                    the KDIR to build external modules with
# Nothing is installed: packages are fetched by apt and unpacked into the cache.

# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

CONFIGS=$(dirname "$(realpath "$0")")/config

# Raise it when the way a folder is filled changes: every kernel is then made anew.
RECIPE=1

# Of a stock kernel's modules only these are kept, with what they depend on.
STOCK_MODULES=(kvm kvm_amd kvm_intel 9p 9pnet_virtio overlay virtio_pci virtio_console)

# What only other architectures or hardware that QEMU has not would need; Kconfig files are needed everywhere.
UNUSED_SOURCES=('arch/[!x]*/*.[chS]' 'arch/[!x]*/*.dts*' 'Documentation/*.rst' 'drivers/gpu/*.[ch]' 'sound/*.[ch]')

# apt_field FIELD PACKAGE: from the newest version that apt offers.
apt_field() {
	local record
	# A machine that never ran apt-get update knows no package.
	record=$(apt-cache show --no-all-versions "$2" 2>/dev/null) || refresh_lists
	record=${record:-$(apt-cache show --no-all-versions "$2")} ||
		die "apt offers no package $2: add Debian bookworm's main and security archives to apt's sources"
	sed -n "s/^$1: //p" <<<"$record"
}

# apt_dependency PACKAGE PATTERN: the first package that PACKAGE depends on and that matches PATTERN in full.
apt_dependency() {
	apt_field Depends "$1" | grep -oE '[a-z0-9][a-z0-9+.-]+' | grep -xE -m1 "$2" ||
		die "$1 depends on no package like $2: apt's sources mix Debian releases, keep bookworm's only"
}

# unpack FOLDER PACKAGE...
unpack() {
	local folder=$1
	shift
	mkdir -p "$folder/debs"
	(
		cd "$folder/debs"
		# Lists that are older than the mirror's newest upload name files that are gone.
		apt-get download -q -o APT::Sandbox::User=root "$@" ||
			die "cannot fetch $*: run apt-get update and try again"
	)
	local deb
	for deb in "$folder"/debs/*.deb; do
		dpkg -x "$deb" "$folder"
	done
	rm -r "$folder/debs"
}

# keep_modules FROM TO RELEASE MODULE...: copies modules and what they depend on, unpacked, into another tree.
keep_modules() {
	local from=$1 to=$2 release=$3 file
	shift 3
	depmod -b "$from" "$release"
	modprobe -d "$from" -S "$release" -C /dev/null -a --show-depends "$@" | sed -n 's/^insmod //p' | sort -u |
		while read -r file _; do
			install -D -m 644 "$file" "$to/${file#"$from"}"
		done
	cp "$from/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$to/lib/modules/$release/"
	find "$to/lib/modules" -name '*.ko.xz' -exec unxz {} +
	depmod -b "$to" "$release"
}

# finish FOLDER RELEASE: what every kernel's folder has.
finish() {
	echo "$2" >"$1/release"
	ln -s "root/vmlinuz" "$1/vmlinuz"
}

# fill_stock FOLDER METAPACKAGE VERSION-PATTERN
fill_stock() {
	local folder=$1 image release headers common kbuild
	image=$(apt_dependency "$2" "linux-image-$3[0-9.+deb-]*-amd64")
	release=${image#linux-image-}
	headers=linux-headers-$release
	common=$(apt_dependency "$headers" "linux-headers-.*-common")
	kbuild=$(apt_dependency "$headers" "linux-kbuild-.*")
	say "fetching $image and its headers"
	unpack "$folder/image" "$image"
	mkdir -p "$folder/root/lib/modules/$release"
	mv "$folder/image/boot/vmlinuz-$release" "$folder/root/vmlinuz"
	keep_modules "$folder/image" "$folder/root" "$release" "${STOCK_MODULES[@]}"
	rm -r "$folder/image"

	unpack "$folder/headers" "$headers" "$common" "$kbuild"
	# With it, every module build would ask for pahole, to make type information that no test reads.
	rm -f "$folder/headers/usr/src/$headers/vmlinux"
	# The one absolute path in the headers; the folder is renamed when it is complete, hence a relative one.
	sed -i "s|^include /usr/src/|include \$(dir \$(lastword \$(MAKEFILE_LIST)))../|" \
		"$folder/headers/usr/src/$headers/Makefile"
	ln -s "headers/usr/src/$headers" "$folder/build"
	finish "$folder" "$release"
}

# check_config FRAGMENT...: kconfig drops what it cannot satisfy; a checker that is silently off would find nothing.
check_config() {
	local line lost=""
	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" .config || lost+=" $line" ;;
		"# CONFIG_"*" is not set") ! grep -q "^${line:2:-11}=" .config || lost+=" $line" ;;
		esac
	done < <(cat "$@")
	[[ -z $lost ]] || die "the configuration lost what $* ask for:$lost: add what these depend on"
}

# failed LOG
failed() {
	tail -n 20 "$1"
	die "building a kernel failed: read $1"
}

# build FOLDER NAME: in the current folder, the kernel's source; as quick as two cores allow, hence no debug info.
build() {
	local folder=$1 log=$CACHE/$2.log
	local -a fragments=("$CONFIGS/base.config" "$CONFIGS/$2.config")
	local -a make=(make -s -j "$(($(nproc) + 1))")
	say "building kernel $2, which takes minutes; log in $log"
	./scripts/kconfig/merge_config.sh -n "${fragments[@]}" >"$log" 2>&1 || failed "$log"
	check_config "${fragments[@]}"
	"${make[@]}" bzImage modules >"$log" 2>&1 || failed "$log"
	"${make[@]}" INSTALL_MOD_PATH="$folder/root" modules_install
	# The same subset of the tree that the kernel's own packages ship for external modules.
	"${make[@]}" run-command KBUILD_RUN_COMMAND="scripts/package/install-extmod-build $folder/build"
	cp .config System.map "$folder/build/"
	cp arch/x86/boot/bzImage "$folder/root/vmlinuz"
	rm -f "$folder"/root/lib/modules/*/build
	finish "$folder" "$(<include/config/kernel.release)"
}

# fill_built FOLDER NAME
fill_built() {
	local folder=$1 name=$2 source=$1/source
	unpack "$folder/package" linux-source-6.12
	mkdir "$source"
	tar -x -C "$source" --strip-components=1 "${UNUSED_SOURCES[@]/#/--exclude=*/}" \
		-f "$folder"/package/usr/src/linux-source-*.tar.xz
	rm -r "$folder/package"
	# KCSAN watches one of so many accesses to memory. Of a guest's access, nearly all are KVM's own.
	[[ $name != kcsan ]] || echo "KCSAN_SANITIZE := n" >>"$source/arch/x86/kvm/Makefile"
	(cd "$source" && build "$folder" "$name")
	rm -r "$source"
}

# entry NAME PACKAGE [FILE...]: what the cache calls a kernel that depends on a package's version and on files' contents.
entry() {
	local name=$1 version hash
	version=$(apt_field Version "$2")
	shift 2
	hash=$(cat "$@" <(echo "$RECIPE") | sha256sum)
	# virtme-ng takes no path with a tilde in it.
	echo "$name-${version//\~/-}-${hash:0:8}"
}

# kernel NAME PACKAGE [FILE...] -- FUNCTION [ARG...]
kernel() {
	local -a key=()
	local entry
	while [[ $1 != -- ]]; do
		key+=("$1")
		shift
	done
	entry=$(entry "${key[@]}")
	if [[ ! -d $CACHE/$entry && $EUID -eq 0 ]]; then
		# Lists older than the archive's last upload name packages that are gone.
		refresh_lists
		entry=$(entry "${key[@]}")
	fi
	cached "$entry" "${@:2}"
}

case ${1:-} in
stock-6.1) kernel "$1" linux-image-amd64 -- fill_stock linux-image-amd64 '6\.1\.' ;;
stock-6.12) kernel "$1" linux-image-6.12-amd64 -- fill_stock linux-image-6.12-amd64 '6\.12\.' ;;
lean | debug | kcsan) kernel "$1" linux-source-6.12 "$CONFIGS"/{base,"$1"}.config -- fill_built "$1" ;;
*) die "which kernel: stock-6.1, stock-6.12, lean, debug or kcsan?" ;;
esac
