/* SPDX-License-Identifier: GPL-2.0-only */
/* Bits of integers and of arrays of longs. */
#ifndef _SHIM_LINUX_BITOPS_H
#define _SHIM_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/types.h>

#define BITS_TO_LONGS(bits)	(((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline int fls64(u64 value)
{
	return value ? 64 - __builtin_clzll(value) : 0;
}

static inline int fls(unsigned int value)
{
	return fls64(value);
}

static inline unsigned long __ffs(unsigned long value)
{
	return __builtin_ctzl(value);
}

static inline unsigned long __fls(unsigned long value)
{
	return fls64(value) - 1;
}

#define hweight8(value)		((unsigned int)__builtin_popcount((u8)(value)))
#define hweight16(value)	((unsigned int)__builtin_popcount((u16)(value)))
#define hweight32(value)	((unsigned int)__builtin_popcount((u32)(value)))
#define hweight64(value)	((unsigned int)__builtin_popcountll(value))
#define hweight_long(value)	hweight64(value)

static inline bool test_bit(unsigned long bit, const volatile unsigned long *words)
{
	return words[BIT_WORD(bit)] & BIT_MASK(bit);
}

static inline void set_bit(unsigned long bit, volatile unsigned long *words)
{
	words[BIT_WORD(bit)] |= BIT_MASK(bit);
}

static inline void clear_bit(unsigned long bit, volatile unsigned long *words)
{
	words[BIT_WORD(bit)] &= ~BIT_MASK(bit);
}

static inline bool test_and_set_bit(unsigned long bit, volatile unsigned long *words)
{
	bool was_set = test_bit(bit, words);

	set_bit(bit, words);
	return was_set;
}

static inline bool test_and_clear_bit(unsigned long bit, volatile unsigned long *words)
{
	bool was_set = test_bit(bit, words);

	clear_bit(bit, words);
	return was_set;
}

#define __set_bit(bit, words)			set_bit(bit, words)
#define __clear_bit(bit, words)			clear_bit(bit, words)
#define __test_and_set_bit(bit, words)		test_and_set_bit(bit, words)
#define __test_and_clear_bit(bit, words)	test_and_clear_bit(bit, words)

static inline unsigned long find_next_bit(const unsigned long *words, unsigned long bits,
					  unsigned long bit)
{
	while (bit < bits && !test_bit(bit, words))
		bit++;
	return bit < bits ? bit : bits;
}

static inline unsigned long find_next_zero_bit(const unsigned long *words, unsigned long bits,
					       unsigned long bit)
{
	while (bit < bits && test_bit(bit, words))
		bit++;
	return bit < bits ? bit : bits;
}

#define find_first_bit(words, bits)		find_next_bit(words, bits, 0)
#define find_first_zero_bit(words, bits)	find_next_zero_bit(words, bits, 0)

#define for_each_set_bit(bit, words, bits)					\
	for ((bit) = find_first_bit(words, bits); (bit) < (bits);		\
	     (bit) = find_next_bit(words, bits, (bit) + 1))

#endif
