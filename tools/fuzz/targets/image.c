// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes how the launcher loads an image into RAM: vdevctl/{image,initrd,memory}.c.
 *
 * An input begins with a byte that says whether `load` has an address; the rest is
 * the file. RAM is on the heap, not from memory_map(), so that ASan sees what is
 * written beside it.
 */
#include <stdlib.h>
#include <string.h>

#include <image.h>
#include <initrd.h>
#include <layout.h>

#include "oracle.h"
#include "targets/failure.h"

#define CONFIG_TEXT "ram 64k\nload image"

/* Where RAM is: below, at and above what the loader cares about. */
static const struct piece layout[] = {
	{ .start = 0, .size = 0x9000 },
	{ .start = FLAT_ADDRESS, .size = 0x8000 },
	{ .start = CHIPS_START - PAGE_BYTES, .size = PAGE_BYTES },
	{ .start = CHIPS_END, .size = 0x1000 },
	{ .start = 0x20000, .size = 0x2000, .is_rom = true },
};

#define PIECES (sizeof(layout) / sizeof(layout[0]))

static const uint64_t addresses[] = {
	0, 0x200, 0x8fff, FLAT_ADDRESS, FLAT_ADDRESS + 0x7ff0, CHIPS_END, UINT64_MAX,
};

static void get_ram(struct memory *memory)
{
	unsigned int i;

	memory->count = PIECES;
	for (i = 0; i < PIECES; i++) {
		memory->pieces[i] = layout[i];
		memory->pieces[i].host = calloc(1, layout[i].size);
		expect(memory->pieces[i].host, "the fuzzer is out of memory");
	}
}

static void put_ram(struct memory *memory)
{
	while (memory->count)
		free(memory->pieces[--memory->count].host);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

/* An image that was loaded can be started, and has left alone what is not its own. */
static void expect_image(const struct image *image, const struct load_config *load,
			 const struct file *file, const struct memory *memory)
{
	const uint8_t *entry = memory_at(memory, image->entry, 1);
	const size_t tables = BOOT_TABLES_END - BOOT_TABLES_START;
	bool is_elf = file->size >= 4 && !memcmp(file->data, "\177ELF", 4);

	expect(entry, "the entry point is not in RAM");
	expect(image->entry <= UINT32_MAX, "the entry point cannot be reached");
	expect(image->start <= image->entry, "the entry point lies before the image");
	expect(memory_at(memory, image->start, 1), "the start is not in RAM");
	expect(image->end > image->entry && memory_at(memory, image->end - 1, 1),
	       "the end is not in RAM");
	if (image->is_64bit)
		expect(is_zero(memory_at(memory, BOOT_TABLES_START, tables), tables),
		       "the image lies on the page tables");
	if (is_elf) {
		expect(!load->has_address, "an ELF file with an address");
		return;
	}
	expect(image->entry == (load->has_address ? load->address : FLAT_ADDRESS), "a wrong start");
	expect(!memcmp(entry, file->data, file->size), "a flat image is not as in its file");
}

/* The file once more, where the image has left room. */
static void try_initrd(const struct image *image, const struct file *file,
		       const struct memory *memory)
{
	const struct file_config config = { "initrd", { FUZZ_FILE, 2, 6 } };
	struct initrd initrd = { 0, 0 };
	struct failure why = { "" };
	const char *copy;
	int status;

	status = initrd_load(&initrd, &config, file, image, memory, &why);
	expect(!status || status == VDEVFW_EXIT_CONFIG, "status %d: %s", status, why.text);
	if (status) {
		expect_sentence(&why, CONFIG_TEXT, strlen(CONFIG_TEXT));
		return;
	}
	copy = memory_ram_at(memory, initrd.start, initrd.size);
	expect(copy && initrd.size == file->size && !memcmp(copy, file->data, file->size),
	       "the initrd is not as in its file");
	expect(initrd.start + initrd.size <= image->start || initrd.start >= image->end,
	       "the initrd lies on the image");
}

static void try_image(const struct load_config *load, const struct file *file)
{
	char *original = exact_copy(file->data, file->size);
	struct failure why = { "" };
	struct memory memory;
	struct image image;
	int status;

	get_ram(&memory);
	status = image_load(&image, load, file, &memory, &why);
	expect(!status || status == VDEVFW_EXIT_CONFIG, "status %d: %s", status, why.text);
	if (status)
		expect_sentence(&why, CONFIG_TEXT, strlen(CONFIG_TEXT));
	else
		expect_image(&image, load, file, &memory);
	if (!status)
		try_initrd(&image, file, &memory);
	expect(!memcmp(file->data, original, file->size), "the file was changed");
	put_ram(&memory);
	free(original);
}

void try_input(const uint8_t *data, size_t size)
{
	struct load_config load = { .file = { "image", { FUZZ_FILE, 2, 6 } } };
	struct file file;

	if (!size)
		return;
	/* 0 is the case of most seeds: no address. */
	load.has_address = data[0] != 0;
	load.address = addresses[data[0] % (sizeof(addresses) / sizeof(addresses[0]))];
	file.size = size - 1;
	file.data = exact_copy(data + 1, file.size);
	try_image(&load, &file);
	free(file.data);
}
