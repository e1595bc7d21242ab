/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays of longs as sets. */
#ifndef _SHIM_LINUX_BITMAP_H
#define _SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/string.h>

#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

static inline void bitmap_zero(unsigned long *words, unsigned int bits)
{
	memset(words, 0, BITS_TO_LONGS(bits) * sizeof(*words));
}

static inline bool bitmap_empty(const unsigned long *words, unsigned int bits)
{
	return find_first_bit(words, bits) == bits;
}

static inline bool bitmap_full(const unsigned long *words, unsigned int bits)
{
	return find_first_zero_bit(words, bits) == bits;
}

static inline unsigned int bitmap_weight(const unsigned long *words, unsigned int bits)
{
	unsigned int weight = 0, bit;

	for_each_set_bit(bit, words, bits)
		weight++;
	return weight;
}

#endif
