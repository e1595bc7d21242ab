// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred work. What a vCPU is to do, it does when it comes to a vdev next: while there is such
 * work, the gates of all windows divert accesses, so that there is nothing to look at where there
 * is none.
 */
#include <linux/errno.h>
#include <linux/export.h>

#include "deferred.h"

void vdevfw_deferred_init(struct vdevfw_deferred *deferred)
{
	spin_lock_init(&deferred->lock);
	INIT_LIST_HEAD(&deferred->works);
	INIT_LIST_HEAD(&deferred->of_vcpus);
}

void guest_work_init(struct guest_work *work, void (*func)(struct guest_work *work, int err))
{
	work->func = func;
	INIT_LIST_HEAD(&work->__node);
}
EXPORT_SYMBOL_GPL(guest_work_init);

int vdevfw_deferred_add(struct vdevfw_deferred *deferred, struct guest_work *work,
			unsigned int vcpu)
{
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&deferred->lock, flags);
	if (deferred->closed) {
		err = -ESHUTDOWN;
	} else if (!list_empty(&work->__node)) {
		err = -EBUSY;
	} else if (vcpu == VDEVFW_ON_WORKER) {
		list_add_tail(&work->__node, &deferred->works);
		deferred->kick(deferred);
	} else {
		work->__vcpu = vcpu;
		list_add_tail(&work->__node, &deferred->of_vcpus);
		deferred->divert(deferred, true);
	}
	spin_unlock_irqrestore(&deferred->lock, flags);
	return err;
}

static void move_for_vcpu(struct vdevfw_deferred *deferred, unsigned int vcpu,
			  struct list_head *works)
{
	struct guest_work *work, *next;

	list_for_each_entry_safe(work, next, &deferred->of_vcpus, __node)
		if (work->__vcpu == vcpu)
			list_move_tail(&work->__node, works);
	if (!list_empty(works) && list_empty(&deferred->of_vcpus))
		deferred->divert(deferred, false);
}

/* What waits now. What is deferred again meanwhile has its turn later: others want theirs. */
static void take(struct vdevfw_deferred *deferred, unsigned int vcpu, struct list_head *works)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred->lock, flags);
	if (vcpu == VDEVFW_ON_WORKER)
		list_splice_init(&deferred->works, works);
	else
		move_for_vcpu(deferred, vcpu, works);
	spin_unlock_irqrestore(&deferred->lock, flags);
}

/* The next one, which belongs to whoever deferred it again. */
static struct guest_work *next_of(struct vdevfw_deferred *deferred, struct list_head *works)
{
	struct guest_work *work;
	unsigned long flags;

	spin_lock_irqsave(&deferred->lock, flags);
	work = list_first_entry_or_null(works, struct guest_work, __node);
	if (work)
		list_del_init(&work->__node);
	spin_unlock_irqrestore(&deferred->lock, flags);
	return work;
}

void vdevfw_deferred_run(struct vdevfw_deferred *deferred, unsigned int vcpu)
{
	struct guest_work *work;
	LIST_HEAD(works);

	take(deferred, vcpu, &works);
	while ((work = next_of(deferred, &works)))
		work->func(work, 0);
}

static void tell_all(struct list_head *works, int err)
{
	struct guest_work *work, *next;

	list_for_each_entry_safe(work, next, works, __node) {
		list_del_init(&work->__node);
		work->func(work, err);
	}
}

void vdevfw_deferred_close(struct vdevfw_deferred *deferred)
{
	LIST_HEAD(works);
	LIST_HEAD(of_vcpus);
	unsigned long flags;

	spin_lock_irqsave(&deferred->lock, flags);
	deferred->closed = true;
	list_splice_init(&deferred->works, &works);
	list_splice_init(&deferred->of_vcpus, &of_vcpus);
	spin_unlock_irqrestore(&deferred->lock, flags);
	tell_all(&works, -ESHUTDOWN);
	tell_all(&of_vcpus, -ENODEV);
}
