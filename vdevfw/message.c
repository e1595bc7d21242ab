// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that an ioctl gives a person when it fails. */
#include <linux/kernel.h>

#include "message.h"

void vdevfw_clean(char *text)
{
	/* Not iscntrl(), which takes parts of UTF-8 for controls. */
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
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
