/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel log, which nobody reads here: only formats are checked. */
#ifndef _SHIM_LINUX_PRINTK_H
#define _SHIM_LINUX_PRINTK_H

#include <linux/sprintf.h>

/* What %pV prints. */
struct va_format {
	const char *fmt;
	va_list *va;
};

#define no_printk(format, ...)							\
do {										\
	if (0)									\
		printf(format, ##__VA_ARGS__);					\
} while (0)

#define printk(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_emerg(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_alert(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_crit(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_err(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_warn(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_notice(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_info(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_debug(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_cont(format, ...)	no_printk(format, ##__VA_ARGS__)

#define pr_err_ratelimited(format, ...)		no_printk(format, ##__VA_ARGS__)
#define pr_warn_ratelimited(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_info_ratelimited(format, ...)	no_printk(format, ##__VA_ARGS__)
#define pr_err_once(format, ...)		no_printk(format, ##__VA_ARGS__)
#define pr_warn_once(format, ...)		no_printk(format, ##__VA_ARGS__)
#define pr_info_once(format, ...)		no_printk(format, ##__VA_ARGS__)

#define KERN_SOH
#define KERN_ERR
#define KERN_WARNING
#define KERN_NOTICE
#define KERN_INFO
#define KERN_DEBUG

#endif
