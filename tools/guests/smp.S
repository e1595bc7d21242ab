// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts the other vCPUs, each of which reads the trace vdev, and reports.
 */
#include "guest.h"

#define APIC_ICR_LOW	0xfee00300
#define APIC_ICR_HIGH	0xfee00310
#define ICR_BUSY	0x1000
#define INIT_OTHERS	0xc4500		/* all excluding self, assert, INIT */
#define STARTUP_OTHERS	0xc4600		/* likewise, start-up; the page goes in bits 0-7 */

#define TRAMPOLINE	0x8000		/* where the others start, in real mode */
#define PATIENCE	200000		/* port reads, each an exit to the launcher */

	.text
	.globl	_start
_start:
	mov	TRACE_VDEV, %ebx
	print	"smp: vCPU 0 reads "
	print_hex %ebx
	print	"\n"

	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$(trampoline_end - trampoline), %ecx
	rep movsb
	mov	$INIT_OTHERS, %eax
	call	send
	mov	$(STARTUP_OTHERS | TRAMPOLINE >> 12), %eax
	call	send

	mov	$PATIENCE, %ebx
	mov	$COM1_STATUS, %dx
1:	cmpl	$0, ready
	jne	2f
	in	%dx, %al
	dec	%ebx
	jnz	1b
	print	"smp: FAIL, no other vCPU came\n"
	jmp	power_off

2:	print	"smp: another vCPU reads "
	print_hex value
	print	"\nsmp: PASS\n"
	jmp	power_off

/* Sends the interprocessor interrupt in %eax. */
send:
	movl	$0, APIC_ICR_HIGH
	mov	%eax, APIC_ICR_LOW
1:	testl	$ICR_BUSY, APIC_ICR_LOW
	jnz	1b
	ret

/* Where the others are in protected mode; they have no stack, and need none. */
other:
	mov	$0x10, %ax
	mov	%ax, %ds
	mov	TRACE_VDEV, %eax
	mov	%eax, value
	lock incl ready
1:	cli
	hlt
	jmp	1b

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
value:	.long	0
ready:	.long	0
