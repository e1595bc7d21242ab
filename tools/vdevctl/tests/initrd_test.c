// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of initrd.c and memory.c: where an initrd goes.
 */
#include <stdlib.h>
#include <string.h>

#include "initrd.h"
#include "ktap.h"

#define PAGE	0x1000ull
#define MIB	0x100000ull
#define GIB	0x40000000ull
#define NOWHERE	1
#define NO_ROOM	"t:1:9: initrd 'i': 0x%zx bytes do not fit into one piece of RAM below 4g beside the " \
		"image and its stack"

static const struct {
	const char *name;
	struct piece_config pieces[3];
	uint64_t image_start, image_end;
	size_t size;
	uint64_t expected;
} cases[] = {
	{ "at the end of RAM", { { .size = 4 * MIB } }, MIB, 2 * MIB, 1, 4 * MIB - PAGE },
	{ "whole pages", { { .size = 4 * MIB } }, MIB, 2 * MIB, PAGE, 4 * MIB - PAGE },
	{ "and a byte", { { .size = 4 * MIB } }, MIB, 2 * MIB, PAGE + 1, 4 * MIB - 2 * PAGE },
	{ "up to the image", { { .size = 4 * MIB } }, MIB, 2 * MIB, 2 * MIB, 2 * MIB },
	{ "below the image and its stack", { { .size = 4 * MIB } }, 3 * MIB, 4 * MIB - 1, 1,
	  3 * MIB - 0x10000 - PAGE },
	{ "no room beside the image", { { .size = 4 * MIB } }, MIB, 2 * MIB, 2 * MIB + 1, NOWHERE },
	{ "all of it is stack", { { .size = 16 * PAGE } }, 15 * PAGE, 16 * PAGE, PAGE, NOWHERE },
	{ "between page tables and stack", { { .size = MIB } }, 0x18000, MIB, PAGE, 0x7000 },
	{ "below the page tables", { { .size = MIB } }, 0x17000, MIB, PAGE, 0 },
	{ "the highest piece", { { .size = MIB }, { .start = 8 * MIB, .size = MIB },
	  { .start = 4 * MIB, .size = MIB } }, 0x20000, 0x21000, 1, 9 * MIB - PAGE },
	{ "a lower piece that is large enough", { { .size = 4 * MIB },
	  { .start = 8 * MIB, .size = MIB } }, 0x20000, 0x21000, 2 * MIB, 2 * MIB },
	{ "not in ROM", { { .size = MIB }, { .is_rom = true, .start = 8 * MIB, .size = MIB } },
	  0x20000, 0x21000, 1, MIB - PAGE },
	{ "not above 4 GiB", { { .size = MIB }, { .start = 4 * GIB, .size = MIB } }, 0x20000,
	  0x21000, 1, MIB - PAGE },
	{ "larger than all RAM", { { .size = MIB } }, 0x20000, 0x21000, 2 * MIB, NOWHERE },
	{ "an image elsewhere", { { .start = 16 * MIB, .size = MIB } }, 0, PAGE, MIB, 16 * MIB },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

static void run_case(unsigned int i)
{
	const struct file_config named = { "i", { "t", 1, 9 } };
	const struct image image = { .start = cases[i].image_start, .end = cases[i].image_end };
	struct file file = { memset(malloc(cases[i].size), 'i', cases[i].size), cases[i].size };
	struct machine_config config = { .piece_count = 0 };
	struct failure why = { "" };
	struct initrd initrd = { NOWHERE, 0 };
	struct memory memory;
	char expected[256] = "";
	const char *data;

	memcpy(config.pieces, cases[i].pieces, sizeof(cases[i].pieces));
	while (config.piece_count < 3 && config.pieces[config.piece_count].size)
		config.piece_count++;
	if (cases[i].expected == NOWHERE)
		snprintf(expected, sizeof(expected), NO_ROOM, file.size);
	memory_map(&memory, &config, &why);
	initrd_load(&initrd, &named, &file, &image, &memory, &why);
	data = memory_at(&memory, initrd.start, file.size);
	ktap_case(!strcmp(why.text, expected) && initrd.start == cases[i].expected &&
		  (!initrd.size || (data[0] == 'i' && data[file.size - 1] == 'i')),
		  cases[i].name, "0x%x %s", initrd.start, why.text);
	memory_unmap(&memory);
	free(file.data);
}

static void test_empty(void)
{
	const struct file_config named = { "i", { "t", 1, 9 } };
	const struct file file = { 0 };
	const struct image image = { 0 };
	const struct memory memory = { 0 };
	struct failure why = { "" };
	struct initrd initrd;

	initrd_load(&initrd, &named, &file, &image, &memory, &why);
	ktap_case(!strcmp(why.text, "t:1:9: initrd 'i': the file is empty"), "an empty file", "%s",
		  why.text);
}

/* A place in RAM, in ROM, and across both. */
static void test_rom(void)
{
	static uint8_t host[2];
	const struct memory memory = {
		.pieces = { { false, 0, 1, host }, { true, 1, 1, host + 1 } },
		.count = 2,
	};

	ktap_case(memory_at(&memory, 1, 1) == host + 1 && !memory_ram_at(&memory, 1, 1) &&
		  memory_ram_at(&memory, 0, 1) == host && !memory_at(&memory, 0, 2),
		  "ROM is memory but no RAM", "%s", "");
}

int main(void)
{
	unsigned int i;

	ktap_begin(CASES + 2);
	for (i = 0; i < CASES; i++)
		run_case(i);
	test_empty();
	test_rom();
	return ktap_end();
}
