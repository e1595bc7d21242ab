// SPDX-License-Identifier: GPL-2.0-only
/*
 * Polls the counter of the trace vdev, whose reads pass: waits until it has counted on, writes to it, and
 * waits again. A count without a change is that of the reads in a second.
 *
 *	vdev trace loc 0xfa000000 pass-reads
 */
#include "guest.h"

#define WRITTEN		0x12340000
#define TICKS		3		/* that may pass meanwhile */

/* Counts reads in %ebp until the counter is no longer %ebx; %eax is what it is then. */
.macro poll
	xor	%ebp, %ebp
80:	inc	%ebp
	mov	TRACE_VDEV, %eax
	cmp	%ebx, %eax
	je	80b
.endm

	.text
	.globl	_start
_start:
	mov	TRACE_VDEV, %ebx
	cmp	$0xffffffff, %ebx
	je	wrong
	print	"pass: counter "
	print_hex %ebx
	poll
	sub	%ebx, %eax
	cmp	$TICKS, %eax		/* unsigned: catches what goes back, too */
	ja	wrong
	print	"\npass: it counts\n"

	movl	$WRITTEN, TRACE_VDEV	/* traps: the page can only be read */
	mov	TRACE_VDEV, %ebx
	lea	-WRITTEN(%ebx), %eax
	cmp	$TICKS, %eax
	ja	wrong
	movl	$WRITTEN, TRACE_VDEV + 4
	cmpl	$0, TRACE_VDEV + 4	/* is of the page, too, but dropped */
	jne	wrong
	print	"pass: it has what was written\n"

	poll				/* to the beginning of a second */
	mov	%eax, %ebx
	poll
	sub	%ebx, %eax
	cmp	$TICKS, %eax
	ja	wrong
	print	"pass: "
	print_hex %ebp
	print	" reads in a second\npass: PASS\n"
	jmp	power_off

wrong:
	print	"\npass: FAIL, the counter is wrong\n"
	jmp	power_off
