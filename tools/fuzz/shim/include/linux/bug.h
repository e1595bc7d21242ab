/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own mistakes: what only warns there ends the program here. */
#ifndef _SHIM_LINUX_BUG_H
#define _SHIM_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/types.h>

_Noreturn void shim_bug(const char *file, int line, const char *what);

/* What it returns is for the compiler: it is always false. */
#define WARN_ON(condition)							\
({										\
	if (condition)								\
		shim_bug(__FILE__, __LINE__, #condition);			\
	false;									\
})

#define WARN_ON_ONCE(condition)		WARN_ON(condition)
#define WARN(condition, ...)		WARN_ON(condition)
#define WARN_ONCE(condition, ...)	WARN_ON(condition)
#define BUG_ON(condition)		((void)WARN_ON(condition))
#define BUG()				shim_bug(__FILE__, __LINE__, "BUG()")

#endif
