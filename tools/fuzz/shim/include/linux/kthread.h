/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no other threads: for structs that point to some. */
#ifndef _SHIM_LINUX_KTHREAD_H
#define _SHIM_LINUX_KTHREAD_H

struct task_struct;

#endif
