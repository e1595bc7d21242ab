// SPDX-License-Identifier: GPL-2.0-only
/* The seam to KVM: guest memory. */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../message.h"
#include "vm.h"

/*
 * Guest memory: copies
 *
 * KVM's own functions copy as well, but note in the dirty log only what a running
 * vCPU writes: without one they warn. The bitmap is in the slot, and is set here.
 */

int vdevfw_vm_memory_begin(struct vdevfw_vm *vm)
{
	struct mm_struct *mm = vm->kvm->mm;

	if (current->mm == mm)
		return 0;
	if (current->mm || !(current->flags & PF_KTHREAD))
		return -EXDEV;
	if (!mmget_not_zero(mm))
		return -ESRCH;
	kthread_use_mm(mm);
	return 0;
}

void vdevfw_vm_memory_end(struct vdevfw_vm *vm)
{
	struct mm_struct *mm = vm->kvm->mm;

	if (!(current->flags & PF_KTHREAD))
		return;
	kthread_unuse_mm(mm);
	mmput(mm);
}

/* The slot at @gfn, where there is memory. Within kvm->srcu. */
static const struct kvm_memory_slot *find_slot(struct kvm *kvm, gfn_t gfn)
{
	const struct kvm_memory_slot *slot = __gfn_to_memslot(kvm_memslots(kvm), gfn);

	return slot && !(slot->flags & KVM_MEMSLOT_INVALID) ? slot : NULL;
}

static bool is_running_vcpu(const struct kvm *kvm)
{
	const struct kvm_vcpu *vcpu = kvm_get_running_vcpu();

	return vcpu && vcpu->kvm == kvm;
}

/* KVM itself looks before it enters the guest only, and keeps the rest of the ring for its own. */
static bool ring_is_full(const struct kvm *kvm)
{
	const struct kvm_dirty_ring *ring = &kvm_get_running_vcpu()->dirty_ring;

	return kvm->dirty_ring_size &&
	       ring->dirty_index - READ_ONCE(ring->reset_index) >= ring->soft_limit;
}

/* What is to be written must get into the dirty log: a ring belongs to a vCPU. */
static int check_writable(const struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	if (slot->flags & KVM_MEM_READONLY)
		return -EROFS;
	if (!kvm_slot_dirty_track_enabled(slot))
		return 0;
	if (is_running_vcpu(kvm))
		return ring_is_full(kvm) ? -EAGAIN : 0;
	return slot->dirty_bitmap ? 0 : -EOPNOTSUPP;
}

/* Within kvm->srcu, which keeps the bitmap. */
static void mark_dirty(struct kvm *kvm, const struct kvm_memory_slot *slot, gfn_t gfn)
{
	/* A VM may get rings after a mapping was made: none is overrun for it. */
	if (is_running_vcpu(kvm) && !ring_is_full(kvm))
		mark_page_dirty_in_slot(kvm, slot, gfn);
	else if (slot->dirty_bitmap)
		set_bit_le(gfn - slot->base_gfn, slot->dirty_bitmap);
}

static int copy_in_slot(struct kvm *kvm, u64 gpa, void *data, size_t len, bool write)
{
	const struct kvm_memory_slot *slot = find_slot(kvm, gpa >> PAGE_SHIFT);
	unsigned long left, hva;
	int err;

	if (!slot)
		return -EFAULT;
	hva = __gfn_to_hva_memslot(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa);
	if (!write)
		return copy_from_user(data, (void __user *)hva, len) ? -EFAULT : 0;
	err = check_writable(kvm, slot);
	if (err)
		return err;
	left = copy_to_user((void __user *)hva, data, len);
	/* Also what was copied before the fault. */
	if (left < len)
		mark_dirty(kvm, slot, gpa >> PAGE_SHIFT);
	return left ? -EFAULT : 0;
}

int vdevfw_vm_copy(struct vdevfw_vm *vm, u64 gpa, void *data, size_t len, bool write)
{
	struct kvm *kvm = vm->kvm;
	int index, err;

	/* Until the copy is done, no slot disappears: what it was may have a new use then. */
	index = srcu_read_lock(&kvm->srcu);
	err = copy_in_slot(kvm, gpa, data, len, write);
	srcu_read_unlock(&kvm->srcu, index);
	return err;
}

/*
 * Guest memory: pages that stay
 *
 * Pinned pages stay where they are, whatever the VM's process does. An interval
 * notifier says when it does something, a look at the slots whether KVM has.
 */

#define PIN_ATTEMPTS	8	/* the first one has to bring the pages, which is a change, too */

/**
 * struct vdevfw_pin - Pages of guest memory
 * @vm: Whose; NULL for an orphan
 * @mm: Of the VM's process, with a hold on the struct: where the pages are counted
 * @notifier: Tells when @hva and what follows changes
 * @gfn: The first one, for the guest
 * @hva: and for the VM's process
 * @n: How many. Changes under @lock.
 * @write: They may be written to
 * @lock: Taken while the address space changes: nothing else is taken under it
 * @valid: They have not been replaced since they were pinned
 * @pages: The pages
 */
struct vdevfw_pin {
	struct vdevfw_vm *vm;
	struct mm_struct *mm;
	struct mmu_interval_notifier notifier;
	gfn_t gfn;
	unsigned long hva;
	unsigned int n;
	bool write;
	spinlock_t lock;	/* protects @valid and @n */
	bool valid;
	struct page *pages[];
};

/* What only takes or gives rights leaves the pages in their place. */
static bool replaces_pages(enum mmu_notifier_event event)
{
	return event != MMU_NOTIFY_PROTECTION_VMA && event != MMU_NOTIFY_PROTECTION_PAGE &&
	       event != MMU_NOTIFY_SOFT_DIRTY;
}

static bool pin_invalidate(struct mmu_interval_notifier *notifier,
			   const struct mmu_notifier_range *range, unsigned long seq)
{
	struct vdevfw_pin *pin = container_of(notifier, struct vdevfw_pin, notifier);

	spin_lock(&pin->lock);
	mmu_interval_set_seq(notifier, seq);
	/* It may have been shortened. */
	if (replaces_pages(range->event) &&
	    range->start < pin->hva + ((unsigned long)pin->n << PAGE_SHIFT))
		WRITE_ONCE(pin->valid, false);
	spin_unlock(&pin->lock);
	return true;
}

static const struct mmu_interval_notifier_ops pin_notifier_ops = {
	.invalidate = pin_invalidate,
};

static unsigned long hva_of(const struct vdevfw_pin *pin, gfn_t gfn)
{
	return pin->hva + ((gfn - pin->gfn) << PAGE_SHIFT);
}

/* Whether the slots have the memory where it was. Within kvm->srcu. */
static int check_slots(const struct vdevfw_pin *pin)
{
	gfn_t gfn = pin->gfn, end = gfn + READ_ONCE(pin->n);
	const struct kvm_memory_slot *slot;

	for (; gfn < end; gfn = slot->base_gfn + slot->npages) {
		slot = find_slot(pin->vm->kvm, gfn);
		if (!slot)
			return -EFAULT;
		if (pin->write && slot->flags & KVM_MEM_READONLY)
			return -EROFS;
		if (__gfn_to_hva_memslot(slot, gfn) != hva_of(pin, gfn))
			return -EOPNOTSUPP;
	}
	return 0;
}

static int find_memory(struct vdevfw_pin *pin)
{
	struct kvm *kvm = pin->vm->kvm;
	const struct kvm_memory_slot *slot;
	int err = -EFAULT, index;

	/* Nobody may be there to put it into a vCPU's ring. */
	if (pin->write && kvm->dirty_ring_size)
		return -EOPNOTSUPP;
	index = srcu_read_lock(&kvm->srcu);
	slot = find_slot(kvm, pin->gfn);
	if (slot) {
		pin->hva = __gfn_to_hva_memslot(slot, pin->gfn);
		err = check_slots(pin);
	}
	srcu_read_unlock(&kvm->srcu, index);
	return err;
}

/* In pinned_vm, as it needs no lock: a pin is released when nobody can wait for one. */
static int charge(const struct vdevfw_pin *pin, struct vdevfw_message *msg)
{
	struct vdevfw_vm *vm = pin->vm;
	u64 limit = task_rlimit(vm->owner, RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	u64 pinned = atomic64_add_return(pin->n, &pin->mm->pinned_vm);

	if (vm->unlimited || pinned <= limit)
		return 0;
	atomic64_sub(pin->n, &pin->mm->pinned_vm);
	return vdevfw_fail(msg, -ENOBUFS,
			   "%u pages of guest memory cannot be mapped: %llu are already, and RLIMIT_MEMLOCK of the VM's process allows %llu",
			   pin->n, pinned - pin->n, limit);
}

static void uncharge(const struct vdevfw_pin *pin, unsigned int n)
{
	atomic64_sub(n, &pin->mm->pinned_vm);
}

static void unpin(struct vdevfw_pin *pin, unsigned int first, unsigned int n)
{
	unpin_user_pages_dirty_lock(pin->pages + first, n, pin->write);
}

static int pin_pages(struct vdevfw_pin *pin)
{
	unsigned int flags = FOLL_LONGTERM | (pin->write ? FOLL_WRITE : 0), have = 0;
	int got;

	while (have < pin->n) {
		got = pin_user_pages_fast(pin->hva + ((unsigned long)have << PAGE_SHIFT),
					  min(pin->n - have, 512u), flags, pin->pages + have);
		if (!got || (got < 0 && fatal_signal_pending(current)))
			got = got ? -EINTR : -EFAULT;
		if (got < 0) {
			unpin_user_pages(pin->pages, have);
			return got;
		}
		have += got;
		cond_resched();
	}
	return 0;
}

/* Whether nothing has been replaced since @seq; if so, the pin is valid until something is. */
static bool become_valid(struct vdevfw_pin *pin, unsigned long seq)
{
	spin_lock(&pin->lock);
	pin->valid = !mmu_interval_read_retry(&pin->notifier, seq);
	spin_unlock(&pin->lock);
	return READ_ONCE(pin->valid);
}

static int pin_valid_pages(struct vdevfw_pin *pin)
{
	unsigned int attempt;
	unsigned long seq;
	int err;

	for (attempt = 0; attempt < PIN_ATTEMPTS; attempt++) {
		seq = mmu_interval_read_begin(&pin->notifier);
		err = pin_pages(pin);
		if (err)
			return err;
		if (become_valid(pin, seq))
			return 0;
		unpin_user_pages(pin->pages, pin->n);
	}
	return -EAGAIN;
}

static void pin_free(struct vdevfw_pin *pin)
{
	mmdrop(pin->mm);
	kvfree(pin);
}

struct vdevfw_pin *vdevfw_vm_pin(struct vdevfw_vm *vm, u64 gpa, unsigned int n, bool write,
				 struct vdevfw_message *msg)
{
	struct vdevfw_pin *pin;
	int err;

	pin = kvzalloc(struct_size(pin, pages, n), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	pin->vm = vm;
	pin->mm = vm->kvm->mm;
	mmgrab(pin->mm);
	pin->gfn = gpa >> PAGE_SHIFT;
	pin->n = n;
	pin->write = write;
	spin_lock_init(&pin->lock);
	err = find_memory(pin);
	if (err)
		goto err_free;
	err = charge(pin, msg);
	if (err)
		goto err_free;
	/* First, so that no change is missed. */
	err = mmu_interval_notifier_insert(&pin->notifier, pin->mm, pin->hva,
					   (unsigned long)n << PAGE_SHIFT, &pin_notifier_ops);
	if (err)
		goto err_uncharge;
	err = pin_valid_pages(pin);
	if (err)
		goto err_remove;
	return pin;

err_remove:
	mmu_interval_notifier_remove(&pin->notifier);
err_uncharge:
	uncharge(pin, n);
err_free:
	pin_free(pin);
	return ERR_PTR(err);
}

struct page **vdevfw_pin_pages(struct vdevfw_pin *pin)
{
	return pin->pages;
}

void vdevfw_pin_shorten(struct vdevfw_pin *pin, unsigned int n)
{
	unsigned int gone = pin->n - n;

	unpin(pin, n, gone);
	uncharge(pin, gone);
	spin_lock(&pin->lock);
	WRITE_ONCE(pin->n, n);
	spin_unlock(&pin->lock);
}

bool vdevfw_pin_valid(struct vdevfw_pin *pin)
{
	struct srcu_struct *srcu = &pin->vm->kvm->srcu;
	bool valid;
	int index;

	index = srcu_read_lock(srcu);
	valid = !check_slots(pin) && READ_ONCE(pin->valid);
	srcu_read_unlock(srcu, index);
	return valid;
}

void vdevfw_pin_dirty(struct vdevfw_pin *pin, unsigned int first, unsigned int n)
{
	gfn_t gfn = pin->gfn + first, end = gfn + n;
	struct kvm *kvm = pin->vm->kvm;
	int index;

	index = srcu_read_lock(&kvm->srcu);
	for (; gfn < end; gfn++) {
		const struct kvm_memory_slot *slot = find_slot(kvm, gfn);

		if (slot && __gfn_to_hva_memslot(slot, gfn) == hva_of(pin, gfn))
			mark_dirty(kvm, slot, gfn);
	}
	srcu_read_unlock(&kvm->srcu, index);
}

void vdevfw_pin_orphan(struct vdevfw_pin *pin)
{
	mmu_interval_notifier_remove(&pin->notifier);
	pin->vm = NULL;
}

void vdevfw_pin_release(struct vdevfw_pin *pin)
{
	if (pin->vm)
		vdevfw_pin_orphan(pin);
	unpin(pin, 0, pin->n);
	uncharge(pin, pin->n);
	pin_free(pin);
}
