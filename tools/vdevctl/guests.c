// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be asked of a guest that another process runs, by its id: vdevctl status,
 * vdevctl regions and vdevctl button.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "number.h"
#include "regions.h"
#include "status.h"
#include "vdevs.h"

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

/* ---- regions ---- */

#define REGION_LINE "%-38s  %10s  %4s  %10s  %s\n"

/* All but VDEVFW_REGION_IO, which the range has. */
static const struct {
	uint32_t flag;
	const char *word;
} region_words[] = {
	{ VDEVFW_REGION_PASS_READ, "pass-read" }, { VDEVFW_REGION_PASS_WRITE, "pass-write" },
	{ VDEVFW_REGION_DOORBELL, "doorbell" },	  { VDEVFW_REGION_ACTIVE, "active" },
	{ VDEVFW_REGION_RESERVED, "reserved" },
};

/* "pass-read,active", or "-". */
static void describe_flags(uint32_t flags, char *text, size_t size)
{
	size_t i, len = 0;

	snprintf(text, size, "-");
	for (i = 0; i < sizeof(region_words) / sizeof(region_words[0]); i++)
		if (flags & region_words[i].flag)
			len += snprintf(text + len, size - len, "%s%s", len ? "," : "",
					region_words[i].word);
}

static void print_region(const struct vdevfw_region_entry *region)
{
	char range[48], length[24], vdev[24] = "-", cookie[16] = "-", flags[64];

	snprintf(range, sizeof(range), "%s:0x%" PRIx64 "-0x%" PRIx64,
		 region->flags & VDEVFW_REGION_IO ? "io" : "mem", (uint64_t)region->start,
		 (uint64_t)(region->start + region->length - 1));
	snprintf(length, sizeof(length), "0x%" PRIx64, (uint64_t)region->length);
	if (region->vdev) {
		snprintf(vdev, sizeof(vdev), "%" PRIu64, (uint64_t)region->vdev);
		snprintf(cookie, sizeof(cookie), "%" PRIu32, region->cookie);
	}
	describe_flags(region->flags, flags, sizeof(flags));
	printf(REGION_LINE, range, length, vdev, cookie, flags);
}

static int print_regions(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_region_entry *regions;
	struct vdevfw_error error;
	uint32_t count, i;

	regions = regions_read(vdevs->guest, 0, &count, &error);
	if (!regions)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	printf(REGION_LINE, "RANGE", "LENGTH", "VDEV", "COOKIE", "FLAGS");
	for (i = 0; i < count; i++)
		print_region(&regions[i]);
	free(regions);
	return 0;
}

/* ---- commands ---- */

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

int command_regions(const char *argument)
{
	return with_guest(argument, print_regions);
}
