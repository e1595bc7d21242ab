// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seam to KVM: this folder alone calls KVM, or depends on a kernel version.
 * Here are the VM and its buses; guest memory is in memory.c.
 *
 * KVM does not export the functions that put a device on its io bus. But what
 * they do is little, and all that they use is in the headers: a bus is an array,
 * sorted by address, that readers find through an RCU pointer inside kvm->srcu
 * and that writers, under kvm->slots_lock, replace as a whole. Doing the same here
 * needs no unexported symbol, publishes any number of devices in one grace period,
 * and allows two things that KVM's own functions do not have: a check for
 * overlaps, and a removal that cannot fail.
 *
 * The price is that this file leans on the layout of struct kvm_io_bus. What it
 * assumes is asserted below; another kernel is refused at build time.
 */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "../message.h"
#include "vm.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#error "vdevfw knows KVM's io bus of Linux 6.1 to 6.12 only: the seam must learn this one"
#endif

#if !IS_ENABLED(CONFIG_X86_64) || !IS_ENABLED(CONFIG_KVM)
#error "vdevfw needs a kernel for x86-64 with KVM"
#endif

#if !IS_ENABLED(CONFIG_MMU_NOTIFIER)
#error "vdevfw needs CONFIG_MMU_NOTIFIER to learn of the end of a VM's process"
#endif

static_assert(offsetof(struct kvm_io_bus, dev_count) == 0);
static_assert(offsetof(struct kvm_io_bus, ioeventfd_count) == 4);
static_assert(offsetof(struct kvm_io_bus, range) == 8);
static_assert(sizeof(struct kvm_io_bus) == 8);
static_assert(offsetof(struct kvm_io_range, addr) == 0);
static_assert(offsetof(struct kvm_io_range, len) == 8);
static_assert(offsetof(struct kvm_io_range, dev) == 16);
static_assert(sizeof(struct kvm_io_range) == 24);
static_assert(NR_IOBUS_DEVS == VDEVFW_BUS_MAX);
static_assert(__same_type(*((struct kvm *)0)->buses[0], struct kvm_io_bus));
static_assert(__same_type(((struct kvm *)0)->slots_lock, struct mutex));
static_assert(__same_type(((struct kvm *)0)->srcu, struct srcu_struct));
static_assert(__same_type(((struct kvm *)0)->mm, struct mm_struct *));

static const enum kvm_bus kvm_bus_of[VDEVFW_BUSES] = {
	[VDEVFW_BUS_MEM] = KVM_MMIO_BUS,
	[VDEVFW_BUS_IO] = KVM_PIO_BUS,
};

static void vm_owner_died(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct vdevfw_vm *vm = container_of(notifier, struct vdevfw_vm, notifier);

	vm->ops->owner_died(vm->context);
}

static const struct mmu_notifier_ops vm_notifier_ops = {
	.release = vm_owner_died,
};

/* The VM behind @fd, with a reference. */
static struct kvm *kvm_from_fd(int fd, struct vdevfw_message *msg)
{
	struct file *file = fget(fd);
	struct kvm *kvm;

	if (!file)
		return ERR_PTR(vdevfw_fail(msg, -EBADF, "vm_fd %d is not an open file", fd));
	if (!file_is_kvm(file)) {
		fput(file);
		return ERR_PTR(vdevfw_fail(msg, -EBADFD,
					   "vm_fd %d is not a KVM VM: it must come from KVM_CREATE_VM",
					   fd));
	}
	kvm = file->private_data;
	kvm_get_kvm(kvm);
	fput(file);
	return kvm;
}

static bool nothing_to_invalidate(struct mmu_interval_notifier *notifier,
				  const struct mmu_notifier_range *range, unsigned long seq)
{
	return true;
}

static const struct mmu_interval_notifier_ops first_interval_ops = {
	.invalidate = nothing_to_invalidate,
};

/*
 * The first interval that a process' memory is watched in takes all its locks, and gives up on any
 * signal. It comes now, so that it is not a mapping of a vdev's, within an access.
 */
static int watch_first_interval(struct mm_struct *mm)
{
	struct mmu_interval_notifier first;
	int err;

	err = mmu_interval_notifier_insert(&first, mm, 0, PAGE_SIZE, &first_interval_ops);
	if (!err)
		mmu_interval_notifier_remove(&first);
	return err;
}

static int watch_process(struct vdevfw_vm *vm)
{
	int err;

	err = watch_first_interval(vm->kvm->mm);
	if (!err)
		err = mmu_notifier_register(&vm->notifier, vm->kvm->mm);
	/* They give up on any signal; nothing has happened yet, so the ioctl can be restarted. */
	if (err == -EINTR && !fatal_signal_pending(current))
		err = -ERESTARTNOINTR;
	return err;
}

struct vdevfw_vm *vdevfw_vm_attach(int fd, const struct vdevfw_vm_ops *ops, void *context,
				   struct vdevfw_message *msg)
{
	struct vdevfw_vm *vm;
	struct kvm *kvm;
	int err;

	kvm = kvm_from_fd(fd, msg);
	if (IS_ERR(kvm))
		return ERR_CAST(kvm);

	err = -EXDEV;
	if (kvm->mm != current->mm) {
		vdevfw_fail(msg, err, "vm_fd %d is a VM of another process: its own process must create the guest",
			    fd);
		goto err_put_kvm;
	}

	err = -ENOMEM;
	vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		goto err_put_kvm;
	vm->kvm = kvm;
	vm->ops = ops;
	vm->context = context;
	vm->notifier.ops = &vm_notifier_ops;

	err = watch_process(vm);
	if (err)
		goto err_free;
	vm->owner = get_task_struct(current->group_leader);
	vm->unlimited = capable(CAP_IPC_LOCK);
	return vm;

err_free:
	kfree(vm);
err_put_kvm:
	kvm_put_kvm(kvm);
	return ERR_PTR(err);
}

/* With the last hold, KVM unmaps pages of its own, but only in the VM's mm. A worker has none. */
static void put_kvm_in_its_mm(struct kvm *kvm)
{
	struct mm_struct *mm = kvm->mm;

	if (!(current->flags & PF_KTHREAD) || !mmget_not_zero(mm)) {
		kvm_put_kvm(kvm);
		return;
	}
	kthread_use_mm(mm);
	kvm_put_kvm(kvm);
	kthread_unuse_mm(mm);
	mmput(mm);
}

void vdevfw_vm_detach(struct vdevfw_vm *vm)
{
	mmu_notifier_unregister(&vm->notifier, vm->kvm->mm);
	/* Who has entered must leave, and what was deferred is code of this module's. */
	synchronize_srcu_expedited(&vm->kvm->srcu);
	srcu_barrier(&vm->kvm->srcu);
	put_kvm_in_its_mm(vm->kvm);
	put_task_struct(vm->owner);
	kfree(vm);
}

const struct kvm *vdevfw_vm_kvm(const struct vdevfw_vm *vm)
{
	return vm->kvm;
}

bool vdevfw_vm_is_of_current(const struct vdevfw_vm *vm)
{
	return current->mm == vm->kvm->mm;
}

int vdevfw_vm_charge(struct vdevfw_vm *vm, struct task_struct *task)
{
	struct task_struct *owner = vdevfw_vm_is_of_current(vm) ? current : vm->owner;

	/* Its cgroups may be gone already. */
	if (READ_ONCE(owner->flags) & PF_EXITING)
		return 0;
	return cgroup_attach_task_all(owner, task);
}

unsigned int vdevfw_vm_address_bits(const struct vdevfw_vm *vm)
{
	unsigned int bits = boot_cpu_data.x86_phys_bits;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	/* Without it, some kernels look at a vCPU whose creation may yet fail. */
	if (!atomic_read(&vm->kvm->online_vcpus))
		return bits;
	kvm_for_each_vcpu(i, vcpu, vm->kvm)
		bits = min_t(unsigned int, bits, READ_ONCE(vcpu->arch.maxphyaddr));
	return bits;
}

unsigned int vdevfw_vm_irq_lines(const struct vdevfw_vm *vm)
{
	return READ_ONCE(vm->kvm->arch.irqchip_mode) == KVM_IRQCHIP_KERNEL ?
	       KVM_IRQCHIP_NUM_PINS : 0;
}

void vdevfw_vm_drain(struct vdevfw_vm *vm)
{
	/* Handlers run inside kvm->srcu, on the vCPU's thread. */
	synchronize_srcu_expedited(&vm->kvm->srcu);
}

void vdevfw_vm_defer(struct vdevfw_vm *vm, struct rcu_head *rcu, rcu_callback_t func)
{
	call_srcu(&vm->kvm->srcu, rcu, func);
}

int vdevfw_vm_enter(struct vdevfw_vm *vm) __acquires(&vm->kvm->srcu)
{
	return srcu_read_lock(&vm->kvm->srcu);
}

void vdevfw_vm_leave(struct vdevfw_vm *vm, int index) __releases(&vm->kvm->srcu)
{
	srcu_read_unlock(&vm->kvm->srcu, index);
}

bool vdevfw_vm_has_changed(struct vdevfw_vm *vm)
{
	bool changed = false;
	u64 generation;
	int which, idx;

	idx = srcu_read_lock(&vm->kvm->srcu);
	generation = kvm_memslots(vm->kvm)->generation;
	for (which = 0; which < VDEVFW_BUSES; which++) {
		const struct kvm_io_bus *bus = srcu_dereference(vm->kvm->buses[kvm_bus_of[which]],
								&vm->kvm->srcu);
		int devices = bus ? bus->dev_count : 0;

		changed |= bus != vm->seen_bus[which] || devices != vm->seen_devices[which];
		vm->seen_bus[which] = bus;
		vm->seen_devices[which] = devices;
	}
	srcu_read_unlock(&vm->kvm->srcu, idx);
	changed |= generation != vm->seen_memory;
	vm->seen_memory = generation;
	return changed;
}

void vdevfw_vma_forbid_write(struct vm_area_struct *vma)
{
#if KERNEL_VERSION(6, 3, 0) <= LINUX_VERSION_CODE
	vm_flags_clear(vma, VM_MAYWRITE);
#else
	vma->vm_flags &= ~VM_MAYWRITE;
#endif
}

void vdevfw_vcpu_leave(void)
{
	set_tsk_thread_flag(current, TIF_NOTIFY_SIGNAL);
}

void vdevfw_vcpu_leave_if_inside(const struct vdevfw_vm *vm)
{
	const struct kvm_vcpu *vcpu = in_task() ? kvm_get_running_vcpu() : NULL;

	if (vcpu && vcpu->kvm == vm->kvm)
		vdevfw_vcpu_leave();
}

unsigned int vdevfw_vcpu_index(const struct kvm_vcpu *vcpu)
{
	return vcpu ? vcpu->vcpu_idx : VDEVFW_NO_VCPU;
}

unsigned int vdevfw_vm_vcpus(const struct vdevfw_vm *vm)
{
	return atomic_read(&vm->kvm->online_vcpus);
}

/* KVM_RUN holds the vCPU's mutex all the time. */
static bool is_busy(struct kvm_vcpu *vcpu)
{
	return mutex_is_locked(&vcpu->mutex) && READ_ONCE(vcpu->mode) == OUTSIDE_GUEST_MODE &&
	       !READ_ONCE(vcpu->stat.generic.blocking);
}

bool vdevfw_vm_find_busy(const struct vdevfw_vm *vm, struct vdevfw_busy_vcpu *busy)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	if (!vdevfw_vm_vcpus(vm))
		return false;
	kvm_for_each_vcpu(i, vcpu, vm->kvm) {
		if (!is_busy(vcpu))
			continue;
		busy->index = vcpu->vcpu_idx;
		rcu_read_lock();
		busy->thread = pid_vnr(rcu_dereference(vcpu->pid));
		rcu_read_unlock();
		return true;
	}
	return false;
}

void vdevfw_vm_inject_nmi(struct vdevfw_vm *vm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	if (!vdevfw_vm_vcpus(vm))
		return;
	kvm_for_each_vcpu(i, vcpu, vm->kvm) {
		/* As kvm_inject_nmi(), which is not exported. */
		atomic_inc(&vcpu->arch.nmi_queued);
		kvm_make_request(KVM_REQ_NMI, vcpu);
		kvm_vcpu_kick(vcpu);
	}
}

bool vdevfw_vcpu_is_leaving(void)
{
	return test_thread_flag(TIF_NOTIFY_SIGNAL);
}

/*
 * What a guest has already
 */

static struct vdevfw_bus_device *to_bus_device(const struct kvm_io_range *range)
{
	if (range->dev->ops->destructor != vdevfw_bus_device_destructor)
		return NULL;
	return container_of(range->dev, struct vdevfw_bus_device, dev);
}

/* An ioeventfd may have no length: it takes accesses of any size at its address. */
static u64 range_last(const struct kvm_io_range *range)
{
	return range->addr + max(range->len, 1) - 1;
}

static u64 slot_start(const struct kvm_memory_slot *slot)
{
	return (u64)slot->base_gfn << PAGE_SHIFT;
}

bool vdevfw_vm_memory_from(struct vdevfw_vm *vm, u64 addr, struct vdevfw_extent *memory)
{
	struct kvm_memslot_iter iter;
	bool found = false;
	int idx;

	idx = srcu_read_lock(&vm->kvm->srcu);
	kvm_for_each_memslot_in_gfn_range(&iter, kvm_memslots(vm->kvm), addr >> PAGE_SHIFT,
					  U64_MAX >> PAGE_SHIFT) {
		memory->start = slot_start(iter.slot);
		memory->last = memory->start + ((u64)iter.slot->npages << PAGE_SHIFT) - 1;
		memory->readonly = iter.slot->flags & KVM_MEM_READONLY;
		found = true;
		break;
	}
	srcu_read_unlock(&vm->kvm->srcu, idx);
	return found;
}

/* Keep the nearer one in @taken, if it ends at or behind @addr. */
static void keep_nearer(u64 addr, u64 start, u64 last, struct vdevfw_extent *taken, bool *found)
{
	if (last < addr || (*found && taken->start <= start))
		return;
	*taken = (struct vdevfw_extent) { .start = start, .last = last };
	*found = true;
}

/* The first range that may end at or behind @addr: one that begins there, or the one before. */
static int first_on_bus(const struct kvm_io_bus *bus, u64 addr)
{
	int low = 0, high = bus->dev_count;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (bus->range[mid].addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return max(low - 1, 0);
}

static void look_at_bus(struct vdevfw_vm *vm, enum vdevfw_bus which, u64 addr,
			struct vdevfw_extent *taken, bool *found)
{
	const struct kvm_io_bus *bus;
	int i, idx;

	idx = srcu_read_lock(&vm->kvm->srcu);
	bus = srcu_dereference(vm->kvm->buses[kvm_bus_of[which]], &vm->kvm->srcu);
	for (i = bus ? first_on_bus(bus, addr) : 0; bus && i < bus->dev_count; i++) {
		if (to_bus_device(&bus->range[i]))
			continue;
		keep_nearer(addr, bus->range[i].addr, range_last(&bus->range[i]), taken, found);
		if (bus->range[i].addr > addr)
			break;
	}
	srcu_read_unlock(&vm->kvm->srcu, idx);
}

bool vdevfw_vm_taken_from(struct vdevfw_vm *vm, enum vdevfw_bus bus, u64 addr,
			  struct vdevfw_extent *taken)
{
	bool found = false;

	if (bus == VDEVFW_BUS_MEM) {
		found = vdevfw_vm_memory_from(vm, addr, taken);
		if (READ_ONCE(vm->kvm->arch.irqchip_mode) != KVM_IRQCHIP_NONE)
			keep_nearer(addr, APIC_DEFAULT_PHYS_BASE,
				    APIC_DEFAULT_PHYS_BASE + PAGE_SIZE - 1, taken, &found);
	}
	look_at_bus(vm, bus, addr, taken, &found);
	return found;
}

/*
 * Refusals
 */

struct named_range {
	enum vdevfw_bus bus;
	u64 start;
	u32 length;
	const char *name;
};

static const struct named_range known_devices[] = {
	{ VDEVFW_BUS_MEM, 0xfec00000, 0x100, "the IOAPIC" },
	{ VDEVFW_BUS_IO, 0x20, 2, "the master PIC" },
	{ VDEVFW_BUS_IO, 0xa0, 2, "the slave PIC" },
	{ VDEVFW_BUS_IO, 0x4d0, 2, "the PIC's edge/level control" },
	{ VDEVFW_BUS_IO, 0x40, 4, "the PIT" },
	{ VDEVFW_BUS_IO, 0x61, 4, "the PIT's speaker port" },
};

static const char *bus_prefix(enum vdevfw_bus bus)
{
	return bus == VDEVFW_BUS_MEM ? "mem:" : "io:";
}

static const char *device_name(enum vdevfw_bus bus, const struct kvm_io_range *range)
{
	const struct named_range *known = known_devices;

	for (; known < known_devices + ARRAY_SIZE(known_devices); known++)
		if (known->bus == bus && known->start == range->addr && known->length == range->len)
			return known->name;
	return to_bus_device(range) ? "a window of vdevfw" : "a device or ioeventfd";
}

/* Together, who wants a place: "vdev trace", or "window" for one that was declared. */
static const char *kind_of(const struct vdevfw_bus_device *device)
{
	return device->name ? "vdev " : "window";
}

static const char *name_of(const struct vdevfw_bus_device *device)
{
	return device->name ?: "";
}

static bool overlaps(const struct vdevfw_bus_device *device, u64 start, u64 last)
{
	return device->start <= last && start <= device->start + device->length - 1;
}

static int refuse_device(const struct vdevfw_bus_device *device, const struct kvm_io_range *range,
			 struct vdevfw_message *msg)
{
	return vdevfw_fail(msg, -EBUSY,
			   "%s%s: %s0x%llx-0x%llx is taken: KVM has %s at 0x%llx-0x%llx; choose a free range",
			   kind_of(device), name_of(device), bus_prefix(device->bus), device->start,
			   device->start + device->length - 1, device_name(device->bus, range),
			   range->addr, range_last(range));
}

static int refuse_memory(const struct vdevfw_bus_device *device, gfn_t base, unsigned long npages,
			 struct vdevfw_message *msg)
{
	return vdevfw_fail(msg, -EEXIST,
			   "%s%s: mem:0x%llx-0x%llx is taken: the guest has memory at 0x%llx-0x%llx; choose a free range",
			   kind_of(device), name_of(device), device->start,
			   device->start + device->length - 1,
			   (u64)base << PAGE_SHIFT, ((u64)(base + npages) << PAGE_SHIFT) - 1);
}

/* Memory and the local APIC come before KVM's bus: a device there would never be reached. */
static int check_not_hidden(struct kvm *kvm, const struct vdevfw_bus_device *device,
			    struct vdevfw_message *msg)
{
	u64 last = device->start + device->length - 1;
	struct kvm_memslot_iter iter;

	if (device->bus != VDEVFW_BUS_MEM)
		return 0;
	if (kvm->arch.irqchip_mode != KVM_IRQCHIP_NONE &&
	    overlaps(device, APIC_DEFAULT_PHYS_BASE, APIC_DEFAULT_PHYS_BASE + PAGE_SIZE - 1))
		return vdevfw_fail(msg, -EBUSY,
				   "%s%s: mem:0x%llx-0x%llx is taken: KVM has the local APIC at 0x%x; choose a free range",
				   kind_of(device), name_of(device), device->start, last,
				   APIC_DEFAULT_PHYS_BASE);

	kvm_for_each_memslot_in_gfn_range(&iter, kvm_memslots(kvm), device->start >> PAGE_SHIFT,
					  (last >> PAGE_SHIFT) + 1)
		return refuse_memory(device, iter.slot->base_gfn, iter.slot->npages, msg);
	return 0;
}

/* A pair of neighbours that overlap, one of them ours: as many as there are, one is told. */
static bool find_hidden_on(const struct kvm_io_bus *bus, enum vdevfw_bus which,
			   struct vdevfw_message *msg)
{
	const struct kvm_io_range *furthest = NULL, *range, *ours, *other;

	for (range = bus->range; range < bus->range + bus->dev_count; range++) {
		ours = to_bus_device(range) ? range : furthest;
		other = ours == range ? furthest : range;
		if (furthest && range_last(furthest) >= range->addr && to_bus_device(ours)) {
			vdevfw_fail(msg, -EBUSY,
				    "KVM has %s at %s0x%llx-0x%llx, which hides part of the window of %s%s at 0x%llx-0x%llx",
				    device_name(which, other), bus_prefix(which), other->addr,
				    range_last(other), kind_of(to_bus_device(ours)),
				    name_of(to_bus_device(ours)), ours->addr, range_last(ours));
			return true;
		}
		if (!furthest || range_last(range) > range_last(furthest))
			furthest = range;
	}
	return false;
}

bool vdevfw_vm_find_hidden(struct vdevfw_vm *vm, struct vdevfw_message *msg)
{
	const struct kvm_io_bus *bus;
	bool found = false;
	int which, idx;

	idx = srcu_read_lock(&vm->kvm->srcu);
	for (which = 0; which < VDEVFW_BUSES && !found; which++) {
		bus = srcu_dereference(vm->kvm->buses[kvm_bus_of[which]], &vm->kvm->srcu);
		found = bus && find_hidden_on(bus, which, msg);
	}
	srcu_read_unlock(&vm->kvm->srcu, idx);
	return found;
}

/*
 * Building a bus
 */

static struct kvm_io_bus *bus_get(struct kvm *kvm, enum vdevfw_bus bus)
{
	return rcu_dereference_protected(kvm->buses[kvm_bus_of[bus]],
					 lockdep_is_held(&kvm->slots_lock));
}

static struct kvm_io_bus *bus_alloc(unsigned int n)
{
	struct kvm_io_bus *bus;

	return kzalloc(struct_size(bus, range, n), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

/* One of ours that is just being published or retracted. */
static bool in_transit(const struct kvm_io_range *range)
{
	const struct vdevfw_bus_device *device = to_bus_device(range);

	return device && !device->on_bus;
}

/*
 * Sweep over the sorted bus. The range that reaches furthest so far, among the
 * new ones and among all, tells whether the next one overlaps what it must not.
 */
static int check_overlaps(const struct kvm_io_bus *bus, u64 *culprit, struct vdevfw_message *msg)
{
	const struct kvm_io_range *furthest = NULL, *furthest_new = NULL;
	const struct kvm_io_range *range, *other;

	for (range = bus->range; range < bus->range + bus->dev_count; range++) {
		other = in_transit(range) ? furthest : furthest_new;
		if (other && range_last(other) >= range->addr) {
			if (!in_transit(range))
				swap(range, other);
			*culprit = to_bus_device(range)->owner;
			return refuse_device(to_bus_device(range), other, msg);
		}
		if (!furthest || range_last(range) > range_last(furthest))
			furthest = range;
		if (in_transit(range) &&
		    (!furthest_new || range_last(range) > range_last(furthest_new)))
			furthest_new = range;
	}
	return 0;
}

static unsigned int count_on_bus(enum vdevfw_bus which, struct vdevfw_bus_device **devices,
				 unsigned int n)
{
	unsigned int count = 0;

	while (n--)
		count += devices[n]->bus == which;
	return count;
}

/* A bus like @old, whose order stays, that also has those of @devices that belong on it. */
static struct kvm_io_bus *bus_grown(const struct kvm_io_bus *old, enum vdevfw_bus which,
				    struct vdevfw_bus_device **devices, unsigned int n,
				    u64 *culprit, struct vdevfw_message *msg)
{
	const struct kvm_io_range *next = old->range, *end = next + old->dev_count;
	unsigned int added = count_on_bus(which, devices, n), i;
	struct kvm_io_bus *bus;
	int err;

	if (old->dev_count - old->ioeventfd_count + added > NR_IOBUS_DEVS)
		return ERR_PTR(vdevfw_fail(msg, -ENOSPC,
					   "KVM's bus would have more than %d devices: let vdevs touch, so that they share a window",
					   VDEVFW_BUS_MAX));

	bus = bus_alloc(old->dev_count + added);
	if (!bus)
		return ERR_PTR(-ENOMEM);
	bus->ioeventfd_count = old->ioeventfd_count;
	for (i = 0; i < n; i++) {
		if (devices[i]->bus != which)
			continue;
		while (next < end && next->addr <= devices[i]->start)
			bus->range[bus->dev_count++] = *next++;
		bus->range[bus->dev_count++] = (struct kvm_io_range) {
			.addr = devices[i]->start,
			.len = devices[i]->length,
			.dev = &devices[i]->dev,
		};
	}
	while (next < end)
		bus->range[bus->dev_count++] = *next++;

	err = check_overlaps(bus, culprit, msg);
	if (err) {
		kfree(bus);
		return ERR_PTR(err);
	}
	return bus;
}

/* A bus like @old without those in transit. NULL if there is no memory for it. */
static struct kvm_io_bus *bus_shrunk(const struct kvm_io_bus *old)
{
	struct kvm_io_bus *bus = bus_alloc(old->dev_count);
	int i;

	if (!bus)
		return NULL;
	bus->ioeventfd_count = old->ioeventfd_count;
	for (i = 0; i < old->dev_count; i++)
		if (!in_transit(&old->range[i]))
			bus->range[bus->dev_count++] = old->range[i];
	return bus;
}

static void free_buses(struct kvm_io_bus *buses[VDEVFW_BUSES])
{
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++) {
		kfree(buses[which]);
		buses[which] = NULL;
	}
}

/* What a bus is replaced by makes it free to go, once no access is in it. */
struct retired_bus {
	struct rcu_head rcu;
	struct kvm_io_bus *bus;
};

static void free_retired(struct rcu_head *rcu)
{
	struct retired_bus *retired = container_of(rcu, struct retired_bus, rcu);

	kfree(retired->bus);
	kfree(retired);
}

static void free_wrappers(struct retired_bus *retired[VDEVFW_BUSES])
{
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++)
		kfree(retired[which]);
}

static int alloc_wrappers(struct retired_bus *retired[VDEVFW_BUSES])
{
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++) {
		retired[which] = kmalloc(sizeof(*retired[which]), GFP_KERNEL_ACCOUNT);
		if (!retired[which]) {
			free_wrappers(retired);
			return -ENOMEM;
		}
	}
	return 0;
}

/* @buses have been replaced: nobody waits for the accesses in them. */
static void retire_buses(struct vdevfw_vm *vm, struct kvm_io_bus *buses[VDEVFW_BUSES],
			 struct retired_bus *retired[VDEVFW_BUSES])
{
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++) {
		if (!buses[which])
			continue;
		retired[which]->bus = buses[which];
		vdevfw_vm_defer(vm, &retired[which]->rcu, free_retired);
		retired[which] = NULL;
	}
}

/* Publish those of @buses that are not NULL, and put in their place what they replace. */
static void swap_buses(struct kvm *kvm, struct kvm_io_bus *buses[VDEVFW_BUSES])
{
	struct kvm_io_bus *old;
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++) {
		if (!buses[which])
			continue;
		old = bus_get(kvm, which);
		rcu_assign_pointer(kvm->buses[kvm_bus_of[which]], buses[which]);
		buses[which] = old;
	}
}

static int grow_buses(struct kvm *kvm, struct vdevfw_bus_device **devices, unsigned int n,
		      struct kvm_io_bus *buses[VDEVFW_BUSES], u64 *culprit,
		      struct vdevfw_message *msg)
{
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++) {
		struct kvm_io_bus *old = bus_get(kvm, which), *bus;

		if (!count_on_bus(which, devices, n))
			continue;
		if (!old)
			return vdevfw_fail(msg, -ENODEV,
					   "the VM has lost its bus: KVM ran out of memory; make a new VM");
		bus = bus_grown(old, which, devices, n, culprit, msg);
		if (IS_ERR(bus))
			return PTR_ERR(bus);
		buses[which] = bus;
	}
	return 0;
}

static int check_none_hidden(struct kvm *kvm, struct vdevfw_bus_device **devices, unsigned int n,
			     u64 *culprit, struct vdevfw_message *msg)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = check_not_hidden(kvm, devices[i], msg);
		if (err) {
			*culprit = devices[i]->owner;
			return err;
		}
	}
	return 0;
}

static int publish_locked(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices,
			  unsigned int n, struct retired_bus *retired[VDEVFW_BUSES],
			  u64 *culprit, struct vdevfw_message *msg)
{
	struct kvm_io_bus *buses[VDEVFW_BUSES] = {};
	struct kvm *kvm = vm->kvm;
	unsigned int i;
	int err;

	err = check_none_hidden(kvm, devices, n, culprit, msg);
	if (err)
		return err;
	err = grow_buses(kvm, devices, n, buses, culprit, msg);
	if (err) {
		free_buses(buses);
		return err;
	}
	for (i = 0; i < n; i++) {
		devices[i]->vm = vm;
		devices[i]->on_bus = true;
	}
	swap_buses(kvm, buses);
	retire_buses(vm, buses, retired);
	return 0;
}

int vdevfw_vm_publish(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices, unsigned int n,
		      u64 *culprit, struct vdevfw_message *msg)
{
	struct retired_bus *retired[VDEVFW_BUSES] = {};
	int err;

	*culprit = 0;
	err = alloc_wrappers(retired);
	if (err)
		return err;
	/* Killable: the launcher can make KVM hold it as long as it likes. */
	err = mutex_lock_killable(&vm->kvm->slots_lock);
	if (!err) {
		err = publish_locked(vm, devices, n, retired, culprit, msg);
		mutex_unlock(&vm->kvm->slots_lock);
	}
	free_wrappers(retired);
	return err;
}

static void free_abandoned(struct rcu_head *rcu)
{
	struct vdevfw_bus_device *device = container_of(rcu, struct vdevfw_bus_device, rcu);

	device->free(device);
	module_put(THIS_MODULE);
}

static bool any_abandoned;

/* KVM's bus keeps @device, and with it this module, until the bus is destroyed. */
static void abandon(struct vdevfw_bus_device *device)
{
	WRITE_ONCE(any_abandoned, true);
	__module_get(THIS_MODULE);
	device->on_bus = true;
	device->abandoned = true;
	device->vm = NULL;
	/* The module that it is of may go. */
	device->name = NULL;
	pr_warn_once("vdevfw: no memory to take a window from KVM's bus; it stays, closed, until the VM is gone\n");
}

/* Those of @buses are NULL where there is no memory, and where there is nothing to do. */
static void shrink_buses(struct kvm *kvm, struct vdevfw_bus_device **devices, unsigned int n,
			 struct kvm_io_bus *buses[VDEVFW_BUSES])
{
	int which;

	for (which = 0; which < VDEVFW_BUSES; which++)
		if (bus_get(kvm, which) && count_on_bus(which, devices, n))
			buses[which] = bus_shrunk(bus_get(kvm, which));
}

void vdevfw_vm_retract(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices, unsigned int n)
{
	struct kvm_io_bus *buses[VDEVFW_BUSES] = {};
	struct kvm *kvm = vm->kvm;
	unsigned int i;

	mutex_lock(&kvm->slots_lock);
	for (i = 0; i < n; i++)
		devices[i]->on_bus = false;
	shrink_buses(kvm, devices, n, buses);
	for (i = 0; i < n; i++)
		if (bus_get(kvm, devices[i]->bus) && !buses[devices[i]->bus])
			abandon(devices[i]);
	swap_buses(kvm, buses);
	synchronize_srcu_expedited(&kvm->srcu);
	free_buses(buses);
	for (i = 0; i < n; i++)
		if (!devices[i]->abandoned)
			devices[i]->free(devices[i]);
	mutex_unlock(&kvm->slots_lock);
}

/*
 * KVM calls this when it destroys a bus, with the VM or because it could not
 * allocate a smaller one. It holds slots_lock, or is the last to hold the VM;
 * either way no access is inside the device any more.
 */
void vdevfw_bus_device_destructor(struct kvm_io_device *dev)
{
	struct vdevfw_bus_device *device = container_of(dev, struct vdevfw_bus_device, dev);
	struct vdevfw_vm *vm = device->vm;

	device->on_bus = false;
	if (device->abandoned) {
		call_rcu(&device->rcu, free_abandoned);
		return;
	}
	if (vm->lost)
		return;
	vm->lost = true;
	vm->ops->bus_lost(vm->context);
}

void vdevfw_kvm_exit(void)
{
	if (!any_abandoned)
		return;
	rcu_barrier();
	/* A destructor that was preempted before its return is no reader of RCU. */
	synchronize_rcu_tasks();
}
