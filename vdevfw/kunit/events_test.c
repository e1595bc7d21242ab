// SPDX-License-Identifier: GPL-2.0-only
/* Tests of life/events.c, with a reader's memory as user space has it. */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include "../life/events.h"

#define SIZE	sizeof(struct vdevfw_event)
#define BATCH	80	/* events that the reader's memory has room for */

/**
 * struct fixture - A ring and its readers
 * @events: The ring
 * @reader: Positions of two readers
 * @user: The readers' memory
 * @got: What was read, see take()
 */
struct fixture {
	struct vdevfw_events events;
	atomic64_t reader[2];
	char __user *user;
	struct vdevfw_event got[BATCH];
};

static int init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned long user;

	if (!f)
		return -ENOMEM;
	test->priv = f;
	vdevfw_events_init(&f->events);
	user = kunit_vm_mmap(test, NULL, 0, PAGE_ALIGN(BATCH * SIZE), PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (!user || IS_ERR_VALUE(user))
		return -ENOMEM;
	f->user = (char __user *)user;
	return 0;
}

static void post(struct fixture *f, u32 value)
{
	vdevfw_events_post(&f->events, VDEVFW_EVENT_LOG, 7, value, "text");
}

static void post_many(struct fixture *f, unsigned int n)
{
	unsigned int i;

	for (i = 1; i <= n; i++)
		post(f, i);
}

static void post_dead(struct fixture *f)
{
	vdevfw_events_post(&f->events, VDEVFW_EVENT_STATE, 0, VDEVFW_STATE_DEAD, "");
}

/* Read up to @n events without waiting. Gives how many came, or an error. */
static int take(struct kunit *test, unsigned int reader, unsigned int n)
{
	struct fixture *f = test->priv;
	ssize_t ret;

	ret = vdevfw_events_read(&f->events, &f->reader[reader], f->user, n * SIZE, true);
	if (ret <= 0)
		return ret;
	KUNIT_ASSERT_EQ(test, ret % SIZE, 0);
	KUNIT_ASSERT_EQ(test, copy_from_user(f->got, f->user, ret), 0);
	return ret / SIZE;
}

static void nothing_to_read_is_eagain(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, take(test, 0, 1), -EAGAIN);
}

static void an_event_is_read_once(struct kunit *test)
{
	post(test->priv, 1);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), 1);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), -EAGAIN);
}

static void an_event_arrives_as_posted(struct kunit *test)
{
	struct fixture *f = test->priv;

	vdevfw_events_post(&f->events, VDEVFW_EVENT_TERMINATE, 1ull << 40, 6, "why");
	KUNIT_ASSERT_EQ(test, take(test, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].size, SIZE);
	KUNIT_EXPECT_EQ(test, f->got[0].type, VDEVFW_EVENT_TERMINATE);
	KUNIT_EXPECT_EQ(test, f->got[0].vdev, 1ull << 40);
	KUNIT_EXPECT_EQ(test, f->got[0].value, 6);
	KUNIT_EXPECT_EQ(test, f->got[0].detail, 0);
	KUNIT_EXPECT_STREQ(test, (char *)f->got[0].text, "why");
}

static void the_first_event_has_number_1(struct kunit *test)
{
	struct fixture *f = test->priv;

	post(f, 1);
	take(test, 0, 1);
	KUNIT_EXPECT_EQ(test, f->got[0].seq, 1);
}

static void events_come_in_order(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	post_many(f, VDEVFW_EVENTS);
	KUNIT_ASSERT_EQ(test, take(test, 0, BATCH), VDEVFW_EVENTS);
	for (i = 0; i < VDEVFW_EVENTS; i++) {
		KUNIT_EXPECT_EQ(test, f->got[i].seq, i + 1);
		KUNIT_EXPECT_EQ(test, f->got[i].value, i + 1);
	}
}

static void time_does_not_run_backwards(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 last = ktime_get_ns();
	unsigned int i;

	post_many(f, 10);
	take(test, 0, 10);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_GE(test, f->got[i].time_ns, last);
		last = f->got[i].time_ns;
	}
	KUNIT_EXPECT_LE(test, last, ktime_get_ns());
}

static void a_read_gives_what_fits(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_many(f, 5);
	KUNIT_EXPECT_EQ(test, take(test, 0, 2), 2);
	KUNIT_EXPECT_EQ(test, take(test, 0, 2), 2);
	KUNIT_EXPECT_EQ(test, take(test, 0, 2), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].value, 5);
}

static void a_read_gives_whole_events_only(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_many(f, 2);
	KUNIT_EXPECT_EQ(test, vdevfw_events_read(&f->events, &f->reader[0], f->user, 2 * SIZE - 1,
						 true), SIZE);
}

static void a_buffer_smaller_than_an_event_is_refused(struct kunit *test)
{
	struct fixture *f = test->priv;

	post(f, 1);
	KUNIT_EXPECT_EQ(test, vdevfw_events_read(&f->events, &f->reader[0], f->user, SIZE - 1, true),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, vdevfw_events_read(&f->events, &f->reader[0], f->user, 0, true),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, take(test, 0, 1), 1);
}

static void a_buffer_that_cannot_be_written_is_efault(struct kunit *test)
{
	struct fixture *f = test->priv;

	post(f, 1);
	KUNIT_EXPECT_EQ(test, vdevfw_events_read(&f->events, &f->reader[0], NULL, SIZE, true),
			-EFAULT);
}

/* Only the part of the buffer that could be written counts as read. */
static void a_buffer_that_ends_in_nothing_gives_what_went_before(struct kunit *test)
{
	struct fixture *f = test->priv;
	size_t mapped = PAGE_ALIGN(BATCH * SIZE);

	post_many(f, 3);
	KUNIT_EXPECT_EQ(test, vdevfw_events_read(&f->events, &f->reader[0],
						 f->user + mapped - SIZE, 3 * SIZE, true), SIZE);
}

/* uapi/vdevfw.h: each file reads all events from the moment it was opened. */
static void an_event_that_could_not_be_written_is_read_later(struct kunit *test)
{
	struct fixture *f = test->priv;
	size_t mapped = PAGE_ALIGN(BATCH * SIZE);

	post_many(f, 3);
	vdevfw_events_read(&f->events, &f->reader[0], f->user + mapped - SIZE, 3 * SIZE, true);
	KUNIT_ASSERT_GT(test, take(test, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, f->got[0].seq, 2);
}

static void long_text_is_cut_and_terminated(struct kunit *test)
{
	struct fixture *f = test->priv;
	char text[VDEVFW_EVENT_TEXT + 50];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	vdevfw_events_post(&f->events, VDEVFW_EVENT_LOG, 1, 0, text);
	KUNIT_ASSERT_EQ(test, take(test, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, strnlen(f->got[0].text, VDEVFW_EVENT_TEXT), VDEVFW_EVENT_TEXT - 1);
}

static void nothing_of_an_older_event_shines_through(struct kunit *test)
{
	struct fixture *f = test->priv;
	char text[VDEVFW_EVENT_TEXT];
	unsigned int i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (i = 0; i < VDEVFW_EVENTS; i++)
		vdevfw_events_post(&f->events, VDEVFW_EVENT_LOG, U64_MAX, U32_MAX, text);
	take(test, 0, BATCH);
	vdevfw_events_post(&f->events, VDEVFW_EVENT_STATE, 0, 0, "");
	KUNIT_ASSERT_EQ(test, take(test, 0, 1), 1);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(f->got[0].text, 0, VDEVFW_EVENT_TEXT), NULL);
	KUNIT_EXPECT_EQ(test, f->got[0].vdev, 0);
	KUNIT_EXPECT_EQ(test, f->got[0].value, 0);
}

/*
 * Slow readers
 */

struct lag_case {
	unsigned int posted;
	unsigned int lost;
};

static const struct lag_case lag_cases[] = {
	{ VDEVFW_EVENTS - 1, 0 },
	{ VDEVFW_EVENTS, 0 },
	{ VDEVFW_EVENTS + 1, 1 },
	{ VDEVFW_EVENTS + 10, 10 },
	{ 2 * VDEVFW_EVENTS, VDEVFW_EVENTS },
	{ 5 * VDEVFW_EVENTS + 3, 4 * VDEVFW_EVENTS + 3 },
};

static void describe_lag(const struct lag_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u events", c->posted);
}
KUNIT_ARRAY_PARAM(lag, lag_cases, describe_lag);

static void a_slow_reader_learns_how_many_it_has_missed(struct kunit *test)
{
	const struct lag_case *c = test->param_value;
	struct fixture *f = test->priv;
	int n;

	post_many(f, c->posted);
	n = take(test, 0, BATCH);
	KUNIT_ASSERT_GT(test, n, 0);
	KUNIT_EXPECT_EQ(test, f->got[0].type == VDEVFW_EVENT_LOST, c->lost > 0);
	if (c->lost)
		KUNIT_EXPECT_EQ(test, f->got[0].value, c->lost);
}

static void a_slow_reader_gets_what_is_left(struct kunit *test)
{
	const struct lag_case *c = test->param_value;
	unsigned int first = c->lost ? 1 : 0, i;
	struct fixture *f = test->priv;
	int n;

	post_many(f, c->posted);
	n = take(test, 0, BATCH);
	KUNIT_ASSERT_EQ(test, n, first + c->posted - c->lost);
	for (i = first; i < n; i++)
		KUNIT_EXPECT_EQ(test, f->got[i].seq, c->lost + i - first + 1);
	KUNIT_EXPECT_EQ(test, take(test, 0, 1), -EAGAIN);
}

static void a_note_of_loss_is_an_event_like_others(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_many(f, VDEVFW_EVENTS + 10);
	KUNIT_ASSERT_EQ(test, take(test, 0, 2), 2);
	KUNIT_EXPECT_EQ(test, f->got[0].size, SIZE);
	KUNIT_EXPECT_EQ(test, f->got[0].seq, f->got[1].seq - 1);
	KUNIT_EXPECT_EQ(test, f->got[0].vdev, 0);
	KUNIT_EXPECT_STREQ(test, (char *)f->got[0].text, "");
}

static void a_reader_may_fall_behind_again(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_many(f, VDEVFW_EVENTS + 10);
	take(test, 0, 2);
	post_many(f, 5);
	KUNIT_ASSERT_EQ(test, take(test, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].type, VDEVFW_EVENT_LOST);
	KUNIT_EXPECT_EQ(test, f->got[0].value, 4);
}

/*
 * Several readers
 */

static void readers_take_nothing_from_each_other(struct kunit *test)
{
	post_many(test->priv, 3);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), 3);
	KUNIT_EXPECT_EQ(test, take(test, 1, BATCH), 3);
}

static void only_the_slow_reader_misses_events(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_many(f, 10);
	take(test, 0, BATCH);
	post_many(f, VDEVFW_EVENTS);
	KUNIT_ASSERT_EQ(test, take(test, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].seq, 11);
	KUNIT_ASSERT_EQ(test, take(test, 1, 1), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].type, VDEVFW_EVENT_LOST);
}

static void a_new_reader_begins_with_the_next_event(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_many(f, 100);
	atomic64_set(&f->reader[0], vdevfw_events_head(&f->events));
	KUNIT_EXPECT_EQ(test, take(test, 0, 1), -EAGAIN);
	post(f, 1);
	KUNIT_ASSERT_EQ(test, take(test, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].seq, 101);
}

/*
 * The end
 */

static void after_dead_a_read_gives_the_end(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_dead(f);
	KUNIT_ASSERT_EQ(test, take(test, 0, BATCH), 1);
	KUNIT_EXPECT_EQ(test, f->got[0].value, VDEVFW_STATE_DEAD);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), 0);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), 0);
}

static void each_reader_gets_to_the_end(struct kunit *test)
{
	post_dead(test->priv);
	take(test, 0, BATCH);
	KUNIT_EXPECT_EQ(test, take(test, 1, BATCH), 1);
	KUNIT_EXPECT_EQ(test, take(test, 1, BATCH), 0);
}

static void after_dead_nothing_is_posted(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_dead(f);
	post(f, 1);
	KUNIT_EXPECT_EQ(test, vdevfw_events_head(&f->events), 1);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), 1);
}

static void other_states_are_not_the_end(struct kunit *test)
{
	struct fixture *f = test->priv;

	vdevfw_events_post(&f->events, VDEVFW_EVENT_STATE, 0, VDEVFW_STATE_DYING, "");
	vdevfw_events_post(&f->events, VDEVFW_EVENT_LOG, 0, VDEVFW_STATE_DEAD, "");
	post(f, 1);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), 3);
	KUNIT_EXPECT_EQ(test, take(test, 0, BATCH), -EAGAIN);
}

static void a_reader_at_the_end_need_not_wait(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_dead(f);
	take(test, 0, BATCH);
	KUNIT_EXPECT_EQ(test, vdevfw_events_read(&f->events, &f->reader[0], f->user, SIZE, false),
			0);
}

static int post_later(void *data)
{
	msleep(30);
	post(data, 5);
	return 0;
}

static int die_later(void *data)
{
	msleep(30);
	post_dead(data);
	return 0;
}

static ssize_t read_while(struct kunit *test, int (*body)(void *data))
{
	struct fixture *f = test->priv;
	struct task_struct *task = kthread_create(body, f, "vdevfw-kunit");
	ssize_t ret;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	ret = vdevfw_events_read(&f->events, &f->reader[0], f->user, SIZE, false);
	kthread_stop_put(task);
	return ret;
}

static void a_read_waits_for_an_event(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, read_while(test, post_later), SIZE);
}

static void a_read_that_waits_sees_the_end(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, read_while(test, die_later), SIZE);
	KUNIT_ASSERT_EQ(test, copy_from_user(f->got, f->user, SIZE), 0);
	KUNIT_EXPECT_EQ(test, f->got[0].value, VDEVFW_STATE_DEAD);
}

/*
 * poll(2)
 */

static __poll_t poll(struct fixture *f)
{
	return vdevfw_events_poll(&f->events, &f->reader[0], NULL, NULL);
}

static void poll_reports_nothing_at_first(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (__force u32)poll(test->priv), 0);
}

static void poll_reports_an_event(struct kunit *test)
{
	post(test->priv, 1);
	KUNIT_EXPECT_EQ(test, (__force u32)poll(test->priv),
			(__force u32)(EPOLLIN | EPOLLRDNORM));
}

static void poll_reports_nothing_when_all_is_read(struct kunit *test)
{
	post(test->priv, 1);
	take(test, 0, BATCH);
	KUNIT_EXPECT_EQ(test, (__force u32)poll(test->priv), 0);
}

static void poll_reports_the_end(struct kunit *test)
{
	post_dead(test->priv);
	KUNIT_EXPECT_EQ(test, (__force u32)poll(test->priv),
			(__force u32)(EPOLLIN | EPOLLRDNORM | EPOLLHUP));
	take(test, 0, BATCH);
	KUNIT_EXPECT_EQ(test, (__force u32)poll(test->priv), (__force u32)EPOLLHUP);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_to_read_is_eagain),
	KUNIT_CASE(an_event_is_read_once),
	KUNIT_CASE(an_event_arrives_as_posted),
	KUNIT_CASE(the_first_event_has_number_1),
	KUNIT_CASE(events_come_in_order),
	KUNIT_CASE(time_does_not_run_backwards),
	KUNIT_CASE(a_read_gives_what_fits),
	KUNIT_CASE(a_read_gives_whole_events_only),
	KUNIT_CASE(a_buffer_smaller_than_an_event_is_refused),
	KUNIT_CASE(a_buffer_that_cannot_be_written_is_efault),
	KUNIT_CASE(a_buffer_that_ends_in_nothing_gives_what_went_before),
	KUNIT_CASE(an_event_that_could_not_be_written_is_read_later),
	KUNIT_CASE(long_text_is_cut_and_terminated),
	KUNIT_CASE(nothing_of_an_older_event_shines_through),
	KUNIT_CASE_PARAM(a_slow_reader_learns_how_many_it_has_missed, lag_gen_params),
	KUNIT_CASE_PARAM(a_slow_reader_gets_what_is_left, lag_gen_params),
	KUNIT_CASE(a_note_of_loss_is_an_event_like_others),
	KUNIT_CASE(a_reader_may_fall_behind_again),
	KUNIT_CASE(readers_take_nothing_from_each_other),
	KUNIT_CASE(only_the_slow_reader_misses_events),
	KUNIT_CASE(a_new_reader_begins_with_the_next_event),
	KUNIT_CASE(after_dead_a_read_gives_the_end),
	KUNIT_CASE(each_reader_gets_to_the_end),
	KUNIT_CASE(after_dead_nothing_is_posted),
	KUNIT_CASE(other_states_are_not_the_end),
	KUNIT_CASE(a_reader_at_the_end_need_not_wait),
	KUNIT_CASE(a_read_waits_for_an_event),
	KUNIT_CASE(a_read_that_waits_sees_the_end),
	KUNIT_CASE(poll_reports_nothing_at_first),
	KUNIT_CASE(poll_reports_an_event),
	KUNIT_CASE(poll_reports_nothing_when_all_is_read),
	KUNIT_CASE(poll_reports_the_end),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-events",
	.init = init,
	.test_cases = cases,
};
kunit_test_suite(suite);
