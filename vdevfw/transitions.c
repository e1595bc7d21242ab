// SPDX-License-Identifier: GPL-2.0-only
/*
 * From state to state. All of it is on the guest's worker, one after the other, and nothing else
 * changes what a guest that has begun is doing, but its end:
 *
 *	stop	gates, accesses, clock, timers and pulses; the launcher's vCPUs; change-state
 *		handlers; vdevs come to rest
 *	start	clock, change-state handlers, gates
 *	reset	as a stop, up to the vCPUs; vdevs enter, hold and exit; as a start, if it ran
 *
 * The gates come first: whatever the vCPUs do, the vdevs' state is final then. The worker waits for
 * accesses, which are the launcher's vCPUs, and for the launcher's answer, which has a deadline; it
 * holds no lock meanwhile, and the guest's end wakes it up.
 */
#include <linux/jiffies.h>
#include <linux/list.h>

#include <vdevfw/registers.h>

#include "guest.h"
#include "life/trace.h"
#include "service/intr.h"
#include "service/timer.h"
#include "vdev/rest.h"
#include "vdev/vdev.h"

/* Never used again, whatever guest it is of. */
static atomic64_t last_stop;

static bool is_ending(const struct guest_system *gsp)
{
	return READ_ONCE(gsp->ending);
}

static void begin(struct guest_system *gsp, enum vdevfw_transition transition)
{
	WRITE_ONCE(gsp->run.transition, transition);
}

static void finish(struct guest_system *gsp)
{
	WRITE_ONCE(gsp->run.transition, VDEVFW_TRANSITION_NONE);
}

int vdevfw_run_change(struct guest_system *gsp, enum vdevfw_state to)
{
	lockdep_assert_held(&gsp->lock);
	if (gsp->state == to)
		return 0;
	trace_vdevfw_state(gsp->id, gsp->state, to, vdevfw_state_follows(gsp->state, to));
	if (!vdevfw_state_follows(gsp->state, to)) {
		atomic_inc(&gsp->run.refused);
		return -EINVAL;
	}
	vdevfw_guest_set_state(gsp, to);
	return 0;
}

int vdevfw_run_go(struct guest_system *gsp, enum vdevfw_state to)
{
	int err;

	mutex_lock(&gsp->lock);
	err = vdevfw_run_change(gsp, to);
	mutex_unlock(&gsp->lock);
	return err;
}

/*
 * Rest
 */

/* No access, timer() or pulse() is inside a vdev, and the clock stands. */
static void quiesce(struct guest_system *gsp)
{
	vdevfw_windows_close(&gsp->spaces.windows);
	vdevfw_vm_drain(gsp->vm);
	vdevfw_clock_run(&gsp->timers.clock, false);
	vdevfw_workers_flush(&gsp->workers);
}

static void go_on(struct guest_system *gsp)
{
	vdevfw_clock_run(&gsp->timers.clock, true);
	vdevfw_windows_open(&gsp->spaces.windows);
}

/* Have the launcher keep its vCPUs out of the guest. Returns whether it has said so. */
static bool park_vcpus(struct guest_system *gsp, enum vdevfw_ask ask)
{
	struct vdevfw_run *run = &gsp->run;
	s64 stop;

	if (!run->acknowledge)
		return false;
	/* None has run yet, and the launcher may be in a command that this is part of. */
	if (!gsp->machine.live)
		return true;
	stop = atomic64_inc_return(&last_stop);
	atomic64_set(&run->stop, stop);
	vdevfw_events_tell(&gsp->events, &(struct vdevfw_event) {
		.type = VDEVFW_EVENT_STOP_REQUEST, .value = ask, .number = stop,
	}, "");
	wait_event_timeout(run->progress, atomic64_read(&run->stop) != stop || is_ending(gsp),
			   msecs_to_jiffies(run->acknowledge));
	/* Whoever is too late finds that nobody waits. */
	return atomic64_xchg(&run->stop, 0) == -stop;
}

/* All vdevs at once, each as long as it takes, but not beyond the deadline. */
static int drain_vdevs(struct guest_system *gsp, bool *timed_out)
{
	long left = msecs_to_jiffies(READ_ONCE(vdevfw_drain_timeout));
	struct vdevfw_vdev *vdev;
	int err = 0;

	mutex_lock(&gsp->lock);
	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		vdevfw_rest_begin(vdev);
	mutex_unlock(&gsp->lock);
	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		left = wait_event_timeout(gsp->run.progress,
					  vdevfw_rest_is_over(vdev) || is_ending(gsp), left);
		if (is_ending(gsp))
			return -ESHUTDOWN;
		*timed_out |= !left;
		err = err ?: vdevfw_rest_end(vdev);
	}
	return err;
}

/*
 * Stop
 */

static void tell_stopped(struct guest_system *gsp, enum vdevfw_state state)
{
	const struct vdevfw_stopped *stopped = &gsp->run.stopped;

	gsp->run.told_stopped = true;
	vdevfw_events_tell(&gsp->events, &(struct vdevfw_event) {
		.type = VDEVFW_EVENT_STOPPED, .value = state, .detail = stopped->reasons,
		.flags = stopped->flags, .result = stopped->result,
	}, "");
}

static void tell_resumed(struct guest_system *gsp, enum vdevfw_state state)
{
	if (gsp->run.told_stopped)
		vdevfw_events_post(&gsp->events, VDEVFW_EVENT_RESUMED, 0, state, "");
	gsp->run.told_stopped = false;
}

/* Vdevs come to rest; what fails is added to what is told of the stop. */
static void settle_vdevs(struct guest_system *gsp)
{
	struct vdevfw_stopped *stopped = &gsp->run.stopped;
	bool timed_out = false;
	int err = drain_vdevs(gsp, &timed_out);

	if (timed_out)
		stopped->flags |= VDEVFW_STOPPED_DRAIN_TIMEOUT;
	stopped->result = stopped->result ?: err;
}

/* From where the guest runs or sleeps, to where nothing moves. */
static int stop_live(struct guest_system *gsp, enum vdevfw_state to, u32 reasons)
{
	struct vdevfw_stopped *stopped = &gsp->run.stopped;
	bool was_suspended = gsp->state == VDEVFW_STATE_SUSPENDED;
	int err;

	/* Whoever sees the state sees that it is not there yet. */
	begin(gsp, VDEVFW_TRANSITION_STOPPING);
	err = vdevfw_run_go(gsp, to);
	if (err)
		goto out;
	gsp->run.was_suspended = was_suspended;
	*stopped = (struct vdevfw_stopped) { .reasons = reasons };
	quiesce(gsp);
	if (!park_vcpus(gsp, VDEVFW_ASK_STOP))
		stopped->flags |= VDEVFW_STOPPED_UNCONFIRMED;
	stopped->result = vdevfw_changes_run(&gsp->run.changes, false, to);
	if (stopped->result)
		stopped->flags |= VDEVFW_STOPPED_HANDLER_FAILED;
	settle_vdevs(gsp);
	if (is_ending(gsp))
		err = -ESHUTDOWN;
out:
	finish(gsp);
	if (!err)
		tell_stopped(gsp, to);
	return err;
}

/* It has stopped already: it is in another state, and what failed may be tried once more. */
static int stop_again(struct guest_system *gsp, enum vdevfw_state to, u32 reasons)
{
	struct vdevfw_stopped *stopped = &gsp->run.stopped;
	int err = vdevfw_run_go(gsp, to);

	if (err)
		return err;
	stopped->reasons |= reasons;
	stopped->flags &= ~VDEVFW_STOPPED_DRAIN_TIMEOUT;
	stopped->result = 0;
	settle_vdevs(gsp);
	return 0;
}

void vdevfw_run_settle(struct guest_system *gsp)
{
	gsp->run.stopped = (struct vdevfw_stopped) { .reasons = BIT(gsp->state) };
	settle_vdevs(gsp);
}

/* The gravest of the reasons; but there are few that a guest stops for which sleeps. */
static enum vdevfw_state state_to_stop_in(enum vdevfw_state from, u32 reasons)
{
	enum vdevfw_state to = vdevfw_gravest(reasons);

	if (from != VDEVFW_STATE_SUSPENDED || vdevfw_state_follows(from, to))
		return to;
	return VDEVFW_STATE_PAUSED;
}

/* Whoever saves the guest would have it go on then; but somebody else wants it to stop. */
static bool is_in_between(enum vdevfw_state from, enum vdevfw_state to)
{
	return from == VDEVFW_STATE_SAVE && to == VDEVFW_STATE_PAUSED;
}

int vdevfw_run_stop(struct guest_system *gsp, u32 reasons, bool force, struct vdevfw_message *msg)
{
	enum vdevfw_state from = gsp->state, to = state_to_stop_in(from, reasons);
	int err = 0;

	if (is_ending(gsp))
		return vdevfw_guest_at_its_end(gsp, msg);
	if (vdevfw_is_live(from))
		err = stop_live(gsp, to, reasons);
	else if (force || is_in_between(from, to))
		err = stop_again(gsp, to, reasons);
	if (err && is_ending(gsp))
		return vdevfw_guest_at_its_end(gsp, msg);
	if (err)
		vdevfw_fail(msg, err, "guest %llu is %s: %s does not follow", gsp->id,
			    vdevfw_state_name(from), vdevfw_state_name(to));
	return err;
}

/*
 * Start
 */

static bool is_terminated(struct guest_system *gsp)
{
	return atomic_read(&gsp->cause) >= 0;
}

static int check_may_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (is_ending(gsp))
		return vdevfw_guest_at_its_end(gsp, msg);
	if (gsp->state == VDEVFW_STATE_CONFIG)
		return vdevfw_fail(msg, -EPERM, "guest %llu is not configured: configure it first",
				   gsp->id);
	if (vdevfw_is_live(gsp->state))
		return vdevfw_fail(msg, -EALREADY, "guest %llu is running already", gsp->id);
	if (is_terminated(gsp))
		return vdevfw_fail(msg, -ESHUTDOWN,
				   "guest %llu was ended by a vdev, or lost KVM's bus: it can only be destroyed",
				   gsp->id);
	if (vdevfw_needs_reset(gsp->state))
		return vdevfw_fail(msg, -EUCLEAN,
				   "guest %llu is in state %s: it can go on only when it has been reset",
				   gsp->id, vdevfw_state_name(gsp->state));
	return 0;
}

/* Once, before a guest runs for the first time. */
static int tell_starting(struct guest_system *gsp, struct vdevfw_message *msg)
{
	u64 culprit;
	int err = 0;

	mutex_lock(&gsp->lock);
	if (!gsp->machine.live) {
		err = vdevfw_guest_control_all(gsp, VDEV_CTRL_GUEST_STARTING, &culprit, msg);
		if (err)
			vdevfw_guest_doom(gsp);
		else
			WRITE_ONCE(gsp->machine.live, true);
	}
	mutex_unlock(&gsp->lock);
	return err;
}

/* The user wants it to run, and it does; but it was to stop: so it has, and goes on. */
static int consume_stop(struct guest_system *gsp)
{
	u32 reasons = vdevfw_requests_take_stop(&gsp->run.requests);

	vdevfw_requests_done(&gsp->run.requests);
	if (!reasons)
		return -EALREADY;
	gsp->run.stopped = (struct vdevfw_stopped) { .reasons = reasons };
	tell_stopped(gsp, vdevfw_gravest(reasons));
	tell_resumed(gsp, gsp->state);
	return 0;
}

int vdevfw_run_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	enum vdevfw_state to;
	int err;

	err = check_may_start(gsp, msg);
	if (err == -EALREADY)
		return consume_stop(gsp);
	if (err)
		return err;
	err = tell_starting(gsp, msg);
	if (err)
		return err;
	to = gsp->run.was_suspended ? VDEVFW_STATE_SUSPENDED : VDEVFW_STATE_RUNNING;
	begin(gsp, VDEVFW_TRANSITION_STARTING);
	vdevfw_clock_run(&gsp->timers.clock, true);
	err = vdevfw_run_go(gsp, to);
	if (!err) {
		gsp->run.was_suspended = false;
		vdevfw_changes_run(&gsp->run.changes, true, to);
		vdevfw_windows_open(&gsp->spaces.windows);
		tell_resumed(gsp, to);
		mutex_lock(&gsp->lock);
		vdevfw_guest_watch(gsp);
		mutex_unlock(&gsp->lock);
	}
	finish(gsp);
	return err ? vdevfw_guest_at_its_end(gsp, msg) : 0;
}

/*
 * Reset
 */

/* What the framework itself keeps of a vdev. */
static void reset_vdev(struct vdevfw_vdev *vdev)
{
	vdevfw_timers_reset(vdev);
	vdevfw_intrs_lower(vdev);
	if (!vdev->pub.v_factory->registers)
		return;
	/* No access is inside, but a thread of the vdev's may be. */
	spin_lock(&vdev->pub.v_mtx);
	vdev_registers_reset(&vdev->pub);
	spin_unlock(&vdev->pub.v_mtx);
}

/* Who others depend on comes first when it is entered, and last from then on. */
void vdevfw_run_reset_vdevs(struct guest_system *gsp)
{
	struct vdevfw_message ignored = {};
	struct vdevfw_vdev *vdev;

	mutex_lock(&gsp->lock);
	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		vdevfw_vdev_control(vdev, VDEV_CTRL_RESET_ENTER, NULL, &ignored);
	list_for_each_entry_reverse(vdev, &gsp->machine.vdevs, node) {
		reset_vdev(vdev);
		vdevfw_vdev_control(vdev, VDEV_CTRL_RESET_HOLD, NULL, &ignored);
	}
	list_for_each_entry_reverse(vdev, &gsp->machine.vdevs, node)
		vdevfw_vdev_control(vdev, VDEV_CTRL_RESET_EXIT, NULL, &ignored);
	mutex_unlock(&gsp->lock);
}

/* What runs goes on; what is being saved or restored stays; all else is as after power-on. */
static enum vdevfw_state state_after_reset(enum vdevfw_state state)
{
	if (state == VDEVFW_STATE_RUNNING || state == VDEVFW_STATE_SAVE ||
	    state == VDEVFW_STATE_RESTORE)
		return state;
	return VDEVFW_STATE_CONFIGURED;
}

/* It was live, and will not be: a stop, to all who are told of those. */
static void stop_asleep(struct guest_system *gsp, enum vdevfw_state to)
{
	gsp->run.stopped = (struct vdevfw_stopped) {};
	gsp->run.stopped.result = vdevfw_changes_run(&gsp->run.changes, false, to);
	tell_stopped(gsp, to);
}

void vdevfw_run_reset(struct guest_system *gsp, enum vdevfw_cause cause)
{
	enum vdevfw_state from = gsp->state, to = state_after_reset(from);
	u64 generation;

	begin(gsp, VDEVFW_TRANSITION_RESETTING);
	if (vdevfw_is_live(from))
		quiesce(gsp);
	/* Of one that has stopped, too: KVM's devices come first, since a vdev may raise a line. */
	park_vcpus(gsp, VDEVFW_ASK_RESET);
	generation = vdevfw_requests_forget(&gsp->run.requests);
	if (is_ending(gsp))
		goto out;
	if (from == VDEVFW_STATE_SUSPENDED)
		stop_asleep(gsp, to);
	vdevfw_run_reset_vdevs(gsp);
	gsp->run.was_suspended = false;
	if (vdevfw_run_go(gsp, to))
		goto out;
	if (to == VDEVFW_STATE_RUNNING)
		go_on(gsp);
	/* Whoever is told finds it where it is. */
	finish(gsp);
	vdevfw_events_tell(&gsp->events, &(struct vdevfw_event) {
		.type = VDEVFW_EVENT_RESET, .value = cause, .detail = to, .number = generation,
	}, "");
	return;
out:
	finish(gsp);
}

/*
 * Shutdown, sleep, and the power button
 */

static void shut_down(struct guest_system *gsp, enum vdevfw_cause cause)
{
	struct vdevfw_message ignored = {};

	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_SHUTDOWN, 0, cause, "");
	if (gsp->run.actions.shutdown == SHUTDOWN_PAUSE)
		vdevfw_run_stop(gsp, BIT(VDEVFW_STATE_SHUTDOWN), false, &ignored);
	else
		vdevfw_guest_exit(gsp, VDEVFW_EXIT_NORMAL, "the guest has shut down");
}

static void restart(struct guest_system *gsp, enum vdevfw_cause cause)
{
	if (gsp->run.actions.reboot == REBOOT_SHUTDOWN)
		shut_down(gsp, cause);
	else
		vdevfw_run_reset(gsp, cause);
}

static void suspend(struct guest_system *gsp)
{
	if (gsp->state != VDEVFW_STATE_RUNNING)
		return;
	begin(gsp, VDEVFW_TRANSITION_STOPPING);
	park_vcpus(gsp, VDEVFW_ASK_SUSPEND);
	if (!is_ending(gsp) && !vdevfw_run_go(gsp, VDEVFW_STATE_SUSPENDED))
		vdevfw_events_post(&gsp->events, VDEVFW_EVENT_SUSPENDED, 0, 0, "");
	finish(gsp);
}

static void wake_up_guest(struct guest_system *gsp, u32 what)
{
	if (gsp->state == VDEVFW_STATE_SUSPENDED && !vdevfw_run_go(gsp, VDEVFW_STATE_RUNNING))
		vdevfw_events_post(&gsp->events, VDEVFW_EVENT_WAKEUP, 0, what, "");
}

static void press_button(struct guest_system *gsp)
{
	struct vdevfw_message ignored = {};
	u32 handlers = 0;

	/* Of a vdev that fails, the others have been told. */
	if (vdevfw_guest_button(gsp, &handlers, &ignored) == -ESHUTDOWN)
		return;
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_POWERDOWN, 0, handlers, "");
}

/*
 * What was asked for
 */

static bool has(const struct vdevfw_asked *asked, enum vdevfw_ask ask)
{
	return asked->pending & BIT(ask);
}

void vdevfw_run_carry_out(struct guest_system *gsp, const struct vdevfw_asked *asked)
{
	bool ends = has(asked, VDEVFW_ASK_SHUTDOWN) &&
		    gsp->run.actions.shutdown == SHUTDOWN_POWEROFF;
	u32 reasons = asked->value[VDEVFW_ASK_STOP];
	struct vdevfw_message ignored = {};

	/* All reasons together, unless a reset comes between them. */
	if (has(asked, VDEVFW_ASK_DEBUG))
		vdevfw_run_stop(gsp, BIT(VDEVFW_STATE_DEBUG) |
				(has(asked, VDEVFW_ASK_RESET) ? 0 : reasons), false, &ignored);
	if (has(asked, VDEVFW_ASK_SUSPEND))
		suspend(gsp);
	if (has(asked, VDEVFW_ASK_SHUTDOWN))
		shut_down(gsp, asked->value[VDEVFW_ASK_SHUTDOWN]);
	if (has(asked, VDEVFW_ASK_RESET) && !ends)
		restart(gsp, asked->value[VDEVFW_ASK_RESET]);
	if (has(asked, VDEVFW_ASK_WAKEUP))
		wake_up_guest(gsp, asked->value[VDEVFW_ASK_WAKEUP]);
	if (has(asked, VDEVFW_ASK_POWERDOWN))
		press_button(gsp);
	if (reasons)
		vdevfw_run_stop(gsp, reasons, false, &ignored);
}

void vdevfw_run_end(struct guest_system *gsp)
{
	mutex_unlock(&gsp->lock);
	vdevfw_changes_close(&gsp->run.changes);
	vdevfw_changes_run(&gsp->run.changes, false, VDEVFW_STATE_DYING);
	vdevfw_deferred_close(&gsp->run.deferred);
	vdevfw_requests_close(&gsp->run.requests);
	mutex_lock(&gsp->lock);
}
