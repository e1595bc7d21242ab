// SPDX-License-Identifier: GPL-2.0-only
/* A guest's address space: which vdev has which range. */
#include <linux/slab.h>

#include "gasp.h"

void gasp_init(struct gasp *space)
{
	mt_init(&space->regions);
}

static struct vdevfw_region *find_in(struct gasp *space, u64 first, u64 last)
{
	unsigned long index = first;

	return mt_find(&space->regions, &index, last);
}

int gasp_insert(struct gasp *space, struct vdevfw_region *region,
		const struct vdevfw_region **holder)
{
	u64 last = vdevfw_region_last(region);
	int err;

	if (!region->length || last < region->start)
		return -EINVAL;
	err = mtree_insert_range(&space->regions, region->start, last, region, GFP_KERNEL_ACCOUNT);
	if (err != -EEXIST)
		return err;
	*holder = find_in(space, region->start, last);
	return -EADDRINUSE;
}

struct vdevfw_region *gasp_next(struct gasp *space, const struct vdevfw_region *after)
{
	u64 from = after ? vdevfw_region_last(after) + 1 : 0;

	if (after && !from)
		return NULL;
	return find_in(space, from, ULONG_MAX);
}

void gasp_destroy(struct gasp *space)
{
	struct vdevfw_region *region;
	unsigned long index = 0;

	mt_for_each(&space->regions, region, index, ULONG_MAX)
		kfree(region);
	mtree_destroy(&space->regions);
}
