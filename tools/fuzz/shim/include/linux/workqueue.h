/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that is queued is never done: for structs that have some. */
#ifndef _SHIM_LINUX_WORKQUEUE_H
#define _SHIM_LINUX_WORKQUEUE_H

#include <linux/types.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
};

struct workqueue_struct;

#define INIT_WORK(work, function)	((void)((work)->func = (function)))

#endif
