// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM: interrupt controllers, timer and memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "layout.h"
#include "machine.h"

static int refused(struct failure *why, const char *what)
{
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "KVM refuses %s: %s", what, strerror(errno));
}

static int open_kvm(struct machine *machine, struct failure *why)
{
	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0)
		return fail(
			why, VDEVFW_EXIT_FATAL_STARTUP,
			"cannot open /dev/kvm: %s; it takes kvm_intel or kvm_amd, and membership in group kvm",
			strerror(errno));
	if (ioctl(machine->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "/dev/kvm speaks another API than %d",
			    KVM_API_VERSION);
	return 0;
}

static int create_vm(struct machine *machine, struct failure *why)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	uint64_t identity = KVM_IDENTITY_PAGE;

	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0)
		return refused(why, "another VM");
	if (ioctl(machine->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity) < 0 ||
	    ioctl(machine->vm, KVM_SET_TSS_ADDR, KVM_TSS_PAGES) < 0)
		return refused(why, "the place of its own pages");
	if (ioctl(machine->vm, KVM_CREATE_IRQCHIP, 0) < 0)
		return refused(why, "the interrupt controllers");
	if (ioctl(machine->vm, KVM_CREATE_PIT2, &pit) < 0)
		return refused(why, "the timer");
	return 0;
}

int machine_set_slot(int vm, uint32_t number, bool readonly, uint64_t start, uint64_t size,
		     void *host)
{
	struct kvm_userspace_memory_region region = {
		.slot = number,
		.flags = readonly ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = start,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

static int add_memory(struct machine *machine, const struct machine_config *config,
		      struct failure *why)
{
	unsigned int i;

	for (i = 0; i < machine->memory.count; i++) {
		const struct piece *piece = &machine->memory.pieces[i];
		const char *kind = piece->is_rom ? "ROM" : "RAM";

		if (machine_set_slot(machine->vm, i, piece->is_rom, piece->start, piece->size,
				     piece->host) == 0)
			continue;
		if (errno != EINVAL)
			return refused(why, kind);
		return fail_at(
			why, config->pieces[i].place,
			"KVM refuses 0x%llx bytes of %s at 0x%llx: it allows pieces of at most 8 TiB below the host's physical address width",
			(unsigned long long)piece->size, kind, (unsigned long long)piece->start);
	}
	return 0;
}

/* Otherwise KVM itself raises an exception. */
static int take_registers(struct machine *machine, const struct machine_config *config,
			  struct failure *why)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR,
		.args[0] = KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_INVAL,
	};

	if (config->unsupported[UNSUPPORTED_REGISTER].action == UNSUPPORTED_FAIL)
		return 0;
	if (ioctl(machine->vm, KVM_ENABLE_CAP, &cap) < 0)
		return refused(why, "to hand over unsupported registers");
	return 0;
}

int machine_create(struct machine *machine, const struct machine_config *config,
		   struct failure *why)
{
	int status = open_kvm(machine, why);

	if (!status)
		status = create_vm(machine, why);
	if (!status)
		status = take_registers(machine, config, why);
	if (!status)
		status = memory_map(&machine->memory, config, why);
	if (!status)
		status = add_memory(machine, config, why);
	return status;
}

void machine_destroy(struct machine *machine)
{
	if (machine->vm >= 0)
		close(machine->vm);
	if (machine->kvm >= 0)
		close(machine->kvm);
	memory_unmap(&machine->memory);
	*machine = MACHINE_NONE;
}
