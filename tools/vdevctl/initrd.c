// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file in RAM for the program that a machine starts with.
 *
 * It lies as high as possible below 4 GiB, so that 32-bit programs reach it and
 * the memory from the image on is theirs. It keeps out of the way of the image,
 * of the stack that the first vCPU starts with, and of the first page tables.
 */
#include <string.h>

#include "initrd.h"
#include "layout.h"

#define BELOW_4G  (1ULL << 32)
#define NOT_FOUND UINT64_MAX

struct range {
	uint64_t start, end;
};

/* The highest start of a whole page in @room from which @size bytes avoid @taken, or NOT_FOUND. */
static uint64_t highest_fit(struct range room, uint64_t size, const struct range *taken,
			    unsigned int count)
{
	unsigned int i = 0;
	uint64_t start;

	while (room.end >= room.start && room.end - room.start >= size) {
		start = (room.end - size) & ~(PAGE_BYTES - 1);
		for (i = 0; i < count; i++)
			if (start < taken[i].end && taken[i].start < start + size)
				break;
		if (i == count)
			return start;
		room.end = taken[i].start;
	}
	return NOT_FOUND;
}

static uint64_t find_place(const struct image *image, const struct memory *memory, uint64_t size)
{
	const struct range taken[] = {
		{ image->start - (image->start < STACK_BYTES ? image->start : STACK_BYTES),
		  image->end },
		{ BOOT_TABLES_START, BOOT_TABLES_END },
	};
	uint64_t place, best = NOT_FOUND;
	const struct piece *piece;
	struct range room;
	unsigned int i;

	for (i = 0; i < memory->count; i++) {
		piece = &memory->pieces[i];
		room = (struct range){ piece->start, piece->start + piece->size };
		if (room.end > BELOW_4G)
			room.end = BELOW_4G;
		place = piece->is_rom ? NOT_FOUND : highest_fit(room, size, taken, 2);
		if (place != NOT_FOUND && (best == NOT_FOUND || place > best))
			best = place;
	}
	return best;
}

int initrd_load(struct initrd *initrd, const struct file_config *config, const struct file *file,
		const struct image *image, const struct memory *memory, struct failure *why)
{
	uint64_t place;

	if (!file->size)
		return fail_at(why, config->place, "initrd '%s': the file is empty",
			       excerpt(config->path));
	place = find_place(image, memory, file->size);
	if (place == NOT_FOUND)
		return fail_at(
			why, config->place,
			"initrd '%s': 0x%zx bytes do not fit into one piece of RAM below 4g beside the image and its stack",
			excerpt(config->path), file->size);
	memcpy(memory_at(memory, place, file->size), file->data, file->size);
	*initrd = (struct initrd){ place, file->size };
	return 0;
}
