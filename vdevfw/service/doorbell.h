/* SPDX-License-Identifier: GPL-2.0-only */
/* Doorbells: what a guest's write can ring without a call of vwrite(). */
#ifndef _VDEVFW_DOORBELL_PRIVATE_H
#define _VDEVFW_DOORBELL_PRIVATE_H

#include <linux/wait.h>

#include <vdevfw/doorbell.h>

#include "../kvm/kvm.h"

struct vdevfw_vdev;

/**
 * struct vdev_doorbell - A doorbell
 * @node: In the vdev's list. Protected by the guest's mutex.
 * @vdp: Whose it is
 * @eventfd: What it signals, or NULL
 * @rings: How often it has rung since the last look at it
 * @wait: Who waits for @rings
 */
struct vdev_doorbell {
	struct list_head node;
	const vdev_t *vdp;
	struct eventfd_ctx *eventfd;
	atomic_t rings;
	wait_queue_head_t wait;
};

/**
 * vdevfw_doorbell_is_of() - Whether a doorbell is a vdev's own
 * @bell: The doorbell
 * @vdp: The vdev
 *
 * Return: Whether it is.
 */
bool vdevfw_doorbell_is_of(const struct vdev_doorbell *bell, const vdev_t *vdp);

/**
 * vdevfw_doorbell_wake() - Count one more ring, and wake the thread that waits
 * @bell: A doorbell without an eventfd
 *
 * Context: Any but NMI. Does not sleep.
 */
void vdevfw_doorbell_wake(struct vdev_doorbell *bell);

/**
 * vdevfw_doorbell_ring() - Ring it
 * @bell: The doorbell
 *
 * Context: Within an access. Does not sleep.
 */
static inline void vdevfw_doorbell_ring(struct vdev_doorbell *bell)
{
	if (bell->eventfd)
		vdevfw_eventfd_signal(bell->eventfd);
	else
		vdevfw_doorbell_wake(bell);
}

/**
 * vdevfw_doorbells_free() - Free a vdev's doorbells
 * @vdev: The vdev, which no access reaches, and which has no thread any more
 */
void vdevfw_doorbells_free(struct vdevfw_vdev *vdev);

#endif
