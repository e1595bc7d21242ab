// SPDX-License-Identifier: GPL-2.0-only
/* What a vdev has to say: to the guest's events and the kernel log. */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/printk.h>

#include <vdevfw/log.h>

#include "../life/events.h"
#include "../vdev/vdev.h"

/* However many vdevs there are, they leave room in the kernel log. */
static DEFINE_RATELIMIT_STATE(all_vdevs, 5 * HZ, 50);

static void to_kernel_log(enum qvm_log_level level, u64 guest, const char *name, const char *text)
{
	static const char severities[] = {
		[QL_FATAL] = '3', [QL_INTERNAL] = '3', [QL_ERROR] = '3', [QL_WARN] = '4',
		[QL_INFO] = '6', [QL_DEBUG] = '7', [QL_VERBOSE] = '7',
	};

	level = min(level, QL_VERBOSE);
	printk(KERN_SOH "%cvdevfw: guest %llu: vdev %s: %s\n", severities[level], guest, name,
	       text);
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
	to_kernel_log(level, vdev->events->guest, name, text);
}
EXPORT_SYMBOL_GPL(vdev_logf);
