// SPDX-License-Identifier: GPL-2.0-only
/* What every fuzz target says of wrong behaviour that no sanitizer sees. */
#include <sanitizer/allocator_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

void unexpected(const char *file, int line, const char *condition, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: not so: %s: ", file, line, condition);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* How many bytes belong to the character behind @lead, and what the first of them may be. */
static int utf8_form(unsigned char lead, unsigned char *first, unsigned char *last)
{
	*first = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*last = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (lead < 0x80)
		return 0;
	if (lead < 0xc2 || lead > 0xf4)
		return -1;
	return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

bool is_utf8(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned char first, last;
	int more;

	while (*at) {
		more = utf8_form(*at++, &first, &last);
		if (more < 0)
			return false;
		for (; more; more--, at++) {
			if (*at < first || *at > last)
				return false;
			first = 0x80;
			last = 0xbf;
		}
	}
	return true;
}

void *exact_copy(const void *data, size_t size)
{
	void *copy = malloc(size);

	expect(copy, "the fuzzer is out of memory");
	return size ? memcpy(copy, data, size) : copy;
}

/* How many bytes more are allocated after the input than before. */
static long growth(const uint8_t *data, size_t size)
{
	size_t before = __sanitizer_get_current_allocated_bytes();

	try_input(data, size);
	return __sanitizer_get_current_allocated_bytes() - before;
}

/*
 * Unlike LeakSanitizer, which looks once at the end and not at all under AFL++,
 * this finds the input that leaks. A thread of libFuzzer's own allocates a little
 * when it begins, whichever input that meets: what leaks, leaks a second time.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	long bytes = growth(data, size);

	if (bytes)
		bytes = growth(data, size);
	expect(!bytes, "%ld bytes more are allocated afterwards", bytes);
	return 0;
}
