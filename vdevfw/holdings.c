// SPDX-License-Identifier: GPL-2.0-only
/* What a vdev holds of the framework's, and does not give back itself. */
#include "guest.h"
#include "service/doorbell.h"
#include "service/intr.h"
#include "service/pulse.h"
#include "service/timer.h"
#include "space/memory.h"
#include "space/spaces.h"
#include "vdev/vdev.h"

void vdevfw_vdev_withdraw(struct vdevfw_vdev *vdev)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(vdev->pub.v_gsp);

	/* Of a guest that runs, all have gone before its first vdev does. */
	vdevfw_spaces_forget(spaces, &vdev->pub);
	vdevfw_gram_forget(spaces, vdev->id);
	vdevfw_intr_release(vdev);
	vdevfw_pulses_withdraw(vdev);
	vdevfw_clock_forget(vdev);
	vdevfw_changes_forget(&vdev->pub.v_gsp->run.changes, &vdev->pub);
}

void vdevfw_vdev_orphan(struct vdevfw_vdev *vdev)
{
	vdevfw_memory_orphan_vdev(vdev);
	kref_get(&vdev->pub.v_gsp->kref);
	vdev->orphan = true;
}

void vdevfw_vdev_release(struct vdevfw_vdev *vdev)
{
	vdevfw_doorbells_free(vdev);
	vdevfw_pulses_free(vdev);
	vdevfw_timers_free(vdev);
	vdevfw_pages_release(&vdev->pub);
	vdevfw_memory_end_vdev(vdev);
	if (vdev->orphan)
		vdevfw_guest_put(vdev->pub.v_gsp);
}
