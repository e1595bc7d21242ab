// SPDX-License-Identifier: GPL-2.0-only
/* Tests of drivers/vdev-trace.c, which is part of this file, at a stop, a save and a restore. */
#include <linux/delay.h>
#include <linux/slab.h>

#include "../vdev/vdev.h"
#include "testbed.h"

#undef module_vdev_factory
#define module_vdev_factory(...)
#include "../../drivers/vdev-trace.c"

#define LOCATION	0xfa000000
#define PASSING		0xfa001000

static int init(struct kunit *test)
{
	int err = testbed_init(test);

	vdtrace_factory.name = "trace";
	return err ?: vdev_register_factory(&vdtrace_factory, QVM_VDEV_ABI);
}

static void leave(struct kunit *test)
{
	vdev_unregister_factory(&vdtrace_factory);
}

/* One whose counter is its own, and one whose counter is in a page. */
static struct guest_system *configured(struct kunit *test, int fd)
{
	struct guest_system *gsp = testbed_guest(test, fd);

	testbed_must_add(test, gsp, "trace", OPTIONS("loc=0xfa000000"));
	testbed_must_add(test, gsp, "trace", OPTIONS("loc=0xfa001000\0pass-reads"));
	testbed_must_configure(test, gsp);
	return gsp;
}

static struct guest_system *running(struct kunit *test)
{
	static const u32 own = 1000, page = 2000;
	struct guest_system *gsp = configured(test, 0);

	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, VDEVFW_BUS_MEM, LOCATION, sizeof(own), &own), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, VDEVFW_BUS_MEM, PASSING, sizeof(page), &page), 0);
	return gsp;
}

/* Also while the gates are closed. */
static u32 counter(struct guest_system *gsp, unsigned int id)
{
	struct vdtrace_state *state;
	struct vdevfw_vdev *vdev;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		state = vdev->pub.v_device;
		if (vdev->id == id)
			return READ_ONCE(*state->counter);
	}
	return 0;
}

static void expect_counts(struct kunit *test, struct guest_system *gsp)
{
	u32 own = counter(gsp, 1), page = counter(gsp, 2);
	unsigned int i;

	for (i = 0; i < 500 && (counter(gsp, 1) == own || counter(gsp, 2) == page); i++)
		msleep(20);
	KUNIT_EXPECT_GT(test, counter(gsp, 1), own);
	KUNIT_EXPECT_GT(test, counter(gsp, 2), page);
}

/* For longer than it takes to count once. */
static void expect_stands(struct kunit *test, struct guest_system *gsp)
{
	u32 own = counter(gsp, 1), page = counter(gsp, 2);

	msleep(1500);
	KUNIT_EXPECT_EQ(test, counter(gsp, 1), own);
	KUNIT_EXPECT_EQ(test, counter(gsp, 2), page);
}

static void save_to(struct kunit *test, struct guest_system *gsp, struct guest_system *other)
{
	struct testbed *bed = test->priv;
	void *data = NULL;
	u64 culprit;
	size_t size;
	u32 flags;

	KUNIT_ASSERT_EQ(test, vdevfw_guest_save(gsp, &data, &size, &culprit, &flags, &bed->msg), 0);
	KUNIT_ASSERT_EQ_MSG(test, vdevfw_guest_restore(other, data, size, &culprit, &bed->msg), 0,
			    "%s", bed->msg.text);
}

static void stopped_it_does_not_count(struct kunit *test)
{
	struct guest_system *gsp = running(test);
	struct testbed *bed = test->priv;

	expect_counts(test, gsp);
	KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	expect_stands(test, gsp);
	testbed_must_start(test, gsp);
	expect_counts(test, gsp);
}

static void a_restored_one_counts_on_when_the_machine_starts(struct kunit *test)
{
	struct guest_system *gsp = running(test), *other = configured(test, 1);
	struct testbed *bed = test->priv;
	u32 own, page;

	expect_counts(test, gsp);
	KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	own = counter(gsp, 1);
	page = counter(gsp, 2);
	save_to(test, gsp, other);
	KUNIT_EXPECT_GT(test, own, 1000);
	KUNIT_EXPECT_EQ(test, counter(other, 1), own);
	KUNIT_EXPECT_EQ(test, counter(other, 2), page);
	expect_stands(test, other);
	testbed_must_start(test, other);
	expect_counts(test, other);
	KUNIT_EXPECT_LT(test, counter(other, 1), own + 100);
	KUNIT_EXPECT_LT(test, counter(other, 2), page + 100);
}

static void a_saved_one_counts_on(struct kunit *test)
{
	struct guest_system *gsp = running(test), *other = configured(test, 1);

	save_to(test, gsp, other);
	expect_counts(test, gsp);
	KUNIT_EXPECT_GT(test, counter(gsp, 1), 1000);
	KUNIT_EXPECT_LT(test, counter(gsp, 1), 1100);
}

static void reset_it_counts_from_0(struct kunit *test)
{
	struct guest_system *gsp = running(test);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, vdevfw_guest_ask(gsp, VDEVFW_ASK_RESET, 0, VDEVFW_ASK_WAIT,
					       &bed->msg), 0);
	KUNIT_EXPECT_LT(test, counter(gsp, 1), 100);
	KUNIT_EXPECT_LT(test, counter(gsp, 2), 100);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(stopped_it_does_not_count),
	KUNIT_CASE(a_restored_one_counts_on_when_the_machine_starts),
	KUNIT_CASE(a_saved_one_counts_on),
	KUNIT_CASE(reset_it_counts_from_0),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-trace",
	.init = init,
	.exit = leave,
	.test_cases = cases,
};
kunit_test_suite(suite);
