// SPDX-License-Identifier: GPL-2.0-only
/* Ranges of the guest's memory that vdevs take for themselves while the machine is assembled. */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "spaces.h"

static bool is_memory(struct vdevfw_spaces *spaces, u64 first, u64 last)
{
	struct vdevfw_extent memory;

	for (;;) {
		if (!vdevfw_vm_memory_from(spaces->vm, first, &memory) || memory.start > first)
			return false;
		if (memory.last >= last)
			return true;
		first = memory.last + 1;
	}
}

static int reserve(struct vdevfw_spaces *spaces, u64 addr, u64 size)
{
	struct vdevfw_region *there = gasp_from(&spaces->reserved, addr);
	struct gasp_change change = { .n = 1 };

	if (there && there->start <= addr + size - 1)
		return -EADDRINUSE;
	change.piece[0] = kzalloc(sizeof(*change.piece[0]), GFP_KERNEL_ACCOUNT);
	if (!change.piece[0])
		return -ENOMEM;
	change.piece[0]->start = addr;
	change.piece[0]->length = size;
	change.piece[0]->match = spaces->reserver;
	gasp_commit(&spaces->reserved, &change);
	return 0;
}

int gram_reserve(struct guest_system *gsp, u64 addr, u64 size)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(gsp);

	if (spaces->running)
		return -EPERM;
	if (!size || size > U32_MAX || addr + size - 1 < addr)
		return -EINVAL;
	if (!is_memory(spaces, addr, addr + size - 1))
		return -ENXIO;
	return reserve(spaces, addr, size);
}
EXPORT_SYMBOL_GPL(gram_reserve);

void vdevfw_gram_forget(struct vdevfw_spaces *spaces, u64 id)
{
	struct vdevfw_region *region, *next;

	for (region = gasp_next(&spaces->reserved, NULL); region; region = next) {
		next = gasp_next(&spaces->reserved, region);
		if (region->match != id)
			continue;
		gasp_remove(&spaces->reserved, region);
		kfree(region);
	}
}

/* Within one piece of memory, from @first to @last. */
static u64 find_lowest(const struct gasp *reserved, u64 first, u64 last, u64 size, u64 align)
{
	const struct vdevfw_region *there;
	u64 at = ALIGN(first, align);

	while (at >= first && at <= last && size - 1 <= last - at) {
		there = gasp_from(reserved, at);
		if (!there || there->start > at + size - 1)
			return at;
		first = vdevfw_region_last(there) + 1;
		at = ALIGN(first, align);
	}
	return QSL_NO_LOCATION;
}

static u64 find_highest(const struct gasp *reserved, u64 first, u64 last, u64 size, u64 align)
{
	const struct vdevfw_region *there;
	u64 at;

	while (first <= last && size - 1 <= last - first) {
		at = ALIGN_DOWN(last - size + 1, align);
		if (at < first)
			break;
		there = gasp_from(reserved, at);
		if (!there || there->start > at + size - 1)
			return at;
		if (there->start <= first)
			break;
		last = there->start - 1;
	}
	return QSL_NO_LOCATION;
}

static bool is_wanted(const struct vdevfw_extent *memory, unsigned int flags)
{
	return flags & (memory->readonly ? GRAM_HINT_ROM : GRAM_HINT_RAM);
}

static u64 find(struct vdevfw_spaces *spaces, u64 size, u64 align, unsigned int flags, u64 start,
		u64 end)
{
	bool top = flags & GRAM_HINT_ALIGN_TOP;
	u64 best = QSL_NO_LOCATION, at = start, found;
	struct vdevfw_extent memory;

	while (at <= end && vdevfw_vm_memory_from(spaces->vm, at, &memory) && memory.start <= end) {
		if (is_wanted(&memory, flags)) {
			found = (top ? find_highest : find_lowest)(&spaces->reserved,
								   max(memory.start, start),
								   min(memory.last, end), size,
								   align);
			if (found != QSL_NO_LOCATION)
				best = found;
			if (best != QSL_NO_LOCATION && !top)
				break;
		}
		at = memory.last + 1;
		if (!at)
			break;
	}
	return best;
}

u64 gram_find_free_range(struct guest_system *gsp, u64 size, u64 align, unsigned int flags,
			 u64 start, u64 end)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(gsp);
	u64 addr;

	if (spaces->running || !size || size > U32_MAX || !is_power_of_2(align) ||
	    flags & ~(GRAM_HINT_RAM | GRAM_HINT_ROM | GRAM_HINT_ALIGN_TOP))
		return QSL_NO_LOCATION;
	if (!(flags & (GRAM_HINT_RAM | GRAM_HINT_ROM)))
		flags |= GRAM_HINT_RAM;
	addr = find(spaces, size, align, flags, start, end);
	if (addr != QSL_NO_LOCATION && reserve(spaces, addr, size))
		return QSL_NO_LOCATION;
	return addr;
}
EXPORT_SYMBOL_GPL(gram_find_free_range);

u64 gram_find_free(struct guest_system *gsp, u64 size, u64 align, unsigned int flags)
{
	return gram_find_free_range(gsp, size, align, flags, 0, U64_MAX);
}
EXPORT_SYMBOL_GPL(gram_find_free);
