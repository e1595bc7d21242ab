// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sentences that say what is wrong, where, and what is allowed.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

static void append(struct failure *why, const char *format, va_list args)
{
	size_t len = strlen(why->text);

	vsnprintf(why->text + len, sizeof(why->text) - len, format, args);
}

int fail(struct failure *why, int status, const char *format, ...)
{
	va_list args;

	strcpy(why->text, "vdevctl: ");
	va_start(args, format);
	append(why, format, args);
	va_end(args);
	return status;
}

int fail_at(struct failure *why, struct place at, const char *format, ...)
{
	size_t len = strlen(at.file), room = sizeof(why->text) / 2;
	va_list args;

	/* Of a long path, the end is what tells files apart. */
	snprintf(why->text, sizeof(why->text), "%s%s:%u:%u: ", len > room ? "..." : "",
		 at.file + (len > room ? len - room : 0), at.line, at.column);
	va_start(args, format);
	append(why, format, args);
	va_end(args);
	return VDEVFW_EXIT_CONFIG;
}

void say_to(int fd, int stop, const char *format, ...)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = stop, .events = POLLIN }, /* -1 is ignored */
	};
	va_list args;

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	if (!fds[0].revents)
		return;
	va_start(args, format);
	vdprintf(fd, format, args);
	va_end(args);
}

const char *excerpt_make(struct excerpt *excerpt, const char *text)
{
	size_t room = sizeof(excerpt->text) - sizeof("...");
	size_t len = strlen(text);

	if (len < sizeof(excerpt->text))
		return text;
	while (room > 0 && (text[room] & 0xc0) == 0x80)
		room--; /* not in the middle of a character */
	memcpy(excerpt->text, text, room);
	strcpy(excerpt->text + room, "...");
	return excerpt->text;
}
