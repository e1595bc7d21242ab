/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's time: all that timers ask of the kernel for it. hosttime.c answers for real,
 * kunit/fake_time.c for the unit tests.
 */
#ifndef _VDEVFW_HOSTTIME_H
#define _VDEVFW_HOSTTIME_H

#include <linux/hrtimer.h>
#include <linux/types.h>

/**
 * struct vdevfw_alarm - Something to be called at a time of the host's
 * @timer: How the kernel knows it
 * @ring: What is called, in a hard interrupt. It may set the alarm again.
 */
struct vdevfw_alarm {
	struct hrtimer timer;
	void (*ring)(struct vdevfw_alarm *alarm);
};

/**
 * vdevfw_host_now() - Read the host's clock
 *
 * Context: Any but NMI.
 * Return: Nanoseconds of CLOCK_MONOTONIC.
 */
u64 vdevfw_host_now(void);

/**
 * vdevfw_alarm_init() - Prepare an alarm
 * @alarm: The alarm
 * @ring: What it calls
 */
void vdevfw_alarm_init(struct vdevfw_alarm *alarm, void (*ring)(struct vdevfw_alarm *alarm));

/**
 * vdevfw_alarm_set() - Let an alarm ring, once; what it was set to before is forgotten
 * @alarm: The alarm
 * @time: When, on the host's clock; at most KTIME_MAX
 *
 * Context: Any but NMI. May be called while it rings.
 */
void vdevfw_alarm_set(struct vdevfw_alarm *alarm, u64 time);

/**
 * vdevfw_alarm_clear() - Let it not ring; but it may be ringing
 * @alarm: The alarm
 *
 * Context: Any but NMI.
 */
void vdevfw_alarm_clear(struct vdevfw_alarm *alarm);

/**
 * vdevfw_alarm_end() - The same, and wait until it is not ringing
 * @alarm: The alarm, which nobody sets any more
 *
 * Context: Process context. No lock is held that @ring takes.
 */
void vdevfw_alarm_end(struct vdevfw_alarm *alarm);

#endif
