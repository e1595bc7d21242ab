/* SPDX-License-Identifier: GPL-2.0-only */
/* Time stands still. */
#ifndef _SHIM_LINUX_JIFFIES_H
#define _SHIM_LINUX_JIFFIES_H

#define HZ			250
#define jiffies			0UL
#define msecs_to_jiffies(ms)	((unsigned long)(ms) * HZ / 1000)

#endif
