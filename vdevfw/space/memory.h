/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest memory: copies, and mappings. What vdevs call of it is in <vdevfw/gasp.h>. */
#ifndef _VDEVFW_MEMORY_H
#define _VDEVFW_MEMORY_H

#include <linux/list.h>
#include <linux/xarray.h>

struct guest_system;
struct vdevfw_vdev;
struct vdevfw_vm;

/* How many mappings a guest can have: each costs, and a guest may be able to ask for them. */
#define VDEVFW_MAPPINGS_MAX	4096

/**
 * struct vdevfw_memory - The memory of a guest
 * @guest: The guest's id
 * @vm: Its VM. Set before there is a vdev, and there until vdevfw_memory_end()
 * @ending: The guest's vdevs are being ended
 * @orphans: Some of them have threads that do not end
 * @mappings: Of the guest and all its vdevs, by page of their address. Its lock protects what
 *	follows, and &vdevfw_vdev.mappings.
 * @count: How many
 * @system: Those of the guest itself
 */
struct vdevfw_memory {
	u64 guest;
	struct vdevfw_vm *vm;
	bool ending;
	bool orphans;
	struct xarray mappings;
	unsigned int count;
	struct list_head system;
};

/**
 * vdevfw_memory_init() - Make it
 * @memory: The memory
 * @guest: The guest's id
 */
void vdevfw_memory_init(struct vdevfw_memory *memory, u64 guest);

/**
 * vdevfw_memory_end_vdev() - Undo what mappings a vdev has left
 * @vdev: The vdev; nothing of it runs any more
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_memory_end_vdev(struct vdevfw_vdev *vdev);

/**
 * vdevfw_memory_orphan_vdev() - Its mappings stay, without the VM
 * @vdev: The vdev, whose threads may go on, but not into this room
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_memory_orphan_vdev(struct vdevfw_vdev *vdev);

/**
 * vdevfw_memory_end() - Let go of the VM
 * @memory: The memory; no vdev is left but orphans, for which the guest's own mappings stay
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_memory_end(struct vdevfw_memory *memory);

/**
 * vdevfw_memory_free() - Free what vdevfw_memory_end() has left
 * @memory: The memory; no vdev is left at all
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_memory_free(struct vdevfw_memory *memory);

/**
 * vdevfw_guest_memory() - The memory of a guest, which owns it and knows this room
 * @gsp: The guest
 *
 * Return: Its memory.
 */
struct vdevfw_memory *vdevfw_guest_memory(struct guest_system *gsp);

#endif
