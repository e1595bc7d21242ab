/* SPDX-License-Identifier: GPL-2.0-only */
/* Doorbells: what a guest's write can ring without a call of vwrite(). */
#ifndef _VDEVFW_DOORBELL_PRIVATE_H
#define _VDEVFW_DOORBELL_PRIVATE_H

#include <vdevfw/doorbell.h>

struct vdevfw_vdev;

/**
 * vdevfw_doorbell_is_of() - Whether a doorbell is a vdev's own
 * @bell: The doorbell
 * @vdp: The vdev
 *
 * Return: Whether it is.
 */
bool vdevfw_doorbell_is_of(const struct vdev_doorbell *bell, const vdev_t *vdp);

/**
 * vdevfw_doorbell_ring() - Ring it
 * @bell: The doorbell
 *
 * Context: Within an access. Does not sleep.
 */
void vdevfw_doorbell_ring(struct vdev_doorbell *bell);

/**
 * vdevfw_doorbells_free() - Free a vdev's doorbells
 * @vdev: The vdev, which no access reaches, and which has no thread any more
 */
void vdevfw_doorbells_free(struct vdevfw_vdev *vdev);

#endif
