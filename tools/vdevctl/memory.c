// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine's RAM as the launcher sees it: one anonymous mapping for each `ram`.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "memory.h"

int memory_map(struct memory *memory, const struct machine_config *config, struct failure *why)
{
	const struct ram_config *ram;
	void *host;

	memory->count = 0;
	while (memory->count < config->ram_count) {
		ram = &config->ram[memory->count];
		host = mmap(NULL, ram->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		if (host == MAP_FAILED)
			return fail(why, VDEVFW_EXIT_FATAL_STARTUP,
				    "no memory for 0x%llx bytes of RAM: %s",
				    (unsigned long long)ram->size, strerror(errno));
		memory->ram[memory->count++] = (struct ram){ ram->start, ram->size, host };
	}
	return 0;
}

void memory_unmap(struct memory *memory)
{
	while (memory->count--)
		munmap(memory->ram[memory->count].host, memory->ram[memory->count].size);
	memory->count = 0;
}

void *memory_at(const struct memory *memory, uint64_t start, uint64_t size)
{
	const struct ram *ram;
	unsigned int i;

	for (i = 0; i < memory->count; i++) {
		ram = &memory->ram[i];
		if (start >= ram->start && size <= ram->size &&
		    start - ram->start <= ram->size - size)
			return ram->host + (start - ram->start);
	}
	return NULL;
}
