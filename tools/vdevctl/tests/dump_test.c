// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of dump.c: what is written is read back as a core file.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump.h"
#include "ktap.h"

#define PAGE	4096
#define HIGH	0x100000000ull
#define CPUS	2

static uint8_t low[3 * PAGE], high[PAGE], rom[2 * PAGE];

static const struct memory memory = {
	.pieces = {
		{ false, 0, sizeof(low), low },
		{ false, HIGH, sizeof(high), high },
		{ true, 0x10000, sizeof(rom), rom },
	},
	.count = 3,
};

/* The file's content, for free(), with its size and how much of it is on the disk. */
static char *write_dump(size_t *size, size_t *blocks)
{
	struct user_regs_struct registers[CPUS] = { { .rip = 0x1234, .rax = 1 }, { .rip = 0x5678 } };
	int fd = memfd_create("dump", 0);
	struct stat st;
	char *data;
	int err;

	err = dump_write(fd, &memory, registers, CPUS);
	ktap_case(!err, "the dump is written", "%d", err);
	fstat(fd, &st);
	*size = st.st_size;
	*blocks = st.st_blocks;
	data = malloc(*size);
	if (pread(fd, data, *size, 0) != (ssize_t)*size)
		*size = 0;
	close(fd);
	return data;
}

static void test_header(const char *data, size_t size)
{
	const Elf64_Ehdr *header = (const void *)data;

	ktap_case(size > sizeof(*header) && !memcmp(data, ELFMAG, SELFMAG) &&
		  header->e_type == ET_CORE && header->e_machine == EM_X86_64 &&
		  header->e_phnum == 4, "the header", "%u segments", header->e_phnum);
}

static void test_notes(const char *data)
{
	const Elf64_Phdr *segment = (const void *)(data + ((const Elf64_Ehdr *)data)->e_phoff);
	const char *at = data + segment->p_offset, *end = at + segment->p_filesz;
	unsigned int count = 0, good = 0;
	const Elf64_Nhdr *note;
	struct elf_prstatus status;
	struct user_regs_struct registers;

	for (; at < end; at += sizeof(*note) + 8 + note->n_descsz) {
		note = (const void *)at;
		memcpy(&status, at + sizeof(*note) + 8, sizeof(status));
		memcpy(&registers, &status.pr_reg, sizeof(registers));
		count++;
		good += note->n_type == NT_PRSTATUS && note->n_namesz == 5 &&
			!strcmp(at + sizeof(*note), "CORE") && status.pr_pid == (int)count &&
			registers.rip == (count == 1 ? 0x1234 : 0x5678);
	}
	ktap_case(segment->p_type == PT_NOTE && at == end && good == CPUS && count == CPUS,
		  "a note for each vCPU", "%u of %u", good, count);
}

static void test_piece(const char *data, size_t size, unsigned int i, const char *name)
{
	const Elf64_Phdr *segment =
		(const Elf64_Phdr *)(data + ((const Elf64_Ehdr *)data)->e_phoff) + 1 + i;
	const struct piece *piece = &memory.pieces[i];

	ktap_case(segment->p_type == PT_LOAD && segment->p_paddr == piece->start &&
		  segment->p_vaddr == piece->start && segment->p_filesz == piece->size &&
		  segment->p_memsz == piece->size && segment->p_offset % PAGE == 0 &&
		  !(segment->p_flags & PF_W) == piece->is_rom &&
		  segment->p_offset + piece->size <= size &&
		  !memcmp(data + segment->p_offset, piece->host, piece->size), name,
		  "0x%llx", (unsigned long long)segment->p_paddr);
}

static void test_failure(void)
{
	int fd = open("/dev/full", O_WRONLY), err = dump_write(fd, &memory, NULL, 0);

	ktap_case(err == -ENOSPC, "a full disk", "%d", err);
	close(fd);
}

int main(void)
{
	size_t size, blocks;
	char *data;

	ktap_begin(8);
	memset(low, 'l', PAGE);
	low[2 * PAGE - 1] = 1;
	high[0] = 'h';
	data = write_dump(&size, &blocks);
	test_header(data, size);
	test_notes(data);
	test_piece(data, size, 0, "RAM");
	test_piece(data, size, 1, "RAM above 4 GiB");
	test_piece(data, size, 2, "ROM, all zeros up to the end of the file");
	ktap_case(blocks * 512 <= size - 3 * PAGE, "zeros take no room", "%zu of %zu", blocks * 512,
		  size);
	free(data);
	test_failure();
	return ktap_end();
}
