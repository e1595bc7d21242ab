/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's address space: which vdev has which range. A pure data structure:
 * it knows neither KVM nor files, takes no lock, and looks at nothing but addresses and
 * owners.
 *
 * A change is made in two steps, so that what can fail comes before anything is changed:
 *
 *	gasp_prepare()	what leaves, and what comes in its place
 *	gasp_commit()	in one step; gasp_revert() undoes it
 *
 * Regions never change: one takes the place of another.
 */
#ifndef _VDEVFW_GASP_PRIVATE_H
#define _VDEVFW_GASP_PRIVATE_H

#include <linux/cache.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>

#include <vdevfw/gasp.h>

/* What &vdev_factory.vread and &vdev_factory.vwrite are. */
typedef typeof_member(struct vdev_factory, vread) vdevfw_access_func_t;

/**
 * struct vdevfw_region - A range of a space, and who serves it
 * @start: First address
 * @length: Bytes, not 0
 * @type: QST_MEMORY or QST_X86_IO
 * @read_sizes: Set of the sizes that go to @vread: bit n for n bytes, none larger than @length
 * @write_sizes: Set of the sizes that go to @vwrite
 * @bell_sizes: Set of the sizes that ring @doorbell, whatever the value is
 * @cookie: For @vread and @vwrite
 * @vdev: For @vread and @vwrite
 * @vread: As in the vdev's factory, or what stands for it
 * @vwrite: As in the vdev's factory, or what stands for it
 * @doorbell: What a write rings that is in @bell_sizes, or matches; or NULL
 * @eventfd: What @doorbell signals, or NULL: a copy, which saves an access a load
 * @flags: Set of &enum gasp_region_flags
 * @host: &gasp_region.host_location
 * @match: What a write must be to ring @doorbell, with GRF_MATCH
 * @node: In the space
 * @pending: Among the regions that wait for a window
 * @leaving: Counts those that wait for @rcu
 * @rcu: Frees it once no access can be inside; it is not in the space any more then
 *
 * All that an access needs is in the first cache line, which nothing writes while the region is
 * in a window.
 */
struct vdevfw_region {
	u64 start;
	u32 length;
	u16 type;
	u16 read_sizes;
	u16 write_sizes;
	u16 bell_sizes;
	u32 cookie;
	vdev_t *vdev;
	vdevfw_access_func_t vread;
	vdevfw_access_func_t vwrite;
	struct vdev_doorbell *doorbell;
	struct eventfd_ctx *eventfd;

	u32 flags ____cacheline_aligned;
	u64 host;
	u64 match;
	struct rb_node node;
	struct list_head pending;
	atomic_t *leaving;
	struct rcu_head rcu;
} ____cacheline_aligned;

static_assert(offsetof(struct vdevfw_region, flags) == L1_CACHE_BYTES);

/**
 * struct gasp - One address space
 * @regions: &struct vdevfw_region by address, without overlaps
 * @n: How many
 *
 * Who calls makes sure that nobody changes it meanwhile.
 */
struct gasp {
	struct rb_root regions;
	unsigned int n;
};

/* A range becomes at most three: what is left before it, itself, and what is left behind it. */
#define GASP_PIECES	3

/**
 * struct gasp_change - One change of a space
 * @old: The region that leaves, or NULL
 * @piece: The regions that come, by address; belong to the change until gasp_commit()
 * @n: How many
 */
struct gasp_change {
	struct vdevfw_region *old;
	struct vdevfw_region *piece[GASP_PIECES];
	unsigned int n;
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
 * gasp_from() - Find the first region that ends at or behind an address
 * @space: The space
 * @addr: The address
 *
 * Return: A region, or NULL. It has @addr in it if it does not begin behind it.
 */
struct vdevfw_region *gasp_from(const struct gasp *space, u64 addr);

/**
 * gasp_next() - Walk over the regions in the order of their addresses
 * @space: The space
 * @after: NULL for the first one, otherwise the one before
 *
 * Return: A region, or NULL at the end.
 */
struct vdevfw_region *gasp_next(const struct gasp *space, const struct vdevfw_region *after);

/**
 * gasp_limit_sizes() - Take away the sizes of accesses that are larger than a region
 * @region: The region
 */
void gasp_limit_sizes(struct vdevfw_region *region);

/**
 * gasp_prepare() - Find out what a change takes
 * @space: The space
 * @want: Its range, and its vdev. What shall be there afterwards
 * @keep: @want is to come; otherwise its range shall be empty
 * @gfp: How to allocate what comes
 * @change: The change. On success, @want belongs to it if it is to come
 * @holder: On -EADDRINUSE and -EXDEV: the region that is in the way
 *
 * The range is added if nothing is there, or takes the place of that part of a region of
 * the same vdev in which it lies as a whole.
 *
 * Return: 0. -EINVAL: the range is empty, or wraps. -EADDRINUSE: part of it is another
 * vdev's. -EXDEV: part of it, but not all, is one region of the same vdev. -ENOENT: there is
 * nothing that could vanish. -ENOMEM.
 */
int gasp_prepare(const struct gasp *space, struct vdevfw_region *want, bool keep, gfp_t gfp,
		 struct gasp_change *change, const struct vdevfw_region **holder);

/**
 * gasp_commit() - Change a space
 * @space: As it was at gasp_prepare()
 * @change: What it gave
 *
 * &gasp_change.old is the caller's afterwards.
 */
void gasp_commit(struct gasp *space, const struct gasp_change *change);

/**
 * gasp_revert() - Undo gasp_commit()
 * @space: As gasp_commit() left it
 * @change: What it was given
 *
 * The pieces are the change's again.
 */
void gasp_revert(struct gasp *space, const struct gasp_change *change);

/**
 * gasp_abandon() - Free what a change that is not made has brought
 * @change: What gasp_prepare() gave
 * @want: What it was given: stays the caller's
 */
void gasp_abandon(const struct gasp_change *change, const struct vdevfw_region *want);

/**
 * gasp_remove() - Take a region out
 * @space: The space
 * @region: In it; the caller's afterwards
 */
void gasp_remove(struct gasp *space, struct vdevfw_region *region);

/**
 * gasp_destroy() - Free all regions
 * @space: The space, in which no access is any more; empty afterwards
 */
void gasp_destroy(struct gasp *space);

#endif
