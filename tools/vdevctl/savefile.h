/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that a machine is saved to: sections, one behind the other. Each begins with what it is
 * and how long, in the host's byte order; KVM's own structures are in it as KVM gives them.
 */
#ifndef SAVEFILE_H
#define SAVEFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"

/* In the order in which they come. */
enum section {
	SECTION_NONE,
	SECTION_HEADING,
	SECTION_MACHINE, /* which configuration it is of */
	SECTION_VDEVS,
	SECTION_CHIPS,
	SECTION_CPU, /* with the next one, for each vCPU */
	SECTION_MSRS,
	SECTION_KEPT, /* for each vCPU */
	SECTION_CONSOLE,
	SECTION_CLOCK,
	SECTION_MEMORY, /* an address, and what is there; as often as needed */
	SECTION_END,
};

struct savefile {
	FILE *stream;
	bool (*is_over)(void); /* whether there is no more time for it */
	int err;	       /* the first error, a negative errno; nothing happens after it */
	enum section type;     /* of the section that is read or comes next, */
	bool comes_next;
	uint64_t left; /* and how much of it there still is */
};

/* Has the error @err, unless it has one. Returns false. */
bool savefile_refuse(struct savefile *file, int err);

/* Whether nothing happens any more: after an error, or when there is no more time. */
bool savefile_is_over(struct savefile *file);

/* ---- to write ---- */

/* @size bytes follow, by savefile_write(). */
void savefile_begin(struct savefile *file, enum section type, uint64_t size);
void savefile_write(struct savefile *file, const void *data, size_t size);
/* A whole section. */
void savefile_put(struct savefile *file, enum section type, const void *data, size_t size);

/* ---- to read; whatever is not as it must be is -EBADMSG ---- */

/* What section comes next; after an error SECTION_NONE. The one before has been read. */
enum section savefile_peek(struct savefile *file);
/* Goes on to the next section, of that @type, for savefile_read(). Returns false after an error. */
bool savefile_enter(struct savefile *file, enum section type);
void savefile_read(struct savefile *file, void *data, size_t size);
/* The next section is of that @type, and @size bytes long. */
void savefile_get(struct savefile *file, enum section type, void *data, size_t size);
/* It is of that @type, and at most @max bytes long; for free(). NULL after an error. */
void *savefile_get_all(struct savefile *file, enum section type, size_t max, size_t *size);

#endif
