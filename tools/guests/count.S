// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts, and has a register of a vdev count with it: each number is written, and must be read back. A
 * second vCPU does the same with another one. A q ends it: both say how far they have come, and another
 * key powers off. What is not as after power-on is said first.
 *
 *	vdev test loc 0xfb000000 count
 *	vdev test loc 0xfb001000 count
 */
#include "guest.h"

#define FIRST		0xfb000000
#define SECOND		0xfb001000
#define OUTSIDE		0x800000	/* RAM that no image covers */
#define ROUND		16		/* numbers between two looks at the console */

#define APIC_ICR_LOW	0xfee00300
#define APIC_ICR_HIGH	0xfee00310
#define ICR_BUSY	0x1000
#define INIT_OTHERS	0xc4500
#define STARTUP_OTHERS	0xc4600
#define TRAMPOLINE	0x8000

	.text
	.globl	_start
_start:
	cmpl	$0, OUTSIDE
	jne	dirty
	cmpl	$0x600d, image
	jne	dirty
	movl	$0xbad, image
	movl	$0xbad, OUTSIDE
	print	"count: as after power-on\n"

	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	mov	$INIT_OTHERS, %eax
	call	send
	mov	$(STARTUP_OTHERS | TRAMPOLINE >> 12), %eax
	call	send

	xor	%ebx, %ebx
1:	mov	$ROUND, %edi
2:	inc	%ebx
	mov	%ebx, FIRST
	cmp	FIRST, %ebx
	jne	wrong
	dec	%edi
	jnz	2b
	cmpl	$0, failed
	jne	wrong
	mov	$COM1_STATUS, %dx
	in	%dx, %al
	test	$CAN_RECEIVE, %al
	jz	1b
	call	getchar
	cmp	$'q', %al
	jne	1b

	movl	$1, ends
	cmpl	$0, others
	je	4f
3:	pause
	cmpl	$0, others
	jne	3b
4:	print	"count: "
	print_hex %ebx
	print	" and "
	print_hex value
	print	"\ncount: PASS\n"
	call	getchar
	jmp	power_off

dirty:	print	"count: FAIL, not as after power-on\n"
	jmp	power_off
wrong:	print	"count: FAIL, the register has another number\n"
	jmp	power_off

/* Sends the interprocessor interrupt in %eax. */
send:
	movl	$0, APIC_ICR_HIGH
	mov	%eax, APIC_ICR_LOW
1:	testl	$ICR_BUSY, APIC_ICR_LOW
	jnz	1b
	ret

/* The second vCPU, in protected mode; it has no stack, and needs none. */
other:
	mov	$0x10, %ax
	mov	%ax, %ds
	lock incl others
	xor	%ebx, %ebx
1:	inc	%ebx
	mov	%ebx, SECOND
	cmp	SECOND, %ebx
	jne	2f
	cmpl	$0, ends
	je	1b
	mov	%ebx, value
	lock decl others
	jmp	3f
2:	movl	$1, failed
3:	cli
	hlt
	jmp	3b

/* Copied to TRAMPOLINE, where cs is its segment. */
	.code16
trampoline:
	cli
	lgdtl	%cs:(gdt_pointer - trampoline)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$0x8, $other
	.balign	4
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
trampoline_end:
	.code32

	.data
	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* 0x8: flat code */
	.quad	0x00cf93000000ffff	/* 0x10: flat data */
gdt_end:
image:	.long	0x600d
value:	.long	0
others:	.long	0
ends:	.long	0
failed:	.long	0
