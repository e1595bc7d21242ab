// SPDX-License-Identifier: GPL-2.0-only
/* What must be true of a sentence that the launcher prints. */
#include <stdio.h>
#include <string.h>

#include "oracle.h"
#include "targets/failure.h"

/* Characters in line @number of @text, or -1: there is no such line. */
static long line_len(const char *text, size_t size, unsigned int number)
{
	const char *end = text + size;
	long characters = 0;

	while (--number) {
		text = memchr(text, '\n', end - text);
		if (!text)
			return -1;
		text++;
	}
	/* Every byte but those that continue a character of UTF-8. */
	for (; text < end && *text != '\n'; text++)
		characters += (*text & 0xc0) != 0x80;
	return characters;
}

void expect_sentence(const struct failure *why, const char *text, size_t size)
{
	unsigned int line = 0, column = 0;
	int used = 0;

	expect(memchr(why->text, 0, sizeof(why->text)), "a sentence without its NUL");
	expect(is_printable(why->text), "a control character in \"%s\"", why->text);
	expect(is_utf8(why->text), "not UTF-8: \"%s\"", why->text);
	expect(sscanf(why->text, FUZZ_FILE ":%u:%u: %n", &line, &column, &used) == 2 && used &&
	       why->text[used], "no place, or nothing behind it: \"%s\"", why->text);
	expect(line && line_len(text, size, line) >= 0, "there is no line %u: \"%s\"", line,
	       why->text);
	expect(column && column <= line_len(text, size, line) + 1, "there is no column %u: \"%s\"",
	       column, why->text);
}
