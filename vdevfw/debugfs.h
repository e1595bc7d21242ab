/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests and vdevs as the host's administrator sees them:
 *
 *	/sys/kernel/debug/vdevfw/ID-SYSTEM/status	of all vdevs
 *	/sys/kernel/debug/vdevfw/ID-SYSTEM/vdevs/NAME	of one that has a name
 *
 * Nothing depends on it: where debugfs is missing or full, files are missing.
 */
#ifndef _VDEVFW_DEBUGFS_PRIVATE_H
#define _VDEVFW_DEBUGFS_PRIVATE_H

struct guest_system;

/* For the module's init and exit. */
void vdevfw_debugfs_init(void);
void vdevfw_debugfs_exit(void);

/**
 * vdevfw_debugfs_add() - Show a guest
 * @gsp: The guest; lives until vdevfw_debugfs_remove()
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_debugfs_add(struct guest_system *gsp);

/**
 * vdevfw_debugfs_add_vdev() - Show a vdev
 * @gsp: Its guest
 * @name: Its name
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_debugfs_add_vdev(struct guest_system *gsp, const char *name);

/**
 * vdevfw_debugfs_remove() - Show a guest and its vdevs no more
 * @gsp: The guest
 *
 * Context: Process context, without the guest's mutex, which readers want. Sleeps
 *	until no reader is inside.
 */
void vdevfw_debugfs_remove(struct guest_system *gsp);

#endif
