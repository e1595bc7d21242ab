/* SPDX-License-Identifier: GPL-2.0-only */
/* What every fuzz target says of wrong behaviour that no sanitizer sees. */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What both fuzzers call for each input: try_input(), and a look at what it has left allocated. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target itself. */
void try_input(const uint8_t *data, size_t size);

/* Ends the program, which the fuzzer takes for a crash, unless @condition holds. */
#define expect(condition, format, ...)						\
do {										\
	if (!(condition))							\
		unexpected(__FILE__, __LINE__, #condition, format, ##__VA_ARGS__); \
} while (0)

_Noreturn void unexpected(const char *file, int line, const char *condition,
			  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether @text can be shown on a terminal: no control character of ASCII. */
bool is_printable(const char *text);

/* Whether @text is UTF-8 throughout. */
bool is_utf8(const char *text);

/* A copy of exactly @size bytes, so that ASan sees who reads or writes beyond; for free(). */
void *exact_copy(const void *data, size_t size);

#endif
