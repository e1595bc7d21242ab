/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory: counted, and to fail when told to, see <shim.h>. */
#ifndef _SHIM_LINUX_SLAB_H
#define _SHIM_LINUX_SLAB_H

#include <linux/byteorder/generic.h>
#include <linux/overflow.h>
#include <linux/types.h>

#define GFP_KERNEL		0u
#define GFP_KERNEL_ACCOUNT	0u
#define GFP_ATOMIC		0u
#define GFP_NOWAIT		0u
#define __GFP_NOWARN		0u
#define __GFP_ZERO		1u

void *kmalloc(size_t size, gfp_t gfp);
void kfree(const void *memory);

#define kzalloc(size, gfp)		kmalloc(size, (gfp) | __GFP_ZERO)
#define kmalloc_array(count, size, gfp)	kmalloc(size_mul(count, size), gfp)
#define kcalloc(count, size, gfp)	kzalloc(size_mul(count, size), gfp)
#define kvmalloc(size, gfp)		kmalloc(size, gfp)
#define kvzalloc(size, gfp)		kzalloc(size, gfp)
#define kvmalloc_array(count, size, gfp)	kmalloc_array(count, size, gfp)
#define kvcalloc(count, size, gfp)	kcalloc(count, size, gfp)
#define kvfree(memory)			kfree(memory)
#define vmalloc(size)			kmalloc(size, GFP_KERNEL)
#define vzalloc(size)			kzalloc(size, GFP_KERNEL)
#define vfree(memory)			kfree(memory)

#endif
