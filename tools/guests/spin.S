// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the trace vdev without end: something to kill.
 */
#include "guest.h"

	.text
	.globl	_start
_start:
	print	"spin: running\n"
1:	mov	TRACE_VDEV, %eax
	jmp	1b
