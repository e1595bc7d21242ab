// SPDX-License-Identifier: GPL-2.0-only
/* From the places of a guest's vdevs to regions of its address spaces. */
#include "message.h"
#include "regions.h"
#include "vdev/vdev.h"

static int add_region(struct vdevfw_spaces *spaces, struct vdevfw_vdev *vdev,
		      struct vdevfw_message *msg)
{
	const struct gasp_region region = {
		.flags = GRF_VIRT_RD | GRF_VIRT_WR,
		.vdev = &vdev->pub,
		.guest = vdev->pub.v_block,
	};

	if (vdev->pub.v_block.location == QSL_NO_LOCATION ||
	    vdev->pub.v_factory->factory_flags & VFF_MANUAL_REGION)
		return 0;
	return vdevfw_spaces_set(spaces, &region, msg);
}

int vdevfw_regions_add(struct vdevfw_spaces *spaces, const struct list_head *vdevs, u64 *culprit,
		       struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, vdevs, node) {
		err = add_region(spaces, vdev, msg);
		if (err) {
			*culprit = vdev->id;
			return err;
		}
	}
	return 0;
}
