/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM, as this folder knows it. */
#ifndef _VDEVFW_KVM_VM_H
#define _VDEVFW_KVM_VM_H

#include <linux/kvm_host.h>
#include <linux/mmu_notifier.h>

#include "kvm.h"

/**
 * struct vdevfw_vm - A KVM VM that a guest holds
 * @kvm: The VM, with a reference
 * @owner: Its process, with a reference: whose RLIMIT_MEMLOCK holds
 * @unlimited: Its process might lock as much memory as it liked when the VM was attached
 * @notifier: Tells the end of its process
 * @ops: Whom to tell
 * @context: For @ops
 * @lost: KVM has dropped devices of its own accord. Protected by slots_lock.
 * @seen_bus: The buses at the last vdevfw_vm_has_changed(), for comparison only, ...
 * @seen_devices: ... and how many devices were on each: a new array may be where an old one was
 * @seen_memory: The generation of the memory slots then
 * @irq_source: What tells our lines from those of others; 0: none is open
 */
struct vdevfw_vm {
	struct kvm *kvm;
	struct task_struct *owner;
	bool unlimited;
	struct mmu_notifier notifier;
	const struct vdevfw_vm_ops *ops;
	void *context;
	bool lost;
	const void *seen_bus[VDEVFW_BUSES];
	int seen_devices[VDEVFW_BUSES];
	u64 seen_memory;
	int irq_source;
};

#endif
