/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of guests. */
#ifndef _VDEVFW_FILE_H
#define _VDEVFW_FILE_H

#include <linux/types.h>

struct file;
struct guest_system;

/**
 * vdevfw_file_create() - Make a file for a guest
 * @gsp: The guest; on success, the caller's reference belongs to the file
 * @owns: The guest is destroyed when the file is closed
 *
 * Context: Process context. May sleep.
 * Return: The file, or an ERR_PTR().
 */
struct file *vdevfw_file_create(struct guest_system *gsp, bool owns);

#endif
