// SPDX-License-Identifier: GPL-2.0-only
/* Tests of assembly.c, running.c and status.c: settings, safety, names, status, button, end. */
#include <vdevfw/guest.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#include "../status.h"
#include "../vdev/vdev.h"
#include "testbed.h"

#define NO	VDEVFW_NO_OPTION

/*
 * Settings
 */

struct setting_case {
	const char *name;
	const char *options;
	size_t len;
	int err;
	u32 at;
	const char *says[2];
};

static const struct setting_case setting_cases[] = {
	{ "none", NO_OPTIONS, 0, NO },
	{ "logger", OPTIONS("logger=error,info stdout"), 0, NO },
	{ "safety none", OPTIONS("safety=none"), 0, NO },
	{ "safety warn", OPTIONS("safety=warn"), 0, NO },
	{ "safety required", OPTIONS("safety=required"), 0, NO },
	{ "ignore", OPTIONS("unsupported=reference ignore"), 0, NO },
	{ "abort", OPTIONS("unsupported=reference abort"), 0, NO },
	{ "several", OPTIONS("safety=warn\0logger=info slog\0logger=error none"), 0, NO },
	{ "unknown", OPTIONS("safety=warn\0bogus=1"), -ENOPROTOOPT, 1, { "\"bogus\"", "safety" } },
	{ "empty", OPTIONS(""), -ENOPROTOOPT, 0 },
	{ "no argument", OPTIONS("safety"), -ENODATA, 0, { "safety", "argument" } },
	{ "empty argument", OPTIONS("logger="), -ENODATA, 0, { "logger", "argument" } },
	{ "safety unknown", OPTIONS("safety=yes"), -EINVAL, 0, { "\"yes\"", "none, warn" } },
	{ "logger malformed", OPTIONS("logger=x stdout"), -EINVAL, 0, { "\"x\"", "fatal" } },
	{ "logger without destination", OPTIONS("logger=error"), -ENODATA, 0, { "\"error\"" } },
	{ "fail", OPTIONS("unsupported=reference fail"), -EOPNOTSUPP, 0, { "KVM cannot" } },
	{ "unsupported unknown", OPTIONS("unsupported=register abort"), -EINVAL, 0,
	  { "\"register abort\"", "reference ignore" } },
	{ "no NUL at the end", "safety=warn", 11, -EINVAL, NO, { "NUL" } },
};

KUNIT_ARRAY_PARAM_DESC(setting, setting_cases, name);

static int set(struct kunit *test, struct guest_system *gsp, const char *options, size_t len,
	       u32 *at)
{
	struct testbed *bed = test->priv;
	char *copy = NULL;

	if (len) {
		copy = kunit_kzalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		memcpy(copy, options, len);
	}
	bed->msg.text[0] = 0;
	return vdevfw_guest_set(gsp, copy, len, at, &bed->msg);
}

static void settings_are_taken_or_refused(struct kunit *test)
{
	const struct setting_case *c = test->param_value;
	struct testbed *bed = test->priv;
	unsigned int i;
	u32 at = 0xdead;

	KUNIT_EXPECT_EQ(test, set(test, testbed_guest(test, 0), c->options, c->len, &at), c->err);
	KUNIT_EXPECT_EQ(test, at, c->at);
	KUNIT_EXPECT_EQ(test, !bed->msg.text[0], !c->err);
	for (i = 0; i < ARRAY_SIZE(c->says) && c->says[i]; i++)
		EXPECT_SAYS(test, bed->msg.text, c->says[i]);
}

static void settings_come_before_configure(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	u32 at;

	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, set(test, gsp, OPTIONS("safety=warn"), &at), -EBUSY);
}

/*
 * Safety
 */

struct safety_case {
	const char *name;
	const char *policy;
	unsigned int safety;
	int err;
	unsigned int warnings;
};

static const struct safety_case safety_cases[] = {
	{ "none, not for safety", "safety=none", VDEV_SAFETY_NO, 0, 0 },
	{ "none, for safety", "safety=none", VDEV_SAFETY_YES, 0, 0 },
	{ "warn, not for safety", "safety=warn", VDEV_SAFETY_NO, 0, 1 },
	{ "warn, for safety", "safety=warn", VDEV_SAFETY_YES, 0, 0 },
	{ "required, not for safety", "safety=required", VDEV_SAFETY_NO, -EACCES, 0 },
	{ "required, for safety", "safety=required", VDEV_SAFETY_YES, 0, 0 },
};

KUNIT_ARRAY_PARAM_DESC(safety, safety_cases, name);

static void safety_decides_on_a_vdev(struct kunit *test)
{
	const struct safety_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	struct testbed *bed = test->priv;
	u32 at;

	probe->factory.safety = c->safety;
	probe_register(test, probe);
	KUNIT_ASSERT_EQ(test, set(test, gsp, c->policy, strlen(c->policy) + 1, &at), 0);
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0"), NULL, NULL), c->err);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, NULL),
			c->warnings);
	KUNIT_EXPECT_STREQ(test, bed->trace, c->err ? "" : "a:START a:END");
}

static void safety_holds_from_where_it_stands(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	u32 at;

	probe_add(test, "a");
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	KUNIT_ASSERT_EQ(test, set(test, gsp, OPTIONS("safety=required"), &at), 0);
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0x100"), NULL, NULL),
			-EACCES);
	KUNIT_ASSERT_EQ(test, set(test, gsp, OPTIONS("safety=none"), &at), 0);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0x100"));
}

/*
 * Names and other common options
 */

static void a_name_is_unique_within_the_guest(struct kunit *test)
{
	struct guest_system *first = testbed_guest(test, 0), *second = testbed_guest(test, 1);

	probe_add(test, "a");
	testbed_must_add(test, first, "a", OPTIONS("loc=0\0name=x"));
	KUNIT_EXPECT_EQ(test, testbed_add(test, first, "a", OPTIONS("loc=0x100\0name=x"), NULL,
					  NULL), -EEXIST);
	testbed_must_add(test, second, "a", OPTIONS("loc=0\0name=x"));
}

static void a_path_leads_to_the_named_vdev(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	char path[128], expected[128];

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0\0name=x"));
	testbed_must_configure(test, gsp);
	snprintf(expected, sizeof(expected), "/sys/kernel/debug/vdevfw/%llu-kunit/vdevs/x",
		 gsp->id);
	KUNIT_EXPECT_EQ(test, vdev_path(path, sizeof(path), probe->vdp), (int)strlen(expected));
	KUNIT_EXPECT_STREQ(test, path, expected);
}

static void a_vdev_without_name_has_no_path(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, vdev_path(NULL, 0, probe->vdp), -ENOENT);
}

static void options_reach_the_instance(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = VFF_VDEV_MEM;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0\0intr=ioapic:5\0sched=50"));
	KUNIT_EXPECT_PTR_EQ(test, probe->vdp->v_intr.pic, &gsp->intrs.irqchip->pub);
	KUNIT_EXPECT_EQ(test, probe->vdp->v_intr.param, 5);
	KUNIT_EXPECT_EQ(test, probe->vdp->v_sched.priority, QVM_SCHED_FIFO);
}

static int preset_intr(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		return qvm_parse_intr(vdp, "ioapic:9", &vdp->v_intr);
	return 0;
}

static void intr_is_not_required_where_the_vdev_presets_it(struct kunit *test)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.factory_flags = VFF_VDEV_MEM | VFF_INTR_REQ;
	probe->on_control = preset_intr;
	probe_register(test, probe);
	testbed_must_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_EQ(test, probe->vdp->v_intr.param, 9);
	testbed_must_add(test, testbed_guest(test, 1), "a", OPTIONS("loc=0\0intr=ioapic:5"));
	KUNIT_EXPECT_EQ(test, probe->vdp->v_intr.param, 5);
}

static void an_own_option_comes_before_a_common_one(struct kunit *test)
{
	static const char *const own[] = { "intr", NULL };
	struct testbed *bed = test->priv;
	struct probe *probe = probe_new(test, "a");

	probe->factory.option_list = own;
	probe_register(test, probe);
	testbed_must_add(test, testbed_guest(test, 0), "a", OPTIONS("loc=0\0intr=1,2\0intr=3"));
	KUNIT_EXPECT_STREQ(test, bed->trace, "a:START a:0=1,2 a:0=3 a:END");
	KUNIT_EXPECT_PTR_EQ(test, probe->vdp->v_intr.pic, NULL);
}

/* What goes before comes into effect, too: a refused vdev leaves no name behind. */
static void a_refused_vdev_frees_its_name(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add(test, "a");
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("name=x\0bogus"), NULL, NULL),
			-ENOPROTOOPT);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0\0name=x"));
}

static int overlook(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	u64 value;

	if (ctrl == PROBE_NUMBER)
		qvm_parse_num(vdp, arg, 5, &value);
	return 0;
}

static void an_error_that_the_vdev_overlooks_refuses_it(struct kunit *test)
{
	struct testbed *bed = test->priv;
	struct probe *probe = probe_add(test, "a");
	u32 at;

	probe->on_control = overlook;
	KUNIT_EXPECT_EQ(test, testbed_add(test, testbed_guest(test, 0), "a",
					  OPTIONS("loc=0\0number=6"), &at, NULL), -ERANGE);
	KUNIT_EXPECT_EQ(test, at, 1);
	KUNIT_EXPECT_STREQ(test, bed->msg.text,
			   "vdev a: option number: \"6\" is too large; allowed: 0 to 5");
}

/*
 * Status
 */

static int report_two_lines(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_STATUS) {
		qvm_report(vdp, "value 0x%x", 0x2a);
		qvm_report(vdp, "a\nb");
	}
	return 0;
}

static struct guest_system *guest_to_report(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	probe_add(test, "b");
	probe->on_control = report_two_lines;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0x1000\0name=x"));
	testbed_must_add(test, gsp, "b", OPTIONS("loc=io:0x60"));
	return gsp;
}

#define STATUS_A	"vdev 1: a \"x\" mem:0x1000\n  value 0x2a\n  a?b\n"
#define STATUS_B	"vdev 2: b io:0x60\n"

static int status(struct kunit *test, struct guest_system *gsp, u64 id,
		  struct vdevfw_report *report)
{
	struct testbed *bed = test->priv;

	bed->msg.text[0] = 0;
	report->used = 0;
	return vdevfw_guest_status(gsp, id, report, &bed->msg);
}

static void the_status_of_a_vdev_is_what_it_reports(struct kunit *test)
{
	struct guest_system *gsp = guest_to_report(test);
	char text[256];
	struct vdevfw_report report = { .text = text, .size = sizeof(text) };

	KUNIT_EXPECT_EQ(test, status(test, gsp, 1, &report), 0);
	KUNIT_EXPECT_STREQ(test, text, STATUS_A);
	KUNIT_EXPECT_EQ(test, report.used, strlen(STATUS_A));
}

static void the_status_of_a_guest_is_that_of_all_vdevs(struct kunit *test)
{
	struct guest_system *gsp = guest_to_report(test);
	char text[256], expected[256];
	struct vdevfw_report report = { .text = text, .size = sizeof(text) };

	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	snprintf(expected, sizeof(expected), "guest %llu kunit: running, 2 vdevs\n" STATUS_A STATUS_B,
		 gsp->id);
	KUNIT_EXPECT_EQ(test, status(test, gsp, 0, &report), 0);
	KUNIT_EXPECT_STREQ(test, text, expected);
}

static void a_status_is_cut_and_its_length_told(struct kunit *test)
{
	struct guest_system *gsp = guest_to_report(test);
	struct vdevfw_report report;
	char text[256];
	size_t size;

	for (size = 0; size <= strlen(STATUS_A) + 1; size++) {
		memset(text, '#', sizeof(text));
		report = (struct vdevfw_report) { .text = text, .size = size };
		KUNIT_EXPECT_EQ(test, status(test, gsp, 1, &report), 0);
		KUNIT_EXPECT_EQ(test, report.used, strlen(STATUS_A));
		KUNIT_EXPECT_EQ(test, text[size], '#');
		if (!size)
			continue;
		KUNIT_EXPECT_EQ(test, strnlen(text, size), size - 1);
		KUNIT_EXPECT_MEMEQ(test, text, STATUS_A, size - 1);
	}
}

static void there_is_no_status_of_nobody(struct kunit *test)
{
	struct guest_system *gsp = guest_to_report(test);
	struct vdevfw_report report = {};
	struct testbed *bed = test->priv;

	KUNIT_EXPECT_EQ(test, status(test, gsp, 3, &report), -ENOENT);
	EXPECT_SAYS(test, bed->msg.text, "no vdev 3");
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, status(test, gsp, 1, &report), -ESHUTDOWN);
}

static void a_status_that_fails_says_so_and_hides_no_other(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	char text[256];
	struct vdevfw_report report = { .text = text, .size = sizeof(text) };

	probe_add(test, "b");
	probe->fail_at = VDEV_CTRL_STATUS;
	probe->fail_with = -EIO;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_add(test, gsp, "b", OPTIONS("loc=0x100"));
	KUNIT_EXPECT_EQ(test, status(test, gsp, 0, &report), 0);
	EXPECT_SAYS(test, text, "vdev 1: a mem:0x0\n  vdev a refuses STATUS with error 5\n");
	EXPECT_SAYS(test, text, "vdev 2: b");
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_CONFIG);
}

static int break_a_rule(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return ctrl == VDEV_CTRL_OPTIONS_END ? vdev_string(NULL, 0, vdp) != -EPERM : 0;
}

static void a_status_counts_calls_in_a_wrong_phase(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	char text[256];
	struct vdevfw_report report = { .text = text, .size = sizeof(text) };

	probe->on_control = break_a_rule;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	KUNIT_EXPECT_EQ(test, status(test, gsp, 1, &report), 0);
	EXPECT_SAYS(test, text, "calls in a wrong phase: 1");
}

/*
 * The power button
 */

static int handle_button(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return ctrl == VDEV_CTRL_OPTIONS_START ? guest_button_register(vdp) : 0;
}

static struct guest_system *guest_with_button(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_add(test, "a")->on_control = handle_button;
	probe_add(test, "b");
	testbed_must_add(test, gsp, "b", OPTIONS("loc=0"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0x100"));
	testbed_must_configure(test, gsp);
	return gsp;
}

static void the_button_tells_all_and_counts_who_cares(struct kunit *test)
{
	struct guest_system *gsp = guest_with_button(test);
	struct testbed *bed = test->priv;
	u32 handlers = 99;

	testbed_must_start(test, gsp);
	testbed_clear_trace(test);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_button(gsp, &handlers, &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, handlers, 1);
	KUNIT_EXPECT_STREQ(test, bed->trace, "b:BUTTON a:BUTTON");
}

static void the_button_of_a_machine_that_never_ran_is_dead(struct kunit *test)
{
	struct guest_system *gsp = guest_with_button(test);
	struct testbed *bed = test->priv;
	u32 handlers;

	testbed_clear_trace(test);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_button(gsp, &handlers, &bed->msg), -EPERM);
	KUNIT_EXPECT_STREQ(test, bed->trace, "");
}

static void a_vdev_that_fails_at_the_button_keeps_no_other_from_it(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct testbed *bed = test->priv;
	struct probe *probe = probe_add(test, "a");
	u32 handlers;

	probe_add(test, "b");
	probe->fail_at = VDEV_CTRL_BUTTON;
	probe->fail_with = -ENODEV;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_add(test, gsp, "b", OPTIONS("loc=0x100"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	testbed_clear_trace(test);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_button(gsp, &handlers, &bed->msg), -ENODEV);
	KUNIT_EXPECT_STREQ(test, bed->trace, "a:BUTTON b:BUTTON");
	KUNIT_EXPECT_EQ(test, gsp->state, VDEVFW_STATE_RUNNING);
}

/*
 * The end by a vdev
 */

struct cause_case {
	unsigned int cause;
	int err;
};

static const struct cause_case cause_cases[] = {
	{ 0, 0 }, { 1, -EINVAL }, { 2, -EINVAL }, { 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 },
	{ 8, -EINVAL }, { 31, -EINVAL }, { 32, 0 }, { 63, 0 }, { 64, -EINVAL }, { 65, -EINVAL },
	{ 96, -EINVAL }, { UINT_MAX, -EINVAL },
};

static void describe_cause(const struct cause_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "cause %u", c->cause);
}
KUNIT_ARRAY_PARAM(cause, cause_cases, describe_cause);

static struct probe *running_probe(struct kunit *test, struct guest_system **gsp)
{
	struct probe *probe = probe_add(test, "a");

	*gsp = testbed_guest(test, 0);
	testbed_must_add(test, *gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, *gsp);
	testbed_must_start(test, *gsp);
	return probe;
}

static void a_vdev_ends_the_machine_with_a_cause(struct kunit *test)
{
	const struct cause_case *c = test->param_value;
	struct vdevfw_event event = {};
	struct guest_system *gsp;
	struct probe *probe = running_probe(test, &gsp);
	u32 value = 0;

	KUNIT_EXPECT_EQ(test, guest_terminate(probe->vdp, c->cause), c->err);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), c->err ? -1 : (int)c->cause);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, VDEVFW_BUS_MEM, 0, 4, &value),
			c->err ? 0 : -EOPNOTSUPP);
	KUNIT_ASSERT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, &event),
			!c->err);
	if (c->err)
		return;
	KUNIT_EXPECT_EQ(test, event.vdev, 1);
	KUNIT_EXPECT_EQ(test, event.value, c->cause);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, "vdev a mem:0x0 ends the machine");
}

static void the_first_end_counts(struct kunit *test)
{
	struct guest_system *gsp;
	struct probe *probe = running_probe(test, &gsp);

	KUNIT_EXPECT_EQ(test, guest_terminate(probe->vdp, 40), 0);
	KUNIT_EXPECT_EQ(test, guest_terminate(probe->vdp, 41), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), 40);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, NULL), 1);
}

/* What a vdev's thread may do while the worker has already taken the windows away. */
static void terminate_while_retracting(void *context)
{
	struct probe *probe = context;

	KUNIT_EXPECT_EQ(probe->bed->test, guest_terminate(probe->vdp, 33), 0);
}

static void a_vdev_may_end_a_machine_that_is_ending(struct kunit *test)
{
	struct guest_system *gsp;
	struct probe *probe = running_probe(test, &gsp);

	fake_kvm.retracted = terminate_while_retracting;
	fake_kvm.retracted_context = probe;
	vdevfw_guest_destroy(gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), -1);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, NULL), 0);
}

static enum vdev_ref_status terminate_in_read(vdev_t *vdp, unsigned int cookie,
					      const struct qvm_state_block *vopnd,
					      const struct qvm_state_block *oopnd,
					      struct guest_cpu *gcp)
{
	guest_terminate(vdp, 33);
	return VRS_TERMINATE;
}

static void a_handler_ends_the_machine_with_its_own_cause(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	u32 value;

	probe->factory.vread = terminate_in_read;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	fake_kvm_read(0, VDEVFW_BUS_MEM, 0, 4, &value);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), 33);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 1);
}

static int terminate_at_assign(struct probe *probe, vdev_t *vdp, unsigned int ctrl,
			       const char *arg)
{
	return ctrl == VDEV_CTRL_ASSIGN ? guest_terminate(vdp, 33) : 0;
}

static void a_machine_that_ended_during_startup_does_not_start(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct testbed *bed = test->priv;
	struct probe *probe = probe_add(test, "a");

	probe->on_control = terminate_at_assign;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_start(gsp, &bed->msg), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), 33);
}

static int fatal_at_status(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	return ctrl == VDEV_CTRL_STATUS ? qvm_fatal(vdp, QVM_OUTF_QVM, "broken") : 0;
}

static void a_fatal_message_while_it_runs_ends_the_machine_from_control_too(struct kunit *test)
{
	struct vdevfw_report report = {};
	struct guest_system *gsp;
	struct probe *probe = running_probe(test, &gsp);

	probe->on_control = fatal_at_status;
	KUNIT_EXPECT_EQ(test, status(test, gsp, 0, &report), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), VDEVFW_EXIT_VDEV);
}

/*
 * unsupported reference
 */

struct reference_case {
	const char *name;
	bool abort;
	unsigned int len;
	bool write;
	int cause;
	const char *says;
};

static const struct reference_case reference_cases[] = {
	{ "ignored read", false, 2, false, -1, NULL },
	{ "ignored write", false, 2, true, -1, NULL },
	{ "served with abort", true, 4, false, -1, NULL },
	{ "aborted read", true, 2, false, VDEVFW_EXIT_UNSUPPORTED,
	  "vdev a mem:0x0 does not support a read of 2 bytes at 0x4" },
	{ "aborted write", true, 1, true, VDEVFW_EXIT_UNSUPPORTED,
	  "vdev a mem:0x0 does not support a write of 1 bytes at 0x4" },
};

KUNIT_ARRAY_PARAM_DESC(reference, reference_cases, name);

static void what_a_vdev_does_not_serve_is_ignored_or_ends_the_machine(struct kunit *test)
{
	const struct reference_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	struct vdevfw_event event = {};
	u64 value = 0;
	u32 at;

	probe->factory.acc_sizes = BIT(4);
	probe_register(test, probe);
	if (c->abort)
		set(test, gsp, OPTIONS("unsupported=reference abort"), &at);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	if (c->write)
		KUNIT_EXPECT_EQ(test, fake_kvm_write(0, VDEVFW_BUS_MEM, 4, c->len, &value), 0);
	else
		KUNIT_EXPECT_EQ(test, fake_kvm_read(0, VDEVFW_BUS_MEM, 4, c->len, &value), 0);
	if (!c->write && c->len == 2)
		KUNIT_EXPECT_EQ(test, value, 0xffff);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), c->cause);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), c->cause >= 0);
	testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, &event);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, c->says ?: "");
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(settings_are_taken_or_refused, setting_gen_params),
	KUNIT_CASE(settings_come_before_configure),
	KUNIT_CASE_PARAM(safety_decides_on_a_vdev, safety_gen_params),
	KUNIT_CASE(safety_holds_from_where_it_stands),
	KUNIT_CASE(a_name_is_unique_within_the_guest),
	KUNIT_CASE(a_path_leads_to_the_named_vdev),
	KUNIT_CASE(a_vdev_without_name_has_no_path),
	KUNIT_CASE(options_reach_the_instance),
	KUNIT_CASE(intr_is_not_required_where_the_vdev_presets_it),
	KUNIT_CASE(an_own_option_comes_before_a_common_one),
	KUNIT_CASE(a_refused_vdev_frees_its_name),
	KUNIT_CASE(an_error_that_the_vdev_overlooks_refuses_it),
	KUNIT_CASE(the_status_of_a_vdev_is_what_it_reports),
	KUNIT_CASE(the_status_of_a_guest_is_that_of_all_vdevs),
	KUNIT_CASE(a_status_is_cut_and_its_length_told),
	KUNIT_CASE(there_is_no_status_of_nobody),
	KUNIT_CASE(a_status_that_fails_says_so_and_hides_no_other),
	KUNIT_CASE(a_status_counts_calls_in_a_wrong_phase),
	KUNIT_CASE(the_button_tells_all_and_counts_who_cares),
	KUNIT_CASE(the_button_of_a_machine_that_never_ran_is_dead),
	KUNIT_CASE(a_vdev_that_fails_at_the_button_keeps_no_other_from_it),
	KUNIT_CASE_PARAM(a_vdev_ends_the_machine_with_a_cause, cause_gen_params),
	KUNIT_CASE(the_first_end_counts),
	KUNIT_CASE(a_vdev_may_end_a_machine_that_is_ending),
	KUNIT_CASE(a_handler_ends_the_machine_with_its_own_cause),
	KUNIT_CASE(a_machine_that_ended_during_startup_does_not_start),
	KUNIT_CASE(a_fatal_message_while_it_runs_ends_the_machine_from_control_too),
	KUNIT_CASE_PARAM(what_a_vdev_does_not_serve_is_ignored_or_ends_the_machine,
			 reference_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-machine",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
