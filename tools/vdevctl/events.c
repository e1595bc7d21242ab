// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel reports while a machine runs: printed, or the machine's end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "events.h"

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

/* What was lost may have been the end. */
static bool lost(const struct vdevs *vdevs, uint32_t count, int *status, struct failure *why)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	say(vdevs->stop, "vdevfw: warning: %u events were lost\n", count);
	if (vdevfw_guest_info(vdevs->guest, &info, &error) || !info.out_terminated)
		return false;
	*status = fail(why, info.out_cause, "a vdev ended the machine with status %u",
		       info.out_cause);
	return true;
}

/* Returns true if the event ends the machine. *@regions: those that pass may have changed. */
static bool handle(const struct vdevs *vdevs, const struct vdevfw_event *event, bool *regions,
		   int *status, struct failure *why)
{
	switch (event->type) {
	case VDEVFW_EVENT_LOG:
		print_log(vdevs, event);
		return false;
	case VDEVFW_EVENT_HIDDEN:
		print_hidden(vdevs, event);
		return false;
	case VDEVFW_EVENT_REGIONS:
		*regions = true;
		return false;
	case VDEVFW_EVENT_LOST:
		*regions = true;
		return lost(vdevs, event->value, status, why);
	case VDEVFW_EVENT_TERMINATE:
		*status = terminated(vdevs, event, why);
		return true;
	case VDEVFW_EVENT_BUS_LOST:
		*status = fail(
			why, VDEVFW_EXIT_FATAL_RUNNING,
			"KVM has removed the vdevs from its bus, because it ran out of memory");
		return true;
	case VDEVFW_EVENT_STATE:
		if (event->value < VDEVFW_STATE_DYING)
			return false;
		*status = destroyed(why);
		return true;
	default:
		return false; /* of a later kernel */
	}
}

static bool handle_all(const struct vdevs *vdevs, bool *regions, int *status, struct failure *why)
{
	struct vdevfw_event event;
	unsigned int left = KEPT + 1;
	int got;

	while ((got = vdevfw_event_read(vdevs->guest, &event)) > 0) {
		if (handle(vdevs, &event, regions, status, why))
			return true;
		if (!--left)
			return false;
	}
	if (got == -EAGAIN)
		return false;
	if (got < 0)
		*status = fail(why, VDEVFW_EXIT_FATAL_RUNNING, "the events of the vdevs: %s",
			       strerror(-got));
	else
		*status = destroyed(why);
	return true;
}

/* However often regions have changed meanwhile, it is enough to look once. */
bool events_handle(struct vdevs *vdevs, int *status, struct failure *why)
{
	bool regions = false;

	if (handle_all(vdevs, &regions, status, why))
		return true;
	if (regions)
		passing_follow(&vdevs->passing);
	return false;
}

void events_print(const struct vdevs *vdevs)
{
	struct vdevfw_event event;

	while (vdevfw_event_read(vdevs->guest, &event) > 0)
		if (event.type == VDEVFW_EVENT_LOG)
			print_log(vdevs, &event);
}
