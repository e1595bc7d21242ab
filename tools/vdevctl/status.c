// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the vdevs of a guest report: vdevctl status, vdevctl button, and SIGUSR2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "number.h"
#include "status.h"
#include "vdevs.h"

/* What all vdevs report; for free(). NULL: see @error. */
static char *read_status(int guest, struct vdevfw_error *error)
{
	uint32_t room = 0, needed = 4096;
	char *text = NULL, *larger;

	while (needed > room && room < VDEVFW_STATUS_MAX) {
		room = needed < VDEVFW_STATUS_MAX ? needed : VDEVFW_STATUS_MAX;
		larger = realloc(text, room);
		if (!larger) {
			*error = (struct vdevfw_error){ .code = -ENOMEM, .text = "out of memory" };
			goto free;
		}
		text = larger;
		if (vdevfw_guest_status(guest, 0, text, room, &needed, error))
			goto free;
	}
	return text;

free:
	free(text);
	return NULL;
}

int status_print(int guest, int fd, int stop, struct vdevfw_error *error)
{
	char *text = read_status(guest, error);
	char *line, *rest;

	if (!text)
		return error->code;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		say_to(fd, stop, "%s\n", line);
	free(text);
	return 0;
}

/* ---- commands ---- */

static int open_guest(struct vdevs *vdevs, const char *argument, struct failure *why)
{
	struct vdevfw_error error;
	const char *end;
	uint64_t id;
	int status;

	if (!number_read(argument, &end, &id) || *end || !id)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP,
			    "'%s' is not the id of a guest: a number from 1 on is allowed",
			    excerpt(argument));
	status = vdevs_open(vdevs, why);
	if (status)
		return status;
	if (vdevfw_guest_open(vdevs->device, id, &vdevs->guest, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return 0;
}

static int print_status(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_error error;

	if (status_print(vdevs->guest, STDOUT_FILENO, -1, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return 0;
}

static int press_button(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_error error;
	uint32_t handlers;

	if (vdevfw_guest_button(vdevs->guest, &handlers, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	if (!handlers)
		return fail(why, VDEVFW_EXIT_ERROR, "no vdev handles the power button");
	printf("power button pressed: %u vdev%s it\n", handlers,
	       handlers == 1 ? " handles" : "s handle");
	return 0;
}

/* Does @act with the guest of that id, which goes on as before. */
static int with_guest(const char *id, int (*act)(struct vdevs *vdevs, struct failure *why))
{
	struct vdevs vdevs = VDEVS_NONE;
	struct failure why;
	int status = open_guest(&vdevs, id, &why);

	if (!status)
		status = act(&vdevs, &why);
	if (status)
		fprintf(stderr, "%s\n", why.text);
	vdevs_close(&vdevs);
	return status;
}

int command_status(const char *argument)
{
	return with_guest(argument, print_status);
}

int command_button(const char *argument)
{
	return with_guest(argument, press_button);
}
