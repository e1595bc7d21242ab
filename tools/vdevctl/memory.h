/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's RAM as the launcher sees it.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct ram {
	uint64_t start;
	uint64_t size;
	uint8_t *host;
};

struct memory {
	struct ram ram[CONFIG_RAM_MAX];
	unsigned int count;
};

/* Returns 0 or an exit status; memory_unmap() is due in either case. */
int memory_map(struct memory *memory, const struct machine_config *config, struct failure *why);
void memory_unmap(struct memory *memory);

/* Where [@start, @start + @size) is, or NULL unless it lies within one piece of RAM. */
void *memory_at(const struct memory *memory, uint64_t start, uint64_t size);

#endif
