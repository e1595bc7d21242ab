// SPDX-License-Identifier: GPL-2.0-only
/* A guest's address spaces, as its launcher sees them: what is where, accesses, what is wrong. */
#include <linux/timer.h>

#include "guest.h"
#include "vdev/vdev.h"

/*
 * What is where
 */

/**
 * struct listing - Regions on their way to user space
 * @entries: For what is told
 * @count: How many fit in it
 * @only: Only of those that have one of these flags, unless it is 0
 * @total: How many there are
 */
struct listing {
	struct vdevfw_region_entry *entries;
	u32 count;
	u32 only;
	u32 total;
};

static void tell_entry(struct listing *listing, const struct vdevfw_region_entry *entry)
{
	if (listing->only && !(entry->flags & listing->only))
		return;
	if (listing->total < listing->count)
		listing->entries[listing->total] = *entry;
	listing->total++;
}

static u32 flags_of(const struct gasp_region *region, bool mapped)
{
	u32 pass = mapped ? region->flags : 0;

	return (region->guest.type == QST_X86_IO ? VDEVFW_REGION_IO : 0) |
	       (pass & GRF_PASS_RD ? VDEVFW_REGION_PASS_READ : 0) |
	       (pass & GRF_PASS_WR ? VDEVFW_REGION_PASS_WRITE : 0) |
	       (region->flags & GRF_DOORBELL ? VDEVFW_REGION_DOORBELL : 0) |
	       (region->flags & GRF_ACTIVE ? VDEVFW_REGION_ACTIVE : 0);
}

/* What waits for a window does not pass yet: a memory slot would keep it from getting one. */
static void list_region(struct listing *listing, const struct gasp_region *region, bool mapped)
{
	struct vdevfw_region_entry entry = {
		.start = region->guest.location,
		.length = region->guest.length,
		.vdev = to_vdevfw_vdev(region->vdev)->id,
		.flags = flags_of(region, mapped),
		.cookie = region->cookie,
	};

	if (entry.flags & VDEVFW_REGION_PASS_READ)
		entry.offset = vdevfw_pages_offset(region->vdev, region->host_location);
	tell_entry(listing, &entry);
}

static int list_space(struct guest_system *gsp, enum vdevfw_bus bus, struct listing *listing)
{
	struct gasp_region region;
	bool entered, found;
	u64 addr = 0;

	do {
		/* One by one: nobody waits for the lock as long as a long list takes. */
		entered = vdevfw_spaces_enter(&gsp->spaces, bus);
		found = vdevfw_spaces_find(&gsp->spaces, bus, addr, &region);
		if (found && region.vdev)
			list_region(listing, &region,
				    vdevfw_spaces_is_mapped(&gsp->spaces, bus,
							    region.guest.location));
		vdevfw_spaces_leave(&gsp->spaces, bus, entered);
		addr = region.guest.location + region.guest.length;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	} while (found && addr);
	return 0;
}

static void list_reserved(struct guest_system *gsp, struct listing *listing)
{
	const struct vdevfw_region *region = NULL;

	while ((region = gasp_next(&gsp->spaces.reserved, region)))
		tell_entry(listing, &(struct vdevfw_region_entry) {
			.start = region->start,
			.length = region->length,
			.flags = VDEVFW_REGION_RESERVED,
		});
}

int vdevfw_guest_regions(struct guest_system *gsp, struct vdevfw_region_entry *entries, u32 count,
			 u32 only, u32 *total, struct vdevfw_message *msg)
{
	struct listing listing = { .entries = entries, .count = count, .only = only };
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = list_space(gsp, VDEVFW_BUS_MEM, &listing);
	if (!err)
		err = list_space(gsp, VDEVFW_BUS_IO, &listing);
	if (!err)
		list_reserved(gsp, &listing);
	mutex_unlock(&gsp->lock);
	*total = listing.total;
	return err;
}

int vdevfw_guest_mapped(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	vdevfw_spaces_wake(&gsp->spaces);
	mutex_unlock(&gsp->lock);
	return 0;
}

/*
 * Accesses
 */

/* As a vCPU is within an access: the guest's end waits for it. */
static int enter(struct guest_system *gsp, struct vdevfw_vm **vm, int *index,
		 struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	if (vdevfw_vm_is_of_current(gsp->vm)) {
		*vm = gsp->vm;
		*index = vdevfw_vm_enter(gsp->vm);
	} else {
		err = vdevfw_fail(msg, -EXDEV,
				  "the VM of guest %llu belongs to another process: its own can make accesses",
				  gsp->id);
	}
	mutex_unlock(&gsp->lock);
	return err;
}

int vdevfw_guest_access(struct guest_system *gsp, u64 addr, u32 len, u32 access, u64 *value,
			struct vdevfw_message *msg)
{
	enum vdevfw_bus bus = access & VDEVFW_ACCESS_IO ? VDEVFW_BUS_IO : VDEVFW_BUS_MEM;
	struct vdevfw_vm *vm;
	int err, index;

	err = enter(gsp, &vm, &index, msg);
	if (err)
		return err;
	err = vdevfw_spaces_access(&gsp->spaces, bus, addr, value, len,
				   access & VDEVFW_ACCESS_WRITE);
	vdevfw_vm_leave(vm, index);
	if (err == -ENXIO)
		vdevfw_fail(msg, err, "no window of guest %llu has 0x%llx with %u bytes", gsp->id,
			    addr, len);
	if (err == -EAGAIN)
		vdevfw_fail(msg, err, "guest %llu is not running: start it first", gsp->id);
	return err;
}

/*
 * What is wrong
 */

#define WATCH_PERIOD	HZ

/*
 * KVM tells nobody when a device comes to its bus, or a memory slot: so one has to look. It costs
 * some loads as long as nothing has changed, and an idle machine is not woken for it. What is found
 * is told at the second look: a region that has just stopped passing has its slot for a while.
 */
static void watch(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, watch.work);
	struct vdevfw_message msg = {};

	if (!gsp->vm)
		return;
	if ((vdevfw_vm_has_changed(gsp->vm) || gsp->suspect) &&
	    vdevfw_spaces_find_hidden(&gsp->spaces, &msg)) {
		if (gsp->suspect)
			vdevfw_events_post(&gsp->events, VDEVFW_EVENT_HIDDEN, 0, 0, msg.text);
		gsp->suspect = !gsp->suspect;
	} else {
		gsp->suspect = false;
	}
	kthread_queue_delayed_work(gsp->worker, &gsp->watch, WATCH_PERIOD);
}

void vdevfw_guest_watch_init(struct guest_system *gsp)
{
	kthread_init_work(&gsp->watch.work, watch);
	timer_setup(&gsp->watch.timer, kthread_delayed_work_timer_fn,
		    TIMER_IRQSAFE | TIMER_DEFERRABLE);
}

void vdevfw_guest_watch(struct guest_system *gsp)
{
	lockdep_assert_held(&gsp->lock);
	kthread_mod_delayed_work(gsp->worker, &gsp->watch, 0);
}
