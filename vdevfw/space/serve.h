/* SPDX-License-Identifier: GPL-2.0-only */
/* Who serves the accesses of a vdev that trap: its handlers, or its table of registers. */
#ifndef _VDEVFW_SERVE_H
#define _VDEVFW_SERVE_H

#include "gasp.h"

/**
 * vdevfw_serve_read() - What a read of a guest's calls
 * @factory: The vdev's factory
 *
 * Return: A function, or NULL: it does not serve reads.
 */
vdevfw_access_func_t vdevfw_serve_read(const struct vdev_factory *factory);

/**
 * vdevfw_serve_write() - What a write of a guest's calls
 * @factory: The vdev's factory
 *
 * Return: A function, or NULL: it does not serve writes.
 */
vdevfw_access_func_t vdevfw_serve_write(const struct vdev_factory *factory);

#endif
