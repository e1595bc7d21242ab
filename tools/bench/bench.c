// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures how many instructions a guest's access takes, from the guest and back.
 *
 *	bench [FILE]
 *
 * prints, or writes to FILE, a JSON object with the kernel's release and a row
 * for each kind of access. It needs kvm, vdevfw with its vdevs, and vdevfw-bare,
 * on a machine of one CPU that QEMU emulates with -icount shift=0: there an
 * instruction takes 1 ns, so that CLOCK_MONOTONIC counts instructions, and a run
 * can be repeated. Elsewhere the figures are nanoseconds, for what they are worth.
 *
 * A batch is one entry into the guest: it repeats an access as often as told, in
 * the same loop for every row, and ends with a write to a port. Its time is that
 * of all accesses, of the loop (two instructions an access), and of things that
 * do not depend on the number of accesses. A row's figure is therefore
 *
 *	(time of 2 N accesses - time of N accesses) / N
 *
 * where each time is the least of BATCHES. N is so small that 2 N accesses are
 * over before the next timer tick, mostly: what else the kernel does makes a
 * batch longer, never shorter, and the least is one that had nothing of it.
 *
 * KVM finds a device on a bus by binary search, so figures can only be compared
 * where the buses are equally long. Each row has a VM of its own, with KVM's PIC,
 * PIT and IOAPIC, and one more device, at the same address and port in all rows:
 * the one that is measured or, where that is another one, the bare device. Only
 * where the row is about many windows, there are as many devices.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <libvdevfw.h>

#include "vdevfw-bare.h"

#define ACCESSES	200U
#define BATCHES		30

#define IOAPIC		0xfec00000
#define MMIO		VDEVFW_BARE_MMIO	/* where a row's device is */
#define PORT		VDEVFW_BARE_PORT
#define NOBODY_MMIO	0xfb000000
#define NOBODY_PORT	0x6000

#define RAM_SIZE	0x3000
#define CODE		0x1000
#define SHARED		0x2000
#define TSS		0xfffbd000	/* three pages that VMX wants and the guest does not */
#define END_PORT	0xf4
#define PASSING_SIZE	0x1000

/* Where interrupts go: a line that only the IOAPIC has, and an MSI to the only CPU. */
#define LAPIC		0xfee00000
#define IRQ_LINE	16
#define IRQ_VECTOR	0x41
#define IRQ_MSI_GSI	24
#define IDT		(SHARED + 0x100)
#define GDT		(SHARED + 0x400)
#define STACK		RAM_SIZE

#define STRING(x)	#x
#define VALUE(x)	STRING(x)

/* ---- the guest ---- */

/* What the guest and we tell each other, at SHARED in its memory. */
struct shared {
	uint32_t count;		/* how many accesses a batch has */
	uint32_t value;		/* what the last one read */
	uint32_t interrupted;	/* the handler has run */
};

/*
 * One program for each kind of access. EDI and EDX hold the address. An access may
 * change EAX, EBX, ECX and EDX, as long as it does the same the next time.
 */
#define PROGRAM(name, access)				\
	"guest_" #name ":\n"				\
	"1:	mov	" VALUE(SHARED) ", %esi\n"	\
	"2:	" access "\n"				\
	"	dec	%esi\n"				\
	"	jnz	2b\n"				\
	"	mov	%eax, " VALUE(SHARED) " + 4\n"	\
	"	out	%al, $" VALUE(END_PORT) "\n"	\
	"	jmp	1b\n"

asm(".pushsection .rodata\n"
    ".code32\n"
    PROGRAM(cpuid, "cpuid")
    PROGRAM(mmio_read, "mov	(%edi), %eax")
    PROGRAM(mmio_write, "mov	%eax, (%edi)")
    PROGRAM(pio_read, "in	%dx, %eax")
    /* A write that is answered by an interrupt. Until it comes, and only then, the CPU halts. */
    PROGRAM(interrupt,
	    "movl	$0, " VALUE(SHARED) " + 8\n"
	    "	mov	%eax, (%edi)\n"
	    "3:	cmpl	$0, " VALUE(SHARED) " + 8\n"
	    "	jne	5f\n"
	    "	cli\n"
	    "	cmpl	$0, " VALUE(SHARED) " + 8\n"
	    "	jne	4f\n"
	    "	sti\n"
	    "	hlt\n"
	    "	jmp	3b\n"
	    "4:	sti\n"
	    "5:")
    "guest_handler:\n"
    "	movl	$1, " VALUE(SHARED) " + 8\n"
    "	movl	$0, " VALUE(LAPIC) " + 0xb0\n"
    "	iret\n"
    /* No interrupt of the old PIC; the local APIC enabled; the IOAPIC's line to the handler. */
    "guest_interrupt_start:\n"
    "	mov	$0xff, %al\n"
    "	out	%al, $0x21\n"
    "	out	%al, $0xa1\n"
    "	movl	$0x1ff, " VALUE(LAPIC) " + 0xf0\n"
    "	movl	$0x11 + 2 * " VALUE(IRQ_LINE) ", " VALUE(IOAPIC) "\n"
    "	movl	$0, " VALUE(IOAPIC) " + 0x10\n"
    "	movl	$0x10 + 2 * " VALUE(IRQ_LINE) ", " VALUE(IOAPIC) "\n"
    "	movl	$" VALUE(IRQ_VECTOR) ", " VALUE(IOAPIC) " + 0x10\n"
    "	sti\n"
    "	jmp	guest_interrupt\n"
    "guest_end:\n"
    ".code64\n"
    ".popsection\n");

extern const char guest_cpuid[], guest_mmio_read[], guest_mmio_write[], guest_pio_read[];
extern const char guest_interrupt_start[], guest_handler[], guest_end[];

/* ---- the machine ---- */

struct machine {
	int vm;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	char *ram;
	volatile struct shared *shared;
	int owner;		/* the file whose end takes the row's device away, or -1 */
	int eventfd;		/* of an irqfd, which ends with it, or -1 */
};

static int kvm_fd, vdevfw_fd;

static int kvm(int fd, unsigned long request, unsigned long arg, const char *what)
{
	int result = ioctl(fd, request, arg);

	if (result < 0)
		err(1, "%s", what);
	return result;
}

#define KVM(fd, request, arg)	kvm(fd, request, (unsigned long)(arg), #request)

static void *map(int fd, int flags, size_t size)
{
	void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (address == MAP_FAILED)
		err(1, "mmap");
	return address;
}

static void make_memory(struct machine *machine)
{
	struct kvm_userspace_memory_region ram = { .memory_size = RAM_SIZE };

	machine->ram = map(-1, MAP_ANONYMOUS | MAP_SHARED | MAP_POPULATE, RAM_SIZE);
	machine->shared = (struct shared *)(machine->ram + SHARED);
	ram.userspace_addr = (uintptr_t)machine->ram;
	KVM(machine->vm, KVM_SET_USER_MEMORY_REGION, &ram);
}

/* 32 bits, flat, without paging; the rest is as after a reset. */
static void set_flat(struct kvm_segment *segment, bool code)
{
	segment->base = 0;
	segment->limit = 0xffffffff;
	segment->selector = code ? 0x8 : 0x10;
	segment->type = code ? 11 : 3;
	segment->db = 1;
	segment->g = 1;
}

static void set_registers(struct machine *machine, const char *program, uint32_t address)
{
	struct kvm_regs regs = {
		.rip = CODE + (program - guest_cpuid),
		.rdi = address,
		.rdx = address,
		.rsp = STACK,
		.rflags = 2,
	};
	struct kvm_sregs sregs;

	KVM(machine->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cr0 |= 1;
	set_flat(&sregs.cs, true);
	set_flat(&sregs.ds, false);
	set_flat(&sregs.es, false);
	set_flat(&sregs.ss, false);
	sregs.gdt = (struct kvm_dtable) { .base = GDT, .limit = 3 * 8 - 1 };
	sregs.idt = (struct kvm_dtable) { .base = IDT, .limit = (IRQ_VECTOR + 1) * 8 - 1 };
	KVM(machine->vcpu, KVM_SET_SREGS, &sregs);
	KVM(machine->vcpu, KVM_SET_REGS, &regs);
}

/* A descriptor table of the segments that set_registers() sets, and one of the handler alone. */
static void make_tables(struct machine *machine)
{
	uint64_t *gdt = (uint64_t *)(machine->ram + GDT), *idt = (uint64_t *)(machine->ram + IDT);
	uint32_t handler = CODE + (guest_handler - guest_cpuid);

	gdt[1] = 0x00cf9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	idt[IRQ_VECTOR] = (uint64_t)(handler & 0xffff0000) << 32 | 0x8e0000080000 |
			  (handler & 0xffff);
}

static void make_machine(struct machine *machine)
{
	struct kvm_pit_config pit = { 0 };

	machine->owner = -1;
	machine->eventfd = -1;
	machine->vm = KVM(kvm_fd, KVM_CREATE_VM, 0);
	make_memory(machine);
	KVM(machine->vm, KVM_SET_TSS_ADDR, TSS);
	KVM(machine->vm, KVM_CREATE_IRQCHIP, 0);
	KVM(machine->vm, KVM_CREATE_PIT2, &pit);
	machine->vcpu = KVM(machine->vm, KVM_CREATE_VCPU, 0);
	machine->run_size = KVM(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	machine->run = map(machine->vcpu, MAP_SHARED, machine->run_size);
	memcpy(machine->ram + CODE, guest_cpuid, guest_end - guest_cpuid);
	make_tables(machine);
}

static void end_machine(struct machine *machine)
{
	if (machine->owner >= 0)
		close(machine->owner);
	if (machine->eventfd >= 0)
		close(machine->eventfd);
	munmap(machine->run, machine->run_size);
	munmap(machine->ram, RAM_SIZE);
	close(machine->vcpu);
	close(machine->vm);
}

/* ---- its devices ---- */

/**
 * struct row - A kind of access
 * @name: In the output
 * @program: What the guest does
 * @address: Where
 * @place: Puts the row's device into the machine
 * @what: For place_vdevs(): "NAME OPTION... loc=SPACE:", where an option is NAME=ARGUMENT
 *	or NAME, and the address follows
 * @vdevs: For place_vdevs(): how many, if more than one; the guest accesses the one after
 *	the first third, since a binary search would find one in the middle at once
 * @stride: From each to the next, in bytes
 * @answer: What user space does for each access, or NULL
 */
struct row {
	const char *name;
	const char *program;
	uint32_t address;
	void (*place)(struct machine *machine, const struct row *row);
	const char *what;
	unsigned int vdevs;
	unsigned int stride;
	void (*answer)(struct machine *machine);
};

static void place_bare(struct machine *machine, const struct row *row)
{
	(void)row;
	machine->owner = open(VDEVFW_BARE_DEVICE, O_RDWR | O_CLOEXEC);
	if (machine->owner < 0)
		err(1, "%s", VDEVFW_BARE_DEVICE);
	KVM(machine->owner, VDEVFW_BARE_ATTACH, machine->vm);
}

static void place_ioeventfd(struct machine *machine, const struct row *row)
{
	struct kvm_ioeventfd event = { .addr = row->address, .len = 4 };

	machine->owner = eventfd(0, EFD_CLOEXEC);
	event.fd = machine->owner;
	KVM(machine->vm, KVM_IOEVENTFD, &event);
}

static void add_vdev(int guest, const char *what, uint32_t address)
{
	struct vdevfw_error error;
	char name[128], *options;
	uint64_t id;
	int size;

	size = snprintf(name, sizeof(name), "%s0x%x", what, address) + 1;
	for (options = name; (options = strchr(options, ' '));)
		*options++ = '\0';
	options = name + strlen(name) + 1;
	if (vdevfw_vdev_add(guest, name, options, name + size - options, &id, &error))
		errx(1, "vdev %s0x%x: %s", what, address, error.text);
}

static void make_guest(struct machine *machine, const struct row *row)
{
	struct vdevfw_error error;
	uint64_t id;

	if (vdevfw_guest_create(vdevfw_fd, "bench", machine->vm, &machine->owner, &id, &error))
		errx(1, "%s: %s", row->name, error.text);
}

static void start_guest(struct machine *machine, const struct row *row)
{
	struct vdevfw_error error;

	if (vdevfw_guest_configure(machine->owner, &error) ||
	    vdevfw_guest_start(machine->owner, &error))
		errx(1, "%s: %s", row->name, error.text);
}

static void place_vdevs(struct machine *machine, const struct row *row)
{
	unsigned int vdevs = row->vdevs ? row->vdevs : 1, i;
	uint32_t first = row->address - vdevs / 3 * row->stride;

	make_guest(machine, row);
	for (i = 0; i < vdevs; i++)
		add_vdev(machine->owner, row->what, first + i * row->stride);
	start_guest(machine, row);
}

/* With a memory slot for what passes. */
static void place_passing(struct machine *machine, const struct row *row)
{
	struct kvm_userspace_memory_region slot = {
		.slot = 1,
		.flags = KVM_MEM_READONLY,
		.guest_phys_addr = row->address,
		.memory_size = PASSING_SIZE,
	};
	struct vdevfw_region_entry entry;
	struct vdevfw_error error;
	uint32_t count;
	void *page;

	place_vdevs(machine, row);
	if (vdevfw_guest_regions(machine->owner, VDEVFW_REGION_PASS_READ, &entry, 1, &count, &error))
		errx(1, "%s: %s", row->name, error.text);
	page = mmap(NULL, PASSING_SIZE, PROT_READ, MAP_SHARED, machine->owner, entry.offset);
	if (page == MAP_FAILED)
		err(1, "%s: mmap", row->name);
	slot.userspace_addr = (uintptr_t)page;
	KVM(machine->vm, KVM_SET_USER_MEMORY_REGION, &slot);
}

static void place_bell(struct machine *machine, const struct row *row)
{
	char what[64];
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		err(1, "eventfd");
	snprintf(what, sizeof(what), "%s eventfd=%d loc=mem:", row->what, fd);
	make_guest(machine, row);
	add_vdev(machine->owner, what, row->address);
	start_guest(machine, row);
	close(fd);
}

/* The vdev signals an eventfd, which is an irqfd of @gsi. */
static void place_irqfd(struct machine *machine, const struct row *row, unsigned int gsi)
{
	struct kvm_irqfd irqfd = { .gsi = gsi };
	char what[64];

	machine->eventfd = eventfd(0, EFD_CLOEXEC);
	irqfd.fd = machine->eventfd;
	KVM(machine->vm, KVM_IRQFD, &irqfd);
	snprintf(what, sizeof(what), "%s intr=eventfd:%u loc=mem:", row->what, irqfd.fd);
	make_guest(machine, row);
	add_vdev(machine->owner, what, row->address);
	start_guest(machine, row);
}

static void place_pin_irqfd(struct machine *machine, const struct row *row)
{
	place_irqfd(machine, row, IRQ_LINE);
}

static void place_msi_irqfd(struct machine *machine, const struct row *row)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry;
	} routing = {
		.head.nr = 1,
		.entry = {
			.gsi = IRQ_MSI_GSI,
			.type = KVM_IRQ_ROUTING_MSI,
			.u.msi = { .address_lo = LAPIC, .data = IRQ_VECTOR },
		},
	};

	KVM(machine->vm, KVM_SET_GSI_ROUTING, &routing);
	place_irqfd(machine, row, IRQ_MSI_GSI);
}

static void answer_by_pin(struct machine *machine)
{
	struct kvm_irq_level line = { .irq = IRQ_LINE, .level = 1 };

	KVM(machine->vm, KVM_IRQ_LINE, &line);
	line.level = 0;
	KVM(machine->vm, KVM_IRQ_LINE, &line);
}

static void answer_by_msi(struct machine *machine)
{
	struct kvm_msi msi = { .address_lo = LAPIC, .data = IRQ_VECTOR };

	KVM(machine->vm, KVM_SIGNAL_MSI, &msi);
}

/* A vdev of two pages, with pages of others before and behind it. */
static void place_among(struct machine *machine, const struct row *row)
{
	uint32_t first = row->address - row->vdevs / 3 * row->stride;
	unsigned int i;

	make_guest(machine, row);
	add_vdev(machine->owner, row->what, row->address);
	for (i = 0; i < row->vdevs; i++)
		if (i != row->vdevs / 3 && i != row->vdevs / 3 + 1)
			add_vdev(machine->owner, "bench-checked length=0x1000 loc=mem:",
				 first + i * row->stride);
	start_guest(machine, row);
}

/* ---- the rows ---- */

static const struct row rows[] = {
	{ "cpuid", guest_cpuid, 0, place_bare },
	{ "ioapic-mmio-read", guest_mmio_read, IOAPIC, place_bare },
	{ "ioeventfd-mmio-write", guest_mmio_write, MMIO, place_ioeventfd },
	{ "user-mmio-read", guest_mmio_read, NOBODY_MMIO, place_bare },
	{ "user-pio-read", guest_pio_read, NOBODY_PORT, place_bare },
	{ "bare-mmio-read", guest_mmio_read, MMIO, place_bare },
	{ "bare-pio-read", guest_pio_read, PORT, place_bare },
	{ "trace-mmio-read", guest_mmio_read, MMIO, place_vdevs, "trace loc=mem:" },
	{ "trace-mmio-write", guest_mmio_write, MMIO, place_vdevs, "trace loc=mem:" },
	{ "checked-mmio-read", guest_mmio_read, MMIO, place_vdevs, "bench-checked loc=mem:" },
	{ "unchecked-mmio-read", guest_mmio_read, MMIO, place_vdevs, "bench-unchecked loc=mem:" },
	{ "vdev-pio-read", guest_pio_read, PORT, place_vdevs, "test loc=io:" },
	/* Pages that touch share a window; so do those that share a page. Others have one each. */
	{ "regions-2000-mmio-read", guest_mmio_read, MMIO, place_vdevs,
	  "bench-checked length=0x1000 loc=mem:", 2000, 0x1000 },
	{ "regions-10000-mmio-read", guest_mmio_read, MMIO, place_vdevs,
	  "bench-checked length=0x1000 loc=mem:", 10000, 0x1000 },
	{ "regions-64-in-page-mmio-read", guest_mmio_read, MMIO + 64 / 3 * 0x40, place_vdevs,
	  "bench-checked length=0x40 loc=mem:", 64, 0x40 },
	{ "windows-900-mmio-read", guest_mmio_read, MMIO, place_vdevs,
	  "bench-checked length=0x1000 loc=mem:", 900, 0x2000 },
	{ "pass-mmio-read", guest_mmio_read, MMIO, place_passing, "trace pass-reads loc=mem:" },
	{ "doorbell-mmio-write", guest_mmio_write, MMIO, place_bell, "bench-bell" },
	/* A write of which the handler deletes a region, or adds one. */
	{ "region-change-mmio-write", guest_mmio_write, MMIO, place_among,
	  "bench-change loc=mem:", 10000, 0x1000 },
	{ "timer-arm-mmio-write", guest_mmio_write, MMIO, place_vdevs, "bench-timer loc=mem:" },
	{ "intr-pin", guest_interrupt_start, MMIO, place_vdevs,
	  "bench-intr intr=ioapic:" VALUE(IRQ_LINE) " loc=mem:" },
	{ "intr-pin-user", guest_interrupt_start, NOBODY_MMIO, place_bare, .answer = answer_by_pin },
	{ "intr-pin-irqfd", guest_interrupt_start, MMIO, place_pin_irqfd, "bench-intr" },
	{ "intr-msi", guest_interrupt_start, MMIO, place_vdevs,
	  "bench-intr msi=" VALUE(IRQ_VECTOR) " loc=mem:" },
	{ "intr-msi-user", guest_interrupt_start, NOBODY_MMIO, place_bare, .answer = answer_by_msi },
	{ "intr-msi-irqfd", guest_interrupt_start, MMIO, place_msi_irqfd, "bench-intr" },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

/* ---- measuring ---- */

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static bool batch_is_over(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.port == END_PORT;
}

static bool goes_to_user(const struct row *row)
{
	return row->address == NOBODY_MMIO || row->address == NOBODY_PORT;
}

/* Makes sure that the accesses went where the row says: a wrong turn may be a short one. */
static void check_batch(const struct machine *machine, const struct row *row, unsigned int count,
			unsigned int runs)
{
	unsigned int expected = goes_to_user(row) ? count + 1 : 1;

	if (runs != expected)
		errx(1, "%s: the guest left KVM %u times in a batch, not %u times", row->name,
		     runs, expected);
	if (machine->shared->value == 0xffffffff)
		errx(1, "%s: the guest read all ones: nothing answers at 0x%x", row->name,
		     row->address);
}

static int64_t time_batch(struct machine *machine, const struct row *row, unsigned int count)
{
	struct kvm_run *run = machine->run;
	unsigned int runs = 0;
	int64_t start;

	machine->shared->count = count;
	start = now();
	do {
		if (ioctl(machine->vcpu, KVM_RUN, 0))
			err(1, "%s: KVM_RUN", row->name);
		if (run->exit_reason != KVM_EXIT_IO && run->exit_reason != KVM_EXIT_MMIO)
			errx(1, "%s: KVM_RUN ended with reason %u", row->name, run->exit_reason);
		runs++;
		if (row->answer && run->exit_reason == KVM_EXIT_MMIO)
			row->answer(machine);
	} while (!batch_is_over(run));
	start = now() - start;
	check_batch(machine, row, count, runs);
	return start;
}

static int64_t least_time(struct machine *machine, const struct row *row, unsigned int count)
{
	int64_t least = INT64_MAX, time;
	int i;

	for (i = 0; i < BATCHES; i++) {
		time = time_batch(machine, row, count);
		if (time < least)
			least = time;
	}
	return least;
}

static int64_t measure(const struct row *row)
{
	struct machine machine;
	int64_t once, twice;

	make_machine(&machine);
	set_registers(&machine, row->program, row->address);
	row->place(&machine, row);
	once = least_time(&machine, row, ACCESSES);
	twice = least_time(&machine, row, 2 * ACCESSES);
	end_machine(&machine);
	return (twice - once + ACCESSES / 2) / ACCESSES;
}

/* Whether the arguments name this row; all rows if they name none. */
static bool is_wanted(const struct row *row, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, row->name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *separator = "";
	struct utsname kernel;
	const struct row *row;

	if (argc < 2)
		errx(2, "usage: bench FILE [ROW...]");
	if (!freopen(argv[1], "w", stdout))
		err(1, "%s", argv[1]);
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0)
		err(1, "/dev/kvm");
	vdevfw_fd = vdevfw_open();
	if (vdevfw_fd < 0)
		errx(1, "%s: %s", VDEVFW_DEVICE, strerror(-vdevfw_fd));

	uname(&kernel);
	printf("{\"kernel\": \"%s\", \"rows\": [", kernel.release);
	for (row = rows; row < rows + ROWS; row++) {
		if (!is_wanted(row, argv + 2))
			continue;
		printf("%s\n\t{\"name\": \"%s\", \"instructions\": %lld}", separator,
		       row->name, (long long)measure(row));
		separator = ",";
	}
	printf("\n]}\n");
	if (fclose(stdout))
		err(1, "cannot write the result");
	return 0;
}
