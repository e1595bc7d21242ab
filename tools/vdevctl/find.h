/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests that another process runs.
 */
#ifndef FIND_H
#define FIND_H

#include "vdevs.h"

/*
 * Opens the guest that @argument names, by its id or by the name of its system, as @vdevs->guest.
 * 0 or an exit status; vdevs_close() is due in either case.
 */
int find_guest(struct vdevs *vdevs, const char *argument, struct failure *why);

#endif
