// SPDX-License-Identifier: GPL-2.0-only
/*
 * The status of a guest: a line for the guest, and for each of its vdevs one line and
 * what it reports.
 *
 *	guest 3 demo: running, 2 vdevs
 *	vdev 1: trace "counter" mem:0xfa000000
 *	  counter 0x0000002a
 *
 * Where a factory has a table of registers, these come first, as "name value".
 */
#include <linux/export.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include <vdevfw/outpipe.h>

#include "guest.h"
#include "status.h"
#include "vdev/registers.h"
#include "vdev/vdev.h"

#define LINE_MAX	(VDEVFW_EVENT_TEXT + VDEVFW_DESCRIPTION)

static void add(struct vdevfw_report *report, const char *text, size_t len)
{
	size_t room = report->size > report->used ? report->size - report->used : 0;

	if (room) {
		room = min(len, room - 1);
		memcpy(report->text + report->used, text, room);
		report->text[report->used + room] = 0;
	}
	report->used += len;
}

__printf(3, 0)
static void add_line(struct vdevfw_report *report, const char *indent, const char *fmt,
		     va_list args)
{
	char line[LINE_MAX];
	int len;

	len = scnprintf(line, sizeof(line), "%s", indent);
	len += vscnprintf(line + len, sizeof(line) - len, fmt, args);
	vdevfw_clean(line);
	add(report, line, len);
	add(report, "\n", 1);
}

void vdevfw_report_line(struct vdevfw_report *report, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_line(report, "", fmt, args);
	va_end(args);
}

void qvm_report(const vdev_t *vdp, const char *fmt, ...)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (vdevfw_check(vdp, FUNCTION_qvm_report))
		return;
	va_start(args, fmt);
	vaf.va = &args;
	if (vdevfw_vdev_is_in_control(vdev) && vdev->report)
		add_line(vdev->report, "  ", fmt, args);
	else
		vdev_logf(QL_INFO, vdp, "%pV", &vaf);
	va_end(args);
}
EXPORT_SYMBOL_GPL(qvm_report);

static void report_registers(struct vdevfw_vdev *vdev, struct vdevfw_report *report)
{
	const struct vdev_register_table *table = vdev->pub.v_factory->registers;
	unsigned int i;
	u64 value;

	for (i = 0; table && i < table->n; i++) {
		const struct vdev_register *reg = &table->registers[i];

		if (vdevfw_register_show(&vdev->pub, reg, &value))
			vdevfw_report_line(report, "  %s 0x%0*llx", reg->name, reg->width * 2,
					   value);
	}
}

/* One that fails says so in its status: it keeps nobody from reading those of others. */
static void report_vdev(struct vdevfw_vdev *vdev, struct vdevfw_report *report)
{
	unsigned int violations = atomic_read(&vdev->stage.violations);
	struct vdevfw_message why = {};
	char name[VDEVFW_DESCRIPTION];

	vdevfw_vdev_describe(vdev, name, sizeof(name));
	vdevfw_report_line(report, "vdev %llu: %s", vdev->id, name);
	if (violations)
		vdevfw_report_line(report, "  calls in a wrong phase: %u", violations);
	report_registers(vdev, report);
	vdevfw_intr_report(vdev, report);
	vdev->report = report;
	if (vdevfw_vdev_control(vdev, VDEV_CTRL_STATUS, NULL, &why))
		vdevfw_report_line(report, "  %s", why.text);
	vdev->report = NULL;
}

static int report_all(struct guest_system *gsp, struct vdevfw_report *report)
{
	struct vdevfw_vdev *vdev;

	vdevfw_report_line(report, "guest %llu %s: %s, %u vdev%s", gsp->id, gsp->name,
			   vdevfw_state_name(gsp->state), gsp->nr_vdevs, gsp->nr_vdevs == 1 ? "" : "s");
	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		report_vdev(vdev, report);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static struct vdevfw_vdev *find_vdev(struct guest_system *gsp, u64 id)
{
	struct vdevfw_vdev *vdev;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		if (vdev->id == id)
			return vdev;
	return NULL;
}

static int status_locked(struct guest_system *gsp, u64 id, struct vdevfw_report *report,
			 struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;

	if (!id)
		return report_all(gsp, report);
	vdev = find_vdev(gsp, id);
	if (!vdev)
		return vdevfw_fail(msg, -ENOENT, "guest %llu has no vdev %llu", gsp->id, id);
	report_vdev(vdev, report);
	return 0;
}

int vdevfw_guest_status(struct guest_system *gsp, u64 id, struct vdevfw_report *report,
			struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = status_locked(gsp, id, report, msg);
	mutex_unlock(&gsp->lock);
	return err;
}

int vdevfw_guest_find_vdev(struct guest_system *gsp, const char *name, u64 *id,
			   struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = -ENOENT;
	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		if (!vdev->name || strcmp(vdev->name, name))
			continue;
		*id = vdev->id;
		err = 0;
		break;
	}
	mutex_unlock(&gsp->lock);
	return err;
}
