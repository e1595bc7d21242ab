/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no other threads: for structs that point to some. */
#ifndef _SHIM_LINUX_SCHED_H
#define _SHIM_LINUX_SCHED_H

#include <linux/kthread.h>

#define TASK_COMM_LEN	16

struct task_struct {
	char comm[TASK_COMM_LEN];
};

/* The one thread there is; weak, as every file that includes this defines it. */
__attribute__((weak)) struct task_struct shim_current = { "fuzz" };

#define current		(&shim_current)

#define cond_resched()	((void)0)

#endif
