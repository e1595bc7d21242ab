// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running stage of a guest: start and stop, the power button, and how a vdev ends
 * the machine.
 */
#include <linux/export.h>
#include <linux/list.h>
#include <linux/wait.h>

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

static bool is_terminated(struct guest_system *gsp)
{
	return atomic_read(&gsp->cause) >= 0;
}

/* The first one decides; a guest that is ending anyway has no use for a cause. */
static void terminate(struct guest_system *gsp, u64 vdev, enum vdevfw_exit cause, const char *why)
{
	if (READ_ONCE(gsp->ending) || atomic_cmpxchg(&gsp->cause, -1, cause) != -1)
		return;
	vdevfw_windows_seal(&gsp->spaces.windows);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_TERMINATE, vdev, cause, why);
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

const struct vdevfw_faults vdevfw_guest_faults[REFERENCE_POLICIES] = {
	[REFERENCE_IGNORE] = { access_failed, NULL },
	[REFERENCE_ABORT] = { access_failed, access_unsupported },
};

/*
 * Start and stop
 */

static bool is_drained(const struct guest_system *gsp, u64 wanted)
{
	/* Pairs with drain(): what the accesses have done is seen. */
	return smp_load_acquire(&gsp->drains_done) >= wanted;
}

/* The gates are closed, and the clock stands: wait until no access is inside, and no timer(). */
static int wait_drained(struct guest_system *gsp, struct vdevfw_message *msg)
{
	u64 wanted = gsp->drains_wanted + 1;

	lockdep_assert_held(&gsp->lock);
	WRITE_ONCE(gsp->drains_wanted, wanted);
	kthread_queue_work(gsp->worker, &gsp->drain);
	if (wait_event_killable(gsp->drained, is_drained(gsp, wanted) || READ_ONCE(gsp->ending)))
		return -EINTR;
	return READ_ONCE(gsp->ending) ? vdevfw_guest_at_its_end(gsp, msg) : 0;
}

static int check_may_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (gsp->state == VDEVFW_STATE_CONFIG)
		return vdevfw_fail(msg, -EPERM, "guest %llu is not configured: configure it first",
				   gsp->id);
	if (gsp->state == VDEVFW_STATE_RUNNING)
		return vdevfw_fail(msg, -EALREADY, "guest %llu is running already", gsp->id);
	if (is_terminated(gsp))
		return vdevfw_fail(msg, -ESHUTDOWN,
				   "guest %llu was ended by a vdev, or lost KVM's bus: it can only be destroyed",
				   gsp->id);
	return 0;
}

static int start_locked(struct guest_system *gsp, struct vdevfw_message *msg)
{
	u64 culprit;
	int err;

	err = check_may_start(gsp, msg);
	if (err)
		return err;
	if (gsp->state == VDEVFW_STATE_CONFIGURED) {
		err = vdevfw_guest_control_all(gsp, VDEV_CTRL_GUEST_STARTING, &culprit, msg);
		if (err) {
			vdevfw_guest_doom(gsp);
			return err;
		}
	}
	WRITE_ONCE(gsp->machine.live, true);
	vdevfw_clock_run(&gsp->timers.clock, true);
	vdevfw_guest_set_state(gsp, VDEVFW_STATE_RUNNING);
	vdevfw_windows_open(&gsp->spaces.windows);
	vdevfw_guest_watch(gsp);
	return 0;
}

int vdevfw_guest_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = start_locked(gsp, msg);
	vdevfw_guest_unlock(gsp);
	return err;
}

static int stop_locked(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err;

	if (gsp->state == VDEVFW_STATE_PAUSED)
		return 0;
	if (gsp->state != VDEVFW_STATE_RUNNING)
		return vdevfw_fail(msg, -EPERM, "guest %llu was never started: start it first",
				   gsp->id);
	vdevfw_windows_close(&gsp->spaces.windows);
	vdevfw_clock_run(&gsp->timers.clock, false);
	err = wait_drained(gsp, msg);
	if (err == -EINTR) {
		vdevfw_clock_run(&gsp->timers.clock, true);
		vdevfw_windows_open(&gsp->spaces.windows);
	}
	if (err)
		return err;
	vdevfw_guest_set_state(gsp, VDEVFW_STATE_PAUSED);
	return 0;
}

int vdevfw_guest_stop(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = stop_locked(gsp, msg);
	mutex_unlock(&gsp->lock);
	return err;
}

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

	if (gsp->state != VDEVFW_STATE_RUNNING && gsp->state != VDEVFW_STATE_PAUSED)
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
