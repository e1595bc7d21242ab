/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers for the options of a vdev. */
#ifndef _VDEVFW_UTILS_H
#define _VDEVFW_UTILS_H

#include <vdevfw/vdev-core.h>

/**
 * qvm_parse_num() - Parse a number, the argument of an option
 * @vdp: The vdev
 * @arg: The argument: decimal, or hexadecimal with 0x; nothing before or after it
 * @max: Largest value allowed
 * @value: The number
 *
 * An error is also kept by the framework: even a vdev that overlooks it is not
 * created, and the user gets a message that names vdev, option and argument.
 *
 * Context: control() with an option (VDEV_CTRL_FIRST_OPTIDX and above).
 * Return: 0. -EINVAL: no number. -ERANGE: more than @max. @value is not written
 *	then.
 */
int qvm_parse_num(vdev_t *vdp, const char *arg, u64 max, u64 *value);

/**
 * vdev_refuse() - Say why the vdev cannot be
 * @vdp: The vdev
 * @error: A negative errno; 0 refuses nothing
 * @fmt: Reason, for the message that the user gets, without a newline
 *
 * The kernel's form of a configuration error that ends the process: the
 * framework keeps the first one, and the vdev is not created, or the guest not
 * configured, whatever control() returns.
 *
 * Context: control(), up to GUEST_STARTING; ignored in TERMINATE.
 * Return: @error, so that control() can return it in the same line; -EIO for what is
 *	no errno of user space.
 */
__printf(3, 4)
int vdev_refuse(vdev_t *vdp, int error, const char *fmt, ...);

#endif
