/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything may be said as often as one likes: nobody listens. */
#ifndef _SHIM_LINUX_RATELIMIT_H
#define _SHIM_LINUX_RATELIMIT_H

#include <linux/jiffies.h>
#include <linux/types.h>

struct ratelimit_state {
	int interval;
	int burst;
	unsigned long flags;
};

#define RATELIMIT_STATE_INIT_FLAGS(name, interval, burst, flags)		\
	{ interval, burst, flags }

#define RATELIMIT_MSG_ON_RELEASE	1UL

static inline void ratelimit_state_init(struct ratelimit_state *limit, int interval, int burst)
{
	*limit = (struct ratelimit_state){ .interval = interval, .burst = burst };
}

static inline void ratelimit_set_flags(struct ratelimit_state *limit, unsigned long flags)
{
	limit->flags = flags;
}

static inline bool __ratelimit(struct ratelimit_state *limit)
{
	(void)limit;
	return true;
}

#endif
