// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine's memory as the launcher sees it: one anonymous mapping for each `ram`
 * and `rom`. Only the guest cannot write to the latter.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "layout.h"
#include "memory.h"

int memory_map(struct memory *memory, const struct machine_config *config, struct failure *why)
{
	const struct piece_config *piece;
	void *host;

	memory->count = 0;
	while (memory->count < config->piece_count) {
		piece = &config->pieces[memory->count];
		host = mmap(NULL, piece->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		if (host == MAP_FAILED)
			return fail(why, VDEVFW_EXIT_FATAL_STARTUP,
				    "no memory for 0x%llx bytes of %s: %s",
				    (unsigned long long)piece->size, piece->is_rom ? "ROM" : "RAM",
				    strerror(errno));
		memory->pieces[memory->count++] =
			(struct piece){ piece->is_rom, piece->start, piece->size, host };
	}
	return 0;
}

void memory_unmap(struct memory *memory)
{
	while (memory->count--)
		munmap(memory->pieces[memory->count].host, memory->pieces[memory->count].size);
	memory->count = 0;
}

bool memory_is_zero(const void *page)
{
	const uint64_t *word = page, *end = word + PAGE_BYTES / sizeof(*word);

	while (word < end && !*word)
		word++;
	return word == end;
}

/* In place, since vdevs may hold pages; and pages that have never been needed still are not. */
static void clear_piece(const struct piece *piece)
{
	uint64_t offset;

	for (offset = 0; offset < piece->size; offset += PAGE_BYTES)
		if (!memory_is_zero(piece->host + offset))
			memset(piece->host + offset, 0, PAGE_BYTES);
}

void memory_clear(const struct memory *memory)
{
	unsigned int i;

	for (i = 0; i < memory->count; i++)
		clear_piece(&memory->pieces[i]);
}

static const struct piece *piece_with(const struct memory *memory, uint64_t start, uint64_t size)
{
	const struct piece *piece;
	unsigned int i;

	for (i = 0; i < memory->count; i++) {
		piece = &memory->pieces[i];
		if (start >= piece->start && size <= piece->size &&
		    start - piece->start <= piece->size - size)
			return piece;
	}
	return NULL;
}

void *memory_at(const struct memory *memory, uint64_t start, uint64_t size)
{
	const struct piece *piece = piece_with(memory, start, size);

	return piece ? piece->host + (start - piece->start) : NULL;
}

void *memory_ram_at(const struct memory *memory, uint64_t start, uint64_t size)
{
	const struct piece *piece = piece_with(memory, start, size);

	return piece && !piece->is_rom ? piece->host + (start - piece->start) : NULL;
}
