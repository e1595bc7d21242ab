/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tokens of a configuration.
 */
#ifndef LEXER_H
#define LEXER_H

#include <stddef.h>

#include "failure.h"

#define TOKEN_MAX 65536 /* bytes of one token */

struct token {
	const char *text;
	struct place place;
};

struct tokens {
	struct token *list;
	size_t count;
	struct place end; /* behind the last character */
	char *arena;	  /* the texts of all tokens */
};

/*
 * Splits @text into tokens: 0, or an exit status. In both cases
 * tokens_free() is due. @file is only kept, for places.
 */
int tokens_read(struct tokens *tokens, const char *text, size_t size, const char *file,
		struct failure *why);
void tokens_free(struct tokens *tokens);

#endif
