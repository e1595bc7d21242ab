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
	bool asked; /* the guest was asked to stop for it, and has not gone on since */
};

#define SAVING_NONE ((struct saving){ .control = CONTROL_NONE })

/* Whoever wants the machine saved finds it from now on. */
void saving_open(struct run *run);
/* Something has happened to the guest, or somebody has come: does what can be done now. */
void saving_look(struct run *run);

#endif
