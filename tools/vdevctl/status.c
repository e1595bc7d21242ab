// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the vdevs of a guest report, as one text of many lines.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "status.h"

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
