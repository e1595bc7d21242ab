/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file in RAM for the program that a machine starts with.
 */
#ifndef INITRD_H
#define INITRD_H

#include "image.h"

struct initrd {
	uint32_t start, size; /* 0 and 0: there is none */
};

/*
 * Places @file, which is what @config names, in @memory beside @image, which is there
 * already, and fills @initrd. Returns 0 or an exit status.
 */
int initrd_load(struct initrd *initrd, const struct file_config *config, const struct file *file,
		const struct image *image, const struct memory *memory, struct failure *why);

#endif
