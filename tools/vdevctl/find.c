// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that another process runs: by their ids, or by the names of their systems. vdevctl guests.
 *
 * A name is not unique: whoever gives one that several guests have learns their ids.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "find.h"
#include "number.h"
#include "statename.h"

#define IDS_MAX 16 /* that a message lists */

/* All that the caller may open; for free(). NULL: see @why. */
static struct vdevfw_guest_entry *list_guests(int device, uint32_t *count, struct failure *why)
{
	struct vdevfw_guest_entry *guests = NULL, *larger;
	struct vdevfw_error error = { .code = -EMSGSIZE };
	uint32_t room = 0, needed = 64;

	while (error.code == -EMSGSIZE && room < VDEVFW_GUESTS_MAX) {
		room = needed < VDEVFW_GUESTS_MAX ? needed : VDEVFW_GUESTS_MAX;
		larger = realloc(guests, room * sizeof(*guests));
		if (!larger) {
			fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
			goto free;
		}
		guests = larger;
		if (!vdevfw_guest_list(device, guests, room, count, &error))
			return guests;
		/* More may come meanwhile. */
		needed = *count + *count / 8;
	}
	fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
free:
	free(guests);
	return NULL;
}

/* ---- by name ---- */

/* Leaves those of that name, and returns how many they are. */
static uint32_t keep_named(struct vdevfw_guest_entry *guests, uint32_t count, const char *name)
{
	uint32_t i, kept = 0;

	for (i = 0; i < count; i++)
		if (!strcmp((const char *)guests[i].name, name))
			guests[kept++] = guests[i];
	return kept;
}

static int ambiguous(const struct vdevfw_guest_entry *guests, uint32_t count, const char *name,
		     struct failure *why)
{
	char ids[IDS_MAX * 24] = "";
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < count && i < IDS_MAX; i++)
		len += snprintf(ids + len, sizeof(ids) - len, "%s%" PRIu64, i ? ", " : "",
				(uint64_t)guests[i].id);
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP,
		    "%" PRIu32 " guests are called '%s': their ids are allowed, %s%s", count,
		    excerpt(name), ids, count > IDS_MAX ? ", ..." : "");
}

static int find_by_name(int device, const char *name, uint64_t *id, struct failure *why)
{
	uint32_t count;
	struct vdevfw_guest_entry *guests = list_guests(device, &count, why);
	int status = 0;

	if (!guests)
		return VDEVFW_EXIT_FATAL_STARTUP;
	count = keep_named(guests, count, name);
	if (count == 1)
		*id = guests[0].id;
	else if (count)
		status = ambiguous(guests, count, name, why);
	else
		status = fail(
			why, VDEVFW_EXIT_FATAL_STARTUP,
			"no guest is called '%s': 'vdevctl guests' lists names and ids that are allowed",
			excerpt(name));
	free(guests);
	return status;
}

int find_guest(struct vdevs *vdevs, const char *argument, struct failure *why)
{
	int status = vdevs_open(vdevs, why);
	struct vdevfw_error error;
	const char *end;
	uint64_t id;

	if (status)
		return status;
	if (!number_read(argument, &end, &id) || *end)
		status = find_by_name(vdevs->device, argument, &id, why);
	if (status)
		return status;
	if (vdevfw_guest_open(vdevs->device, id, &vdevs->guest, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return 0;
}

/* ---- all ---- */

static int print_guests(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_guest_entry *guests;
	int status = vdevs_open(vdevs, why);
	uint32_t count, i;

	if (status)
		return status;
	guests = list_guests(vdevs->device, &count, why);
	if (!guests)
		return VDEVFW_EXIT_FATAL_STARTUP;
	printf("%-8s  %-16s  %s\n", "GUEST", "NAME", "STATE");
	for (i = 0; i < count; i++)
		printf("%-8" PRIu64 "  %-16s  %s\n", (uint64_t)guests[i].id, guests[i].name,
		       state_name(guests[i].state));
	free(guests);
	return 0;
}

int command_guests(char *const *arguments)
{
	struct vdevs vdevs = VDEVS_NONE;
	struct failure why;
	int status = print_guests(&vdevs, &why);

	(void)arguments;
	if (status)
		fprintf(stderr, "%s\n", why.text);
	vdevs_close(&vdevs);
	return status;
}
