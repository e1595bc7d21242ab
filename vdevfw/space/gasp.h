/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's address space: which vdev has which range. A pure data structure:
 * it knows neither KVM nor files.
 */
#ifndef _VDEVFW_GASP_PRIVATE_H
#define _VDEVFW_GASP_PRIVATE_H

#include <linux/cache.h>
#include <linux/maple_tree.h>

#include <vdevfw/vdev-core.h>

/* What &vdev_factory.vread and &vdev_factory.vwrite are. */
typedef typeof_member(struct vdev_factory, vread) vdevfw_access_func_t;

/**
 * struct vdevfw_region - A range of a space, and who serves it
 * @start: First address
 * @length: Bytes, not 0
 * @type: QST_MEMORY or QST_X86_IO
 * @read_sizes: Set of the sizes that go to @vread: bit n for n bytes
 * @write_sizes: Set of the sizes that go to @vwrite
 * @cookie: For @vread and @vwrite
 * @vdev: For @vread and @vwrite
 * @vread: As in the vdev's factory
 * @vwrite: As in the vdev's factory
 * @owner: The vdev's id
 *
 * All that an access needs, in one cache line that nothing writes while the
 * guest runs.
 */
struct vdevfw_region {
	u64 start;
	u32 length;
	u16 read_sizes;
	u16 write_sizes;
	u16 type;
	unsigned int cookie;
	vdev_t *vdev;
	vdevfw_access_func_t vread;
	vdevfw_access_func_t vwrite;
	u64 owner;
} ____cacheline_aligned;

static_assert(sizeof(struct vdevfw_region) == L1_CACHE_BYTES);

/**
 * struct gasp - One address space
 * @regions: &struct vdevfw_region by address, without overlaps. Changes under the
 *	guest's mutex, which also makes readers safe.
 */
struct gasp {
	struct maple_tree regions;
};

static inline u64 vdevfw_region_last(const struct vdevfw_region *region)
{
	return region->start + region->length - 1;
}

/**
 * gasp_init() - Make an empty space
 * @space: The space
 */
void gasp_init(struct gasp *space);

/**
 * gasp_insert() - Give a range to a region
 * @space: The space
 * @region: Belongs to the space afterwards; from kmalloc()
 * @holder: On -EADDRINUSE: the region that has part of the range already
 *
 * Context: The guest's mutex is held. May sleep.
 * Return: 0, -EADDRINUSE, -ENOMEM, -EINVAL: the range is empty, or wraps.
 */
int gasp_insert(struct gasp *space, struct vdevfw_region *region,
		const struct vdevfw_region **holder);

/**
 * gasp_next() - Walk over the regions in the order of their addresses
 * @space: The space
 * @after: NULL for the first one, otherwise the one before
 *
 * Context: The guest's mutex is held.
 * Return: A region, or NULL at the end.
 */
struct vdevfw_region *gasp_next(struct gasp *space, const struct vdevfw_region *after);

/**
 * gasp_destroy() - Free all regions
 * @space: The space; empty afterwards
 *
 * Context: The guest's mutex is held, and nobody looks up regions any more.
 */
void gasp_destroy(struct gasp *space);

#endif
