/* SPDX-License-Identifier: GPL-2.0-only */
/* From text to numbers and places; pure functions, and qvm_parse_*() on top of them. */
#ifndef _VDEVFW_PARSE_H
#define _VDEVFW_PARSE_H

#include <linux/types.h>

/**
 * vdevfw_is_word() - Whether a part of a text is a word
 * @text: The part
 * @len: Its length
 * @word: The word
 *
 * Return: Whether it is.
 */
bool vdevfw_is_word(const char *text, size_t len, const char *word);

/**
 * vdevfw_parse_u64() - Parse a number
 * @text: Decimal, or hexadecimal with 0x; nothing before or after it
 * @value: The number
 *
 * Return: 0, -EINVAL, -ERANGE.
 */
int vdevfw_parse_u64(const char *text, u64 *value);

/**
 * vdevfw_parse_size() - Parse a number of bytes
 * @text: A number, perhaps with k, m or g, or K, M or G, behind it
 * @value: The number, in bytes
 *
 * Return: 0, -EINVAL, -ERANGE.
 */
int vdevfw_parse_size(const char *text, u64 *value);

/**
 * vdevfw_parse_location() - Parse [TYPE:]ADDRESS
 * @text: TYPE is mem, io or pci
 * @type: In: what it is without TYPE. Out: QST_MEMORY, QST_X86_IO or QST_PCI
 * @location: The address; not written for QST_PCI
 *
 * Return: 0, -EINVAL, -ERANGE: no address, or no port, is so large.
 */
int vdevfw_parse_location(const char *text, u16 *type, u64 *location);

#endif
