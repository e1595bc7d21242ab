/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's clock. */
#ifndef _VDEVFW_CLOCK_H
#define _VDEVFW_CLOCK_H

#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vdevfw_vdev;

/**
 * struct vdevfw_clock - A guest's clock
 * @lock: Taken in hard interrupts
 * @seq: Changes with the rest, for who reads the time without @lock
 * @running: The guest is
 * @stops: How often vdevs have stopped it and not started it again. It goes if there are none, and
 *	the guest is running.
 * @reading: What it showed at @since
 * @since: A time of the host's: when it began to go or to stand, or later
 * @changed: Called when it has begun to go or to stand, with @lock held
 */
struct vdevfw_clock {
	raw_spinlock_t lock;	/* protects all of it, and timers; see struct vdevfw_timers */
	seqcount_raw_spinlock_t seq;
	bool running;
	u64 stops;
	u64 reading;
	u64 since;
	void (*changed)(struct vdevfw_clock *clock);
};

/**
 * vdevfw_clock_init() - Prepare a clock, which stands at 0
 * @clock: The clock
 * @changed: See &struct vdevfw_clock
 */
void vdevfw_clock_init(struct vdevfw_clock *clock, void (*changed)(struct vdevfw_clock *clock));

/**
 * vdevfw_clock_run() - The guest runs, or no longer
 * @clock: Its clock
 * @running: Whether it does
 *
 * Context: Any but NMI.
 */
void vdevfw_clock_run(struct vdevfw_clock *clock, bool running);

/**
 * vdevfw_clock_goes() - Whether a clock goes
 * @clock: The clock
 *
 * Context: Its lock is held.
 * Return: Whether it does.
 */
static inline bool vdevfw_clock_goes(const struct vdevfw_clock *clock)
{
	return clock->running && !clock->stops;
}

/**
 * vdevfw_clock_at() - What a clock shows
 * @clock: The clock
 * @host: Now, on the host's clock
 *
 * Context: Its lock is held, or @seq is being looked at.
 * Return: Nanoseconds.
 */
static inline u64 vdevfw_clock_at(const struct vdevfw_clock *clock, u64 host)
{
	return clock->reading + (vdevfw_clock_goes(clock) ? host - clock->since : 0);
}

/**
 * vdevfw_clock_to_host() - When a clock that goes will show a time
 * @clock: The clock
 * @time: The time, which is to come; at most KTIME_MAX
 *
 * Context: Its lock is held.
 * Return: The host's time then; at most KTIME_MAX.
 */
u64 vdevfw_clock_to_host(const struct vdevfw_clock *clock, u64 time);

/* Half of what a clock can show: what is to come, and sums of times, must be possible as well. */
#define VDEVFW_CLOCK_SAVED_MAX	(KTIME_MAX / 2)

/**
 * vdevfw_clock_get() - What a clock shows now
 * @clock: The clock
 *
 * Context: Any but NMI.
 * Return: Nanoseconds.
 */
u64 vdevfw_clock_get(struct vdevfw_clock *clock);

/**
 * vdevfw_clock_set() - Have a clock show another time
 * @clock: The clock, which stands
 * @reading: Nanoseconds, at most VDEVFW_CLOCK_SAVED_MAX
 *
 * Context: Any but NMI.
 */
void vdevfw_clock_set(struct vdevfw_clock *clock, u64 reading);

/**
 * vdevfw_clock_forget() - Start what a vdev has stopped
 * @vdev: The vdev, which is ending
 *
 * Context: Any but NMI.
 */
void vdevfw_clock_forget(struct vdevfw_vdev *vdev);

#endif
