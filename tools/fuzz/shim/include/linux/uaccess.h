/* SPDX-License-Identifier: GPL-2.0-only */
/* A pure room has no user pointer: only what headers that include it need. */
#ifndef _SHIM_LINUX_UACCESS_H
#define _SHIM_LINUX_UACCESS_H

#include <linux/types.h>

#endif
