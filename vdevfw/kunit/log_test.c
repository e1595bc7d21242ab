// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/log.c: what a vdev says, and where it goes. */
#include <vdevfw/outpipe.h>

#include "../vdev/vdev.h"
#include "testbed.h"

#define STDOUT	VDEVFW_LOG_STDOUT
#define STDERR	VDEVFW_LOG_STDERR
#define SLOG	VDEVFW_LOG_SLOG

/*
 * Routes
 */

struct route_case {
	const char *name;
	const char *args[3];
	int err;
	const char *rejected;
	u8 to[VDEVFW_SEVERITIES];
};

#define DEFAULT	{ STDERR | SLOG, STDERR | SLOG, STDERR | SLOG, STDERR | SLOG, STDERR | SLOG, 0, 0 }

static const struct route_case route_cases[] = {
	{ "no option", {}, 0, NULL, DEFAULT },
	{ "one severity", { "error stderr" }, 0, NULL, { [2] = STDERR } },
	{ "several", { "fatal,info,verbose stdout" }, 0, NULL,
	  { [0] = STDOUT, [4] = STDOUT, [6] = STDOUT } },
	{ "all", { "fatal,internal,error,warn,info,debug,verbose slog" }, 0, NULL,
	  { SLOG, SLOG, SLOG, SLOG, SLOG, SLOG, SLOG } },
	{ "warning is warn", { "warning slog" }, 0, NULL, { [3] = SLOG } },
	{ "one twice", { "error,error stderr" }, 0, NULL, { [2] = STDERR } },
	{ "two options add up", { "error stderr", "error,info slog" }, 0, NULL,
	  { [2] = STDERR | SLOG, [4] = SLOG } },
	{ "none takes away", { "error,info stderr", "info none" }, 0, NULL, { [2] = STDERR } },
	{ "none alone", { "error none" }, 0, NULL, {} },

	{ "no destination", { "error" }, -ENODATA, "error", DEFAULT },
	{ "unknown destination", { "error syslog" }, -EINVAL, "syslog", DEFAULT },
	{ "destination with more", { "error stderr x" }, -EINVAL, "stderr x", DEFAULT },
	{ "empty destination", { "error " }, -EINVAL, "", DEFAULT },
	{ "unknown filter", { "bogus stderr" }, -EINVAL, "bogus", DEFAULT },
	{ "unknown filter in between", { "error,bogus,info stderr" }, -EINVAL, "bogus", DEFAULT },
	{ "beginning of a filter", { "err stderr" }, -EINVAL, "err", DEFAULT },
	{ "filter in capitals", { "ERROR stderr" }, -EINVAL, "ERROR", DEFAULT },
	{ "empty filter", { " stderr" }, -EINVAL, "", DEFAULT },
	{ "empty filter behind", { "error, stderr" }, -EINVAL, "", DEFAULT },
	{ "empty filter before", { ",error stderr" }, -EINVAL, "", DEFAULT },
	{ "a failure changes nothing", { "info slog", "error,x slog" }, -EINVAL, "x",
	  { [4] = SLOG } },
};

KUNIT_ARRAY_PARAM_DESC(route, route_cases, name);

static void routes_follow_the_options(struct kunit *test)
{
	const struct route_case *c = test->param_value;
	const char *rejected = NULL;
	struct vdevfw_routes routes;
	int i, err = 0, len = 0;

	vdevfw_routes_init(&routes);
	for (i = 0; c->args[i]; i++)
		err = vdevfw_routes_add(&routes, c->args[i], &rejected, &len);
	KUNIT_EXPECT_EQ(test, err, c->err);
	KUNIT_EXPECT_MEMEQ(test, routes.to, c->to, sizeof(c->to));
	if (!c->rejected)
		return;
	KUNIT_ASSERT_EQ(test, len, (int)strlen(c->rejected));
	KUNIT_EXPECT_MEMEQ(test, rejected, c->rejected, len);
}

/*
 * Messages
 */

/* A vdev whose messages all go to the launcher. */
static vdev_t *speaker(struct kunit *test, struct guest_system **gsp)
{
	struct probe *probe = probe_add(test, "a");

	*gsp = testbed_guest(test, 0);
	testbed_must_add(test, *gsp, "a",
			 OPTIONS("loc=0\0log=fatal,internal,error,warn,info,debug,verbose stderr"));
	return probe->vdp;
}

struct level_case {
	const char *name;
	enum qvm_log_level level;
	u32 severity;
	u32 attr;
};

static const struct level_case level_cases[] = {
	{ "fatal", QL_FATAL, VDEVFW_SEVERITY_FATAL, QVM_OUTF_QVM },
	{ "internal", QL_INTERNAL, VDEVFW_SEVERITY_INTERNAL, QVM_OUTN_QVM },
	{ "error", QL_ERROR, VDEVFW_SEVERITY_ERROR, QVM_OUTE_GST },
	{ "warning", QL_WARN, VDEVFW_SEVERITY_WARN, QVM_OUTW_XCONF },
	{ "info", QL_INFO, VDEVFW_SEVERITY_INFO, QVM_OUTI_QVM },
	{ "debug", QL_DEBUG, VDEVFW_SEVERITY_DEBUG, QVM_OUTD_QVM },
	{ "verbose", QL_VERBOSE, VDEVFW_SEVERITY_VERBOSE, QVM_OUTV_QVM },
	{ "beyond verbose", (enum qvm_log_level)99, VDEVFW_SEVERITY_VERBOSE, 99u << 24 },
};

KUNIT_ARRAY_PARAM_DESC(level, level_cases, name);

static void expect_event(struct kunit *test, struct guest_system *gsp, u32 severity,
			 const char *text)
{
	struct vdevfw_event event = {};

	KUNIT_ASSERT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event), 1);
	KUNIT_EXPECT_EQ(test, event.vdev, 1);
	KUNIT_EXPECT_EQ(test, event.value, severity);
	KUNIT_EXPECT_EQ(test, event.detail, STDERR);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, text);
}

static void what_a_vdev_says_becomes_an_event(struct kunit *test)
{
	const struct level_case *c = test->param_value;
	struct guest_system *gsp;

	vdev_logf(c->level, speaker(test, &gsp), "hello %d", 5);
	expect_event(test, gsp, c->severity, "hello 5");
}

static void an_attribute_has_a_severity(struct kunit *test)
{
	const struct level_case *c = test->param_value;
	struct guest_system *gsp;

	qvm_logf(speaker(test, &gsp), c->attr, "hello %d", 5);
	expect_event(test, gsp, c->severity, "hello 5");
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), -1);
}

static void what_a_vdev_says_is_cut_at_191_bytes(struct kunit *test)
{
	struct vdevfw_event event = {};
	struct guest_system *gsp;

	vdev_logf(QL_DEBUG, speaker(test, &gsp), "%0300d", 0);
	testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event);
	KUNIT_EXPECT_EQ(test, strnlen(event.text, VDEVFW_EVENT_TEXT), 191);
}

static void events_are_not_limited_in_rate(struct kunit *test)
{
	struct guest_system *gsp;
	vdev_t *vdp = speaker(test, &gsp);
	unsigned int i;

	for (i = 0; i < 30; i++)
		vdev_logf(QL_DEBUG, vdp, "%u", i);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, NULL), 30);
}

static void a_report_without_status_is_info(struct kunit *test)
{
	struct guest_system *gsp;

	qvm_report(speaker(test, &gsp), "hello %d", 5);
	expect_event(test, gsp, VDEVFW_SEVERITY_INFO, "hello 5");
}

struct logger_case {
	const char *name;
	const char *logger;
	size_t logger_len;
	const char *options;
	size_t options_len;
	u32 info_to;	/* 0: no event */
};

static const struct logger_case logger_cases[] = {
	{ "neither", NO_OPTIONS, OPTIONS("loc=0"), STDERR },
	{ "logger", OPTIONS("logger=info stdout"), OPTIONS("loc=0"), STDOUT },
	{ "logger with another severity", OPTIONS("logger=error stdout"), OPTIONS("loc=0"), 0 },
	{ "two loggers", OPTIONS("logger=info stdout\0logger=info stderr"), OPTIONS("loc=0"),
	  STDOUT | STDERR },
	{ "log", NO_OPTIONS, OPTIONS("loc=0\0log=info stdout"), STDOUT },
	{ "log with another severity", NO_OPTIONS, OPTIONS("log=error stdout\0loc=0"), 0 },
	{ "log overrides logger", OPTIONS("logger=info stdout"),
	  OPTIONS("loc=0\0log=info stderr"), STDERR },
	{ "log none", OPTIONS("logger=info stdout"), OPTIONS("loc=0\0log=info none"), 0 },
	{ "slog only", OPTIONS("logger=info slog"), OPTIONS("loc=0"), 0 },
};

KUNIT_ARRAY_PARAM_DESC(logger, logger_cases, name);

static void set_options(struct kunit *test, struct guest_system *gsp, const char *options,
			size_t len)
{
	struct testbed *bed = test->priv;
	char *copy;
	u32 at;

	if (!len)
		return;
	copy = kunit_kmalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, options, len);
	KUNIT_ASSERT_EQ_MSG(test, vdevfw_guest_set(gsp, copy, len, &at, &bed->msg), 0, "%s",
			    bed->msg.text);
}

static void log_and_logger_decide_where_it_goes(struct kunit *test)
{
	const struct logger_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	struct vdevfw_event event = {};

	set_options(test, gsp, c->logger, c->logger_len);
	testbed_must_add(test, gsp, "a", c->options, c->options_len);
	vdev_logf(QL_INFO, probe->vdp, "hello");
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event),
			!!c->info_to);
	KUNIT_EXPECT_EQ(test, event.detail, c->info_to);
}

/*
 * Fatal ones
 */

enum teller { FATAL, OUTF, LOGF };

struct fatal_case {
	const char *name;
	enum teller teller;
	u32 attr;
	int err;
	int cause;
};

static const struct fatal_case fatal_cases[] = {
	{ "qvm_fatal", FATAL, QVM_OUTF_QVM, -EIO, VDEVFW_EXIT_VDEV },
	{ "qvm_fatal, the configuration's fault", FATAL, QVM_OUTF_XCONF, -EINVAL,
	  VDEVFW_EXIT_VDEV },
	{ "qvm_outf fatal", OUTF, QVM_OUTF_GST, -EIO, VDEVFW_EXIT_VDEV },
	{ "qvm_outf internal", OUTF, QVM_OUTN_QVM, -EIO, VDEVFW_EXIT_VDEV },
	{ "qvm_outf error", OUTF, QVM_OUTE_QVM, 0, -1 },
	{ "qvm_logf fatal", LOGF, QVM_OUTF_QVM, 0, -1 },
};

KUNIT_ARRAY_PARAM_DESC(fatal, fatal_cases, name);

static int tell(const struct fatal_case *c, vdev_t *vdp)
{
	switch (c->teller) {
	case FATAL:
		return qvm_fatal(vdp, c->attr, "broken %d", 5);
	case OUTF:
		return qvm_outf(vdp, c->attr, "broken %d", 5);
	default:
		qvm_logf(vdp, c->attr, "broken %d", 5);
		return 0;
	}
}

static const struct fatal_case *told;
static int told_answer;

static int tell_at_options_end(struct probe *probe, vdev_t *vdp, unsigned int ctrl,
			       const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_END)
		told_answer = tell(told, vdp);
	return 0;
}

static void a_fatal_message_in_control_refuses(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	struct testbed *bed = test->priv;

	told = test->param_value;
	probe->on_control = tell_at_options_end;
	KUNIT_EXPECT_EQ(test, testbed_add(test, gsp, "a", OPTIONS("loc=0"), NULL, NULL),
			told->err);
	KUNIT_EXPECT_EQ(test, told_answer, told->err);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), -1);
	KUNIT_EXPECT_STREQ(test, bed->msg.text, told->err ? "vdev a: broken 5" : "");
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, NULL), 1);
}

static void a_fatal_message_elsewhere_ends_the_machine(struct kunit *test)
{
	const struct fatal_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, tell(c, probe->vdp), c->err);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), c->cause);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(routes_follow_the_options, route_gen_params),
	KUNIT_CASE_PARAM(what_a_vdev_says_becomes_an_event, level_gen_params),
	KUNIT_CASE_PARAM(an_attribute_has_a_severity, level_gen_params),
	KUNIT_CASE(what_a_vdev_says_is_cut_at_191_bytes),
	KUNIT_CASE(events_are_not_limited_in_rate),
	KUNIT_CASE(a_report_without_status_is_info),
	KUNIT_CASE_PARAM(log_and_logger_decide_where_it_goes, logger_gen_params),
	KUNIT_CASE_PARAM(a_fatal_message_in_control_refuses, fatal_gen_params),
	KUNIT_CASE_PARAM(a_fatal_message_elsewhere_ends_the_machine, fatal_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-log",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
