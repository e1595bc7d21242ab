/* SPDX-License-Identifier: GPL-2.0-only */
/* The ioctl interface: one table of commands for both kinds of file. */
#ifndef _VDEVFW_UAPI_PRIVATE_H
#define _VDEVFW_UAPI_PRIVATE_H

struct guest_system;

/**
 * vdevfw_ioctl() - Carry out a command
 * @gsp: The guest, or NULL for the device
 * @cmd: The command
 * @arg: Pointer to its structure, in user memory
 *
 * Context: Process context. Sleeps.
 * Return: 0 or a negative errno.
 */
long vdevfw_ioctl(struct guest_system *gsp, unsigned int cmd, unsigned long arg);

#endif
