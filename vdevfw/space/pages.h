/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that regions pass through: the kernel writes them, user space maps them and makes
 * memory slots of them, and a guest reads them without an exit. Where there is no slot, the
 * access traps and is answered from the same page.
 */
#ifndef _VDEVFW_PAGES_H
#define _VDEVFW_PAGES_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include "gasp.h"

struct vm_area_struct;

/**
 * struct vdevfw_page_store - All pages of a guest
 * @lock: Innermost; taken in process context
 * @blocks: &struct vdevfw_pages
 * @next: Where the next block begins in the guest's file, in pages
 */
struct vdevfw_page_store {
	spinlock_t lock;	/* protects all below */
	struct list_head blocks;
	unsigned long next;
};

/**
 * vdevfw_pages_init() - No pages
 * @store: The store
 */
void vdevfw_pages_init(struct vdevfw_page_store *store);

/**
 * vdevfw_pages_have() - Whether a range lies in pages of a vdev
 * @vdp: The vdev
 * @host: The kernel's address
 * @length: Bytes
 * @writable: and whether the guest may write it
 *
 * Context: Process context, also under spinlocks.
 * Return: Whether it does.
 */
bool vdevfw_pages_have(const vdev_t *vdp, u64 host, u32 length, bool writable);

/**
 * vdevfw_pages_offset() - Where user space finds a page
 * @vdp: Whose it is
 * @host: The kernel's address of the page
 *
 * Context: Process context, also under spinlocks.
 * Return: The offset in the guest's file for mmap(2), in bytes.
 */
u64 vdevfw_pages_offset(const vdev_t *vdp, u64 host);

/**
 * vdevfw_pages_mmap() - Map pages for user space
 * @store: The store
 * @vma: The mapping
 *
 * Context: mmap(2); mmap_lock is held.
 * Return: 0. -EINVAL: private, or not within one block. -EACCES: the guest may not write
 *	these, so user space may not either. -ENOMEM.
 */
int vdevfw_pages_mmap(struct vdevfw_page_store *store, struct vm_area_struct *vma);

/**
 * vdevfw_pages_release() - A vdev's pages are not its own any more
 * @vdp: The vdev, which no access reaches
 *
 * User space may go on to look at what it has mapped.
 *
 * Context: Process context. May sleep.
 */
void vdevfw_pages_release(const vdev_t *vdp);

/* What stands for &vdev_factory.vread and .vwrite of a region that passes. */
enum vdev_ref_status vdevfw_pages_read(vdev_t *vdp, unsigned int cookie,
				       const struct qvm_state_block *vopnd,
				       const struct qvm_state_block *oopnd,
				       struct guest_cpu *gcp);
enum vdev_ref_status vdevfw_pages_write(vdev_t *vdp, unsigned int cookie,
					const struct qvm_state_block *vopnd,
					const struct qvm_state_block *oopnd,
					struct guest_cpu *gcp);

#endif
