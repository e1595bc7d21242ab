// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/thread.c: threads that end, and threads that do not. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <uapi/linux/sched/types.h>

#include <vdevfw/doorbell.h>
#include <vdevfw/gasp.h>
#include <vdevfw/intr.h>
#include <vdevfw/log.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/timer.h>
#include <vdevfw/utils.h>

#include "../service/thread.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define NEVER	0xff
#define RAM	0x10000

/**
 * struct fixture - What the thread of a test does and finds; one test runs at a time
 * @thread: The thread
 * @body: What it runs
 * @create_at: It is made at this control code ...
 * @join_at: ... and joined at this one
 * @sleep_ms: How long it sleeps
 * @created: What vdev_thread_create() said
 * @joined: What vdev_thread_join() said
 * @runs: How many there were
 * @ends: How many of them have got to their end
 * @slept: What vdev_thread_sleep() said
 * @cancelled: What vdev_thread_cancelled() said
 * @comm: Its name
 * @begun: It runs
 * @let_go: It may end
 * @calls: It is to call all that there is
 * @called: It has
 */
static struct fixture {
	struct vdev_thread *thread;
	vdev_thread_create_func_t body;
	unsigned int create_at;
	unsigned int join_at;
	unsigned int sleep_ms;
	int created;
	int joined;
	atomic_t runs;
	atomic_t ends;
	bool slept;
	bool cancelled;
	char comm[TASK_COMM_LEN];
	struct completion begun;
	struct completion let_go;
	struct completion calls;
	struct completion called;
} fixture;

static void begin(void)
{
	get_task_comm(fixture.comm, current);
	atomic_inc(&fixture.runs);
	complete(&fixture.begun);
}

static void sleep(void *arg)
{
	begin();
	fixture.slept = vdev_thread_sleep(fixture.sleep_ms);
	fixture.cancelled = vdev_thread_cancelled();
	atomic_inc(&fixture.ends);
}

static int use_thread(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == fixture.create_at)
		fixture.created = vdev_thread_create(vdp, "ticker", &fixture.thread, fixture.body,
						     vdp);
	if (ctrl == fixture.join_at)
		fixture.joined = vdev_thread_join(fixture.thread);
	return 0;
}

static void set_up(unsigned int create_at, unsigned int join_at, vdev_thread_create_func_t body)
{
	memset(&fixture, 0, sizeof(fixture));
	init_completion(&fixture.begun);
	init_completion(&fixture.let_go);
	init_completion(&fixture.calls);
	init_completion(&fixture.called);
	fixture.body = body;
	fixture.create_at = create_at;
	fixture.join_at = join_at;
	fixture.created = 1;
	fixture.joined = 1;
}

/* A guest whose vdev makes a thread at @create_at and joins it at @join_at, or forgets it. */
static struct guest_system *guest_with_thread(struct kunit *test, unsigned int create_at,
					      unsigned int join_at, unsigned int sleep_ms)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	set_up(create_at, join_at, sleep);
	fixture.sleep_ms = sleep_ms;
	probe->on_control = use_thread;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	return gsp;
}

/* The same, up to where its thread runs. */
static struct guest_system *sleeping_guest(struct kunit *test, unsigned int join_at)
{
	struct guest_system *gsp;

	gsp = guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, join_at, UINT_MAX);
	testbed_must_configure(test, gsp);
	wait_for_completion_timeout(&fixture.begun, 30 * HZ);
	return gsp;
}

/*
 * Making them
 */

static void a_thread_before_options_end_is_too_early(struct kunit *test)
{
	guest_with_thread(test, VDEV_CTRL_OPTIONS_END, NEVER, 0);
	KUNIT_EXPECT_EQ(test, fixture.created, -EPERM);
}

static void a_thread_at_assign_is_too_early(struct kunit *test)
{
	testbed_must_configure(test, guest_with_thread(test, VDEV_CTRL_ASSIGN, NEVER, 0));
	KUNIT_EXPECT_EQ(test, fixture.created, -EPERM);
}

static void a_thread_may_begin_when_configured(struct kunit *test)
{
	testbed_must_configure(test, guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, NEVER, 0));
	KUNIT_EXPECT_EQ(test, fixture.created, 0);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&fixture.begun, 30 * HZ), 0);
}

static void a_thread_may_begin_when_starting(struct kunit *test)
{
	struct guest_system *gsp = guest_with_thread(test, VDEV_CTRL_GUEST_STARTING, NEVER, 0);

	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fixture.created, 0);
}

static void a_thread_is_named_after_its_vdev(struct kunit *test)
{
	sleeping_guest(test, NEVER);
	KUNIT_EXPECT_STREQ(test, fixture.comm, "a/ticker");
}

static void a_thread_counts_as_one_of_the_vms_process(struct kunit *test)
{
	sleeping_guest(test, NEVER);
	KUNIT_EXPECT_EQ(test, fake_kvm.charged, 1);
}

static void a_thread_that_its_cgroup_does_not_take_never_runs(struct kunit *test)
{
	struct guest_system *gsp = guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, NEVER, 0);

	fake_kvm.charge_error = -ENOSPC;
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, fixture.created, -ENOSPC);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.runs), 0);
}

struct priority_case {
	const char *name;
	int priority;
	int policy;
};

static const struct priority_case priority_cases[] = {
	{ "normal", QVM_SCHED_NORMAL, SCHED_NORMAL },
	{ "lowest of real time", QVM_SCHED_FIFO_LOW, SCHED_FIFO },
	{ "real time", QVM_SCHED_FIFO, SCHED_FIFO },
};

KUNIT_ARRAY_PARAM_DESC(priority, priority_cases, name);

static void note_policy(void *arg)
{
	fixture.sleep_ms = current->policy;
	begin();
}

static void a_thread_has_the_priority_of_its_vdev(struct kunit *test)
{
	const struct priority_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	set_up(VDEV_CTRL_GUEST_CONFIGURED, NEVER, note_policy);
	probe->on_control = use_thread;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	probe->vdp->v_sched.priority = c->priority;
	testbed_must_configure(test, gsp);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&fixture.begun, 30 * HZ), 0);
	KUNIT_EXPECT_EQ(test, (int)fixture.sleep_ms, c->policy);
}

static void there_is_a_limit_for_all_vdevs_together(struct kunit *test)
{
	unsigned int most = vdevfw_max_threads;
	struct guest_system *gsp;

	vdevfw_max_threads = 0;
	gsp = guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, NEVER, 0);
	testbed_must_configure(test, gsp);
	vdevfw_max_threads = most;
	KUNIT_EXPECT_EQ(test, fixture.created, -EAGAIN);
	vdevfw_guest_destroy(gsp);

	/* The one that was refused does not count. */
	vdevfw_max_threads = 1;
	gsp = testbed_guest(test, 1);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	vdevfw_max_threads = most;
	KUNIT_EXPECT_EQ(test, fixture.created, 0);
}

static int create_failing(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl != VDEV_CTRL_GUEST_CONFIGURED)
		return 0;
	testbed_start_failing();
	fixture.created = vdev_thread_create(vdp, "ticker", &fixture.thread, sleep, vdp);
	fixture.cancelled = testbed_stop_failing();
	return 0;
}

static bool create_step(struct kunit *test, void *arg)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	bool failed;

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	failed = fixture.cancelled;
	vdevfw_guest_destroy(gsp);
	if (!failed)
		KUNIT_EXPECT_EQ(test, fixture.created, 0);
	else if (fixture.created)
		KUNIT_EXPECT_EQ(test, fixture.created, -ENOMEM);
	return failed;
}

static void a_thread_may_fail_at_each_allocation(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");

	set_up(NEVER, NEVER, sleep);
	probe->on_control = create_failing;
	testbed_fail_each_allocation(test, create_step, NULL);
}

/*
 * Those that end
 */

static void a_forgotten_thread_is_joined(struct kunit *test)
{
	vdevfw_guest_destroy(sleeping_guest(test, NEVER));
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
}

static void a_thread_that_has_ended_by_itself_is_joined(struct kunit *test)
{
	struct guest_system *gsp;

	gsp = guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, NEVER, 0);
	testbed_must_configure(test, gsp);
	while (!atomic_read(&fixture.ends))
		msleep(1);
	msleep(20);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
}

/* Whatever it has come to: it is told, and its function has returned afterwards. */
static void a_thread_that_hardly_began_is_joined(struct kunit *test)
{
	struct guest_system *gsp;

	gsp = guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, NEVER, UINT_MAX);
	testbed_must_configure(test, gsp);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.runs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
}

static void wait_for_signal(void *arg)
{
	while (!fatal_signal_pending(current))
		msleep(1);
	atomic_inc(&fixture.ends);
}

/* The signal may come before the thread allows it. */
static void a_thread_that_hardly_began_gets_its_signal(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	set_up(VDEV_CTRL_GUEST_CONFIGURED, VDEV_CTRL_GUEST_CONFIGURED, wait_for_signal);
	probe->on_control = use_thread;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, fixture.joined, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
}

static void a_vdev_may_join_its_thread_at_terminate(struct kunit *test)
{
	vdevfw_guest_destroy(sleeping_guest(test, VDEV_CTRL_TERMINATE));
	KUNIT_EXPECT_EQ(test, fixture.joined, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
}

static void a_vdev_may_join_its_thread_before(struct kunit *test)
{
	testbed_must_start(test, sleeping_guest(test, VDEV_CTRL_GUEST_STARTING));
	KUNIT_EXPECT_EQ(test, fixture.joined, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
}

static void joining_no_thread_does_nothing(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vdev_thread_join(NULL), 0);
}

static void a_thread_is_joined_in_control_only(struct kunit *test)
{
	sleeping_guest(test, NEVER);
	KUNIT_EXPECT_EQ(test, vdev_thread_join(fixture.thread), -EPERM);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 0);
}

static void a_sleep_that_is_over_returns_true(struct kunit *test)
{
	testbed_must_configure(test, guest_with_thread(test, VDEV_CTRL_GUEST_CONFIGURED, NEVER, 1));
	while (!atomic_read(&fixture.ends))
		msleep(1);
	KUNIT_EXPECT_TRUE(test, fixture.slept);
	KUNIT_EXPECT_FALSE(test, fixture.cancelled);
}

static void a_cancelled_sleep_ends_at_once(struct kunit *test)
{
	struct guest_system *gsp = sleeping_guest(test, NEVER);
	unsigned long start;

	msleep(20);
	start = jiffies;
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 5000);
}

static void a_cancelled_sleep_returns_false(struct kunit *test)
{
	vdevfw_guest_destroy(sleeping_guest(test, NEVER));
	KUNIT_EXPECT_FALSE(test, fixture.slept);
	KUNIT_EXPECT_TRUE(test, fixture.cancelled);
}

/*
 * Those that do not
 */

static void ignore(void *arg)
{
	begin();
	wait_for_completion(&fixture.let_go);
	atomic_inc(&fixture.ends);
}

static void restore_timeout(void *seconds)
{
	vdevfw_thread_timeout = (unsigned long)seconds;
}

static void allow_seconds(struct kunit *test, unsigned int seconds)
{
	unsigned long before = vdevfw_thread_timeout;

	vdevfw_thread_timeout = seconds;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore_timeout, (void *)before), 0);
}

/* A guest that runs, and whose thread ends when it is let go; it has no time to. */
static struct guest_system *stubborn_guest(struct kunit *test, unsigned int join_at,
					   vdev_thread_create_func_t body, vdev_t **vdp)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	allow_seconds(test, 0);
	set_up(VDEV_CTRL_GUEST_CONFIGURED, join_at, body);
	probe->on_control = use_thread;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&fixture.begun, 30 * HZ), 0);
	if (vdp)
		*vdp = probe->vdp;
	return gsp;
}

static void let_go(struct kunit *test)
{
	unsigned int i;

	complete_all(&fixture.let_go);
	for (i = 0; i < 3000 && atomic_read(&vdevfw_abandoned_threads); i++)
		msleep(10);
	KUNIT_ASSERT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 0);
}

static void a_thread_that_does_not_end_is_reported_and_abandoned(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, NEVER, ignore, NULL);
	struct vdevfw_event event = {};
	struct testbed *bed = test->priv;

	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DEAD);
	KUNIT_EXPECT_EQ(test, fake_kvm.attached, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 1);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event), 1);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_SEVERITY_INTERNAL);
	KUNIT_EXPECT_EQ(test, event.vdev, 1);
	EXPECT_SAYS(test, (char *)event.text, "its thread a/ticker has not ended within 0 s");

	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), bed->module_refs + 1);
	let_go(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), bed->module_refs);
}

static void it_has_its_time(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, NEVER, ignore, NULL);
	unsigned long start = jiffies;

	allow_seconds(test, 1);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_GE(test, jiffies - start, (unsigned long)HZ);
	KUNIT_EXPECT_LT(test, jiffies - start, 20ul * HZ);
	let_go(test);
}

static void ignore_for_a_while(void *arg)
{
	begin();
	while (!fatal_signal_pending(current))
		msleep(1);
	msleep(300);
	atomic_inc(&fixture.ends);
}

static void one_that_is_slow_is_waited_for(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, NEVER, ignore_for_a_while, NULL);

	allow_seconds(test, 30);
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 0);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, NULL), 0);
}

static void a_vdev_is_told_that_it_cannot_join(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, VDEV_CTRL_GUEST_STARTING, ignore, NULL);

	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fixture.joined, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, NULL), 1);
	/* It is not abandoned: the machine goes on, and may try again. */
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 0);
	fixture.join_at = VDEV_CTRL_TERMINATE;
	fixture.joined = 1;
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, fixture.joined, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 1);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, NULL), 1);
	let_go(test);
}

static void a_second_attempt_to_join_may_succeed(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, VDEV_CTRL_GUEST_STARTING, ignore, NULL);

	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fixture.joined, -ETIMEDOUT);
	complete_all(&fixture.let_go);
	while (!atomic_read(&fixture.ends))
		msleep(1);
	allow_seconds(test, 30);
	fixture.join_at = VDEV_CTRL_TERMINATE;
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, fixture.joined, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 0);
}

#define MANY	4

static int make_many(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdev_thread *thread;
	unsigned int i;

	for (i = 0; ctrl == VDEV_CTRL_GUEST_CONFIGURED && i < MANY; i++)
		fixture.created += vdev_thread_create(vdp, "x", &thread, i % 2 ? ignore : sleep, vdp);
	return 0;
}

static void all_of_a_vdev_have_one_time_together(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	unsigned long start;

	allow_seconds(test, 1);
	set_up(NEVER, NEVER, ignore);
	fixture.created = 0;
	fixture.sleep_ms = UINT_MAX;
	probe->on_control = make_many;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_ASSERT_EQ(test, fixture.created, 0);
	start = jiffies;
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 1900);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), MANY / 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), MANY / 2);
	let_go(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&fixture.ends), MANY);
}

static void others_may_have_guests_meanwhile(struct kunit *test)
{
	vdevfw_guest_destroy(stubborn_guest(test, NEVER, ignore, NULL));
	fixture.create_at = NEVER;
	testbed_must_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 1);
	let_go(test);
}

/* Whoever has a file of the guest keeps it, whichever goes first. */
static void a_guest_may_outlive_the_thread_or_not(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, NEVER, ignore, NULL);
	struct testbed *bed = test->priv;

	vdevfw_guest_destroy(gsp);
	bed->nr_guests--;
	vdevfw_guest_put(gsp);
	let_go(test);
}

/*
 * What an abandoned thread may call: everything
 */

/**
 * struct caller - What a thread has of the guest's, and gets when that is dead
 * @vdp: Its vdev
 * @bell: A doorbell
 * @intr: An interrupt, which is up when the guest ends
 * @timer: A timer, which is set when the guest ends
 * @page: A page that passes
 * @own: A mapping of its vdev's
 * @system: A mapping of the guest's
 * @wrong: The first call that did not do what it should, or NULL
 */
static struct caller {
	vdev_t *vdp;
	struct vdev_doorbell *bell;
	struct guest_intr intr;
	struct guest_timer *timer;
	u8 *page;
	u8 *own;
	u8 *system;
	const char *wrong;
} caller;

static void must(bool good, const char *what)
{
	if (!good && !caller.wrong)
		caller.wrong = what;
}

#define MUST(condition)	must(condition, #condition)

static void use_memory(struct guest_system *gsp)
{
	u32 value = 0;

	MUST(gasp_read(caller.vdp, RAM, &value, 4) == -EPERM);
	MUST(gasp_write(caller.vdp, RAM, &value, 4) == -EPERM);
	MUST(PTR_ERR(gasp_map_vdma(caller.vdp, PROT_READ, RAM, 4)) == -EPERM);
	MUST(PTR_ERR(gasp_map_sys(gsp, PROT_READ, RAM, 4)) == -EPERM);
	/* What it has stays, but is not the guest's any more. */
	MUST(caller.own[0] == 0x5a && caller.system[0] == 0x5a && caller.page[0] == 0x33);
	caller.own[0] = 0x5b;
	MUST(caller.system[0] == 0x5b);
	MUST(!gasp_map_valid(gsp, caller.own) && !gasp_map_valid(gsp, caller.system));
	gasp_map_dirty(gsp, caller.own, 0, 4);
	gasp_unmap(gsp, caller.own, 4, 1);
	MUST(caller.own[0] == 0x5b);
}

static void use_regions(struct guest_system *gsp)
{
	struct qvm_state_block block = { .location = 0, .length = 4, .type = QST_MEMORY };
	struct gasp_region region = { .guest = block, .flags = GRF_VIRT_ANY, .vdev = caller.vdp };
	struct gasp_walk walk;
	int err = 0;

	MUST(gasp_region_set(gsp, 1, &region) == -EPERM);
	MUST(gasp_lock(gsp, QST_MEMORY) == 0);
	MUST(gasp_region_set_soft(gsp, 1, &region, &err) == 0 && err == -EPERM);
	MUST(gasp_find_free(gsp, QST_MEMORY, 4096, 4096) == QSL_NO_LOCATION);
	MUST(gasp_unlock(gsp, QST_MEMORY) == 0);
	MUST(gasp_region_info(gsp, &block, &region) == 0 && !region.vdev);
	MUST(gasp_walk_init(gsp, QST_MEMORY, &walk) == 0 && !gasp_walk_next(&walk, &region));
	MUST(gasp_region_wait(caller.vdp, &block, 1000) == -ENOENT);
	MUST(gram_find_free(gsp, 4096, 4096, 0) == QSL_NO_LOCATION);
	MUST(gram_reserve(gsp, RAM, 4096) == -EPERM);
}

static void use_interrupts(void)
{
	char text[64];

	MUST(guest_intr_signal(&caller.intr, GIS_OFF) == -ENOTCONN);
	MUST(guest_intr_signal(&caller.intr, GIS_ON) == -ENOTCONN);
	MUST(!guest_intr_level(&caller.intr));
	MUST(guest_intr_string(&caller.intr, text, sizeof(text)) == strlen("ioapic:16"));
	MUST(guest_msi_signal(caller.vdp, 0xfee00000, 1) == -EADDRNOTAVAIL);
}

/* The clock stands for good, and so does all that goes by it. */
static void use_time(void)
{
	u64 now = guest_clock_read(caller.vdp);

	guest_clock_stop(caller.vdp);
	guest_clock_start(caller.vdp);
	guest_clock_start(caller.vdp);
	guest_timer_cancel(caller.timer);
	guest_timer_notify(caller.timer, NULL, 1);
	msleep(20);
	MUST(guest_clock_read(caller.vdp) == now);
	MUST(!fixture.slept);
}

static void use_the_rest(void)
{
	struct vdev_thread *another;
	char text[64];

	vdev_logf(QL_WARN, caller.vdp, "still here");
	qvm_report(caller.vdp, "still here");
	MUST(qvm_outf(caller.vdp, QVM_OUTF_QVM, "still here") <= 0);
	MUST(qvm_fatal(caller.vdp, QVM_OUTF_QVM, "still here") == -EIO);
	MUST(vdev_refuse(caller.vdp, -EINVAL, "still here") == -EINVAL);
	MUST(guest_terminate(caller.vdp, GTC_VDEV) == 0);
	MUST(vdev_string(text, sizeof(text), caller.vdp) == strlen("a mem:0x0"));
	MUST(vdev_path(text, sizeof(text), caller.vdp) == -ENOENT);
	MUST(vdev_thread_cancelled() && !vdev_thread_sleep(1000));
	MUST(vdev_doorbell_wait(caller.bell, 1000) == 0);
	MUST(IS_ERR(vdev_doorbell_create(caller.vdp, VDEV_DOORBELL_THREAD)));
	MUST(IS_ERR(gasp_pages_alloc(caller.vdp, PAGE_SIZE, GRF_PASS_RD)));
	MUST(vdev_thread_create(caller.vdp, "x", &another, sleep, NULL) == -EPERM);
	MUST(vdev_thread_join(fixture.thread) == -EPERM);
}

static void call_everything(void *arg)
{
	begin();
	wait_for_completion(&fixture.calls);
	use_memory(caller.vdp->v_gsp);
	use_regions(caller.vdp->v_gsp);
	use_interrupts();
	use_time();
	use_the_rest();
	complete(&fixture.called);
	ignore(arg);
}

static int make_caller(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_END)
		caller.timer = guest_timer_create(NULL, vdp, NULL, NULL);
	if (ctrl == VDEV_CTRL_ASSIGN)
		return guest_intr_assign_auto(vdp, GIAT_LEVEL, &caller.intr);
	if (ctrl != VDEV_CTRL_GUEST_CONFIGURED)
		return 0;
	caller.vdp = vdp;
	caller.bell = vdev_doorbell_create(vdp, VDEV_DOORBELL_THREAD);
	caller.page = gasp_pages_alloc(vdp, PAGE_SIZE, GRF_PASS_RD);
	caller.own = gasp_map_vdma(vdp, PROT_READ | PROT_WRITE, RAM, 4);
	caller.system = gasp_map_sys(vdp->v_gsp, PROT_READ | PROT_WRITE, RAM, 4);
	return vdev_thread_create(vdp, "caller", &fixture.thread, call_everything, NULL);
}

static void time_is_over(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
			 struct guest_cpu *gcp)
{
	fixture.slept = true;
}

static struct guest_system *guest_with_caller(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	u8 *ram;

	allow_seconds(test, 0);
	set_up(NEVER, NEVER, NULL);
	memset(&caller, 0, sizeof(caller));
	fake_kvm_add_pages(0, RAM, 1, false, &ram);
	ram[0] = 0x5a;
	probe->factory.timer = time_is_over;
	probe->on_control = make_caller;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(caller.bell) || IS_ERR(caller.page));
	KUNIT_ASSERT_FALSE(test, IS_ERR(caller.own) || IS_ERR(caller.system));
	caller.page[0] = 0x33;
	KUNIT_EXPECT_EQ(test, guest_intr_signal(&caller.intr, GIS_ON), 0);
	KUNIT_ASSERT_NOT_NULL(test, caller.timer);
	KUNIT_EXPECT_EQ(test, guest_timer_notify(caller.timer, NULL, NSEC_PER_SEC * 3600), 0);
	return gsp;
}

static void an_abandoned_thread_may_call_everything(struct kunit *test)
{
	struct guest_system *gsp = guest_with_caller(test);

	vdevfw_guest_destroy(gsp);
	KUNIT_ASSERT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 1);
	KUNIT_EXPECT_EQ(test, fake_kvm.attached, 0);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 2);
	complete(&fixture.calls);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&fixture.called, 30 * HZ), 0);
	KUNIT_EXPECT_NULL_MSG(test, caller.wrong, "%s", caller.wrong);
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 2);
	let_go(test);
	/* The guest's own mapping goes with the guest, which the test still has. */
	KUNIT_EXPECT_EQ(test, fake_kvm.pinned, 1);
}

/* What it holds of the VM's is noted as dirty before the VM goes. */
static void what_it_may_have_written_is_dirty(struct kunit *test)
{
	struct guest_system *gsp = guest_with_caller(test);

	KUNIT_EXPECT_FALSE(test, fake_kvm_take_dirty(0, RAM));
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_TRUE(test, fake_kvm_take_dirty(0, RAM));
	complete(&fixture.calls);
	let_go(test);
}

/*
 * One that is within the VM is waited for
 */

static void stay_inside(void *arg)
{
	if (vdevfw_thread_enter())
		return;
	begin();
	wait_for_completion(&fixture.calls);
	vdevfw_thread_leave();
	/* Until it is abandoned, it may come in again. */
	while (!vdevfw_thread_enter()) {
		vdevfw_thread_leave();
		msleep(1);
	}
	wait_for_completion(&fixture.let_go);
}

static void the_end_waits_for_a_thread_that_uses_the_vm(struct kunit *test)
{
	struct guest_system *gsp = stubborn_guest(test, NEVER, stay_inside, NULL);

	/* Asks for the end, and does not wait for it. */
	fake_kvm_owner_dies(0);
	msleep(100);
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_DYING);
	KUNIT_EXPECT_EQ(test, fake_kvm.attached, 1);
	complete(&fixture.calls);
	testbed_wait_dead(test, gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&vdevfw_abandoned_threads), 1);
	let_go(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_thread_before_options_end_is_too_early),
	KUNIT_CASE(a_thread_at_assign_is_too_early),
	KUNIT_CASE(a_thread_may_begin_when_configured),
	KUNIT_CASE(a_thread_may_begin_when_starting),
	KUNIT_CASE(a_thread_is_named_after_its_vdev),
	KUNIT_CASE(a_thread_counts_as_one_of_the_vms_process),
	KUNIT_CASE(a_thread_that_its_cgroup_does_not_take_never_runs),
	KUNIT_CASE_PARAM(a_thread_has_the_priority_of_its_vdev, priority_gen_params),
	KUNIT_CASE(there_is_a_limit_for_all_vdevs_together),
	KUNIT_CASE(a_thread_may_fail_at_each_allocation),
	KUNIT_CASE(a_forgotten_thread_is_joined),
	KUNIT_CASE(a_thread_that_has_ended_by_itself_is_joined),
	KUNIT_CASE(a_thread_that_hardly_began_is_joined),
	KUNIT_CASE(a_thread_that_hardly_began_gets_its_signal),
	KUNIT_CASE(a_vdev_may_join_its_thread_at_terminate),
	KUNIT_CASE(a_vdev_may_join_its_thread_before),
	KUNIT_CASE(joining_no_thread_does_nothing),
	KUNIT_CASE(a_thread_is_joined_in_control_only),
	KUNIT_CASE(a_sleep_that_is_over_returns_true),
	KUNIT_CASE(a_cancelled_sleep_ends_at_once),
	KUNIT_CASE(a_cancelled_sleep_returns_false),
	KUNIT_CASE(a_thread_that_does_not_end_is_reported_and_abandoned),
	KUNIT_CASE(it_has_its_time),
	KUNIT_CASE(one_that_is_slow_is_waited_for),
	KUNIT_CASE(a_vdev_is_told_that_it_cannot_join),
	KUNIT_CASE(a_second_attempt_to_join_may_succeed),
	KUNIT_CASE(all_of_a_vdev_have_one_time_together),
	KUNIT_CASE(others_may_have_guests_meanwhile),
	KUNIT_CASE(a_guest_may_outlive_the_thread_or_not),
	KUNIT_CASE(an_abandoned_thread_may_call_everything),
	KUNIT_CASE(what_it_may_have_written_is_dirty),
	KUNIT_CASE(the_end_waits_for_a_thread_that_uses_the_vm),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-thread",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
