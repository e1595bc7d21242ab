// SPDX-License-Identifier: GPL-2.0-only
/* From the places of a guest's vdevs to regions of its address spaces. */
#include "message.h"
#include "regions.h"
#include "vdev/vdev.h"

static bool is_same(const struct qvm_state_block *a, const struct qvm_state_block *b)
{
	return a->location == b->location && a->length == b->length && a->type == b->type;
}

static int set(struct vdevfw_spaces *spaces, struct vdevfw_vdev *vdev,
	       const struct qvm_state_block *at, u32 flags, struct vdevfw_message *msg)
{
	const struct gasp_region region = { .flags = flags, .vdev = &vdev->pub, .guest = *at };

	return vdevfw_spaces_set(spaces, &region, msg);
}

/* What the vdev has changed of v_block since its region was made. */
static int update(struct vdevfw_spaces *spaces, struct vdevfw_vdev *vdev,
		  struct vdevfw_message *msg)
{
	const struct qvm_state_block *now = &vdev->pub.v_block;
	int err;

	if (vdev->pub.v_factory->factory_flags & VFF_MANUAL_REGION || is_same(now, &vdev->placed))
		return 0;
	if (vdev->placed.location != QSL_NO_LOCATION) {
		err = set(spaces, vdev, &vdev->placed, GRF_NONE, msg);
		if (err)
			return err;
	}
	vdev->placed = *now;
	if (now->location == QSL_NO_LOCATION)
		return 0;
	return set(spaces, vdev, now, GRF_VIRT_RD | GRF_VIRT_WR, msg);
}

int vdevfw_regions_update(struct vdevfw_spaces *spaces, const struct list_head *vdevs,
			  u64 *culprit, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, vdevs, node) {
		err = update(spaces, vdev, msg);
		if (err) {
			*culprit = vdev->id;
			return err;
		}
	}
	return 0;
}
