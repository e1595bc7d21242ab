// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev test: a register that keeps what is written to it, and the misbehaviour
 * that its options ask for. For tests and benchmarks, not for a machine.
 *
 *	vdev test loc mem:0xfb000000 length 0x1000 delay-ms 50
 *	vdev test loc io:0x5000 errno 5
 */
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <vdevfw/guest.h>
#include <vdevfw/utils.h>

#define DELAY_MAX_MS	10000

static unsigned int abi = QVM_VDEV_ABI;
module_param(abi, uint, 0444);
MODULE_PARM_DESC(abi, "ABI version to register with");

static char *name;
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "name to register, instead of test");

/**
 * struct vdtest_state - One instance
 * @value: The register, 8 bytes that repeat over the whole length. Written under
 *	v_mtx.
 * @fail_at: control() with this code fails; 0 for none
 * @delay_ms: How long each access sleeps
 * @write_status: How each write ends
 * @forget_thread: Start a thread and leave it to the framework to end it
 */
struct vdtest_state {
	u64 value;
	u64 fail_at;
	unsigned int delay_ms;
	enum vdev_ref_status write_status;
	bool forget_thread;
};

enum {
	OPTION_LENGTH,
	OPTION_FAIL,
	OPTION_TERMINATE,
	OPTION_ERRNO,
	OPTION_DELAY_MS,
	OPTION_FORGET_THREAD,
	OPTION_COUNT,
};

static const char *const vdtest_options[] = {
	[OPTION_LENGTH] = "length",
	[OPTION_FAIL] = "fail",
	[OPTION_TERMINATE] = QVM_OPTION_NO_ARG_PREFIX "terminate",
	[OPTION_ERRNO] = "errno",
	[OPTION_DELAY_MS] = "delay-ms",
	[OPTION_FORGET_THREAD] = QVM_OPTION_NO_ARG_PREFIX "forget-thread",
	[OPTION_COUNT] = NULL,
};

/* Those that come after the option that names one. */
static const struct {
	const char *name;
	unsigned int ctrl;
} control_codes[] = {
	{ "OPTIONS_END", VDEV_CTRL_OPTIONS_END },
	{ "ASSIGN", VDEV_CTRL_ASSIGN },
	{ "GUEST_CONFIGURED", VDEV_CTRL_GUEST_CONFIGURED },
	{ "GUEST_STARTING", VDEV_CTRL_GUEST_STARTING },
	{ "TERMINATE", VDEV_CTRL_TERMINATE },
};

/* By how many bits the register must be turned right, so that what is accessed comes first. */
static unsigned int vdtest_turn(const vdev_t *vdp, const struct qvm_state_block *vopnd)
{
	return (vopnd->location - vdp->v_block.location) % sizeof(u64) * BITS_PER_BYTE;
}

static void vdtest_delay(const struct vdtest_state *state)
{
	if (unlikely(state->delay_ms))
		msleep_interruptible(state->delay_ms);
}

static enum vdev_ref_status vdtest_vread(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd,
					 struct guest_cpu *gcp)
{
	struct vdtest_state *state = vdp->v_device;
	u64 value;
	int err;

	vdtest_delay(state);
	value = ror64(READ_ONCE(state->value), vdtest_turn(vdp, vopnd));
	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

static enum vdev_ref_status vdtest_vwrite(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	struct vdtest_state *state = vdp->v_device;
	unsigned int turn = vdtest_turn(vdp, vopnd);
	u64 value;
	int err;

	vdtest_delay(state);
	spin_lock(&vdp->v_mtx);
	value = ror64(state->value, turn);
	err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, vopnd->length);
	if (!err)
		WRITE_ONCE(state->value, rol64(value, turn));
	spin_unlock(&vdp->v_mtx);
	return err ? guest_cpu_to_vrs(err) : state->write_status;
}

static void vdtest_idle(void *arg)
{
	while (vdev_thread_sleep(1000))
		;
}

static int vdtest_start_thread(vdev_t *vdp)
{
	struct vdev_thread *forgotten;

	return vdev_thread_create(vdp, "forgotten", &forgotten, vdtest_idle, vdp);
}

/* @arg is one of control_codes, or a number. */
static int vdtest_set_fail(vdev_t *vdp, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(control_codes); i++) {
		if (!strcmp(control_codes[i].name, arg)) {
			state->fail_at = control_codes[i].ctrl;
			return 0;
		}
	}
	return qvm_parse_num(vdp, arg, U32_MAX, &state->fail_at);
}

static int vdtest_set_number(vdev_t *vdp, unsigned int option, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;
	static const u64 max[OPTION_COUNT] = {
		[OPTION_LENGTH] = SZ_1G,
		[OPTION_ERRNO] = MAX_ERRNO,
		[OPTION_DELAY_MS] = DELAY_MAX_MS,
	};
	u64 number;
	int err;

	err = qvm_parse_num(vdp, arg, max[option], &number);
	if (err)
		return err;
	if (option == OPTION_LENGTH)
		vdp->v_block.length = number;
	else if (option == OPTION_ERRNO)
		state->write_status = VRS_ERRNO + number;
	else
		state->delay_ms = number;
	return 0;
}

static int vdtest_set_option(vdev_t *vdp, unsigned int option, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	switch (option) {
	case OPTION_FAIL:
		return vdtest_set_fail(vdp, arg);
	case OPTION_TERMINATE:
		state->write_status = VRS_TERMINATE;
		return 0;
	case OPTION_FORGET_THREAD:
		state->forget_thread = true;
		return 0;
	default:
		return vdtest_set_number(vdp, option, arg);
	}
}

static int vdtest_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdtest_state *state = vdp->v_device;

	if (state->fail_at && state->fail_at == ctrl)
		return -EIO;
	if (ctrl >= VDEV_CTRL_FIRST_OPTIDX)
		return vdtest_set_option(vdp, ctrl - VDEV_CTRL_FIRST_OPTIDX, arg);
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		vdp->v_block.length = sizeof(state->value);
	if (ctrl == VDEV_CTRL_GUEST_CONFIGURED && state->forget_thread)
		return vdtest_start_thread(vdp);
	return 0;
}

static struct vdev_factory vdtest_factory = {
	.control = vdtest_control,
	.vread = vdtest_vread,
	.vwrite = vdtest_vwrite,
	.option_list = vdtest_options,
	.factory_flags = VFF_INTR_NO | VFF_MUTEX | VFF_VDEV_MEM | VFF_VDEV_X86_IO,
	.acc_sizes = 1u << 1 | 1u << 2 | 1u << 4 | 1u << 8,
	.extra_space = sizeof(struct vdtest_state),
	.safety = VDEV_SAFETY_NO,
};

/* By hand, not by module_vdev_factory(): the parameters say what is registered. */
static int __init vdtest_init(void)
{
	vdtest_factory.name = name;
	return vdev_register_factory(&vdtest_factory, abi);
}
module_init(vdtest_init);

static void __exit vdtest_exit(void)
{
	vdev_unregister_factory(&vdtest_factory);
}
module_exit(vdtest_exit);

MODULE_DESCRIPTION("vdev test: a register, and misbehaviour on request");
MODULE_LICENSE("GPL");
