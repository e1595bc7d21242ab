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

enum result {
	REFERENCE_DONE,
	REFERENCE_WAITS, /* nothing has happened yet */
	REFERENCE_ENDS,	 /* the machine */
};

/* Nobody has the address or port. What a read gives is there already. */
static enum result unsupported_reference(struct vcpu *vcpu, const struct reference *ref,
					 const char *what)
{
	if (action_for(vcpu, UNSUPPORTED_REFERENCE) == UNSUPPORTED_IGNORE)
		return REFERENCE_DONE;
	vcpu_end_machine(
		vcpu,
		fail(&vcpu->why, VDEVFW_EXIT_UNSUPPORTED,
		     "vCPU %u: unsupported reference: %s of %u bytes at %s 0x%llx, rip 0x%llx",
		     vcpu->id, ref->is_write ? "write" : "read", ref->size, what,
		     (unsigned long long)ref->address, vcpu_rip(vcpu)));
	return REFERENCE_ENDS;
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

static enum result refer_to_memory(struct vcpu *vcpu, const struct reference *ref)
{
	if (!ref->is_write)
		memset(ref->data, 0xff, ref->size);
	return unsupported_reference(vcpu, ref, "address");
}

static enum result refer_to_port(struct vcpu *vcpu, const struct reference *ref)
{
	struct console *console = &vcpu->all->console;

	switch (ref->is_write ? port_write(console, ref->address, ref->data, ref->size)
			      : port_read(console, ref->address, ref->data, ref->size)) {
	case PORT_DONE:
		return REFERENCE_DONE;
	case PORT_LATER:
		return REFERENCE_WAITS;
	case PORT_ENDS:
		vcpu_end_machine(vcpu, VDEVFW_EXIT_NORMAL);
		return REFERENCE_ENDS;
	default:
		return unsupported_reference(vcpu, ref, "port");
	}
}

/* An access to a vdev leaves KVM while the guest is stopped: it is made when the guest runs again. */
static enum result refer(struct vcpu *vcpu, const struct reference *ref)
{
	int err = vcpu->all->guest >= 0 ? access_vdev(vcpu, ref) : -ENXIO;

	if (err == -ENXIO || err == -EINVAL) /* where no vdev is, or of a size that none serves */
		return ref->space == VDEVFW_ACCESS_IO ? refer_to_port(vcpu, ref)
						      : refer_to_memory(vcpu, ref);
	/* It may have asked for something. */
	vcpu->is_wary = true;
	return err == -EAGAIN ? REFERENCE_WAITS : REFERENCE_DONE;
}

/* ---- accesses ---- */

static bool is_access(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_MMIO || run->exit_reason == KVM_EXIT_IO;
}

/* What is to be done next of the access that the vCPU has left KVM for. */
static struct reference next_reference(const struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	unsigned int done;

	if (run->exit_reason == KVM_EXIT_MMIO)
		return (struct reference){
			.address = run->mmio.phys_addr,
			.data = run->mmio.data,
			.size = run->mmio.len,
			.is_write = run->mmio.is_write,
		};
	done = run->io.count - vcpu->left;
	return (struct reference){
		.space = VDEVFW_ACCESS_IO,
		.address = run->io.port,
		.data = (uint8_t *)run + run->io.data_offset + done * run->io.size,
		.size = run->io.size,
		.is_write = run->io.direction == KVM_EXIT_IO_OUT,
	};
}

static bool make_access(struct vcpu *vcpu)
{
	enum result result = REFERENCE_DONE;
	struct reference ref;

	while (vcpu->left && result == REFERENCE_DONE) {
		ref = next_reference(vcpu);
		result = refer(vcpu, &ref);
		vcpu->left -= result == REFERENCE_DONE;
	}
	return result != REFERENCE_ENDS;
}

bool exit_write_kept(struct vcpu *vcpu)
{
	struct kept_write *kept = &vcpu->kept.list[vcpu->kept.done];
	const struct reference ref = { kept->space, kept->address, kept->data, kept->size, true };
	enum result result = refer(vcpu, &ref);

	vcpu->kept.done += result == REFERENCE_DONE;
	return result != REFERENCE_ENDS;
}

int exit_keep_writes(struct vcpu *vcpu)
{
	struct kept_write write = { 0 };
	struct reference ref;
	int err;

	while (vcpu->left) {
		ref = next_reference(vcpu);
		if (!ref.is_write)
			return -EAGAIN;
		write.space = ref.space;
		write.size = ref.size;
		write.address = ref.address;
		memcpy(write.data, ref.data, ref.size);
		err = kept_add(&vcpu->kept, &write, 1);
		if (err)
			return err;
		vcpu->left--;
	}
	return 0;
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

bool exit_begin(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;

	vcpu->left = run->exit_reason == KVM_EXIT_IO ? run->io.count : 1;
	return is_access(run);
}

bool exit_handle(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (is_access(run))
		return make_access(vcpu);
	vcpu->left = 0;
	switch (run->exit_reason) {
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
