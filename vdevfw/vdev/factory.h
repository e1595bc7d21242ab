/* SPDX-License-Identifier: GPL-2.0-only */
/* The registry of factories. */
#ifndef _VDEVFW_FACTORY_H
#define _VDEVFW_FACTORY_H

#include <vdevfw/vdev-core.h>

struct vdevfw_message;

/**
 * vdevfw_factory_get() - Find a factory, and pin its module
 * @name: Its name. If nobody has it, modprobe is asked for vdev-NAME first.
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: The factory, or an ERR_PTR(): -ENOENT, -EINVAL: not a name.
 */
const struct vdev_factory *vdevfw_factory_get(const char *name, struct vdevfw_message *msg);

/**
 * vdevfw_factory_put() - Undo vdevfw_factory_get()
 * @factory: The factory
 */
void vdevfw_factory_put(const struct vdev_factory *factory);

/**
 * vdevfw_factory_names() - List all factories
 * @buf: For their names, each with its NUL, in the order of registration
 * @size: Bytes in @buf; nothing is written beyond
 *
 * Context: Process context. Sleeps.
 * Return: Bytes that all names take.
 */
size_t vdevfw_factory_names(char *buf, size_t size);

#endif
