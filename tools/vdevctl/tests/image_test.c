// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of image.c: good images, and files that lie about themselves.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "ktap.h"
#include "layout.h"

#define CODE_OFFSET	256
#define CODE_SIZE	64
#define FILE_SIZE	(CODE_OFFSET + CODE_SIZE)
#define ADDRESS		0x100000
#define RAM_SIZE	(4ull << 20)
#define HIGH_RAM	(1ull << 32)

/* A good file, for the cases to spoil. */
struct sample {
	union {
		char data[FILE_SIZE];
		struct {
			Elf32_Ehdr header;
			Elf32_Phdr segment[2];
		} elf32;
		struct {
			Elf64_Ehdr header;
			Elf64_Phdr segment[2];
		} elf64;
	};
	size_t size;
	struct load_config load;
};

#define FILL_ELF(elf, bits, type_of_machine)						\
do {											\
	memcpy((elf)->header.e_ident, ELFMAG, SELFMAG);					\
	(elf)->header.e_ident[EI_CLASS] = ELFCLASS##bits;				\
	(elf)->header.e_ident[EI_DATA] = ELFDATA2LSB;					\
	(elf)->header.e_type = ET_EXEC;							\
	(elf)->header.e_machine = type_of_machine;					\
	(elf)->header.e_entry = ADDRESS + 16;						\
	(elf)->header.e_phoff = sizeof((elf)->header);					\
	(elf)->header.e_phnum = 2;							\
	(elf)->header.e_phentsize = sizeof((elf)->segment[0]);				\
	(elf)->segment[0].p_type = PT_NOTE;						\
	(elf)->segment[1].p_type = PT_LOAD;						\
	(elf)->segment[1].p_offset = CODE_OFFSET;					\
	(elf)->segment[1].p_paddr = ADDRESS;						\
	(elf)->segment[1].p_filesz = CODE_SIZE;						\
	(elf)->segment[1].p_memsz = 2 * CODE_SIZE;					\
} while (0)

static void fill(struct sample *s, unsigned int bits)
{
	memset(s, 0, sizeof(*s));
	s->size = FILE_SIZE;
	s->load = (struct load_config){ .file = { "x.elf", { "t", 3, 6 } } };
	if (bits == 32)
		FILL_ELF(&s->elf32, 32, EM_386);
	else if (bits == 64)
		FILL_ELF(&s->elf64, 64, EM_X86_64);
	memset(s->data + CODE_OFFSET, 'c', CODE_SIZE);
}

static void good(struct sample *s) { (void)s; }
static void cut_to_nothing(struct sample *s) { s->size = 0; }
static void cut_to_magic(struct sample *s) { s->size = 4; }
static void cut_header(struct sample *s) { s->size = 51; }
static void cut_header64(struct sample *s) { s->size = 63; }
static void cut_segments(struct sample *s) { s->size = 100; }
static void cut_code(struct sample *s) { s->size--; }
static void bad_class(struct sample *s) { s->data[EI_CLASS] = 3; }
static void big_endian(struct sample *s) { s->data[EI_DATA] = ELFDATA2MSB; }
static void arm(struct sample *s) { s->elf32.header.e_machine = EM_ARM; }
static void x32(struct sample *s) { s->elf32.header.e_machine = EM_X86_64; }
static void pie(struct sample *s) { s->elf32.header.e_type = ET_DYN; }
static void object(struct sample *s) { s->elf64.header.e_type = ET_REL; }
static void no_headers(struct sample *s) { s->elf32.header.e_phnum = 0; }
static void many_headers(struct sample *s) { s->elf64.header.e_phnum = PN_XNUM; }
static void odd_headers(struct sample *s) { s->elf32.header.e_phentsize = 31; }
static void zero_headers(struct sample *s) { s->elf64.header.e_phentsize = 0; }
static void headers_outside(struct sample *s) { s->elf32.header.e_phoff = UINT32_MAX; }
static void headers_wrap(struct sample *s) { s->elf64.header.e_phoff = UINT64_MAX - 8; }
static void more_in_file(struct sample *s) { s->elf32.segment[1].p_memsz = CODE_SIZE - 1; }
static void code_outside(struct sample *s) { s->elf32.segment[1].p_offset = UINT32_MAX; }
static void code_wraps(struct sample *s) { s->elf64.segment[1].p_offset = UINT64_MAX - 1; }
static void no_ram(struct sample *s) { s->elf32.segment[1].p_paddr = RAM_SIZE; }
static void across_end(struct sample *s) { s->elf32.segment[1].p_paddr = RAM_SIZE - 127; }
static void up_to_end(struct sample *s)
{
	s->elf32.segment[1].p_paddr = RAM_SIZE - 128;
	s->elf32.header.e_entry = RAM_SIZE - 1;
}
static void address_wraps(struct sample *s) { s->elf64.segment[1].p_paddr = UINT64_MAX - 4; }
static void size_wraps(struct sample *s) { s->elf64.segment[1].p_memsz = UINT64_MAX; }
static void only_notes(struct sample *s) { s->elf32.segment[1].p_type = PT_NOTE; }
static void empty_segment(struct sample *s) { s->elf32.segment[1].p_memsz = 0; }
static void entry_before(struct sample *s) { s->elf32.header.e_entry = ADDRESS - 1; }
static void entry_behind(struct sample *s) { s->elf64.header.e_entry = ADDRESS + 128; }
static void entry_high(struct sample *s)
{
	s->elf64.segment[1].p_paddr = HIGH_RAM;
	s->elf64.header.e_entry = HIGH_RAM;
}
static void on_tables(struct sample *s) { s->elf64.segment[1].p_paddr = BOOT_TABLES_END - 1; }
static void below_tables(struct sample *s)
{
	s->elf64.segment[1].p_paddr = BOOT_TABLES_START - 128;
	s->elf64.header.e_entry = BOOT_TABLES_START - 128;
}
static void at(struct sample *s, uint64_t address)
{
	s->load.has_address = true;
	s->load.address = address;
}
static void elf_at(struct sample *s) { at(s, 0x1000); }
static void flat_at(struct sample *s) { at(s, 0x2340); }
static void flat_up_to_end(struct sample *s) { at(s, RAM_SIZE - FILE_SIZE); }
static void flat_across_end(struct sample *s) { at(s, RAM_SIZE - FILE_SIZE + 1); }
static void flat_high(struct sample *s) { at(s, HIGH_RAM); }
static void flat_wraps(struct sample *s) { at(s, UINT64_MAX); }

#define IMAGE	"t:3:6: image 'x.elf': "

static const struct {
	const char *name;
	unsigned int bits;		/* 0: flat */
	void (*spoil)(struct sample *s);
	const char *expected;		/* "entry start" or the failure */
} cases[] = {
	{ "good ELF32", 32, good, "0x100010 0x100000" },
	{ "good ELF64", 64, good, "0x100010 0x100000" },
	{ "good flat", 0, good, "0x100000 0x100000" },
	{ "ELF32 up to the end of RAM", 32, up_to_end, "0x3fffff 0x3fff80" },
	{ "ELF64 below the page tables", 64, below_tables, "0xf80 0xf80" },
	{ "flat with address", 0, flat_at, "0x2340 0x2340" },
	{ "flat up to the end of RAM", 0, flat_up_to_end, "0x3ffec0 0x3ffec0" },
	{ "empty", 0, cut_to_nothing, IMAGE "the file is empty" },
	{ "magic only", 32, cut_to_magic, IMAGE "the file ends within its ELF header" },
	{ "cut in the header", 32, cut_header, IMAGE "the file ends within its ELF header" },
	{ "cut in the ELF64 header", 64, cut_header64,
	  IMAGE "the file ends within its ELF header" },
	{ "cut in the program headers", 32, cut_segments,
	  IMAGE "the program headers lie beyond the end of the file" },
	{ "cut in the code", 64, cut_code, IMAGE "segment 1 lies beyond the end of the file" },
	{ "class 3", 32, bad_class,
	  IMAGE "ELF class 3 is not allowed, only 1 and 2 for 32 and 64 bits" },
	{ "big endian", 32, big_endian, IMAGE "only little-endian ELF is allowed" },
	{ "for ARM", 32, arm, IMAGE "ELF32 for machine 40: allowed is 3, x86" },
	{ "x32", 32, x32, IMAGE "ELF32 for machine 62: allowed is 3, x86" },
	{ "position-independent", 32, pie,
	  IMAGE "ELF type 3 is not allowed, only 2, an executable with fixed addresses" },
	{ "object file", 64, object,
	  IMAGE "ELF type 1 is not allowed, only 2, an executable with fixed addresses" },
	{ "no program header", 32, no_headers, IMAGE "0 program headers: 1 to 64 are allowed" },
	{ "too many program headers", 64, many_headers,
	  IMAGE "65535 program headers: 1 to 64 are allowed" },
	{ "program headers of 31 bytes", 32, odd_headers,
	  IMAGE "program headers of 31 bytes: 32 are allowed" },
	{ "program headers of 0 bytes", 64, zero_headers,
	  IMAGE "program headers of 0 bytes: 56 are allowed" },
	{ "program headers outside", 32, headers_outside,
	  IMAGE "the program headers lie beyond the end of the file" },
	{ "program headers wrap", 64, headers_wrap,
	  IMAGE "the program headers lie beyond the end of the file" },
	{ "more in the file than in memory", 32, more_in_file,
	  IMAGE "segment 1 has more bytes in the file than in memory" },
	{ "code outside", 32, code_outside, IMAGE "segment 1 lies beyond the end of the file" },
	{ "code wraps", 64, code_wraps, IMAGE "segment 1 lies beyond the end of the file" },
	{ "behind RAM", 32, no_ram,
	  IMAGE "segment 1, 0x80 bytes at 0x400000, does not lie in one piece of RAM or ROM" },
	{ "across the end of RAM", 32, across_end,
	  IMAGE "segment 1, 0x80 bytes at 0x3fff81, does not lie in one piece of RAM or ROM" },
	{ "address wraps", 64, address_wraps, IMAGE "segment 1, 0x80 bytes at 0xfffffffffffffffb, "
	  "does not lie in one piece of RAM or ROM" },
	{ "size wraps", 64, size_wraps, IMAGE "segment 1, 0xffffffffffffffff bytes at 0x100000, "
	  "does not lie in one piece of RAM or ROM" },
	{ "nothing to load", 32, only_notes,
	  IMAGE "the entry point 0x100010 is not in a loaded segment below 4g" },
	{ "empty segment", 32, empty_segment,
	  IMAGE "the entry point 0x100010 is not in a loaded segment below 4g" },
	{ "entry before", 32, entry_before,
	  IMAGE "the entry point 0xfffff is not in a loaded segment below 4g" },
	{ "entry behind", 64, entry_behind,
	  IMAGE "the entry point 0x100080 is not in a loaded segment below 4g" },
	{ "entry above 4g", 64, entry_high,
	  IMAGE "the entry point 0x100000000 is not in a loaded segment below 4g" },
	{ "on the page tables", 64, on_tables, IMAGE "segment 1 at 0x6fff overlaps 0x1000-0x6fff, "
	  "where the first page tables of a 64-bit image are" },
	{ "ELF with address", 32, elf_at, IMAGE "an ELF file has its own addresses: 0x1000 is "
	  "allowed only for a flat image" },
	{ "flat across the end of RAM", 0, flat_across_end,
	  IMAGE "0x140 bytes at 0x3ffec1 do not lie in one piece of RAM or ROM" },
	{ "flat above 4g", 0, flat_high, IMAGE "a flat image starts in 32-bit mode: the address "
	  "0x100000000 must be below 4g" },
	{ "flat wraps", 0, flat_wraps, IMAGE "a flat image starts in 32-bit mode: the address "
	  "0xffffffffffffffff must be below 4g" },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

static void run_case(unsigned int i, const struct memory *memory)
{
	struct failure why = { "" };
	struct sample s;
	struct image image;
	struct file file;
	char result[64];

	fill(&s, cases[i].bits);
	cases[i].spoil(&s);
	/* Copied, so that ASan sees the end. */
	file.data = memcpy(malloc(s.size ? s.size : 1), s.data, s.size);
	file.size = s.size;
	if (!image_load(&image, &s.load, &file, memory, &why)) {
		snprintf(result, sizeof(result), "0x%llx 0x%llx", (unsigned long long)image.entry,
			 (unsigned long long)image.start);
		strcpy(why.text, result);
	}
	ktap_case(!strcmp(why.text, cases[i].expected), cases[i].name, "%s", why.text);
	free(file.data);
}

int main(void)
{
	struct memory memory = {
		.pieces = {
			{ false, 0, RAM_SIZE, malloc(RAM_SIZE) },
			{ false, HIGH_RAM, RAM_SIZE, malloc(RAM_SIZE) },
		},
		.count = 2,
	};
	const char *code = memory_at(&memory, ADDRESS, CODE_SIZE);
	unsigned int i;

	ktap_begin(CASES + 1);
	memset(memory.pieces[0].host, 0, RAM_SIZE);
	run_case(0, &memory);
	ktap_case(code[0] == 'c' && code[CODE_SIZE - 1] == 'c' && code[CODE_SIZE] == 0,
		  "the code is in RAM, and only the code", "%02x", code[CODE_SIZE]);
	for (i = 1; i < CASES; i++)
		run_case(i, &memory);
	free(memory.pieces[0].host);
	free(memory.pieces[1].host);
	return ktap_end();
}
