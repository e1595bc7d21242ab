// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vCPU leaves KVM for: ports, and all that its machine does not have.
 */
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "exits.h"
#include "ports.h"

#define VECTOR_UD 6

static enum unsupported_action action_for(const struct vcpu *vcpu, enum unsupported_kind kind)
{
	return vcpu->all->unsupported[kind].action;
}

/* The guest did what its machine cannot do. */
static bool abort_machine(struct vcpu *vcpu, const char *what, unsigned long long detail)
{
	return vcpu_end_machine(vcpu, fail(&vcpu->why, VDEVFW_EXIT_UNSUPPORTED,
					   "vCPU %u: %s 0x%llx at rip 0x%llx", vcpu->id, what,
					   detail, vcpu_rip(vcpu)));
}

/* ---- references ---- */

/* Nobody has the address or port. What a read gives is there already. */
static bool unsupported_reference(struct vcpu *vcpu, bool is_write, unsigned int size,
				  const char *what, unsigned long long address)
{
	if (action_for(vcpu, UNSUPPORTED_REFERENCE) == UNSUPPORTED_IGNORE)
		return true;
	return vcpu_end_machine(
		vcpu,
		fail(&vcpu->why, VDEVFW_EXIT_UNSUPPORTED,
		     "vCPU %u: unsupported reference: %s of %u bytes at %s 0x%llx, rip 0x%llx",
		     vcpu->id, is_write ? "write" : "read", size, what, address, vcpu_rip(vcpu)));
}

static bool handle_memory(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (!run->mmio.is_write)
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
	return unsupported_reference(vcpu, run->mmio.is_write, run->mmio.len, "address",
				     run->mmio.phys_addr);
}

static bool handle_port(struct vcpu *vcpu)
{
	struct console *console = &vcpu->all->console;
	struct kvm_run *run = vcpu->run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	bool is_write = run->io.direction == KVM_EXIT_IO_OUT;
	enum port_answer answer;
	unsigned int i;

	for (i = 0; i < run->io.count; i++, data += run->io.size) {
		answer = is_write ? port_write(console, run->io.port, data, run->io.size)
				  : port_read(console, run->io.port, data, run->io.size);
		if (answer == PORT_ENDS)
			return vcpu_end_machine(vcpu, VDEVFW_EXIT_NORMAL);
		if (answer == PORT_NOBODY &&
		    !unsupported_reference(vcpu, is_write, run->io.size, "port", run->io.port))
			return false;
	}
	return true;
}

/* ---- instructions ---- */

static bool raise_invalid_opcode(struct vcpu *vcpu)
{
	struct kvm_vcpu_events events;

	if (ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events) < 0)
		return false;
	events.exception.injected = 1;
	events.exception.nr = VECTOR_UD;
	events.exception.has_error_code = 0;
	return ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events) == 0;
}

static bool handle_internal_error(struct vcpu *vcpu)
{
	uint32_t error = vcpu->run->internal.suberror;

	if (error == KVM_INTERNAL_ERROR_EMULATION &&
	    action_for(vcpu, UNSUPPORTED_INSTRUCTION) == UNSUPPORTED_FAIL &&
	    raise_invalid_opcode(vcpu))
		return true;
	return abort_machine(vcpu, "KVM gave up with internal error", error);
}

/* ---- registers ---- */

/* KVM comes here only if it shall not raise an exception by itself. */
static bool handle_register(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	bool is_write = run->exit_reason == KVM_EXIT_X86_WRMSR;

	run->msr.error = 0;
	if (!is_write)
		run->msr.data = 0;
	if (action_for(vcpu, UNSUPPORTED_REGISTER) == UNSUPPORTED_IGNORE)
		return true;
	return abort_machine(vcpu,
			     is_write ? "unsupported register: write of MSR"
				      : "unsupported register: read of MSR",
			     run->msr.index);
}

bool exit_handle(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return handle_port(vcpu);
	case KVM_EXIT_MMIO:
		return handle_memory(vcpu);
	case KVM_EXIT_INTR:
		return true;
	case KVM_EXIT_SHUTDOWN:
		return vcpu_end_machine(vcpu, VDEVFW_EXIT_NORMAL);
	case KVM_EXIT_X86_RDMSR:
	case KVM_EXIT_X86_WRMSR:
		return handle_register(vcpu);
	case KVM_EXIT_INTERNAL_ERROR:
		return handle_internal_error(vcpu);
	case KVM_EXIT_FAIL_ENTRY:
		return abort_machine(vcpu, "the processor refused to enter the guest, reason",
				     run->fail_entry.hardware_entry_failure_reason);
	default:
		return abort_machine(vcpu, "KVM left the guest with unknown reason",
				     run->exit_reason);
	}
}
