// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of passing.c and regions.c against a kernel of our own: a list of regions, and KVM's memory slots.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libvdevfw.h>

#include "ktap.h"
#include "layout.h"
#include "machine.h"
#include "passing.h"

#define VM	1000
#define FIRST	3
#define SLOTS	64
#define READ	VDEVFW_REGION_PASS_READ
#define WRITE	(VDEVFW_REGION_PASS_READ | VDEVFW_REGION_PASS_WRITE)

/* ---- the kernel ---- */

static struct {
	int guest; /* a file with pages */
	struct vdevfw_region_entry regions[SLOTS];
	uint32_t count;
	int error; /* that REGIONS gives */
	uint32_t more; /* regions that come as soon as somebody knows how many there are */
	int refuses; /* that KVM gives for a new slot */
	unsigned int mapped, calls, mistakes;
	struct slot {
		bool readonly;
		uint64_t start, size;
		void *host;
	} slots[FIRST + SLOTS];
} kernel;

int vdevfw_guest_regions(int guest, uint32_t only, struct vdevfw_region_entry *regions,
			 uint32_t count, uint32_t *out_count, struct vdevfw_error *error)
{
	*error = (struct vdevfw_error){ .code = kernel.error, .text = "no words" };
	*out_count = kernel.count;
	if (guest != kernel.guest || only != READ)
		kernel.mistakes++;
	if (kernel.error)
		return kernel.error;
	if (!count) {
		kernel.count += kernel.more;
		kernel.more = 0;
		return 0;
	}
	if (count < kernel.count)
		return error->code = -EMSGSIZE;
	memcpy(regions, kernel.regions, kernel.count * sizeof(*regions));
	return 0;
}

int vdevfw_guest_mapped(int guest, struct vdevfw_error *error)
{
	(void)error;
	kernel.mapped += guest == kernel.guest;
	return 0;
}

static bool is_taken(uint64_t start, uint64_t size)
{
	const struct slot *slot;

	for (slot = kernel.slots; slot < kernel.slots + FIRST + SLOTS; slot++)
		if (slot->size && start < slot->start + slot->size && slot->start < start + size)
			return true;
	return false;
}

int machine_set_slot(int vm, uint32_t number, bool readonly, uint64_t start, uint64_t size,
		     void *host)
{
	struct slot *slot = &kernel.slots[number];

	kernel.calls++;
	/* One that is filled can only be emptied, one that is empty only be filled. */
	if (vm != VM || number < FIRST || number >= FIRST + SLOTS || !slot->size != !!size) {
		kernel.mistakes++;
		return -EINVAL;
	}
	if (size && kernel.refuses)
		return kernel.refuses;
	if (size && is_taken(start, size)) {
		kernel.mistakes++;
		return -EEXIST;
	}
	*slot = (struct slot){ readonly, start, size, host };
	return 0;
}

/* ---- the tests ---- */

/* What region @n is from now on: @pages pages from @page on, at page @place of the guest's. */
static void set_region(uint32_t n, uint64_t place, uint64_t pages, uint64_t page, uint32_t flags)
{
	kernel.regions[n] = (struct vdevfw_region_entry){
		.start = place * PAGE_BYTES,
		.length = pages * PAGE_BYTES,
		.vdev = 1,
		.offset = page * PAGE_BYTES,
		.flags = flags,
	};
	if (kernel.count <= n)
		kernel.count = n + 1;
}

/* Whether the one slot at @region's place is as it should be, down to the byte that is in its first page. */
static bool has_slot(const struct vdevfw_region_entry *region)
{
	const struct slot *slot;

	for (slot = kernel.slots; slot < kernel.slots + FIRST + SLOTS; slot++)
		if (slot->size && slot->start == region->start)
			return slot->size == region->length &&
			       slot->readonly == !(region->flags & VDEVFW_REGION_PASS_WRITE) &&
			       *(uint8_t *)slot->host == 1 + region->offset / PAGE_BYTES;
	return false;
}

static unsigned int count_slots(void)
{
	unsigned int i, count = 0;

	for (i = 0; i < FIRST + SLOTS; i++)
		count += !!kernel.slots[i].size;
	return count;
}

/* Follows, with @calls of KVM; then all regions have a slot, and nothing else has. */
static void follow(struct passing *passing, unsigned int calls, const char *name)
{
	unsigned int before = kernel.calls, told = kernel.mapped;
	bool good = true;
	uint32_t i;

	passing_follow(passing);
	for (i = 0; i < kernel.count; i++)
		good &= has_slot(&kernel.regions[i]);
	ktap_case(good && count_slots() == kernel.count && kernel.calls - before == calls &&
		  kernel.mapped == told + 1 && !kernel.mistakes, name,
		  "%u slots for %u regions, %u calls, %u mistakes", count_slots(), kernel.count,
		  kernel.calls - before, kernel.mistakes);
}

/* What is said on standard error meanwhile. */
static void follow_listening(struct passing *passing, char *said, size_t size)
{
	int pipes[2], stderr_fd = dup(STDERR_FILENO);
	ssize_t len = 0;

	if (stderr_fd >= 0 && pipe(pipes) == 0) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[1]);
		passing_follow(passing);
		dup2(stderr_fd, STDERR_FILENO);
		len = read(pipes[0], said, size - 1);
		close(pipes[0]);
	}
	close(stderr_fd);
	said[len > 0 ? len : 0] = 0;
}

/* Follows, which leaves @slots slots, and says @warning. */
static void follow_without(struct passing *passing, unsigned int slots, const char *warning,
			   const char *name)
{
	char said[512];

	follow_listening(passing, said, sizeof(said));
	ktap_case(count_slots() == slots && !strcmp(said, warning) && !kernel.mistakes, name,
		  "%u slots, %u mistakes, \"%s\"", count_slots(), kernel.mistakes, said);
}

static void test_changes(struct passing *passing)
{
	uint32_t i;

	follow(passing, 0, "no region");
	set_region(0, 16, 1, 5, READ);
	set_region(1, 32, 2, 6, WRITE);
	follow(passing, 2, "the first regions: one is read, one is written, too");
	follow(passing, 0, "nothing has changed");
	kernel.regions[0].flags |= VDEVFW_REGION_ACTIVE;
	kernel.regions[0].cookie = 7;
	follow(passing, 0, "nothing that a slot has to do with");
	set_region(1, 32, 2, 6, READ);
	follow(passing, 2, "one can no longer be written");
	set_region(1, 32, 1, 6, READ);
	follow(passing, 2, "one is shorter");
	set_region(1, 32, 1, 7, READ);
	follow(passing, 2, "one has another page");
	set_region(0, 31, 2, 1, READ);
	set_region(1, 33, 1, 7, READ);
	follow(passing, 4, "one reaches into where another one was");
	kernel.count = 0;
	follow(passing, 2, "all are gone");
	for (i = 0; i < SLOTS; i++)
		set_region(i, 2 * i, 1, i, READ);
	follow(passing, SLOTS, "as many as there may be");
	set_region(4, 9, 1, 0, READ);
	kernel.count--;
	follow(passing, 3, "one goes, one moves to the place behind");
}

static void test_failures(struct passing *passing)
{
	kernel.count = 0;
	follow(passing, SLOTS - 1, "all are gone again");
	kernel.refuses = -EINVAL;
	set_region(0, 16, 1, 5, READ);
	follow_without(passing, 0,
		       "vdevctl: warning: accesses at 0x10000-0x10fff trap instead of passing: "
		       "KVM refuses a memory slot: Invalid argument\n", "KVM refuses a slot");
	follow_without(passing, 0, "", "that is told once");
	kernel.refuses = 0;
	set_region(0, 16, 1, 6, READ);
	follow(passing, 1, "it does not refuse what has changed");
	kernel.error = -ENOMEM;
	follow_without(passing, 0, "vdevctl: warning: regions trap instead of passing: no words\n",
		       "who cannot ask has no slots");
	kernel.error = 0;
	follow(passing, 1, "who can ask again has");
	kernel.error = -ESHUTDOWN;
	follow_without(passing, 1, "", "a guest that ends keeps its slots");
	kernel.error = 0;
	set_region(1, 20, 1, 1, READ);
	kernel.regions[1].offset++;
	follow_without(passing, 1,
		       "vdevctl: warning: accesses at 0x14000-0x14fff trap instead of passing: "
		       "its pages cannot be mapped: Invalid argument\n",
		       "pages that cannot be mapped");
	kernel.count = 1;
	follow(passing, 0, "they are not asked for any more");
	set_region(3, 40, 1, 1, READ);
	set_region(1, 20, 1, 2, READ);
	set_region(2, 30, 1, 3, READ);
	kernel.count = 1;
	kernel.more = 3;
	follow(passing, 3, "regions come while they are counted");
}

/* Each page of the guest's file begins with a byte of its own. */
static bool make_guest(void)
{
	unsigned int page;
	uint8_t byte;

	kernel.guest = memfd_create("guest", MFD_CLOEXEC);
	for (page = 0; kernel.guest >= 0 && page < SLOTS + 8; page++) {
		byte = 1 + page;
		if (pwrite(kernel.guest, &byte, 1, page * PAGE_BYTES) != 1)
			return false;
	}
	return kernel.guest >= 0 && ftruncate(kernel.guest, (SLOTS + 8) * PAGE_BYTES) == 0;
}

int main(void)
{
	struct passing passing;

	ktap_begin(22);
	ktap_case(make_guest(), "pages", "%s", strerror(errno));
	passing_start(&passing, VM, kernel.guest, FIRST, -1);
	test_changes(&passing);
	test_failures(&passing);
	passing_end(&passing);
	passing_end(&passing);
	return ktap_end();
}
