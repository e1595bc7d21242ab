// SPDX-License-Identifier: GPL-2.0-only
/* The module that everything is part of, and how it reports its own mistakes. */
#include <stdio.h>
#include <stdlib.h>

#include <linux/module.h>

struct module shim_module = { .name = "vdev_probe" };

void shim_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: the kernel would warn: %s\n", file, line, what);
	abort();
}
