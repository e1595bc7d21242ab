/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The signals that a launcher takes.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

#include "failure.h"

/* To be called first: until signals_take(), a signal ends just this process. */
void signals_heed(void);

/* From here on, a signal is something that can be read from *@fd. 0 or an exit status. */
int signals_take(int *fd, struct failure *why);

/* Whether one waits to be read that may end the machine: whatever takes long is given up. */
bool signals_end(void);

#endif
