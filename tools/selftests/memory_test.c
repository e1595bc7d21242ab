// SPDX-License-Identifier: GPL-2.0-only
/* Guest memory that vdevs copy and map, while its process does with it what it likes. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <linux/userfaultfd.h>

#include "fixture.h"

#define DEVICE	0xfc000000
#define MEMORY	0x100000	/* slot 1 */
#define PAGES	16
#define PAGE	0x1000ul
#define SIZE	(PAGES * PAGE)
#define BUSY	(~0ull)

/* The registers and commands of drivers/vdev-memtest.c. */
enum { GPA = 0, LEN = 8, VALUE = 0x10, COMMAND = 0x18, STATUS = 0x20, ROUNDS = 0x28 };
enum {
	READ = 1, WRITE, MAP, MAP_SYS, MAP_CONTIG, PEEK, POKE, DIRTY, VALID, UNMAP, LOOP, STOP,
	WRITABLE = 0x100, THREAD = 0x200,
};

/* Where a command is done. */
static const struct {
	unsigned int flag;
	const char *name;
} places[] = { { 0, "vCPU" }, { THREAD, "thread" } };

struct machine {
	struct guest guest;
	uint8_t *memory;
};

static int set_slot(struct machine *machine, unsigned int slot, uint32_t flags, uint64_t gpa, uint64_t size,
		    void *memory)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	return ioctl(machine->guest.vm.fd, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

static uint8_t *new_memory(void *at)
{
	uint8_t *memory = mmap(at, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0),
			       -1, 0);

	NEED(memory != MAP_FAILED);
	return memory;
}

static void start(struct machine *machine, uint32_t flags)
{
	guest_add_ok(&machine->guest, "memtest", "loc=mem:0xfc000000");
	guest_configure_ok(&machine->guest);
	guest_start_ok(&machine->guest);
	machine->memory = new_memory(NULL);
	NEED(set_slot(machine, 1, flags, MEMORY, SIZE, machine->memory) == 0);
}

static void make(struct machine *machine, uint32_t flags)
{
	guest_make(&machine->guest, 1);
	start(machine, flags);
}

static void end(struct machine *machine)
{
	guest_end(&machine->guest);
	munmap(machine->memory, SIZE);
}

/* ---- the device ---- */

static void set(struct machine *machine, unsigned int reg, uint64_t value)
{
	NEED(vcpu_write(machine->guest.vm.vcpu, DEVICE + reg, 8, value));
}

static uint64_t get(struct machine *machine, unsigned int reg)
{
	uint64_t value;

	NEED(vcpu_read(machine->guest.vm.vcpu, DEVICE + reg, 8, &value));
	return value;
}

static int run(struct machine *machine, unsigned int command)
{
	set(machine, COMMAND, command);
	NEED(WAIT_FOR(get(machine, STATUS) != BUSY));
	return -(int)get(machine, STATUS);
}

static int run_at(struct machine *machine, unsigned int command, uint64_t gpa, uint64_t len)
{
	set(machine, GPA, gpa);
	set(machine, LEN, len);
	return run(machine, command);
}

static uint64_t value_of(struct machine *machine, unsigned int command)
{
	CHECK_ERR(run(machine, command), 0, "command 0x%x", command);
	return get(machine, VALUE);
}

/* Bit n: page n of a slot of up to 64 pages is dirty. It is clean then. */
static uint64_t dirty_pages(struct machine *machine, unsigned int slot)
{
	uint64_t bits = 0;
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = &bits };

	NEED(ioctl(machine->guest.vm.fd, KVM_GET_DIRTY_LOG, &log) == 0);
	return bits;
}

/* ---- copies ---- */

TEST(copies, "gasp_read() and gasp_write(): from the vCPU and a thread, over pages and slots")
{
	uint8_t *more = new_memory(NULL);
	struct machine machine;
	unsigned int i;

	make(&machine, 0);
	NEED(set_slot(&machine, 2, 0, MEMORY + SIZE, SIZE, more) == 0);
	for (i = 0; i < 2; i++) {
		memset(machine.memory, 0x11, SIZE);
		memset(more, 0x11, SIZE);
		set(&machine, VALUE, 0xa0 + i);
		CHECK_ERR(run_at(&machine, WRITE | places[i].flag, MEMORY + SIZE - PAGE - 5, 2 * PAGE), 0, "%s",
			  places[i].name);
		CHECK_EQ(machine.memory[SIZE - PAGE - 6], 0x11);
		CHECK_EQ(machine.memory[SIZE - PAGE - 5], 0xa0 + i);
		CHECK_EQ(machine.memory[SIZE - 1], 0xa0 + i);
		CHECK_EQ(more[PAGE - 6], 0xa0 + i);
		CHECK_EQ(more[PAGE - 5], 0x11);
		memcpy(machine.memory + SIZE - 4, "\1\2\3\4", 4);
		memcpy(more, "\5\6\7\10", 4);
		CHECK_ERR(run_at(&machine, READ | places[i].flag, MEMORY + SIZE - 4, 8), 0, "%s", places[i].name);
		CHECK_EQ(get(&machine, VALUE), 0x0807060504030201);
	}
	end(&machine);
	munmap(more, SIZE);
}

TEST(refusals, "gasp_read() and gasp_write(): holes, read-only memory, addresses that wrap")
{
	uint8_t *rom = new_memory(NULL);
	struct machine machine;
	unsigned int i, flag;

	make(&machine, 0);
	NEED(set_slot(&machine, 2, KVM_MEM_READONLY, 0x200000, SIZE, rom) == 0);
	rom[0] = 0x33;
	for (i = 0; i < 2; i++) {
		flag = places[i].flag;
		machine.memory[SIZE - 1] = 0;
		set(&machine, VALUE, 0x55);
		CHECK_ERR(run_at(&machine, WRITE | flag, MEMORY + SIZE - 1, 2), -EFAULT, "hole behind");
		CHECK_EQ(machine.memory[SIZE - 1], 0x55);
		CHECK_ERR(run_at(&machine, READ | flag, MEMORY - 1, 2), -EFAULT, "hole before");
		CHECK_ERR(run_at(&machine, READ | flag, DEVICE, 8), -EFAULT, "a device");
		CHECK_ERR(run_at(&machine, READ | flag, ~0ull, 2), -EFAULT, "wraps");
		CHECK_ERR(run_at(&machine, READ | flag, 1ull << 52, 1), -EFAULT, "far away");
		CHECK_ERR(run_at(&machine, WRITE | flag, 0x200000, 8), -EROFS, "read-only");
		CHECK_EQ(rom[0], 0x33);
		CHECK_ERR(run_at(&machine, READ | flag, 0x200000, 8), 0, "reading it");
		CHECK_EQ(get(&machine, VALUE), 0x33);
		CHECK_ERR(run_at(&machine, MAP | WRITABLE | flag, 0x200000, 8), -EROFS, "mapping it");
		CHECK_ERR(run_at(&machine, MAP | flag, MEMORY, SIZE + 1), -EFAULT, "mapping a hole");
	}
	end(&machine);
	munmap(rom, SIZE);
}

TEST(unmapped, "gasp_read(): memory that the process has unmapped, or that faults, is an error")
{
	struct machine machine;
	unsigned int i;

	make(&machine, 0);
	NEED(munmap(machine.memory + PAGE, PAGE) == 0);
	NEED(mprotect(machine.memory + 2 * PAGE, PAGE, PROT_READ) == 0);
	for (i = 0; i < 2; i++) {
		CHECK_ERR(run_at(&machine, READ | places[i].flag, MEMORY + PAGE - 1, 2), -EFAULT, "unmapped");
		CHECK_ERR(run_at(&machine, WRITE | places[i].flag, MEMORY + PAGE, 8), -EFAULT, "unmapped");
		CHECK_ERR(run_at(&machine, WRITE | places[i].flag, MEMORY + 2 * PAGE, 8), -EFAULT, "protected");
		CHECK_ERR(run_at(&machine, READ | places[i].flag, MEMORY + 2 * PAGE, 8), 0, "protected");
		CHECK_ERR(run_at(&machine, MAP | places[i].flag, MEMORY, 2 * PAGE), -EFAULT, "mapped");
	}
	end(&machine);
}

static void check_status(int fd, const char *want)
{
	struct vdevfw_error error;
	char text[1024];
	uint32_t len;

	NEED(vdevfw_guest_status(fd, 0, text, sizeof(text), &len, &error) == 0);
	CHECK_TEXT(text, want);
}

TEST(control, "gasp_read() in control(): on a thread of the VM's process only")
{
	struct machine machine;
	pid_t pid;

	make(&machine, 0);
	set(&machine, GPA, MEMORY);
	check_status(machine.guest.fd, "copy 0");
	set(&machine, GPA, MEMORY - 8);
	check_status(machine.guest.fd, "copy -14");
	set(&machine, GPA, MEMORY);
	pid = fork();
	if (!pid) {
		char wrong[16];

		snprintf(wrong, sizeof(wrong), "copy %d", -EXDEV);
		check_status(machine.guest.fd, wrong);
		_exit(test_failed);
	}
	join_child(pid);
	end(&machine);
}

/* ---- the dirty log ---- */

TEST(dirty_log, "KVM_GET_DIRTY_LOG has what a vdev writes, from the vCPU and a thread")
{
	struct machine machine;
	unsigned int i, flag;

	make(&machine, KVM_MEM_LOG_DIRTY_PAGES);
	for (i = 0; i < 2; i++) {
		flag = places[i].flag;
		CHECK_ERR(run_at(&machine, READ | flag, MEMORY, SIZE), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0);
		CHECK_ERR(run_at(&machine, WRITE | flag, MEMORY + 3 * PAGE + 7, 1), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0x8);
		CHECK_ERR(run_at(&machine, WRITE | flag, MEMORY + 6 * PAGE - 1, 2), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0x60);

		CHECK_ERR(run_at(&machine, MAP | flag, MEMORY, SIZE), 0, "%s", places[i].name);
		CHECK_ERR(run(&machine, UNMAP | flag), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0);

		CHECK_ERR(run_at(&machine, MAP | WRITABLE | flag, MEMORY + 2 * PAGE - 4, 2 * PAGE), 0, "%s",
			  places[i].name);
		CHECK_ERR(run(&machine, POKE | flag), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0);
		CHECK_ERR(run(&machine, DIRTY | flag), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0x6);
		CHECK_ERR(run(&machine, UNMAP | flag), 0, "%s", places[i].name);
		CHECK_EQ(dirty_pages(&machine, 1), 0xe);
	}
	end(&machine);
}

TEST(dirty_ring, "with dirty rings, a vCPU's write is in its ring, and what would be in none is refused")
{
	struct kvm_enable_cap ring = { .cap = KVM_CAP_DIRTY_LOG_RING, .args[0] = PAGE };
	struct kvm_dirty_gfn *gfn;
	struct machine machine;

	guest_make(&machine.guest, 0);
	if (ioctl(machine.guest.vm.fd, KVM_ENABLE_CAP, &ring) < 0)
		test_skip("KVM has no dirty rings: %s", strerror(errno));
	vm_add_vcpu(&machine.guest.vm);
	start(&machine, KVM_MEM_LOG_DIRTY_PAGES);
	gfn = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, machine.guest.vm.vcpu->fd,
		   KVM_DIRTY_LOG_PAGE_OFFSET * PAGE);
	NEED(gfn != MAP_FAILED);
	CHECK_ERR(run_at(&machine, WRITE | THREAD, MEMORY + 5 * PAGE, 8), -EOPNOTSUPP, "thread");
	CHECK_ERR(run_at(&machine, MAP | WRITABLE, MEMORY, 8), -EOPNOTSUPP, "mapping");
	CHECK_ERR(run_at(&machine, READ | THREAD, MEMORY, 8), 0, "thread reads");
	CHECK_EQ(gfn[0].flags, 0);
	CHECK_ERR(run_at(&machine, WRITE, MEMORY + 5 * PAGE, 8), 0, "vCPU");
	CHECK_EQ(gfn[0].flags, KVM_DIRTY_GFN_F_DIRTY);
	CHECK_EQ(gfn[0].slot, 1);
	CHECK_EQ(gfn[0].offset, 5);
	NEED(set_slot(&machine, 1, 0, MEMORY, SIZE, machine.memory) == 0);
	CHECK_ERR(run_at(&machine, WRITE | THREAD, MEMORY + 5 * PAGE, 8), 0, "thread without a log");
	munmap(gfn, PAGE);
	end(&machine);
}

/* ---- mappings ---- */

TEST(mappings, "gasp_map_vdma(), _sys(), _contig(): the guest's memory itself, until gasp_unmap()")
{
	static const unsigned int kinds[] = { MAP, MAP_SYS, MAP_CONTIG };
	struct machine machine;
	unsigned int i, kind;

	make(&machine, 0);
	for (kind = 0; kind < 3; kind++) {
		for (i = 0; i < 2; i++) {
			unsigned int flag = places[i].flag;

			CHECK_ERR(run_at(&machine, kinds[kind] | WRITABLE | flag, MEMORY + 16, 2 * PAGE), 0, "%s",
				  places[i].name);
			CHECK(get(&machine, LEN) <= 2 * PAGE && get(&machine, LEN) >= PAGE - 16);
			*(volatile uint64_t *)(machine.memory + 16) = 0x1234567890 + kind;
			CHECK_EQ(value_of(&machine, PEEK | flag), 0x1234567890 + kind);
			set(&machine, VALUE, 0x9876543210 + i);
			CHECK_ERR(run(&machine, POKE | flag), 0, "%s", places[i].name);
			CHECK_EQ(*(volatile uint64_t *)(machine.memory + 16), 0x9876543210 + i);
			CHECK_EQ(value_of(&machine, VALID | flag), 1);
			CHECK_ERR(run(&machine, UNMAP | flag), 0, "%s", places[i].name);
		}
	}
	end(&machine);
}

TEST(mapping_pieces, "gasp_map_vdma(): over slots that are one piece of the process' memory only")
{
	struct machine machine;

	make(&machine, 0);
	NEED(set_slot(&machine, 1, 0, MEMORY, 0, NULL) == 0);
	NEED(set_slot(&machine, 1, 0, MEMORY, 4 * PAGE, machine.memory) == 0);
	NEED(set_slot(&machine, 2, 0, MEMORY + 4 * PAGE, 4 * PAGE, machine.memory + 4 * PAGE) == 0);
	NEED(set_slot(&machine, 3, 0, MEMORY + 8 * PAGE, 4 * PAGE, machine.memory + 12 * PAGE) == 0);
	CHECK_ERR(run_at(&machine, MAP, MEMORY, 8 * PAGE), 0, "one piece");
	CHECK_EQ(value_of(&machine, VALID), 1);
	CHECK_ERR(run(&machine, UNMAP), 0, "one piece");
	CHECK_ERR(run_at(&machine, MAP, MEMORY, 8 * PAGE + 1), -EOPNOTSUPP, "two pieces");
	CHECK_ERR(run_at(&machine, MAP, MEMORY, 12 * PAGE + 1), -EOPNOTSUPP, "two pieces and a hole");
	end(&machine);
}

static void do_munmap(struct machine *machine)
{
	NEED(munmap(machine->memory + 2 * PAGE, PAGE) == 0);
}

static void do_mremap(struct machine *machine)
{
	void *elsewhere = new_memory(NULL);

	NEED(mremap(machine->memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere) == elsewhere);
	new_memory(machine->memory);
}

static void do_replace(struct machine *machine)
{
	new_memory(machine->memory);
}

static void do_dontneed(struct machine *machine)
{
	NEED(madvise(machine->memory, SIZE, MADV_DONTNEED) == 0);
}

static void do_delete_slot(struct machine *machine)
{
	NEED(set_slot(machine, 1, 0, MEMORY, 0, NULL) == 0);
}

static void do_move_slot(struct machine *machine)
{
	NEED(set_slot(machine, 1, 0, MEMORY + 0x100000, SIZE, machine->memory) == 0);
}

static void do_shrink_slot(struct machine *machine)
{
	do_delete_slot(machine);
	NEED(set_slot(machine, 1, 0, MEMORY, PAGE, machine->memory) == 0);
}

static void do_read_only_slot(struct machine *machine)
{
	do_delete_slot(machine);
	NEED(set_slot(machine, 1, KVM_MEM_READONLY, MEMORY, SIZE, machine->memory) == 0);
}

static void do_fork(struct machine *machine)
{
	pid_t pid = fork();

	if (!pid) {
		memset(machine->memory, 0, SIZE);
		_exit(0);
	}
	join_child(pid);
	machine->memory[SIZE - 1] = 1;
}

static void do_protect(struct machine *machine)
{
	NEED(mprotect(machine->memory, SIZE, PROT_READ) == 0);
	NEED(mprotect(machine->memory, SIZE, PROT_READ | PROT_WRITE) == 0);
}

static void do_behind(struct machine *machine)
{
	NEED(munmap(machine->memory + 4 * PAGE, PAGE) == 0);
}

static void do_log(struct machine *machine)
{
	NEED(set_slot(machine, 1, KVM_MEM_LOG_DIRTY_PAGES, MEMORY, SIZE, machine->memory) == 0);
}

static const struct change {
	const char *name;
	void (*make)(struct machine *machine);
	bool valid;
} changes[] = {
	{ "munmap", do_munmap, false },
	{ "mremap", do_mremap, false },
	{ "mmap over it", do_replace, false },
	{ "MADV_DONTNEED", do_dontneed, false },
	{ "slot deleted", do_delete_slot, false },
	{ "slot moved", do_move_slot, false },
	{ "slot shorter", do_shrink_slot, false },
	{ "slot read-only", do_read_only_slot, false },
	{ "fork", do_fork, true },
	{ "mprotect", do_protect, true },
	{ "munmap behind it", do_behind, true },
	{ "dirty log", do_log, true },
};

TEST(revoked, "gasp_map_valid(): false once the memory is another one; the pointer can still be used")
{
	const struct change *change;
	struct machine machine;

	for (change = changes; change < changes + sizeof(changes) / sizeof(changes[0]); change++) {
		make(&machine, 0);
		/* No huge page, which would be split, and revoke without need. */
		madvise(machine.memory, SIZE, MADV_NOHUGEPAGE);
		memset(machine.memory, 0x77, SIZE);
		CHECK_ERR(run_at(&machine, MAP | WRITABLE, MEMORY, 4 * PAGE), 0, "%s", change->name);
		CHECK_EQ(value_of(&machine, VALID), 1);
		change->make(&machine);
		if ((value_of(&machine, VALID) == 1) != change->valid)
			FAIL("%s: the mapping is %svalid", change->name, change->valid ? "not " : "");
		CHECK_EQ(value_of(&machine, VALID | THREAD), change->valid);
		CHECK_EQ(value_of(&machine, PEEK), 0x7777777777777777);
		set(&machine, VALUE, 5);
		CHECK_ERR(run(&machine, POKE | THREAD), 0, "%s", change->name);
		CHECK_EQ(value_of(&machine, PEEK), 5);
		CHECK_ERR(run(&machine, UNMAP), 0, "%s", change->name);
		if (change->valid)
			CHECK_EQ(*(volatile uint64_t *)machine.memory, 5);
		end(&machine);
	}
}

/* ---- limits ---- */

static void drop_memory_privilege(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	NEED(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	NEED(syscall(SYS_capset, &header, data) == 0);
}

TEST(memlock, "RLIMIT_MEMLOCK of the VM's process holds, also for a thread of a vdev's, and pages are given back")
{
	struct rlimit limit = { 8 * PAGE, 8 * PAGE };
	struct machine machine;
	unsigned int i;

	drop_memory_privilege();
	make(&machine, 0);
	NEED(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	for (i = 0; i < 10; i++) {
		unsigned int flag = places[i % 2].flag;

		CHECK_ERR(run_at(&machine, MAP | flag, MEMORY, 8 * PAGE + 1), -ENOBUFS, "too much");
		CHECK_ERR(run_at(&machine, MAP | flag, MEMORY, 8 * PAGE), 0, "as much as allowed");
		CHECK_ERR(run(&machine, UNMAP | flag), 0, "round %u", i);
		CHECK_ERR(run_at(&machine, MAP_CONTIG | flag, MEMORY, 8 * PAGE), 0, "in one piece");
		CHECK_ERR(run(&machine, UNMAP | flag), 0, "round %u", i);
	}
	end(&machine);
}

/* ---- a process that does not keep still ---- */

TEST_TIMED(changing, "memory goes, comes and changes while a thread copies: errors, but no more", 200)
{
	unsigned int rounds = is_debug_kernel() ? 50 : 300, i;
	uint64_t copies = 0;
	struct machine machine;
	int err;

	make(&machine, KVM_MEM_LOG_DIRTY_PAGES);
	set(&machine, GPA, MEMORY + 8);
	set(&machine, LEN, 3 * PAGE);
	set(&machine, COMMAND, LOOP | THREAD);
	NEED(WAIT_FOR(get(&machine, ROUNDS) > 0));
	for (i = 0; i < rounds; i++) {
		NEED(munmap(machine.memory + PAGE, PAGE) == 0);
		new_memory(machine.memory);
		do_dontneed(&machine);
		do_delete_slot(&machine);
		NEED(set_slot(&machine, 1, 0, MEMORY, 2 * PAGE, machine.memory) == 0);
		do_delete_slot(&machine);
		NEED(set_slot(&machine, 1, KVM_MEM_LOG_DIRTY_PAGES, MEMORY, SIZE, machine.memory) == 0);
		dirty_pages(&machine, 1);
		NEED(mprotect(machine.memory, PAGE, PROT_NONE) == 0);
		NEED(mprotect(machine.memory, PAGE, PROT_READ | PROT_WRITE) == 0);
		do_mremap(&machine);
	}
	copies = get(&machine, ROUNDS);
	set(&machine, COMMAND, STOP);
	NEED(WAIT_FOR(get(&machine, STATUS) != BUSY));
	err = -(int)get(&machine, STATUS);
	note("%llu copies during %u rounds", (unsigned long long)copies, rounds);
	CHECK(err == 0 || err == -EFAULT);
	CHECK(copies > rounds / 10);
	end(&machine);
}

TEST_TIMED(map_while_changing, "memory changes while it is being mapped and unmapped", 200)
{
	unsigned int rounds = is_debug_kernel() ? 50 : 100, i, mapped = 0;
	struct machine machine;
	pid_t changer;
	int err;

	make(&machine, 0);
	/* With the memory shared, another process' hole punching is a change here, too. */
	munmap(machine.memory, SIZE);
	machine.memory = mmap(machine.memory, SIZE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	NEED(machine.memory != MAP_FAILED);
	changer = fork();
	if (!changer) {
		for (;;)
			madvise(machine.memory, SIZE, MADV_REMOVE);
	}
	for (i = 0; i < rounds; i++) {
		err = run_at(&machine, MAP | WRITABLE | places[i % 2].flag, MEMORY, SIZE);
		if (err == -EAGAIN)
			continue;
		CHECK_ERR(err, 0, "round %u", i);
		mapped++;
		value_of(&machine, PEEK);
		CHECK_ERR(run(&machine, POKE), 0, "round %u", i);
		CHECK_ERR(run(&machine, UNMAP), 0, "round %u", i);
	}
	note("%u of %u mappings were made", mapped, rounds);
	kill(changer, SIGKILL);
	waitpid(changer, NULL, 0);
	end(&machine);
}

/* ---- the end ---- */

static void live_dangerously(int ready)
{
	struct machine machine;

	make(&machine, KVM_MEM_LOG_DIRTY_PAGES);
	CHECK_ERR(run_at(&machine, MAP_SYS | WRITABLE, MEMORY, SIZE), 0, "mapped");
	set(&machine, LEN, 2 * PAGE);
	set(&machine, COMMAND, LOOP | THREAD);
	NEED(write(ready, "x", 1) == 1);
	for (;;)
		do_dontneed(&machine);
}

TEST_TIMED(killed, "SIGKILL of a process with mappings, and a thread that copies: nothing is left", 200)
{
	unsigned int rounds = is_debug_kernel() ? 5 : 20, i, seed = 1;
	int ready[2];
	pid_t pid;
	char byte;

	NEED(pipe(ready) == 0);
	for (i = 0; i < rounds && !test_failed; i++) {
		pid = fork();
		if (!pid)
			live_dangerously(ready[1]);
		NEED(read(ready[0], &byte, 1) == 1);
		sleep_ms(rand_r(&seed) % 20);
		kill(pid, SIGKILL);
		NEED(waitpid(pid, NULL, 0) == pid);
		CHECK(WAIT_FOR(module_refs("vdev_memtest") == 0));
	}
}

/* Page @page of memory is one that this process has yet to bring, and never will. */
static void withhold(struct machine *machine, unsigned int page)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = { (uintptr_t)machine->memory + page * PAGE, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (fd < 0)
		test_skip("there is no userfaultfd: %s", strerror(errno));
	NEED(ioctl(fd, UFFDIO_API, &api) == 0);
	NEED(ioctl(fd, UFFDIO_REGISTER, &area) == 0);
}

static void wait_for_a_page(unsigned int command, int ready)
{
	struct machine machine;

	make(&machine, 0);
	withhold(&machine, 1);
	set(&machine, GPA, MEMORY + PAGE);
	set(&machine, LEN, 8);
	NEED(write(ready, "x", 1) == 1);
	set(&machine, COMMAND, command);
	for (;;)
		pause();
}

TEST(killed_in_a_fault, "SIGKILL of a process that withholds memory which a vdev copies: nothing is left")
{
	unsigned int i;
	int ready[2];
	pid_t pid;
	char byte;

	NEED(pipe(ready) == 0);
	for (i = 0; i < 4; i++) {
		pid = fork();
		if (!pid)
			wait_for_a_page((i & 1 ? READ : WRITE) | places[i / 2].flag, ready[1]);
		NEED(read(ready[0], &byte, 1) == 1);
		sleep_ms(100);
		CHECK_EQ(module_refs("vdev_memtest"), 1);
		kill(pid, SIGKILL);
		NEED(waitpid(pid, NULL, 0) == pid);
		CHECK(WAIT_FOR(module_refs("vdev_memtest") == 0));
	}
}

TEST(closed, "the guest's file is closed with mappings, and a thread that copies: the VM goes on")
{
	struct machine machine;

	make(&machine, 0);
	CHECK_ERR(run_at(&machine, MAP | WRITABLE, MEMORY, SIZE), 0, "mapped");
	set(&machine, COMMAND, LOOP | THREAD);
	close(machine.guest.fd);
	CHECK_EQ(module_refs("vdev_memtest"), 0);
	machine.guest.fd = -1;
	guest_again(&machine.guest);
	end(&machine);
}

TEST_MAIN
