// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a vdev comes to rest. VDEV_CTRL_DRAIN only begins it: a vdev that has something under way
 * says so, and calls vdev_drained() when that is over. So nobody waits within a vdev, and one that
 * never comes to an end keeps no other from it.
 */
#include <linux/export.h>
#include <linux/wait.h>

#include <vdevfw/log.h>
#include <vdevfw/runstate.h>

#include "rest.h"

void vdevfw_rest_begin(struct vdevfw_vdev *vdev)
{
	struct vdevfw_message ignored = {};
	int err;

	WRITE_ONCE(vdev->draining, true);
	err = vdevfw_vdev_control(vdev, VDEV_CTRL_DRAIN, NULL, &ignored);
	if (err == -EINPROGRESS)
		return;
	vdev->drain_error = err;
	WRITE_ONCE(vdev->draining, false);
}

bool vdevfw_rest_is_over(const struct vdevfw_vdev *vdev)
{
	/* Pairs with vdev_drained(). */
	return !smp_load_acquire(&vdev->draining);
}

int vdevfw_rest_end(struct vdevfw_vdev *vdev)
{
	if (vdevfw_rest_is_over(vdev))
		return vdev->drain_error;
	vdev_logf(QL_WARN, &vdev->pub, "has not come to rest in time: the guest has stopped without it");
	return -ETIMEDOUT;
}

void vdev_drained(const vdev_t *vdp, int error)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);

	if (vdevfw_check(vdp, FUNCTION_vdev_drained))
		return;
	vdev->drain_error = error;
	/* Pairs with vdevfw_rest_is_over(). */
	smp_store_release(&vdev->draining, false);
	wake_up_all(vdev->machine->progress);
}
EXPORT_SYMBOL_GPL(vdev_drained);
