// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev memtest: a device that does to guest memory what its guest tells it to. For
 * tests, not for a machine: whoever can reach it can write anywhere in the guest.
 *
 *	vdev memtest loc mem:0xfc000000
 *
 * Registers of 8 bytes, to be accessed as a whole:
 *
 *	0x00 GPA	where
 *	0x08 LEN	how many bytes; a copy has at most DATA_MAX
 *	0x10 VALUE	what is written; what was read
 *	0x18 COMMAND	a write does it: an &enum vdmem_command, and flags
 *	0x20 STATUS	errno of the last command, or BUSY while the thread has yet to do it
 *	0x28 ROUNDS	of COMMAND_LOOP
 *
 * One vCPU at a time uses it. Its status has what a copy in control() gives.
 */
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <vdevfw/gasp.h>
#include <vdevfw/guest.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#define DATA_MAX	SZ_16K
#define BUSY		U64_MAX

enum vdmem_register {
	REGISTER_GPA,
	REGISTER_LEN,
	REGISTER_VALUE,
	REGISTER_COMMAND,
	REGISTER_STATUS,
	REGISTER_ROUNDS,
	REGISTERS
};

/**
 * enum vdmem_command - What it can do
 * @COMMAND_READ: copy from the guest; VALUE is the first 8 bytes
 * @COMMAND_WRITE: copy to the guest: bytes that are all VALUE
 * @COMMAND_MAP: map
 * @COMMAND_MAP_SYS: map for the guest
 * @COMMAND_MAP_CONTIG: map what is in one piece; LEN is how much, VALUE the host's address
 * @COMMAND_PEEK: VALUE is the first 8 bytes of the mapping
 * @COMMAND_POKE: the first 8 bytes of the mapping, a writable one, become VALUE
 * @COMMAND_DIRTY: tell of the first 8 bytes of the mapping
 * @COMMAND_VALID: VALUE is whether the mapping is valid
 * @COMMAND_UNMAP: unmap
 * @COMMAND_LOOP: copy out and in until COMMAND_STOP
 * @COMMAND_STOP: end COMMAND_LOOP
 * @COMMAND_MASK: what is no flag
 * @COMMAND_WRITABLE: flag: map with PROT_WRITE
 * @COMMAND_THREAD: flag: on the vdev's own thread, not on the vCPU's
 */
enum vdmem_command {
	COMMAND_READ = 1,
	COMMAND_WRITE,
	COMMAND_MAP,
	COMMAND_MAP_SYS,
	COMMAND_MAP_CONTIG,
	COMMAND_PEEK,
	COMMAND_POKE,
	COMMAND_DIRTY,
	COMMAND_VALID,
	COMMAND_UNMAP,
	COMMAND_LOOP,
	COMMAND_STOP,
	COMMAND_MASK = 0xff,
	COMMAND_WRITABLE = 0x100,
	COMMAND_THREAD = 0x200,
};

/**
 * struct vdmem_state - One instance
 * @reg: The registers
 * @thread: Its thread
 * @stop: COMMAND_STOP has come
 * @map: The mapping, or NULL
 * @map_len: How long it is
 * @data: What is copied
 */
struct vdmem_state {
	u64 reg[REGISTERS];
	struct vdev_thread *thread;
	bool stop;
	u64 *map;
	size_t map_len;
	u8 data[DATA_MAX] __aligned(sizeof(u64));
};

static size_t vdmem_len(const struct vdmem_state *state)
{
	return min_t(u64, READ_ONCE(state->reg[REGISTER_LEN]), DATA_MAX);
}

static int vdmem_read(vdev_t *vdp)
{
	struct vdmem_state *state = vdp->v_device;
	int err;

	err = gasp_read(vdp, state->reg[REGISTER_GPA], state->data, vdmem_len(state));
	memcpy(&state->reg[REGISTER_VALUE], state->data, sizeof(u64));
	return err;
}

static int vdmem_write(vdev_t *vdp)
{
	struct vdmem_state *state = vdp->v_device;

	memset(state->data, state->reg[REGISTER_VALUE], DATA_MAX);
	return gasp_write(vdp, state->reg[REGISTER_GPA], state->data, vdmem_len(state));
}

/* Whatever comes of the copies: memory may come and go meanwhile. */
static int vdmem_loop(vdev_t *vdp)
{
	struct vdmem_state *state = vdp->v_device;
	u64 gpa = state->reg[REGISTER_GPA];
	int err = 0, one;

	while (!READ_ONCE(state->stop) && !vdev_thread_cancelled()) {
		one = gasp_write(vdp, gpa, state->data, vdmem_len(state));
		one = one ?: gasp_read(vdp, gpa, state->data, vdmem_len(state));
		err = one ?: err;
		WRITE_ONCE(state->reg[REGISTER_ROUNDS], state->reg[REGISTER_ROUNDS] + 1);
	}
	return err;
}

static void *vdmem_map_contig(vdev_t *vdp, int prot)
{
	struct vdmem_state *state = vdp->v_device;
	size_t len = state->reg[REGISTER_LEN];
	u64 addr = state->reg[REGISTER_GPA];
	void *map = gasp_map_contig(vdp, prot, &addr, &len);

	state->reg[REGISTER_VALUE] = addr;
	state->reg[REGISTER_LEN] = len;
	return map;
}

static int vdmem_map(vdev_t *vdp, unsigned int command)
{
	int prot = PROT_READ | (command & COMMAND_WRITABLE ? PROT_WRITE : 0);
	struct vdmem_state *state = vdp->v_device;
	u64 gpa = state->reg[REGISTER_GPA];
	u64 len = state->reg[REGISTER_LEN];
	void *map;

	if (state->map)
		return -EBUSY;
	/* COMMAND_PEEK and COMMAND_POKE take so much. */
	if (len < sizeof(u64))
		return -EINVAL;
	if ((command & COMMAND_MASK) == COMMAND_MAP)
		map = gasp_map_vdma(vdp, prot, gpa, len);
	else if ((command & COMMAND_MASK) == COMMAND_MAP_SYS)
		map = gasp_map_sys(vdp->v_gsp, prot, gpa, len);
	else
		map = vdmem_map_contig(vdp, prot);
	if (IS_ERR(map))
		return PTR_ERR(map);
	state->map = map;
	state->map_len = state->reg[REGISTER_LEN];
	return 0;
}

static int vdmem_use_map(vdev_t *vdp, unsigned int command)
{
	struct vdmem_state *state = vdp->v_device;

	if (!state->map)
		return -ENXIO;
	switch (command & COMMAND_MASK) {
	case COMMAND_PEEK:
		state->reg[REGISTER_VALUE] = READ_ONCE(*state->map);
		break;
	case COMMAND_POKE:
		WRITE_ONCE(*state->map, state->reg[REGISTER_VALUE]);
		break;
	case COMMAND_DIRTY:
		gasp_map_dirty(vdp->v_gsp, state->map, 0, sizeof(u64));
		break;
	case COMMAND_VALID:
		state->reg[REGISTER_VALUE] = gasp_map_valid(vdp->v_gsp, state->map);
		break;
	default:
		gasp_unmap(vdp->v_gsp, state->map, state->map_len, 0);
		state->map = NULL;
	}
	return 0;
}

static int vdmem_do(vdev_t *vdp, unsigned int command)
{
	switch (command & COMMAND_MASK) {
	case COMMAND_READ:
		return vdmem_read(vdp);
	case COMMAND_WRITE:
		return vdmem_write(vdp);
	case COMMAND_MAP:
	case COMMAND_MAP_SYS:
	case COMMAND_MAP_CONTIG:
		return vdmem_map(vdp, command);
	case COMMAND_PEEK:
	case COMMAND_POKE:
	case COMMAND_DIRTY:
	case COMMAND_VALID:
	case COMMAND_UNMAP:
		return vdmem_use_map(vdp, command);
	case COMMAND_LOOP:
		return command & COMMAND_THREAD ? vdmem_loop(vdp) : -EINVAL;
	default:
		return -EINVAL;
	}
}

static void vdmem_done(struct vdmem_state *state, int err)
{
	/* Whoever sees the status sees what has been done. */
	smp_store_release(&state->reg[REGISTER_STATUS], -err);
}

static void vdmem_thread(void *arg)
{
	vdev_t *vdp = arg;
	struct vdmem_state *state = vdp->v_device;

	while (vdev_thread_sleep(1))
		/* Pairs with vdmem_command(). */
		if (smp_load_acquire(&state->reg[REGISTER_STATUS]) == BUSY)
			vdmem_done(state, vdmem_do(vdp, state->reg[REGISTER_COMMAND]));
}

static void vdmem_command(vdev_t *vdp)
{
	struct vdmem_state *state = vdp->v_device;
	unsigned int command = state->reg[REGISTER_COMMAND];

	WRITE_ONCE(state->stop, command == COMMAND_STOP);
	if (command == COMMAND_STOP)
		return;
	if (!(command & COMMAND_THREAD))
		vdmem_done(state, vdmem_do(vdp, command));
	else
		/* With all registers set. */
		smp_store_release(&state->reg[REGISTER_STATUS], BUSY);
}

static unsigned int vdmem_register(const vdev_t *vdp, const struct qvm_state_block *vopnd)
{
	return (vopnd->location - vdp->v_block.location) / sizeof(u64);
}

static enum vdev_ref_status vdmem_vread(vdev_t *vdp, unsigned int cookie,
					const struct qvm_state_block *vopnd,
					const struct qvm_state_block *oopnd,
					struct guest_cpu *gcp)
{
	struct vdmem_state *state = vdp->v_device;
	u64 value;
	int err;

	/* Pairs with vdmem_done(). */
	value = smp_load_acquire(&state->reg[vdmem_register(vdp, vopnd)]);
	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &value, sizeof(value));
	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

static enum vdev_ref_status vdmem_vwrite(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd,
					 struct guest_cpu *gcp)
{
	unsigned int which = vdmem_register(vdp, vopnd);
	struct vdmem_state *state = vdp->v_device;
	u64 value;
	int err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, sizeof(value));

	if (err)
		return guest_cpu_to_vrs(err);
	WRITE_ONCE(state->reg[which], value);
	if (which == REGISTER_COMMAND)
		vdmem_command(vdp);
	return VRS_NORMAL;
}

static int vdmem_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdmem_state *state = vdp->v_device;
	u64 value = 0;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		vdp->v_block.length = sizeof(state->reg);
		return 0;
	case VDEV_CTRL_GUEST_CONFIGURED:
		return vdev_thread_create(vdp, "memory", &state->thread, vdmem_thread, vdp);
	case VDEV_CTRL_STATUS:
		qvm_report(vdp, "copy %d",
			   gasp_read(vdp, state->reg[REGISTER_GPA], &value, sizeof(value)));
		return 0;
	case VDEV_CTRL_SAVE:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

static struct vdev_factory vdmem_factory = {
	.control = vdmem_control,
	.vread = vdmem_vread,
	.vwrite = vdmem_vwrite,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM,
	.acc_sizes = 1u << 8,
	.extra_space = sizeof(struct vdmem_state),
	.safety = VDEV_SAFETY_NO,
};
module_vdev_factory(vdmem_factory);

MODULE_DESCRIPTION("vdev memtest: guest memory, as its guest wants it");
MODULE_LICENSE("GPL");
