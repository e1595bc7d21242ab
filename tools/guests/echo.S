// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends back what it receives on its console; a q powers off.
 */
#include "guest.h"

	.text
	.globl	_start
_start:
	print	"echo: q ends\n"
1:	call	getchar
	cmp	$'q', %al
	je	2f
	call	putchar
	jmp	1b
2:	print	"\necho: PASS\n"
	jmp	power_off
