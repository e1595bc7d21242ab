// SPDX-License-Identifier: GPL-2.0-only
/* What the rooms under test call in rooms that are not here. */
#include <linux/list.h>

#include <vdevfw/guest.h>

#include "../../../vdevfw/life/events.h"
#include "../../../vdevfw/service/thread.h"
#include "../../../vdevfw/vdev/vdev.h"
#include "oracle.h"

/* Only the machine's owner may use the one priority, so that both answers come. */
bool vdevfw_may_use_priority(unsigned int priority)
{
	return priority != QVM_SCHED_FIFO;
}

/* The probe has no threads. */
void vdevfw_threads_join(struct vdevfw_vdev *vdev)
{
	expect(list_empty(&vdev->threads), "a vdev has threads that it has not made");
}

/* Nor does it hold anything of another room. */
void vdevfw_vdev_release(struct vdevfw_vdev *vdev)
{
	expect(list_empty(&vdev->mappings), "a vdev has mappings that it has not made");
	expect(list_empty(&vdev->doorbells), "a vdev has doorbells that it has not made");
	expect(list_empty(&vdev->timers), "a vdev has timers that it has not made");
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
