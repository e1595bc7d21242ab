/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which vdev has which range of a guest.
 */
#ifndef REGIONS_H
#define REGIONS_H

#include <libvdevfw.h>

/*
 * The regions of @guest that have one of the flags @only, or all with 0, in the kernel's order:
 * *@count of them; for free(). NULL: see @error.
 */
struct vdevfw_region_entry *regions_read(int guest, uint32_t only, uint32_t *count,
					 struct vdevfw_error *error);

#endif
