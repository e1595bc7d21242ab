// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flat image, which starts at its first byte: says where that is, powers off.
 *
 * It runs wherever it is loaded, so it finds its texts relative to its start.
 */
#include "guest.h"

	.text
	.globl	_start
_start:
	call	1f
1:	pop	%ebx
	sub	$(1b - _start), %ebx
	lea	(text - _start)(%ebx), %esi
	call	puts
	print_hex %ebx
	mov	$'\n', %al
	call	putchar
	jmp	power_off

text:	.asciz	"flat: loaded at "
