/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How another process reaches a launcher itself, rather than its guest in the kernel: to hand it a
 * file to save its machine to.
 *
 * The launcher listens on a socket with an abstract name, made of the guest's id, and whoever
 * connects must be of the same user, or root. One byte, with the file, is what he wants; the answer
 * says what is wrong, if anything is. Each side sees when the other one is gone.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONTROL_ANSWER_MAX 2048

struct control {
	int listener; /* or -1 */
	int caller;   /* whose turn it is, or -1 */
	int file;     /* that he has sent, or -1 */
};

#define CONTROL_NONE ((struct control){ -1, -1, -1 })

/* ---- the launcher's side, which never waits ---- */

/* Listens for the launcher of that guest. 0 or a negative errno. */
int control_open(struct control *control, uint64_t guest);
void control_close(struct control *control);

/* @listener is readable: somebody new. */
void control_accept(struct control *control);
/* @caller is readable. Returns whether a file has come: control_answer() is due. */
bool control_hear(struct control *control);
/* Says what is wrong, or with NULL that nothing is, and goes on to the next caller. */
void control_answer(struct control *control, const char *wrong);

/* ---- the other side ---- */

/*
 * Connects to the launcher of that guest, which is that process. A file descriptor or a negative
 * errno; -EACCES: somebody else has taken the name.
 */
int control_connect(uint64_t guest, pid_t process);
/*
 * Has the launcher save its machine to @file. Returns 0, or a negative errno; or 1, and @answer says
 * what is wrong. -ECONNRESET: the launcher has ended.
 */
int control_ask(int connection, int file, char answer[CONTROL_ANSWER_MAX]);

#endif
