/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake of the host's time: it passes when a test says so, and then at once.
 */
#ifndef _VDEVFW_FAKE_TIME_H
#define _VDEVFW_FAKE_TIME_H

#include <linux/types.h>

/* Begin at some time, without an alarm. */
void fake_time_init(void);

/* How many alarms are set; and the time for which the first of them is, or U64_MAX. */
unsigned int fake_time_alarms(void);
u64 fake_time_first_alarm(void);

/*
 * Let time pass until the next alarm, which rings, but not beyond @until. Returns whether one has
 * rung; otherwise it is @until now.
 */
bool fake_time_ring_next(u64 until);

/* Let @ns pass. All alarms ring on time, and no thread that they wake gets anywhere meanwhile. */
void fake_time_advance(u64 ns);

#endif
