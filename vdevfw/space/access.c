// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hot path: a guest's access, from KVM's bus to a vdev's handler.
 *
 * It runs on the vCPU's thread, inside kvm->srcu. It takes no lock, allocates
 * nothing, and writes nothing that another vCPU reads.
 */
#include <linux/nospec.h>
#include <linux/string.h>

#include <vdevfw/guest.h>

#include "../service/doorbell.h"
#include "access.h"
#include "window.h"

/* The region of @list that has @addr, or one that is beside it. */
static struct vdevfw_region *find_in_list(const struct vdevfw_region_list *list, u64 addr)
{
	unsigned int low = 0, high = list->n;

	while (high - low > 1) {
		unsigned int mid = low + (high - low) / 2;

		if (list->region[mid]->start <= addr)
			low = mid;
		else
			high = mid;
	}
	return list->region[low];
}

/* A read gives all ones, and a write is dropped. */
static int answer_ones(void *value, int len, bool write)
{
	if (!write)
		memset(value, 0xff, len);
	return 0;
}

/* No region, no handler, a size that the vdev does not serve, or not all in one region. */
static noinline int unsupported(const struct vdevfw_window *window,
				const struct vdevfw_region *region, u64 addr, int len,
				void *value, bool write)
{
	if (window->faults->unsupported)
		window->faults->unsupported(window->gsp, region->vdev, addr, len, write);
	return answer_ones(value, len, write);
}

static noinline int not_normal(const struct vdevfw_access *access,
			       const struct qvm_state_block *vopnd,
			       const struct qvm_state_block *oopnd, enum vdev_ref_status status,
			       bool write)
{
	if (status == VRS_NO_ADVANCE)
		return 0;
	if (status == VRS_UNSUPPORTED)
		return unsupported(access->window, access->region, vopnd->location, oopnd->length,
				   (void *)(unsigned long)oopnd->location, write);
	if (status == VRS_TERMINATE || status >= VRS_ERRNO)
		access->window->faults->failed(access->region->vdev, status);
	return answer_ones((void *)(unsigned long)oopnd->location, oopnd->length, write);
}

/* After the handler, all that may be needed is in its operands: nothing else is kept for that. */
static __always_inline int call_handler(const struct vdevfw_window *window,
					const struct vdevfw_region *region, u64 addr,
					unsigned int len, void *value, bool write, u16 type)
{
	struct vdevfw_access access = {
		.gcp.__phase = __GUEST_CPU_RUNNING, .window = window, .region = region,
	};
	struct qvm_state_block vopnd = { .location = addr, .length = len, .type = type };
	struct qvm_state_block oopnd = {
		.location = (unsigned long)value, .length = len, .type = QST_HOST,
		.flags = QSF_ACCESS,
	};
	enum vdev_ref_status status;

	status = (write ? region->vwrite : region->vread)(region->vdev, region->cookie, &vopnd,
							  &oopnd, &access.gcp);
	if (likely(status == VRS_NORMAL))
		return 0;
	return not_normal(&access, &vopnd, &oopnd, status, write);
}

/* Whether the whole access is in the region: no size that is larger than it goes this far. */
static __always_inline bool is_inside(const struct vdevfw_region *region, u64 addr,
				      unsigned int len)
{
	return addr - region->start <= region->length - len;
}

static bool matches(const struct vdevfw_region *region, const void *value, unsigned int len)
{
	u64 written = 0;

	memcpy(&written, value, len);
	return written == region->match;
}

/* A write that rings no doorbell at once: it must be of a certain value, or nobody serves it. */
static noinline int match_or_not(const struct vdevfw_window *window,
				 const struct vdevfw_region *region, u64 addr, unsigned int len,
				 void *value)
{
	if (!(region->flags & GRF_MATCH) || len > region->length || !is_inside(region, addr, len))
		return unsupported(window, region, addr, len, value, true);
	if (matches(region, value, len)) {
		vdevfw_doorbell_ring(region->doorbell);
		return 0;
	}
	if (!region->vwrite || !(region->vdev->v_factory->acc_sizes & BIT(len)))
		return unsupported(window, region, addr, len, value, true);
	return call_handler(window, region, addr, len, value, true, region->type);
}

/* A write that is not for a vdev's handler. */
static noinline notrace int ring(const struct vdevfw_window *window,
				 const struct vdevfw_region *region, u64 addr,
				 unsigned int len, void *value)
{
	if (unlikely(!(region->bell_sizes & BIT(len)) || !is_inside(region, addr, len)))
		return match_or_not(window, region, addr, len, value);
	if (region->eventfd)
		vdevfw_eventfd_signal(region->eventfd);
	else
		vdevfw_doorbell_wake(region->doorbell);
	return 0;
}

static __always_inline int access_slot(const struct vdevfw_window *window, u64 addr,
				       unsigned int len, void *value, bool write,
				       unsigned long slot, unsigned long reach, u16 type)
{
	const struct vdevfw_region *region;
	unsigned long entry;

	/* Pairs with the release in store(), by its dependency: what is found is complete. */
	entry = READ_ONCE(window->slot[array_index_nospec(slot, reach)]);
	if (unlikely(entry & 1))
		region = find_in_list((struct vdevfw_region_list *)(entry - 1), addr);
	else
		region = (struct vdevfw_region *)entry;

	if (unlikely(!((write ? region->write_sizes : region->read_sizes) & BIT(len)) ||
		     !is_inside(region, addr, len)))
		return write ? ring(window, region, addr, len, value) :
			       unsupported(window, region, addr, len, value, false);
	return call_handler(window, region, addr, len, value, write, type);
}

/*
 * To user space; but what is left of an instruction that has ended the machine is of no vdev and of
 * no launcher any more: whoever answered it would let the guest go on.
 */
static noinline int closed(const struct vdevfw_window *window, struct kvm_vcpu *vcpu, u64 addr,
			   unsigned int len, void *value, bool write, unsigned long slot, u16 type)
{
	unsigned long reach = window->slots;

	/* Pairs with set_gate(): when it is diverted no longer, it is open or not. */
	if (smp_load_acquire(&window->diverted))
		window->faults->divert(window->gsp, vdevfw_vcpu_index(vcpu));
	else
		reach = smp_load_acquire(&window->reach); /* as in access() */
	if (slot < reach)
		return access_slot(window, addr, len, value, write, slot, reach, type);
	if (READ_ONCE(window->sealed) && vdevfw_vcpu_is_leaving())
		return answer_ones(value, len, write);
	return -EOPNOTSUPP;
}

static __always_inline int access(struct kvm_io_device *dev, struct kvm_vcpu *vcpu, u64 addr,
				  unsigned int len, void *value, bool write, unsigned int shift,
				  u16 type)
{
	const struct vdevfw_window *window = container_of(dev, struct vdevfw_window, device.dev);
	/* Pairs with the release in vdevfw_windows_open(). */
	unsigned long reach = smp_load_acquire(&window->reach);
	unsigned long slot = (addr - window->origin) >> shift;

	if (unlikely(slot >= reach))
		return closed(window, vcpu, addr, len, value, write, slot, type);
	return access_slot(window, addr, len, value, write, slot, reach, type);
}

static int mem_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t addr, int len,
		    void *value)
{
	return access(dev, vcpu, addr, len, value, false, VDEVFW_MEM_SHIFT, QST_MEMORY);
}

static int mem_write(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t addr, int len,
		     const void *value)
{
	return access(dev, vcpu, addr, len, (void *)value, true, VDEVFW_MEM_SHIFT, QST_MEMORY);
}

static int io_read(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t addr, int len,
		   void *value)
{
	return access(dev, vcpu, addr, len, value, false, VDEVFW_IO_SHIFT, QST_X86_IO);
}

static int io_write(struct kvm_vcpu *vcpu, struct kvm_io_device *dev, gpa_t addr, int len,
		    const void *value)
{
	return access(dev, vcpu, addr, len, (void *)value, true, VDEVFW_IO_SHIFT, QST_X86_IO);
}

const struct kvm_io_device_ops vdevfw_access_ops[VDEVFW_BUSES] = {
	[VDEVFW_BUS_MEM] = {
		.read = mem_read,
		.write = mem_write,
		.destructor = vdevfw_bus_device_destructor,
	},
	[VDEVFW_BUS_IO] = {
		.read = io_read,
		.write = io_write,
		.destructor = vdevfw_bus_device_destructor,
	},
};
