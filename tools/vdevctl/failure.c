// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sentences that say what is wrong, where, and what is allowed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

#define LINE_BYTES 4096 /* more than the longest sentence; a pipe takes it whole */
#define FULL_MS	   20

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

/*
 * A terminal that has room for one byte is called writable, and a longer write waits. One
 * that does not wait needs a file of its own: that of @fd is shared with others.
 */
int open_unwaiting(int fd)
{
	char path[32];

	if (!isatty(fd))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Waits until @fd takes something. Returns false if @stop came first. */
static bool wait_writable(int fd, int stop, bool full)
{
	struct pollfd fds[] = {
		{ .fd = stop, .events = POLLIN }, /* -1 is ignored */
		{ .fd = full ? -1 : fd, .events = POLLOUT },
	};

	/* One that has just taken nothing would be called writable again at once. */
	while (poll(fds, 2, full ? FULL_MS : -1) < 0 && errno == EINTR)
		;
	return !fds[0].revents || fds[1].revents;
}

static void write_line(int fd, int stop, const char *line, size_t len)
{
	bool full = false;
	ssize_t done;

	while (len > 0 && wait_writable(fd, stop, full)) {
		done = write(fd, line, len);
		full = done < 0 && errno == EAGAIN;
		if (done < 0 && !full && errno != EINTR)
			return;
		if (done > 0) {
			line += done;
			len -= done;
		}
	}
}

void say_to(int fd, int stop, const char *format, ...)
{
	int own = open_unwaiting(fd);
	char line[LINE_BYTES];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len >= LINE_BYTES)
		len = LINE_BYTES - 1;
	write_line(own >= 0 ? own : fd, stop, line, len);
	if (own >= 0)
		close(own);
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
