// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state in which a machine's first vCPU starts.
 *
 *                flat, ELF32                     ELF64
 *   mode         32-bit protected, no paging     64-bit long mode, CPL 0
 *   segments     flat, base 0, limit 4g          flat
 *   paging       off                             the first 4 GiB, each at its own address,
 *                                                by tables at 0x1000-0x6fff (layout.h)
 *   ip           flat: the image's address; ELF: its entry point
 *   sp           the lowest address of the image, rounded down to 16: the stack
 *                grows down below it
 *   si, di       address and size of the initrd (initrd.c), or 0 and 0
 *   interrupts   off; no IDT, and no GDT: load one before loading a segment register
 *   others       0
 *
 * The other vCPUs wait for INIT and SIPI.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "boot.h"
#include "layout.h"

#define CR0_PE	     (1u << 0)
#define CR0_ET	     (1u << 4)
#define CR0_PG	     (1u << 31)
#define CR4_PAE	     (1u << 5)
#define EFER_LME     (1u << 8)
#define EFER_LMA     (1u << 10)
#define RFLAGS_FIXED (1u << 1)

#define PTE_PRESENT (1u << 0)
#define PTE_WRITE   (1u << 1)
#define PTE_LARGE   (1u << 7)
#define ENTRIES	    512
#define LARGE_BYTES 0x200000ULL

#define SEGMENT_CODE 0xb /* execute, read, accessed */
#define SEGMENT_DATA 0x3 /* read, write, accessed */

/* The tables one behind the other: level 4, level 3, then four of level 2. */
static int make_page_tables(const struct load_config *load, const struct memory *memory,
			    struct failure *why)
{
	uint64_t *level4 =
		memory_ram_at(memory, BOOT_TABLES_START, BOOT_TABLES_END - BOOT_TABLES_START);
	uint64_t *level3, *level2;
	unsigned int i;

	if (!level4)
		return fail_at(
			why, load->file.place,
			"image '%s' is 64-bit: there must be RAM at 0x%llx-0x%llx for its first page tables",
			excerpt(load->file.path), BOOT_TABLES_START, BOOT_TABLES_END - 1);
	level3 = level4 + ENTRIES;
	level2 = level3 + ENTRIES;
	level4[0] = (BOOT_TABLES_START + PAGE_BYTES) | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 4; i++)
		level3[i] = (BOOT_TABLES_START + (2 + i) * PAGE_BYTES) | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 4 * ENTRIES; i++)
		level2[i] = i * LARGE_BYTES | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
	return 0;
}

static void set_segments(struct kvm_sregs *sregs, bool is_64bit)
{
	struct kvm_segment code = {
		.limit = UINT32_MAX,
		.selector = 0x8,
		.type = SEGMENT_CODE,
		.present = 1,
		.s = 1,
		.g = 1,
		.db = !is_64bit,
		.l = is_64bit,
	};
	struct kvm_segment data = code;

	data.selector = 0x10;
	data.type = SEGMENT_DATA;
	data.db = 1;
	data.l = 0;
	sregs->cs = code;
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = data;
	sregs->gdt = sregs->idt = (struct kvm_dtable){ 0 };
}

static void set_mode(struct kvm_sregs *sregs, bool is_64bit)
{
	sregs->cr0 = CR0_PE | CR0_ET;
	if (!is_64bit)
		return;
	sregs->cr0 |= CR0_PG;
	sregs->cr3 = BOOT_TABLES_START;
	sregs->cr4 = CR4_PAE;
	sregs->efer = EFER_LME | EFER_LMA;
}

int boot_prepare(int fd, const struct image *image, const struct initrd *initrd,
		 const struct load_config *load, const struct memory *memory, struct failure *why)
{
	struct kvm_regs regs = {
		.rip = image->entry,
		.rsp = image->start & ~15ULL,
		.rsi = initrd->start,
		.rdi = initrd->size,
		.rflags = RFLAGS_FIXED,
	};
	struct kvm_sregs sregs;
	int status = image->is_64bit ? make_page_tables(load, memory, why) : 0;

	if (status)
		return status;
	if (ioctl(fd, KVM_GET_SREGS, &sregs) < 0)
		goto refused;
	set_segments(&sregs, image->is_64bit);
	set_mode(&sregs, image->is_64bit);
	if (ioctl(fd, KVM_SET_SREGS, &sregs) < 0 || ioctl(fd, KVM_SET_REGS, &regs) < 0)
		goto refused;
	return 0;

refused:
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "KVM refuses the first vCPU's registers: %s",
		    strerror(errno));
}
