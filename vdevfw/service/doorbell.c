// SPDX-License-Identifier: GPL-2.0-only
/* Doorbells: what a guest's write can ring without a call of vwrite(). */
#include <linux/eventfd.h>
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "../kvm/kvm.h"
#include "../vdev/vdev.h"
#include "doorbell.h"
#include "thread.h"

struct vdev_doorbell *vdev_doorbell_create(vdev_t *vdp, int eventfd)
{
	struct vdev_doorbell *bell;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_vdev_doorbell_create);
	if (err)
		return ERR_PTR(err);
	bell = kzalloc(sizeof(*bell), GFP_KERNEL_ACCOUNT);
	if (!bell)
		return ERR_PTR(-ENOMEM);
	if (eventfd != VDEV_DOORBELL_THREAD) {
		bell->eventfd = eventfd_ctx_fdget(eventfd);
		if (IS_ERR(bell->eventfd)) {
			err = PTR_ERR(bell->eventfd);
			kfree(bell);
			return ERR_PTR(err);
		}
	}
	bell->vdp = vdp;
	init_waitqueue_head(&bell->wait);
	list_add_tail(&bell->node, &to_vdevfw_vdev(vdp)->doorbells);
	return bell;
}
EXPORT_SYMBOL_GPL(vdev_doorbell_create);

unsigned int vdev_doorbell_wait(struct vdev_doorbell *bell, unsigned int ms)
{
	if (vdevfw_check_own_thread(FUNCTION_vdev_doorbell_wait))
		return 0;
	wait_event_idle_timeout(bell->wait,
				atomic_read(&bell->rings) || vdev_thread_cancelled(),
				msecs_to_jiffies(ms));
	/* As in vdev_thread_sleep(). */
	cond_resched();
	return atomic_xchg(&bell->rings, 0);
}
EXPORT_SYMBOL_GPL(vdev_doorbell_wait);

bool vdevfw_doorbell_is_of(const struct vdev_doorbell *bell, const vdev_t *vdp)
{
	return bell->vdp == vdp;
}

void vdevfw_doorbell_wake(struct vdev_doorbell *bell)
{
	atomic_inc(&bell->rings);
	if (wq_has_sleeper(&bell->wait))
		wake_up(&bell->wait);
}

void vdevfw_doorbells_free(struct vdevfw_vdev *vdev)
{
	struct vdev_doorbell *bell, *next;

	list_for_each_entry_safe(bell, next, &vdev->doorbells, node) {
		if (bell->eventfd)
			eventfd_ctx_put(bell->eventfd);
		kfree(bell);
	}
}
