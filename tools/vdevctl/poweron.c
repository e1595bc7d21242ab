// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a machine is like when its power has just been switched on: its vCPUs and KVM's devices.
 *
 * It is read from KVM before the first vCPU runs, and given back to KVM when the machine is reset.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "poweron.h"

/* Of Hyper-V, which is offered to no guest here: KVM makes room for them only if they are read. */
#define HYPERV_MSRS_START 0x40000000u
#define HYPERV_MSRS_END	  0x40000200u

#define CHIPS 3 /* both PICs and the I/O APIC */

struct chip_state {
	struct kvm_irqchip chips[CHIPS];
	struct kvm_pit_state2 pit;
};

struct cpu_state {
	struct kvm_nested_state nested;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct kvm_xcrs xcrs;
	struct kvm_xsave xsave;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_debugregs debugregs;
	struct kvm_mp_state mp_state;
	struct kvm_msrs *msrs;
};

/* ---- model-specific registers ---- */

/* All that KVM knows, without values; for free(). NULL: see errno. */
static struct kvm_msrs *list_msrs(int kvm)
{
	struct kvm_msr_list none = { 0 }, *list = NULL;
	struct kvm_msrs *msrs = NULL;
	unsigned int i;

	/* Fails, but says how many there are. */
	ioctl(kvm, KVM_GET_MSR_INDEX_LIST, &none);
	list = calloc(1, sizeof(*list) + none.nmsrs * sizeof(list->indices[0]));
	msrs = calloc(1, sizeof(*msrs) + none.nmsrs * sizeof(msrs->entries[0]));
	if (!list || !msrs)
		goto free;
	list->nmsrs = none.nmsrs;
	if (ioctl(kvm, KVM_GET_MSR_INDEX_LIST, list) < 0)
		goto free;
	for (i = 0; i < list->nmsrs; i++)
		if (list->indices[i] < HYPERV_MSRS_START || list->indices[i] >= HYPERV_MSRS_END)
			msrs->entries[msrs->nmsrs++].index = list->indices[i];
	free(list);
	return msrs;

free:
	free(list);
	free(msrs);
	return NULL;
}

/* One of them; returns false if this vCPU does not have it. */
static bool get_msr(int fd, uint32_t index, uint64_t *value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msr = { .head.nmsrs = 1, .entry.index = index };

	if (ioctl(fd, KVM_GET_MSRS, &msr) != 1)
		return false;
	*value = msr.entry.data;
	return true;
}

/* Some only count, and cannot be set: that is no failure. */
static void set_msr(int fd, uint32_t index, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msr = { .head.nmsrs = 1, .entry = { .index = index, .data = value } };

	ioctl(fd, KVM_SET_MSRS, &msr);
}

/* Keeps those that this vCPU has. */
static struct kvm_msrs *keep_msrs(int kvm, int fd)
{
	struct kvm_msrs *msrs = list_msrs(kvm);
	unsigned int i, kept = 0;
	uint64_t value;

	for (i = 0; msrs && i < msrs->nmsrs; i++)
		if (get_msr(fd, msrs->entries[i].index, &value))
			msrs->entries[kept++] = (struct kvm_msr_entry){
				.index = msrs->entries[i].index,
				.data = value,
			};
	if (msrs)
		msrs->nmsrs = kept;
	return msrs;
}

/* Only those that have changed: to set others may fail, or have an effect. */
static void restore_msrs(int fd, const struct kvm_msrs *msrs)
{
	const struct kvm_msr_entry *msr = msrs->entries;
	uint64_t now;

	for (; msr < msrs->entries + msrs->nmsrs; msr++)
		if (get_msr(fd, msr->index, &now) && now != msr->data)
			set_msr(fd, msr->index, msr->data);
}

/* ---- a vCPU ---- */

/* Zero, unless this KVM can run VMs in its VMs. */
static int keep_nested(int fd, struct kvm_nested_state *nested)
{
	nested->size = sizeof(*nested);
	if (ioctl(fd, KVM_GET_NESTED_STATE, nested) == 0)
		return 0;
	nested->size = 0;
	return errno == EINVAL || errno == ENOTTY ? 0 : -errno;
}

static int keep_cpu(int kvm, int fd, struct cpu_state *cpu)
{
	int err = keep_nested(fd, &cpu->nested);

	if (err)
		return err;
	if (ioctl(fd, KVM_GET_MP_STATE, &cpu->mp_state) < 0 ||
	    ioctl(fd, KVM_GET_SREGS, &cpu->sregs) < 0 || ioctl(fd, KVM_GET_REGS, &cpu->regs) < 0 ||
	    ioctl(fd, KVM_GET_XCRS, &cpu->xcrs) < 0 || ioctl(fd, KVM_GET_XSAVE, &cpu->xsave) < 0 ||
	    ioctl(fd, KVM_GET_LAPIC, &cpu->lapic) < 0 ||
	    ioctl(fd, KVM_GET_VCPU_EVENTS, &cpu->events) < 0 ||
	    ioctl(fd, KVM_GET_DEBUGREGS, &cpu->debugregs) < 0)
		return -errno;
	cpu->msrs = keep_msrs(kvm, fd);
	return cpu->msrs ? 0 : -errno;
}

/*
 * A guest of the guest's is left first. The local APIC comes behind the register that says where it
 * is, and before that of its deadline.
 */
static int restore_cpu(int fd, const struct cpu_state *cpu)
{
	if ((cpu->nested.size && ioctl(fd, KVM_SET_NESTED_STATE, &cpu->nested) < 0) ||
	    ioctl(fd, KVM_SET_SREGS, &cpu->sregs) < 0 || ioctl(fd, KVM_SET_REGS, &cpu->regs) < 0 ||
	    ioctl(fd, KVM_SET_XCRS, &cpu->xcrs) < 0 || ioctl(fd, KVM_SET_XSAVE, &cpu->xsave) < 0 ||
	    ioctl(fd, KVM_SET_LAPIC, &cpu->lapic) < 0)
		return -errno;
	restore_msrs(fd, cpu->msrs);
	if (ioctl(fd, KVM_SET_VCPU_EVENTS, &cpu->events) < 0 ||
	    ioctl(fd, KVM_SET_DEBUGREGS, &cpu->debugregs) < 0 ||
	    ioctl(fd, KVM_SET_MP_STATE, &cpu->mp_state) < 0)
		return -errno;
	return 0;
}

/* ---- the VM ---- */

static int keep_chips(int vm, struct chip_state *state)
{
	unsigned int i;

	for (i = 0; i < CHIPS; i++) {
		state->chips[i].chip_id = i;
		if (ioctl(vm, KVM_GET_IRQCHIP, &state->chips[i]) < 0)
			return -errno;
	}
	return ioctl(vm, KVM_GET_PIT2, &state->pit) < 0 ? -errno : 0;
}

static int restore_chips(int vm, const struct chip_state *state)
{
	unsigned int i;

	for (i = 0; i < CHIPS; i++)
		if (ioctl(vm, KVM_SET_IRQCHIP, &state->chips[i]) < 0)
			return -errno;
	return ioctl(vm, KVM_SET_PIT2, &state->pit) < 0 ? -errno : 0;
}

/* ---- the whole ---- */

int poweron_keep(struct poweron *poweron, const struct machine *machine, const struct vcpus *vcpus,
		 struct failure *why)
{
	int err;

	poweron->cpus = calloc(vcpus->count, sizeof(*poweron->cpus));
	poweron->chips = calloc(1, sizeof(*poweron->chips));
	if (!poweron->cpus || !poweron->chips)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	err = keep_chips(machine->vm, poweron->chips);
	for (; !err && poweron->count < vcpus->count; poweron->count++)
		err = keep_cpu(machine->kvm, vcpus->list[poweron->count].fd,
			       &poweron->cpus[poweron->count]);
	if (err)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP,
			    "KVM does not tell the machine's first state: %s", strerror(-err));
	return 0;
}

int poweron_restore(const struct poweron *poweron, const struct machine *machine,
		    const struct vcpus *vcpus, struct failure *why)
{
	int err = restore_chips(machine->vm, poweron->chips);
	unsigned int i;

	for (i = 0; !err && i < poweron->count; i++)
		err = restore_cpu(vcpus->list[i].fd, &poweron->cpus[i]);
	if (err)
		return fail(why, VDEVFW_EXIT_FATAL_RUNNING, "KVM refuses to reset the machine: %s",
			    strerror(-err));
	return 0;
}

void poweron_free(struct poweron *poweron)
{
	while (poweron->count)
		free(poweron->cpus[--poweron->count].msrs);
	free(poweron->cpus);
	free(poweron->chips);
	*poweron = (struct poweron){ 0 };
}
