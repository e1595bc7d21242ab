// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that an ioctl gives a person when it fails. */
#include <linux/ctype.h>
#include <linux/kernel.h>

#include "message.h"

int vdevfw_fail(struct vdevfw_message *msg, int error, const char *fmt, ...)
{
	va_list args;
	char *c;

	if (msg->text[0])
		return error;
	va_start(args, fmt);
	vscnprintf(msg->text, sizeof(msg->text), fmt, args);
	va_end(args);
	/* What a user wrote is quoted; a terminal must not take it for commands. */
	for (c = msg->text; *c; c++)
		if (iscntrl(*c))
			*c = '?';
	return error;
}
