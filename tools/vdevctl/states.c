// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that stops, goes on, sleeps, wakes up and is reset, as the kernel tells it to.
 *
 * A reset has two halves. At the request to stop for it, no access reaches a vdev: what the vCPUs
 * have left the guest for is forgotten, and they and KVM's devices are as after power-on, before
 * a vdev raises an interrupt that belongs to the time after. When all vdevs have been reset, none
 * writes to memory any more, and the guest's programs are loaded again.
 */
#include <poll.h>
#include <string.h>

#include "saving.h"
#include "settle.h"
#include "statename.h"
#include "states.h"

#define SETTLE_MS 1000

/* ---- reset ---- */

static int stuck(struct run *run)
{
	return fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING,
		    "the machine cannot be reset: a vCPU does not leave the guest");
}

static int reset_cpus(struct run *run)
{
	int err;

	if (!vcpus_park(&run->vcpus) || !vcpus_forget_accesses(&run->vcpus))
		return stuck(run);
	err = hardware_restore(&run->poweron, &run->machine, &run->vcpus);
	if (err)
		return fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING,
			    "KVM refuses to reset the machine: %s", strerror(-err));
	console_reset(&run->vcpus.console);
	run->cpus_are_reset = true;
	return 0;
}

static int reset_memory(struct run *run)
{
	memory_clear(&run->machine.memory);
	run->cpus_are_reset = false;
	return run_load(run);
}

/* All vdevs have been reset, for the time with that number. */
static int reset(struct run *run, uint64_t generation)
{
	int status = 0;

	if (generation <= run->generation)
		return 0;
	run->generation = generation;
	if (!run->cpus_are_reset)
		status = reset_cpus(run);
	return status ? status : reset_memory(run);
}

/* ---- events ---- */

/* Somebody waits, but not for ever: whoever is too late for him need not know. */
static int stop_requested(struct run *run, uint64_t number, bool for_reset)
{
	struct vdevfw_error error;
	int status = 0;

	if (!vcpus_park(&run->vcpus))
		return 0;
	if (for_reset && !run->cpus_are_reset)
		status = reset_cpus(run);
	if (!status)
		vdevfw_guest_ack(run->vdevs.guest, number, &error);
	return status;
}

static void stopped(struct run *run, uint32_t state)
{
	vcpus_park(&run->vcpus);
	if (state != VDEVFW_STATE_SAVE)
		say(run->signals, "vdevctl: the machine has stopped: %s\n", state_name(state));
}

static void go_on(struct run *run, uint32_t state)
{
	if (state != VDEVFW_STATE_RUNNING)
		return;
	vcpus_go_on(&run->vcpus);
	say(run->signals, "vdevctl: the machine goes on\n");
}

static int was_reset(struct run *run, uint64_t generation, uint32_t state)
{
	int status = reset(run, generation);

	if (status)
		return status;
	say(run->signals, "vdevctl: the machine was reset%s\n",
	    state == VDEVFW_STATE_RUNNING ? "" : ", and waits to be started");
	if (state == VDEVFW_STATE_RUNNING)
		vcpus_go_on(&run->vcpus);
	return 0;
}

static int handle(struct run *run, const struct vdevfw_event *event)
{
	switch (event->type) {
	case VDEVFW_EVENT_STOP_REQUEST:
		return stop_requested(run, event->number, event->value == VDEVFW_ASK_RESET);
	case VDEVFW_EVENT_STOPPED:
		stopped(run, event->value);
		return 0;
	case VDEVFW_EVENT_SUSPENDED:
		stopped(run, VDEVFW_STATE_SUSPENDED);
		return 0;
	case VDEVFW_EVENT_RESUMED:
		go_on(run, event->value);
		return 0;
	case VDEVFW_EVENT_WAKEUP:
		go_on(run, VDEVFW_STATE_RUNNING);
		return 0;
	case VDEVFW_EVENT_RESET:
		return was_reset(run, event->number, event->detail);
	default:
		return 0;
	}
}

bool states_handle(struct run *run, const struct vdevfw_event *event, int *status)
{
	*status = handle(run, event);
	if (!*status)
		saving_look(run);
	return *status;
}

/* ---- events that were lost ---- */

/* What is under way has an end, whose event comes; but what has just ended had its event before. */
static bool read_settled(const struct run *run, struct vdevfw_guest_info *info)
{
	unsigned int left = SETTLE_MS;
	struct vdevfw_error error;

	while (left--) {
		if (vdevfw_guest_info(run->vdevs.guest, info, &error))
			return false;
		if (info->out_stop || !info->out_transition)
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

bool states_catch_up(struct run *run, int *status)
{
	struct vdevfw_guest_info info;

	*status = 0;
	vcpus_park(&run->vcpus);
	if (!read_settled(run, &info))
		return false;
	if (info.out_stop)
		*status = stop_requested(run, info.out_stop,
					 info.out_transition == VDEVFW_TRANSITION_RESETTING);
	else
		*status = reset(run, info.out_generation);
	if (*status)
		return true;
	if (!info.out_stop && info.out_state == VDEVFW_STATE_RUNNING)
		vcpus_go_on(&run->vcpus);
	saving_look(run);
	return false;
}
