/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address spaces of one guest: their regions, locks and windows, and how all of these
 * change together.
 *
 * While the guest is assembled, its mutex protects the regions, there are no windows, and no
 * lock is taken. From vdevfw_spaces_publish() on a space's spinlock protects its regions and
 * the tables of its windows, and accesses look at tables only.
 *
 * A region that comes within a window is there at once. One that comes outside of all windows
 * waits, in its place, until the guest's worker has made it one: vdevfw_spaces_settle().
 */
#ifndef _VDEVFW_SPACES_H
#define _VDEVFW_SPACES_H

#include <linux/wait.h>

#include "pages.h"
#include "window.h"

/**
 * struct vdevfw_space - One address space
 * @lock: Comes after the vdevs' own locks, before KVM's interrupt locks; that of memory before
 *	that of ports. Held with preemption off and interrupts on: not for interrupt context
 * @holder: Who has taken @lock with gasp_lock(). Read by anyone, to find out whether it is them
 * @gasp: The regions
 * @pending: Those that wait for a window
 * @closed: The guest is at its end, and may have lost its VM: nothing comes any more, and nothing
 *	is found
 */
struct vdevfw_space {
	spinlock_t lock;	/* protects all below, and the tables of the space's windows */
	struct task_struct *holder;
	struct gasp gasp;
	struct list_head pending;
	bool closed;
};

/**
 * struct vdevfw_spaces_ops - What the spaces ask of their guest
 * @settle: Call vdevfw_spaces_settle() on the worker
 * @passing_changed: User space has memory slots to change
 *
 * Both come with a space's lock held.
 */
struct vdevfw_spaces_ops {
	void (*settle)(struct guest_system *gsp);
	void (*passing_changed)(struct guest_system *gsp);
};

/**
 * struct vdevfw_spaces - The address spaces of a guest
 * @gsp: The guest
 * @ops: What is asked of it
 * @space: By bus
 * @windows: What KVM sees of them
 * @vm: The VM. Set before the first vdev comes; valid while there is one
 * @faults: For windows
 * @pages: What passing regions show
 * @reserved: Ranges of the guest's memory that vdevs have taken; see gram_reserve(). Changes
 *	while the guest is assembled, under its mutex
 * @leaving: How many regions wait for accesses to end, to be freed
 * @reserver: The vdev that is being added, or 0: whose what it reserves is
 * @activated: Who waits for a region to become active
 * @running: The locks are real
 */
struct vdevfw_spaces {
	struct guest_system *gsp;
	const struct vdevfw_spaces_ops *ops;
	struct vdevfw_space space[VDEVFW_BUSES];
	struct vdevfw_windows windows;
	struct vdevfw_vm *vm;
	const struct vdevfw_faults *faults;
	struct vdevfw_page_store pages;
	struct gasp reserved;
	atomic_t leaving;
	u64 reserver;
	wait_queue_head_t activated;
	bool running;
};

#define VDEVFW_PORTS	0x10000ull

static inline const char *vdevfw_space_prefix(u16 type)
{
	return type == QST_X86_IO ? "io:" : "mem:";
}

static inline enum vdevfw_bus vdevfw_bus_of(u16 type)
{
	return type == QST_X86_IO ? VDEVFW_BUS_IO : VDEVFW_BUS_MEM;
}

/**
 * vdevfw_spaces_init() - Empty spaces
 * @spaces: The spaces; zeroed
 * @gsp: Their guest
 * @ops: What is asked of it
 */
void vdevfw_spaces_init(struct vdevfw_spaces *spaces, struct guest_system *gsp,
			const struct vdevfw_spaces_ops *ops);

/**
 * vdevfw_region_check() - Whether a region can be what a vdev wants
 * @spaces: The spaces
 * @want: What it wants
 * @msg: Why not
 *
 * Return: 0, or an error as at gasp_region_set_soft().
 */
int vdevfw_region_check(const struct vdevfw_spaces *spaces, const struct gasp_region *want,
			struct vdevfw_message *msg);

/**
 * vdevfw_region_fill() - Make a region of what a vdev wants
 * @region: The region
 * @want: What vdevfw_region_check() has found good
 */
void vdevfw_region_fill(struct vdevfw_region *region, const struct gasp_region *want);

/**
 * vdevfw_spaces_let_go() - Free a region once no access can be inside
 * @spaces: The spaces
 * @region: In no space any more
 *
 * Context: As vdevfw_spaces_set().
 */
void vdevfw_spaces_let_go(struct vdevfw_spaces *spaces, struct vdevfw_region *region);

/**
 * vdevfw_spaces_set() - Add, change or delete a region
 * @spaces: The spaces
 * @want: As gasp_region_set_soft() has it
 * @msg: Why not
 *
 * Context: While the guest is assembled: its mutex is held, sleeps. Afterwards: the space's
 *	lock is held.
 * Return: 0, or an error as at gasp_region_set_soft().
 */
int vdevfw_spaces_set(struct vdevfw_spaces *spaces, const struct gasp_region *want,
		      struct vdevfw_message *msg);

/**
 * vdevfw_spaces_forget() - Delete all regions of a vdev that has not come to be
 * @spaces: The spaces, of a guest that is being assembled
 * @vdp: The vdev, perhaps freed
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_spaces_forget(struct vdevfw_spaces *spaces, const vdev_t *vdp);

/**
 * vdevfw_gram_forget() - Give back what a vdev has reserved that has not come to be
 * @spaces: The spaces
 * @id: The vdev's id
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_gram_forget(struct vdevfw_spaces *spaces, u64 id);

/**
 * vdevfw_spaces_publish() - Show all regions to KVM; from here on the locks are real
 * @spaces: The spaces
 * @faults: see &struct vdevfw_window
 * @culprit: On failure, the id of the vdev that it was about, or 0
 * @msg: Why not
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0, or as vdevfw_windows_publish().
 */
int vdevfw_spaces_publish(struct vdevfw_spaces *spaces, const struct vdevfw_faults *faults,
			  u64 *culprit, struct vdevfw_message *msg);

/**
 * vdevfw_spaces_settle() - Make windows for the regions that wait, and take away empty ones
 * @spaces: The spaces
 *
 * A region that cannot have one is deleted, and its vdev says so.
 *
 * Context: The guest's worker. Sleeps.
 */
void vdevfw_spaces_settle(struct vdevfw_spaces *spaces);

/**
 * vdevfw_spaces_access() - Make an access as a vCPU would
 * @spaces: The spaces
 * @bus: In this one
 * @addr: The address
 * @value: What is written, or read
 * @len: Bytes: 1, 2, 4 or 8
 * @write: Which of them
 *
 * Context: Process context, after vdevfw_vm_enter(). Sleeps as the vdev does.
 * Return: 0. -ENXIO: it is in no window. -EAGAIN: the guest is not running.
 */
int vdevfw_spaces_access(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr, void *value,
			 unsigned int len, bool write);

/**
 * vdevfw_spaces_find_hidden() - Find what cannot be reached any more
 * @spaces: The spaces
 * @msg: On success: which window or region, and what hides it
 *
 * Context: The guest's worker.
 * Return: Whether there is something.
 */
bool vdevfw_spaces_find_hidden(struct vdevfw_spaces *spaces, struct vdevfw_message *msg);

/**
 * vdevfw_spaces_wake() - Whoever waits for a region to become active looks again
 * @spaces: The spaces
 */
void vdevfw_spaces_wake(struct vdevfw_spaces *spaces);

/**
 * vdevfw_spaces_retract() - Take all windows from KVM and free them
 * @spaces: The spaces; without windows afterwards
 *
 * Afterwards no access is inside any region.
 *
 * Context: The guest's worker; its mutex is held, the gates are closed. Sleeps.
 */
void vdevfw_spaces_retract(struct vdevfw_spaces *spaces);

/**
 * vdevfw_spaces_close() - Free all regions; none comes any more
 * @spaces: The spaces, without windows
 *
 * Before the first vdev goes: threads of those that are left find no region of one that is gone.
 *
 * Context: The guest's mutex is held. May sleep.
 */
void vdevfw_spaces_close(struct vdevfw_spaces *spaces);

/**
 * vdevfw_spaces_describe() - What is at an address
 * @spaces: The spaces
 * @bus: In this one
 * @addr: The address
 * @out: From @addr on: a region, memory, or with GRF_NONE what is neither. In
 *	&gasp_region.guest, a length that the type cannot hold is cut.
 *
 * Context: As vdevfw_spaces_set(), but does not sleep.
 */
void vdevfw_spaces_describe(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr,
			    struct gasp_region *out);

/**
 * vdevfw_spaces_is_mapped() - Whether KVM has a window at an address
 * @spaces: The spaces
 * @bus: In this one
 * @addr: The address
 *
 * Context: As vdevfw_spaces_describe().
 * Return: Whether it has.
 */
bool vdevfw_spaces_is_mapped(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr);

/**
 * vdevfw_spaces_find() - Find the first region, or piece of memory, from an address on
 * @spaces: The spaces
 * @bus: In this one
 * @addr: The address
 * @out: As vdevfw_spaces_describe() has it
 *
 * Context: As vdevfw_spaces_describe().
 * Return: Whether there is one.
 */
bool vdevfw_spaces_find(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 addr,
			struct gasp_region *out);

/**
 * vdevfw_spaces_find_free() - Find the lowest range that nobody has
 * @spaces: The spaces
 * @bus: In this one
 * @size: Bytes, not 0
 * @align: A power of two
 * @min_addr: Its first address is not below this one, ...
 * @max_addr: ... and its last one not above this one
 *
 * Context: As vdevfw_spaces_describe().
 * Return: Its address, or QSL_NO_LOCATION.
 */
u64 vdevfw_spaces_find_free(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, u64 size,
			    u64 align, u64 min_addr, u64 max_addr);

/**
 * vdevfw_spaces_enter() - Take a space's lock, unless there is none yet, or it is one's own
 * @spaces: The spaces
 * @bus: Which one
 *
 * Return: Whether vdevfw_spaces_leave() is to be called.
 */
bool vdevfw_spaces_enter(struct vdevfw_spaces *spaces, enum vdevfw_bus bus);

/**
 * vdevfw_spaces_leave() - Give it back
 * @spaces: The spaces
 * @bus: Which one
 * @entered: What vdevfw_spaces_enter() returned
 */
void vdevfw_spaces_leave(struct vdevfw_spaces *spaces, enum vdevfw_bus bus, bool entered);

/* The spaces of a guest; guest.c knows. */
struct vdevfw_spaces *vdevfw_guest_spaces(struct guest_system *gsp);

#endif
