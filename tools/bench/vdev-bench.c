// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two vdevs that differ in one call: guest_cpu_write(), and the same without its phase
 * check. What one takes more than the other is what the check costs in a handler; before,
 * the framework takes one instruction to say that this is an access.
 *
 * With the option ``length`` they answer in a larger region, always with the same value.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include <vdevfw/guest.h>
#include <vdevfw/utils.h>

static u32 value = 0x2a;

static enum vdev_ref_status checked_vread(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	u32 copy = READ_ONCE(value);
	int err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &copy, sizeof(copy));

	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

static __always_inline int unchecked_write(struct guest_cpu *gcp,
					   const struct qvm_state_block *blk, const void *data,
					   unsigned int len)
{
	if (unlikely(blk->type != QST_HOST || blk->length != len))
		return __guest_cpu_write(gcp, GXF_NONE, blk, 1, data, len);
	memcpy((void *)(unsigned long)blk->location, data, len);
	return 0;
}

static enum vdev_ref_status unchecked_vread(vdev_t *vdp, unsigned int cookie,
					    const struct qvm_state_block *vopnd,
					    const struct qvm_state_block *oopnd,
					    struct guest_cpu *gcp)
{
	u32 copy = READ_ONCE(value);
	int err = unchecked_write(gcp, oopnd, &copy, sizeof(copy));

	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

static int bench_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	u64 length = sizeof(value);
	int err = 0;

	if (ctrl == VDEV_CTRL_FIRST_OPTIDX)
		err = qvm_parse_size(vdp, arg, SZ_1G, &length);
	else if (ctrl != VDEV_CTRL_OPTIONS_START)
		return 0;
	if (!err)
		vdp->v_block.length = length;
	return err;
}

static const char *bench_options[] = { "length", NULL };

static struct vdev_factory checked_factory = {
	.name = "bench-checked",
	.control = bench_control,
	.vread = checked_vread,
	.option_list = bench_options,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.safety = VDEV_SAFETY_NO,
};

static struct vdev_factory unchecked_factory = {
	.name = "bench-unchecked",
	.control = bench_control,
	.vread = unchecked_vread,
	.option_list = bench_options,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.safety = VDEV_SAFETY_NO,
};

static int __init bench_init(void)
{
	int err;

	err = vdev_register_factory(&checked_factory, QVM_VDEV_ABI);
	if (err)
		return err;
	err = vdev_register_factory(&unchecked_factory, QVM_VDEV_ABI);
	if (err)
		vdev_unregister_factory(&checked_factory);
	return err;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	vdev_unregister_factory(&unchecked_factory);
	vdev_unregister_factory(&checked_factory);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("vdevs that the benchmark compares");
MODULE_LICENSE("GPL");
