// SPDX-License-Identifier: GPL-2.0-only
/* Tests of drivers/vdev-wdt-ib700.c, which is part of this file. */
#include "wdt_bed.h"

#undef module_vdev_factory
#define module_vdev_factory(...)
#include "../../drivers/vdev-wdt-ib700.c"

#define IO	VDEVFW_BUS_IO

static void start(struct kunit *test)
{
	wdt_start(test, "wdt-ib700", NO_OPTIONS);
}

static const struct registers_bed bed = {
	.table = &ib700_table, .bus = IO, .base = LOCATION, .start = start,
};
REGISTERS_TESTS(bed)

enum { STOP, START };

static int init(struct kunit *test)
{
	int err = testbed_init(test);

	ib700_factory.name = "wdt-ib700";
	return err ?: vdev_register_factory(&ib700_factory, QVM_VDEV_ABI);
}

static void leave(struct kunit *test)
{
	vdev_unregister_factory(&ib700_factory);
}

/*
 * Biting
 */

/* As the manual has it, and Linux programs it. */
static void each_level_gives_two_seconds_less(struct kunit *test)
{
	unsigned int level;

	for (level = 0; level < 15; level++) {
		start(test);
		registers_write(test, &bed, START, level);
		wdt_pass((30 - 2 * level) * NSEC_PER_SEC - 1);
		KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
		wdt_pass(1);
		KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
		vdevfw_guest_destroy(wdt_guest);
	}
}

static void the_last_level_bites_at_once(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, START, 15);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 1);
}

static void only_four_bits_count(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, START, 0xfe);
	wdt_pass(2 * NSEC_PER_SEC - 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void a_write_in_time_puts_it_off(struct kunit *test)
{
	unsigned int i;

	start(test);
	for (i = 0; i < 100; i++) {
		registers_write(test, &bed, START, 14);
		wdt_pass(2 * NSEC_PER_SEC - 1);
	}
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void a_write_may_bring_it_forward(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, START, 0);
	wdt_pass(NSEC_PER_SEC);
	registers_write(test, &bed, START, 14);
	wdt_pass(2 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void stopped_it_does_not_bite(struct kunit *test)
{
	static const u8 values[] = { 0, 0x0f, 0xff };
	unsigned int i;

	start(test);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		registers_write(test, &bed, START, 14);
		wdt_pass(NSEC_PER_SEC);
		registers_write(test, &bed, STOP, values[i]);
		wdt_pass(100 * NSEC_PER_SEC);
	}
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
}

static void never_started_it_does_not_bite(struct kunit *test)
{
	start(test);
	wdt_pass(1000 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

static void too_late_is_too_late(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, START, 14);
	testbed_fall_behind(wdt_guest);
	fake_time_advance(2 * NSEC_PER_SEC);
	registers_write(test, &bed, START, 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 1);
	testbed_catch_up(wdt_guest);
}

static void too_late_is_too_late_for_a_stop(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, START, 14);
	testbed_fall_behind(wdt_guest);
	fake_time_advance(2 * NSEC_PER_SEC);
	registers_write(test, &bed, STOP, 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	testbed_catch_up(wdt_guest);
}

static void while_the_machine_is_stopped_it_waits(struct kunit *test)
{
	struct testbed *testbed = test->priv;

	start(test);
	registers_write(test, &bed, START, 14);
	wdt_pass(NSEC_PER_SEC);
	KUNIT_ASSERT_EQ(test, testbed_stop(wdt_guest, &testbed->msg), 0);
	wdt_pass(3600 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	testbed_must_start(test, wdt_guest);
	wdt_pass(NSEC_PER_SEC - 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

/*
 * Ports
 */

static void between_its_ports_and_in_other_sizes_nothing_is_served(struct kunit *test)
{
	start(test);
	registers_write_at(test, &bed, 1, 1, 0x0f);
	registers_write_at(test, &bed, 0, 2, 0x0f0f);
	registers_write_at(test, &bed, 1, 2, 0x0f0f);
	KUNIT_EXPECT_EQ(test, registers_read_at(test, &bed, 2, 1), 0xff);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

static void another_place_is_as_good(struct kunit *test)
{
	u8 level = 15;

	wdt_start(test, "wdt-ib700", OPTIONS("loc=io:0x7001"));
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, IO, LOCATION + 2, 1, &level), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, IO, 0x7003, 1, &level), 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

/*
 * Options and status
 */

struct option_case {
	const char *name;
	const char *options;
	size_t len;
	int err;
	const char *says;
};

static const struct option_case option_cases[] = {
	{ "terminate", OPTIONS("action=terminate"), 0, "" },
	{ "dump,terminate", OPTIONS("action=dump,terminate"), 0, "" },
	{ "fiq", OPTIONS("action=fiq"), -EINVAL,
	  "option action: \"fiq\" is none of the words; allowed: terminate, dump,terminate" },
	{ "dump", OPTIONS("action=dump"), -EINVAL, "is none of the words" },
	{ "no action", OPTIONS("action"), -ENODATA, "needs an argument" },
	{ "memory", OPTIONS("loc=mem:0x1000"), -EOPNOTSUPP, "allowed: io:PORT" },
	{ "an interrupt", OPTIONS("intr=ioapic:5"), -EOPNOTSUPP, "it has no interrupt" },
	{ "frequency", OPTIONS("frequency=5"), -ENOPROTOOPT, "unknown option" },
};

KUNIT_ARRAY_PARAM_DESC(option, option_cases, name);

static void options_are_taken_or_refused(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct testbed *testbed = test->priv;
	struct guest_system *gsp = testbed_guest(test, 0);

	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "wdt-ib700", c->options, c->len, NULL, NULL),
			c->err);
	EXPECT_SAYS(test, testbed->msg.text, c->says);
}

static void expect_status(struct kunit *test, const char *want)
{
	struct testbed *testbed = test->priv;
	char text[256] = "";
	struct vdevfw_report report = { .text = text, .size = sizeof(text) };

	KUNIT_ASSERT_EQ(test, vdevfw_guest_status(wdt_guest, 1, &report, &testbed->msg), 0);
	KUNIT_EXPECT_STREQ(test, text, want);
}

static void the_status_says_when_it_bites(struct kunit *test)
{
	start(test);
	expect_status(test, "vdev 1: wdt-ib700 io:0x441\n  does not bite\n");
	registers_write(test, &bed, START, 0);
	wdt_pass(1500 * MS);
	expect_status(test, "vdev 1: wdt-ib700 io:0x441\n  bites in 28500 ms\n");
	registers_write(test, &bed, STOP, 0);
	expect_status(test, "vdev 1: wdt-ib700 io:0x441\n  does not bite\n");
}

static void a_restored_one_bites_when_the_saved_one_would_have(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, START, 10);
	wdt_pass(3 * NSEC_PER_SEC);
	wdt_move(test, "wdt-ib700", NO_OPTIONS);
	wdt_pass(7 * NSEC_PER_SEC - 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), VDEVFW_EXIT_WATCHDOG);
}

static void a_restored_one_that_was_stopped_does_not_bite(struct kunit *test)
{
	start(test);
	wdt_move(test, "wdt-ib700", NO_OPTIONS);
	wdt_pass(100ull * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

static struct kunit_case cases[] = {
	REGISTERS_CASES,
	KUNIT_CASE(each_level_gives_two_seconds_less),
	KUNIT_CASE(the_last_level_bites_at_once),
	KUNIT_CASE(only_four_bits_count),
	KUNIT_CASE(a_write_in_time_puts_it_off),
	KUNIT_CASE(a_write_may_bring_it_forward),
	KUNIT_CASE(stopped_it_does_not_bite),
	KUNIT_CASE(never_started_it_does_not_bite),
	KUNIT_CASE(too_late_is_too_late),
	KUNIT_CASE(too_late_is_too_late_for_a_stop),
	KUNIT_CASE(while_the_machine_is_stopped_it_waits),
	KUNIT_CASE(between_its_ports_and_in_other_sizes_nothing_is_served),
	KUNIT_CASE(another_place_is_as_good),
	KUNIT_CASE_PARAM(options_are_taken_or_refused, option_gen_params),
	KUNIT_CASE(the_status_says_when_it_bites),
	KUNIT_CASE(a_restored_one_bites_when_the_saved_one_would_have),
	KUNIT_CASE(a_restored_one_that_was_stopped_does_not_bite),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-wdt-ib700",
	.init = init,
	.exit = leave,
	.test_cases = cases,
};
kunit_test_suite(suite);
