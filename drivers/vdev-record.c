// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev record: keeps a record of each access, so that a test learns what the framework
 * makes of an instruction of the guest. For tests, not for a machine.
 *
 *	vdev record loc mem:0xfb000000 length 0x2000
 *	vdev record-4 loc io:0x5000 status 2 when 1
 *
 * Each byte reads as the lowest byte of its address. A line of the status is one access:
 * the direction, the size, the address and the value, the last two hexadecimal without 0x:
 *
 *	r4@fb000000=3020100
 *
 * record serves all sizes, record-4 only 4 bytes, record-rd has no vwrite(), and record-wr
 * has no vread().
 */
#include <linux/sizes.h>

#include <vdevfw/guest.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#define RECORDS		256
#define ALL_ACCESSES	U64_MAX

/**
 * struct vdrecord_entry - One access
 * @location: Where
 * @value: What was written, or what a read was given
 * @length: How many bytes
 * @direction: r or w
 */
struct vdrecord_entry {
	u64 location;
	u64 value;
	u32 length;
	char direction;
};

/**
 * struct vdrecord_state - One instance
 * @status: How accesses end ...
 * @when: ... the one with this number, from 0 on, or ALL_ACCESSES
 * @accesses: How many there were; the first RECORDS are in @entry. Under v_mtx.
 * @entry: See above
 */
struct vdrecord_state {
	u64 status;
	u64 when;
	unsigned int accesses;
	struct vdrecord_entry entry[RECORDS];
};

/* Accesses */

/* Keeps an access, and says how it ends. */
static enum vdev_ref_status vdrecord_keep(vdev_t *vdp, const struct qvm_state_block *vopnd,
					  char direction, u64 value)
{
	struct vdrecord_state *state = vdp->v_device;
	unsigned int number;

	spin_lock(&vdp->v_mtx);
	number = state->accesses++;
	if (number < RECORDS)
		state->entry[number] = (struct vdrecord_entry){
			.location = vopnd->location, .value = value, .length = vopnd->length,
			.direction = direction,
		};
	spin_unlock(&vdp->v_mtx);
	if (state->when != ALL_ACCESSES && state->when != number)
		return VRS_NORMAL;
	return state->status;
}

static enum vdev_ref_status vdrecord_vread(vdev_t *vdp, unsigned int cookie,
					   const struct qvm_state_block *vopnd,
					   const struct qvm_state_block *oopnd,
					   struct guest_cpu *gcp)
{
	u64 value = 0;
	unsigned int i;
	int err;

	for (i = 0; i < vopnd->length; i++)
		value |= (u64)(u8)(vopnd->location + i) << i * BITS_PER_BYTE;
	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	return err ? guest_cpu_to_vrs(err) : vdrecord_keep(vdp, vopnd, 'r', value);
}

static enum vdev_ref_status vdrecord_vwrite(vdev_t *vdp, unsigned int cookie,
					    const struct qvm_state_block *vopnd,
					    const struct qvm_state_block *oopnd,
					    struct guest_cpu *gcp)
{
	u64 value = 0;
	int err;

	err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	return err ? guest_cpu_to_vrs(err) : vdrecord_keep(vdp, vopnd, 'w', value);
}

/* Options and control codes */

enum {
	OPTION_LENGTH,
	OPTION_STATUS,
	OPTION_WHEN,
	OPTION_COUNT,
};

static const char *const vdrecord_options[] = {
	[OPTION_LENGTH] = "length",
	[OPTION_STATUS] = "status",
	[OPTION_WHEN] = "when",
	[OPTION_COUNT] = NULL,
};

static int vdrecord_start(vdev_t *vdp)
{
	struct vdrecord_state *state = vdp->v_device;

	state->when = ALL_ACCESSES;
	vdp->v_block.length = SZ_4K;
	return 0;
}

static int vdrecord_set_length(vdev_t *vdp, const char *arg)
{
	u64 length;
	int err = qvm_parse_size(vdp, arg, SZ_1M, &length);

	if (!err)
		vdp->v_block.length = length;
	return err;
}

static int vdrecord_report(vdev_t *vdp)
{
	struct vdrecord_state *state = vdp->v_device;
	unsigned int accesses, i;

	spin_lock(&vdp->v_mtx);
	accesses = state->accesses;
	spin_unlock(&vdp->v_mtx);
	for (i = 0; i < min_t(unsigned int, accesses, RECORDS); i++)
		qvm_report(vdp, "%c%u@%llx=%llx", state->entry[i].direction,
			   state->entry[i].length, state->entry[i].location,
			   state->entry[i].value);
	return 0;
}

static int vdrecord_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdrecord_state *state = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		return vdrecord_start(vdp);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_LENGTH:
		return vdrecord_set_length(vdp, arg);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_STATUS:
		return qvm_parse_num(vdp, arg, VRS_ERRNO + MAX_ERRNO, &state->status);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_WHEN:
		return qvm_parse_num(vdp, arg, U32_MAX, &state->when);
	case VDEV_CTRL_STATUS:
		return vdrecord_report(vdp);
	case VDEV_CTRL_SAVE:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

/* Factories */

#define FACTORY(factory_name, sizes, ...) {					\
	.name = factory_name,							\
	.control = vdrecord_control,						\
	.option_list = vdrecord_options,					\
	.factory_flags = VFF_MUTEX | VFF_VDEV_MEM | VFF_VDEV_X86_IO,		\
	.acc_sizes = sizes,							\
	.extra_space = sizeof(struct vdrecord_state),				\
	.safety = VDEV_SAFETY_NO,						\
	__VA_ARGS__								\
}

#define ALL_SIZES	(1u << 1 | 1u << 2 | 1u << 4 | 1u << 8)

static struct vdev_factory vdrecord_factories[] = {
	FACTORY("record", ALL_SIZES, .vread = vdrecord_vread, .vwrite = vdrecord_vwrite),
	FACTORY("record-4", 1u << 4, .vread = vdrecord_vread, .vwrite = vdrecord_vwrite),
	FACTORY("record-rd", ALL_SIZES, .vread = vdrecord_vread),
	FACTORY("record-wr", ALL_SIZES, .vwrite = vdrecord_vwrite),
};

static void vdrecord_unregister(unsigned int count)
{
	while (count--)
		vdev_unregister_factory(&vdrecord_factories[count]);
}

static int __init vdrecord_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(vdrecord_factories); i++) {
		err = vdev_register_factory(&vdrecord_factories[i], QVM_VDEV_ABI);
		if (err) {
			vdrecord_unregister(i);
			return err;
		}
	}
	return 0;
}
module_init(vdrecord_init);

static void __exit vdrecord_exit(void)
{
	vdrecord_unregister(ARRAY_SIZE(vdrecord_factories));
}
module_exit(vdrecord_exit);

MODULE_ALIAS("vdev-record-4");
MODULE_ALIAS("vdev-record-rd");
MODULE_ALIAS("vdev-record-wr");
MODULE_DESCRIPTION("vdev record: keeps a record of each access");
MODULE_LICENSE("GPL");
