/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's memory and registers as an ELF core file.
 */
#ifndef DUMP_H
#define DUMP_H

#include <sys/user.h>

#include "memory.h"

/*
 * Writes all of @memory, and the registers of @count vCPUs, to @fd, an empty file.
 * Returns 0 or a negative errno.
 */
int dump_write(int fd, const struct memory *memory, const struct user_regs_struct *registers,
	       unsigned int count);

#endif
