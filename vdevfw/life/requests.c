// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest has been asked for. Whoever asks for something that is pending already adds to it:
 * it is carried out once, and all reasons of a stop are kept.
 */
#include <linux/bits.h>
#include <linux/string.h>

#include "requests.h"
#include "states.h"

void vdevfw_requests_init(struct vdevfw_requests *requests)
{
	spin_lock_init(&requests->lock);
}

static void add(struct vdevfw_asked *asked, enum vdevfw_ask ask, u32 value)
{
	if (ask == VDEVFW_ASK_STOP)
		value |= asked->value[ask];
	asked->value[ask] = value;
	asked->pending |= BIT(ask);
}

static void clear(struct vdevfw_asked *asked, u32 asks)
{
	asked->pending &= ~asks;
	if (asks & BIT(VDEVFW_ASK_STOP))
		asked->value[VDEVFW_ASK_STOP] = 0;
}

/* What both want is done once, for the host's reason. */
static void merge(struct vdevfw_asked *asked, const struct vdevfw_asked *other)
{
	enum vdevfw_ask ask;

	for (ask = 0; ask < VDEVFW_REQUESTS; ask++)
		if (other->pending & BIT(ask))
			add(asked, ask, other->value[ask]);
}

u64 vdevfw_requests_post(struct vdevfw_requests *requests, enum vdevfw_ask ask, u32 value,
			 u64 generation, struct vdevfw_events *events,
			 const struct vdevfw_cause_of *cause)
{
	bool by_host = generation == VDEVFW_ANY_GENERATION;
	unsigned long flags;
	u64 ticket = 0;

	spin_lock_irqsave(&requests->lock, flags);
	if (requests->closed || (!by_host && generation != requests->generation))
		goto out;
	/* The worker cannot take the request before this lock is free: the event comes first. */
	if (cause)
		vdevfw_events_tell(events, &(struct vdevfw_event) {
			.type = cause->type, .vdev = cause->vdev, .value = ask, .detail = value,
		}, cause->why);
	add(by_host ? &requests->host : &requests->machine, ask, value);
	ticket = ++requests->ticket;
	requests->kick(requests);
out:
	spin_unlock_irqrestore(&requests->lock, flags);
	return ticket;
}

void vdevfw_requests_take(struct vdevfw_requests *requests, struct vdevfw_pass *pass)
{
	unsigned long flags;

	spin_lock_irqsave(&requests->lock, flags);
	pass->asked = requests->machine;
	merge(&pass->asked, &requests->host);
	pass->ticket = requests->ticket;
	requests->under_way = pass->asked.pending;
	clear(&requests->machine, ~0u);
	clear(&requests->host, ~0u);
	spin_unlock_irqrestore(&requests->lock, flags);
}

static u32 reasons_to_stop(const struct vdevfw_asked *asked)
{
	return asked->value[VDEVFW_ASK_STOP] |
	       (asked->pending & BIT(VDEVFW_ASK_DEBUG) ? BIT(VDEVFW_STATE_DEBUG) : 0);
}

u32 vdevfw_requests_take_stop(struct vdevfw_requests *requests)
{
	static const u32 asks = BIT(VDEVFW_ASK_STOP) | BIT(VDEVFW_ASK_DEBUG);
	unsigned long flags;
	u32 reasons;

	spin_lock_irqsave(&requests->lock, flags);
	reasons = reasons_to_stop(&requests->machine) | reasons_to_stop(&requests->host);
	requests->under_way = (requests->machine.pending | requests->host.pending) & asks;
	clear(&requests->machine, asks);
	clear(&requests->host, asks);
	spin_unlock_irqrestore(&requests->lock, flags);
	return reasons;
}

void vdevfw_requests_done(struct vdevfw_requests *requests)
{
	unsigned long flags;

	spin_lock_irqsave(&requests->lock, flags);
	requests->under_way = 0;
	spin_unlock_irqrestore(&requests->lock, flags);
}

u32 vdevfw_requests_pending(struct vdevfw_requests *requests)
{
	unsigned long flags;
	u32 pending;

	spin_lock_irqsave(&requests->lock, flags);
	pending = requests->machine.pending | requests->host.pending | requests->under_way;
	spin_unlock_irqrestore(&requests->lock, flags);
	return pending;
}

u64 vdevfw_requests_forget(struct vdevfw_requests *requests)
{
	unsigned long flags;
	u64 generation;

	spin_lock_irqsave(&requests->lock, flags);
	generation = ++requests->generation;
	clear(&requests->machine, ~0u);
	spin_unlock_irqrestore(&requests->lock, flags);
	return generation;
}

void vdevfw_requests_close(struct vdevfw_requests *requests)
{
	unsigned long flags;

	spin_lock_irqsave(&requests->lock, flags);
	requests->closed = true;
	spin_unlock_irqrestore(&requests->lock, flags);
}

u64 vdevfw_requests_generation(struct vdevfw_requests *requests)
{
	unsigned long flags;
	u64 generation;

	spin_lock_irqsave(&requests->lock, flags);
	generation = requests->generation;
	spin_unlock_irqrestore(&requests->lock, flags);
	return generation;
}
