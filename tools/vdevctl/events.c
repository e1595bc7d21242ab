// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel reports while a machine runs: printed, or the machine's end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "states.h"

/* How many events the kernel keeps: an end that has come is among them, or lost() finds it. */
#define KEPT 64

/* "vdev trace (line 3)", or "vdevfw" for an event that is about none. */
static const char *speaker(const struct vdevs *vdevs, const struct vdevfw_event *event,
			   char *buffer, size_t size)
{
	const struct vdev_config *vdev = vdevs_find(vdevs, event->vdev);

	if (!vdev)
		return "vdevfw";
	snprintf(buffer, size, "vdev %s (line %u)", vdev->factory, vdev->place.line);
	return buffer;
}

static void print_log(const struct vdevs *vdevs, const struct vdevfw_event *event)
{
	static const char *const severities[VDEVFW_SEVERITIES] = {
		"fatal", "internal", "error", "warning", "info", "debug", "verbose",
	};
	static const struct {
		uint32_t destination;
		int file;
	} files[] = {
		{ VDEVFW_LOG_STDOUT, STDOUT_FILENO },
		{ VDEVFW_LOG_STDERR, STDERR_FILENO },
	};
	const char *severity = event->value < VDEVFW_SEVERITIES ? severities[event->value] : "note";
	char buffer[80];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (event->detail & files[i].destination)
			say_to(files[i].file, vdevs->stop, "%s: %s: %.*s\n",
			       speaker(vdevs, event, buffer, sizeof(buffer)), severity,
			       VDEVFW_EVENT_TEXT, event->text);
}

static int terminated(const struct vdevs *vdevs, const struct vdevfw_event *event,
		      struct failure *why)
{
	char buffer[80];

	if (event->value == VDEVFW_EXIT_NORMAL)
		return VDEVFW_EXIT_NORMAL;
	return fail(why, event->value, "%s ended the machine with status %u%s%.*s",
		    speaker(vdevs, event, buffer, sizeof(buffer)), event->value,
		    event->text[0] ? ": " : "", VDEVFW_EVENT_TEXT, event->text);
}

static int destroyed(struct failure *why)
{
	return fail(why, VDEVFW_EXIT_POWER_CUT, "the vdevs were destroyed from outside");
}

static void print_hidden(const struct vdevs *vdevs, const struct vdevfw_event *event)
{
	say(vdevs->stop, "vdevfw: warning: %.*s\n", VDEVFW_EVENT_TEXT, event->text);
}

/* Why the machine is to stop, or what else comes of it. */
static void print_cause(const struct vdevs *vdevs, const struct vdevfw_event *event)
{
	char buffer[80];

	if (event->text[0])
		say(vdevs->stop, "%s: %.*s\n", speaker(vdevs, event, buffer, sizeof(buffer)),
		    VDEVFW_EVENT_TEXT, event->text);
}

/* What was lost may have been the end. */
static bool lost(struct run *run, uint32_t count, int *status)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	say(run->signals, "vdevfw: warning: %u events were lost\n", count);
	if (vdevfw_guest_info(run->vdevs.guest, &info, &error) || !info.out_terminated)
		return states_catch_up(run, status);
	*status = fail(&run->why, info.out_cause, "a vdev ended the machine with status %u",
		       info.out_cause);
	return true;
}

/* Returns true if the event ends the machine. *@regions: those that pass may have changed. */
static bool handle(struct run *run, const struct vdevfw_event *event, bool *regions, int *status)
{
	switch (event->type) {
	case VDEVFW_EVENT_LOG:
		print_log(&run->vdevs, event);
		return false;
	case VDEVFW_EVENT_HIDDEN:
		print_hidden(&run->vdevs, event);
		return false;
	case VDEVFW_EVENT_CAUSE:
	case VDEVFW_EVENT_PANIC:
	case VDEVFW_EVENT_WATCHDOG:
		print_cause(&run->vdevs, event);
		return false;
	case VDEVFW_EVENT_REGIONS:
		*regions = true;
		return false;
	case VDEVFW_EVENT_LOST:
		*regions = true;
		return lost(run, event->value, status);
	case VDEVFW_EVENT_TERMINATE:
		*status = terminated(&run->vdevs, event, &run->why);
		return true;
	case VDEVFW_EVENT_BUS_LOST:
		*status = fail(
			&run->why, VDEVFW_EXIT_FATAL_RUNNING,
			"KVM has removed the vdevs from its bus, because it ran out of memory");
		return true;
	case VDEVFW_EVENT_STATE:
		if (event->value != VDEVFW_STATE_DYING && event->value != VDEVFW_STATE_DEAD)
			return false;
		*status = destroyed(&run->why);
		return true;
	default:
		return states_handle(run, event, status);
	}
}

static bool handle_all(struct run *run, bool *regions, int *status)
{
	struct vdevfw_event event;
	unsigned int left = KEPT + 1;
	int got;

	while ((got = vdevfw_event_read(run->vdevs.guest, &event)) > 0) {
		if (handle(run, &event, regions, status))
			return true;
		if (!--left)
			return false;
	}
	if (got == -EAGAIN)
		return false;
	if (got < 0)
		*status = fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING, "the events of the vdevs: %s",
			       strerror(-got));
	else
		*status = destroyed(&run->why);
	return true;
}

/* However often regions have changed meanwhile, it is enough to look once. */
bool events_handle(struct run *run, int *status)
{
	bool regions = false;

	if (handle_all(run, &regions, status))
		return true;
	if (regions)
		passing_follow(&run->vdevs.passing);
	return false;
}

void events_print(const struct vdevs *vdevs)
{
	struct vdevfw_event event;

	while (vdevfw_event_read(vdevs->guest, &event) > 0)
		if (event.type == VDEVFW_EVENT_LOG)
			print_log(vdevs, &event);
}
