/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's half of a machine: its guest of vdevfw with the vdevs.
 */
#ifndef VDEVS_H
#define VDEVS_H

#include <libvdevfw.h>

#include "config.h"
#include "passing.h"

struct vdevs {
	int device;    /* /dev/vdevfw, or -1: not needed so far */
	int guest;     /* or -1: the machine has neither vdevs nor settings for them */
	int stop;      /* poll: readable when nobody may wait for who reads messages; or -1 */
	uint64_t *ids; /* one for each of config->vdevs */
	struct passing passing;
	const struct machine_config *config;
};

#define VDEVS_NONE ((struct vdevs){ .device = -1, .guest = -1, .stop = -1 })

/* Opens /dev/vdevfw if that has not happened. 0 or an exit status. */
int vdevs_open(struct vdevs *vdevs, struct failure *why);

/* What the kernel says about a factory: 0, or a negative errno and @error. */
int vdevs_factory(const struct vdevs *vdevs, const char *factory, struct vdevfw_factory_info *info,
		  struct option_names *options, struct vdevfw_error *error);

/* For struct factories: asks the kernel; @context is the struct vdevs. */
int vdevs_options(void *context, const char *factory, struct place at, struct option_names *out,
		  struct failure *why);

/* Whether a machine has vdevs, or settings for them, and hence a guest in the kernel. */
bool vdevs_needed(const struct machine_config *config);

/*
 * Adds the vdevs of @config and their settings to the VM, and starts them. All return 0
 * or an exit status, and do nothing for a machine without; vdevs_destroy() is due.
 */
int vdevs_add(struct vdevs *vdevs, const struct machine_config *config, int vm,
	      struct failure *why);
int vdevs_start(struct vdevs *vdevs, struct failure *why);
void vdevs_destroy(struct vdevs *vdevs);
/* Without destroying a guest that is somebody else's. */
void vdevs_close(struct vdevs *vdevs);

/* The vdev to which the kernel gave that id, or NULL. */
const struct vdev_config *vdevs_find(const struct vdevs *vdevs, uint64_t id);

#endif
