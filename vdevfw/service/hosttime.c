// SPDX-License-Identifier: GPL-2.0-only
/* The host's time. */
#include <linux/ktime.h>

#include "hosttime.h"

u64 vdevfw_host_now(void)
{
	return ktime_get_ns();
}

static enum hrtimer_restart ring(struct hrtimer *timer)
{
	struct vdevfw_alarm *alarm = container_of(timer, struct vdevfw_alarm, timer);

	alarm->ring(alarm);
	return HRTIMER_NORESTART;
}

void vdevfw_alarm_init(struct vdevfw_alarm *alarm, void (*ring_func)(struct vdevfw_alarm *alarm))
{
	alarm->ring = ring_func;
	/* Hard: with PREEMPT_RT, too, no thread of the kernel's is between it and the vdev's. */
	hrtimer_init(&alarm->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	alarm->timer.function = ring;
}

void vdevfw_alarm_set(struct vdevfw_alarm *alarm, u64 time)
{
	hrtimer_start(&alarm->timer, ns_to_ktime(time), HRTIMER_MODE_ABS_HARD);
}

void vdevfw_alarm_clear(struct vdevfw_alarm *alarm)
{
	hrtimer_try_to_cancel(&alarm->timer);
}

void vdevfw_alarm_end(struct vdevfw_alarm *alarm)
{
	hrtimer_cancel(&alarm->timer);
}
