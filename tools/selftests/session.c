// SPDX-License-Identifier: GPL-2.0-only
/* A launcher on a terminal, its guest, and what other processes ask of that with vdevctl. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "session.h"

static void take_terminal(void)
{
	setsid();
	ioctl(0, TIOCSCTTY, 0);
}

void session_restore(struct session *session, const char *saved)
{
	*session = (struct session){ 0 };
	NEED(openpty(&session->terminal, &session->slave, NULL, NULL, NULL) == 0);
	NEED(fcntl(session->terminal, F_SETFD, FD_CLOEXEC) == 0);
	session->pid = launcher_restore(SESSION_CONFIG, saved, session->slave, take_terminal);
}

void session_start(struct session *session, const char *guest, const char *options)
{
	write_file(SESSION_CONFIG, "ram 16m load %s/%s.elf %s", guests_folder(), guest, options);
	session_restore(session, NULL);
}

bool session_says(struct session *session, const char *text)
{
	struct pollfd p = { .fd = session->terminal, .events = POLLIN };
	long long end = now_ms() + 20000;
	ssize_t got;

	while (!strstr(session->said + session->heard, text) && now_ms() < end) {
		if (poll(&p, 1, 100) <= 0)
			continue;
		got = read(session->terminal, session->said + session->len,
			   sizeof(session->said) - 1 - session->len);
		if (got <= 0)
			break;
		session->len += got;
	}
	return CHECK_TEXT(session->said + session->heard, text);
}

bool session_says_next(struct session *session, const char *text)
{
	const char *found;

	if (!session_says(session, text))
		return false;
	found = strstr(session->said + session->heard, text);
	session->heard = found + strlen(text) - session->said;
	return true;
}

void session_type(struct session *session, char key)
{
	NEED(write(session->terminal, &key, 1) == 1);
}

bool is_cooked(const struct session *session)
{
	struct termios now;

	NEED(tcgetattr(session->slave, &now) == 0);
	return (now.c_lflag & (ICANON | ECHO)) == (ICANON | ECHO) && now.c_iflag & ICRNL;
}

void session_end(struct session *session, int want)
{
	int status = 0;

	NEED(waitpid(session->pid, &status, 0) == session->pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), want);
	CHECK(is_cooked(session));
	close(session->terminal);
	close(session->slave);
}

uint64_t guest_of_launcher(void)
{
	struct guest guest;

	guest_make(&guest, 1);
	guest_end(&guest);
	return guest.id - 1;
}

const char *vdevctl(const char *command, int status)
{
	const char *launcher = getenv("VDEVCTL") ?: "/bin/vdevctl";
	static char said[4096];
	char line[256];
	size_t len;
	FILE *from;
	int ended;

	snprintf(line, sizeof(line), "%s %s 2>&1", launcher, command);
	from = popen(line, "r");
	NEED(from);
	len = fread(said, 1, sizeof(said) - 1, from);
	said[len] = 0;
	ended = pclose(from);
	if (!CHECK_EQ(WEXITSTATUS(ended), status))
		note("vdevctl %s: %s", command, said);
	return said;
}

const char *vdevctl_for(const char *command, uint64_t id, int status)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %llu", command, (unsigned long long)id);
	return vdevctl(line, status);
}
