// SPDX-License-Identifier: GPL-2.0-only
/* What a vdev has to say: by its severity to the guest's events and the kernel log. */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#include "../life/events.h"
#include "../vdev/parse.h"
#include "../vdev/vdev.h"
#include "log.h"

#define TO_LAUNCHER	(VDEVFW_LOG_STDOUT | VDEVFW_LOG_STDERR)

static_assert((int)QL_FATAL == VDEVFW_SEVERITY_FATAL);
static_assert((int)QL_VERBOSE == VDEVFW_SEVERITY_VERBOSE);

/*
 * However many guests there are, they leave room in the kernel log; and what is harmless,
 * which a guest may provoke, leaves room for what is not.
 */
static struct ratelimit_state harmless =
	RATELIMIT_STATE_INIT_FLAGS(harmless, 5 * HZ, 50, RATELIMIT_MSG_ON_RELEASE);
static struct ratelimit_state serious =
	RATELIMIT_STATE_INIT_FLAGS(serious, 5 * HZ, 50, RATELIMIT_MSG_ON_RELEASE);

/*
 * Routes
 */

void vdevfw_routes_init(struct vdevfw_routes *routes)
{
	enum qvm_log_level level;

	*routes = (struct vdevfw_routes) {};
	for (level = QL_FATAL; level <= QL_INFO; level++)
		routes->to[level] = VDEVFW_LOG_STDERR | VDEVFW_LOG_SLOG;
}

static int find_severity(const char *text, size_t len)
{
	static const struct {
		const char *word;
		enum qvm_log_level level;
	} filters[] = {
		{ "fatal", QL_FATAL },
		{ "internal", QL_INTERNAL },
		{ "error", QL_ERROR },
		{ "warn", QL_WARN },
		{ "warning", QL_WARN },
		{ "info", QL_INFO },
		{ "debug", QL_DEBUG },
		{ "verbose", QL_VERBOSE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(filters); i++)
		if (vdevfw_is_word(text, len, filters[i].word))
			return filters[i].level;
	return -EINVAL;
}

static int find_destination(const char *text)
{
	static const struct {
		const char *word;
		u8 to;
	} destinations[] = {
		{ "stdout", VDEVFW_LOG_STDOUT },
		{ "stderr", VDEVFW_LOG_STDERR },
		{ "slog", VDEVFW_LOG_SLOG },
		{ "none", 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(destinations); i++)
		if (!strcmp(text, destinations[i].word))
			return destinations[i].to;
	return -EINVAL;
}

/* The set of severities that the words at @text, up to @end, name; or -EINVAL. */
static int parse_filters(const char *text, const char *end, const char **rejected, int *len)
{
	unsigned int severities = 0;
	int level;

	for (;; text += *len + 1) {
		*len = min_t(size_t, strcspn(text, ","), end - text);
		level = find_severity(text, *len);
		if (level < 0) {
			*rejected = text;
			return level;
		}
		severities |= BIT(level);
		if (text + *len == end)
			return severities;
	}
}

int vdevfw_routes_add(struct vdevfw_routes *routes, const char *arg, const char **rejected,
		      int *len)
{
	const char *space = strchr(arg, ' ');
	int severities, to, level;

	if (!space) {
		*rejected = arg;
		*len = strlen(arg);
		return -ENODATA;
	}
	severities = parse_filters(arg, space, rejected, len);
	if (severities < 0)
		return severities;
	to = find_destination(space + 1);
	if (to < 0) {
		*rejected = space + 1;
		*len = strlen(space + 1);
		return to;
	}

	if (!routes->given)
		*routes = (struct vdevfw_routes) { .given = true };
	for (level = QL_FATAL; level <= QL_VERBOSE; level++)
		if (severities & BIT(level))
			routes->to[level] = to ? routes->to[level] | to : 0;
	return 0;
}

/* What a vdev says of its own mistakes must be found afterwards, whatever the options. */
static u8 route(const struct vdevfw_vdev *vdev, enum qvm_log_level level)
{
	u8 to = READ_ONCE(vdev->routes)->to[level];

	return level == QL_INTERNAL ? to | VDEVFW_LOG_SLOG : to;
}

/*
 * Messages
 */

static bool may_log(struct vdevfw_vdev *vdev, enum qvm_log_level level)
{
	if (level <= QL_INTERNAL)
		return __ratelimit(&serious);
	return __ratelimit(&vdev->log_limit) && __ratelimit(&vdev->machine->log_limit) &&
	       __ratelimit(&harmless);
}

static void to_kernel_log(struct vdevfw_vdev *vdev, enum qvm_log_level level, const char *text)
{
	static const char severities[] = {
		[QL_FATAL] = '3', [QL_INTERNAL] = '3', [QL_ERROR] = '3', [QL_WARN] = '4',
		[QL_INFO] = '6', [QL_DEBUG] = '7', [QL_VERBOSE] = '7',
	};
	char name[VDEVFW_DESCRIPTION];

	if (!may_log(vdev, level))
		return;
	vdevfw_vdev_describe(vdev, name, sizeof(name));
	printk(KERN_SOH "%cvdevfw: guest %llu: vdev %s: %s\n", severities[level],
	       vdev->machine->guest, name, text);
}

__printf(3, 0)
static void say(struct vdevfw_vdev *vdev, enum qvm_log_level level, const char *fmt, va_list args)
{
	char text[VDEVFW_EVENT_TEXT];
	u8 to;

	level = min_t(unsigned int, level, QL_VERBOSE);
	to = route(vdev, level);
	if (!to)
		return;
	vscnprintf(text, sizeof(text), fmt, args);
	vdevfw_clean(text);
	if (to & TO_LAUNCHER)
		vdevfw_events_log(vdev->machine->events, vdev->id, level, to & TO_LAUNCHER, text);
	if (to & VDEVFW_LOG_SLOG)
		to_kernel_log(vdev, level, text);
}

void vdev_logf(enum qvm_log_level level, const vdev_t *vdp, const char *fmt, ...)
{
	va_list args;

	if (vdevfw_check(vdp, FUNCTION_vdev_logf))
		return;
	va_start(args, fmt);
	say(to_vdevfw_vdev(vdp), level, fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_GPL(vdev_logf);

/* What has no label is no more than worth knowing. */
static enum qvm_log_level level_of(u32 attr)
{
	u32 label = attr >> QVM_OUTAL_SHIFT;

	return label ? label - 1 : QL_INFO;
}

void qvm_logf(const vdev_t *vdp, u32 attr, const char *fmt, ...)
{
	va_list args;

	if (vdevfw_check(vdp, FUNCTION_qvm_logf))
		return;
	va_start(args, fmt);
	say(to_vdevfw_vdev(vdp), level_of(attr), fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_GPL(qvm_logf);

/*
 * Fatal ones
 */

/* The assembly fails, or, where that is over or it is not asked, the machine ends. */
static int die(vdev_t *vdp, u32 attr, const char *text)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	bool in_control = vdevfw_vdev_is_in_control(vdev);
	int err = attr & QVM_OUTAC_XCONF ? -EINVAL : -EIO;

	if (!in_control || READ_ONCE(vdev->stage.phase) == PHASE_RUNNING)
		guest_terminate(vdp, GTC_VDEV);
	return in_control ? vdev_refuse(vdp, err, "%s", text) : err;
}

__printf(3, 0)
static int vfatal(vdev_t *vdp, u32 attr, const char *fmt, va_list args)
{
	enum qvm_log_level level = level_of(attr);
	char text[VDEVFW_EVENT_TEXT];
	va_list again;

	va_copy(again, args);
	say(to_vdevfw_vdev(vdp), level == QL_INTERNAL ? level : QL_FATAL, fmt, again);
	va_end(again);
	vscnprintf(text, sizeof(text), fmt, args);
	return die(vdp, attr, text);
}

int qvm_fatal(vdev_t *vdp, u32 attr, const char *fmt, ...)
{
	va_list args;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_fatal);
	if (err)
		return err;
	va_start(args, fmt);
	err = vfatal(vdp, attr, fmt, args);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(qvm_fatal);

__printf(3, 0)
static int voutf(vdev_t *vdp, u32 attr, const char *fmt, va_list args)
{
	if (level_of(attr) <= QL_INTERNAL)
		return vfatal(vdp, attr, fmt, args);
	say(to_vdevfw_vdev(vdp), level_of(attr), fmt, args);
	return 0;
}

int qvm_voutf(vdev_t *vdp, u32 attr, const char *fmt, va_list args)
{
	int err = vdevfw_check(vdp, FUNCTION_qvm_voutf);

	return err ?: voutf(vdp, attr, fmt, args);
}
EXPORT_SYMBOL_GPL(qvm_voutf);

int qvm_outf(vdev_t *vdp, u32 attr, const char *fmt, ...)
{
	va_list args;
	int err;

	err = vdevfw_check(vdp, FUNCTION_qvm_outf);
	if (err)
		return err;
	va_start(args, fmt);
	err = voutf(vdp, attr, fmt, args);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(qvm_outf);
