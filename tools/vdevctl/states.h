/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that stops, goes on, sleeps, wakes up and is reset, as the kernel tells it to.
 */
#ifndef STATES_H
#define STATES_H

#include "run.h"

/*
 * Does what an event asks of the vCPUs, or nothing if it is about something else. Returns true if
 * that fails, which ends the machine with *@status.
 */
bool states_handle(struct run *run, const struct vdevfw_event *event, int *status);

/* Events were lost: does what they have asked for. As above. */
bool states_catch_up(struct run *run, int *status);

#endif
