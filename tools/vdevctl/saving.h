/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that runs, and is saved because another process wants so.
 */
#ifndef SAVING_H
#define SAVING_H

#include "control.h"

struct run;

struct saving {
	struct control control;
	bool has_to_start; /* the guest, which was to stop for it */
};

#define SAVING_NONE ((struct saving){ .control = CONTROL_NONE })

/* Whoever wants the machine saved finds it from now on. */
void saving_open(struct run *run);
/* There is something at control_fd(). */
void saving_handle(struct run *run);
/* The machine has stopped, whatever for. */
void saving_stopped(struct run *run);
/* The machine does not stop for it any more. */
void saving_fails(struct run *run, const char *reason);

#endif
