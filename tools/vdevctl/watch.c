// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that runs: what may end it, and what a signal does to it.
 *
 *   SIGTERM, SIGINT   press the power button: the vdevs that handle it ask the guest
 *                     to shut down. If there is none, or at the second time, or when
 *                     the grace is over, the power is cut
 *   SIGQUIT, SIGHUP   cut the power
 *   SIGUSR2           prints what the vdevs report
 *   SIGTSTP, SIGCONT  suspend the machine, and let it go on
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>

#include "events.h"
#include "status.h"

#define NEVER UINT64_MAX

struct watch {
	struct run *run;
	uint64_t limit_end; /* when the time is up, in ms, or NEVER */
	uint64_t grace_end; /* when the patience with the guest is, or NEVER */
	bool pressed;	    /* the power button */
};

/* ---- time ---- */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static uint64_t end_of(const struct watch *watch, enum variable variable)
{
	uint64_t seconds = watch->run->config.variables[variable].seconds;

	return seconds ? now_ms() + seconds * 1000 : NEVER;
}

/* Has SIGALRM come when the first of both is over: a signal, since only that interrupts say(). */
static void set_alarm(const struct watch *watch)
{
	uint64_t end = watch->limit_end < watch->grace_end ? watch->limit_end : watch->grace_end;
	uint64_t now = now_ms(), left = end > now ? end - now : 1;
	const struct itimerval timer = {
		.it_value = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 },
	};

	if (end != NEVER)
		setitimer(ITIMER_REAL, &timer, NULL);
}

/* Whoever ends a machine does not wait until somebody reads why. */
static void hurry(int signal)
{
	raise(signal); /* stays pending, which say() sees */
}

/* Returns true if the time for something is up, which ends the machine. */
static bool is_over(struct watch *watch, int *status)
{
	const struct variable_config *variables = watch->run->config.variables;
	uint64_t now = now_ms();

	if (now >= watch->limit_end)
		*status = fail(&watch->run->why, VDEVFW_EXIT_ERROR,
			       "the machine was ended by its time limit of %llu s",
			       (unsigned long long)variables[VARIABLE_TIME_LIMIT].seconds);
	else if (now >= watch->grace_end)
		*status = fail(
			&watch->run->why, VDEVFW_EXIT_POWER_CUT,
			"the guest has not shut down within %llu s after the power button was pressed, and the power was cut",
			(unsigned long long)variables[VARIABLE_BUTTON_GRACE].seconds);
	else
		return false;
	hurry(SIGALRM);
	return true;
}

/* ---- signals ---- */

static bool cut_power(struct watch *watch, int signal, const char *reason, int *status)
{
	hurry(signal);
	*status = fail(&watch->run->why, VDEVFW_EXIT_POWER_CUT,
		       "the machine was ended by a signal: %s%s", strsignal(signal), reason);
	return true;
}

static uint32_t count_handlers(const struct run *run)
{
	struct vdevfw_error error;
	uint32_t handlers = 0;

	if (run->vdevs.guest >= 0 && vdevfw_guest_button(run->vdevs.guest, &handlers, &error))
		say(run->signals, "vdevctl: the power button: %s\n", error.text);
	return handlers;
}

static bool press_button(struct watch *watch, int signal, int *status)
{
	if (watch->pressed)
		return cut_power(watch, signal, ", for the second time", status);
	if (!count_handlers(watch->run))
		return cut_power(watch, signal, "; no vdev handles the power button", status);
	watch->pressed = true;
	watch->grace_end = end_of(watch, VARIABLE_BUTTON_GRACE);
	set_alarm(watch);
	say(watch->run->signals,
	    "vdevctl: power button pressed; again, or SIGQUIT, cuts the power\n");
	return false;
}

static void report(const struct run *run)
{
	struct vdevfw_error error;

	if (run->vdevs.guest < 0)
		say(run->signals, "vdevctl: the machine has no vdevs\n");
	else if (status_print(run->vdevs.guest, STDERR_FILENO, run->signals, &error))
		say(run->signals, "vdevctl: the status: %s\n", error.text);
}

/* Returns true if the signal ends the machine. */
static bool handle_signal(struct watch *watch, int *status)
{
	struct run *run = watch->run;
	struct signalfd_siginfo signal;

	if (read(run->signals, &signal, sizeof(signal)) != sizeof(signal)) {
		if (errno == EAGAIN) /* the kernel has taken it back, as SIGCONT by SIGTSTP */
			return false;
		*status =
			fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING, "signals: %s", strerror(errno));
		return true;
	}
	switch (signal.ssi_signo) {
	case SIGTERM:
	case SIGINT:
		return press_button(watch, signal.ssi_signo, status);
	case SIGALRM:
		if (is_over(watch, status))
			return true;
		set_alarm(watch);
		return false;
	case SIGUSR2:
		report(run);
		return false;
	case SIGTSTP:
		console_suspend(&run->vcpus.console);
		raise(SIGSTOP);
		return false;
	case SIGCONT:
		console_resume(&run->vcpus.console);
		return false;
	default:
		return cut_power(watch, signal.ssi_signo, "", status);
	}
}

/* ---- the end ---- */

bool ended_by_vdev(struct run *run, int *status)
{
	return run->vdevs.guest >= 0 && events_handle(run, status);
}

static int end_by_vcpu(struct run *run)
{
	const struct vcpu *vcpu = atomic_load(&run->vcpus.ended);

	run->why = vcpu->why;
	return vcpu->status;
}

int watch(struct run *run)
{
	struct watch watch = { .run = run, .grace_end = NEVER };
	struct pollfd fds[] = {
		{ .fd = run->vdevs.guest, .events = POLLIN }, /* -1 is ignored */
		{ .fd = run->signals, .events = POLLIN },
		{ .fd = run->vcpus.end, .events = POLLIN },
		{ .events = POLLIN },
		{ .events = POLLIN },
	};
	int status;

	watch.limit_end = end_of(&watch, VARIABLE_TIME_LIMIT);
	set_alarm(&watch);
	for (;;) {
		fds[3].fd = run->saving.control.listener;
		fds[4].fd = run->saving.control.caller;
		if (poll(fds, 5, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING, "poll: %s",
				    strerror(errno));
		}
		if (fds[0].revents && ended_by_vdev(run, &status))
			return status;
		if (fds[1].revents && handle_signal(&watch, &status))
			return status;
		if (fds[2].revents)
			return ended_by_vdev(run, &status) ? status : end_by_vcpu(run);
		if (fds[4].revents && control_hear(&run->saving.control))
			saving_look(run);
		if (fds[3].revents)
			control_accept(&run->saving.control);
	}
}
