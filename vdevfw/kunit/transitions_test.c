// SPDX-License-Identifier: GPL-2.0-only
/* Tests of transitions.c and asking.c: guests that are stopped, started, reset and ended. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/string.h>

#include <vdevfw/guest.h>
#include <vdevfw/runstate.h>
#include <vdevfw/timer.h>

#include "../vdev/vdev.h"
#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define LONG	"600000"	/* milliseconds: a test does not wait so long */

/**
 * struct fixture - A guest with vdev a at mem:0x1000
 * @test: The test
 * @gsp: The guest
 * @probe: The vdev
 * @timer: Its timer
 * @reason: From guest_reason_take(), for who wants one
 * @answer: What a vdev got that asked for something
 * @ask: What it does in on_timer() and on_access()
 * @drain: What it answers to DRAIN
 * @drains: How often that has come
 * @msg: Of the other thread's command
 * @cmd: The other thread's stop
 * @err: How it ended
 * @done: It has
 * @commander: The other thread
 * @log: What happened, see take_log()
 */
static struct fixture {
	struct kunit *test;
	struct guest_system *gsp;
	struct probe *probe;
	struct guest_timer *timer;
	struct guest_reason reason;
	int answer;
	int (*ask)(const vdev_t *vdp);
	int drain;
	unsigned int drains;
	struct vdevfw_message msg;
	struct vdevfw_guest_stop cmd;
	int err;
	struct completion done;
	struct task_struct *commander;
	char log[512];
} fixture;

static unsigned int saved_drain_timeout;

static void restore_drain_timeout(void *unused)
{
	vdevfw_drain_timeout = saved_drain_timeout;
}

static int init(struct kunit *test)
{
	int err;

	saved_drain_timeout = vdevfw_drain_timeout;
	fixture = (struct fixture) { .test = test };
	init_completion(&fixture.done);
	err = kunit_add_action_or_reset(test, restore_drain_timeout, NULL);
	return err ?: testbed_init(test);
}

/*
 * The vdev
 */

static int answer_control(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct fixture *f = &fixture;

	if (ctrl == VDEV_CTRL_OPTIONS_END)
		f->timer = guest_timer_create(NULL, vdp, NULL, NULL);
	if (ctrl != VDEV_CTRL_DRAIN)
		return 0;
	f->drains++;
	return READ_ONCE(f->drain);
}

static void on_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
		     struct guest_cpu *gcp)
{
	fixture.answer = fixture.ask(vdp);
}

static void on_access(struct probe *probe)
{
	if (fixture.ask)
		fixture.answer = fixture.ask(probe->vdp);
}

static int ask_io_error(const vdev_t *vdp)
{
	return guest_ask_stop(vdp, NULL, GRS_IO_ERROR, "no space");
}

static int ask_paused(const vdev_t *vdp)
{
	return guest_ask_stop(vdp, NULL, GRS_PAUSED, "");
}

static int ask_reset(const vdev_t *vdp)
{
	return guest_ask_reset(vdp, NULL, "");
}

static int ask_shutdown(const vdev_t *vdp)
{
	return guest_ask_shutdown(vdp, NULL, "");
}

static int ask_suspend(const vdev_t *vdp)
{
	return guest_ask_suspend(vdp, NULL, "");
}

static int ask_wakeup(const vdev_t *vdp)
{
	return guest_ask_wakeup(vdp, NULL, 5);
}

static int ask_powerdown(const vdev_t *vdp)
{
	return guest_ask_powerdown(vdp, NULL);
}

static int panic_now(const vdev_t *vdp)
{
	return guest_panicked(vdp, NULL, "lost");
}

static int bite(const vdev_t *vdp)
{
	return guest_watchdog_expired(vdp, NULL, "woof");
}

/*
 * The guest
 */

/* @settings as testbed_set() has it. */
static struct fixture *configured(struct kunit *test, const char *settings, size_t len)
{
	struct fixture *f = &fixture;

	f->probe = probe_new(test, "a");
	f->probe->factory.timer = on_timer;
	f->probe->on_control = answer_control;
	f->probe->on_access = on_access;
	probe_register(test, f->probe);
	f->gsp = testbed_guest(test, 0);
	if (len)
		KUNIT_ASSERT_EQ(test, testbed_set(test, f->gsp, settings, len, NULL), 0);
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_configure(test, f->gsp);
	return f;
}

static struct fixture *running_with(struct kunit *test, const char *settings, size_t len)
{
	struct fixture *f = configured(test, settings, len);

	testbed_must_start(test, f->gsp);
	testbed_clear_trace(test);
	return f;
}

static struct fixture *running(struct kunit *test)
{
	return running_with(test, NO_OPTIONS);
}

/* Until the worker has done all that it was asked for. */
static void settle(struct fixture *f)
{
	kthread_flush_worker(f->gsp->worker);
	kthread_flush_worker(f->gsp->worker);
}

static int start(struct fixture *f)
{
	return vdevfw_guest_start(f->gsp, &f->msg);
}

static int stop_with(struct fixture *f, enum vdevfw_state state, u32 options)
{
	f->cmd = (struct vdevfw_guest_stop) { .state = state, .options = options };
	return vdevfw_guest_stop(f->gsp, &f->cmd, &f->msg);
}

static int stop(struct fixture *f)
{
	return stop_with(f, 0, 0);
}

static int host_asks(struct fixture *f, enum vdevfw_ask what, u32 value)
{
	return vdevfw_guest_ask(f->gsp, what, value, VDEVFW_ASK_WAIT, &f->msg);
}

static int vdev_asks(struct fixture *f, int (*ask)(const vdev_t *vdp))
{
	int err = ask(f->probe->vdp);

	settle(f);
	return err;
}

static int write(void)
{
	u32 value = 0;

	return fake_kvm_write(0, MEM, 0x1000, 4, &value);
}

static void set_action(struct fixture *f, const char *action)
{
	char option[64];
	int len = snprintf(option, sizeof(option), "action=%s", action);

	KUNIT_ASSERT_EQ(f->test, testbed_set(f->test, f->gsp, option, len + 1, NULL), 0);
}

/*
 * Another thread, which waits until the guest has done what it wants
 */

static struct task_struct *run(struct kunit *test, int (*body)(void *data), void *data)
{
	struct task_struct *task = kthread_create(body, data, "vdevfw-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

static int stop_and_tell(void *data)
{
	struct fixture *f = data;

	f->err = stop(f);
	complete(&f->done);
	return 0;
}

static int start_and_tell(void *data)
{
	struct fixture *f = data;

	f->err = start(f);
	complete(&f->done);
	return 0;
}

static int reset_and_tell(void *data)
{
	struct fixture *f = data;

	f->err = host_asks(f, VDEVFW_ASK_RESET, 0);
	complete(&f->done);
	return 0;
}

static int suspend_and_tell(void *data)
{
	struct fixture *f = data;

	f->err = host_asks(f, VDEVFW_ASK_SUSPEND, 0);
	complete(&f->done);
	return 0;
}

static void command(struct fixture *f, int (*body)(void *data))
{
	reinit_completion(&f->done);
	f->commander = run(f->test, body, f);
}

static int finish(struct fixture *f)
{
	wait_for_completion(&f->done);
	kthread_stop_put(f->commander);
	return f->err;
}

/* The worker does nothing until release_worker(): what is asked for meanwhile comes together. */
static struct {
	struct kthread_work work;
	struct completion begun;
	struct completion over;
} hold;

static void hold_on(struct kthread_work *work)
{
	complete(&hold.begun);
	wait_for_completion(&hold.over);
}

static void hold_worker(struct fixture *f)
{
	init_completion(&hold.begun);
	init_completion(&hold.over);
	kthread_init_work(&hold.work, hold_on);
	kthread_queue_work(f->gsp->worker, &hold.work);
	wait_for_completion(&hold.begun);
}

static void release_worker(struct fixture *f)
{
	complete(&hold.over);
	settle(f);
}

/* The types of all events but STATE and LOG, in their order: "STOPPED RESUMED". */
static const char *take_log(struct fixture *f)
{
	static const char *const names[] = {
		[VDEVFW_EVENT_TERMINATE] = "TERMINATE", [VDEVFW_EVENT_STOP_REQUEST] = "REQUEST",
		[VDEVFW_EVENT_STOPPED] = "STOPPED", [VDEVFW_EVENT_RESUMED] = "RESUMED",
		[VDEVFW_EVENT_RESET] = "RESET", [VDEVFW_EVENT_SHUTDOWN] = "SHUTDOWN",
		[VDEVFW_EVENT_SUSPENDED] = "SUSPENDED", [VDEVFW_EVENT_WAKEUP] = "WAKEUP",
		[VDEVFW_EVENT_POWERDOWN] = "POWERDOWN", [VDEVFW_EVENT_PANIC] = "PANIC",
		[VDEVFW_EVENT_WATCHDOG] = "WATCHDOG", [VDEVFW_EVENT_CAUSE] = "CAUSE",
	};
	struct vdevfw_events *events = &f->gsp->events;
	u64 head = vdevfw_events_head(events);
	u64 n = head < VDEVFW_EVENTS ? 1 : head - VDEVFW_EVENTS + 1;
	size_t len = 0;
	u32 type;

	f->log[0] = 0;
	for (; n <= head; n++) {
		type = events->ring[n % VDEVFW_EVENTS].type;
		if (type < ARRAY_SIZE(names) && names[type])
			len += scnprintf(f->log + len, sizeof(f->log) - len, "%s%s",
					 len ? " " : "", names[type]);
	}
	return f->log;
}

static struct vdevfw_event newest(struct fixture *f, u32 type)
{
	struct vdevfw_event event = {};

	testbed_count_events(&f->gsp->events, type, &event);
	return event;
}

#define EXPECT_LOG(f, expected)	KUNIT_EXPECT_STREQ((f)->test, take_log(f), expected)
#define EXPECT_STATE(f, name)	KUNIT_EXPECT_EQ((f)->test, (f)->gsp->state, VDEVFW_STATE_##name)

/*
 * Stop and start
 */

static void a_stop_tells_how_it_went(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, stop_with(f, VDEVFW_STATE_DEBUG, 0), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_state, VDEVFW_STATE_DEBUG);
	KUNIT_EXPECT_EQ(test, f->cmd.out_reasons, BIT(VDEVFW_STATE_DEBUG));
	KUNIT_EXPECT_EQ(test, f->cmd.out_flags, VDEVFW_STOPPED_UNCONFIRMED);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, 0);
}

static void the_event_tells_the_same(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_event event;

	f->drain = -EIO;
	stop_with(f, VDEVFW_STATE_DEBUG, 0);
	event = newest(f, VDEVFW_EVENT_STOPPED);
	KUNIT_EXPECT_EQ(test, event.value, f->cmd.out_state);
	KUNIT_EXPECT_EQ(test, event.detail, f->cmd.out_reasons);
	KUNIT_EXPECT_EQ(test, event.flags, f->cmd.out_flags);
	KUNIT_EXPECT_EQ(test, event.result, f->cmd.out_result);
}

static void the_first_start_resumes_nothing(struct kunit *test)
{
	struct fixture *f = running(test);

	EXPECT_LOG(f, "");
}

static void stops_and_starts_alternate(struct kunit *test)
{
	struct fixture *f = running(test);

	stop(f);
	start(f);
	stop(f);
	start(f);
	EXPECT_LOG(f, "STOPPED RESUMED STOPPED RESUMED");
}

/* S57 */
static void a_second_stop_changes_nothing(struct kunit *test)
{
	struct fixture *f = running(test);

	stop_with(f, VDEVFW_STATE_IO_ERROR, 0);
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_state, VDEVFW_STATE_IO_ERROR);
	EXPECT_STATE(f, IO_ERROR);
	EXPECT_LOG(f, "STOPPED");
}

static const enum vdevfw_state stop_states[] = {
	VDEVFW_STATE_PAUSED, VDEVFW_STATE_DEBUG, VDEVFW_STATE_IO_ERROR,
	VDEVFW_STATE_INTERNAL_ERROR, VDEVFW_STATE_WATCHDOG, VDEVFW_STATE_GUEST_PANICKED,
	VDEVFW_STATE_SHUTDOWN, VDEVFW_STATE_SAVE,
};

static void describe_state(const enum vdevfw_state *state, char *desc)
{
	strscpy(desc, vdevfw_state_name(*state), KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(stop_state, stop_states, describe_state);

static void a_stop_leads_to_its_state(struct kunit *test)
{
	const enum vdevfw_state *state = test->param_value;
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, stop_with(f, *state, 0), 0);
	KUNIT_EXPECT_EQ(test, f->gsp->state, *state);
	KUNIT_EXPECT_EQ(test, write(), -EOPNOTSUPP);
}

/* S57, S59: by the table, whatever it was. */
static void force_goes_where_the_table_allows(struct kunit *test)
{
	const enum vdevfw_state *from = test->param_value;
	struct fixture *f = running(test);
	enum vdevfw_state to;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stop_states); i++) {
		to = stop_states[i];
		stop_with(f, *from, 0);
		KUNIT_ASSERT_EQ(test, f->gsp->state, *from);
		KUNIT_EXPECT_EQ(test, stop_with(f, to, VDEVFW_STOP_FORCE),
				*from == to || vdevfw_state_follows(*from, to) ? 0 : -EINVAL);
		KUNIT_EXPECT_EQ(test, f->gsp->state,
				vdevfw_state_follows(*from, to) ? to : *from);
		host_asks(f, VDEVFW_ASK_RESET, VDEVFW_CAUSE_NONE);
		start(f);
	}
}

static void a_transition_that_is_refused_is_counted(struct kunit *test)
{
	struct fixture *f = running(test);

	stop_with(f, VDEVFW_STATE_INTERNAL_ERROR, 0);
	KUNIT_EXPECT_EQ(test, stop_with(f, VDEVFW_STATE_DEBUG, VDEVFW_STOP_FORCE), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->gsp->run.refused), 1);
	EXPECT_SAYS(test, f->msg.text, "debug does not follow");
}

static void force_has_vdevs_come_to_rest_again(struct kunit *test)
{
	struct fixture *f = running(test);

	f->drain = -EIO;
	stop(f);
	f->drain = 0;
	KUNIT_EXPECT_EQ(test, stop_with(f, 0, VDEVFW_STOP_FORCE), 0);
	KUNIT_EXPECT_EQ(test, f->drains, 2);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, 0);
}

static void some_states_are_none_to_stop_in(struct kunit *test)
{
	static const u32 states[] = {
		VDEVFW_STATE_CONFIGURED, VDEVFW_STATE_RUNNING, VDEVFW_STATE_SUSPENDED,
		VDEVFW_STATE_RESTORE, VDEVFW_STATE_DYING, VDEVFW_STATE_DEAD,
		VDEVFW_STATE_INMIGRATE, VDEVFW_STATES, 32, 34, U32_MAX,
	};
	struct fixture *f = running(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		KUNIT_EXPECT_EQ_MSG(test, stop_with(f, states[i], 0), -EINVAL, "%u", states[i]);
	EXPECT_STATE(f, RUNNING);
}

/* S58 */
static void what_needs_a_reset_starts_only_after_it(struct kunit *test)
{
	struct fixture *f = running(test);

	stop_with(f, VDEVFW_STATE_INTERNAL_ERROR, 0);
	KUNIT_EXPECT_EQ(test, start(f), -EUCLEAN);
	EXPECT_STATE(f, INTERNAL_ERROR);
	host_asks(f, VDEVFW_ASK_RESET, VDEVFW_CAUSE_HOST_COMMAND);
	KUNIT_EXPECT_EQ(test, start(f), 0);
	EXPECT_STATE(f, RUNNING);
}

static void a_stop_while_it_is_not_configured_is_refused(struct kunit *test)
{
	struct fixture *f = configured(test, NO_OPTIONS);

	KUNIT_EXPECT_EQ(test, stop(f), -EPERM);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_RESET, 0), -EPERM);
	EXPECT_STATE(f, CONFIGURED);
}

/* S64, from one side. */
static int access_all_the_time(void *data)
{
	unsigned int *served = data;

	while (!kthread_should_stop()) {
		if (write())
			usleep_range(50, 100);
		else
			WRITE_ONCE(*served, *served + 1);
		cond_resched();
	}
	return 0;
}

static void a_guest_stops_and_starts_a_thousand_times_under_load(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int served[2] = {}, faults = 0, i, writes;
	struct task_struct *vcpu[2];

	for (i = 0; i < 2; i++)
		vcpu[i] = run(test, access_all_the_time, &served[i]);
	for (i = 0; i < 1000; i++) {
		faults += !!stop(f);
		writes = READ_ONCE(f->probe->writes);
		cond_resched();
		faults += READ_ONCE(f->probe->writes) != writes;
		faults += !!start(f);
		if (!(i % 16))
			usleep_range(100, 200);
	}
	for (i = 0; i < 2; i++)
		kthread_stop_put(vcpu[i]);
	KUNIT_EXPECT_EQ(test, faults, 0);
	KUNIT_EXPECT_GT(test, served[0] + served[1], 0);
}

/*
 * What vdevs ask for
 */

/* S51 */
static void a_vdev_can_stop_the_guest_within_an_access(struct kunit *test)
{
	struct fixture *f = running(test);

	f->ask = ask_io_error;
	KUNIT_EXPECT_EQ(test, write(), 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->answer, 0);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 1);
	EXPECT_STATE(f, IO_ERROR);
	KUNIT_EXPECT_EQ(test, write(), -EOPNOTSUPP);
	EXPECT_LOG(f, "CAUSE STOPPED");
}

static const struct asking_case {
	const char *desc;
	int (*ask)(const vdev_t *vdp);
	unsigned int leaves;
} asking_cases[] = {
	{ "a stop", ask_io_error, 1 },
	{ "a reset", ask_reset, 1 },
	{ "a shutdown", ask_shutdown, 1 },
	{ "to sleep", ask_suspend, 1 },
	{ "to wake up", ask_wakeup, 0 },
	{ "the power button", ask_powerdown, 0 },
	{ "panic", panic_now, 1 },
	{ "the watchdog", bite, 1 },
};

static void describe_asking(const struct asking_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(asking, asking_cases, describe_asking);

static void a_vcpu_leaves_that_asks_for_what_stops_it(struct kunit *test)
{
	const struct asking_case *c = test->param_value;
	struct fixture *f = running(test);

	f->ask = c->ask;
	fake_kvm.vcpu_thread = current;
	write();
	fake_kvm.vcpu_thread = NULL;
	KUNIT_EXPECT_EQ(test, f->answer, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), c->leaves);
}

static void who_is_no_vcpu_does_not_leave(struct kunit *test)
{
	const struct asking_case *c = test->param_value;
	struct fixture *f = running(test);

	vdev_asks(f, c->ask);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 0);
}

static void a_guest_at_its_end_is_asked_in_vain(struct kunit *test)
{
	const struct asking_case *c = test->param_value;
	struct fixture *f = running(test);

	hold_worker(f);
	fake_kvm_owner_dies(0);
	KUNIT_EXPECT_EQ(test, c->ask(f->probe->vdp), -ESHUTDOWN);
	complete(&hold.over);
	testbed_wait_dead(test, f->gsp);
}

/* S52 */
static void a_timer_can_stop_the_guest(struct kunit *test)
{
	struct fixture *f = running(test);

	f->ask = ask_paused;
	guest_timer_notify(f->timer, NULL, 1000);
	fake_time_advance(2000);
	vdevfw_workers_flush(&f->gsp->workers);
	settle(f);
	EXPECT_STATE(f, PAUSED);
	EXPECT_LOG(f, "CAUSE STOPPED");
}

static void a_timer_may_ask_while_the_guest_stops(struct kunit *test)
{
	struct fixture *f = running(test);

	f->ask = ask_io_error;
	testbed_fall_behind(f->gsp);
	guest_timer_notify(f->timer, NULL, 1000);
	fake_time_advance(2000);
	command(f, stop_and_tell);
	msleep(50);
	testbed_catch_up(f->gsp);
	KUNIT_EXPECT_EQ(test, finish(f), 0);
	settle(f);
	KUNIT_EXPECT_TRUE(test, vdevfw_is_stopped(f->gsp->state));
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_STOPPED, NULL), 1);
}

/* The worker does another thread's command first, and then what the vdev asks for. */
static int command_before(struct fixture *f, int (*body)(void *data), int (*ask)(const vdev_t *vdp))
{
	hold_worker(f);
	command(f, body);
	msleep(50);
	ask(f->probe->vdp);
	release_worker(f);
	return finish(f);
}

static void a_command_stops_for_all_that_is_pending(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, command_before(f, stop_and_tell, ask_io_error), 0);
	EXPECT_STATE(f, IO_ERROR);
	EXPECT_LOG(f, "CAUSE STOPPED");
	KUNIT_EXPECT_EQ(test, f->cmd.out_reasons,
			BIT(VDEVFW_STATE_PAUSED) | BIT(VDEVFW_STATE_IO_ERROR));
}

static void a_start_consumes_a_stop_that_is_pending(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_event event;

	KUNIT_EXPECT_EQ(test, command_before(f, start_and_tell, ask_io_error), 0);
	EXPECT_STATE(f, RUNNING);
	EXPECT_LOG(f, "CAUSE STOPPED RESUMED");
	event = newest(f, VDEVFW_EVENT_STOPPED);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_STATE_IO_ERROR);
}

static void a_start_consumes_no_reset(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, command_before(f, start_and_tell, ask_reset), -EALREADY);
	EXPECT_LOG(f, "CAUSE RESET");
}

/* S55 */
static void of_many_reasons_the_gravest_counts(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_event event;

	hold_worker(f);
	ask_paused(f->probe->vdp);
	ask_io_error(f->probe->vdp);
	guest_ask_stop(f->probe->vdp, NULL, GRS_WATCHDOG, "");
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_STOP, VDEVFW_STATE_PAUSED, 0, &f->msg);
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_DEBUG, 0, 0, &f->msg);
	release_worker(f);
	EXPECT_STATE(f, IO_ERROR);
	EXPECT_LOG(f, "CAUSE CAUSE CAUSE STOPPED");
	event = newest(f, VDEVFW_EVENT_STOPPED);
	KUNIT_EXPECT_EQ(test, event.detail, BIT(VDEVFW_STATE_PAUSED) | BIT(VDEVFW_STATE_IO_ERROR) |
			BIT(VDEVFW_STATE_WATCHDOG) | BIT(VDEVFW_STATE_DEBUG));
}

static void the_cause_tells_who_and_why(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_event event;

	vdev_asks(f, ask_io_error);
	event = newest(f, VDEVFW_EVENT_CAUSE);
	KUNIT_EXPECT_EQ(test, event.vdev, to_vdevfw_vdev(f->probe->vdp)->id);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_ASK_STOP);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, "no space");
}

static void a_vdev_may_give_no_sentence(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, guest_ask_stop(f->probe->vdp, NULL, GRS_PAUSED, NULL), 0);
	KUNIT_EXPECT_EQ(test, guest_panicked(f->probe->vdp, NULL, NULL), 0);
	settle(f);
}

static void a_vdev_can_stop_in_some_states_only(struct kunit *test)
{
	static const unsigned int states[] = {
		0, GRS_CONFIGURED, GRS_RUNNING, GRS_SUSPENDED, GRS_SAVE, GRS_RESTORE, GRS_DYING,
		31, 32, 32 + GRS_PAUSED, UINT_MAX,
	};
	struct fixture *f = running(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		KUNIT_EXPECT_EQ_MSG(test, guest_ask_stop(f->probe->vdp, NULL, states[i], ""),
				    -EINVAL, "%u", states[i]);
	settle(f);
	EXPECT_STATE(f, RUNNING);
}

static void what_cannot_be_asked_for_is_refused(struct kunit *test)
{
	static const struct { u32 what, value; } asks[] = {
		{ VDEVFW_ASKS, 0 }, { U32_MAX, 0 }, { VDEVFW_ASK_DEBUG, 1 },
		{ VDEVFW_ASK_SUSPEND, 1 }, { VDEVFW_ASK_SHUTDOWN, VDEVFW_CAUSES },
		{ VDEVFW_ASK_RESET, VDEVFW_CAUSES }, { VDEVFW_ASK_POWERDOWN, 1 },
		{ VDEVFW_ASK_STOP, 0 }, { VDEVFW_ASK_STOP, VDEVFW_STATE_RESTORE },
		{ VDEVFW_ASK_STOP, VDEVFW_STATE_RUNNING }, { VDEVFW_ASK_STOP, 32 },
		{ VDEVFW_ASK_STOP, 32 + VDEVFW_STATE_PAUSED }, { VDEVFW_ASK_PANIC, 1 },
		{ VDEVFW_ASK_WATCHDOG, 1 },
	};
	struct fixture *f = running(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(asks); i++)
		KUNIT_EXPECT_EQ_MSG(test, host_asks(f, asks[i].what, asks[i].value), -EINVAL,
				    "%u with %u", asks[i].what, asks[i].value);
	settle(f);
	EXPECT_STATE(f, RUNNING);
}

static void who_saves_a_guest_can_ask_for_its_stop(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_STOP, VDEVFW_STATE_SAVE), 0);
	EXPECT_STATE(f, SAVE);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_STOPPED, NULL), 1);
}

static void a_stop_for_a_save_gives_way_to_another(struct kunit *test)
{
	struct fixture *f = running(test);

	host_asks(f, VDEVFW_ASK_STOP, VDEVFW_STATE_SAVE);
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	EXPECT_STATE(f, PAUSED);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_STOPPED, NULL), 1);
}

static void another_stop_does_not_give_way_to_one_for_a_save(struct kunit *test)
{
	struct fixture *f = running(test);

	stop(f);
	host_asks(f, VDEVFW_ASK_STOP, VDEVFW_STATE_SAVE);
	EXPECT_STATE(f, PAUSED);
}

/*
 * Reset
 */

static void bring_to(struct fixture *f, enum vdevfw_state state)
{
	if (state == VDEVFW_STATE_SUSPENDED)
		host_asks(f, VDEVFW_ASK_SUSPEND, 0);
	else if (state != VDEVFW_STATE_RUNNING)
		stop_with(f, state, 0);
	KUNIT_ASSERT_EQ(f->test, f->gsp->state, state);
}

static const struct reset_case {
	enum vdevfw_state from;
	enum vdevfw_state to;
} reset_cases[] = {
	{ VDEVFW_STATE_RUNNING, VDEVFW_STATE_RUNNING },
	{ VDEVFW_STATE_PAUSED, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_DEBUG, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_IO_ERROR, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_INTERNAL_ERROR, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_WATCHDOG, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_GUEST_PANICKED, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_SUSPENDED, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_SHUTDOWN, VDEVFW_STATE_CONFIGURED },
	{ VDEVFW_STATE_SAVE, VDEVFW_STATE_SAVE },
};

static void describe_reset(const struct reset_case *c, char *desc)
{
	strscpy(desc, vdevfw_state_name(c->from), KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(reset, reset_cases, describe_reset);

static struct fixture *reset_in(struct kunit *test, enum vdevfw_state state)
{
	struct fixture *f = running(test);

	bring_to(f, state);
	testbed_clear_trace(test);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_RESET, VDEVFW_CAUSE_HOST_COMMAND), 0);
	return f;
}

static void a_reset_leads_to_its_state(struct kunit *test)
{
	const struct reset_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, reset_in(test, c->from)->gsp->state, c->to);
}

static void a_reset_is_told(struct kunit *test)
{
	const struct reset_case *c = test->param_value;
	struct vdevfw_event event = newest(reset_in(test, c->from), VDEVFW_EVENT_RESET);

	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_CAUSE_HOST_COMMAND);
	KUNIT_EXPECT_EQ(test, event.detail, c->to);
	KUNIT_EXPECT_EQ(test, event.number, 1);
}

static void a_reset_reaches_the_vdevs(struct kunit *test)
{
	const struct reset_case *c = test->param_value;
	struct testbed *bed = test->priv;

	reset_in(test, c->from);
	KUNIT_EXPECT_STREQ(test, bed->trace, "a:ENTER a:HOLD a:EXIT");
}

static void accesses_come_after_a_reset_where_the_guest_runs(struct kunit *test)
{
	const struct reset_case *c = test->param_value;

	reset_in(test, c->from);
	KUNIT_EXPECT_EQ(test, write(), c->to == VDEVFW_STATE_RUNNING ? 0 : -EOPNOTSUPP);
}

static void the_clock_goes_after_a_reset_where_the_guest_runs(struct kunit *test)
{
	const struct reset_case *c = test->param_value;
	struct fixture *f = reset_in(test, c->from);
	u64 before = guest_clock_read(f->probe->vdp);

	fake_time_advance(1000);
	KUNIT_EXPECT_EQ(test, guest_clock_read(f->probe->vdp) - before,
			c->to == VDEVFW_STATE_RUNNING ? 1000 : 0);
}

static void after_a_reset_the_guest_can_run(struct kunit *test)
{
	const struct reset_case *c = test->param_value;
	struct fixture *f = reset_in(test, c->from);

	KUNIT_EXPECT_EQ(test, start(f), c->to == VDEVFW_STATE_RUNNING ? -EALREADY : 0);
	EXPECT_STATE(f, RUNNING);
	KUNIT_EXPECT_EQ(test, write(), 0);
}

static void vdevs_are_reset_in_their_order_and_left_in_reverse(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct fixture *f = &fixture;

	probe_add(test, "b");
	f->probe = probe_add(test, "a");
	f->gsp = testbed_guest(test, 0);
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_add(test, f->gsp, "b", OPTIONS("loc=mem:0x2000"));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	testbed_clear_trace(test);
	host_asks(f, VDEVFW_ASK_RESET, 0);
	KUNIT_EXPECT_STREQ(test, bed->trace, "a:ENTER b:ENTER b:HOLD a:HOLD b:EXIT a:EXIT");
}

static void a_reset_cancels_timers(struct kunit *test)
{
	struct fixture *f = running(test);

	f->ask = ask_paused;
	guest_timer_notify(f->timer, NULL, 1000);
	host_asks(f, VDEVFW_ASK_RESET, 0);
	fake_time_advance(2000);
	vdevfw_workers_flush(&f->gsp->workers);
	settle(f);
	EXPECT_STATE(f, RUNNING);
}

static void a_reason_from_before_a_reset_is_stale(struct kunit *test)
{
	struct fixture *f = running(test);
	const vdev_t *vdp = f->probe->vdp;
	struct guest_reason reason;

	guest_reason_take(vdp, &reason);
	host_asks(f, VDEVFW_ASK_RESET, 0);
	KUNIT_EXPECT_EQ(test, guest_ask_stop(vdp, &reason, GRS_IO_ERROR, ""), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_ask_reset(vdp, &reason, ""), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_ask_shutdown(vdp, &reason, ""), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_ask_suspend(vdp, &reason, ""), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_ask_wakeup(vdp, &reason, 1), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_ask_powerdown(vdp, &reason), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_panicked(vdp, &reason, ""), -ESTALE);
	KUNIT_EXPECT_EQ(test, guest_watchdog_expired(vdp, &reason, ""), -ESTALE);
	settle(f);
	EXPECT_LOG(f, "RESET");
}

static void a_reason_from_after_a_reset_counts(struct kunit *test)
{
	struct fixture *f = running(test);
	struct guest_reason reason;

	host_asks(f, VDEVFW_ASK_RESET, 0);
	guest_reason_take(f->probe->vdp, &reason);
	KUNIT_EXPECT_EQ(test, guest_ask_stop(f->probe->vdp, &reason, GRS_IO_ERROR, ""), 0);
	settle(f);
	EXPECT_STATE(f, IO_ERROR);
}

/* S71 */
static void of_a_reset_and_a_stop_the_reset_comes_first(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_STOP, VDEVFW_STATE_PAUSED, 0, &f->msg);
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_RESET, 0, 0, &f->msg);
	release_worker(f);
	EXPECT_STATE(f, PAUSED);
	EXPECT_LOG(f, "RESET STOPPED");
}

static void of_a_stop_and_a_reset_the_reset_comes_first(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_RESET, 0, 0, &f->msg);
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_STOP, VDEVFW_STATE_PAUSED, 0, &f->msg);
	release_worker(f);
	EXPECT_STATE(f, PAUSED);
	EXPECT_LOG(f, "RESET STOPPED");
}

/* S74 */
static void of_a_shutdown_and_a_reset_only_the_shutdown_comes(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	ask_reset(f->probe->vdp);
	ask_shutdown(f->probe->vdp);
	release_worker(f);
	EXPECT_LOG(f, "CAUSE CAUSE SHUTDOWN TERMINATE");
}

static void of_a_shutdown_that_pauses_and_a_reset_both_come(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("action=shutdown pause"));

	hold_worker(f);
	ask_reset(f->probe->vdp);
	ask_shutdown(f->probe->vdp);
	release_worker(f);
	EXPECT_STATE(f, CONFIGURED);
	EXPECT_LOG(f, "CAUSE CAUSE SHUTDOWN STOPPED RESET");
}

/*
 * Sleep
 */

static void a_guest_that_sleeps_has_its_clock_and_its_vdevs(struct kunit *test)
{
	struct fixture *f = running(test);
	u64 before = guest_clock_read(f->probe->vdp);

	vdev_asks(f, ask_suspend);
	EXPECT_STATE(f, SUSPENDED);
	EXPECT_LOG(f, "CAUSE SUSPENDED");
	fake_time_advance(1000);
	KUNIT_EXPECT_EQ(test, guest_clock_read(f->probe->vdp) - before, 1000);
	KUNIT_EXPECT_EQ(test, write(), 0);
}

static void a_guest_wakes_up(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_event event;

	vdev_asks(f, ask_suspend);
	vdev_asks(f, ask_wakeup);
	EXPECT_STATE(f, RUNNING);
	EXPECT_LOG(f, "CAUSE SUSPENDED CAUSE WAKEUP");
	event = newest(f, VDEVFW_EVENT_WAKEUP);
	KUNIT_EXPECT_EQ(test, event.value, 5);
}

static void who_does_not_sleep_is_not_woken_up(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_WAKEUP, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, vdev_asks(f, ask_wakeup), 0);
	EXPECT_LOG(f, "CAUSE");
}

static void who_does_not_run_does_not_fall_asleep(struct kunit *test)
{
	struct fixture *f = running(test);

	stop(f);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_SUSPEND, 0), 0);
	EXPECT_STATE(f, PAUSED);
	EXPECT_LOG(f, "STOPPED");
}

/* S75 */
static void who_was_stopped_asleep_goes_on_sleeping(struct kunit *test)
{
	struct fixture *f = running(test);

	host_asks(f, VDEVFW_ASK_SUSPEND, 0);
	stop(f);
	EXPECT_STATE(f, PAUSED);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_WAKEUP, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, start(f), 0);
	EXPECT_STATE(f, SUSPENDED);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_WAKEUP, 0), 0);
	EXPECT_STATE(f, RUNNING);
	EXPECT_LOG(f, "SUSPENDED STOPPED RESUMED WAKEUP");
}

static void a_reset_wakes_up(struct kunit *test)
{
	struct fixture *f = running(test);

	host_asks(f, VDEVFW_ASK_SUSPEND, 0);
	stop(f);
	host_asks(f, VDEVFW_ASK_RESET, 0);
	start(f);
	EXPECT_STATE(f, RUNNING);
}

/* S79, as far as there is SAVE. */
static void who_was_saved_asleep_goes_on_sleeping(struct kunit *test)
{
	struct fixture *f = running(test);

	host_asks(f, VDEVFW_ASK_SUSPEND, 0);
	stop_with(f, VDEVFW_STATE_SAVE, 0);
	EXPECT_STATE(f, SAVE);
	start(f);
	EXPECT_STATE(f, SUSPENDED);
}

/*
 * Actions
 */

static const struct action_case {
	const char *action;
	int (*happens)(const vdev_t *vdp);
	enum vdevfw_ask ask;
	enum vdevfw_state state;
	const char *log;
	int cause;
	unsigned int nmis;
} action_cases[] = {
	{ "panic shutdown", panic_now, VDEVFW_ASK_PANIC, VDEVFW_STATE_RUNNING,
	  "PANIC SHUTDOWN TERMINATE", VDEVFW_EXIT_NORMAL },
	{ "panic none", panic_now, VDEVFW_ASK_PANIC, VDEVFW_STATE_RUNNING, "PANIC", -1 },
	{ "panic pause", panic_now, VDEVFW_ASK_PANIC, VDEVFW_STATE_GUEST_PANICKED,
	  "PANIC STOPPED", -1 },
	{ "panic exit", panic_now, VDEVFW_ASK_PANIC, VDEVFW_STATE_RUNNING,
	  "PANIC TERMINATE", VDEVFW_EXIT_ERROR },
	{ "watchdog reset", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_RUNNING,
	  "WATCHDOG RESET", -1 },
	{ "watchdog shutdown", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_RUNNING,
	  "WATCHDOG POWERDOWN", -1 },
	{ "watchdog poweroff", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_RUNNING,
	  "WATCHDOG TERMINATE", VDEVFW_EXIT_WATCHDOG },
	{ "watchdog pause", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_WATCHDOG,
	  "WATCHDOG STOPPED", -1 },
	{ "watchdog debug", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_RUNNING, "WATCHDOG", -1 },
	{ "watchdog none", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_RUNNING, "WATCHDOG", -1 },
	{ "watchdog inject-nmi", bite, VDEVFW_ASK_WATCHDOG, VDEVFW_STATE_RUNNING, "WATCHDOG",
	  -1, 1 },
};

static void describe_action(const struct action_case *c, char *desc)
{
	strscpy(desc, c->action, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(action, action_cases, describe_action);

static void expect_action(struct fixture *f, const struct action_case *c)
{
	struct kunit *test = f->test;

	/* An NMI is sent by the worker. */
	kthread_flush_worker(f->gsp->worker);
	KUNIT_EXPECT_EQ(test, f->gsp->state, c->state);
	EXPECT_LOG(f, c->log);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->gsp->cause), c->cause);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.nmis), c->nmis);
}

/* S76 */
static void an_action_follows_from_a_timer(struct kunit *test)
{
	const struct action_case *c = test->param_value;
	struct fixture *f = running(test);

	set_action(f, c->action);
	f->ask = c->happens;
	guest_timer_notify(f->timer, NULL, 1000);
	fake_time_advance(2000);
	vdevfw_workers_flush(&f->gsp->workers);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->answer, 0);
	expect_action(f, c);
}

static void an_action_follows_from_the_host(struct kunit *test)
{
	const struct action_case *c = test->param_value;
	struct fixture *f = running(test);

	set_action(f, c->action);
	KUNIT_EXPECT_EQ(test, host_asks(f, c->ask, 0), 0);
	expect_action(f, c);
}

static void by_default_a_watchdog_resets(struct kunit *test)
{
	struct fixture *f = running(test);

	vdev_asks(f, bite);
	EXPECT_LOG(f, "WATCHDOG RESET");
}

static void by_default_a_panic_ends_the_machine(struct kunit *test)
{
	struct fixture *f = running(test);

	vdev_asks(f, panic_now);
	EXPECT_LOG(f, "PANIC SHUTDOWN TERMINATE");
}

static void a_reboot_may_be_a_shutdown(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("action=reboot shutdown"));

	vdev_asks(f, ask_reset);
	EXPECT_LOG(f, "CAUSE SHUTDOWN TERMINATE");
}

static void a_shutdown_may_pause(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("action=shutdown pause"));

	vdev_asks(f, ask_shutdown);
	EXPECT_STATE(f, SHUTDOWN);
	EXPECT_LOG(f, "CAUSE SHUTDOWN STOPPED");
	KUNIT_EXPECT_EQ(test, start(f), -EUCLEAN);
}

static void the_power_button_reaches_the_vdevs(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	vdev_asks(f, ask_powerdown);
	KUNIT_EXPECT_STREQ(test, bed->trace, "a:BUTTON");
	EXPECT_LOG(f, "CAUSE POWERDOWN");
}

static const struct setting_case {
	const char *option;
	int err;
} setting_cases[] = {
	{ "acknowledge=1", 0 },
	{ "acknowledge=600000", 0 },
	{ "acknowledge=0", -EINVAL },
	{ "acknowledge=600001", -EINVAL },
	{ "acknowledge=4294967296", -EINVAL },
	{ "acknowledge=-1", -EINVAL },
	{ "acknowledge=soon", -EINVAL },
	{ "acknowledge=", -ENODATA },
	{ "acknowledge", -ENODATA },
	{ "action=reboot reset", 0 },
	{ "action=reboot shutdown", 0 },
	{ "action=shutdown poweroff", 0 },
	{ "action=shutdown pause", 0 },
	{ "action=panic exit", 0 },
	{ "action=watchdog inject-nmi", 0 },
	{ "action=reboot", -EINVAL },
	{ "action=reboot ", -EINVAL },
	{ "action=reboot pause", -EINVAL },
	{ "action=shutdown reset", -EINVAL },
	{ "action=panic reset", -EINVAL },
	{ "action=watchdog exit", -EINVAL },
	{ "action=watchdog  pause", -EINVAL },
	{ "action=coffee none", -EINVAL },
	{ "action=", -ENODATA },
	{ "action", -ENODATA },
};

static void describe_setting(const struct setting_case *c, char *desc)
{
	strscpy(desc, c->option, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(setting, setting_cases, describe_setting);

static void settings_are_checked(struct kunit *test)
{
	const struct setting_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);

	KUNIT_EXPECT_EQ(test, testbed_set(test, gsp, c->option, strlen(c->option) + 1, NULL),
			c->err);
}

static void actions_can_be_set_later_on(struct kunit *test)
{
	const struct setting_case *c = test->param_value;
	struct fixture *f = running(test);
	bool is_action = !strncmp(c->option, "action", 6);

	KUNIT_EXPECT_EQ(test, testbed_set(test, f->gsp, c->option, strlen(c->option) + 1, NULL),
			is_action ? c->err : -EBUSY);
}

static void a_setting_that_is_refused_leaves_the_one_before(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	testbed_set(test, gsp, OPTIONS("acknowledge=100"), NULL);
	testbed_set(test, gsp, OPTIONS("action=watchdog pause"), NULL);
	testbed_set(test, gsp, OPTIONS("acknowledge=soon"), NULL);
	testbed_set(test, gsp, OPTIONS("action=watchdog bark"), NULL);
	KUNIT_EXPECT_EQ(test, gsp->run.acknowledge, 100);
	KUNIT_EXPECT_EQ(test, gsp->run.actions.watchdog, WATCHDOG_PAUSE);
}

/*
 * The launcher acknowledges, or does not. It is this thread.
 */

/* Begin something for which vCPUs must not run. Gives the number of the stop. */
static u64 request(struct fixture *f, int (*body)(void *data))
{
	unsigned int i;
	s64 stop = 0;

	command(f, body);
	for (i = 0; i < 5000 && stop <= 0; i++) {
		msleep(1);
		stop = atomic64_read(&f->gsp->run.stop);
	}
	KUNIT_EXPECT_GT(f->test, stop, 0);
	return stop;
}

static int acknowledge(struct fixture *f, u64 stop)
{
	return vdevfw_guest_ack(f->gsp, stop, &f->msg);
}

static void a_stop_that_is_acknowledged_is_confirmed(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, stop_and_tell);
	struct vdevfw_event event = newest(f, VDEVFW_EVENT_STOP_REQUEST);

	KUNIT_EXPECT_EQ(test, event.number, number);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_ASK_STOP);
	KUNIT_EXPECT_EQ(test, acknowledge(f, number), 0);
	KUNIT_EXPECT_EQ(test, finish(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_flags, 0);
	EXPECT_LOG(f, "REQUEST STOPPED");
}

static void before_it_is_acknowledged_vdevs_have_stopped(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, stop_and_tell), time;

	KUNIT_EXPECT_EQ(test, write(), -EOPNOTSUPP);
	time = guest_clock_read(f->probe->vdp);
	fake_time_advance(1000);
	KUNIT_EXPECT_EQ(test, guest_clock_read(f->probe->vdp), time);
	acknowledge(f, number);
	finish(f);
}

/* S65 */
static void a_stop_that_is_never_acknowledged_is_unconfirmed(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=20"));

	KUNIT_EXPECT_EQ(test, stop(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_flags, VDEVFW_STOPPED_UNCONFIRMED);
	EXPECT_STATE(f, PAUSED);
}

static void who_acknowledges_too_late_is_told(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=20"));
	struct vdevfw_event event;

	stop(f);
	event = newest(f, VDEVFW_EVENT_STOP_REQUEST);
	KUNIT_EXPECT_EQ(test, acknowledge(f, event.number), -ESTALE);
}

static void who_acknowledges_twice_is_told(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, stop_and_tell);

	KUNIT_EXPECT_EQ(test, acknowledge(f, number), 0);
	KUNIT_EXPECT_EQ(test, acknowledge(f, number), -ESTALE);
	finish(f);
	KUNIT_EXPECT_EQ(test, acknowledge(f, number), -ESTALE);
}

static void a_wrong_number_acknowledges_nothing(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, stop_and_tell);

	KUNIT_EXPECT_EQ(test, acknowledge(f, 0), -ESTALE);
	KUNIT_EXPECT_EQ(test, acknowledge(f, number + 1), -ESTALE);
	KUNIT_EXPECT_EQ(test, acknowledge(f, number - 1), -ESTALE);
	KUNIT_EXPECT_EQ(test, acknowledge(f, -number), -ESTALE);
	KUNIT_EXPECT_EQ(test, acknowledge(f, 1ull << 63), -ESTALE);
	KUNIT_EXPECT_EQ(test, acknowledge(f, U64_MAX), -ESTALE);
	KUNIT_EXPECT_EQ(test, atomic64_read(&f->gsp->run.stop), number);
	acknowledge(f, number);
	finish(f);
}

static void nothing_is_acknowledged_of_a_guest_that_runs(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));

	KUNIT_EXPECT_EQ(test, acknowledge(f, 0), -ESTALE);
	KUNIT_EXPECT_EQ(test, acknowledge(f, 1), -ESTALE);
}

static void another_guest_cannot_be_acknowledged_for(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	struct guest_system *gsp = f->gsp, *other = testbed_guest(test, 1);
	u64 number;

	testbed_set(test, other, OPTIONS("acknowledge=" LONG), NULL);
	testbed_must_configure(test, other);
	testbed_must_start(test, other);
	number = request(f, stop_and_tell);
	f->gsp = other;
	KUNIT_EXPECT_EQ(test, acknowledge(f, number), -ESTALE);
	f->gsp = gsp;
	acknowledge(f, number);
	finish(f);
}

static int acknowledge_and_tell(void *data)
{
	struct fixture *f = data;

	WRITE_ONCE(f->answer, acknowledge(f, atomic64_read(&f->gsp->run.stop)));
	return 0;
}

static void another_process_cannot_acknowledge(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, stop_and_tell);
	struct task_struct *task;
	unsigned int i;

	f->answer = 1;
	task = run(test, acknowledge_and_tell, f);
	for (i = 0; i < 5000 && READ_ONCE(f->answer) == 1; i++)
		msleep(1);
	kthread_stop_put(task);
	KUNIT_EXPECT_EQ(test, f->answer, -EXDEV);
	KUNIT_EXPECT_EQ(test, atomic64_read(&f->gsp->run.stop), number);
	acknowledge(f, number);
	finish(f);
}

static void each_stop_has_a_number_of_its_own(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=10"));
	struct vdevfw_event first, second;

	stop(f);
	first = newest(f, VDEVFW_EVENT_STOP_REQUEST);
	start(f);
	stop(f);
	second = newest(f, VDEVFW_EVENT_STOP_REQUEST);
	KUNIT_EXPECT_GT(test, second.number, first.number);
}

/* S67 */
static void who_has_stopped_is_not_asked_to_stop(struct kunit *test)
{
	struct fixture *f = running_with(test, OPTIONS("acknowledge=10"));

	stop(f);
	stop(f);
	stop_with(f, 0, VDEVFW_STOP_FORCE);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_STOP_REQUEST,
						   NULL), 1);
}

static const struct request_case {
	const char *desc;
	int (*body)(void *data);
	enum vdevfw_ask ask;
	const char *log;
} request_cases[] = {
	{ "stop", stop_and_tell, VDEVFW_ASK_STOP, "REQUEST STOPPED" },
	{ "reset", reset_and_tell, VDEVFW_ASK_RESET, "REQUEST RESET" },
	{ "suspend", suspend_and_tell, VDEVFW_ASK_SUSPEND, "REQUEST SUSPENDED" },
};

static void describe_request(const struct request_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(request, request_cases, describe_request);

static void the_launcher_is_asked_for_what_stops_vcpus(struct kunit *test)
{
	const struct request_case *c = test->param_value;
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, c->body);
	struct vdevfw_event event = newest(f, VDEVFW_EVENT_STOP_REQUEST);

	acknowledge(f, number);
	KUNIT_EXPECT_EQ(test, finish(f), 0);
	KUNIT_EXPECT_EQ(test, event.value, c->ask);
	EXPECT_LOG(f, c->log);
}

/* What struct vdevfw_guest_info says a vCPU looks at before it enters the guest again. */
static void meanwhile_no_vcpu_may_run(struct kunit *test)
{
	const struct request_case *c = test->param_value;
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, c->body);

	KUNIT_EXPECT_TRUE(test, f->gsp->state != VDEVFW_STATE_RUNNING ||
			  vdevfw_requests_pending(&f->gsp->run.requests));
	acknowledge(f, number);
	finish(f);
	settle(f);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->gsp->run.requests), 0);
}

/*
 * The guest's end comes between
 */

static void the_end_interrupts_who_waits_for_the_launcher(struct kunit *test)
{
	const struct request_case *c = test->param_value;
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));

	request(f, c->body);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, finish(f), -ESHUTDOWN);
	EXPECT_STATE(f, DEAD);
	EXPECT_LOG(f, "REQUEST");
}

static void a_dead_guest_cannot_be_acknowledged_for(struct kunit *test)
{
	const struct request_case *c = test->param_value;
	struct fixture *f = running_with(test, OPTIONS("acknowledge=" LONG));
	u64 number = request(f, c->body);

	vdevfw_guest_destroy(f->gsp);
	finish(f);
	KUNIT_EXPECT_EQ(test, acknowledge(f, number), -ESTALE);
}

/* S78, S82 */
static void the_end_interrupts_who_waits_for_a_vdev(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_drain_timeout = 600000;
	f->drain = -EINPROGRESS;
	command(f, stop_and_tell);
	while (!READ_ONCE(f->drains))
		msleep(1);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, finish(f), -ESHUTDOWN);
	EXPECT_LOG(f, "");
}

/* S82 */
static void a_guest_at_its_end_is_neither_stopped_nor_started(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	fake_kvm_owner_dies(0);
	KUNIT_EXPECT_EQ(test, stop(f), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, start(f), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_RESET, 0), -ESHUTDOWN);
	complete(&hold.over);
	testbed_wait_dead(test, f->gsp);
	KUNIT_EXPECT_EQ(test, stop(f), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, start(f), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_RESET, 0), -ESHUTDOWN);
}

static const enum vdevfw_ask all_asks[] = {
	VDEVFW_ASK_DEBUG, VDEVFW_ASK_SUSPEND, VDEVFW_ASK_SHUTDOWN, VDEVFW_ASK_RESET,
	VDEVFW_ASK_POWERDOWN,
};

/* What was asked for before, and what has not begun. */
static void what_is_pending_at_the_end_does_not_happen(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int i;

	hold_worker(f);
	for (i = 0; i < ARRAY_SIZE(all_asks); i++)
		vdevfw_guest_ask(f->gsp, all_asks[i], 0, 0, &f->msg);
	fake_kvm_owner_dies(0);
	complete(&hold.over);
	testbed_wait_dead(test, f->gsp);
	EXPECT_LOG(f, "");
}

static void a_stop_that_waits_for_the_worker_gives_way_to_the_end(struct kunit *test)
{
	struct fixture *f = running(test);

	hold_worker(f);
	command(f, stop_and_tell);
	msleep(50);
	fake_kvm_owner_dies(0);
	KUNIT_EXPECT_EQ(test, finish(f), -ESHUTDOWN);
	complete(&hold.over);
	testbed_wait_dead(test, f->gsp);
	EXPECT_LOG(f, "");
}

/*
 * Vdevs come to rest
 */

static void a_stop_waits_for_a_vdev_to_come_to_rest(struct kunit *test)
{
	struct fixture *f = running(test);

	f->drain = -EINPROGRESS;
	command(f, stop_and_tell);
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&f->done, msecs_to_jiffies(100)), 0);
	KUNIT_EXPECT_EQ(test, f->drains, 1);
	vdev_drained(f->probe->vdp, 0);
	KUNIT_EXPECT_EQ(test, finish(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, 0);
	EXPECT_LOG(f, "STOPPED");
}

static void a_vdev_may_fail_to_come_to_rest(struct kunit *test)
{
	struct fixture *f = running(test);

	f->drain = -EIO;
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, -EIO);
	KUNIT_EXPECT_EQ(test, f->cmd.out_flags, VDEVFW_STOPPED_UNCONFIRMED);
	EXPECT_STATE(f, PAUSED);
}

static void a_vdev_may_fail_to_come_to_rest_later(struct kunit *test)
{
	struct fixture *f = running(test);

	f->drain = -EINPROGRESS;
	command(f, stop_and_tell);
	while (!READ_ONCE(f->drains))
		msleep(1);
	msleep(10);
	vdev_drained(f->probe->vdp, -ENOSPC);
	KUNIT_EXPECT_EQ(test, finish(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, -ENOSPC);
}

/* S78 */
static void a_vdev_that_does_not_come_to_rest_is_not_waited_for_for_ever(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_drain_timeout = 20;
	f->drain = -EINPROGRESS;
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, f->cmd.out_flags & VDEVFW_STOPPED_DRAIN_TIMEOUT);
	EXPECT_STATE(f, PAUSED);
}

static void a_vdev_that_comes_to_rest_too_late_harms_nothing(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_drain_timeout = 20;
	f->drain = -EINPROGRESS;
	stop(f);
	vdev_drained(f->probe->vdp, -EIO);
	f->drain = 0;
	KUNIT_EXPECT_EQ(test, stop_with(f, 0, VDEVFW_STOP_FORCE), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, 0);
	KUNIT_EXPECT_EQ(test, start(f), 0);
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, 0);
}

static void a_vdev_that_works_can_be_reset(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_drain_timeout = 20;
	f->drain = -EINPROGRESS;
	stop(f);
	KUNIT_EXPECT_EQ(test, host_asks(f, VDEVFW_ASK_RESET, 0), 0);
	EXPECT_STATE(f, CONFIGURED);
}

/* S68 */
static void a_stop_does_not_wait_for_an_access_for_ever(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int served = 0;
	struct task_struct *vcpu;

	vdevfw_drain_timeout = 20;
	WRITE_ONCE(f->probe->blocks, true);
	vcpu = run(test, access_all_the_time, &served);
	wait_for_completion(&f->probe->entered);
	fake_kvm.vcpu_thread = vcpu;
	KUNIT_EXPECT_EQ(test, stop(f), -ETIMEDOUT);
	fake_kvm.vcpu_thread = NULL;
	KUNIT_EXPECT_NOT_NULL(test, strstr(f->msg.text, ": vCPU 1 "));
	EXPECT_STATE(f, PAUSED);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_STOPPED, NULL), 0);
	WRITE_ONCE(f->probe->blocks, false);
	complete_all(&f->probe->leave);
	settle(f);
	kthread_stop_put(vcpu);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_STOPPED, NULL), 1);
}

/*
 * Change-state handlers
 */

/**
 * struct watcher - A change-state handler of a guest
 * @change: Its registration
 * @err: What it returns
 * @state: What it was told last
 * @starts: How often it was told of a start
 * @stops: How often it was told of a stop
 * @work: Deferred at a stop, if @resumes
 * @resumes: see @work
 * @answer: What guest_resume() said
 * @stopped_before: Whether STOPPED had been told when @work was done
 * @asks: At a stop, it asks for a reset
 */
static struct watcher {
	struct guest_change *change;
	int err;
	unsigned int state;
	unsigned int starts;
	unsigned int stops;
	struct guest_work work;
	bool resumes;
	int answer;
	bool stopped_before;
	bool asks;
} watcher;

static void resume_guest(struct guest_work *work, int err)
{
	struct watcher *w = container_of(work, struct watcher, work);
	struct guest_system *gsp = fixture.gsp;

	w->stopped_before = testbed_count_events(&gsp->events, VDEVFW_EVENT_STOPPED, NULL);
	w->answer = err ?: guest_resume(gsp);
}

static int watch_change(void *data, bool running, unsigned int state)
{
	struct watcher *w = data;

	w->state = state;
	w->starts += running;
	w->stops += !running;
	if (!running && w->resumes)
		guest_defer(fixture.gsp, &w->work);
	if (!running && w->asks)
		w->answer = ask_reset(fixture.probe->vdp);
	return w->err;
}

static const struct guest_change_ops watches = { NULL, watch_change };

static struct watcher *watch(struct fixture *f)
{
	struct watcher *w = &watcher;

	*w = (struct watcher) {};
	guest_work_init(&w->work, resume_guest);
	w->change = guest_change_add(f->gsp, f->probe->vdp, 0, &watches, w);
	KUNIT_ASSERT_FALSE(f->test, IS_ERR(w->change));
	settle(f);
	return w;
}

static void a_handler_is_told_of_starts_and_stops(struct kunit *test)
{
	struct fixture *f = configured(test, NO_OPTIONS);
	struct watcher *w = watch(f);

	start(f);
	KUNIT_EXPECT_EQ(test, w->starts, 1);
	KUNIT_EXPECT_EQ(test, w->state, GRS_RUNNING);
	stop_with(f, VDEVFW_STATE_DEBUG, 0);
	KUNIT_EXPECT_EQ(test, w->stops, 1);
	KUNIT_EXPECT_EQ(test, w->state, GRS_DEBUG);
}

static void a_handler_that_comes_to_a_running_guest_is_started(struct kunit *test)
{
	struct watcher *w = watch(running(test));

	KUNIT_EXPECT_EQ(test, w->starts, 1);
}

static void a_handler_that_comes_to_a_stopped_guest_waits(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w;

	stop(f);
	w = watch(f);
	KUNIT_EXPECT_EQ(test, w->starts + w->stops, 0);
	start(f);
	KUNIT_EXPECT_EQ(test, w->starts, 1);
}

static void a_handler_is_stopped_at_the_end(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w = watch(f);

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, w->stops, 1);
	KUNIT_EXPECT_EQ(test, w->state, GRS_DYING);
}

static void a_handler_that_has_stopped_is_not_told_of_the_end(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w = watch(f);

	stop(f);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, w->stops, 1);
}

static void a_reset_does_not_concern_the_handlers_of_a_running_guest(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w = watch(f);

	host_asks(f, VDEVFW_ASK_RESET, 0);
	KUNIT_EXPECT_EQ(test, w->starts + w->stops, 1);
}

static void a_reset_stops_the_handlers_of_a_guest_that_sleeps(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w = watch(f);

	host_asks(f, VDEVFW_ASK_SUSPEND, 0);
	KUNIT_EXPECT_EQ(test, w->stops, 0);
	host_asks(f, VDEVFW_ASK_RESET, 0);
	KUNIT_EXPECT_EQ(test, w->stops, 1);
	start(f);
	KUNIT_EXPECT_EQ(test, w->starts, 2);
}

/* S61 */
static void a_handler_that_fails_is_told_with_the_stop(struct kunit *test)
{
	struct fixture *f = running(test);

	watch(f)->err = -EIO;
	KUNIT_EXPECT_EQ(test, stop(f), 0);
	KUNIT_EXPECT_EQ(test, f->cmd.out_result, -EIO);
	KUNIT_EXPECT_TRUE(test, f->cmd.out_flags & VDEVFW_STOPPED_HANDLER_FAILED);
	KUNIT_EXPECT_EQ(test, f->drains, 1);
	EXPECT_STATE(f, PAUSED);
}

static void a_handler_that_fails_keeps_nobody_from_starting(struct kunit *test)
{
	struct fixture *f = running(test);

	watch(f)->err = -EIO;
	stop(f);
	KUNIT_EXPECT_EQ(test, start(f), 0);
	EXPECT_STATE(f, RUNNING);
}

/* S54 */
static void a_handler_can_have_the_guest_go_on(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w = watch(f);

	w->resumes = true;
	stop(f);
	settle(f);
	KUNIT_EXPECT_EQ(test, w->answer, 0);
	KUNIT_EXPECT_TRUE(test, w->stopped_before);
	EXPECT_STATE(f, RUNNING);
	EXPECT_LOG(f, "STOPPED RESUMED");
}

static void what_a_handler_asks_for_comes_after_the_change(struct kunit *test)
{
	struct fixture *f = running(test);
	struct watcher *w = watch(f);

	w->asks = true;
	stop(f);
	settle(f);
	KUNIT_EXPECT_EQ(test, w->answer, 0);
	EXPECT_STATE(f, CONFIGURED);
	EXPECT_LOG(f, "CAUSE STOPPED RESET");
}

static void a_vdev_takes_its_handlers_with_it(struct kunit *test)
{
	struct fixture *f = running(test);

	watch(f);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_TRUE(test, list_empty(&f->gsp->run.changes.list));
}

static void another_module_may_have_a_handler(struct kunit *test)
{
	struct fixture *f = running(test);
	struct guest_system *gsp = guest_get(f->gsp->id);
	struct watcher *w = &watcher;

	KUNIT_ASSERT_PTR_EQ(test, gsp, f->gsp);
	*w = (struct watcher) {};
	w->change = guest_change_add(gsp, NULL, 0, &watches, w);
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->change));
	settle(f);
	vdevfw_guest_destroy(f->gsp);
	guest_change_remove(w->change);
	guest_put(gsp);
	KUNIT_EXPECT_EQ(test, w->starts, 1);
	KUNIT_EXPECT_EQ(test, w->stops, 1);
}

/* kmemleak finds it otherwise. */
static void another_module_may_leave_its_handler_behind(struct kunit *test)
{
	struct fixture *f = running(test);
	struct guest_change *change;

	watcher = (struct watcher) {};
	change = guest_change_add(f->gsp, NULL, 0, &watches, &watcher);
	KUNIT_EXPECT_FALSE(test, IS_ERR(change));
}

static void a_dead_guest_takes_no_handler(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_PTR_EQ(test, guest_change_add(f->gsp, NULL, 0, &watches, &watcher),
			    ERR_PTR(-ESHUTDOWN));
	KUNIT_EXPECT_NULL(test, guest_get(f->gsp->id));
}

/*
 * Without memory
 */

static bool stop_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = arg;
	bool failed;
	int err;

	start(f);
	testbed_start_failing();
	err = stop(f);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	KUNIT_EXPECT_EQ(test, f->gsp->state, err ? VDEVFW_STATE_RUNNING : VDEVFW_STATE_PAUSED);
	return failed;
}

static void without_memory_a_stop_changes_nothing(struct kunit *test)
{
	testbed_fail_each_allocation(test, stop_without_memory, running(test));
}

static bool start_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = arg;
	bool failed;
	int err;

	stop(f);
	testbed_start_failing();
	err = start(f);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	KUNIT_EXPECT_EQ(test, f->gsp->state, err ? VDEVFW_STATE_PAUSED : VDEVFW_STATE_RUNNING);
	return failed;
}

static void without_memory_a_start_changes_nothing(struct kunit *test)
{
	testbed_fail_each_allocation(test, start_without_memory, running(test));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_stop_tells_how_it_went),
	KUNIT_CASE(the_event_tells_the_same),
	KUNIT_CASE(the_first_start_resumes_nothing),
	KUNIT_CASE(stops_and_starts_alternate),
	KUNIT_CASE(a_second_stop_changes_nothing),
	KUNIT_CASE_PARAM(a_stop_leads_to_its_state, stop_state_gen_params),
	KUNIT_CASE_PARAM(force_goes_where_the_table_allows, stop_state_gen_params),
	KUNIT_CASE(a_transition_that_is_refused_is_counted),
	KUNIT_CASE(force_has_vdevs_come_to_rest_again),
	KUNIT_CASE(some_states_are_none_to_stop_in),
	KUNIT_CASE(what_needs_a_reset_starts_only_after_it),
	KUNIT_CASE(a_stop_while_it_is_not_configured_is_refused),
	KUNIT_CASE(a_guest_stops_and_starts_a_thousand_times_under_load),
	KUNIT_CASE(a_vdev_can_stop_the_guest_within_an_access),
	KUNIT_CASE_PARAM(a_vcpu_leaves_that_asks_for_what_stops_it, asking_gen_params),
	KUNIT_CASE_PARAM(who_is_no_vcpu_does_not_leave, asking_gen_params),
	KUNIT_CASE_PARAM(a_guest_at_its_end_is_asked_in_vain, asking_gen_params),
	KUNIT_CASE(a_timer_can_stop_the_guest),
	KUNIT_CASE(a_timer_may_ask_while_the_guest_stops),
	KUNIT_CASE(of_many_reasons_the_gravest_counts),
	KUNIT_CASE(a_command_stops_for_all_that_is_pending),
	KUNIT_CASE(the_cause_tells_who_and_why),
	KUNIT_CASE(a_vdev_may_give_no_sentence),
	KUNIT_CASE(a_vdev_can_stop_in_some_states_only),
	KUNIT_CASE(what_cannot_be_asked_for_is_refused),
	KUNIT_CASE(who_saves_a_guest_can_ask_for_its_stop),
	KUNIT_CASE(a_stop_for_a_save_gives_way_to_another),
	KUNIT_CASE(another_stop_does_not_give_way_to_one_for_a_save),
	KUNIT_CASE(a_start_consumes_a_stop_that_is_pending),
	KUNIT_CASE(a_start_consumes_no_reset),
	KUNIT_CASE_PARAM(a_reset_leads_to_its_state, reset_gen_params),
	KUNIT_CASE_PARAM(a_reset_is_told, reset_gen_params),
	KUNIT_CASE_PARAM(a_reset_reaches_the_vdevs, reset_gen_params),
	KUNIT_CASE_PARAM(accesses_come_after_a_reset_where_the_guest_runs, reset_gen_params),
	KUNIT_CASE_PARAM(the_clock_goes_after_a_reset_where_the_guest_runs, reset_gen_params),
	KUNIT_CASE_PARAM(after_a_reset_the_guest_can_run, reset_gen_params),
	KUNIT_CASE(vdevs_are_reset_in_their_order_and_left_in_reverse),
	KUNIT_CASE(a_reset_cancels_timers),
	KUNIT_CASE(a_reason_from_before_a_reset_is_stale),
	KUNIT_CASE(a_reason_from_after_a_reset_counts),
	KUNIT_CASE(of_a_reset_and_a_stop_the_reset_comes_first),
	KUNIT_CASE(of_a_stop_and_a_reset_the_reset_comes_first),
	KUNIT_CASE(of_a_shutdown_and_a_reset_only_the_shutdown_comes),
	KUNIT_CASE(of_a_shutdown_that_pauses_and_a_reset_both_come),
	KUNIT_CASE(a_guest_that_sleeps_has_its_clock_and_its_vdevs),
	KUNIT_CASE(a_guest_wakes_up),
	KUNIT_CASE(who_does_not_sleep_is_not_woken_up),
	KUNIT_CASE(who_does_not_run_does_not_fall_asleep),
	KUNIT_CASE(who_was_stopped_asleep_goes_on_sleeping),
	KUNIT_CASE(a_reset_wakes_up),
	KUNIT_CASE(who_was_saved_asleep_goes_on_sleeping),
	KUNIT_CASE_PARAM(an_action_follows_from_a_timer, action_gen_params),
	KUNIT_CASE_PARAM(an_action_follows_from_the_host, action_gen_params),
	KUNIT_CASE(by_default_a_watchdog_resets),
	KUNIT_CASE(by_default_a_panic_ends_the_machine),
	KUNIT_CASE(a_reboot_may_be_a_shutdown),
	KUNIT_CASE(a_shutdown_may_pause),
	KUNIT_CASE(the_power_button_reaches_the_vdevs),
	KUNIT_CASE_PARAM(settings_are_checked, setting_gen_params),
	KUNIT_CASE_PARAM(actions_can_be_set_later_on, setting_gen_params),
	KUNIT_CASE(a_setting_that_is_refused_leaves_the_one_before),
	KUNIT_CASE(a_stop_that_is_acknowledged_is_confirmed),
	KUNIT_CASE(before_it_is_acknowledged_vdevs_have_stopped),
	KUNIT_CASE(a_stop_that_is_never_acknowledged_is_unconfirmed),
	KUNIT_CASE(who_acknowledges_too_late_is_told),
	KUNIT_CASE(who_acknowledges_twice_is_told),
	KUNIT_CASE(a_wrong_number_acknowledges_nothing),
	KUNIT_CASE(nothing_is_acknowledged_of_a_guest_that_runs),
	KUNIT_CASE(another_guest_cannot_be_acknowledged_for),
	KUNIT_CASE(another_process_cannot_acknowledge),
	KUNIT_CASE(each_stop_has_a_number_of_its_own),
	KUNIT_CASE(who_has_stopped_is_not_asked_to_stop),
	KUNIT_CASE_PARAM(the_launcher_is_asked_for_what_stops_vcpus, request_gen_params),
	KUNIT_CASE_PARAM(meanwhile_no_vcpu_may_run, request_gen_params),
	KUNIT_CASE_PARAM(the_end_interrupts_who_waits_for_the_launcher, request_gen_params),
	KUNIT_CASE_PARAM(a_dead_guest_cannot_be_acknowledged_for, request_gen_params),
	KUNIT_CASE(the_end_interrupts_who_waits_for_a_vdev),
	KUNIT_CASE(a_guest_at_its_end_is_neither_stopped_nor_started),
	KUNIT_CASE(what_is_pending_at_the_end_does_not_happen),
	KUNIT_CASE(a_stop_that_waits_for_the_worker_gives_way_to_the_end),
	KUNIT_CASE(a_stop_waits_for_a_vdev_to_come_to_rest),
	KUNIT_CASE(a_vdev_may_fail_to_come_to_rest),
	KUNIT_CASE(a_vdev_may_fail_to_come_to_rest_later),
	KUNIT_CASE(a_vdev_that_does_not_come_to_rest_is_not_waited_for_for_ever),
	KUNIT_CASE(a_vdev_that_comes_to_rest_too_late_harms_nothing),
	KUNIT_CASE(a_vdev_that_works_can_be_reset),
	KUNIT_CASE(a_stop_does_not_wait_for_an_access_for_ever),
	KUNIT_CASE(a_handler_is_told_of_starts_and_stops),
	KUNIT_CASE(a_handler_that_comes_to_a_running_guest_is_started),
	KUNIT_CASE(a_handler_that_comes_to_a_stopped_guest_waits),
	KUNIT_CASE(a_handler_is_stopped_at_the_end),
	KUNIT_CASE(a_handler_that_has_stopped_is_not_told_of_the_end),
	KUNIT_CASE(a_reset_does_not_concern_the_handlers_of_a_running_guest),
	KUNIT_CASE(a_reset_stops_the_handlers_of_a_guest_that_sleeps),
	KUNIT_CASE(a_handler_that_fails_is_told_with_the_stop),
	KUNIT_CASE(a_handler_that_fails_keeps_nobody_from_starting),
	KUNIT_CASE(a_handler_can_have_the_guest_go_on),
	KUNIT_CASE(what_a_handler_asks_for_comes_after_the_change),
	KUNIT_CASE(a_vdev_takes_its_handlers_with_it),
	KUNIT_CASE(another_module_may_have_a_handler),
	KUNIT_CASE(another_module_may_leave_its_handler_behind),
	KUNIT_CASE(a_dead_guest_takes_no_handler),
	KUNIT_CASE(without_memory_a_stop_changes_nothing),
	KUNIT_CASE(without_memory_a_start_changes_nothing),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-transitions",
	.init = init,
	.test_cases = cases,
};
kunit_test_suite(suite);
