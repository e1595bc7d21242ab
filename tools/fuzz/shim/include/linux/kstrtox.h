/* SPDX-License-Identifier: GPL-2.0-only */
/* From text to numbers. */
#ifndef _SHIM_LINUX_KSTRTOX_H
#define _SHIM_LINUX_KSTRTOX_H

#include <linux/types.h>

int kstrtoull(const char *text, unsigned int base, unsigned long long *value);
int kstrtoll(const char *text, unsigned int base, long long *value);
int kstrtouint(const char *text, unsigned int base, unsigned int *value);
int kstrtoint(const char *text, unsigned int base, int *value);
int kstrtou16(const char *text, unsigned int base, u16 *value);
int kstrtou8(const char *text, unsigned int base, u8 *value);
int kstrtobool(const char *text, bool *value);

#define kstrtou64(text, base, value)	kstrtoull(text, base, value)
#define kstrtos64(text, base, value)	kstrtoll(text, base, value)
#define kstrtou32(text, base, value)	kstrtouint(text, base, value)
#define kstrtos32(text, base, value)	kstrtoint(text, base, value)

#endif
