// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/pulse.c and service/listener.c. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/eventfd.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/smp.h>

#include <vdevfw/pulse.h>

#include "../service/listener.h"
#include "../service/worker.h"
#include "../vdev/vdev.h"
#include "testbed.h"

/**
 * struct fixture - A guest, and a vdev with a pulse
 * @gsp: The guest
 * @probe: The vdev
 * @priority: For vdev_pulse(), in OPTIONS_END
 * @eventfd: For vdev_pulse()
 * @pulse: What it gave
 * @early: OPTIONS_END sends it at once
 * @refusal: What OPTIONS_END returns
 * @calls: How many calls of pulse() there were
 * @code: Of the last one
 * @answer: What they return
 * @policy: Their thread's
 * @blocks: pulse() completes @entered and waits for @leave
 * @entered: see @blocks
 * @leave: see @blocks
 * @killed: This wait was interrupted
 */
static struct fixture {
	struct guest_system *gsp;
	struct probe *probe;
	int priority;
	int eventfd;
	struct vdev_pulse *pulse;
	bool early;
	int refusal;
	unsigned int calls;
	int code;
	int answer;
	unsigned int policy;
	bool blocks;
	struct completion entered;
	struct completion leave;
	bool killed;
} fixture;

static int note_pulse(vdev_t *vdp, s8 code)
{
	struct fixture *f = &fixture;

	f->code = code;
	f->policy = current->policy;
	WRITE_ONCE(f->calls, f->calls + 1);
	if (READ_ONCE(f->blocks)) {
		complete(&f->entered);
		f->killed = wait_for_completion_killable(&f->leave);
	}
	return f->answer;
}

static int make_pulse(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct fixture *f = &fixture;

	if (ctrl != VDEV_CTRL_OPTIONS_END)
		return 0;
	f->pulse = vdev_pulse(vdp, -7, f->priority, f->eventfd);
	if (f->early && !IS_ERR(f->pulse))
		vdev_pulse_send(f->pulse);
	return f->refusal;
}

static struct fixture *prepared(struct kunit *test)
{
	struct fixture *f = &fixture;

	*f = (struct fixture) { .priority = VDEV_PULSE_INHERIT, .eventfd = VDEV_PULSE_INTERNAL };
	init_completion(&f->entered);
	init_completion(&f->leave);
	f->gsp = testbed_guest(test, 0);
	f->probe = probe_new(test, "a");
	f->probe->factory.factory_flags = VFF_MANUAL_REGION;
	f->probe->factory.pulse = note_pulse;
	f->probe->preset.type = QST_NO_TYPE;
	f->probe->on_control = make_pulse;
	probe_register(test, f->probe);
	return f;
}

static void run(struct kunit *test, struct fixture *f)
{
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->pulse));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
}

static struct fixture *running(struct kunit *test)
{
	struct fixture *f = prepared(test);

	run(test, f);
	return f;
}

static unsigned int calls(struct fixture *f)
{
	vdevfw_workers_flush(&f->gsp->workers);
	return READ_ONCE(f->calls);
}

static struct fixture *within_call(struct kunit *test)
{
	struct fixture *f = running(test);

	WRITE_ONCE(f->blocks, true);
	vdev_pulse_send(f->pulse);
	wait_for_completion(&f->entered);
	WRITE_ONCE(f->blocks, false);
	return f;
}

/*
 * When they come
 */

static void a_pulse_that_is_sent_comes_once(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, calls(f), 0);
	KUNIT_EXPECT_EQ(test, vdev_pulse_send(f->pulse), 0);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
	KUNIT_EXPECT_EQ(test, f->code, -7);
}

static void what_is_sent_before_the_call_comes_as_one(struct kunit *test)
{
	struct fixture *f = within_call(test);
	unsigned int i;

	for (i = 0; i < 100; i++)
		vdev_pulse_send(f->pulse);
	complete_all(&f->leave);
	KUNIT_EXPECT_EQ(test, calls(f), 2);
}

static void send_in_interrupt(void *pulse)
{
	vdev_pulse_send(pulse);
}

static void a_pulse_is_sent_in_interrupts(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, smp_call_function_single(cpu, send_in_interrupt, f->pulse, 1), 0);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
}

static void what_is_sent_during_startup_comes_when_the_guest_is_configured(struct kunit *test)
{
	struct fixture *f = prepared(test);

	f->early = true;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_EXPECT_EQ(test, calls(f), 0);
	testbed_must_configure(test, f->gsp);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
}

static void pulses_come_while_the_guest_is_stopped(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, testbed_stop(f->gsp, &bed->msg), 0);
	vdev_pulse_send(f->pulse);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
}

static void an_answer_is_reported(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_event event = {};

	f->answer = -EIO;
	vdev_pulse_send(f->pulse);
	calls(f);
	f->answer = EIO;
	vdev_pulse_send(f->pulse);
	calls(f);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&f->gsp->events, VDEVFW_EVENT_LOG, &event), 2);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_SEVERITY_ERROR);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, "pulse -7 failed with error 5");
}

/*
 * The end
 */

static void the_end_interrupts_a_call_that_waits(struct kunit *test)
{
	struct fixture *f = within_call(test);

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_TRUE(test, f->killed);
}

static void a_pulse_that_has_not_come_before_the_end_does_not_come(struct kunit *test)
{
	struct fixture *f = within_call(test);

	vdev_pulse_send(f->pulse);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

static int send_at_end(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	int err = make_pulse(probe, vdp, ctrl, arg);

	if (ctrl != VDEV_CTRL_TERMINATE)
		return err;
	/* As one of its threads that does not know yet. */
	to_vdevfw_vdev(vdp)->stage.phase = PHASE_RUNNING;
	vdev_pulse_send(fixture.pulse);
	to_vdevfw_vdev(vdp)->stage.phase = PHASE_ENDING;
	vdevfw_workers_flush(&fixture.gsp->workers);
	return err;
}

static void no_pulse_comes_after_terminate_has_begun(struct kunit *test)
{
	struct fixture *f = running(test);

	f->probe->on_control = send_at_end;
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
}

/* A thread that does not end has its vdev outlive the guest. */
static void a_pulse_that_outlives_its_guest_is_sent_nowhere(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(f->probe->vdp);

	vdevfw_vdev_get(vdev);
	vdev_pulse_send(f->pulse);
	calls(f);
	vdevfw_guest_destroy(f->gsp);
	vdev->stage.phase = PHASE_RUNNING;
	KUNIT_EXPECT_EQ(test, vdev_pulse_send(f->pulse), 0);
	vdevfw_vdev_put(vdev);
	KUNIT_EXPECT_EQ(test, f->calls, 1);
}

static void a_vdev_that_is_not_added_leaves_no_pulse(struct kunit *test)
{
	struct fixture *f = prepared(test);

	f->early = true;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	f->refusal = -EINVAL;
	KUNIT_EXPECT_EQ(test, testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL), -EINVAL);
	testbed_must_configure(test, f->gsp);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
}

/*
 * Priorities
 */

struct priority_case {
	const char *name;
	int priority;
	int err;
	unsigned int policy;
};

static const struct priority_case priority_cases[] = {
	{ "inherited", VDEV_PULSE_INHERIT, 0, SCHED_NORMAL },
	{ "normal", QVM_SCHED_NORMAL, 0, SCHED_NORMAL },
	{ "low", QVM_SCHED_FIFO_LOW, 0, SCHED_FIFO },
	{ "high", QVM_SCHED_FIFO, 0, SCHED_FIFO },
	{ "none: 2", 2, -EINVAL },
	{ "none: -2", -2, -EINVAL },
	{ "none: 51", QVM_SCHED_FIFO + 1, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(priority, priority_cases, name);

static void a_pulse_has_its_priority(struct kunit *test)
{
	const struct priority_case *c = test->param_value;
	struct fixture *f = prepared(test);

	f->priority = c->priority;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->pulse), c->err);
	if (c->err)
		return;
	testbed_must_configure(test, f->gsp);
	vdev_pulse_send(f->pulse);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
	KUNIT_EXPECT_EQ(test, f->policy, c->policy);
}

static void a_pulse_inherits_the_vdevs_priority(struct kunit *test)
{
	struct fixture *f = prepared(test);

	testbed_must_add(test, f->gsp, "a", OPTIONS("sched=1"));
	testbed_must_configure(test, f->gsp);
	vdev_pulse_send(f->pulse);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
	KUNIT_EXPECT_EQ(test, f->policy, SCHED_FIFO);
}

static void a_vdev_without_pulse_has_no_pulse(struct kunit *test)
{
	struct fixture *f = prepared(test);

	f->probe->factory.pulse = NULL;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->pulse), -EINVAL);
}

static void a_pulse_is_made_in_control_only(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vdev_pulse(f->probe->vdp, 0, VDEV_PULSE_INHERIT,
							 VDEV_PULSE_INTERNAL)), -EPERM);
}

/*
 * Eventfds
 */

/* The kernel exports nothing that makes an eventfd, but tells a probe where the system call is. */
static int new_eventfd(struct kunit *test, unsigned int count, int flags)
{
	struct kprobe probe = { .symbol_name = "__x64_sys_eventfd2" };
	struct pt_regs regs = { .di = count, .si = flags };
	long (*eventfd2)(const struct pt_regs *regs);
	int fd;

	if (register_kprobe(&probe))
		kunit_skip(test, "eventfd2() cannot be found");
	/* It may be behind an ENDBR. */
	eventfd2 = (void *)round_down((unsigned long)probe.addr, 16);
	unregister_kprobe(&probe);
	fd = eventfd2(&regs);
	KUNIT_ASSERT_GE(test, fd, 0);
	return fd;
}

/* It is closed for user space; what the kernel has of it stays. */
static void hang_up(int fd)
{
	close_fd(fd);
	flush_delayed_fput();
}

static struct eventfd_ctx *get_eventfd(struct kunit *test, int fd)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(fd);

	KUNIT_ASSERT_FALSE(test, IS_ERR(eventfd));
	return eventfd;
}

struct eventfd_case {
	const char *name;
	unsigned int count;
	int flags;
	unsigned int early;
};

static const struct eventfd_case eventfd_cases[] = {
	{ "fresh", 0, 0, 0 },
	{ "signalled before", 1, 0, 1 },
	{ "signalled often before", UINT_MAX, 0, 1 },
	{ "a semaphore", 0, EFD_SEMAPHORE, 0 },
	{ "a semaphore that was signalled before", 2, EFD_SEMAPHORE, 1 },
};

KUNIT_ARRAY_PARAM_DESC(eventfd, eventfd_cases, name);

static void an_eventfd_sends_a_pulse(struct kunit *test)
{
	const struct eventfd_case *c = test->param_value;
	struct eventfd_ctx *eventfd;
	struct fixture *f = prepared(test);

	f->eventfd = new_eventfd(test, c->count, c->flags);
	eventfd = get_eventfd(test, f->eventfd);
	run(test, f);
	KUNIT_EXPECT_EQ(test, calls(f), c->early);
	vdevfw_eventfd_signal(eventfd);
	KUNIT_EXPECT_EQ(test, calls(f), c->early + 1);
	vdevfw_eventfd_signal(eventfd);
	KUNIT_EXPECT_EQ(test, calls(f), c->early + 2);
	KUNIT_EXPECT_EQ(test, vdev_pulse_send(f->pulse), 0);
	KUNIT_EXPECT_EQ(test, calls(f), c->early + 3);
	eventfd_ctx_put(eventfd);
	close_fd(f->eventfd);
}

static void an_eventfds_count_is_taken(struct kunit *test)
{
	struct fixture *f = prepared(test);
	struct eventfd_ctx *eventfd;
	wait_queue_entry_t entry = { .entry = LIST_HEAD_INIT(entry.entry) };
	u64 count = 1;

	f->eventfd = new_eventfd(test, 3, 0);
	eventfd = get_eventfd(test, f->eventfd);
	run(test, f);
	vdevfw_eventfd_signal(eventfd);
	/* This reads as well. */
	eventfd_ctx_remove_wait_queue(eventfd, &entry, &count);
	KUNIT_EXPECT_EQ(test, count, 0);
	eventfd_ctx_put(eventfd);
	close_fd(f->eventfd);
}

static void an_eventfd_can_be_closed(struct kunit *test)
{
	struct fixture *f = prepared(test);

	f->eventfd = new_eventfd(test, 0, 0);
	run(test, f);
	hang_up(f->eventfd);
	KUNIT_EXPECT_EQ(test, calls(f), 0);
	KUNIT_EXPECT_EQ(test, vdev_pulse_send(f->pulse), 0);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
	vdevfw_guest_destroy(f->gsp);
}

static void another_part_of_the_kernel_may_still_have_an_eventfd_that_is_closed(struct kunit *test)
{
	struct fixture *f = prepared(test);
	struct eventfd_ctx *eventfd;

	f->eventfd = new_eventfd(test, 0, 0);
	eventfd = get_eventfd(test, f->eventfd);
	run(test, f);
	hang_up(f->eventfd);
	vdevfw_eventfd_signal(eventfd);
	KUNIT_EXPECT_EQ(test, calls(f), 1);
	vdevfw_guest_destroy(f->gsp);
	vdevfw_eventfd_signal(eventfd);
	eventfd_ctx_put(eventfd);
}

static const int bad_fds[] = { -2, 1000000, INT_MAX, INT_MIN };

static void describe_fd(const int *fd, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "fd %d", *fd);
}
KUNIT_ARRAY_PARAM(fd, bad_fds, describe_fd);

static void what_is_not_open_is_no_eventfd(struct kunit *test)
{
	struct fixture *f = prepared(test);

	f->eventfd = *(const int *)test->param_value;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->pulse), -EBADF);
}

static void another_file_is_no_eventfd(struct kunit *test)
{
	struct file *file = filp_open("/proc/version", O_RDONLY, 0);
	struct fixture *f;

	if (IS_ERR(file))
		kunit_skip(test, "there is no /proc");
	f = prepared(test);
	f->eventfd = get_unused_fd_flags(0);
	KUNIT_ASSERT_GE(test, f->eventfd, 0);
	fd_install(f->eventfd, file);
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	close_fd(f->eventfd);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->pulse), -EINVAL);
}

static int signal_on(void *eventfd)
{
	while (!kthread_should_stop()) {
		vdevfw_eventfd_signal(eventfd);
		cond_resched();
	}
	return 0;
}

static void count_heard(void *context)
{
	(*(unsigned int *)context)++;
}

static void a_listener_that_is_destroyed_is_not_called(struct kunit *test)
{
	int fd = new_eventfd(test, 0, 0);
	struct eventfd_ctx *eventfd = get_eventfd(test, fd);
	struct task_struct *task = kthread_run(signal_on, eventfd, "vdevfw-kunit");
	struct vdevfw_listener *listener;
	unsigned int heard, after, i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < 100; i++) {
		heard = 0;
		listener = vdevfw_listener_create(fd, count_heard, &heard);
		KUNIT_ASSERT_FALSE(test, IS_ERR(listener));
		if (i % 3)
			usleep_range(50, 100);
		/* HUP races with it. */
		if (i == 99)
			close_fd(fd);
		vdevfw_listener_destroy(listener);
		after = READ_ONCE(heard);
		usleep_range(20, 50);
		KUNIT_EXPECT_EQ(test, READ_ONCE(heard), after);
	}
	kthread_stop(task);
	flush_delayed_fput();
	eventfd_ctx_put(eventfd);
}

static bool create_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = &fixture;
	bool failed;
	int err;

	f->gsp = testbed_guest(test, 0);
	f->pulse = NULL;
	testbed_start_failing();
	err = testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL);
	failed = testbed_stop_failing();
	/* Some allocations have another way to go. */
	if (!err)
		err = PTR_ERR_OR_ZERO(f->pulse);
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	vdevfw_guest_destroy(f->gsp);
	return failed;
}

static void without_memory_there_is_no_pulse(struct kunit *test)
{
	struct fixture *f = prepared(test);

	vdevfw_guest_destroy(f->gsp);
	f->eventfd = new_eventfd(test, 0, 0);
	testbed_fail_each_allocation(test, create_without_memory, NULL);
	close_fd(f->eventfd);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_pulse_that_is_sent_comes_once),
	KUNIT_CASE(what_is_sent_before_the_call_comes_as_one),
	KUNIT_CASE(a_pulse_is_sent_in_interrupts),
	KUNIT_CASE(what_is_sent_during_startup_comes_when_the_guest_is_configured),
	KUNIT_CASE(pulses_come_while_the_guest_is_stopped),
	KUNIT_CASE(an_answer_is_reported),
	KUNIT_CASE(the_end_interrupts_a_call_that_waits),
	KUNIT_CASE(a_pulse_that_has_not_come_before_the_end_does_not_come),
	KUNIT_CASE(no_pulse_comes_after_terminate_has_begun),
	KUNIT_CASE(a_pulse_that_outlives_its_guest_is_sent_nowhere),
	KUNIT_CASE(a_vdev_that_is_not_added_leaves_no_pulse),
	KUNIT_CASE_PARAM(a_pulse_has_its_priority, priority_gen_params),
	KUNIT_CASE(a_pulse_inherits_the_vdevs_priority),
	KUNIT_CASE(a_vdev_without_pulse_has_no_pulse),
	KUNIT_CASE(a_pulse_is_made_in_control_only),
	KUNIT_CASE_PARAM(an_eventfd_sends_a_pulse, eventfd_gen_params),
	KUNIT_CASE(an_eventfds_count_is_taken),
	KUNIT_CASE(an_eventfd_can_be_closed),
	KUNIT_CASE(another_part_of_the_kernel_may_still_have_an_eventfd_that_is_closed),
	KUNIT_CASE_PARAM(what_is_not_open_is_no_eventfd, fd_gen_params),
	KUNIT_CASE(another_file_is_no_eventfd),
	KUNIT_CASE(a_listener_that_is_destroyed_is_not_called),
	KUNIT_CASE(without_memory_there_is_no_pulse),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-pulse",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
