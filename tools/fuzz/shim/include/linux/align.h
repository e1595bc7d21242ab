/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiples of powers of two. */
#ifndef _SHIM_LINUX_ALIGN_H
#define _SHIM_LINUX_ALIGN_H

#define ALIGN(value, to)	(((value) + (__typeof__(value))(to) - 1) &		\
				 ~((__typeof__(value))(to) - 1))
#define ALIGN_DOWN(value, to)	((value) & ~((__typeof__(value))(to) - 1))
#define IS_ALIGNED(value, to)	(((value) & ((__typeof__(value))(to) - 1)) == 0)

#endif
