// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of a vdev: the common ones, from one table, and the vdev's own. Both
 * come in the order of the configuration.
 */
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <vdevfw/utils.h>

#include "../service/intr.h"
#include "../service/thread.h"
#include "options.h"
#include "parse.h"
#include "vdev.h"

/**
 * struct common_option - An option that the framework takes for every vdev
 * @name: Its name
 * @words: How many words its argument has
 * @repeats: It may be given more than once
 * @why_not: Why such a vdev may not have it, or NULL if it may
 * @apply: Take the argument, or refuse with vdev_refuse()
 */
struct common_option {
	const char *name;
	unsigned int words;
	bool repeats;
	const char *(*why_not)(const struct vdev_factory *factory);
	int (*apply)(struct vdevfw_vdev *vdev, const char *arg);
};

/*
 * loc
 */

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

static int apply_loc(struct vdevfw_vdev *vdev, const char *arg)
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
		return vdev_refuse(&vdev->pub, err, "\"%.40s\" is %s; allowed: %s", arg,
				   err == -ERANGE ? "too large" : "malformed", loc_types(factory));
	if (type == QST_PCI)
		return vdev_refuse(&vdev->pub, -EOPNOTSUPP, "there is no PCI yet; allowed: %s",
				   loc_types(factory));
	if (!(factory->factory_flags & loc_flag(type)))
		return vdev_refuse(&vdev->pub, -EOPNOTSUPP,
				   "\"%.40s\" is of a type that this vdev does not support; allowed: %s",
				   arg, loc_types(factory));
	align = alignment(factory);
	if (location & (align - 1))
		return vdev_refuse(&vdev->pub, -EDOM,
				   "0x%llx is not aligned; allowed: multiples of %u", location,
				   align);
	vdev->pub.v_block.type = type;
	vdev->pub.v_block.location = location;
	return 0;
}

static const char *why_no_loc(const struct vdev_factory *factory)
{
	return factory->factory_flags & VFF_VDEV_LOC_TYPES ? NULL : "is not for this vdev";
}

/*
 * intr
 */

static int apply_intr(struct vdevfw_vdev *vdev, const char *arg)
{
	/* The vdev may have preset one. */
	vdevfw_intr_unbind(&vdev->pub.v_intr);
	return qvm_parse_intr(&vdev->pub, arg, &vdev->pub.v_intr);
}

static const char *why_no_intr(const struct vdev_factory *factory)
{
	return factory->factory_flags & VFF_INTR_NO ? "is not for this vdev: it has no interrupt" :
						      NULL;
}

/*
 * name
 */

static bool is_alnum(char c)
{
	return isascii(c) && isalnum(c);
}

static bool is_name(const char *name)
{
	size_t len = 0;

	while (is_alnum(name[len]) || (name[len] && strchr("-_.:", name[len])))
		len++;
	return is_alnum(name[0]) && !name[len] && len < VDEVFW_NAME_SIZE;
}

static bool is_taken(const struct vdevfw_machine *machine, const char *name)
{
	const struct vdevfw_vdev *vdev;

	list_for_each_entry(vdev, &machine->vdevs, node)
		if (vdev->name && !strcmp(vdev->name, name))
			return true;
	return !strcmp(name, VDEVFW_IRQCHIP) || !strcmp(name, VDEVFW_EVENTFDS);
}

static int apply_name(struct vdevfw_vdev *vdev, const char *arg)
{
	if (!is_name(arg))
		return vdev_refuse(&vdev->pub, -EINVAL,
				   "\"%.40s\" is malformed; allowed: 1 to %d letters, digits, - _ . : beginning with a letter or digit",
				   arg, VDEVFW_NAME_SIZE - 1);
	if (is_taken(vdev->machine, arg))
		return vdev_refuse(&vdev->pub, -EEXIST,
				   "the name \"%.40s\" is taken; allowed: one that no other vdev has",
				   arg);
	vdev->name = kstrdup(arg, GFP_KERNEL_ACCOUNT);
	return vdev->name ? 0 : -ENOMEM;
}

/*
 * log
 */

static int apply_log(struct vdevfw_vdev *vdev, const char *arg)
{
	const char *rejected;
	int err, len;

	err = vdevfw_routes_add(&vdev->own_routes, arg, &rejected, &len);
	if (err)
		return vdev_refuse(&vdev->pub, err, "\"%.*s\" is unknown; allowed: %s",
				   min(len, 40), rejected, VDEVFW_ROUTES_FORM);
	WRITE_ONCE(vdev->routes, &vdev->own_routes);
	return 0;
}

/*
 * sched
 */

/* A module gets no other priorities from the kernel. */
static bool is_priority(u64 priority)
{
	return priority == QVM_SCHED_NORMAL || priority == QVM_SCHED_FIFO_LOW ||
	       priority == QVM_SCHED_FIFO;
}

static int apply_sched(struct vdevfw_vdev *vdev, const char *arg)
{
	u64 priority;
	int err;

	err = vdevfw_parse_u64(arg, &priority);
	if (!err && !is_priority(priority))
		err = -EINVAL;
	if (err)
		return vdev_refuse(&vdev->pub, err,
				   "\"%.40s\" is not a priority that the kernel gives to a module; allowed: %d, normal, %d and %d, SCHED_FIFO",
				   arg, QVM_SCHED_NORMAL, QVM_SCHED_FIFO_LOW, QVM_SCHED_FIFO);
	if (!vdevfw_may_use_priority(priority))
		return vdev_refuse(&vdev->pub, -EPERM,
				   "priority %llu takes CAP_SYS_NICE; allowed: %d", priority,
				   QVM_SCHED_NORMAL);
	vdev->pub.v_sched.priority = priority;
	return 0;
}

/*
 * hostvector
 */

static const char *why_no_hostvector(const struct vdev_factory *factory)
{
	return "is for interrupt controllers through which the host's lines pass: this is none";
}

/*
 * All of them
 */

static const char *always_allowed(const struct vdev_factory *factory)
{
	return NULL;
}

static const struct common_option common_options[] = {
	{ "loc", 1, false, why_no_loc, apply_loc },
	{ "intr", 1, false, why_no_intr, apply_intr },
	{ "name", 1, false, always_allowed, apply_name },
	{ "log", 2, true, always_allowed, apply_log },
	{ "sched", 1, false, always_allowed, apply_sched },
	{ "hostvector", 1, false, why_no_hostvector, NULL /* it never comes to that */ },
};

/* How many words an entry of an option_list takes; @bare is its name alone. */
static unsigned int option_words(const char *entry, const char **bare)
{
	bool takes_none = strstarts(entry, QVM_OPTION_NO_ARG_PREFIX);

	*bare = entry + (takes_none ? strlen(QVM_OPTION_NO_ARG_PREFIX) : 0);
	return takes_none ? 0 : 1;
}

/* Index of the vdev's own option @name, or -1. */
static int find_own(const struct vdev_factory *factory, const char *name, unsigned int *words)
{
	const char *const *list = factory->option_list;
	const char *bare;
	int i;

	for (i = 0; list && list[i]; i++) {
		*words = option_words(list[i], &bare);
		if (!strcmp(bare, name))
			return i;
	}
	return -1;
}

static int find_common(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(common_options); i++)
		if (!strcmp(common_options[i].name, name))
			return i;
	return -1;
}

static unsigned int count_words(const char *arg)
{
	const char *space = strchr(arg, ' ');

	return !*arg ? 0 : space && space != arg && space[1] ? 2 : 1;
}

static int check_arg(struct vdevfw_vdev *vdev, const char *name, const char *arg,
		     unsigned int words, struct vdevfw_message *msg)
{
	const char *vdev_name = vdev->pub.v_factory->name;

	if (!words && arg)
		return vdevfw_fail(msg, -EINVAL,
				   "vdev %s: option %s takes no argument, but has \"%.40s\"",
				   vdev_name, name, arg);
	if (words && count_words(arg ?: "") < words)
		return vdevfw_fail(msg, -ENODATA, "vdev %s: option %s needs %s", vdev_name, name,
				   words == 1 ? "an argument" : "two words");
	return 0;
}

static int apply_own(struct vdevfw_vdev *vdev, unsigned int i, const char *arg,
		     struct vdevfw_message *msg)
{
	return vdevfw_vdev_control(vdev, VDEV_CTRL_FIRST_OPTIDX + i, arg, msg);
}

static int apply_common(struct vdevfw_vdev *vdev, const struct common_option *option,
			const char *arg, struct vdevfw_message *msg)
{
	vdevfw_vdev_enter(vdev, msg);
	return vdevfw_vdev_leave(vdev, option->apply(vdev, arg));
}

static int check_common(struct vdevfw_vdev *vdev, unsigned int i, unsigned long *seen,
			struct vdevfw_message *msg)
{
	const struct common_option *option = &common_options[i];
	const struct vdev_factory *factory = vdev->pub.v_factory;
	const char *why_not = option->why_not(factory);

	if (why_not)
		return vdevfw_fail(msg, -EOPNOTSUPP, "vdev %s: option %s %s", factory->name,
				   option->name, why_not);
	if (!option->repeats && *seen & BIT(i))
		return vdevfw_fail(msg, -EALREADY,
				   "vdev %s: option %s is given twice; allowed is once",
				   factory->name, option->name);
	*seen |= BIT(i);
	return 0;
}

/**
 * struct applying - Options on their way to a vdev
 * @vdev: The vdev
 * @seen: Which common options have come
 */
struct applying {
	struct vdevfw_vdev *vdev;
	unsigned long seen;
};

/* A vdev's own option takes the place of a common one. */
static int apply_one(void *context, const char *name, const char *arg, struct vdevfw_message *msg)
{
	struct applying *applying = context;
	struct vdevfw_vdev *vdev = applying->vdev;
	const struct vdev_factory *factory = vdev->pub.v_factory;
	unsigned int words;
	int own, common, err;

	own = find_own(factory, name, &words);
	common = find_common(name);
	if (own < 0 && common < 0)
		return vdevfw_fail(msg, -ENOPROTOOPT,
				   "vdev %s: unknown option \"%.40s\"; allowed are those that vdevctl factories lists",
				   factory->name, name);
	if (own < 0) {
		words = common_options[common].words;
		err = check_common(vdev, common, &applying->seen, msg);
		if (err)
			return err;
	}
	err = check_arg(vdev, name, arg, words, msg);
	if (err)
		return err;
	vdev->option = name;
	if (own < 0)
		err = apply_common(vdev, &common_options[common], arg, msg);
	else
		err = apply_own(vdev, own, arg, msg);
	vdev->option = NULL;
	return err;
}

int vdevfw_options_walk(char *options, size_t len, u32 *at_option,
			int (*take)(void *context, const char *name, const char *arg,
				    struct vdevfw_message *msg),
			void *context, struct vdevfw_message *msg)
{
	char *end = options + len, *next, *name;
	int err;

	*at_option = VDEVFW_NO_OPTION;
	if (len && end[-1])
		return vdevfw_fail(msg, -EINVAL, "the options do not end with a NUL");
	for (*at_option = 0; options < end; options = next, (*at_option)++) {
		next = options + strlen(options) + 1;
		name = strsep(&options, "=");
		err = take(context, name, options, msg);
		if (err)
			return err;
	}
	*at_option = VDEVFW_NO_OPTION;
	return 0;
}

int vdevfw_options_apply(struct vdevfw_vdev *vdev, char *options, size_t len, u32 *at_option,
			 struct vdevfw_message *msg)
{
	struct applying applying = { .vdev = vdev };

	return vdevfw_options_walk(options, len, at_option, apply_one, &applying, msg);
}

/* There is no PCI, so what only a PCI device may leave out is required. */
static bool needs_intr(const struct vdev_factory *factory)
{
	return factory->factory_flags & (VFF_INTR_REQ | VFF_INTR_NONPCI);
}

int vdevfw_options_check(struct vdevfw_vdev *vdev, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;

	if (vdev->pub.v_block.location == QSL_NO_LOCATION && !why_no_loc(factory))
		return vdevfw_fail(msg, -EDESTADDRREQ,
				   "vdev %s: option loc is required; allowed: %s", factory->name,
				   loc_types(factory));
	if (!vdev->pub.v_intr.pic && needs_intr(factory))
		return vdevfw_fail(msg, -ENOTCONN,
				   "vdev %s: option intr is required; allowed: " VDEVFW_IRQCHIP ":LINE",
				   factory->name);
	return 0;
}

/* What an option's name begins with in VDEVFW_FACTORY_INFO. */
static const char *name_prefix(const struct common_option *option,
			       const struct vdev_factory *factory)
{
	if (option->why_not(factory))
		return "!";
	return option->words == 2 ? "2" : "";
}

static size_t add_name(char *buf, size_t size, size_t used, const char *prefix, const char *name)
{
	size_t len = strlen(prefix) + strlen(name) + 1;

	if (used + len <= size)
		snprintf(buf + used, len, "%s%s", prefix, name);
	return used + len;
}

size_t vdevfw_options_names(const struct vdev_factory *factory, char *buf, size_t size)
{
	const struct common_option *option;
	unsigned int i, words;
	size_t used = 0;

	for (i = 0; i < ARRAY_SIZE(common_options); i++) {
		option = &common_options[i];
		if (find_own(factory, option->name, &words) < 0)
			used = add_name(buf, size, used, name_prefix(option, factory),
					option->name);
	}
	for (i = 0; factory->option_list && factory->option_list[i]; i++)
		used = add_name(buf, size, used, "", factory->option_list[i]);
	return used;
}
