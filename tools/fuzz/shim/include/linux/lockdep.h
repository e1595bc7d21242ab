/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks, where there is one thread: whoever would wait would wait for ever. */
#ifndef _SHIM_LINUX_LOCKDEP_H
#define _SHIM_LINUX_LOCKDEP_H

#include <linux/bug.h>

/* Begins every kind of lock. */
struct shim_lock {
	bool held;
};

static inline void shim_lock_take(struct shim_lock *lock)
{
	WARN_ON(lock->held);
	lock->held = true;
}

static inline void shim_lock_drop(struct shim_lock *lock)
{
	WARN_ON(!lock->held);
	lock->held = false;
}

#define lockdep_assert_held(lock)	((void)WARN_ON(!(lock)->shim.held))
#define lockdep_assert_not_held(lock)	((void)WARN_ON((lock)->shim.held))
#define lockdep_assert(condition)	((void)WARN_ON(!(condition)))
#define lockdep_is_held(lock)		((lock)->shim.held)

#endif
