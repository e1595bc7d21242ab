// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options `ram` and `rom`: pieces of memory, which do not overlap.
 */
#include "layout.h"
#include "number.h"
#include "parser.h"

static const char *kind(const struct piece_config *piece)
{
	return piece->is_rom ? "ROM" : "RAM";
}

static const struct piece_config *piece_at(const struct machine_config *config, uint64_t start,
					   uint64_t size)
{
	unsigned int i;

	for (i = 0; i < config->piece_count; i++)
		if (overlaps(start, size, config->pieces[i].start, config->pieces[i].size))
			return &config->pieces[i];
	return NULL;
}

/* The lowest address at which @size bytes are free. */
static uint64_t first_fit(const struct machine_config *config, uint64_t size)
{
	const struct piece_config *taken;
	uint64_t start = 0;

	for (;;) {
		taken = piece_at(config, start, size);
		if (taken)
			start = taken->start + taken->size;
		else if (overlaps(start, size, CHIPS_START, CHIPS_END - CHIPS_START))
			start = CHIPS_END;
		else
			return start;
	}
}

static int check_range(struct parser *p, const struct piece_config *piece)
{
	unsigned long long start = piece->start, size = piece->size;

	if (!size || size % PAGE_BYTES || start % PAGE_BYTES)
		return fail_at(
			p->why, piece->place,
			"%s of 0x%llx bytes at 0x%llx: both must be multiples of 4k, and the size not 0",
			kind(piece), size, start);
	if (start > PHYSICAL_END || size > PHYSICAL_END - start)
		return fail_at(
			p->why, piece->place,
			"%s of 0x%llx bytes at 0x%llx ends beyond the highest physical address, 0x%llx",
			kind(piece), size, start, PHYSICAL_END - 1);
	return 0;
}

static int check_free(struct parser *p, const struct piece_config *piece)
{
	unsigned long long start = piece->start, size = piece->size;
	const struct piece_config *other = piece_at(p->config, start, size);

	if (overlaps(start, size, CHIPS_START, CHIPS_END - CHIPS_START))
		return fail_at(
			p->why, piece->place,
			"%s at 0x%llx-0x%llx overlaps 0x%llx-0x%llx, where the interrupt controllers are",
			kind(piece), start, start + size - 1, CHIPS_START, CHIPS_END - 1);
	if (other)
		return fail_at(p->why, piece->place,
			       "%s at 0x%llx-0x%llx overlaps 0x%llx-0x%llx, the %s of line %u",
			       kind(piece), start, start + size - 1,
			       (unsigned long long)other->start,
			       (unsigned long long)(other->start + other->size - 1), kind(other),
			       other->place.line);
	return 0;
}

static int add_piece(struct parser *p, const struct piece_config *piece)
{
	struct machine_config *config = p->config;
	int status;

	if (config->piece_count == CONFIG_PIECES_MAX)
		return fail_at(p->why, piece->place,
			       "too many pieces of memory: at most %d are allowed",
			       CONFIG_PIECES_MAX);
	status = check_range(p, piece);
	if (!status)
		status = check_free(p, piece);
	if (!status)
		config->pieces[config->piece_count++] = *piece;
	return status;
}

/* Reads "ADDRESS,SIZE", or "SIZE" with *@has_address false. */
static bool read_piece(const char *text, struct piece_config *piece, bool *has_address)
{
	const char *end;

	if (!number_read(text, &end, &piece->size))
		return false;
	*has_address = *end == ',';
	if (!*has_address)
		return !*end;
	piece->start = piece->size;
	return number_read(end + 1, &end, &piece->size) && !*end;
}

int parse_ram(struct parser *p, const struct token *option)
{
	struct piece_config ram = { .place = option[1].place };
	bool has_address;

	if (!read_piece(option[1].text, &ram, &has_address))
		return fail_at(p->why, ram.place,
			       "'%s' is not [ADDRESS,]SIZE: allowed are " NUMBER_FORM,
			       excerpt(option[1].text));
	if (!has_address)
		ram.start = first_fit(p->config, ram.size);
	p->config->has_ram = true;
	return add_piece(p, &ram);
}

int parse_rom(struct parser *p, const struct token *option)
{
	struct piece_config rom = { .is_rom = true, .place = option[1].place };
	bool has_address;

	if (!read_piece(option[1].text, &rom, &has_address) || !has_address)
		return fail_at(p->why, rom.place,
			       "'%s' is not ADDRESS,SIZE: allowed are " NUMBER_FORM,
			       excerpt(option[1].text));
	return add_piece(p, &rom);
}
