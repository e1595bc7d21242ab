// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of a guest's regions, which may change while it is asked for.
 */
#include <errno.h>
#include <stdlib.h>

#include "regions.h"

/* Room for what is there, and for as much as may come meanwhile. */
static uint32_t room_for(uint32_t count)
{
	return count < VDEVFW_REGIONS_MAX / 2 ? 2 * count + 1 : VDEVFW_REGIONS_MAX;
}

struct vdevfw_region_entry *regions_read(int guest, uint32_t only, uint32_t *count,
					 struct vdevfw_error *error)
{
	struct vdevfw_region_entry *regions = NULL;
	uint32_t room;

	do {
		free(regions);
		if (vdevfw_guest_regions(guest, only, NULL, 0, count, error))
			return NULL;
		room = room_for(*count);
		regions = calloc(room, sizeof(*regions));
		if (!regions) {
			*error = (struct vdevfw_error){ .code = -ENOMEM, .text = "out of memory" };
			return NULL;
		}
		if (!vdevfw_guest_regions(guest, only, regions, room, count, error))
			return regions;
	} while (error->code == -EMSGSIZE && room < VDEVFW_REGIONS_MAX);
	free(regions);
	return NULL;
}
