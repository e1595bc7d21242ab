// SPDX-License-Identifier: GPL-2.0-only
/* A fake of the seam to KVM: see fake_kvm.h. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "../message.h"
#include "fake_kvm.h"

/**
 * struct fake_bus - As KVM's: replaced as a whole, read inside srcu
 * @rcu: Frees it once no access can be inside
 * @n: How many devices
 * @device: The devices
 */
struct fake_bus {
	struct rcu_head rcu;
	unsigned int n;
	struct vdevfw_bus_device *device[];
};

#define FAKE_TAKEN_MAX	16

/**
 * struct fake_taken - A range that is not a window
 * @bus: On this bus
 * @is_memory: A memory slot, otherwise a device
 * @range: The range
 */
struct fake_taken {
	enum vdevfw_bus bus;
	bool is_memory;
	struct vdevfw_extent range;
};

/**
 * struct fake_slot - Some memory of a VM's
 * @gpa: Where
 * @n: How many pages; 0: none
 * @readonly: The guest may not write
 * @page: The pages, with a reference each
 * @dirty: Set of those that have been written to
 */
struct fake_slot {
	u64 gpa;
	unsigned int n;
	bool readonly;
	struct page *page[BITS_PER_LONG];
	unsigned long dirty;
};

/**
 * struct vdevfw_pin - Pages of a VM's memory, with a reference each
 * @vm: The VM; NULL for an orphan
 * @gpa: Where the first one was
 * @n: How many there are
 * @write: They may be written to
 * @page: The pages
 */
struct vdevfw_pin {
	struct vdevfw_vm *vm;
	u64 gpa;
	unsigned int n;
	bool write;
	struct page *page[];
};

/**
 * struct fake_vm - What KVM has of a VM
 * @bus: The buses; NULL once one is lost
 * @slot: Its memory. Protected by fake_memory_lock.
 * @holders: &struct vdevfw_vm
 * @line: Which interrupt lines are up
 * @raised: How often they have gone up
 * @watches: &struct vdevfw_irq_watch
 * @taken: What is not a window. Protected by @taken_lock
 * @nr_taken: How many. Protected by @taken_lock
 */
struct fake_vm {
	bool line[FAKE_KVM_LINES];
	unsigned int raised[FAKE_KVM_LINES];
	struct list_head watches;
	struct fake_bus __rcu *bus[VDEVFW_BUSES];
	struct fake_slot slot[FAKE_KVM_SLOTS];
	struct list_head holders;
	struct fake_taken taken[FAKE_TAKEN_MAX];
	unsigned int nr_taken;
};

/**
 * struct vdevfw_vm - A hold on a VM
 * @node: Among its holders
 * @fake: The VM
 * @ops: Whom to tell
 * @context: For @ops
 * @lost: bus_lost() has come
 * @deferred: What vdevfw_vm_defer() has put off. Protected by @deferred_lock
 * @toucher: Who is between vdevfw_vm_memory_begin() and vdevfw_vm_memory_end()
 * @pins: How many pins there are
 * @irq_open: Between vdevfw_vm_irq_open() and vdevfw_vm_irq_close()
 */
struct vdevfw_vm {
	struct list_head node;
	struct fake_vm *fake;
	const struct vdevfw_vm_ops *ops;
	void *context;
	bool lost;
	struct rcu_head *deferred;
	struct task_struct *toucher;
	unsigned int pins;
	bool irq_open;
};

struct fake_kvm fake_kvm;

DEFINE_STATIC_SRCU(fake_srcu);

/* Protects the buses and the holders, as slots_lock does. */
static DEFINE_MUTEX(fake_lock);
static DEFINE_SPINLOCK(fake_memory_lock);
static struct fake_vm fake_vms[FAKE_KVM_VMS];

static DEFINE_SPINLOCK(taken_lock);
static DEFINE_SPINLOCK(deferred_lock);

static struct fake_bus *bus_get(struct fake_vm *vm, unsigned int which)
{
	return rcu_dereference_protected(vm->bus[which], lockdep_is_held(&fake_lock));
}

static struct fake_bus *bus_alloc(unsigned int n)
{
	struct fake_bus *bus;

	return kzalloc(struct_size(bus, device, n), GFP_KERNEL | __GFP_NOFAIL);
}

static void free_bus(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct fake_bus, rcu));
}

static void put_off(struct vdevfw_vm *vm, struct rcu_head *rcu, rcu_callback_t func)
{
	unsigned long flags;

	rcu->func = func;
	spin_lock_irqsave(&deferred_lock, flags);
	rcu->next = (struct callback_head *)vm->deferred;
	vm->deferred = rcu;
	spin_unlock_irqrestore(&deferred_lock, flags);
}

/* Nobody waits for an access that is in the old one. */
static void bus_replace(struct vdevfw_vm *vm, unsigned int which, struct fake_bus *bus)
{
	struct fake_bus *old = bus_get(vm->fake, which);

	rcu_assign_pointer(vm->fake->bus[which], bus);
	put_off(vm, &old->rcu, free_bus);
}

/* Wait until every access that is inside has ended; then comes what was put off until then. */
static void grace_period(struct vdevfw_vm *vm)
{
	struct rcu_head *rcu, *next;

	spin_lock_irq(&deferred_lock);
	rcu = vm->deferred;
	vm->deferred = NULL;
	spin_unlock_irq(&deferred_lock);
	synchronize_srcu_expedited(&fake_srcu);
	for (; rcu; rcu = next) {
		next = (struct rcu_head *)rcu->next;
		if (rcu->func != free_bus)
			atomic_dec(&fake_kvm.deferred);
		preempt_disable();
		rcu->func(rcu);
		preempt_enable();
		cond_resched();
	}
}

static void breach(const char *what)
{
	pr_err("fake_kvm: the contract was broken: %s\n", what);
	fake_kvm.breaches++;
}

/*
 * What the rooms call
 */

struct vdevfw_vm *vdevfw_vm_attach(int fd, const struct vdevfw_vm_ops *ops, void *context,
				   struct vdevfw_message *msg)
{
	struct vdevfw_vm *vm;

	if (fd < 0 || fd >= FAKE_KVM_VMS)
		return ERR_PTR(vdevfw_fail(msg, -EBADF, "vm_fd %d is not an open file", fd));
	if (fake_kvm.attach_error)
		return ERR_PTR(fake_kvm.attach_error);
	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	vm->fake = &fake_vms[fd];
	vm->ops = ops;
	vm->context = context;
	mutex_lock(&fake_lock);
	list_add_tail(&vm->node, &vm->fake->holders);
	fake_kvm.attached++;
	mutex_unlock(&fake_lock);
	return vm;
}

static void tell_owner_died(struct vdevfw_vm *vm)
{
	preempt_disable();
	vm->ops->owner_died(vm->context);
	preempt_enable();
}

void vdevfw_vm_detach(struct vdevfw_vm *vm)
{
	struct fake_bus *bus;
	unsigned int which, i;

	mutex_lock(&fake_lock);
	/* As mmu_notifier_unregister() does. */
	tell_owner_died(vm);
	for (which = 0; which < VDEVFW_BUSES; which++) {
		bus = bus_get(vm->fake, which);
		for (i = 0; bus && i < bus->n; i++)
			if (bus->device[i]->vm == vm)
				breach("a VM with a device on its bus is detached");
	}
	if (vm->pins || vm->toucher)
		breach("a VM whose memory is in use is detached");
	if (vm->irq_open)
		breach("a VM with lines of its own is detached");
	list_del(&vm->node);
	fake_kvm.attached--;
	mutex_unlock(&fake_lock);
	grace_period(vm);
	kfree(vm);
}

const struct kvm *vdevfw_vm_kvm(const struct vdevfw_vm *vm)
{
	return (const struct kvm *)vm->fake;
}

unsigned int vdevfw_vm_address_bits(const struct vdevfw_vm *vm)
{
	return fake_kvm.address_bits;
}

unsigned int vdevfw_vm_irq_lines(const struct vdevfw_vm *vm)
{
	return fake_kvm.irq_lines;
}

/*
 * Interrupts
 */

struct vdevfw_irq_watch {
	struct list_head node;
	unsigned int gsi;
	void (*acked)(void *context);
	void *context;
};

int vdevfw_vm_irq_open(struct vdevfw_vm *vm)
{
	if (!fake_kvm.irq_error)
		vm->irq_open = true;
	return fake_kvm.irq_error;
}

void vdevfw_vm_irq_close(struct vdevfw_vm *vm)
{
	unsigned int i;

	for (i = 0; i < FAKE_KVM_LINES; i++)
		if (vm->fake->line[i])
			breach("a line is up at the end");
	if (!list_empty(&vm->fake->watches))
		breach("a line is watched at the end");
	vm->irq_open = false;
}

int vdevfw_vm_irq_set(struct vdevfw_vm *vm, unsigned int gsi, bool up)
{
	if (!vm->irq_open || gsi >= FAKE_KVM_LINES)
		breach("a line is set that is not open");
	if (gsi == fake_kvm.unrouted)
		return -ENODEV;
	if (vm->fake->line[gsi] == up)
		breach("a line is set to what it is");
	WRITE_ONCE(vm->fake->line[gsi], up);
	vm->fake->raised[gsi] += up;
	return 0;
}

bool fake_kvm_line(int fd, unsigned int gsi)
{
	return READ_ONCE(fake_vms[fd].line[gsi]);
}

unsigned int fake_kvm_raised(int fd, unsigned int gsi)
{
	return fake_vms[fd].raised[gsi];
}

struct vdevfw_irq_watch *vdevfw_vm_irq_watch(struct vdevfw_vm *vm, unsigned int gsi,
					     void (*acked)(void *context), void *context)
{
	struct vdevfw_irq_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);

	if (!watch)
		return NULL;
	*watch = (struct vdevfw_irq_watch) { .gsi = gsi, .acked = acked, .context = context };
	mutex_lock(&fake_lock);
	list_add_tail(&watch->node, &vm->fake->watches);
	mutex_unlock(&fake_lock);
	return watch;
}

void vdevfw_vm_irq_unwatch(struct vdevfw_vm *vm, struct vdevfw_irq_watch *watch)
{
	if (!watch)
		return;
	mutex_lock(&fake_lock);
	list_del(&watch->node);
	mutex_unlock(&fake_lock);
	kfree(watch);
}

void fake_kvm_ack(int fd, unsigned int gsi)
{
	struct vdevfw_irq_watch *watch;

	mutex_lock(&fake_lock);
	list_for_each_entry(watch, &fake_vms[fd].watches, node)
		if (watch->gsi == gsi)
			watch->acked(watch->context);
	mutex_unlock(&fake_lock);
}

int vdevfw_vm_send_msi(struct vdevfw_vm *vm, u64 addr, u32 data)
{
	if ((addr & VDEVFW_MSI_MASK) != VDEVFW_MSI_FIRST || addr > U32_MAX)
		return -EADDRNOTAVAIL;
	fake_kvm.msi_addr = addr;
	fake_kvm.msi_data = data;
	atomic_inc(&fake_kvm.msis);
	return 0;
}

static u64 device_last(const struct vdevfw_bus_device *device)
{
	return device->start + device->length - 1;
}

static void check_device(const struct fake_bus *bus, const struct vdevfw_bus_device *device)
{
	unsigned int i;

	if (!device->length || device->length > INT_MAX)
		breach("a device does not have 1 to INT_MAX bytes");
	if (device->on_bus || device->vm)
		breach("a device is on a bus already");
	if (device->dev.ops->destructor != vdevfw_bus_device_destructor || !device->free)
		breach("a device has no destructor");
	for (i = 0; i < bus->n; i++)
		if (device->start <= device_last(bus->device[i]) &&
		    bus->device[i]->start <= device_last(device))
			breach("a device overlaps another one");
}

/* Whether @range is nearer to @addr than @nearest, which may be NULL, and ends at or behind it. */
static bool is_nearer(const struct vdevfw_extent *range, u64 addr,
		      const struct vdevfw_extent *nearest)
{
	return range->last >= addr && (!nearest || range->start < nearest->start);
}

static bool find_taken(struct fake_vm *vm, enum vdevfw_bus bus, bool only_memory, u64 addr,
		       struct fake_taken *found)
{
	const struct vdevfw_extent *nearest = NULL;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&taken_lock, flags);
	for (i = 0; i < vm->nr_taken; i++) {
		const struct fake_taken *taken = &vm->taken[i];

		if (taken->bus != bus || (only_memory && !taken->is_memory) ||
		    !is_nearer(&taken->range, addr, nearest))
			continue;
		*found = *taken;
		nearest = &found->range;
	}
	spin_unlock_irqrestore(&taken_lock, flags);
	return nearest;
}

/* As KVM's memory hides a device, and a device another one. */
static int check_not_taken(struct fake_vm *vm, const struct vdevfw_bus_device *device,
			   u64 *culprit, struct vdevfw_message *msg)
{
	struct fake_taken taken;

	if (!find_taken(vm, device->bus, false, device->start, &taken) ||
	    taken.range.start > device_last(device))
		return 0;
	*culprit = device->owner;
	return vdevfw_fail(msg, taken.is_memory ? -EEXIST : -EBUSY, "0x%llx-0x%llx is taken",
			   device->start, device_last(device));
}

static void grow_bus(struct vdevfw_vm *vm, unsigned int which, struct vdevfw_bus_device **devices,
		     unsigned int n)
{
	struct fake_bus *old = bus_get(vm->fake, which), *bus;
	unsigned int i;

	bus = bus_alloc(old->n + n);
	memcpy(bus, old, struct_size(old, device, old->n));
	for (i = 0; i < n; i++) {
		if (devices[i]->bus != which)
			continue;
		check_device(bus, devices[i]);
		bus->device[bus->n++] = devices[i];
	}
	bus_replace(vm, which, bus);
}

int vdevfw_vm_publish(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices, unsigned int n,
		      u64 *culprit, struct vdevfw_message *msg)
{
	unsigned int which, i;
	int err = -ENODEV;

	*culprit = 0;
	if (fake_kvm.publishing)
		fake_kvm.publishing(fake_kvm.publishing_context);
	if (mutex_lock_killable(&fake_lock))
		return -EINTR;
	for (i = 0; i < n; i++)
		if (!bus_get(vm->fake, devices[i]->bus))
			goto out;
	err = fake_kvm.publish_error;
	if (err) {
		*culprit = fake_kvm.publish_culprit;
		vdevfw_fail(msg, err, "the fake refuses");
		goto out;
	}
	for (i = 0; i < n; i++) {
		err = check_not_taken(vm->fake, devices[i], culprit, msg);
		if (err)
			goto out;
	}
	for (which = 0; which < VDEVFW_BUSES; which++)
		if (bus_get(vm->fake, which))
			grow_bus(vm, which, devices, n);
	for (i = 0; i < n; i++) {
		devices[i]->vm = vm;
		devices[i]->on_bus = true;
	}
	fake_kvm.publishes++;
out:
	mutex_unlock(&fake_lock);
	return err;
}

static void shrink_bus(struct vdevfw_vm *vm, unsigned int which)
{
	struct fake_bus *old = bus_get(vm->fake, which), *bus;
	unsigned int i;

	if (!old)
		return;
	bus = bus_alloc(old->n);
	for (i = 0; i < old->n; i++)
		if (old->device[i]->on_bus)
			bus->device[bus->n++] = old->device[i];
	bus_replace(vm, which, bus);
}

void vdevfw_vm_retract(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices, unsigned int n)
{
	unsigned int which, i;

	mutex_lock(&fake_lock);
	for (i = 0; i < n; i++) {
		struct vdevfw_bus_device *device = devices[i];

		if (device->vm != vm)
			breach("a device is retracted from where it was not published");
		device->abandoned = fake_kvm.abandons && bus_get(vm->fake, device->bus);
		device->on_bus = device->abandoned;
		if (device->abandoned)
			device->vm = NULL;
	}
	for (which = 0; which < VDEVFW_BUSES; which++)
		shrink_bus(vm, which);
	fake_kvm.retracts++;
	grace_period(vm);
	for (i = 0; i < n; i++)
		if (!devices[i]->abandoned)
			devices[i]->free(devices[i]);
	mutex_unlock(&fake_lock);
	if (fake_kvm.retracted)
		fake_kvm.retracted(fake_kvm.retracted_context);
}

void vdevfw_vm_drain(struct vdevfw_vm *vm)
{
	fake_kvm.drains++;
	grace_period(vm);
}

void vdevfw_vm_defer(struct vdevfw_vm *vm, struct rcu_head *rcu, rcu_callback_t func)
{
	atomic_inc(&fake_kvm.deferred);
	put_off(vm, rcu, func);
}

bool vdevfw_vm_memory_from(struct vdevfw_vm *vm, u64 addr, struct vdevfw_extent *memory)
{
	struct fake_taken found;

	if (!find_taken(vm->fake, VDEVFW_BUS_MEM, true, addr, &found))
		return false;
	*memory = found.range;
	return true;
}

bool vdevfw_vm_taken_from(struct vdevfw_vm *vm, enum vdevfw_bus bus, u64 addr,
			  struct vdevfw_extent *taken)
{
	struct fake_taken found;

	if (!find_taken(vm->fake, bus, false, addr, &found))
		return false;
	*taken = found.range;
	return true;
}

int vdevfw_vm_enter(struct vdevfw_vm *vm)
{
	return srcu_read_lock(&fake_srcu);
}

void vdevfw_vm_leave(struct vdevfw_vm *vm, int index)
{
	srcu_read_unlock(&fake_srcu, index);
}

bool vdevfw_vm_has_changed(struct vdevfw_vm *vm)
{
	return true;
}

bool vdevfw_vm_find_hidden(struct vdevfw_vm *vm, struct vdevfw_message *msg)
{
	if (fake_kvm.hidden)
		vdevfw_fail(msg, -EBUSY, "%s", fake_kvm.hidden);
	return fake_kvm.hidden;
}

bool vdevfw_vm_is_of_current(const struct vdevfw_vm *vm)
{
	return true;
}

bool vdevfw_vcpu_is_leaving(void)
{
	return fake_kvm.leaving;
}

void vdevfw_vma_forbid_write(struct vm_area_struct *vma)
{
}

void vdevfw_vcpu_leave(void)
{
	atomic_inc(&fake_kvm.leaves);
}

void vdevfw_vcpu_leave_if_inside(const struct vdevfw_vm *vm)
{
	if (READ_ONCE(fake_kvm.vcpu_thread) == current)
		vdevfw_vcpu_leave();
}

unsigned int vdevfw_vcpu_index(const struct kvm_vcpu *vcpu)
{
	return vcpu ? (unsigned long)vcpu - 1 : VDEVFW_NO_VCPU;
}

unsigned int vdevfw_vm_vcpus(const struct vdevfw_vm *vm)
{
	return FAKE_KVM_VCPUS;
}

bool vdevfw_vm_find_busy(const struct vdevfw_vm *vm, struct vdevfw_busy_vcpu *busy)
{
	if (!READ_ONCE(fake_kvm.vcpu_thread))
		return false;
	*busy = (struct vdevfw_busy_vcpu) { .index = FAKE_KVM_VCPUS - 1, .thread = 4711 };
	return true;
}

void vdevfw_vm_inject_nmi(struct vdevfw_vm *vm)
{
	atomic_inc(&fake_kvm.nmis);
}

void vdevfw_bus_device_destructor(struct kvm_io_device *dev)
{
	struct vdevfw_bus_device *device = container_of(dev, struct vdevfw_bus_device, dev);
	struct vdevfw_vm *vm = device->vm;

	device->on_bus = false;
	if (device->abandoned) {
		device->free(device);
		return;
	}
	if (vm->lost)
		return;
	vm->lost = true;
	vm->ops->bus_lost(vm->context);
}

/*
 * Memory
 */

static struct fake_slot *find_slot(struct fake_vm *vm, u64 gpa)
{
	struct fake_slot *slot = vm->slot;

	lockdep_assert_held(&fake_memory_lock);
	for (; slot < vm->slot + FAKE_KVM_SLOTS; slot++)
		if (gpa >= slot->gpa && gpa - slot->gpa < (u64)slot->n * PAGE_SIZE)
			return slot;
	return NULL;
}

static unsigned int page_in_slot(const struct fake_slot *slot, u64 gpa)
{
	return (gpa - slot->gpa) >> PAGE_SHIFT;
}

/* The page at @gpa, or NULL. */
static struct page *find_page(struct fake_vm *vm, u64 gpa)
{
	struct fake_slot *slot = find_slot(vm, gpa);

	return slot ? slot->page[page_in_slot(slot, gpa)] : NULL;
}

int vdevfw_vm_charge(struct vdevfw_vm *vm, struct task_struct *task)
{
	if (fake_kvm.charge_error)
		return fake_kvm.charge_error;
	fake_kvm.charged++;
	return 0;
}

int vdevfw_vm_memory_begin(struct vdevfw_vm *vm)
{
	if (fake_kvm.memory_error)
		return fake_kvm.memory_error;
	if (vm->toucher)
		breach("memory is touched by two at once, or twice");
	vm->toucher = current;
	return 0;
}

void vdevfw_vm_memory_end(struct vdevfw_vm *vm)
{
	if (vm->toucher != current)
		breach("memory is let go of by another one");
	vm->toucher = NULL;
}

int vdevfw_vm_copy(struct vdevfw_vm *vm, u64 gpa, void *data, size_t len, bool write)
{
	struct fake_slot *slot;
	int err = 0;
	u8 *memory;

	if (vm->toucher != current)
		breach("memory is touched without asking");
	if (!len || offset_in_page(gpa) + len > PAGE_SIZE)
		breach("a copy is not within a page");
	spin_lock(&fake_memory_lock);
	slot = find_slot(vm->fake, gpa);
	if (!slot) {
		err = -EFAULT;
	} else if (write && slot->readonly) {
		err = -EROFS;
	} else {
		memory = page_address(find_page(vm->fake, gpa)) + offset_in_page(gpa);
		memcpy(write ? memory : data, write ? data : memory, len);
		slot->dirty |= write ? BIT(page_in_slot(slot, gpa)) : 0;
	}
	spin_unlock(&fake_memory_lock);
	return err;
}

static int fill_pin(struct vdevfw_pin *pin, struct vdevfw_message *msg)
{
	struct fake_slot *slot;
	unsigned int i;

	for (i = 0; i < pin->n; i++) {
		slot = find_slot(pin->vm->fake, pin->gpa + i * PAGE_SIZE);
		if (!slot)
			return -EFAULT;
		if (pin->write && slot->readonly)
			return -EROFS;
	}
	if (fake_kvm.pinned + pin->n > fake_kvm.pin_limit)
		return vdevfw_fail(msg, -ENOBUFS, "the fake allows %u pages", fake_kvm.pin_limit);
	for (i = 0; i < pin->n; i++) {
		pin->page[i] = find_page(pin->vm->fake, pin->gpa + i * PAGE_SIZE);
		get_page(pin->page[i]);
	}
	fake_kvm.pinned += pin->n;
	return 0;
}

struct vdevfw_pin *vdevfw_vm_pin(struct vdevfw_vm *vm, u64 gpa, unsigned int n, bool write,
				 struct vdevfw_message *msg)
{
	struct vdevfw_pin *pin;
	int err;

	if (vm->toucher != current || !n || offset_in_page(gpa))
		breach("pages are pinned as they must not be");
	pin = kvzalloc(struct_size(pin, page, n), GFP_KERNEL);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	pin->vm = vm;
	pin->gpa = gpa;
	pin->n = n;
	pin->write = write;
	spin_lock(&fake_memory_lock);
	err = fill_pin(pin, msg);
	if (!err)
		vm->pins++;
	spin_unlock(&fake_memory_lock);
	if (!err)
		return pin;
	kvfree(pin);
	return ERR_PTR(err);
}

struct page **vdevfw_pin_pages(struct vdevfw_pin *pin)
{
	return pin->page;
}

void vdevfw_pin_shorten(struct vdevfw_pin *pin, unsigned int n)
{
	if (!n || n > pin->n)
		breach("a pin is shortened to nothing, or made longer");
	spin_lock(&fake_memory_lock);
	while (pin->n > n) {
		put_page(pin->page[--pin->n]);
		fake_kvm.pinned--;
	}
	spin_unlock(&fake_memory_lock);
}

bool vdevfw_pin_valid(struct vdevfw_pin *pin)
{
	bool valid = true;
	unsigned int i;

	spin_lock(&fake_memory_lock);
	for (i = 0; i < pin->n; i++)
		valid &= find_page(pin->vm->fake, pin->gpa + i * PAGE_SIZE) == pin->page[i];
	spin_unlock(&fake_memory_lock);
	return valid;
}

void vdevfw_pin_dirty(struct vdevfw_pin *pin, unsigned int first, unsigned int n)
{
	struct fake_slot *slot;
	u64 gpa;

	if (!pin->write || !n || first >= pin->n || n > pin->n - first)
		breach("pages become dirty that must not");
	spin_lock(&fake_memory_lock);
	for (; n--; first++) {
		gpa = pin->gpa + first * PAGE_SIZE;
		slot = find_slot(pin->vm->fake, gpa);
		if (slot && find_page(pin->vm->fake, gpa) == pin->page[first])
			slot->dirty |= BIT(page_in_slot(slot, gpa));
	}
	spin_unlock(&fake_memory_lock);
}

void vdevfw_pin_orphan(struct vdevfw_pin *pin)
{
	spin_lock(&fake_memory_lock);
	pin->vm->pins--;
	spin_unlock(&fake_memory_lock);
	pin->vm = NULL;
}

void vdevfw_pin_release(struct vdevfw_pin *pin)
{
	if (pin->vm)
		vdevfw_pin_orphan(pin);
	spin_lock(&fake_memory_lock);
	while (pin->n) {
		put_page(pin->page[--pin->n]);
		fake_kvm.pinned--;
	}
	spin_unlock(&fake_memory_lock);
	kvfree(pin);
}

/*
 * What the tests call
 */

/* One piece for the kernel, so that a test can look at it all. */
static void fill_slot(struct fake_slot *slot)
{
	u8 *memory = alloc_pages_exact(slot->n * PAGE_SIZE,
				       GFP_KERNEL | __GFP_ZERO | __GFP_NOFAIL);
	unsigned int i;

	for (i = 0; i < slot->n; i++)
		slot->page[i] = virt_to_page(memory + i * PAGE_SIZE);
}

static void put_pages(const struct fake_slot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->n; i++)
		put_page(slot->page[i]);
}

static void set_slot(struct fake_slot *slot, struct fake_slot new)
{
	spin_lock(&fake_memory_lock);
	swap(*slot, new);
	spin_unlock(&fake_memory_lock);
	put_pages(&new);
}

static struct fake_slot *slot_at(int fd, u64 gpa)
{
	struct fake_slot *slot;

	spin_lock(&fake_memory_lock);
	slot = find_slot(&fake_vms[fd], gpa);
	spin_unlock(&fake_memory_lock);
	return slot;
}

void fake_kvm_add_pages(int fd, u64 gpa, unsigned int pages, bool readonly, u8 **memory)
{
	struct fake_slot new = { .gpa = gpa, .n = pages, .readonly = readonly };
	struct fake_slot *slot = fake_vms[fd].slot;

	while (slot->n)
		slot++;
	fill_slot(&new);
	*memory = page_address(new.page[0]);
	set_slot(slot, new);
}

void fake_kvm_replace_memory(int fd, u64 gpa)
{
	struct fake_slot *slot = slot_at(fd, gpa), new = *slot;

	fill_slot(&new);
	set_slot(slot, new);
}

void fake_kvm_remove_memory(int fd, u64 gpa)
{
	set_slot(slot_at(fd, gpa), (struct fake_slot) {});
}

bool fake_kvm_take_dirty(int fd, u64 gpa)
{
	struct fake_slot *slot = slot_at(fd, gpa);

	return test_and_clear_bit(page_in_slot(slot, gpa), &slot->dirty);
}

static void lose_bus(struct fake_vm *vm, unsigned int which)
{
	struct fake_bus *bus = bus_get(vm, which);
	unsigned int i;

	if (!bus)
		return;
	rcu_assign_pointer(vm->bus[which], NULL);
	synchronize_srcu_expedited(&fake_srcu);
	for (i = 0; i < bus->n; i++)
		bus->device[i]->dev.ops->destructor(&bus->device[i]->dev);
	kfree(bus);
}

void fake_kvm_loses_bus(int fd, enum vdevfw_bus bus)
{
	mutex_lock(&fake_lock);
	lose_bus(&fake_vms[fd], bus);
	mutex_unlock(&fake_lock);
}

static void take(int fd, const struct fake_taken *taken)
{
	struct fake_vm *vm = &fake_vms[fd];

	spin_lock_irq(&taken_lock);
	if (vm->nr_taken == FAKE_TAKEN_MAX)
		breach("a VM has too much memory");
	else
		vm->taken[vm->nr_taken++] = *taken;
	spin_unlock_irq(&taken_lock);
}

void fake_kvm_add_memory(int fd, u64 start, u64 length, bool readonly)
{
	take(fd, &(struct fake_taken) {
		VDEVFW_BUS_MEM, true, { start, start + length - 1, readonly },
	});
}

void fake_kvm_add_device(int fd, enum vdevfw_bus bus, u64 start, u64 length)
{
	take(fd, &(struct fake_taken) { bus, false, { start, start + length - 1, false } });
}

void fake_kvm_clear_taken(int fd)
{
	spin_lock_irq(&taken_lock);
	fake_vms[fd].nr_taken = 0;
	spin_unlock_irq(&taken_lock);
}

void fake_kvm_owner_dies(int fd)
{
	struct vdevfw_vm *vm;

	mutex_lock(&fake_lock);
	list_for_each_entry(vm, &fake_vms[fd].holders, node)
		tell_owner_died(vm);
	mutex_unlock(&fake_lock);
}

int fake_kvm_init(void)
{
	unsigned int fd, which;

	memset(&fake_kvm, 0, sizeof(fake_kvm));
	fake_kvm.address_bits = 40;
	fake_kvm.irq_lines = 24;
	fake_kvm.pin_limit = UINT_MAX;
	for (fd = 0; fd < FAKE_KVM_VMS; fd++) {
		INIT_LIST_HEAD(&fake_vms[fd].holders);
		INIT_LIST_HEAD(&fake_vms[fd].watches);
		memset(fake_vms[fd].line, 0, sizeof(fake_vms[fd].line));
		memset(fake_vms[fd].raised, 0, sizeof(fake_vms[fd].raised));
		fake_vms[fd].nr_taken = 0;
		for (which = 0; which < VDEVFW_BUSES; which++)
			rcu_assign_pointer(fake_vms[fd].bus[which], bus_alloc(0));
	}
	return 0;
}

void fake_kvm_exit(void)
{
	unsigned int fd, which, i;

	mutex_lock(&fake_lock);
	for (fd = 0; fd < FAKE_KVM_VMS; fd++)
		for (which = 0; which < VDEVFW_BUSES; which++)
			lose_bus(&fake_vms[fd], which);
	mutex_unlock(&fake_lock);
	for (fd = 0; fd < FAKE_KVM_VMS; fd++)
		for (i = 0; i < FAKE_KVM_SLOTS; i++)
			set_slot(&fake_vms[fd].slot[i], (struct fake_slot) {});
}

unsigned int fake_kvm_devices(int fd, enum vdevfw_bus bus)
{
	unsigned int n = 0;

	mutex_lock(&fake_lock);
	if (bus_get(&fake_vms[fd], bus))
		n = bus_get(&fake_vms[fd], bus)->n;
	mutex_unlock(&fake_lock);
	return n;
}

const struct vdevfw_bus_device *fake_kvm_device(int fd, enum vdevfw_bus bus, unsigned int i)
{
	const struct vdevfw_bus_device *device;

	mutex_lock(&fake_lock);
	device = bus_get(&fake_vms[fd], bus)->device[i];
	mutex_unlock(&fake_lock);
	return device;
}

/* Like KVM, only a device that has the whole access. */
static struct kvm_io_device *find_device(int fd, enum vdevfw_bus which, u64 addr, int len)
{
	struct fake_bus *bus = srcu_dereference(fake_vms[fd].bus[which], &fake_srcu);
	unsigned int i;

	for (i = 0; bus && i < bus->n; i++) {
		struct vdevfw_bus_device *device = bus->device[i];

		if (addr >= device->start && addr - device->start < device->length &&
		    len <= device->length - (addr - device->start))
			return &device->dev;
	}
	return NULL;
}

/* What vdevfw_vcpu_index() makes its index of again. */
static struct kvm_vcpu *vcpu_of(unsigned int index)
{
	return index == VDEVFW_NO_VCPU ? NULL : (struct kvm_vcpu *)(index + 1ul);
}

int fake_kvm_vcpu_read(int fd, unsigned int vcpu, enum vdevfw_bus bus, u64 addr, int len,
		       void *value)
{
	struct kvm_io_device *dev;
	int index, err;

	index = srcu_read_lock(&fake_srcu);
	dev = find_device(fd, bus, addr, len);
	err = dev ? kvm_iodevice_read(vcpu_of(vcpu), dev, addr, len, value) : -EOPNOTSUPP;
	srcu_read_unlock(&fake_srcu, index);
	return err;
}

int fake_kvm_vcpu_write(int fd, unsigned int vcpu, enum vdevfw_bus bus, u64 addr, int len,
			const void *value)
{
	struct kvm_io_device *dev;
	int index, err;

	index = srcu_read_lock(&fake_srcu);
	dev = find_device(fd, bus, addr, len);
	err = dev ? kvm_iodevice_write(vcpu_of(vcpu), dev, addr, len, value) : -EOPNOTSUPP;
	srcu_read_unlock(&fake_srcu, index);
	return err;
}

int fake_kvm_read(int fd, enum vdevfw_bus bus, u64 addr, int len, void *value)
{
	return fake_kvm_vcpu_read(fd, VDEVFW_NO_VCPU, bus, addr, len, value);
}

int fake_kvm_write(int fd, enum vdevfw_bus bus, u64 addr, int len, const void *value)
{
	return fake_kvm_vcpu_write(fd, VDEVFW_NO_VCPU, bus, addr, len, value);
}
