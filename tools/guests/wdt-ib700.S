// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has an IB700 watch over it: feeds it for a while, then no longer, and is bitten. The PIT says when
 * a second is over, since nothing of the watchdog can be read.
 *
 *	vdev wdt-ib700
 */
#include "guest.h"

#define START		0x443
#define SIX_SECONDS	12

#define PIT_CHANNEL_2	0x42
#define PIT_MODE	0x43
#define PIT_GATE	0x61
#define ONE_SHOT_2	0xb0		/* channel 2, both bytes, mode 0 */
#define HZ		1193182
#define STEPS		20
#define MEALS		3

.macro write_port value, port
	mov	$\value, %al
	mov	$\port, %dx
	out	%al, %dx
.endm

	.text
	.globl	_start
_start:
	mov	$MEALS, %edi
1:	write_port SIX_SECONDS, START
	call	second
	dec	%edi
	jnz	1b
	print	"wdt-ib700: fed\n"
2:	pause
	jmp	2b

/* Waits a second: STEPS times what fits into the PIT's 16 bits. */
second:
	mov	$STEPS, %ebx
1:	write_port 1, PIT_GATE
	write_port ONE_SHOT_2, PIT_MODE
	write_port ((HZ / STEPS) & 0xff), PIT_CHANNEL_2
	write_port ((HZ / STEPS) >> 8), PIT_CHANNEL_2
2:	in	$PIT_GATE, %al
	test	$0x20, %al
	jz	2b
	dec	%ebx
	jnz	1b
	ret
