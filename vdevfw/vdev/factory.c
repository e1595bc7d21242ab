// SPDX-License-Identifier: GPL-2.0-only
/* The registry of factories. */
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/kmod.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <vdevfw/intr.h>

#include "../message.h"
#include "factory.h"
#include "registers.h"

#define FLAGS_INTR	(VFF_INTR_NO | VFF_INTR_REQ | VFF_INTR_NONPCI)
#define FLAGS_SERVED	(FLAGS_INTR | VFF_LOC_NO | VFF_VDEV_LOC_TYPES | VFF_MUTEX | \
			 VFF_MANUAL_REGION)
#define SIZES_SERVED	(BIT(1) | BIT(2) | BIT(4) | BIT(8))
#define EXTRA_SPACE_MAX	SZ_1M
#define OPTIONS_MAX	256
#define PNUM_MAX	0xffff

static_assert(sizeof_field(struct vdev_factory, own_name) == VDEVFW_FACTORY_SIZE);

/* Protects the list of factories: @factories, and the @next of each. */
static DEFINE_MUTEX(factories_lock);
static struct vdev_factory *factories;

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && !name[len] && len < VDEVFW_FACTORY_SIZE;
}

/* Where the pointer to a factory of this name is, or would be. */
static struct vdev_factory **find_link(const char *name)
{
	struct vdev_factory **link = &factories;

	lockdep_assert_held(&factories_lock);
	while (*link && strcmp((*link)->name, name))
		link = &(*link)->next;
	return link;
}

/* A module's name without vdev-; the kernel writes - as _ in module names. */
static const char *name_from_module(struct vdev_factory *factory, const struct module *owner)
{
	const char *name = owner ? owner->name : "";

	if (!strncmp(name, "vdev_", 5))
		name += 5;
	if (strscpy(factory->own_name, name, sizeof(factory->own_name)) < 0)
		return "";
	strreplace(factory->own_name, '_', '-');
	return factory->own_name;
}

static bool is_option(const char *entry)
{
	if (strstarts(entry, QVM_OPTION_NO_ARG_PREFIX))
		entry += strlen(QVM_OPTION_NO_ARG_PREFIX);
	return isascii(*entry) && isalpha(*entry) && !strpbrk(entry, "= ");
}

static const char *what_is_wrong(const struct vdev_factory *factory, unsigned int *culprit)
{
	unsigned int i = 0;

	if (!is_name(factory->name))
		return "its name must be 1 to 31 of a-z 0-9 -";
	if (!factory->control)
		return "control is required";
	if (factory->factory_flags & ~FLAGS_SERVED)
		return "a flag in factory_flags is not served";
	if (hweight32(factory->factory_flags & FLAGS_INTR) > 1)
		return "VFF_INTR_* exclude each other";
	if (factory->factory_flags & VFF_LOC_NO && factory->factory_flags & VFF_VDEV_LOC_TYPES)
		return "VFF_LOC_NO and VFF_VDEV_* exclude each other";
	if ((factory->factory_flags & VFF_VDEV_LOC_TYPES) == VFF_VDEV_PCI)
		return "there is no PCI yet: VFF_VDEV_PCI needs another location type beside it";
	if (factory->acc_sizes & ~SIZES_SERVED)
		return "acc_sizes may have 1, 2, 4 and 8 only";
	if (factory->extra_space > EXTRA_SPACE_MAX)
		return "extra_space must be at most 1 MiB";
	if (factory->safety != VDEV_SAFETY_NO && factory->safety != VDEV_SAFETY_YES)
		return "safety must be one of VDEV_SAFETY_*";
	if (factory->pic && !factory->pic->signal)
		return "pic needs signal";
	if (factory->pic && (factory->pic->pnum_mask > PNUM_MAX ||
			     factory->pic->pnum_mask & (factory->pic->pnum_mask + 1)))
		return "pnum_mask must be one less than a power of 2, at most 0xffff";
	while (factory->option_list && factory->option_list[i]) {
		if (!is_option(factory->option_list[i]))
			return "an option's name has no letter first, or = or a space";
		if (++i > OPTIONS_MAX)
			return "option_list has too many entries, or no NULL at its end";
	}
	return factory->registers ? vdevfw_registers_wrong(factory, culprit) : NULL;
}

static int check_factory(const struct vdev_factory *factory, const char *module)
{
	unsigned int culprit = UINT_MAX;
	const char *wrong = what_is_wrong(factory, &culprit);

	if (!wrong)
		return 0;
	if (culprit == UINT_MAX)
		pr_err("vdevfw: factory of %s refused: %s\n", module, wrong);
	else
		pr_err("vdevfw: factory of %s refused: register %u, %s: %s\n", module, culprit,
		       factory->registers->registers[culprit].name ?: "", wrong);
	return -EINVAL;
}

int __vdev_register_factory(struct vdev_factory *factory, unsigned int abi_version,
			    struct module *owner)
{
	const char *module = owner ? owner->name : "built-in";
	struct vdev_factory **link;
	int err;

	if (abi_version != QVM_VDEV_ABI) {
		pr_err("vdevfw: %s was compiled for vdev ABI %u, this is %u: compile it again\n",
		       module, abi_version, QVM_VDEV_ABI);
		return -ENOEXEC;
	}
	if (!factory->name)
		factory->name = name_from_module(factory, owner);
	err = check_factory(factory, module);
	if (err)
		return err;
	if (factory->registers && !factory->acc_sizes)
		factory->acc_sizes = vdevfw_registers_sizes(factory->registers);

	mutex_lock(&factories_lock);
	link = find_link(factory->name);
	if (*link) {
		pr_err("vdevfw: factory of %s refused: the name %s is taken\n", module,
		       factory->name);
		err = -EEXIST;
	} else {
		factory->owner = owner;
		factory->next = NULL;
		*link = factory;
	}
	mutex_unlock(&factories_lock);
	return err;
}
EXPORT_SYMBOL_GPL(__vdev_register_factory);

void vdev_unregister_factory(struct vdev_factory *factory)
{
	struct vdev_factory **link;

	mutex_lock(&factories_lock);
	link = find_link(factory->name);
	if (!WARN_ON_ONCE(*link != factory))
		*link = factory->next;
	mutex_unlock(&factories_lock);
}
EXPORT_SYMBOL_GPL(vdev_unregister_factory);

static const struct vdev_factory *find_and_pin(const char *name)
{
	struct vdev_factory *factory;

	mutex_lock(&factories_lock);
	factory = *find_link(name);
	if (factory && !try_module_get(factory->owner))
		factory = NULL;
	mutex_unlock(&factories_lock);
	return factory;
}

const struct vdev_factory *vdevfw_factory_get(const char *name, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory;

	if (!is_name(name))
		return ERR_PTR(vdevfw_fail(msg, -EINVAL,
					   "vdev name \"%.40s\" is malformed: 1 to 31 of a-z 0-9 - are allowed",
					   name));
	factory = find_and_pin(name);
	if (factory)
		return factory;
	request_module("vdev-%s", name);
	factory = find_and_pin(name);
	if (factory)
		return factory;
	return ERR_PTR(vdevfw_fail(msg, -ENOENT,
				   "there is no vdev %s: load or install the module vdev-%s", name,
				   name));
}

void vdevfw_factory_put(const struct vdev_factory *factory)
{
	module_put(factory->owner);
}

size_t vdevfw_factory_names(char *buf, size_t size)
{
	struct vdev_factory *factory;
	size_t used = 0, len;

	mutex_lock(&factories_lock);
	for (factory = factories; factory; factory = factory->next) {
		len = strlen(factory->name) + 1;
		if (used + len <= size)
			memcpy(buf + used, factory->name, len);
		used += len;
	}
	mutex_unlock(&factories_lock);
	return used;
}
