// SPDX-License-Identifier: GPL-2.0-only
/* One vdev of a guest: how it is made, called and ended. */
#include <linux/export.h>
#include <linux/slab.h>

#include <vdevfw/log.h>
#include <vdevfw/utils.h>

#include "../service/intr.h"
#include "../service/thread.h"
#include "factory.h"
#include "options.h"
#include "registers.h"
#include "vdev.h"

const char *vdev_ctrl_name(unsigned int ctrl)
{
	static const char *const names[] = {
		[VDEV_CTRL_OPTIONS_START] = "OPTIONS_START",
		[VDEV_CTRL_OPTIONS_END] = "OPTIONS_END",
		[VDEV_CTRL_GUEST_CONFIGURED] = "GUEST_CONFIGURED",
		[VDEV_CTRL_TERMINATE] = "TERMINATE",
		[VDEV_CTRL_STATUS] = "STATUS",
		[VDEV_CTRL_GEN_ACPI] = "GEN_ACPI",
		[VDEV_CTRL_GEN_FDT] = "GEN_FDT",
		[VDEV_CTRL_BUTTON] = "BUTTON",
		[VDEV_CTRL_ASSIGN] = "ASSIGN",
		[VDEV_CTRL_PCI_BARS] = "PCI_BARS",
		[VDEV_CTRL_GUEST_STARTING] = "GUEST_STARTING",
		[VDEV_CTRL_RESET_ENTER] = "RESET_ENTER",
		[VDEV_CTRL_RESET_HOLD] = "RESET_HOLD",
		[VDEV_CTRL_RESET_EXIT] = "RESET_EXIT",
		[VDEV_CTRL_DRAIN] = "DRAIN",
		[VDEV_CTRL_SAVE] = "SAVE",
		[VDEV_CTRL_RESTORE] = "RESTORE",
	};

	if (ctrl >= VDEV_CTRL_FIRST_OPTIDX)
		return "an option";
	return ctrl < ARRAY_SIZE(names) ? names[ctrl] : "an unknown code";
}
EXPORT_SYMBOL_GPL(vdev_ctrl_name);

/*
 * The published API has positive errnos; what is none, or one of those that the
 * kernel keeps to itself, such as ERESTARTSYS, user space must not see.
 */
static int to_error(int answer)
{
	int err = answer > 0 ? -answer : answer;

	return err > -ERESTARTSYS ? err : -EIO;
}

/* Some tell that nothing has happened, or that the guest is at its end: no vdev may say so. */
static int not_ours(int err)
{
	return err == -EALREADY || err == -EPERM || err == -ESHUTDOWN ? -EIO : err;
}

/* The phase that begins with a control code. */
static void begin_phase(struct vdevfw_vdev *vdev, unsigned int ctrl)
{
	if (ctrl == VDEV_CTRL_OPTIONS_END)
		WRITE_ONCE(vdev->stage.phase, PHASE_ASSEMBLY);
	else if (ctrl == VDEV_CTRL_GUEST_CONFIGURED)
		WRITE_ONCE(vdev->stage.phase, PHASE_RUNNING);
	else if (ctrl == VDEV_CTRL_TERMINATE)
		WRITE_ONCE(vdev->stage.phase, PHASE_ENDING);
}

void vdevfw_vdev_enter(struct vdevfw_vdev *vdev, struct vdevfw_message *msg)
{
	vdev->msg = msg;
	vdev->refused = 0;
	WRITE_ONCE(vdev->caller, current);
}

int vdevfw_vdev_leave(struct vdevfw_vdev *vdev, int err)
{
	WRITE_ONCE(vdev->caller, NULL);
	vdev->msg = NULL;
	return vdev->refused ?: err;
}

int vdevfw_vdev_control(struct vdevfw_vdev *vdev, unsigned int ctrl, const char *arg,
			struct vdevfw_message *msg)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;
	int err;

	begin_phase(vdev, ctrl);
	vdevfw_vdev_enter(vdev, msg);
	err = to_error(factory->control(&vdev->pub, ctrl, arg));
	err = vdevfw_vdev_leave(vdev, err);
	if (!err || vdev->refused)
		return not_ours(err);
	if (vdev->option)
		return vdevfw_fail(msg, not_ours(err), "vdev %s: option %s: refused with error %d",
				   factory->name, vdev->option, -err);
	return vdevfw_fail(msg, not_ours(err), "vdev %s refuses %s with error %d", factory->name,
			   vdev_ctrl_name(ctrl), -err);
}

int vdev_refuse(vdev_t *vdp, int error, const char *fmt, ...)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	char reason[VDEVFW_MSG_MAX];
	va_list args;
	int err;

	err = vdevfw_check(vdp, FUNCTION_vdev_refuse);
	if (err)
		return err;
	error = to_error(error);
	if (!error || !vdevfw_vdev_is_in_control(vdev))
		return error;
	if (!vdev->refused)
		vdev->refused = error;
	va_start(args, fmt);
	vscnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	return vdevfw_fail(vdev->msg, error, "vdev %s: %s%s%s%s", vdp->v_factory->name,
			   vdev->option ? "option " : "", vdev->option ?: "",
			   vdev->option ? ": " : "", reason);
}
EXPORT_SYMBOL_GPL(vdev_refuse);

/*
 * What it is called
 */

int vdevfw_vdev_describe(const struct vdevfw_vdev *vdev, char *buf, size_t count)
{
	const struct qvm_state_block *block = &vdev->pub.v_block;
	const char *kind = vdev->pub.v_factory->name;
	char location[32] = "";

	if (block->location != QSL_NO_LOCATION)
		snprintf(location, sizeof(location), " %s:0x%llx",
			 block->type == QST_X86_IO ? "io" : "mem", block->location);
	if (vdev->name)
		return snprintf(buf, count, "%s \"%s\"%s", kind, vdev->name, location);
	return snprintf(buf, count, "%s%s", kind, location);
}

int vdev_string(char *buf, size_t count, const vdev_t *vdp)
{
	int err = vdevfw_check(vdp, FUNCTION_vdev_string);

	return err ?: vdevfw_vdev_describe(to_vdevfw_vdev(vdp), buf, count);
}
EXPORT_SYMBOL_GPL(vdev_string);

int vdev_path(char *buf, size_t count, const vdev_t *vdp)
{
	const struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	int err = vdevfw_check(vdp, FUNCTION_vdev_path);

	if (err)
		return err;
	if (!vdev->name)
		return -ENOENT;
	return snprintf(buf, count, VDEVFW_DEBUGFS "/%llu-%s/vdevs/%s", vdev->machine->guest,
			vdev->machine->name, vdev->name);
}
EXPORT_SYMBOL_GPL(vdev_path);

/*
 * Making and ending
 */

struct vdevfw_vdev *vdevfw_vdev_alloc(struct guest_system *gsp, struct vdevfw_machine *machine,
				      u64 id, const struct vdev_factory *factory)
{
	struct vdevfw_vdev *vdev;

	vdev = kvzalloc(struct_size(vdev, device, factory->extra_space), GFP_KERNEL_ACCOUNT);
	if (!vdev)
		return NULL;
	kref_init(&vdev->kref);
	vdev->id = id;
	vdev->machine = machine;
	vdev->routes = &machine->routes;
	vdev->stage.phase = PHASE_OPTIONS;
	INIT_LIST_HEAD(&vdev->node);
	INIT_LIST_HEAD(&vdev->threads);
	INIT_LIST_HEAD(&vdev->doorbells);
	INIT_LIST_HEAD(&vdev->mappings);
	INIT_LIST_HEAD(&vdev->sources);
	INIT_LIST_HEAD(&vdev->timers);
	INIT_LIST_HEAD(&vdev->pulses);
	ratelimit_state_init(&vdev->log_limit, 5 * HZ, 10);
	/* What was suppressed is not told: that would be one more line a guest can provoke. */
	ratelimit_set_flags(&vdev->log_limit, RATELIMIT_MSG_ON_RELEASE);
	vdev->pub.v_device = vdev->device;
	vdev->pub.v_factory = factory;
	vdev->pub.v_gsp = gsp;
	vdev->pub.v_block.location = QSL_NO_LOCATION;
	vdev->pub.v_block.type = QST_NO_TYPE;
	spin_lock_init(&vdev->pub.v_mtx);
	vdev->placed = vdev->pub.v_block;
	if (vdevfw_registers_init(vdev))
		goto err_free;
	if (!factory->pic)
		return vdev;
	vdev->pic = vdevfw_pic_create(&vdev->pub);
	if (vdev->pic)
		return vdev;
err_free:
	vdevfw_vdev_free(vdev);
	return NULL;
}

void vdevfw_vdev_free(struct vdevfw_vdev *vdev)
{
	if (!vdev)
		return;
	vdevfw_intr_free(vdev);
	vdevfw_pic_free(vdev->pic);
	kfree(vdev->name);
	kvfree(vdev->values);
	kvfree(vdev);
}

static void forget(struct vdevfw_vdev *vdev)
{
	vdevfw_intr_hush(vdev);
	vdevfw_vdev_withdraw(vdev);
	vdevfw_vdev_release(vdev);
	vdevfw_vdev_free(vdev);
}

static void terminate(struct vdevfw_vdev *vdev)
{
	struct vdevfw_message ignored = {};

	vdevfw_intr_hush(vdev);
	vdevfw_vdev_control(vdev, VDEV_CTRL_TERMINATE, NULL, &ignored);
}

static int check_safety(const struct vdevfw_vdev *vdev, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;

	if (factory->safety == VDEV_SAFETY_YES || vdev->machine->safety == SAFETY_NONE)
		return 0;
	if (vdev->machine->safety == SAFETY_REQUIRED)
		return vdevfw_fail(msg, -EACCES,
				   "vdev %s is no safety variant; allowed: vdevs that are, or safety warn, or none",
				   factory->name);
	vdev_logf(QL_WARN, &vdev->pub, "no safety variant");
	return 0;
}

/* From OPTIONS_START on there is something to end. */
static int tell_options(struct vdevfw_vdev *vdev, char *options, size_t len, u32 *at_option,
			struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_options_apply(vdev, options, len, at_option, msg);
	if (err)
		return err;
	err = vdevfw_vdev_control(vdev, VDEV_CTRL_OPTIONS_END, NULL, msg);
	if (err)
		return err;
	return vdevfw_options_check(vdev, msg);
}

struct vdevfw_vdev *vdevfw_vdev_create(struct guest_system *gsp, struct vdevfw_machine *machine,
				       u64 id, const struct vdev_factory *factory,
				       char *options, size_t options_len, u32 *at_option,
				       struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	*at_option = VDEVFW_NO_OPTION;
	vdev = vdevfw_vdev_alloc(gsp, machine, id, factory);
	if (!vdev)
		return ERR_PTR(-ENOMEM);
	err = check_safety(vdev, msg);
	if (!err)
		err = vdevfw_vdev_control(vdev, VDEV_CTRL_OPTIONS_START, NULL, msg);
	if (err) {
		forget(vdev);
		return ERR_PTR(err);
	}
	err = tell_options(vdev, options, options_len, at_option, msg);
	if (err) {
		/* It is too early for threads. */
		terminate(vdev);
		forget(vdev);
		return ERR_PTR(err);
	}
	return vdev;
}

void vdevfw_vdev_get(struct vdevfw_vdev *vdev)
{
	kref_get(&vdev->kref);
}

static void last_put(struct kref *kref)
{
	struct vdevfw_vdev *vdev = container_of(kref, struct vdevfw_vdev, kref);
	const struct vdev_factory *factory = vdev->pub.v_factory;

	vdevfw_vdev_release(vdev);
	vdevfw_vdev_free(vdev);
	vdevfw_factory_put(factory);
}

void vdevfw_vdev_put(struct vdevfw_vdev *vdev)
{
	kref_put(&vdev->kref, last_put);
}

void vdevfw_vdev_destroy(struct vdevfw_vdev *vdev)
{
	bool abandoned;

	terminate(vdev);
	abandoned = vdevfw_threads_end(vdev);
	vdevfw_vdev_withdraw(vdev);
	if (abandoned)
		vdevfw_vdev_orphan(vdev);
	vdevfw_vdev_put(vdev);
}
