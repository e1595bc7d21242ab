// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdevctl factories: which vdevs the kernel offers, and what they take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "vdevs.h"

/* "mem,io", or "-" for a vdev that has no place or chooses one itself. */
static void print_locations(uint32_t types)
{
	static const char *const names[] = { "mem", "io", "pci" };
	const char *comma = "";
	char text[16] = "";
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!(types & 1u << i))
			continue;
		strcat(strcat(text, comma), names[i]);
		comma = ",";
	}
	printf("  %-10s", text[0] ? text : "-");
}

static void print_sizes(uint32_t sizes)
{
	char text[16] = "";
	unsigned int bytes;
	size_t len = 0;

	for (bytes = 1; bytes <= 8; bytes *= 2)
		if (sizes & 1u << bytes)
			len += snprintf(text + len, sizeof(text) - len, "%s%u", len ? "," : "",
					bytes);
	printf("  %-7s", text[0] ? text : "-");
}

static void print_options(const struct option_names *options)
{
	static const char *const words[] = { "", " ARG", " ARG ARG" };
	const char *end = options->names + options->size;
	const char *listed;

	for (listed = options->names; listed < end; listed = option_after(listed))
		if (option_allowed(listed))
			printf("  %s%s", option_name(listed), words[option_words(listed)]);
	printf("\n");
}

static int print_factory(const struct vdevs *vdevs, const char *name, struct failure *why)
{
	struct vdevfw_factory_info info;
	struct option_names options;
	struct vdevfw_error error;

	if (vdevs_factory(vdevs, name, &info, &options, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	printf("%-16s", name);
	print_locations(info.out_loc_types);
	print_sizes(info.out_access_sizes);
	print_options(&options);
	free(options.names);
	return 0;
}

static int print_factories(struct vdevs *vdevs, struct failure *why)
{
	int status = vdevs_open(vdevs, why);
	struct vdevfw_error error;
	char *names, *name;
	uint32_t size, used;

	if (status)
		return status;
	if (vdevfw_factory_list(vdevs->device, NULL, 0, &size, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	names = calloc(1, size + 1);
	if (!names)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	/* One more byte than there is: a size of 0 would only ask again. */
	if (vdevfw_factory_list(vdevs->device, names, size + 1, &used, &error))
		status = fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	printf("%-16s  %-10s  %-7s  %s\n", "NAME", "LOCATION", "ACCESS", "OPTIONS");
	for (name = names; !status && name < names + used; name += strlen(name) + 1)
		status = print_factory(vdevs, name, why);
	free(names);
	return status;
}

int command_factories(char *const *arguments)
{
	struct vdevs vdevs = VDEVS_NONE;
	struct failure why;
	int status = print_factories(&vdevs, &why);

	(void)arguments;
	vdevs_destroy(&vdevs);
	if (status)
		fprintf(stderr, "%s\n", why.text);
	return status;
}
