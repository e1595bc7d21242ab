// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that runs, and is saved because another process wants so: it stops as for anything
 * else, is written to the file when it has, and goes on.
 */
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

/* It goes on, if it was only to be saved. */
static void go_on(struct run *run)
{
	struct vdevfw_error error;

	if (run->saving.has_to_start)
		vdevfw_guest_start(run->vdevs.guest, &error);
	run->saving.has_to_start = false;
}

static int save_stopped(struct run *run, struct failure *why)
{
	if (!vcpus_park(&run->vcpus))
		return fail(why, VDEVFW_EXIT_ERROR, "a vCPU does not leave the guest");
	return save_write(run, run->saving.control.file, why);
}

static void save(struct run *run)
{
	struct failure why;
	int status = save_stopped(run, &why);

	if (!status)
		say(run->signals, "vdevctl: the machine was saved\n");
	control_answer(&run->saving.control, status ? why.text : NULL);
	go_on(run);
}

static bool is_live(uint32_t state)
{
	return state == VDEVFW_STATE_RUNNING || state == VDEVFW_STATE_SUSPENDED;
}

static void begin(struct run *run)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;
	struct failure why;
	int err = vdevfw_guest_info(run->vdevs.guest, &info, &error);

	if (!err && !is_live(info.out_state)) {
		save(run);
		return;
	}
	if (!err)
		err = vdevfw_guest_ask(run->vdevs.guest, VDEVFW_ASK_STOP, VDEVFW_STATE_PAUSED, 0,
				       &error);
	run->saving.has_to_start = !err;
	if (!err)
		return;
	fail(&why, VDEVFW_EXIT_ERROR, "%s", error.text);
	control_answer(&run->saving.control, why.text);
}

/* If the caller is gone again, the machine still stops, but goes on then. */
void saving_handle(struct run *run)
{
	if (control_handle(&run->saving.control))
		begin(run);
}

void saving_stopped(struct run *run)
{
	if (run->saving.control.file >= 0)
		save(run);
	else
		go_on(run);
}

void saving_fails(struct run *run, const char *reason)
{
	struct failure why;

	run->saving.has_to_start = false;
	if (run->saving.control.file < 0)
		return;
	fail(&why, VDEVFW_EXIT_ERROR, "%s", reason);
	control_answer(&run->saving.control, why.text);
}
