// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exercises the trace vdev: a 32-bit counter that can be read and written, and
 * that goes on by one each second.
 */
#include "guest.h"

#define WRITTEN		1000
#define TICKS		2		/* that may pass meanwhile */
#define READS		16

	.text
	.globl	_start
_start:
	mov	TRACE_VDEV, %ebx
	print	"trace: counter "
	print_hex8 %ebx
	print	"\n"
	cmp	$0xffffffff, %ebx
	je	no_device

	movl	$WRITTEN, TRACE_VDEV
	mov	TRACE_VDEV, %ebx
	print	"trace: wrote "
	print_hex $WRITTEN
	print	", reads "
	print_hex %ebx
	print	"\n"
	lea	-WRITTEN(%ebx), %eax
	cmp	$TICKS, %eax		/* unsigned: catches less than WRITTEN, too */
	ja	wrong

	mov	$READS, %edi
1:	mov	TRACE_VDEV, %eax
	mov	%eax, %ecx
	sub	%ebx, %ecx		/* since the last time: 0 or a tick */
	cmp	$TICKS, %ecx
	ja	wrong
	mov	%eax, %ebx
	dec	%edi
	jnz	1b
	print	"trace: PASS\n"
	jmp	power_off

no_device:
	print	"trace: FAIL, all ones: there is no vdev at "
	print_hex $TRACE_VDEV
	print	"\n"
	jmp	power_off

wrong:
	print	"trace: FAIL, the counter is wrong\n"
	jmp	power_off
