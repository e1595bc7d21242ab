#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Boots one kernel in an emulated machine, runs one command there, and ends with the command's exit status.
#
# usage: boot.sh --kernel NAME [option...] -- COMMAND [ARG...]
#
#	--kernel NAME           stock-6.1, stock-6.12, lean, debug or kcsan (kernel.sh makes it where the cache has none)
#	--vng                   virtme-ng: the guest's file tree is this machine's, COMMAND is a path here; its writes are lost
#	                        (default: an initramfs with busybox and the files of --add)
#	--add HOST:GUEST        puts a file or folder into the guest
#	--module FILE.ko        puts a module where the guest's modprobe finds it
#	--get GUEST:HOST        fetches a file or folder when the command has ended
#	--log FILE              writes the kernel's log there
#	--icount                one instruction takes one nanosecond of guest time; one CPU
#	--turns                 CPUs take turns on one thread of this machine's, as the emulator's AMD-V needs where two run at
#	                        once: see "What the test bed gets wrong" in Documentation/architecture.rst
#	--cpus N, --memory SIZE, --timeout SECONDS, --append ARGUMENTS   default: 2, 1G, 300, none
#
# Standard output is the command's, both its streams, byte for byte. Exit status 124: the time was up; 125: the guest
# ended before the command did (a panic, for example), or the command's files could not be fetched.
#
# In the guest, $VDEVFW_MODULES is the folder of the kernel's modules; modprobe knows it.

# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname "$0")/common.sh"

HERE=$(dirname "$(realpath "$0")")

usage() {
	sed -n '/^# usage:/,/^$/s/^# \?//p' "$0" >&2
	die "$1"
}

parse() {
	name="" mode=initramfs cpus=2 memory=1G seconds=300 arguments="" log=""
	accel=(-accel "tcg,thread=multi")
	adds=() modules=() gets=()
	while (($#)); do
		case $1 in
		--vng) mode=vng ;;
		--turns) accel=(-accel "tcg,thread=single") ;;
		--icount) accel=(-accel tcg -icount "shift=0,sleep=off") cpus=1 ;;
		--) break ;;
		--kernel | --add | --module | --get | --log | --cpus | --memory | --timeout | --append)
			(($# > 1)) || usage "$1 needs a value"
			case $1 in
			--kernel) name=$2 ;;
			--add) adds+=("$2") ;;
			--module) modules+=("$2") ;;
			--get) gets+=("$2") ;;
			--log) log=$(realpath -m -- "$2") ;;
			--cpus) cpus=$2 ;;
			--memory) memory=$2 ;;
			--timeout) seconds=$2 ;;
			--append) arguments+=" $2" ;;
			esac
			shift
			;;
		*) usage "unknown option $1: see the options above, and write -- before the command" ;;
		esac
		shift
	done
	shift || usage "no command: write it after --"
	(($#)) || usage "no command: write it after --"
	[[ -n $name ]] || usage "no kernel: name one with --kernel"
	command=("$@")
}

# stage: in $run/files, what the guest gets besides its kernel's own files, and in $job, what to do.
stage() {
	local file
	job=$run/files/run/vdevfw
	mkdir -p "$job"
	{
		# Bash has quoted the words, and only bash understands all that it may write.
		if [[ $mode == vng ]]; then
			echo '#!/bin/bash'
			echo "cd ${PWD@Q} || exit"
		else
			echo '#!/bin/sh'
		fi
		stage_added
		echo "exec ${command[*]@Q}"
	} >"$job/command"
	chmod +x "$job/command"
	if ((${#gets[@]})); then
		set -- "${gets[@]%%:*}"
		set -- "${@#/}"
		echo "exec tar -c -f - -C / -- ${*@Q}" >"$job/send"
	fi
	for file in "${modules[@]}"; do
		install -D -m 644 -t "$run/files/lib/modules/$release/extra" -- "$file"
	done
	[[ ! -d $run/files/lib/modules ]] || index_modules "$run/files/lib/modules/$release"
}

# stage_added: copies what --add names, or, where the guest sees this machine's files, prints commands that do it there.
stage_added() {
	local pair from to
	for pair in "${adds[@]}"; do
		from=$(realpath -e -- "${pair%:*}") || die "--add $pair: there is no such file"
		to=${pair##*:}
		if [[ $mode == vng ]]; then
			echo "mkdir -p $(dirname "$to") && cp -rL ${from@Q} ${to@Q} || exit"
		else
			mkdir -p "$(dirname "$run/files/$to")"
			cp -rL -- "$from" "$run/files/$to"
		fi
	done
}

# index_modules FOLDER: makes a full set of modules of the added ones in FOLDER and the kernel's own, linked to.
index_modules() {
	local own=$kernel/root/lib/modules/$release
	mkdir -p "$1"
	ln -s "$own/kernel" "$1/kernel"
	cp "$own"/modules.{order,builtin,builtin.modinfo} "$1/"
	depmod -b "$run/files" "$release"
}

# start COMMAND [ARG...]: the machine, in the background, its output going to our standard output as it comes.
start() {
	: >"$run/output"
	timeout -k 10 "$seconds" "$@" </dev/null >"$run/emulator" 2>>"${errors:-$run/emulator}" &
	machine=$!
	# A plain file between the two: a pipe that is full would cost bytes.
	tail -c +1 -s 0.1 -f --pid="$machine" "$run/output" &
	printer=$!
	ended=0
	# Waiting, unlike running something, leaves at once on a signal.
	wait "$machine" || ended=$?
	machine=""
	wait "$printer"
}

start_initramfs() {
	local base
	base=$("$HERE/initramfs.sh" "$kernel")
	rm -f "$run/files/lib/modules/$release/kernel"
	{
		cat "$base"
		(cd "$run/files" && find . -mindepth 1 | cpio -o -H newc -R 0:0 --quiet)
	} >"$run/initrd"
	start qemu-system-x86_64 "${accel[@]}" -cpu max -smp "$cpus" -m "$memory" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kernel/vmlinuz" -initrd "$run/initrd" -append "console=ttyS0 panic=-1$arguments" \
		-serial "file:$log" -serial "file:$run/output" -serial "file:$run/report"
}

# check_visible PATH...: virtme-init has file systems of its own in some places.
check_visible() {
	local path
	for path in "$@"; do
		case $path/ in
		/run/* | /var/tmp/* | /var/cache/* | /var/log/*)
			die "a virtme guest cannot see $path: move it, or set VDEVFW_CACHE, out of /run, /var/tmp, /var/cache and /var/log"
			;;
		esac
	done
}

start_vng() {
	check_visible "$(realpath "$PWD")" "$run"
	# The command's ports come after the console that virtme-ng makes, hence they are the second and third here too.
	local options="${accel[*]} -cpu max -serial file:$run/output -serial file:$run/report"
	# A kernel without block devices looks for its root nowhere unless told; and where no initramfs mounts the root (lean,
	# debug), a cache makes the boot twice as fast: nobody changes this machine's programs meanwhile.
	local root="root=/dev/root rootflags=version=9p2000.L,trans=virtio,access=any,cache=loose,msize=262144"
	cp -r "$HERE/guest/run" "$HERE/guest/udev" "$job/"
	[[ ! -d $run/files/lib/modules ]] || mv "$run/files/lib/modules/$release" "$job/modules"
	# With --verbose, the kernel's log comes on standard error.
	errors=$log
	start vng --run "$(realpath "$kernel/vmlinuz")" --disable-kvm --force-9p --disable-microvm --user root \
		--cpus "$cpus" --memory "$memory" --rodir="/usr/lib/systemd=$job/udev" --verbose \
		--append "$root$arguments" --qemu-opts="$options" -- "sh $job/run"
}

# fetch: unpacks what the guest sent after its status.
fetch() {
	local pair file
	mkdir "$run/got"
	tail -c +12 "$run/report" | tar -x -C "$run/got" || return 1
	for pair in "${gets[@]}"; do
		file=$run/got/${pair%%:*}
		[[ -e $file ]] || return 1
		mkdir -p "$(dirname "${pair#*:}")"
		rm -rf "${pair#*:}"
		mv "$file" "${pair#*:}"
	done
}

# trouble STATUS MESSAGE
trouble() {
	{
		tail -n 60 "$log" | tr -d '\r'
		tail -n 20 "$run/emulator"
	} >&2
	say "$2"
	exit "$1"
}

finish() {
	local status
	((ended != 124 && ended != 137)) || trouble 124 "kernel $name: the command was not done in $seconds seconds; its log is above"
	status=$(sed -n '1s/^status //p' "$run/report")
	[[ -n $status ]] || trouble 125 "kernel $name: the guest ended before the command did; its log is above"
	status=$((10#$status))
	((!${#gets[@]})) || fetch || trouble 125 "kernel $name: not all of ${gets[*]} could be fetched (the command ended with $status)"
	exit "$status"
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
	[[ -z $machine ]] || kill "$machine" "$printer" 2>/dev/null || true
	rm -rf "$run"
}

parse "$@"
kernel=$("$HERE/kernel.sh" "$name")
release=$(<"$kernel/release")
run=$(mktemp -d "$CACHE/run.XXXXXXXX")
machine=""
trap clean_up EXIT
trap 'exit 130' INT TERM
log=${log:-$run/log}
: >"$log"
: >"$run/report"
stage
case $mode in
initramfs) start_initramfs ;;
vng) start_vng ;;
esac
finish
