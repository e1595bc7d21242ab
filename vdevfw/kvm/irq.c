// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: lines of KVM's own controllers, and MSIs.
 *
 * kvm_set_irq() is not exported. It looks the line up in the VM's routing table, which is in
 * the headers, and calls what it finds there: the same is done here, by the same rules. So is the
 * list of those who want to know when an interrupt ends.
 *
 * An MSI comes from a vdev with its address and data, and is in no table. kvm_set_msi() delivers
 * it, which is not exported either: where the kernel tells its address, it is called directly, as a
 * static call is. Its pointer would not do: KVM has no use for that, so kernels with IBT have taken
 * away what an indirect call must land on. Where the kernel does not tell, there are no MSIs.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/slab.h>
#include <linux/static_call.h>

#include "vm.h"

static_assert(__same_type(((struct kvm *)0)->irq_lock, struct mutex));
static_assert(__same_type(((struct kvm *)0)->irq_srcu, struct srcu_struct));
static_assert(__same_type(((struct kvm *)0)->irq_ack_notifier_list, struct hlist_head));
static_assert(__same_type(((struct kvm *)0)->arch.irq_sources_bitmap, unsigned long));

static int msi_unknown(struct kvm_kernel_irq_routing_entry *route, struct kvm *kvm, int source,
		       int level, bool line_status)
{
	return -EOPNOTSUPP;
}

static_assert(__same_type(msi_unknown, kvm_set_msi));
DEFINE_STATIC_CALL(send_msi, msi_unknown);

/*
 * Lines
 */

int vdevfw_vm_irq_open(struct vdevfw_vm *vm)
{
	unsigned long *taken = &vm->kvm->arch.irq_sources_bitmap;
	unsigned long id;

	if (vm->irq_source)
		return 0;
	mutex_lock(&vm->kvm->irq_lock);
	id = find_first_zero_bit(taken, BITS_PER_LONG);
	if (id < BITS_PER_LONG)
		set_bit(id, taken);
	mutex_unlock(&vm->kvm->irq_lock);
	if (id == BITS_PER_LONG)
		return -EBUSY;
	vm->irq_source = id;
	return 0;
}

void vdevfw_vm_irq_close(struct vdevfw_vm *vm)
{
	if (!vm->irq_source)
		return;
	mutex_lock(&vm->kvm->irq_lock);
	clear_bit(vm->irq_source, &vm->kvm->arch.irq_sources_bitmap);
	mutex_unlock(&vm->kvm->irq_lock);
	vm->irq_source = 0;
}

/* The table is user space's: routes of other types, to Xen's event channels, may sleep. */
static bool may_be_called(const struct kvm_kernel_irq_routing_entry *route)
{
	return route->type == KVM_IRQ_ROUTING_IRQCHIP || route->type == KVM_IRQ_ROUTING_MSI;
}

int vdevfw_vm_irq_set(struct vdevfw_vm *vm, unsigned int gsi, bool up)
{
	struct kvm_kernel_irq_routing_entry *route;
	const struct kvm_irq_routing_table *table;
	struct kvm *kvm = vm->kvm;
	int err = -ENODEV;
	int idx;

	idx = srcu_read_lock(&kvm->irq_srcu);
	table = srcu_dereference(kvm->irq_routing, &kvm->irq_srcu);
	if (table && gsi < table->nr_rt_entries)
		hlist_for_each_entry(route, &table->map[gsi], link) {
			if (!may_be_called(route))
				continue;
			route->set(route, kvm, vm->irq_source, up, false);
			err = 0;
		}
	srcu_read_unlock(&kvm->irq_srcu, idx);
	return err;
}

/*
 * Their ends
 */

/**
 * struct vdevfw_irq_watch - Who wants to know when interrupts of a line end
 * @notifier: What KVM calls
 * @acked: Whom to tell
 * @context: For @acked
 */
struct vdevfw_irq_watch {
	struct kvm_irq_ack_notifier notifier;
	void (*acked)(void *context);
	void *context;
};

static void irq_acked(struct kvm_irq_ack_notifier *notifier)
{
	struct vdevfw_irq_watch *watch = container_of(notifier, struct vdevfw_irq_watch, notifier);

	watch->acked(watch->context);
}

/* The vCPUs learn of which interrupts the ends are wanted. */
static void update_vcpus(struct kvm *kvm)
{
	if (READ_ONCE(kvm->arch.irqchip_mode) == KVM_IRQCHIP_KERNEL)
		kvm_make_all_cpus_request(kvm, KVM_REQ_SCAN_IOAPIC);
}

struct vdevfw_irq_watch *vdevfw_vm_irq_watch(struct vdevfw_vm *vm, unsigned int gsi,
					     void (*acked)(void *context), void *context)
{
	struct vdevfw_irq_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	struct kvm *kvm = vm->kvm;

	if (!watch)
		return NULL;
	watch->acked = acked;
	watch->context = context;
	watch->notifier.gsi = gsi;
	watch->notifier.irq_acked = irq_acked;
	mutex_lock(&kvm->irq_lock);
	hlist_add_head_rcu(&watch->notifier.link, &kvm->irq_ack_notifier_list);
	mutex_unlock(&kvm->irq_lock);
	update_vcpus(kvm);
	return watch;
}

void vdevfw_vm_irq_unwatch(struct vdevfw_vm *vm, struct vdevfw_irq_watch *watch)
{
	struct kvm *kvm = vm->kvm;

	if (!watch)
		return;
	mutex_lock(&kvm->irq_lock);
	hlist_del_init_rcu(&watch->notifier.link);
	mutex_unlock(&kvm->irq_lock);
	synchronize_srcu_expedited(&kvm->irq_srcu);
	update_vcpus(kvm);
	kfree(watch);
}

/*
 * MSI
 */

/* Their ids have 8 bits, and the upper half of the address is 0, unless user space wants more. */
static bool is_msi(const struct kvm *kvm, u64 addr)
{
	if (READ_ONCE(kvm->arch.irqchip_mode) == KVM_IRQCHIP_NONE)
		return false;
	return (lower_32_bits(addr) & VDEVFW_MSI_MASK) == VDEVFW_MSI_FIRST &&
	       (!upper_32_bits(addr) || READ_ONCE(kvm->arch.x2apic_format));
}

int vdevfw_vm_send_msi(struct vdevfw_vm *vm, u64 addr, u32 data)
{
	struct kvm_kernel_irq_routing_entry route = {
		.type = KVM_IRQ_ROUTING_MSI,
		.msi.address_lo = lower_32_bits(addr),
		.msi.address_hi = upper_32_bits(addr),
		.msi.data = data,
	};
	int result;

	if (!is_msi(vm->kvm, addr))
		return -EADDRNOTAVAIL;
	/* How many CPUs have taken it, or -1, is for the guest to care about. */
	result = static_call(send_msi)(&route, vm->kvm, KVM_USERSPACE_IRQ_SOURCE_ID, 1, false);
	return result == -EINVAL || result == -EOPNOTSUPP ? result : 0;
}

/* A probe that is never armed, only to learn the address. */
static void *find_kvm_set_msi(void)
{
#if IS_ENABLED(CONFIG_KPROBES)
	struct kprobe probe = {
		.symbol_name = IS_MODULE(CONFIG_KVM) ? "kvm:kvm_set_msi" : "kvm_set_msi",
		.flags = KPROBE_FLAG_DISABLED,
	};
	void *found;

	if (register_kprobe(&probe))
		return NULL;
	found = probe.addr;
	unregister_kprobe(&probe);
	return found;
#else
	return NULL;
#endif
}

void __init vdevfw_irq_init(void)
{
	void *found = find_kvm_set_msi();

	if (found)
		static_call_update(send_msi, (typeof(msi_unknown) *)found);
	else
		pr_notice("vdevfw: this kernel does not tell where kvm_set_msi() is: vdevs cannot send MSIs to KVM's local APICs\n");
}
