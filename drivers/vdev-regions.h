/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of vdev regions, for the vdev and for the tests that drive it. */
#ifndef _VDEV_REGIONS_H
#define _VDEV_REGIONS_H

/* Which register: of 8 bytes each, from loc on. */
enum {
	REGIONS_START,
	REGIONS_LENGTH,
	REGIONS_FLAGS,
	REGIONS_COOKIE,
	REGIONS_MATCH,
	REGIONS_TYPE,		/* 0: memory, 1: ports */
	REGIONS_COMMAND,
	REGIONS_RESULT,
	REGIONS_RINGS,
	REGIONS_PAGE,		/* the first 8 bytes of the page that regions pass to */
	REGIONS_WRITTEN,	/* what was last written to a region */
	REGIONS_REGISTERS
};

/* Commands */
#define REGIONS_SET		1
#define REGIONS_SET_SOFT	2
#define REGIONS_WAIT		3	/* until the region is active */
#define REGIONS_FIND		4	/* a free range, from START on */
#define REGIONS_INFO		5
#define REGIONS_ON_THREAD	0x100	/* not in the handler */

#define REGIONS_BUSY		0x7fffffff	/* RESULT while the thread is at it */
#define REGIONS_SUICIDAL	0xdead		/* a COOKIE: a write deletes the region */

#endif
