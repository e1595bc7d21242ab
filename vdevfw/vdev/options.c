// SPDX-License-Identifier: GPL-2.0-only
/* The options of a vdev: the common ones, and the vdev's own. */
#include <linux/bitops.h>
#include <linux/string.h>

#include <vdevfw/utils.h>

#include "options.h"
#include "parse.h"
#include "vdev.h"

/**
 * struct common_option - An option that the framework handles for every vdev
 * @name: Its name
 * @allowed: Whether such a vdev may have it
 * @apply: Take the argument
 */
struct common_option {
	const char *name;
	bool (*allowed)(const struct vdev_factory *factory);
	int (*apply)(struct vdevfw_vdev *vdev, const char *arg, struct vdevfw_message *msg);
};

static unsigned int loc_flag(u16 type)
{
	switch (type) {
	case QST_MEMORY:
		return VFF_VDEV_MEM;
	case QST_X86_IO:
		return VFF_VDEV_X86_IO;
	default:
		return VFF_VDEV_PCI;
	}
}

/* What ``loc`` is where the user gives no type: the vdev's preset, or the first it allows. */
static u16 default_loc_type(const struct vdevfw_vdev *vdev)
{
	if (vdev->pub.v_block.type != QST_NO_TYPE)
		return vdev->pub.v_block.type;
	return vdev->pub.v_factory->factory_flags & VFF_VDEV_MEM ? QST_MEMORY : QST_X86_IO;
}

static const char *loc_types(const struct vdev_factory *factory)
{
	static const char *const types[] = {
		"none", "mem:ADDRESS", "io:PORT", "mem:ADDRESS or io:PORT"
	};

	return types[!!(factory->factory_flags & VFF_VDEV_MEM) +
		     2 * !!(factory->factory_flags & VFF_VDEV_X86_IO)];
}

/* Registers are aligned to their size, so a device is aligned to its largest. */
static unsigned int alignment(const struct vdev_factory *factory)
{
	return factory->acc_sizes ? fls(factory->acc_sizes) - 1 : 1;
}

static int apply_loc(struct vdevfw_vdev *vdev, const char *arg, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;
	u16 type = default_loc_type(vdev);
	unsigned int align;
	u64 location;
	int err;

	err = vdevfw_parse_location(arg, &type, &location);
	/* The last address of all stands for none. */
	if (!err && type != QST_PCI && location == QSL_NO_LOCATION)
		err = -ERANGE;
	if (err)
		return vdevfw_fail(msg, err,
				   "vdev %s: option loc: \"%.40s\" is %s; allowed: %s",
				   factory->name, arg, err == -ERANGE ? "too large" : "malformed",
				   loc_types(factory));
	if (type == QST_PCI)
		return vdevfw_fail(msg, -EOPNOTSUPP,
				   "vdev %s: option loc: there is no PCI yet; allowed: %s",
				   factory->name, loc_types(factory));
	if (!(factory->factory_flags & loc_flag(type)))
		return vdevfw_fail(msg, -EOPNOTSUPP,
				   "vdev %s: option loc: \"%.40s\" is of a type that this vdev does not support; allowed: %s",
				   factory->name, arg, loc_types(factory));
	align = alignment(factory);
	if (location & (align - 1))
		return vdevfw_fail(msg, -EDOM,
				   "vdev %s: option loc: 0x%llx is not aligned; allowed: multiples of %u",
				   factory->name, location, align);
	vdev->pub.v_block.type = type;
	vdev->pub.v_block.location = location;
	return 0;
}

static bool loc_allowed(const struct vdev_factory *factory)
{
	return factory->factory_flags & VFF_VDEV_LOC_TYPES;
}

static const struct common_option common_options[] = {
	{ "loc", loc_allowed, apply_loc },
};

/* Whether @entry of an option_list is @name; whether it takes an argument. */
static bool option_matches(const char *entry, const char *name, bool *takes_arg)
{
	*takes_arg = strncmp(entry, QVM_OPTION_NO_ARG_PREFIX, strlen(QVM_OPTION_NO_ARG_PREFIX));
	return !strcmp(*takes_arg ? entry : entry + strlen(QVM_OPTION_NO_ARG_PREFIX), name);
}

static int check_arg(const struct vdevfw_vdev *vdev, const char *name, const char *arg,
		     bool takes_arg, struct vdevfw_message *msg)
{
	const char *vdev_name = vdev->pub.v_factory->name;

	if (takes_arg && (!arg || !*arg))
		return vdevfw_fail(msg, -ENODATA, "vdev %s: option %s needs an argument",
				   vdev_name, name);
	if (!takes_arg && arg)
		return vdevfw_fail(msg, -EINVAL,
				   "vdev %s: option %s takes no argument, but has \"%.40s\"",
				   vdev_name, name, arg);
	return 0;
}

static int apply_own(struct vdevfw_vdev *vdev, const char *name, const char *arg,
		     struct vdevfw_message *msg)
{
	const char *const *list = vdev->pub.v_factory->option_list;
	bool takes_arg;
	unsigned int i;
	int err;

	for (i = 0; list && list[i]; i++) {
		if (!option_matches(list[i], name, &takes_arg))
			continue;
		err = check_arg(vdev, name, arg, takes_arg, msg);
		if (err)
			return err;
		vdev->option = name;
		err = vdevfw_vdev_control(vdev, VDEV_CTRL_FIRST_OPTIDX + i, arg, msg);
		vdev->option = NULL;
		return err;
	}
	return vdevfw_fail(msg, -ENOPROTOOPT,
			   "vdev %s: unknown option \"%.40s\"; allowed are those that vdevctl factories lists",
			   vdev->pub.v_factory->name, name);
}

static int apply_common(struct vdevfw_vdev *vdev, unsigned int i, const char *arg,
			unsigned long *seen, struct vdevfw_message *msg)
{
	const struct common_option *option = &common_options[i];
	const char *vdev_name = vdev->pub.v_factory->name;
	int err;

	if (!option->allowed(vdev->pub.v_factory))
		return vdevfw_fail(msg, -EOPNOTSUPP, "vdev %s: option %s is not for this vdev",
				   vdev_name, option->name);
	if (*seen & BIT(i))
		return vdevfw_fail(msg, -EALREADY,
				   "vdev %s: option %s is given twice; allowed is once", vdev_name,
				   option->name);
	*seen |= BIT(i);
	err = check_arg(vdev, option->name, arg, true, msg);
	if (err)
		return err;
	return option->apply(vdev, arg, msg);
}

/* @option is "NAME=ARGUMENT" or "NAME". */
static int apply_one(struct vdevfw_vdev *vdev, char *option, unsigned long *seen,
		     struct vdevfw_message *msg)
{
	char *arg = option;
	char *name = strsep(&arg, "=");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(common_options); i++)
		if (!strcmp(common_options[i].name, name))
			return apply_common(vdev, i, arg, seen, msg);
	return apply_own(vdev, name, arg, msg);
}

int vdevfw_options_apply(struct vdevfw_vdev *vdev, char *options, size_t len, u32 *at_option,
			 struct vdevfw_message *msg)
{
	char *end = options + len, *next;
	unsigned long seen = 0;
	int err;

	if (len && end[-1])
		return vdevfw_fail(msg, -EINVAL, "vdev %s: the options do not end with a NUL",
				   vdev->pub.v_factory->name);
	for (*at_option = 0; options < end; options = next, (*at_option)++) {
		next = options + strlen(options) + 1;
		err = apply_one(vdev, options, &seen, msg);
		if (err)
			return err;
	}
	*at_option = VDEVFW_NO_OPTION;
	return 0;
}

int vdevfw_options_check(struct vdevfw_vdev *vdev, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;

	if (vdev->pub.v_block.location == QSL_NO_LOCATION && loc_allowed(factory))
		return vdevfw_fail(msg, -EDESTADDRREQ,
				   "vdev %s: option loc is required; allowed: %s", factory->name,
				   loc_types(factory));
	return 0;
}

static size_t add_name(char *buf, size_t size, size_t used, const char *name)
{
	size_t len = strlen(name) + 1;

	if (used + len <= size)
		memcpy(buf + used, name, len);
	return used + len;
}

size_t vdevfw_options_names(const struct vdev_factory *factory, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(common_options); i++)
		if (common_options[i].allowed(factory))
			used = add_name(buf, size, used, common_options[i].name);
	for (i = 0; factory->option_list && factory->option_list[i]; i++)
		used = add_name(buf, size, used, factory->option_list[i]);
	return used;
}
