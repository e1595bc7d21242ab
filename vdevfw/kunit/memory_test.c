// SPDX-License-Identifier: GPL-2.0-only
/* Tests of space/memory.c: copies and mappings of guest memory, on a fake of it. */
#include <linux/io.h>
#include <linux/mm.h>

#include <vdevfw/gasp.h>

#include "../space/memory.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define RAM	0x10000	/* two slots, of 4 and 2 pages */
#define MORE	0x14000
#define ROM	0x20000	/* one page */

/* What each of the tests has. */
struct memory_bed {
	struct guest_system *gsp;
	vdev_t *vdp;
	u8 *ram;
	u8 *more;
	u8 *rom;
};

static struct memory_bed set_up(struct kunit *test)
{
	struct memory_bed bed = { .gsp = testbed_guest(test, 0) };
	struct probe *probe = probe_add(test, "a");
	unsigned int i;

	fake_kvm_add_pages(0, RAM, 4, false, &bed.ram);
	fake_kvm_add_pages(0, MORE, 2, false, &bed.more);
	fake_kvm_add_pages(0, ROM, 1, true, &bed.rom);
	for (i = 0; i < 4 * PAGE_SIZE; i++)
		bed.ram[i] = i * 7 + (i >> PAGE_SHIFT);
	testbed_must_add(test, bed.gsp, "a", OPTIONS("loc=0xfa000000"));
	bed.vdp = probe->vdp;
	return bed;
}

/*
 * Copies
 */

static void a_copy_crosses_pages_and_slots(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 *data = kunit_kzalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, RAM + 5, data, 2 * PAGE_SIZE), 0);
	KUNIT_EXPECT_MEMEQ(test, data, bed.ram + 5, 2 * PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));

	memset(data, 0x5a, 3 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, gasp_write(bed.vdp, MORE - 3, data, PAGE_SIZE), 0);
	KUNIT_EXPECT_MEMEQ(test, bed.ram + 4 * PAGE_SIZE - 3, data, 3);
	KUNIT_EXPECT_MEMEQ(test, bed.more, data, PAGE_SIZE - 3);
	KUNIT_EXPECT_EQ(test, bed.more[PAGE_SIZE - 3], 0);
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, MORE - 1));
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, MORE));
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, MORE + PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, MORE - PAGE_SIZE - 1));
}

static void a_copy_stops_where_there_is_no_memory(struct kunit *test)
{
	const u64 end = MORE + 2 * PAGE_SIZE;
	struct memory_bed bed = set_up(test);
	u8 data[16];

	memset(data, 0x5a, sizeof(data));
	bed.more[2 * PAGE_SIZE - 1] = 0x33;
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, end - 1, data, 2), -EFAULT);
	KUNIT_EXPECT_EQ(test, data[0], 0x33);
	KUNIT_EXPECT_EQ(test, data[1], 0x5a);
	KUNIT_EXPECT_EQ(test, gasp_write(bed.vdp, end - 4, data, 8), -EFAULT);
	KUNIT_EXPECT_MEMEQ(test, bed.more + 2 * PAGE_SIZE - 4, data, 4);
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, end, data, 1), -EFAULT);
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, 0, data, 1), -EFAULT);
}

static void a_copy_that_overflows_does_nothing(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 data[16] = {};

	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, U64_MAX, data, 2), -EFAULT);
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, U64_MAX - 15, data, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, gasp_write(bed.vdp, RAM, data, SIZE_MAX - RAM + 2), -EFAULT);
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, 0, data, 0), 0);
}

static void read_only_memory_is_not_written_to(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 data[4] = { 1 };

	KUNIT_EXPECT_EQ(test, gasp_write(bed.vdp, ROM, data, 4), -EROFS);
	KUNIT_EXPECT_EQ(test, bed.rom[0], 0);
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, ROM, data, 4), 0);
	KUNIT_EXPECT_EQ(test, data[0], 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_vdma(bed.vdp, PROT_READ | PROT_WRITE, ROM, 4)),
			-EROFS);
}

static void who_must_not_touch_memory_gets_the_reason(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 byte = 0;

	fake_kvm.memory_error = -EXDEV;
	KUNIT_EXPECT_EQ(test, gasp_read(bed.vdp, RAM, &byte, 1), -EXDEV);
	KUNIT_EXPECT_EQ(test, gasp_write(bed.vdp, RAM, &byte, 1), -EXDEV);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_sys(bed.gsp, PROT_READ, RAM, 1)), -EXDEV);
	fake_kvm.memory_error = 0;
}

/*
 * Mappings
 */

static void a_mapping_is_the_guests_memory(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 *map;

	map = gasp_map_vdma(bed.vdp, PROT_READ | PROT_WRITE, RAM + 100, 5 * PAGE_SIZE);
	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 6);
	KUNIT_EXPECT_TRUE(test, gasp_map_valid(bed.gsp, map));
	KUNIT_EXPECT_MEMEQ(test, map, bed.ram + 100, 4 * PAGE_SIZE - 100);
	map[4 * PAGE_SIZE - 100] = 0x77;
	KUNIT_EXPECT_EQ(test, bed.more[0], 0x77);
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));
	gasp_unmap(bed.gsp, map, 5 * PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);
	KUNIT_EXPECT_FALSE(test, gasp_map_valid(bed.gsp, map));
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, RAM));
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, MORE + PAGE_SIZE));
}

static void a_read_only_mapping_makes_nothing_dirty(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 *map = gasp_map_sys(bed.gsp, PROT_READ, RAM, 1);

	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	gasp_map_dirty(bed.gsp, map, 0, 1);
	gasp_unmap(bed.gsp, map, 1, 0);
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));
}

static void what_a_vdev_has_written_becomes_dirty_at_once(struct kunit *test)
{
	const size_t len = 4 * PAGE_SIZE - 10;
	struct memory_bed bed = set_up(test);
	u8 *map = gasp_map_vdma(bed.vdp, PROT_WRITE, RAM + 10, len);

	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	gasp_map_dirty(bed.gsp, map, PAGE_SIZE - 11, 2);
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, RAM));
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, RAM + PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM + 2 * PAGE_SIZE));
	gasp_map_dirty(bed.gsp, map, 0, 0);
	gasp_map_dirty(bed.gsp, map, 0, len + 1);
	gasp_map_dirty(bed.gsp, map, len, 1);
	gasp_map_dirty(bed.gsp, map, SIZE_MAX, 2);
	gasp_map_dirty(bed.gsp, map, 2, SIZE_MAX);
	gasp_map_dirty(bed.gsp, map + 1, 0, 1);
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));
	gasp_map_dirty(bed.gsp, map, 0, len);
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, RAM + 3 * PAGE_SIZE));
}

static void a_long_mapping_becomes_dirty_as_a_whole(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	unsigned int i, slot;
	u8 *memory, *map;

	/* What is one piece for the guest: more pages than are marked at once. */
	fake_kvm_remove_memory(0, RAM);
	fake_kvm_remove_memory(0, MORE);
	fake_kvm_remove_memory(0, ROM);
	for (slot = 0; slot < FAKE_KVM_SLOTS; slot++)
		fake_kvm_add_pages(0, slot * 64 * PAGE_SIZE, 64, false, &memory);
	map = gasp_map_vdma(bed.vdp, PROT_WRITE, 0, FAKE_KVM_SLOTS * 64 * PAGE_SIZE);
	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	gasp_map_dirty(bed.gsp, map, 1, FAKE_KVM_SLOTS * 64 * PAGE_SIZE - 1);
	for (i = 0; i < FAKE_KVM_SLOTS * 64; i++)
		KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, i * PAGE_SIZE));
}

static void a_mapping_is_revoked_and_can_still_be_read(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 *map = gasp_map_vdma(bed.vdp, PROT_READ | PROT_WRITE, RAM, 2 * PAGE_SIZE);
	u8 first = bed.ram[0];

	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	fake_kvm_replace_memory(0, RAM);
	KUNIT_EXPECT_FALSE(test, gasp_map_valid(bed.gsp, map));
	KUNIT_EXPECT_EQ(test, map[0], first);
	map[0] = 1;
	gasp_map_dirty(bed.gsp, map, 0, 1);
	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));
	fake_kvm_remove_memory(0, RAM);
	KUNIT_EXPECT_FALSE(test, gasp_map_valid(bed.gsp, map));
	KUNIT_EXPECT_EQ(test, map[0], 1);
	gasp_unmap(bed.gsp, map, 2 * PAGE_SIZE, 0);
}

static void a_contiguous_mapping_may_be_shorter(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u64 addr = RAM + 8, want = virt_to_phys(bed.ram) + 8;
	size_t len = 6 * PAGE_SIZE - 8, all = len;
	bool luck = bed.more == bed.ram + 4 * PAGE_SIZE;
	u8 *map;

	map = gasp_map_contig(bed.vdp, PROT_READ, &addr, &len);
	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_EXPECT_EQ(test, addr, want);
	KUNIT_EXPECT_EQ(test, len, luck ? all : 4 * PAGE_SIZE - 8);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, luck ? 6 : 4);
	KUNIT_EXPECT_MEMEQ(test, map, bed.ram + 8, 4 * PAGE_SIZE - 8);
	gasp_unmap(bed.gsp, map, len, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);

	addr = RAM - 1;
	len = 2;
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_contig(bed.vdp, PROT_READ, &addr, &len)), -EFAULT);
	KUNIT_EXPECT_EQ(test, addr, RAM - 1);
	KUNIT_EXPECT_EQ(test, len, 2);
}

static const struct refusal_case {
	const char *name;
	int prot;
	u64 gpa;
	size_t len;
	int err;
} refusal_cases[] = {
	{ "no prot", 0, RAM, 1, -EINVAL },
	{ "execute", PROT_READ | PROT_EXEC, RAM, 1, -EINVAL },
	{ "unknown", 0x100 | PROT_READ, RAM, 1, -EINVAL },
	{ "empty", PROT_READ, RAM, 0, -EINVAL },
	{ "long", PROT_READ, RAM, GASP_MAP_MAX + 1, -E2BIG },
	{ "long for its place", PROT_READ, RAM + 1, GASP_MAP_MAX, -E2BIG },
	{ "as long as can be, without memory", PROT_READ, RAM, GASP_MAP_MAX, -EFAULT },
	{ "longest", PROT_READ, RAM, SIZE_MAX, -E2BIG },
	{ "overflow", PROT_READ, U64_MAX, 2, -EFAULT },
	{ "last byte", PROT_READ, U64_MAX, 1, -EFAULT },
	{ "hole behind", PROT_READ, MORE, 2 * PAGE_SIZE + 1, -EFAULT },
	{ "read-only", PROT_WRITE, ROM, 1, -EROFS },
};

KUNIT_ARRAY_PARAM_DESC(refusal, refusal_cases, name);

static void what_cannot_be_mapped_is_refused(struct kunit *test)
{
	const struct refusal_case *c = test->param_value;
	struct memory_bed bed = set_up(test);
	size_t len = c->len;
	u64 addr = c->gpa;

	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_vdma(bed.vdp, c->prot, c->gpa, c->len)), c->err);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_sys(bed.gsp, c->prot, c->gpa, c->len)), c->err);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_contig(bed.vdp, c->prot, &addr, &len)), c->err);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);
}

static void what_is_no_mapping_stays_as_it_is(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	u8 *map = gasp_map_vdma(bed.vdp, PROT_WRITE, RAM + 4, 100);

	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	gasp_unmap(bed.gsp, map + 1, 100, 0);
	gasp_unmap(bed.gsp, map, 99, 0);
	gasp_unmap(bed.gsp, NULL, 100, 0);
	gasp_unmap(bed.gsp, ERR_PTR(-EFAULT), 100, 0);
	gasp_unmap(bed.gsp, bed.ram, 100, 0);
	KUNIT_EXPECT_TRUE(test, gasp_map_valid(bed.gsp, map));
	KUNIT_EXPECT_FALSE(test, gasp_map_valid(bed.gsp, map + 1));
	gasp_unmap(bed.gsp, map, 100, 0);
	gasp_unmap(bed.gsp, map, 100, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);
}

static void another_guests_mapping_is_none(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	struct guest_system *other = testbed_guest(test, 1);
	u8 *map = gasp_map_vdma(bed.vdp, PROT_WRITE, RAM, 100);

	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_EXPECT_FALSE(test, gasp_map_valid(other, map));
	gasp_unmap(other, map, 100, 0);
	KUNIT_EXPECT_TRUE(test, gasp_map_valid(bed.gsp, map));
}

static void a_limit_is_reported(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	struct vdevfw_event event = {};

	fake_kvm.pin_limit = 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_vdma(bed.vdp, PROT_READ, RAM, PAGE_SIZE + 1)),
			-ENOBUFS);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&bed.gsp->events, VDEVFW_EVENT_LOG, &event), 1);
	EXPECT_SAYS(test, (char *)event.text, "the fake allows 1 pages");
}

static void mappings_are_counted(struct kunit *test)
{
	struct memory_bed bed = set_up(test);
	struct vdevfw_event event = {};
	unsigned int i;
	u8 *map = NULL;

	for (i = 0; i < VDEVFW_MAPPINGS_MAX; i++) {
		map = gasp_map_vdma(bed.vdp, PROT_READ, RAM, 1);
		KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	}
	KUNIT_EXPECT_EQ(test, PTR_ERR(gasp_map_vdma(bed.vdp, PROT_READ, RAM, 1)), -ENOSPC);
	testbed_count_events(&bed.gsp->events, VDEVFW_EVENT_LOG, &event);
	EXPECT_SAYS(test, (char *)event.text, "4096 mappings");
	gasp_unmap(bed.gsp, map, 1, 0);
	map = gasp_map_sys(bed.gsp, PROT_READ, RAM, 1);
	KUNIT_EXPECT_FALSE(test, IS_ERR(map));
}

/*
 * The end
 */

static struct {
	struct guest_system *gsp;
	u8 *map;
	bool readable;
} last;

static int read_at_the_end(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_TERMINATE)
		last.readable = last.map[0] == 0x42 && gasp_map_valid(last.gsp, last.map);
	return 0;
}

static void what_is_left_is_unmapped_after_the_end(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	u8 *ram, *map;

	probe->on_control = read_at_the_end;
	fake_kvm_add_pages(0, RAM, 1, false, &ram);
	ram[0] = 0x42;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	last.gsp = gsp;
	last.readable = false;
	last.map = gasp_map_vdma(probe->vdp, PROT_WRITE, RAM, 1);
	map = gasp_map_sys(gsp, PROT_READ, RAM, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(last.map) || IS_ERR(map));
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_TRUE(test, last.readable);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, RAM));
	KUNIT_EXPECT_EQ(test, gsp->memory.count, 0);
	last.map = NULL;
}

static int map_and_refuse(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl != VDEV_CTRL_OPTIONS_END)
		return 0;
	last.map = gasp_map_vdma(vdp, PROT_WRITE, RAM, 1);
	return -EIO;
}

static void a_vdev_that_is_not_taken_leaves_no_mapping(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	u8 *ram;

	probe->on_control = map_and_refuse;
	fake_kvm_add_pages(0, RAM, 1, false, &ram);
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0"), NULL, NULL), -EIO);
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(last.map));
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);
}

static bool map_with_failures(struct kunit *test, void *arg)
{
	struct memory_bed *bed = arg;
	bool failed;
	u8 *map;

	testbed_start_failing();
	map = gasp_map_vdma(bed->vdp, PROT_READ | PROT_WRITE, RAM, 2 * PAGE_SIZE);
	failed = testbed_stop_failing();
	if (!IS_ERR(map))
		gasp_unmap(bed->gsp, map, 2 * PAGE_SIZE, 0);
	else
		KUNIT_EXPECT_EQ(test, PTR_ERR(map), -ENOMEM);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 0);
	return failed;
}

static void a_mapping_is_all_or_nothing(struct kunit *test)
{
	struct memory_bed bed = set_up(test);

	testbed_fail_each_allocation(test, map_with_failures, &bed);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_copy_crosses_pages_and_slots),
	KUNIT_CASE(a_copy_stops_where_there_is_no_memory),
	KUNIT_CASE(a_copy_that_overflows_does_nothing),
	KUNIT_CASE(read_only_memory_is_not_written_to),
	KUNIT_CASE(who_must_not_touch_memory_gets_the_reason),
	KUNIT_CASE(a_mapping_is_the_guests_memory),
	KUNIT_CASE(a_read_only_mapping_makes_nothing_dirty),
	KUNIT_CASE(what_a_vdev_has_written_becomes_dirty_at_once),
	KUNIT_CASE(a_long_mapping_becomes_dirty_as_a_whole),
	KUNIT_CASE(a_mapping_is_revoked_and_can_still_be_read),
	KUNIT_CASE(a_contiguous_mapping_may_be_shorter),
	KUNIT_CASE_PARAM(what_cannot_be_mapped_is_refused, refusal_gen_params),
	KUNIT_CASE(what_is_no_mapping_stays_as_it_is),
	KUNIT_CASE(another_guests_mapping_is_none),
	KUNIT_CASE(a_limit_is_reported),
	KUNIT_CASE(mappings_are_counted),
	KUNIT_CASE(what_is_left_is_unmapped_after_the_end),
	KUNIT_CASE(a_vdev_that_is_not_taken_leaves_no_mapping),
	KUNIT_CASE(a_mapping_is_all_or_nothing),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-memory",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
