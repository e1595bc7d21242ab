/* SPDX-License-Identifier: GPL-2.0-only */
/* A launcher on a terminal, its guest, and what other processes ask of that with vdevctl. */
#ifndef SESSION_H
#define SESSION_H

#include "fixture.h"

#define SESSION_CONFIG	"/tmp/launcher.conf"

struct session {
	int terminal, slave;
	pid_t pid;
	char said[32768];
	size_t len;
	size_t heard;		/* of what it said: session_says() looks behind it */
};

/* Starts a launcher with @guest of guests_folder(), and @options in its configuration. */
void session_start(struct session *session, const char *guest, const char *options);

/* The same with the configuration of the last time, for a machine that was saved to @saved. */
void session_restore(struct session *session, const char *saved);

/* Reads for up to 20 s until the launcher or its guest has said @text. */
bool session_says(struct session *session, const char *text);

/* The same, and what was said so far does not count from now on. */
bool session_says_next(struct session *session, const char *text);

void session_type(struct session *session, char key);

/* Whether the terminal is as a shell leaves it. */
bool is_cooked(const struct session *session);

/* Waits until the launcher ends, with the status @want. */
void session_end(struct session *session, int want);

/* The launcher's guest, which is the last that was made before one of ours. */
uint64_t guest_of_launcher(void);

/* What vdevctl says of @command, such as "stop demo", and that it ends with @status. */
const char *vdevctl(const char *command, int status);

/* The same, with the id of a guest. */
const char *vdevctl_for(const char *command, uint64_t id, int status);

#endif
