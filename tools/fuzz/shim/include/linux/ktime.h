/* SPDX-License-Identifier: GPL-2.0-only */
/* Time stands still. */
#ifndef _SHIM_LINUX_KTIME_H
#define _SHIM_LINUX_KTIME_H

#include <linux/types.h>

typedef s64 ktime_t;

#define NSEC_PER_SEC	1000000000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_USEC	1000L

static inline ktime_t ktime_get(void)
{
	return 0;
}

static inline u64 ktime_get_ns(void)
{
	return 0;
}

#endif
