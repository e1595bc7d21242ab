// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev regions: for tests of the address space. Whoever writes its registers has regions of its own
 * added, changed and deleted, from the handler or from a thread.
 *
 *	vdev regions loc 0xfb000000 [eventfd 5]
 *
 * Each register has 8 bytes. Those that describe a region are taken as they are at a COMMAND.
 */
#include <linux/kthread.h>

#include <vdevfw/doorbell.h>
#include <vdevfw/guest.h>
#include <vdevfw/log.h>
#include <vdevfw/utils.h>

#include "vdev-regions.h"

/**
 * struct regions_state - One instance
 * @thread: Carries out commands, and listens to @bell
 * @bell: Rings @thread
 * @signal: Signals the eventfd of the option; NULL without
 * @page: For regions that pass
 * @reg: The registers. Written under v_mtx.
 * @order: A command for @thread, or 0
 */
struct regions_state {
	struct vdev_thread *thread;
	struct vdev_doorbell *bell;
	struct vdev_doorbell *signal;
	u64 *page;
	u64 reg[REGIONS_REGISTERS];
	u64 order;
};

enum {
	OPTION_EVENTFD,
	OPTION_COUNT,
};

static const char *const regions_options[] = {
	[OPTION_EVENTFD] = "eventfd",
	[OPTION_COUNT] = NULL,
};

static void describe(vdev_t *vdp, struct gasp_region *region)
{
	struct regions_state *state = vdp->v_device;
	const u64 *reg = state->reg;

	spin_lock(&vdp->v_mtx);
	*region = (struct gasp_region) {
		.flags = reg[REGIONS_FLAGS],
		.cookie = reg[REGIONS_COOKIE],
		.vdev = vdp,
		.guest = {
			.location = reg[REGIONS_START],
			.length = reg[REGIONS_LENGTH],
			.type = reg[REGIONS_TYPE] ? QST_X86_IO : QST_MEMORY,
		},
		.match = reg[REGIONS_MATCH],
	};
	spin_unlock(&vdp->v_mtx);
	if (region->flags & GRF_PASS_RD)
		region->host_location = (unsigned long)state->page;
	if (region->flags & GRF_DOORBELL)
		region->doorbell = state->signal ?: state->bell;
}

static void set_register(vdev_t *vdp, unsigned int i, u64 value)
{
	struct regions_state *state = vdp->v_device;

	spin_lock(&vdp->v_mtx);
	state->reg[i] = value;
	spin_unlock(&vdp->v_mtx);
}

static int set_soft(vdev_t *vdp, const struct gasp_region *region)
{
	int err, error;

	err = gasp_lock(vdp->v_gsp, region->guest.type);
	if (err)
		return err;
	gasp_region_set_soft(vdp->v_gsp, 1, region, &error);
	gasp_unlock(vdp->v_gsp, region->guest.type);
	return error;
}

static int find(vdev_t *vdp, const struct gasp_region *region)
{
	u64 addr;
	int err;

	err = gasp_lock(vdp->v_gsp, region->guest.type);
	if (err)
		return err;
	addr = gasp_find_free_range(vdp->v_gsp, region->guest.type, region->guest.length,
				    PAGE_SIZE, region->guest.location, QSL_NO_LOCATION);
	gasp_unlock(vdp->v_gsp, region->guest.type);
	set_register(vdp, REGIONS_START, addr);
	return 0;
}

static int carry_out(vdev_t *vdp, u64 command)
{
	struct gasp_region region;
	int err;

	describe(vdp, &region);
	switch (command) {
	case REGIONS_SET:
		return gasp_region_set(vdp->v_gsp, 1, &region);
	case REGIONS_SET_SOFT:
		return set_soft(vdp, &region);
	case REGIONS_WAIT:
		return gasp_region_wait(vdp, &region.guest, 2000);
	case REGIONS_FIND:
		return find(vdp, &region);
	case REGIONS_INFO:
		err = gasp_region_info(vdp->v_gsp, &region.guest, &region);
		set_register(vdp, REGIONS_FLAGS, region.flags);
		set_register(vdp, REGIONS_LENGTH, region.guest.length);
		return err;
	default:
		return -EINVAL;
	}
}

static void regions_thread(void *arg)
{
	vdev_t *vdp = arg;
	struct regions_state *state = vdp->v_device;
	unsigned int rings;
	u64 order;

	while (!vdev_thread_cancelled()) {
		rings = vdev_doorbell_wait(state->bell, 5);
		spin_lock(&vdp->v_mtx);
		state->reg[REGIONS_RINGS] += rings;
		order = state->order;
		state->order = 0;
		spin_unlock(&vdp->v_mtx);
		if (order)
			set_register(vdp, REGIONS_RESULT, carry_out(vdp, order));
	}
}

static u64 read_register(vdev_t *vdp, unsigned int i)
{
	struct regions_state *state = vdp->v_device;
	u64 value;

	if (i == REGIONS_PAGE)
		return READ_ONCE(*state->page);
	spin_lock(&vdp->v_mtx);
	value = state->reg[i];
	spin_unlock(&vdp->v_mtx);
	return value;
}

static void write_register(vdev_t *vdp, unsigned int i, u64 value)
{
	struct regions_state *state = vdp->v_device;

	if (i == REGIONS_PAGE) {
		WRITE_ONCE(*state->page, value);
	} else if (i == REGIONS_COMMAND && value & REGIONS_ON_THREAD) {
		spin_lock(&vdp->v_mtx);
		state->reg[REGIONS_RESULT] = REGIONS_BUSY;
		state->order = value & ~REGIONS_ON_THREAD;
		spin_unlock(&vdp->v_mtx);
	} else if (i == REGIONS_COMMAND) {
		set_register(vdp, REGIONS_RESULT, carry_out(vdp, value));
	} else {
		set_register(vdp, i, value);
	}
}

/* A region of the vdev's that is not its registers reads as its cookie. */
static enum vdev_ref_status regions_vread(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	u64 offset = vopnd->location - vdp->v_block.location;
	u64 value = cookie ?: read_register(vdp, offset / sizeof(value));
	int err;

	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

/* The handler of a region deletes it: the access that is under way goes on. */
static void delete_oneself(vdev_t *vdp, const struct qvm_state_block *vopnd)
{
	struct gasp_region region;

	describe(vdp, &region);
	region.flags = GRF_NONE;
	region.guest.location = vopnd->location;
	region.guest.length = vopnd->length;
	set_register(vdp, REGIONS_RESULT, set_soft(vdp, &region));
}

static enum vdev_ref_status regions_vwrite(vdev_t *vdp, unsigned int cookie,
					   const struct qvm_state_block *vopnd,
					   const struct qvm_state_block *oopnd,
					   struct guest_cpu *gcp)
{
	u64 offset = vopnd->location - vdp->v_block.location;
	u64 value = 0;
	int err;

	err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	if (err)
		return guest_cpu_to_vrs(err);
	if (cookie == REGIONS_SUICIDAL)
		delete_oneself(vdp, vopnd);
	else if (cookie)
		set_register(vdp, REGIONS_WRITTEN, value);
	else
		write_register(vdp, offset / sizeof(value), value);
	return VRS_NORMAL;
}

static int take_eventfd(vdev_t *vdp, const char *arg)
{
	struct regions_state *state = vdp->v_device;
	struct vdev_doorbell *bell;
	u64 fd;
	int err;

	err = qvm_parse_num(vdp, arg, S32_MAX, &fd);
	if (err)
		return err;
	bell = vdev_doorbell_create(vdp, fd);
	if (IS_ERR(bell))
		return vdev_refuse(vdp, PTR_ERR(bell), "%llu is no eventfd", fd);
	state->signal = bell;
	return 0;
}

static int regions_start(vdev_t *vdp)
{
	struct regions_state *state = vdp->v_device;

	vdp->v_block.length = REGIONS_REGISTERS * sizeof(u64);
	state->bell = vdev_doorbell_create(vdp, VDEV_DOORBELL_THREAD);
	if (IS_ERR(state->bell))
		return PTR_ERR(state->bell);
	state->page = gasp_pages_alloc(vdp, PAGE_SIZE, GRF_PASS_RD | GRF_PASS_WR);
	return PTR_ERR_OR_ZERO(state->page);
}

static int regions_assign(vdev_t *vdp)
{
	const struct gasp_region registers = {
		.flags = GRF_VIRT_RD | GRF_VIRT_WR,
		.vdev = vdp,
		.guest = vdp->v_block,
	};

	return gasp_region_set(vdp->v_gsp, 1, &registers);
}

static int regions_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct regions_state *state = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		return regions_start(vdp);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_EVENTFD:
		return take_eventfd(vdp, arg);
	case VDEV_CTRL_ASSIGN:
		return regions_assign(vdp);
	case VDEV_CTRL_GUEST_CONFIGURED:
		return vdev_thread_create(vdp, "regions", &state->thread, regions_thread, vdp);
	case VDEV_CTRL_TERMINATE:
		vdev_thread_join(state->thread);
		return 0;
	case VDEV_CTRL_SAVE:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

static struct vdev_factory regions_factory = {
	.control = regions_control,
	.vread = regions_vread,
	.vwrite = regions_vwrite,
	.option_list = regions_options,
	.factory_flags = VFF_INTR_NO | VFF_MUTEX | VFF_VDEV_MEM | VFF_MANUAL_REGION,
	.acc_sizes = BIT(1) | BIT(2) | BIT(4) | BIT(8),
	.extra_space = sizeof(struct regions_state),
	.safety = VDEV_SAFETY_NO,
};
module_vdev_factory(regions_factory);

MODULE_DESCRIPTION("vdev regions: regions that tests add, change and delete");
MODULE_LICENSE("GPL");
