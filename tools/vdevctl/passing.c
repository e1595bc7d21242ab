// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory slots for the regions that pass: each of them has one, in which the pages are that
 * the vdev gave it. What changes there vanishes first and comes anew, all at once; in between
 * the guest's accesses trap, and so do those to a region for which there is no slot: the kernel then
 * gives them what is in the page.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "failure.h"
#include "machine.h"
#include "passing.h"
#include "regions.h"

/* Among the flags of a region: nothing is left to do for it. */
#define SETTLED (1u << 31)

struct passing_slot {
	struct vdevfw_region_entry region; /* of length 0: the slot is empty */
	void *host;			   /* NULL: the region could not have one */
};

static bool is_writable(const struct vdevfw_region_entry *region)
{
	return region->flags & VDEVFW_REGION_PASS_WRITE;
}

static uint32_t number_of(const struct passing *passing, const struct passing_slot *slot)
{
	return passing->first + (slot - passing->slots);
}

static void warn(const struct passing *passing, const struct vdevfw_region_entry *region,
		 const char *reason, int err)
{
	say(passing->stop,
	    "vdevctl: warning: accesses at 0x%llx-0x%llx trap instead of passing: %s: %s\n",
	    (unsigned long long)region->start,
	    (unsigned long long)(region->start + region->length - 1), reason, strerror(-err));
}

/* ---- one slot ---- */

static void empty_slot(const struct passing *passing, struct passing_slot *slot)
{
	if (slot->host) {
		machine_set_slot(passing->vm, number_of(passing, slot), false, slot->region.start,
				 0, NULL);
		munmap(slot->host, slot->region.length);
	}
	*slot = (struct passing_slot){ 0 };
}

static void *map_pages(const struct passing *passing, const struct vdevfw_region_entry *region)
{
	int access = PROT_READ | (is_writable(region) ? PROT_WRITE : 0);
	void *host = mmap(NULL, region->length, access, MAP_SHARED, passing->guest, region->offset);

	return host == MAP_FAILED ? NULL : host;
}

/* Where that is impossible, the slot remembers for which region, so that it is told once. */
static void fill_slot(const struct passing *passing, struct passing_slot *slot,
		      const struct vdevfw_region_entry *region)
{
	int err;

	*slot = (struct passing_slot){ *region, map_pages(passing, region) };
	if (!slot->host) {
		warn(passing, region, "its pages cannot be mapped", -errno);
		return;
	}
	err = machine_set_slot(passing->vm, number_of(passing, slot), !is_writable(region),
			       region->start, region->length, slot->host);
	if (!err)
		return;
	warn(passing, region, "KVM refuses a memory slot", err);
	munmap(slot->host, region->length);
	slot->host = NULL;
}

/* ---- all of them ---- */

static int compare(const void *address, const void *element)
{
	const uint64_t *start = address;
	const struct vdevfw_region_entry *region = element;

	return (*start > region->start) - (*start < region->start);
}

static struct vdevfw_region_entry *find(struct vdevfw_region_entry *regions, uint32_t count,
					uint64_t start)
{
	return count ? bsearch(&start, regions, count, sizeof(*regions), compare) : NULL;
}

static bool is_same(const struct vdevfw_region_entry *one, const struct vdevfw_region_entry *other)
{
	return one->start == other->start && one->length == other->length &&
	       one->offset == other->offset && is_writable(one) == is_writable(other);
}

/* Empties the slots of all but @regions, and settles those that have one. */
static void drop_others(struct passing *passing, struct vdevfw_region_entry *regions,
			uint32_t count)
{
	struct passing_slot *slot, *end = passing->slots + passing->room;
	struct vdevfw_region_entry *region;

	for (slot = passing->slots; slot < end; slot++) {
		if (!slot->region.length)
			continue;
		region = find(regions, count, slot->region.start);
		if (region && is_same(region, &slot->region))
			region->flags |= SETTLED;
		else
			empty_slot(passing, slot);
	}
}

/* The first empty slot from number @from on, or NULL. */
static struct passing_slot *find_empty(struct passing *passing, size_t from)
{
	struct passing_slot *slots;
	size_t room;

	while (from < passing->room && passing->slots[from].region.length)
		from++;
	if (from < passing->room)
		return &passing->slots[from];
	room = passing->room ? 2 * passing->room : 8;
	slots = realloc(passing->slots, room * sizeof(*slots));
	if (!slots)
		return NULL;
	memset(slots + passing->room, 0, (room - passing->room) * sizeof(*slots));
	passing->slots = slots;
	passing->room = room;
	return &slots[from];
}

static void add_missing(struct passing *passing, const struct vdevfw_region_entry *regions,
			uint32_t count)
{
	const struct vdevfw_region_entry *region;
	struct passing_slot *slot;
	size_t next = 0;

	for (region = regions; region < regions + count; region++) {
		if (region->flags & SETTLED)
			continue;
		slot = find_empty(passing, next);
		if (!slot) {
			warn(passing, region, "there is no room to note it", -ENOMEM);
			return;
		}
		fill_slot(passing, slot, region);
		next = slot - passing->slots + 1;
	}
}

void passing_start(struct passing *passing, int vm, int guest, uint32_t first, int stop)
{
	*passing = (struct passing){ .vm = vm, .guest = guest, .first = first, .stop = stop };
}

void passing_follow(struct passing *passing)
{
	struct vdevfw_error error;
	uint32_t count = 0;
	struct vdevfw_region_entry *regions =
		regions_read(passing->guest, VDEVFW_REGION_PASS_READ, &count, &error);

	if (!regions && error.code == -ESHUTDOWN) /* an event says why the machine ends */
		return;
	if (!regions) {
		/* What might not pass any more must not. */
		say(passing->stop, "vdevctl: warning: regions trap instead of passing: %s\n",
		    error.text);
		count = 0;
	}
	drop_others(passing, regions, count);
	add_missing(passing, regions, count);
	vdevfw_guest_mapped(passing->guest, &error);
	free(regions);
}

/* The slots go with the VM. The guest's file is closed only when nothing of it is mapped. */
void passing_end(struct passing *passing)
{
	struct passing_slot *slot, *end = passing->slots + passing->room;

	for (slot = passing->slots; slot < end; slot++)
		if (slot->host)
			munmap(slot->host, slot->region.length);
	free(passing->slots);
	passing->slots = NULL;
	passing->room = 0;
}
