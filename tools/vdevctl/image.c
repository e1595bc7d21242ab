// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flat, ELF32 and ELF64 images into RAM or ROM.
 *
 * A flat image goes to one address as it is, and starts at its first byte. Of
 * an ELF file the PT_LOAD segments go to their physical addresses. Nothing in
 * the file is believed before it has been compared with the file's size and
 * with the memory. That is fresh, hence zero: a segment's .bss needs no work.
 */
#include <elf.h>
#include <string.h>

#include "image.h"
#include "layout.h"

#define SEGMENTS_MAX 64

struct loader {
	const struct load_config *load;
	const struct file *file;
	const struct memory *memory;
	struct image *image;
	struct failure *why;
};

/* What ELF32 and ELF64 headers have in common. */
struct elf_header {
	unsigned int type, machine;
	unsigned int segment_count, segment_size;
	uint64_t segment_table;
};

struct segment {
	uint32_t type;
	uint64_t offset, address, file_size, memory_size;
};

#define bad_image(l, format, ...)                                       \
	fail_at((l)->why, (l)->load->file.place, "image '%s': " format, \
		excerpt((l)->load->file.path), ##__VA_ARGS__)

/* Is [@offset, @offset + @size) part of the file? */
static bool file_has(const struct loader *l, uint64_t offset, uint64_t size)
{
	return offset <= l->file->size && size <= l->file->size - offset;
}

static int load_flat(struct loader *l)
{
	uint64_t start = l->load->has_address ? l->load->address : FLAT_ADDRESS;
	uint64_t size = l->file->size;
	void *place = memory_at(l->memory, start, size);

	if (!size)
		return bad_image(l, "the file is empty");
	if (start > UINT32_MAX)
		return bad_image(
			l,
			"a flat image starts in 32-bit mode: the address 0x%llx must be below 4g",
			(unsigned long long)start);
	if (!place)
		return bad_image(l, "0x%llx bytes at 0x%llx do not lie in one piece of RAM or ROM",
				 (unsigned long long)size, (unsigned long long)start);
	memcpy(place, l->file->data, size);
	*l->image = (struct image){ .entry = start, .start = start, .end = start + size };
	return 0;
}

static void read_header32(struct loader *l, struct elf_header *header)
{
	Elf32_Ehdr raw;

	memcpy(&raw, l->file->data, sizeof(raw));
	*header = (struct elf_header){
		.type = raw.e_type,
		.machine = raw.e_machine,
		.segment_count = raw.e_phnum,
		.segment_size = raw.e_phentsize,
		.segment_table = raw.e_phoff,
	};
	l->image->entry = raw.e_entry;
}

static void read_header64(struct loader *l, struct elf_header *header)
{
	Elf64_Ehdr raw;

	memcpy(&raw, l->file->data, sizeof(raw));
	*header = (struct elf_header){
		.type = raw.e_type,
		.machine = raw.e_machine,
		.segment_count = raw.e_phnum,
		.segment_size = raw.e_phentsize,
		.segment_table = raw.e_phoff,
	};
	l->image->entry = raw.e_entry;
}

static int read_header(struct loader *l, struct elf_header *header)
{
	const unsigned char *ident = (const unsigned char *)l->file->data;
	bool is_64bit;

	if (!file_has(l, 0, sizeof(Elf32_Ehdr)))
		return bad_image(l, "the file ends within its ELF header");
	if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
		return bad_image(l, "ELF class %u is not allowed, only 1 and 2 for 32 and 64 bits",
				 ident[EI_CLASS]);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return bad_image(l, "only little-endian ELF is allowed");
	is_64bit = ident[EI_CLASS] == ELFCLASS64;
	if (is_64bit && !file_has(l, 0, sizeof(Elf64_Ehdr)))
		return bad_image(l, "the file ends within its ELF header");
	l->image->is_64bit = is_64bit;
	if (is_64bit)
		read_header64(l, header);
	else
		read_header32(l, header);
	return 0;
}

static int check_header(struct loader *l, const struct elf_header *header)
{
	bool is_64bit = l->image->is_64bit;
	size_t size = is_64bit ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (header->machine != (is_64bit ? EM_X86_64 : EM_386))
		return bad_image(l, "ELF%s for machine %u: allowed is %u, x86",
				 is_64bit ? "64" : "32", header->machine,
				 is_64bit ? EM_X86_64 : EM_386);
	if (header->type != ET_EXEC)
		return bad_image(
			l,
			"ELF type %u is not allowed, only %u, an executable with fixed addresses",
			header->type, ET_EXEC);
	if (!header->segment_count || header->segment_count > SEGMENTS_MAX)
		return bad_image(l, "%u program headers: 1 to %u are allowed",
				 header->segment_count, SEGMENTS_MAX);
	if (header->segment_size != size)
		return bad_image(l, "program headers of %u bytes: %zu are allowed",
				 header->segment_size, size);
	if (!file_has(l, header->segment_table, header->segment_count * size))
		return bad_image(l, "the program headers lie beyond the end of the file");
	return 0;
}

static struct segment read_segment(const struct loader *l, const struct elf_header *header,
				   unsigned int i)
{
	const char *at = l->file->data + header->segment_table + i * header->segment_size;
	Elf32_Phdr raw32;
	Elf64_Phdr raw64;

	if (l->image->is_64bit) {
		memcpy(&raw64, at, sizeof(raw64));
		return (struct segment){ raw64.p_type, raw64.p_offset, raw64.p_paddr,
					 raw64.p_filesz, raw64.p_memsz };
	}
	memcpy(&raw32, at, sizeof(raw32));
	return (struct segment){ raw32.p_type, raw32.p_offset, raw32.p_paddr, raw32.p_filesz,
				 raw32.p_memsz };
}

static int load_segment(struct loader *l, const struct segment *s, unsigned int i)
{
	void *place = memory_at(l->memory, s->address, s->memory_size);

	if (s->file_size > s->memory_size)
		return bad_image(l, "segment %u has more bytes in the file than in memory", i);
	if (!file_has(l, s->offset, s->file_size))
		return bad_image(l, "segment %u lies beyond the end of the file", i);
	if (!place)
		return bad_image(
			l,
			"segment %u, 0x%llx bytes at 0x%llx, does not lie in one piece of RAM or ROM",
			i, (unsigned long long)s->memory_size, (unsigned long long)s->address);
	/* The segment is in memory, so its end does not wrap. */
	if (l->image->is_64bit && s->address < BOOT_TABLES_END &&
	    s->address + s->memory_size > BOOT_TABLES_START)
		return bad_image(
			l,
			"segment %u at 0x%llx overlaps 0x%llx-0x%llx, where the first page tables of a 64-bit image are",
			i, (unsigned long long)s->address, BOOT_TABLES_START, BOOT_TABLES_END - 1);
	memcpy(place, l->file->data + s->offset, s->file_size);
	return 0;
}

static int load_segments(struct loader *l, const struct elf_header *header)
{
	uint64_t entry = l->image->entry;
	bool has_entry = false;
	unsigned int i;
	int status;

	l->image->start = UINT64_MAX;
	for (i = 0; i < header->segment_count; i++) {
		struct segment s = read_segment(l, header, i);

		if (s.type != PT_LOAD || !s.memory_size)
			continue;
		status = load_segment(l, &s, i);
		if (status)
			return status;
		if (s.address < l->image->start)
			l->image->start = s.address;
		if (s.address + s.memory_size > l->image->end)
			l->image->end = s.address + s.memory_size;
		if (entry >= s.address && entry - s.address < s.memory_size)
			has_entry = true;
	}
	if (!has_entry || entry > UINT32_MAX)
		return bad_image(l, "the entry point 0x%llx is not in a loaded segment below 4g",
				 (unsigned long long)entry);
	return 0;
}

static int load_elf(struct loader *l)
{
	struct elf_header header = { 0 };
	int status;

	if (l->load->has_address)
		return bad_image(
			l,
			"an ELF file has its own addresses: 0x%llx is allowed only for a flat image",
			(unsigned long long)l->load->address);
	status = read_header(l, &header);
	if (!status)
		status = check_header(l, &header);
	if (!status)
		status = load_segments(l, &header);
	return status;
}

int image_load(struct image *image, const struct load_config *load, const struct file *file,
	       const struct memory *memory, struct failure *why)
{
	struct loader l = { load, file, memory, image, why };

	*image = (struct image){ 0 };
	if (file_has(&l, 0, SELFMAG) && !memcmp(file->data, ELFMAG, SELFMAG))
		return load_elf(&l);
	return load_flat(&l);
}
