#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building, checking and testing vdevfw needs on a Debian machine that has make, gcc and git.

# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

PACKAGES=(
	# to build kernels and modules
	gcc make libc6-dev binutils bc bison flex cpio kmod libelf-dev libssl-dev lz4 perl python3 rsync xz-utils
	# to check the source
	clang-format dwarves shellcheck sparse
	# to fuzz
	afl++ clang libclang-rt-dev
	# to boot a kernel
	busybox-static qemu-system-x86 util-linux
	# virtme-ng's own
	file python3-argcomplete python3-pkg-resources python3-requests
)

# The Debian release that virtme-ng is taken from where the machine's own has none.
NEWER_RELEASE=trixie

# missing PACKAGE...: those that are not installed.
missing() {
	local installed
	installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii  *//p') || true
	comm -13 <(sort -u <<<"$installed") <(printf '%s\n' "$@" | sort -u)
}

install() {
	need_root "installing $*"
	say "installing $*"
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		-o DPkg::Lock::Timeout=600 "$@" >&2
}

# debian_source: mirror and keyring of the main archive, as apt itself is configured.
debian_source() {
	local release
	# shellcheck disable=SC1091 # every Debian has it
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # the $(...) are apt's own place-holders
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI) $(SIGNED_BY)' 'Created-By: Packages' |
		awk -v release="$release" '$1 == release && $2 == "main" { print $3, $4; exit }'
}

# apt_newer SCRATCH ARG...: apt-get on NEWER_RELEASE, with lists and cache of its own.
apt_newer() {
	local scratch=$1
	shift
	apt-get -q -o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$scratch/lists" -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User=root "$@" >&2
}

install_from_newer() {
	local package=$1 scratch mirror keyring
	need_root "installing $package"
	say "installing $package from $NEWER_RELEASE"
	scratch=$(mktemp -d)
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$scratch'" EXIT
	read -r mirror keyring < <(debian_source) ||
		die "apt's sources name no mirror of this Debian release: add its main archive to /etc/apt/sources.list"
	[[ -r $keyring ]] || keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
	echo "deb [signed-by=$keyring] $mirror $NEWER_RELEASE main" >"$scratch/sources.list"
	apt_newer "$scratch" update
	(cd "$scratch" && apt_newer "$scratch" download "$package")
	install "$scratch/$package"_*.deb
}

main() {
	local -a wanted
	mapfile -t wanted < <(missing "${PACKAGES[@]}")
	if ((${#wanted[@]})); then
		refresh_lists
		install "${wanted[@]}"
	fi
	[[ -n $(missing virtme-ng) ]] || return 0
	refresh_lists
	if [[ -n $(apt-cache madison virtme-ng) ]]; then
		install virtme-ng
	else
		install_from_newer virtme-ng
	fi
}

main
