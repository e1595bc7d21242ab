/* SPDX-License-Identifier: GPL-2.0-only */
/* For structs and functions that name a poll table; a pure room has no file. */
#ifndef _SHIM_LINUX_POLL_H
#define _SHIM_LINUX_POLL_H

#include_next <linux/poll.h>

#include <linux/wait.h>

struct file;
typedef struct poll_table_struct poll_table;

#endif
