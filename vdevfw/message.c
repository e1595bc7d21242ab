// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that an ioctl gives a person when it fails. */
#include <linux/kernel.h>

#include "message.h"

/* Not iscntrl(), which takes parts of UTF-8 for controls. */
static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

bool vdevfw_is_clean(const char *text)
{
	while (*text && !is_control(*text))
		text++;
	return !*text;
}

void vdevfw_clean(char *text)
{
	for (; *text; text++)
		if (is_control(*text))
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
