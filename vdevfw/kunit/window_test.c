// SPDX-License-Identifier: GPL-2.0-only
/* Tests of space/window.c, and of how space/access.c finds a region in a window. */
#include <linux/prandom.h>

#include "../space/window.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define IO	VDEVFW_BUS_IO

/**
 * struct fixture - Spaces and their windows in VM 0
 * @vdev: Whose the regions are
 * @vm: The VM
 * @spaces: The spaces
 * @windows: The windows
 * @published: The windows are with KVM
 * @hit: Cookie of the region that the last access found, or 0
 * @culprit: Of a failed publication
 */
struct fixture {
	struct vdevfw_vdev vdev;
	struct vdevfw_vm *vm;
	struct gasp spaces[VDEVFW_BUSES];
	struct vdevfw_windows windows;
	bool published;
	unsigned int hit;
	u64 culprit;
};

static void nothing(void *context)
{
}

static const struct vdevfw_vm_ops no_ops = { .owner_died = nothing, .bus_lost = nothing };

static void unexpected_failure(vdev_t *vdp, enum vdev_ref_status status)
{
}

static const struct vdevfw_faults no_faults = { .failed = unexpected_failure };

static void retract(struct fixture *f)
{
	struct vdevfw_bus_device **devices;
	unsigned int n;

	if (!f->published)
		return;
	vdevfw_windows_close(&f->windows);
	devices = vdevfw_windows_take(&f->windows, &n);
	if (n)
		vdevfw_vm_retract(f->vm, devices, n);
	kvfree(devices);
	f->published = false;
}

static void tear_down(void *data)
{
	struct fixture *f = data;

	retract(f);
	gasp_destroy(&f->spaces[MEM]);
	gasp_destroy(&f->spaces[IO]);
	vdevfw_vm_detach(f->vm);
}

static const struct vdev_factory nobody = { .name = "nobody" };

static struct fixture *new_fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->vdev.pub.v_factory = &nobody;
	vdevfw_windows_init(&f->windows);
	gasp_init(&f->spaces[MEM]);
	gasp_init(&f->spaces[IO]);
	f->vm = vdevfw_vm_attach(0, &no_ops, f, &bed->msg);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->vm));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, tear_down, f), 0);
	return f;
}

static enum vdev_ref_status note_hit(vdev_t *vdp, unsigned int cookie,
				     const struct qvm_state_block *vopnd,
				     const struct qvm_state_block *oopnd, struct guest_cpu *gcp)
{
	struct fixture *f = container_of(vdp, struct fixture, vdev.pub);

	f->hit = cookie;
	return VRS_NORMAL;
}

static void add(struct kunit *test, struct fixture *f, enum vdevfw_bus bus, u64 start, u32 length,
		unsigned int cookie)
{
	struct vdevfw_region *region = kzalloc(sizeof(*region), GFP_KERNEL);
	const struct vdevfw_region *holder;
	struct gasp_change change;

	KUNIT_ASSERT_NOT_NULL(test, region);
	*region = (struct vdevfw_region) {
		.start = start,
		.length = length,
		.type = bus == IO ? QST_X86_IO : QST_MEMORY,
		.read_sizes = BIT(1) | BIT(2) | BIT(4) | BIT(8),
		.write_sizes = BIT(1),
		.cookie = cookie,
		.vdev = &f->vdev.pub,
		.vread = note_hit,
		.vwrite = note_hit,
	};
	KUNIT_ASSERT_EQ(test, gasp_prepare(&f->spaces[bus], region, true, GFP_KERNEL, &change,
					   &holder), 0);
	gasp_commit(&f->spaces[bus], &change);
}

static int publish(struct kunit *test, struct fixture *f)
{
	struct gasp *const spaces[] = { [MEM] = &f->spaces[MEM], [IO] = &f->spaces[IO] };
	struct testbed *bed = test->priv;
	int err;

	err = vdevfw_windows_publish(&f->windows, f->vm, spaces, NULL, &no_faults, &f->culprit,
				     &bed->msg);
	f->published = !err;
	return err;
}

static void must_publish(struct kunit *test, struct fixture *f)
{
	KUNIT_ASSERT_EQ(test, publish(test, f), 0);
	vdevfw_windows_open(&f->windows);
}

/* Which region a byte at @addr belongs to; 0 if KVM would leave to user space. */
static unsigned int hit(struct fixture *f, enum vdevfw_bus bus, u64 addr)
{
	u8 value;

	f->hit = 0;
	return fake_kvm_read(0, bus, addr, 1, &value) ? 0 : f->hit;
}

/*
 * Which windows there are
 */

struct layout_range {
	u64 start;
	u32 length;
};

struct layout_case {
	const char *name;
	enum vdevfw_bus bus;
	struct layout_range regions[6];
	struct layout_range windows[6];
};

static const struct layout_case layout_cases[] = {
	{ "one region", MEM, { { 0x1000, 0x1000 } }, { { 0x1000, 0x1000 } } },
	{ "one byte", MEM, { { 0x1001, 1 } }, { { 0x1001, 1 } } },
	{ "regions that touch", MEM, { { 0x1000, 0x1000 }, { 0x2000, 0x10 }, { 0x2010, 4 } },
	  { { 0x1000, 0x1014 } } },
	{ "regions that touch, in any order", MEM, { { 0x2010, 4 }, { 0x1000, 0x1000 },
	  { 0x2000, 0x10 } }, { { 0x1000, 0x1014 } } },
	{ "a gap of a page", MEM, { { 0x1000, 0x1000 }, { 0x3000, 0x1000 } },
	  { { 0x1000, 0x1000 }, { 0x3000, 0x1000 } } },
	{ "a gap of one byte", MEM, { { 0x1000, 0x10 }, { 0x1011, 0x10 } },
	  { { 0x1000, 0x10 }, { 0x1011, 0x10 } } },
	{ "some touch, some do not", MEM, { { 0, 8 }, { 8, 8 }, { 0x20, 8 }, { 0x28, 8 } },
	  { { 0, 0x10 }, { 0x20, 0x10 } } },
	{ "ports that touch", IO, { { 0x60, 1 }, { 0x61, 3 } }, { { 0x60, 4 } } },
	{ "ports that do not", IO, { { 0x60, 1 }, { 0x64, 1 } }, { { 0x60, 1 }, { 0x64, 1 } } },
	{ "all ports", IO, { { 0, 0x10000 } }, { { 0, 0x10000 } } },
	{ "the end of the space", MEM, { { U64_MAX - 0xfff, 0x1000 } },
	  { { U64_MAX - 0xfff, 0x1000 } } },
	{ "the last address", MEM, { { U64_MAX - 1, 1 }, { U64_MAX, 1 } }, { { U64_MAX - 1, 2 } } },
	{ "INT_MAX bytes", MEM, { { 0, 0x40000000 }, { 0x40000000, 0x3fffffff } },
	  { { 0, INT_MAX } } },
	{ "one more than INT_MAX", MEM, { { 0, 0x40000000 }, { 0x40000000, 0x40000000 } },
	  { { 0, 0x40000000 }, { 0x40000000, 0x40000000 } } },
	{ "three that are more together", MEM,
	  { { 0, 0x40000000 }, { 0x40000000, 0x3fffffff }, { 0x7fffffff, 1 } },
	  { { 0, INT_MAX }, { 0x7fffffff, 1 } } },
};

KUNIT_ARRAY_PARAM_DESC(layout, layout_cases, name);

static struct fixture *fixture_with_layout(struct kunit *test, const struct layout_case *c)
{
	struct fixture *f = new_fixture(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->regions) && c->regions[i].length; i++)
		add(test, f, c->bus, c->regions[i].start, c->regions[i].length, i + 1);
	must_publish(test, f);
	return f;
}

static void regions_that_touch_share_a_window(struct kunit *test)
{
	const struct layout_case *c = test->param_value;
	const struct vdevfw_bus_device *device;
	unsigned int i, n = 0;

	fixture_with_layout(test, c);
	while (n < ARRAY_SIZE(c->windows) && c->windows[n].length)
		n++;
	KUNIT_ASSERT_EQ(test, fake_kvm_devices(0, c->bus), n);
	for (i = 0; i < n; i++) {
		device = fake_kvm_device(0, c->bus, i);
		KUNIT_EXPECT_EQ(test, device->start, c->windows[i].start);
		KUNIT_EXPECT_EQ(test, device->length, c->windows[i].length);
	}
}

static void the_edges_of_each_region_belong_to_it(struct kunit *test)
{
	const struct layout_case *c = test->param_value;
	struct fixture *f = fixture_with_layout(test, c);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->regions) && c->regions[i].length; i++) {
		u64 start = c->regions[i].start;

		KUNIT_EXPECT_EQ(test, hit(f, c->bus, start), i + 1);
		KUNIT_EXPECT_EQ(test, hit(f, c->bus, start + c->regions[i].length - 1), i + 1);
	}
}

static void addresses_beside_a_window_go_to_user_space(struct kunit *test)
{
	const struct layout_case *c = test->param_value;
	struct fixture *f = fixture_with_layout(test, c);
	u64 first = c->windows[0].start;

	if (first)
		KUNIT_EXPECT_EQ(test, hit(f, c->bus, first - 1), 0);
	KUNIT_EXPECT_EQ(test, hit(f, c->bus == MEM ? IO : MEM, first), 0);
}

static void the_buses_have_windows_of_their_own(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0x60, 4, 1);
	add(test, f, IO, 0x60, 4, 2);
	must_publish(test, f);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0x60), 1);
	KUNIT_EXPECT_EQ(test, hit(f, IO, 0x60), 2);
}

static void no_region_makes_no_window(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	must_publish(test, f);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, IO), 0);
}

static void all_windows_are_published_at_once(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	unsigned int i;

	for (i = 0; i < 10; i++)
		add(test, f, i & 1 ? MEM : IO, i * 0x100, 0x10, i + 1);
	must_publish(test, f);
	KUNIT_EXPECT_EQ(test, fake_kvm.publishes, 1);
}

/*
 * Gates
 */

static void the_gates_are_closed_at_first(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	KUNIT_ASSERT_EQ(test, publish(test, f), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0), 0);
}

static void gates_close_and_open_again(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	add(test, f, MEM, 0x2000, 0x10, 2);
	add(test, f, IO, 0, 0x10, 3);
	must_publish(test, f);
	vdevfw_windows_close(&f->windows);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0), 0);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0x2000), 0);
	KUNIT_EXPECT_EQ(test, hit(f, IO, 0), 0);
	vdevfw_windows_open(&f->windows);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0), 1);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0x2000), 2);
	KUNIT_EXPECT_EQ(test, hit(f, IO, 0), 3);
}

static void retracted_windows_are_gone(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	add(test, f, IO, 0, 0x10, 2);
	must_publish(test, f);
	retract(f);
	KUNIT_EXPECT_EQ(test, f->windows.n, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, IO), 0);
}

static void windows_can_be_published_again(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	must_publish(test, f);
	retract(f);
	must_publish(test, f);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0), 1);
}

static void an_abandoned_window_stays_closed(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	must_publish(test, f);
	fake_kvm.abandons = true;
	retract(f);
	gasp_destroy(&f->spaces[MEM]);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), 1);
	KUNIT_EXPECT_EQ(test, hit(f, MEM, 0), 0);
}

/*
 * Failures
 */

static void a_failed_publication_leaves_nothing(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	add(test, f, IO, 0, 0x10, 2);
	fake_kvm.publish_error = -EBUSY;
	KUNIT_EXPECT_EQ(test, publish(test, f), -EBUSY);
	KUNIT_EXPECT_EQ(test, f->windows.n, 0);
	KUNIT_EXPECT_PTR_EQ(test, f->windows.device, NULL);
}

static void a_failed_publication_names_the_culprit(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 17);
	fake_kvm.publish_error = -EBUSY;
	fake_kvm.publish_culprit = 17;
	publish(test, f);
	KUNIT_EXPECT_EQ(test, f->culprit, 17);
}

static bool publish_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = arg;
	bool failed;
	int err;

	testbed_start_failing();
	err = publish(test, f);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
	KUNIT_EXPECT_EQ(test, f->windows.n, err ? 0 : 3);
	KUNIT_EXPECT_EQ(test, fake_kvm_devices(0, MEM), err ? 0 : 2);
	retract(f);
	return failed;
}

static void without_memory_nothing_is_published(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	add(test, f, MEM, 0, 0x10, 1);
	add(test, f, MEM, 0x10, 0x10, 2);
	add(test, f, MEM, 0x2000, 0x10, 3);
	add(test, f, IO, 0, 0x10, 4);
	testbed_fail_each_allocation(test, publish_without_memory, f);
}

/*
 * Every address, against a linear search
 */

#define PROPERTY_PAGES	6
#define PROPERTY_SIZE	(PROPERTY_PAGES * PAGE_SIZE)

static unsigned int linear_search(struct gasp *space, u64 addr)
{
	struct vdevfw_region *region = NULL;

	while ((region = gasp_next(space, region)))
		if (addr >= region->start && addr <= vdevfw_region_last(region))
			return region->cookie;
	return 0;
}

/* Regions and gaps of any length, mostly touching, from @base on. */
static void add_random_regions(struct kunit *test, struct fixture *f, enum vdevfw_bus bus,
			       u64 base, struct rnd_state *rnd)
{
	static const unsigned int longest[] = { 4, 64, PAGE_SIZE, 2 * PAGE_SIZE };
	unsigned int at = 0, cookie = 1;

	while (at < PROPERTY_SIZE) {
		unsigned int length = 1 + prandom_u32_state(rnd) %
				      longest[prandom_u32_state(rnd) % ARRAY_SIZE(longest)];

		length = min_t(unsigned int, length, PROPERTY_SIZE - at);
		if (prandom_u32_state(rnd) % 4)
			add(test, f, bus, base + at, length, cookie++);
		at += length;
	}
}

static void compare_each_address(struct kunit *test, enum vdevfw_bus bus, u64 base, u32 seed)
{
	struct fixture *f = new_fixture(test);
	struct rnd_state rnd;
	unsigned int at;

	prandom_seed_state(&rnd, seed);
	add_random_regions(test, f, bus, base, &rnd);
	must_publish(test, f);
	for (at = 0; at < PROPERTY_SIZE; at++)
		if (hit(f, bus, base + at) != linear_search(&f->spaces[bus], base + at))
			break;
	KUNIT_EXPECT_EQ_MSG(test, at, PROPERTY_SIZE, "seed %u: wrong region at 0x%llx", seed,
			    base + at);
	retract(f);
}

static void each_address_in_memory_finds_its_region(struct kunit *test)
{
	u32 seed;

	for (seed = 1; seed <= 4; seed++) {
		compare_each_address(test, MEM, 0, seed);
		compare_each_address(test, MEM, 0xfffff000, seed);
		compare_each_address(test, MEM, 0x10abc, seed);
		compare_each_address(test, MEM, U64_MAX - PROPERTY_SIZE + 1, seed);
	}
}

static void each_port_finds_its_region(struct kunit *test)
{
	u32 seed;

	for (seed = 1; seed <= 4; seed++) {
		compare_each_address(test, IO, 0, seed);
		compare_each_address(test, IO, 0x10000 - PROPERTY_SIZE, seed);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(regions_that_touch_share_a_window, layout_gen_params),
	KUNIT_CASE_PARAM(the_edges_of_each_region_belong_to_it, layout_gen_params),
	KUNIT_CASE_PARAM(addresses_beside_a_window_go_to_user_space, layout_gen_params),
	KUNIT_CASE(the_buses_have_windows_of_their_own),
	KUNIT_CASE(no_region_makes_no_window),
	KUNIT_CASE(all_windows_are_published_at_once),
	KUNIT_CASE(the_gates_are_closed_at_first),
	KUNIT_CASE(gates_close_and_open_again),
	KUNIT_CASE(retracted_windows_are_gone),
	KUNIT_CASE(windows_can_be_published_again),
	KUNIT_CASE(an_abandoned_window_stays_closed),
	KUNIT_CASE(a_failed_publication_leaves_nothing),
	KUNIT_CASE(a_failed_publication_names_the_culprit),
	KUNIT_CASE(without_memory_nothing_is_published),
	KUNIT_CASE(each_address_in_memory_finds_its_region),
	KUNIT_CASE(each_port_finds_its_region),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-window",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
