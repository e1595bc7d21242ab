/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole files in memory.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

struct file {
	char *data; /* for free() */
	size_t size;
};

/* Reads @path, or standard input if it is NULL. Returns 0 or a negative errno; -EFBIG: > @max. */
int file_read(const char *path, size_t max, struct file *file);

/*
 * @path as seen from the directory in which @base lies, or from the working
 * directory if @base is NULL; for free(). NULL: out of memory.
 */
char *path_beside(const char *base, const char *path);

#endif
