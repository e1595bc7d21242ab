// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's printf() on libc's.
 *
 * libc knows neither %pV nor %pe, and would take "V" and "e" for text. So each
 * conversion is taken out of the format: these two are done here, all others are
 * handed to libc one by one.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#undef snprintf
#undef vsnprintf

struct output {
	char *buf;
	size_t size;
	size_t len; /* of all the text, even if it did not fit */
};

/* A conversion, in the form that libc takes: all of it but the stars. */
struct conversion {
	char text[32];
	size_t len;
	int longs; /* l: 1, ll, z, t: 2; h and hh promote to int */
};

static char *room(const struct output *out)
{
	return out->len < out->size ? out->buf + out->len : NULL;
}

static size_t room_size(const struct output *out)
{
	return out->len < out->size ? out->size - out->len : 0;
}

static void put(struct conversion *conversion, char c)
{
	if (conversion->len >= sizeof(conversion->text) - 1)
		shim_bug(__FILE__, __LINE__, "a conversion is too long");
	conversion->text[conversion->len++] = c;
	conversion->text[conversion->len] = 0;
}

/* Flags, width and precision. */
static const char *take_form(struct conversion *conversion, const char *format, va_list *args)
{
	char digits[16], *digit;

	for (; *format && strchr("-+ #.0123456789*", *format); format++) {
		if (*format != '*') {
			put(conversion, *format);
			continue;
		}
		snprintf(digits, sizeof(digits), "%d", va_arg(*args, int));
		for (digit = digits; *digit; digit++)
			put(conversion, *digit);
	}
	return format;
}

static const char *take_length(struct conversion *conversion, const char *format)
{
	for (; *format && strchr("hlzt", *format); format++) {
		put(conversion, *format);
		if (*format != 'h')
			conversion->longs += *format == 'l' ? 1 : 2;
	}
	return format;
}

static void print_error_name(struct output *out, const void *pointer)
{
	const char *name = IS_ERR(pointer) ? strerrorname_np(-PTR_ERR(pointer)) : NULL;

	if (name)
		out->len += snprintf(room(out), room_size(out), "-%s", name);
	else
		out->len += snprintf(room(out), room_size(out), "%p", pointer);
}

static void print_all(struct output *out, const char *format, va_list *args);

/* Returns how many letters behind the p belong to the conversion. */
static unsigned int print_pointer(struct output *out, const char *behind, const void *pointer)
{
	const struct va_format *nested = pointer;
	va_list args;

	switch (*behind) {
	case 'V':
		va_copy(args, *nested->va);
		print_all(out, nested->fmt, &args);
		va_end(args);
		return 1;
	case 'e':
		print_error_name(out, pointer);
		return 1;
	default:
		if ((*behind >= 'a' && *behind <= 'z') || (*behind >= 'A' && *behind <= 'Z'))
			shim_bug(__FILE__, __LINE__, "the shim has not all of %p...");
		out->len += snprintf(room(out), room_size(out), "%p", pointer);
		return 0;
	}
}

/* Prints the conversion that begins behind the % at @format; returns what follows it. */
static const char *print_one(struct output *out, const char *format, va_list *args)
{
	struct conversion conversion = { "%", 1, 0 };
	char *to = room(out);
	size_t left = room_size(out);
	char kind;

	format = take_form(&conversion, format, args);
	format = take_length(&conversion, format);
	kind = *format++;
	put(&conversion, kind);
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
	switch (kind) {
	case '%':
		out->len += snprintf(to, left, "%%");
		return format;
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
	case 'c':
		if (conversion.longs)
			out->len += snprintf(to, left, conversion.text, va_arg(*args, long));
		else
			out->len += snprintf(to, left, conversion.text, va_arg(*args, int));
		return format;
	case 's':
		out->len += snprintf(to, left, conversion.text, va_arg(*args, const char *));
		return format;
	case 'p':
		return format + print_pointer(out, format, va_arg(*args, const void *));
	default:
		shim_bug(__FILE__, __LINE__, conversion.text);
	}
#pragma clang diagnostic pop
}

static void print_all(struct output *out, const char *format, va_list *args)
{
	while (*format) {
		if (*format == '%') {
			format = print_one(out, format + 1, args);
			continue;
		}
		if (room_size(out) > 1)
			*room(out) = *format;
		out->len++;
		format++;
	}
}

int shim_vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
	struct output out = { buf, size, 0 };
	va_list all;

	va_copy(all, args);
	print_all(&out, format, &all);
	va_end(all);
	if (size)
		buf[min(out.len, size - 1)] = 0;
	return out.len;
}

int shim_snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = shim_vsnprintf(buf, size, format, args);
	va_end(args);
	return len;
}

int vscnprintf(char *buf, size_t size, const char *format, va_list args)
{
	size_t len = shim_vsnprintf(buf, size, format, args);

	if (!size)
		return 0;
	return min(len, size - 1);
}

int scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(buf, size, format, args);
	va_end(args);
	return len;
}

char *kvasprintf(gfp_t gfp, const char *format, va_list args)
{
	int len = shim_vsnprintf(NULL, 0, format, args);
	char *text = kmalloc(len + 1, gfp);

	if (text)
		shim_vsnprintf(text, len + 1, format, args);
	return text;
}

char *kasprintf(gfp_t gfp, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = kvasprintf(gfp, format, args);
	va_end(args);
	return text;
}

void seq_vprintf(struct seq_file *to, const char *format, va_list args)
{
	size_t len;

	len = shim_vsnprintf(to->buf + to->count, to->size - to->count, format, args);
	to->count = min(to->count + len, to->size);
}

void seq_printf(struct seq_file *to, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	seq_vprintf(to, format, args);
	va_end(args);
}

void seq_puts(struct seq_file *to, const char *text)
{
	seq_printf(to, "%s", text);
}

void seq_putc(struct seq_file *to, char c)
{
	seq_printf(to, "%c", c);
}
