// SPDX-License-Identifier: GPL-2.0-only
/* The operand of an access: how a vdev takes and gives the value. */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <vdevfw/guest.h>

#include "../vdev/phase.h"

static void *host_address(const struct qvm_state_block *blk)
{
	return (void *)(unsigned long)blk->location;
}

/* A copy of constant length for the sizes that a register has. */
static __always_inline void copy_value(void *to, const void *from, unsigned int len)
{
	switch (len) {
	case 4:
		memcpy(to, from, 4);
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	case 1:
		memcpy(to, from, 1);
		break;
	case 2:
		memcpy(to, from, 2);
		break;
	default:
		memcpy(to, from, len);
	}
}

static noinline int read_blocks(const struct guest_cpu *gcp, unsigned int flags,
				const struct qvm_state_block *blk, unsigned int nblks,
				void *data, unsigned int len)
{
	int err = vdevfw_access_check(gcp, FUNCTION_guest_cpu_read);
	unsigned int n;

	if (err)
		return err;
	if (flags)
		return -EINVAL;
	for (; nblks && len; nblks--, blk++, data += n, len -= n) {
		n = min(blk->length, len);
		if (blk->type == QST_HOST)
			memcpy(data, host_address(blk), n);
		else if (blk->type == QST_IMMEDIATE && n <= sizeof(blk->location))
			memcpy(data, &blk->location, n);
		else
			return -EOPNOTSUPP;
	}
	memset(data, 0, len);
	return 0;
}

static noinline int write_blocks(const struct guest_cpu *gcp, unsigned int flags,
				 const struct qvm_state_block *blk, unsigned int nblks,
				 const void *data, unsigned int len)
{
	int err = vdevfw_access_check(gcp, FUNCTION_guest_cpu_write);
	unsigned int n;

	if (err)
		return err;
	if (flags)
		return -EINVAL;
	for (; nblks; nblks--, blk++, data += n, len -= n) {
		n = min(blk->length, len);
		if (blk->type != QST_HOST)
			return -EOPNOTSUPP;
		memcpy(host_address(blk), data, n);
		memset(host_address(blk) + n, 0, blk->length - n);
	}
	return 0;
}

int __guest_cpu_read(struct guest_cpu *gcp, unsigned int flags, const struct qvm_state_block *blk,
		     unsigned int nblks, void *data, unsigned int len)
{
	if (unlikely(!__guest_is_operand(flags, blk, nblks, len)))
		return read_blocks(gcp, flags, blk, nblks, data, len);
	copy_value(data, host_address(blk), len);
	return 0;
}
EXPORT_SYMBOL_GPL(__guest_cpu_read);

int __guest_cpu_write(struct guest_cpu *gcp, unsigned int flags, const struct qvm_state_block *blk,
		      unsigned int nblks, const void *data, unsigned int len)
{
	if (unlikely(!__guest_is_operand(flags, blk, nblks, len)))
		return write_blocks(gcp, flags, blk, nblks, data, len);
	copy_value(host_address(blk), data, len);
	return 0;
}
EXPORT_SYMBOL_GPL(__guest_cpu_write);

int guest_write_all_ones(struct guest_cpu *gcp, unsigned int flags,
			 const struct qvm_state_block *blk)
{
	int err = vdevfw_access_check(gcp, FUNCTION_guest_write_all_ones);

	if (err)
		return err;
	if (flags)
		return -EINVAL;
	if (blk->type != QST_HOST)
		return -EOPNOTSUPP;
	memset(host_address(blk), 0xff, blk->length);
	return 0;
}
EXPORT_SYMBOL_GPL(guest_write_all_ones);
