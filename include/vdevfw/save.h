/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a vdev, and restoring it in another guest of the same configuration.
 *
 * A vdev that is nothing but a table of registers, with timers and interrupts, needs no code for
 * it. What else it knows it puts, piece by piece, and gets again:
 *
 *	case VDEV_CTRL_SAVE:
 *		return vdev_save_put(vdp, TAG_COUNTER, &counter, sizeof(counter));
 *	case VDEV_CTRL_RESTORE:
 *		return vdev_save_get(vdp, TAG_COUNTER, &counter, sizeof(counter));
 *
 * A tag is a number of the vdev's own that tells what it is. Its contents are the vdev's as well,
 * and little-endian (__le32 ...), so that they mean the same everywhere; if they ever change, so
 * does the tag. Times of the guest's clock stay what they are: it is restored.
 */
#ifndef _VDEVFW_SAVE_H
#define _VDEVFW_SAVE_H

#include <vdevfw/vdev-core.h>

/** VDEV_SAVE_TAGS - under how many tags a vdev may save something */
#define VDEV_SAVE_TAGS	64

/**
 * vdev_save_put() - Save something
 * @vdp: The vdev
 * @tag: What it is
 * @data: It
 * @len: Bytes in @data
 *
 * Phase: running. Context: control(), in VDEV_CTRL_SAVE. May sleep: without v_mtx.
 * Return: 0. -EPERM: elsewhere. -EEXIST: something has this tag already. -ENOSPC: there are
 *	VDEV_SAVE_TAGS already. -EFBIG: all vdevs together have more than VDEVFW_SAVE_MAX bytes.
 *	-ENOMEM. After the last two, the guest is not saved whatever the vdev answers.
 */
int vdev_save_put(vdev_t *vdp, u32 tag, const void *data, size_t len);

/**
 * vdev_save_get() - Get what was saved
 * @vdp: The vdev
 * @tag: What it is
 * @data: For it
 * @len: Bytes in @data: as many as were saved
 *
 * What was saved and the vdev does not get would be lost: the guest is not restored then.
 *
 * Phase: running. Context: control(), in VDEV_CTRL_RESTORE. Does not sleep.
 * Return: 0. -EPERM: elsewhere. -ENOENT: nothing was saved under this tag. -EINVAL: it was not as
 *	many bytes. After an error @data is as before.
 */
int vdev_save_get(vdev_t *vdp, u32 tag, void *data, size_t len);

#endif
