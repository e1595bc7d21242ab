/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that grows: what does not fit is told, not written. */
#ifndef _SHIM_LINUX_SEQ_FILE_H
#define _SHIM_LINUX_SEQ_FILE_H

#include <linux/types.h>

struct seq_file {
	char *buf;
	size_t size;
	size_t count;
	void *private;
};

__printf(2, 3)
void seq_printf(struct seq_file *to, const char *format, ...);
__printf(2, 0)
void seq_vprintf(struct seq_file *to, const char *format, va_list args);
void seq_puts(struct seq_file *to, const char *text);
void seq_putc(struct seq_file *to, char c);

static inline bool seq_has_overflowed(struct seq_file *to)
{
	return to->count == to->size;
}

#endif
