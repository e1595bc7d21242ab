// SPDX-License-Identifier: GPL-2.0-only
/* What is where in a guest's spaces, what is free, and what is hidden. */
#include <linux/mm.h>

#include "../message.h"
#include "../vdev/vdev.h"
#include "spaces.h"

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
 * Looking
 */

/* Of a space that is closed, nothing is left to be seen: the VM may be gone. */
static bool memory_from(struct vdevfw_spaces *spaces, u64 addr, struct vdevfw_extent *memory)
{
	return !spaces->space[VDEVFW_BUS_MEM].closed &&
	       vdevfw_vm_memory_from(spaces->vm, addr, memory);
}

bool vdevfw_spaces_is_mapped(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr)
{
	struct vdevfw_window *window = vdevfw_windows_from(&spaces->windows, bus, addr);

	return window && window->mapped && window->device.start <= addr;
}

/* Whether accesses meet @region as it is described. */
static bool is_active(struct vdevfw_spaces *spaces, const struct vdevfw_region *region)
{
	enum vdevfw_bus bus = vdevfw_bus_of(region->type);
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
	if (bus == VDEVFW_BUS_MEM && memory_from(spaces, addr, &memory)) {
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
	if (bus == VDEVFW_BUS_MEM && memory_from(spaces, addr, &memory))
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
	const struct gasp *gasp = &spaces->space[bus].gasp;
	const struct vdevfw_region *region = gasp_from(gasp, min_addr);
	u64 limit = VDEVFW_PORTS, last, next = min_addr, at;
	bool taken;

	if (spaces->space[bus].closed)
		return QSL_NO_LOCATION;
	if (bus == VDEVFW_BUS_MEM)
		limit = BIT_ULL(vdevfw_vm_address_bits(spaces->vm));
	last = min(max_addr, limit - 1);
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
