/* SPDX-License-Identifier: GPL-2.0-only */
/* Division of 64 bits. */
#ifndef _SHIM_LINUX_MATH64_H
#define _SHIM_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 mul_u64_u32_div(u64 factor, u32 other, u32 divisor)
{
	return (unsigned __int128)factor * other / divisor;
}

#define do_div(dividend, divisor)					\
({									\
	u32 __remainder = (dividend) % (divisor);			\
	(dividend) /= (divisor);					\
	__remainder;							\
})

#endif
