// SPDX-License-Identifier: GPL-2.0-only
/* Tests of life/changes.c. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/string.h>

#include "../life/changes.h"
#include "testbed.h"

#define HANDLERS	6

/**
 * struct handler - A handler that writes down what it is told
 * @f: The fixture
 * @name: What it writes
 * @change: Its registration, or NULL
 * @err: What its change() returns
 * @prepare_err: What its prepare() returns
 * @on_prepare: Called by its prepare(), unless NULL
 * @on_change: Called by its change(), unless NULL
 * @other: For these two
 * @state: What it was told last
 * @entered: Completed by change(), which then waits for @leave, if @blocks
 * @leave: see @entered
 * @blocks: see @entered
 */
struct handler {
	struct fixture *f;
	char name;
	struct guest_change *change;
	int err;
	int prepare_err;
	void (*on_prepare)(struct handler *handler);
	void (*on_change)(struct handler *handler);
	struct handler *other;
	unsigned int state;
	struct completion entered;
	struct completion leave;
	bool blocks;
};

/**
 * struct fixture - Handlers of no guest
 * @changes: Where they are
 * @handler: They, "a" to "f"; none is registered at first
 * @len: Bytes in @log
 * @log: What they were told: "pa a+" was prepared, and then told that the guest runs
 */
struct fixture {
	struct vdevfw_changes changes;
	struct handler handler[HANDLERS];
	size_t len;
	char log[256];
};

enum { A, B, C, D, E };

static void note(struct fixture *f, char first, char second)
{
	f->len += scnprintf(f->log + f->len, sizeof(f->log) - f->len, "%s%c%c", f->len ? " " : "",
			    first, second);
}

static int note_prepare(void *data, bool running, unsigned int state)
{
	struct handler *handler = data;

	note(handler->f, 'p', handler->name);
	if (handler->on_prepare)
		handler->on_prepare(handler);
	return handler->prepare_err;
}

static int note_change(void *data, bool running, unsigned int state)
{
	struct handler *handler = data;

	handler->state = state;
	note(handler->f, handler->name, running ? '+' : '-');
	if (handler->blocks) {
		complete(&handler->entered);
		wait_for_completion(&handler->leave);
	}
	if (handler->on_change)
		handler->on_change(handler);
	return handler->err;
}

static const struct guest_change_ops with_prepare = { note_prepare, note_change };
static const struct guest_change_ops without_prepare = { NULL, note_change };

static void forget_all(void *data)
{
	struct fixture *f = data;

	vdevfw_changes_forget(&f->changes, NULL);
}

static int init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	if (!f)
		return -ENOMEM;
	test->priv = f;
	vdevfw_changes_init(&f->changes);
	for (i = 0; i < HANDLERS; i++) {
		f->handler[i].f = f;
		f->handler[i].name = 'a' + i;
		init_completion(&f->handler[i].entered);
		init_completion(&f->handler[i].leave);
	}
	return kunit_add_action_or_reset(test, forget_all, f);
}

static struct handler *add_with(struct kunit *test, unsigned int i, int priority,
				const struct guest_change_ops *ops)
{
	struct fixture *f = test->priv;
	struct handler *handler = &f->handler[i];

	handler->change = vdevfw_changes_add(&f->changes, NULL, priority, ops, handler);
	KUNIT_ASSERT_FALSE(test, IS_ERR(handler->change));
	return handler;
}

static struct handler *add(struct kunit *test, unsigned int i, int priority)
{
	return add_with(test, i, priority, &without_prepare);
}

static int start(struct fixture *f)
{
	return vdevfw_changes_run(&f->changes, true, GRS_RUNNING);
}

static int stop(struct fixture *f)
{
	return vdevfw_changes_run(&f->changes, false, GRS_PAUSED);
}

static void forget_log(struct fixture *f)
{
	f->len = 0;
	f->log[0] = 0;
}

/*
 * Order
 */

static void at_a_start_lower_priorities_come_first(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 3);
	add(test, B, -1);
	add(test, C, 2);
	add(test, D, 0);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "b+ d+ c+ a+");
}

static void at_a_stop_lower_priorities_come_last(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 3);
	add(test, B, -1);
	add(test, C, 2);
	start(f);
	forget_log(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a- c- b-");
}

static void of_the_same_priority_who_came_first_starts_first(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 1);
	add(test, B, 0);
	add(test, C, 1);
	add(test, D, 0);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "b+ d+ a+ c+");
}

static void of_the_same_priority_who_came_first_stops_last(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 1);
	add(test, B, 0);
	add(test, C, 1);
	add(test, D, 0);
	start(f);
	forget_log(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "c- a- d- b-");
}

static void extreme_priorities_are_in_order(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, INT_MAX);
	add(test, B, INT_MIN);
	add(test, C, 0);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "b+ c+ a+");
}

static void all_are_prepared_before_the_first_one_starts(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_with(test, A, 0, &with_prepare);
	add(test, B, 1);
	add_with(test, C, 2, &with_prepare);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "pa pc a+ b+ c+");
}

static void all_are_prepared_before_the_first_one_stops(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_with(test, A, 0, &with_prepare);
	add(test, B, 1);
	add_with(test, C, 2, &with_prepare);
	start(f);
	forget_log(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "pc pa c- b- a-");
}

static void without_handlers_nothing_fails(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, start(f), 0);
	KUNIT_EXPECT_EQ(test, stop(f), 0);
}

static void a_handler_is_told_the_state(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct handler *a = add(test, A, 0);

	start(f);
	KUNIT_EXPECT_EQ(test, a->state, GRS_RUNNING);
	vdevfw_changes_run(&f->changes, false, GRS_IO_ERROR);
	KUNIT_EXPECT_EQ(test, a->state, GRS_IO_ERROR);
}

/*
 * Balance
 */

static void who_knows_it_is_not_told_again(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_with(test, A, 0, &with_prepare);
	start(f);
	start(f);
	stop(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "pa a+ pa a-");
}

static void who_was_never_started_is_not_stopped(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_with(test, A, 0, &with_prepare);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "");
}

static void a_latecomer_alone_is_told(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	start(f);
	add(test, B, 0);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ b+");
}

static void who_has_failed_to_stop_has_stopped(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0)->err = -EIO;
	start(f);
	stop(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ a-");
}

/*
 * Errors
 */

static void the_first_error_is_returned(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0)->err = -EIO;
	add(test, B, 1)->err = -ENOSPC;
	add(test, C, 2);
	KUNIT_EXPECT_EQ(test, start(f), -EIO);
	KUNIT_EXPECT_EQ(test, stop(f), -ENOSPC);
}

static void an_error_keeps_nobody_from_being_told(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0)->err = -EIO;
	add(test, B, 1)->err = -EIO;
	add(test, C, 2)->err = -EIO;
	start(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ b+ c+ c- b- a-");
}

static void an_error_of_a_preparation_changes_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_with(test, A, 0, &with_prepare)->prepare_err = -EIO;
	add_with(test, B, 1, &with_prepare);
	KUNIT_EXPECT_EQ(test, start(f), 0);
	KUNIT_EXPECT_STREQ(test, f->log, "pa pb a+ b+");
}

/*
 * Removal while they are called
 */

static void remove_other(struct handler *handler)
{
	if (!handler->other->change)
		return;
	guest_change_remove(handler->other->change);
	handler->other->change = NULL;
}

/* The middle one of three removes one; then what happens at a start, a stop, a start. */
static const struct removal_case {
	const char *desc;
	unsigned int removed;
	bool prepares;
	bool at_stop;
	const char *log;
} removal_cases[] = {
	{ "itself at a start", B, false, false, "a+ b+ c+ c- a- a+ c+" },
	{ "the next one at a start", C, false, false, "a+ b+ b- a- a+ b+" },
	{ "the one before at a start", A, false, false, "a+ b+ c+ c- b- b+ c+" },
	{ "itself at a stop", B, false, true, "a+ b+ c+ c- b- a- a+ c+" },
	{ "the next one at a stop", A, false, true, "a+ b+ c+ c- b- b+ c+" },
	{ "the one before at a stop", C, false, true, "a+ b+ c+ c- b- a- a+ b+" },
	{ "itself while it prepares a start", B, true, false, "pb a+ c+ c- a- a+ c+" },
	{ "the next one while it prepares a start", C, true, false, "pb a+ b+ pb b- a- pb a+ b+" },
	{ "the one before while it prepares a start", A, true, false, "pb b+ c+ pb c- b- pb b+ c+" },
	{ "itself while it prepares a stop", B, true, true, "pb a+ b+ c+ pb c- a- a+ c+" },
	{ "the next one while it prepares a stop", A, true, true, "pb a+ b+ c+ pb c- b- pb b+ c+" },
};

static void describe_removal(const struct removal_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(removal, removal_cases, describe_removal);

static void a_handler_may_remove_any(struct kunit *test)
{
	const struct removal_case *c = test->param_value;
	struct fixture *f = test->priv;
	struct handler *b;

	add(test, A, 0);
	b = add_with(test, B, 0, c->prepares ? &with_prepare : &without_prepare);
	add(test, C, 0);
	b->other = &f->handler[c->removed];
	if (c->at_stop)
		start(f);
	if (c->prepares)
		b->on_prepare = remove_other;
	else
		b->on_change = remove_other;
	if (!c->at_stop)
		start(f);
	stop(f);
	b->on_prepare = NULL;
	b->on_change = NULL;
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, c->log);
}

static void remove_all(struct handler *handler)
{
	vdevfw_changes_forget(&handler->f->changes, NULL);
}

static void a_handler_may_remove_all(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	add(test, B, 0)->on_change = remove_all;
	add(test, C, 0);
	start(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ b+");
	KUNIT_EXPECT_TRUE(test, list_empty(&f->changes.list));
}

static void what_was_removed_is_told_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	start(f);
	guest_change_remove(f->handler[A].change);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+");
}

static void a_vdev_takes_its_own_handlers_with_it(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct handler *h = f->handler;
	vdev_t vdev[2] = {};

	vdevfw_changes_add(&f->changes, &vdev[0], 0, &without_prepare, &h[A]);
	vdevfw_changes_add(&f->changes, &vdev[1], 0, &without_prepare, &h[B]);
	vdevfw_changes_add(&f->changes, NULL, 0, &without_prepare, &h[C]);
	vdevfw_changes_add(&f->changes, &vdev[0], 0, &without_prepare, &h[D]);
	vdevfw_changes_forget(&f->changes, &vdev[0]);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "b+ c+");
}

/*
 * Addition while they are called
 */

static void add_another(struct handler *handler)
{
	struct handler *other = handler->other;

	if (!other->change)
		other->change = vdevfw_changes_add(&handler->f->changes, NULL, 1, &with_prepare,
						   other);
}

static void who_comes_during_a_start_takes_no_part(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0)->on_change = add_another;
	f->handler[A].other = &f->handler[B];
	add(test, C, 2);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ c+");
}

static void who_comes_while_others_are_prepared_takes_no_part(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_with(test, A, 0, &with_prepare)->on_prepare = add_another;
	f->handler[A].other = &f->handler[B];
	add(test, C, 2);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "pa a+ c+");
}

static void who_has_come_during_a_start_is_told_later(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0)->on_change = add_another;
	f->handler[A].other = &f->handler[B];
	start(f);
	start(f);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ pb b+ pb b- a-");
}

static void who_comes_during_a_stop_is_started_first(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 2);
	start(f);
	f->handler[A].on_change = add_another;
	f->handler[A].other = &f->handler[B];
	stop(f);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ a- pb b+ a+");
}

static void replace_self(struct handler *handler)
{
	guest_change_remove(handler->change);
	handler->change = vdevfw_changes_add(&handler->f->changes, NULL, 0, &without_prepare,
					     handler);
}

static void a_handler_may_be_added_again_from_within(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0)->on_change = replace_self;
	start(f);
	f->handler[A].on_change = NULL;
	stop(f);
	start(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ a+");
}

static void at_the_end_none_is_added(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct guest_change *change;

	vdevfw_changes_close(&f->changes);
	change = vdevfw_changes_add(&f->changes, NULL, 0, &without_prepare, &f->handler[A]);
	KUNIT_EXPECT_PTR_EQ(test, change, ERR_PTR(-ESHUTDOWN));
}

static void at_the_end_those_are_told_that_were_there(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	start(f);
	vdevfw_changes_close(&f->changes);
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ a-");
}

static bool add_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = test->priv;
	struct guest_change *change;
	bool failed;

	testbed_start_failing();
	change = vdevfw_changes_add(&f->changes, NULL, 0, &without_prepare, &f->handler[A]);
	failed = testbed_stop_failing();
	if (!IS_ERR(change))
		guest_change_remove(change);
	else
		KUNIT_EXPECT_TRUE(test, failed && PTR_ERR(change) == -ENOMEM);
	return failed;
}

static void without_memory_none_is_added(struct kunit *test)
{
	testbed_fail_each_allocation(test, add_without_memory, NULL);
}

/*
 * Another thread
 */

/**
 * struct remover - A thread that removes a handler
 * @change: The handler
 * @done: It has
 */
struct remover {
	struct guest_change *change;
	struct completion done;
};

static int remove_and_tell(void *data)
{
	struct remover *remover = data;

	guest_change_remove(remover->change);
	complete(&remover->done);
	return 0;
}

static int start_in_thread(void *data)
{
	start(data);
	return 0;
}

static struct task_struct *run(struct kunit *test, int (*body)(void *data), void *data)
{
	struct task_struct *task = kthread_create(body, data, "vdevfw-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

/*
 * Another thread removes handler @removed while @inside is in its change(). Gives whether the
 * removal has returned before that did.
 */
static bool removed_early(struct kunit *test, unsigned int inside, unsigned int removed)
{
	struct fixture *f = test->priv;
	struct handler *handler = &f->handler[inside];
	struct remover remover = { .change = f->handler[removed].change };
	struct task_struct *walker, *task;
	bool early;

	init_completion(&remover.done);
	handler->blocks = true;
	walker = run(test, start_in_thread, f);
	wait_for_completion(&handler->entered);
	task = run(test, remove_and_tell, &remover);
	early = wait_for_completion_timeout(&remover.done, msecs_to_jiffies(100));
	complete(&handler->leave);
	if (!early)
		wait_for_completion(&remover.done);
	kthread_stop_put(task);
	kthread_stop_put(walker);
	handler->blocks = false;
	return early;
}

static void another_thread_waits_for_the_handler_that_it_removes(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	add(test, B, 0);
	KUNIT_EXPECT_FALSE(test, removed_early(test, A, A));
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ b+ b-");
}

static void another_thread_does_not_wait_for_other_handlers(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	add(test, B, 0);
	KUNIT_EXPECT_TRUE(test, removed_early(test, A, B));
	KUNIT_EXPECT_STREQ(test, f->log, "a+");
}

static void another_thread_may_remove_who_was_called_before(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, A, 0);
	add(test, B, 0);
	KUNIT_EXPECT_TRUE(test, removed_early(test, B, A));
	stop(f);
	KUNIT_EXPECT_STREQ(test, f->log, "a+ b+ b-");
}

#define ROUNDS	2000

/**
 * struct checker - A handler that only looks whether starts and stops alternate
 * @running: What it was told last
 * @gone: It was removed: nothing must come any more
 * @faults: How often they do not, or it came nevertheless
 */
struct checker {
	bool running;
	bool gone;
	unsigned int faults;
};

static int check_change(void *data, bool running, unsigned int state)
{
	struct checker *checker = data;

	if (checker->running == running || READ_ONCE(checker->gone))
		checker->faults++;
	checker->running = running;
	return 0;
}

static const struct guest_change_ops checks = { NULL, check_change };

static int ping_pong(void *data)
{
	struct fixture *f = data;

	while (!kthread_should_stop()) {
		start(f);
		stop(f);
		cond_resched();
	}
	return 0;
}

/* S63, as far as handlers are concerned. */
static void starts_and_stops_alternate_whoever_comes_and_goes(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct checker *checker = kunit_kcalloc(test, ROUNDS, sizeof(*checker), GFP_KERNEL);
	struct guest_change *change[2] = {};
	unsigned int i, faults = 0;
	struct task_struct *walker;

	KUNIT_ASSERT_NOT_NULL(test, checker);
	walker = run(test, ping_pong, f);
	for (i = 0; i < ROUNDS; i++) {
		if (change[i % 2]) {
			guest_change_remove(change[i % 2]);
			WRITE_ONCE(checker[i - 2].gone, true);
		}
		change[i % 2] = vdevfw_changes_add(&f->changes, NULL, i % 3, &checks, &checker[i]);
		if (!(i % 16))
			usleep_range(10, 100);
	}
	kthread_stop_put(walker);
	for (i = 0; i < ROUNDS; i++)
		faults += checker[i].faults;
	KUNIT_EXPECT_EQ(test, faults, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(at_a_start_lower_priorities_come_first),
	KUNIT_CASE(at_a_stop_lower_priorities_come_last),
	KUNIT_CASE(of_the_same_priority_who_came_first_starts_first),
	KUNIT_CASE(of_the_same_priority_who_came_first_stops_last),
	KUNIT_CASE(extreme_priorities_are_in_order),
	KUNIT_CASE(all_are_prepared_before_the_first_one_starts),
	KUNIT_CASE(all_are_prepared_before_the_first_one_stops),
	KUNIT_CASE(without_handlers_nothing_fails),
	KUNIT_CASE(a_handler_is_told_the_state),
	KUNIT_CASE(who_knows_it_is_not_told_again),
	KUNIT_CASE(who_was_never_started_is_not_stopped),
	KUNIT_CASE(a_latecomer_alone_is_told),
	KUNIT_CASE(who_has_failed_to_stop_has_stopped),
	KUNIT_CASE(the_first_error_is_returned),
	KUNIT_CASE(an_error_keeps_nobody_from_being_told),
	KUNIT_CASE(an_error_of_a_preparation_changes_nothing),
	KUNIT_CASE_PARAM(a_handler_may_remove_any, removal_gen_params),
	KUNIT_CASE(a_handler_may_remove_all),
	KUNIT_CASE(what_was_removed_is_told_nothing),
	KUNIT_CASE(a_vdev_takes_its_own_handlers_with_it),
	KUNIT_CASE(who_comes_during_a_start_takes_no_part),
	KUNIT_CASE(who_comes_while_others_are_prepared_takes_no_part),
	KUNIT_CASE(who_has_come_during_a_start_is_told_later),
	KUNIT_CASE(who_comes_during_a_stop_is_started_first),
	KUNIT_CASE(a_handler_may_be_added_again_from_within),
	KUNIT_CASE(at_the_end_none_is_added),
	KUNIT_CASE(at_the_end_those_are_told_that_were_there),
	KUNIT_CASE(without_memory_none_is_added),
	KUNIT_CASE(another_thread_waits_for_the_handler_that_it_removes),
	KUNIT_CASE(another_thread_does_not_wait_for_other_handlers),
	KUNIT_CASE(another_thread_may_remove_who_was_called_before),
	KUNIT_CASE(starts_and_stops_alternate_whoever_comes_and_goes),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-changes",
	.init = init,
	.test_cases = cases,
};
kunit_test_suite(suite);
