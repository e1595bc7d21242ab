/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and sizes as people write them.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_FORM "decimal or 0x hexadecimal digits, and k, m or g behind them"

/*
 * Reads the number with which @text begins: digits, decimal or after 0x
 * hexadecimal, and perhaps a suffix k, m or g. *@end is what follows. False:
 * there is none, or it takes more than 64 bits.
 */
bool number_read(const char *text, const char **end, uint64_t *value);

#endif
