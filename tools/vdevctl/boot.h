/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state in which a machine's first vCPU starts.
 */
#ifndef BOOT_H
#define BOOT_H

#include "initrd.h"

/* Prepares vCPU @fd, and in RAM what it needs, to start @image. 0 or an exit status. */
int boot_prepare(int fd, const struct image *image, const struct initrd *initrd,
		 const struct load_config *load, const struct memory *memory, struct failure *why);

#endif
