// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of lexer.c.
 */
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "lexer.h"

#define TEXT(text)	text, sizeof(text) - 1

static const struct {
	const char *name;
	const char *text;
	size_t size;
	const char *expected;		/* "line:column:text " for each token, or the failure */
} cases[] = {
	{ "empty", TEXT(""), "" },
	{ "blank", TEXT(" \t\r\n\n"), "" },
	{ "one token", TEXT("ram"), "1:1:ram " },
	{ "tokens and lines", TEXT("ram 1m\n  cpu\tload x\r\ny"),
	  "1:1:ram 1:5:1m 2:3:cpu 2:7:load 2:12:x 3:1:y " },
	{ "comment", TEXT("# all\n"), "" },
	{ "comment at the end", TEXT("a # b"), "1:1:a " },
	{ "comment behind a token", TEXT("a#b c\nd"), "1:1:a 2:1:d " },
	{ "comment with UTF-8", TEXT("# \xc3\xa4\n a"), "2:2:a " },
	{ "columns count characters", TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 b"),
	  "1:1:\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 1:5:b " },
	{ "NUL", TEXT("ram 1m\n cp\0u"), "t:2:4: byte 0x00 is not text: a configuration is UTF-8 "
	  "text without control characters" },
	{ "NUL in a comment", TEXT("# \0"), "t:1:3: byte 0x00 is not text: a configuration is "
	  "UTF-8 text without control characters" },
	{ "ELF", TEXT("\x7f" "ELF"), "t:1:1: byte 0x7f is not text: a configuration is UTF-8 text "
	  "without control characters" },
	{ "escape", TEXT("a \x1b[2J"), "t:1:3: byte 0x1b is not text: a configuration is UTF-8 "
	  "text without control characters" },
	{ "form feed", TEXT("\f"), "t:1:1: byte 0x0c is not text: a configuration is UTF-8 text "
	  "without control characters" },
	{ "lone continuation", TEXT("\x80"), "t:1:1: byte 0x80 is not text: a configuration is "
	  "UTF-8 text without control characters" },
	{ "C1 control", TEXT("\xc2\x9b"), "t:1:1: byte 0xc2 is not text: a configuration is UTF-8 "
	  "text without control characters" },
	{ "overlong", TEXT("\xe0\x80\xaf"), "t:1:1: byte 0xe0 is not text: a configuration is "
	  "UTF-8 text without control characters" },
	{ "beyond Unicode", TEXT("\xf4\x90\x80\x80"), "t:1:1: byte 0xf4 is not text: a configuration "
	  "is UTF-8 text without control characters" },
	{ "surrogate", TEXT("\xed\xa0\x80"), "t:1:1: byte 0xed is not text: a configuration is "
	  "UTF-8 text without control characters" },
	{ "last character", TEXT("\xf4\x8f\xbf\xbf"), "1:1:\xf4\x8f\xbf\xbf " },
	{ "cut character", TEXT("a\xe2\x82"), "t:1:2: byte 0xe2 is not text: a configuration is "
	  "UTF-8 text without control characters" },
	{ "broken character", TEXT("a\xe2\x82 \xac"), "t:1:2: byte 0xe2 is not text: a "
	  "configuration is UTF-8 text without control characters" },
	{ "0xff", TEXT("\xff\xfe"), "t:1:1: byte 0xff is not text: a configuration is UTF-8 text "
	  "without control characters" },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

/* Describes what @text is read as. The text is copied, so that ASan sees its end. */
static void read_text(const char *text, size_t size, char *result, size_t room)
{
	char *exact = memcpy(malloc(size ? size : 1), text, size);
	struct failure why = { "" };
	struct tokens tokens;
	size_t i, len = 0;

	result[0] = '\0';
	if (tokens_read(&tokens, exact, size, "t", &why))
		snprintf(result, room, "%s", why.text);
	else
		for (i = 0; i < tokens.count; i++)
			len += snprintf(result + len, room - len, "%u:%u:%s ",
					tokens.list[i].place.line, tokens.list[i].place.column,
					tokens.list[i].text);
	tokens_free(&tokens);
	free(exact);
}

static void test_length(const char *name, size_t size, const char *expected)
{
	char *text = memset(malloc(size + 2), 'x', size + 2), result[512];

	text[0] = '\n';
	text[1] = ' ';
	read_text(text, size + 2, result, sizeof(result));
	ktap_case(!strncmp(result, expected, strlen(expected)), name, "%s", result);
	free(text);
}

int main(void)
{
	char result[512];
	unsigned int i;

	ktap_begin(CASES + 2);
	for (i = 0; i < CASES; i++) {
		read_text(cases[i].text, cases[i].size, result, sizeof(result));
		ktap_case(!strcmp(result, cases[i].expected), cases[i].name, "%s", result);
	}
	test_length("longest token", TOKEN_MAX, "2:2:xxx");
	test_length("too long a token", TOKEN_MAX + 1,
		    "t:2:2: a word of 65537 bytes: at most 65536 are allowed");
	return ktap_end();
}
