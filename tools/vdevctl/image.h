/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that a machine starts with.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "file.h"
#include "memory.h"

#define IMAGE_MAX (256u << 20) /* bytes of the file */

struct image {
	bool is_64bit;
	uint64_t entry;
	uint64_t start; /* the lowest address that it occupies */
	uint64_t end;	/* the address behind the highest one */
};

/*
 * Places @file, which is what @load names, in @memory, and fills @image. ELF
 * is told from flat by its magic. Returns 0 or an exit status.
 */
int image_load(struct image *image, const struct load_config *load, const struct file *file,
	       const struct memory *memory, struct failure *why);

#endif
