// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vdevs of a machine: from the configuration into the kernel, and out again.
 *
 * What is wrong with a vdev or an option the kernel finds and words. Here its
 * answer, the number of an option or the id of a vdev, becomes a place in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
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

/* The options as VDEVFW_VDEV_ADD takes them; for free(). NULL: out of memory. */
static char *pack_options(const struct vdev_config *vdev, size_t *size)
{
	const struct option_config *option, *end = vdev->options + vdev->option_count;
	char *packed, *to;

	*size = 0;
	for (option = vdev->options; option < end; option++)
		*size += strlen(option->name) + 1 +
			 (option->argument ? strlen(option->argument) + 1 : 0) +
			 (option->second ? strlen(option->second) + 1 : 0);
	packed = to = malloc(*size + 1);
	if (!packed)
		return NULL;
	for (option = vdev->options; option < end; option++) {
		to = stpcpy(to, option->name);
		if (option->argument) {
			*to++ = '=';
			to = stpcpy(to, option->argument);
		}
		if (option->second) {
			*to++ = ' ';
			to = stpcpy(to, option->second);
		}
		to++;
	}
	return packed;
}

static int add_vdev(struct vdevs *vdevs, const struct vdev_config *vdev, uint64_t *id,
		    struct failure *why)
{
	struct place at = vdev->place;
	struct vdevfw_error error;
	size_t size;
	char *options = pack_options(vdev, &size);
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

static int configure(struct vdevs *vdevs, struct failure *why)
{
	const struct vdev_config *vdev;
	struct vdevfw_error error;

	if (!vdevfw_guest_configure(vdevs->guest, &error))
		return 0;
	vdev = vdevs_find(vdevs, error.vdev);
	if (!vdev)
		return fail(why,
			    is_fatal(error.code) ? VDEVFW_EXIT_FATAL_STARTUP : VDEVFW_EXIT_CONFIG,
			    "%s", error.text);
	return refused(why, location(vdev), &error);
}

int vdevs_add(struct vdevs *vdevs, const struct machine_config *config, int vm, struct failure *why)
{
	int status;
	size_t i;

	vdevs->config = config;
	if (!config->vdev_count)
		return 0;
	vdevs->ids = calloc(config->vdev_count, sizeof(*vdevs->ids));
	if (!vdevs->ids)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	status = create_guest(vdevs, vm, why);
	for (i = 0; !status && i < config->vdev_count; i++)
		status = add_vdev(vdevs, &config->vdevs[i], &vdevs->ids[i], why);
	return status ? status : configure(vdevs, why);
}

int vdevs_start(struct vdevs *vdevs, struct failure *why)
{
	struct vdevfw_error error;

	if (vdevs->guest < 0 || !vdevfw_guest_start(vdevs->guest, &error))
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
		close(vdevs->guest);
	}
	if (vdevs->device >= 0)
		close(vdevs->device);
	free(vdevs->ids);
	*vdevs = VDEVS_NONE;
}
