/* SPDX-License-Identifier: GPL-2.0-only */
/* What every file of the kernel may expect. */
#ifndef _SHIM_LINUX_KERNEL_H
#define _SHIM_LINUX_KERNEL_H

#include <limits.h>

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/bug.h>
#include <linux/byteorder/generic.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#define DIV_ROUND_UP(dividend, divisor)	(((dividend) + (divisor) - 1) / (divisor))
#define roundup(value, to)	(DIV_ROUND_UP(value, to) * (to))
#define upper_32_bits(value)	((u32)((u64)(value) >> 32))
#define lower_32_bits(value)	((u32)(value))
#define might_sleep()		((void)0)

#endif
