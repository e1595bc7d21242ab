// SPDX-License-Identifier: GPL-2.0-only
/*
 * The startup stage of a guest: from settings, vdevs and their options to a machine
 * that can run.
 *
 *	set, add ...		OPTIONS_START, options, OPTIONS_END of one vdev after the other
 *	configure		regions of those that have a place; ASSIGN of all; regions of
 *				the others; GEN_FDT of all; GEN_ACPI of all;
 *				windows; GUEST_CONFIGURED of all; pulses
 *
 * If a vdev cannot be added, the guest is as it was before, unless the vdev has ended the
 * machine meanwhile. If it cannot be configured, it ends.
 */
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "debugfs.h"
#include "guest.h"
#include "regions.h"
#include "service/pulse.h"
#include "vdev/factory.h"
#include "vdev/options.h"
#include "vdev/parse.h"
#include "vdev/vdev.h"

#define VDEVS_MAX	16384	/* of one guest: each may have threads, which nobody else limits */

static int check_config(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (gsp->state == VDEVFW_STATE_CONFIG)
		return 0;
	return vdevfw_fail(msg, -EBUSY,
			   "guest %llu is configured: settings and vdevs can be added before that only",
			   gsp->id);
}

/*
 * Settings
 */

static int set_logger(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg)
{
	const char *rejected;
	int err, len;

	err = vdevfw_routes_add(&gsp->machine.routes, arg, &rejected, &len);
	if (!err)
		return 0;
	return vdevfw_fail(msg, err, "option logger: \"%.*s\" is unknown; allowed: %s",
			   min(len, 40), rejected, VDEVFW_ROUTES_FORM);
}

static int set_safety(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg)
{
	static const char *const policies[] = {
		[SAFETY_NONE] = "none", [SAFETY_WARN] = "warn", [SAFETY_REQUIRED] = "required",
	};
	int i = match_string(policies, ARRAY_SIZE(policies), arg);

	if (i < 0)
		return vdevfw_fail(msg, -EINVAL,
				   "option safety: \"%.40s\" is unknown; allowed: none, warn, required",
				   arg);
	gsp->machine.safety = i;
	return 0;
}

static int set_unsupported(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg)
{
	static const char *const policies[] = {
		[REFERENCE_IGNORE] = "reference ignore", [REFERENCE_ABORT] = "reference abort",
	};
	int i = match_string(policies, ARRAY_SIZE(policies), arg);

	if (!strcmp(arg, "reference fail"))
		return vdevfw_fail(msg, -EOPNOTSUPP,
				   "option unsupported: KVM cannot deliver a bus error for an access of a vdev's; allowed: reference ignore, reference abort");
	if (i < 0)
		return vdevfw_fail(msg, -EINVAL,
				   "option unsupported: \"%.40s\" is unknown; allowed: reference ignore, reference abort",
				   arg);
	gsp->reference = i;
	return 0;
}

static int refuse_window(struct vdevfw_message *msg, const char *arg)
{
	return vdevfw_fail(msg, -EINVAL,
			   "option window: \"%.40s\" is no range; allowed: mem:ADDRESS,LENGTH or io:PORT,LENGTH with 1 to %d bytes",
			   arg, INT_MAX);
}

static int set_window(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg)
{
	const char *comma = strchr(arg, ',');
	struct vdevfw_range range = {};
	u16 type = QST_MEMORY;
	char place[32];
	u64 length, limit;

	if (!comma || comma - arg >= (long)sizeof(place))
		return refuse_window(msg, arg);
	strscpy(place, arg, comma - arg + 1);
	if (vdevfw_parse_location(place, &type, &range.start) || type == QST_PCI ||
	    vdevfw_parse_size(comma + 1, &length) || !length || length > INT_MAX)
		return refuse_window(msg, arg);
	range.bus = type == QST_X86_IO ? VDEVFW_BUS_IO : VDEVFW_BUS_MEM;
	range.length = length;
	limit = type == QST_X86_IO ? 0x10000 : BIT_ULL(vdevfw_vm_address_bits(gsp->vm));
	if (range.start >= limit || length > limit - range.start)
		return vdevfw_fail(msg, -EADDRNOTAVAIL,
				   "option window: \"%.40s\" is beyond what the guest can address; the last address is 0x%llx",
				   arg, limit - 1);
	return vdevfw_windows_declare(&gsp->spaces.windows, &range, msg);
}

#define ACKNOWLEDGE_MAX	600000	/* milliseconds */

static int set_acknowledge(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg)
{
	unsigned int time;

	if (kstrtouint(arg, 10, &time) || !time || time > ACKNOWLEDGE_MAX)
		return vdevfw_fail(msg, -EINVAL,
				   "option acknowledge: \"%.40s\" is no time; allowed: 1 to %d milliseconds",
				   arg, ACKNOWLEDGE_MAX);
	gsp->run.acknowledge = time;
	return 0;
}

static const char *const reboot_actions[] = {
	[REBOOT_RESET] = "reset", [REBOOT_SHUTDOWN] = "shutdown",
};

static const char *const shutdown_actions[] = {
	[SHUTDOWN_POWEROFF] = "poweroff", [SHUTDOWN_PAUSE] = "pause",
};

static const char *const panic_actions[] = {
	[PANIC_SHUTDOWN] = "shutdown", [PANIC_NONE] = "none", [PANIC_PAUSE] = "pause",
	[PANIC_EXIT] = "exit",
};

static const char *const watchdog_actions[] = {
	[WATCHDOG_RESET] = "reset", [WATCHDOG_SHUTDOWN] = "shutdown",
	[WATCHDOG_POWEROFF] = "poweroff", [WATCHDOG_PAUSE] = "pause", [WATCHDOG_DEBUG] = "debug",
	[WATCHDOG_NONE] = "none", [WATCHDOG_INJECT_NMI] = "inject-nmi",
};

#define ACTIONS_FORM									\
	"reboot reset|shutdown, shutdown poweroff|pause, panic none|pause|shutdown|exit, "	\
	"watchdog reset|shutdown|poweroff|pause|debug|none|inject-nmi"

static int set_action(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg)
{
	struct vdevfw_actions *actions = &gsp->run.actions;
	const struct {
		const char *when;
		unsigned int *action;
		const char *const *names;
		unsigned int n;
	} choices[] = {
		{ "reboot ", &actions->reboot, reboot_actions, ARRAY_SIZE(reboot_actions) },
		{ "shutdown ", &actions->shutdown, shutdown_actions,
		  ARRAY_SIZE(shutdown_actions) },
		{ "panic ", &actions->panic, panic_actions, ARRAY_SIZE(panic_actions) },
		{ "watchdog ", &actions->watchdog, watchdog_actions,
		  ARRAY_SIZE(watchdog_actions) },
	};
	unsigned int i;
	int choice;

	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		if (!strstarts(arg, choices[i].when))
			continue;
		choice = match_string(choices[i].names, choices[i].n,
				      arg + strlen(choices[i].when));
		if (choice < 0)
			break;
		WRITE_ONCE(*choices[i].action, choice);
		return 0;
	}
	return vdevfw_fail(msg, -EINVAL, "option action: \"%.40s\" is unknown; allowed: %s", arg,
			   ACTIONS_FORM);
}

static const struct setting {
	const char *name;
	int (*set)(struct guest_system *gsp, const char *arg, struct vdevfw_message *msg);
	bool later;	/* and not only while the guest is assembled */
} settings[] = {
	{ "acknowledge", set_acknowledge },
	{ "action", set_action, true },
	{ "logger", set_logger },
	{ "safety", set_safety },
	{ "unsupported", set_unsupported },
	{ "window", set_window },
};

static int set_one(void *context, const char *name, const char *arg, struct vdevfw_message *msg)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(settings[i].name, name))
			continue;
		err = settings[i].later ? 0 : check_config(context, msg);
		if (err)
			return err;
		if (!arg || !*arg)
			return vdevfw_fail(msg, -ENODATA, "option %s needs an argument", name);
		return settings[i].set(context, arg, msg);
	}
	return vdevfw_fail(msg, -ENOPROTOOPT,
			   "unknown option \"%.40s\"; allowed: acknowledge, action, logger, safety, unsupported, window",
			   name);
}

int vdevfw_guest_set(struct guest_system *gsp, char *options, size_t len, u32 *at_option,
		     struct vdevfw_message *msg)
{
	int err;

	*at_option = VDEVFW_NO_OPTION;
	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = vdevfw_options_walk(options, len, at_option, set_one, gsp, msg);
	mutex_unlock(&gsp->lock);
	return err;
}

/*
 * Vdevs
 */

static int add_locked(struct guest_system *gsp, const struct vdev_factory *factory, char *options,
		      size_t options_len, u32 *at_option, u64 *id, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	err = check_config(gsp, msg);
	if (err)
		return err;
	if (gsp->nr_vdevs == VDEVS_MAX)
		return vdevfw_fail(msg, -ENOSPC, "guest %llu has %d vdevs: it can have no more",
				   gsp->id, VDEVS_MAX);
	gsp->machine.irq_lines = vdevfw_vm_irq_lines(gsp->vm);
	gsp->spaces.reserver = ++gsp->last_vdev_id;
	vdev = vdevfw_vdev_create(gsp, &gsp->machine, gsp->last_vdev_id, factory, options,
				  options_len, at_option, msg);
	gsp->spaces.reserver = 0;
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	list_add_tail(&vdev->node, &gsp->machine.vdevs);
	WRITE_ONCE(gsp->nr_vdevs, gsp->nr_vdevs + 1);
	if (vdev->name)
		vdevfw_debugfs_add_vdev(gsp, vdev->name);
	*id = vdev->id;
	return 0;
}

int vdevfw_guest_add(struct guest_system *gsp, const char *name, char *options,
		     size_t options_len, u32 *at_option, u64 *id, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory;
	int err;

	/* May wait for modprobe: not under the guest's lock. */
	factory = vdevfw_factory_get(name, msg);
	if (IS_ERR(factory))
		return PTR_ERR(factory);
	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		goto out_put;
	err = add_locked(gsp, factory, options, options_len, at_option, id, msg);
	mutex_unlock(&gsp->lock);
out_put:
	if (err)
		vdevfw_factory_put(factory);
	return err;
}

/*
 * The whole machine
 */

int vdevfw_guest_control_all(struct guest_system *gsp, unsigned int ctrl, u64 *culprit,
			     struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, &gsp->machine.vdevs, node) {
		err = vdevfw_vdev_control(vdev, ctrl, NULL, msg);
		if (err) {
			*culprit = vdev->id;
			return err;
		}
		cond_resched();
	}
	return 0;
}

static int configure_locked(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg)
{
	int err;

	gsp->machine.irq_lines = vdevfw_vm_irq_lines(gsp->vm);
	/* Who looks for a free place in ASSIGN sees those that the user has given to others. */
	err = vdevfw_regions_update(&gsp->spaces, &gsp->machine.vdevs, culprit, msg);
	if (err)
		return err;
	err = vdevfw_guest_control_all(gsp, VDEV_CTRL_ASSIGN, culprit, msg);
	if (err)
		return err;
	err = vdevfw_regions_update(&gsp->spaces, &gsp->machine.vdevs, culprit, msg);
	if (err)
		return err;
	err = vdevfw_guest_control_all(gsp, VDEV_CTRL_GEN_FDT, culprit, msg);
	if (err)
		return err;
	err = vdevfw_guest_control_all(gsp, VDEV_CTRL_GEN_ACPI, culprit, msg);
	if (err)
		return err;
	err = vdevfw_spaces_publish(&gsp->spaces, &vdevfw_guest_faults[gsp->reference], culprit,
				    msg);
	if (err)
		return err;
	gsp->machine.vcpus = vdevfw_vm_vcpus(gsp->vm);
	WRITE_ONCE(gsp->machine.complete, true);
	err = vdevfw_guest_control_all(gsp, VDEV_CTRL_GUEST_CONFIGURED, culprit, msg);
	if (err)
		return err;
	vdevfw_pulses_open(&gsp->workers, &gsp->machine.vdevs);
	return vdevfw_run_change(gsp, VDEVFW_STATE_CONFIGURED);
}

int vdevfw_guest_configure(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	if (gsp->state != VDEVFW_STATE_CONFIG) {
		err = vdevfw_fail(msg, -EALREADY, "guest %llu is configured already", gsp->id);
		goto out;
	}
	err = configure_locked(gsp, culprit, msg);
	if (err)
		vdevfw_guest_doom(gsp);
out:
	vdevfw_guest_unlock(gsp);
	return err;
}
