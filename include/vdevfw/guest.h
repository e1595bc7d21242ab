/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vdev may ask of the guest while it runs. */
#ifndef _VDEVFW_GUEST_H
#define _VDEVFW_GUEST_H

#include <linux/errno.h>
#include <linux/string.h>

#include <vdevfw/vdev-core.h>

/**
 * enum guest_xfer_flags - How guest_cpu_read() and guest_cpu_write() work
 * @GXF_NONE: plainly; the only one that exists here, where the vCPU always waits
 */
enum guest_xfer_flags {
	GXF_NONE = 0,
};

/* The rest of guest_cpu_read() and guest_cpu_write(), which are inline where @len is a constant. */
int __guest_cpu_read(struct guest_cpu *gcp, unsigned int flags,
		     const struct qvm_state_block *blk, unsigned int nblks,
		     void *data, unsigned int len);
int __guest_cpu_write(struct guest_cpu *gcp, unsigned int flags,
		      const struct qvm_state_block *blk, unsigned int nblks,
		      const void *data, unsigned int len);

/* Whether @blk is what vread() and vwrite() get as @oopnd, and of this length. */
static __always_inline bool __guest_is_operand(unsigned int flags,
					       const struct qvm_state_block *blk,
					       unsigned int nblks, unsigned int len)
{
	return nblks == 1 && !flags && blk->type == QST_HOST && blk->length == len;
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
 * Context: vread() or vwrite().
 * Return: 0. -EINVAL: a flag. -EOPNOTSUPP: a block that is neither QST_HOST nor
 *	QST_IMMEDIATE. @data is not complete then.
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
 * Context: vread() or vwrite().
 * Return: 0. -EINVAL: a flag. -EOPNOTSUPP: a block that is not QST_HOST.
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
 * Context: vread().
 * Return: As guest_cpu_write().
 */
int guest_write_all_ones(struct guest_cpu *gcp, unsigned int flags,
			 const struct qvm_state_block *blk);

/**
 * guest_cpu_to_vrs() - Make an access' status of an error
 * @error: What guest_cpu_read() or guest_cpu_write() returned, not 0
 *
 * Context: Any.
 * Return: VRS_BUS_ERROR for -EFAULT, otherwise VRS_ERRNO plus the errno.
 */
static inline enum vdev_ref_status guest_cpu_to_vrs(int error)
{
	if (error == -EFAULT)
		return VRS_BUS_ERROR;
	return VRS_ERRNO - error;
}

#endif
