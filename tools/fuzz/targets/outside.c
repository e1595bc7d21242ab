// SPDX-License-Identifier: GPL-2.0-only
/* What the rooms under test call in rooms that are not here. */
#include <linux/list.h>

#include <vdevfw/guest.h>
#include <vdevfw/utils.h>

#include "../../../vdevfw/life/events.h"
#include "../../../vdevfw/service/intr.h"
#include "../../../vdevfw/service/thread.h"
#include "../../../vdevfw/vdev/parse.h"
#include "../../../vdevfw/vdev/vdev.h"
#include "oracle.h"

/* Only the machine's owner may use the one priority, so that both answers come. */
bool vdevfw_may_use_priority(unsigned int priority)
{
	return priority != QVM_SCHED_FIFO;
}

/* The probe has no threads. */
bool vdevfw_threads_end(struct vdevfw_vdev *vdev)
{
	expect(list_empty(&vdev->threads), "a vdev has threads that it has not made");
	return false;
}

void vdevfw_vdev_orphan(struct vdevfw_vdev *vdev)
{
	expect(false, "vdev %s is made an orphan", vdev->pub.v_factory->name);
}

/* Nor does it hold anything of another room. */
void vdevfw_vdev_withdraw(struct vdevfw_vdev *vdev)
{
}

void vdevfw_vdev_release(struct vdevfw_vdev *vdev)
{
	expect(list_empty(&vdev->mappings), "a vdev has mappings that it has not made");
	expect(list_empty(&vdev->doorbells), "a vdev has doorbells that it has not made");
	expect(list_empty(&vdev->timers), "a vdev has timers that it has not made");
	expect(list_empty(&vdev->pulses), "a vdev has pulses that it has not made");
}

/* One controller, whose lines nobody holds. */
int qvm_parse_intr(vdev_t *vdp, const char *arg, struct guest_intr *intr)
{
	static vdev_t controller;
	const char *colon = strchr(arg ?: "", ':');
	u64 line;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_qvm_parse_intr);
	if (err)
		return err;
	if (!colon || vdevfw_parse_u64(colon + 1, &line))
		return vdev_refuse(vdp, -EINVAL, "\"%.40s\" is no line", arg ?: "");
	if (!vdevfw_is_word(arg, colon - arg, VDEVFW_IRQCHIP))
		return vdev_refuse(vdp, -ENODEV, "\"%.40s\" has no such controller", arg);
	if (line >= to_vdevfw_vdev(vdp)->machine->irq_lines)
		return vdev_refuse(vdp, -EBADSLT, "\"%.40s\" is too large", arg);
	*intr = (struct guest_intr) { .pic = &controller, .param = line };
	return 0;
}

void vdevfw_intr_unbind(struct guest_intr *intr)
{
	expect(!intr->__source, "a source that nobody has made");
}

void vdevfw_intr_hush(struct vdevfw_vdev *vdev)
{
	expect(list_empty(&vdev->sources), "a vdev has sources that it has not made");
}

void vdevfw_intr_free(struct vdevfw_vdev *vdev)
{
	expect(list_empty(&vdev->sources), "a vdev has sources that it has not made");
}

struct vdevfw_pic *vdevfw_pic_create(vdev_t *vdp)
{
	expect(false, "a vdev becomes a controller");
	return NULL;
}

void vdevfw_pic_free(struct vdevfw_pic *pic)
{
	expect(!pic, "a vdev is a controller");
}

void vdevfw_events_log(struct vdevfw_events *events, u64 vdev, u32 severity, u32 to,
		       const char *text)
{
	expect(severity < VDEVFW_SEVERITIES, "severity %u", severity);
	expect(to && !(to & ~(VDEVFW_LOG_STDOUT | VDEVFW_LOG_STDERR)), "destinations 0x%x", to);
	expect(is_printable(text), "a vdev says \"%s\"", text);
}

int guest_terminate(const vdev_t *vdp, unsigned int cause)
{
	expect(false, "vdev %s ends the machine with cause %u", vdp->v_factory->name, cause);
	return 0;
}
