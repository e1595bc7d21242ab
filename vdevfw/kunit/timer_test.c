// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/timer.c and service/worker.c. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>

#include <vdevfw/guest.h>
#include <vdevfw/timer.h>

#include "../service/timer.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define MS	1000000ull
#define CALLS	16
#define TIMERS	3

/**
 * struct fixture - A guest, and a vdev with timers
 * @gsp: The guest
 * @probe: The vdev
 * @nr_timers: How many OPTIONS_END makes
 * @timers: What it made
 * @resolution: What it was told with the last one
 * @refusal: What it returns
 * @on_call: Called by timer(), unless NULL
 * @calls: How many calls of timer() have begun
 * @data: Of the first ones: their data,
 * @periods: their periods
 * @period: Of the last one
 * @policy: Its thread's
 * @blocks: timer() completes @entered and waits for @leave
 * @entered: see @blocks
 * @leave: see @blocks
 * @killed: This wait was interrupted
 */
static struct fixture {
	struct guest_system *gsp;
	struct probe *probe;
	unsigned int nr_timers;
	struct guest_timer *timers[TIMERS];
	u64 resolution;
	int refusal;
	void (*on_call)(struct guest_timer *timer, const struct guest_timer_data *tdp);
	unsigned int calls;
	void *data[CALLS];
	struct guest_timer_data periods[CALLS];
	struct guest_timer_data period;
	unsigned int policy;
	bool blocks;
	struct completion entered;
	struct completion leave;
	bool killed;
} fixture;

static void note_call(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
		      struct guest_cpu *gcp)
{
	struct fixture *f = &fixture;
	unsigned int i = f->calls;

	f->period = *tdp;
	f->policy = current->policy;
	if (i < CALLS) {
		f->data[i] = data;
		f->periods[i] = *tdp;
	}
	WRITE_ONCE(f->calls, i + 1);
	if (READ_ONCE(f->blocks)) {
		complete(&f->entered);
		f->killed = wait_for_completion_killable(&f->leave);
	}
	if (f->on_call)
		f->on_call(f->timers[(unsigned long)data], tdp);
}

static int make_timers(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct fixture *f = &fixture;
	unsigned long i;

	if (ctrl != VDEV_CTRL_OPTIONS_END)
		return 0;
	for (i = 0; i < f->nr_timers; i++)
		f->timers[i] = guest_timer_create(NULL, vdp, (void *)i, &f->resolution);
	return f->refusal;
}

/* A guest whose vdev has been added with @options. */
static struct fixture *assembled(struct kunit *test, const char *options, size_t len)
{
	struct fixture *f = &fixture;

	*f = (struct fixture) { .nr_timers = TIMERS };
	init_completion(&f->entered);
	init_completion(&f->leave);
	f->gsp = testbed_guest(test, 0);
	f->probe = probe_new(test, "a");
	f->probe->factory.factory_flags = VFF_MANUAL_REGION;
	f->probe->factory.timer = note_call;
	f->probe->preset.type = QST_NO_TYPE;
	f->probe->on_control = make_timers;
	probe_register(test, f->probe);
	testbed_must_add(test, f->gsp, "a", options, len);
	return f;
}

static struct fixture *running(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);

	KUNIT_ASSERT_NOT_NULL(test, f->timers[TIMERS - 1]);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

/* Let the threads do all that is due. What a call makes due comes behind the first flush. */
static void settle(struct fixture *f)
{
	unsigned int calls;

	do {
		calls = READ_ONCE(f->calls);
		vdevfw_workers_flush(&f->gsp->workers);
		vdevfw_workers_flush(&f->gsp->workers);
	} while (READ_ONCE(f->calls) != calls);
}

/* Let time pass on a host that does everything at once. */
static void pass(struct fixture *f, u64 ns)
{
	u64 until = guest_clock_read(f->probe->vdp) + ns;
	u64 now;

	do {
		settle(f);
		now = guest_clock_read(f->probe->vdp);
	} while (fake_time_ring_next(vdevfw_host_now() + until - now));
}

/* The same while the clock stands. */
static void stand(struct fixture *f, u64 ns)
{
	fake_time_advance(ns);
	settle(f);
}

static u64 clock(struct fixture *f)
{
	return guest_clock_read(f->probe->vdp);
}

static void must_stop(struct kunit *test, struct fixture *f)
{
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, testbed_stop(f->gsp, &bed->msg), 0);
}

/*
 * One shot
 */

static void a_timer_goes_off_once_and_in_time(struct kunit *test)
{
	struct fixture *f = running(test);

	pass(f, 7 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_notify(f->timers[1], NULL, 5 * MS), 0);
	pass(f, 5 * MS - 1);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	pass(f, 1);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	pass(f, 100 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, f->data[0], (void *)1);
}

static void a_call_is_told_its_period_on_both_clocks(struct kunit *test)
{
	u64 host = vdevfw_host_now();
	struct fixture *f = running(test);

	pass(f, 7 * MS);
	guest_timer_notify(f->timers[0], NULL, 5 * MS);
	pass(f, 5 * MS);
	KUNIT_EXPECT_EQ(test, f->period.guest_notify_start, 7 * MS);
	KUNIT_EXPECT_EQ(test, f->period.guest_current, 12 * MS);
	KUNIT_EXPECT_EQ(test, f->period.host_notify_start, host + 7 * MS);
	KUNIT_EXPECT_EQ(test, f->period.host_current, host + 12 * MS);
}

static void an_absolute_time_is_one_of_the_guests_clock(struct kunit *test)
{
	struct fixture *f = running(test);

	pass(f, 7 * MS);
	guest_timer_notify(f->timers[0], GUEST_TIMER_ABSOLUTE, 9 * MS);
	pass(f, 2 * MS - 1);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	pass(f, 1);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	KUNIT_EXPECT_EQ(test, f->period.guest_notify_start, 7 * MS);
}

/* At 7 ms. */
struct when_case {
	const char *name;
	bool absolute;
	u64 ns;
	bool now;
	u64 remaining;
};

static const struct when_case when_cases[] = {
	{ "0", false, 0, true, 0 },
	{ "a ns", false, 1, false, 1 },
	{ "a year", false, 365 * 86400 * NSEC_PER_SEC, false, 365 * 86400 * NSEC_PER_SEC },
	{ "as far as the clock goes", false, KTIME_MAX - 7 * MS, false, KTIME_MAX - 7 * MS },
	{ "a ns farther", false, KTIME_MAX - 7 * MS + 1, false, KTIME_MAX - 7 * MS },
	{ "KTIME_MAX", false, KTIME_MAX, false, KTIME_MAX - 7 * MS },
	{ "the first that is negative", false, 1ull << 63, false, KTIME_MAX - 7 * MS },
	{ "wraps to now", false, -7 * MS, false, KTIME_MAX - 7 * MS },
	{ "U64_MAX", false, U64_MAX, false, KTIME_MAX - 7 * MS },
	{ "absolute: 0", true, 0, true, 0 },
	{ "absolute: past", true, 7 * MS - 1, true, 0 },
	{ "absolute: now", true, 7 * MS, true, 0 },
	{ "absolute: a ns", true, 7 * MS + 1, false, 1 },
	{ "absolute: KTIME_MAX", true, KTIME_MAX, false, KTIME_MAX - 7 * MS },
	{ "absolute: the first that is negative", true, 1ull << 63, false, KTIME_MAX - 7 * MS },
	{ "absolute: U64_MAX", true, U64_MAX, false, KTIME_MAX - 7 * MS },
};

KUNIT_ARRAY_PARAM_DESC(when, when_cases, name);

static void what_is_past_is_now_and_what_is_beyond_the_clock_never(struct kunit *test)
{
	const struct when_case *c = test->param_value;
	const struct guest_timer_data *tdp = c->absolute ? GUEST_TIMER_ABSOLUTE : NULL;
	struct fixture *f = running(test);

	pass(f, 7 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_notify(f->timers[0], tdp, c->ns), 0);
	if (!c->now)
		KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), c->remaining);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, c->now);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[0]), !c->now);
}

static void timers_go_off_in_the_order_of_their_times(struct kunit *test)
{
	struct fixture *f = running(test);

	guest_timer_notify(f->timers[0], NULL, 3 * MS);
	guest_timer_notify(f->timers[1], NULL, 1 * MS);
	guest_timer_notify(f->timers[2], NULL, 2 * MS);
	fake_time_advance(5 * MS);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, 3);
	KUNIT_EXPECT_PTR_EQ(test, f->data[0], (void *)1);
	KUNIT_EXPECT_PTR_EQ(test, f->data[1], (void *)2);
	KUNIT_EXPECT_PTR_EQ(test, f->data[2], (void *)0);
}

static void notify_in_interrupt(void *timer)
{
	guest_timer_notify(timer, NULL, MS);
}

static void cancel_in_interrupt(void *timer)
{
	guest_timer_cancel(timer);
}

static void a_timer_is_set_and_cancelled_in_interrupts(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, smp_call_function_single(cpu, notify_in_interrupt, f->timers[0], 1), 0);
	KUNIT_EXPECT_EQ(test, smp_call_function_single(cpu, notify_in_interrupt, f->timers[1], 1), 0);
	KUNIT_EXPECT_EQ(test, smp_call_function_single(cpu, cancel_in_interrupt, f->timers[0], 1), 0);
	pass(f, 5 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, f->data[0], (void *)1);
}

/*
 * Series
 */

static u64 series_period;
static u64 series_step;
static unsigned int series_left;
static unsigned int series_wrong;

static void go_on(struct guest_timer *timer, const struct guest_timer_data *tdp)
{
	struct fixture *f = &fixture;

	/* When it should have begun. */
	series_wrong += tdp->guest_notify_start != (f->calls - 1) * series_period;
	series_wrong += tdp->guest_current < f->calls * series_period;
	if (--series_left)
		guest_timer_notify(timer, tdp, series_period);
	/* Rather than by the test, which would have to wait for the thread each time. */
	if (series_step && series_left)
		while (guest_timer_remaining(timer))
			fake_time_advance(series_step);
}

static struct fixture *series(struct kunit *test, u64 period, unsigned int length)
{
	struct fixture *f = running(test);

	series_period = period;
	series_step = 0;
	series_left = length;
	series_wrong = 0;
	f->on_call = go_on;
	guest_timer_notify(f->timers[0], NULL, period);
	return f;
}

static void a_series_has_no_drift(struct kunit *test)
{
	struct fixture *f = series(test, 1000003, 10000);

	series_step = 1000003;
	pass(f, 1000003);
	KUNIT_EXPECT_EQ(test, f->calls, 10000);
	KUNIT_EXPECT_EQ(test, series_wrong, 0);
	KUNIT_EXPECT_EQ(test, f->period.guest_current, 10000 * 1000003ull);
}

/* Its threads run each 777 us only. */
static void a_series_has_no_drift_on_a_host_that_is_late(struct kunit *test)
{
	struct fixture *f = series(test, 1000003, 10000);

	series_step = 777777;
	pass(f, 1000003);
	KUNIT_EXPECT_EQ(test, f->calls, 10000);
	KUNIT_EXPECT_EQ(test, series_wrong, 0);
}

static void a_series_catches_up_when_the_host_was_late(struct kunit *test)
{
	struct fixture *f = series(test, MS, 1000);

	testbed_fall_behind(f->gsp);
	fake_time_advance(100 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	testbed_catch_up(f->gsp);
	pass(f, 10 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 110);
	KUNIT_EXPECT_EQ(test, series_wrong, 0);
	pass(f, 5 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 115);
	KUNIT_EXPECT_EQ(test, f->period.guest_current, 115 * MS);
}

static void go_on_at_once(struct guest_timer *timer, const struct guest_timer_data *tdp)
{
	guest_timer_notify(timer, tdp, 1);
}

static void again_at_once(struct guest_timer *timer, const struct guest_timer_data *tdp)
{
	guest_timer_notify(timer, NULL, 0);
}

static void again_from_the_beginning(struct guest_timer *timer, const struct guest_timer_data *tdp)
{
	guest_timer_notify(timer, GUEST_TIMER_ABSOLUTE, 0);
}

struct spin_case {
	const char *name;
	void (*on_call)(struct guest_timer *timer, const struct guest_timer_data *tdp);
};

static const struct spin_case spin_cases[] = {
	{ "a series of 1 ns", go_on_at_once },
	{ "now, and again", again_at_once },
	{ "in the past, and again", again_from_the_beginning },
};

KUNIT_ARRAY_PARAM_DESC(spin, spin_cases, name);

static void a_period_that_is_too_short_takes_no_more_time(struct kunit *test)
{
	const struct spin_case *c = test->param_value;
	struct fixture *f = running(test);

	f->on_call = c->on_call;
	guest_timer_notify(f->timers[0], NULL, 0);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->resolution, VDEVFW_TIMER_RESOLUTION);
	KUNIT_EXPECT_EQ(test, f->calls, MS / VDEVFW_TIMER_RESOLUTION + 1);
}

static void a_timer_that_never_rests_lets_others_come(struct kunit *test)
{
	struct fixture *f = running(test);

	f->on_call = again_from_the_beginning;
	guest_timer_notify(f->timers[0], NULL, 0);
	pass(f, MS);
	f->on_call = NULL;
	guest_timer_notify(f->timers[1], NULL, 0);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->calls, MS / VDEVFW_TIMER_RESOLUTION + 3);
}

/*
 * Set again, and cancelled
 */

static void again_in_5_ms(struct guest_timer *timer, const struct guest_timer_data *tdp)
{
	guest_timer_notify(timer, NULL, 5 * MS);
}

static void a_call_can_set_its_timer(struct kunit *test)
{
	struct fixture *f = running(test);

	f->on_call = again_in_5_ms;
	guest_timer_notify(f->timers[0], NULL, 5 * MS);
	pass(f, 50 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 10);
}

static void what_it_was_set_to_before_is_forgotten(struct kunit *test)
{
	struct fixture *f = running(test);

	guest_timer_notify(f->timers[0], NULL, 5 * MS);
	pass(f, 4 * MS);
	guest_timer_notify(f->timers[0], NULL, 5 * MS);
	pass(f, 5 * MS - 1);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	guest_timer_notify(f->timers[0], NULL, 0);
	settle(f);
	pass(f, 10 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

static void a_timer_that_is_cancelled_does_not_go_off(struct kunit *test)
{
	struct fixture *f = running(test);

	guest_timer_notify(f->timers[0], NULL, 5 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[0]), 1);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[0]), 0);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
	pass(f, 10 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
}

static void a_timer_that_is_not_set_is_not_cancelled(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[0]), 0);
	guest_timer_notify(f->timers[0], NULL, 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[0]), 0);
}

/* Timer 0 is within its call, and the thread is busy with it. */
static struct fixture *within_call(struct kunit *test)
{
	struct fixture *f = running(test);

	WRITE_ONCE(f->blocks, true);
	guest_timer_notify(f->timers[0], NULL, 0);
	wait_for_completion(&f->entered);
	WRITE_ONCE(f->blocks, false);
	return f;
}

static void let_call_end(struct fixture *f)
{
	complete_all(&f->leave);
	settle(f);
}

static void a_timer_that_is_due_can_be_cancelled_until_its_call(struct kunit *test)
{
	struct fixture *f = within_call(test);

	guest_timer_notify(f->timers[1], NULL, MS);
	fake_time_advance(2 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[1]), 0);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[1]), 1);
	let_call_end(f);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

static void a_timer_that_is_due_can_be_set_again_until_its_call(struct kunit *test)
{
	struct fixture *f = within_call(test);

	guest_timer_notify(f->timers[1], NULL, MS);
	fake_time_advance(2 * MS);
	guest_timer_notify(f->timers[1], NULL, 5 * MS);
	let_call_end(f);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	pass(f, 5 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 2);
	KUNIT_EXPECT_EQ(test, f->period.guest_notify_start, 2 * MS);
	pass(f, 5 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 2);
}

static void a_call_that_has_begun_is_not_cancelled(struct kunit *test)
{
	struct fixture *f = within_call(test);

	KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), U64_MAX);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[0]), 0);
	let_call_end(f);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

static void another_can_set_a_timer_during_its_call(struct kunit *test)
{
	struct fixture *f = within_call(test);

	guest_timer_notify(f->timers[0], NULL, MS);
	fake_time_advance(MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	let_call_end(f);
	KUNIT_EXPECT_EQ(test, f->calls, 2);
}

static void there_is_no_timer_without_a_timer(struct kunit *test)
{
	struct guest_timer_data data = { .host_current = 1 };

	KUNIT_EXPECT_EQ(test, guest_timer_notify(NULL, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(NULL), U64_MAX);
	guest_timer_state(NULL, &data);
	KUNIT_EXPECT_EQ(test, data.host_current, 0);
}

/*
 * How far it is
 */

static void a_timer_tells_how_far_it_is(struct kunit *test)
{
	u64 host = vdevfw_host_now();
	struct fixture *f = running(test);
	struct guest_timer_data data;

	KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), U64_MAX);
	pass(f, 7 * MS);
	guest_timer_notify(f->timers[0], NULL, 5 * MS);
	pass(f, 2 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), 3 * MS);
	guest_timer_state(f->timers[0], &data);
	KUNIT_EXPECT_EQ(test, data.guest_notify_start, 7 * MS);
	KUNIT_EXPECT_EQ(test, data.guest_current, 9 * MS);
	KUNIT_EXPECT_EQ(test, data.host_notify_start, host + 7 * MS);
	KUNIT_EXPECT_EQ(test, data.host_current, host + 9 * MS);
	pass(f, 4 * MS);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), U64_MAX);
	guest_timer_state(f->timers[0], &data);
	KUNIT_EXPECT_EQ(test, data.guest_notify_start, 7 * MS);
	KUNIT_EXPECT_EQ(test, data.guest_current, 13 * MS);
}

/*
 * While the guest is stopped
 */

static void a_timer_waits_for_the_first_start(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);

	testbed_must_configure(test, f->gsp);
	KUNIT_EXPECT_EQ(test, guest_timer_notify(f->timers[0], NULL, MS), 0);
	KUNIT_EXPECT_EQ(test, guest_timer_notify(f->timers[1], NULL, 0), 0);
	stand(f, 10 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	testbed_must_start(test, f->gsp);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), MS);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->calls, 2);
}

static void a_stop_freezes_what_remains(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int i;

	guest_timer_notify(f->timers[0], NULL, 5 * MS + 5);
	for (i = 1; i <= 5; i++) {
		pass(f, MS);
		must_stop(test, f);
		KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
		stand(f, 12345678);
		KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), (5 - i) * MS + 5);
		testbed_must_start(test, f->gsp);
		KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[0]), (5 - i) * MS + 5);
	}
	pass(f, 4);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	pass(f, 1);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

/* It rings on another CPU while the clock is being stopped. */
static void an_alarm_that_comes_too_late_does_nothing(struct kunit *test)
{
	struct vdevfw_alarm *alarm;
	struct fixture *f = running(test);

	alarm = &f->gsp->timers.queues[CLASS_NORMAL].alarm;
	guest_timer_notify(f->timers[0], NULL, MS);
	alarm->ring(alarm);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 1);
	must_stop(test, f);
	fake_time_advance(MS);
	alarm->ring(alarm);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
	testbed_must_start(test, f->gsp);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

static void what_is_set_while_the_guest_is_stopped_goes_off_afterwards(struct kunit *test)
{
	struct fixture *f = running(test);

	pass(f, 3 * MS);
	must_stop(test, f);
	guest_timer_notify(f->timers[0], NULL, 0);
	guest_timer_notify(f->timers[1], GUEST_TIMER_ABSOLUTE, 4 * MS);
	stand(f, 50 * MS);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	testbed_must_start(test, f->gsp);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->calls, 2);
	KUNIT_EXPECT_EQ(test, f->period.guest_current, 4 * MS);
}

/* It is due, but the thread is busy: the stop comes before its call. */
static void a_call_that_the_stop_comes_before_comes_after_the_start(struct kunit *test)
{
	struct fixture *f = within_call(test);

	guest_timer_notify(f->timers[1], NULL, MS);
	fake_time_advance(MS);
	vdevfw_clock_run(&f->gsp->timers.clock, false);
	let_call_end(f);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	KUNIT_EXPECT_EQ(test, guest_timer_cancel(f->timers[1]), 1);
	guest_timer_notify(f->timers[1], NULL, 0);
	vdevfw_clock_run(&f->gsp->timers.clock, true);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->calls, 2);
}

struct waiting {
	struct fixture *f;
	int (*command)(struct fixture *f);
	int err;
	struct completion done;
};

static int execute(void *data)
{
	struct waiting *waiting = data;

	allow_signal(SIGKILL);
	waiting->err = waiting->command(waiting->f);
	complete(&waiting->done);
	return 0;
}

static int stop(struct fixture *f)
{
	struct vdevfw_message msg = {};

	return testbed_stop(f->gsp, &msg);
}

static int destroy(struct fixture *f)
{
	return vdevfw_guest_destroy(f->gsp);
}

static struct task_struct *command(struct kunit *test, struct waiting *waiting)
{
	struct task_struct *task = kthread_create(execute, waiting, "vdevfw-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	init_completion(&waiting->done);
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

static void a_stop_waits_for_a_call(struct kunit *test)
{
	struct waiting waiting = { .f = within_call(test), .command = stop };
	struct task_struct *task = command(test, &waiting);
	unsigned long early;

	early = wait_for_completion_timeout(&waiting.done, msecs_to_jiffies(100));
	let_call_end(waiting.f);
	if (!early)
		wait_for_completion(&waiting.done);
	kthread_stop_put(task);
	KUNIT_EXPECT_EQ(test, early, 0);
	KUNIT_EXPECT_EQ(test, waiting.err, 0);
	KUNIT_EXPECT_FALSE(test, waiting.f->killed);
}

static void a_stop_that_waits_for_a_call_can_be_killed(struct kunit *test)
{
	struct waiting waiting = { .f = within_call(test), .command = stop };
	struct task_struct *task = command(test, &waiting);
	struct fixture *f = waiting.f;
	unsigned long left;

	msleep(20);
	send_sig(SIGKILL, task, 1);
	left = wait_for_completion_timeout(&waiting.done, 10 * HZ);
	let_call_end(f);
	if (!left)
		wait_for_completion(&waiting.done);
	kthread_stop_put(task);
	KUNIT_EXPECT_NE(test, left, 0);
	KUNIT_EXPECT_EQ(test, waiting.err, -EINTR);
	/* It goes on without who has wanted it. */
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	guest_timer_notify(f->timers[1], NULL, MS);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

/*
 * The end
 */

static void the_end_does_not_wait_for_timers(struct kunit *test)
{
	struct fixture *f = running(test);

	guest_timer_notify(f->timers[0], NULL, MS);
	guest_timer_notify(f->timers[1], NULL, U64_MAX);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
}

static void the_end_interrupts_a_call_that_waits(struct kunit *test)
{
	struct fixture *f = within_call(test);

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_TRUE(test, f->killed);
}

/* Whose worker waits for the call, and would not come to the end. */
static void the_end_does_not_wait_behind_a_stop(struct kunit *test)
{
	struct waiting waiting = { .f = within_call(test), .command = stop };
	struct task_struct *task = command(test, &waiting);

	msleep(20);
	vdevfw_guest_destroy(waiting.f->gsp);
	wait_for_completion(&waiting.done);
	kthread_stop_put(task);
	KUNIT_EXPECT_EQ(test, waiting.err, -ESHUTDOWN);
	KUNIT_EXPECT_TRUE(test, waiting.f->killed);
}

static void the_end_of_a_guest_that_is_killed_interrupts_a_call_that_waits(struct kunit *test)
{
	struct waiting waiting = { .f = within_call(test), .command = destroy };
	struct task_struct *task = command(test, &waiting);

	send_sig(SIGKILL, task, 1);
	wait_for_completion(&waiting.done);
	kthread_stop_put(task);
	testbed_wait_dead(test, waiting.f->gsp);
	KUNIT_EXPECT_TRUE(test, waiting.f->killed);
}

static struct guest_timer *at_end_timer;
static int at_end_answer;

static int note_end(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	int err = make_timers(probe, vdp, ctrl, arg);

	if (ctrl != VDEV_CTRL_TERMINATE)
		return err;
	/* As one of its threads that does not know yet. */
	to_vdevfw_vdev(vdp)->stage.phase = PHASE_RUNNING;
	at_end_answer = guest_timer_notify(at_end_timer, NULL, 0);
	to_vdevfw_vdev(vdp)->stage.phase = PHASE_ENDING;
	vdevfw_workers_flush(&fixture.gsp->workers);
	return err;
}

static void no_call_comes_after_terminate_has_begun(struct kunit *test)
{
	struct fixture *f = running(test);

	f->probe->on_control = note_end;
	at_end_timer = f->timers[0];
	at_end_answer = -1;
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, at_end_answer, 0);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
}

/* A thread that does not end has its vdev outlive the guest. */
static void a_timer_that_outlives_its_guest_never_goes_off(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(f->probe->vdp);

	vdevfw_vdev_get(vdev);
	vdevfw_guest_destroy(f->gsp);
	vdev->stage.phase = PHASE_RUNNING;
	KUNIT_EXPECT_EQ(test, guest_timer_notify(f->timers[0], NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, guest_timer_notify(f->timers[1], NULL, MS), 0);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
	vdevfw_vdev_put(vdev);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
}

static void a_vdev_that_is_not_added_leaves_no_timer(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);

	f->refusal = -EINVAL;
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL), -EINVAL);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
}

/*
 * Threads
 */

struct priority_case {
	const char *name;
	const char *options;
	size_t len;
	unsigned int policy;
	const char *thread;
	enum vdevfw_priority_class class;
};

static const struct priority_case priority_cases[] = {
	{ "none", NO_OPTIONS, SCHED_NORMAL, "normal", CLASS_NORMAL },
	{ "normal", OPTIONS("sched=0"), SCHED_NORMAL, "normal", CLASS_NORMAL },
	{ "low", OPTIONS("sched=1"), SCHED_FIFO, "fifo-low", CLASS_FIFO_LOW },
	{ "high", OPTIONS("sched=50"), SCHED_FIFO, "fifo", CLASS_FIFO },
};

KUNIT_ARRAY_PARAM_DESC(priority, priority_cases, name);

static void a_vdevs_priority_is_that_of_its_calls(struct kunit *test)
{
	const struct priority_case *c = test->param_value;
	struct fixture *f = assembled(test, c->options, c->len);
	unsigned int i;

	for (i = 0; i < PRIORITY_CLASSES; i++)
		KUNIT_EXPECT_EQ(test, !!f->gsp->workers.of[i].thread, i == c->class);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	guest_timer_notify(f->timers[0], NULL, MS);
	pass(f, MS);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
	KUNIT_EXPECT_EQ(test, f->policy, c->policy);
}

static void timers_of_one_priority_share_a_thread(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);
	struct kthread_worker *thread = f->gsp->workers.of[CLASS_NORMAL].thread;

	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, f->gsp->workers.of[CLASS_NORMAL].thread, thread);
}

/*
 * What is refused
 */

static int make_for_vcpu(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct guest_cpu gcp = {};

	if (ctrl == VDEV_CTRL_OPTIONS_END)
		fixture.timers[0] = guest_timer_create(&gcp, vdp, NULL, &fixture.resolution);
	return 0;
}

static void a_timer_is_of_no_vcpu(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);

	f->probe->on_control = make_for_vcpu;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_EXPECT_NULL(test, f->timers[0]);
	KUNIT_EXPECT_EQ(test, f->resolution, (u64)-EINVAL);
}

static void a_vdev_without_timer_has_no_timer(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);

	f->probe->factory.timer = NULL;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_EXPECT_NULL(test, f->timers[0]);
	KUNIT_EXPECT_EQ(test, f->resolution, (u64)-EINVAL);
}

static void a_timer_is_made_in_control_only(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);
	u64 resolution;

	KUNIT_EXPECT_NULL(test, guest_timer_create(NULL, f->probe->vdp, NULL, &resolution));
	KUNIT_EXPECT_EQ(test, resolution, (u64)-EPERM);
}

static bool create_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = &fixture;
	struct probe *probe = arg;
	bool failed;
	int err;

	*f = (struct fixture) { .nr_timers = TIMERS, .probe = probe };
	f->gsp = testbed_guest(test, 0);
	testbed_start_failing();
	err = testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL);
	failed = testbed_stop_failing();
	/* Some allocations have another way to go; of the last timer, there is an answer. */
	if (!err && !f->timers[TIMERS - 1])
		err = f->resolution;
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	vdevfw_guest_destroy(f->gsp);
	return failed;
}

static void without_memory_there_is_no_timer(struct kunit *test)
{
	struct fixture *f = assembled(test, NO_OPTIONS);

	vdevfw_guest_destroy(f->gsp);
	testbed_fail_each_allocation(test, create_without_memory, f->probe);
}

/*
 * All at once
 */

static int set_and_cancel(void *data)
{
	struct guest_timer *timer = data;
	unsigned int i;

	for (i = 0; !kthread_should_stop(); i++) {
		guest_timer_notify(timer, NULL, i % 3 * 20000);
		if (i % 7 == 0)
			guest_timer_cancel(timer);
		cond_resched();
	}
	return 0;
}

static void setting_cancelling_calls_and_stops_may_race(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;
	struct task_struct *setters[TIMERS];
	unsigned int i;

	for (i = 0; i < TIMERS; i++) {
		setters[i] = kthread_run(set_and_cancel, f->timers[i], "vdevfw-kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(setters[i]));
	}
	for (i = 0; i < 3000; i++) {
		fake_time_advance(10000);
		if (i % 100)
			continue;
		KUNIT_EXPECT_EQ(test, testbed_stop(f->gsp, &bed->msg), 0);
		KUNIT_EXPECT_EQ(test, vdevfw_guest_start(f->gsp, &bed->msg), 0);
	}
	for (i = 0; i < TIMERS; i++)
		kthread_stop(setters[i]);
	pass(f, MS);
	KUNIT_EXPECT_GT(test, f->calls, 0);
	for (i = 0; i < TIMERS; i++)
		KUNIT_EXPECT_EQ(test, guest_timer_remaining(f->timers[i]), U64_MAX);
	KUNIT_EXPECT_EQ(test, clock(f), 3000 * 10000 + MS);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_timer_goes_off_once_and_in_time),
	KUNIT_CASE(a_call_is_told_its_period_on_both_clocks),
	KUNIT_CASE(an_absolute_time_is_one_of_the_guests_clock),
	KUNIT_CASE_PARAM(what_is_past_is_now_and_what_is_beyond_the_clock_never, when_gen_params),
	KUNIT_CASE(timers_go_off_in_the_order_of_their_times),
	KUNIT_CASE(a_timer_is_set_and_cancelled_in_interrupts),
	KUNIT_CASE(a_series_has_no_drift),
	KUNIT_CASE(a_series_has_no_drift_on_a_host_that_is_late),
	KUNIT_CASE(a_series_catches_up_when_the_host_was_late),
	KUNIT_CASE_PARAM(a_period_that_is_too_short_takes_no_more_time, spin_gen_params),
	KUNIT_CASE(a_timer_that_never_rests_lets_others_come),
	KUNIT_CASE(a_call_can_set_its_timer),
	KUNIT_CASE(what_it_was_set_to_before_is_forgotten),
	KUNIT_CASE(a_timer_that_is_cancelled_does_not_go_off),
	KUNIT_CASE(a_timer_that_is_not_set_is_not_cancelled),
	KUNIT_CASE(a_timer_that_is_due_can_be_cancelled_until_its_call),
	KUNIT_CASE(a_timer_that_is_due_can_be_set_again_until_its_call),
	KUNIT_CASE(a_call_that_has_begun_is_not_cancelled),
	KUNIT_CASE(another_can_set_a_timer_during_its_call),
	KUNIT_CASE(there_is_no_timer_without_a_timer),
	KUNIT_CASE(a_timer_tells_how_far_it_is),
	KUNIT_CASE(a_timer_waits_for_the_first_start),
	KUNIT_CASE(a_stop_freezes_what_remains),
	KUNIT_CASE(an_alarm_that_comes_too_late_does_nothing),
	KUNIT_CASE(what_is_set_while_the_guest_is_stopped_goes_off_afterwards),
	KUNIT_CASE(a_call_that_the_stop_comes_before_comes_after_the_start),
	KUNIT_CASE(a_stop_waits_for_a_call),
	KUNIT_CASE(a_stop_that_waits_for_a_call_can_be_killed),
	KUNIT_CASE(the_end_does_not_wait_for_timers),
	KUNIT_CASE(the_end_interrupts_a_call_that_waits),
	KUNIT_CASE(the_end_does_not_wait_behind_a_stop),
	KUNIT_CASE(the_end_of_a_guest_that_is_killed_interrupts_a_call_that_waits),
	KUNIT_CASE(no_call_comes_after_terminate_has_begun),
	KUNIT_CASE(a_timer_that_outlives_its_guest_never_goes_off),
	KUNIT_CASE(a_vdev_that_is_not_added_leaves_no_timer),
	KUNIT_CASE_PARAM(a_vdevs_priority_is_that_of_its_calls, priority_gen_params),
	KUNIT_CASE(timers_of_one_priority_share_a_thread),
	KUNIT_CASE(a_timer_is_of_no_vcpu),
	KUNIT_CASE(a_vdev_without_timer_has_no_timer),
	KUNIT_CASE(a_timer_is_made_in_control_only),
	KUNIT_CASE(without_memory_there_is_no_timer),
	KUNIT_CASE(setting_cancelling_calls_and_stops_may_race),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-timer",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
