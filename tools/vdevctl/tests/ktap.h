/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of KTAP as the tests of vdevctl need: one line a test case.
 */
#ifndef KTAP_H
#define KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned int ktap_cases, ktap_failures;

/* Before anything else. */
static inline void ktap_begin(unsigned int planned)
{
	printf("KTAP version 1\n1..%u\n", planned);
}

/* Reports one case; where it failed, @format says how. */
__attribute__((format(printf, 3, 4)))
static inline void ktap_case(bool good, const char *name, const char *format, ...)
{
	va_list args;

	printf("%s %u %s\n", good ? "ok" : "not ok", ++ktap_cases, name);
	if (good)
		return;
	ktap_failures++;
	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* For main() to return. */
static inline int ktap_end(void)
{
	printf("# Totals: pass:%u fail:%u skip:0\n", ktap_cases - ktap_failures, ktap_failures);
	return ktap_failures != 0;
}

#endif
