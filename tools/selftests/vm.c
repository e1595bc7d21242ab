// SPDX-License-Identifier: GPL-2.0-only
/* A KVM VM, as small as it can be, and snippets of code for it. */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "harness.h"
#include "vm.h"

/* Where a guest that takes interrupts has what it needs; a page for the handler, its tables, and itself. */
#define HANDLER		0x6000
#define IDT		0x7000
#define GDT		0x7c00
#define SHARED_COUNT	"0x7d00"
#define SHARED_ADDRESS	"0x7d04"
#define SHARED_VALUE	"0x7d08"
#define SHARED		0x7d00

/* ---- snippets ---- */

#define BEGIN(name)	".globl code_" name "\ncode_" name ":\n"
#define END(name)	".globl code_" name "_end\ncode_" name "_end:\n"
#define DONE		"inc %ecx\n out %al, $0xf4\n 1: jmp 1b\n"
#define CODE(name, ...)	BEGIN(name) __VA_ARGS__ "\n" DONE END(name)
#define LOOP(name, ...)	BEGIN(name) __VA_ARGS__ "\n" END(name)

__asm__(".pushsection .rodata\n.code32\n"
	CODE("read1", "mov (%ebx), %al")
	CODE("read2", "mov (%ebx), %ax")
	CODE("read4", "mov (%ebx), %eax")
	CODE("read8", "movq (%ebx), %mm0; movd %mm0, %eax; psrlq $32, %mm0; movd %mm0, %edx")
	CODE("write1", "mov %al, (%ebx)")
	CODE("write2", "mov %ax, (%ebx)")
	CODE("write4", "mov %eax, (%ebx)")
	CODE("write8", "movd %eax, %mm0; movd %edx, %mm1; psllq $32, %mm1; por %mm1, %mm0;"
	     "movq %mm0, (%ebx)")
	CODE("in1", "in %dx, %al")
	CODE("in2", "in %dx, %ax")
	CODE("in4", "in %dx, %eax")
	CODE("out1", "out %al, %dx")
	CODE("out2", "out %ax, %dx")
	CODE("out4", "out %eax, %dx")
	CODE("insb", "cld; rep insb")
	CODE("write4_store", "mov %eax, (%ebx); mov %eax, (%edi)")
	CODE("out1_store", "out %al, %dx; mov %eax, (%edi)")
	LOOP("write4_count", "1: mov %eax, (%ebx); incl (%edi); jmp 1b")
	LOOP("write_and_read", "1: inc %ecx; mov %ecx, (%ebx); cmp %ecx, (%ebx); je 1b; out %al, $0xf5; jmp 1b")
	LOOP("hammer", "1: mov (%ebx), %eax; inc %ecx; cmp %esi, %eax; je 1b; cmp %edi, %eax; je 1b;"
	     "out %al, $0xf5; jmp 1b")
	LOOP("hammer_write", "1: mov %eax, (%ebx); inc %ecx; jmp 1b")
	LOOP("take", "sti; 1: hlt; jmp 1b")
	LOOP("handler", "push %eax; push %ebx; lock incl " SHARED_COUNT "; mov " SHARED_ADDRESS ", %ebx;"
	     "test %ebx, %ebx; jz 1f; mov " SHARED_VALUE ", %eax; mov %eax, (%ebx);"
	     "1: movl $0, 0xfee000b0; pop %ebx; pop %eax; iret")
	".code64\n.popsection\n");

/* ---- making ---- */

static void set_flat_mode(int fd)
{
	struct kvm_segment code = {
		.limit = 0xffffffff, .selector = 8, .type = 0xb, .present = 1, .s = 1, .g = 1, .db = 1,
	};
	struct kvm_segment data = code;
	struct kvm_sregs sregs;

	data.selector = 16;
	data.type = 3;
	NEED(ioctl(fd, KVM_GET_SREGS, &sregs) == 0);
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = 0x11;	/* protected mode, and an x87 */
	NEED(ioctl(fd, KVM_SET_SREGS, &sregs) == 0);
}

struct vcpu *vm_add_vcpu(struct vm *vm)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	unsigned int id = vm->cpus++;
	struct vcpu *vcpu = &vm->vcpu[id];

	vcpu->id = id;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	NEED(vcpu->fd >= 0);
	vcpu->run_size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	NEED(vcpu->run != MAP_FAILED);
	vcpu->code = vm->ram + (id + 1) * 0x1000;
	set_flat_mode(vcpu->fd);
	NEED(ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable) == 0);
	return vcpu;
}

void vm_create(struct vm *vm, unsigned int cpus)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	struct kvm_userspace_memory_region ram = { .memory_size = VM_RAM };

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	NEED(vm->kvm >= 0);
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	NEED(vm->fd >= 0);
	NEED(ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000ul) == 0);
	NEED(ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0) == 0);
	NEED(ioctl(vm->fd, KVM_CREATE_PIT2, &pit) == 0);
	vm->ram = mmap(NULL, VM_RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(vm->ram != MAP_FAILED);
	ram.userspace_addr = (uintptr_t)vm->ram;
	NEED(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &ram) == 0);
	vm->cpus = 0;
	while (vm->cpus < cpus)
		vm_add_vcpu(vm);
}

void vm_destroy(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->cpus; i++) {
		munmap(vm->vcpu[i].run, vm->vcpu[i].run_size);
		close(vm->vcpu[i].fd);
	}
	close(vm->fd);
	close(vm->kvm);
	munmap(vm->ram, VM_RAM);
}

void vcpu_set_address_bits(struct vm *vm, struct vcpu *vcpu, unsigned int bits)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));
	unsigned int i;

	cpuid->nent = 256;
	NEED(ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) == 0);
	for (i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == 0x80000008)
			cpuid->entries[i].eax = (cpuid->entries[i].eax & ~0xffu) | bits;
	NEED(ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid) == 0);
	free(cpuid);
}

int vm_add_ioeventfd(struct vm *vm, uint64_t address, uint32_t len)
{
	struct kvm_ioeventfd event = {
		.addr = address, .len = len, .fd = eventfd(0, EFD_CLOEXEC),
	};

	NEED(ioctl(vm->fd, KVM_IOEVENTFD, &event) == 0);
	return event.fd;
}

int vm_remove_ioeventfd(struct vm *vm, uint64_t address, uint32_t len, int fd)
{
	struct kvm_ioeventfd event = {
		.addr = address, .len = len, .fd = fd, .flags = KVM_IOEVENTFD_FLAG_DEASSIGN,
	};

	return ioctl(vm->fd, KVM_IOEVENTFD, &event) < 0 ? -errno : 0;
}

/* ---- interrupts ---- */

void vcpu_take_interrupts(struct vm *vm, struct vcpu *vcpu, unsigned int vector, uint64_t address,
			  uint32_t value)
{
	const uint32_t shared[] = { 0, address, value };
	const uint64_t gdt[] = { 0, 0x00cf9b000000ffff, 0x00cf93000000ffff };
	const uint64_t gate = 0x8e0000080000 | HANDLER;
	struct kvm_sregs sregs;

	memcpy(vm->ram + HANDLER, code_handler, code_handler_end - code_handler);
	memcpy(vm->ram + IDT + vector * sizeof(gate), &gate, sizeof(gate));
	memcpy(vm->ram + GDT, gdt, sizeof(gdt));
	memcpy(vm->ram + SHARED, shared, sizeof(shared));
	NEED(ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) == 0);
	sregs.idt = (struct kvm_dtable){ .base = IDT, .limit = 0x7ff };
	sregs.gdt = (struct kvm_dtable){ .base = GDT, .limit = sizeof(gdt) - 1 };
	NEED(ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) == 0);
	vcpu_load(vcpu, take, (struct kvm_regs){});
}

unsigned int vm_interrupts(const struct vm *vm)
{
	return *(volatile uint32_t *)(vm->ram + SHARED);
}

/* ---- running ---- */

void vcpu_load_code(struct vcpu *vcpu, const uint8_t *code, size_t size, struct kvm_regs regs)
{
	memcpy(vcpu->code, code, size);
	regs.rip = (vcpu->id + 1) * 0x1000;
	regs.rsp = VM_RAM;
	regs.rflags = 2;
	NEED(ioctl(vcpu->fd, KVM_SET_REGS, &regs) == 0);
}

struct kvm_regs vcpu_regs(struct vcpu *vcpu)
{
	struct kvm_regs regs;

	NEED(ioctl(vcpu->fd, KVM_GET_REGS, &regs) == 0);
	return regs;
}

int vcpu_run(struct vcpu *vcpu)
{
	return ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? -errno : (int)vcpu->run->exit_reason;
}

bool vcpu_done(const struct vcpu *vcpu)
{
	return vcpu->run->exit_reason == KVM_EXIT_IO && vcpu->run->io.port == PORT_DONE;
}

static bool run_access(struct vcpu *vcpu, const uint8_t *code, struct kvm_regs *regs)
{
	int reason;

	/* An exit to user space that was not answered would go on otherwise. */
	vcpu->run->immediate_exit = 1;
	vcpu_run(vcpu);
	vcpu->run->immediate_exit = 0;
	vcpu_load_code(vcpu, code, 64, *regs);
	reason = vcpu_run(vcpu);
	if (reason != KVM_EXIT_MMIO && reason != KVM_EXIT_IO) {
		FAIL("KVM_RUN gives %d at rip 0x%llx", reason, vcpu_regs(vcpu).rip);
		_exit(TEST_FAIL);
	}
	*regs = vcpu_regs(vcpu);
	return vcpu_done(vcpu);
}

static unsigned int log2_of(unsigned int len)
{
	return len == 8 ? 3 : len == 4 ? 2 : len == 2 ? 1 : 0;
}

static uint64_t result(const struct kvm_regs *regs, unsigned int len)
{
	if (len == 8)
		return regs->rdx << 32 | (uint32_t)regs->rax;
	return regs->rax & ((1ull << len * 8) - 1);
}

bool vcpu_read(struct vcpu *vcpu, uint64_t address, unsigned int len, uint64_t *value)
{
	static const uint8_t *const codes[] = { code_read1, code_read2, code_read4, code_read8 };
	struct kvm_regs regs = { .rbx = address };
	bool handled = run_access(vcpu, codes[log2_of(len)], &regs);

	*value = result(&regs, len);
	return handled;
}

bool vcpu_write(struct vcpu *vcpu, uint64_t address, unsigned int len, uint64_t value)
{
	static const uint8_t *const codes[] = { code_write1, code_write2, code_write4, code_write8 };
	struct kvm_regs regs = { .rbx = address, .rax = (uint32_t)value, .rdx = value >> 32 };

	return run_access(vcpu, codes[log2_of(len)], &regs);
}

bool vcpu_in(struct vcpu *vcpu, uint16_t port, unsigned int len, uint64_t *value)
{
	static const uint8_t *const codes[] = { code_in1, code_in2, code_in4 };
	struct kvm_regs regs = { .rdx = port };
	bool handled = run_access(vcpu, codes[log2_of(len)], &regs);

	*value = result(&regs, len);
	return handled;
}

bool vcpu_out(struct vcpu *vcpu, uint16_t port, unsigned int len, uint64_t value)
{
	static const uint8_t *const codes[] = { code_out1, code_out2, code_out4 };
	struct kvm_regs regs = { .rdx = port, .rax = value };

	return run_access(vcpu, codes[log2_of(len)], &regs);
}
