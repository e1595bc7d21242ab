// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses and sizes as people write them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <errno.h>

#include "number.h"

static unsigned int suffix_shift(char suffix)
{
	switch (tolower((unsigned char)suffix)) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	default:
		return 0;
	}
}

bool number_read(const char *text, const char **end, uint64_t *value)
{
	bool hex = text[0] == '0' && tolower((unsigned char)text[1]) == 'x';
	const char *digits = hex ? text + 2 : text;
	unsigned int shift;
	char *after;

	/* strtoull() would also take blanks, a sign and a second 0x. */
	if (!(hex ? isxdigit((unsigned char)digits[0]) : isdigit((unsigned char)digits[0])))
		return false;
	errno = 0;
	*value = strtoull(text, &after, hex ? 16 : 10);
	if (errno)
		return false;
	shift = suffix_shift(*after);
	if (*value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	*end = after + (shift != 0);
	return true;
}
