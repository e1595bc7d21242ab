/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of files and devices. Who fuzzes is little-endian. */
#ifndef _SHIM_LINUX_BYTEORDER_GENERIC_H
#define _SHIM_LINUX_BYTEORDER_GENERIC_H

#include <linux/types.h>

#define cpu_to_le16(value)	((__le16)(u16)(value))
#define cpu_to_le32(value)	((__le32)(u32)(value))
#define cpu_to_le64(value)	((__le64)(u64)(value))
#define le16_to_cpu(value)	((u16)(value))
#define le32_to_cpu(value)	((u32)(value))
#define le64_to_cpu(value)	((u64)(value))

#endif
