// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the text of its initrd, whose address and size it finds in esi and edi.
 */
#include "guest.h"

	.text
	.globl	_start
_start:
	test	%edi, %edi
	jz	2f
1:	lodsb
	call	putchar
	dec	%edi
	jnz	1b
	jmp	power_off
2:	print	"initrd: FAIL, there is none\n"
	jmp	power_off
