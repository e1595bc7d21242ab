/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows: what KVM sees of a guest's regions.
 *
 * A window is one device on KVM's io bus that spans exactly the regions in it;
 * regions that touch share one. Its table has a slot a page (a port, for I/O),
 * from which an access finds its region with one load:
 *
 *	window ──▶ table[page] ──▶ region ──▶ vread() / vwrite()
 *	                      └──▶ list of the regions that share the page
 *
 * An access runs inside kvm->srcu: what it found stays valid until it has ended,
 * for whoever changes a table and then drains.
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
 * @unsupported: The vdev does not serve the access; NULL: nobody cares
 *
 * Both come within the access.
 */
struct vdevfw_faults {
	void (*failed)(vdev_t *vdp, enum vdev_ref_status status);
	void (*unsupported)(vdev_t *vdp, u64 addr, unsigned int len, bool write);
};

/**
 * struct vdevfw_region_list - Regions that share a slot
 * @next: Next list of the same window
 * @n: How many
 * @region: The regions by address
 */
struct vdevfw_region_list {
	struct vdevfw_region_list *next;
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
 * @lists: For the end: all lists in @slot
 * @slot: &struct vdevfw_region, or &struct vdevfw_region_list with bit 0 set
 */
struct vdevfw_window {
	struct vdevfw_bus_device device;
	unsigned long reach;
	u64 origin;
	unsigned long slots;
	const struct vdevfw_faults *faults;
	struct vdevfw_region_list *lists;
	unsigned long slot[];
};

/**
 * struct vdevfw_windows - All windows of a guest
 * @lock: Innermost but for that of the events; taken in any context
 * @device: The windows' devices, while they are with KVM
 * @n: How many
 * @sealed: Their gates stay closed for good
 */
struct vdevfw_windows {
	spinlock_t lock;	/* protects all below, and the gates of the windows */
	struct vdevfw_bus_device **device;
	unsigned int n;
	bool sealed;
};

/* What KVM calls; see access.c. */
extern const struct kvm_io_device_ops vdevfw_access_ops[VDEVFW_BUSES];

/**
 * vdevfw_windows_init() - No windows
 * @windows: The windows; zeroed
 */
void vdevfw_windows_init(struct vdevfw_windows *windows);

/**
 * vdevfw_windows_publish() - Show all regions to KVM, with closed gates
 * @windows: None yet
 * @vm: The VM
 * @spaces: The spaces, by bus
 * @faults: see &struct vdevfw_window
 * @culprit: On failure, the id of the vdev that it was about, or 0
 * @msg: Why not
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0, -ENOMEM, or as vdevfw_vm_publish().
 */
int vdevfw_windows_publish(struct vdevfw_windows *windows, struct vdevfw_vm *vm,
			   struct gasp spaces[VDEVFW_BUSES],
			   const struct vdevfw_faults *faults,
			   u64 *culprit, struct vdevfw_message *msg);

/**
 * vdevfw_windows_retract() - Take all windows from KVM and free them
 * @windows: What vdevfw_windows_publish() made; none afterwards
 * @vm: The VM
 *
 * Afterwards no access is inside any region.
 *
 * Context: The guest's mutex is held, the gates are closed. Sleeps.
 */
void vdevfw_windows_retract(struct vdevfw_windows *windows, struct vdevfw_vm *vm);

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
 * vdevfw_windows_seal() - Close the gates for good
 * @windows: The windows, also before there are any
 *
 * Context: Any but NMI.
 */
void vdevfw_windows_seal(struct vdevfw_windows *windows);

#endif
