// SPDX-License-Identifier: GPL-2.0-only
/* MSIs: writes that are interrupts, to KVM's local APICs or to a vdev that takes them. */
#include <linux/export.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "../kvm/kvm.h"
#include "../vdev/vdev.h"
#include "intr.h"

/**
 * struct vdevfw_msi_range - Addresses whose MSIs a controller takes
 * @node: Among the guest's
 * @pic: The controller
 * @paddr: An MSI is for it if its address and @mask is this
 * @mask: see @paddr
 * @deliver: What takes it
 * @cookie: For @deliver
 * @rcu: Frees it
 */
struct vdevfw_msi_range {
	struct list_head node;
	vdev_t *pic;
	u64 paddr;
	u64 mask;
	guest_msi_deliver_func_t *deliver;
	unsigned int cookie;
	struct rcu_head rcu;
};

/* Whether there is an address that is in both. */
static bool overlaps(const struct vdevfw_msi_range *range, u64 paddr, u64 mask)
{
	return !((range->paddr ^ paddr) & range->mask & mask);
}

int guest_msi_register(vdev_t *pic, u64 paddr, u64 mask, guest_msi_deliver_func_t *deliver,
		       unsigned int cookie)
{
	struct vdevfw_intrs *intrs = to_vdevfw_vdev(pic)->machine->intrs;
	struct vdevfw_msi_range *range;
	int err;

	err = vdevfw_check_in_control(pic, FUNCTION_guest_msi_register);
	if (err)
		return err;
	if (!mask || paddr & ~mask)
		return -EINVAL;
	if (!((paddr ^ VDEVFW_MSI_FIRST) & mask & VDEVFW_MSI_MASK))
		return -EADDRINUSE;
	list_for_each_entry(range, &intrs->msi_ranges, node)
		if (overlaps(range, paddr, mask))
			return -EADDRINUSE;
	range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	range->pic = pic;
	range->paddr = paddr;
	range->mask = mask;
	range->deliver = deliver;
	range->cookie = cookie;
	list_add_tail_rcu(&range->node, &intrs->msi_ranges);
	return 0;
}
EXPORT_SYMBOL_GPL(guest_msi_register);

bool vdevfw_msi_release(struct vdevfw_vdev *vdev)
{
	struct vdevfw_msi_range *range, *next;
	bool any = false;

	list_for_each_entry_safe(range, next, &vdev->machine->intrs->msi_ranges, node) {
		if (range->pic != &vdev->pub)
			continue;
		list_del_rcu(&range->node);
		kfree_rcu(range, rcu);
		any = true;
	}
	return any;
}

static int send(const struct vdevfw_intrs *intrs, const vdev_t *src, u64 addr, unsigned int data)
{
	const struct vdevfw_msi_range *range;
	struct vdevfw_vm *vm;

	list_for_each_entry_rcu(range, &intrs->msi_ranges, node) {
		if ((addr & range->mask) != range->paddr)
			continue;
		range->deliver(range->pic, src, addr, data, range->cookie);
		return 0;
	}
	vm = rcu_dereference(intrs->vm);
	return vm ? vdevfw_vm_send_msi(vm, addr, data) : -EADDRNOTAVAIL;
}

int guest_msi_signal(const vdev_t *src, u64 addr, unsigned int data)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(src);
	int err;

	err = vdevfw_check(src, FUNCTION_guest_msi_signal);
	if (err)
		return err;
	rcu_read_lock();
	err = send(vdev->machine->intrs, src, addr, data);
	rcu_read_unlock();
	if (!err)
		atomic64_inc(&vdev->msis);
	return err;
}
EXPORT_SYMBOL_GPL(guest_msi_signal);
