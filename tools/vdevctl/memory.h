/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's memory as the launcher sees it.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct piece {
	bool is_rom;
	uint64_t start;
	uint64_t size;
	uint8_t *host;
};

struct memory {
	struct piece pieces[CONFIG_PIECES_MAX];
	unsigned int count;
};

/* Returns 0 or an exit status; memory_unmap() is due in either case. */
int memory_map(struct memory *memory, const struct machine_config *config, struct failure *why);
void memory_unmap(struct memory *memory);

/* Whether the page at @page is all zero. */
bool memory_is_zero(const void *page);
/* All of it is zero again. */
void memory_clear(const struct memory *memory);

/* Where [@start, @start + @size) is, or NULL unless it lies within one piece. */
void *memory_at(const struct memory *memory, uint64_t start, uint64_t size);
/* The same, unless the guest may only read it. */
void *memory_ram_at(const struct memory *memory, uint64_t start, uint64_t size);

#endif
