/* SPDX-License-Identifier: GPL-2.0-only */
/* From a member to what it is a member of. */
#ifndef _SHIM_LINUX_CONTAINER_OF_H
#define _SHIM_LINUX_CONTAINER_OF_H

#include <stddef.h>

#define container_of(pointer, type, member)					\
	((type *)((char *)(pointer) - offsetof(type, member)))

#endif
