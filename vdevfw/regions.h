/* SPDX-License-Identifier: GPL-2.0-only */
/* From the places of a guest's vdevs to regions of its address spaces. */
#ifndef _VDEVFW_REGIONS_H
#define _VDEVFW_REGIONS_H

#include "kvm/kvm.h"
#include "space/gasp.h"

/**
 * vdevfw_regions_add() - Make a region for each vdev that has a place
 * @spaces: The spaces, by bus
 * @vdevs: &struct vdevfw_vdev
 * @memory_limit: Bytes that the guest can address
 * @culprit: On failure, the id of the vdev that it was about
 * @msg: Why not
 *
 * Context: The guest's mutex is held. May sleep.
 * Return: 0, -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL or -ENOMEM: some vdevs have
 *	regions then, and the caller destroys the spaces.
 */
int vdevfw_regions_add(struct gasp spaces[VDEVFW_BUSES], const struct list_head *vdevs,
		       u64 memory_limit, u64 *culprit, struct vdevfw_message *msg);

#endif
