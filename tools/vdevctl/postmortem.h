/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is left of a machine that has come to a bad end.
 */
#ifndef POSTMORTEM_H
#define POSTMORTEM_H

#include "run.h"

/*
 * Writes the file that `dump` names, if it is there and @status says that the machine, which
 * has stopped, has not ended as it should. Prints what comes of it.
 */
void postmortem(const struct run *run, int status);

#endif
