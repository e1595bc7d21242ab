/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine in a file: its memory, its vCPUs, KVM's devices and its vdevs, at one moment.
 */
#ifndef SAVE_H
#define SAVE_H

#include "run.h"

/*
 * Writes the machine, which has stopped, with its vCPUs parked, to @fd. It can go on afterwards. 0
 * or an exit status, with the reason in @why.
 */
int save_write(struct run *run, int fd, struct failure *why);

/*
 * Makes the machine what was saved to @path. It is configured, and has not been started. 0 or an
 * exit status.
 */
int save_read(struct run *run, const char *path);

#endif
