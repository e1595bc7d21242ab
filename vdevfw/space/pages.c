// SPDX-License-Identifier: GPL-2.0-only
/* Pages that regions pass through. */
#include <linux/export.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../vdev/vdev.h"
#include "access.h"
#include "pages.h"
#include "spaces.h"

#define PAGES_MAX	4096	/* of one gasp_pages_alloc() */

/**
 * struct vdevfw_pages - What gasp_pages_alloc() has given
 * @kref: Held by the store, and while user space maps it
 * @node: In the store
 * @vdp: Whose it is
 * @host: The kernel's address
 * @offset: In the guest's file, in pages
 * @writable: The guest may write it
 * @n: How many pages
 * @page: The pages
 */
struct vdevfw_pages {
	struct kref kref;
	struct list_head node;
	const vdev_t *vdp;
	void *host;
	unsigned long offset;
	bool writable;
	unsigned int n;
	struct page *page[];
};

static struct vdevfw_page_store *store_of(const vdev_t *vdp)
{
	return &vdevfw_guest_spaces(vdp->v_gsp)->pages;
}

void vdevfw_pages_init(struct vdevfw_page_store *store)
{
	spin_lock_init(&store->lock);
	INIT_LIST_HEAD(&store->blocks);
}

static void free_block(struct kref *kref)
{
	struct vdevfw_pages *block = container_of(kref, struct vdevfw_pages, kref);

	vunmap(block->host);
	/* Those that user space maps stay until it does no more. */
	while (block->n)
		put_page(block->page[--block->n]);
	kvfree(block);
}

static struct vdevfw_pages *make_block(const vdev_t *vdp, unsigned int n, bool writable)
{
	struct vdevfw_pages *block = kvzalloc(struct_size(block, page, n), GFP_KERNEL_ACCOUNT);

	if (!block)
		return NULL;
	kref_init(&block->kref);
	block->vdp = vdp;
	block->writable = writable;
	while (block->n < n) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

		if (!page)
			goto err_free;
		block->page[block->n++] = page;
	}
	block->host = vmap(block->page, n, VM_MAP, PAGE_KERNEL);
	if (block->host)
		return block;

err_free:
	free_block(&block->kref);
	return NULL;
}

void *gasp_pages_alloc(vdev_t *vdp, size_t size, unsigned int flags)
{
	struct vdevfw_page_store *store = store_of(vdp);
	struct vdevfw_pages *block;
	int err;

	err = vdevfw_check_in_control(vdp, FUNCTION_gasp_pages_alloc);
	if (err)
		return ERR_PTR(err);
	if (!size || !PAGE_ALIGNED(size) || size > PAGES_MAX * PAGE_SIZE ||
	    flags & ~(GRF_PASS_RD | GRF_PASS_WR) || !(flags & GRF_PASS_RD))
		return ERR_PTR(-EINVAL);
	block = make_block(vdp, size >> PAGE_SHIFT, flags & GRF_PASS_WR);
	if (!block)
		return ERR_PTR(-ENOMEM);
	spin_lock(&store->lock);
	block->offset = store->next;
	store->next += block->n;
	list_add_tail(&block->node, &store->blocks);
	spin_unlock(&store->lock);
	return block->host;
}
EXPORT_SYMBOL_GPL(gasp_pages_alloc);

/* The block of @vdp that has @host. */
static const struct vdevfw_pages *find_host(const struct vdevfw_page_store *store,
					    const vdev_t *vdp, u64 host)
{
	const struct vdevfw_pages *block;

	lockdep_assert_held(&store->lock);
	list_for_each_entry(block, &store->blocks, node)
		if (block->vdp == vdp && host - (unsigned long)block->host < block->n * PAGE_SIZE)
			return block;
	return NULL;
}

bool vdevfw_pages_have(const vdev_t *vdp, u64 host, u32 length, bool writable)
{
	struct vdevfw_page_store *store = store_of(vdp);
	const struct vdevfw_pages *block;
	bool have;

	spin_lock(&store->lock);
	block = find_host(store, vdp, host);
	have = block && PAGE_ALIGNED(host) && (block->writable || !writable) &&
	       host - (unsigned long)block->host + length <= block->n * PAGE_SIZE;
	spin_unlock(&store->lock);
	return have;
}

u64 vdevfw_pages_offset(const vdev_t *vdp, u64 host)
{
	struct vdevfw_page_store *store = store_of(vdp);
	const struct vdevfw_pages *block;
	u64 offset = 0;

	spin_lock(&store->lock);
	block = find_host(store, vdp, host);
	if (block)
		offset = ((u64)block->offset << PAGE_SHIFT) + host - (unsigned long)block->host;
	spin_unlock(&store->lock);
	return offset;
}

/*
 * User space
 */

/* The block that has a range of the guest's file, with a reference. */
static struct vdevfw_pages *get_block(struct vdevfw_page_store *store, unsigned long offset,
				      unsigned long n)
{
	struct vdevfw_pages *block, *found = NULL;

	spin_lock(&store->lock);
	list_for_each_entry(block, &store->blocks, node) {
		if (offset < block->offset || offset - block->offset >= block->n)
			continue;
		if (n <= block->n - (offset - block->offset)) {
			kref_get(&block->kref);
			found = block;
		}
		break;
	}
	spin_unlock(&store->lock);
	return found;
}

static int map_block(const struct vdevfw_pages *block, struct vm_area_struct *vma)
{
	unsigned long first = vma->vm_pgoff - block->offset, i;
	int err = 0;

	if (!block->writable && vma->vm_flags & VM_WRITE)
		return -EACCES;
	if (!block->writable)
		vdevfw_vma_forbid_write(vma);
	for (i = 0; i < vma_pages(vma) && !err; i++)
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, block->page[first + i]);
	return err;
}

int vdevfw_pages_mmap(struct vdevfw_page_store *store, struct vm_area_struct *vma)
{
	struct vdevfw_pages *block;
	int err;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	block = get_block(store, vma->vm_pgoff, vma_pages(vma));
	if (!block)
		return -EINVAL;
	err = map_block(block, vma);
	kref_put(&block->kref, free_block);
	return err;
}

void vdevfw_pages_release(const vdev_t *vdp)
{
	struct vdevfw_page_store *store = store_of(vdp);
	struct vdevfw_pages *block, *next;
	LIST_HEAD(released);

	spin_lock(&store->lock);
	list_for_each_entry_safe(block, next, &store->blocks, node)
		if (block->vdp == vdp)
			list_move(&block->node, &released);
	spin_unlock(&store->lock);
	list_for_each_entry_safe(block, next, &released, node)
		kref_put(&block->kref, free_block);
}

/*
 * Accesses that trap nevertheless
 */

static void *place_of(const struct qvm_state_block *vopnd, struct guest_cpu *gcp)
{
	const struct vdevfw_region *region = container_of(gcp, struct vdevfw_access, gcp)->region;

	return (void *)(unsigned long)(region->host + (vopnd->location - region->start));
}

/* In one piece, as a CPU does it, where the address is aligned. */
static void copy(void *to, const void *from, unsigned int len)
{
	switch (len) {
	case 1:
		WRITE_ONCE(*(u8 *)to, READ_ONCE(*(u8 *)from));
		break;
	case 2:
		WRITE_ONCE(*(u16 *)to, READ_ONCE(*(u16 *)from));
		break;
	case 4:
		WRITE_ONCE(*(u32 *)to, READ_ONCE(*(u32 *)from));
		break;
	default:
		WRITE_ONCE(*(u64 *)to, READ_ONCE(*(u64 *)from));
	}
}

enum vdev_ref_status vdevfw_pages_read(vdev_t *vdp, unsigned int cookie,
				       const struct qvm_state_block *vopnd,
				       const struct qvm_state_block *oopnd,
				       struct guest_cpu *gcp)
{
	copy((void *)(unsigned long)oopnd->location, place_of(vopnd, gcp), vopnd->length);
	return VRS_NORMAL;
}

enum vdev_ref_status vdevfw_pages_write(vdev_t *vdp, unsigned int cookie,
					const struct qvm_state_block *vopnd,
					const struct qvm_state_block *oopnd,
					struct guest_cpu *gcp)
{
	copy(place_of(vopnd, gcp), (void *)(unsigned long)oopnd->location, vopnd->length);
	return VRS_NORMAL;
}
