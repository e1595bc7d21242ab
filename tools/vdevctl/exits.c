// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vCPU leaves KVM for: ports, accesses to vdevs of a guest that is stopped, and all that
 * its machine does not have.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include <libvdevfw.h>

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

/* An access that has left KVM, or an element of one. */
struct reference {
	uint32_t space; /* 0: memory, or VDEVFW_ACCESS_IO */
	uint64_t address;
	uint8_t *data; /* to be written, or for what is read */
	unsigned int size;
	bool is_write;
};

enum owner {
	OWNER_NOBODY,
	OWNER_VDEV, /* which has served it */
	OWNER_GONE, /* the guest whose access it was */
};

/* Nobody has the address or port. What a read gives is there already. */
static bool unsupported_reference(struct vcpu *vcpu, const struct reference *ref, const char *what)
{
	if (action_for(vcpu, UNSUPPORTED_REFERENCE) == UNSUPPORTED_IGNORE)
		return true;
	return vcpu_end_machine(
		vcpu,
		fail(&vcpu->why, VDEVFW_EXIT_UNSUPPORTED,
		     "vCPU %u: unsupported reference: %s of %u bytes at %s 0x%llx, rip 0x%llx",
		     vcpu->id, ref->is_write ? "write" : "read", ref->size, what,
		     (unsigned long long)ref->address, vcpu_rip(vcpu)));
}

static int access_vdev(const struct vcpu *vcpu, const struct reference *ref)
{
	struct vdevfw_error error;
	uint64_t value = 0;
	int err;

	if (ref->is_write) {
		memcpy(&value, ref->data, ref->size);
		return vdevfw_guest_write(vcpu->all->guest, ref->space, ref->address, ref->size,
					  value, &error);
	}
	err = vdevfw_guest_read(vcpu->all->guest, ref->space, ref->address, ref->size, &value,
				&error);
	if (!err)
		memcpy(ref->data, &value, ref->size);
	return err;
}

/*
 * An access to a vdev leaves KVM while the guest is stopped: it is made, once, when the guest
 * runs again. If it is reset before, or ends, there is nobody any more to make it for.
 */
static enum owner find_owner(struct vcpu *vcpu, const struct reference *ref)
{
	struct gate *gate = &vcpu->all->gate;
	int err;

	if (vcpu->all->guest < 0)
		return OWNER_NOBODY;
	do {
		if (gate_enter(gate, vcpu->resets) != GATE_OPEN)
			return OWNER_GONE;
		err = access_vdev(vcpu, ref);
		gate_leave(gate);
	} while (err == -EAGAIN && gate_pause(gate));
	if (err == -ENXIO || err == -EINVAL) /* where no vdev is, or of a size that none serves */
		return OWNER_NOBODY;
	/* It may have asked for something. */
	vcpu_stay_out(vcpu);
	return OWNER_VDEV;
}

static bool handle_memory(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	const struct reference ref = {
		.address = run->mmio.phys_addr,
		.data = run->mmio.data,
		.size = run->mmio.len,
		.is_write = run->mmio.is_write,
	};

	if (find_owner(vcpu, &ref) != OWNER_NOBODY)
		return true;
	if (!ref.is_write)
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
	return unsupported_reference(vcpu, &ref, "address");
}

static bool refer_to_port(struct vcpu *vcpu, const struct reference *ref)
{
	struct console *console = &vcpu->all->console;
	enum port_answer answer;

	if (find_owner(vcpu, ref) != OWNER_NOBODY)
		return true;
	answer = ref->is_write ? port_write(console, ref->address, ref->data, ref->size)
			       : port_read(console, ref->address, ref->data, ref->size);
	if (answer == PORT_ENDS)
		return vcpu_end_machine(vcpu, VDEVFW_EXIT_NORMAL);
	return answer == PORT_DONE || unsupported_reference(vcpu, ref, "port");
}

/* A reset takes away what @run says of the exit, but not the room of its data. */
static bool handle_port(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	unsigned int left = run->io.count;
	struct reference ref = {
		.space = VDEVFW_ACCESS_IO,
		.address = run->io.port,
		.data = (uint8_t *)run + run->io.data_offset,
		.size = run->io.size,
		.is_write = run->io.direction == KVM_EXIT_IO_OUT,
	};
	bool goes_on = true;

	for (; left && goes_on; left--, ref.data += ref.size)
		goes_on = refer_to_port(vcpu, &ref);
	return goes_on;
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
