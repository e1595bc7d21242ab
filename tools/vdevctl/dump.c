// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine's memory and registers as an ELF core file, for gdb and crash.
 *
 * One PT_NOTE with an NT_PRSTATUS for each vCPU, its number counted from 1 as
 * the process id; one PT_LOAD for each piece of memory, at its guest-physical
 * address. Pages of zeros are left out of the file, which is sparse.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "dump.h"
#include "layout.h"

#define CORE_NAME "CORE"

/* Without the hole before the last member, which the format does not have. */
struct note {
	Elf64_Nhdr header;
	char name[8]; /* CORE_NAME with its NUL, in whole words */
	struct elf_prstatus status;
} __attribute__((packed));

/* What comes before the memory, in this order. */
struct head {
	Elf64_Ehdr header;
	Elf64_Phdr segments[1 + CONFIG_PIECES_MAX];
	struct note notes[];
};

static Elf64_Ehdr header_of(unsigned int segments)
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = offsetof(struct head, segments),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = segments,
	};

	return header;
}

static struct note note_of(const struct user_regs_struct *registers, pid_t number)
{
	struct note note = {
		.header = { sizeof(CORE_NAME), sizeof(note.status), NT_PRSTATUS },
		.name = CORE_NAME,
		.status.pr_pid = number,
	};
	_Static_assert(sizeof(*registers) == sizeof(note.status.pr_reg), "the same registers");

	memcpy((char *)&note + offsetof(struct note, status.pr_reg), registers, sizeof(*registers));
	return note;
}

static Elf64_Phdr segment_of(const struct piece *piece, uint64_t offset)
{
	Elf64_Phdr segment = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X | (piece->is_rom ? 0 : PF_W),
		.p_offset = offset,
		.p_vaddr = piece->start,
		.p_paddr = piece->start,
		.p_filesz = piece->size,
		.p_memsz = piece->size,
		.p_align = PAGE_BYTES,
	};

	return segment;
}

/* Fills the segments, and returns where in the file the first byte of memory is. */
static uint64_t fill_segments(struct head *head, const struct memory *memory, unsigned int notes)
{
	uint64_t size = sizeof(*head) + notes * sizeof(struct note);
	uint64_t start = (size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1), offset = start;
	unsigned int i;

	head->segments[0].p_type = PT_NOTE;
	head->segments[0].p_offset = sizeof(*head);
	head->segments[0].p_filesz = size - sizeof(*head);
	head->segments[0].p_align = 4;
	for (i = 0; i < memory->count; i++) {
		head->segments[1 + i] = segment_of(&memory->pieces[i], offset);
		offset += memory->pieces[i].size;
	}
	return start;
}

static int write_at(int fd, const void *data, size_t size, uint64_t offset)
{
	ssize_t len;

	for (; size; data = (const char *)data + len, size -= len, offset += len) {
		len = pwrite(fd, data, size, offset);
		if (len <= 0)
			return len ? -errno : -EIO;
	}
	return 0;
}

static int write_memory(int fd, const struct memory *memory, uint64_t offset)
{
	const struct piece *piece = memory->pieces;
	uint64_t at;
	int err;

	for (; piece < memory->pieces + memory->count; offset += piece++->size) {
		for (at = 0; at < piece->size; at += PAGE_BYTES) {
			if (memory_is_zero(piece->host + at))
				continue;
			err = write_at(fd, piece->host + at, PAGE_BYTES, offset + at);
			if (err)
				return err;
		}
	}
	/* Zeros at the end are part of the file, too. */
	return ftruncate(fd, offset) < 0 ? -errno : 0;
}

int dump_write(int fd, const struct memory *memory, const struct user_regs_struct *registers,
	       unsigned int count)
{
	size_t size = sizeof(struct head) + count * sizeof(struct note);
	struct head *head = calloc(1, size);
	uint64_t offset;
	unsigned int i;
	int err;

	if (!head)
		return -ENOMEM;
	head->header = header_of(1 + memory->count);
	offset = fill_segments(head, memory, count);
	for (i = 0; i < count; i++)
		head->notes[i] = note_of(&registers[i], i + 1);
	err = write_at(fd, head, size, 0);
	free(head);
	return err ? err : write_memory(fd, memory, offset);
}
