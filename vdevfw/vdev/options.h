/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of a vdev: the common ones, and the vdev's own. */
#ifndef _VDEVFW_OPTIONS_H
#define _VDEVFW_OPTIONS_H

#include <linux/types.h>

struct vdev_factory;
struct vdevfw_message;
struct vdevfw_vdev;

/**
 * vdevfw_options_walk() - Take options one after the other, until one is refused
 * @options: "NAME=ARGUMENT" or "NAME", each with its NUL; is changed
 * @len: Bytes in @options
 * @at_option: On failure: which option, counted from 0, or VDEVFW_NO_OPTION
 * @take: Takes one: its name, and its argument or NULL
 * @context: For @take
 * @msg: Why not
 *
 * Return: 0, -EINVAL: @options does not end with a NUL, or what @take returns.
 */
int vdevfw_options_walk(char *options, size_t len, u32 *at_option,
			int (*take)(void *context, const char *name, const char *arg,
				    struct vdevfw_message *msg),
			void *context, struct vdevfw_message *msg);

/**
 * vdevfw_options_apply() - Give a vdev its options, one after the other
 * @vdev: After OPTIONS_START
 * @options: "NAME=ARGUMENT" or "NAME", each with its NUL; is changed
 * @len: Bytes in @options
 * @at_option: On failure, which option, counted from 0
 * @msg: Why not
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_vdev_add.
 */
int vdevfw_options_apply(struct vdevfw_vdev *vdev, char *options, size_t len, u32 *at_option,
			 struct vdevfw_message *msg);

/**
 * vdevfw_options_check() - Check that a vdev has all that its flags require
 * @vdev: After OPTIONS_END
 * @msg: Why not
 *
 * Return: 0, or an error as at &struct vdevfw_vdev_add.
 */
int vdevfw_options_check(struct vdevfw_vdev *vdev, struct vdevfw_message *msg);

/**
 * vdevfw_options_names() - List the options of a factory's vdevs
 * @factory: The factory
 * @buf: For the names, as at &struct vdevfw_factory_info
 * @size: Bytes in @buf; nothing is written beyond
 *
 * Return: Bytes that all names take.
 */
size_t vdevfw_options_names(const struct vdev_factory *factory, char *buf, size_t size);

#endif
