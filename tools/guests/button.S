// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits until a register is no longer 0, as when the power button was pressed, and
 * powers off: what an operating system does on its button's interrupt.
 *
 *	vdev test loc 0xfb000000 button 1
 */
#include "guest.h"

#define REGISTER	0xfb000000

	.text
	.globl	_start
_start:
	print	"button: waiting\n"
1:	mov	REGISTER, %eax
	test	%eax, %eax
	jz	1b
	print	"button: shutting down\n"
	jmp	power_off
