/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the example guests share: constants, and macros round lib.S.
 *
 * The macros destroy eax, ecx, edx and esi.
 */
#define COM1		0x3f8
#define COM1_STATUS	(COM1 + 5)
#define CAN_RECEIVE	0x01
#define CAN_SEND	0x20
#define POWER_PORT	0x604
#define POWER_OFF	0x2000
#define TRACE_VDEV	0xfa000000	/* where the example configurations put it */

/* Prints the text given. */
.macro print text:vararg
	.pushsection .rodata
90:	.asciz	\text
	.popsection
	mov	$90b, %esi
	call	puts
.endm

/* Prints a 32-bit value as 0x and the digits that it takes. */
.macro print_hex value
	mov	\value, %eax
	call	puthex
.endm

/* Prints a 32-bit value as 0x and eight digits. */
.macro print_hex8 value
	mov	\value, %eax
	call	puthex8
.endm
