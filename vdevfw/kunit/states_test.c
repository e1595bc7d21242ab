// SPDX-License-Identifier: GPL-2.0-only
/* Tests of life/states.c. */
#include <kunit/test.h>
#include <linux/string.h>

#include "../life/states.h"

#define STATE(name)	VDEVFW_STATE_##name
#define TO(name)	BIT(VDEVFW_STATE_##name)

/* Which states there are, but for those that are reserved; and what follows each of them. */
static const struct state_case {
	enum vdevfw_state state;
	u32 followers;
} state_cases[] = {
	{ STATE(CONFIG), TO(CONFIGURED) | TO(DYING) },
	{ STATE(CONFIGURED), TO(RUNNING) | TO(SUSPENDED) | TO(RESTORE) | TO(DYING) },
	{ STATE(RUNNING), TO(PAUSED) | TO(DEBUG) | TO(IO_ERROR) | TO(INTERNAL_ERROR) |
	  TO(WATCHDOG) | TO(GUEST_PANICKED) | TO(SUSPENDED) | TO(SHUTDOWN) | TO(SAVE) |
	  TO(RESTORE) | TO(DYING) },
	{ STATE(PAUSED), TO(RUNNING) | TO(SUSPENDED) | TO(SAVE) | TO(RESTORE) | TO(CONFIGURED) |
	  TO(DYING) },
	{ STATE(DEBUG), TO(RUNNING) | TO(SUSPENDED) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	{ STATE(IO_ERROR), TO(RUNNING) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	{ STATE(INTERNAL_ERROR), TO(PAUSED) | TO(CONFIGURED) | TO(DYING) },
	{ STATE(WATCHDOG), TO(RUNNING) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	{ STATE(GUEST_PANICKED), TO(RUNNING) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	{ STATE(SUSPENDED), TO(RUNNING) | TO(PAUSED) | TO(SAVE) | TO(RESTORE) | TO(SHUTDOWN) |
	  TO(CONFIGURED) | TO(DYING) },
	{ STATE(SHUTDOWN), TO(PAUSED) | TO(CONFIGURED) | TO(DYING) },
	{ STATE(SAVE), TO(RUNNING) | TO(SUSPENDED) | TO(PAUSED) | TO(DYING) },
	{ STATE(RESTORE), TO(RUNNING) | TO(SUSPENDED) | TO(PAUSED) | TO(CONFIGURED) | TO(DYING) },
	{ STATE(DYING), TO(DEAD) },
	{ STATE(DEAD), 0 },
	{ STATE(INMIGRATE), 0 },
	{ STATE(FINISH_MIGRATE), 0 },
	{ STATE(POSTMIGRATE), 0 },
	{ STATE(COLO), 0 },
};

static void describe_state(const struct state_case *c, char *desc)
{
	strscpy(desc, vdevfw_state_name(c->state), KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(state, state_cases, describe_state);

static void only_some_states_follow(struct kunit *test)
{
	const struct state_case *c = test->param_value;
	enum vdevfw_state to;

	for (to = 0; to < VDEVFW_STATES; to++)
		KUNIT_EXPECT_EQ_MSG(test, vdevfw_state_follows(c->state, to),
				    !!(c->followers & BIT(to)), "to %s", vdevfw_state_name(to));
}

static void nothing_follows_what_is_no_state(struct kunit *test)
{
	enum vdevfw_state to;

	for (to = 0; to < VDEVFW_STATES; to++) {
		KUNIT_EXPECT_FALSE(test, vdevfw_state_follows(VDEVFW_STATES, to));
		KUNIT_EXPECT_FALSE(test, vdevfw_state_follows(U32_MAX, to));
	}
}

static void what_is_no_state_follows_nothing(struct kunit *test)
{
	const struct state_case *c = test->param_value;

	KUNIT_EXPECT_FALSE(test, vdevfw_state_follows(c->state, VDEVFW_STATES));
	KUNIT_EXPECT_FALSE(test, vdevfw_state_follows(c->state, BITS_PER_TYPE(u32)));
	KUNIT_EXPECT_FALSE(test, vdevfw_state_follows(c->state, U32_MAX));
}

static void every_state_has_a_name_of_its_own(struct kunit *test)
{
	const struct state_case *c = test->param_value;
	enum vdevfw_state other;

	KUNIT_EXPECT_GT(test, strlen(vdevfw_state_name(c->state)), 0);
	for (other = 0; other < VDEVFW_STATES; other++)
		if (other != c->state)
			KUNIT_EXPECT_STRNEQ(test, vdevfw_state_name(c->state),
					    vdevfw_state_name(other));
}

static void what_is_no_state_is_unknown(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, vdevfw_state_name(VDEVFW_STATES), "unknown");
	KUNIT_EXPECT_STREQ(test, vdevfw_state_name(U32_MAX), "unknown");
}

static void a_guest_lives_that_runs_or_sleeps(struct kunit *test)
{
	enum vdevfw_state state;

	for (state = 0; state < VDEVFW_STATES; state++)
		KUNIT_EXPECT_EQ(test, vdevfw_is_live(state),
				state == STATE(RUNNING) || state == STATE(SUSPENDED));
}

static void a_guest_needs_a_reset_that_cannot_run_on(struct kunit *test)
{
	const struct state_case *c = test->param_value;

	if (vdevfw_is_stopped(c->state))
		KUNIT_EXPECT_EQ(test, vdevfw_needs_reset(c->state),
				!(c->followers & TO(RUNNING)));
	else
		KUNIT_EXPECT_FALSE(test, vdevfw_needs_reset(c->state));
}

static void a_guest_has_stopped_that_ran_before(struct kunit *test)
{
	static const u32 stopped = VDEVFW_STOP_STATES | TO(SAVE) | TO(RESTORE);
	enum vdevfw_state state;

	for (state = 0; state < VDEVFW_STATES; state++)
		KUNIT_EXPECT_EQ_MSG(test, vdevfw_is_stopped(state), !!(stopped & BIT(state)),
				    "%s", vdevfw_state_name(state));
}

/*
 * Gravity
 */

static const enum vdevfw_state by_gravity[] = {
	STATE(INTERNAL_ERROR), STATE(GUEST_PANICKED), STATE(SHUTDOWN), STATE(IO_ERROR),
	STATE(WATCHDOG), STATE(DEBUG), STATE(PAUSED), STATE(SAVE),
};

static void the_gravest_reason_counts(struct kunit *test)
{
	unsigned int grave, other;

	for (grave = 0; grave < ARRAY_SIZE(by_gravity); grave++)
		for (other = grave; other < ARRAY_SIZE(by_gravity); other++)
			KUNIT_EXPECT_EQ(test, vdevfw_gravest(BIT(by_gravity[grave]) |
							     BIT(by_gravity[other])),
					by_gravity[grave]);
}

static void all_that_a_guest_can_be_asked_for_has_a_gravity(struct kunit *test)
{
	u32 states = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by_gravity); i++)
		states |= BIT(by_gravity[i]);
	KUNIT_EXPECT_EQ(test, VDEVFW_STOP_STATES | TO(SAVE), states);
}

static void the_gravest_reason_is_one_of_them(struct kunit *test)
{
	static const u32 all = VDEVFW_STOP_STATES | TO(SAVE) | TO(RESTORE);
	u32 reasons;

	for (reasons = 1; reasons <= all; reasons++)
		if (!(reasons & ~all) && !(BIT(vdevfw_gravest(reasons)) & reasons))
			KUNIT_FAIL(test, "0x%x: %s", reasons,
				   vdevfw_state_name(vdevfw_gravest(reasons)));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(only_some_states_follow, state_gen_params),
	KUNIT_CASE(nothing_follows_what_is_no_state),
	KUNIT_CASE_PARAM(what_is_no_state_follows_nothing, state_gen_params),
	KUNIT_CASE_PARAM(every_state_has_a_name_of_its_own, state_gen_params),
	KUNIT_CASE(what_is_no_state_is_unknown),
	KUNIT_CASE(a_guest_lives_that_runs_or_sleeps),
	KUNIT_CASE_PARAM(a_guest_needs_a_reset_that_cannot_run_on, state_gen_params),
	KUNIT_CASE(a_guest_has_stopped_that_ran_before),
	KUNIT_CASE(the_gravest_reason_counts),
	KUNIT_CASE(all_that_a_guest_can_be_asked_for_has_a_gravity),
	KUNIT_CASE(the_gravest_reason_is_one_of_them),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-states",
	.test_cases = cases,
};
kunit_test_suite(suite);
