/* SPDX-License-Identifier: GPL-2.0-only */
/* One vdev of a guest: the framework's side of a vdev_t. */
#ifndef _VDEVFW_VDEV_H
#define _VDEVFW_VDEV_H

#include <linux/list.h>
#include <linux/ratelimit.h>

#include <vdevfw/vdev-core.h>

#include "../message.h"

struct vdevfw_events;

/**
 * struct vdevfw_vdev - A vdev and what the framework knows of it
 * @pub: What the vdev itself sees
 * @node: In the guest's list
 * @id: Within the guest; never 0
 * @events: The guest's, for what the vdev says
 * @log_limit: How often it may say something to the kernel log
 * @msg: Where a refusal goes; NULL while control() does not run
 * @option: Name of the option that control() is called for, or NULL
 * @refused: The first refusal during the present control(), or 0
 * @running: The running stage has begun, and TERMINATE not come
 * @threads: &struct vdev_thread that have not been joined
 * @device: &vdev_factory.extra_space bytes
 *
 * All but @pub and @log_limit is protected by the guest's mutex.
 */
struct vdevfw_vdev {
	vdev_t pub;
	struct list_head node;
	u64 id;
	struct vdevfw_events *events;
	struct ratelimit_state log_limit;
	struct vdevfw_message *msg;
	const char *option;
	int refused;
	bool running;
	struct list_head threads;
	u8 device[] __aligned(sizeof(u64));
};

/* A vdev may hold itself const; what the framework keeps of it is not. */
static inline struct vdevfw_vdev *to_vdevfw_vdev(const vdev_t *vdp)
{
	return container_of((vdev_t *)vdp, struct vdevfw_vdev, pub);
}

/**
 * vdevfw_vdev_create() - Make a vdev of a factory and its options
 * @gsp: Its guest
 * @events: The guest's events
 * @id: Its id
 * @factory: Its factory; on success, the caller's hold on it is the vdev's
 * @options: "NAME=ARGUMENT" or "NAME", each with its NUL; may be changed
 * @options_len: Bytes in @options
 * @at_option: On failure, the option that it was about, or VDEVFW_NO_OPTION
 * @msg: Why not
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: The vdev, after OPTIONS_END, or an ERR_PTR() as at &struct vdevfw_vdev_add.
 */
struct vdevfw_vdev *vdevfw_vdev_create(struct guest_system *gsp, struct vdevfw_events *events,
				       u64 id, const struct vdev_factory *factory,
				       char *options, size_t options_len, u32 *at_option,
				       struct vdevfw_message *msg);

/**
 * vdevfw_vdev_control() - Call a vdev
 * @vdev: The vdev
 * @ctrl: &enum vdev_ctrl
 * @arg: Argument
 * @msg: Why the vdev refuses
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0 or a negative errno.
 */
int vdevfw_vdev_control(struct vdevfw_vdev *vdev, unsigned int ctrl, const char *arg,
			struct vdevfw_message *msg);

/**
 * vdevfw_vdev_destroy() - TERMINATE, join what threads are left, and free
 * @vdev: A vdev that no access reaches any more; in no list
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_vdev_destroy(struct vdevfw_vdev *vdev);

#endif
