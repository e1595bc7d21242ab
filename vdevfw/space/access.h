/* SPDX-License-Identifier: GPL-2.0-only */
/* The vCPU that an access comes from. */
#ifndef _VDEVFW_ACCESS_H
#define _VDEVFW_ACCESS_H

#include <vdevfw/guest.h>

struct vdevfw_region;
struct vdevfw_window;

/**
 * struct vdevfw_access - An access of a guest, from KVM's bus to a handler and back
 * @gcp: What the handler sees
 * @window: What the access came through
 * @region: What it goes to
 */
struct vdevfw_access {
	struct guest_cpu gcp;
	const struct vdevfw_window *window;
	const struct vdevfw_region *region;
};

#endif
