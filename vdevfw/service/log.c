// SPDX-License-Identifier: GPL-2.0-only
/* What a vdev has to say: to the guest's events and the kernel log. */
#include <linux/export.h>
#include <linux/printk.h>

#include <vdevfw/log.h>

#include "../life/events.h"
#include "../vdev/vdev.h"

/* However many vdevs there are, they leave room in the kernel log. */
static DEFINE_RATELIMIT_STATE(all_vdevs, 5 * HZ, 50);

static void to_kernel_log(enum qvm_log_level level, const char *name, const char *text)
{
	switch (level) {
	case QL_ERROR:
		pr_err("vdev %s: %s\n", name, text);
		break;
	case QL_WARN:
		pr_warn("vdev %s: %s\n", name, text);
		break;
	case QL_INFO:
		pr_info("vdev %s: %s\n", name, text);
		break;
	case QL_DEBUG:
		printk(KERN_DEBUG "vdev %s: %s\n", name, text);
		break;
	}
}

void vdev_logf(enum qvm_log_level level, const vdev_t *vdp, const char *fmt, ...)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	char text[VDEVFW_EVENT_TEXT];
	char name[64];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	vdevfw_clean(text);
	vdevfw_events_post(vdev->events, VDEVFW_EVENT_LOG, vdev->id, level, text);
	if (!__ratelimit(&vdev->log_limit) || !__ratelimit(&all_vdevs))
		return;
	vdev_string(name, sizeof(name), vdp);
	to_kernel_log(level, name, text);
}
EXPORT_SYMBOL_GPL(vdev_logf);
