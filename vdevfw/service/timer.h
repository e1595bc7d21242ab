/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers of vdevs. */
#ifndef _VDEVFW_TIMER_PRIVATE_H
#define _VDEVFW_TIMER_PRIVATE_H

#include <linux/timerqueue.h>

#include <vdevfw/timer.h>

#include "../life/save.h"
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
 * vdevfw_timers_reset() - Cancel a vdev's timers
 * @vdev: The vdev
 *
 * Context: The guest's mutex is held; its clock stands, and no timer() is inside.
 */
void vdevfw_timers_reset(struct vdevfw_vdev *vdev);

/**
 * vdevfw_timers_save() - Save a vdev's timers, if it has any
 * @vdev: The vdev
 * @save: A record is added to it
 *
 * Context: The guest's mutex is held. May sleep.
 */
void vdevfw_timers_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save);

/**
 * vdevfw_timers_check_saved() - Check whether the timers that were saved may be those of a vdev
 * @vdev: The vdev
 * @records: Its records
 * @msg: Why they are not
 *
 * Context: The guest's mutex is held.
 * Return: 0, -EBADMSG, -EMEDIUMTYPE.
 */
int vdevfw_timers_check_saved(const struct vdevfw_vdev *vdev, struct vdevfw_saved records,
			      struct vdevfw_message *msg);

/**
 * vdevfw_timers_restore() - Set and cancel a vdev's timers as they were when they were saved
 * @vdev: The vdev
 * @records: Its records, after vdevfw_timers_check_saved()
 *
 * Their periods have begun just now on the host's clock, which is another one.
 *
 * Context: The guest's mutex is held; its clock stands, and no timer() is inside.
 */
void vdevfw_timers_restore(struct vdevfw_vdev *vdev, struct vdevfw_saved records);

/**
 * vdevfw_timers_free() - Free a vdev's timers
 * @vdev: The vdev, withdrawn, and without any thread
 */
void vdevfw_timers_free(struct vdevfw_vdev *vdev);

#endif
