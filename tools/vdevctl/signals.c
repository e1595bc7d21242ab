// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signals that a launcher takes.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>

#include "signals.h"

/*
 * A shell lets its background jobs ignore SIGINT and SIGQUIT, but whoever sends
 * one to a machine means it. SIGALRM is the launcher's own clock. Whatever started the
 * launcher may also block signals, even that by which the vCPUs are stopped.
 */
void signals_heed(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
}

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* A background job may restore its terminal, and output that nobody reads is dropped. */
int signals_take(int *fd, struct failure *why)
{
	static const int numbers[] = { SIGINT,	SIGTERM, SIGQUIT, SIGHUP,
				       SIGUSR2, SIGALRM, SIGTSTP, SIGCONT };
	sigset_t taken, blocked;
	size_t i;

	sigemptyset(&taken);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!is_ignored(numbers[i])) /* as SIGHUP by nohup */
			sigaddset(&taken, numbers[i]);
	blocked = taken;
	sigaddset(&blocked, SIGTTOU);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a dump that is too large is an error like others */
	*fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (*fd < 0)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "signals: %s", strerror(errno));
	return 0;
}

bool signals_end(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGALRM };
	sigset_t pending;
	size_t i;

	sigpending(&pending);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigismember(&pending, numbers[i]))
			return true;
	return false;
}
