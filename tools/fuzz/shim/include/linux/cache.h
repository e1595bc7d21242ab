/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no cache lines to share. */
#ifndef _SHIM_LINUX_CACHE_H
#define _SHIM_LINUX_CACHE_H

#define L1_CACHE_BYTES			64
#define SMP_CACHE_BYTES			L1_CACHE_BYTES
#define ____cacheline_aligned
#define ____cacheline_aligned_in_smp

#endif
