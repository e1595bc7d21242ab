/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's threads that call timer() and pulse() of its vdevs. */
#ifndef _VDEVFW_WORKER_H
#define _VDEVFW_WORKER_H

#include <linux/kthread.h>
#include <linux/types.h>

struct guest_system;

/**
 * enum vdevfw_priority_class - One thread a guest serves all that has the same priority
 * @CLASS_NORMAL: QVM_SCHED_NORMAL
 * @CLASS_FIFO_LOW: QVM_SCHED_FIFO_LOW
 * @CLASS_FIFO: QVM_SCHED_FIFO
 * @PRIORITY_CLASSES: how many there are
 */
enum vdevfw_priority_class {
	CLASS_NORMAL,
	CLASS_FIFO_LOW,
	CLASS_FIFO,
	PRIORITY_CLASSES,
};

/**
 * struct vdevfw_worker - One of these threads
 * @thread: NULL until somebody needs it. Changes under the guest's mutex; read anywhere.
 * @first: Makes it a thread that a signal can interrupt
 * @last: Makes it forget that signal
 */
struct vdevfw_worker {
	struct kthread_worker *thread;
	struct kthread_work first;
	struct kthread_work last;
};

/**
 * struct vdevfw_workers - All of a guest
 * @gsp: The guest
 * @guest: Its id
 * @open: Pulses come. Written under the guest's mutex, read anywhere.
 * @of: One for each class
 */
struct vdevfw_workers {
	struct guest_system *gsp;
	u64 guest;
	bool open;
	struct vdevfw_worker of[PRIORITY_CLASSES];
};

/**
 * vdevfw_priority_class() - The class of a priority
 * @priority: &enum qvm_sched_priority
 *
 * Return: The class; of what is no such priority, CLASS_NORMAL, as for a vdev's own threads.
 */
enum vdevfw_priority_class vdevfw_priority_class(int priority);

/**
 * vdevfw_workers_init() - Prepare a guest's threads; there is none yet
 * @workers: The threads
 * @gsp: The guest
 * @guest: Its id
 */
void vdevfw_workers_init(struct vdevfw_workers *workers, struct guest_system *gsp, u64 guest);

/**
 * vdevfw_workers_get() - Get the thread for a class
 * @workers: The threads
 * @class: The class
 *
 * It counts as one of the VM's process.
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: The thread, which stays until vdevfw_workers_destroy(), or an ERR_PTR(): -EAGAIN,
 *	-ENOMEM, -EINTR, or why the process's cgroups do not take it.
 */
struct kthread_worker *vdevfw_workers_get(struct vdevfw_workers *workers,
					  enum vdevfw_priority_class class);

/**
 * vdevfw_workers_flush() - Wait for the calls that are inside, and those that are due
 * @workers: The threads
 *
 * Context: Process context, none of these threads. Sleeps.
 */
void vdevfw_workers_flush(struct vdevfw_workers *workers);

/**
 * vdevfw_workers_close() - Let no pulse() begin any more, and wait for the calls that are inside
 * @workers: The threads
 *
 * What waits in such a call and can be killed, such as gasp_read(), waits no longer.
 *
 * Context: The guest's mutex is held. Its clock stands, for good. Sleeps.
 */
void vdevfw_workers_close(struct vdevfw_workers *workers);

/**
 * vdevfw_workers_destroy() - End the threads
 * @workers: The threads; nobody has work for them any more
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_workers_destroy(struct vdevfw_workers *workers);

#endif
