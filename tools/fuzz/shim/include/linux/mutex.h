/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks that sleep. */
#ifndef _SHIM_LINUX_MUTEX_H
#define _SHIM_LINUX_MUTEX_H

#include <linux/lockdep.h>

struct mutex {
	struct shim_lock shim;
};

#define __MUTEX_INITIALIZER(name)	{ { false } }
#define DEFINE_MUTEX(name)		struct mutex name = __MUTEX_INITIALIZER(name)

#define mutex_init(lock)		((void)((lock)->shim.held = false))
#define mutex_destroy(lock)		lockdep_assert_not_held(lock)
#define mutex_lock(lock)		shim_lock_take(&(lock)->shim)
#define mutex_unlock(lock)		shim_lock_drop(&(lock)->shim)
#define mutex_lock_interruptible(lock)	(mutex_lock(lock), 0)
#define mutex_lock_killable(lock)	(mutex_lock(lock), 0)
#define mutex_is_locked(lock)		((lock)->shim.held)

#endif
