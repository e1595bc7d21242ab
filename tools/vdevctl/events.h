/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel reports while a machine runs.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "run.h"

/*
 * Handles the events that have come, without waiting for more, and not those that
 * the guest adds meanwhile. Returns true if one of them ends the machine, with
 * *@status and perhaps a reason. The vCPUs and the slots of regions that pass follow them.
 */
bool events_handle(struct run *run, int *status);

/* Prints what the vdevs have logged, and drops all other events that have come. */
void events_print(const struct vdevs *vdevs);

#endif
