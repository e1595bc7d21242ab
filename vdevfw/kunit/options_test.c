// SPDX-License-Identifier: GPL-2.0-only
/* Tests of vdev/options.c, and of how vdev/vdev.c makes a vdev of its options. */
#include <vdevfw/utils.h>

#include "testbed.h"

#define NO	VDEVFW_NO_OPTION

/**
 * struct option_case - What comes of a vdev's options
 * @name: Of the case
 * @options: The options
 * @len: Bytes in @options
 * @flags: Where the vdev may be
 * @err: What adding the vdev gives
 * @at: Which option it was about
 * @trace: What the vdev was told, or NULL for "do not care"
 * @says: What the message must contain
 */
struct option_case {
	const char *name;
	const char *options;
	size_t len;
	unsigned int flags;
	int err;
	u32 at;
	const char *trace;
	const char *says[3];
};

static const struct option_case option_cases[] = {
	{ "no option", NO_OPTIONS, 0, 0, NO, "a:START a:END" },
	{ "one with argument", OPTIONS("number=5"), 0, 0, NO, "a:START a:0=5 a:END" },
	{ "one without argument", OPTIONS("flag"), 0, 0, NO, "a:START a:1=NULL a:END" },
	{ "all, in their order", OPTIONS("text=x\0flag\0number=1"), 0, 0, NO,
	  "a:START a:2=x a:1=NULL a:0=1 a:END" },
	{ "one again", OPTIONS("number=1\0flag\0number=2\0flag"), 0, 0, NO,
	  "a:START a:0=1 a:1=NULL a:0=2 a:1=NULL a:END" },
	{ "an argument with =", OPTIONS("text=a=b="), 0, 0, NO, "a:START a:2=a=b= a:END" },
	{ "an argument with spaces", OPTIONS("text= a b "), 0, 0, NO, "a:START a:2= a b  a:END" },
	{ "an argument with a newline", OPTIONS("text=a\nb"), 0, 0, NO, "a:START a:2=a\nb a:END" },

	{ "unknown", OPTIONS("bogus=1"), 0, -ENOPROTOOPT, 0, "a:START a:TERMINATE",
	  { "vdev a", "bogus" } },
	{ "unknown without argument", OPTIONS("bogus"), 0, -ENOPROTOOPT, 0, NULL,
	  { "vdev a", "bogus" } },
	{ "unknown after known ones", OPTIONS("flag\0number=1\0bogus"), 0, -ENOPROTOOPT, 2,
	  "a:START a:1=NULL a:0=1 a:TERMINATE", { "vdev a", "bogus" } },
	{ "one without name", OPTIONS(""), 0, -ENOPROTOOPT, 0 },
	{ "an argument without name", OPTIONS("=5"), 0, -ENOPROTOOPT, 0 },
	{ "an empty one in between", OPTIONS("flag\0\0flag"), 0, -ENOPROTOOPT, 1 },
	{ "the beginning of a name", OPTIONS("numbe=1"), 0, -ENOPROTOOPT, 0 },
	{ "a name and more", OPTIONS("number1=1"), 0, -ENOPROTOOPT, 0 },
	{ "a name in capitals", OPTIONS("FLAG"), 0, -ENOPROTOOPT, 0 },
	{ "a name with the prefix", OPTIONS("0flag"), 0, -ENOPROTOOPT, 0 },
	{ "a name of 100 bytes",
	  OPTIONS("1234567890123456789012345678901234567890123456789012345678901234567890"
		  "123456789012345678901234567890"), 0, -ENOPROTOOPT, 0, NULL,
	  { "\"1234567890123456789012345678901234567890\"" } },

	{ "missing argument", OPTIONS("number"), 0, -ENODATA, 0, "a:START a:TERMINATE",
	  { "vdev a", "number", "argument" } },
	{ "empty argument", OPTIONS("flag\0number="), 0, -ENODATA, 1, NULL,
	  { "vdev a", "number", "argument" } },
	{ "argument where none is taken", OPTIONS("flag=on"), 0, -EINVAL, 0,
	  "a:START a:TERMINATE", { "vdev a", "flag", "\"on\"" } },
	{ "empty argument where none is taken", OPTIONS("flag="), 0, -EINVAL, 0, NULL,
	  { "vdev a", "flag" } },
	{ "no NUL at the end", "flag", 4, 0, -EINVAL, NO, "a:START a:TERMINATE", { "NUL" } },

	{ "loc in memory", OPTIONS("loc=mem:0x1000"), VFF_VDEV_MEM, 0, NO, "a:START a:END" },
	{ "loc at a port", OPTIONS("loc=io:0x60"), VFF_VDEV_X86_IO, 0, NO, "a:START a:END" },
	{ "loc where there is none", OPTIONS("loc=mem:0x1000"), VFF_LOC_NO, -EOPNOTSUPP, 0,
	  "a:START a:TERMINATE", { "vdev a", "loc" } },
	{ "loc where no type is allowed", OPTIONS("loc=mem:0x1000"), 0, -EOPNOTSUPP, 0, NULL,
	  { "vdev a", "loc" } },
	{ "loc in memory for ports", OPTIONS("loc=mem:0x1000"), VFF_VDEV_X86_IO, -EOPNOTSUPP, 0,
	  NULL, { "vdev a", "mem:0x1000", "io:PORT" } },
	{ "loc at a port for memory", OPTIONS("loc=io:0x60"), VFF_VDEV_MEM, -EOPNOTSUPP, 0,
	  NULL, { "vdev a", "io:0x60", "mem:ADDRESS" } },
	{ "loc on PCI", OPTIONS("loc=pci:0:1.0"), VFF_VDEV_MEM, -EOPNOTSUPP, 0, NULL,
	  { "vdev a", "loc", "PCI" } },
	{ "loc without argument", OPTIONS("loc"), VFF_VDEV_MEM, -ENODATA, 0, NULL,
	  { "vdev a", "loc" } },
	{ "loc with empty argument", OPTIONS("loc="), VFF_VDEV_MEM, -ENODATA, 0 },
	{ "loc that is malformed", OPTIONS("loc=mem:x"), VFF_VDEV_MEM, -EINVAL, 0, NULL,
	  { "vdev a", "loc", "\"mem:x\"" } },
	{ "loc that is too large", OPTIONS("loc=io:0x10000"), VFF_VDEV_X86_IO, -ERANGE, 0, NULL,
	  { "vdev a", "loc", "\"io:0x10000\"" } },
	{ "loc that is not aligned", OPTIONS("loc=mem:0x1004"), VFF_VDEV_MEM, -EDOM, 0, NULL,
	  { "vdev a", "loc", "0x1004" } },
	{ "loc at an odd port", OPTIONS("loc=io:0x61"), VFF_VDEV_X86_IO, -EDOM, 0, NULL,
	  { "vdev a", "loc", "0x61" } },
	{ "loc twice", OPTIONS("loc=mem:0\0flag\0loc=mem:0"), VFF_VDEV_MEM, -EALREADY, 2, NULL,
	  { "vdev a", "loc" } },
	{ "intr", OPTIONS("intr=ioapic:5"), 0, 0, NO, "a:START a:END" },
	{ "intr where there is none", OPTIONS("intr=ioapic:5"), VFF_INTR_NO, -EOPNOTSUPP, 0,
	  "a:START a:TERMINATE", { "vdev a", "intr", "no interrupt" } },
	{ "intr of another PIC", OPTIONS("flag\0intr=gic:5"), 0, -ENODEV, 1, NULL,
	  { "vdev a: option intr", "\"gic:5\"", "ioapic" } },
	{ "intr beyond the lines", OPTIONS("intr=ioapic:24"), 0, -EBADSLT, 0, NULL,
	  { "vdev a: option intr", "\"ioapic:24\"", "0 to 23" } },
	{ "intr that is malformed", OPTIONS("intr=5"), 0, -EINVAL, 0, NULL,
	  { "vdev a: option intr", "\"5\"", "PIC:LINE" } },
	{ "intr twice", OPTIONS("intr=ioapic:5\0intr=ioapic:6"), 0, -EALREADY, 1, NULL,
	  { "vdev a", "intr" } },
	{ "intr missing", OPTIONS("flag"), VFF_INTR_REQ, -ENOTCONN, NO, NULL,
	  { "vdev a", "intr is required", "ioapic:LINE" } },
	{ "intr missing, none on PCI", OPTIONS("flag"), VFF_INTR_NONPCI, -ENOTCONN, NO, NULL,
	  { "vdev a", "intr is required" } },
	{ "intr that is required", OPTIONS("intr=ioapic:5"), VFF_INTR_REQ, 0, NO },

	{ "name", OPTIONS("name=counter-1_b.c:d"), 0, 0, NO, "a:START a:END" },
	{ "name of 63 bytes",
	  OPTIONS("name=123456789012345678901234567890123456789012345678901234567890123"), 0, 0,
	  NO },
	{ "name of 64 bytes",
	  OPTIONS("name=1234567890123456789012345678901234567890123456789012345678901234"), 0,
	  -EINVAL, 0, NULL, { "vdev a: option name", "1 to 63" } },
	{ "name with a slash", OPTIONS("name=a/b"), 0, -EINVAL, 0, NULL, { "\"a/b\"" } },
	{ "name that is a folder", OPTIONS("name=.."), 0, -EINVAL, 0, NULL, { "\"..\"" } },
	{ "name of the irqchip", OPTIONS("name=ioapic"), 0, -EEXIST, 0, NULL, { "\"ioapic\"" } },
	{ "name twice", OPTIONS("name=x\0name=y"), 0, -EALREADY, 1, NULL, { "name" } },

	{ "log", OPTIONS("log=error,warn slog"), 0, 0, NO, "a:START a:END" },
	{ "log twice", OPTIONS("log=error slog\0flag\0log=info none"), 0, 0, NO, NULL },
	{ "log with one word", OPTIONS("log=error"), 0, -ENODATA, 0, NULL,
	  { "vdev a", "log", "two words" } },
	{ "log with half a word", OPTIONS("log=error "), 0, -ENODATA, 0, NULL, { "two words" } },
	{ "log without argument", OPTIONS("log"), 0, -ENODATA, 0, NULL, { "two words" } },
	{ "log with an unknown filter", OPTIONS("log=error,bogus slog"), 0, -EINVAL, 0, NULL,
	  { "vdev a: option log", "\"bogus\"", "fatal, internal" } },
	{ "log to nowhere known", OPTIONS("log=error syslog"), 0, -EINVAL, 0, NULL,
	  { "vdev a: option log", "\"syslog\"", "stdout, stderr" } },

	{ "sched normal", OPTIONS("sched=0"), 0, 0, NO, "a:START a:END" },
	{ "sched low", OPTIONS("sched=1"), 0, 0, NO },
	{ "sched high", OPTIONS("sched=50"), 0, 0, NO },
	{ "sched that no module gets", OPTIONS("sched=10"), 0, -EINVAL, 0, NULL,
	  { "vdev a: option sched", "\"10\"", "0, normal, 1 and 50" } },
	{ "sched that is no number", OPTIONS("sched=high"), 0, -EINVAL, 0, NULL, { "\"high\"" } },
	{ "hostvector", OPTIONS("hostvector=32"), 0, -EOPNOTSUPP, 0, NULL,
	  { "vdev a", "hostvector", "interrupt controllers" } },

	{ "loc missing", OPTIONS("flag"), VFF_VDEV_MEM, -EDESTADDRREQ, NO,
	  "a:START a:1=NULL a:END a:TERMINATE", { "vdev a", "loc", "mem:ADDRESS" } },
	{ "loc missing, both types", NO_OPTIONS, VFF_VDEV_MEM | VFF_VDEV_X86_IO, -EDESTADDRREQ,
	  NO, NULL, { "mem:ADDRESS or io:PORT" } },
};

KUNIT_ARRAY_PARAM_DESC(option, option_cases, name);

static int add_case(struct kunit *test, const struct option_case *c, u32 *at)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = c->flags;
	probe_register(test, probe);
	return testbed_add(test, testbed_guest(test, 0), "a", c->options, c->len, at, NULL);
}

static void options_have_their_error(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, add_case(test, test->param_value, NULL),
			((const struct option_case *)test->param_value)->err);
}

static void options_tell_which_one_failed(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	u32 at = 0xdead;

	add_case(test, c, &at);
	KUNIT_EXPECT_EQ(test, at, c->at);
}

static void options_come_to_the_vdev_in_order(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct testbed *bed = test->priv;

	add_case(test, c, NULL);
	if (c->trace)
		KUNIT_EXPECT_STREQ(test, bed->trace, c->trace);
}

static void options_that_fail_say_why(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct testbed *bed = test->priv;
	unsigned int i;

	add_case(test, c, NULL);
	KUNIT_EXPECT_EQ(test, !bed->msg.text[0], !c->err);
	for (i = 0; i < ARRAY_SIZE(c->says) && c->says[i]; i++)
		EXPECT_SAYS(test, bed->msg.text, c->says[i]);
}

/*
 * loc
 */

struct loc_case {
	const char *name;
	unsigned int flags;
	u16 preset;
	const char *options;
	u16 type;
};

static const struct loc_case loc_cases[] = {
	{ "memory only", VFF_VDEV_MEM, QST_NO_TYPE, "loc=0x40", QST_MEMORY },
	{ "ports only", VFF_VDEV_X86_IO, QST_NO_TYPE, "loc=0x40", QST_X86_IO },
	{ "either", VFF_VDEV_MEM | VFF_VDEV_X86_IO, QST_NO_TYPE, "loc=0x40", QST_MEMORY },
	{ "either, preset to ports", VFF_VDEV_MEM | VFF_VDEV_X86_IO, QST_X86_IO, "loc=0x40",
	  QST_X86_IO },
	{ "either, preset to memory", VFF_VDEV_MEM | VFF_VDEV_X86_IO, QST_MEMORY, "loc=io:0x40",
	  QST_X86_IO },
};

KUNIT_ARRAY_PARAM_DESC(loc, loc_cases, name);

static void loc_without_type_is_what_the_vdev_prefers(struct kunit *test)
{
	const struct loc_case *c = test->param_value;
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = c->flags;
	probe->preset.type = c->preset;
	probe_register(test, probe);
	testbed_must_add(test, testbed_guest(test, 0), "a", c->options, strlen(c->options) + 1);
	KUNIT_EXPECT_EQ(test, probe->vdp->v_block.type, c->type);
	KUNIT_EXPECT_EQ(test, probe->vdp->v_block.location, 0x40);
}

static void loc_is_not_required_where_the_vdev_presets_it(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");

	probe->preset.location = 0x2000;
	testbed_must_add(test, testbed_guest(test, 0), "a", NO_OPTIONS);
	KUNIT_EXPECT_EQ(test, probe->vdp->v_block.location, 0x2000);
}

static void loc_overrides_the_preset(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");

	probe->preset.location = 0x2000;
	testbed_must_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=mem:0x4000"));
	KUNIT_EXPECT_EQ(test, probe->vdp->v_block.location, 0x4000);
}

static void loc_is_aligned_to_the_largest_access(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");

	probe->factory.acc_sizes = BIT(1) | BIT(4);
	probe_register(test, probe);
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0x1004"), NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0x1002"), NULL, NULL),
			-EDOM);
}

static void without_access_sizes_loc_is_anywhere(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.acc_sizes = 0;
	probe_register(test, probe);
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a",
					  OPTIONS("loc=0x1001"), NULL, NULL), 0);
}

/*
 * Refusals by the vdev
 */

static int check_64k_argument(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == PROBE_TEXT)
		probe->value = strlen(arg);
	return 0;
}

static void an_argument_of_64_kib_arrives_whole(struct kunit *test)
{
	char *options = kunit_kmalloc(test, VDEVFW_OPTIONS_MAX, GFP_KERNEL);
	struct probe *probe = probe_add(test, "a");

	KUNIT_ASSERT_NOT_NULL(test, options);
	memset(options, 'x', VDEVFW_OPTIONS_MAX);
	memcpy(options, "loc=0x0\0text=", 13);
	options[VDEVFW_OPTIONS_MAX - 1] = 0;
	probe->on_control = check_64k_argument;
	testbed_must_add(test, testbed_guest(test, 0), "a", options, VDEVFW_OPTIONS_MAX);
	KUNIT_EXPECT_EQ(test, probe->value, VDEVFW_OPTIONS_MAX - 14);
}

static void a_message_quotes_the_beginning_of_64_kib(struct kunit *test)
{
	char *options = kunit_kmalloc(test, VDEVFW_OPTIONS_MAX, GFP_KERNEL);
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, options);
	probe_add(test, "a");
	memset(options, 'x', VDEVFW_OPTIONS_MAX);
	memcpy(options, "flag=", 5);
	options[VDEVFW_OPTIONS_MAX - 1] = 0;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a", options,
					  VDEVFW_OPTIONS_MAX, NULL, NULL), -EINVAL);
	EXPECT_SAYS(test, bed->msg.text, "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"");
}

static int parse_and_ignore(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	u64 number;

	if (ctrl == PROBE_NUMBER)
		qvm_parse_num(vdp, arg, 255, &number);
	return 0;
}

static void a_bad_number_that_the_vdev_overlooks_still_fails(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	u32 at;

	probe->on_control = parse_and_ignore;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a",
					  OPTIONS("loc=0\0number=256\0flag"), &at, NULL), -ERANGE);
	KUNIT_EXPECT_EQ(test, at, 1);
}

/* include/vdevfw/utils.h: the user gets a message that names vdev, option and argument. */
static void a_bad_number_is_reported_with_vdev_option_and_argument(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	struct testbed *bed = test->priv;

	probe->on_control = parse_and_ignore;
	testbed_add(test, testbed_guest(test, 0), "a", OPTIONS("number=256"), NULL, NULL);
	EXPECT_SAYS(test, bed->msg.text, "vdev a");
	EXPECT_SAYS(test, bed->msg.text, "option number");
	EXPECT_SAYS(test, bed->msg.text, "256");
}

/* Design, 8: one line: what was wrong, where (vdev, option), what is allowed. */
static void an_option_that_the_vdev_refuses_is_named(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	struct testbed *bed = test->priv;

	probe->fail_at = PROBE_TEXT;
	probe->fail_with = -EIO;
	testbed_add(test, testbed_guest(test, 0), "a", OPTIONS("text=x"), NULL, NULL);
	EXPECT_SAYS(test, bed->msg.text, "vdev a");
	EXPECT_SAYS(test, bed->msg.text, "option text");
}

static int refuse_twice(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl != PROBE_FLAG)
		return 0;
	vdev_refuse(vdp, -ENOSPC, "the first is %d", 1);
	vdev_refuse(vdp, -EIO, "the second is %d", 2);
	return -EPERM;
}

static void the_first_refusal_counts(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	struct testbed *bed = test->priv;

	probe->on_control = refuse_twice;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a", OPTIONS("flag"), NULL,
					  NULL), -ENOSPC);
	EXPECT_SAYS(test, bed->msg.text, "the first is 1");
}

static int refuse_with_no_error(struct probe *probe, vdev_t *vdp, unsigned int ctrl,
				const char *arg)
{
	return vdev_refuse(vdp, 0, "nothing");
}

static void a_refusal_without_error_is_none(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");

	probe->on_control = refuse_with_no_error;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0"), NULL,
					  NULL), 0);
}

struct failing_case {
	const char *name;
	unsigned int fail_at;
	u32 at;
	const char *trace;
};

static const struct failing_case failing_cases[] = {
	{ "OPTIONS_START", VDEV_CTRL_OPTIONS_START, NO, "a:START" },
	{ "the first option", PROBE_NUMBER, 1, "a:START a:0=1 a:TERMINATE" },
	{ "the last option", PROBE_TEXT, 3, "a:START a:0=1 a:1=NULL a:2=x a:TERMINATE" },
	{ "OPTIONS_END", VDEV_CTRL_OPTIONS_END, NO,
	  "a:START a:0=1 a:1=NULL a:2=x a:END a:TERMINATE" },
};

KUNIT_ARRAY_PARAM_DESC(failing, failing_cases, name);

static int add_failing(struct kunit *test, u32 *at)
{
	const struct failing_case *c = test->param_value;
	struct probe *probe = probe_add(test, "a");

	probe->fail_at = c->fail_at;
	probe->fail_with = -EIO;
	return testbed_add(test, testbed_guest(test, 0), "a",
			   OPTIONS("loc=0\0number=1\0flag\0text=x"), at, NULL);
}

static void the_error_of_the_vdev_is_passed_on(struct kunit *test)
{
	const struct failing_case *c = test->param_value;
	u32 at;

	KUNIT_EXPECT_EQ(test, add_failing(test, &at), -EIO);
	KUNIT_EXPECT_EQ(test, at, c->at);
}

static void terminate_comes_once_unless_options_start_failed(struct kunit *test)
{
	const struct failing_case *c = test->param_value;
	struct testbed *bed = test->priv;

	add_failing(test, NULL);
	KUNIT_EXPECT_STREQ(test, bed->trace, c->trace);
}

static void a_vdev_that_failed_is_not_part_of_the_guest(struct kunit *test)
{
	const struct failing_case *c = test->param_value;
	struct probe *probe = probe_add(test, "a");
	struct guest_system *gsp = testbed_guest(test, 0);

	probe->fail_at = c->fail_at;
	probe->fail_with = -EIO;
	testbed_add(test, gsp, "a", OPTIONS("loc=0\0number=1\0flag\0text=x"), NULL, NULL);
	KUNIT_EXPECT_EQ(test, gsp->nr_vdevs, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&gsp->machine.vdevs));
}

static int refuse_terminate(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return ctrl == VDEV_CTRL_TERMINATE ? vdev_refuse(vdp, -EBUSY, "never") : 0;
}

static void a_refusal_of_terminate_is_ignored(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	struct testbed *bed = test->priv;

	probe->on_control = refuse_terminate;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a", OPTIONS("bogus"), NULL,
					  NULL), -ENOPROTOOPT);
	EXPECT_SAYS(test, bed->msg.text, "bogus");
}

static void a_failed_vdev_can_be_added_again(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add(test, "a");
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("bogus"), NULL, NULL),
			-ENOPROTOOPT);
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0"), NULL, NULL), 0);
}

static bool add_without_memory(struct kunit *test, void *arg)
{
	char options[] = "loc=0\0number=1\0flag\0text=x";
	struct vdevfw_message msg = {};
	struct guest_system *gsp = arg;
	unsigned int before = gsp->nr_vdevs;
	bool failed;
	u32 at;
	u64 id;
	int err;

	testbed_start_failing();
	err = vdevfw_guest_add(gsp, "a", options, sizeof(options), &at, &id, &msg);
	failed = testbed_stop_failing();
	KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
	KUNIT_EXPECT_EQ(test, gsp->nr_vdevs, before + !err);
	return failed;
}

static void without_memory_nothing_is_added(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add(test, "a");
	testbed_fail_each_allocation(test, add_without_memory, gsp);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(options_have_their_error, option_gen_params),
	KUNIT_CASE_PARAM(options_tell_which_one_failed, option_gen_params),
	KUNIT_CASE_PARAM(options_come_to_the_vdev_in_order, option_gen_params),
	KUNIT_CASE_PARAM(options_that_fail_say_why, option_gen_params),
	KUNIT_CASE_PARAM(loc_without_type_is_what_the_vdev_prefers, loc_gen_params),
	KUNIT_CASE(loc_is_not_required_where_the_vdev_presets_it),
	KUNIT_CASE(loc_overrides_the_preset),
	KUNIT_CASE(loc_is_aligned_to_the_largest_access),
	KUNIT_CASE(without_access_sizes_loc_is_anywhere),
	KUNIT_CASE(an_argument_of_64_kib_arrives_whole),
	KUNIT_CASE(a_message_quotes_the_beginning_of_64_kib),
	KUNIT_CASE(a_bad_number_that_the_vdev_overlooks_still_fails),
	KUNIT_CASE(a_bad_number_is_reported_with_vdev_option_and_argument),
	KUNIT_CASE(an_option_that_the_vdev_refuses_is_named),
	KUNIT_CASE(the_first_refusal_counts),
	KUNIT_CASE(a_refusal_without_error_is_none),
	KUNIT_CASE_PARAM(the_error_of_the_vdev_is_passed_on, failing_gen_params),
	KUNIT_CASE_PARAM(terminate_comes_once_unless_options_start_failed, failing_gen_params),
	KUNIT_CASE_PARAM(a_vdev_that_failed_is_not_part_of_the_guest, failing_gen_params),
	KUNIT_CASE(a_refusal_of_terminate_is_ignored),
	KUNIT_CASE(a_failed_vdev_can_be_added_again),
	KUNIT_CASE(without_memory_nothing_is_added),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-options",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
