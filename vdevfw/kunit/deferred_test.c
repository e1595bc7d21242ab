// SPDX-License-Identifier: GPL-2.0-only
/* Tests of life/deferred.c, alone and in a guest. */
#include <linux/completion.h>
#include <linux/kthread.h>

#include <vdevfw/runstate.h>

#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define WORKS	4

/**
 * struct item - Some work
 * @work: The work
 * @calls: How often it was called
 * @err: With which error, the last time
 * @at: The how many-th call of all that was
 * @thread: Where
 * @writes: How many writes the vdev had seen then
 * @again: How often it defers itself again, to @vcpu
 * @vcpu: see @again
 * @answer: What it got
 * @resumes: It calls guest_resume(), and keeps the answer
 */
struct item {
	struct guest_work work;
	unsigned int calls;
	int err;
	unsigned int at;
	struct task_struct *thread;
	unsigned int writes;
	unsigned int again;
	unsigned int vcpu;
	int answer;
	bool resumes;
};

/**
 * struct fixture - Work that waits
 * @deferred: Of no guest
 * @kicks: How often its worker was to look
 * @diverted: Whether its windows are
 * @item: The work
 * @calls: How many calls there were in all
 * @gsp: A guest, in some tests
 * @probe: Its vdev, at mem:0x1000
 */
static struct fixture {
	struct vdevfw_deferred deferred;
	unsigned int kicks;
	bool diverted;
	struct item item[WORKS];
	unsigned int calls;
	struct guest_system *gsp;
	struct probe *probe;
} fixture;

static int defer(struct item *item)
{
	struct fixture *f = &fixture;

	if (!f->gsp)
		return vdevfw_deferred_add(&f->deferred, &item->work, item->vcpu);
	if (item->vcpu == VDEVFW_ON_WORKER)
		return guest_defer(f->gsp, &item->work);
	return guest_defer_on_vcpu(f->gsp, item->vcpu, &item->work);
}

static void note_call(struct guest_work *work, int err)
{
	struct item *item = container_of(work, struct item, work);
	struct fixture *f = &fixture;

	item->at = ++f->calls;
	item->err = err;
	item->thread = current;
	item->writes = f->probe ? f->probe->writes : 0;
	WRITE_ONCE(item->calls, item->calls + 1);
	if (READ_ONCE(item->again)) {
		WRITE_ONCE(item->again, item->again - 1);
		item->answer = defer(item);
	}
	if (item->resumes)
		item->answer = guest_resume(f->gsp);
}

static void note_kick(struct vdevfw_deferred *deferred)
{
	fixture.kicks++;
}

static void note_divert(struct vdevfw_deferred *deferred, bool divert)
{
	fixture.diverted = divert;
}

static int init(struct kunit *test)
{
	struct fixture *f = &fixture;
	unsigned int i;

	*f = (struct fixture) { .deferred = { .kick = note_kick, .divert = note_divert } };
	vdevfw_deferred_init(&f->deferred);
	for (i = 0; i < WORKS; i++) {
		guest_work_init(&f->item[i].work, note_call);
		f->item[i].vcpu = VDEVFW_ON_WORKER;
	}
	return testbed_init(test);
}

static void run_worker(struct fixture *f)
{
	vdevfw_deferred_run(&f->deferred, VDEVFW_ON_WORKER);
}

/*
 * Alone
 */

static void work_is_done_in_its_order(struct kunit *test)
{
	struct fixture *f = &fixture;

	defer(&f->item[1]);
	defer(&f->item[0]);
	defer(&f->item[2]);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, f->item[1].at, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].at, 2);
	KUNIT_EXPECT_EQ(test, f->item[2].at, 3);
}

static void work_is_done_once(struct kunit *test)
{
	struct fixture *f = &fixture;

	defer(&f->item[0]);
	run_worker(f);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].err, 0);
}

static void work_has_the_worker_look(struct kunit *test)
{
	struct fixture *f = &fixture;

	defer(&f->item[0]);
	KUNIT_EXPECT_EQ(test, f->kicks, 1);
	KUNIT_EXPECT_FALSE(test, f->diverted);
}

static void work_that_waits_cannot_be_deferred_again(struct kunit *test)
{
	struct fixture *f = &fixture;

	defer(&f->item[0]);
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), -EBUSY);
	f->item[0].vcpu = 1;
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), -EBUSY);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
}

static void work_that_was_done_can_be_deferred_again(struct kunit *test)
{
	struct fixture *f = &fixture;

	defer(&f->item[0]);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), 0);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 2);
}

static void work_that_defers_itself_comes_in_the_next_turn(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[0].again = 5;
	defer(&f->item[0]);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_EQ(test, f->kicks, 2);
	run_worker(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 2);
}

static void work_of_a_vcpu_that_defers_itself_comes_in_the_next_turn(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[0].again = 5;
	f->item[0].vcpu = 1;
	defer(&f->item[0]);
	vdevfw_deferred_run(&f->deferred, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_TRUE(test, f->diverted);
}

static void work_of_a_vcpu_is_its_own(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[0].vcpu = 0;
	f->item[1].vcpu = 1;
	defer(&f->item[0]);
	defer(&f->item[1]);
	run_worker(f);
	vdevfw_deferred_run(&f->deferred, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 0);
	KUNIT_EXPECT_EQ(test, f->item[1].calls, 1);
}

static void windows_are_diverted_until_the_last_vcpu_has_come(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[0].vcpu = 0;
	f->item[1].vcpu = 1;
	defer(&f->item[0]);
	defer(&f->item[1]);
	KUNIT_EXPECT_TRUE(test, f->diverted);
	vdevfw_deferred_run(&f->deferred, 1);
	KUNIT_EXPECT_TRUE(test, f->diverted);
	vdevfw_deferred_run(&f->deferred, 0);
	KUNIT_EXPECT_FALSE(test, f->diverted);
}

static void at_the_end_work_is_told(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[1].vcpu = 1;
	defer(&f->item[0]);
	defer(&f->item[1]);
	defer(&f->item[2]);
	vdevfw_deferred_close(&f->deferred);
	KUNIT_EXPECT_EQ(test, f->item[0].err, -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, f->item[1].err, -ENODEV);
	KUNIT_EXPECT_EQ(test, f->item[2].err, -ESHUTDOWN);
}

static void at_the_end_work_is_told_once(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[1].vcpu = 1;
	defer(&f->item[0]);
	defer(&f->item[1]);
	vdevfw_deferred_close(&f->deferred);
	run_worker(f);
	vdevfw_deferred_run(&f->deferred, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_EQ(test, f->item[1].calls, 1);
}

static void after_the_end_no_work_is_taken(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[1].vcpu = 1;
	vdevfw_deferred_close(&f->deferred);
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, defer(&f->item[1]), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, f->kicks, 0);
	KUNIT_EXPECT_FALSE(test, f->diverted);
}

static void work_that_is_told_of_the_end_cannot_go_on(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->item[0].again = 1;
	defer(&f->item[0]);
	vdevfw_deferred_close(&f->deferred);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
}

/*
 * In a guest
 */

static struct fixture *configured(struct kunit *test)
{
	struct fixture *f = &fixture;

	f->probe = probe_add(test, "a");
	f->gsp = testbed_guest(test, 0);
	testbed_must_add(test, f->gsp, "a", OPTIONS("loc=mem:0x1000"));
	testbed_must_configure(test, f->gsp);
	return f;
}

static struct fixture *running(struct kunit *test)
{
	struct fixture *f = configured(test);

	testbed_must_start(test, f->gsp);
	return f;
}

static int write(unsigned int vcpu)
{
	u32 value = 0;

	return fake_kvm_vcpu_write(0, vcpu, MEM, 0x1000, 4, &value);
}

static void settle(struct fixture *f)
{
	kthread_flush_worker(f->gsp->worker);
	kthread_flush_worker(f->gsp->worker);
}

static void work_is_done_on_the_worker(struct kunit *test)
{
	struct fixture *f = running(test);

	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, f->item[0].thread, f->gsp->worker->task);
}

static void work_may_be_deferred_before_the_first_start(struct kunit *test)
{
	struct fixture *f = configured(test);

	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), 0);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
}

static void a_vcpu_does_its_work_before_its_access(struct kunit *test)
{
	struct fixture *f = running(test);

	f->item[0].vcpu = 1;
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), 0);
	KUNIT_EXPECT_EQ(test, write(1), 0);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].writes, 0);
	KUNIT_EXPECT_PTR_EQ(test, f->item[0].thread, current);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 1);
}

static void another_vcpu_does_only_its_access(struct kunit *test)
{
	struct fixture *f = running(test);

	f->item[0].vcpu = 1;
	defer(&f->item[0]);
	KUNIT_EXPECT_EQ(test, write(0), 0);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 0);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 1);
}

static void who_is_no_vcpu_does_only_its_access(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;
	u64 value = 0;

	f->item[0].vcpu = 0;
	defer(&f->item[0]);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_access(f->gsp, 0x1000, 4, VDEVFW_ACCESS_WRITE, &value,
						  &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 0);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 1);
}

static void without_work_accesses_take_the_short_way(struct kunit *test)
{
	struct fixture *f = running(test);
	const struct vdevfw_window *window;

	window = container_of(fake_kvm_device(0, MEM, 0), struct vdevfw_window, device);
	f->item[0].vcpu = 0;
	defer(&f->item[0]);
	KUNIT_EXPECT_EQ(test, window->reach, 0);
	write(0);
	KUNIT_EXPECT_EQ(test, window->reach, window->slots);
	KUNIT_EXPECT_FALSE(test, window->diverted);
}

static void a_vcpu_that_is_not_there_gets_no_work(struct kunit *test)
{
	struct fixture *f = running(test);

	f->item[0].vcpu = FAKE_KVM_VCPUS;
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), -ENODEV);
}

static void work_for_a_vcpu_opens_no_gate(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	f->item[0].vcpu = 0;
	testbed_stop(f->gsp, &bed->msg);
	defer(&f->item[0]);
	KUNIT_EXPECT_EQ(test, write(0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 0);
}

static void work_for_a_vcpu_outlives_a_stop(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	f->item[0].vcpu = 0;
	defer(&f->item[0]);
	testbed_stop(f->gsp, &bed->msg);
	KUNIT_EXPECT_EQ(test, write(0), -EOPNOTSUPP);
	testbed_must_start(test, f->gsp);
	KUNIT_EXPECT_EQ(test, write(0), 0);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
}

static void a_vcpu_that_never_comes_is_told_at_the_end(struct kunit *test)
{
	struct fixture *f = running(test);

	f->item[0].vcpu = 0;
	defer(&f->item[0]);
	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, f->item[0].calls, 1);
	KUNIT_EXPECT_EQ(test, f->item[0].err, -ENODEV);
}

static void a_dead_guest_takes_no_work(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), -ESHUTDOWN);
	f->item[0].vcpu = 0;
	KUNIT_EXPECT_EQ(test, defer(&f->item[0]), -ESHUTDOWN);
}

static int stop_guest(void *data)
{
	struct completion *done = data;
	struct vdevfw_message msg = {};

	testbed_stop(fixture.gsp, &msg);
	complete(done);
	return 0;
}

/* Such as one that looks again and again whether something has happened. */
static void work_that_always_defers_itself_delays_no_stop(struct kunit *test)
{
	struct fixture *f = running(test);
	struct task_struct *task;
	struct completion done;
	unsigned long left;

	init_completion(&done);
	WRITE_ONCE(f->item[0].again, UINT_MAX);
	defer(&f->item[0]);
	task = kthread_run(stop_guest, &done, "vdevfw-kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	left = wait_for_completion_timeout(&done, 5 * HZ);
	WRITE_ONCE(f->item[0].again, 0);
	if (!left)
		wait_for_completion(&done);
	settle(f);
	KUNIT_EXPECT_NE(test, left, 0);
}

/*
 * What work may do: go on
 */

static void work_can_let_the_guest_go_on(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	testbed_stop(f->gsp, &bed->msg);
	f->item[0].resumes = true;
	defer(&f->item[0]);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, 0);
	KUNIT_EXPECT_EQ(test, f->gsp->state, VDEVFW_STATE_RUNNING);
}

static void who_is_no_work_cannot_let_it_go_on(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	testbed_stop(f->gsp, &bed->msg);
	KUNIT_EXPECT_EQ(test, guest_resume(f->gsp), -EPERM);
	KUNIT_EXPECT_EQ(test, f->gsp->state, VDEVFW_STATE_PAUSED);
}

static void work_of_a_vcpu_cannot_let_it_go_on(struct kunit *test)
{
	struct fixture *f = running(test);

	f->item[0].vcpu = 0;
	f->item[0].resumes = true;
	defer(&f->item[0]);
	write(0);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, -EPERM);
}

static void a_guest_that_runs_need_not_go_on(struct kunit *test)
{
	struct fixture *f = running(test);

	f->item[0].resumes = true;
	defer(&f->item[0]);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, -EALREADY);
}

static void work_cannot_start_a_guest_for_the_first_time(struct kunit *test)
{
	struct fixture *f = configured(test);

	f->item[0].resumes = true;
	defer(&f->item[0]);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, -EPERM);
	KUNIT_EXPECT_EQ(test, f->gsp->state, VDEVFW_STATE_CONFIGURED);
}

static void work_cannot_let_a_guest_go_on_that_needs_a_reset(struct kunit *test)
{
	struct fixture *f = running(test);
	struct vdevfw_guest_stop cmd = { .state = VDEVFW_STATE_INTERNAL_ERROR };
	struct testbed *bed = test->priv;

	vdevfw_guest_stop(f->gsp, &cmd, &bed->msg);
	f->item[0].resumes = true;
	defer(&f->item[0]);
	settle(f);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, -EUCLEAN);
}

static void a_dead_guest_does_not_go_on(struct kunit *test)
{
	struct fixture *f = running(test);

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_EQ(test, guest_resume(f->gsp), -ESHUTDOWN);
}

static int resume_at_button(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_BUTTON)
		fixture.item[0].answer = guest_resume(vdp->v_gsp);
	return 0;
}

static void a_vdev_cannot_let_it_go_on_in_control(struct kunit *test)
{
	struct fixture *f = running(test);
	struct testbed *bed = test->priv;

	f->probe->on_control = resume_at_button;
	testbed_stop(f->gsp, &bed->msg);
	vdevfw_guest_ask(f->gsp, VDEVFW_ASK_POWERDOWN, 0, VDEVFW_ASK_WAIT, &bed->msg);
	KUNIT_EXPECT_EQ(test, f->item[0].answer, -EPERM);
	KUNIT_EXPECT_EQ(test, f->gsp->state, VDEVFW_STATE_PAUSED);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(work_is_done_in_its_order),
	KUNIT_CASE(work_is_done_once),
	KUNIT_CASE(work_has_the_worker_look),
	KUNIT_CASE(work_that_waits_cannot_be_deferred_again),
	KUNIT_CASE(work_that_was_done_can_be_deferred_again),
	KUNIT_CASE(work_that_defers_itself_comes_in_the_next_turn),
	KUNIT_CASE(work_of_a_vcpu_that_defers_itself_comes_in_the_next_turn),
	KUNIT_CASE(work_of_a_vcpu_is_its_own),
	KUNIT_CASE(windows_are_diverted_until_the_last_vcpu_has_come),
	KUNIT_CASE(at_the_end_work_is_told),
	KUNIT_CASE(at_the_end_work_is_told_once),
	KUNIT_CASE(after_the_end_no_work_is_taken),
	KUNIT_CASE(work_that_is_told_of_the_end_cannot_go_on),
	KUNIT_CASE(work_is_done_on_the_worker),
	KUNIT_CASE(work_may_be_deferred_before_the_first_start),
	KUNIT_CASE(a_vcpu_does_its_work_before_its_access),
	KUNIT_CASE(another_vcpu_does_only_its_access),
	KUNIT_CASE(who_is_no_vcpu_does_only_its_access),
	KUNIT_CASE(without_work_accesses_take_the_short_way),
	KUNIT_CASE(a_vcpu_that_is_not_there_gets_no_work),
	KUNIT_CASE(work_for_a_vcpu_opens_no_gate),
	KUNIT_CASE(work_for_a_vcpu_outlives_a_stop),
	KUNIT_CASE(a_vcpu_that_never_comes_is_told_at_the_end),
	KUNIT_CASE(a_dead_guest_takes_no_work),
	KUNIT_CASE(work_that_always_defers_itself_delays_no_stop),
	KUNIT_CASE(work_can_let_the_guest_go_on),
	KUNIT_CASE(who_is_no_work_cannot_let_it_go_on),
	KUNIT_CASE(work_of_a_vcpu_cannot_let_it_go_on),
	KUNIT_CASE(a_guest_that_runs_need_not_go_on),
	KUNIT_CASE(work_cannot_start_a_guest_for_the_first_time),
	KUNIT_CASE(work_cannot_let_a_guest_go_on_that_needs_a_reset),
	KUNIT_CASE(a_dead_guest_does_not_go_on),
	KUNIT_CASE(a_vdev_cannot_let_it_go_on_in_control),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-deferred",
	.init = init,
	.test_cases = cases,
};
kunit_test_suite(suite);
