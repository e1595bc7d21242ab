/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space reads from a guest's files.
 *
 * One ring a guest, and a position in it for each file: posting never waits and
 * never allocates, a reader takes nothing away from another one, and one that is
 * too slow is told how much it has missed.
 */
#ifndef _VDEVFW_EVENTS_H
#define _VDEVFW_EVENTS_H

#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "../../uapi/vdevfw.h"

#define VDEVFW_EVENTS	64	/* how many a reader may lag behind; a power of two */

/**
 * struct vdevfw_events - A guest's events
 * @lock: Innermost; taken in any context
 * @head: Number of the newest event; 0 for none yet
 * @closed: No event will follow
 * @wait: Readers
 * @ring: Event n is at n % VDEVFW_EVENTS
 */
struct vdevfw_events {
	spinlock_t lock;	/* protects @head, @closed and @ring */
	u64 head;
	bool closed;
	wait_queue_head_t wait;
	struct vdevfw_event ring[VDEVFW_EVENTS];
};

/**
 * vdevfw_events_init() - Make an empty ring
 * @events: zeroed
 */
void vdevfw_events_init(struct vdevfw_events *events);

/**
 * vdevfw_events_post() - Tell user space
 * @events: The ring
 * @type: &enum vdevfw_event_type. After VDEVFW_STATE_DEAD nothing is posted.
 * @vdev: The vdev's id, or 0
 * @value: depends on @type
 * @text: depends on @type; what does not fit is cut
 *
 * Context: Any but NMI.
 */
void vdevfw_events_post(struct vdevfw_events *events, u32 type, u64 vdev, u32 value,
			const char *text);

/**
 * vdevfw_events_tell() - The same, with all that an event can have
 * @events: The ring
 * @event: type, vdev, value, detail, number, flags and result
 * @text: see vdevfw_events_post()
 *
 * Context: Any but NMI.
 */
void vdevfw_events_tell(struct vdevfw_events *events, const struct vdevfw_event *event,
			const char *text);

/**
 * vdevfw_events_log() - Tell user space what a vdev says
 * @events: The ring
 * @vdev: The vdev's id
 * @severity: &enum vdevfw_severity
 * @to: Set of VDEVFW_LOG_STDOUT and VDEVFW_LOG_STDERR
 * @text: The message; what does not fit is cut
 *
 * Context: Any but NMI.
 */
void vdevfw_events_log(struct vdevfw_events *events, u64 vdev, u32 severity, u32 to,
		       const char *text);

/**
 * vdevfw_events_head() - The position from which a new reader misses nothing new
 * @events: The ring
 *
 * Return: Number of the newest event, or 0.
 */
u64 vdevfw_events_head(struct vdevfw_events *events);

/**
 * vdevfw_events_read() - read(2)
 * @events: The ring
 * @position: The reader's: number of the last event it has got. Moved on.
 * @buf: User memory
 * @count: Its size
 * @nonblock: Do not wait for the first event
 *
 * Context: Process context. Sleeps, until there is an event or a signal.
 * Return: Bytes read, 0 at the end, -EINVAL, -EAGAIN, -ERESTARTSYS, -EFAULT.
 */
ssize_t vdevfw_events_read(struct vdevfw_events *events, atomic64_t *position, char __user *buf,
			   size_t count, bool nonblock);

/**
 * vdevfw_events_poll() - poll(2)
 * @events: The ring
 * @position: The reader's
 * @file: The reader
 * @table: For poll_wait()
 *
 * Return: As poll(2).
 */
__poll_t vdevfw_events_poll(struct vdevfw_events *events, atomic64_t *position, struct file *file,
			    poll_table *table);

#endif
