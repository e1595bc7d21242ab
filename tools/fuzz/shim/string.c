// SPDX-License-Identifier: GPL-2.0-only
/* What libc's strings lack. */
#include <linux/ctype.h>
#include <linux/string.h>

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (len < size) {
		memcpy(to, from, len + 1);
		return len;
	}
	memcpy(to, from, size - 1);
	to[size - 1] = 0;
	return -E2BIG;
}

char *strreplace(char *text, char old, char new)
{
	char *at;

	for (at = text; *at; at++)
		if (*at == old)
			*at = new;
	return text;
}

char *skip_spaces(const char *text)
{
	while (isspace(*text))
		text++;
	return (char *)text;
}

char *strim(char *text)
{
	size_t len = strlen(text);

	while (len && isspace(text[len - 1]))
		text[--len] = 0;
	return skip_spaces(text);
}

bool strstarts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

size_t str_has_prefix(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? 0 : len;
}

int match_string(const char *const *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count && names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

void *memchr_inv(const void *memory, int byte, size_t size)
{
	const u8 *at = memory;

	for (; size; at++, size--)
		if (*at != (u8)byte)
			return (void *)at;
	return NULL;
}
