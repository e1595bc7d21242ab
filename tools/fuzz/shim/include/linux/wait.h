/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody waits. */
#ifndef _SHIM_LINUX_WAIT_H
#define _SHIM_LINUX_WAIT_H

#include <linux/spinlock.h>

typedef struct wait_queue_head {
	spinlock_t lock;
} wait_queue_head_t;

#define init_waitqueue_head(queue)	spin_lock_init(&(queue)->lock)
#define wake_up(queue)			((void)(queue))
#define wake_up_all(queue)		((void)(queue))
#define wake_up_interruptible(queue)	((void)(queue))

#endif
