// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saving the vdevs of a guest, and restoring them in another one of the same configuration; on the
 * guest's worker, as all that changes what a guest is doing:
 *
 *	save	a stop, to SAVE; a record of the guest and one of each vdev; on as before
 *	restore	all of the file is checked; RESTORE; vdevs are reset if they have run; lines, clock,
 *		registers and timers; what vdevs have saved themselves; back to where it was
 *
 * Nothing changes before the file has passed all checks. If a vdev refuses what it has saved
 * itself, only it knows what that leaves behind: the machine is reset.
 */
#include <linux/list.h>
#include <linux/slab.h>

#include "guest.h"
#include "life/save.h"
#include "vdev/save.h"
#include "vdev/vdev.h"

static bool is_ending(const struct guest_system *gsp)
{
	return READ_ONCE(gsp->ending);
}

static int check_lives(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (is_ending(gsp))
		return vdevfw_guest_at_its_end(gsp, msg);
	if (atomic_read(&gsp->cause) >= 0)
		return vdevfw_fail(msg, -ESHUTDOWN,
				   "guest %llu was ended by a vdev, or lost KVM's bus: it can only be destroyed",
				   gsp->id);
	return 0;
}

/*
 * Save
 */

static int check_may_save(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err = check_lives(gsp, msg);

	if (err)
		return err;
	if (!gsp->machine.live)
		return vdevfw_fail(msg, -EPERM, "guest %llu was never started: start it first",
				   gsp->id);
	if (vdevfw_needs_reset(gsp->state))
		return vdevfw_fail(msg, -EUCLEAN,
				   "guest %llu is in state %s: it can be saved only when it has been reset",
				   gsp->id, vdevfw_state_name(gsp->state));
	return 0;
}

/* Where SAVE does not follow, nothing moves anyway, and nobody would know where to go back to. */
static int hold(struct guest_system *gsp, enum vdevfw_state from, struct vdevfw_message *msg)
{
	if (vdevfw_state_follows(from, VDEVFW_STATE_SAVE))
		return vdevfw_run_stop(gsp, BIT(VDEVFW_STATE_SAVE), true, msg);
	vdevfw_run_settle(gsp);
	return is_ending(gsp) ? vdevfw_guest_at_its_end(gsp, msg) : 0;
}

/* Back to where it was. What a vdev has ended meanwhile stays stopped, for the launcher to see. */
static void release(struct guest_system *gsp, enum vdevfw_state from)
{
	struct vdevfw_message ignored = {};

	if (gsp->state == from || is_ending(gsp))
		return;
	if (vdevfw_is_live(from) && !vdevfw_run_start(gsp, &ignored))
		return;
	vdevfw_run_go(gsp, VDEVFW_STATE_PAUSED);
}

static int check_rest(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err = gsp->run.stopped.result;

	if (!err)
		return 0;
	return vdevfw_fail(msg, -EBUSY,
			   "guest %llu has not come to rest, so that what would be saved is not all: error %d",
			   gsp->id, -err);
}

static void save_guest(struct guest_system *gsp, enum vdevfw_state from, struct vdevfw_save *save)
{
	const struct vdevfw_saved_guest guest = {
		.clock = cpu_to_le64(vdevfw_clock_get(&gsp->timers.clock)),
		.state = cpu_to_le32(from),
		.flags = cpu_to_le32(gsp->run.was_suspended ? VDEVFW_SAVED_SUSPENDED : 0),
	};
	size_t record = vdevfw_save_open(save, SAVE_GUEST);

	vdevfw_save_put(save, &guest, sizeof(guest));
	vdevfw_save_close(save, record);
}

static int save_vdevs(struct guest_system *gsp, struct vdevfw_save *save, u64 *culprit,
		      struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err = 0;

	mutex_lock(&gsp->lock);
	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		err = vdevfw_vdev_save(vdev, save, msg);
		if (!err)
			continue;
		*culprit = vdev->id;
		break;
	}
	mutex_unlock(&gsp->lock);
	return err;
}

static int make_file(struct guest_system *gsp, enum vdevfw_state from, struct vdevfw_job *job)
{
	struct vdevfw_save save = {};
	int err;

	vdevfw_save_begin(&save);
	save_guest(gsp, from, &save);
	err = save_vdevs(gsp, &save, &job->vdev, &job->msg);
	err = err ?: vdevfw_save_end(&save, gsp->nr_vdevs);
	if (err == -EFBIG)
		vdevfw_fail(&job->msg, err, "guest %llu takes more than %u bytes", gsp->id,
			    VDEVFW_SAVE_MAX);
	if (err) {
		kvfree(save.data);
		return err;
	}
	job->data = save.data;
	job->size = save.used;
	return 0;
}

int vdevfw_run_save(struct guest_system *gsp, struct vdevfw_job *job)
{
	enum vdevfw_state from = gsp->state;
	int err;

	err = check_may_save(gsp, &job->msg);
	if (err)
		return err;
	err = hold(gsp, from, &job->msg);
	job->stopped = gsp->run.stopped;
	err = err ?: check_rest(gsp, &job->msg);
	err = err ?: make_file(gsp, from, job);
	release(gsp, from);
	return err;
}

/*
 * Restore
 */

static int check_may_restore(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err = check_lives(gsp, msg);

	if (err)
		return err;
	if (gsp->state != VDEVFW_STATE_CONFIGURED && gsp->state != VDEVFW_STATE_PAUSED)
		return vdevfw_fail(msg, -EBUSY,
				   "guest %llu is %s: it can be restored when it is configured or paused",
				   gsp->id, vdevfw_state_name(gsp->state));
	return 0;
}

/* The next record, which must be of one type. */
static int take_record(struct vdevfw_saved *file, enum vdevfw_save_type wanted,
		       struct vdevfw_saved *contents, struct vdevfw_message *msg)
{
	enum vdevfw_save_type type;
	int err = vdevfw_saved_next(file, &type, contents, msg);

	if (!err && type != wanted)
		err = vdevfw_fail(msg, -EBADMSG, "there is a record of type %u, not %u", type,
				  wanted);
	return err;
}

static int check_guest(struct vdevfw_saved *file, struct vdevfw_saved_guest *guest,
		       struct vdevfw_message *msg)
{
	const struct vdevfw_saved_guest *saved;
	struct vdevfw_saved contents;
	int err;

	err = take_record(file, SAVE_GUEST, &contents, msg);
	if (err)
		return err;
	saved = vdevfw_saved_take(&contents, sizeof(*saved));
	if (!saved || contents.left)
		return vdevfw_fail(msg, -EBADMSG, "the record of the guest has a wrong length");
	if (le64_to_cpu(saved->clock) > VDEVFW_CLOCK_SAVED_MAX)
		return vdevfw_fail(msg, -EBADMSG, "the guest's clock was saved with a time that does not exist");
	if (le32_to_cpu(saved->state) >= VDEVFW_STATES)
		return vdevfw_fail(msg, -EBADMSG, "the guest was saved in a state that does not exist");
	if (le32_to_cpu(saved->flags) & ~VDEVFW_SAVED_SUSPENDED)
		return vdevfw_fail(msg, -EPROTONOSUPPORT, "flags 0x%x of the guest are not known",
				   le32_to_cpu(saved->flags));
	*guest = *saved;
	return 0;
}

static int check_vdevs(struct guest_system *gsp, struct vdevfw_saved *file, u64 *culprit,
		       struct vdevfw_message *msg)
{
	struct vdevfw_saved contents;
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		err = take_record(file, SAVE_VDEV, &contents, msg);
		err = err ?: vdevfw_vdev_check_saved(vdev, contents, msg);
		if (!err)
			continue;
		*culprit = vdev->id;
		return err;
	}
	if (file->left)
		return vdevfw_fail(msg, -EBADMSG, "something follows the last vdev");
	return 0;
}

/* All that can be said without changing anything. */
static int check_file(struct guest_system *gsp, struct vdevfw_job *job,
		      struct vdevfw_saved_guest *guest)
{
	struct vdevfw_saved file;
	u32 vdevs;
	int err;

	err = vdevfw_saved_open(&file, job->data, job->size, &vdevs, &job->msg);
	if (err)
		return err;
	if (vdevs != gsp->nr_vdevs)
		return vdevfw_fail(&job->msg, -EMEDIUMTYPE,
				   "guest %llu has %u vdevs, the saved one had %u", gsp->id,
				   gsp->nr_vdevs, vdevs);
	err = check_guest(&file, guest, &job->msg);
	return err ?: check_vdevs(gsp, &file, &job->vdev, &job->msg);
}

/* Who has a vdev as its controller comes after it: so that one hears of all its lines first. */
static int restore_vdevs(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry_reverse(vdev, &gsp->machine.vdevs, node) {
		*culprit = vdev->id;
		err = vdevfw_vdev_restore_sources(vdev, msg);
		if (err)
			return err;
	}
	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		vdevfw_vdev_restore(vdev);
	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		*culprit = vdev->id;
		err = vdevfw_vdev_restore_own(vdev, msg);
		if (err)
			return err;
	}
	*culprit = 0;
	return 0;
}

static int restore_machine(struct guest_system *gsp, struct vdevfw_job *job,
			   const struct vdevfw_saved_guest *guest)
{
	struct vdevfw_clock *clock = &gsp->timers.clock;
	u64 before = vdevfw_clock_get(clock);
	int err;

	if (gsp->machine.live)
		vdevfw_run_reset_vdevs(gsp);
	vdevfw_requests_forget(&gsp->run.requests);
	mutex_lock(&gsp->lock);
	vdevfw_clock_set(clock, le64_to_cpu(guest->clock));
	err = restore_vdevs(gsp, &job->vdev, &job->msg);
	mutex_unlock(&gsp->lock);
	if (!err)
		return 0;
	vdevfw_clock_set(clock, before);
	vdevfw_run_reset(gsp, VDEVFW_CAUSE_HOST_ERROR);
	return err;
}

static void forget_saved(struct guest_system *gsp)
{
	struct vdevfw_vdev *vdev;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		vdevfw_vdev_forget_saved(vdev);
}

int vdevfw_run_restore(struct guest_system *gsp, struct vdevfw_job *job)
{
	enum vdevfw_state from = gsp->state;
	struct vdevfw_saved_guest guest;
	int err;

	err = check_may_restore(gsp, &job->msg);
	if (err)
		return err;
	mutex_lock(&gsp->lock);
	err = check_file(gsp, job, &guest);
	err = err ?: vdevfw_run_change(gsp, VDEVFW_STATE_RESTORE);
	mutex_unlock(&gsp->lock);
	if (err)
		goto out;
	err = restore_machine(gsp, job, &guest);
	if (!err)
		gsp->run.was_suspended = le32_to_cpu(guest.flags) & VDEVFW_SAVED_SUSPENDED;
	vdevfw_run_go(gsp, err ? VDEVFW_STATE_CONFIGURED : from);
out:
	mutex_lock(&gsp->lock);
	forget_saved(gsp);
	mutex_unlock(&gsp->lock);
	return err;
}
