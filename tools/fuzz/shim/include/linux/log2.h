/* SPDX-License-Identifier: GPL-2.0-only */
/* Powers of two. */
#ifndef _SHIM_LINUX_LOG2_H
#define _SHIM_LINUX_LOG2_H

#include <linux/bitops.h>

#define ilog2(value)		(fls64(value) - 1)

static inline bool is_power_of_2(unsigned long value)
{
	return value && !(value & (value - 1));
}

static inline unsigned long roundup_pow_of_two(unsigned long value)
{
	return 1UL << fls64(value - 1);
}

#endif
