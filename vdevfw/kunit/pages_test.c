// SPDX-License-Identifier: GPL-2.0-only
/* Tests of space/pages.c and space/gram.c: memory of the guest's, and what passes as such. */
#include <linux/kthread.h>

#include <vdevfw/gasp.h>

#include "testbed.h"

#define MEM		VDEVFW_BUS_MEM
#define WINDOW		0x10000ull
#define PAGES		2
#define READ_ONLY	GRF_PASS_RD
#define WRITABLE	(GRF_PASS_RD | GRF_PASS_WR)

/**
 * struct fixture - A guest with a window, and a vdev with pages
 * @gsp: The guest
 * @probe: The vdev
 * @size: For gasp_pages_alloc(), in OPTIONS_START
 * @flags: For gasp_pages_alloc()
 * @page: What it gave
 * @work: Keeps the guest's worker busy
 * @busy: The worker has come to @work
 * @go_on: It may go on
 */
static struct fixture {
	struct guest_system *gsp;
	struct probe *probe;
	size_t size;
	unsigned int flags;
	u8 *page;
	struct kthread_work work;
	struct completion busy;
	struct completion go_on;
} fixture;

static int alloc_pages_of_probe(struct probe *probe, vdev_t *vdp, unsigned int ctrl,
				const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		fixture.page = gasp_pages_alloc(vdp, fixture.size, fixture.flags);
	return 0;
}

static struct fixture *with_pages(struct kunit *test, size_t size, unsigned int flags)
{
	struct fixture *f = &fixture;

	*f = (struct fixture) { .size = size, .flags = flags };
	f->gsp = testbed_guest(test, 0);
	KUNIT_ASSERT_EQ(test, testbed_set(test, f->gsp, OPTIONS("window=mem:0x10000,0x10000"),
					  NULL), 0);
	f->probe = probe_add_manual(test, "a");
	f->probe->on_control = alloc_pages_of_probe;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	return f;
}

static struct fixture *running(struct kunit *test, unsigned int flags)
{
	struct fixture *f = with_pages(test, PAGES * PAGE_SIZE, flags);

	KUNIT_ASSERT_FALSE(test, IS_ERR(f->page));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

/* Show the pages from @offset on. */
static int set(struct fixture *f, u32 flags, u64 start, u32 length, unsigned long offset)
{
	struct gasp_region region = {
		.flags = flags,
		.vdev = f->probe->vdp,
		.host_location = flags & GRF_PASS_RD ? (unsigned long)f->page + offset : 0,
		.guest = { .location = start, .length = length, .type = QST_MEMORY },
	};

	return gasp_region_set(f->gsp, 1, &region);
}

static struct gasp_region info(struct fixture *f, u64 addr)
{
	struct qvm_state_block block = { addr, 0x1000, QST_MEMORY };
	struct gasp_region region = {};

	gasp_region_info(f->gsp, &block, &region);
	return region;
}

struct alloc_case {
	const char *name;
	size_t size;
	unsigned int flags;
	int err;
};

static const struct alloc_case alloc_cases[] = {
	{ "a page", PAGE_SIZE, READ_ONLY, 0 },
	{ "16 MiB", 0x1000000, WRITABLE, 0 },
	{ "a page more", 0x1001000, WRITABLE, -EINVAL },
	{ "very much", SIZE_MAX & PAGE_MASK, READ_ONLY, -EINVAL },
	{ "nothing", 0, READ_ONLY, -EINVAL },
	{ "half a page", PAGE_SIZE / 2, READ_ONLY, -EINVAL },
	{ "a byte more", PAGE_SIZE + 1, READ_ONLY, -EINVAL },
	{ "no flag", PAGE_SIZE, GRF_NONE, -EINVAL },
	{ "not readable", PAGE_SIZE, GRF_PASS_WR, -EINVAL },
	{ "executable", PAGE_SIZE, GRF_PASS_ANY, -EINVAL },
	{ "another flag", PAGE_SIZE, GRF_PASS_RD | GRF_VIRT_WR, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(alloc, alloc_cases, name);

static void pages_are_made_or_refused(struct kunit *test)
{
	const struct alloc_case *c = test->param_value;
	struct fixture *f = with_pages(test, c->size, c->flags);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->page), c->err);
}

static void new_pages_are_zeroed(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);

	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(f->page, 0, PAGES * PAGE_SIZE), NULL);
}

static bool alloc_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = &fixture;
	bool failed;
	int err;

	*f = (struct fixture) { .size = PAGES * PAGE_SIZE, .flags = READ_ONLY };
	f->gsp = testbed_guest(test, 0);
	testbed_start_failing();
	err = testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL);
	failed = testbed_stop_failing();
	/* Some allocations have another way to go. */
	if (!err)
		err = PTR_ERR_OR_ZERO(f->page);
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	vdevfw_guest_destroy(f->gsp);
	return failed;
}

static void without_memory_there_are_no_pages(struct kunit *test)
{
	probe_add_manual(test, "a")->on_control = alloc_pages_of_probe;
	testbed_fail_each_allocation(test, alloc_without_memory, NULL);
}

/* Of two pages. */
struct pass_case {
	const char *name;
	unsigned int of_pages;
	u32 flags;
	u64 start;
	u32 length;
	unsigned long offset;
	int err;
};

static const struct pass_case pass_cases[] = {
	{ "all", READ_ONLY, READ_ONLY, WINDOW, 0x2000, 0, 0 },
	{ "the second page", READ_ONLY, READ_ONLY, WINDOW, 0x1000, 0x1000, 0 },
	{ "writable", WRITABLE, WRITABLE, WINDOW, 0x2000, 0, 0 },
	{ "executable", READ_ONLY, GRF_PASS_RD | GRF_PASS_EX, WINDOW, 0x1000, 0, 0 },
	{ "writes trap", WRITABLE, GRF_PASS_RD | GRF_VIRT_WR, WINDOW, 0x1000, 0, 0 },
	{ "read-only pages, writable", READ_ONLY, WRITABLE, WINDOW, 0x1000, 0, -EFAULT },
	{ "beyond the pages", READ_ONLY, READ_ONLY, WINDOW, 0x1000, 0x2000, -EFAULT },
	{ "partly beyond the pages", READ_ONLY, READ_ONLY, WINDOW, 0x2000, 0x1000, -EFAULT },
	{ "before the pages", READ_ONLY, READ_ONLY, WINDOW, 0x1000, -0x1000ul, -EFAULT },
	{ "from the middle of a page", READ_ONLY, READ_ONLY, WINDOW, 0x1000, 0x800, -EFAULT },
	{ "not at a page", READ_ONLY, READ_ONLY, WINDOW + 8, 0x1000, 0, -EDOM },
	{ "half a page", READ_ONLY, READ_ONLY, WINDOW, 0x800, 0, -EDOM },
};

KUNIT_ARRAY_PARAM_DESC(pass, pass_cases, name);

static void whole_pages_of_its_own_pass(struct kunit *test)
{
	const struct pass_case *c = test->param_value;
	struct fixture *f = running(test, c->of_pages);

	KUNIT_EXPECT_EQ(test, set(f, c->flags, c->start, c->length, c->offset), c->err);
}

static void ports_do_not_pass(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);
	struct gasp_region region = {
		.flags = READ_ONLY,
		.vdev = f->probe->vdp,
		.host_location = (unsigned long)f->page,
		.guest = { .location = 0x1000, .length = 0x1000, .type = QST_X86_IO },
	};

	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 1, &region), -EDOM);
}

static void pages_of_another_vdev_do_not_pass(struct kunit *test)
{
	struct fixture *f = with_pages(test, PAGE_SIZE, READ_ONLY);
	struct probe *other = probe_add_manual(test, "b");
	struct gasp_region region = {
		.flags = READ_ONLY,
		.host_location = (unsigned long)f->page,
		.guest = { .location = WINDOW, .length = 0x1000, .type = QST_MEMORY },
	};

	testbed_must_add(test, f->gsp, "b", NO_OPTIONS);
	region.vdev = other->vdp;
	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 1, &region), -EFAULT);
}

/*
 * Accesses that trap, where user space has made no memory slot
 */

static const int sizes[] = { 1, 2, 4, 8 };

static void describe_size(const int *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%d bytes", *size);
}
KUNIT_ARRAY_PARAM(size, sizes, describe_size);

#define VALUE	0x8877665544332211ull

static u64 low(u64 value, int len)
{
	return len == 8 ? value : value & (BIT_ULL(len * 8) - 1);
}

static void a_read_gives_what_is_in_the_page(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);
	int len = *(const int *)test->param_value;
	u64 value = 0, expected = VALUE;

	memcpy(f->page + 0x1010, &expected, 8);
	KUNIT_ASSERT_EQ(test, set(f, READ_ONLY, WINDOW, 0x2000, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, WINDOW + 0x1010, len, &value), 0);
	KUNIT_EXPECT_EQ(test, value, low(VALUE, len));
	KUNIT_EXPECT_EQ(test, f->probe->reads, 0);
}

static void a_read_may_lie_across_two_pages(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);
	int len = *(const int *)test->param_value;
	u64 value = 0, expected = VALUE;

	memcpy(f->page + 0xfff, &expected, 8);
	set(f, READ_ONLY, WINDOW, 0x2000, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, WINDOW + 0xfff, len, &value), 0);
	KUNIT_EXPECT_EQ(test, value, low(VALUE, len));
}

static void a_write_goes_to_the_page(struct kunit *test)
{
	struct fixture *f = running(test, WRITABLE);
	int len = *(const int *)test->param_value;
	u64 value = VALUE, found;

	set(f, WRITABLE, WINDOW, 0x2000, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, WINDOW + 0x1ff8, len, &value), 0);
	memcpy(&found, f->page + 0x1ff8, 8);
	KUNIT_EXPECT_EQ(test, found, low(VALUE, len));
	KUNIT_EXPECT_EQ(test, f->probe->writes, 0);
}

static void a_write_that_does_not_pass_is_dropped(struct kunit *test)
{
	struct fixture *f = running(test, WRITABLE);
	int len = *(const int *)test->param_value;
	u64 value = VALUE;

	set(f, READ_ONLY, WINDOW, 0x2000, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, WINDOW, len, &value), 0);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(f->page, 0, PAGES * PAGE_SIZE), NULL);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 0);
}

static void a_write_that_traps_goes_to_the_vdev(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);
	int len = *(const int *)test->param_value;
	u64 value = VALUE;

	set(f, GRF_PASS_RD | GRF_VIRT_WR, WINDOW, 0x2000, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, WINDOW + 8, len, &value), 0);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 1);
	KUNIT_EXPECT_EQ(test, f->probe->value, low(VALUE, len));
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(f->page, 0, PAGES * PAGE_SIZE), NULL);
}

static void what_is_left_of_a_split_shows_its_own_page(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);
	u8 value = 0;

	f->page[0x1008] = 0x5a;
	set(f, READ_ONLY, WINDOW, 0x2000, 0);
	KUNIT_ASSERT_EQ(test, set(f, GRF_NONE, WINDOW, 0x1000, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, WINDOW + 0x1008, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 0x5a);
	KUNIT_EXPECT_EQ(test, info(f, WINDOW + 0x1800).host_location,
			(unsigned long)f->page + 0x1800);
}

static void a_region_that_passes_is_split_at_pages_only(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);

	set(f, READ_ONLY, WINDOW, 0x2000, 0);
	KUNIT_EXPECT_EQ(test, set(f, GRF_NONE, WINDOW + 0x10, 0x10, 0), -EDOM);
	KUNIT_EXPECT_EQ(test, set(f, GRF_VIRT_RD, WINDOW + 0x1000, 0x800, 0), -EDOM);
	KUNIT_EXPECT_EQ(test, info(f, WINDOW).flags, READ_ONLY);
	KUNIT_EXPECT_EQ(test, info(f, WINDOW + 0x1000).flags, READ_ONLY);
}

/*
 * With user space
 */

static void keep_busy(struct kthread_work *work)
{
	complete(&fixture.busy);
	wait_for_completion(&fixture.go_on);
}

/* The guest's worker comes to nothing else until settle(). */
static void hold_worker(struct fixture *f)
{
	init_completion(&f->busy);
	init_completion(&f->go_on);
	kthread_init_work(&f->work, keep_busy);
	kthread_queue_work(f->gsp->worker, &f->work);
	wait_for_completion(&f->busy);
}

static void settle(struct fixture *f)
{
	complete(&f->go_on);
	kthread_flush_worker(f->gsp->worker);
}

static unsigned int changes(struct fixture *f)
{
	return testbed_count_events(&f->gsp->events, VDEVFW_EVENT_REGIONS, NULL);
}

static void user_space_is_told_of_each_change_of_what_passes(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);

	set(f, GRF_VIRT_RD, WINDOW + 0x4000, 0x1000, 0);
	KUNIT_EXPECT_EQ(test, changes(f), 0);
	set(f, READ_ONLY, WINDOW, 0x2000, 0);
	KUNIT_EXPECT_EQ(test, changes(f), 1);
	set(f, GRF_VIRT_RD, WINDOW, 0x1000, 0);
	KUNIT_EXPECT_EQ(test, changes(f), 2);
	set(f, GRF_NONE, WINDOW, 0x1000, 0);
	KUNIT_EXPECT_EQ(test, changes(f), 2);
	set(f, GRF_NONE, WINDOW + 0x1000, 0x1000, 0);
	KUNIT_EXPECT_EQ(test, changes(f), 3);
}

/* Before that, its memory slot would keep KVM from having the window. */
static void outside_of_windows_user_space_is_told_when_it_may_act(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);
	unsigned int early;

	hold_worker(f);
	KUNIT_ASSERT_EQ(test, set(f, READ_ONLY, 0x40000, 0x2000, 0), 0);
	early = changes(f);
	settle(f);
	KUNIT_EXPECT_EQ(test, early, 0);
	KUNIT_EXPECT_EQ(test, changes(f), 1);
}

static void what_never_came_is_no_change(struct kunit *test)
{
	struct fixture *f = running(test, READ_ONLY);

	fake_kvm.publish_error = -EBUSY;
	KUNIT_ASSERT_EQ(test, set(f, READ_ONLY, 0x40000, 0x2000, 0), 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, changes(f), 0);
}

/* The memory that user space has there, and whether the region is in effect then. */
struct slot_case {
	const char *name;
	u32 flags;
	u64 start;
	u64 length;
	bool readonly;
	bool active;
};

static const struct slot_case slot_cases[] = {
	{ "no slot", READ_ONLY, 0, 0, true, false },
	{ "as it is", READ_ONLY, WINDOW, 0x2000, true, true },
	{ "around it", READ_ONLY, WINDOW - 0x1000, 0x4000, true, true },
	{ "only half of it", READ_ONLY, WINDOW, 0x1000, true, false },
	{ "only its end", READ_ONLY, WINDOW + 0x1000, 0x1000, true, false },
	{ "writable where it is not", READ_ONLY, WINDOW, 0x2000, false, false },
	{ "read-only where it is not", WRITABLE, WINDOW, 0x2000, true, false },
	{ "writable", WRITABLE, WINDOW, 0x2000, false, true },
	{ "behind it", READ_ONLY, WINDOW + 0x2000, 0x2000, true, false },
};

KUNIT_ARRAY_PARAM_DESC(slot, slot_cases, name);

static void what_passes_is_active_with_its_memory_slot(struct kunit *test)
{
	const struct slot_case *c = test->param_value;
	struct fixture *f = running(test, WRITABLE);

	set(f, c->flags, WINDOW, 0x2000, 0);
	if (c->length)
		fake_kvm_add_memory(0, c->start, c->length, c->readonly);
	KUNIT_EXPECT_EQ(test, !!(info(f, WINDOW).flags & GRF_ACTIVE), c->active);
}

/*
 * Reserving the guest's memory, where there are
 *
 *	0x10000-0x1ffff		RAM, in two slots
 *	0x30000-0x30fff		ROM
 *	0x40000-0x40fff		RAM
 *
 * and 0x11000-0x11fff is reserved
 */

static struct guest_system *with_memory(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	fake_kvm_add_memory(0, 0x40000, 0x1000, false);
	fake_kvm_add_memory(0, 0x30000, 0x1000, true);
	fake_kvm_add_memory(0, 0x10000, 0x8000, false);
	fake_kvm_add_memory(0, 0x18000, 0x8000, false);
	KUNIT_ASSERT_EQ(test, gram_reserve(gsp, 0x11000, 0x1000), 0);
	return gsp;
}

struct reserve_case {
	const char *name;
	u64 addr;
	u64 size;
	int err;
};

static const struct reserve_case reserve_cases[] = {
	{ "the beginning", 0x10000, 0x1000, 0 },
	{ "over two slots", 0x17000, 0x2000, 0 },
	{ "ROM", 0x30000, 0x1000, 0 },
	{ "one byte", 0x40fff, 1, 0 },
	{ "what is reserved", 0x11000, 0x1000, -EADDRINUSE },
	{ "a byte that is reserved", 0x11fff, 2, -EADDRINUSE },
	{ "what touches it", 0x12000, 8, 0 },
	{ "no memory", 0x20000, 8, -ENXIO },
	{ "partly no memory", 0x1fff8, 0x10, -ENXIO },
	{ "from before the memory on", 0xfff8, 0x10, -ENXIO },
	{ "over a hole", 0x30000, 0x11000, -ENXIO },
	{ "nothing", 0x10000, 0, -EINVAL },
	{ "across the end", U64_MAX, 2, -EINVAL },
	{ "more than 4 GiB", 0x10000, 0x100000000, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(reserve, reserve_cases, name);

static void memory_is_reserved_once(struct kunit *test)
{
	const struct reserve_case *c = test->param_value;
	struct guest_system *gsp = with_memory(test);

	KUNIT_EXPECT_EQ(test, gram_reserve(gsp, c->addr, c->size), c->err);
	KUNIT_EXPECT_EQ(test, gram_reserve(gsp, c->addr, c->size), c->err ?: -EADDRINUSE);
}

struct gram_case {
	const char *name;
	u64 size;
	u64 align;
	unsigned int flags;
	u64 start;
	u64 end;
	u64 found;
};

#define RAM	GRAM_HINT_RAM
#define ROM	GRAM_HINT_ROM
#define TOP	GRAM_HINT_ALIGN_TOP

static const struct gram_case gram_cases[] = {
	{ "the lowest", 8, 1, RAM, 0, U64_MAX, 0x10000 },
	{ "the lowest that is large enough", 0x1001, 1, RAM, 0, U64_MAX, 0x12000 },
	{ "aligned", 8, 0x8000, RAM, 0x10001, U64_MAX, 0x18000 },
	{ "RAM if nothing is said", 8, 1, 0, 0x20000, U64_MAX, 0x40000 },
	{ "ROM", 8, 1, ROM, 0, U64_MAX, 0x30000 },
	{ "either", 8, 1, RAM | ROM, 0x20000, U64_MAX, 0x30000 },
	{ "the highest", 8, 1, RAM | TOP, 0, U64_MAX, 0x40ff8 },
	{ "the highest, aligned", 9, 0x10, RAM | TOP, 0, U64_MAX, 0x40ff0 },
	{ "the highest that is large enough", 0x2000, 1, RAM | TOP, 0, U64_MAX, 0x1e000 },
	{ "the highest below", 8, 1, RAM | TOP, 0, 0x12003, 0x10ff8 },
	{ "the highest ROM", 8, 1, ROM | TOP, 0, U64_MAX, 0x30ff8 },
	{ "within bounds", 8, 1, RAM, 0x13004, 0x1300b, 0x13004 },
	{ "one too many for the bounds", 9, 1, RAM, 0x13004, 0x1300b, QSL_NO_LOCATION },
	{ "the bounds are reserved", 8, 1, RAM, 0x11000, 0x11fff, QSL_NO_LOCATION },
	{ "the bounds are reserved, from above", 8, 1, RAM | TOP, 0x11000, 0x11fff,
	  QSL_NO_LOCATION },
	{ "bounds the wrong way round", 8, 1, RAM, 0x13000, 0x12fff, QSL_NO_LOCATION },
	{ "too large", 0x8001, 1, RAM, 0, U64_MAX, QSL_NO_LOCATION },
	{ "too large for ROM, from above", 0x1001, 1, ROM | TOP, 0, U64_MAX, QSL_NO_LOCATION },
	{ "the greatest alignment", 8, BIT_ULL(63), RAM, 0, U64_MAX, QSL_NO_LOCATION },
	{ "size 0", 0, 1, RAM, 0, U64_MAX, QSL_NO_LOCATION },
	{ "more than 4 GiB", 0x100000000, 1, RAM, 0, U64_MAX, QSL_NO_LOCATION },
	{ "alignment 0", 8, 0, RAM, 0, U64_MAX, QSL_NO_LOCATION },
	{ "alignment 3", 8, 3, RAM, 0, U64_MAX, QSL_NO_LOCATION },
	{ "an unknown flag", 8, 1, RAM | 8, 0, U64_MAX, QSL_NO_LOCATION },
};

KUNIT_ARRAY_PARAM_DESC(gram, gram_cases, name);

static u64 find_gram(struct guest_system *gsp, const struct gram_case *c)
{
	return gram_find_free_range(gsp, c->size, c->align, c->flags, c->start, c->end);
}

static void memory_is_found(struct kunit *test)
{
	const struct gram_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, find_gram(with_memory(test), c), c->found);
}

static void what_is_found_is_reserved(struct kunit *test)
{
	const struct gram_case *c = test->param_value;
	struct guest_system *gsp = with_memory(test);

	find_gram(gsp, c);
	if (c->found != QSL_NO_LOCATION)
		KUNIT_EXPECT_EQ(test, gram_reserve(gsp, c->found, c->size), -EADDRINUSE);
	else
		KUNIT_EXPECT_EQ(test, gsp->spaces.reserved.n, 1);
}

static int reserve_and_fail(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl != VDEV_CTRL_OPTIONS_END)
		return 0;
	gram_reserve(vdp->v_gsp, 0x10000, 0x1000);
	return -EIO;
}

static void what_a_refused_vdev_has_reserved_is_free_again(struct kunit *test)
{
	struct guest_system *gsp = with_memory(test);
	struct probe *probe = probe_add(test, "a");

	probe->on_control = reserve_and_fail;
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", NO_OPTIONS, NULL, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, gsp->spaces.reserved.n, 1);
	KUNIT_EXPECT_EQ(test, gram_reserve(gsp, 0x10000, 0x1000), 0);
}

static void in_the_running_stage_no_memory_is_reserved(struct kunit *test)
{
	struct guest_system *gsp = with_memory(test);

	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, gram_reserve(gsp, 0x10000, 8), -EPERM);
	KUNIT_EXPECT_EQ(test, gram_find_free(gsp, 8, 8, RAM), QSL_NO_LOCATION);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_are_made_or_refused, alloc_gen_params),
	KUNIT_CASE(new_pages_are_zeroed),
	KUNIT_CASE(without_memory_there_are_no_pages),
	KUNIT_CASE_PARAM(whole_pages_of_its_own_pass, pass_gen_params),
	KUNIT_CASE(ports_do_not_pass),
	KUNIT_CASE(pages_of_another_vdev_do_not_pass),
	KUNIT_CASE_PARAM(a_read_gives_what_is_in_the_page, size_gen_params),
	KUNIT_CASE_PARAM(a_read_may_lie_across_two_pages, size_gen_params),
	KUNIT_CASE_PARAM(a_write_goes_to_the_page, size_gen_params),
	KUNIT_CASE_PARAM(a_write_that_does_not_pass_is_dropped, size_gen_params),
	KUNIT_CASE_PARAM(a_write_that_traps_goes_to_the_vdev, size_gen_params),
	KUNIT_CASE(what_is_left_of_a_split_shows_its_own_page),
	KUNIT_CASE(a_region_that_passes_is_split_at_pages_only),
	KUNIT_CASE(user_space_is_told_of_each_change_of_what_passes),
	KUNIT_CASE(outside_of_windows_user_space_is_told_when_it_may_act),
	KUNIT_CASE(what_never_came_is_no_change),
	KUNIT_CASE_PARAM(what_passes_is_active_with_its_memory_slot, slot_gen_params),
	KUNIT_CASE_PARAM(memory_is_reserved_once, reserve_gen_params),
	KUNIT_CASE_PARAM(memory_is_found, gram_gen_params),
	KUNIT_CASE_PARAM(what_is_found_is_reserved, gram_gen_params),
	KUNIT_CASE(what_a_refused_vdev_has_reserved_is_free_again),
	KUNIT_CASE(in_the_running_stage_no_memory_is_reserved),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-pages",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
