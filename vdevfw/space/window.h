/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows: what KVM sees of a guest's regions.
 *
 * A window is one device on KVM's io bus. It spans a range that the configuration declares, or
 * exactly the regions that touch each other, or one region that came while the guest ran.
 * Its table has a slot a page (a port, for I/O), from which an access finds its region with
 * one load:
 *
 *	window ──▶ table[page] ──▶ region ──▶ vread() / vwrite()
 *	                      ├──▶ list of the regions that share the page
 *	                      └──▶ hole: no region is there
 *
 * A table changes by single stores, while accesses use it. What one has found stays
 * valid until it has ended, because it runs inside kvm->srcu: what leaves a table is
 * freed by vdevfw_vm_defer().
 */
#ifndef _VDEVFW_WINDOW_H
#define _VDEVFW_WINDOW_H

#include "../kvm/kvm.h"
#include "gasp.h"

#define VDEVFW_MEM_SHIFT	PAGE_SHIFT	/* a slot of a memory window is a page */
#define VDEVFW_IO_SHIFT		0		/* a slot of an I/O window is a port */

/**
 * struct vdevfw_faults - Who is told of accesses that do not end well
 * @failed: The vdev has failed so that the machine must end
 * @unsupported: The vdev does not serve the access, or there is none; NULL: nobody cares
 * @divert: A vCPU comes, by its index, while windows are diverted
 *
 * All come within the access.
 */
struct vdevfw_faults {
	void (*failed)(vdev_t *vdp, enum vdev_ref_status status);
	void (*unsupported)(struct guest_system *gsp, vdev_t *vdp, u64 addr, unsigned int len,
			    bool write);
	void (*divert)(struct guest_system *gsp, unsigned int vcpu);
};

/**
 * struct vdevfw_region_list - Regions that share a slot
 * @next: Among the lists of a change that is being prepared
 * @rcu: Frees it once no access can be inside
 * @n: How many
 * @region: The regions by address
 */
struct vdevfw_region_list {
	union {
		struct vdevfw_region_list *next;
		struct rcu_head rcu;
	};
	unsigned int n;
	struct vdevfw_region *region[];
};

/**
 * struct vdevfw_window - A device on KVM's bus that holds regions
 * @device: What KVM sees
 * @reach: How many slots accesses reach: all, or 0 while the gate is closed.
 *	Whoever has set it to 0 and then drained knows that no access is inside.
 * @origin: Address where slot 0 begins
 * @slots: How many slots there are
 * @faults: Who is told of accesses that do not end well
 * @gsp: For @faults
 * @diverted: Its gate is open, but accesses go by &vdevfw_faults.divert first
 * @sealed: Its gate stays closed for good
 * @lone: Made for one region while the guest ran: it goes with its last one
 * @mapped: KVM has it. Protected by the space's lock.
 * @hole: Stands where no region is
 * @slot: &struct vdevfw_region, or &struct vdevfw_region_list with bit 0 set. Changes
 *	under the space's lock.
 */
struct vdevfw_window {
	struct vdevfw_bus_device device;
	unsigned long reach;
	u64 origin;
	unsigned long slots;
	const struct vdevfw_faults *faults;
	struct guest_system *gsp;
	bool diverted;
	bool sealed;
	bool lone;
	bool mapped;
	struct vdevfw_region hole;
	unsigned long slot[];
};

/**
 * struct vdevfw_range - A range of a bus
 * @bus: Which bus
 * @start: First address
 * @length: Bytes, 1 to INT_MAX
 */
struct vdevfw_range {
	enum vdevfw_bus bus;
	u64 start;
	u32 length;
};

#define VDEVFW_DECLARED_MAX	64	/* windows that a configuration can declare */

/**
 * struct vdevfw_windows - All windows of a guest
 * @lock: Innermost but for that of the events; taken in any context
 * @device: The windows' devices, by bus and address
 * @n: How many
 * @is_open: Their gates are
 * @diverted: An access goes by divert() of struct vdevfw_faults first
 * @sealed: Their gates stay closed for good
 * @declared: What the configuration declares, by bus and address. Changes under the
 *	guest's mutex, before there are windows.
 * @nr_declared: How many
 *
 * The set changes in configure, and later on the guest's worker only, which takes
 * the lock of the space as well: who holds that one may use what it has found.
 */
struct vdevfw_windows {
	spinlock_t lock;	/* protects all up to @sealed, and the gates of the windows */
	struct vdevfw_bus_device **device;
	unsigned int n;
	bool is_open;
	bool diverted;
	bool sealed;
	struct vdevfw_range declared[VDEVFW_DECLARED_MAX];
	unsigned int nr_declared;
};

/* What KVM calls; see access.c. */
extern const struct kvm_io_device_ops vdevfw_access_ops[VDEVFW_BUSES];

static inline struct vdevfw_window *to_vdevfw_window(struct vdevfw_bus_device *device)
{
	return container_of(device, struct vdevfw_window, device);
}

static inline u64 vdevfw_range_last(const struct vdevfw_range *range)
{
	return range->start + range->length - 1;
}

static inline u64 vdevfw_window_last(const struct vdevfw_window *window)
{
	return window->device.start + window->device.length - 1;
}

static inline bool vdevfw_window_is_empty(const struct vdevfw_window *window,
					  const struct gasp *space)
{
	struct vdevfw_region *region = gasp_from(space, window->device.start);

	return !region || region->start > vdevfw_window_last(window);
}

/**
 * vdevfw_windows_init() - No windows
 * @windows: The windows; zeroed
 */
void vdevfw_windows_init(struct vdevfw_windows *windows);

/**
 * vdevfw_windows_declare() - There shall be a window, whatever is in it
 * @windows: No windows yet
 * @range: Its range; checked here
 * @msg: Why not
 *
 * Context: The guest's mutex is held.
 * Return: 0. -EADDRINUSE: it overlaps another one that was declared. -ENOSPC: there are too
 *	many.
 */
int vdevfw_windows_declare(struct vdevfw_windows *windows, const struct vdevfw_range *range,
			   struct vdevfw_message *msg);

/**
 * vdevfw_windows_publish() - Show all regions to KVM, with closed gates
 * @windows: None yet, but for those that are declared
 * @vm: The VM
 * @spaces: The spaces, by bus
 * @gsp: For @faults
 * @faults: see &struct vdevfw_window
 * @culprit: On failure, the id of the vdev that it was about, or 0
 * @msg: Why not
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0, -ENOMEM, -EXDEV: a region reaches beyond a declared window, or as
 *	vdevfw_vm_publish().
 */
int vdevfw_windows_publish(struct vdevfw_windows *windows, struct vdevfw_vm *vm,
			   struct gasp *const spaces[VDEVFW_BUSES], struct guest_system *gsp,
			   const struct vdevfw_faults *faults, u64 *culprit,
			   struct vdevfw_message *msg);

/**
 * vdevfw_windows_take() - Take all windows from those that can be found
 * @windows: The windows; none afterwards
 * @n: How many there were
 *
 * Who has found one under a space's lock may yet use it. Then they are for vdevfw_vm_retract().
 *
 * Context: The guest's worker; the gates are closed.
 * Return: The windows' devices, to be freed with kvfree().
 */
struct vdevfw_bus_device **vdevfw_windows_take(struct vdevfw_windows *windows, unsigned int *n);

/**
 * vdevfw_windows_from() - Find the first window that ends at or behind an address
 * @windows: The windows
 * @bus: Of this bus
 * @addr: The address
 *
 * Context: Any but NMI. The window may be used while the space's lock is held, and by
 *	the guest's worker.
 * Return: The window, or NULL.
 */
struct vdevfw_window *vdevfw_windows_from(struct vdevfw_windows *windows, enum vdevfw_bus bus,
					  u64 addr);

/**
 * vdevfw_windows_edge() - Whether a range lies across the edge of a window
 * @windows: The windows, or, before there are any, those that are declared
 * @bus: Of this bus
 * @first: The first address
 * @last: The last one
 *
 * Context: As vdevfw_windows_from().
 * Return: @first if it does not; otherwise, the edge behind @first.
 */
u64 vdevfw_windows_edge(struct vdevfw_windows *windows, enum vdevfw_bus bus, u64 first, u64 last);

/**
 * vdevfw_window_update() - Make a window's table what its space is
 * @window: The window
 * @vm: Where it is, or will be
 * @space: The space
 * @first: From this address on, ...
 * @last: ... up to this one. What is beyond the window is ignored.
 * @gfp: How to allocate
 *
 * The time is linear in the pages of the range.
 *
 * Context: As @gfp; the space's lock is held, or no other knows @window.
 * Return: 0, -ENOMEM: it is as it was.
 */
int vdevfw_window_update(struct vdevfw_window *window, struct vdevfw_vm *vm,
			 const struct gasp *space, u64 first, u64 last, gfp_t gfp);

/**
 * vdevfw_window_alloc() - Make a window without regions
 * @range: Its range
 * @gsp: For @faults
 * @faults: see &struct vdevfw_window
 * @owner: see &struct vdevfw_bus_device
 * @name: see &struct vdevfw_bus_device
 *
 * Context: Sleeps.
 * Return: The window, for &vdevfw_bus_device.free, or NULL.
 */
struct vdevfw_window *vdevfw_window_alloc(const struct vdevfw_range *range,
					  struct guest_system *gsp,
					  const struct vdevfw_faults *faults, u64 owner,
					  const char *name);

/**
 * vdevfw_windows_make_room() - Make room for one more window
 * @windows: The windows
 *
 * Context: The guest's worker. Sleeps.
 * Return: The room, for vdevfw_windows_insert(), or NULL.
 */
struct vdevfw_bus_device **vdevfw_windows_make_room(struct vdevfw_windows *windows);

/**
 * vdevfw_windows_insert() - Add a window to those that can be found
 * @windows: The windows
 * @window: Overlaps none of them
 * @room: What vdevfw_windows_make_room() gave; replaced by what is to be freed with kvfree()
 *
 * Its gate is as those of the others.
 *
 * Context: The guest's worker; the space's lock is held.
 */
void vdevfw_windows_insert(struct vdevfw_windows *windows, struct vdevfw_window *window,
			   struct vdevfw_bus_device ***room);

/**
 * vdevfw_windows_remove() - Take a window from those that can be found
 * @windows: The windows
 * @window: One of them; its gate is closed
 *
 * Context: The guest's worker; the space's lock is held.
 */
void vdevfw_windows_remove(struct vdevfw_windows *windows, struct vdevfw_window *window);

/**
 * vdevfw_windows_open() - Let accesses reach the regions, unless they are sealed
 * @windows: The windows
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_windows_open(struct vdevfw_windows *windows);

/**
 * vdevfw_windows_close() - Send new accesses to user space
 * @windows: The windows
 *
 * Accesses that are inside go on; vdevfw_vm_drain() waits for them.
 *
 * Context: Any but NMI.
 */
void vdevfw_windows_close(struct vdevfw_windows *windows);

/**
 * vdevfw_windows_divert() - Have accesses go by &vdevfw_faults.divert first, or no longer
 * @windows: The windows
 * @divert: Which
 *
 * Context: Any but NMI.
 */
void vdevfw_windows_divert(struct vdevfw_windows *windows, bool divert);

/**
 * vdevfw_windows_seal() - Close the gates for good
 * @windows: The windows, also before there are any
 *
 * Context: Any but NMI.
 */
void vdevfw_windows_seal(struct vdevfw_windows *windows);

#endif
