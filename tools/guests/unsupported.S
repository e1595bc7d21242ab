// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does what no machine supports: reads a register that no processor has, executes
 * an instruction that KVM cannot emulate, and reads where nothing is. Says what
 * came of each, powers off.
 */
#include "guest.h"

#define NO_REGISTER	0x12345678
#define NOWHERE		0xf0000000

#define VECTOR_UD	6
#define VECTOR_GP	13
#define GATE		0x8e00		/* 32-bit interrupt gate, present */

	.text
	.globl	_start
_start:
	lgdt	gdt_pointer
	ljmp	$0x8, $1f
1:	mov	$VECTOR_UD, %edi
	mov	$on_invalid_opcode, %eax
	call	set_gate
	mov	$VECTOR_GP, %edi
	mov	$on_protection, %eax
	call	set_gate
	lidt	idt_pointer

	mov	$NO_REGISTER, %ecx
	mov	$after_register, %ebx		/* where a handler goes on */
	rdmsr
	mov	%eax, %ebx
	print	"unsupported: register reads "
	print_hex %ebx
	print	"\n"
after_register:
	mov	$after_instruction, %ebx
	fldl	NOWHERE				/* KVM emulates no x87 */
after_instruction:
	mov	NOWHERE, %ebx
	print	"unsupported: memory reads "
	print_hex %ebx
	print	"\n"
	jmp	power_off

/* Sets the gate of vector %edi to %eax. */
set_gate:
	lea	idt(, %edi, 8), %edi
	mov	%ax, (%edi)
	movw	$0x8, 2(%edi)
	movw	$GATE, 4(%edi)
	shr	$16, %eax
	mov	%ax, 6(%edi)
	ret

on_protection:
	add	$4, %esp			/* the error code */
	print	"unsupported: register raises #GP\n"
	jmp	go_on
on_invalid_opcode:
	print	"unsupported: instruction raises #UD\n"
go_on:
	add	$12, %esp			/* ip, cs and flags: interrupts are off anyway */
	jmp	*%ebx

	.data
	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* 0x8: flat code */
	.quad	0x00cf93000000ffff	/* 0x10: flat data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
idt:	.fill	VECTOR_GP + 1, 8, 0
idt_pointer:
	.word	idt_pointer - idt - 1
	.long	idt
