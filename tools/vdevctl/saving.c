// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that runs, and is saved because another process wants so: its guest is asked to stop
 * in VDEVFW_STATE_SAVE, is written to the file when it is at rest, and goes on, unless somebody
 * else has wanted it to stop meanwhile: then it is in another state.
 */
#include <errno.h>
#include <string.h>

#include "run.h"
#include "save.h"
#include "saving.h"

void saving_open(struct run *run)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;
	int err;

	if (run->vdevs.guest < 0 || vdevfw_guest_info(run->vdevs.guest, &info, &error))
		return;
	err = control_open(&run->saving.control, info.out_id);
	if (err)
		say(run->signals, "vdevctl: warning: the machine cannot be saved: %s\n",
		    strerror(-err));
}

/* ---- the file ---- */

static bool is_live(const struct vdevfw_guest_info *info)
{
	return info->out_state == VDEVFW_STATE_RUNNING || info->out_state == VDEVFW_STATE_SUSPENDED;
}

/* It has stopped, and nothing of that is still under way. */
static bool is_at_rest(const struct vdevfw_guest_info *info)
{
	return !is_live(info) && !info->out_transition && !info->out_stop;
}

/* Between two looks, it has only been told to stay as it is. */
static bool is_same(const struct vdevfw_guest_info *before, const struct vdevfw_guest_info *now)
{
	return is_at_rest(now) && now->out_generation == before->out_generation;
}

static int write_file(struct run *run, const struct vdevfw_guest_info *before, struct failure *why)
{
	struct vdevfw_guest_info now;
	struct vdevfw_error error;
	int status;

	if (!vcpus_park(&run->vcpus))
		return fail(why, VDEVFW_EXIT_ERROR, "a vCPU does not leave the guest");
	status = save_write(run, run->saving.control.file, why);
	if (status)
		return status;
	if (vdevfw_guest_info(run->vdevs.guest, &now, &error))
		return fail(why, VDEVFW_EXIT_ERROR, "%s", error.text);
	if (!is_same(before, &now))
		return fail(why, VDEVFW_EXIT_ERROR,
			    "somebody has let the machine go on, or reset it, while it was saved");
	return 0;
}

/* ---- the guest ---- */

/* It goes on, if it stands for nothing else. */
static void let_go(struct run *run)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error = { .text = "" };

	if (run->saving.asked && !vdevfw_guest_info(run->vdevs.guest, &info, &error) &&
	    info.out_state == VDEVFW_STATE_SAVE && vdevfw_guest_start(run->vdevs.guest, &error) &&
	    error.code != -EALREADY)
		say(run->signals, "vdevctl: warning: the machine does not go on: %s\n", error.text);
	run->saving.asked = false;
}

static void give_up(struct run *run, const char *reason)
{
	struct failure why;

	fail(&why, VDEVFW_EXIT_ERROR, "%s", reason);
	control_answer(&run->saving.control, why.text);
}

/* Not if a stop is pending: that is somebody else's, and the machine is to stay so. */
static void ask_to_stop(struct run *run)
{
	struct vdevfw_error error;

	if (vdevfw_guest_ask(run->vdevs.guest, VDEVFW_ASK_STOP, VDEVFW_STATE_SAVE, 0, &error))
		give_up(run, error.text);
	else
		run->saving.asked = true;
}

/* Whoever waits is told first: nobody may read what is said. */
static void save(struct run *run, const struct vdevfw_guest_info *info)
{
	struct failure why;
	int status = write_file(run, info, &why);

	control_answer(&run->saving.control, status ? why.text : NULL);
	let_go(run);
	if (!status)
		say(run->signals, "vdevctl: the machine was saved\n");
}

void saving_look(struct run *run)
{
	bool is_wanted = run->saving.control.file >= 0;
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	if (!is_wanted && !run->saving.asked)
		return;
	if (vdevfw_guest_info(run->vdevs.guest, &info, &error)) {
		if (is_wanted)
			give_up(run, error.text);
	} else if (is_wanted && is_live(&info) && !(info.out_pending & 1u << VDEVFW_ASK_STOP)) {
		ask_to_stop(run);
	} else if (is_at_rest(&info)) {
		if (is_wanted)
			save(run, &info);
		else
			let_go(run);
	}
}
