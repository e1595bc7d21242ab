// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest guest: says hello and powers off.
 */
#include "guest.h"

	.text
	.globl	_start
_start:
	print	"hello: 32-bit guest\n"
	jmp	power_off
