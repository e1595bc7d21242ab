// SPDX-License-Identifier: GPL-2.0-only
/* The address spaces of one guest, and how they change. */
#include <linux/mm.h>
#include <linux/slab.h>

#include <vdevfw/log.h>

#include "../message.h"
#include "../service/doorbell.h"
#include "../vdev/vdev.h"
#include "pages.h"
#include "spaces.h"

#define PORTS		0x10000ull
/* A vdev may let its guest make and change regions: */
#define REGIONS_MAX	65536		/* of one space */
#define LEAVING_MAX	1024		/* that accesses keep from being freed */
#define CHANGE_MAX	0x4000000	/* bytes at once: the space's lock is held meanwhile */
#define ALL_SIZES	(BIT(1) | BIT(2) | BIT(4) | BIT(8))

void vdevfw_spaces_init(struct vdevfw_spaces *spaces, struct guest_system *gsp,
			const struct vdevfw_spaces_ops *ops)
{
	static struct lock_class_key lock_class[VDEVFW_BUSES];
	struct vdevfw_space *space;

	spaces->gsp = gsp;
	spaces->ops = ops;
	for (space = spaces->space; space < spaces->space + VDEVFW_BUSES; space++) {
		spin_lock_init(&space->lock);
		lockdep_set_class(&space->lock, &lock_class[space - spaces->space]);
		gasp_init(&space->gasp);
		INIT_LIST_HEAD(&space->pending);
	}
	vdevfw_windows_init(&spaces->windows);
	vdevfw_pages_init(&spaces->pages);
	gasp_init(&spaces->reserved);
	init_waitqueue_head(&spaces->activated);
}

bool vdevfw_spaces_enter(struct vdevfw_spaces *spaces, enum vdevfw_bus bus)
{
	struct vdevfw_space *space = &spaces->space[bus];

	if (!spaces->running || READ_ONCE(space->holder) == current)
		return false;
	spin_lock(&space->lock);
	WRITE_ONCE(space->holder, current);
	__release(&space->lock);
	return true;
}

void vdevfw_spaces_leave(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, bool entered)
{
	struct vdevfw_space *space = &spaces->space[bus];

	if (!entered)
		return;
	__acquire(&space->lock);
	WRITE_ONCE(space->holder, NULL);
	spin_unlock(&space->lock);
}

/*
 * What a vdev may ask for
 */

static const char *prefix(u16 type)
{
	return type == QST_X86_IO ? "io:" : "mem:";
}

static int check_range(const struct vdevfw_spaces *spaces, const struct gasp_region *want,
		       struct vdevfw_message *msg)
{
	const struct qvm_state_block *block = &want->guest;
	const char *name = want->vdev->v_factory->name;
	u64 limit = PORTS;

	if (block->type == QST_MEMORY)
		limit = BIT_ULL(vdevfw_vm_address_bits(spaces->vm));
	else if (block->type != QST_X86_IO)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its location has type %#x; allowed: mem, io",
				   name, block->type);
	if (!block->length || block->length > INT_MAX)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its length is %u; allowed: 1 to %d",
				   name, block->length, INT_MAX);
	if (block->location < limit && block->length <= limit - block->location)
		return 0;
	return vdevfw_fail(msg, -EADDRNOTAVAIL,
			   "vdev %s: %s0x%llx with 0x%x bytes is beyond what the guest can address; the last address is 0x%llx",
			   name, prefix(block->type), block->location, block->length, limit - 1);
}

static const struct {
	u32 flags;
	const char *reason;
} impossible[] = {
	{ GRF_NOCACHE, "GRF_NOCACHE: the guest's own page tables decide how it caches" },
	{ GRF_MEMORY, "GRF_MEMORY: RAM and ROM are user space's to give" },
	{ GRF_PRECIOUS, "GRF_PRECIOUS: regions do not overlap, precious or not" },
	{ GRF_PASSTHRU | GRF_DMA_USES | GRF_DMA_NO_USE | GRF_DMA_SOURCE | GRF_DMA_TARGET,
	  "GRF_PASSTHRU and GRF_DMA_*: there is no hardware to pass through" },
};

#define POSSIBLE	(GRF_VIRT_ANY | GRF_PASS_ANY | GRF_ACTIVE | GRF_NOPERMS | GRF_DOORBELL | \
			 GRF_MATCH)

static int check_possible(const struct gasp_region *want, struct vdevfw_message *msg)
{
	const char *name = want->vdev->v_factory->name;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++)
		if (want->flags & impossible[i].flags)
			return vdevfw_fail(msg, -EOPNOTSUPP, "vdev %s: %s", name,
					   impossible[i].reason);
	if (want->flags & ~POSSIBLE)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: region flags 0x%x are unknown", name,
				   want->flags & ~POSSIBLE);
	return 0;
}

static const char *contradiction(u32 flags)
{
	if (flags & GRF_NOPERMS && flags & ~(GRF_NOPERMS | GRF_ACTIVE))
		return "GRF_NOPERMS goes with no other flag";
	if (flags & GRF_PASS_ANY && !(flags & GRF_PASS_RD))
		return "GRF_PASS_WR and GRF_PASS_EX need GRF_PASS_RD: KVM's memory is readable";
	if (flags & GRF_PASS_RD && flags & GRF_VIRT_RD)
		return "reads either trap or pass";
	if (flags & GRF_PASS_WR && flags & (GRF_VIRT_WR | GRF_DOORBELL))
		return "writes either trap or pass";
	if (flags & GRF_MATCH && !(flags & GRF_DOORBELL))
		return "GRF_MATCH needs GRF_DOORBELL";
	if ((flags & (GRF_DOORBELL | GRF_MATCH | GRF_VIRT_WR)) == (GRF_DOORBELL | GRF_VIRT_WR))
		return "with GRF_DOORBELL, GRF_VIRT_WR needs GRF_MATCH: no write is left for it";
	return NULL;
}

static int check_passing(const struct gasp_region *want, struct vdevfw_message *msg)
{
	const struct qvm_state_block *block = &want->guest;
	const char *name = want->vdev->v_factory->name;

	if (block->type != QST_MEMORY || !PAGE_ALIGNED(block->location | block->length))
		return vdevfw_fail(msg, -EDOM,
				   "vdev %s: 0x%llx with 0x%x bytes cannot pass: only whole pages of memory can",
				   name, block->location, block->length);
	if (!vdevfw_pages_have(want->vdev, want->host_location, block->length,
			       want->flags & GRF_PASS_WR))
		return vdevfw_fail(msg, -EFAULT,
				   "vdev %s: what passes must be in pages of gasp_pages_alloc(), with GRF_PASS_WR where it is written",
				   name);
	return 0;
}

static int check_flags(const struct gasp_region *want, struct vdevfw_message *msg)
{
	const char *name = want->vdev->v_factory->name;
	const char *wrong;
	int err;

	err = check_possible(want, msg);
	if (err)
		return err;
	wrong = contradiction(want->flags);
	if (wrong)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: region flags 0x%x: %s", name,
				   want->flags, wrong);
	if (!(want->flags & GRF_DOORBELL) != !want->doorbell ||
	    (want->doorbell && !vdevfw_doorbell_is_of(want->doorbell, want->vdev)))
		return vdevfw_fail(msg, -EINVAL,
				   "vdev %s: GRF_DOORBELL needs a doorbell of the vdev's own, and nothing else has one",
				   name);
	return want->flags & GRF_PASS_RD ? check_passing(want, msg) : 0;
}

static int check(const struct vdevfw_spaces *spaces, const struct gasp_region *want,
		 struct vdevfw_message *msg)
{
	int err;

	err = check_range(spaces, want, msg);
	return err ?: check_flags(want, msg);
}

/*
 * Changing a space
 */

static void fill(struct vdevfw_region *region, const struct gasp_region *want)
{
	const struct vdev_factory *factory = want->vdev->v_factory;
	u32 flags = want->flags & ~GRF_ACTIVE;

	*region = (struct vdevfw_region) {
		.start = want->guest.location,
		.length = want->guest.length,
		.type = want->guest.type,
		.cookie = want->cookie,
		.vdev = want->vdev,
		.flags = flags,
		.host = flags & GRF_PASS_RD ? want->host_location : 0,
		.doorbell = want->doorbell,
		.eventfd = want->doorbell ? want->doorbell->eventfd : NULL,
		.match = want->match,
	};
	INIT_LIST_HEAD(&region->pending);
	if (flags & GRF_VIRT_RD && factory->vread) {
		region->vread = factory->vread;
		region->read_sizes = factory->acc_sizes;
	} else if (flags & GRF_PASS_RD) {
		region->vread = vdevfw_pages_read;
		region->read_sizes = ALL_SIZES;
	}
	if (flags & GRF_VIRT_WR && factory->vwrite) {
		region->vwrite = factory->vwrite;
		region->write_sizes = factory->acc_sizes;
	} else if (flags & GRF_PASS_WR) {
		region->vwrite = vdevfw_pages_write;
		region->write_sizes = ALL_SIZES;
	}
	if (flags & GRF_DOORBELL) {
		/* Where a value is to match, no size rings at once. */
		region->bell_sizes = flags & GRF_MATCH ? 0 : ALL_SIZES;
		region->write_sizes = 0;
	}
	gasp_limit_sizes(region);
}

static enum vdevfw_bus bus_of(u16 type)
{
	return type == QST_X86_IO ? VDEVFW_BUS_IO : VDEVFW_BUS_MEM;
}

static int refuse_overlap(const struct vdevfw_region *want, const struct vdevfw_region *holder,
			  int err, struct vdevfw_message *msg)
{
	const char *name = want->vdev->v_factory->name;
	char other[VDEVFW_DESCRIPTION];

	if (err == -EXDEV)
		return vdevfw_fail(msg, err,
				   "vdev %s: %s0x%llx-0x%llx reaches beyond its region 0x%llx-0x%llx; change regions one by one",
				   name, prefix(want->type), want->start,
				   vdevfw_region_last(want), holder->start,
				   vdevfw_region_last(holder));
	if (err == -ENOENT)
		return vdevfw_fail(msg, err,
				   "vdev %s: at %s0x%llx-0x%llx is no region of its own to delete",
				   name, prefix(want->type), want->start,
				   vdevfw_region_last(want));
	if (err != -EADDRINUSE)
		return err;
	vdevfw_vdev_describe(to_vdevfw_vdev(holder->vdev), other, sizeof(other));
	return vdevfw_fail(msg, err,
			   "vdev %s: %s0x%llx-0x%llx is taken: vdev %s has 0x%llx-0x%llx; choose a free range",
			   name, prefix(want->type), want->start, vdevfw_region_last(want), other,
			   holder->start, vdevfw_region_last(holder));
}

/* The window that a range is in; NULL if there is none, -EXDEV if it sticks out. */
static struct vdevfw_window *window_of(struct vdevfw_spaces *spaces,
				       const struct vdevfw_region *region,
				       struct vdevfw_message *msg)
{
	u64 last = vdevfw_region_last(region);
	struct vdevfw_window *window;

	window = vdevfw_windows_from(&spaces->windows, bus_of(region->type), region->start);
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

static void let_go(struct vdevfw_spaces *spaces, struct vdevfw_region *region)
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
		let_go(spaces, change->old);
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
	struct vdevfw_space *space = &spaces->space[bus_of(region->type)];
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

	err = check(spaces, want, msg);
	if (err)
		return err;
	if (spaces->space[bus_of(want->guest.type)].closed)
		return vdevfw_fail(msg, -ESHUTDOWN, "vdev %s: the guest is at its end",
				   want->vdev->v_factory->name);
	if (!(want->flags & ~GRF_ACTIVE))
		return delete_region(spaces, want, msg);
	region = kmalloc(sizeof(*region), gfp_of(spaces));
	if (!region)
		return -ENOMEM;
	fill(region, want);
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

/*
 * Windows
 */

int vdevfw_spaces_publish(struct vdevfw_spaces *spaces, const struct vdevfw_faults *faults,
			  u64 *culprit, struct vdevfw_message *msg)
{
	struct gasp *const gasps[VDEVFW_BUSES] = {
		[VDEVFW_BUS_MEM] = &spaces->space[VDEVFW_BUS_MEM].gasp,
		[VDEVFW_BUS_IO] = &spaces->space[VDEVFW_BUS_IO].gasp,
	};
	int err;

	err = vdevfw_windows_publish(&spaces->windows, spaces->vm, gasps, spaces->gsp, faults,
				     culprit, msg);
	if (err)
		return err;
	spaces->faults = faults;
	spaces->running = true;
	return 0;
}

static struct vdevfw_window *window_for(struct vdevfw_spaces *spaces,
					const struct vdevfw_range *range, const vdev_t *vdp)
{
	struct vdevfw_window *window;

	window = vdevfw_window_alloc(range, spaces->gsp, spaces->faults,
				     to_vdevfw_vdev(vdp)->id, vdp->v_factory->name);
	if (window)
		window->lone = true;
	return window;
}

static struct vdevfw_region *first_pending(struct vdevfw_space *space)
{
	return list_first_entry_or_null(&space->pending, struct vdevfw_region, pending);
}

/* No window: the regions in @range go. */
static void give_up(struct vdevfw_spaces *spaces, const struct vdevfw_range *range,
		    struct vdevfw_window *window, const char *why)
{
	struct vdevfw_space *space = &spaces->space[range->bus];
	bool entered = vdevfw_spaces_enter(spaces, range->bus);
	struct vdevfw_region *region;

	if (window)
		vdevfw_windows_remove(&spaces->windows, window);
	while ((region = gasp_from(&space->gasp, range->start)) &&
	       region->start <= vdevfw_range_last(range)) {
		vdev_logf(QL_ERROR, region->vdev, "its region at %s0x%llx is lost: %s",
			  prefix(region->type), region->start, why);
		gasp_remove(&space->gasp, region);
		let_go(spaces, region);
	}
	vdevfw_spaces_leave(spaces, range->bus, entered);
}

/* The region that waits first moves into @window, unless it has changed meanwhile. */
static bool move_in(struct vdevfw_spaces *spaces, struct vdevfw_window *window,
		    struct vdevfw_bus_device ***room)
{
	struct vdevfw_space *space = &spaces->space[window->device.bus];
	bool entered = vdevfw_spaces_enter(spaces, window->device.bus);
	struct vdevfw_region *region = first_pending(space);
	bool same;

	same = region && region->start == window->device.start &&
	       region->length == window->device.length;
	if (same) {
		list_del_init(&region->pending);
		/* One region fills it: this takes no memory. */
		vdevfw_window_update(window, spaces->vm, &space->gasp, region->start,
				     vdevfw_region_last(region), GFP_NOWAIT);
		vdevfw_windows_insert(&spaces->windows, window, room);
	}
	vdevfw_spaces_leave(spaces, window->device.bus, entered);
	return same;
}

/* Whether something in @range passes. */
static bool has_passing(const struct vdevfw_spaces *spaces, const struct vdevfw_range *range)
{
	const struct gasp *gasp = &spaces->space[range->bus].gasp;
	const struct vdevfw_region *region = gasp_from(gasp, range->start);

	for (; region && region->start <= vdevfw_range_last(range);
	     region = gasp_next(gasp, region))
		if (region->flags & GRF_PASS_RD)
			return true;
	return false;
}

static void publish_lone(struct vdevfw_spaces *spaces, const struct vdevfw_range *range,
			 struct vdevfw_window *window)
{
	struct vdevfw_bus_device *device = &window->device;
	struct vdevfw_message msg = {};
	bool entered;
	u64 culprit;
	int err;

	err = vdevfw_vm_publish(spaces->vm, &device, 1, &culprit, &msg);
	if (err) {
		vdevfw_fail(&msg, err, "error %d", -err);
		give_up(spaces, range, window, msg.text);
		/* vdevfw_spaces_access() may have found it. */
		vdevfw_vm_drain(spaces->vm);
		device->free(device);
		vdevfw_spaces_wake(spaces);
		return;
	}
	entered = vdevfw_spaces_enter(spaces, range->bus);
	window->mapped = true;
	if (has_passing(spaces, range))
		spaces->ops->passing_changed(spaces->gsp);
	vdevfw_spaces_leave(spaces, range->bus, entered);
	vdevfw_spaces_wake(spaces);
}

/* Whether there was a region that waits. */
static bool map_one(struct vdevfw_spaces *spaces, enum vdevfw_bus bus)
{
	bool entered = vdevfw_spaces_enter(spaces, bus);
	struct vdevfw_region *region = first_pending(&spaces->space[bus]);
	struct vdevfw_range range = { .bus = bus };
	struct vdevfw_bus_device **room;
	struct vdevfw_window *window;
	const vdev_t *vdp = NULL;

	if (region) {
		range.start = region->start;
		range.length = region->length;
		vdp = region->vdev;
	}
	vdevfw_spaces_leave(spaces, bus, entered);
	if (!region)
		return false;
	window = window_for(spaces, &range, vdp);
	room = vdevfw_windows_make_room(&spaces->windows);
	if (!window || !room) {
		give_up(spaces, &range, NULL, "out of memory");
	} else if (move_in(spaces, window, &room)) {
		publish_lone(spaces, &range, window);
		window = NULL;
	}
	if (window)
		window->device.free(&window->device);
	kvfree(room);
	return true;
}

/* Whether there was a window that nothing is left in. */
static bool unmap_one(struct vdevfw_spaces *spaces, enum vdevfw_bus bus)
{
	bool entered = vdevfw_spaces_enter(spaces, bus);
	struct vdevfw_bus_device *device = NULL;
	struct vdevfw_window *window;
	u64 addr = 0;

	while ((window = vdevfw_windows_from(&spaces->windows, bus, addr))) {
		if (window->lone && vdevfw_window_is_empty(window, &spaces->space[bus].gasp)) {
			vdevfw_windows_remove(&spaces->windows, window);
			device = &window->device;
			break;
		}
		addr = vdevfw_window_last(window) + 1;
		if (!addr)
			break;
	}
	vdevfw_spaces_leave(spaces, bus, entered);
	if (device)
		vdevfw_vm_retract(spaces->vm, &device, 1);
	return device;
}

void vdevfw_spaces_settle(struct vdevfw_spaces *spaces)
{
	unsigned int bus;

	bool more = false;

	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		more |= unmap_one(spaces, bus);
		more |= map_one(spaces, bus);
	}
	/* Behind what else the worker has to do: the guest's end does not wait for its regions. */
	if (more)
		spaces->ops->settle(spaces->gsp);
}

void vdevfw_spaces_wake(struct vdevfw_spaces *spaces)
{
	if (wq_has_sleeper(&spaces->activated))
		wake_up_all(&spaces->activated);
}

/*
 * From outside
 */

int vdevfw_spaces_access(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr, void *value,
			 unsigned int len, bool write)
{
	const struct kvm_io_device_ops *ops = &vdevfw_access_ops[bus];
	struct vdevfw_window *window;
	int err;

	window = vdevfw_windows_from(&spaces->windows, bus, addr);
	/* KVM, too, finds only what has all of the access. */
	if (!window || window->device.start > addr || len - 1 > vdevfw_window_last(window) - addr)
		return -ENXIO;
	if (write)
		err = ops->write(NULL, &window->device.dev, addr, len, value);
	else
		err = ops->read(NULL, &window->device.dev, addr, len, value);
	return err == -EOPNOTSUPP ? -EAGAIN : err;
}

/* A region in @first to @last that does not pass, although memory is there. */
static bool find_hidden_by_memory(struct vdevfw_spaces *spaces, u64 first, u64 last,
				  struct vdevfw_message *msg)
{
	const struct gasp *gasp = &spaces->space[VDEVFW_BUS_MEM].gasp;
	struct vdevfw_region *region = gasp_from(gasp, first);

	for (; region && region->start <= last; region = gasp_next(gasp, region)) {
		if (region->flags & GRF_PASS_RD)
			continue;
		vdevfw_fail(msg, -EBUSY,
			    "the guest has memory at 0x%llx-0x%llx, which hides vdev %s at 0x%llx-0x%llx",
			    first, last, region->vdev->v_factory->name, region->start,
			    vdevfw_region_last(region));
		return true;
	}
	return false;
}

bool vdevfw_spaces_find_hidden(struct vdevfw_spaces *spaces, struct vdevfw_message *msg)
{
	struct vdevfw_extent memory;
	bool entered, found;
	u64 addr = 0;

	if (vdevfw_vm_find_hidden(spaces->vm, msg))
		return true;
	do {
		if (!vdevfw_vm_memory_from(spaces->vm, addr, &memory))
			return false;
		entered = vdevfw_spaces_enter(spaces, VDEVFW_BUS_MEM);
		found = find_hidden_by_memory(spaces, memory.start, memory.last, msg);
		vdevfw_spaces_leave(spaces, VDEVFW_BUS_MEM, entered);
		addr = memory.last + 1;
	} while (!found && addr);
	return found;
}

/*
 * The end
 */

void vdevfw_spaces_retract(struct vdevfw_spaces *spaces)
{
	struct vdevfw_bus_device **devices;
	unsigned int bus, n;

	devices = vdevfw_windows_take(&spaces->windows, &n);
	/* Threads of the vdevs may still use what they have found under the locks. */
	for (bus = 0; bus < VDEVFW_BUSES; bus++)
		vdevfw_spaces_leave(spaces, bus, vdevfw_spaces_enter(spaces, bus));
	if (n)
		vdevfw_vm_retract(spaces->vm, devices, n);
	kvfree(devices);
}

static void close_space(struct vdevfw_spaces *spaces, enum vdevfw_bus bus)
{
	struct vdevfw_space *space = &spaces->space[bus];
	struct gasp taken;
	bool entered;

	entered = vdevfw_spaces_enter(spaces, bus);
	taken = space->gasp;
	gasp_init(&space->gasp);
	INIT_LIST_HEAD(&space->pending);
	space->closed = true;
	vdevfw_spaces_leave(spaces, bus, entered);
	gasp_destroy(&taken);
}

void vdevfw_spaces_close(struct vdevfw_spaces *spaces)
{
	unsigned int bus;

	for (bus = 0; bus < VDEVFW_BUSES; bus++)
		close_space(spaces, bus);
	gasp_destroy(&spaces->reserved);
}

/*
 * Looking
 */

bool vdevfw_spaces_is_mapped(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr)
{
	struct vdevfw_window *window = vdevfw_windows_from(&spaces->windows, bus, addr);

	return window && window->mapped && window->device.start <= addr;
}

/* Whether accesses meet @region as it is described. */
static bool is_active(struct vdevfw_spaces *spaces, const struct vdevfw_region *region)
{
	enum vdevfw_bus bus = bus_of(region->type);
	struct vdevfw_extent memory;
	bool hidden;

	if (!vdevfw_spaces_is_mapped(spaces, bus, region->start))
		return false;
	if (bus == VDEVFW_BUS_IO)
		return true;
	hidden = vdevfw_vm_memory_from(spaces->vm, region->start, &memory) &&
		 memory.start <= vdevfw_region_last(region);
	if (!(region->flags & GRF_PASS_RD))
		return !hidden;
	return hidden && memory.start <= region->start &&
	       memory.last >= vdevfw_region_last(region) &&
	       memory.readonly == !(region->flags & GRF_PASS_WR);
}

static void describe_region(struct vdevfw_spaces *spaces, const struct vdevfw_region *region,
			    u64 addr, struct gasp_region *out)
{
	out->flags = region->flags | (is_active(spaces, region) ? GRF_ACTIVE : 0);
	out->cookie = region->cookie;
	out->vdev = region->vdev;
	out->host_location = region->host ? region->host + (addr - region->start) : 0;
	out->doorbell = region->doorbell;
	out->match = region->match;
	out->guest.length = vdevfw_region_last(region) - addr + 1;
}

/* The longest length that a block can have: whole pages, so that what follows is aligned. */
#define LENGTH_MAX	(U32_MAX & PAGE_MASK)

void vdevfw_spaces_describe(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr,
			    struct gasp_region *out)
{
	const struct vdevfw_region *region = gasp_from(&spaces->space[bus].gasp, addr);
	u64 last = region ? region->start - 1 : U64_MAX;
	struct vdevfw_extent memory;

	*out = (struct gasp_region) {
		.guest.location = addr,
		.guest.type = bus == VDEVFW_BUS_IO ? QST_X86_IO : QST_MEMORY,
	};
	if (region && region->start <= addr) {
		describe_region(spaces, region, addr, out);
		return;
	}
	if (bus == VDEVFW_BUS_MEM && vdevfw_vm_memory_from(spaces->vm, addr, &memory)) {
		if (memory.start > addr) {
			last = min(last, memory.start - 1);
		} else {
			last = min(last, memory.last);
			out->flags = GRF_MEMORY | GRF_PASS_RD | GRF_PASS_EX | GRF_ACTIVE |
				     (memory.readonly ? 0 : GRF_PASS_WR);
		}
	}
	out->guest.length = min_t(u64, last - addr, LENGTH_MAX - 1) + 1;
}

bool vdevfw_spaces_find(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr,
			struct gasp_region *out)
{
	const struct vdevfw_region *region = gasp_from(&spaces->space[bus].gasp, addr);
	struct vdevfw_extent memory;
	u64 first = U64_MAX;

	if (region)
		first = max(region->start, addr);
	if (bus == VDEVFW_BUS_MEM && vdevfw_vm_memory_from(spaces->vm, addr, &memory))
		first = min(first, max(memory.start, addr));
	vdevfw_spaces_describe(spaces, bus, first, out);
	return out->flags != GRF_NONE;
}

/*
 * Finding room
 */

/* Where to go on if [@at, @last] is not free, or 0. */
static u64 behind_what_is_there(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 at, u64 last,
				const struct vdevfw_region *region, bool *taken)
{
	struct vdevfw_extent other;
	u64 behind;

	*taken = true;
	if (region && region->start <= last)
		return vdevfw_region_last(region) + 1;
	if (vdevfw_vm_taken_from(spaces->vm, bus, at, &other) && other.start <= last)
		return other.last + 1;
	behind = vdevfw_windows_edge(&spaces->windows, bus, at, last);
	*taken = behind != at;
	return behind;
}

u64 vdevfw_spaces_find_free(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 size,
			    u64 align, u64 min_addr, u64 max_addr)
{
	u64 limit = bus == VDEVFW_BUS_IO ? PORTS : BIT_ULL(vdevfw_vm_address_bits(spaces->vm));
	const struct gasp *gasp = &spaces->space[bus].gasp;
	const struct vdevfw_region *region = gasp_from(gasp, min_addr);
	u64 last = min(max_addr, limit - 1), next = min_addr, at;
	bool taken;

	do {
		at = ALIGN(next, align);
		if (at < next || at > last || size - 1 > last - at)
			return QSL_NO_LOCATION;
		while (region && vdevfw_region_last(region) < at)
			region = gasp_next(gasp, region);
		next = behind_what_is_there(spaces, bus, at, at + size - 1, region, &taken);
	} while (taken && next);
	return taken ? QSL_NO_LOCATION : at;
}
