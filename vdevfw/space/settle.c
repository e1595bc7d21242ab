// SPDX-License-Identifier: GPL-2.0-only
/* Windows that come with a region while the guest runs, and go with it. On the guest's worker. */
#include <linux/mm.h>
#include <linux/slab.h>

#include <vdevfw/log.h>

#include "../message.h"
#include "../vdev/vdev.h"
#include "spaces.h"

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
			  vdevfw_space_prefix(region->type), region->start, why);
		gasp_remove(&space->gasp, region);
		vdevfw_spaces_let_go(spaces, region);
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
	bool more = false;
	unsigned int bus;

	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		more |= unmap_one(spaces, bus);
		more |= map_one(spaces, bus);
	}
	/* Behind what else the worker has to do: the guest's end does not wait for its regions. */
	if (more)
		spaces->ops->settle(spaces->gsp);
}
