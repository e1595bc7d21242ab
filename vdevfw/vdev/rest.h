/* SPDX-License-Identifier: GPL-2.0-only */
/* How a vdev comes to rest when the guest has stopped. */
#ifndef _VDEVFW_REST_H
#define _VDEVFW_REST_H

#include "vdev.h"

/**
 * vdevfw_rest_begin() - Have a vdev end what it has begun
 * @vdev: The vdev
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_rest_begin(struct vdevfw_vdev *vdev);

/**
 * vdevfw_rest_is_over() - Whether it has
 * @vdev: The vdev
 *
 * Return: Whether it has.
 */
bool vdevfw_rest_is_over(const struct vdevfw_vdev *vdev);

/**
 * vdevfw_rest_end() - Wait for it no longer
 * @vdev: The vdev
 *
 * Return: Its error, or 0; -ETIMEDOUT if it has not.
 */
int vdevfw_rest_end(struct vdevfw_vdev *vdev);

#endif
