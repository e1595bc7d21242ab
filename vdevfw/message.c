// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that an ioctl gives a person when it fails. */
#include <linux/ctype.h>
#include <linux/kernel.h>

#include "message.h"

void vdevfw_clean(char *text)
{
	for (; *text; text++)
		if (iscntrl(*text))
			*text = '?';
}

int vdevfw_fail(struct vdevfw_message *msg, int error, const char *fmt, ...)
{
	va_list args;

	if (msg->text[0])
		return error;
	va_start(args, fmt);
	vscnprintf(msg->text, sizeof(msg->text), fmt, args);
	va_end(args);
	vdevfw_clean(msg->text);
	return error;
}
