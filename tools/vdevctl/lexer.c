// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration text to tokens.
 *
 * A token is a run of characters other than blanks and '#'; a '#' begins a
 * comment that ends with the line. There are no quotes. The text must be UTF-8
 * without control characters, comments included: so a binary file is called
 * one, whatever its first bytes happen to be.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "lexer.h"

struct cursor {
	const unsigned char *next;
	const unsigned char *end;
	struct place place;
};

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The length of the multibyte character at @s, or 0 if there is none that is text. */
static unsigned int multibyte_len(const unsigned char *s, const unsigned char *end)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t first; /* not U+0080: control characters come before U+00A0 */
	} forms[] = {
		{ 0xe0, 0xc0, 0xa0 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	unsigned int form = 0, len, i;
	uint32_t value;

	while (form < 3 && (*s & forms[form].mask) != forms[form].lead)
		form++;
	len = form + 2;
	if (form == 3 || end - s < len)
		return 0;
	value = *s & ~forms[form].mask;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0; /* beyond Unicode, or a surrogate */
	return value >= forms[form].first ? len : 0;
}

static unsigned int character_len(const unsigned char *s, const unsigned char *end)
{
	if (*s >= 0x80)
		return multibyte_len(s, end);
	return is_blank(*s) || (*s > ' ' && *s < 0x7f);
}

/* Moves past one character. */
static int advance(struct cursor *c, struct failure *why)
{
	unsigned int len = character_len(c->next, c->end);

	if (!len)
		return fail_at(
			why, c->place,
			"byte 0x%02x is not text: a configuration is UTF-8 text without control characters",
			*c->next);
	if (*c->next == '\n') {
		c->place.line++;
		c->place.column = 1;
	} else {
		c->place.column++;
	}
	c->next += len;
	return 0;
}

static int skip_comment(struct cursor *c, struct failure *why)
{
	int status = 0;

	while (!status && c->next < c->end && *c->next != '\n')
		status = advance(c, why);
	return status;
}

static struct token *token_add(struct tokens *tokens)
{
	size_t count = tokens->count;
	struct token *list;

	/* The list doubles whenever its length is a power of two. */
	if (!(count & (count - 1))) {
		list = realloc(tokens->list, (count ? count * 2 : 1) * sizeof(*list));
		if (!list)
			return NULL;
		tokens->list = list;
	}
	tokens->count++;
	return &tokens->list[count];
}

/* Copies the token at the cursor to *@room and moves both past it. */
static int take_token(struct cursor *c, struct tokens *tokens, char **room, struct failure *why)
{
	struct token *token = token_add(tokens);
	const unsigned char *start = c->next;
	int status;

	if (!token)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	*token = (struct token){ .text = *room, .place = c->place };
	while (c->next < c->end && !is_blank(*c->next) && *c->next != '#') {
		status = advance(c, why);
		if (status)
			return status;
	}
	if (c->next - start > TOKEN_MAX)
		return fail_at(why, token->place, "a word of %td bytes: at most %d are allowed",
			       c->next - start, TOKEN_MAX);
	while (start < c->next)
		*(*room)++ = *start++;
	*(*room)++ = '\0';
	return 0;
}

int tokens_read(struct tokens *tokens, const char *text, size_t size, const char *file,
		struct failure *why)
{
	const unsigned char *start = (const unsigned char *)text;
	struct cursor c = { start, start + size, { file, 1, 1 } };
	int status = 0;
	char *room;

	*tokens = (struct tokens){ 0 };
	/* Something separates any two tokens, so their NULs fit where that stood. */
	room = malloc(size + 1);
	if (!room)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	tokens->arena = room;

	while (!status && c.next < c.end) {
		if (is_blank(*c.next))
			status = advance(&c, why);
		else if (*c.next == '#')
			status = skip_comment(&c, why);
		else
			status = take_token(&c, tokens, &room, why);
	}
	tokens->end = c.place;
	return status;
}

void tokens_free(struct tokens *tokens)
{
	free(tokens->list);
	free(tokens->arena);
	*tokens = (struct tokens){ 0 };
}
