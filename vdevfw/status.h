/* SPDX-License-Identifier: GPL-2.0-only */
/* What vdevs report of themselves, collected as text. */
#ifndef _VDEVFW_STATUS_H
#define _VDEVFW_STATUS_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

/**
 * struct vdevfw_report - A text in the making
 * @text: NUL-terminated, unless @size is 0
 * @size: Bytes in @text
 * @used: Bytes that the whole text takes without its NUL, also where @size is less
 */
struct vdevfw_report {
	char *text;
	size_t size;
	size_t used;
};

/**
 * vdevfw_report_line() - Add a line
 * @report: The report
 * @fmt: The line, without its newline; control characters are replaced
 */
__printf(2, 3)
void vdevfw_report_line(struct vdevfw_report *report, const char *fmt, ...);

#endif
