// SPDX-License-Identifier: GPL-2.0-only
/* What a vdev may ask a region to be, and what becomes of it for an access. */
#include <linux/mm.h>

#include "../message.h"
#include "../service/doorbell.h"
#include "../vdev/vdev.h"
#include "pages.h"
#include "serve.h"
#include "spaces.h"

#define ALL_SIZES	(BIT(1) | BIT(2) | BIT(4) | BIT(8))

static int check_range(const struct vdevfw_spaces *spaces, const struct gasp_region *want,
		       struct vdevfw_message *msg)
{
	const struct qvm_state_block *block = &want->guest;
	const char *name = want->vdev->v_factory->name;
	u64 limit = VDEVFW_PORTS;

	if (block->type == QST_MEMORY)
		limit = BIT_ULL(vdevfw_vm_address_bits(spaces->vm));
	else if (block->type != QST_X86_IO)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its location has type %#x; allowed: mem, io",
				   name, block->type);
	if (!block->length || block->length > INT_MAX)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its length is %u; allowed: 1 to %d",
				   name, block->length, INT_MAX);
	if (block->location < limit && block->length <= limit - block->location)
		return 0;
	return vdevfw_fail(msg, -EADDRNOTAVAIL,
			   "vdev %s: %s0x%llx with 0x%x bytes is beyond what the guest can address; the last address is 0x%llx",
			   name, vdevfw_space_prefix(block->type), block->location,
			   block->length, limit - 1);
}

static const struct {
	u32 flags;
	const char *reason;
} impossible[] = {
	{ GRF_NOCACHE, "GRF_NOCACHE: the guest's own page tables decide how it caches" },
	{ GRF_MEMORY, "GRF_MEMORY: RAM and ROM are user space's to give" },
	{ GRF_PRECIOUS, "GRF_PRECIOUS: regions do not overlap, precious or not" },
	{ GRF_PASSTHRU | GRF_DMA_USES | GRF_DMA_NO_USE | GRF_DMA_SOURCE | GRF_DMA_TARGET,
	  "GRF_PASSTHRU and GRF_DMA_*: there is no hardware to pass through" },
};

#define POSSIBLE	(GRF_VIRT_ANY | GRF_PASS_ANY | GRF_ACTIVE | GRF_NOPERMS | GRF_DOORBELL | \
			 GRF_MATCH)

static int check_possible(const struct gasp_region *want, struct vdevfw_message *msg)
{
	const char *name = want->vdev->v_factory->name;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++)
		if (want->flags & impossible[i].flags)
			return vdevfw_fail(msg, -EOPNOTSUPP, "vdev %s: %s", name,
					   impossible[i].reason);
	if (want->flags & ~POSSIBLE)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: region flags 0x%x are unknown", name,
				   want->flags & ~POSSIBLE);
	return 0;
}

static const char *contradiction(u32 flags)
{
	if (flags & GRF_NOPERMS && flags & ~(GRF_NOPERMS | GRF_ACTIVE))
		return "GRF_NOPERMS goes with no other flag";
	if (flags & GRF_PASS_ANY && !(flags & GRF_PASS_RD))
		return "GRF_PASS_WR and GRF_PASS_EX need GRF_PASS_RD: KVM's memory is readable";
	if (flags & GRF_PASS_RD && flags & GRF_VIRT_RD)
		return "reads either trap or pass";
	if (flags & GRF_PASS_WR && flags & (GRF_VIRT_WR | GRF_DOORBELL))
		return "writes either trap or pass";
	if (flags & GRF_MATCH && !(flags & GRF_DOORBELL))
		return "GRF_MATCH needs GRF_DOORBELL";
	if ((flags & (GRF_DOORBELL | GRF_MATCH | GRF_VIRT_WR)) == (GRF_DOORBELL | GRF_VIRT_WR))
		return "with GRF_DOORBELL, GRF_VIRT_WR needs GRF_MATCH: no write is left for it";
	return NULL;
}

static int check_passing(const struct gasp_region *want, struct vdevfw_message *msg)
{
	const struct qvm_state_block *block = &want->guest;
	const char *name = want->vdev->v_factory->name;

	if (block->type != QST_MEMORY || !PAGE_ALIGNED(block->location | block->length))
		return vdevfw_fail(msg, -EDOM,
				   "vdev %s: 0x%llx with 0x%x bytes cannot pass: only whole pages of memory can",
				   name, block->location, block->length);
	if (!vdevfw_pages_have(want->vdev, want->host_location, block->length,
			       want->flags & GRF_PASS_WR))
		return vdevfw_fail(msg, -EFAULT,
				   "vdev %s: what passes must be in pages of gasp_pages_alloc(), with GRF_PASS_WR where it is written",
				   name);
	return 0;
}

static int check_flags(const struct gasp_region *want, struct vdevfw_message *msg)
{
	const char *name = want->vdev->v_factory->name;
	const char *wrong;
	int err;

	err = check_possible(want, msg);
	if (err)
		return err;
	wrong = contradiction(want->flags);
	if (wrong)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: region flags 0x%x: %s", name,
				   want->flags, wrong);
	if (!(want->flags & GRF_DOORBELL) != !want->doorbell ||
	    (want->doorbell && !vdevfw_doorbell_is_of(want->doorbell, want->vdev)))
		return vdevfw_fail(msg, -EINVAL,
				   "vdev %s: GRF_DOORBELL needs a doorbell of the vdev's own, and nothing else has one",
				   name);
	return want->flags & GRF_PASS_RD ? check_passing(want, msg) : 0;
}

int vdevfw_region_check(const struct vdevfw_spaces *spaces, const struct gasp_region *want,
			struct vdevfw_message *msg)
{
	int err;

	err = check_range(spaces, want, msg);
	return err ?: check_flags(want, msg);
}

void vdevfw_region_fill(struct vdevfw_region *region, const struct gasp_region *want)
{
	const struct vdev_factory *factory = want->vdev->v_factory;
	u32 flags = want->flags & ~GRF_ACTIVE;

	*region = (struct vdevfw_region) {
		.start = want->guest.location,
		.length = want->guest.length,
		.type = want->guest.type,
		.cookie = want->cookie,
		.vdev = want->vdev,
		.flags = flags,
		.host = flags & GRF_PASS_RD ? want->host_location : 0,
		.doorbell = want->doorbell,
		.eventfd = want->doorbell ? want->doorbell->eventfd : NULL,
		.match = want->match,
	};
	INIT_LIST_HEAD(&region->pending);
	if (flags & GRF_VIRT_RD && vdevfw_serve_read(factory)) {
		region->vread = vdevfw_serve_read(factory);
		region->read_sizes = factory->acc_sizes;
	} else if (flags & GRF_PASS_RD) {
		region->vread = vdevfw_pages_read;
		region->read_sizes = ALL_SIZES;
	}
	if (flags & GRF_VIRT_WR && vdevfw_serve_write(factory)) {
		region->vwrite = vdevfw_serve_write(factory);
		region->write_sizes = factory->acc_sizes;
	} else if (flags & GRF_PASS_WR) {
		region->vwrite = vdevfw_pages_write;
		region->write_sizes = ALL_SIZES;
	}
	if (flags & GRF_DOORBELL) {
		/* Where a value is to match, no size rings at once. */
		region->bell_sizes = flags & GRF_MATCH ? 0 : ALL_SIZES;
		region->write_sizes = 0;
	}
	gasp_limit_sizes(region);
}
