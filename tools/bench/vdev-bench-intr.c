// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vdev of which each write is an interrupt: an edge on the line of its option ``intr``, or, with
 * the option ``msi``, an MSI with this data to the first CPU.
 */
#include <vdevfw/guest.h>
#include <vdevfw/utils.h>

#define FIRST_CPU	0xfee00000

struct bench_state {
	u32 msi;
};

static enum vdev_ref_status bench_vwrite(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd,
					 struct guest_cpu *gcp)
{
	struct bench_state *state = vdp->v_device;
	int err;

	if (state->msi) {
		err = guest_msi_signal(vdp, FIRST_CPU, state->msi);
	} else {
		err = guest_intr_signal(&vdp->v_intr, GIS_ON);
		if (!err)
			err = guest_intr_signal(&vdp->v_intr, GIS_OFF);
	}
	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

static int bench_set_msi(vdev_t *vdp, const char *arg)
{
	struct bench_state *state = vdp->v_device;
	u64 data;
	int err;

	err = qvm_parse_num(vdp, arg, U8_MAX, &data);
	if (!err)
		state->msi = data;
	return err;
}

static int bench_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		vdp->v_block.length = 4;
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX:
		return bench_set_msi(vdp, arg);
	default:
		return 0;
	}
}

static const char *const bench_options[] = { "msi", NULL };

static struct vdev_factory bench_factory = {
	.control = bench_control,
	.vwrite = bench_vwrite,
	.option_list = bench_options,
	.factory_flags = VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.extra_space = sizeof(struct bench_state),
	.safety = VDEV_SAFETY_NO,
};
module_vdev_factory(bench_factory);

MODULE_DESCRIPTION("a vdev that interrupts the benchmark's guest");
MODULE_LICENSE("GPL");
