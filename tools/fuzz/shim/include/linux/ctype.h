/* SPDX-License-Identifier: GPL-2.0-only */
/* Kinds of characters as the kernel has them: Latin-1 whatever the locale. */
#ifndef _SHIM_LINUX_CTYPE_H
#define _SHIM_LINUX_CTYPE_H

#include <linux/types.h>

static inline bool isdigit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool isupper(int c)
{
	u8 byte = c;

	return (byte >= 'A' && byte <= 'Z') || (byte >= 0xc0 && byte <= 0xde && byte != 0xd7);
}

static inline bool islower(int c)
{
	u8 byte = c;

	return (byte >= 'a' && byte <= 'z') || (byte >= 0xdf && byte != 0xf7);
}

static inline bool isalpha(int c)
{
	return isupper(c) || islower(c);
}

static inline bool isalnum(int c)
{
	return isalpha(c) || isdigit(c);
}

static inline bool isxdigit(int c)
{
	return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool isspace(int c)
{
	u8 byte = c;

	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0xa0;
}

static inline bool iscntrl(int c)
{
	u8 byte = c;

	return byte < ' ' || byte == 0x7f;
}

static inline bool isprint(int c)
{
	u8 byte = c;

	return (byte >= ' ' && byte < 0x7f) || byte >= 0xa0;
}

static inline bool isgraph(int c)
{
	return isprint(c) && !isspace(c);
}

static inline bool ispunct(int c)
{
	return isgraph(c) && !isalnum(c);
}

static inline bool isascii(int c)
{
	return (u8)c < 0x80;
}

static inline char tolower(int c)
{
	return isupper(c) ? c + 32 : c;
}

static inline char toupper(int c)
{
	return islower(c) ? c - 32 : c;
}

#endif
