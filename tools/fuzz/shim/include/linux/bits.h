/* SPDX-License-Identifier: GPL-2.0-only */
/* Masks. */
#ifndef _SHIM_LINUX_BITS_H
#define _SHIM_LINUX_BITS_H

#define BITS_PER_BYTE		8
#define BITS_PER_LONG		64
#define BITS_PER_LONG_LONG	64

#define BIT(bit)		(1UL << (bit))
#define BIT_ULL(bit)		(1ULL << (bit))
#define BIT_WORD(bit)		((bit) / BITS_PER_LONG)
#define BIT_MASK(bit)		(1UL << ((bit) % BITS_PER_LONG))
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (BITS_PER_LONG - 1 - (high))))
#define GENMASK_ULL(high, low)	((~0ULL << (low)) & (~0ULL >> (BITS_PER_LONG - 1 - (high))))

#endif
