/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory is in <linux/slab.h>. */
#ifndef _SHIM_LINUX_MM_H
#define _SHIM_LINUX_MM_H

#include <linux/slab.h>

#endif
