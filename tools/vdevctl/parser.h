/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files share that read a configuration: config.c has the language, and
 * each parse_*.c what some of its options mean.
 */
#ifndef PARSER_H
#define PARSER_H

#include "config.h"

struct parser;

/* An option, how many words it takes, and what they mean. A table of them ends with no name. */
struct option_form {
	const char *name;
	unsigned int words;
	const char *arguments; /* what the words look like */
	const char *purpose;
	/* option[1] and on are the words. */
	int (*parse)(struct parser *p, const struct token *option);
};

struct parser {
	struct machine_config *config;
	const struct token *next;
	const struct token *end;
	const struct factories *factories;
	/* The open context: that of a cpu, of the last vdev in config, or neither. */
	const struct option_form *inner;
	struct option_names vdev_options;
	struct failure *why;
};

int no_memory(struct parser *p);

/* @option is allowed once and was given at @first. */
int given_twice(struct parser *p, const struct token *option, struct place first);

/* Adds a zeroed element to @list, which doubles whenever its length is a power of two. */
void *append(void *list, size_t *count, size_t size);

bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size);

/* Moves past the words of @option, or fails because there are not so many. */
int take_words(struct parser *p, const struct token *option, unsigned int words,
	       const char *arguments);

/* Reads the whole of @word as a number from @min to @max. */
int parse_number(struct parser *p, const struct token *word, uint64_t min, uint64_t max,
		 uint64_t *value);

/* parse_action.c */
int parse_action(struct parser *p, const struct token *option);

/* parse_cpu.c */
int parse_cpu(struct parser *p, const struct token *option);
struct cpu_config *add_cpu(struct parser *p);

/* parse_files.c */
int parse_load(struct parser *p, const struct token *option);
int parse_initrd(struct parser *p, const struct token *option);
int parse_dump(struct parser *p, const struct token *option);

/* parse_memory.c */
int parse_ram(struct parser *p, const struct token *option);
int parse_rom(struct parser *p, const struct token *option);

/* parse_set.c */
int parse_set(struct parser *p, const struct token *option);

/* parse_unsupported.c */
void set_unsupported_defaults(struct machine_config *config);
int parse_unsupported(struct parser *p, const struct token *option);
/* Fails if what begins with @option belongs to the language, but cannot be had here. */
int check_refused(struct parser *p, const struct token *option);

/* parse_vdev.c */
int parse_vdev(struct parser *p, const struct token *option);
/* Leaves to the kernel what @option with so many words means. */
int add_setting(struct parser *p, const struct token *option, unsigned int words);
int parse_logger(struct parser *p, const struct token *option);
int parse_safety(struct parser *p, const struct token *option);
int parse_window(struct parser *p, const struct token *option);
int parse_vdev_option(struct parser *p, const struct token *option, const char *listed);
/* The open vdev's option of that name, as its factory lists it, or NULL. */
const char *find_vdev_option(const struct parser *p, const char *name);

#endif
