// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest 64-bit guest: sees whether a register holds 64 bits, says hello
 * and powers off.
 */
#include "guest.h"

	.text
	.globl	_start
_start:
	mov	$0x4000000000000000, %rbx
	test	%rbx, %rbx
	jz	1f
	print	"hello64: 64-bit guest\n"
1:	jmp	power_off
