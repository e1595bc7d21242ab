/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vdev may ask of the guest while it runs. */
#ifndef _VDEVFW_GUEST_H
#define _VDEVFW_GUEST_H

#include <linux/errno.h>
#include <linux/string.h>

#include <vdevfw/intr.h>
#include <vdevfw/timer.h>
#include <vdevfw/vdev-core.h>

/**
 * enum guest_xfer_flags - How guest_cpu_read() and guest_cpu_write() work
 * @GXF_NONE: plainly; the only one that exists here, where the vCPU always waits
 */
enum guest_xfer_flags {
	GXF_NONE = 0,
};

/* &guest_cpu.__phase within an access. */
#define __GUEST_CPU_RUNNING	(1u << 2)

/**
 * struct guest_cpu - A vCPU within an access
 *
 * vread() and vwrite() get it, and it means something until they return.
 */
struct guest_cpu {
	/* private: */
	unsigned int __phase;
};

/* The rest of guest_cpu_read() and guest_cpu_write(), which are inline where @len is a constant. */
int __guest_cpu_read(struct guest_cpu *gcp, unsigned int flags,
		     const struct qvm_state_block *blk, unsigned int nblks,
		     void *data, unsigned int len);
int __guest_cpu_write(struct guest_cpu *gcp, unsigned int flags,
		      const struct qvm_state_block *blk, unsigned int nblks,
		      const void *data, unsigned int len);

/* Both together, as they follow each other: the compiler would make two comparisons. */
static __always_inline u32 __type_and_flags(const struct qvm_state_block *blk)
{
	return *(const u32 *)&blk->type;
}

/*
 * Whether @blk is what vread() and vwrite() get as @oopnd, and of this length. Outside of
 * an access there is no such block, unless a vdev has kept a copy, which it must not: this
 * is their phase check as well, and free of charge. What is none is left to the functions
 * above, which look at the vCPU.
 */
static __always_inline bool __guest_is_operand(unsigned int flags,
					       const struct qvm_state_block *blk,
					       unsigned int nblks, unsigned int len)
{
	return nblks == 1 && !flags && __type_and_flags(blk) == (QST_HOST | QSF_ACCESS << 16) &&
	       blk->length == len;
}

/**
 * guest_cpu_read() - Get the value that a guest writes
 * @gcp: The vCPU, as vwrite() got it
 * @flags: GXF_NONE
 * @blk: First of the blocks to read from: @oopnd of vwrite()
 * @nblks: How many blocks
 * @data: Where the value goes
 * @len: Bytes in @data. What the blocks have less is zeroed; what they have more
 *	is not read.
 *
 * Phase: running. Context: vread() or vwrite().
 * Return: 0. -EPERM: not within an access. -EINVAL: a flag. -EOPNOTSUPP: a block that
 *	is neither QST_HOST nor QST_IMMEDIATE. @data is not complete then.
 */
static __always_inline int guest_cpu_read(struct guest_cpu *gcp, unsigned int flags,
					  const struct qvm_state_block *blk, unsigned int nblks,
					  void *data, unsigned int len)
{
	if (!__builtin_constant_p(len) || unlikely(!__guest_is_operand(flags, blk, nblks, len)))
		return __guest_cpu_read(gcp, flags, blk, nblks, data, len);
	memcpy(data, (void *)(unsigned long)blk->location, len);
	return 0;
}

/**
 * guest_cpu_write() - Give a guest the value that it reads
 * @gcp: The vCPU, as vread() got it
 * @flags: GXF_NONE
 * @blk: First of the blocks to write to: @oopnd of vread()
 * @nblks: How many blocks
 * @data: The value
 * @len: Bytes in @data. What the blocks have more is zeroed; what they have less
 *	is not written.
 *
 * Phase: running. Context: vread() or vwrite().
 * Return: 0. -EPERM: not within an access. -EINVAL: a flag. -EOPNOTSUPP: a block that
 *	is not QST_HOST.
 */
static __always_inline int guest_cpu_write(struct guest_cpu *gcp, unsigned int flags,
					   const struct qvm_state_block *blk, unsigned int nblks,
					   const void *data, unsigned int len)
{
	if (!__builtin_constant_p(len) || unlikely(!__guest_is_operand(flags, blk, nblks, len)))
		return __guest_cpu_write(gcp, flags, blk, nblks, data, len);
	memcpy((void *)(unsigned long)blk->location, data, len);
	return 0;
}

/**
 * guest_write_all_ones() - Answer a read that makes no sense
 * @gcp: The vCPU, as vread() got it
 * @flags: GXF_NONE
 * @blk: @oopnd of vread()
 *
 * Phase: running. Context: vread().
 * Return: As guest_cpu_write().
 */
int guest_write_all_ones(struct guest_cpu *gcp, unsigned int flags,
			 const struct qvm_state_block *blk);

/**
 * guest_cpu_to_vrs() - Make an access' status of an error
 * @error: What guest_cpu_read() or guest_cpu_write() returned, not 0
 *
 * Phase: any. Context: Any.
 * Return: VRS_BUS_ERROR for -EFAULT, otherwise VRS_ERRNO plus the errno.
 */
static inline enum vdev_ref_status guest_cpu_to_vrs(int error)
{
	if (error == -EFAULT)
		return VRS_BUS_ERROR;
	return VRS_ERRNO - error;
}

/**
 * enum guest_termination_cause - How a machine ended: the launcher's exit status
 * @GTC_NORMAL_EXIT: as the guest asked
 * @GTC_POWER_CUT: without asking the guest
 * @GTC_WATCHDOG: by a watchdog
 * @GTC_UNSUPPORTED: the guest did what its machine cannot do
 * @GTC_VDEV: a vdev failed
 * @GTC_ERROR: any other error
 * @GTC_CUSTOM_MIN: from here on, a vdev gives them their meaning
 * @GTC_MAX: up to here
 *
 * The same numbers as &enum vdevfw_exit, which the launcher sees.
 */
enum guest_termination_cause {
	GTC_NORMAL_EXIT = 0,
	GTC_POWER_CUT = 3,
	GTC_WATCHDOG = 4,
	GTC_UNSUPPORTED = 5,
	GTC_VDEV = 6,
	GTC_ERROR = 7,
	GTC_CUSTOM_MIN = 32,
	GTC_MAX = 63,
};

/**
 * guest_terminate() - End the machine
 * @vdp: Who ends it
 * @cause: &enum guest_termination_cause, or a number from GTC_CUSTOM_MIN to GTC_MAX
 *
 * From now on no access reaches a vdev, and the launcher is asked to end the machine
 * with exit status @cause. The first one to end a machine decides, and where it is
 * ending anyway nothing happens. During startup, the guest can be assembled further but
 * not started.
 *
 * A handler returns VRS_TERMINATE afterwards: then its vCPU executes not one more
 * instruction.
 *
 * Phase: any. Context: Any but NMI. Does not sleep.
 * Return: 0, also if it had been ended before. -EINVAL: no such cause.
 */
int guest_terminate(const vdev_t *vdp, unsigned int cause);

/**
 * guest_button_register() - Take care of the power button
 * @vdp: The vdev: at VDEV_CTRL_BUTTON, it asks its guest to shut down
 *
 * Every vdev gets VDEV_CTRL_BUTTON. Where none has said that it takes care, the launcher
 * cuts the power instead.
 *
 * Phase: startup. Context: control(). Does not sleep.
 * Return: 0. -EPERM: wrong phase.
 */
int guest_button_register(vdev_t *vdp);

#endif
