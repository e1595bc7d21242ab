// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has an SP805 watch over it, as Linux' driver does: feeds it for a while, then no longer, and is
 * bitten. The watchdog's own counter says when half of the time is over.
 *
 *	vdev wdt-sp805
 */
#include "guest.h"

#define SP805		0x1c0f0000
#define LOAD		(SP805 + 0x000)
#define VALUE		(SP805 + 0x004)
#define CONTROL		(SP805 + 0x008)
#define INTCLR		(SP805 + 0x00c)
#define RIS		(SP805 + 0x010)
#define LOCK		(SP805 + 0xc00)
#define PART		(SP805 + 0xfe0)

#define KEY		0x1acce551
#define BOTH		3		/* interrupt and reset */
#define TWO_SECONDS	50000000	/* at 25 MHz */
#define MEALS		2

.macro unlock
	movl	$KEY, LOCK
.endm
.macro lock_again
	movl	$1, LOCK
	cmpl	$1, LOCK
	jne	wrong
.endm

	.text
	.globl	_start
_start:
	cmpl	$0x05, PART
	jne	wrong
	cmpl	$0x18, PART + 4
	jne	wrong
	unlock
	movl	$TWO_SECONDS, LOAD
	movl	$1, INTCLR
	movl	$BOTH, CONTROL
	lock_again

	mov	$MEALS, %edi
1:	cmpl	$(TWO_SECONDS / 2), VALUE
	ja	1b
	unlock
	movl	$TWO_SECONDS, LOAD
	movl	$1, INTCLR
	lock_again
	dec	%edi
	jnz	1b
	cmpl	$0, RIS
	jne	wrong
	print	"wdt-sp805: fed\n"

2:	cmpl	$1, RIS
	jne	2b
	print	"wdt-sp805: the interrupt is raised\n"
3:	pause
	jmp	3b

wrong:
	print	"wdt-sp805: FAIL, it is not as an SP805 is\n"
	jmp	power_off
