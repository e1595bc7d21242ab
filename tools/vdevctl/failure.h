/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function that can fail for a reason a person must read leaves behind.
 *
 * Such a function returns 0 or an exit status of enum vdevfw_exit, so that
 * "return fail(why, STATUS, …)" is all that a failing check has to say.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <unistd.h>
#include <vdevfw.h>

/* A place in a configuration file; lines and columns are counted from 1. */
struct place {
	const char *file;
	unsigned int line;
	unsigned int column;
};

struct failure {
	char text[2048]; /* one sentence, without a newline */
};

/* Writes the sentence, headed by the program's name, and returns @status. */
int fail(struct failure *why, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes the sentence, headed by @at, and returns VDEVFW_EXIT_CONFIG. */
int fail_at(struct failure *why, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The terminal that @fd is, once more and for writing, which does not wait; -1 if it is none. */
int open_unwaiting(int fd);

/*
 * Prints a line on @fd. If nobody reads there, waits until somebody does or
 * @stop, unless it is -1, is readable; then the line is lost.
 */
void say_to(int fd, int stop, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same on standard error. */
#define say(stop, ...) say_to(STDERR_FILENO, stop, __VA_ARGS__)

struct excerpt {
	char text[68];
};

/*
 * @text as a sentence can bear it: if it is long, only its beginning. The
 * result lives as long as the block that asks for it.
 */
#define excerpt(string) excerpt_make(&(struct excerpt){ .text = "" }, string)
const char *excerpt_make(struct excerpt *excerpt, const char *text);

#endif
