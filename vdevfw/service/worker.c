// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's threads that call timer() and pulse() of its vdevs: one for each priority that is in
 * use.
 *
 * They are not the guest's own worker, which may wait long for vCPUs. That one waits for these, at
 * a STOP and at the guest's end, and nothing that a vdev may call in them waits for it.
 */
#include <linux/err.h>
#include <linux/sched/signal.h>

#include <vdevfw/vdev-core.h>

#include "thread.h"
#include "worker.h"

static const struct {
	const char *name;
	int priority;
} classes[PRIORITY_CLASSES] = {
	[CLASS_NORMAL] = { "normal", QVM_SCHED_NORMAL },
	[CLASS_FIFO_LOW] = { "fifo-low", QVM_SCHED_FIFO_LOW },
	[CLASS_FIFO] = { "fifo", QVM_SCHED_FIFO },
};

enum vdevfw_priority_class vdevfw_priority_class(int priority)
{
	enum vdevfw_priority_class class;

	for (class = CLASS_FIFO; class > CLASS_NORMAL; class--)
		if (classes[class].priority == priority)
			break;
	return class;
}

/* As in a vdev's own thread: at the end, nobody waits for memory that a process is to bring. */
static void allow_kill(struct kthread_work *work)
{
	allow_kernel_signal(SIGKILL);
}

/* With a signal pending, a worker that has nothing to do would not sleep. */
static void forget_kill(struct kthread_work *work)
{
	flush_signals(current);
}

void vdevfw_workers_init(struct vdevfw_workers *workers, struct guest_system *gsp, u64 guest)
{
	unsigned int i;

	workers->gsp = gsp;
	workers->guest = guest;
	for (i = 0; i < PRIORITY_CLASSES; i++) {
		kthread_init_work(&workers->of[i].first, allow_kill);
		kthread_init_work(&workers->of[i].last, forget_kill);
	}
}

struct kthread_worker *vdevfw_workers_get(struct vdevfw_workers *workers,
					  enum vdevfw_priority_class class)
{
	struct vdevfw_worker *worker = &workers->of[class];
	struct kthread_worker *thread = worker->thread;
	int err;

	if (thread)
		return thread;
	thread = kthread_create_worker(0, "vdevfw-%llu/%s", workers->guest, classes[class].name);
	if (IS_ERR(thread))
		return thread;
	err = vdevfw_guest_charge(workers->gsp, thread->task);
	if (err) {
		kthread_destroy_worker(thread);
		return ERR_PTR(err);
	}
	vdevfw_set_priority(thread->task, classes[class].priority);
	kthread_queue_work(thread, &worker->first);
	/* Pairs with vdevfw_workers_flush(), which may be for a STOP that nobody waits for now. */
	smp_store_release(&worker->thread, thread);
	return thread;
}

void vdevfw_workers_flush(struct vdevfw_workers *workers)
{
	struct kthread_worker *thread;
	unsigned int i;

	for (i = 0; i < PRIORITY_CLASSES; i++) {
		/* Pairs with vdevfw_workers_get(). */
		thread = smp_load_acquire(&workers->of[i].thread);
		if (thread)
			kthread_flush_worker(thread);
	}
}

void vdevfw_workers_close(struct vdevfw_workers *workers)
{
	struct vdevfw_worker *worker;
	unsigned int i;

	WRITE_ONCE(workers->open, false);
	for (i = 0; i < PRIORITY_CLASSES; i++) {
		worker = &workers->of[i];
		if (!worker->thread)
			continue;
		send_sig(SIGKILL, worker->thread->task, 1);
		kthread_queue_work(worker->thread, &worker->last);
	}
	vdevfw_workers_flush(workers);
}

void vdevfw_workers_destroy(struct vdevfw_workers *workers)
{
	unsigned int i;

	for (i = 0; i < PRIORITY_CLASSES; i++) {
		if (workers->of[i].thread)
			kthread_destroy_worker(workers->of[i].thread);
		workers->of[i].thread = NULL;
	}
}
