// SPDX-License-Identifier: GPL-2.0-only
/* Windows: what KVM sees of a guest's regions. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../message.h"
#include "window.h"

static const unsigned int slot_shift[VDEVFW_BUSES] = {
	[VDEVFW_BUS_MEM] = VDEVFW_MEM_SHIFT,
	[VDEVFW_BUS_IO] = VDEVFW_IO_SHIFT,
};

static struct vdevfw_window *to_window(struct vdevfw_bus_device *device)
{
	return container_of(device, struct vdevfw_window, device);
}

static void window_free(struct vdevfw_bus_device *device)
{
	struct vdevfw_window *window = to_window(device);
	struct vdevfw_region_list *list, *next;

	for (list = window->lists; list; list = next) {
		next = list->next;
		kfree(list);
	}
	kvfree(window);
}

/* The last region of the window that @first begins: all that touch, as far as KVM can count. */
static struct vdevfw_region *last_touching(struct gasp *space, struct vdevfw_region *first)
{
	struct vdevfw_region *last = first, *next;

	while ((next = gasp_next(space, last))) {
		if (next->start != vdevfw_region_last(last) + 1 ||
		    vdevfw_region_last(next) - first->start >= INT_MAX)
			break;
		last = next;
	}
	return last;
}

static struct vdevfw_window *window_alloc(enum vdevfw_bus bus, const struct vdevfw_region *first,
					  const struct vdevfw_region *last)
{
	unsigned int shift = slot_shift[bus];
	struct vdevfw_window *window;
	unsigned long slots;

	slots = (vdevfw_region_last(last) >> shift) - (first->start >> shift) + 1;
	window = kvzalloc(struct_size(window, slot, slots), GFP_KERNEL_ACCOUNT);
	if (!window)
		return NULL;
	window->slots = slots;
	window->origin = (first->start >> shift) << shift;
	window->device = (struct vdevfw_bus_device) {
		.dev.ops = &vdevfw_access_ops[bus],
		.bus = bus,
		.start = first->start,
		.length = vdevfw_region_last(last) - first->start + 1,
		.owner = first->owner,
		.name = first->vdev->v_factory->name,
		.free = window_free,
	};
	return window;
}

/* The regions of one slot: those of @space from @region on that begin up to @last. */
static int fill_shared_slot(struct vdevfw_window *window, unsigned long slot, struct gasp *space,
			    struct vdevfw_region *region, u64 last)
{
	struct vdevfw_region_list *list;
	struct vdevfw_region *r;
	unsigned int n = 0;

	for (r = region; r && r->start <= last; r = gasp_next(space, r))
		n++;
	list = kmalloc(struct_size(list, region, n), GFP_KERNEL_ACCOUNT);
	if (!list)
		return -ENOMEM;
	list->n = 0;
	for (r = region; r && r->start <= last; r = gasp_next(space, r))
		list->region[list->n++] = r;
	list->next = window->lists;
	window->lists = list;
	window->slot[slot] = (unsigned long)list | 1;
	return 0;
}

static int window_fill(struct vdevfw_window *window, struct gasp *space,
		       struct vdevfw_region *region)
{
	u64 end = window->device.start + window->device.length - 1;
	unsigned int shift = slot_shift[window->device.bus];
	unsigned long slot;
	int err;

	for (slot = 0; slot < window->slots; slot++) {
		u64 slot_last = min(window->origin + ((u64)(slot + 1) << shift) - 1, end);

		if (vdevfw_region_last(region) >= slot_last) {
			window->slot[slot] = (unsigned long)region;
		} else {
			err = fill_shared_slot(window, slot, space, region, slot_last);
			if (err)
				return err;
		}
		while (region && vdevfw_region_last(region) <= slot_last)
			region = gasp_next(space, region);
	}
	return 0;
}

static unsigned int count_windows(struct gasp *space)
{
	struct vdevfw_region *region;
	unsigned int n = 0;

	for (region = gasp_next(space, NULL); region;
	     region = gasp_next(space, last_touching(space, region)))
		n++;
	return n;
}

/* Room for all windows; refused before anything is built if KVM could not take them. */
static int make_room(struct vdevfw_windows *windows, struct gasp spaces[VDEVFW_BUSES],
		     struct vdevfw_message *msg)
{
	unsigned int bus, n, total = 0;

	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		n = count_windows(&spaces[bus]);
		if (n > VDEVFW_BUS_MAX)
			return vdevfw_fail(msg, -ENOSPC,
					   "the vdevs need %u windows, KVM's bus takes %u devices: let vdevs touch, so that they share a window",
					   n, VDEVFW_BUS_MAX);
		total += n;
	}
	windows->device = kvcalloc(total, sizeof(windows->device[0]), GFP_KERNEL_ACCOUNT);
	return windows->device ? 0 : -ENOMEM;
}

static int add_window(struct vdevfw_windows *windows, enum vdevfw_bus bus, struct gasp *space,
		      struct vdevfw_region *first, const struct vdevfw_region *last)
{
	struct vdevfw_window *window = window_alloc(bus, first, last);

	if (!window)
		return -ENOMEM;
	windows->device[windows->n++] = &window->device;
	return window_fill(window, space, first);
}

static void free_windows(struct vdevfw_windows *windows)
{
	while (windows->n)
		window_free(windows->device[--windows->n]);
	kvfree(windows->device);
	windows->device = NULL;
}

static int build_windows(struct vdevfw_windows *windows, struct gasp spaces[VDEVFW_BUSES],
			 struct vdevfw_message *msg)
{
	struct vdevfw_region *first, *last;
	unsigned int bus;
	int err;

	err = make_room(windows, spaces, msg);
	if (err)
		return err;
	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		for (first = gasp_next(&spaces[bus], NULL); first;
		     first = gasp_next(&spaces[bus], last)) {
			last = last_touching(&spaces[bus], first);
			err = add_window(windows, bus, &spaces[bus], first, last);
			if (err)
				return err;
		}
	}
	return 0;
}

void vdevfw_windows_init(struct vdevfw_windows *windows)
{
	spin_lock_init(&windows->lock);
}

/* From here on they may be closed, from anywhere. */
static void install(struct vdevfw_windows *windows, const struct vdevfw_windows *built)
{
	unsigned long flags;

	spin_lock_irqsave(&windows->lock, flags);
	windows->device = built->device;
	windows->n = built->n;
	spin_unlock_irqrestore(&windows->lock, flags);
}

int vdevfw_windows_publish(struct vdevfw_windows *windows, struct vdevfw_vm *vm,
			   struct gasp spaces[VDEVFW_BUSES],
			   const struct vdevfw_faults *faults,
			   u64 *culprit, struct vdevfw_message *msg)
{
	struct vdevfw_windows built = {};
	unsigned int i;
	int err;

	*culprit = 0;
	err = build_windows(&built, spaces, msg);
	if (err || !built.n)
		goto free;
	for (i = 0; i < built.n; i++)
		to_window(built.device[i])->faults = faults;
	err = vdevfw_vm_publish(vm, built.device, built.n, culprit, msg);
	if (err)
		goto free;
	install(windows, &built);
	return 0;

free:
	free_windows(&built);
	return err;
}

void vdevfw_windows_retract(struct vdevfw_windows *windows, struct vdevfw_vm *vm)
{
	struct vdevfw_windows taken = { .device = windows->device, .n = windows->n };

	if (!taken.n)
		return;
	/* A vdev's thread may close them until its end, which comes later. */
	install(windows, &(struct vdevfw_windows) {});
	vdevfw_vm_retract(vm, taken.device, taken.n);
	kvfree(taken.device);
}

static void set_gates(struct vdevfw_windows *windows, bool open)
{
	struct vdevfw_window *window;
	unsigned int i;

	lockdep_assert_held(&windows->lock);
	for (i = 0; i < windows->n; i++) {
		window = to_window(windows->device[i]);
		/* Pairs with the acquire in access(): what the vdevs have set up is seen. */
		smp_store_release(&window->reach, open ? window->slots : 0);
	}
}

void vdevfw_windows_open(struct vdevfw_windows *windows)
{
	unsigned long flags;

	spin_lock_irqsave(&windows->lock, flags);
	if (!windows->sealed)
		set_gates(windows, true);
	spin_unlock_irqrestore(&windows->lock, flags);
}

void vdevfw_windows_close(struct vdevfw_windows *windows)
{
	unsigned long flags;

	spin_lock_irqsave(&windows->lock, flags);
	set_gates(windows, false);
	spin_unlock_irqrestore(&windows->lock, flags);
}

void vdevfw_windows_seal(struct vdevfw_windows *windows)
{
	unsigned long flags;

	spin_lock_irqsave(&windows->lock, flags);
	windows->sealed = true;
	set_gates(windows, false);
	spin_unlock_irqrestore(&windows->lock, flags);
}
