// SPDX-License-Identifier: GPL-2.0-only
/* Tests of space/gasp.c. */
#include <kunit/test.h>

#include "../space/gasp.h"

static struct gasp *empty_space(struct kunit *test)
{
	struct gasp *space = kunit_kzalloc(test, sizeof(*space), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, space);
	gasp_init(space);
	return space;
}

KUNIT_DEFINE_ACTION_WRAPPER(destroy_space, gasp_destroy, struct gasp *);

static struct gasp *new_space(struct kunit *test)
{
	struct gasp *space = empty_space(test);

	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_space, space), 0);
	return space;
}

/* Some vdevs: nobody looks into them here. */
static vdev_t vdevs[4];

/* Let @vdp have a range, or, if @keep is false, let it be empty. */
static int change(struct kunit *test, struct gasp *space, vdev_t *vdp, u64 start, u32 length,
		  unsigned int cookie, bool keep, const struct vdevfw_region **holder)
{
	struct vdevfw_region *region = kzalloc(sizeof(*region), GFP_KERNEL);
	struct gasp_change change;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, region);
	region->start = start;
	region->length = length;
	region->vdev = vdp;
	region->cookie = cookie;
	err = gasp_prepare(space, region, keep, GFP_KERNEL, &change, holder);
	if (!err)
		gasp_commit(space, &change);
	if (!err)
		kfree(change.old);
	if (err || !keep)
		kfree(region);
	return err;
}

/* What another vdev has is in the way of each one. */
static int insert(struct kunit *test, struct gasp *space, u64 start, u32 length,
		  const struct vdevfw_region **holder)
{
	const struct vdevfw_region *ignored;
	unsigned int who = space->n % ARRAY_SIZE(vdevs);

	return change(test, space, &vdevs[who], start, length, 0, true, holder ?: &ignored);
}

struct range_case {
	const char *name;
	u64 start;
	u32 length;
	int err;
};

/* Where 0x1000 to 0x1fff is taken. */
static const struct range_case overlap_cases[] = {
	{ "the same", 0x1000, 0x1000, -EADDRINUSE },
	{ "within", 0x1800, 1, -EADDRINUSE },
	{ "around", 0x800, 0x1000, -EADDRINUSE },
	{ "around all of it", 0, 0x10000, -EADDRINUSE },
	{ "its first address", 0x1000, 1, -EADDRINUSE },
	{ "its last address", 0x1fff, 1, -EADDRINUSE },
	{ "ends on its first address", 0xfff, 2, -EADDRINUSE },
	{ "begins on its last address", 0x1fff, 2, -EADDRINUSE },
	{ "touches from below", 0x800, 0x800, 0 },
	{ "touches from above", 0x2000, 0x1000, 0 },
	{ "far below", 0, 1, 0 },
	{ "far above", U64_MAX, 1, 0 },
};

KUNIT_ARRAY_PARAM_DESC(overlap, overlap_cases, name);

static void overlaps_are_refused(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct gasp *space = new_space(test);

	KUNIT_ASSERT_EQ(test, insert(test, space, 0x1000, 0x1000, NULL), 0);
	KUNIT_EXPECT_EQ(test, insert(test, space, c->start, c->length, NULL), c->err);
}

static void an_overlap_names_the_holder(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	const struct vdevfw_region *holder = NULL;
	struct gasp *space = new_space(test);

	KUNIT_ASSERT_EQ(test, insert(test, space, 0x1000, 0x1000, NULL), 0);
	if (insert(test, space, c->start, c->length, &holder)) {
		KUNIT_ASSERT_NOT_NULL(test, holder);
		KUNIT_EXPECT_EQ(test, holder->start, 0x1000);
	}
}

static void a_refused_region_changes_nothing(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct gasp *space = new_space(test);
	struct vdevfw_region *only;

	KUNIT_ASSERT_EQ(test, insert(test, space, 0x1000, 0x1000, NULL), 0);
	if (!insert(test, space, c->start, c->length, NULL))
		return;
	only = gasp_next(space, NULL);
	KUNIT_ASSERT_NOT_NULL(test, only);
	KUNIT_EXPECT_EQ(test, only->start, 0x1000);
	KUNIT_EXPECT_EQ(test, only->length, 0x1000);
	KUNIT_EXPECT_PTR_EQ(test, gasp_next(space, only), NULL);
}

static const struct range_case edge_cases[] = {
	{ "the first address", 0, 1, 0 },
	{ "the last address", U64_MAX, 1, 0 },
	{ "up to the last address", U64_MAX - 0xfff, 0x1000, 0 },
	{ "as long as can be, at the beginning", 0, U32_MAX, 0 },
	{ "as long as can be, at the end", U64_MAX - U32_MAX + 1, U32_MAX, 0 },
	{ "across 4 GiB", 0xfffffff0, 0x20, 0 },
	{ "one more than the last address", U64_MAX, 2, -EINVAL },
	{ "across the end", U64_MAX - 0xffe, 0x1000, -EINVAL },
	{ "across the end, as long as can be", U64_MAX - 1, U32_MAX, -EINVAL },
	{ "empty", 0x1000, 0, -EINVAL },
	{ "empty at the beginning", 0, 0, -EINVAL },
	{ "empty at the end", U64_MAX, 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(edge, edge_cases, name);

static void edges_are_respected(struct kunit *test)
{
	const struct range_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, insert(test, new_space(test), c->start, c->length, NULL), c->err);
}

static void the_walk_finds_a_region_at_an_edge(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct gasp *space = new_space(test);
	struct vdevfw_region *region;

	if (insert(test, space, c->start, c->length, NULL))
		return;
	region = gasp_next(space, NULL);
	KUNIT_ASSERT_NOT_NULL(test, region);
	KUNIT_EXPECT_EQ(test, region->start, c->start);
	KUNIT_EXPECT_PTR_EQ(test, gasp_next(space, region), NULL);
}

static void an_edge_can_be_taken_once(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct gasp *space = new_space(test);

	if (!insert(test, space, c->start, c->length, NULL))
		KUNIT_EXPECT_EQ(test, insert(test, space, c->start, c->length, NULL), -EADDRINUSE);
}

static void an_empty_space_has_no_region(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, gasp_next(new_space(test), NULL), NULL);
}

static void the_walk_goes_by_address(struct kunit *test)
{
	static const u64 inserted[] = { 0x5000, U64_MAX, 0, 0x100000000, 0x5001, 1 };
	static const u64 walked[] = { 0, 1, 0x5000, 0x5001, 0x100000000, U64_MAX };
	struct gasp *space = new_space(test);
	struct vdevfw_region *region = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(inserted); i++)
		KUNIT_ASSERT_EQ(test, insert(test, space, inserted[i], 1, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(walked); i++) {
		region = gasp_next(space, region);
		KUNIT_ASSERT_NOT_NULL(test, region);
		KUNIT_EXPECT_EQ(test, region->start, walked[i]);
	}
	KUNIT_EXPECT_PTR_EQ(test, gasp_next(space, region), NULL);
}

static void the_space_is_empty_after_its_end(struct kunit *test)
{
	struct gasp *space = empty_space(test);

	insert(test, space, 0, 1, NULL);
	insert(test, space, U64_MAX, 1, NULL);
	insert(test, space, 0x1000, 0x1000, NULL);
	gasp_destroy(space);
	KUNIT_EXPECT_PTR_EQ(test, gasp_next(space, NULL), NULL);
}

static void an_empty_space_can_end(struct kunit *test)
{
	struct gasp *space = empty_space(test);

	gasp_destroy(space);
	gasp_destroy(space);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(overlaps_are_refused, overlap_gen_params),
	KUNIT_CASE_PARAM(an_overlap_names_the_holder, overlap_gen_params),
	KUNIT_CASE_PARAM(a_refused_region_changes_nothing, overlap_gen_params),
	KUNIT_CASE_PARAM(edges_are_respected, edge_gen_params),
	KUNIT_CASE_PARAM(the_walk_finds_a_region_at_an_edge, edge_gen_params),
	KUNIT_CASE_PARAM(an_edge_can_be_taken_once, edge_gen_params),
	KUNIT_CASE(an_empty_space_has_no_region),
	KUNIT_CASE(the_walk_goes_by_address),
	KUNIT_CASE(the_space_is_empty_after_its_end),
	KUNIT_CASE(an_empty_space_can_end),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-gasp",
	.test_cases = cases,
};
kunit_test_suite(suite);
