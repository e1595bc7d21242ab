// SPDX-License-Identifier: GPL-2.0-only
/* Tests of vdev/factory.c. */
#include <linux/sizes.h>

#include "../vdev/factory.h"
#include "../vdev/options.h"
#include "testbed.h"

#define NAMES_MAX	256

/* A module that is not this one. */
static struct module other_module;

static struct module *module_named(struct kunit *test, const char *name)
{
	strscpy_pad(other_module.name, name);
	other_module.state = MODULE_STATE_LIVE;
	atomic_set(&other_module.refcnt, 1);
	return &other_module;
}

static int try_register(struct kunit *test, struct vdev_factory *factory, struct module *owner)
{
	int err = __vdev_register_factory(factory, QVM_VDEV_ABI, owner);

	if (!err)
		vdev_unregister_factory(factory);
	return err;
}

static void another_abi_is_refused(struct kunit *test)
{
	static const unsigned int others[] = { 0, QVM_VDEV_ABI - 1, QVM_VDEV_ABI + 1, UINT_MAX };
	struct probe *probe = probe_new(test, "a");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_EQ(test, vdev_register_factory(&probe->factory, others[i]), -ENOEXEC);
}

static void a_refused_factory_is_not_known(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");
	size_t before = vdevfw_factory_names(NULL, 0);

	vdev_register_factory(&probe->factory, QVM_VDEV_ABI + 1);
	KUNIT_EXPECT_EQ(test, vdevfw_factory_names(NULL, 0), before);
}

/*
 * Names
 */

struct module_case {
	const char *module;
	const char *name;
};

static const struct module_case module_cases[] = {
	{ "vdev_a", "a" },
	{ "vdev_two_words", "two-words" },
	{ "other", "other" },
	{ "other_vdev_a", "other-vdev-a" },
	{ "vdev_vdev_a", "vdev-a" },
	{ "vdev_2345678901234567890123456789012", "2345678901234567890123456789012" },
	{ "vdev_", NULL },
	{ "vdev_A", NULL },
	{ "vdev_23456789012345678901234567890123", NULL },
};

KUNIT_ARRAY_PARAM_DESC(module, module_cases, module);

static void without_a_name_the_module_gives_it(struct kunit *test)
{
	const struct module_case *c = test->param_value;
	struct probe *probe = probe_new(test, NULL);
	int err;

	err = try_register(test, &probe->factory, module_named(test, c->module));
	KUNIT_EXPECT_EQ(test, err, c->name ? 0 : -EINVAL);
	if (c->name)
		KUNIT_EXPECT_STREQ(test, probe->factory.name, c->name);
}

static void without_name_and_module_it_is_refused(struct kunit *test)
{
	struct probe *probe = probe_new(test, NULL);

	KUNIT_EXPECT_EQ(test, try_register(test, &probe->factory, NULL), -EINVAL);
}

struct name_case {
	const char *name;
	int err;
};

static const struct name_case name_cases[] = {
	{ "a", 0 },
	{ "0", 0 },
	{ "a-b-9", 0 },
	{ "abcdefghijklmnopqrstuvwxyz01234", 0 },
	{ "abcdefghijklmnopqrstuvwxyz012345", -EINVAL },
	{ "", -EINVAL },
	{ "A", -EINVAL },
	{ "a_b", -EINVAL },
	{ "a b", -EINVAL },
	{ "a.b", -EINVAL },
	{ "a/b", -EINVAL },
	{ "a\n", -EINVAL },
	{ "\xc3\xa4", -EINVAL },
	{ "%s", -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(name, name_cases, name);

static void names_are_checked_when_registered(struct kunit *test)
{
	const struct name_case *c = test->param_value;
	struct probe *probe = probe_new(test, c->name);

	KUNIT_EXPECT_EQ(test, try_register(test, &probe->factory, THIS_MODULE), c->err);
}

static void names_are_checked_when_looked_up(struct kunit *test)
{
	const struct name_case *c = test->param_value;
	struct testbed *bed = test->priv;

	if (!c->err)
		return;
	KUNIT_EXPECT_EQ(test, PTR_ERR(vdevfw_factory_get(c->name, &bed->msg)), -EINVAL);
	EXPECT_SAYS(test, bed->msg.text, "malformed");
}

static void a_name_can_be_taken_once(struct kunit *test)
{
	struct probe *first = probe_add(test, "a");
	struct probe *second = probe_new(test, "a");
	struct testbed *bed = test->priv;
	const struct vdev_factory *found;

	KUNIT_EXPECT_EQ(test, try_register(test, &second->factory, THIS_MODULE), -EEXIST);
	found = vdevfw_factory_get("a", &bed->msg);
	KUNIT_EXPECT_PTR_EQ(test, found, (const struct vdev_factory *)&first->factory);
	vdevfw_factory_put(found);
}

/*
 * Fields
 */

static const char *const options_256[257] = { [0 ... 255] = "x" };
static const char *const options_257[258] = { [0 ... 256] = "x" };
static const char *const empty_option[] = { "good", "", NULL };
static const char *const option_with_equals[] = { "good", "a=b", NULL };
static const char *const option_with_space[] = { "good", "a b", NULL };
static const char *const option_with_digit[] = { "good", "2log", NULL };
static const char *const option_with_mark[] = { "good", "!intr", NULL };
static const char *const flag_with_digit[] = { QVM_OPTION_NO_ARG_PREFIX "0x", NULL };
static const char *const flag_without_name[] = { QVM_OPTION_NO_ARG_PREFIX, NULL };

/* Gives @field of the factory @value. */
struct field_case {
	const char *name;
	size_t offset;
	size_t size;
	u64 value;
	int err;
};

#define FIELD(_name, _field, _value, _err)					\
	{ _name, offsetof(struct vdev_factory, _field),				\
	  sizeof_field(struct vdev_factory, _field), (unsigned long)(_value), _err }

static const struct field_case field_cases[] = {
	FIELD("no control", control, 0, -EINVAL),
	FIELD("no vread", vread, 0, 0),
	FIELD("no vwrite", vwrite, 0, 0),
	FIELD("pulse", pulse, 1, 0),
	FIELD("timer", timer, 1, 0),
	FIELD("no option_list", option_list, 0, 0),
	FIELD("256 options", option_list, options_256, 0),
	FIELD("257 options", option_list, options_257, -EINVAL),
	FIELD("an option without name", option_list, empty_option, -EINVAL),
	FIELD("an option with =", option_list, option_with_equals, -EINVAL),
	FIELD("an option with a space", option_list, option_with_space, -EINVAL),
	FIELD("an option with a digit first", option_list, option_with_digit, -EINVAL),
	FIELD("a flag with a digit first", option_list, flag_with_digit, -EINVAL),
	FIELD("a flag without name", option_list, flag_without_name, -EINVAL),
	FIELD("an option with ! first", option_list, option_with_mark, -EINVAL),
	FIELD("no flags", factory_flags, VFF_NONE, 0),
	FIELD("VFF_RESERVED", factory_flags, VFF_RESERVED, -EINVAL),
	FIELD("VFF_INTR_NO", factory_flags, VFF_INTR_NO, 0),
	FIELD("VFF_INTR_REQ", factory_flags, VFF_INTR_REQ, 0),
	FIELD("VFF_INTR_NONPCI", factory_flags, VFF_INTR_NONPCI, 0),
	FIELD("VFF_INTR_NO and _REQ", factory_flags, VFF_INTR_NO | VFF_INTR_REQ, -EINVAL),
	FIELD("VFF_INTR_REQ and _NONPCI", factory_flags, VFF_INTR_REQ | VFF_INTR_NONPCI, -EINVAL),
	FIELD("VFF_LOC_NO", factory_flags, VFF_LOC_NO, 0),
	FIELD("VFF_VDEV_MEM", factory_flags, VFF_VDEV_MEM, 0),
	FIELD("VFF_VDEV_X86_IO", factory_flags, VFF_VDEV_X86_IO, 0),
	FIELD("VFF_VDEV_PCI alone", factory_flags, VFF_VDEV_PCI, -EINVAL),
	FIELD("VFF_VDEV_PCI beside another", factory_flags, VFF_VDEV_PCI | VFF_VDEV_MEM, 0),
	FIELD("VFF_LOC_NO with a place", factory_flags, VFF_LOC_NO | VFF_VDEV_MEM, -EINVAL),
	FIELD("VFF_MUTEX", factory_flags, VFF_MUTEX, 0),
	FIELD("VFF_MUTEX_RECURSIVE", factory_flags, VFF_MUTEX_RECURSIVE, -EINVAL),
	FIELD("VFF_RC", factory_flags, VFF_RC, -EINVAL),
	FIELD("a flag that does not exist", factory_flags, 0x1000, -EINVAL),
	FIELD("the highest flag", factory_flags, BIT(31), -EINVAL),
	FIELD("no access size", acc_sizes, 0, 0),
	FIELD("0 bytes", acc_sizes, BIT(0), -EINVAL),
	FIELD("1 byte", acc_sizes, BIT(1), 0),
	FIELD("2 bytes", acc_sizes, BIT(2), 0),
	FIELD("3 bytes", acc_sizes, BIT(3), -EINVAL),
	FIELD("4 bytes", acc_sizes, BIT(4), 0),
	FIELD("8 bytes", acc_sizes, BIT(8), 0),
	FIELD("16 bytes", acc_sizes, BIT(16), -EINVAL),
	FIELD("31 bytes", acc_sizes, BIT(31), -EINVAL),
	FIELD("no extra space", extra_space, 0, 0),
	FIELD("1 MiB extra space", extra_space, SZ_1M, 0),
	FIELD("more than 1 MiB extra space", extra_space, SZ_1M + 1, -EINVAL),
	FIELD("4 GiB extra space", extra_space, U32_MAX, -EINVAL),
	FIELD("safety", safety, VDEV_SAFETY_YES, 0),
	FIELD("a safety that was forgotten", safety, 0, -EINVAL),
	FIELD("a safety that does not exist", safety, VDEV_SAFETY_NO + 1, -EINVAL),
};

KUNIT_ARRAY_PARAM_DESC(field, field_cases, name);

static void fields_are_checked(struct kunit *test)
{
	const struct field_case *c = test->param_value;
	struct probe *probe = probe_new(test, "a");

	memcpy((void *)&probe->factory + c->offset, &c->value, c->size);
	KUNIT_EXPECT_EQ(test, try_register(test, &probe->factory, THIS_MODULE), c->err);
}

/*
 * Finding
 */

static void an_unknown_factory_is_not_found(struct kunit *test)
{
	struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, PTR_ERR(vdevfw_factory_get("kunit-none", &bed->msg)), -ENOENT);
	EXPECT_SAYS(test, bed->msg.text, "vdev-kunit-none");
}

static void a_factory_that_is_gone_is_not_found(struct kunit *test)
{
	struct probe *probe = probe_new(test, "kunit-gone");
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, try_register(test, &probe->factory, THIS_MODULE), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(vdevfw_factory_get("kunit-gone", &bed->msg)), -ENOENT);
}

static void a_factory_can_be_registered_again(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");

	KUNIT_EXPECT_EQ(test, try_register(test, &probe->factory, THIS_MODULE), 0);
	KUNIT_EXPECT_EQ(test, try_register(test, &probe->factory, THIS_MODULE), 0);
}

static void a_factory_that_was_found_pins_its_module(struct kunit *test)
{
	struct probe *probe = probe_new(test, NULL);
	struct module *module = module_named(test, "vdev_pinned");
	struct testbed *bed = test->priv;
	const struct vdev_factory *found;

	KUNIT_ASSERT_EQ(test, __vdev_register_factory(&probe->factory, QVM_VDEV_ABI, module), 0);
	found = vdevfw_factory_get("pinned", &bed->msg);
	KUNIT_EXPECT_PTR_EQ(test, found, (const struct vdev_factory *)&probe->factory);
	KUNIT_EXPECT_EQ(test, atomic_read(&module->refcnt), 2);
	if (!IS_ERR(found))
		vdevfw_factory_put(found);
	KUNIT_EXPECT_EQ(test, atomic_read(&module->refcnt), 1);
	vdev_unregister_factory(&probe->factory);
}

static void a_factory_of_a_module_that_goes_is_not_found(struct kunit *test)
{
	struct probe *probe = probe_new(test, NULL);
	struct module *module = module_named(test, "vdev_kunit_goes");
	struct testbed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, __vdev_register_factory(&probe->factory, QVM_VDEV_ABI, module), 0);
	module->state = MODULE_STATE_GOING;
	KUNIT_EXPECT_EQ(test, PTR_ERR(vdevfw_factory_get("kunit-goes", &bed->msg)), -ENOENT);
	vdev_unregister_factory(&probe->factory);
}

/*
 * Listing
 */

static void names_are_listed_in_the_order_of_registration(struct kunit *test)
{
	static const char expected[] = "zz\0a\0mmm";
	size_t before = vdevfw_factory_names(NULL, 0), used;
	char *buf = kunit_kzalloc(test, NAMES_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	probe_add(test, "zz");
	probe_add(test, "a");
	probe_add(test, "mmm");
	used = vdevfw_factory_names(buf, NAMES_MAX);
	KUNIT_ASSERT_EQ(test, used, before + sizeof(expected));
	KUNIT_EXPECT_MEMEQ(test, buf + before, expected, sizeof(expected));
}

static void a_short_buffer_still_tells_the_length(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, NAMES_MAX, GFP_KERNEL);
	size_t size, used;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	probe_add(test, "first");
	probe_add(test, "second");
	used = vdevfw_factory_names(NULL, 0);
	for (size = 0; size <= used + 1; size++)
		KUNIT_EXPECT_EQ(test, vdevfw_factory_names(buf, size), used);
}

static void nothing_is_written_beyond_a_short_buffer(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, NAMES_MAX, GFP_KERNEL);
	size_t size, used;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	probe_add(test, "first");
	probe_add(test, "b");
	used = vdevfw_factory_names(NULL, 0);
	for (size = 0; size <= used; size++) {
		memset(buf, '#', NAMES_MAX);
		vdevfw_factory_names(buf, size);
		KUNIT_EXPECT_PTR_EQ(test, memchr_inv(buf + size, '#', NAMES_MAX - size), NULL);
	}
}

/* What user space learns of the options of a factory. */
static void option_names_begin_with_the_common_ones(struct kunit *test)
{
	static const char expected[] = "loc\0intr\0name\0" "2log\0sched\0!hostvector\0"
				       "number\0" "0flag\0text";
	struct probe *probe = probe_new(test, "a");
	char buf[NAMES_MAX];

	probe->factory.factory_flags = VFF_VDEV_MEM;

	KUNIT_ASSERT_EQ(test, vdevfw_options_names(&probe->factory, buf, sizeof(buf)),
			sizeof(expected));
	KUNIT_EXPECT_MEMEQ(test, buf, expected, sizeof(expected));
}

static void options_that_flags_forbid_are_marked(struct kunit *test)
{
	static const char expected[] = "!loc\0!intr\0name\0" "2log\0sched\0!hostvector\0"
				       "number\0" "0flag\0text";
	struct probe *probe = probe_new(test, "a");
	char buf[NAMES_MAX];

	probe->factory.factory_flags = VFF_LOC_NO | VFF_INTR_NO;
	KUNIT_ASSERT_EQ(test, vdevfw_options_names(&probe->factory, buf, sizeof(buf)),
			sizeof(expected));
	KUNIT_EXPECT_MEMEQ(test, buf, expected, sizeof(expected));
}

static void a_factory_may_have_no_options(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = VFF_LOC_NO | VFF_INTR_NO;
	probe->factory.option_list = NULL;
	KUNIT_EXPECT_EQ(test, vdevfw_options_names(&probe->factory, NULL, 0),
			sizeof("!loc\0!intr\0name\0" "2log\0sched\0!hostvector"));
}

/* A vdev's own option takes the place of a common one, and is listed once. */
static void an_own_option_hides_a_common_one(struct kunit *test)
{
	static const char *const own[] = { "intr", NULL };
	static const char expected[] = "loc\0name\0" "2log\0sched\0!hostvector\0intr";
	struct probe *probe = probe_new(test, "a");
	char buf[NAMES_MAX];

	probe->factory.factory_flags = VFF_VDEV_MEM;
	probe->factory.option_list = own;
	KUNIT_ASSERT_EQ(test, vdevfw_options_names(&probe->factory, buf, sizeof(buf)),
			sizeof(expected));
	KUNIT_EXPECT_MEMEQ(test, buf, expected, sizeof(expected));
}

static void option_names_are_not_written_beyond_a_short_buffer(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");
	size_t size, used = vdevfw_options_names(&probe->factory, NULL, 0);
	char buf[NAMES_MAX];

	for (size = 0; size <= used; size++) {
		memset(buf, '#', sizeof(buf));
		KUNIT_EXPECT_EQ(test, vdevfw_options_names(&probe->factory, buf, size), used);
		KUNIT_EXPECT_PTR_EQ(test, memchr_inv(buf + size, '#', sizeof(buf) - size), NULL);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(another_abi_is_refused),
	KUNIT_CASE(a_refused_factory_is_not_known),
	KUNIT_CASE_PARAM(without_a_name_the_module_gives_it, module_gen_params),
	KUNIT_CASE(without_name_and_module_it_is_refused),
	KUNIT_CASE_PARAM(names_are_checked_when_registered, name_gen_params),
	KUNIT_CASE_PARAM(names_are_checked_when_looked_up, name_gen_params),
	KUNIT_CASE(a_name_can_be_taken_once),
	KUNIT_CASE_PARAM(fields_are_checked, field_gen_params),
	KUNIT_CASE(an_unknown_factory_is_not_found),
	KUNIT_CASE(a_factory_that_is_gone_is_not_found),
	KUNIT_CASE(a_factory_can_be_registered_again),
	KUNIT_CASE(a_factory_that_was_found_pins_its_module),
	KUNIT_CASE(a_factory_of_a_module_that_goes_is_not_found),
	KUNIT_CASE(names_are_listed_in_the_order_of_registration),
	KUNIT_CASE(a_short_buffer_still_tells_the_length),
	KUNIT_CASE(nothing_is_written_beyond_a_short_buffer),
	KUNIT_CASE(option_names_begin_with_the_common_ones),
	KUNIT_CASE(options_that_flags_forbid_are_marked),
	KUNIT_CASE(a_factory_may_have_no_options),
	KUNIT_CASE(an_own_option_hides_a_common_one),
	KUNIT_CASE(option_names_are_not_written_beyond_a_short_buffer),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-factory",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
