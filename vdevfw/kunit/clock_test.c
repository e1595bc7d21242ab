// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/clock.c. */
#include <linux/kthread.h>

#include <vdevfw/timer.h>

#include "../service/timer.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define MS	1000000ull
#define CENTURY	(100ull * 365 * 86400 * 1000 * MS)

static struct guest_system *configured(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add_manual(test, "a");
	probe_add_manual(test, "b");
	testbed_must_add(test, gsp, "a", NO_OPTIONS);
	testbed_must_add(test, gsp, "b", NO_OPTIONS);
	testbed_must_configure(test, gsp);
	return gsp;
}

static struct guest_system *running(struct kunit *test)
{
	struct guest_system *gsp = configured(test);

	testbed_must_start(test, gsp);
	return gsp;
}

static vdev_t *vdev(struct guest_system *gsp, unsigned int i)
{
	struct vdevfw_vdev *vdev;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		if (!i--)
			return &vdev->pub;
	return NULL;
}

static u64 clock(struct guest_system *gsp)
{
	return guest_clock_read(vdev(gsp, 0));
}

static void the_clock_stands_until_the_first_start(struct kunit *test)
{
	struct guest_system *gsp = configured(test);

	fake_time_advance(MS);
	KUNIT_EXPECT_EQ(test, clock(gsp), 0);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, clock(gsp), 0);
}

static void the_clock_goes_as_the_hosts(struct kunit *test)
{
	struct guest_system *gsp = running(test);

	fake_time_advance(1);
	KUNIT_EXPECT_EQ(test, clock(gsp), 1);
	fake_time_advance(CENTURY);
	KUNIT_EXPECT_EQ(test, clock(gsp), CENTURY + 1);
	KUNIT_EXPECT_EQ(test, guest_clock_read(vdev(gsp, 1)), clock(gsp));
}

static void the_clock_stands_while_the_guest_is_stopped(struct kunit *test)
{
	struct guest_system *gsp = running(test);
	struct testbed *bed = test->priv;
	unsigned int i;

	for (i = 1; i <= 3; i++) {
		fake_time_advance(7);
		KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
		fake_time_advance(MS);
		KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
		KUNIT_EXPECT_EQ(test, clock(gsp), i * 7);
		testbed_must_start(test, gsp);
	}
	fake_time_advance(1);
	KUNIT_EXPECT_EQ(test, clock(gsp), 22);
}

static void the_clock_stands_until_all_have_started_it_as_often(struct kunit *test)
{
	struct guest_system *gsp = running(test);

	fake_time_advance(5);
	KUNIT_EXPECT_EQ(test, guest_clock_stop(vdev(gsp, 0)), 0);
	KUNIT_EXPECT_EQ(test, guest_clock_stop(vdev(gsp, 1)), 0);
	KUNIT_EXPECT_EQ(test, guest_clock_stop(vdev(gsp, 1)), 0);
	fake_time_advance(MS);
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 1)), 0);
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 0)), 0);
	fake_time_advance(MS);
	KUNIT_EXPECT_EQ(test, clock(gsp), 5);
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 1)), 0);
	fake_time_advance(2);
	KUNIT_EXPECT_EQ(test, clock(gsp), 7);
}

static void a_vdev_starts_only_what_it_has_stopped(struct kunit *test)
{
	struct guest_system *gsp = running(test);

	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 0)), -EALREADY);
	guest_clock_stop(vdev(gsp, 1));
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 0)), -EALREADY);
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 1)), 0);
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 1)), -EALREADY);
}

static void a_stopped_clock_does_not_go_with_the_guest(struct kunit *test)
{
	struct guest_system *gsp = running(test);
	struct testbed *bed = test->priv;

	guest_clock_stop(vdev(gsp, 0));
	KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	testbed_must_start(test, gsp);
	fake_time_advance(MS);
	KUNIT_EXPECT_EQ(test, clock(gsp), 0);
	KUNIT_EXPECT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, guest_clock_start(vdev(gsp, 0)), 0);
	fake_time_advance(MS);
	KUNIT_EXPECT_EQ(test, clock(gsp), 0);
	testbed_must_start(test, gsp);
	fake_time_advance(3);
	KUNIT_EXPECT_EQ(test, clock(gsp), 3);
}

static u64 stops_left[2];

/* "b" ends before "a" does. */
static int count_stops(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdevfw_timers *timers = to_vdevfw_vdev(vdp)->machine->timers;

	if (ctrl == VDEV_CTRL_TERMINATE)
		stops_left[vdp->v_factory->name[0] == 'b'] = timers->clock.stops;
	return 0;
}

static void what_a_vdev_has_stopped_its_end_starts(struct kunit *test)
{
	struct guest_system *gsp = running(test);
	unsigned int i;

	for (i = 0; i < 2; i++)
		container_of(vdev(gsp, i)->v_factory, struct probe, factory)->on_control = count_stops;
	guest_clock_stop(vdev(gsp, 0));
	guest_clock_stop(vdev(gsp, 1));
	guest_clock_stop(vdev(gsp, 1));
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, stops_left[1], 3);
	KUNIT_EXPECT_EQ(test, stops_left[0], 1);
	KUNIT_EXPECT_EQ(test, gsp->timers.clock.stops, 0);
	KUNIT_EXPECT_FALSE(test, gsp->timers.clock.running);
}

static int stop_and_start(void *vdp)
{
	while (!kthread_should_stop()) {
		guest_clock_stop(vdp);
		guest_clock_start(vdp);
		cond_resched();
	}
	return 0;
}

static void a_reader_sees_no_time_that_is_past(struct kunit *test)
{
	struct guest_system *gsp = running(test);
	struct task_struct *task = kthread_run(stop_and_start, vdev(gsp, 0), "vdevfw-kunit");
	unsigned int i, wrong = 0;
	u64 before = 0, now;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < 100000; i++) {
		fake_time_advance(1);
		now = clock(gsp);
		wrong += now < before || now > i + 1;
		before = now;
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_clock_stands_until_the_first_start),
	KUNIT_CASE(the_clock_goes_as_the_hosts),
	KUNIT_CASE(the_clock_stands_while_the_guest_is_stopped),
	KUNIT_CASE(the_clock_stands_until_all_have_started_it_as_often),
	KUNIT_CASE(a_vdev_starts_only_what_it_has_stopped),
	KUNIT_CASE(a_stopped_clock_does_not_go_with_the_guest),
	KUNIT_CASE(what_a_vdev_has_stopped_its_end_starts),
	KUNIT_CASE(a_reader_sees_no_time_that_is_past),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-clock",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
