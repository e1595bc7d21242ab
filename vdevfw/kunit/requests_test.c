// SPDX-License-Identifier: GPL-2.0-only
/* Tests of life/requests.c. */
#include <kunit/test.h>

#include "../life/requests.h"

#define PAUSED		BIT(VDEVFW_STATE_PAUSED)
#define IO_ERROR	BIT(VDEVFW_STATE_IO_ERROR)
#define DEBUG		BIT(VDEVFW_STATE_DEBUG)

/**
 * struct fixture - Requests, and what they have brought about
 * @requests: The requests
 * @events: Where causes are told
 * @kicks: How often the worker was to look
 * @events_at_kick: How many events there were the last time
 * @pass: What was taken last
 */
struct fixture {
	struct vdevfw_requests requests;
	struct vdevfw_events events;
	unsigned int kicks;
	u64 events_at_kick;
	struct vdevfw_pass pass;
};

static void note_kick(struct vdevfw_requests *requests)
{
	struct fixture *f = container_of(requests, struct fixture, requests);

	f->kicks++;
	f->events_at_kick = vdevfw_events_head(&f->events);
}

static int init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	test->priv = f;
	f->requests.kick = note_kick;
	vdevfw_requests_init(&f->requests);
	vdevfw_events_init(&f->events);
	return 0;
}

static u64 post(struct fixture *f, enum vdevfw_ask ask, u32 value, u64 generation)
{
	return vdevfw_requests_post(&f->requests, ask, value, generation, &f->events, NULL);
}

static u64 post_with_cause(struct fixture *f, enum vdevfw_ask ask, u32 value, u64 generation)
{
	const struct vdevfw_cause_of cause = {
		.type = VDEVFW_EVENT_CAUSE, .vdev = 7, .why = "why",
	};

	return vdevfw_requests_post(&f->requests, ask, value, generation, &f->events, &cause);
}

static u64 by_vdev(struct fixture *f, enum vdevfw_ask ask, u32 value)
{
	return post(f, ask, value, vdevfw_requests_generation(&f->requests));
}

static u64 by_host(struct fixture *f, enum vdevfw_ask ask, u32 value)
{
	return post(f, ask, value, VDEVFW_ANY_GENERATION);
}

static const struct vdevfw_asked *take(struct fixture *f)
{
	vdevfw_requests_take(&f->requests, &f->pass);
	return &f->pass.asked;
}

static void nothing_is_pending_at_first(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests), 0);
	KUNIT_EXPECT_EQ(test, take(f)->pending, 0);
}

static void what_was_asked_for_is_taken(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_RESET, VDEVFW_CAUSE_WATCHDOG);
	KUNIT_EXPECT_EQ(test, take(f)->pending, BIT(VDEVFW_ASK_RESET));
	KUNIT_EXPECT_EQ(test, f->pass.asked.value[VDEVFW_ASK_RESET], VDEVFW_CAUSE_WATCHDOG);
}

static void what_was_taken_is_not_taken_again(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_RESET, 1);
	by_host(f, VDEVFW_ASK_SHUTDOWN, 1);
	take(f);
	KUNIT_EXPECT_EQ(test, take(f)->pending, 0);
}

static void a_request_has_the_worker_look(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_SUSPEND, 0);
	KUNIT_EXPECT_EQ(test, f->kicks, 1);
}

static void a_request_is_seen_before_it_is_taken(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_RESET, 1);
	by_host(f, VDEVFW_ASK_SUSPEND, 0);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests),
			BIT(VDEVFW_ASK_RESET) | BIT(VDEVFW_ASK_SUSPEND));
}

static void what_was_taken_is_pending_until_it_is_done(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_RESET, 1);
	by_host(f, VDEVFW_ASK_SUSPEND, 0);
	take(f);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests),
			BIT(VDEVFW_ASK_RESET) | BIT(VDEVFW_ASK_SUSPEND));
	vdevfw_requests_done(&f->requests);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests), 0);
}

static void what_comes_meanwhile_is_pending_afterwards(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_RESET, 1);
	take(f);
	by_vdev(f, VDEVFW_ASK_STOP, PAUSED);
	vdevfw_requests_done(&f->requests);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests), BIT(VDEVFW_ASK_STOP));
}

static void all_reasons_to_stop_are_kept(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_vdev(f, VDEVFW_ASK_STOP, PAUSED);
	by_host(f, VDEVFW_ASK_STOP, BIT(VDEVFW_STATE_WATCHDOG));
	KUNIT_EXPECT_EQ(test, take(f)->value[VDEVFW_ASK_STOP],
			IO_ERROR | PAUSED | BIT(VDEVFW_STATE_WATCHDOG));
}

static void reasons_that_were_taken_do_not_come_back(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_host(f, VDEVFW_ASK_STOP, BIT(VDEVFW_STATE_SHUTDOWN));
	take(f);
	by_vdev(f, VDEVFW_ASK_STOP, PAUSED);
	KUNIT_EXPECT_EQ(test, take(f)->value[VDEVFW_ASK_STOP], PAUSED);
}

static void a_pass_without_a_stop_has_no_reasons(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	take(f);
	by_vdev(f, VDEVFW_ASK_SUSPEND, 0);
	KUNIT_EXPECT_EQ(test, take(f)->value[VDEVFW_ASK_STOP], 0);
}

static void of_the_same_request_the_last_value_counts(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_WAKEUP, 1);
	by_vdev(f, VDEVFW_ASK_WAKEUP, 2);
	KUNIT_EXPECT_EQ(test, take(f)->value[VDEVFW_ASK_WAKEUP], 2);
}

static void of_the_same_request_the_host_counts(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_host(f, VDEVFW_ASK_RESET, VDEVFW_CAUSE_HOST_COMMAND);
	by_vdev(f, VDEVFW_ASK_RESET, VDEVFW_CAUSE_GUEST_RESET);
	KUNIT_EXPECT_EQ(test, take(f)->value[VDEVFW_ASK_RESET], VDEVFW_CAUSE_HOST_COMMAND);
}

/*
 * Generations
 */

static void a_reason_from_before_a_reset_is_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 old = vdevfw_requests_generation(&f->requests);

	vdevfw_requests_forget(&f->requests);
	KUNIT_EXPECT_EQ(test, post_with_cause(f, VDEVFW_ASK_STOP, IO_ERROR, old), 0);
	KUNIT_EXPECT_EQ(test, take(f)->pending, 0);
}

static void a_reason_from_before_a_reset_leaves_no_trace(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 old = vdevfw_requests_generation(&f->requests);

	vdevfw_requests_forget(&f->requests);
	post_with_cause(f, VDEVFW_ASK_STOP, IO_ERROR, old);
	KUNIT_EXPECT_EQ(test, f->kicks, 0);
	KUNIT_EXPECT_EQ(test, vdevfw_events_head(&f->events), 0);
}

static void a_reset_forgets_what_vdevs_have_asked_for(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_vdev(f, VDEVFW_ASK_DEBUG, 0);
	by_vdev(f, VDEVFW_ASK_SHUTDOWN, 1);
	vdevfw_requests_forget(&f->requests);
	KUNIT_EXPECT_EQ(test, take(f)->pending, 0);
	KUNIT_EXPECT_EQ(test, f->pass.asked.value[VDEVFW_ASK_STOP], 0);
}

static void a_reset_forgets_nothing_of_the_host(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_host(f, VDEVFW_ASK_STOP, PAUSED);
	vdevfw_requests_forget(&f->requests);
	KUNIT_EXPECT_EQ(test, take(f)->value[VDEVFW_ASK_STOP], PAUSED);
}

static void each_reset_has_a_number(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, vdevfw_requests_generation(&f->requests), 0);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_forget(&f->requests), 1);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_forget(&f->requests), 2);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_generation(&f->requests), 2);
}

/*
 * Tickets, causes, and the end
 */

static void each_request_has_a_ticket_of_its_own(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 first = by_vdev(f, VDEVFW_ASK_STOP, PAUSED);
	u64 second = by_host(f, VDEVFW_ASK_STOP, PAUSED);

	KUNIT_EXPECT_GT(test, first, 0);
	KUNIT_EXPECT_GT(test, second, first);
}

static void a_pass_has_the_newest_ticket(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 ticket;

	by_vdev(f, VDEVFW_ASK_STOP, PAUSED);
	ticket = by_vdev(f, VDEVFW_ASK_RESET, 1);
	take(f);
	KUNIT_EXPECT_EQ(test, f->pass.ticket, ticket);
}

static void a_stop_that_was_taken_alone_leaves_its_ticket(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 ticket = by_host(f, VDEVFW_ASK_STOP, PAUSED);

	vdevfw_requests_take_stop(&f->requests);
	take(f);
	KUNIT_EXPECT_EQ(test, f->pass.ticket, ticket);
}

static void the_cause_is_told_before_the_worker_looks(struct kunit *test)
{
	struct fixture *f = test->priv;

	post_with_cause(f, VDEVFW_ASK_STOP, IO_ERROR, 0);
	KUNIT_EXPECT_EQ(test, f->events_at_kick, 1);
}

static void the_cause_tells_who_wants_what(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct vdevfw_event *event = &f->events.ring[1];

	post_with_cause(f, VDEVFW_ASK_STOP, IO_ERROR, 0);
	KUNIT_EXPECT_EQ(test, event->type, VDEVFW_EVENT_CAUSE);
	KUNIT_EXPECT_EQ(test, event->vdev, 7);
	KUNIT_EXPECT_EQ(test, event->value, VDEVFW_ASK_STOP);
	KUNIT_EXPECT_EQ(test, event->detail, IO_ERROR);
	KUNIT_EXPECT_STREQ(test, (const char *)event->text, "why");
}

static void at_the_end_it_is_too_late(struct kunit *test)
{
	struct fixture *f = test->priv;

	vdevfw_requests_close(&f->requests);
	KUNIT_EXPECT_EQ(test, by_vdev(f, VDEVFW_ASK_STOP, PAUSED), 0);
	KUNIT_EXPECT_EQ(test, by_host(f, VDEVFW_ASK_RESET, 1), 0);
	KUNIT_EXPECT_EQ(test, f->kicks, 0);
}

/*
 * A stop alone
 */

static void a_stop_can_be_taken_alone(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_host(f, VDEVFW_ASK_STOP, PAUSED);
	by_vdev(f, VDEVFW_ASK_DEBUG, 0);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_take_stop(&f->requests), IO_ERROR | PAUSED | DEBUG);
}

static void a_stop_that_was_taken_alone_is_pending_until_it_is_done(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_host(f, VDEVFW_ASK_DEBUG, 0);
	vdevfw_requests_take_stop(&f->requests);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests),
			BIT(VDEVFW_ASK_STOP) | BIT(VDEVFW_ASK_DEBUG));
	vdevfw_requests_done(&f->requests);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_pending(&f->requests), 0);
}

static void who_takes_a_stop_leaves_the_rest(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_STOP, IO_ERROR);
	by_host(f, VDEVFW_ASK_DEBUG, 0);
	by_vdev(f, VDEVFW_ASK_RESET, 3);
	by_host(f, VDEVFW_ASK_SUSPEND, 0);
	vdevfw_requests_take_stop(&f->requests);
	KUNIT_EXPECT_EQ(test, take(f)->pending, BIT(VDEVFW_ASK_RESET) | BIT(VDEVFW_ASK_SUSPEND));
	KUNIT_EXPECT_EQ(test, f->pass.asked.value[VDEVFW_ASK_STOP], 0);
	KUNIT_EXPECT_EQ(test, f->pass.asked.value[VDEVFW_ASK_RESET], 3);
}

static void without_a_stop_there_is_none_to_take(struct kunit *test)
{
	struct fixture *f = test->priv;

	by_vdev(f, VDEVFW_ASK_RESET, 3);
	KUNIT_EXPECT_EQ(test, vdevfw_requests_take_stop(&f->requests), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_is_pending_at_first),
	KUNIT_CASE(what_was_asked_for_is_taken),
	KUNIT_CASE(what_was_taken_is_not_taken_again),
	KUNIT_CASE(a_request_has_the_worker_look),
	KUNIT_CASE(a_request_is_seen_before_it_is_taken),
	KUNIT_CASE(what_was_taken_is_pending_until_it_is_done),
	KUNIT_CASE(what_comes_meanwhile_is_pending_afterwards),
	KUNIT_CASE(all_reasons_to_stop_are_kept),
	KUNIT_CASE(reasons_that_were_taken_do_not_come_back),
	KUNIT_CASE(a_pass_without_a_stop_has_no_reasons),
	KUNIT_CASE(of_the_same_request_the_last_value_counts),
	KUNIT_CASE(of_the_same_request_the_host_counts),
	KUNIT_CASE(a_reason_from_before_a_reset_is_refused),
	KUNIT_CASE(a_reason_from_before_a_reset_leaves_no_trace),
	KUNIT_CASE(a_reset_forgets_what_vdevs_have_asked_for),
	KUNIT_CASE(a_reset_forgets_nothing_of_the_host),
	KUNIT_CASE(each_reset_has_a_number),
	KUNIT_CASE(each_request_has_a_ticket_of_its_own),
	KUNIT_CASE(a_pass_has_the_newest_ticket),
	KUNIT_CASE(a_stop_that_was_taken_alone_leaves_its_ticket),
	KUNIT_CASE(the_cause_is_told_before_the_worker_looks),
	KUNIT_CASE(the_cause_tells_who_wants_what),
	KUNIT_CASE(at_the_end_it_is_too_late),
	KUNIT_CASE(a_stop_can_be_taken_alone),
	KUNIT_CASE(a_stop_that_was_taken_alone_is_pending_until_it_is_done),
	KUNIT_CASE(who_takes_a_stop_leaves_the_rest),
	KUNIT_CASE(without_a_stop_there_is_none_to_take),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-requests",
	.init = init,
	.test_cases = cases,
};
kunit_test_suite(suite);
