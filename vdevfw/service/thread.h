/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads of vdevs. */
#ifndef _VDEVFW_THREAD_H
#define _VDEVFW_THREAD_H

#include <linux/types.h>

#include "../vdev/phase.h"

struct task_struct;
struct vdevfw_vdev;

/**
 * vdevfw_may_use_priority() - Whether the calling process may have a priority used
 * @priority: &enum qvm_sched_priority
 *
 * Return: Whether it could have it for a thread of its own.
 */
bool vdevfw_may_use_priority(unsigned int priority);

/**
 * vdevfw_set_priority() - Let a thread be scheduled as a vdev wants it
 * @task: The thread, which nobody has given a priority yet
 * @priority: &enum qvm_sched_priority
 */
void vdevfw_set_priority(struct task_struct *task, int priority);

/**
 * vdevfw_check_own_thread() - Whether a function may be called that is for a vdev's own thread
 * @function: The function
 *
 * Return: 0 or -EPERM.
 */
int vdevfw_check_own_thread(enum vdevfw_function function);

/**
 * vdevfw_threads_join() - Cancel and join what threads a vdev has left
 * @vdev: After TERMINATE
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_threads_join(struct vdevfw_vdev *vdev);

#endif
