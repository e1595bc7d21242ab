// SPDX-License-Identifier: GPL-2.0-only
/* One vdev of a guest: how it is made, called and ended. */
#include <linux/export.h>
#include <linux/slab.h>

#include <vdevfw/utils.h>

#include "../service/thread.h"
#include "factory.h"
#include "options.h"
#include "vdev.h"

static const char *control_name(unsigned int ctrl)
{
	static const char *const names[] = {
		[VDEV_CTRL_OPTIONS_START] = "OPTIONS_START",
		[VDEV_CTRL_OPTIONS_END] = "OPTIONS_END",
		[VDEV_CTRL_GUEST_CONFIGURED] = "GUEST_CONFIGURED",
		[VDEV_CTRL_TERMINATE] = "TERMINATE",
		[VDEV_CTRL_ASSIGN] = "ASSIGN",
		[VDEV_CTRL_GUEST_STARTING] = "GUEST_STARTING",
	};

	return ctrl < ARRAY_SIZE(names) && names[ctrl] ? names[ctrl] : "a control code";
}

/*
 * The published API has positive errnos; what is none, or one of those that the
 * kernel keeps to itself, such as ERESTARTSYS, user space must not see.
 */
static int to_error(int answer)
{
	int err = answer > 0 ? -answer : answer;

	return err > -ERESTARTSYS ? err : -EIO;
}

int vdevfw_vdev_control(struct vdevfw_vdev *vdev, unsigned int ctrl, const char *arg,
			struct vdevfw_message *msg)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;
	int err;

	if (ctrl == VDEV_CTRL_GUEST_CONFIGURED)
		vdev->running = true;
	else if (ctrl == VDEV_CTRL_TERMINATE)
		vdev->running = false;
	vdev->msg = msg;
	vdev->refused = 0;
	err = to_error(factory->control(&vdev->pub, ctrl, arg));
	vdev->msg = NULL;
	if (vdev->refused)
		return vdev->refused;
	if (!err)
		return 0;
	if (vdev->option)
		return vdevfw_fail(msg, err, "vdev %s: option %s: refused with error %d",
				   factory->name, vdev->option, -err);
	return vdevfw_fail(msg, err, "vdev %s refuses %s with error %d", factory->name,
			   control_name(ctrl), -err);
}

int vdev_refuse(vdev_t *vdp, int error, const char *fmt, ...)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct va_format vaf;
	va_list args;

	error = to_error(error);
	if (!vdev->msg || !error)
		return error;
	if (!vdev->refused)
		vdev->refused = error;
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	vdevfw_fail(vdev->msg, error, "vdev %s: %s%s%s%pV", vdp->v_factory->name,
		    vdev->option ? "option " : "", vdev->option ?: "", vdev->option ? ": " : "",
		    &vaf);
	va_end(args);
	return error;
}
EXPORT_SYMBOL_GPL(vdev_refuse);

int vdev_string(char *buf, size_t count, const vdev_t *vdp)
{
	const struct qvm_state_block *block = &vdp->v_block;

	if (block->location == QSL_NO_LOCATION)
		return snprintf(buf, count, "%s", vdp->v_factory->name);
	return snprintf(buf, count, "%s %s:0x%llx", vdp->v_factory->name,
			block->type == QST_X86_IO ? "io" : "mem", block->location);
}
EXPORT_SYMBOL_GPL(vdev_string);

static struct vdevfw_vdev *vdev_alloc(struct guest_system *gsp, struct vdevfw_events *events,
				      u64 id, const struct vdev_factory *factory)
{
	struct vdevfw_vdev *vdev;

	vdev = kvzalloc(struct_size(vdev, device, factory->extra_space), GFP_KERNEL_ACCOUNT);
	if (!vdev)
		return NULL;
	vdev->id = id;
	vdev->events = events;
	INIT_LIST_HEAD(&vdev->node);
	INIT_LIST_HEAD(&vdev->threads);
	ratelimit_state_init(&vdev->log_limit, 5 * HZ, 10);
	/* What was suppressed is not told: that would be one more line a guest can provoke. */
	ratelimit_set_flags(&vdev->log_limit, RATELIMIT_MSG_ON_RELEASE);
	vdev->pub.v_device = vdev->device;
	vdev->pub.v_factory = factory;
	vdev->pub.v_gsp = gsp;
	vdev->pub.v_block.location = QSL_NO_LOCATION;
	vdev->pub.v_block.type = QST_NO_TYPE;
	spin_lock_init(&vdev->pub.v_mtx);
	return vdev;
}

static void vdev_end(struct vdevfw_vdev *vdev)
{
	struct vdevfw_message ignored = {};

	vdevfw_vdev_control(vdev, VDEV_CTRL_TERMINATE, NULL, &ignored);
	vdevfw_threads_join(vdev);
	kvfree(vdev);
}

struct vdevfw_vdev *vdevfw_vdev_create(struct guest_system *gsp, struct vdevfw_events *events,
				       u64 id, const struct vdev_factory *factory,
				       char *options, size_t options_len, u32 *at_option,
				       struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	*at_option = VDEVFW_NO_OPTION;
	vdev = vdev_alloc(gsp, events, id, factory);
	if (!vdev)
		return ERR_PTR(-ENOMEM);
	err = vdevfw_vdev_control(vdev, VDEV_CTRL_OPTIONS_START, NULL, msg);
	if (err) {
		kvfree(vdev);
		return ERR_PTR(err);
	}
	err = vdevfw_options_apply(vdev, options, options_len, at_option, msg);
	if (err)
		goto err_end;
	err = vdevfw_vdev_control(vdev, VDEV_CTRL_OPTIONS_END, NULL, msg);
	if (err)
		goto err_end;
	err = vdevfw_options_check(vdev, msg);
	if (err)
		goto err_end;
	return vdev;

err_end:
	vdev_end(vdev);
	return ERR_PTR(err);
}

void vdevfw_vdev_destroy(struct vdevfw_vdev *vdev)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;

	vdev_end(vdev);
	vdevfw_factory_put(factory);
}
