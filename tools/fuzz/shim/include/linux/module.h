/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules: one that is never unloaded, see <shim.h>. */
#ifndef _SHIM_LINUX_MODULE_H
#define _SHIM_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/moduleparam.h>

#define MODULE_NAME_LEN	56

struct module {
	char name[MODULE_NAME_LEN];
	int refs;
};

extern struct module shim_module;

#define THIS_MODULE	(&shim_module)

static inline bool try_module_get(struct module *module)
{
	if (module)
		module->refs++;
	return true;
}

static inline void module_put(struct module *module)
{
	if (!module)
		return;
	WARN_ON(module->refs <= 0);
	module->refs--;
}

#define __module_get(module)		((void)try_module_get(module))
#define module_refcount(module)		((module)->refs)

#define MODULE_AUTHOR(text)
#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)
#define MODULE_VERSION(text)

#endif
