/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A KVM VM, as small as it can be: 64 KiB of RAM at 0, interrupt controllers, a
 * PIT, and vCPUs in 32-bit protected mode without paging that run one of the
 * snippets below. Whatever fails here ends the test.
 */
#ifndef VM_H
#define VM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VM_CPUS		4
#define VM_RAM		0x10000
#define PORT_DONE	0xf4	/* a snippet is done */
#define PORT_WRONG	0xf5	/* a snippet has read a value that it must not */

struct vcpu {
	int fd;
	unsigned int id;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *code;		/* a page of RAM, at (id + 1) * 0x1000 for the guest */
};

struct vm {
	int kvm, fd;
	uint8_t *ram;
	unsigned int cpus;
	struct vcpu vcpu[VM_CPUS];
};

void vm_create(struct vm *vm, unsigned int cpus);
void vm_destroy(struct vm *vm);

/* One more, for a VM that needs something done before its first. */
struct vcpu *vm_add_vcpu(struct vm *vm);

/* Lets the guest's CPUs address @bits bits. */
void vcpu_set_address_bits(struct vm *vm, struct vcpu *vcpu, unsigned int bits);

/*
 * Snippets. An access is at ebx, or at port dx, and its value in eax, or edx:eax
 * for 8 bytes; then comes ecx = ecx + 1 and PORT_DONE.
 */
#define SNIPPET(name)	extern const uint8_t code_##name[], code_##name##_end[]
SNIPPET(read1); SNIPPET(read2); SNIPPET(read4); SNIPPET(read8);
SNIPPET(write1); SNIPPET(write2); SNIPPET(write4); SNIPPET(write8);
SNIPPET(in1); SNIPPET(in2); SNIPPET(in4);
SNIPPET(out1); SNIPPET(out2); SNIPPET(out4);
SNIPPET(write4_store); SNIPPET(out1_store);	/* and then eax to edi, which is RAM */
SNIPPET(write4_count);		/* for ever: writes eax to ebx, then counts at edi, which is RAM */
SNIPPET(write_and_read);	/* for ever: counts in ecx, writes it to ebx, reads it back */
SNIPPET(insb);			/* ecx bytes from port dx to edi */
SNIPPET(hammer);		/* for ever: reads ebx, which must be esi or edi; counts in ecx */
SNIPPET(take);			/* for ever: waits for interrupts */
SNIPPET(handler);		/* of them */
SNIPPET(hammer_write);		/* for ever: writes eax to ebx; counts in ecx */

#define vcpu_load(vcpu, name, regs) \
	vcpu_load_code(vcpu, code_##name, code_##name##_end - code_##name, regs)
void vcpu_load_code(struct vcpu *vcpu, const uint8_t *code, size_t size, struct kvm_regs regs);

struct kvm_regs vcpu_regs(struct vcpu *vcpu);

/* One KVM_RUN: the exit reason, or a negative errno. */
int vcpu_run(struct vcpu *vcpu);

/* Whether the last exit was the end of a snippet. */
bool vcpu_done(const struct vcpu *vcpu);

/*
 * One access of @len bytes. True: the kernel has handled it. False: it came to
 * user space, as @vcpu->run says; the next vcpu_run() goes on.
 */
bool vcpu_read(struct vcpu *vcpu, uint64_t address, unsigned int len, uint64_t *value);
bool vcpu_write(struct vcpu *vcpu, uint64_t address, unsigned int len, uint64_t value);
bool vcpu_in(struct vcpu *vcpu, uint16_t port, unsigned int len, uint64_t *value);
bool vcpu_out(struct vcpu *vcpu, uint16_t port, unsigned int len, uint64_t value);

/*
 * Loads a snippet that takes interrupts: each with @vector is counted, and then @value written to
 * @address, unless that is 0. The local APIC is enabled already.
 */
void vcpu_take_interrupts(struct vm *vm, struct vcpu *vcpu, unsigned int vector, uint64_t address,
			  uint32_t value);

/* How many have been taken. */
unsigned int vm_interrupts(const struct vm *vm);

/* Adds an ioeventfd; its file. */
int vm_add_ioeventfd(struct vm *vm, uint64_t address, uint32_t len);

/* Takes it away again. 0 or a negative errno. */
int vm_remove_ioeventfd(struct vm *vm, uint64_t address, uint32_t len, int fd);

#endif
