// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's clock: the host's, less all the time in which it stood.
 *
 * Handlers may read it as often as a counter of the guest's that is made of it. So that takes no
 * lock.
 */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include <vdevfw/timer.h>

#include "../vdev/vdev.h"
#include "hosttime.h"
#include "timer.h"

void vdevfw_clock_init(struct vdevfw_clock *clock, void (*changed)(struct vdevfw_clock *clock))
{
	raw_spin_lock_init(&clock->lock);
	seqcount_raw_spinlock_init(&clock->seq, &clock->lock);
	clock->changed = changed;
}

static void change(struct vdevfw_clock *clock, bool running, u64 stops)
{
	bool went = vdevfw_clock_goes(clock);
	u64 host;

	write_seqcount_begin(&clock->seq);
	/* A reader that has not seen this looked at the host's clock before we do: no step back. */
	smp_mb();
	host = vdevfw_host_now();
	clock->reading = vdevfw_clock_at(clock, host);
	clock->since = host;
	clock->running = running;
	clock->stops = stops;
	write_seqcount_end(&clock->seq);
	if (vdevfw_clock_goes(clock) != went)
		clock->changed(clock);
}

void vdevfw_clock_run(struct vdevfw_clock *clock, bool running)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&clock->lock, flags);
	change(clock, running, clock->stops);
	raw_spin_unlock_irqrestore(&clock->lock, flags);
}

u64 vdevfw_clock_get(struct vdevfw_clock *clock)
{
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&clock->lock, flags);
	now = vdevfw_clock_at(clock, vdevfw_host_now());
	raw_spin_unlock_irqrestore(&clock->lock, flags);
	return now;
}

void vdevfw_clock_set(struct vdevfw_clock *clock, u64 reading)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&clock->lock, flags);
	write_seqcount_begin(&clock->seq);
	clock->reading = reading;
	clock->since = vdevfw_host_now();
	write_seqcount_end(&clock->seq);
	raw_spin_unlock_irqrestore(&clock->lock, flags);
}

u64 vdevfw_clock_to_host(const struct vdevfw_clock *clock, u64 time)
{
	lockdep_assert_held(&clock->lock);
	return min_t(u64, clock->since + (time - clock->reading), KTIME_MAX);
}

/* It is part of the timers: they stand on it, and nobody else has one. */
static struct vdevfw_clock *clock_of(const struct vdevfw_vdev *vdev)
{
	return &vdev->machine->timers->clock;
}

u64 guest_clock_read(const vdev_t *vdp)
{
	struct vdevfw_clock *clock = clock_of(to_vdevfw_vdev(vdp));
	unsigned int seq;
	u64 now;

	if (vdevfw_check(vdp, FUNCTION_guest_clock_read))
		return 0;
	do {
		seq = read_seqcount_begin(&clock->seq);
		now = vdevfw_clock_at(clock, vdevfw_host_now());
	} while (read_seqcount_retry(&clock->seq, seq));
	return now;
}
EXPORT_SYMBOL_GPL(guest_clock_read);

int guest_clock_stop(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct vdevfw_clock *clock = clock_of(vdev);
	unsigned long flags;
	int err;

	err = vdevfw_check(vdp, FUNCTION_guest_clock_stop);
	if (err)
		return err;
	raw_spin_lock_irqsave(&clock->lock, flags);
	vdev->clock_stops++;
	change(clock, clock->running, clock->stops + 1);
	raw_spin_unlock_irqrestore(&clock->lock, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(guest_clock_stop);

static int start(struct vdevfw_clock *clock, struct vdevfw_vdev *vdev)
{
	lockdep_assert_held(&clock->lock);
	if (!vdev->clock_stops)
		return -EALREADY;
	vdev->clock_stops--;
	change(clock, clock->running, clock->stops - 1);
	return 0;
}

int guest_clock_start(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct vdevfw_clock *clock = clock_of(vdev);
	unsigned long flags;
	int err;

	err = vdevfw_check(vdp, FUNCTION_guest_clock_start);
	if (err)
		return err;
	raw_spin_lock_irqsave(&clock->lock, flags);
	err = start(clock, vdev);
	raw_spin_unlock_irqrestore(&clock->lock, flags);
	return err;
}
EXPORT_SYMBOL_GPL(guest_clock_start);

void vdevfw_clock_forget(struct vdevfw_vdev *vdev)
{
	struct vdevfw_clock *clock = clock_of(vdev);
	unsigned long flags;

	raw_spin_lock_irqsave(&clock->lock, flags);
	change(clock, clock->running, clock->stops - vdev->clock_stops);
	vdev->clock_stops = 0;
	raw_spin_unlock_irqrestore(&clock->lock, flags);
}
