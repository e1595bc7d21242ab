/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of references: neither from nor below 0. */
#ifndef _SHIM_LINUX_REFCOUNT_H
#define _SHIM_LINUX_REFCOUNT_H

#include <linux/bug.h>

typedef struct {
	int count;
} refcount_t;

#define REFCOUNT_INIT(value)	{ (value) }

static inline void refcount_set(refcount_t *refs, int value)
{
	refs->count = value;
}

static inline int refcount_read(const refcount_t *refs)
{
	return refs->count;
}

static inline void refcount_inc(refcount_t *refs)
{
	WARN_ON(refs->count++ <= 0);
}

static inline bool refcount_inc_not_zero(refcount_t *refs)
{
	return refs->count && refs->count++;
}

static inline bool refcount_dec_and_test(refcount_t *refs)
{
	WARN_ON(refs->count <= 0);
	return --refs->count == 0;
}

#endif
