// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running stage of a guest, as its vdevs are concerned: how one ends the machine, accesses that
 * do not end well, and the power button. How a guest starts and stops is in transitions.c.
 */
#include <linux/export.h>
#include <linux/list.h>

#include <vdevfw/guest.h>

#include "guest.h"
#include "vdev/vdev.h"

static_assert((int)GTC_POWER_CUT == VDEVFW_EXIT_POWER_CUT);
static_assert((int)GTC_WATCHDOG == VDEVFW_EXIT_WATCHDOG);
static_assert((int)GTC_UNSUPPORTED == VDEVFW_EXIT_UNSUPPORTED);
static_assert((int)GTC_VDEV == VDEVFW_EXIT_VDEV);
static_assert((int)GTC_ERROR == VDEVFW_EXIT_ERROR);
static_assert((int)GTC_CUSTOM_MIN == VDEVFW_EXIT_CUSTOM_MIN);
static_assert((int)GTC_MAX == VDEVFW_EXIT_CUSTOM_MAX);

/*
 * How a vdev ends the machine
 */

/* The first one decides; a guest that is ending anyway has no use for a cause. */
static void terminate(struct guest_system *gsp, u64 vdev, enum vdevfw_exit cause, const char *why)
{
	if (READ_ONCE(gsp->ending) || atomic_cmpxchg(&gsp->cause, -1, cause) != -1)
		return;
	vdevfw_windows_seal(&gsp->spaces.windows);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_TERMINATE, vdev, cause, why);
}

void vdevfw_guest_exit(struct guest_system *gsp, enum vdevfw_exit cause, const char *why)
{
	terminate(gsp, 0, cause, why);
}

static bool is_cause(unsigned int cause)
{
	return cause == GTC_NORMAL_EXIT || (cause >= GTC_POWER_CUT && cause <= GTC_ERROR) ||
	       (cause >= GTC_CUSTOM_MIN && cause <= GTC_MAX);
}

int guest_terminate(const vdev_t *vdp, unsigned int cause)
{
	char name[VDEVFW_DESCRIPTION];
	char why[VDEVFW_EVENT_TEXT];
	int err;

	err = vdevfw_check(vdp, FUNCTION_guest_terminate);
	if (err)
		return err;
	if (!is_cause(cause))
		return -EINVAL;
	vdevfw_vdev_describe(to_vdevfw_vdev(vdp), name, sizeof(name));
	snprintf(why, sizeof(why), "vdev %s ends the machine", name);
	terminate(vdp->v_gsp, to_vdevfw_vdev(vdp)->id, cause, why);
	return 0;
}
EXPORT_SYMBOL_GPL(guest_terminate);

/* An access has failed so that the guest must end: see enum vdev_ref_status. */
static void access_failed(vdev_t *vdp, enum vdev_ref_status status)
{
	char name[VDEVFW_DESCRIPTION];
	char why[VDEVFW_EVENT_TEXT];

	vdevfw_vdev_describe(to_vdevfw_vdev(vdp), name, sizeof(name));
	if (status >= VRS_ERRNO)
		snprintf(why, sizeof(why), "vdev %s failed with error %d", name,
			 (int)status - VRS_ERRNO);
	else
		snprintf(why, sizeof(why), "vdev %s ends the machine", name);
	terminate(vdp->v_gsp, to_vdevfw_vdev(vdp)->id, VDEVFW_EXIT_VDEV, why);
	/* After the event, so that the launcher finds it. */
	vdevfw_vcpu_leave();
}

static void access_unsupported(struct guest_system *gsp, vdev_t *vdp, u64 addr, unsigned int len,
			       bool write)
{
	char name[VDEVFW_DESCRIPTION] = "";
	char why[VDEVFW_EVENT_TEXT];

	if (vdp)
		vdevfw_vdev_describe(to_vdevfw_vdev(vdp), name, sizeof(name));
	snprintf(why, sizeof(why), "%s%s %s a %s of %u bytes at 0x%llx", vdp ? "vdev " : "no vdev",
		 name, vdp ? "does not support" : "is there for", write ? "write" : "read", len,
		 addr);
	terminate(gsp, vdp ? to_vdevfw_vdev(vdp)->id : 0, VDEVFW_EXIT_UNSUPPORTED, why);
	vdevfw_vcpu_leave();
}

/* There is work for vCPUs: this one does what is for it, before its access. */
static void access_diverted(struct guest_system *gsp, unsigned int vcpu)
{
	if (vcpu != VDEVFW_NO_VCPU)
		vdevfw_deferred_run(&gsp->run.deferred, vcpu);
}

const struct vdevfw_faults vdevfw_guest_faults[REFERENCE_POLICIES] = {
	[REFERENCE_IGNORE] = { access_failed, NULL, access_diverted },
	[REFERENCE_ABORT] = { access_failed, access_unsupported, access_diverted },
};

/*
 * The power button
 */

int guest_button_register(vdev_t *vdp)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_button_register);

	if (!err)
		to_vdevfw_vdev(vdp)->handles_button = true;
	return err;
}
EXPORT_SYMBOL_GPL(guest_button_register);

static int button_locked(struct guest_system *gsp, u32 *handlers, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err = 0, one;

	if (!gsp->machine.live)
		return vdevfw_fail(msg, -EPERM, "guest %llu was never started: start it first",
				   gsp->id);
	*handlers = 0;
	/* One that fails keeps no other from asking the guest. */
	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		*handlers += vdev->handles_button;
		one = vdevfw_vdev_control(vdev, VDEV_CTRL_BUTTON, NULL, msg);
		err = err ?: one;
	}
	return err;
}

int vdevfw_guest_button(struct guest_system *gsp, u32 *handlers, struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = button_locked(gsp, handlers, msg);
	mutex_unlock(&gsp->lock);
	return err;
}
