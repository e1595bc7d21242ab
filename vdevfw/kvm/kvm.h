/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that vdevfw asks of KVM. kvm.c answers it for real, kunit/fake_kvm.c for
 * the unit tests; nobody else names a KVM function.
 */
#ifndef _VDEVFW_KVM_H
#define _VDEVFW_KVM_H

#include <kvm/iodev.h>
#include <linux/eventfd.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/version.h>

struct kvm;
struct page;
struct task_struct;
struct vdevfw_message;
struct vdevfw_irq_watch;
struct vdevfw_pin;
struct vdevfw_vm;
struct vm_area_struct;

/**
 * enum vdevfw_bus - The buses of KVM that a window can be on
 * @VDEVFW_BUS_MEM: MMIO
 * @VDEVFW_BUS_IO: ports
 * @VDEVFW_BUSES: how many there are
 */
enum vdevfw_bus {
	VDEVFW_BUS_MEM,
	VDEVFW_BUS_IO,
	VDEVFW_BUSES,
};

/* Where the local APICs take MSIs: in an address' lower half, these bits are so. */
#define VDEVFW_MSI_FIRST	0xfee00000u
#define VDEVFW_MSI_MASK		0xfff00000u

/* What stands for no vCPU. */
#define VDEVFW_NO_VCPU	UINT_MAX

/* How many devices a bus can have. */
#define VDEVFW_BUS_MAX	1000

/**
 * struct vdevfw_bus_device - One device on a bus of KVM's
 * @dev: What KVM sees. Its destructor is vdevfw_bus_device_destructor().
 * @bus: Which bus
 * @start: First address
 * @length: Bytes, 1 to INT_MAX
 * @owner: An id that vdevfw_vm_publish() reports on failure
 * @name: For messages: what is there
 * @free: Called once, when KVM has no reference any more; must not sleep
 * @on_bus: KVM's bus refers to it. Protected by KVM's slots_lock.
 * @abandoned: Nobody but KVM's bus refers to it. Protected by KVM's slots_lock.
 * @vm: Where it was published. NULL before, and once it is abandoned.
 * @rcu: Frees an abandoned device
 */
struct vdevfw_bus_device {
	struct kvm_io_device dev;
	enum vdevfw_bus bus;
	u64 start;
	u32 length;
	u64 owner;
	const char *name;
	void (*free)(struct vdevfw_bus_device *device);
	bool on_bus;
	bool abandoned;
	struct vdevfw_vm *vm;
	struct rcu_head rcu;
};

/**
 * struct vdevfw_vm_ops - What a VM tells the one who attached it
 * @owner_died: The VM's process has ended. Atomic context; must not wait. May
 *	also come, with no meaning, during vdevfw_vm_detach().
 * @bus_lost: KVM has dropped a device that it was not asked to drop, because it
 *	was out of memory. Comes with KVM's slots_lock held; must not wait.
 */
struct vdevfw_vm_ops {
	void (*owner_died)(void *context);
	void (*bus_lost)(void *context);
};

/**
 * vdevfw_vm_attach() - Take hold of a KVM VM
 * @fd: The VM's file descriptor, in the calling process
 * @ops: What to call on news
 * @context: For @ops
 * @msg: Why not
 *
 * Context: Process context, of the VM's own process. May sleep.
 * Return: The VM, to be released by vdevfw_vm_detach(), or an ERR_PTR(): -EBADF,
 *	-EBADFD, -EXDEV, -ENOMEM, -EINTR.
 */
struct vdevfw_vm *vdevfw_vm_attach(int fd, const struct vdevfw_vm_ops *ops, void *context,
				   struct vdevfw_message *msg);

/**
 * vdevfw_vm_detach() - Let go of a VM
 * @vm: What vdevfw_vm_attach() gave; none of its devices is on a bus
 *
 * Waits for those within vdevfw_vm_enter().
 *
 * Context: Process context. Sleeps; may destroy the VM.
 */
void vdevfw_vm_detach(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_kvm() - Which VM it is
 * @vm: An attached VM
 *
 * Return: KVM's own object, for comparisons only.
 */
const struct kvm *vdevfw_vm_kvm(const struct vdevfw_vm *vm);

/**
 * vdevfw_vm_is_of_current() - Whether the calling process is the VM's own
 * @vm: An attached VM
 *
 * Return: Whether it is.
 */
bool vdevfw_vm_is_of_current(const struct vdevfw_vm *vm);

/**
 * vdevfw_vm_address_bits() - How far the guest's CPUs can address
 * @vm: An attached VM
 *
 * Return: Bits of a guest-physical address, the least of all vCPUs; those of the
 *	host while there is no vCPU.
 */
unsigned int vdevfw_vm_address_bits(const struct vdevfw_vm *vm);

/**
 * vdevfw_vm_irq_lines() - How many lines KVM's own interrupt controllers have
 * @vm: An attached VM
 *
 * Return: Lines of the I/O APIC; 0 if the VM has none in the kernel.
 */
unsigned int vdevfw_vm_irq_lines(const struct vdevfw_vm *vm);

/**
 * vdevfw_vm_charge() - Put a thread into the cgroups of the VM's process
 * @vm: An attached VM
 * @task: A kernel thread
 *
 * If the process is ending, nothing happens: it has left its cgroups.
 *
 * Context: Process context. Sleeps.
 * Return: 0, -ENOMEM, or why a controller does not take it.
 */
int vdevfw_vm_charge(struct vdevfw_vm *vm, struct task_struct *task);

/**
 * vdevfw_vm_irq_open() - From here on the guest has lines of its own
 * @vm: An attached VM
 *
 * Lines that user space, an irqfd or the PIT has as well are up while one of all is.
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0, also where it was open. -EBUSY: KVM tells as many apart as it can.
 */
int vdevfw_vm_irq_open(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_irq_close() - Until here
 * @vm: A VM, of which all our lines are down and unwatched
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_vm_irq_close(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_irq_set() - Raise or lower a line
 * @vm: A VM after vdevfw_vm_irq_open()
 * @gsi: The line
 * @up: Which
 *
 * Context: Any in which a spinlock may be taken, but interrupts. Does not sleep.
 * Return: 0. -ENODEV: the VM routes it nowhere, or to what may sleep.
 */
int vdevfw_vm_irq_set(struct vdevfw_vm *vm, unsigned int gsi, bool up);

/**
 * vdevfw_vm_irq_watch() - Be told when interrupts of a line end
 * @vm: An attached VM
 * @gsi: The line
 * @acked: Called when one has: on a vCPU's thread, without KVM's locks; must not sleep
 * @context: For @acked
 *
 * Context: Process context. Sleeps.
 * Return: For vdevfw_vm_irq_unwatch(), or NULL: out of memory.
 */
struct vdevfw_irq_watch *vdevfw_vm_irq_watch(struct vdevfw_vm *vm, unsigned int gsi,
					     void (*acked)(void *context), void *context);

/**
 * vdevfw_vm_irq_unwatch() - Be told no more
 * @vm: An attached VM
 * @watch: From vdevfw_vm_irq_watch(), or NULL. Its function is not called any more afterwards.
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_vm_irq_unwatch(struct vdevfw_vm *vm, struct vdevfw_irq_watch *watch);

/**
 * vdevfw_vm_send_msi() - Send an MSI to the local APICs
 * @vm: An attached VM
 * @addr: Its address
 * @data: Its data
 *
 * Context: As vdevfw_vm_irq_set().
 * Return: 0, -EADDRNOTAVAIL, -EINVAL, -EOPNOTSUPP, as guest_msi_signal() has them.
 */
int vdevfw_vm_send_msi(struct vdevfw_vm *vm, u64 addr, u32 data);

/**
 * vdevfw_vm_memory_begin() - From here on the calling thread may touch the guest's memory
 * @vm: An attached VM
 *
 * A kernel thread borrows the address space of the VM's process, and keeps it alive.
 *
 * Context: Process context. May sleep; not nested.
 * Return: 0, then vdevfw_vm_memory_end() must follow. -ESRCH: the VM's process is gone.
 *	-EXDEV: the thread has another address space.
 */
int vdevfw_vm_memory_begin(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_memory_end() - Until here
 * @vm: As for vdevfw_vm_memory_begin()
 *
 * Context: As vdevfw_vm_memory_begin(). Sleeps; may be the end of the process' memory.
 */
void vdevfw_vm_memory_end(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_copy() - Copy from or to guest memory, within one page
 * @vm: An attached VM
 * @gpa: Guest-physical address
 * @data: The other end
 * @len: Bytes; @gpa to @gpa + @len - 1 are in one page
 * @write: To the guest. The page becomes dirty in KVM's log.
 *
 * Context: Between vdevfw_vm_memory_begin() and vdevfw_vm_memory_end(). Sleeps, as long
 *	as the VM's process takes to bring the page.
 * Return: 0, -EFAULT, -EROFS, -EOPNOTSUPP, as gasp_write() has them. After an error, a
 *	part may have been copied.
 */
int vdevfw_vm_copy(struct vdevfw_vm *vm, u64 gpa, void *data, size_t len, bool write);

/**
 * vdevfw_vm_pin() - Take hold of pages of guest memory
 * @vm: An attached VM
 * @gpa: Guest-physical address of the first one
 * @n: How many pages, not 0; gpa + n pages does not overflow
 * @write: They are to be written to
 * @msg: Why not, where a person must read it
 *
 * The pages count against RLIMIT_MEMLOCK of the VM's process.
 *
 * Context: As vdevfw_vm_copy().
 * Return: What vdevfw_pin_release() releases, or an ERR_PTR(), as gasp_map_vdma() has them.
 */
struct vdevfw_pin *vdevfw_vm_pin(struct vdevfw_vm *vm, u64 gpa, unsigned int n, bool write,
				 struct vdevfw_message *msg);

/**
 * vdevfw_pin_pages() - Which pages they are
 * @pin: From vdevfw_vm_pin()
 *
 * Return: As many as were asked for.
 */
struct page **vdevfw_pin_pages(struct vdevfw_pin *pin);

/**
 * vdevfw_pin_shorten() - Let go of those at the end
 * @pin: From vdevfw_vm_pin()
 * @n: How many are left; not 0, and not more than there are
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_pin_shorten(struct vdevfw_pin *pin, unsigned int n);

/**
 * vdevfw_pin_valid() - Whether the pages are still the guest's memory
 * @pin: From vdevfw_vm_pin()
 *
 * Context: Process context. Does not sleep.
 * Return: Whether they are. Once an address space has changed there, never again.
 */
bool vdevfw_pin_valid(struct vdevfw_pin *pin);

/**
 * vdevfw_pin_dirty() - Note in KVM's log that pages have been written to
 * @pin: From vdevfw_vm_pin() with @write
 * @first: The first one
 * @n: How many
 *
 * What is no longer the guest's memory is not noted.
 *
 * Context: Process context. Does not sleep.
 */
void vdevfw_pin_dirty(struct vdevfw_pin *pin, unsigned int first, unsigned int n);

/**
 * vdevfw_pin_orphan() - Let go of the VM, not of the pages
 * @pin: From vdevfw_vm_pin(); afterwards for vdevfw_pin_pages() and vdevfw_pin_release() only
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_pin_orphan(struct vdevfw_pin *pin);

/**
 * vdevfw_pin_release() - Let go of pages
 * @pin: From vdevfw_vm_pin(); of a VM that is still attached, unless it is an orphan
 *
 * Context: Process context. Sleeps. Needs no vdevfw_vm_memory_begin(), and no living process.
 */
void vdevfw_pin_release(struct vdevfw_pin *pin);

/**
 * vdevfw_vm_publish() - Put devices on the buses, all or none
 * @vm: An attached VM
 * @devices: The devices, none on a bus yet; those of a bus by address, without
 *	overlaps
 * @n: How many
 * @culprit: On failure, the owner of the device that it was about, or 0
 * @msg: Why not
 *
 * One publication a bus, which waits for no vCPU: an access that has begun may yet miss
 * the devices. Refuses a device that overlaps another one on its bus (KVM's
 * search assumes that ranges do not nest), the guest's memory, or the local APIC.
 *
 * Context: Process context, not within an access. Sleeps; a fatal signal ends that.
 * Return: 0, -EBUSY, -EEXIST, -ENOSPC, -ENODEV (the VM has lost its bus), -ENOMEM,
 *	-EINTR.
 */
int vdevfw_vm_publish(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices, unsigned int n,
		      u64 *culprit, struct vdevfw_message *msg);

/**
 * vdevfw_vm_retract() - Take devices from the buses and free them
 * @vm: The VM that they were published to
 * @devices: The devices; the caller forgets them
 * @n: How many
 *
 * Cannot fail. Where memory for a smaller bus is lacking, a device stays on it,
 * as inert as its owner has made it, until KVM destroys the bus.
 *
 * Afterwards no access is inside any device of the VM.
 *
 * Context: The guest's worker: sleeps as long as the launcher likes, and cannot be
 *	killed.
 */
void vdevfw_vm_retract(struct vdevfw_vm *vm, struct vdevfw_bus_device **devices, unsigned int n);

/**
 * vdevfw_vm_defer() - Call a function when every access that is inside a device has ended
 * @vm: An attached VM
 * @rcu: For @func
 * @func: Called in a context that must not sleep, before vdevfw_vm_detach() returns
 *
 * Context: Any but NMI. Does not sleep.
 */
void vdevfw_vm_defer(struct vdevfw_vm *vm, struct rcu_head *rcu, rcu_callback_t func);

/**
 * struct vdevfw_extent - A range that the guest has already
 * @start: Its first address
 * @last: Its last one
 * @readonly: The guest cannot write it
 */
struct vdevfw_extent {
	u64 start;
	u64 last;
	bool readonly;
};

/**
 * vdevfw_vm_memory_from() - Find the first memory slot that ends at or behind an address
 * @vm: An attached VM
 * @addr: The address
 * @memory: The slot
 *
 * What user space changes meanwhile may be missed.
 *
 * Context: Any but NMI. Does not sleep.
 * Return: Whether there is one.
 */
bool vdevfw_vm_memory_from(struct vdevfw_vm *vm, u64 addr, struct vdevfw_extent *memory);

/**
 * vdevfw_vm_taken_from() - The same for all that a device must not overlap
 * @vm: An attached VM
 * @bus: On this bus
 * @addr: The address
 * @taken: A memory slot, the local APIC, or a device that is not a window
 *
 * Context: As vdevfw_vm_memory_from().
 * Return: Whether there is one.
 */
bool vdevfw_vm_taken_from(struct vdevfw_vm *vm, enum vdevfw_bus bus, u64 addr,
			  struct vdevfw_extent *taken);

/**
 * vdevfw_vm_enter() - Be where accesses are: what they find stays valid
 * @vm: An attached VM
 *
 * Context: Process context.
 * Return: For vdevfw_vm_leave().
 */
int vdevfw_vm_enter(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_leave() - Be there no more
 * @vm: An attached VM
 * @index: What vdevfw_vm_enter() returned
 */
void vdevfw_vm_leave(struct vdevfw_vm *vm, int index);

/**
 * vdevfw_vm_has_changed() - Whether KVM's buses or its memory may be others than at the last call
 * @vm: An attached VM
 *
 * Context: The guest's worker.
 * Return: Whether they may; true at first.
 */
bool vdevfw_vm_has_changed(struct vdevfw_vm *vm);

/**
 * vdevfw_vm_find_hidden() - Find a device that another one on its bus hides
 * @vm: An attached VM
 * @msg: On success: which, and by what
 *
 * KVM's search assumes that ranges do not nest: where they do, part of the larger one is not
 * found any more.
 *
 * Context: The guest's worker. Does not sleep.
 * Return: Whether there is one.
 */
bool vdevfw_vm_find_hidden(struct vdevfw_vm *vm, struct vdevfw_message *msg);

/**
 * vdevfw_eventfd_signal() - Add 1 to an eventfd
 * @eventfd: The eventfd
 *
 * It is here, and not in kvm.c, because a guest's write to a doorbell is little else.
 *
 * Context: Any but NMI.
 */
static __always_inline void vdevfw_eventfd_signal(struct eventfd_ctx *eventfd)
{
#if KERNEL_VERSION(6, 8, 0) <= LINUX_VERSION_CODE
	eventfd_signal(eventfd);
#else
	eventfd_signal(eventfd, 1);
#endif
}

/**
 * vdevfw_vma_forbid_write() - User space can never make a mapping writable
 * @vma: The mapping, within mmap(2)
 */
void vdevfw_vma_forbid_write(struct vm_area_struct *vma);

/**
 * vdevfw_vm_drain() - Wait until every access that is inside a device has ended
 * @vm: An attached VM
 *
 * Context: As vdevfw_vm_retract().
 */
void vdevfw_vm_drain(struct vdevfw_vm *vm);

/**
 * vdevfw_vcpu_leave() - Make the calling vCPU return from KVM_RUN with EINTR
 *
 * The guest's present instruction is completed, and not one more executed.
 *
 * Context: Within an access.
 */
void vdevfw_vcpu_leave(void);

/**
 * vdevfw_vcpu_leave_if_inside() - The same, if the caller is a vCPU of this VM's
 * @vm: An attached VM
 *
 * Context: Any but NMI.
 */
void vdevfw_vcpu_leave_if_inside(const struct vdevfw_vm *vm);

/**
 * vdevfw_vcpu_index() - How many vCPUs were created before this one
 * @vcpu: What KVM gives to a device; NULL where there is no vCPU
 *
 * Return: The number, or VDEVFW_NO_VCPU.
 */
unsigned int vdevfw_vcpu_index(const struct kvm_vcpu *vcpu);

/**
 * vdevfw_vm_vcpus() - How many vCPUs there are
 * @vm: An attached VM
 *
 * Return: The number.
 */
unsigned int vdevfw_vm_vcpus(const struct vdevfw_vm *vm);

/**
 * struct vdevfw_busy_vcpu - A vCPU that KVM, or a vdev, keeps
 * @index: As of vdevfw_vcpu_index()
 * @thread: The number of its thread, as the caller sees it; 0 if it sees none
 */
struct vdevfw_busy_vcpu {
	unsigned int index;
	pid_t thread;
};

/**
 * vdevfw_vm_find_busy() - Find a vCPU that is in KVM_RUN, but neither in the guest nor halted
 * @vm: An attached VM
 * @busy: Is set, if there is one
 *
 * Context: Any but NMI. A vCPU comes and goes meanwhile: it is for a message only.
 * Return: Whether there is one.
 */
bool vdevfw_vm_find_busy(const struct vdevfw_vm *vm, struct vdevfw_busy_vcpu *busy);

/**
 * vdevfw_vm_inject_nmi() - Send an NMI to each vCPU
 * @vm: An attached VM
 *
 * Context: Any but NMI.
 */
void vdevfw_vm_inject_nmi(struct vdevfw_vm *vm);

/**
 * vdevfw_vcpu_is_leaving() - Whether the calling vCPU will return from KVM_RUN now
 *
 * Context: Within an access.
 * Return: True after vdevfw_vcpu_leave(), until KVM_RUN has returned.
 */
bool vdevfw_vcpu_is_leaving(void);

/**
 * vdevfw_bus_device_destructor() - for struct kvm_io_device_ops
 * @dev: A &struct vdevfw_bus_device
 */
void vdevfw_bus_device_destructor(struct kvm_io_device *dev);

/**
 * vdevfw_irq_init() - Learn how an MSI is sent
 *
 * Context: Module init. Sleeps.
 */
void __init vdevfw_irq_init(void);

/**
 * vdevfw_kvm_exit() - Wait until nothing of this room runs any more
 *
 * Context: Module exit. Sleeps.
 */
void vdevfw_kvm_exit(void);

#endif
