// SPDX-License-Identifier: GPL-2.0-only
/* From the places of a guest's vdevs to regions of its address spaces. */
#include <linux/slab.h>

#include "message.h"
#include "regions.h"
#include "vdev/vdev.h"

#define PORTS	0x10000ull

static struct vdevfw_region *region_for(struct vdevfw_vdev *vdev)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;
	const struct qvm_state_block *block = &vdev->pub.v_block;
	struct vdevfw_region *region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);

	if (!region)
		return NULL;
	*region = (struct vdevfw_region) {
		.start = block->location,
		.length = block->length,
		.type = block->type,
		.read_sizes = factory->vread ? factory->acc_sizes : 0,
		.write_sizes = factory->vwrite ? factory->acc_sizes : 0,
		.vdev = &vdev->pub,
		.vread = factory->vread,
		.vwrite = factory->vwrite,
		.owner = vdev->id,
	};
	return region;
}

static const char *type_prefix(u16 type)
{
	return type == QST_X86_IO ? "io:" : "mem:";
}

/* Whether the vdev's v_block is a range that the guest can address at all. */
static int check_range(const vdev_t *vdp, u64 memory_limit, struct vdevfw_message *msg)
{
	const struct qvm_state_block *block = &vdp->v_block;
	u64 limit = block->type == QST_MEMORY ? memory_limit : PORTS;

	if (block->type != QST_MEMORY && block->type != QST_X86_IO)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its location has type %#x; allowed: mem, io",
				   vdp->v_factory->name, block->type);
	if (!block->length || block->length > INT_MAX)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its length is %u; allowed: 1 to %d",
				   vdp->v_factory->name, block->length, INT_MAX);
	if (block->location < limit && block->length <= limit - block->location)
		return 0;
	return vdevfw_fail(msg, -EADDRNOTAVAIL,
			   "vdev %s: %s0x%llx with 0x%x bytes is beyond what the guest can address; the last address is 0x%llx",
			   vdp->v_factory->name, type_prefix(block->type), block->location,
			   block->length, limit - 1);
}

static int add_region(struct gasp spaces[VDEVFW_BUSES], struct vdevfw_vdev *vdev,
		      u64 memory_limit, struct vdevfw_message *msg)
{
	const struct vdevfw_region *holder = NULL;
	struct vdevfw_region *region;
	enum vdevfw_bus bus;
	char other[VDEVFW_DESCRIPTION];
	int err;

	if (vdev->pub.v_block.location == QSL_NO_LOCATION)
		return 0;
	err = check_range(&vdev->pub, memory_limit, msg);
	if (err)
		return err;
	region = region_for(vdev);
	if (!region)
		return -ENOMEM;

	bus = region->type == QST_X86_IO ? VDEVFW_BUS_IO : VDEVFW_BUS_MEM;
	err = gasp_insert(&spaces[bus], region, &holder);
	if (!err)
		return 0;
	if (holder) {
		vdevfw_vdev_describe(to_vdevfw_vdev(holder->vdev), other, sizeof(other));
		vdevfw_fail(msg, err,
			    "vdev %s: %s0x%llx-0x%llx is taken: vdev %s has 0x%llx-0x%llx; choose a free range",
			    vdev->pub.v_factory->name, type_prefix(region->type), region->start,
			    vdevfw_region_last(region),
			    other, holder->start, vdevfw_region_last(holder));
	}
	kfree(region);
	return err;
}

int vdevfw_regions_add(struct gasp spaces[VDEVFW_BUSES], const struct list_head *vdevs,
		       u64 memory_limit, u64 *culprit, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, vdevs, node) {
		err = add_region(spaces, vdev, memory_limit, msg);
		if (err) {
			*culprit = vdev->id;
			return err;
		}
	}
	return 0;
}
