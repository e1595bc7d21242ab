#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Style and static analysis: all that can be said of source and objects without running them.
#
# usage: check.sh

# shellcheck source-path=SCRIPTDIR/vm source=vm/common.sh disable=SC1091
. "$(dirname "$0")/vm/common.sh"

TOP=$(realpath "$(dirname "$0")/..")
cd "$TOP" || exit

passed=0 failed=0

# step NAME COMMAND...: a command that prints nothing and ends with 0 has found nothing.
step() {
	local name=$1 findings
	shift
	if findings=$("$@" 2>&1) && [[ -z $findings ]]; then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "$findings"
		echo "not ok - $name"
		failed=$((failed + 1))
	fi
}

sources() {
	git ls-files --cached --others --exclude-standard -- "$@"
}

# run_checkpatch OPTION... -- PATTERN...
run_checkpatch() {
	local opts
	mapfile -t opts < <(grep -v '^#' .checkpatch.conf | tr ' ' '\n')
	while [[ $1 != -- ]]; do
		opts+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2046
	perl "$scripts/checkpatch.pl" "${opts[@]}" --terse --show-types -f $(sources "$@") | grep -v '^total:' |
		grep -v -e '^drivers/.*-events.h:' -e '^vdevfw/life/trace.h:' || true # TRACE_EVENT() has a layout of its own
}

kernel_style() {
	run_checkpatch -- 'vdevfw/*.[ch]' ':!vdevfw/kunit/' 'include/*.h' 'uapi/*.h' 'drivers/*.[ch]' \
		'tools/bench/vdevfw-bare.c'
}

# Tables of cases and waits for threads look different from the code under test.
kunit_style() {
	run_checkpatch --max-line-length=104 --ignore LINE_SPACING,MSLEEP,STRING_FRAGMENTS,SPLIT_STRING,MISSING_SPACE,COMPLEX_MACRO \
		--ignore MACRO_WITH_FLOW_CONTROL \
		-- 'vdevfw/kunit/*.[ch]'
}

# The launcher and its library have one fixed form.
launcher_format() {
	# shellcheck disable=SC2046
	clang-format --dry-run --Werror $(sources 'tools/vdevctl/*.[ch]' 'tools/libvdevfw/*.[ch]' ':!tools/vdevctl/tests/')
}

# The same style, without what only makes sense where the kernel's own macros are.
tools_style() {
	run_checkpatch --max-line-length=120 --ignore MACRO_ARG_PRECEDENCE,ENOSYS,ARRAY_SIZE,PREFER_DEFINED_ATTRIBUTE_MACRO,VOLATILE,STRCPY,STRNCPY,INITIALISED_STATIC,SPLIT_STRING \
		--ignore STRING_FRAGMENTS,MISSING_SPACE,QUOTED_WHITESPACE_BEFORE_NEWLINE,CAMELCASE,COMPLEX_MACRO,LINE_SPACING \
		--ignore MULTIPLE_ASSIGNMENTS,CONSTANT_COMPARISON,PREFER_KERNEL_TYPES,NETWORKING_BLOCK_COMMENT_STYLE,SSCANF_TO_KSTRTO \
		--ignore OPEN_ENDED_LINE,EMBEDDED_FUNCTION_NAME,REPEATED_WORD,MACRO_WITH_FLOW_CONTROL,LEADING_SPACE,AVOID_EXTERNS,COMPARISON_TO_NULL \
		-- 'tools/libvdevfw/*.[ch]' 'tools/vdevctl/*.[ch]' 'tools/bench/bench*.[ch]' 'tools/selftests/*.[ch]' \
		'tools/fuzz/*.[ch]' ':!tools/fuzz/shim/include/linux/' # where <linux/*.h> is defined, its rules cannot hold
}

# What is made of the source must be what it is now.
states_documented() {
	tools/doc/states.sh | diff Documentation/run-states-generated.rst -
}

kernel_doc() {
	# shellcheck disable=SC2046
	"$scripts/kernel-doc" -none -Wall $(sources 'include/*.h' 'uapi/*.h' 'vdevfw/*.[ch]' 'drivers/*.[ch]') 2>&1 |
		grep -v TRACE_EVENT || true
}

run_sparse() {
	local tree=$TOP/build/sparse output
	mkdir -p "$tree"
	rsync -a --delete --exclude '*.o' --include '/Kbuild' --include '/include/***' --include '/uapi/***' \
		--include '/vdevfw/***' --include '/drivers/***' --include '/tools/' --include '/tools/bench/***' \
		--exclude '*' ./ "$tree/"
	output=$(make -C "$kernel/build" M="$tree" W=1 C=2 VDEVFW_TESTS=1 modules 2>&1) || {
		echo "$output"
		return 1
	}
	grep -iE 'warning|error' <<<"$output" | grep -v 'Skipping BTF' || true
}

# What sparse looked at is compiled as well, with the debug information that Debian's configuration asks for.
false_sharing() {
	tools/bench/layout.py build/sparse/vdevfw/vdevfw.o
}

run_shellcheck() {
	# shellcheck disable=SC2046
	shellcheck -x $(sources '*.sh' .ci/run tools/vm/guest)
}

# KVM's headers belong to the seam; the hot path's window embeds a struct of <kvm/iodev.h>, through the seam's header.
rooms() {
	git grep -nE '<(linux/kvm|kvm/)' -- include vdevfw drivers | grep -v '^vdevfw/kvm/' || true
	git grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION' -- include vdevfw drivers | grep -v '^vdevfw/kvm/' || true
	git grep -nE '#include "\.\./\.\./(vdev|space|life|service|kvm)/' -- vdevfw | grep -v '^vdevfw/kunit/' || true
	# A pure room knows no KVM, no file and no user pointer.
	git grep -nE '"(\.\./)?(kvm/kvm|guest|uapi|file)\.h"|<linux/(uaccess|fs)\.h>' -- \
		vdevfw/space/gasp.c vdevfw/space/gasp.h vdevfw/vdev/options.c vdevfw/vdev/parse.c vdevfw/vdev/factory.c || true
}

licences() {
	local file
	while read -r file; do
		head -3 "$file" | grep -q SPDX-License-Identifier || echo "$file: no SPDX line"
	done < <(sources '*.c' '*.h' '*.S' '*.sh' '*.py' '*Makefile' '*Kbuild' '*.rst')
}

left_behind() {
	git grep -nE '\b(TODO|FIXME|XXX|HACK)\b' -- '*.c' '*.h' '*.S' '*.py' '*Makefile' '*Kbuild' || true
}

"$TOP/tools/vm/packages.sh"
kernel=$("$TOP/tools/vm/kernel.sh" stock-6.12)
scripts=$("$TOP/tools/vm/kernel.sh" lean)/build/scripts

step "checkpatch --strict: the kernel part" kernel_style
step "checkpatch --strict: KUnit suites" kunit_style
step "checkpatch --strict: the tools" tools_style
step "clang-format: the launcher and its library" launcher_format
step "kernel-doc" kernel_doc
step "run states in the documentation" states_documented
step "sparse" run_sparse
step "no false sharing between accesses" false_sharing
step "shellcheck" run_shellcheck
step "includes stay in their rooms" rooms
step "SPDX everywhere" licences
step "nothing left for later" left_behind

echo "$passed passed, $failed failed"
((failed == 0))
