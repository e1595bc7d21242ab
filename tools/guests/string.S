// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads strings from a port of a vdev, with one instruction each, and says after a q how many there were, and
 * how many of their bytes were 0: a string that is cut short when the machine stops ends so. Another key
 * powers off.
 *
 *	vdev test loc io:0x300 count
 */
#include "guest.h"

#define PORT		0x300
#define BYTE		0x5a
#define LENGTH		64

	.text
	.globl	_start
_start:
	mov	$(BYTE * 0x01010101), %eax
	mov	$PORT, %dx
	out	%eax, %dx
	add	$4, %dx
	out	%eax, %dx
	print	"string: reading\n"
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	cld
1:	mov	$PORT, %dx
	mov	$buffer, %edi
	mov	$LENGTH, %ecx
	rep insb
	inc	%ebx

	mov	$buffer, %esi
	mov	$LENGTH, %ecx
2:	lodsb
	cmp	$BYTE, %al
	je	3f
	test	%al, %al
	jnz	wrong
	inc	%ebp
3:	loop	2b

	mov	$COM1_STATUS, %dx
	in	%dx, %al
	test	$CAN_RECEIVE, %al
	jz	1b
	call	getchar
	cmp	$'q', %al
	jne	1b
	print	"string: "
	print_hex %ebx
	print	" and "
	print_hex %ebp
	print	"\nstring: PASS\n"
	call	getchar
	jmp	power_off

wrong:	print	"string: FAIL, a byte that the vdev never had\n"
	jmp	power_off

	.bss
buffer:	.fill	LENGTH, 1, 0
