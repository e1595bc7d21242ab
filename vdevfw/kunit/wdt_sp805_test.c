// SPDX-License-Identifier: GPL-2.0-only
/* Tests of drivers/vdev-wdt-sp805.c, which is part of this file. */
#include <linux/prandom.h>

#include "../vdev/vdev.h"
#include "wdt_bed.h"

#undef module_vdev_factory
#define module_vdev_factory(...)
#include "../../drivers/vdev-wdt-sp805.c"

#define MEM	VDEVFW_BUS_MEM
#define LINE	10
#define SLOW	"frequency=1000\0intr=ioapic:10"	/* a tick is a millisecond */
#define FAST	"frequency=1000000\0intr=ioapic:10\0action=fiq"

/* All take some seconds where nothing looks over the kernel's shoulder. */
#define LESS	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_PROVE_LOCKING) ? 16 : 1)

static void start(struct kunit *test)
{
	wdt_start(test, "wdt-sp805", OPTIONS(SLOW));
}

static const struct registers_bed bed = {
	.table = &sp805_table, .bus = MEM, .base = LOCATION, .start = start,
};
REGISTERS_TESTS(bed)
PLAIN_REGISTERS_TESTS(bed)

static int init(struct kunit *test)
{
	int err = testbed_init(test);

	sp805_factory.name = "wdt-sp805";
	return err ?: vdev_register_factory(&sp805_factory, QVM_VDEV_ABI);
}

static void leave(struct kunit *test)
{
	vdev_unregister_factory(&sp805_factory);
}

#define GET(index)		registers_read(test, &bed, index)
#define PUT(index, value)	registers_write(test, &bed, index, value)
#define BOTH			(CONTROL_INTEN | CONTROL_RESEN)

/* Counts down from @load, in milliseconds. */
static void start_counting(struct kunit *test, u32 load, u32 control)
{
	start(test);
	PUT(LOAD, load);
	PUT(CONTROL, control);
}

/*
 * Two stages
 */

static const u32 loads[] = { 1, 2, 3, 10, 1000, 60000, U32_MAX };

static void load_to_desc(const u32 *load, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u", *load);
}

KUNIT_ARRAY_PARAM(load, loads, load_to_desc);

static void at_0_it_raises_the_interrupt(struct kunit *test)
{
	u64 load = *(const u32 *)test->param_value;

	start_counting(test, load, BOTH);
	wdt_pass(load * MS - 1);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, GET(RIS), 0);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 1);
	wdt_pass(2);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
	KUNIT_EXPECT_EQ(test, GET(MIS), 1);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

static void at_0_again_it_bites(struct kunit *test)
{
	u64 load = *(const u32 *)test->param_value;

	start_counting(test, load, BOTH);
	wdt_pass((2 * load + 1) * MS - 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 1);
	wdt_pass(2);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void cleared_in_time_it_never_bites(struct kunit *test)
{
	u64 load = *(const u32 *)test->param_value;
	unsigned int i;

	start_counting(test, load, BOTH);
	for (i = 0; i < 20; i++) {
		wdt_pass((2 * load + 1) * MS - 1);
		KUNIT_EXPECT_EQ(test, GET(RIS), 1);
		PUT(INTCLR, i);
		KUNIT_EXPECT_EQ(test, GET(RIS), 0);
		KUNIT_EXPECT_EQ(test, GET(VALUE), load);
		KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	}
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 20);
	wdt_pass((2 * load + 1) * MS + 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void loaded_in_time_it_does_not_even_interrupt(struct kunit *test)
{
	unsigned int i;

	start_counting(test, 1000, BOTH);
	for (i = 0; i < 20; i++) {
		wdt_pass(1000 * MS - 1);
		PUT(LOAD, 1000);
	}
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 0);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 1000);
}

static void without_resen_it_interrupts_only(struct kunit *test)
{
	start_counting(test, 10, CONTROL_INTEN);
	wdt_pass(10 * MS + 1);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
	wdt_pass(1000000 * MS);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	/* From now on, what comes next counts. */
	PUT(CONTROL, BOTH);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(11 * MS + 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void without_inten_it_does_nothing(struct kunit *test)
{
	start_counting(test, 10, CONTROL_RESEN);
	wdt_pass(1000 * MS);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 10);
	KUNIT_EXPECT_EQ(test, GET(RIS), 0);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
}

/* The manual's minimum is 1; Linux loads 0 to restart the machine. */
static void from_0_it_interrupts_at_once_and_bites_a_tick_later(struct kunit *test)
{
	start_counting(test, 0, BOTH);
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 0);
	wdt_pass(MS - 1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(2);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void without_an_interrupt_it_bites_as_well(struct kunit *test)
{
	wdt_start(test, "wdt-sp805", OPTIONS("frequency=1000"));
	PUT(LOAD, 10);
	PUT(CONTROL, BOTH);
	wdt_pass(21 * MS);
	KUNIT_EXPECT_EQ(test, GET(MIS), 1);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

/*
 * The counter
 */

static void its_value_goes_down_a_tick_at_a_time(struct kunit *test)
{
	unsigned int i;

	start_counting(test, 7, CONTROL_INTEN);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, GET(VALUE), 7 - i % 8);
		wdt_pass(MS - 1);
		KUNIT_EXPECT_EQ(test, GET(VALUE), 7 - i % 8);
		wdt_pass(1);
	}
}

static void disabled_it_keeps_its_value(struct kunit *test)
{
	start_counting(test, 100, BOTH);
	wdt_pass(30 * MS);
	PUT(CONTROL, CONTROL_RESEN);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 70);
	wdt_pass(1000 * MS);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 70);
	PUT(CONTROL, BOTH);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 100);
	wdt_pass(100 * MS);
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
}

static void another_write_of_the_same_control_reloads_nothing(struct kunit *test)
{
	start_counting(test, 100, BOTH);
	wdt_pass(30 * MS);
	PUT(CONTROL, BOTH);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 70);
	PUT(CONTROL, CONTROL_INTEN);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 70);
}

static void disabled_it_is_loaded_and_stands(struct kunit *test)
{
	start(test);
	PUT(LOAD, 5);
	wdt_pass(100 * MS);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 5);
	PUT(LOAD, 0);
	KUNIT_EXPECT_EQ(test, GET(RIS), 0);
}

static void disabled_the_interrupt_is_masked_and_stays(struct kunit *test)
{
	start_counting(test, 10, BOTH);
	wdt_pass(11 * MS);
	PUT(CONTROL, 0);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
	KUNIT_EXPECT_EQ(test, GET(MIS), 0);
	PUT(CONTROL, CONTROL_INTEN);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	PUT(CONTROL, 0);
	PUT(INTCLR, 0);
	KUNIT_EXPECT_EQ(test, GET(RIS), 0);
}

struct frequency_case {
	const char *name;
	const char *options;
	size_t len;
	u32 load;
	u64 ns;		/* until the interrupt, rounded up */
};

static const struct frequency_case frequency_cases[] = {
	{ "1 Hz", OPTIONS("frequency=1"), 3, 3 * NSEC_PER_SEC },
	{ "3 Hz", OPTIONS("frequency=3"), 1, 333333334 },
	{ "7 Hz for a day", OPTIONS("frequency=7"), 604799, 86399857142858 },
	{ "the default", OPTIONS("action=terminate"), 25000000, NSEC_PER_SEC },
	{ "the most", OPTIONS("frequency=1000000000"), 12345, 12345 },
	{ "1 Hz, 136 years", OPTIONS("frequency=1"), U32_MAX, U32_MAX * NSEC_PER_SEC },
	{ "the most, 4 seconds", OPTIONS("frequency=1000000000"), U32_MAX, U32_MAX },
};

KUNIT_ARRAY_PARAM_DESC(frequency, frequency_cases, name);

static void the_frequency_says_how_long_a_tick_is(struct kunit *test)
{
	const struct frequency_case *c = test->param_value;

	wdt_start(test, "wdt-sp805", c->options, c->len);
	PUT(LOAD, c->load);
	PUT(CONTROL, BOTH);
	wdt_pass(c->ns - 1);
	KUNIT_EXPECT_EQ(test, GET(RIS), 0);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
}

/*
 * What a guest may do, and a host that is late
 */

/* A tick of a nanosecond, and the guest clears as often as it can: a timer each time, no more. */
static void the_shortest_period_costs_nothing_between_accesses(struct kunit *test)
{
	unsigned int i;

	wdt_start(test, "wdt-sp805", OPTIONS("frequency=1000000000"));
	PUT(LOAD, 1);
	PUT(CONTROL, CONTROL_INTEN);
	for (i = 0; i < 200; i++) {
		wdt_pass(1000000);
		KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
		KUNIT_EXPECT_EQ(test, GET(RIS), 1);
		PUT(INTCLR, 0);
	}
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

static void what_was_due_comes_before_an_access(struct kunit *test)
{
	start_counting(test, 10, BOTH);
	testbed_fall_behind(wdt_guest);
	fake_time_advance(10 * MS);
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	fake_time_advance(11 * MS);
	PUT(INTCLR, 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	testbed_catch_up(wdt_guest);
}

static void a_write_that_lets_it_bite_is_the_vcpus_last(struct kunit *test)
{
	start(test);
	PUT(ITCR, 1);
	PUT(ITOP, ITOP_RESET);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 1);
}

static void both_stages_may_be_due_at_once(struct kunit *test)
{
	start_counting(test, 10, BOTH);
	testbed_fall_behind(wdt_guest);
	fake_time_advance(1000 * MS);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	testbed_catch_up(wdt_guest);
}

static void a_control_write_is_judged_by_what_was_before(struct kunit *test)
{
	start_counting(test, 10, CONTROL_INTEN);
	testbed_fall_behind(wdt_guest);
	fake_time_advance(100 * MS);
	PUT(CONTROL, BOTH);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
	fake_time_advance(11 * MS);
	PUT(CONTROL, 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
	testbed_catch_up(wdt_guest);
}

static void while_the_machine_is_stopped_it_stands(struct kunit *test)
{
	struct testbed *testbed = test->priv;

	start_counting(test, 100, BOTH);
	wdt_pass(150 * MS);
	KUNIT_ASSERT_EQ(test, testbed_stop(wdt_guest, &testbed->msg), 0);
	wdt_pass(3600 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	testbed_must_start(test, wdt_guest);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 51);
	wdt_pass(51 * MS);
	KUNIT_EXPECT_EQ(test, GET(VALUE), 0);
	wdt_pass(1);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

/*
 * Lock, test, identification
 */

static void locked_nothing_but_the_lock_is_written(struct kunit *test)
{
	static const u32 keys[] = { 0, 1, KEY - 1, KEY + 1, U32_MAX };
	unsigned int i;

	start(test);
	KUNIT_EXPECT_EQ(test, GET(LOCK), 0);
	PUT(LOAD, 500);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		PUT(LOCK, keys[i]);
		KUNIT_EXPECT_EQ(test, GET(LOCK), 1);
		PUT(LOAD, 5);
		PUT(CONTROL, BOTH);
		PUT(ITCR, 1);
		KUNIT_EXPECT_EQ(test, GET(LOAD), 500);
		KUNIT_EXPECT_EQ(test, GET(CONTROL), 0);
		KUNIT_EXPECT_EQ(test, GET(ITCR), 0);
	}
	PUT(LOCK, KEY);
	KUNIT_EXPECT_EQ(test, GET(LOCK), 0);
	PUT(CONTROL, BOTH);
	KUNIT_EXPECT_EQ(test, GET(CONTROL), BOTH);
}

static void locked_it_is_not_cleared(struct kunit *test)
{
	start_counting(test, 10, BOTH);
	PUT(LOCK, 1);
	wdt_pass(11 * MS);
	PUT(INTCLR, 0);
	KUNIT_EXPECT_EQ(test, GET(RIS), 1);
	wdt_pass(11 * MS);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void in_the_integration_test_itop_goes_out(struct kunit *test)
{
	start(test);
	PUT(ITOP, ITOP_INTR);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	PUT(ITCR, 1);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, GET(RIS), 0);
	KUNIT_EXPECT_EQ(test, GET(ITOP), 0);
	PUT(ITOP, 0);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	PUT(ITOP, ITOP_INTR);
	PUT(ITCR, 0);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	PUT(ITCR, 1);
	PUT(ITOP, ITOP_RESET);
	KUNIT_EXPECT_EQ(test, wdt_cause(), GTC_WATCHDOG);
}

static void in_the_integration_test_the_counter_does_not_bite(struct kunit *test)
{
	start_counting(test, 10, BOTH);
	PUT(ITCR, 1);
	wdt_pass(1000 * MS);
	KUNIT_EXPECT_EQ(test, GET(MIS), 1);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	PUT(INTCLR, 0);
	PUT(ITCR, 0);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

/* What drivers/amba/ of Linux makes of it. */
static void it_is_an_sp805(struct kunit *test)
{
	u32 part = 0, cell = 0;
	unsigned int i;

	start(test);
	for (i = 0; i < 4; i++) {
		part |= registers_read_at(test, &bed, 0xfe0 + i * 4, 4) << i * 8;
		cell |= registers_read_at(test, &bed, 0xff0 + i * 4, 4) << i * 8;
	}
	KUNIT_EXPECT_EQ(test, part, 0x00141805);
	KUNIT_EXPECT_EQ(test, cell, 0xb105f00d);
}

static void where_no_register_is_it_reads_0(struct kunit *test)
{
	u32 offset;

	start(test);
	for (offset = 0x18; offset < 0xc00; offset += 4) {
		registers_write_at(test, &bed, offset, 4, U32_MAX);
		KUNIT_EXPECT_EQ(test, registers_read_at(test, &bed, offset, 4), 0);
	}
}

/*
 * Actions, options, status
 */

static void with_fiq_the_line_has_an_edge(struct kunit *test)
{
	wdt_start(test, "wdt-sp805", OPTIONS(FAST));
	PUT(LOAD, 99);
	PUT(CONTROL, BOTH);
	wdt_pass(99001);
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 1);
	wdt_pass(100000);
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 2);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(0, LINE));
	KUNIT_EXPECT_EQ(test, GET(VALUE), 0);
	/* Once, until it is cleared. */
	wdt_pass(1000000);
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 2);
	KUNIT_EXPECT_EQ(test, fake_time_alarms(), 0);
	PUT(INTCLR, 0);
	KUNIT_EXPECT_FALSE(test, fake_kvm_line(0, LINE));
	wdt_pass(199001);
	KUNIT_EXPECT_EQ(test, fake_kvm_raised(0, LINE), 4);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
}

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
	{ "fiq", OPTIONS("action=fiq\0intr=ioapic:5"), 0, "" },
	{ "fiq without intr", OPTIONS("action=fiq"), -ENOTCONN,
	  "vdev wdt-sp805: action fiq needs the option intr" },
	{ "dump,fiq", OPTIONS("action=dump,fiq\0intr=ioapic:5"), -EINVAL,
	  "option action: \"dump,fiq\" is none of the words; allowed: terminate, dump,terminate, fiq" },
	{ "1 Hz", OPTIONS("frequency=1"), 0, "" },
	{ "1 GHz", OPTIONS("frequency=1000000000"), 0, "" },
	{ "0 Hz", OPTIONS("frequency=0"), -EDOM,
	  "option frequency: 0 is too small; allowed: 1 to 1000000000" },
	{ "more than 1 GHz", OPTIONS("frequency=1000000001"), -ERANGE, "is too large" },
	{ "no number", OPTIONS("frequency=fast"), -EINVAL, "option frequency: " },
	{ "a port", OPTIONS("loc=io:0x441"), -EOPNOTSUPP, "allowed: mem:ADDRESS" },
	{ "not aligned", OPTIONS("loc=mem:0x1002"), -EDOM, "not aligned" },
};

KUNIT_ARRAY_PARAM_DESC(option, option_cases, name);

static void options_are_taken_or_refused(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct testbed *testbed = test->priv;
	struct guest_system *gsp = testbed_guest(test, 0);

	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "wdt-sp805", c->options, c->len, NULL, NULL),
			c->err);
	EXPECT_SAYS(test, testbed->msg.text, c->says);
}

static void the_status_has_the_registers(struct kunit *test)
{
	struct testbed *testbed = test->priv;
	char text[512] = "";
	struct vdevfw_report report = { .text = text, .size = sizeof(text) };

	start_counting(test, 0x100, BOTH);
	wdt_pass(0x110 * MS);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_status(wdt_guest, 1, &report, &testbed->msg), 0);
	KUNIT_EXPECT_STREQ(test, text,
			   "vdev 1: wdt-sp805 mem:0x1c0f0000\n"
			   "  load 0x00000100\n  control 0x00000003\n"
			   "  ris 0x00000001\n  mis 0x00000001\n  lock 0x00000000\n"
			   "  itcr 0x00000000\n  itop 0x00000000\n"
			   "  intr ioapic:10: up, raised 1 times\n"
			   "  value 0x000000f1, frequency 1000, action terminate\n");
}

/*
 * Against a model that goes tick by tick
 */

#define TICK	1000	/* ns, with FAST */

/**
 * struct model - A watchdog that is too simple to be wrong
 * @reg: Its registers, as they are kept
 * @bitten: It has bitten, and stands
 * @ns: Since the last tick
 * @intr: The interrupt goes out
 * @reset: The reset goes out
 * @raised: How often the line has gone up
 */
struct model {
	u32 reg[ITOP + 1];
	bool bitten;
	u64 ns;
	bool intr;
	bool reset;
	unsigned int raised;
};

static void model_outputs(struct model *m)
{
	bool intr = m->reg[RIS] && m->reg[CONTROL] & 1;
	bool reset = m->bitten && m->reg[CONTROL] & 2;

	if (m->reg[ITCR]) {
		intr = m->reg[ITOP] & 2;
		reset = m->reg[ITOP] & 1;
	}
	m->raised += intr && !m->intr;
	m->raised += reset && !m->reset;
	m->intr = intr;
	m->reset = reset;
}

static void model_zero(struct model *m)
{
	if (m->reg[RIS] && m->reg[CONTROL] & 2)
		m->bitten = true;
	m->reg[RIS] = 1;
	model_outputs(m);
}

static void model_reload(struct model *m)
{
	m->reg[VALUE] = m->reg[LOAD];
	m->ns = 0;
	if (!m->reg[VALUE] && m->reg[CONTROL] & 1 && !m->bitten)
		model_zero(m);
}

static void model_pass(struct model *m, u64 ns)
{
	for (m->ns += ns; m->ns >= TICK; m->ns -= TICK) {
		if (!(m->reg[CONTROL] & 1) || m->bitten)
			continue;
		m->reg[VALUE] = m->reg[VALUE] ? m->reg[VALUE] - 1 : m->reg[LOAD];
		if (!m->reg[VALUE])
			model_zero(m);
	}
}

static void model_write(struct model *m, unsigned int index, u32 value)
{
	u32 old = m->reg[index];

	if (m->reg[LOCK] && index != LOCK)
		return;
	switch (index) {
	case LOAD:
		m->reg[LOAD] = value;
		model_reload(m);
		break;
	case CONTROL:
		m->reg[CONTROL] = value & 3;
		if (value & ~old & 1)
			model_reload(m);
		break;
	case INTCLR:
		m->reg[RIS] = 0;
		m->bitten = false;
		model_reload(m);
		break;
	case LOCK:
		m->reg[LOCK] = value != 0x1acce551;
		break;
	case ITCR:
		m->reg[ITCR] = value & 1;
		break;
	case ITOP:
		m->reg[ITOP] = value & 3;
		break;
	}
	model_outputs(m);
}

static u32 model_read(const struct model *m, unsigned int index)
{
	switch (index) {
	case INTCLR:
	case ITOP:
		return 0;
	case MIS:
		return m->reg[RIS] && m->reg[CONTROL] & 1;
	default:
		return m->reg[index];
	}
}

/* Which register is at an offset, or -1: none is in these four bytes, or -2: a part of one. */
static int model_find(u32 offset)
{
	static const u32 offsets[] = {
		0x000, 0x004, 0x008, 0x00c, 0x010, 0x014, 0xc00, 0xf00, 0xf04,
		0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		if (offset == offsets[i])
			return i;
		if (offset + 4 > offsets[i] && offset < offsets[i] + 4)
			return -2;
	}
	return -1;
}

static u64 model_expect(const struct model *m, u32 offset, unsigned int len)
{
	static const u8 ids[] = { 0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	int index = model_find(offset);

	if (len != 4 || index == -2)
		return U64_MAX >> (64 - len * 8);
	if (index == -1)
		return 0;
	return index > ITOP ? ids[index - ITOP - 1] : model_read(m, index);
}

static u32 random_offset(struct rnd_state *rnd, unsigned int len)
{
	static const u32 places[] = { 0, 4, 8, 0xc, 0x10, 0x14, 0xc00, 0xf00, 0xf04, 0xfe0, 0xffc };
	u32 offset = places[prandom_u32_state(rnd) % ARRAY_SIZE(places)];

	switch (prandom_u32_state(rnd) % 8) {
	case 0:
		return prandom_u32_state(rnd) % (0x1000 - len + 1);
	case 1:
		offset += prandom_u32_state(rnd) % 9;
		return min(offset, 0x1000 - len);
	default:
		return min(offset, 0x1000 - len);
	}
}

static u64 random_value(struct rnd_state *rnd)
{
	switch (prandom_u32_state(rnd) % 8) {
	case 0:
		return prandom_u32_state(rnd);
	case 1:
	case 2:
		return KEY;
	case 3:
		return prandom_u32_state(rnd) % 200;
	default:
		return prandom_u32_state(rnd) % 8;
	}
}

/* Most accesses are of four bytes. */
static void random_access(struct kunit *test, struct model *m, struct rnd_state *rnd)
{
	static const u8 lens[] = { 1, 2, 4, 4, 4, 4, 4, 8 };
	unsigned int len = lens[prandom_u32_state(rnd) % ARRAY_SIZE(lens)];
	u32 offset = random_offset(rnd, len);
	u64 value = random_value(rnd), want;

	if (prandom_u32_state(rnd) % 2) {
		want = model_expect(m, offset, len);
		value = registers_read_at(test, &bed, offset, len);
		KUNIT_ASSERT_EQ_MSG(test, value, want, "%u bytes at 0x%x", len, offset);
		return;
	}
	registers_write_at(test, &bed, offset, len, value);
	if (len == 4 && model_find(offset) >= 0 && model_find(offset) <= ITOP)
		model_write(m, model_find(offset), value);
}

static void whatever_a_guest_does_it_is_as_the_model(struct kunit *test)
{
	struct model model = { .reg = { [LOAD] = U32_MAX, [VALUE] = U32_MAX } };
	struct rnd_state rnd;
	unsigned int i;
	u64 ns;

	prandom_seed_state(&rnd, 805);
	wdt_start(test, "wdt-sp805", OPTIONS(FAST));
	for (i = 0; i < 30000 / LESS; i++) {
		if (prandom_u32_state(&rnd) % 4 == 0) {
			ns = prandom_u32_state(&rnd) % (20 * TICK);
			/* With a host that is late, or, which takes longer, one that is not. */
			if (prandom_u32_state(&rnd) % 8)
				fake_time_advance(ns);
			else
				wdt_pass(ns);
			model_pass(&model, ns);
		}
		random_access(test, &model, &rnd);
		/* Whatever was late, an access of a register comes after it. */
		KUNIT_ASSERT_EQ(test, GET(VALUE), model_read(&model, VALUE));
		KUNIT_ASSERT_EQ(test, fake_kvm_line(0, LINE), model.intr);
		KUNIT_ASSERT_EQ(test, fake_kvm_raised(0, LINE), model.raised);
	}
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	KUNIT_EXPECT_GT(test, model.raised, 100 / LESS);
}

/*
 * Save and restore
 */

/* In milliseconds: when the counter is 0 first, and how long it takes from there. */
#define FIRST	1000
#define AGAIN	1001

static u32 moved_value(struct kunit *test)
{
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, fake_kvm_read(1, MEM, LOCATION + 4, 4, &value), 0);
	return value;
}

static void a_restored_one_counts_on(struct kunit *test)
{
	start_counting(test, FIRST, BOTH);
	wdt_pass(400 * MS);
	wdt_move(test, "wdt-sp805", OPTIONS(SLOW));
	KUNIT_EXPECT_EQ(test, moved_value(test), FIRST - 400);
	wdt_pass(601 * MS);
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(1, LINE));
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(AGAIN * MS - 3 * MS);
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(4 * MS);
	KUNIT_EXPECT_EQ(test, wdt_cause(), VDEVFW_EXIT_WATCHDOG);
}

static void a_restored_one_has_raised_what_the_saved_one_had(struct kunit *test)
{
	start_counting(test, FIRST, BOTH);
	wdt_pass(1500 * MS);
	KUNIT_ASSERT_TRUE(test, fake_kvm_line(0, LINE));
	wdt_move(test, "wdt-sp805", OPTIONS(SLOW));
	KUNIT_EXPECT_TRUE(test, fake_kvm_line(1, LINE));
	KUNIT_EXPECT_EQ(test, wdt_cause(), -1);
	wdt_pass(502 * MS);
	KUNIT_EXPECT_EQ(test, wdt_cause(), VDEVFW_EXIT_WATCHDOG);
}

static void one_that_counts_faster_is_not_restored(struct kunit *test)
{
	struct guest_system *other = testbed_guest(test, 1);
	struct testbed *testbed = test->priv;
	void *data = NULL;
	u64 culprit;
	size_t size;
	u32 flags;

	start_counting(test, FIRST, BOTH);
	testbed_must_add(test, other, "wdt-sp805", OPTIONS("frequency=2000\0intr=ioapic:10"));
	testbed_must_configure(test, other);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_save(wdt_guest, &data, &size, &culprit, &flags,
						&testbed->msg), 0);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_restore(other, data, size, &culprit, &testbed->msg),
			-EMEDIUMTYPE);
	EXPECT_SAYS(test, testbed->msg.text, "its frequency is 2000, and was 1000");
}

static void a_forged_counter_is_refused(struct kunit *test)
{
	static const struct sp805_saved forged[] = {
		{ .frequency = 1000, .since = U64_MAX },
		{ .frequency = 1000, .zeros = U64_MAX },
		{ .frequency = 1000, .zeros = 1, .from = U32_MAX },
		{ .frequency = 1000, .flags = ~0u },
	};
	const vdev_t *vdp;
	unsigned int i;

	start(test);
	vdp = &list_first_entry(&wdt_guest->machine.vdevs, struct vdevfw_vdev, node)->pub;
	for (i = 0; i < ARRAY_SIZE(forged); i++)
		KUNIT_EXPECT_FALSE_MSG(test, sp805_is_possible(vdp, &forged[i]), "case %u", i);
}

static struct kunit_case cases[] = {
	REGISTERS_CASES,
	PLAIN_REGISTERS_CASES,
	KUNIT_CASE_PARAM(at_0_it_raises_the_interrupt, load_gen_params),
	KUNIT_CASE_PARAM(at_0_again_it_bites, load_gen_params),
	KUNIT_CASE_PARAM(cleared_in_time_it_never_bites, load_gen_params),
	KUNIT_CASE(loaded_in_time_it_does_not_even_interrupt),
	KUNIT_CASE(without_resen_it_interrupts_only),
	KUNIT_CASE(without_inten_it_does_nothing),
	KUNIT_CASE(from_0_it_interrupts_at_once_and_bites_a_tick_later),
	KUNIT_CASE(without_an_interrupt_it_bites_as_well),
	KUNIT_CASE(its_value_goes_down_a_tick_at_a_time),
	KUNIT_CASE(disabled_it_keeps_its_value),
	KUNIT_CASE(another_write_of_the_same_control_reloads_nothing),
	KUNIT_CASE(disabled_it_is_loaded_and_stands),
	KUNIT_CASE(disabled_the_interrupt_is_masked_and_stays),
	KUNIT_CASE_PARAM(the_frequency_says_how_long_a_tick_is, frequency_gen_params),
	KUNIT_CASE(the_shortest_period_costs_nothing_between_accesses),
	KUNIT_CASE(what_was_due_comes_before_an_access),
	KUNIT_CASE(a_write_that_lets_it_bite_is_the_vcpus_last),
	KUNIT_CASE(both_stages_may_be_due_at_once),
	KUNIT_CASE(a_control_write_is_judged_by_what_was_before),
	KUNIT_CASE(while_the_machine_is_stopped_it_stands),
	KUNIT_CASE(locked_nothing_but_the_lock_is_written),
	KUNIT_CASE(locked_it_is_not_cleared),
	KUNIT_CASE(in_the_integration_test_itop_goes_out),
	KUNIT_CASE(in_the_integration_test_the_counter_does_not_bite),
	KUNIT_CASE(it_is_an_sp805),
	KUNIT_CASE(where_no_register_is_it_reads_0),
	KUNIT_CASE(with_fiq_the_line_has_an_edge),
	KUNIT_CASE_PARAM(options_are_taken_or_refused, option_gen_params),
	KUNIT_CASE(the_status_has_the_registers),
	KUNIT_CASE(whatever_a_guest_does_it_is_as_the_model),
	KUNIT_CASE(a_restored_one_counts_on),
	KUNIT_CASE(a_restored_one_has_raised_what_the_saved_one_had),
	KUNIT_CASE(one_that_counts_faster_is_not_restored),
	KUNIT_CASE(a_forged_counter_is_refused),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-wdt-sp805",
	.init = init,
	.exit = leave,
	.test_cases = cases,
};
kunit_test_suite(suite);
