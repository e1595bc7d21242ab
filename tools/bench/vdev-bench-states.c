// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vdev that is written 1, 2, 3 ...: what is lost or comes twice between a stop and a start
 * shows in its status.
 */
#include <vdevfw/guest.h>
#include <vdevfw/outpipe.h>

/**
 * struct states_state - One instance
 * @last: What was written last
 * @wrong: How often that was not one more than before
 */
struct states_state {
	u32 last;
	u32 wrong;
};

static enum vdev_ref_status states_vwrite(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	struct states_state *state = vdp->v_device;
	u32 value;
	int err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, sizeof(value));

	if (err)
		return guest_cpu_to_vrs(err);
	state->wrong += value != state->last + 1;
	WRITE_ONCE(state->last, value);
	return VRS_NORMAL;
}

static int states_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	const struct states_state *state = vdp->v_device;

	if (ctrl == VDEV_CTRL_OPTIONS_START)
		vdp->v_block.length = sizeof(u32);
	else if (ctrl == VDEV_CTRL_STATUS)
		qvm_report(vdp, "last %u wrong %u", READ_ONCE(state->last), state->wrong);
	return 0;
}

static struct vdev_factory states_factory = {
	.control = states_control,
	.vwrite = states_vwrite,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.extra_space = sizeof(struct states_state),
	.safety = VDEV_SAFETY_NO,
};
module_vdev_factory(states_factory);

MODULE_DESCRIPTION("vdev bench-states: looks for writes that are lost, or come twice");
MODULE_LICENSE("GPL");
