/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads of vdevs. */
#ifndef _VDEVFW_THREAD_H
#define _VDEVFW_THREAD_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "../vdev/phase.h"

struct guest_system;
struct task_struct;
struct vdevfw_vdev;

/* The module's parameters max_threads and thread_timeout; the latter in seconds. */
extern unsigned int vdevfw_max_threads;
extern unsigned int vdevfw_thread_timeout;

/* How many were abandoned and have not ended. Each keeps its vdev, and so the modules. */
extern atomic_t vdevfw_abandoned_threads;

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
 * vdevfw_thread_enter() - From here on, the calling thread may use the guest's VM
 *
 * It matters to a vdev's own thread only: the guest's end waits until it has left, and no
 * abandoned one comes in. All others end, or are waited for, before the VM is let go.
 *
 * Context: Process context; not nested.
 * Return: 0, then vdevfw_thread_leave() must follow. -EPERM: it was abandoned.
 */
int vdevfw_thread_enter(void);

/**
 * vdevfw_thread_leave() - Until here
 *
 * Context: As vdevfw_thread_enter().
 */
void vdevfw_thread_leave(void);

/**
 * vdevfw_threads_cancel() - Ask all threads of a vdev to end
 * @vdev: The vdev
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_threads_cancel(struct vdevfw_vdev *vdev);

/**
 * vdevfw_threads_end() - Cancel and join what threads a vdev has left
 * @vdev: After TERMINATE
 *
 * Those that do not end within thread_timeout are abandoned: each holds the vdev until it does.
 * None of them is inside.
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: Whether there are such.
 */
bool vdevfw_threads_end(struct vdevfw_vdev *vdev);

/**
 * vdevfw_guest_charge() - Have a kernel thread count as one of the process of a guest's VM
 * @gsp: The guest, which knows its VM, and this room; not at its end
 * @task: The thread, before it has a priority
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0, or why its cgroups do not take it.
 */
int vdevfw_guest_charge(struct guest_system *gsp, struct task_struct *task);

#endif
