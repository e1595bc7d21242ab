// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vdevs for the benchmark of regions:
 *
 *	bench-bell eventfd FD	a write signals an eventfd
 *	bench-change		two pages; a write to the first deletes the second, or adds it again
 */
#include <linux/mm.h>

#include <vdevfw/doorbell.h>
#include <vdevfw/guest.h>
#include <vdevfw/utils.h>

/*
 * bench-bell
 */

struct bell_state {
	struct vdev_doorbell *bell;
};

static int bell_ring_on(vdev_t *vdp, const char *arg)
{
	struct bell_state *state = vdp->v_device;
	u64 fd;
	int err;

	err = qvm_parse_num(vdp, arg, S32_MAX, &fd);
	if (err)
		return err;
	state->bell = vdev_doorbell_create(vdp, fd);
	return PTR_ERR_OR_ZERO(state->bell);
}

static int bell_hang(vdev_t *vdp)
{
	struct bell_state *state = vdp->v_device;
	const struct gasp_region region = {
		.flags = GRF_DOORBELL,
		.vdev = vdp,
		.guest = vdp->v_block,
		.doorbell = state->bell,
	};

	return gasp_region_set(vdp->v_gsp, 1, &region);
}

static int bell_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		vdp->v_block.length = 4;
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX:
		return bell_ring_on(vdp, arg);
	case VDEV_CTRL_ASSIGN:
		return bell_hang(vdp);
	default:
		return 0;
	}
}

static const char *const bell_options[] = { "eventfd", NULL };

static struct vdev_factory bell_factory = {
	.name = "bench-bell",
	.control = bell_control,
	.option_list = bell_options,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM | VFF_MANUAL_REGION,
	.acc_sizes = 1u << 4,
	.extra_space = sizeof(struct bell_state),
	.safety = VDEV_SAFETY_NO,
};

/*
 * bench-change
 */

struct change_state {
	bool deleted;
};

static enum vdev_ref_status change_vwrite(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	struct change_state *state = vdp->v_device;
	const struct gasp_region second = {
		.flags = state->deleted ? GRF_VIRT_WR : GRF_NONE,
		.vdev = vdp,
		.guest = {
			.location = vdp->v_block.location + PAGE_SIZE,
			.length = PAGE_SIZE,
			.type = QST_MEMORY,
		},
	};
	int err;

	err = gasp_region_set(vdp->v_gsp, 1, &second);
	/* Accesses may keep too many of them from being freed: then this one does nothing. */
	if (err == -EAGAIN)
		return VRS_NORMAL;
	if (err)
		return VRS_ERRNO - err;
	state->deleted = !state->deleted;
	return VRS_NORMAL;
}

static int change_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		vdp->v_block.length = 2 * PAGE_SIZE;
	return 0;
}

static struct vdev_factory change_factory = {
	.name = "bench-change",
	.control = change_control,
	.vwrite = change_vwrite,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.extra_space = sizeof(struct change_state),
	.safety = VDEV_SAFETY_NO,
};

static int __init bench_init(void)
{
	int err;

	err = vdev_register_factory(&bell_factory, QVM_VDEV_ABI);
	if (err)
		return err;
	err = vdev_register_factory(&change_factory, QVM_VDEV_ABI);
	if (err)
		vdev_unregister_factory(&bell_factory);
	return err;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	vdev_unregister_factory(&change_factory);
	vdev_unregister_factory(&bell_factory);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("vdevs for the benchmark of regions");
MODULE_LICENSE("GPL");
