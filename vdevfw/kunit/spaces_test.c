// SPDX-License-Identifier: GPL-2.0-only
/* Tests of space/spaces.c and space/region.c: what vdevs see and change of a guest's spaces. */
#include <linux/delay.h>
#include <linux/kthread.h>

#include <vdevfw/gasp.h>
#include <vdevfw/utils.h>

#include "../vdev/vdev.h"
#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define IO	VDEVFW_BUS_IO
#define VIRT	(GRF_VIRT_RD | GRF_VIRT_WR)

/* Where the fixture's windows are. */
#define WINDOW		0x10000ull
#define WINDOW_SIZE	0x10000
#define PORTS		0x100ull
#define OUTSIDE		0x40000ull

/**
 * struct fixture - A guest with windows, and two vdevs without a place
 * @gsp: The guest
 * @a: A vdev
 * @b: Another one
 * @worker: Keeps the guest's worker busy
 * @busy: The worker has come to @worker
 * @go_on: It may go on
 */
struct fixture {
	struct guest_system *gsp;
	struct probe *a;
	struct probe *b;
	struct kthread_work worker;
	struct completion busy;
	struct completion go_on;
};

static struct fixture *assembled(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->gsp = testbed_guest(test, 0);
	KUNIT_ASSERT_EQ(test, testbed_set(test, f->gsp, OPTIONS("window=mem:0x10000,0x10000\0"
								"window=io:0x100,0x100"),
					  NULL), 0);
	f->a = probe_add_manual(test, "a");
	f->b = probe_add_manual(test, "b");
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	testbed_must_add(test, f->gsp, "b", NO_OPTIONS);
	return f;
}

static void run(struct kunit *test, struct fixture *f)
{
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
}

static struct fixture *running(struct kunit *test)
{
	struct fixture *f = assembled(test);

	run(test, f);
	return f;
}

static struct gasp_region region_of(struct probe *probe, u32 flags, u16 type, u64 start,
				    u32 length, u32 cookie)
{
	return (struct gasp_region) {
		.flags = flags,
		.cookie = cookie,
		.vdev = probe->vdp,
		.guest = { .location = start, .length = length, .type = type },
	};
}

static int set(struct fixture *f, struct probe *probe, u32 flags, u64 start, u32 length, u32 cookie)
{
	struct gasp_region region = region_of(probe, flags, QST_MEMORY, start, length, cookie);

	return gasp_region_set(f->gsp, 1, &region);
}

static struct gasp_region info(struct fixture *f, u16 type, u64 addr)
{
	struct qvm_state_block block = { .location = addr, .length = 0x1000, .type = type };
	struct gasp_region region = {};

	gasp_region_info(f->gsp, &block, &region);
	return region;
}

/* The cookie of the region that a byte at @addr belongs to, ... */
#define ONES		0xff00	/* ... or nothing in a window, ... */
#define USER_SPACE	0xff01	/* ... or what user space has to answer */

static unsigned int hit(struct fixture *f, enum vdevfw_bus bus, u64 addr)
{
	unsigned int reads = f->a->reads + f->b->reads, before = f->a->reads;
	u8 value;

	if (fake_kvm_read(0, bus, addr, 1, &value))
		return USER_SPACE;
	if (f->a->reads + f->b->reads == reads)
		return ONES;
	return f->a->reads == before ? f->b->cookie : f->a->cookie;
}

/* What a vdev said last. */
static const char *last_words(struct kunit *test, struct fixture *f)
{
	struct vdevfw_event *event = kunit_kzalloc(test, sizeof(*event), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, event);
	testbed_count_events(&f->gsp->events, VDEVFW_EVENT_LOG, event);
	return (char *)event->text;
}

/*
 * One change, where a has 0x10000-0x10fff and 0x12000-0x12fff
 */

struct layout {
	u64 start;
	u32 length;
	u32 cookie;
};

struct change_case {
	const char *name;
	bool of_b;
	u32 flags;
	u64 start;
	u32 length;
	int err;
	struct layout after[5];
};

#define FIRST	{ 0x10000, 0x1000, 1 }
#define SECOND	{ 0x12000, 0x1000, 2 }
#define NEW	9

static const struct change_case change_cases[] = {
	{ "where nothing is", false, VIRT, 0x14000, 8, 0,
	  { FIRST, SECOND, { 0x14000, 8, NEW } } },
	{ "between, touching both", false, VIRT, 0x11000, 0x1000, 0,
	  { FIRST, { 0x11000, 0x1000, NEW }, SECOND } },
	{ "of another vdev, touching", true, VIRT, 0x11000, 8, 0,
	  { FIRST, { 0x11000, 8, NEW }, SECOND } },
	{ "all of one", false, VIRT, 0x10000, 0x1000, 0, { { 0x10000, 0x1000, NEW }, SECOND } },
	{ "its beginning", false, VIRT, 0x10000, 0x10, 0,
	  { { 0x10000, 0x10, NEW }, { 0x10010, 0xff0, 1 }, SECOND } },
	{ "its end", false, VIRT, 0x12ff8, 8, 0,
	  { FIRST, { 0x12000, 0xff8, 2 }, { 0x12ff8, 8, NEW } } },
	{ "its middle", false, VIRT, 0x10008, 0x10, 0,
	  { { 0x10000, 8, 1 }, { 0x10008, 0x10, NEW }, { 0x10018, 0xfe8, 1 }, SECOND } },
	{ "one byte", false, VIRT, 0x10fff, 1, 0,
	  { { 0x10000, 0xfff, 1 }, { 0x10fff, 1, NEW }, SECOND } },
	{ "beyond its end", false, VIRT, 0x10ff8, 0x10, -EXDEV, { FIRST, SECOND } },
	{ "beyond its beginning", false, VIRT, 0x11ff8, 0x10, -EXDEV, { FIRST, SECOND } },
	{ "around one", false, VIRT, 0x11ff0, 0x1020, -EXDEV, { FIRST, SECOND } },
	{ "over both", false, VIRT, 0x10000, 0x3000, -EXDEV, { FIRST, SECOND } },
	{ "what another vdev has", true, VIRT, 0x10000, 0x1000, -EADDRINUSE, { FIRST, SECOND } },
	{ "a byte that another vdev has", true, VIRT, 0x10fff, 8, -EADDRINUSE, { FIRST, SECOND } },
	{ "delete all of one", false, GRF_NONE, 0x10000, 0x1000, 0, { SECOND } },
	{ "delete, told that it was active", false, GRF_ACTIVE, 0x10000, 0x1000, 0, { SECOND } },
	{ "delete the beginning", false, GRF_NONE, 0x12000, 8, 0,
	  { FIRST, { 0x12008, 0xff8, 2 } } },
	{ "delete the end", false, GRF_NONE, 0x12001, 0xfff, 0, { FIRST, { 0x12000, 1, 2 } } },
	{ "delete the middle", false, GRF_NONE, 0x10800, 0x400, 0,
	  { { 0x10000, 0x800, 1 }, { 0x10c00, 0x400, 1 }, SECOND } },
	{ "delete beyond the end", false, GRF_NONE, 0x10ff8, 0x10, -EXDEV, { FIRST, SECOND } },
	{ "delete both", false, GRF_NONE, 0x10000, 0x3000, -EXDEV, { FIRST, SECOND } },
	{ "delete where nothing is", false, GRF_NONE, 0x11000, 8, -ENOENT, { FIRST, SECOND } },
	{ "delete what another vdev has", true, GRF_NONE, 0x10000, 0x1000, -EADDRINUSE,
	  { FIRST, SECOND } },
};

KUNIT_ARRAY_PARAM_DESC(change, change_cases, name);

static void with_two_regions(struct kunit *test, struct fixture *f)
{
	KUNIT_ASSERT_EQ(test, set(f, f->a, VIRT, 0x10000, 0x1000, 1), 0);
	KUNIT_ASSERT_EQ(test, set(f, f->a, VIRT, 0x12000, 0x1000, 2), 0);
}

static int make_change(struct fixture *f, const struct change_case *c)
{
	return set(f, c->of_b ? f->b : f->a, c->flags, c->start, c->length, NEW);
}

static void expect_layout(struct kunit *test, struct fixture *f, const struct layout *layout,
			  unsigned int max)
{
	struct gasp_region region;
	struct gasp_walk walk;
	unsigned int i;

	gasp_walk_init(f->gsp, QST_MEMORY, &walk);
	for (i = 0; i < max && layout[i].length; i++) {
		KUNIT_ASSERT_TRUE(test, gasp_walk_next(&walk, &region));
		KUNIT_EXPECT_EQ(test, region.guest.location, layout[i].start);
		KUNIT_EXPECT_EQ(test, region.guest.length, layout[i].length);
		KUNIT_EXPECT_EQ(test, region.cookie, layout[i].cookie);
	}
	KUNIT_EXPECT_FALSE(test, gasp_walk_next(&walk, &region));
}

static void a_change_is_made_or_refused(struct kunit *test)
{
	const struct change_case *c = test->param_value;
	struct fixture *f = running(test);

	with_two_regions(test, f);
	KUNIT_EXPECT_EQ(test, make_change(f, c), c->err);
}

static void a_change_leads_to_these_regions(struct kunit *test)
{
	const struct change_case *c = test->param_value;
	struct fixture *f = running(test);

	with_two_regions(test, f);
	make_change(f, c);
	expect_layout(test, f, c->after, ARRAY_SIZE(c->after));
}

static void a_change_during_assembly_is_the_same(struct kunit *test)
{
	const struct change_case *c = test->param_value;
	struct fixture *f = assembled(test);

	with_two_regions(test, f);
	KUNIT_EXPECT_EQ(test, make_change(f, c), c->err);
	expect_layout(test, f, c->after, ARRAY_SIZE(c->after));
}

static void accesses_meet_what_a_change_has_made(struct kunit *test)
{
	const struct change_case *c = test->param_value;
	struct fixture *f = running(test);
	unsigned int i;

	with_two_regions(test, f);
	make_change(f, c);
	for (i = 0; i < ARRAY_SIZE(c->after) && c->after[i].length; i++) {
		const struct layout *at = &c->after[i];

		KUNIT_EXPECT_EQ(test, hit(f, MEM, at->start), at->cookie);
		KUNIT_EXPECT_EQ(test, hit(f, MEM, at->start + at->length - 1), at->cookie);
	}
}

static void a_refused_change_says_why(struct kunit *test)
{
	const struct change_case *c = test->param_value;
	struct fixture *f = running(test);

	if (!c->err)
		return;
	with_two_regions(test, f);
	make_change(f, c);
	EXPECT_SAYS(test, last_words(test, f),
		    c->err == -ENOENT ? "is no region of its own" :
		    c->err == -EXDEV ? "reaches beyond its region" : "is taken: vdev a");
}

/*
 * Several at once
 */

static void several(struct fixture *f, struct gasp_region regions[4])
{
	regions[0] = region_of(f->a, VIRT, QST_MEMORY, 0x10000, 8, 1);
	regions[1] = region_of(f->a, VIRT, QST_MEMORY, 0x10008, 8, 2);
	regions[2] = region_of(f->b, VIRT, QST_MEMORY, 0x10008, 8, 3);
	regions[3] = region_of(f->b, VIRT, QST_MEMORY, 0x10010, 8, 4);
}

static const struct layout before_the_third[] = { { 0x10000, 8, 1 }, { 0x10008, 8, 2 } };

static void soft_tells_the_first_that_fails(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region regions[4];
	int err = 0;

	several(f, regions);
	gasp_lock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, gasp_region_set_soft(f->gsp, 4, regions, &err), 2);
	gasp_unlock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, err, -EADDRINUSE);
	expect_layout(test, f, before_the_third, ARRAY_SIZE(before_the_third));
}

static void soft_tells_that_all_came(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region regions[4];
	int err = -1;

	several(f, regions);
	gasp_lock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, gasp_region_set_soft(f->gsp, 2, regions, &err), 2);
	gasp_unlock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, err, 0);
}

static void soft_need_not_tell_the_error(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region regions[4];

	several(f, regions);
	gasp_lock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, gasp_region_set_soft(f->gsp, 4, regions, NULL), 2);
	gasp_unlock(f->gsp, QST_MEMORY);
}

static void set_gives_the_error_of_the_first_that_fails(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region regions[4];

	several(f, regions);
	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 4, regions), -EADDRINUSE);
	expect_layout(test, f, before_the_third, ARRAY_SIZE(before_the_third));
}

static void none_at_all_is_no_error(struct kunit *test)
{
	struct fixture *f = running(test);
	int err = -1;

	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, gasp_region_set_soft(f->gsp, 0, NULL, &err), 0);
	KUNIT_EXPECT_EQ(test, err, 0);
}

/* Into three, in a page that is shared: regions and lists are needed. */
static bool split_without_memory(struct kunit *test, void *arg)
{
	static const struct layout whole[] = { { 0x10100, 0x100, 1 }, { 0x10200, 0x100, 2 } };
	static const struct layout split[] = {
		{ 0x10100, 0x40, 1 }, { 0x10140, 0x40, NEW }, { 0x10180, 0x80, 1 },
		{ 0x10200, 0x100, 2 },
	};
	struct fixture *f = arg;
	bool failed;
	int err;

	KUNIT_ASSERT_EQ(test, set(f, f->a, VIRT, 0x10100, 0x100, 1), 0);
	testbed_start_failing();
	err = set(f, f->a, VIRT, 0x10140, 0x40, NEW);
	failed = testbed_stop_failing();
	/* Some allocations have another way to go. */
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	expect_layout(test, f, err ? whole : split, err ? ARRAY_SIZE(whole) : ARRAY_SIZE(split));
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0x10140), err ? 1 : NEW);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0x10180), 1);
	if (!err) {
		set(f, f->a, GRF_NONE, 0x10100, 0x40, 0);
		set(f, f->a, GRF_NONE, 0x10140, 0x40, 0);
		set(f, f->a, GRF_NONE, 0x10180, 0x80, 0);
	}
	return failed;
}

static void without_memory_a_change_is_not_made_at_all(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_ASSERT_EQ(test, set(f, f->a, VIRT, 0x10200, 0x100, 2), 0);
	testbed_fail_each_allocation(test, split_without_memory, f);
}

/*
 * Flags
 */

struct flag_case {
	const char *name;
	u32 flags;
	int err;
	const char *says;
};

static const struct flag_case flag_cases[] = {
	{ "VIRT_RD", GRF_VIRT_RD, 0, NULL },
	{ "VIRT_WR", GRF_VIRT_WR, 0, NULL },
	{ "VIRT_ANY", GRF_VIRT_ANY, 0, NULL },
	{ "VIRT_EX alone", GRF_VIRT_EX, 0, NULL },
	{ "ACTIVE is ignored", GRF_VIRT_RD | GRF_ACTIVE, 0, NULL },
	{ "NOPERMS", GRF_NOPERMS, 0, NULL },
	{ "NOPERMS, ACTIVE", GRF_NOPERMS | GRF_ACTIVE, 0, NULL },
	{ "NOCACHE", VIRT | GRF_NOCACHE, -EOPNOTSUPP, "GRF_NOCACHE: the guest's own page tables" },
	{ "MEMORY", VIRT | GRF_MEMORY, -EOPNOTSUPP, "GRF_MEMORY: RAM and ROM are user space's" },
	{ "PRECIOUS", VIRT | GRF_PRECIOUS, -EOPNOTSUPP, "GRF_PRECIOUS: regions do not overlap" },
	{ "PASSTHRU", VIRT | GRF_PASSTHRU, -EOPNOTSUPP, "there is no hardware to pass through" },
	{ "DMA_USES", VIRT | GRF_DMA_USES, -EOPNOTSUPP, "there is no hardware" },
	{ "DMA_NO_USE", VIRT | GRF_DMA_NO_USE, -EOPNOTSUPP, "there is no hardware" },
	{ "DMA_SOURCE", VIRT | GRF_DMA_SOURCE, -EOPNOTSUPP, "there is no hardware" },
	{ "DMA_TARGET", VIRT | GRF_DMA_TARGET, -EOPNOTSUPP, "there is no hardware" },
	{ "0x10000", VIRT | 0x10000, -EINVAL, "region flags 0x10000 are unknown" },
	{ "0x04000000", VIRT | 0x04000000, -EINVAL, "region flags 0x4000000 are unknown" },
	{ "0x80000000 alone", 0x80000000, -EINVAL, "region flags 0x80000000 are unknown" },
	{ "NOPERMS, VIRT_RD", GRF_NOPERMS | GRF_VIRT_RD, -EINVAL, "GRF_NOPERMS goes with no other" },
	{ "NOPERMS, DOORBELL", GRF_NOPERMS | GRF_DOORBELL, -EINVAL, "GRF_NOPERMS goes with no" },
	{ "PASS_WR", GRF_PASS_WR, -EINVAL, "need GRF_PASS_RD" },
	{ "PASS_EX", GRF_PASS_EX | GRF_VIRT_RD, -EINVAL, "need GRF_PASS_RD" },
	{ "PASS_RD, VIRT_RD", GRF_PASS_RD | GRF_VIRT_RD, -EINVAL, "reads either trap or pass" },
	{ "PASS_WR, VIRT_WR", GRF_PASS_RD | GRF_PASS_WR | GRF_VIRT_WR, -EINVAL,
	  "writes either trap or pass" },
	{ "PASS_WR, DOORBELL", GRF_PASS_RD | GRF_PASS_WR | GRF_DOORBELL, -EINVAL,
	  "writes either trap or pass" },
	{ "MATCH", VIRT | GRF_MATCH, -EINVAL, "GRF_MATCH needs GRF_DOORBELL" },
	{ "DOORBELL, VIRT_WR", GRF_DOORBELL | GRF_VIRT_WR, -EINVAL, "GRF_VIRT_WR needs GRF_MATCH" },
	{ "DOORBELL without one", GRF_DOORBELL | GRF_VIRT_RD, -EINVAL, "needs a doorbell" },
	{ "PASS_RD without page", GRF_PASS_RD, -EFAULT, "pages of gasp_pages_alloc()" },
};

KUNIT_ARRAY_PARAM_DESC(flag, flag_cases, name);

static void flags_are_taken_or_refused(struct kunit *test)
{
	const struct flag_case *c = test->param_value;
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, set(f, f->a, c->flags, WINDOW, 0x1000, 1), c->err);
}

static void refused_flags_are_told_with_their_reason(struct kunit *test)
{
	const struct flag_case *c = test->param_value;
	struct fixture *f = running(test);

	set(f, f->a, c->flags, WINDOW, 0x1000, 1);
	if (c->says)
		EXPECT_SAYS(test, last_words(test, f), c->says);
}

static int set_precious(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct gasp_region region = region_of(probe, GRF_PRECIOUS, QST_MEMORY, WINDOW, 8, 1);

	return ctrl == VDEV_CTRL_ASSIGN ? gasp_region_set(vdp->v_gsp, 1, &region) : 0;
}

static void within_control_the_command_tells_the_reason(struct kunit *test)
{
	struct fixture *f = assembled(test);
	struct testbed *bed = test->priv;
	u64 culprit;

	f->a->on_control = set_precious;
	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(f->gsp, &culprit, &bed->msg), -EOPNOTSUPP);
	EXPECT_SAYS(test, bed->msg.text, "GRF_PRECIOUS");
}

static void what_has_no_permission_is_unsupported(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_ASSERT_EQ(test, set(f, f->a, GRF_NOPERMS, WINDOW, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), ONES);
}

static void what_only_traps_writes_is_not_read(struct kunit *test)
{
	struct fixture *f = running(test);
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, set(f, f->a, GRF_VIRT_WR, WINDOW, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), ONES);
	fake_kvm_write(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, f->a->writes, 1);
}

static void what_only_traps_reads_is_not_written(struct kunit *test)
{
	struct fixture *f = running(test);
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, set(f, f->a, GRF_VIRT_RD, WINDOW, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), 1);
	fake_kvm_write(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, f->a->writes, 0);
}

/*
 * Ranges
 */

struct range_case {
	const char *name;
	struct qvm_state_block block;
	int err;
};

static const struct range_case range_cases[] = {
	{ "the last address", { BIT_ULL(40) - 1, 1, QST_MEMORY }, 0 },
	{ "beyond the last address", { BIT_ULL(40) - 1, 2, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "the end of all addresses", { U64_MAX, 1, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "across the end of all addresses", { U64_MAX, 8, QST_MEMORY }, -EADDRNOTAVAIL },
	{ "the last port", { 0xffff, 1, QST_X86_IO }, 0 },
	{ "beyond the last port", { 0xffff, 2, QST_X86_IO }, -EADDRNOTAVAIL },
	{ "empty", { WINDOW, 0, QST_MEMORY }, -EINVAL },
	{ "more than INT_MAX", { 0x100000, 0x80000000, QST_MEMORY }, -EINVAL },
	{ "64 MiB", { 0x100000, 0x4000000, QST_MEMORY }, 0 },
	{ "more than 64 MiB", { 0x100000, 0x4000001, QST_MEMORY }, -E2BIG },
	{ "PCI", { 0, 8, QST_PCI }, -EINVAL },
	{ "the host", { 0, 8, QST_HOST }, -EINVAL },
	{ "no type", { 0, 8, QST_NO_TYPE }, -EINVAL },
	{ "sticks out of the window's end", { 0x1fff8, 0x10, QST_MEMORY }, -EXDEV },
	{ "sticks out of its beginning", { 0xfff8, 0x10, QST_MEMORY }, -EXDEV },
	{ "around the window", { 0xfff8, 0x10010, QST_MEMORY }, -EXDEV },
	{ "all of the window", { WINDOW, WINDOW_SIZE, QST_MEMORY }, 0 },
	{ "touches the window", { WINDOW - 8, 8, QST_MEMORY }, 0 },
	{ "sticks out of the window of ports", { 0x1ff, 2, QST_X86_IO }, -EXDEV },
};

KUNIT_ARRAY_PARAM_DESC(range, range_cases, name);

static void a_range_is_taken_or_refused(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct fixture *f = running(test);
	struct gasp_region region = { .flags = VIRT, .vdev = f->a->vdp, .guest = c->block };

	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 1, &region), c->err);
}

static void a_region_is_of_a_vdev_of_the_guest(struct kunit *test)
{
	struct guest_system *other = testbed_guest(test, 1);
	struct fixture *f = running(test);
	struct gasp_region region = region_of(f->a, VIRT, QST_MEMORY, WINDOW, 8, 1);

	KUNIT_EXPECT_EQ(test, gasp_region_set(other, 1, &region), -EINVAL);
	region.vdev = NULL;
	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 1, &region), -EINVAL);
}

/*
 * Locks
 */

static bool is_taken(struct fixture *f, enum vdevfw_bus bus)
{
	spinlock_t *lock = &f->gsp->spaces.space[bus].lock;

	if (!spin_trylock(lock))
		return true;
	spin_unlock(lock);
	return false;
}

static void during_assembly_the_lock_is_free(struct kunit *test)
{
	struct fixture *f = assembled(test);

	KUNIT_EXPECT_EQ(test, gasp_lock(f->gsp, QST_MEMORY), 0);
	KUNIT_EXPECT_EQ(test, gasp_lock(f->gsp, QST_MEMORY), 0);
	KUNIT_EXPECT_EQ(test, gasp_unlock(f->gsp, QST_X86_IO), 0);
	KUNIT_EXPECT_FALSE(test, is_taken(f, MEM));
}

static void the_lock_is_real_afterwards(struct kunit *test)
{
	struct fixture *f = running(test);
	bool locked;
	int err;

	err = gasp_lock(f->gsp, QST_MEMORY);
	locked = is_taken(f, MEM);
	gasp_unlock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_TRUE(test, locked);
}

static void the_lock_cannot_be_taken_twice(struct kunit *test)
{
	struct fixture *f = running(test);
	int second;

	gasp_lock(f->gsp, QST_X86_IO);
	second = gasp_lock(f->gsp, QST_X86_IO);
	gasp_unlock(f->gsp, QST_X86_IO);
	KUNIT_EXPECT_EQ(test, second, -EDEADLK);
}

static void both_locks_are_taken_in_one_order(struct kunit *test)
{
	struct fixture *f = running(test);
	int memory_first, ports, memory_last;

	memory_first = gasp_lock(f->gsp, QST_MEMORY);
	ports = gasp_lock(f->gsp, QST_X86_IO);
	gasp_unlock(f->gsp, QST_X86_IO);
	gasp_unlock(f->gsp, QST_MEMORY);
	gasp_lock(f->gsp, QST_X86_IO);
	memory_last = gasp_lock(f->gsp, QST_MEMORY);
	gasp_unlock(f->gsp, QST_X86_IO);
	KUNIT_EXPECT_EQ(test, memory_first, 0);
	KUNIT_EXPECT_EQ(test, ports, 0);
	KUNIT_EXPECT_EQ(test, memory_last, -EDEADLK);
}

static void a_lock_that_is_not_held_cannot_be_given_back(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, gasp_unlock(f->gsp, QST_MEMORY), -EPERM);
	gasp_lock(f->gsp, QST_MEMORY);
	gasp_unlock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_EQ(test, gasp_unlock(f->gsp, QST_MEMORY), -EPERM);
}

static void other_spaces_have_no_lock(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_walk walk;

	KUNIT_EXPECT_EQ(test, gasp_lock(f->gsp, QST_PCI), -EINVAL);
	KUNIT_EXPECT_EQ(test, gasp_unlock(f->gsp, QST_NO_TYPE), -EINVAL);
	KUNIT_EXPECT_EQ(test, gasp_walk_init(f->gsp, QST_HOST, &walk), -EINVAL);
	KUNIT_EXPECT_EQ(test, gasp_walk_count(f->gsp, QST_HOST), 0);
}

static void soft_needs_the_lock_of_its_space(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region region = region_of(f->a, VIRT, QST_MEMORY, WINDOW, 8, 1);
	int without = 0, other = 0;

	KUNIT_EXPECT_EQ(test, gasp_region_set_soft(f->gsp, 1, &region, &without), 0);
	KUNIT_EXPECT_EQ(test, without, -EPERM);
	gasp_lock(f->gsp, QST_X86_IO);
	gasp_region_set_soft(f->gsp, 1, &region, &other);
	gasp_unlock(f->gsp, QST_X86_IO);
	KUNIT_EXPECT_EQ(test, other, -EPERM);
	KUNIT_EXPECT_EQ(test, atomic_read(&to_vdevfw_vdev(f->a->vdp)->stage.violations), 2);
	KUNIT_EXPECT_STREQ(test, last_words(test, f),
			   "gasp_region_set_soft() was called without gasp_lock(): refused");
}

static void during_assembly_soft_needs_no_lock(struct kunit *test)
{
	struct fixture *f = assembled(test);
	struct gasp_region region = region_of(f->a, VIRT, QST_MEMORY, WINDOW, 8, 1);

	KUNIT_EXPECT_EQ(test, gasp_region_set_soft(f->gsp, 1, &region, NULL), 1);
}

static void find_free_needs_the_lock_once_it_is_real(struct kunit *test)
{
	struct fixture *f = assembled(test);

	KUNIT_EXPECT_EQ(test, gasp_find_free(f->gsp, QST_MEMORY, 8, 8), 0);
	run(test, f);
	KUNIT_EXPECT_EQ(test, gasp_find_free(f->gsp, QST_MEMORY, 8, 8), QSL_NO_LOCATION);
}

static int lock_too(void *data)
{
	struct fixture *f = data;

	complete(&f->busy);
	gasp_lock(f->gsp, QST_MEMORY);
	complete(&f->go_on);
	gasp_unlock(f->gsp, QST_MEMORY);
	return 0;
}

static void one_at_a_time_has_the_lock(struct kunit *test)
{
	struct fixture *f = running(test);
	struct task_struct *task;
	bool early;

	init_completion(&f->busy);
	init_completion(&f->go_on);
	task = kthread_create(lock_too, f, "vdevfw-kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	/* On the other CPU: who waits spins, and so does who is waited for. */
	kthread_bind(task, cpumask_any_but(cpu_online_mask, raw_smp_processor_id()));
	get_task_struct(task);
	gasp_lock(f->gsp, QST_MEMORY);
	wake_up_process(task);
	mdelay(20);
	early = completion_done(&f->go_on);
	gasp_unlock(f->gsp, QST_MEMORY);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&f->go_on, 10 * HZ), 0);
	kthread_stop_put(task);
	KUNIT_EXPECT_FALSE(test, early);
}

/*
 * Declared windows
 */

struct window_case {
	const char *name;
	const char *options;
	size_t len;
	int err;
};

#define WINDOW_CASE(_name, _options, _err)						\
	{ .name = _name, .options = _options, .len = sizeof(_options), .err = _err }

static const struct window_case window_cases[] = {
	WINDOW_CASE("memory", "window=mem:0x1000,0x1000", 0),
	WINDOW_CASE("without a type", "window=0x1000,0x1000", 0),
	WINDOW_CASE("ports", "window=io:0,0x10000", 0),
	WINDOW_CASE("one byte", "window=mem:0x1001,1", 0),
	WINDOW_CASE("the last addresses", "window=mem:0xfffffff000,0x1000", 0),
	WINDOW_CASE("INT_MAX", "window=mem:0,0x7fffffff", 0),
	WINDOW_CASE("two that touch", "window=mem:0,8\0window=mem:8,8", 0),
	WINDOW_CASE("two spaces", "window=mem:0,8\0window=io:0,8", 0),
	WINDOW_CASE("no argument", "window", -ENODATA),
	WINDOW_CASE("an empty argument", "window=", -ENODATA),
	WINDOW_CASE("no length", "window=mem:0x1000", -EINVAL),
	WINDOW_CASE("an empty length", "window=mem:0x1000,", -EINVAL),
	WINDOW_CASE("length 0", "window=mem:0x1000,0", -EINVAL),
	WINDOW_CASE("more than INT_MAX", "window=mem:0,0x80000000", -EINVAL),
	WINDOW_CASE("no number", "window=mem:x,8", -EINVAL),
	WINDOW_CASE("no place", "window=,8", -EINVAL),
	WINDOW_CASE("PCI", "window=pci:0.0.0,8", -EINVAL),
	WINDOW_CASE("a third part", "window=mem:0,8,8", -EINVAL),
	WINDOW_CASE("a very long place", "window=mem:0x000000000000000000000000000000001000,8",
		    -EINVAL),
	WINDOW_CASE("beyond the last address", "window=mem:0x10000000000,8", -EADDRNOTAVAIL),
	WINDOW_CASE("partly beyond it", "window=mem:0xffffffffff,2", -EADDRNOTAVAIL),
	WINDOW_CASE("beyond the last port", "window=io:0xffff,2", -EADDRNOTAVAIL),
	WINDOW_CASE("the same twice", "window=mem:0,8\0window=mem:0,8", -EADDRINUSE),
	WINDOW_CASE("overlapping by a byte", "window=mem:8,8\0window=mem:0,9", -EADDRINUSE),
	WINDOW_CASE("within another", "window=io:0,0x100\0window=io:8,8", -EADDRINUSE),
};

KUNIT_ARRAY_PARAM_DESC(window, window_cases, name);

static void a_declaration_is_taken_or_refused(struct kunit *test)
{
	const struct window_case *c = test->param_value;
	struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, testbed_set(test, testbed_guest(test, 0), c->options, c->len, NULL),
			c->err);
	KUNIT_EXPECT_EQ(test, !bed->msg.text[0], !c->err);
}

static void so_many_windows_can_be_declared(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	char option[40];
	unsigned int i;

	for (i = 0; i < VDEVFW_DECLARED_MAX; i++) {
		int len = scnprintf(option, sizeof(option), "window=mem:0x%x,0x1000",
				    (VDEVFW_DECLARED_MAX - i) * 0x2000);

		KUNIT_ASSERT_EQ(test, testbed_set(test, gsp, option, len + 1, NULL), 0);
	}
	KUNIT_EXPECT_EQ(test, testbed_set(test, gsp, OPTIONS("window=mem:0,8"), NULL), -ENOSPC);
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), VDEVFW_DECLARED_MAX);
}

static void a_window_cannot_be_declared_later(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, testbed_set(test, f->gsp, OPTIONS("window=mem:0,8"), NULL), -EBUSY);
}

static void a_declared_window_is_there_without_regions(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 1);
	KUNIT_EXPECT_EQ(test, fake_kvm_device(0, MEM, 0)->start, WINDOW);
	KUNIT_EXPECT_EQ(test, fake_kvm_device(0, MEM, 0)->length, WINDOW_SIZE);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), ONES);
	KUNIT_EXPECT_EQ(test, hit(f, IO, PORTS), ONES);
}

static void an_access_to_an_empty_window_ends_the_machine_if_that_is_wanted(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct vdevfw_event event = {};
	u32 value;

	testbed_set(test, gsp, OPTIONS("window=mem:0,0x1000\0unsupported=reference abort"), NULL);
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	fake_kvm_read(0, MEM, 0x10, 4, &value);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), VDEVFW_EXIT_UNSUPPORTED);
	testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, &event);
	KUNIT_EXPECT_EQ(test, event.vdev, 0);
	EXPECT_SAYS(test, (char *)event.text, "no vdev is there");
}

/* Regions of the machine in the window at 0x10000-0x1ffff, before it is configured. */
struct edge_case {
	const char *name;
	struct layout regions[3];
	int err;
};

static const struct edge_case edge_cases[] = {
	{ "within", { { 0x10000, 0x10000, 1 } }, 0 },
	{ "at both edges", { { 0x10000, 1, 1 }, { 0x1ffff, 1, 2 } }, 0 },
	{ "touching from outside", { { 0xff00, 0x100, 1 }, { 0x20000, 8, 2 } }, 0 },
	{ "touching on both sides of the edge", { { 0xff00, 0x100, 1 }, { 0x10000, 8, 2 } }, 0 },
	{ "sticks out at the beginning", { { 0xfff8, 0x10, 1 } }, -EXDEV },
	{ "sticks out at the end", { { 0x1fff8, 0x10, 1 } }, -EXDEV },
	{ "sticks out at the end, behind others", { { 0x10000, 8, 1 }, { 0x1fff8, 0x10, 2 } },
	  -EXDEV },
	{ "around it", { { 0xf000, 0x20000, 1 } }, -EXDEV },
	{ "touches one that is around it", { { 0xe000, 0x1000, 1 }, { 0xf000, 0x20000, 2 } },
	  -EXDEV },
	{ "touches one that sticks out", { { 0xe000, 0x1000, 1 }, { 0xf000, 0x2000, 2 } }, -EXDEV },
};

KUNIT_ARRAY_PARAM_DESC(edge, edge_cases, name);

static void regions_do_not_stick_out_of_a_window(struct kunit *test)
{
	const struct edge_case *c = test->param_value;
	struct fixture *f = assembled(test);
	struct testbed *bed = test->priv;
	u64 id = to_vdevfw_vdev(f->a->vdp)->id, culprit = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->regions) && c->regions[i].length; i++)
		KUNIT_ASSERT_EQ(test, set(f, f->a, VIRT, c->regions[i].start, c->regions[i].length,
					  c->regions[i].cookie), 0);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_configure(f->gsp, &culprit, &bed->msg), c->err);
	KUNIT_EXPECT_EQ(test, culprit, c->err ? id : 0);
}

/*
 * Changes within a window
 */

static void in_a_window_a_region_is_there_at_once(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region port = region_of(f->b, VIRT, QST_X86_IO, PORTS, 1, 5);

	KUNIT_ASSERT_EQ(test, set(f, f->a, VIRT, WINDOW, 8, 4), 0);
	KUNIT_ASSERT_EQ(test, gasp_region_set(f->gsp, 1, &port), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), 4);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW + 8), ONES);
	KUNIT_EXPECT_EQ(test, hit(f, IO, PORTS), 5);
	KUNIT_EXPECT_EQ(test, info(f, QST_MEMORY, WINDOW).flags, VIRT | GRF_ACTIVE);
	KUNIT_EXPECT_EQ(test, fake_kvm.publishes, 1);
}

static void in_a_window_a_region_is_gone_at_once(struct kunit *test)
{
	struct fixture *f = running(test);

	set(f, f->a, VIRT, WINDOW, 8, 4);
	set(f, f->b, VIRT, WINDOW + 8, 8, 5);
	KUNIT_ASSERT_EQ(test, set(f, f->a, GRF_NONE, WINDOW, 8, 0), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), ONES);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW + 8), 5);
}

static int access_window(void *data)
{
	u32 *value = data;

	fake_kvm_read(0, MEM, WINDOW, 4, value);
	return 0;
}

static struct task_struct *start(struct kunit *test, int (*body)(void *data), void *data)
{
	struct task_struct *task = kthread_create(body, data, "vdevfw-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

static int drain_too(void *data)
{
	struct fixture *f = data;

	vdevfw_vm_drain(f->gsp->vm);
	complete(&f->go_on);
	return 0;
}

/* Regions, and the lists of those that share a page, are what an access may yet look at. */
static void what_has_gone_is_freed_after_the_accesses(struct kunit *test)
{
	struct fixture *f = running(test);
	struct task_struct *vcpu, *drain;
	unsigned long early;
	u32 value = 0;
	int deferred;

	set(f, f->a, VIRT, WINDOW, 8, 4);
	set(f, f->a, VIRT, WINDOW + 8, 8, 5);
	vdevfw_vm_drain(f->gsp->vm);
	init_completion(&f->go_on);
	f->a->value = 0x1234;
	WRITE_ONCE(f->a->blocks, true);
	vcpu = start(test, access_window, &value);
	wait_for_completion(&f->a->entered);
	set(f, f->a, GRF_NONE, WINDOW, 8, 0);
	set(f, f->a, GRF_NONE, WINDOW + 8, 8, 0);
	deferred = atomic_read(&fake_kvm.deferred);
	drain = start(test, drain_too, f);
	early = wait_for_completion_timeout(&f->go_on, msecs_to_jiffies(50));
	WRITE_ONCE(f->a->blocks, false);
	complete_all(&f->a->leave);
	kthread_stop_put(vcpu);
	if (!early)
		wait_for_completion(&f->go_on);
	kthread_stop_put(drain);
	KUNIT_EXPECT_EQ(test, deferred, 3);
	KUNIT_EXPECT_EQ_MSG(test, early, 0, "it was freed while an access was inside");
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.deferred), 0);
	KUNIT_EXPECT_EQ(test, value, 0x1234);
}

static enum vdev_ref_status move_itself(vdev_t *vdp, unsigned int cookie,
					const struct qvm_state_block *vopnd,
					const struct qvm_state_block *oopnd, struct guest_cpu *gcp)
{
	struct probe *probe = container_of(vdp->v_factory, struct probe, factory);
	struct gasp_region regions[] = {
		region_of(probe, GRF_NONE, QST_MEMORY, WINDOW, 8, 0),
		region_of(probe, VIRT, QST_MEMORY, WINDOW + 0x1000, 8, cookie + 1),
	};
	int err;

	gasp_lock(vdp->v_gsp, QST_MEMORY);
	gasp_region_set_soft(vdp->v_gsp, ARRAY_SIZE(regions), regions, &err);
	gasp_unlock(vdp->v_gsp, QST_MEMORY);
	probe->writes++;
	return err ? VRS_TERMINATE : VRS_NORMAL;
}

static void a_handler_can_move_its_own_region(struct kunit *test)
{
	struct fixture *f = assembled(test);
	u32 value = 0;

	f->a->factory.vwrite = move_itself;
	run(test, f);
	set(f, f->a, VIRT, WINDOW, 8, 4);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, WINDOW, 4, &value), 0);
	KUNIT_EXPECT_EQ(test, f->a->writes, 1);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW), ONES);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, WINDOW + 0x1000), 5);
}

/*
 * Changes outside of all windows
 */

static void keep_busy(struct kthread_work *work)
{
	struct fixture *f = container_of(work, struct fixture, worker);

	complete(&f->busy);
	wait_for_completion(&f->go_on);
}

/* The guest's worker comes to nothing else until settle(). */
static void hold_worker(struct fixture *f)
{
	init_completion(&f->busy);
	init_completion(&f->go_on);
	kthread_init_work(&f->worker, keep_busy);
	kthread_queue_work(f->gsp->worker, &f->worker);
	wait_for_completion(&f->busy);
}

/* The worker does one thing at a time, and queues itself again: none of the tests has more. */
#define STEPS	8

static void settle(struct fixture *f)
{
	unsigned int i;

	complete(&f->go_on);
	for (i = 0; i < STEPS; i++)
		kthread_flush_worker(f->gsp->worker);
}

static void outside_a_region_waits_for_the_worker(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int before, flags;

	hold_worker(f);
	KUNIT_EXPECT_EQ(test, set(f, f->a, VIRT, OUTSIDE, 8, 6), 0);
	before = hit(f, MEM, OUTSIDE);
	flags = info(f, QST_MEMORY, OUTSIDE).flags;
	settle(f);
	KUNIT_EXPECT_EQ(test, before, USER_SPACE);
	KUNIT_EXPECT_EQ(test, flags, VIRT);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), 6);
	KUNIT_EXPECT_EQ(test, info(f, QST_MEMORY, OUTSIDE).flags, VIRT | GRF_ACTIVE);
}

static void what_is_split_while_it_waits_comes_in_pieces(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	set(f, f->a, VIRT, OUTSIDE, 0x30, 6);
	KUNIT_EXPECT_EQ(test, set(f, f->a, VIRT, OUTSIDE + 0x10, 0x10, 7), 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), 6);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE + 0x10), 7);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE + 0x2f), 6);
}

static void what_is_deleted_while_it_waits_never_comes(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	set(f, f->a, VIRT, OUTSIDE, 8, 6);
	KUNIT_EXPECT_EQ(test, set(f, f->a, GRF_NONE, OUTSIDE, 8, 0), 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 1);
	KUNIT_EXPECT_EQ(test, fake_kvm.publishes, 1);
}

static void what_changes_hands_while_it_waits_is_the_new_ones(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	set(f, f->a, VIRT, OUTSIDE, 8, 6);
	set(f, f->a, GRF_NONE, OUTSIDE, 8, 0);
	KUNIT_EXPECT_EQ(test, set(f, f->b, VIRT, OUTSIDE, 8, 7), 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), 7);
}

static void a_region_that_kvm_refuses_vanishes_with_a_message(struct kunit *test)
{
	struct fixture *f = running(test);

	fake_kvm.publish_error = -EBUSY;
	KUNIT_EXPECT_EQ(test, set(f, f->a, VIRT, OUTSIDE, 8, 6), 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, info(f, QST_MEMORY, OUTSIDE).flags, GRF_NONE);
	KUNIT_EXPECT_STREQ(test, last_words(test, f),
			   "its region at mem:0x40000 is lost: the fake refuses");
	fake_kvm.publish_error = 0;
	KUNIT_EXPECT_EQ(test, set(f, f->b, VIRT, OUTSIDE, 8, 7), 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), 7);
}

static int access_from_outside(void *data)
{
	struct fixture *f = data;
	int index = vdevfw_vm_enter(f->gsp->vm);
	u32 value;

	vdevfw_spaces_access(&f->gsp->spaces, MEM, OUTSIDE, &value, 4, false);
	vdevfw_vm_leave(f->gsp->vm, index);
	complete(&f->busy);
	return 0;
}

/* KVM does not have the window yet, and never will; but it can be found. */
static void access_while_it_is_published(void *context)
{
	struct fixture *f = context;
	struct task_struct *task = kthread_run(access_from_outside, f, "vdevfw-kunit");

	if (!IS_ERR(task))
		wait_for_completion(&f->a->entered);
}

static void note_that_it_has_settled(struct kthread_work *work)
{
	struct fixture *f = container_of(work, struct fixture, worker);

	complete(&f->go_on);
}

static void a_refused_window_is_freed_after_the_accesses(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int early;

	init_completion(&f->busy);
	fake_kvm.publish_error = -EBUSY;
	fake_kvm.publishing = access_while_it_is_published;
	fake_kvm.publishing_context = f;
	WRITE_ONCE(f->a->blocks, true);
	set(f, f->a, VIRT, OUTSIDE, 8, 6);
	init_completion(&f->go_on);
	kthread_init_work(&f->worker, note_that_it_has_settled);
	kthread_queue_work(f->gsp->worker, &f->worker);
	msleep(100);
	early = completion_done(&f->go_on);
	WRITE_ONCE(f->a->blocks, false);
	complete_all(&f->a->leave);
	wait_for_completion(&f->busy);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_FALSE_MSG(test, early, "it was freed while an access was inside");
}

static void a_region_in_the_guests_memory_vanishes(struct kunit *test)
{
	struct fixture *f = running(test);

	fake_kvm_add_memory(0, OUTSIDE, 0x1000, false);
	KUNIT_EXPECT_EQ(test, set(f, f->a, VIRT, OUTSIDE + 8, 8, 6), 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_PTR_EQ(test, info(f, QST_MEMORY, OUTSIDE + 8).vdev, NULL);
	EXPECT_SAYS(test, last_words(test, f), "its region at mem:0x40008 is lost");
}

static void an_empty_window_of_a_region_goes(struct kunit *test)
{
	struct fixture *f = running(test);

	set(f, f->a, VIRT, OUTSIDE, 0x1000, 6);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 2);
	KUNIT_EXPECT_EQ(test, set(f, f->a, GRF_NONE, OUTSIDE, 0x1000, 0), 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 1);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), USER_SPACE);
}

static void a_window_with_something_left_stays(struct kunit *test)
{
	struct fixture *f = running(test);

	set(f, f->a, VIRT, OUTSIDE, 0x20, 6);
	kthread_flush_worker(f->gsp->worker);
	set(f, f->a, GRF_NONE, OUTSIDE, 0x10, 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 2);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), ONES);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE + 0x10), 6);
}

static void a_declared_window_stays_when_it_is_empty(struct kunit *test)
{
	struct fixture *f = running(test);

	set(f, f->a, VIRT, WINDOW, 8, 6);
	set(f, f->a, GRF_NONE, WINDOW, 8, 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 1);
}

static void a_window_that_is_to_go_can_be_used_again(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int at_once;

	set(f, f->a, VIRT, OUTSIDE, 0x10, 6);
	kthread_flush_worker(f->gsp->worker);
	hold_worker(f);
	set(f, f->a, GRF_NONE, OUTSIDE, 0x10, 0);
	set(f, f->b, VIRT, OUTSIDE + 8, 8, 7);
	at_once = hit(f, MEM, OUTSIDE + 8);
	settle(f);
	KUNIT_EXPECT_EQ(test, at_once, 7);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE + 8), 7);
}

static void a_new_window_has_the_gates_of_the_others(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, testbed_stop(f->gsp, &bed->msg), 0);
	set(f, f->a, VIRT, OUTSIDE, 8, 6);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 2);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), USER_SPACE);
	testbed_must_start(test, f->gsp);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), 6);
}

static enum vdev_ref_status make_outside(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd, struct guest_cpu *gcp)
{
	struct probe *probe = container_of(vdp->v_factory, struct probe, factory);
	struct gasp_region region = region_of(probe, VIRT, QST_MEMORY, OUTSIDE, 8, 6);

	return gasp_region_set(vdp->v_gsp, 1, &region) ? VRS_TERMINATE : VRS_NORMAL;
}

static void a_handler_can_make_a_region_outside(struct kunit *test)
{
	struct fixture *f = assembled(test);
	u32 value = 0;

	f->a->factory.vwrite = make_outside;
	run(test, f);
	set(f, f->a, VIRT, WINDOW, 8, 4);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, WINDOW, 4, &value), 0);
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, OUTSIDE), 6);
}

/*
 * Ends
 */

static int set_at_the_end(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct gasp_region region;
	struct probe *other;

	if (ctrl != VDEV_CTRL_TERMINATE)
		return 0;
	/* The other one has not been told yet: its threads may be at work. */
	other = list_first_entry(&probe->bed->probes, struct probe, node);
	region = region_of(other, VIRT, QST_MEMORY, WINDOW, 8, 1);
	probe->value = gasp_region_set(vdp->v_gsp, 1, &region);
	return 0;
}

static void at_the_end_no_region_comes(struct kunit *test)
{
	struct fixture *f = running(test);

	f->b->on_control = set_at_the_end;
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, (int)f->b->value, -ESHUTDOWN);
}

static int hold_lock(void *data)
{
	struct fixture *f = data;
	unsigned int before;

	gasp_lock(f->gsp, QST_MEMORY);
	before = fake_kvm.retracts;
	complete(&f->busy);
	mdelay(50);
	/* What was found under the lock is there as long as it is held. */
	f->a->value = READ_ONCE(fake_kvm.retracts) - before;
	gasp_unlock(f->gsp, QST_MEMORY);
	return 0;
}

static void the_end_waits_for_who_has_the_lock(struct kunit *test)
{
	struct fixture *f = running(test);
	struct task_struct *task;

	set(f, f->a, VIRT, WINDOW, 8, 4);
	init_completion(&f->busy);
	task = kthread_create(hold_lock, f, "vdevfw-kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	f->a->value = 0;
	wake_up_process(task);
	wait_for_completion(&f->busy);
	vdevfw_guest_destroy(f->gsp);
	kthread_stop_put(task);
	KUNIT_EXPECT_EQ_MSG(test, f->a->value, 0, "the windows went meanwhile");
}

static int access_all_over(void *data)
{
	unsigned int i;
	u8 value;

	for (i = 0; !kthread_should_stop(); i++) {
		fake_kvm_read(0, MEM, (i & 1 ? WINDOW : OUTSIDE) + i % 0x40, 1, &value);
		/* As KVM does between two exits. */
		cond_resched();
	}
	return 0;
}

/* A region in a page that others share, split, and gone; in a window, and outside of all. */
static void change_all_over(struct probe *probe, unsigned int i)
{
	u64 start = i & 1 ? WINDOW + 8 : OUTSIDE;
	struct gasp_region regions[] = {
		region_of(probe, VIRT, QST_MEMORY, start, 0x30, i),
		region_of(probe, VIRT, QST_MEMORY, start + 0x10, 0x10, i + 1),
		region_of(probe, GRF_NONE, QST_MEMORY, start, 0x10, 0),
		region_of(probe, GRF_NONE, QST_MEMORY, start + 0x10, 0x10, 0),
		region_of(probe, GRF_NONE, QST_MEMORY, start + 0x20, 0x10, 0),
	};

	gasp_region_set(probe->vdp->v_gsp, ARRAY_SIZE(regions), regions);
}

static void accesses_and_changes_may_race(struct kunit *test)
{
	struct fixture *f = running(test);
	struct task_struct *vcpus[2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vcpus); i++)
		vcpus[i] = start(test, access_all_over, NULL);
	for (i = 0; i < 500; i++) {
		change_all_over(f->a, i);
		if (i % 8 == 0)
			vdevfw_vm_drain(f->gsp->vm);
	}
	kthread_flush_worker(f->gsp->worker);
	for (i = 0; i < ARRAY_SIZE(vcpus); i++)
		kthread_stop_put(vcpus[i]);
	KUNIT_EXPECT_EQ(test, gasp_walk_count(f->gsp, QST_MEMORY), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 1);
}

static void change_until_cancelled(void *arg)
{
	struct probe *probe = arg;
	unsigned int i;

	for (i = 0; !vdev_thread_cancelled(); i++) {
		change_all_over(probe, i);
		cond_resched();
	}
}

static int make_thread(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdev_thread *thread;

	if (ctrl != VDEV_CTRL_GUEST_CONFIGURED)
		return 0;
	return vdev_thread_create(vdp, "changes", &thread, change_until_cancelled, probe);
}

static void the_end_and_changes_may_race(struct kunit *test)
{
	struct fixture *f = assembled(test);
	struct task_struct *vcpu;

	f->a->on_control = make_thread;
	run(test, f);
	vcpu = start(test, access_all_over, NULL);
	msleep(50);
	vdevfw_guest_destroy(f->gsp);
	kthread_stop_put(vcpu);
	KUNIT_EXPECT_EQ(test, f->gsp->state, VDEVFW_STATE_DEAD);
}

static int set_and_fail(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct gasp_region region;

	if (ctrl == probe->fail_at) {
		region = region_of(probe, VIRT, QST_MEMORY, WINDOW, 8, 1);
		gasp_region_set(vdp->v_gsp, 1, &region);
		region = region_of(probe, VIRT, QST_X86_IO, PORTS, 8, 1);
		gasp_region_set(vdp->v_gsp, 1, &region);
		return -EIO;
	}
	return 0;
}

static const unsigned int failing_codes[] = { VDEV_CTRL_OPTIONS_START, VDEV_CTRL_OPTIONS_END };

static void describe_code(const unsigned int *ctrl, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "control code %u", *ctrl);
}
KUNIT_ARRAY_PARAM(failing, failing_codes, describe_code);

static void a_vdev_that_cannot_be_added_leaves_no_region(struct kunit *test)
{
	struct fixture *f = assembled(test);
	struct probe *c = probe_add_manual(test, "c");

	set(f, f->a, VIRT, WINDOW + 8, 8, 2);
	c->on_control = set_and_fail;
	c->fail_at = *(const unsigned int *)test->param_value;
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "c", NO_OPTIONS, NULL, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, gasp_walk_count(f->gsp, QST_MEMORY), 1);
	KUNIT_EXPECT_EQ(test, gasp_walk_count(f->gsp, QST_X86_IO), 0);
}

/*
 * Bounds
 */

static int seek_in_assign(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_ASSIGN)
		probe->value = gasp_find_free_range(vdp->v_gsp, QST_MEMORY, 8, 8, 0x50000,
						    U64_MAX);
	return 0;
}

/* What the fake defers stays until a drain: as if an access took its time. */
static void regions_that_cannot_be_freed_have_a_bound(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < 2000; i++)
		err = set(f, f->a, VIRT, WINDOW, 8, i + 1);
	KUNIT_EXPECT_EQ(test, err, -EAGAIN);
	vdevfw_vm_drain(f->gsp->vm);
	KUNIT_EXPECT_EQ(test, set(f, f->a, VIRT, WINDOW, 8, 1), 0);
}

static void a_place_of_the_users_is_in_the_way_of_who_looks_for_one_in_assign(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *seeker = probe_add_manual(test, "seeker");

	probe_add(test, "placed");
	seeker->on_control = seek_in_assign;
	testbed_must_add(test, gsp, "seeker", NO_OPTIONS);
	testbed_must_add(test, gsp, "placed", OPTIONS("loc=mem:0x50000"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_GT(test, seeker->value, 0x50000);
}

/*
 * Looking
 */

static void info_knows_what_is_empty_wraps_or_is_no_space(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region region;

	KUNIT_EXPECT_EQ(test, gasp_region_info(f->gsp, &(struct qvm_state_block) {
		.location = 0, .length = 0, .type = QST_MEMORY }, &region), -EINVAL);
	KUNIT_EXPECT_EQ(test, gasp_region_info(f->gsp, &(struct qvm_state_block) {
		.location = U64_MAX, .length = 2, .type = QST_MEMORY }, &region), -EINVAL);
	KUNIT_EXPECT_EQ(test, gasp_region_info(f->gsp, &(struct qvm_state_block) {
		.location = 0, .length = 8, .type = QST_PCI }, &region), -EINVAL);
	KUNIT_EXPECT_EQ(test, gasp_region_info(f->gsp, &(struct qvm_state_block) {
		.location = U64_MAX, .length = 1, .type = QST_MEMORY }, &region), 0);
}

struct seen {
	u64 start;
	u32 length;
	u32 flags;
};

static const struct seen seen[] = {
	{ 0, 0x8000, GRF_MEMORY | GRF_PASS_ANY | GRF_ACTIVE },
	{ 0x8000, 0x1000, GRF_MEMORY | GRF_PASS_RD | GRF_PASS_EX | GRF_ACTIVE },
	{ 0x10000, 8, VIRT | GRF_ACTIVE },
	{ 0x10008, 8, GRF_NOPERMS | GRF_ACTIVE },
	/* No more fits into a length. */
	{ 0x1000000, 0xfffff000, GRF_MEMORY | GRF_PASS_ANY | GRF_ACTIVE },
	{ 0x100fff000, 0x1001, GRF_MEMORY | GRF_PASS_ANY | GRF_ACTIVE },
};

static struct fixture *with_memory(struct kunit *test)
{
	struct fixture *f = running(test);

	fake_kvm_add_memory(0, 0x1000000, 0x100000001, false);
	fake_kvm_add_memory(0, 0x8000, 0x1000, true);
	fake_kvm_add_memory(0, 0, 0x8000, false);
	fake_kvm_add_device(0, MEM, 0x9000, 0x1000);
	set(f, f->a, VIRT, 0x10000, 8, 1);
	set(f, f->a, GRF_NOPERMS, 0x10008, 8, 1);
	return f;
}

static void a_walk_meets_regions_and_memory_by_address(struct kunit *test)
{
	struct fixture *f = with_memory(test);
	struct gasp_region region;
	struct gasp_walk walk;
	unsigned int i;

	gasp_walk_init(f->gsp, QST_MEMORY, &walk);
	for (i = 0; i < ARRAY_SIZE(seen); i++) {
		KUNIT_ASSERT_TRUE(test, gasp_walk_next(&walk, &region));
		KUNIT_EXPECT_EQ(test, region.guest.location, seen[i].start);
		KUNIT_EXPECT_EQ(test, region.guest.length, seen[i].length);
		KUNIT_EXPECT_EQ(test, region.flags, seen[i].flags);
	}
	KUNIT_EXPECT_FALSE(test, gasp_walk_next(&walk, &region));
	KUNIT_EXPECT_FALSE(test, gasp_walk_next(&walk, &region));
}

static void a_count_is_what_a_walk_meets(struct kunit *test)
{
	struct fixture *f = with_memory(test);

	KUNIT_EXPECT_EQ(test, gasp_walk_count(f->gsp, QST_MEMORY), ARRAY_SIZE(seen));
	KUNIT_EXPECT_EQ(test, gasp_walk_count(f->gsp, QST_X86_IO), 0);
}

static void a_region_that_memory_hides_is_not_active(struct kunit *test)
{
	struct fixture *f = running(test);

	set(f, f->a, VIRT, WINDOW, 0x1000, 1);
	set(f, f->a, VIRT, WINDOW + 0x1000, 0x1000, 2);
	fake_kvm_add_memory(0, WINDOW + 0x1000, 0x1000, false);
	KUNIT_EXPECT_EQ(test, info(f, QST_MEMORY, WINDOW).flags, VIRT | GRF_ACTIVE);
	KUNIT_EXPECT_EQ(test, info(f, QST_MEMORY, WINDOW + 0x1000).flags, VIRT);
}

static void during_assembly_no_region_is_active(struct kunit *test)
{
	struct fixture *f = assembled(test);

	set(f, f->a, VIRT, WINDOW, 8, 1);
	KUNIT_EXPECT_EQ(test, info(f, QST_MEMORY, WINDOW).flags, VIRT);
}

/*
 * Finding room, where there are
 *
 *	0-0x7fff	RAM
 *	0x8000-0x8fff	a device of KVM's
 *	0x9010-0x901f	a region of a's
 *	0x10000-0x1ffff	the window, in it a region of b's at 0x10000-0x1000f
 *	0x20000-		nothing up to the last address, but
 *	0x20, 0x21	a device of KVM's, on the ports
 */

struct room_case {
	const char *name;
	u16 type;
	u64 size;
	u64 align;
	u64 min_addr;
	u64 max_addr;
	u64 found;
};

#define LAST_ADDRESS	(BIT_ULL(40) - 1)

static const struct room_case room_cases[] = {
	{ "behind memory and device", QST_MEMORY, 0x10, 1, 0, U64_MAX, 0x9000 },
	{ "behind the region", QST_MEMORY, 0x11, 1, 0, U64_MAX, 0x9020 },
	{ "aligned", QST_MEMORY, 0x10, 0x1000, 0x9001, U64_MAX, 0xa000 },
	{ "aligned onto the window's region", QST_MEMORY, 0x10, 0x10000, 0, U64_MAX, 0x20000 },
	{ "not across the window's beginning", QST_MEMORY, 0x7000, 1, 0, U64_MAX, 0x10010 },
	{ "in the window", QST_MEMORY, 0x100, 0x100, 0x10000, U64_MAX, 0x10100 },
	{ "all that is left of the window", QST_MEMORY, 0xfff0, 1, 0xfffc, U64_MAX, 0x10010 },
	{ "not across the window's end", QST_MEMORY, 0xfff1, 1, 0x10000, U64_MAX, 0x20000 },
	{ "from the lower bound on", QST_MEMORY, 8, 1, 0x30001, U64_MAX, 0x30001 },
	{ "up to the upper bound", QST_MEMORY, 8, 1, 0x9000, 0x9007, 0x9000 },
	{ "one too many for the bounds", QST_MEMORY, 9, 1, 0x9000, 0x9007, QSL_NO_LOCATION },
	{ "bounds around what is taken", QST_MEMORY, 1, 1, 0x1000, 0x8fff, QSL_NO_LOCATION },
	{ "bounds the wrong way round", QST_MEMORY, 1, 1, 0x9001, 0x9000, QSL_NO_LOCATION },
	{ "the last address", QST_MEMORY, 1, 1, LAST_ADDRESS, U64_MAX, LAST_ADDRESS },
	{ "beyond the last address", QST_MEMORY, 2, 1, LAST_ADDRESS, U64_MAX, QSL_NO_LOCATION },
	{ "the alignment is beyond", QST_MEMORY, 1, BIT_ULL(41), 1, U64_MAX, QSL_NO_LOCATION },
	{ "the greatest alignment", QST_MEMORY, 1, BIT_ULL(63), 1, U64_MAX, QSL_NO_LOCATION },
	{ "at the end of all addresses", QST_MEMORY, 1, 2, U64_MAX, U64_MAX, QSL_NO_LOCATION },
	{ "everything", QST_MEMORY, U64_MAX, 1, 0, U64_MAX, QSL_NO_LOCATION },
	{ "more than 4 GiB", QST_MEMORY, 0x200000000, 1, 0, U64_MAX, 0x20000 },
	{ "ports before a device", QST_X86_IO, 0x20, 1, 0, U64_MAX, 0 },
	{ "ports behind a device", QST_X86_IO, 0x21, 1, 0, U64_MAX, 0x22 },
	{ "ports in their window", QST_X86_IO, 0xf0, 1, 0x30, U64_MAX, 0x100 },
	{ "the last port", QST_X86_IO, 1, 1, 0xffff, U64_MAX, 0xffff },
	{ "beyond the last port", QST_X86_IO, 2, 1, 0xffff, U64_MAX, QSL_NO_LOCATION },
	{ "size 0", QST_MEMORY, 0, 1, 0, U64_MAX, QSL_NO_LOCATION },
	{ "alignment 0", QST_MEMORY, 8, 0, 0, U64_MAX, QSL_NO_LOCATION },
	{ "alignment 3", QST_MEMORY, 8, 3, 0, U64_MAX, QSL_NO_LOCATION },
	{ "no space", QST_PCI, 8, 8, 0, U64_MAX, QSL_NO_LOCATION },
};

KUNIT_ARRAY_PARAM_DESC(room, room_cases, name);

static u64 find_room(struct kunit *test, struct fixture *f)
{
	const struct room_case *c = test->param_value;
	u64 found;

	fake_kvm_add_memory(0, 0, 0x8000, false);
	fake_kvm_add_device(0, MEM, 0x8000, 0x1000);
	fake_kvm_add_device(0, IO, 0x20, 2);
	set(f, f->a, VIRT, 0x9010, 0x10, 1);
	set(f, f->b, VIRT, WINDOW, 0x10, 1);
	gasp_lock(f->gsp, c->type);
	found = gasp_find_free_range(f->gsp, c->type, c->size, c->align, c->min_addr, c->max_addr);
	gasp_unlock(f->gsp, c->type);
	return found;
}

static void the_lowest_room_is_found(struct kunit *test)
{
	const struct room_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, find_room(test, running(test)), c->found);
}

static void during_assembly_the_same_room_is_found(struct kunit *test)
{
	const struct room_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, find_room(test, assembled(test)), c->found);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_change_is_made_or_refused, change_gen_params),
	KUNIT_CASE_PARAM(a_change_leads_to_these_regions, change_gen_params),
	KUNIT_CASE_PARAM(a_change_during_assembly_is_the_same, change_gen_params),
	KUNIT_CASE_PARAM(accesses_meet_what_a_change_has_made, change_gen_params),
	KUNIT_CASE_PARAM(a_refused_change_says_why, change_gen_params),
	KUNIT_CASE(soft_tells_the_first_that_fails),
	KUNIT_CASE(soft_tells_that_all_came),
	KUNIT_CASE(soft_need_not_tell_the_error),
	KUNIT_CASE(set_gives_the_error_of_the_first_that_fails),
	KUNIT_CASE(none_at_all_is_no_error),
	KUNIT_CASE(without_memory_a_change_is_not_made_at_all),
	KUNIT_CASE_PARAM(flags_are_taken_or_refused, flag_gen_params),
	KUNIT_CASE_PARAM(refused_flags_are_told_with_their_reason, flag_gen_params),
	KUNIT_CASE(within_control_the_command_tells_the_reason),
	KUNIT_CASE(what_has_no_permission_is_unsupported),
	KUNIT_CASE(what_only_traps_writes_is_not_read),
	KUNIT_CASE(what_only_traps_reads_is_not_written),
	KUNIT_CASE_PARAM(a_range_is_taken_or_refused, range_gen_params),
	KUNIT_CASE(a_region_is_of_a_vdev_of_the_guest),
	KUNIT_CASE(regions_that_cannot_be_freed_have_a_bound),
	KUNIT_CASE(a_place_of_the_users_is_in_the_way_of_who_looks_for_one_in_assign),
	KUNIT_CASE(during_assembly_the_lock_is_free),
	KUNIT_CASE(the_lock_is_real_afterwards),
	KUNIT_CASE(the_lock_cannot_be_taken_twice),
	KUNIT_CASE(both_locks_are_taken_in_one_order),
	KUNIT_CASE(a_lock_that_is_not_held_cannot_be_given_back),
	KUNIT_CASE(other_spaces_have_no_lock),
	KUNIT_CASE(soft_needs_the_lock_of_its_space),
	KUNIT_CASE(during_assembly_soft_needs_no_lock),
	KUNIT_CASE(find_free_needs_the_lock_once_it_is_real),
	KUNIT_CASE(one_at_a_time_has_the_lock),
	KUNIT_CASE_PARAM(a_declaration_is_taken_or_refused, window_gen_params),
	KUNIT_CASE(so_many_windows_can_be_declared),
	KUNIT_CASE(a_window_cannot_be_declared_later),
	KUNIT_CASE(a_declared_window_is_there_without_regions),
	KUNIT_CASE(an_access_to_an_empty_window_ends_the_machine_if_that_is_wanted),
	KUNIT_CASE_PARAM(regions_do_not_stick_out_of_a_window, edge_gen_params),
	KUNIT_CASE(in_a_window_a_region_is_there_at_once),
	KUNIT_CASE(in_a_window_a_region_is_gone_at_once),
	KUNIT_CASE(what_has_gone_is_freed_after_the_accesses),
	KUNIT_CASE(a_handler_can_move_its_own_region),
	KUNIT_CASE(outside_a_region_waits_for_the_worker),
	KUNIT_CASE(what_is_split_while_it_waits_comes_in_pieces),
	KUNIT_CASE(what_is_deleted_while_it_waits_never_comes),
	KUNIT_CASE(what_changes_hands_while_it_waits_is_the_new_ones),
	KUNIT_CASE(a_region_that_kvm_refuses_vanishes_with_a_message),
	KUNIT_CASE(a_refused_window_is_freed_after_the_accesses),
	KUNIT_CASE(a_region_in_the_guests_memory_vanishes),
	KUNIT_CASE(an_empty_window_of_a_region_goes),
	KUNIT_CASE(a_window_with_something_left_stays),
	KUNIT_CASE(a_declared_window_stays_when_it_is_empty),
	KUNIT_CASE(a_window_that_is_to_go_can_be_used_again),
	KUNIT_CASE(a_new_window_has_the_gates_of_the_others),
	KUNIT_CASE(a_handler_can_make_a_region_outside),
	KUNIT_CASE(at_the_end_no_region_comes),
	KUNIT_CASE(the_end_waits_for_who_has_the_lock),
	KUNIT_CASE(accesses_and_changes_may_race),
	KUNIT_CASE(the_end_and_changes_may_race),
	KUNIT_CASE_PARAM(a_vdev_that_cannot_be_added_leaves_no_region, failing_gen_params),
	KUNIT_CASE(info_knows_what_is_empty_wraps_or_is_no_space),
	KUNIT_CASE(a_walk_meets_regions_and_memory_by_address),
	KUNIT_CASE(a_count_is_what_a_walk_meets),
	KUNIT_CASE(a_region_that_memory_hides_is_not_active),
	KUNIT_CASE(during_assembly_no_region_is_active),
	KUNIT_CASE_PARAM(the_lowest_room_is_found, room_gen_params),
	KUNIT_CASE_PARAM(during_assembly_the_same_room_is_found, room_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-spaces",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
