// SPDX-License-Identifier: GPL-2.0-only
/*
 * Polled output on COM1 for the example guests; assembles for 32 and 64 bits.
 *
 * eax, ecx, edx and esi are the functions' own.
 */
#include "guest.h"

	.text

/* Sends %al. */
	.globl	putchar
putchar:
	mov	%al, %cl
	mov	$COM1_STATUS, %dx
1:	in	%dx, %al
	test	$CAN_SEND, %al
	jz	1b
	mov	%cl, %al
	mov	$COM1, %dx
	out	%al, %dx
	ret

/* Sends the text at %esi, up to its NUL. */
	.globl	puts
puts:
1:	lodsb
	test	%al, %al
	jz	2f
	call	putchar
	jmp	1b
2:	ret

/* Sends 0x and %eax: eight digits, or from puthex on only those that count. */
	.globl	puthex8, puthex
puthex8:
	mov	$8, %ch
	mov	%eax, %esi
	jmp	2f
puthex:
	mov	$8, %ch
	mov	%eax, %esi
1:	test	$0xf0000000, %esi	/* skip leading zeros, but for the last digit */
	jnz	2f
	cmp	$1, %ch
	je	2f
	shl	$4, %esi
	dec	%ch
	jmp	1b
2:	mov	$'0', %al
	call	putchar
	mov	$'x', %al
	call	putchar
3:	rol	$4, %esi
	mov	%esi, %eax
	and	$0xf, %al
	add	$'0', %al
	cmp	$'9', %al
	jbe	4f
	add	$('a' - '9' - 1), %al
4:	call	putchar
	dec	%ch
	jnz	3b
	ret

/* Receives a byte into %al, however long that takes. */
	.globl	getchar
getchar:
	mov	$COM1_STATUS, %dx
1:	pause
	in	%dx, %al
	test	$CAN_RECEIVE, %al
	jz	1b
	mov	$COM1, %dx
	in	%dx, %al
	ret

/* Asks the machine to power off; does not return. */
	.globl	power_off
power_off:
	mov	$POWER_PORT, %dx
	mov	$POWER_OFF, %ax
	out	%ax, %dx
1:	hlt				/* nobody took it */
	jmp	1b
