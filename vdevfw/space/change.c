// SPDX-License-Identifier: GPL-2.0-only
/* How a space changes: its regions, and what accesses and user space see of them. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../message.h"
#include "../vdev/vdev.h"
#include "spaces.h"

/* A vdev may let its guest make and change regions: */
#define REGIONS_MAX	65536		/* of one space */
#define LEAVING_MAX	1024		/* that accesses keep from being freed */
#define CHANGE_MAX	0x4000000	/* bytes at once: the space's lock is held meanwhile */

static int refuse_overlap(const struct vdevfw_region *want, const struct vdevfw_region *holder,
			  int err, struct vdevfw_message *msg)
{
	const char *name = want->vdev->v_factory->name;
	char other[VDEVFW_DESCRIPTION];

	if (err == -EXDEV)
		return vdevfw_fail(msg, err,
				   "vdev %s: %s0x%llx-0x%llx reaches beyond its region 0x%llx-0x%llx; change regions one by one",
				   name, vdevfw_space_prefix(want->type), want->start,
				   vdevfw_region_last(want), holder->start,
				   vdevfw_region_last(holder));
	if (err == -ENOENT)
		return vdevfw_fail(msg, err,
				   "vdev %s: at %s0x%llx-0x%llx is no region of its own to delete",
				   name, vdevfw_space_prefix(want->type), want->start,
				   vdevfw_region_last(want));
	if (err != -EADDRINUSE)
		return err;
	vdevfw_vdev_describe(to_vdevfw_vdev(holder->vdev), other, sizeof(other));
	return vdevfw_fail(msg, err,
			   "vdev %s: %s0x%llx-0x%llx is taken: vdev %s has 0x%llx-0x%llx; choose a free range",
			   name, vdevfw_space_prefix(want->type), want->start,
			   vdevfw_region_last(want), other, holder->start,
			   vdevfw_region_last(holder));
}

/* The window that a range is in; NULL if there is none, -EXDEV if it sticks out. */
static struct vdevfw_window *window_of(struct vdevfw_spaces *spaces,
				       const struct vdevfw_region *region,
				       struct vdevfw_message *msg)
{
	u64 last = vdevfw_region_last(region);
	struct vdevfw_window *window;

	window = vdevfw_windows_from(&spaces->windows, vdevfw_bus_of(region->type), region->start);
	if (!window || window->device.start > last)
		return NULL;
	if (window->device.start <= region->start && vdevfw_window_last(window) >= last)
		return window;
	return ERR_PTR(vdevfw_fail(msg, -EXDEV,
				   "vdev %s: 0x%llx-0x%llx lies partly in the window at 0x%llx-0x%llx: choose a range within it, or outside",
				   region->vdev->v_factory->name, region->start, last,
				   window->device.start, vdevfw_window_last(window)));
}

static gfp_t gfp_of(const struct vdevfw_spaces *spaces)
{
	return spaces->running ? GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT : GFP_KERNEL_ACCOUNT;
}

static void free_region(struct rcu_head *rcu)
{
	struct vdevfw_region *region = container_of(rcu, struct vdevfw_region, rcu);

	atomic_dec(region->leaving);
	kfree(region);
}

void vdevfw_spaces_let_go(struct vdevfw_spaces *spaces, struct vdevfw_region *region)
{
	list_del(&region->pending);
	if (!spaces->running) {
		kfree(region);
		return;
	}
	atomic_inc(&spaces->leaving);
	region->leaving = &spaces->leaving;
	vdevfw_vm_defer(spaces->vm, &region->rcu, free_region);
}

/* What is not in a window waits for one. */
static void wait_for_window(struct vdevfw_spaces *spaces, struct vdevfw_space *space,
			    const struct gasp_change *change)
{
	unsigned int i;

	for (i = 0; i < change->n; i++)
		list_add_tail(&change->piece[i]->pending, &space->pending);
	if (change->n)
		spaces->ops->settle(spaces->gsp);
}

static int update(struct vdevfw_spaces *spaces, struct vdevfw_space *space,
		  struct vdevfw_window *window, const struct gasp_change *change)
{
	const struct vdevfw_region *region = change->old ?: change->piece[0];
	int err;

	err = vdevfw_window_update(window, spaces->vm, &space->gasp, region->start,
				   vdevfw_region_last(region), gfp_of(spaces));
	if (!err && window->lone && vdevfw_window_is_empty(window, &space->gasp))
		spaces->ops->settle(spaces->gsp);
	return err;
}

/* All of it, or nothing. */
static int change(struct vdevfw_spaces *spaces, struct vdevfw_space *space,
		  struct vdevfw_window *window, const struct gasp_change *change)
{
	/* What waits for a window passes only then: memory in its place would keep KVM from it. */
	bool may_pass = !spaces->running || (window && window->mapped);
	bool passes = change->old && change->old->flags & GRF_PASS_RD;
	unsigned int i;
	int err;

	gasp_commit(&space->gasp, change);
	if (window) {
		err = update(spaces, space, window, change);
		if (err) {
			gasp_revert(&space->gasp, change);
			return err;
		}
	} else if (spaces->running) {
		wait_for_window(spaces, space, change);
	}
	for (i = 0; i < change->n; i++)
		passes |= may_pass && change->piece[i]->flags & GRF_PASS_RD;
	if (change->old)
		vdevfw_spaces_let_go(spaces, change->old);
	vdevfw_spaces_wake(spaces);
	if (passes)
		spaces->ops->passing_changed(spaces->gsp);
	return 0;
}

/* What is left of a region that passes is whole pages, too. */
static int check_rest(const struct gasp_change *steps, const struct vdevfw_region *region,
		      struct vdevfw_message *msg)
{
	if (!steps->old || !(steps->old->flags & GRF_PASS_RD) ||
	    PAGE_ALIGNED(region->start | region->length))
		return 0;
	return vdevfw_fail(msg, -EDOM,
			   "vdev %s: 0x%llx with 0x%x bytes is part of a region that passes: only whole pages of it can change",
			   region->vdev->v_factory->name, region->start, region->length);
}

/* What a guest may have a vdev do has bounds, in memory and in time. */
static int check_load(struct vdevfw_spaces *spaces, const struct vdevfw_space *space,
		      const struct gasp_change *steps, const struct vdevfw_region *region,
		      struct vdevfw_message *msg)
{
	const char *name = region->vdev->v_factory->name;

	if (space->gasp.n + steps->n > REGIONS_MAX)
		return vdevfw_fail(msg, -ENOSPC, "vdev %s: there are %u regions; allowed: %d", name,
				   space->gasp.n, REGIONS_MAX);
	if (!spaces->running)
		return 0;
	if ((steps->old ?: region)->length > CHANGE_MAX)
		return vdevfw_fail(msg, -E2BIG,
				   "vdev %s: a region of 0x%x bytes changes; allowed while the guest runs: 0x%x",
				   name, (steps->old ?: region)->length, CHANGE_MAX);
	if (atomic_read(&spaces->leaving) > LEAVING_MAX)
		return vdevfw_fail(msg, -EAGAIN,
				   "vdev %s: %d regions that are gone are still used by accesses",
				   name, LEAVING_MAX);
	return 0;
}

static int apply(struct vdevfw_spaces *spaces, struct vdevfw_region *region, bool keep,
		 struct vdevfw_message *msg)
{
	struct vdevfw_space *space = &spaces->space[vdevfw_bus_of(region->type)];
	const struct vdevfw_region *holder = NULL;
	struct vdevfw_window *window;
	struct gasp_change steps;
	int err;

	window = window_of(spaces, region, msg);
	if (IS_ERR(window))
		return PTR_ERR(window);
	err = gasp_prepare(&space->gasp, region, keep, gfp_of(spaces), &steps, &holder);
	if (err)
		return refuse_overlap(region, holder, err, msg);
	err = check_rest(&steps, region, msg) ?: check_load(spaces, space, &steps, region, msg) ?:
	      change(spaces, space, window, &steps);
	if (err)
		gasp_abandon(&steps, region);
	return err;
}

static int delete_region(struct vdevfw_spaces *spaces, const struct gasp_region *want,
			 struct vdevfw_message *msg)
{
	struct vdevfw_region key = {
		.start = want->guest.location,
		.length = want->guest.length,
		.type = want->guest.type,
		.vdev = want->vdev,
	};

	return apply(spaces, &key, false, msg);
}

int vdevfw_spaces_set(struct vdevfw_spaces *spaces, const struct gasp_region *want,
		      struct vdevfw_message *msg)
{
	struct vdevfw_region *region;
	int err;

	if (spaces->space[vdevfw_bus_of(want->guest.type)].closed)
		return vdevfw_fail(msg, -ESHUTDOWN, "vdev %s: the guest is at its end",
				   want->vdev->v_factory->name);
	err = vdevfw_region_check(spaces, want, msg);
	if (err)
		return err;
	if (!(want->flags & ~GRF_ACTIVE))
		return delete_region(spaces, want, msg);
	region = kmalloc(sizeof(*region), gfp_of(spaces));
	if (!region)
		return -ENOMEM;
	vdevfw_region_fill(region, want);
	err = apply(spaces, region, true, msg);
	if (err)
		kfree(region);
	return err;
}

void vdevfw_spaces_forget(struct vdevfw_spaces *spaces, const vdev_t *vdp)
{
	struct vdevfw_region *region, *next;
	unsigned int bus;

	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		struct gasp *gasp = &spaces->space[bus].gasp;

		for (region = gasp_next(gasp, NULL); region; region = next) {
			next = gasp_next(gasp, region);
			if (region->vdev != vdp)
				continue;
			gasp_remove(gasp, region);
			kfree(region);
		}
	}
}
