// SPDX-License-Identifier: GPL-2.0-only
/* The address spaces of one guest: their locks, and their life. */
#include <linux/mm.h>

#include "spaces.h"

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

void vdevfw_spaces_wake(struct vdevfw_spaces *spaces)
{
	if (wq_has_sleeper(&spaces->activated))
		wake_up_all(&spaces->activated);
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
