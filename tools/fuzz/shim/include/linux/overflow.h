/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic that knows when it overflows. */
#ifndef _SHIM_LINUX_OVERFLOW_H
#define _SHIM_LINUX_OVERFLOW_H

#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define check_add_overflow(a, b, result)	__builtin_add_overflow(a, b, result)
#define check_sub_overflow(a, b, result)	__builtin_sub_overflow(a, b, result)
#define check_mul_overflow(a, b, result)	__builtin_mul_overflow(a, b, result)

/* For unsigned values. */
#define check_shl_overflow(value, shift, result)					\
({											\
	unsigned int __shift = (shift);							\
	bool __lost = __shift >= 8 * sizeof(*(result));					\
											\
	*(result) = __lost ? 0 : (__typeof__(*(result)))(value) << __shift;		\
	__lost || *(result) >> __shift != (value);					\
})

static inline size_t size_add(size_t a, size_t b)
{
	return __builtin_add_overflow(a, b, &a) ? SIZE_MAX : a;
}

static inline size_t size_mul(size_t a, size_t b)
{
	return __builtin_mul_overflow(a, b, &a) ? SIZE_MAX : a;
}

#define array_size(a, b)		size_mul(a, b)
#define flex_array_size(pointer, member, count)	size_mul(count, sizeof(*(pointer)->member))
#define struct_size(pointer, member, count)						\
	size_add(sizeof(*(pointer)), flex_array_size(pointer, member, count))

#endif
