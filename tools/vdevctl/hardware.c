// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the vCPUs of a machine and KVM's devices are like at one moment, as KVM tells it.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "hardware.h"

/* Of Hyper-V, which is offered to no guest here: KVM makes room for them only if they are read. */
#define HYPERV_MSRS_START 0x40000000u
#define HYPERV_MSRS_END	  0x40000200u

#define CHIPS	 3    /* both PICs and the I/O APIC */
#define MSRS_MAX 4096 /* of a vCPU: more than KVM knows */

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

static size_t msrs_size(uint32_t count)
{
	return sizeof(struct kvm_msrs) + count * sizeof(struct kvm_msr_entry);
}

/* Which KVM has, but does not list: memory types and machine checks. */
static const struct {
	uint32_t first;
	uint32_t last;
} unlisted_msrs[] = {
	/* Machine checks: what holds for all, and the banks. */
	{ 0x179, 0x17b },
	{ 0x400, 0x47f },
	/* MTRRs: of variable ranges, of fixed ones, and of all else. */
	{ 0x200, 0x20f },
	{ 0x250, 0x250 },
	{ 0x258, 0x259 },
	{ 0x268, 0x26f },
	{ 0x2ff, 0x2ff },
};

#define UNLISTED_MSRS_MAX 256

static void add_unlisted_msrs(struct kvm_msrs *msrs)
{
	uint32_t index;
	size_t i;

	for (i = 0; i < sizeof(unlisted_msrs) / sizeof(unlisted_msrs[0]); i++)
		for (index = unlisted_msrs[i].first; index <= unlisted_msrs[i].last; index++)
			msrs->entries[msrs->nmsrs++].index = index;
}

static void add_listed_msrs(struct kvm_msrs *msrs, const struct kvm_msr_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nmsrs; i++)
		if (list->indices[i] < HYPERV_MSRS_START || list->indices[i] >= HYPERV_MSRS_END)
			msrs->entries[msrs->nmsrs++].index = list->indices[i];
}

/* All that KVM knows, without values; for free(). NULL: see errno. */
static struct kvm_msrs *list_msrs(int kvm)
{
	struct kvm_msr_list none = { 0 }, *list = NULL;
	struct kvm_msrs *msrs = NULL;

	/* Fails, but says how many there are. */
	ioctl(kvm, KVM_GET_MSR_INDEX_LIST, &none);
	list = calloc(1, sizeof(*list) + none.nmsrs * sizeof(list->indices[0]));
	msrs = calloc(1, msrs_size(none.nmsrs + UNLISTED_MSRS_MAX));
	if (!list || !msrs)
		goto free;
	list->nmsrs = none.nmsrs;
	if (ioctl(kvm, KVM_GET_MSR_INDEX_LIST, list) < 0)
		goto free;
	add_listed_msrs(msrs, list);
	add_unlisted_msrs(msrs);
	free(list);
	return msrs;

free:
	free(list);
	free(msrs);
	return NULL;
}

#define MSRS_AT_ONCE 256 /* that KVM reads */

/* Reads as many of @count as there are before one that this vCPU does not have; how many. */
static unsigned int read_some(int fd, struct kvm_msr_entry *entries, unsigned int count)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[MSRS_AT_ONCE];
	} some = { .head.nmsrs = count < MSRS_AT_ONCE ? count : MSRS_AT_ONCE };
	int done;

	memcpy(some.entries, entries, some.head.nmsrs * sizeof(*entries));
	done = ioctl(fd, KVM_GET_MSRS, &some);
	if (done <= 0)
		return 0;
	memcpy(entries, some.entries, done * sizeof(*entries));
	return done;
}

/* Leaves those that this vCPU has, with their values. */
static void read_msrs(int fd, struct kvm_msrs *msrs)
{
	unsigned int at = 0, kept = 0, done;

	while (at < msrs->nmsrs) {
		done = read_some(fd, msrs->entries + at, msrs->nmsrs - at);
		memmove(msrs->entries + kept, msrs->entries + at, done * sizeof(*msrs->entries));
		kept += done;
		at += done ?: 1;
	}
	msrs->nmsrs = kept;
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

static struct kvm_msrs *take_msrs(int kvm, int fd)
{
	struct kvm_msrs *msrs = list_msrs(kvm);

	if (msrs)
		read_msrs(fd, msrs);
	return msrs;
}

/* Only those that have changed: to set others may fail, or have an effect. */
static int restore_msrs(int fd, const struct kvm_msrs *msrs)
{
	struct kvm_msrs *now = malloc(msrs_size(msrs->nmsrs));
	unsigned int i, j = 0;

	if (!now)
		return -ENOMEM;
	memcpy(now, msrs, msrs_size(msrs->nmsrs));
	read_msrs(fd, now);
	for (i = 0; i < now->nmsrs; i++) {
		while (msrs->entries[j].index != now->entries[i].index)
			j++;
		if (msrs->entries[j].data != now->entries[i].data)
			set_msr(fd, msrs->entries[j].index, msrs->entries[j].data);
		j++;
	}
	free(now);
	return 0;
}

/* ---- a vCPU ---- */

/* Zero, unless this KVM can run VMs in its VMs. */
static int take_nested(int fd, struct kvm_nested_state *nested)
{
	nested->size = sizeof(*nested);
	if (ioctl(fd, KVM_GET_NESTED_STATE, nested) == 0)
		return 0;
	nested->size = 0;
	return errno == EINVAL || errno == ENOTTY ? 0 : -errno;
}

static int take_cpu(int kvm, int fd, struct cpu_state *cpu)
{
	int err = take_nested(fd, &cpu->nested);

	if (err)
		return err;
	if (ioctl(fd, KVM_GET_MP_STATE, &cpu->mp_state) < 0 ||
	    ioctl(fd, KVM_GET_SREGS, &cpu->sregs) < 0 || ioctl(fd, KVM_GET_REGS, &cpu->regs) < 0 ||
	    ioctl(fd, KVM_GET_XCRS, &cpu->xcrs) < 0 || ioctl(fd, KVM_GET_XSAVE, &cpu->xsave) < 0 ||
	    ioctl(fd, KVM_GET_LAPIC, &cpu->lapic) < 0 ||
	    ioctl(fd, KVM_GET_VCPU_EVENTS, &cpu->events) < 0 ||
	    ioctl(fd, KVM_GET_DEBUGREGS, &cpu->debugregs) < 0)
		return -errno;
	cpu->msrs = take_msrs(kvm, fd);
	return cpu->msrs ? 0 : -errno;
}

/*
 * A guest of the guest's is left first, if it is to be; but what is to be may need registers that
 * are not there yet.
 */
static int restore_sregs(int fd, const struct cpu_state *cpu)
{
	if (cpu->nested.size)
		ioctl(fd, KVM_SET_NESTED_STATE, &cpu->nested);
	if (ioctl(fd, KVM_SET_SREGS, &cpu->sregs) < 0 ||
	    (cpu->nested.size && ioctl(fd, KVM_SET_NESTED_STATE, &cpu->nested) < 0))
		return -errno;
	return 0;
}

/*
 * The local APIC comes behind the register that says where it is, and before that of its deadline.
 */
static int restore_cpu(int fd, const struct cpu_state *cpu)
{
	int err = restore_sregs(fd, cpu);

	if (err)
		return err;
	if (ioctl(fd, KVM_SET_REGS, &cpu->regs) < 0 || ioctl(fd, KVM_SET_XCRS, &cpu->xcrs) < 0 ||
	    ioctl(fd, KVM_SET_XSAVE, &cpu->xsave) < 0 || ioctl(fd, KVM_SET_LAPIC, &cpu->lapic) < 0)
		return -errno;
	err = restore_msrs(fd, cpu->msrs);
	if (err)
		return err;
	if (ioctl(fd, KVM_SET_VCPU_EVENTS, &cpu->events) < 0 ||
	    ioctl(fd, KVM_SET_DEBUGREGS, &cpu->debugregs) < 0 ||
	    ioctl(fd, KVM_SET_MP_STATE, &cpu->mp_state) < 0)
		return -errno;
	return 0;
}

/* ---- the VM ---- */

static int take_chips(int vm, struct chip_state *state)
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

/* Room for @count vCPUs. 0 or a negative errno. */
static int make_room(struct hardware *hardware, unsigned int count)
{
	hardware->cpus = calloc(count, sizeof(*hardware->cpus));
	hardware->chips = calloc(1, sizeof(*hardware->chips));
	return hardware->cpus && hardware->chips ? 0 : -ENOMEM;
}

int hardware_take(struct hardware *hardware, const struct machine *machine,
		  const struct vcpus *vcpus)
{
	int err = make_room(hardware, vcpus->count);

	err = err ?: take_chips(machine->vm, hardware->chips);
	for (; !err && hardware->count < vcpus->count; hardware->count++)
		err = take_cpu(machine->kvm, vcpus->list[hardware->count].fd,
			       &hardware->cpus[hardware->count]);
	return err;
}

int hardware_restore(const struct hardware *hardware, const struct machine *machine,
		     const struct vcpus *vcpus)
{
	int err = restore_chips(machine->vm, hardware->chips);
	unsigned int i;

	for (i = 0; !err && i < hardware->count; i++)
		err = restore_cpu(vcpus->list[i].fd, &hardware->cpus[i]);
	return err;
}

void hardware_free(struct hardware *hardware)
{
	while (hardware->count)
		free(hardware->cpus[--hardware->count].msrs);
	free(hardware->cpus);
	free(hardware->chips);
	*hardware = (struct hardware){ 0 };
}

/* ---- in a file ---- */

void hardware_write(const struct hardware *hardware, struct savefile *file)
{
	const struct cpu_state *cpu = hardware->cpus;

	savefile_put(file, SECTION_CHIPS, hardware->chips, sizeof(*hardware->chips));
	for (; cpu < hardware->cpus + hardware->count; cpu++) {
		savefile_put(file, SECTION_CPU, cpu, offsetof(struct cpu_state, msrs));
		savefile_put(file, SECTION_MSRS, cpu->msrs, msrs_size(cpu->msrs->nmsrs));
	}
}

static struct kvm_msrs *read_saved_msrs(struct savefile *file)
{
	size_t size;
	struct kvm_msrs *msrs = savefile_get_all(file, SECTION_MSRS, msrs_size(MSRS_MAX), &size);

	if (!msrs || (size >= sizeof(*msrs) && size == msrs_size(msrs->nmsrs)))
		return msrs;
	savefile_refuse(file, -EBADMSG);
	free(msrs);
	return NULL;
}

/* Nested state is a header only, whatever the file says. */
static void read_saved_cpu(struct cpu_state *cpu, struct savefile *file)
{
	savefile_get(file, SECTION_CPU, cpu, offsetof(struct cpu_state, msrs));
	if (cpu->nested.size > sizeof(cpu->nested))
		savefile_refuse(file, -EBADMSG);
	cpu->msrs = read_saved_msrs(file);
}

void hardware_read(struct hardware *hardware, struct savefile *file, unsigned int count)
{
	if (make_room(hardware, count))
		savefile_refuse(file, -ENOMEM);
	else
		savefile_get(file, SECTION_CHIPS, hardware->chips, sizeof(*hardware->chips));
	while (!file->err && hardware->count < count)
		read_saved_cpu(&hardware->cpus[hardware->count++], file);
}
