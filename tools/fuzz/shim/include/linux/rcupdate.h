/* SPDX-License-Identifier: GPL-2.0-only */
/* Readers and writers are the same thread. */
#ifndef _SHIM_LINUX_RCUPDATE_H
#define _SHIM_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/lockdep.h>

struct rcu_head {
	void *next;
};

#define rcu_read_lock()				((void)0)
#define rcu_read_unlock()			((void)0)
#define synchronize_rcu()			((void)0)
#define rcu_access_pointer(pointer)		READ_ONCE(pointer)
#define rcu_dereference(pointer)		READ_ONCE(pointer)
#define rcu_dereference_protected(pointer, condition)	((void)(condition), READ_ONCE(pointer))
#define rcu_dereference_check(pointer, condition)	READ_ONCE(pointer)
#define rcu_assign_pointer(pointer, value)	WRITE_ONCE(pointer, value)
#define RCU_INIT_POINTER(pointer, value)	WRITE_ONCE(pointer, value)
#define kfree_rcu(pointer, member)		kfree(pointer)

#endif
