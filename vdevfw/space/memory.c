// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory: copies, and mappings. The seam to KVM knows where the memory is and keeps
 * pages in their place; here are lengths, pointers, and who has which mapping.
 */
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <vdevfw/gasp.h>
#include <vdevfw/log.h>

#include "../kvm/kvm.h"
#include "../service/thread.h"
#include "../vdev/vdev.h"
#include "memory.h"

#define DIRTY_AT_ONCE	64	/* pages, with a spinlock held */

/**
 * struct mapping - Guest memory that the kernel has an address of
 * @node: Among those of its vdev, or of the guest
 * @pin: The pages
 * @pages: How many
 * @address: Of the first page
 * @offset: Of the first byte in it
 * @len: Bytes
 * @write: It may be written to
 * @orphan: It has left the VM; in no table
 *
 * Whoever has taken it out of &vdevfw_memory.mappings owns it.
 */
struct mapping {
	struct list_head node;
	struct vdevfw_pin *pin;
	unsigned int pages;
	void *address;
	unsigned int offset;
	size_t len;
	bool write;
	bool orphan;
};

static struct vdevfw_memory *memory_of(const vdev_t *vdp)
{
	return to_vdevfw_vdev(vdp)->machine->memory;
}

/* For functions that are given a guest, where nobody knows which vdev calls. */
static int check_guest(const struct vdevfw_memory *memory, enum vdevfw_function function)
{
	enum vdevfw_phase phase = READ_ONCE(memory->ending) ? PHASE_ENDING : PHASE_RUNNING;

	if (likely(phase & vdevfw_functions[function].phases))
		return 0;
	return vdevfw_guest_phase_violated(memory->guest, function);
}

/* A vdev's thread that has been abandoned does not come in: the guest may have lost its VM. */
static int begin(struct vdevfw_memory *memory)
{
	int err;

	err = vdevfw_thread_enter();
	if (err)
		return err;
	err = vdevfw_vm_memory_begin(memory->vm);
	if (err)
		vdevfw_thread_leave();
	return err;
}

static void end(struct vdevfw_memory *memory)
{
	vdevfw_vm_memory_end(memory->vm);
	vdevfw_thread_leave();
}

/*
 * Copies
 */

static int copy_pages(struct vdevfw_memory *memory, u64 gpa, u8 *data, size_t len, bool write)
{
	size_t part;
	int err;

	for (; len; len -= part, gpa += part, data += part) {
		part = min_t(size_t, len, PAGE_SIZE - offset_in_page(gpa));
		err = vdevfw_vm_copy(memory->vm, gpa, data, part, write);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int copy(struct vdevfw_memory *memory, u64 gpa, void *data, size_t len, bool write)
{
	int err;

	might_sleep();
	if (!len)
		return 0;
	if (gpa + (len - 1) < gpa)
		return -EFAULT;
	err = begin(memory);
	if (err)
		return err;
	err = copy_pages(memory, gpa, data, len, write);
	end(memory);
	return err;
}

int gasp_read(const vdev_t *vdp, u64 gpa, void *data, size_t len)
{
	int err = vdevfw_check(vdp, FUNCTION_gasp_read);

	return err ?: copy(memory_of(vdp), gpa, data, len, false);
}
EXPORT_SYMBOL_GPL(gasp_read);

int gasp_write(const vdev_t *vdp, u64 gpa, const void *data, size_t len)
{
	int err = vdevfw_check(vdp, FUNCTION_gasp_write);

	return err ?: copy(memory_of(vdp), gpa, (void *)data, len, true);
}
EXPORT_SYMBOL_GPL(gasp_write);

/*
 * The table of mappings
 */

static unsigned long index_of(const void *ptr)
{
	return (unsigned long)ptr >> PAGE_SHIFT;
}

static void *pointer_to(const struct mapping *mapping)
{
	return mapping->address + mapping->offset;
}

/* The mapping whose pointer is @ptr, or NULL. */
static struct mapping *find(struct vdevfw_memory *memory, const void *ptr)
{
	struct mapping *mapping = xa_load(&memory->mappings, index_of(ptr));

	lockdep_assert_held(&memory->mappings.xa_lock);
	return mapping && pointer_to(mapping) == ptr ? mapping : NULL;
}

static int enter(struct vdevfw_memory *memory, struct mapping *mapping, struct list_head *owner)
{
	int err = -ENOSPC;

	xa_lock(&memory->mappings);
	if (memory->count < VDEVFW_MAPPINGS_MAX)
		err = __xa_insert(&memory->mappings, index_of(mapping->address), mapping,
				  GFP_KERNEL_ACCOUNT);
	if (!err) {
		list_add_tail(&mapping->node, owner);
		memory->count++;
	}
	xa_unlock(&memory->mappings);
	return err;
}

/* An orphan is out of the table already. */
static void take_out(struct vdevfw_memory *memory, struct mapping *mapping)
{
	lockdep_assert_held(&memory->mappings.xa_lock);
	if (__xa_erase(&memory->mappings, index_of(mapping->address)))
		memory->count--;
	list_del(&mapping->node);
}

/*
 * Making mappings
 */

/* Keep only those pages that follow each other. */
static void shorten(struct mapping *mapping)
{
	struct page **pages = vdevfw_pin_pages(mapping->pin);
	unsigned int n = 1;

	while (n < mapping->pages && page_to_pfn(pages[n]) == page_to_pfn(pages[0]) + n)
		n++;
	if (n == mapping->pages)
		return;
	vdevfw_pin_shorten(mapping->pin, n);
	mapping->pages = n;
	mapping->len = n * PAGE_SIZE - mapping->offset;
}

static int make(struct vdevfw_memory *memory, struct mapping *mapping, u64 gpa, bool contig,
		struct list_head *owner, struct vdevfw_message *msg)
{
	int err;

	mapping->pin = vdevfw_vm_pin(memory->vm, gpa & PAGE_MASK, mapping->pages,
				     mapping->write, msg);
	if (IS_ERR(mapping->pin))
		return PTR_ERR(mapping->pin);
	if (contig)
		shorten(mapping);
	err = -ENOMEM;
	mapping->address = vmap(vdevfw_pin_pages(mapping->pin), mapping->pages, VM_MAP,
				mapping->write ? PAGE_KERNEL : PAGE_KERNEL_RO);
	if (!mapping->address)
		goto err_release;
	err = enter(memory, mapping, owner);
	if (err)
		goto err_unmap;
	return 0;

err_unmap:
	if (err == -ENOSPC)
		vdevfw_fail(msg, err, "guest memory cannot be mapped: the guest has %u mappings, and can have no more",
			    VDEVFW_MAPPINGS_MAX);
	vunmap(mapping->address);
err_release:
	vdevfw_pin_release(mapping->pin);
	return err;
}

static int check_range(int prot, u64 gpa, size_t len)
{
	if (!prot || prot & ~(PROT_READ | PROT_WRITE) || !len)
		return -EINVAL;
	if (len > GASP_MAP_MAX - offset_in_page(gpa))
		return -E2BIG;
	return gpa + (len - 1) < gpa ? -EFAULT : 0;
}

static struct mapping *map(struct vdevfw_memory *memory, int prot, u64 gpa, size_t len,
			   bool contig, struct list_head *owner, struct vdevfw_message *msg)
{
	struct mapping *mapping;
	int err;

	might_sleep();
	err = check_range(prot, gpa, len);
	if (err)
		return ERR_PTR(err);
	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->offset = offset_in_page(gpa);
	mapping->len = len;
	mapping->pages = PFN_UP(mapping->offset + len);
	mapping->write = prot & PROT_WRITE;
	err = begin(memory);
	if (err)
		goto err_free;
	err = make(memory, mapping, gpa, contig, owner, msg);
	end(memory);
	if (err)
		goto err_free;
	return mapping;

err_free:
	kfree(mapping);
	return ERR_PTR(err);
}

void *gasp_map_sys(struct guest_system *gsp, int prot, u64 gpa, size_t len)
{
	struct vdevfw_memory *memory = vdevfw_guest_memory(gsp);
	struct vdevfw_message msg = {};
	struct mapping *mapping;
	int err;

	err = check_guest(memory, FUNCTION_gasp_map_sys);
	if (err)
		return ERR_PTR(err);
	mapping = map(memory, prot, gpa, len, false, &memory->system, &msg);
	if (*msg.text)
		pr_warn_ratelimited("vdevfw: guest %llu: %s\n", memory->guest, msg.text);
	return IS_ERR(mapping) ? ERR_CAST(mapping) : pointer_to(mapping);
}
EXPORT_SYMBOL_GPL(gasp_map_sys);

static struct mapping *map_for(const vdev_t *vdp, int prot, u64 gpa, size_t len, bool contig)
{
	struct vdevfw_message msg = {};
	struct mapping *mapping;

	mapping = map(memory_of(vdp), prot, gpa, len, contig, &to_vdevfw_vdev(vdp)->mappings,
		      &msg);
	if (*msg.text)
		vdev_logf(QL_WARN, vdp, "%s", msg.text);
	return mapping;
}

void *gasp_map_vdma(const vdev_t *vdp, int prot, u64 gpa, size_t len)
{
	struct mapping *mapping;
	int err;

	err = vdevfw_check(vdp, FUNCTION_gasp_map_vdma);
	if (err)
		return ERR_PTR(err);
	mapping = map_for(vdp, prot, gpa, len, false);
	return IS_ERR(mapping) ? ERR_CAST(mapping) : pointer_to(mapping);
}
EXPORT_SYMBOL_GPL(gasp_map_vdma);

void *gasp_map_contig(const vdev_t *vdp, int prot, u64 *ppaddr, size_t *plen)
{
	struct mapping *mapping;
	int err;

	err = vdevfw_check(vdp, FUNCTION_gasp_map_contig);
	if (err)
		return ERR_PTR(err);
	mapping = map_for(vdp, prot, *ppaddr, *plen, true);
	if (IS_ERR(mapping))
		return ERR_CAST(mapping);
	*ppaddr = page_to_phys(vdevfw_pin_pages(mapping->pin)[0]) + mapping->offset;
	*plen = mapping->len;
	return pointer_to(mapping);
}
EXPORT_SYMBOL_GPL(gasp_map_contig);

/*
 * Using and ending them
 */

bool gasp_map_valid(struct guest_system *gsp, const void *ptr)
{
	struct vdevfw_memory *memory = vdevfw_guest_memory(gsp);
	struct mapping *mapping;
	bool valid;

	if (check_guest(memory, FUNCTION_gasp_map_valid))
		return false;
	xa_lock(&memory->mappings);
	mapping = find(memory, ptr);
	valid = mapping && vdevfw_pin_valid(mapping->pin);
	xa_unlock(&memory->mappings);
	return valid;
}
EXPORT_SYMBOL_GPL(gasp_map_valid);

static void report(const struct vdevfw_memory *memory, enum vdevfw_function function)
{
	pr_warn_ratelimited("vdevfw: guest %llu: %s() of what is no such mapping, called by %s: ignored\n",
			    memory->guest, vdevfw_functions[function].name, current->comm);
}

/* Some of the pages from @first to @last. How many; 0: it is not, or no longer, such a mapping. */
static unsigned int dirty_some(struct vdevfw_memory *memory, const void *ptr, size_t first,
			       size_t last)
{
	unsigned int from, n = 0;
	struct mapping *mapping;

	xa_lock(&memory->mappings);
	mapping = find(memory, ptr);
	if (mapping && mapping->write && first <= last && last < mapping->len) {
		from = (mapping->offset + first) >> PAGE_SHIFT;
		n = ((mapping->offset + last) >> PAGE_SHIFT) - from + 1;
		n = min_t(unsigned int, n, DIRTY_AT_ONCE);
		vdevfw_pin_dirty(mapping->pin, from, n);
	}
	xa_unlock(&memory->mappings);
	return n;
}

void gasp_map_dirty(struct guest_system *gsp, const void *ptr, size_t offset, size_t len)
{
	struct vdevfw_memory *memory = vdevfw_guest_memory(gsp);
	size_t last = offset + len - 1, page = offset_in_page(ptr);
	unsigned int n;

	if (check_guest(memory, FUNCTION_gasp_map_dirty) || !len)
		return;
	do {
		n = dirty_some(memory, ptr, offset, last);
		if (!n)
			return report(memory, FUNCTION_gasp_map_dirty);
		/* From here on at the start of a page. */
		offset = (PFN_DOWN(page + offset) + n) * PAGE_SIZE - page;
	} while (offset <= last);
}
EXPORT_SYMBOL_GPL(gasp_map_dirty);

/* It is in no table any more: here it leaves the VM. */
static void leave_vm(struct mapping *mapping)
{
	unsigned int first, n;

	for (first = 0; mapping->write && first < mapping->pages; first += n) {
		n = min_t(unsigned int, mapping->pages - first, DIRTY_AT_ONCE);
		vdevfw_pin_dirty(mapping->pin, first, n);
		cond_resched();
	}
	vdevfw_pin_orphan(mapping->pin);
	mapping->orphan = true;
}

static void destroy(struct mapping *mapping)
{
	if (!mapping->orphan)
		leave_vm(mapping);
	vunmap(mapping->address);
	vdevfw_pin_release(mapping->pin);
	kfree(mapping);
}

static void unmap(struct vdevfw_memory *memory, const void *ptr, size_t len)
{
	struct mapping *mapping;

	xa_lock(&memory->mappings);
	mapping = find(memory, ptr);
	if (mapping && mapping->len != len)
		mapping = NULL;
	if (mapping)
		take_out(memory, mapping);
	xa_unlock(&memory->mappings);
	if (mapping)
		destroy(mapping);
	else
		report(memory, FUNCTION_gasp_unmap);
}

void gasp_unmap(struct guest_system *gsp, const void *ptr, size_t len, int flush)
{
	struct vdevfw_memory *memory = vdevfw_guest_memory(gsp);

	might_sleep();
	/* What a thread has that was abandoned, goes when it ends. */
	if (check_guest(memory, FUNCTION_gasp_unmap) || vdevfw_thread_enter())
		return;
	unmap(memory, ptr, len);
	vdevfw_thread_leave();
}
EXPORT_SYMBOL_GPL(gasp_unmap);

static void destroy_all(struct vdevfw_memory *memory, struct list_head *owner)
{
	struct mapping *mapping;

	while (!list_empty(owner)) {
		mapping = list_first_entry(owner, struct mapping, node);
		xa_lock(&memory->mappings);
		take_out(memory, mapping);
		xa_unlock(&memory->mappings);
		destroy(mapping);
	}
}

void vdevfw_memory_init(struct vdevfw_memory *memory, u64 guest)
{
	memory->guest = guest;
	xa_init(&memory->mappings);
	INIT_LIST_HEAD(&memory->system);
}

void vdevfw_memory_end_vdev(struct vdevfw_vdev *vdev)
{
	destroy_all(vdev->machine->memory, &vdev->mappings);
}

/* Nobody finds them any more, but the pages stay where they are for the kernel. */
static void orphan_all(struct vdevfw_memory *memory, struct list_head *owner)
{
	struct mapping *mapping;
	LIST_HEAD(orphans);

	while (!list_empty(owner)) {
		mapping = list_first_entry(owner, struct mapping, node);
		xa_lock(&memory->mappings);
		take_out(memory, mapping);
		xa_unlock(&memory->mappings);
		leave_vm(mapping);
		list_add(&mapping->node, &orphans);
	}
	list_splice(&orphans, owner);
}

void vdevfw_memory_orphan_vdev(struct vdevfw_vdev *vdev)
{
	struct vdevfw_memory *memory = vdev->machine->memory;

	memory->orphans = true;
	orphan_all(memory, &vdev->mappings);
}

void vdevfw_memory_end(struct vdevfw_memory *memory)
{
	if (memory->orphans)
		orphan_all(memory, &memory->system);
	else
		destroy_all(memory, &memory->system);
	WARN_ON_ONCE(!xa_empty(&memory->mappings));
	memory->vm = NULL;
}

void vdevfw_memory_free(struct vdevfw_memory *memory)
{
	destroy_all(memory, &memory->system);
}
