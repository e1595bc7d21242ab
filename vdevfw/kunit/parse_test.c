// SPDX-License-Identifier: GPL-2.0-only
/* Tests of vdev/parse.c. */
#include <kunit/test.h>
#include <linux/ctype.h>
#include <linux/sizes.h>

#include <vdevfw/utils.h>

#include "../vdev/parse.h"
#include "../vdev/vdev.h"

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
 * @msg: Where its refusals go
 */
struct fixture {
	struct vdevfw_vdev vdev;
	struct vdevfw_message msg;
};

static struct fixture *fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->vdev.pub.v_factory = &nobody;
	f->vdev.msg = &f->msg;
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

	f->vdev.msg = NULL;
	KUNIT_EXPECT_EQ(test, qvm_parse_num(&f->vdev.pub, "x", 255, &value), -EINVAL);
	KUNIT_EXPECT_EQ(test, f->vdev.refused, 0);
	KUNIT_EXPECT_STREQ(test, f->msg.text, "");
}

static struct kunit_case cases[] = {
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
