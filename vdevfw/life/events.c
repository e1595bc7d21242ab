// SPDX-License-Identifier: GPL-2.0-only
/* What user space reads from a guest's files. */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../message.h"
#include "events.h"

static_assert(sizeof(struct vdevfw_event) == 256);

void vdevfw_events_init(struct vdevfw_events *events)
{
	spin_lock_init(&events->lock);
	init_waitqueue_head(&events->wait);
}

void vdevfw_events_tell(struct vdevfw_events *events, const struct vdevfw_event *told,
			const char *text)
{
	struct vdevfw_event *event;
	unsigned long flags;

	spin_lock_irqsave(&events->lock, flags);
	if (events->closed)
		goto out;
	event = &events->ring[++events->head % VDEVFW_EVENTS];
	*event = *told;
	event->size = sizeof(*event);
	event->seq = events->head;
	event->time_ns = ktime_get_ns();
	strscpy(event->text, text, sizeof(event->text));
	vdevfw_clean(event->text);
	events->closed = event->type == VDEVFW_EVENT_STATE && event->value == VDEVFW_STATE_DEAD;
out:
	spin_unlock_irqrestore(&events->lock, flags);
	wake_up_interruptible_all(&events->wait);
}

void vdevfw_events_post(struct vdevfw_events *events, u32 type, u64 vdev, u32 value,
			const char *text)
{
	const struct vdevfw_event event = { .type = type, .vdev = vdev, .value = value };

	vdevfw_events_tell(events, &event, text);
}

void vdevfw_events_log(struct vdevfw_events *events, u64 vdev, u32 severity, u32 to,
		       const char *text)
{
	const struct vdevfw_event event = {
		.type = VDEVFW_EVENT_LOG, .vdev = vdev, .value = severity, .detail = to,
	};

	vdevfw_events_tell(events, &event, text);
}

u64 vdevfw_events_head(struct vdevfw_events *events)
{
	unsigned long flags;
	u64 head;

	spin_lock_irqsave(&events->lock, flags);
	head = events->head;
	spin_unlock_irqrestore(&events->lock, flags);
	return head;
}

/*
 * Take the event after @position, or a note of those that are lost; its seq is then
 * the new position, @before the one that it was. @position is moved under the lock:
 * of two threads that read one file, each event goes to one.
 */
static bool take_event(struct vdevfw_events *events, atomic64_t *position,
		       struct vdevfw_event *event, u64 *before)
{
	bool found = false;
	unsigned long flags;
	u64 next, oldest;

	spin_lock_irqsave(&events->lock, flags);
	*before = atomic64_read(position);
	next = *before + 1;
	if (next > events->head)
		goto out;
	found = true;
	oldest = events->head < VDEVFW_EVENTS ? 1 : events->head - VDEVFW_EVENTS + 1;
	if (next < oldest) {
		*event = (struct vdevfw_event) {
			.size = sizeof(*event),
			.type = VDEVFW_EVENT_LOST,
			.seq = oldest - 1,
			.time_ns = ktime_get_ns(),
			.value = min_t(u64, oldest - next, U32_MAX),
		};
		next = oldest - 1;
	} else {
		*event = events->ring[next % VDEVFW_EVENTS];
	}
	atomic64_set(position, next);
out:
	spin_unlock_irqrestore(&events->lock, flags);
	return found;
}

/* Whether a read has an answer: an event, or the end. */
static bool readable(struct vdevfw_events *events, atomic64_t *position, bool *closed)
{
	unsigned long flags;
	bool event;

	spin_lock_irqsave(&events->lock, flags);
	event = atomic64_read(position) < events->head;
	*closed = events->closed;
	spin_unlock_irqrestore(&events->lock, flags);
	return event;
}

static int wait_readable(struct vdevfw_events *events, atomic64_t *position, bool nonblock)
{
	bool closed;

	if (readable(events, position, &closed) || closed)
		return 0;
	if (nonblock)
		return -EAGAIN;
	return wait_event_interruptible(events->wait,
					readable(events, position, &closed) || closed);
}

ssize_t vdevfw_events_read(struct vdevfw_events *events, atomic64_t *position, char __user *buf,
			   size_t count, bool nonblock)
{
	struct vdevfw_event event;
	size_t done = 0;
	bool closed;
	u64 before;
	int err;

	if (count < sizeof(event))
		return -EINVAL;
	do {
		err = wait_readable(events, position, nonblock);
		if (err)
			return err;
		/* Not for ever, where the guest says more than its reader can take. */
		while (count - done >= sizeof(event) && !(done && signal_pending(current)) &&
		       take_event(events, position, &event, &before)) {
			if (copy_to_user(buf + done, &event, sizeof(event))) {
				/* To be read later, unless another thread has read on. */
				atomic64_cmpxchg(position, event.seq, before);
				return done ?: -EFAULT;
			}
			done += sizeof(event);
		}
	} while (!done && (readable(events, position, &closed) || !closed));
	return done;
}

__poll_t vdevfw_events_poll(struct vdevfw_events *events, atomic64_t *position, struct file *file,
			    poll_table *table)
{
	__poll_t mask = 0;
	bool closed;

	poll_wait(file, &events->wait, table);
	if (readable(events, position, &closed))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (closed)
		mask |= EPOLLHUP;
	return mask;
}
