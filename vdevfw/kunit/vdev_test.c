// SPDX-License-Identifier: GPL-2.0-only
/* Tests of what a vdev gets: vdev/vdev.c. */
#include <linux/sizes.h>

#include "../vdev/vdev.h"
#include "testbed.h"

/*
 * The instance
 */

static void state_is_zeroed(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.extra_space = SZ_1M;
	probe_register(test, probe);
	testbed_must_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(probe->vdp->v_device, 0, SZ_1M), NULL);
}

static void state_is_aligned(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");

	testbed_must_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)probe->vdp->v_device, sizeof(u64)));
}

static void a_vdev_knows_its_factory_and_guest(struct kunit *test)
{
	struct probe *probe = probe_add(test, "a");
	struct guest_system *gsp = testbed_guest(test, 0);

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_PTR_EQ(test, probe->vdp->v_gsp, gsp);
	KUNIT_EXPECT_PTR_EQ(test, probe->vdp->v_factory,
			    (const struct vdev_factory *)&probe->factory);
}

static void a_vdev_pins_its_module(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	int refs = module_refcount(THIS_MODULE);

	probe_add(test, "a");
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
}

struct answer_case {
	const char *name;
	int answer;
	int err;
};

static const struct answer_case answer_cases[] = {
	{ "an errno", -ENODEV, -ENODEV },
	{ "a positive errno", ENOMEM, -ENOMEM },
	{ "what only the kernel knows", -ERESTARTSYS, -EIO },
	{ "ENOTSUPP", -ENOTSUPP, -EIO },
	{ "no errno", INT_MIN, -EIO },
	{ "no positive errno", INT_MAX, -EIO },
};

KUNIT_ARRAY_PARAM_DESC(answer, answer_cases, name);

static void any_answer_but_0_is_a_refusal(struct kunit *test)
{
	const struct answer_case *c = test->param_value;
	struct probe *probe = probe_add(test, "a");
	struct testbed *bed = test->priv;

	probe->fail_at = VDEV_CTRL_OPTIONS_END;
	probe->fail_with = c->answer;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0"), NULL,
					  NULL), c->err);
	EXPECT_SAYS(test, bed->msg.text, "OPTIONS_END");
}

static int note_block(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		probe->vopnd = vdp->v_block;
	return 0;
}

static void a_new_vdev_is_nowhere(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = VFF_NONE;
	probe->preset.type = QST_NO_TYPE;
	probe->on_control = note_block;
	probe_register(test, probe);
	testbed_must_add(test, testbed_guest(test, 0), "a", NO_OPTIONS);
	KUNIT_EXPECT_EQ(test, probe->vopnd.location, QSL_NO_LOCATION);
	KUNIT_EXPECT_EQ(test, probe->vopnd.type, QST_NO_TYPE);
}

static void instances_have_their_own_state(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	void *first;

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	first = probe->vdp->v_device;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0x100"));
	KUNIT_EXPECT_PTR_NE(test, probe->vdp->v_device, first);
}

static void every_control_code_has_a_name_of_its_own(struct kunit *test)
{
	unsigned int a, b;

	for (a = 0; a <= VDEV_CTRL_RESTORE; a++)
		for (b = 0; b < a; b++)
			KUNIT_EXPECT_STRNEQ(test, vdev_ctrl_name(a), vdev_ctrl_name(b));
	KUNIT_EXPECT_STREQ(test, vdev_ctrl_name(VDEV_CTRL_GUEST_STARTING), "GUEST_STARTING");
	KUNIT_EXPECT_STREQ(test, vdev_ctrl_name(VDEV_CTRL_RESTORE + 1), "an unknown code");
	KUNIT_EXPECT_STREQ(test, vdev_ctrl_name(VDEV_CTRL_FIRST_OPTIDX), "an option");
	KUNIT_EXPECT_STREQ(test, vdev_ctrl_name(UINT_MAX), "an option");
}

/*
 * vdev_string()
 */

struct string_case {
	const char *name;
	u16 type;
	u64 location;
	const char *text;
	const char *given;
};

static const struct string_case string_cases[] = {
	{ "in memory", QST_MEMORY, 0xfa000000, "trace mem:0xfa000000" },
	{ "at the end of memory", QST_MEMORY, U64_MAX - 1, "trace mem:0xfffffffffffffffe" },
	{ "at address 0", QST_MEMORY, 0, "trace mem:0x0" },
	{ "at a port", QST_X86_IO, 0x3f8, "trace io:0x3f8" },
	{ "nowhere", QST_NO_TYPE, QSL_NO_LOCATION, "trace" },
	{ "nowhere in memory", QST_MEMORY, QSL_NO_LOCATION, "trace" },
	{ "with a name", QST_MEMORY, 0x1000, "trace \"counter\" mem:0x1000", "counter" },
	{ "with a name only", QST_NO_TYPE, QSL_NO_LOCATION, "trace \"counter\"", "counter" },
};

KUNIT_ARRAY_PARAM_DESC(string, string_cases, name);

static const struct vdev_factory trace_factory = { .name = "trace" };

static struct vdevfw_vdev described(const struct string_case *c)
{
	return (struct vdevfw_vdev) {
		.pub = {
			.v_factory = &trace_factory,
			.v_block = { .type = c->type, .location = c->location },
		},
		.name = c->given,
		.stage.phase = PHASE_RUNNING,
	};
}

static void a_vdev_is_described(struct kunit *test)
{
	const struct string_case *c = test->param_value;
	struct vdevfw_vdev vdev = described(c);
	char text[64];

	KUNIT_EXPECT_EQ(test, vdev_string(text, sizeof(text), &vdev.pub), (int)strlen(c->text));
	KUNIT_EXPECT_STREQ(test, text, c->text);
}

static void a_description_is_cut_like_by_snprintf(struct kunit *test)
{
	const struct string_case *c = test->param_value;
	struct vdevfw_vdev vdev = described(c);
	size_t size;
	char text[64];

	for (size = 1; size <= strlen(c->text); size++) {
		memset(text, '#', sizeof(text));
		KUNIT_EXPECT_EQ(test, vdev_string(text, size, &vdev.pub), (int)strlen(c->text));
		KUNIT_EXPECT_EQ(test, strnlen(text, size), size - 1);
		KUNIT_EXPECT_MEMEQ(test, text, c->text, size - 1);
		KUNIT_EXPECT_EQ(test, text[size], '#');
	}
}

static void a_description_without_buffer_gives_its_length(struct kunit *test)
{
	const struct string_case *c = test->param_value;
	struct vdevfw_vdev vdev = described(c);

	KUNIT_EXPECT_EQ(test, vdev_string(NULL, 0, &vdev.pub), (int)strlen(c->text));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(state_is_zeroed),
	KUNIT_CASE(state_is_aligned),
	KUNIT_CASE(a_vdev_knows_its_factory_and_guest),
	KUNIT_CASE(a_vdev_pins_its_module),
	KUNIT_CASE_PARAM(any_answer_but_0_is_a_refusal, answer_gen_params),
	KUNIT_CASE(a_new_vdev_is_nowhere),
	KUNIT_CASE(instances_have_their_own_state),
	KUNIT_CASE(every_control_code_has_a_name_of_its_own),
	KUNIT_CASE_PARAM(a_vdev_is_described, string_gen_params),
	KUNIT_CASE_PARAM(a_description_is_cut_like_by_snprintf, string_gen_params),
	KUNIT_CASE_PARAM(a_description_without_buffer_gives_its_length, string_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-vdev",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
