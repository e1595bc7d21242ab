/* SPDX-License-Identifier: GPL-2.0-only */
/* There is no modprobe. */
#ifndef _SHIM_LINUX_KMOD_H
#define _SHIM_LINUX_KMOD_H

#include <linux/errno.h>

__printf(1, 2)
static inline int request_module(const char *format, ...)
{
	(void)format;
	return -ENOENT;
}

#endif
