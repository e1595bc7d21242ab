/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's change-state handlers: who is told when it begins to run, and when it stops. */
#ifndef _VDEVFW_CHANGES_H
#define _VDEVFW_CHANGES_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <vdevfw/runstate.h>

/**
 * struct vdevfw_changes - The handlers of a guest
 * @lock: Innermost
 * @list: &struct guest_change by priority, and then as they came
 * @runner: Who is calling them, or NULL. While there is one, none leaves @list.
 * @called: The one that is being called
 * @idle: Who waits for @called to be another one
 * @closed: None comes any more
 */
struct vdevfw_changes {
	spinlock_t lock;	/* protects all of it */
	struct list_head list;
	struct task_struct *runner;
	struct guest_change *called;
	wait_queue_head_t idle;
	bool closed;
};

/**
 * vdevfw_changes_init() - No handlers
 * @changes: zeroed
 */
void vdevfw_changes_init(struct vdevfw_changes *changes);

/**
 * vdevfw_changes_run() - Tell all handlers that do not know it yet
 * @changes: The handlers
 * @running: The guest begins to run, or has stopped
 * @state: Its state
 *
 * Context: The guest's worker. Sleeps.
 * Return: The first error of a @change, or 0.
 */
int vdevfw_changes_run(struct vdevfw_changes *changes, bool running, unsigned int state);

/**
 * vdevfw_changes_forget() - Remove the handlers of a vdev
 * @changes: The handlers
 * @vdp: The vdev; NULL: all that are left
 *
 * Context: Process context, not within a handler. Sleeps.
 */
void vdevfw_changes_forget(struct vdevfw_changes *changes, const vdev_t *vdp);

/**
 * vdevfw_changes_close() - None can be added any more
 * @changes: The handlers
 */
void vdevfw_changes_close(struct vdevfw_changes *changes);

/**
 * vdevfw_changes_add() - Add a handler
 * @changes: The handlers
 * @vdp: as for guest_change_add()
 * @priority: as for guest_change_add()
 * @ops: as for guest_change_add()
 * @data: as for guest_change_add()
 *
 * Context: Process context. Sleeps.
 * Return: As guest_change_add().
 */
struct guest_change *vdevfw_changes_add(struct vdevfw_changes *changes, const vdev_t *vdp,
					int priority, const struct guest_change_ops *ops,
					void *data);

#endif
