// SPDX-License-Identifier: GPL-2.0-only
/* A guest's address space: which vdev has which range. */
#include <linux/slab.h>

#include "gasp.h"

static struct vdevfw_region *to_region(const struct rb_node *node)
{
	return node ? rb_entry(node, struct vdevfw_region, node) : NULL;
}

void gasp_init(struct gasp *space)
{
	space->regions = RB_ROOT;
	space->n = 0;
}

struct vdevfw_region *gasp_from(const struct gasp *space, u64 addr)
{
	struct rb_node *node = space->regions.rb_node;
	struct vdevfw_region *region, *found = NULL;

	while (node) {
		region = to_region(node);
		if (vdevfw_region_last(region) < addr) {
			node = node->rb_right;
		} else {
			found = region;
			node = node->rb_left;
		}
	}
	return found;
}

struct vdevfw_region *gasp_next(const struct gasp *space, const struct vdevfw_region *after)
{
	return to_region(after ? rb_next(&after->node) : rb_first(&space->regions));
}

static bool is_before(struct rb_node *a, const struct rb_node *b)
{
	return to_region(a)->start < to_region(b)->start;
}

static void insert(struct gasp *space, struct vdevfw_region *region)
{
	rb_add(&region->node, &space->regions, is_before);
	space->n++;
}

void gasp_remove(struct gasp *space, struct vdevfw_region *region)
{
	rb_erase(&region->node, &space->regions);
	space->n--;
}

void gasp_limit_sizes(struct vdevfw_region *region)
{
	u16 fitting = region->length < 8 ? GENMASK(region->length, 0) : U16_MAX;

	region->read_sizes &= fitting;
	region->write_sizes &= fitting;
	region->bell_sizes &= fitting;
}

/* One more piece: what is left of @old from @start to @last. */
static int keep_rest(struct gasp_change *change, const struct vdevfw_region *old, u64 start,
		     u64 last, gfp_t gfp)
{
	struct vdevfw_region *rest = kmalloc(sizeof(*rest), gfp);

	if (!rest)
		return -ENOMEM;
	*rest = *old;
	INIT_LIST_HEAD(&rest->pending);
	rest->start = start;
	rest->length = last - start + 1;
	gasp_limit_sizes(rest);
	if (rest->host)
		rest->host += start - old->start;
	change->piece[change->n++] = rest;
	return 0;
}

/* @want takes the place of its part of @old. */
static int split(struct gasp_change *change, struct vdevfw_region *old,
		 struct vdevfw_region *want, bool keep, gfp_t gfp)
{
	u64 last = vdevfw_region_last(want);
	int err = 0;

	change->old = old;
	if (old->start < want->start)
		err = keep_rest(change, old, old->start, want->start - 1, gfp);
	if (!err && keep)
		change->piece[change->n++] = want;
	if (!err && last < vdevfw_region_last(old))
		err = keep_rest(change, old, last + 1, vdevfw_region_last(old), gfp);
	if (err)
		gasp_abandon(change, want);
	return err;
}

int gasp_prepare(const struct gasp *space, struct vdevfw_region *want, bool keep, gfp_t gfp,
		 struct gasp_change *change, const struct vdevfw_region **holder)
{
	u64 last = vdevfw_region_last(want);
	struct vdevfw_region *there;

	*change = (struct gasp_change) {};
	if (!want->length || last < want->start)
		return -EINVAL;
	there = gasp_from(space, want->start);
	if (!there || there->start > last) {
		if (!keep)
			return -ENOENT;
		change->piece[change->n++] = want;
		return 0;
	}
	*holder = there;
	if (there->vdev != want->vdev)
		return -EADDRINUSE;
	if (there->start > want->start || vdevfw_region_last(there) < last)
		return -EXDEV;
	return split(change, there, want, keep, gfp);
}

void gasp_commit(struct gasp *space, const struct gasp_change *change)
{
	unsigned int i;

	if (change->old)
		gasp_remove(space, change->old);
	for (i = 0; i < change->n; i++)
		insert(space, change->piece[i]);
}

void gasp_revert(struct gasp *space, const struct gasp_change *change)
{
	unsigned int i;

	for (i = 0; i < change->n; i++)
		gasp_remove(space, change->piece[i]);
	if (change->old)
		insert(space, change->old);
}

void gasp_abandon(const struct gasp_change *change, const struct vdevfw_region *want)
{
	unsigned int i;

	for (i = 0; i < change->n; i++)
		if (change->piece[i] != want)
			kfree(change->piece[i]);
}

void gasp_destroy(struct gasp *space)
{
	struct vdevfw_region *region, *next;

	rbtree_postorder_for_each_entry_safe(region, next, &space->regions, node)
		kfree(region);
	gasp_init(space);
}
