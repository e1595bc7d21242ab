/* SPDX-License-Identifier: GPL-2.0-only */
/* All of it is in <linux/compiler_types.h>. */
#ifndef _SHIM_LINUX_COMPILER_H
#define _SHIM_LINUX_COMPILER_H

#include <linux/compiler_types.h>

#endif
