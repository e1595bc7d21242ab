// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be asked of a guest that another process runs: vdevctl status and vdevctl regions, and
 * what has it stop, go on, start again and end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "find.h"
#include "regions.h"
#include "statename.h"
#include "status.h"

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

/* ---- run states ---- */

static const struct {
	uint32_t flag;
	const char *meaning;
} stop_flags[] = {
	{ VDEVFW_STOPPED_UNCONFIRMED, "its launcher has not said that no vCPU runs" },
	{ VDEVFW_STOPPED_DRAIN_TIMEOUT, "a vdev has not come to rest in time" },
	{ VDEVFW_STOPPED_HANDLER_FAILED, "a change-state handler has failed" },
};

/* "guest 68 demo: paused", without the end of the line. */
static int print_state(int guest, struct failure *why)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	if (vdevfw_guest_info(guest, &info, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	printf("guest %" PRIu64 " %s: %s", (uint64_t)info.out_id, info.out_name,
	       state_name(info.out_state));
	return 0;
}

static int stop(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_guest_stop stopped;
	struct vdevfw_error error;
	int status;
	size_t i;

	if (vdevfw_guest_stop_in(vdevs->guest, VDEVFW_STATE_PAUSED, 0, &stopped, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	status = print_state(vdevs->guest, why);
	if (status)
		return status;
	for (i = 0; i < sizeof(stop_flags) / sizeof(stop_flags[0]); i++)
		if (stopped.out_flags & stop_flags[i].flag)
			printf("; %s", stop_flags[i].meaning);
	if (stopped.out_result)
		printf("; %s", strerror(-stopped.out_result));
	printf("\n");
	return 0;
}

static int print_state_line(int guest, struct failure *why)
{
	int status = print_state(guest, why);

	if (!status)
		printf("\n");
	return status;
}

static int go_on(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_error error;

	if (vdevfw_guest_start(vdevs->guest, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return print_state_line(vdevs->guest, why);
}

static int ask(struct vdevs *vdevs, uint32_t what, uint32_t value, uint32_t options,
	       struct failure *why)
{
	struct vdevfw_error error;

	if (vdevfw_guest_ask(vdevs->guest, what, value, options, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return print_state_line(vdevs->guest, why);
}

static int reset(struct vdevs *vdevs, struct failure *why)
{
	return ask(vdevs, VDEVFW_ASK_RESET, VDEVFW_CAUSE_HOST_COMMAND, VDEVFW_ASK_WAIT, why);
}

/* Without waiting: where it succeeds, the guest may be gone before anybody is told. */
static int shut_down(struct vdevs *vdevs, struct failure *why)
{
	return ask(vdevs, VDEVFW_ASK_SHUTDOWN, VDEVFW_CAUSE_HOST_COMMAND, 0, why);
}

static int suspend(struct vdevs *vdevs, struct failure *why)
{
	return ask(vdevs, VDEVFW_ASK_SUSPEND, 0, VDEVFW_ASK_WAIT, why);
}

static int wake_up(struct vdevs *vdevs, struct failure *why)
{
	return ask(vdevs, VDEVFW_ASK_WAKEUP, 0, VDEVFW_ASK_WAIT, why);
}

/* ---- commands ---- */

/* Does @act with the guest of that id or name. */
static int with_guest(const char *argument, int (*act)(struct vdevs *vdevs, struct failure *why))
{
	struct vdevs vdevs = VDEVS_NONE;
	struct failure why;
	int status = find_guest(&vdevs, argument, &why);

	if (!status)
		status = act(&vdevs, &why);
	if (status)
		fprintf(stderr, "%s\n", why.text);
	vdevs_close(&vdevs);
	return status;
}

int command_status(char *const *arguments)
{
	return with_guest(arguments[0], print_status);
}

int command_button(char *const *arguments)
{
	return with_guest(arguments[0], press_button);
}

int command_regions(char *const *arguments)
{
	return with_guest(arguments[0], print_regions);
}

int command_stop(char *const *arguments)
{
	return with_guest(arguments[0], stop);
}

int command_cont(char *const *arguments)
{
	return with_guest(arguments[0], go_on);
}

int command_reset(char *const *arguments)
{
	return with_guest(arguments[0], reset);
}

int command_shutdown(char *const *arguments)
{
	return with_guest(arguments[0], shut_down);
}

int command_suspend(char *const *arguments)
{
	return with_guest(arguments[0], suspend);
}

int command_wakeup(char *const *arguments)
{
	return with_guest(arguments[0], wake_up);
}
