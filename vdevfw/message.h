/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentence that an ioctl gives a person when it fails. */
#ifndef _VDEVFW_MESSAGE_H
#define _VDEVFW_MESSAGE_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

#include "../uapi/vdevfw.h"

/**
 * struct vdevfw_message - Why a command failed, in one line
 * @text: The sentence; empty while there is nothing to say
 */
struct vdevfw_message {
	char text[VDEVFW_MSG_MAX];
};

/**
 * vdevfw_fail() - Say why, and return the error
 * @msg: Keeps the first sentence it is given
 * @error: A negative errno
 * @fmt: What is wrong, where, and what is allowed
 *
 * Return: @error.
 */
__printf(3, 4)
int vdevfw_fail(struct vdevfw_message *msg, int error, const char *fmt, ...);

/**
 * vdevfw_is_clean() - Whether a text has no control characters
 * @text: The text
 *
 * Return: Whether vdevfw_clean() would leave it alone.
 */
bool vdevfw_is_clean(const char *text);

/**
 * vdevfw_clean() - Replace control characters
 * @text: What may quote a user, and is to be shown on a terminal
 */
void vdevfw_clean(char *text);

#endif
