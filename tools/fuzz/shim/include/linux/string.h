/* SPDX-License-Identifier: GPL-2.0-only */
/* What libc's strings lack. */
#ifndef _SHIM_LINUX_STRING_H
#define _SHIM_LINUX_STRING_H

#include <string.h>
#include <strings.h>

#include <linux/errno.h>
#include <linux/types.h>

ssize_t strscpy(char *to, const char *from, size_t size);
char *strreplace(char *text, char old, char new);
char *skip_spaces(const char *text);
char *strim(char *text);
bool strstarts(const char *text, const char *prefix);
size_t str_has_prefix(const char *text, const char *prefix);
int match_string(const char *const *names, size_t count, const char *name);
void *memchr_inv(const void *memory, int byte, size_t size);

char *kstrdup(const char *text, gfp_t gfp);
char *kmemdup_nul(const char *text, size_t len, gfp_t gfp);
void *kmemdup(const void *memory, size_t size, gfp_t gfp);
#define kvmemdup(memory, size, gfp)	kmemdup(memory, size, gfp)
#define kstrdup_const(text, gfp)	kstrdup(text, gfp)
#define kfree_const(text)		kfree(text)

#endif
