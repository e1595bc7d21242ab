/* SPDX-License-Identifier: GPL-2.0-only */
/* The vCPU that an access comes from. */
#ifndef _VDEVFW_ACCESS_H
#define _VDEVFW_ACCESS_H

struct vdevfw_region;
struct vdevfw_window;

/**
 * struct guest_cpu - A vCPU within an access
 * @window: What the access came through
 * @region: What it goes to
 */
struct guest_cpu {
	const struct vdevfw_window *window;
	const struct vdevfw_region *region;
};

#endif
