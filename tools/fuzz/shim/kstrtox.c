// SPDX-License-Identifier: GPL-2.0-only
/* From text to numbers, as the kernel does it: a sign in front, a newline behind, nothing else. */
#include <linux/ctype.h>
#include <linux/kernel.h>

/* Takes the 0x or 0 in front of @text, and says which base it means. */
static unsigned int take_base(const char **text, unsigned int base)
{
	bool has_zero = (*text)[0] == '0';
	bool has_hex = has_zero && tolower((*text)[1]) == 'x';

	if (!base && has_hex && isxdigit((*text)[2]))
		base = 16;
	else if (!base)
		base = has_zero ? 8 : 10;
	if (base == 16 && has_hex)
		*text += 2;
	return base;
}

static unsigned int digit_value(char c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : 36;
}

static int parse_magnitude(const char *text, unsigned int base, unsigned long long *value)
{
	unsigned long long number = 0;
	bool too_large = false;
	const char *start;

	base = take_base(&text, base);
	for (start = text; digit_value(*text) < base; text++)
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, digit_value(*text), &number))
			too_large = true;
	/* As in the kernel, what is too large need not be well-formed behind its digits. */
	if (too_large)
		return -ERANGE;
	if (text == start)
		return -EINVAL;
	if (*text == '\n')
		text++;
	if (*text)
		return -EINVAL;
	*value = number;
	return 0;
}

int kstrtoull(const char *text, unsigned int base, unsigned long long *value)
{
	return parse_magnitude(text + (text[0] == '+'), base, value);
}

int kstrtoll(const char *text, unsigned int base, long long *value)
{
	bool negative = text[0] == '-';
	unsigned long long magnitude;
	int err;

	err = negative ? parse_magnitude(text + 1, base, &magnitude) :
			 kstrtoull(text, base, &magnitude);
	if (err)
		return err;
	if (magnitude > (unsigned long long)S64_MAX + negative)
		return -ERANGE;
	*value = negative ? (long long)-magnitude : (long long)magnitude;
	return 0;
}

static int parse_up_to(const char *text, unsigned int base, u64 max, u64 *value)
{
	int err = kstrtoull(text, base, value);

	return !err && *value > max ? -ERANGE : err;
}

int kstrtouint(const char *text, unsigned int base, unsigned int *value)
{
	u64 number;
	int err = parse_up_to(text, base, U32_MAX, &number);

	if (!err)
		*value = number;
	return err;
}

int kstrtou16(const char *text, unsigned int base, u16 *value)
{
	u64 number;
	int err = parse_up_to(text, base, U16_MAX, &number);

	if (!err)
		*value = number;
	return err;
}

int kstrtou8(const char *text, unsigned int base, u8 *value)
{
	u64 number;
	int err = parse_up_to(text, base, U8_MAX, &number);

	if (!err)
		*value = number;
	return err;
}

int kstrtoint(const char *text, unsigned int base, int *value)
{
	long long number;
	int err = kstrtoll(text, base, &number);

	if (!err && number != (int)number)
		err = -ERANGE;
	if (!err)
		*value = number;
	return err;
}

int kstrtobool(const char *text, bool *value)
{
	const char *decisive = tolower(text[0]) == 'o' ? text + 1 : text;

	if (strchr("yYtT1", decisive[0]) || (decisive > text && tolower(decisive[0]) == 'n'))
		*value = true;
	else if (strchr("nNfF0", decisive[0]))
		*value = false;
	else
		return -EINVAL;
	return 0;
}
