/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers of vdevs. */
#ifndef _VDEVFW_TIMER_PRIVATE_H
#define _VDEVFW_TIMER_PRIVATE_H

#include <linux/timerqueue.h>

#include <vdevfw/timer.h>

#include "clock.h"
#include "hosttime.h"
#include "worker.h"

struct vdevfw_timers;
struct vdevfw_vdev;

/* Between two calls for the same timer, however short its periods are. */
#define VDEVFW_TIMER_RESOLUTION		(50 * NSEC_PER_USEC)

/**
 * struct vdevfw_timer_queue - A guest's timers of one priority
 * @timers: What it is part of
 * @set: Those that are set, by &guest_timer.due
 * @alarm: Rings when the first of @set is due
 * @alarm_for: A time of the guest's clock: what @alarm is set for, or ALARM_OFF
 * @worker: Who calls timer(); there is one before there is a timer
 * @next: Calls the first of @set, if it is due. On @worker
 */
struct vdevfw_timer_queue {
	struct vdevfw_timers *timers;
	struct timerqueue_head set;
	struct vdevfw_alarm alarm;
	u64 alarm_for;
	struct kthread_worker *worker;
	struct kthread_work next;
};

/**
 * struct vdevfw_timers - All timers of a guest, and what they go by
 * @clock: The guest's clock. Its lock protects @queues, and all timers in them.
 * @workers: Who calls timer()
 * @queues: One for each priority
 */
struct vdevfw_timers {
	struct vdevfw_clock clock;
	struct vdevfw_workers *workers;
	struct vdevfw_timer_queue queues[PRIORITY_CLASSES];
};

/**
 * vdevfw_timers_init() - Prepare a guest's timers; its clock stands at 0
 * @timers: The timers
 * @workers: Who calls timer()
 */
void vdevfw_timers_init(struct vdevfw_timers *timers, struct vdevfw_workers *workers);

/**
 * vdevfw_timers_end() - Stop a guest's clock for good: no call of timer() begins any more
 * @timers: The timers; calls that are inside, vdevfw_workers_close() waits for
 *
 * Context: Process context, no lock but the guest's mutex.
 */
void vdevfw_timers_end(struct vdevfw_timers *timers);

/**
 * vdevfw_timers_free() - Free a vdev's timers
 * @vdev: The vdev, withdrawn, and without any thread
 */
void vdevfw_timers_free(struct vdevfw_vdev *vdev);

#endif
