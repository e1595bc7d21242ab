/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has been asked for, by anybody, from any context. The guest's worker takes it all at
 * once, and carries it out in the order of &enum vdevfw_ask. A plain data structure with a lock.
 */
#ifndef _VDEVFW_REQUESTS_H
#define _VDEVFW_REQUESTS_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "events.h"

#define VDEVFW_REQUESTS	(VDEVFW_ASK_STOP + 1)	/* PANIC and WATCHDOG are made of these */

/**
 * struct vdevfw_asked - What was asked for
 * @pending: Bit n: &enum vdevfw_ask n
 * @value: Of each that is pending: the last one; but of STOP all, as bits
 */
struct vdevfw_asked {
	u32 pending;
	u32 value[VDEVFW_REQUESTS];
};

/**
 * struct vdevfw_pass - What the worker carries out in one pass
 * @asked: For what it was asked
 * @ticket: The newest that is among them
 */
struct vdevfw_pass {
	struct vdevfw_asked asked;
	u64 ticket;
};

/* Asked for by the host, whatever the guest has gone through: see vdevfw_requests_post(). */
#define VDEVFW_ANY_GENERATION	U64_MAX

/**
 * struct vdevfw_requests - What waits for the worker
 * @lock: Taken in any context but NMI. Comes before that of the events.
 * @machine: What the next pass carries out for the machine itself: its vdevs
 * @host: The same for the host
 * @under_way: What was taken, and is not done
 * @ticket: Of the newest one
 * @closed: It is too late for all
 * @kick: Has the worker look. Called with @lock held.
 * @generation: Of the guest: how often it has been reset
 */
struct vdevfw_requests {
	spinlock_t lock;	/* protects all but @kick */
	struct vdevfw_asked machine;
	struct vdevfw_asked host;
	u32 under_way;
	u64 ticket;
	bool closed;
	void (*kick)(struct vdevfw_requests *requests);
	u64 generation;
};

/**
 * struct vdevfw_cause_of - Who asks, and why: an event that comes before all that follows from it
 * @type: &enum vdevfw_event_type
 * @vdev: The vdev, or 0
 * @why: The event's text
 */
struct vdevfw_cause_of {
	u32 type;
	u64 vdev;
	const char *why;
};

/**
 * vdevfw_requests_init() - Nothing is pending
 * @requests: zeroed, but for @kick
 */
void vdevfw_requests_init(struct vdevfw_requests *requests);

/**
 * vdevfw_requests_post() - Ask
 * @requests: The guest's
 * @ask: For what; below VDEVFW_REQUESTS
 * @value: see &struct vdevfw_guest_ask
 * @generation: The guest's, when the reason came up: after a reset it is no reason any more. Of the
 *	host, VDEVFW_ANY_GENERATION.
 * @events: The guest's
 * @cause: The event that tells why, or NULL
 *
 * Context: Any but NMI.
 * Return: A ticket, which &vdevfw_pass.ticket reaches; 0: it is too late, and nothing has happened.
 */
u64 vdevfw_requests_post(struct vdevfw_requests *requests, enum vdevfw_ask ask, u32 value,
			 u64 generation, struct vdevfw_events *events,
			 const struct vdevfw_cause_of *cause);

/**
 * vdevfw_requests_take() - Take what is pending
 * @requests: The guest's
 * @pass: For it; until vdevfw_requests_done()
 *
 * Context: Any but NMI.
 */
void vdevfw_requests_take(struct vdevfw_requests *requests, struct vdevfw_pass *pass);

/**
 * vdevfw_requests_take_stop() - Take a stop that is pending, and nothing else
 * @requests: The guest's; until vdevfw_requests_done()
 *
 * Context: Any but NMI.
 * Return: Why the guest should stop, as bits; 0: it should not.
 */
u32 vdevfw_requests_take_stop(struct vdevfw_requests *requests);

/**
 * vdevfw_requests_forget() - The guest is reset: what is pending is of the past
 * @requests: The guest's
 *
 * Context: Any but NMI.
 * Return: The new generation.
 */
u64 vdevfw_requests_forget(struct vdevfw_requests *requests);

/**
 * vdevfw_requests_close() - The guest is at its end
 * @requests: The guest's
 *
 * Context: Any but NMI.
 */
void vdevfw_requests_close(struct vdevfw_requests *requests);

/**
 * vdevfw_requests_generation() - How often the guest has been reset
 * @requests: The guest's
 *
 * Context: Any but NMI.
 * Return: The number.
 */
u64 vdevfw_requests_generation(struct vdevfw_requests *requests);

/**
 * vdevfw_requests_done() - What was taken last is done
 * @requests: The guest's
 *
 * Context: Any but NMI.
 */
void vdevfw_requests_done(struct vdevfw_requests *requests);

/**
 * vdevfw_requests_pending() - What is pending, or was taken and is not done
 * @requests: The guest's
 *
 * Context: Any but NMI.
 * Return: As &vdevfw_asked.pending.
 */
u32 vdevfw_requests_pending(struct vdevfw_requests *requests);

#endif
