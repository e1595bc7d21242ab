// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of number.c.
 */
#include <string.h>

#include "ktap.h"
#include "number.h"

static const struct {
	const char *text;
	bool good;
	uint64_t value;
	const char *rest;
} cases[] = {
	{ "0", true, 0, "" },
	{ "4096", true, 4096, "" },
	{ "010", true, 10, "" },		/* decimal: no one writes octal sizes */
	{ "0x10", true, 16, "" },
	{ "0XfA000000", true, 0xfa000000, "" },
	{ "4k", true, 4096, "" },
	{ "16M", true, 16 << 20, "" },
	{ "0x2g", true, 2ull << 30, "" },
	{ "1m,rest", true, 1 << 20, ",rest" },
	{ "12ab", true, 12, "ab" },
	{ "0x0x10", true, 0, "x10" },
	{ "18446744073709551615", true, UINT64_MAX, "" },
	{ "18014398509481983k", true, 18014398509481983ull << 10, "" },
	{ "", false, 0, "" },
	{ "k", false, 0, "" },
	{ "-1", false, 0, "" },
	{ "+1", false, 0, "" },
	{ " 1", false, 0, "" },
	{ "0x", false, 0, "" },
	{ "0xg", false, 0, "" },
	{ "0x-1", false, 0, "" },
	{ "18446744073709551616", false, 0, "" },
	{ "0x10000000000000000", false, 0, "" },
	{ "18014398509481984k", false, 0, "" },
	{ "17179869184g", false, 0, "" },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	const char *rest = "";
	uint64_t value = 0;
	unsigned int i;
	bool good;

	ktap_begin(CASES);
	for (i = 0; i < CASES; i++) {
		good = number_read(cases[i].text, &rest, &value);
		if (good && cases[i].good)
			good = value == cases[i].value && !strcmp(rest, cases[i].rest);
		ktap_case(good == cases[i].good, cases[i].text, "read %llu, then '%s'",
			  (unsigned long long)value, rest);
	}
	return ktap_end();
}
