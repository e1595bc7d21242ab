/* SPDX-License-Identifier: GPL-2.0-only */
/* One vdev, as it is saved and restored. */
#ifndef _VDEVFW_VDEV_SAVE_H
#define _VDEVFW_VDEV_SAVE_H

#include "../life/save.h"

struct vdevfw_vdev;

/**
 * vdevfw_vdev_save() - Save a vdev
 * @vdev: The vdev
 * @save: Its record is added to it
 * @msg: Why not
 *
 * Context: The guest's mutex is held, and it has stopped. Sleeps.
 * Return: 0 or a negative errno.
 */
int vdevfw_vdev_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save,
		     struct vdevfw_message *msg);

/**
 * vdevfw_vdev_check_saved() - Check whether a record is one of this vdev, and note it
 * @vdev: The vdev
 * @contents: Of a record SAVE_VDEV; stays until vdevfw_vdev_forget_saved()
 * @msg: Why it is not
 *
 * Context: The guest's mutex is held.
 * Return: 0. -EBADMSG, -EPROTONOSUPPORT, -EMEDIUMTYPE: as at &struct vdevfw_guest_restore.
 */
int vdevfw_vdev_check_saved(struct vdevfw_vdev *vdev, struct vdevfw_saved contents,
			    struct vdevfw_message *msg);

/**
 * vdevfw_vdev_restore_sources() - Raise and lower what a vdev has raised and lowered
 * @vdev: The vdev, after vdevfw_vdev_check_saved()
 * @msg: Why not
 *
 * A controller that is a vdev hears of it. So this comes before what it has itself, and in reverse
 * order, as a vdev's controllers come before it in the configuration.
 *
 * Context: The guest's mutex is held, and it has stopped.
 * Return: 0 or a negative errno.
 */
int vdevfw_vdev_restore_sources(struct vdevfw_vdev *vdev, struct vdevfw_message *msg);

/**
 * vdevfw_vdev_restore() - Restore the rest that the framework has of a vdev
 * @vdev: The vdev, after vdevfw_vdev_check_saved()
 *
 * Context: The guest's mutex is held; it has stopped, and its clock is restored.
 */
void vdevfw_vdev_restore(struct vdevfw_vdev *vdev);

/**
 * vdevfw_vdev_restore_own() - Have a vdev restore what only itself knows
 * @vdev: The vdev, after vdevfw_vdev_restore() of all
 * @msg: Why not
 *
 * Context: The guest's mutex is held, and it has stopped. Sleeps.
 * Return: 0, or what the vdev refuses with. -EMEDIUMTYPE: it has not got all of it.
 */
int vdevfw_vdev_restore_own(struct vdevfw_vdev *vdev, struct vdevfw_message *msg);

/**
 * vdevfw_vdev_forget_saved() - Undo vdevfw_vdev_check_saved()
 * @vdev: The vdev
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_vdev_forget_saved(struct vdevfw_vdev *vdev);

#endif
