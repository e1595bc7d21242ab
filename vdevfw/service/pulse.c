// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pulses: each is a piece of work for one of the guest's threads, and a mark that it has been sent.
 *
 * The work is queued whenever the pulse is sent. Until the guest is configured, and from its end
 * on, it does nothing, and leaves the mark. vdevfw_pulses_open() queues the work again where there
 * is one.
 *
 * A thread that its vdev could not end may still have a pulse when the guest's threads are gone. So
 * the pulse is parted from its thread before.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include <vdevfw/log.h>

#include "../vdev/vdev.h"
#include "listener.h"
#include "pulse.h"
#include "thread.h"
#include "worker.h"

/**
 * struct vdev_pulse - A pulse
 * @node: In the vdev's list. Protected by the guest's mutex.
 * @vdp: Whose it is
 * @code: For pulse()
 * @sent: It has been, and pulse() has not been called since
 * @lock: Taken in hard interrupts, and with the lock of any eventfd held
 * @worker: Who calls pulse(); NULL at the vdev's end
 * @work: Does it. On @worker
 * @listener: Sends it, or NULL
 */
struct vdev_pulse {
	struct list_head node;
	vdev_t *vdp;
	s8 code;
	atomic_t sent;
	raw_spinlock_t lock;	/* protects @worker, and keeps it while work is queued there */
	struct kthread_worker *worker;
	struct kthread_work work;
	struct vdevfw_listener *listener;
};

static void call(struct kthread_work *work)
{
	struct vdev_pulse *pulse = container_of(work, struct vdev_pulse, work);
	vdev_t *vdp = pulse->vdp;
	int err;

	if (!READ_ONCE(to_vdevfw_vdev(vdp)->machine->workers->open))
		return;
	if (!atomic_xchg(&pulse->sent, 0))
		return;
	err = vdp->v_factory->pulse(vdp, pulse->code);
	if (err)
		vdev_logf(QL_ERROR, vdp, "pulse %d failed with error %d", pulse->code, abs(err));
}

static void queue(struct vdev_pulse *pulse)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pulse->lock, flags);
	if (pulse->worker)
		kthread_queue_work(pulse->worker, &pulse->work);
	raw_spin_unlock_irqrestore(&pulse->lock, flags);
}

static void send(void *context)
{
	struct vdev_pulse *pulse = context;

	/* A full barrier: see vdevfw_pulses_open(). */
	atomic_xchg(&pulse->sent, 1);
	queue(pulse);
}

static int check_pulse(const vdev_t *vdp, int priority)
{
	if (!vdp->v_factory->pulse)
		return -EINVAL;
	if (priority == VDEV_PULSE_INHERIT)
		return 0;
	if (priority != QVM_SCHED_NORMAL && priority != QVM_SCHED_FIFO_LOW &&
	    priority != QVM_SCHED_FIFO)
		return -EINVAL;
	return vdevfw_may_use_priority(priority) ? 0 : -EPERM;
}

static struct vdev_pulse *create(struct vdevfw_vdev *vdev, s8 code, int priority, int eventfd)
{
	enum vdevfw_priority_class class = vdevfw_priority_class(priority);
	struct vdev_pulse *pulse;
	int err;

	pulse = kzalloc(sizeof(*pulse), GFP_KERNEL_ACCOUNT);
	if (!pulse)
		return ERR_PTR(-ENOMEM);
	pulse->vdp = &vdev->pub;
	pulse->code = code;
	raw_spin_lock_init(&pulse->lock);
	kthread_init_work(&pulse->work, call);
	pulse->worker = vdevfw_workers_get(vdev->machine->workers, class);
	err = PTR_ERR_OR_ZERO(pulse->worker);
	if (err)
		goto err_free;
	if (eventfd != VDEV_PULSE_INTERNAL) {
		pulse->listener = vdevfw_listener_create(eventfd, send, pulse);
		err = PTR_ERR_OR_ZERO(pulse->listener);
		if (err)
			goto err_free;
	}
	list_add_tail(&pulse->node, &vdev->pulses);
	return pulse;

err_free:
	kfree(pulse);
	return ERR_PTR(err);
}

struct vdev_pulse *vdev_pulse(vdev_t *vdp, s8 code, int priority, int eventfd)
{
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_vdev_pulse);
	if (!err)
		err = check_pulse(vdp, priority);
	if (err)
		return ERR_PTR(err);
	if (priority == VDEV_PULSE_INHERIT)
		priority = vdp->v_sched.priority;
	return create(to_vdevfw_vdev(vdp), code, priority, eventfd);
}
EXPORT_SYMBOL_GPL(vdev_pulse);

int vdev_pulse_send(struct vdev_pulse *pulse)
{
	int err = vdevfw_check(pulse->vdp, FUNCTION_vdev_pulse_send);

	if (!err)
		send(pulse);
	return err;
}
EXPORT_SYMBOL_GPL(vdev_pulse_send);

void vdevfw_pulses_open(struct vdevfw_workers *workers, struct list_head *vdevs)
{
	struct vdevfw_vdev *vdev;
	struct vdev_pulse *pulse;

	WRITE_ONCE(workers->open, true);
	/* Pairs with send(): one of both sees what the other has done. */
	smp_mb();
	list_for_each_entry(vdev, vdevs, node)
		list_for_each_entry(pulse, &vdev->pulses, node)
			if (atomic_read(&pulse->sent))
				queue(pulse);
}

static void withdraw(struct vdev_pulse *pulse)
{
	unsigned long flags;

	vdevfw_listener_destroy(pulse->listener);
	raw_spin_lock_irqsave(&pulse->lock, flags);
	pulse->worker = NULL;
	raw_spin_unlock_irqrestore(&pulse->lock, flags);
	kthread_cancel_work_sync(&pulse->work);
}

void vdevfw_pulses_withdraw(struct vdevfw_vdev *vdev)
{
	struct vdev_pulse *pulse;

	list_for_each_entry(pulse, &vdev->pulses, node)
		withdraw(pulse);
}

void vdevfw_pulses_free(struct vdevfw_vdev *vdev)
{
	struct vdev_pulse *pulse, *next;

	list_for_each_entry_safe(pulse, next, &vdev->pulses, node)
		kfree(pulse);
}
