/* SPDX-License-Identifier: GPL-2.0-only */
/* From the places of a guest's vdevs to regions of its address spaces. */
#ifndef _VDEVFW_REGIONS_H
#define _VDEVFW_REGIONS_H

#include "space/spaces.h"

/**
 * vdevfw_regions_update() - Make a region for each vdev that has a place and makes none itself
 * @spaces: The spaces
 * @vdevs: &struct vdevfw_vdev
 * @culprit: On failure, the id of the vdev that it was about
 * @msg: Why not
 *
 * Where there is one, and v_block has changed since, it changes, too.
 *
 * Context: The guest's mutex is held. May sleep.
 * Return: 0, or as vdevfw_spaces_set(): some vdevs have regions then, and the caller
 *	closes the spaces.
 */
int vdevfw_regions_update(struct vdevfw_spaces *spaces, const struct list_head *vdevs,
			  u64 *culprit, struct vdevfw_message *msg);

#endif
