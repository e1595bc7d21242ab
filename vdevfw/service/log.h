/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a vdev's messages go. */
#ifndef _VDEVFW_LOG_PRIVATE_H
#define _VDEVFW_LOG_PRIVATE_H

#include <linux/types.h>

#include "../../uapi/vdevfw.h"

/**
 * struct vdevfw_routes - Where messages of each severity go
 * @given: A ``log`` or ``logger`` option has been given
 * @to: By &enum vdevfw_severity: set of VDEVFW_LOG_*
 */
struct vdevfw_routes {
	bool given;
	u8 to[VDEVFW_SEVERITIES];
};

/**
 * vdevfw_routes_init() - What holds where no option says otherwise
 * @routes: The routes
 */
void vdevfw_routes_init(struct vdevfw_routes *routes);

/**
 * vdevfw_routes_add() - Take the argument of a ``log`` or ``logger`` option
 * @routes: The routes. The first option forgets what they were before.
 * @arg: FILTER[,FILTER]... DESTINATION
 * @rejected: On failure: the part of @arg that is wrong
 * @len: On failure: its length
 *
 * Return: 0. -ENODATA: there is no DESTINATION. -EINVAL: unknown FILTER or DESTINATION.
 *	@routes is as before then.
 */
int vdevfw_routes_add(struct vdevfw_routes *routes, const char *arg, const char **rejected,
		      int *len);

#define VDEVFW_ROUTES_FORM							\
	"FILTER[,FILTER] DESTINATION, with fatal, internal, error, warn, info, debug, verbose and stdout, stderr, slog, none"

#endif
