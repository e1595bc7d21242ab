// SPDX-License-Identifier: GPL-2.0-only
/* Windows: what KVM sees of a guest's regions. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../message.h"
#include "../vdev/vdev.h"
#include "window.h"

static const unsigned int slot_shift[VDEVFW_BUSES] = {
	[VDEVFW_BUS_MEM] = VDEVFW_MEM_SHIFT,
	[VDEVFW_BUS_IO] = VDEVFW_IO_SHIFT,
};

/*
 * One window and its table
 */

static struct vdevfw_region_list *to_list(unsigned long entry)
{
	return entry & 1 ? (struct vdevfw_region_list *)(entry - 1) : NULL;
}

static void window_free(struct vdevfw_bus_device *device)
{
	struct vdevfw_window *window = to_vdevfw_window(device);
	unsigned long slot;

	for (slot = 0; slot < window->slots; slot++)
		kfree(to_list(window->slot[slot]));
	kvfree(window);
}

struct vdevfw_window *vdevfw_window_alloc(const struct vdevfw_range *range,
					  struct guest_system *gsp,
					  const struct vdevfw_faults *faults, u64 owner,
					  const char *name)
{
	unsigned int shift = slot_shift[range->bus];
	struct vdevfw_window *window;
	unsigned long slots, slot;

	slots = (vdevfw_range_last(range) >> shift) - (range->start >> shift) + 1;
	window = kvzalloc(struct_size(window, slot, slots), GFP_KERNEL_ACCOUNT);
	if (!window)
		return NULL;
	window->slots = slots;
	window->origin = (range->start >> shift) << shift;
	window->gsp = gsp;
	window->faults = faults;
	window->hole.start = range->start;
	window->hole.length = range->length;
	for (slot = 0; slot < slots; slot++)
		window->slot[slot] = (unsigned long)&window->hole;
	window->device = (struct vdevfw_bus_device) {
		.dev.ops = &vdevfw_access_ops[range->bus],
		.bus = range->bus,
		.start = range->start,
		.length = range->length,
		.owner = owner,
		.name = name,
		.free = window_free,
	};
	return window;
}

/**
 * struct span - Slots of a window, and the regions in the one that is being looked at
 * @window: The window
 * @space: Its regions
 * @slot: The present slot
 * @end: The one behind the last
 * @region: The first region that ends in the present slot or behind it
 */
struct span {
	struct vdevfw_window *window;
	const struct gasp *space;
	unsigned long slot;
	unsigned long end;
	struct vdevfw_region *region;
};

static u64 slot_start(const struct vdevfw_window *window, unsigned long slot)
{
	return max(window->origin + ((u64)slot << slot_shift[window->device.bus]),
		   window->device.start);
}

static u64 slot_last(const struct vdevfw_window *window, unsigned long slot)
{
	return min(window->origin + ((u64)(slot + 1) << slot_shift[window->device.bus]) - 1,
		   vdevfw_window_last(window));
}

static struct span span_of(struct vdevfw_window *window, const struct gasp *space, u64 first,
			   u64 last)
{
	unsigned int shift = slot_shift[window->device.bus];
	struct span span = { .window = window, .space = space };

	first = max(first, window->device.start);
	last = min(last, vdevfw_window_last(window));
	span.slot = (first - window->origin) >> shift;
	span.end = ((last - window->origin) >> shift) + 1;
	span.region = gasp_from(space, slot_start(window, span.slot));
	return span;
}

static void span_next(struct span *span)
{
	span->slot++;
	if (span->slot == span->end)
		return;
	while (span->region &&
	       vdevfw_region_last(span->region) < slot_start(span->window, span->slot))
		span->region = gasp_next(span->space, span->region);
}

/* The next region of the same slot. */
static struct vdevfw_region *next_in_slot(const struct span *span, struct vdevfw_region *region)
{
	region = region ? gasp_next(span->space, region) : span->region;
	if (!region || region->start > slot_last(span->window, span->slot))
		return NULL;
	return region;
}

static unsigned int count_in_slot(const struct span *span)
{
	struct vdevfw_region *region = NULL;
	unsigned int n = 0;

	while ((region = next_in_slot(span, region)))
		n++;
	return n;
}

static struct vdevfw_region_list *make_list(const struct span *span, unsigned int n, gfp_t gfp)
{
	struct vdevfw_region_list *list = kmalloc(struct_size(list, region, n), gfp);
	struct vdevfw_region *region = NULL;

	if (!list)
		return NULL;
	list->next = NULL;
	list->n = 0;
	while ((region = next_in_slot(span, region)))
		list->region[list->n++] = region;
	return list;
}

static void free_lists(struct vdevfw_region_list *list)
{
	struct vdevfw_region_list *next;

	for (; list; list = next) {
		next = list->next;
		kfree(list);
	}
}

/* The lists that the slots of @span need, in their order. */
static int make_lists(struct span span, struct vdevfw_region_list **lists, gfp_t gfp)
{
	struct vdevfw_region_list **end = lists;
	unsigned int n;

	*lists = NULL;
	for (; span.slot < span.end; span_next(&span)) {
		n = count_in_slot(&span);
		if (n < 2)
			continue;
		*end = make_list(&span, n, gfp);
		if (!*end) {
			free_lists(*lists);
			return -ENOMEM;
		}
		end = &(*end)->next;
	}
	return 0;
}

static void free_list(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct vdevfw_region_list, rcu));
}

static void store(struct vdevfw_window *window, struct vdevfw_vm *vm, unsigned long slot,
		  const void *target, unsigned long tag)
{
	struct vdevfw_region_list *old = to_list(window->slot[slot]);

	/* Pairs with the load in access(): what is stored is complete. */
	smp_store_release(&window->slot[slot], (unsigned long)target | tag);
	if (old)
		vdevfw_vm_defer(vm, &old->rcu, free_list);
}

int vdevfw_window_update(struct vdevfw_window *window, struct vdevfw_vm *vm,
			 const struct gasp *space, u64 first, u64 last, gfp_t gfp)
{
	struct span span = span_of(window, space, first, last);
	struct vdevfw_region_list *lists, *list;
	struct vdevfw_region *region;
	int err;

	err = make_lists(span, &lists, gfp);
	if (err)
		return err;
	for (; span.slot < span.end; span_next(&span)) {
		region = next_in_slot(&span, NULL);
		if (!region) {
			store(window, vm, span.slot, &window->hole, 0);
		} else if (!next_in_slot(&span, region)) {
			store(window, vm, span.slot, region, 0);
		} else {
			list = lists;
			lists = list->next;
			store(window, vm, span.slot, list, 1);
		}
	}
	return 0;
}

/*
 * Which windows there are to be
 */

static int order(const struct vdevfw_range *range, enum vdevfw_bus bus, u64 start)
{
	if (range->bus != bus)
		return range->bus < bus ? -1 : 1;
	return range->start < start ? -1 : range->start > start;
}

int vdevfw_windows_declare(struct vdevfw_windows *windows, const struct vdevfw_range *range,
			   struct vdevfw_message *msg)
{
	struct vdevfw_range *declared = windows->declared;
	unsigned int i, n = windows->nr_declared;

	if (n == VDEVFW_DECLARED_MAX)
		return vdevfw_fail(msg, -ENOSPC, "there are %u windows: no more can be declared",
				   n);
	for (i = 0; i < n; i++)
		if (declared[i].bus == range->bus &&
		    declared[i].start <= vdevfw_range_last(range) &&
		    range->start <= vdevfw_range_last(&declared[i]))
			return vdevfw_fail(msg, -EADDRINUSE,
					   "the window at 0x%llx-0x%llx overlaps the one at 0x%llx-0x%llx",
					   range->start, vdevfw_range_last(range),
					   declared[i].start, vdevfw_range_last(&declared[i]));
	for (; n && order(&declared[n - 1], range->bus, range->start) > 0; n--)
		declared[n] = declared[n - 1];
	declared[n] = *range;
	windows->nr_declared++;
	return 0;
}

/* The first declared window of a bus that ends at or behind @addr. */
static const struct vdevfw_range *declared_from(const struct vdevfw_windows *windows,
						enum vdevfw_bus bus, u64 addr)
{
	const struct vdevfw_range *range = windows->declared;

	for (; range < windows->declared + windows->nr_declared; range++)
		if (range->bus == bus && vdevfw_range_last(range) >= addr)
			return range;
	return NULL;
}

/* From @first on, all that touch, as far as KVM can count, and not beyond @limit. */
static u64 last_touching(const struct gasp *space, const struct vdevfw_region *first, u64 limit)
{
	const struct vdevfw_region *last = first, *next;

	while ((next = gasp_next(space, last))) {
		if (next->start != vdevfw_region_last(last) + 1 ||
		    vdevfw_region_last(next) > limit ||
		    vdevfw_region_last(next) - first->start >= INT_MAX)
			break;
		last = next;
	}
	return vdevfw_region_last(last);
}

/* The first window at or behind @addr. Its owner is the first region's, or 0. */
static bool next_range(const struct vdevfw_windows *windows, const struct gasp *space,
		       enum vdevfw_bus bus, u64 addr, struct vdevfw_range *range)
{
	const struct vdevfw_range *declared = declared_from(windows, bus, addr);
	const struct vdevfw_region *region = gasp_from(space, addr);

	if (declared && (!region || declared->start <= vdevfw_region_last(region))) {
		*range = *declared;
		return true;
	}
	if (!region)
		return false;
	range->bus = bus;
	range->start = region->start;
	range->length = last_touching(space, region, declared ? declared->start - 1 : U64_MAX) -
			region->start + 1;
	return true;
}

#define for_each_range(windows, space, bus, range, addr)			\
	for (addr = 0; next_range(windows, space, bus, addr, range);		\
	     addr = vdevfw_range_last(range) + 1)

/* Regions do not stick out of a window. */
static int check_edges(const struct gasp *space, const struct vdevfw_range *range, u64 *culprit,
		       struct vdevfw_message *msg)
{
	u64 last = vdevfw_range_last(range);
	const struct vdevfw_region *region = gasp_from(space, range->start);

	if (region && region->start >= range->start)
		region = gasp_from(space, last);
	if (!region || region->start > last ||
	    (region->start >= range->start && vdevfw_region_last(region) <= last))
		return 0;
	*culprit = to_vdevfw_vdev(region->vdev)->id;
	return vdevfw_fail(msg, -EXDEV,
			   "vdev %s: 0x%llx-0x%llx lies partly in the window at 0x%llx-0x%llx: choose a range within it, or outside",
			   region->vdev->v_factory->name, region->start,
			   vdevfw_region_last(region), range->start, last);
}

/*
 * All windows
 */

void vdevfw_windows_init(struct vdevfw_windows *windows)
{
	spin_lock_init(&windows->lock);
}

/* Room for all windows; refused before anything is built if KVM could not take them. */
static int make_room(struct vdevfw_windows *built, const struct vdevfw_windows *windows,
		     struct gasp *const spaces[VDEVFW_BUSES], u64 *culprit,
		     struct vdevfw_message *msg)
{
	unsigned int bus, n, total = 0;
	struct vdevfw_range range;
	u64 addr;
	int err;

	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		n = 0;
		for_each_range(windows, spaces[bus], bus, &range, addr) {
			err = check_edges(spaces[bus], &range, culprit, msg);
			if (err)
				return err;
			n++;
			if (vdevfw_range_last(&range) == U64_MAX)
				break;
		}
		if (n > VDEVFW_BUS_MAX)
			return vdevfw_fail(msg, -ENOSPC,
					   "the vdevs need %u windows, KVM's bus takes %u devices: let vdevs touch, or declare a window, so that they share one",
					   n, VDEVFW_BUS_MAX);
		total += n;
	}
	built->device = kvcalloc(total, sizeof(built->device[0]), GFP_KERNEL_ACCOUNT);
	return built->device ? 0 : -ENOMEM;
}

static int add_window(struct vdevfw_windows *built, struct vdevfw_vm *vm,
		      const struct gasp *space, const struct vdevfw_range *range,
		      struct guest_system *gsp, const struct vdevfw_faults *faults)
{
	struct vdevfw_region *first = gasp_from(space, range->start);
	struct vdevfw_window *window;
	u64 owner = 0;
	const char *name = NULL;

	if (first && first->start <= vdevfw_range_last(range)) {
		owner = to_vdevfw_vdev(first->vdev)->id;
		name = first->vdev->v_factory->name;
	}
	window = vdevfw_window_alloc(range, gsp, faults, owner, name);
	if (!window)
		return -ENOMEM;
	window->mapped = true;
	built->device[built->n++] = &window->device;
	return vdevfw_window_update(window, vm, space, range->start, vdevfw_range_last(range),
				    GFP_KERNEL_ACCOUNT);
}

static void free_windows(struct vdevfw_windows *built)
{
	while (built->n)
		window_free(built->device[--built->n]);
	kvfree(built->device);
	built->device = NULL;
}

static int build_windows(struct vdevfw_windows *built, const struct vdevfw_windows *windows,
			 struct vdevfw_vm *vm, struct gasp *const spaces[VDEVFW_BUSES],
			 struct guest_system *gsp, const struct vdevfw_faults *faults)
{
	struct vdevfw_range range;
	unsigned int bus;
	u64 addr;
	int err;

	for (bus = 0; bus < VDEVFW_BUSES; bus++) {
		for_each_range(windows, spaces[bus], bus, &range, addr) {
			err = add_window(built, vm, spaces[bus], &range, gsp, faults);
			if (err)
				return err;
			if (vdevfw_range_last(&range) == U64_MAX)
				break;
		}
	}
	return 0;
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
			   struct gasp *const spaces[VDEVFW_BUSES], struct guest_system *gsp,
			   const struct vdevfw_faults *faults, u64 *culprit,
			   struct vdevfw_message *msg)
{
	struct vdevfw_windows built = {};
	int err;

	*culprit = 0;
	err = make_room(&built, windows, spaces, culprit, msg);
	if (!err)
		err = build_windows(&built, windows, vm, spaces, gsp, faults);
	if (err || !built.n)
		goto free;
	err = vdevfw_vm_publish(vm, built.device, built.n, culprit, msg);
	if (err)
		goto free;
	install(windows, &built);
	return 0;

free:
	free_windows(&built);
	return err;
}

struct vdevfw_bus_device **vdevfw_windows_take(struct vdevfw_windows *windows, unsigned int *n)
{
	struct vdevfw_bus_device **taken;
	unsigned long flags;

	/* A vdev's thread may close them until its end, which comes later. */
	spin_lock_irqsave(&windows->lock, flags);
	taken = windows->device;
	*n = windows->n;
	windows->device = NULL;
	windows->n = 0;
	spin_unlock_irqrestore(&windows->lock, flags);
	return taken;
}

/*
 * Windows that come and go
 */

/* The place of the first one that ends at or behind @addr. */
static unsigned int find(const struct vdevfw_windows *windows, enum vdevfw_bus bus, u64 addr)
{
	unsigned int low = 0, high = windows->n;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct vdevfw_bus_device *device = windows->device[mid];

		if (device->bus < bus ||
		    (device->bus == bus && device->start + device->length - 1 < addr))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct vdevfw_window *vdevfw_windows_from(struct vdevfw_windows *windows, enum vdevfw_bus bus,
					  u64 addr)
{
	struct vdevfw_window *window = NULL;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&windows->lock, flags);
	i = find(windows, bus, addr);
	if (i < windows->n && windows->device[i]->bus == bus)
		window = to_vdevfw_window(windows->device[i]);
	spin_unlock_irqrestore(&windows->lock, flags);
	return window;
}

u64 vdevfw_windows_edge(struct vdevfw_windows *windows, enum vdevfw_bus bus, u64 first, u64 last)
{
	struct vdevfw_window *window = vdevfw_windows_from(windows, bus, first);
	const struct vdevfw_range *declared = declared_from(windows, bus, first);
	u64 start, end;

	if (window) {
		start = window->device.start;
		end = vdevfw_window_last(window);
	} else if (declared) {
		start = declared->start;
		end = vdevfw_range_last(declared);
	} else {
		return first;
	}
	if (start > last || (start <= first && last <= end))
		return first;
	return start > first ? start : end + 1;
}

static void set_gate(const struct vdevfw_windows *windows, struct vdevfw_window *window)
{
	bool diverted = windows->is_open && windows->diverted;

	WRITE_ONCE(window->sealed, windows->sealed);
	/* Who finds the gate closed looks at @diverted, and then at the gate once more. */
	if (diverted)
		WRITE_ONCE(window->diverted, true);
	/* Pairs with the acquire in access(): what the vdevs have set up is seen. */
	smp_store_release(&window->reach, windows->is_open && !diverted ? window->slots : 0);
	if (!diverted)
		smp_store_release(&window->diverted, false); /* pairs with closed() */
}

struct vdevfw_bus_device **vdevfw_windows_make_room(struct vdevfw_windows *windows)
{
	return kvmalloc_array(windows->n + 1, sizeof(windows->device[0]), GFP_KERNEL_ACCOUNT);
}

void vdevfw_windows_insert(struct vdevfw_windows *windows, struct vdevfw_window *window,
			   struct vdevfw_bus_device ***room)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&windows->lock, flags);
	i = find(windows, window->device.bus, window->device.start);
	memcpy(*room, windows->device, i * sizeof(**room));
	(*room)[i] = &window->device;
	memcpy(*room + i + 1, windows->device + i, (windows->n - i) * sizeof(**room));
	swap(windows->device, *room);
	windows->n++;
	set_gate(windows, window);
	spin_unlock_irqrestore(&windows->lock, flags);
}

void vdevfw_windows_remove(struct vdevfw_windows *windows, struct vdevfw_window *window)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&windows->lock, flags);
	i = find(windows, window->device.bus, window->device.start);
	windows->n--;
	memmove(&windows->device[i], &windows->device[i + 1],
		(windows->n - i) * sizeof(windows->device[0]));
	WRITE_ONCE(window->diverted, false);
	WRITE_ONCE(window->reach, 0);
	spin_unlock_irqrestore(&windows->lock, flags);
}

/*
 * Gates
 */

static void set_gates(struct vdevfw_windows *windows, bool open)
{
	unsigned int i;

	lockdep_assert_held(&windows->lock);
	windows->is_open = open && !windows->sealed;
	for (i = 0; i < windows->n; i++)
		set_gate(windows, to_vdevfw_window(windows->device[i]));
}

void vdevfw_windows_open(struct vdevfw_windows *windows)
{
	unsigned long flags;

	spin_lock_irqsave(&windows->lock, flags);
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

void vdevfw_windows_divert(struct vdevfw_windows *windows, bool divert)
{
	unsigned long flags;

	spin_lock_irqsave(&windows->lock, flags);
	windows->diverted = divert;
	set_gates(windows, windows->is_open);
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
