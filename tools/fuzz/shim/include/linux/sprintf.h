/* SPDX-License-Identifier: GPL-2.0-only */
/* printf() with the kernel's own conversions: %pV and %pe. */
#ifndef _SHIM_LINUX_SPRINTF_H
#define _SHIM_LINUX_SPRINTF_H

#include <stdarg.h>
#include <stdio.h>

#include <linux/types.h>

__printf(3, 0)
int shim_vsnprintf(char *buf, size_t size, const char *format, va_list args);
__printf(3, 4)
int shim_snprintf(char *buf, size_t size, const char *format, ...);
__printf(3, 0)
int vscnprintf(char *buf, size_t size, const char *format, va_list args);
__printf(3, 4)
int scnprintf(char *buf, size_t size, const char *format, ...);
__printf(2, 0)
char *kvasprintf(gfp_t gfp, const char *format, va_list args);
__printf(2, 3)
char *kasprintf(gfp_t gfp, const char *format, ...);

#define vsnprintf	shim_vsnprintf
#define snprintf	shim_snprintf

#endif
