// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vdevs of a machine: from the configuration into the kernel, and out again.
 *
 * What is wrong with a vdev or an option the kernel finds and words. Here its
 * answer, the number of an option or the id of a vdev, becomes a place in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "number.h"
#include "vcpu.h"
#include "vdevs.h"

/* Errors of the host rather than of the configuration. */
static bool is_fatal(int code)
{
	return code == -ENOMEM || code == -EINTR || code == -ESHUTDOWN || code == -ENOTTY ||
	       code == -EFAULT;
}

static int refused(struct failure *why, struct place at, const struct vdevfw_error *error)
{
	if (is_fatal(error->code))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error->text);
	return fail_at(why, at, "%s", error->text);
}

int vdevs_open(struct vdevs *vdevs, struct failure *why)
{
	int device;

	if (vdevs->device >= 0)
		return 0;
	device = vdevfw_open();
	if (device == -ENOENT || device == -ENODEV || device == -ENXIO)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP,
			    "cannot open " VDEVFW_DEVICE ": %s; load the module: insmod vdevfw.ko",
			    strerror(-device));
	if (device < 0)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "cannot open " VDEVFW_DEVICE ": %s",
			    strerror(-device));
	vdevs->device = device;
	return 0;
}

int vdevs_factory(const struct vdevs *vdevs, const char *factory, struct vdevfw_factory_info *info,
		  struct option_names *options, struct vdevfw_error *error)
{
	int err = vdevfw_factory_info(vdevs->device, factory, NULL, 0, info, error);

	if (err)
		return err;
	options->size = info->out_options_len;
	options->names = calloc(1, options->size + 1);
	if (!options->names) {
		*error = (struct vdevfw_error){ .code = -ENOMEM, .text = "out of memory" };
		return -ENOMEM;
	}
	err = vdevfw_factory_info(vdevs->device, factory, options->names, options->size, info,
				  error);
	if (err) {
		free(options->names);
		options->names = NULL;
	}
	return err;
}

int vdevs_options(void *context, const char *factory, struct place at, struct option_names *out,
		  struct failure *why)
{
	struct vdevs *vdevs = context;
	struct vdevfw_factory_info info;
	struct vdevfw_error error;
	int status = vdevs_open(vdevs, why);

	if (status)
		return status;
	if (vdevs_factory(vdevs, factory, &info, out, &error))
		return refused(why, at, &error);
	return 0;
}

/* ---- assembly ---- */

static int create_guest(struct vdevs *vdevs, int vm, struct failure *why)
{
	const struct machine_config *config = vdevs->config;
	struct vdevfw_error error;
	uint64_t id;
	int err;

	err = vdevfw_guest_create(vdevs->device, config->name ? config->name : "unnamed", vm,
				  &vdevs->guest, &id, &error);
	if (err == -EINVAL && config->name)
		return fail_at(why, config->name_place, "%s", error.text);
	if (err)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	if (fcntl(vdevs->guest, F_SETFL, O_NONBLOCK) < 0)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "the guest's events: %s",
			    strerror(errno));
	return 0;
}

/* The words of an option as the kernel takes them: "NAME", "NAME=WORD" or "NAME=WORD WORD". */
static size_t packed_size(const struct option_config *option)
{
	return strlen(option->name) + 1 + (option->argument ? strlen(option->argument) + 1 : 0) +
	       (option->second ? strlen(option->second) + 1 : 0);
}

static char *pack_option(char *to, const struct option_config *option)
{
	to = stpcpy(to, option->name);
	if (option->argument) {
		*to++ = '=';
		to = stpcpy(to, option->argument);
	}
	if (option->second) {
		*to++ = ' ';
		to = stpcpy(to, option->second);
	}
	return to + 1;
}

/* Options one behind the other; for free(). NULL: out of memory. */
static char *pack_options(const struct option_config *options, size_t count, size_t *size)
{
	char *packed, *to;
	size_t i;

	*size = 0;
	for (i = 0; i < count; i++)
		*size += packed_size(&options[i]);
	packed = to = malloc(*size + 1);
	for (i = 0; packed && i < count; i++)
		to = pack_option(to, &options[i]);
	return packed;
}

static int add_vdev(struct vdevs *vdevs, const struct vdev_config *vdev, uint64_t *id,
		    struct failure *why)
{
	struct place at = vdev->place;
	struct vdevfw_error error;
	size_t size;
	char *options = pack_options(vdev->options, vdev->option_count, &size);
	int err;

	if (!options)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	err = vdevfw_vdev_add(vdevs->guest, vdev->factory, options, size, id, &error);
	free(options);
	if (!err)
		return 0;
	if (error.option < vdev->option_count)
		at = vdev->options[error.option].place;
	return refused(why, at, &error);
}

static int set(struct vdevs *vdevs, const struct option_config *option, struct failure *why)
{
	struct vdevfw_error error;
	size_t size;
	char *packed = pack_options(option, 1, &size);
	int err;

	if (!packed)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	err = vdevfw_guest_set(vdevs->guest, packed, size, &error);
	free(packed);
	return err ? refused(why, option->place, &error) : 0;
}

/* The vCPUs are out of the guest when the kernel is told so; see states.c. */
static int promise_to_acknowledge(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_error error;
	char option[32];
	int len = snprintf(option, sizeof(option), "acknowledge=%u", VCPUS_PARK_MS);

	if (vdevfw_guest_set(vdevs->guest, option, len + 1, &error))
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
	return 0;
}

/* An access to a vdev that this vdev does not serve is a reference to nothing, too. */
static int set_reference(struct vdevs *vdevs, struct failure *why)
{
	const struct unsupported_config *reference =
		&vdevs->config->unsupported[UNSUPPORTED_REFERENCE];
	const struct option_config option = {
		.name = "unsupported",
		.argument = "reference",
		.second = "abort",
		.place = reference->place,
	};

	return reference->action == UNSUPPORTED_ABORT ? set(vdevs, &option, why) : 0;
}

/* Settings and vdevs in the order of the file: each vdev is judged by what holds where it stands. */
static int add_all(struct vdevs *vdevs, struct failure *why)
{
	const struct machine_config *config = vdevs->config;
	const struct setting_config *setting = config->settings;
	const struct setting_config *end = setting + config->setting_count;
	int status = set_reference(vdevs, why);
	size_t i;

	for (i = 0; !status && i <= config->vdev_count; i++) {
		for (; !status && setting < end && setting->vdevs_before == i; setting++)
			status = set(vdevs, &setting->option, why);
		if (!status && i < config->vdev_count)
			status = add_vdev(vdevs, &config->vdevs[i], &vdevs->ids[i], why);
	}
	return status;
}

const struct vdev_config *vdevs_find(const struct vdevs *vdevs, uint64_t id)
{
	size_t i;

	/* What cannot be added, or is not yet, may have said something: it has no id here. */
	for (i = 0; id && i < vdevs->config->vdev_count; i++)
		if (vdevs->ids[i] == id || !vdevs->ids[i])
			return &vdevs->config->vdevs[i];
	return NULL;
}

/* What is wrong with a vdev only as part of this machine is most likely its place. */
static struct place location(const struct vdev_config *vdev)
{
	size_t i;

	for (i = 0; i < vdev->option_count; i++)
		if (!strcmp(vdev->options[i].name, "loc"))
			return vdev->options[i].place;
	return vdev->place;
}

/* Whether @text is about the window that @argument, which the kernel has accepted, declares. */
static bool is_about_window(const char *text, const char *argument)
{
	const char *colon = strchr(argument, ':'), *end;
	uint64_t start, length;
	char range[64];

	if (!number_read(colon ? colon + 1 : argument, &end, &start) || *end != ',' ||
	    !number_read(end + 1, &end, &length))
		return false;
	snprintf(range, sizeof(range), "%s:0x%llx-0x%llx ",
		 strncmp(argument, "io:", 3) ? "mem" : "io", (unsigned long long)start,
		 (unsigned long long)(start + length - 1));
	return strstr(text, range);
}

/* What is wrong with the machine as a whole, and is no vdev's, the kernel can only say. */
static int refused_as_a_whole(const struct vdevs *vdevs, const struct vdevfw_error *error,
			      struct failure *why)
{
	const struct setting_config *setting = vdevs->config->settings;
	const struct setting_config *end = setting + vdevs->config->setting_count;

	for (; setting < end; setting++)
		if (!strcmp(setting->option.name, "window") &&
		    is_about_window(error->text, setting->option.argument))
			return refused(why, setting->option.place, error);
	return fail(why, is_fatal(error->code) ? VDEVFW_EXIT_FATAL_STARTUP : VDEVFW_EXIT_CONFIG,
		    "%s", error->text);
}

static int configure(struct vdevs *vdevs, struct failure *why)
{
	const struct vdev_config *vdev;
	struct vdevfw_error error;

	if (!vdevfw_guest_configure(vdevs->guest, &error))
		return 0;
	vdev = vdevs_find(vdevs, error.vdev);
	if (!vdev)
		return refused_as_a_whole(vdevs, &error, why);
	return refused(why, location(vdev), &error);
}

/* Settings alone have no effect, but only the kernel can tell whether they are right. */
bool vdevs_needed(const struct machine_config *config)
{
	return config->vdev_count || config->setting_count;
}

int vdevs_add(struct vdevs *vdevs, const struct machine_config *config, int vm, struct failure *why)
{
	int status;

	vdevs->config = config;
	if (!vdevs_needed(config))
		return 0;
	status = vdevs_open(vdevs, why);
	if (status)
		return status;
	vdevs->ids = calloc(config->vdev_count + 1, sizeof(*vdevs->ids));
	if (!vdevs->ids)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	status = create_guest(vdevs, vm, why);
	if (!status)
		status = promise_to_acknowledge(vdevs, why);
	if (!status)
		status = add_all(vdevs, why);
	if (!status)
		status = configure(vdevs, why);
	if (status)
		return status;
	/* Their numbers are behind those of what the machine has anyway. */
	passing_start(&vdevs->passing, vm, vdevs->guest, config->piece_count, vdevs->stop);
	passing_follow(&vdevs->passing);
	return 0;
}

int vdevs_start(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_error error;

	if (vdevs->guest < 0 || !vdevfw_guest_start(vdevs->guest, &error))
		return 0;
	/* A vdev has ended the machine already: its event says how. */
	if (error.code == -ESHUTDOWN)
		return 0;
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "%s", error.text);
}

void vdevs_destroy(struct vdevs *vdevs)
{
	struct vdevfw_error error;

	if (vdevs->guest >= 0) {
		/* If this fails, closing the file does it. */
		vdevfw_guest_destroy(vdevs->guest, &error);
		events_print(vdevs);
		passing_end(&vdevs->passing);
	}
	vdevs_close(vdevs);
}

void vdevs_close(struct vdevs *vdevs)
{
	if (vdevs->guest >= 0)
		close(vdevs->guest);
	if (vdevs->device >= 0)
		close(vdevs->device);
	free(vdevs->ids);
	*vdevs = VDEVS_NONE;
}
