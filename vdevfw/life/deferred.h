/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that is to be done after a change, on the guest's worker, or in a vCPU's own thread. */
#ifndef _VDEVFW_DEFERRED_H
#define _VDEVFW_DEFERRED_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include <vdevfw/runstate.h>

/**
 * struct vdevfw_deferred - What waits
 * @lock: Taken in any context but NMI; comes before that of the windows
 * @works: &struct guest_work, for the guest's worker
 * @of_vcpus: &struct guest_work, for vCPUs
 * @closed: None comes any more
 * @kick: There is work for the worker. Called with @lock held.
 * @divert: There is work for vCPUs, or no more. Called with @lock held.
 */
struct vdevfw_deferred {
	spinlock_t lock;	/* protects all up to @closed */
	struct list_head works;
	struct list_head of_vcpus;
	bool closed;
	void (*kick)(struct vdevfw_deferred *deferred);
	void (*divert)(struct vdevfw_deferred *deferred, bool divert);
};

/**
 * vdevfw_deferred_init() - Nothing waits
 * @deferred: zeroed, but for @kick and @divert
 */
void vdevfw_deferred_init(struct vdevfw_deferred *deferred);

/**
 * vdevfw_deferred_add() - See guest_defer() and guest_defer_on_vcpu()
 * @deferred: The guest's
 * @work: What
 * @vcpu: The vCPU's index, or VDEVFW_ON_WORKER
 *
 * Context: Any but NMI.
 * Return: 0, -ESHUTDOWN, -EBUSY.
 */
int vdevfw_deferred_add(struct vdevfw_deferred *deferred, struct guest_work *work,
			unsigned int vcpu);

#define VDEVFW_ON_WORKER	UINT_MAX

/**
 * vdevfw_deferred_run() - Do the work that waits now
 * @deferred: The guest's
 * @vcpu: Of this vCPU, whose thread calls, or VDEVFW_ON_WORKER
 *
 * Context: Process context; of a vCPU, within an access.
 */
void vdevfw_deferred_run(struct vdevfw_deferred *deferred, unsigned int vcpu);

/**
 * vdevfw_deferred_close() - The end: tell all that wait
 * @deferred: The guest's
 *
 * Context: The guest's worker; no access is inside a vdev.
 */
void vdevfw_deferred_close(struct vdevfw_deferred *deferred);

#endif
