// SPDX-License-Identifier: GPL-2.0-only
/* Who serves the accesses of a vdev that trap: its handlers, or its table of registers. */
#include <linux/string.h>

#include "../vdev/registers.h"
#include "access.h"
#include "serve.h"

/* Where its registers begin. Without a place, it is where the region does. */
static u64 origin(const vdev_t *vdp, const struct guest_cpu *gcp)
{
	if (likely(vdp->v_block.location != QSL_NO_LOCATION))
		return vdp->v_block.location;
	return container_of(gcp, struct vdevfw_access, gcp)->region->start;
}

/* What the access is of, or NULL; then it is *@ends so. */
static const struct vdev_register *find(const vdev_t *vdp, const struct qvm_state_block *vopnd,
					const struct guest_cpu *gcp, enum vdev_ref_status *ends)
{
	const struct vdev_register_table *table = vdp->v_factory->registers;
	u64 offset = vopnd->location - origin(vdp, gcp);
	const struct vdev_register *reg = NULL;
	bool is_void = true;

	if (offset <= U32_MAX)
		reg = vdevfw_registers_find(table, offset, vopnd->length, &is_void);
	if (!reg)
		*ends = is_void && table->flags & VRT_RAZ_WI ? VRS_NORMAL : VRS_UNSUPPORTED;
	return reg;
}

static enum vdev_ref_status read_register(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	enum vdev_ref_status ends = VRS_NORMAL;
	const struct vdev_register *reg = find(vdp, vopnd, gcp, &ends);
	u64 value = reg ? vdevfw_register_read(vdp, reg) : 0;

	memcpy((void *)(unsigned long)oopnd->location, &value, vopnd->length);
	return ends;
}

static enum vdev_ref_status write_register(vdev_t *vdp, unsigned int cookie,
					   const struct qvm_state_block *vopnd,
					   const struct qvm_state_block *oopnd,
					   struct guest_cpu *gcp)
{
	enum vdev_ref_status ends;
	const struct vdev_register *reg = find(vdp, vopnd, gcp, &ends);
	u64 value = 0;

	if (!reg)
		return ends;
	memcpy(&value, (void *)(unsigned long)oopnd->location, vopnd->length);
	return vdevfw_register_write(vdp, reg, value);
}

vdevfw_access_func_t vdevfw_serve_read(const struct vdev_factory *factory)
{
	if (!factory->registers)
		return factory->vread;
	return factory->registers->flags & VRT_WRITE_ONLY ? NULL : read_register;
}

vdevfw_access_func_t vdevfw_serve_write(const struct vdev_factory *factory)
{
	return factory->registers ? write_register : factory->vwrite;
}
