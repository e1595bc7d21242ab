// SPDX-License-Identifier: GPL-2.0-only
/* Tests of vdev/parse.c. */
#include <kunit/test.h>
#include <linux/ctype.h>
#include <linux/sizes.h>

#include <vdevfw/utils.h>

#include "../vdev/parse.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define UNTOUCHED	0xdeadbeefull

struct number_case {
	const char *text;
	int err;
	u64 value;
};

static const struct number_case number_cases[] = {
	{ "0", 0, 0 },
	{ "1", 0, 1 },
	{ "42", 0, 42 },
	{ "0x10", 0, 16 },
	{ "0X1f", 0, 31 },
	{ "0xAbC", 0, 0xabc },
	{ "010", 0, 10 },
	{ "00", 0, 0 },
	{ "0000000000000000000000000000000000007", 0, 7 },
	{ "18446744073709551615", 0, U64_MAX },
	{ "0xffffffffffffffff", 0, U64_MAX },
	{ "018446744073709551615", 0, U64_MAX },
	{ "0x00000000000000000000000000000000001", 0, 1 },
	{ "18446744073709551616", -ERANGE },
	{ "0x10000000000000000", -ERANGE },
	{ "99999999999999999999999999999999999999", -ERANGE },
	{ "", -EINVAL },
	{ "-1", -EINVAL },
	{ "-0", -EINVAL },
	{ "+1", -EINVAL },
	{ "0x-1", -EINVAL },
	{ " 1", -EINVAL },
	{ "\t1", -EINVAL },
	{ "1 ", -EINVAL },
	{ "1\n", -EINVAL },
	{ "\n", -EINVAL },
	{ "\n1", -EINVAL },
	{ "1\n2", -EINVAL },
	{ "0x1\n", -EINVAL },
	{ "0x", -EINVAL },
	{ "0xg", -EINVAL },
	{ "x1", -EINVAL },
	{ "0x0x1", -EINVAL },
	{ "0x+1", -EINVAL },
	{ "00x1", -EINVAL },
	{ "0o17", -EINVAL },
	{ "ff", -EINVAL },
	{ "1k", -EINVAL },
	{ "1.0", -EINVAL },
	{ "1,000", -EINVAL },
	{ "1_000", -EINVAL },
	{ "0b1", -EINVAL },
	{ "\xd9\xa3", -EINVAL },
	{ "1\xc2\xa0", -EINVAL },
};

static void describe_number(const struct number_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%*pE\"", (int)strlen(c->text), c->text);
}
KUNIT_ARRAY_PARAM(number, number_cases, describe_number);

static void numbers_are_parsed(struct kunit *test)
{
	const struct number_case *c = test->param_value;
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, vdevfw_parse_u64(c->text, &value), c->err);
	if (!c->err)
		KUNIT_EXPECT_EQ(test, value, c->value);
}

static void a_number_of_64_kib_is_too_large(struct kunit *test)
{
	char *text = kunit_kmalloc(test, SZ_64K, GFP_KERNEL);
	u64 value;

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, '9', SZ_64K - 1);
	text[SZ_64K - 1] = 0;
	KUNIT_EXPECT_EQ(test, vdevfw_parse_u64(text, &value), -ERANGE);
}

struct location_case {
	const char *text;
	u16 preset;
	int err;
	u16 type;
	u64 location;
};

static const struct location_case location_cases[] = {
	{ "mem:0x1000", QST_X86_IO, 0, QST_MEMORY, 0x1000 },
	{ "mem:0", QST_X86_IO, 0, QST_MEMORY, 0 },
	{ "mem:0xffffffffffffffff", QST_MEMORY, 0, QST_MEMORY, U64_MAX },
	{ "io:0x3f8", QST_MEMORY, 0, QST_X86_IO, 0x3f8 },
	{ "io:0xffff", QST_MEMORY, 0, QST_X86_IO, 0xffff },
	{ "0x2000", QST_MEMORY, 0, QST_MEMORY, 0x2000 },
	{ "0x20", QST_X86_IO, 0, QST_X86_IO, 0x20 },
	{ "pci:0:1.2", QST_MEMORY, 0, QST_PCI, UNTOUCHED },
	{ "pci:", QST_MEMORY, 0, QST_PCI, UNTOUCHED },
	{ "io:0x10000", QST_MEMORY, -ERANGE },
	{ "0x10000", QST_X86_IO, -ERANGE },
	{ "io:0x10000000000000000", QST_MEMORY, -ERANGE },
	{ "mem:0x10000000000000000", QST_MEMORY, -ERANGE },
	{ "", QST_MEMORY, -EINVAL },
	{ "mem", QST_MEMORY, -EINVAL },
	{ "mem:", QST_MEMORY, -EINVAL },
	{ "io:", QST_MEMORY, -EINVAL },
	{ ":1", QST_MEMORY, -EINVAL },
	{ "MEM:1", QST_MEMORY, -EINVAL },
	{ "memory:1", QST_MEMORY, -EINVAL },
	{ "port:1", QST_MEMORY, -EINVAL },
	{ "mem: 1", QST_MEMORY, -EINVAL },
	{ " mem:1", QST_MEMORY, -EINVAL },
	{ "mem :1", QST_MEMORY, -EINVAL },
	{ "mem:-1", QST_MEMORY, -EINVAL },
	{ "mem:io:1", QST_MEMORY, -EINVAL },
	{ "mem:mem:1", QST_MEMORY, -EINVAL },
	{ "mem:0x1\n", QST_MEMORY, -EINVAL },
	{ "io:0x60,1", QST_MEMORY, -EINVAL },
};

static void describe_location(const struct location_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%*pE\" where the preset is %u",
		 (int)strlen(c->text), c->text, c->preset);
}
KUNIT_ARRAY_PARAM(location, location_cases, describe_location);

static void locations_are_parsed(struct kunit *test)
{
	const struct location_case *c = test->param_value;
	u64 location = UNTOUCHED;
	u16 type = c->preset;

	KUNIT_EXPECT_EQ(test, vdevfw_parse_location(c->text, &type, &location), c->err);
	if (c->err)
		return;
	KUNIT_EXPECT_EQ(test, type, c->type);
	KUNIT_EXPECT_EQ(test, location, c->location);
}

/*
 * qvm_parse_num()
 */

static const struct vdev_factory nobody = { .name = "nobody" };

/**
 * struct fixture - A vdev that is within control()
 * @vdev: The vdev
 * @machine: What it is part of
 * @msg: Where its refusals go
 */
struct fixture {
	struct vdevfw_vdev vdev;
	struct vdevfw_machine machine;
	struct vdevfw_message msg;
};

static struct fixture *fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->vdev.pub.v_factory = &nobody;
	f->vdev.machine = &f->machine;
	f->vdev.stage.phase = PHASE_OPTIONS;
	vdevfw_vdev_enter(&f->vdev, &f->msg);
	return f;
}

struct limit_case {
	const char *name;
	const char *arg;
	u64 max;
	int err;
};

static const struct limit_case limit_cases[] = {
	{ "0 of 0", "0", 0, 0 },
	{ "1 of 0", "1", 0, -ERANGE },
	{ "the limit", "255", 255, 0 },
	{ "one more than the limit", "256", 255, -ERANGE },
	{ "the largest number", "0xffffffffffffffff", U64_MAX, 0 },
	{ "more than any number", "0x10000000000000000", U64_MAX, -ERANGE },
	{ "no number", "many", U64_MAX, -EINVAL },
	{ "an empty argument", "", U64_MAX, -EINVAL },
	{ "no argument", NULL, U64_MAX, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(limit, limit_cases, name);

static void a_number_is_held_to_its_limit(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct fixture *f = fixture(test);
	u64 value = UNTOUCHED;

	KUNIT_EXPECT_EQ(test, qvm_parse_num(&f->vdev.pub, c->arg, c->max, &value), c->err);
}

static void a_refused_number_does_not_touch_the_value(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct fixture *f = fixture(test);
	u64 value = UNTOUCHED;

	if (qvm_parse_num(&f->vdev.pub, c->arg, c->max, &value))
		KUNIT_EXPECT_EQ(test, value, UNTOUCHED);
}

static void the_framework_keeps_a_refused_number(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct fixture *f = fixture(test);
	u64 value;

	qvm_parse_num(&f->vdev.pub, c->arg, c->max, &value);
	KUNIT_EXPECT_EQ(test, f->vdev.refused, c->err);
	KUNIT_EXPECT_EQ(test, !f->msg.text[0], !c->err);
}

static void a_refused_number_is_quoted_with_its_limit(struct kunit *test)
{
	struct fixture *f = fixture(test);
	u64 value;

	qvm_parse_num(&f->vdev.pub, "256", 255, &value);
	KUNIT_EXPECT_NOT_NULL(test, strstr(f->msg.text, "nobody"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(f->msg.text, "\"256\""));
	KUNIT_EXPECT_NOT_NULL(test, strstr(f->msg.text, "255"));
}

static void a_quoted_number_has_no_control_characters(struct kunit *test)
{
	struct fixture *f = fixture(test);
	const char *c;
	u64 value;

	qvm_parse_num(&f->vdev.pub, "1\n\x1b[2J\x07\xff", 255, &value);
	for (c = f->msg.text; *c; c++)
		KUNIT_EXPECT_FALSE_MSG(test, iscntrl(*c), "\"%s\"", f->msg.text);
}

static void a_refusal_outside_of_control_leaves_no_trace(struct kunit *test)
{
	struct fixture *f = fixture(test);
	u64 value;

	vdevfw_vdev_leave(&f->vdev, 0);
	KUNIT_EXPECT_EQ(test, qvm_parse_num(&f->vdev.pub, "x", 255, &value), -EINVAL);
	KUNIT_EXPECT_EQ(test, f->vdev.refused, 0);
	KUNIT_EXPECT_STREQ(test, f->msg.text, "");
}

/*
 * Its siblings: what they give, and that whatever they refuse is kept and quoted
 */

struct size_case {
	const char *arg;
	u64 max;
	int err;
	u64 value;
};

static const struct size_case size_cases[] = {
	{ "0", U64_MAX, 0, 0 },
	{ "4096", U64_MAX, 0, 4096 },
	{ "0x1000", U64_MAX, 0, 4096 },
	{ "4k", U64_MAX, 0, 4096 },
	{ "4K", U64_MAX, 0, 4096 },
	{ "3m", U64_MAX, 0, 3 << 20 },
	{ "2G", U64_MAX, 0, 2ull << 30 },
	{ "0x10k", U64_MAX, 0, 0x4000 },
	{ "17179869183g", U64_MAX, 0, 17179869183ull << 30 },
	{ "17179869184g", U64_MAX, -ERANGE },
	{ "18446744073709551615", U64_MAX, 0, U64_MAX },
	{ "18446744073709551616", U64_MAX, -ERANGE },
	{ "00000000000000000000000000000000001", U64_MAX, -ERANGE },
	{ "5k", 4096, -ERANGE },
	{ "4k", 4096, 0, 4096 },
	{ "k", U64_MAX, -EINVAL },
	{ "", U64_MAX, -EINVAL },
	{ "4kk", U64_MAX, -EINVAL },
	{ "4 k", U64_MAX, -EINVAL },
	{ "4t", U64_MAX, -EINVAL },
	{ "4kB", U64_MAX, -EINVAL },
	{ "-4k", U64_MAX, -EINVAL },
	{ "4.5k", U64_MAX, -EINVAL },
	{ "0xk", U64_MAX, -EINVAL },
	{ NULL, U64_MAX, -EINVAL },
};

static void describe_size(const struct size_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\" of at most %llu", c->arg ?: "NULL", c->max);
}
KUNIT_ARRAY_PARAM(size, size_cases, describe_size);

static void expect_kept(struct kunit *test, struct fixture *f, int err, const char *arg)
{
	KUNIT_EXPECT_EQ(test, f->vdev.refused, err);
	KUNIT_EXPECT_EQ(test, !f->msg.text[0], !err);
	if (!err)
		return;
	EXPECT_SAYS(test, f->msg.text, "allowed");
	if (arg)
		EXPECT_SAYS(test, f->msg.text, arg);
}

static void sizes_are_parsed(struct kunit *test)
{
	const struct size_case *c = test->param_value;
	struct fixture *f = fixture(test);
	u64 value = UNTOUCHED;

	KUNIT_EXPECT_EQ(test, qvm_parse_size(&f->vdev.pub, c->arg, c->max, &value), c->err);
	KUNIT_EXPECT_EQ(test, value, c->err ? UNTOUCHED : c->value);
	expect_kept(test, f, c->err, c->arg);
}

struct word_case {
	const char *arg;
	int err;
	unsigned int value;
};

static const struct word_case bool_cases[] = {
	{ "yes", 0, 1 }, { "on", 0, 1 }, { "true", 0, 1 }, { "1", 0, 1 },
	{ "no", 0, 0 }, { "off", 0, 0 }, { "false", 0, 0 }, { "0", 0, 0 },
	{ "", -EINVAL }, { "y", -EINVAL }, { "Yes", -EINVAL }, { "yes ", -EINVAL },
	{ "2", -EINVAL }, { "01", -EINVAL }, { NULL, -EINVAL },
};

static const struct word_case choice_cases[] = {
	{ "terminate", 0, 0 }, { "fiq", 0, 1 }, { "dump", 0, 2 },
	{ "", -EINVAL }, { "fi", -EINVAL }, { "fiqs", -EINVAL }, { "FIQ", -EINVAL },
	{ NULL, -EINVAL },
};

static void describe_word(const struct word_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%s\"", c->arg ?: "NULL");
}
KUNIT_ARRAY_PARAM(bool, bool_cases, describe_word);
KUNIT_ARRAY_PARAM(choice, choice_cases, describe_word);

static void booleans_are_parsed(struct kunit *test)
{
	const struct word_case *c = test->param_value;
	struct fixture *f = fixture(test);
	bool value = !c->value;

	KUNIT_EXPECT_EQ(test, qvm_parse_bool(&f->vdev.pub, c->arg, &value), c->err);
	KUNIT_EXPECT_EQ(test, value, c->err ? !c->value : c->value);
	expect_kept(test, f, c->err, c->arg);
}

static void choices_are_parsed(struct kunit *test)
{
	static const char *const choices[] = { "terminate", "fiq", "dump", NULL };
	const struct word_case *c = test->param_value;
	struct fixture *f = fixture(test);
	unsigned int value = 99;

	KUNIT_EXPECT_EQ(test, qvm_parse_choice(&f->vdev.pub, c->arg, choices, &value), c->err);
	KUNIT_EXPECT_EQ(test, value, c->err ? 99 : c->value);
	expect_kept(test, f, c->err, c->arg);
	if (c->err)
		EXPECT_SAYS(test, f->msg.text, "terminate, fiq, dump");
}

static const struct word_case string_cases[] = {
	{ "", 0 }, { "x", 0 }, { "1234567", 0 }, { "\xc3\xa4", 0 },
	{ "12345678", -ERANGE }, { "a\nb", -EINVAL }, { "\x7f", -EINVAL },
};

KUNIT_ARRAY_PARAM(text, string_cases, describe_word);

static void strings_are_copied(struct kunit *test)
{
	const struct word_case *c = test->param_value;
	struct fixture *f = fixture(test);
	char buf[8] = "#";

	KUNIT_EXPECT_EQ(test, qvm_parse_string(&f->vdev.pub, c->arg, buf, sizeof(buf)), c->err);
	KUNIT_EXPECT_STREQ(test, buf, c->err ? "#" : c->arg);
	expect_kept(test, f, c->err, NULL);
}

static void a_block_takes_type_and_location(struct kunit *test)
{
	struct qvm_state_block block = { .length = 7, .flags = 3, .type = QST_NO_TYPE };
	struct fixture *f = fixture(test);

	KUNIT_EXPECT_EQ(test, qvm_parse_block(&f->vdev.pub, "io:0x60", &block), 0);
	KUNIT_EXPECT_EQ(test, block.type, QST_X86_IO);
	KUNIT_EXPECT_EQ(test, block.location, 0x60);
	KUNIT_EXPECT_EQ(test, block.length, 7);
	KUNIT_EXPECT_EQ(test, block.flags, 3);
}

static void a_block_without_type_is_of_the_preset_one(struct kunit *test)
{
	struct qvm_state_block block = { .type = QST_X86_IO };
	struct fixture *f = fixture(test);

	KUNIT_EXPECT_EQ(test, qvm_parse_block(&f->vdev.pub, "0x60", &block), 0);
	KUNIT_EXPECT_EQ(test, block.type, QST_X86_IO);
	block.type = QST_NO_TYPE;
	KUNIT_EXPECT_EQ(test, qvm_parse_block(&f->vdev.pub, "0x60", &block), 0);
	KUNIT_EXPECT_EQ(test, block.type, QST_MEMORY);
}

static const struct word_case block_cases[] = {
	{ "pci:1:0", -EOPNOTSUPP }, { "mem:", -EINVAL }, { "mem:0x1 ", -EINVAL },
	{ "io:0x10000", -ERANGE }, { "vme:0", -EINVAL }, { "", -EINVAL },
};

KUNIT_ARRAY_PARAM(block, block_cases, describe_word);

static void a_refused_block_is_left_alone(struct kunit *test)
{
	struct qvm_state_block block = { .location = UNTOUCHED, .type = QST_NO_TYPE };
	const struct word_case *c = test->param_value;
	struct fixture *f = fixture(test);

	KUNIT_EXPECT_EQ(test, qvm_parse_block(&f->vdev.pub, c->arg, &block), c->err);
	KUNIT_EXPECT_EQ(test, block.location, UNTOUCHED);
	KUNIT_EXPECT_EQ(test, block.type, QST_NO_TYPE);
	expect_kept(test, f, c->err, c->arg);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sizes_are_parsed, size_gen_params),
	KUNIT_CASE_PARAM(booleans_are_parsed, bool_gen_params),
	KUNIT_CASE_PARAM(choices_are_parsed, choice_gen_params),
	KUNIT_CASE_PARAM(strings_are_copied, text_gen_params),
	KUNIT_CASE(a_block_takes_type_and_location),
	KUNIT_CASE(a_block_without_type_is_of_the_preset_one),
	KUNIT_CASE_PARAM(a_refused_block_is_left_alone, block_gen_params),
	KUNIT_CASE_PARAM(numbers_are_parsed, number_gen_params),
	KUNIT_CASE(a_number_of_64_kib_is_too_large),
	KUNIT_CASE_PARAM(locations_are_parsed, location_gen_params),
	KUNIT_CASE_PARAM(a_number_is_held_to_its_limit, limit_gen_params),
	KUNIT_CASE_PARAM(a_refused_number_does_not_touch_the_value, limit_gen_params),
	KUNIT_CASE_PARAM(the_framework_keeps_a_refused_number, limit_gen_params),
	KUNIT_CASE(a_refused_number_is_quoted_with_its_limit),
	KUNIT_CASE(a_quoted_number_has_no_control_characters),
	KUNIT_CASE(a_refusal_outside_of_control_leaves_no_trace),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-parse",
	.test_cases = cases,
};
kunit_test_suite(suite);
