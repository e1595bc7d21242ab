// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines that are eventfds, which the launcher has given to KVM as irqfds, or listens to itself:
 * ``intr eventfd:FD`` or ``intr eventfd:FD,RESAMPLE``.
 *
 * An eventfd knows edges only. For a line of levels KVM lowers its own line at the end of each
 * interrupt, and tells so through a second eventfd; if a source is up still, the first one is
 * signalled again.
 */
#include <linux/eventfd.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../kvm/kvm.h"
#include "../vdev/parse.h"
#include "../vdev/vdev.h"
#include "intr.h"
#include "listener.h"
#include "worker.h"

/**
 * struct vdevfw_wire - What is at the end of a line
 * @fd: What the user called it
 * @eventfd: What is signalled
 * @line: The line
 * @listener: Of the second one, or NULL
 * @worker: Where @ended is done: whoever signals an eventfd cannot signal another one
 * @ended: An interrupt has ended
 */
struct vdevfw_wire {
	unsigned int fd;
	struct eventfd_ctx *eventfd;
	struct vdevfw_line *line;
	struct vdevfw_listener *listener;
	struct kthread_worker *worker;
	struct kthread_work ended;
};

static const struct vdevfw_wire *wire_of(const struct guest_intr *gip)
{
	const struct vdevfw_line *line = xa_load(&vdevfw_pic_of(gip->pic)->lines, gip->param);

	return line->wire;
}

static int wire_signal(const struct guest_intr *gip, unsigned int gis)
{
	if (gis & GIS_ON)
		vdevfw_eventfd_signal(wire_of(gip)->eventfd);
	return 0;
}

/* Each is a line of its own: the same number may be another file the next time. */
static const char *wire_parse(struct guest_intr *gip, const char *name)
{
	gip->param = to_vdevfw_vdev(gip->pic)->machine->intrs->next_wire;
	return name + strlen(name);
}

static size_t wire_string(const struct guest_intr *gip, char *buf, size_t len)
{
	return snprintf(buf, len, "%u", wire_of(gip)->fd);
}

const struct vdev_pic_functions vdevfw_wire_functions = {
	.flags = VPF_ISR,
	.pnum_mask = 0xffff,
	.signal = wire_signal,
	.parse = wire_parse,
	.string = wire_string,
};

static void ended(struct kthread_work *work)
{
	struct vdevfw_wire *wire = container_of(work, struct vdevfw_wire, ended);

	vdevfw_line_notice(wire->line, GIN_ACK);
	vdevfw_line_repeat(wire->line);
}

static void heard(void *context)
{
	struct vdevfw_wire *wire = context;

	kthread_queue_work(wire->worker, &wire->ended);
}

/* Of both in one, each signal would be heard as the end of an interrupt. */
static bool is_same(const struct vdevfw_wire *wire, int fd)
{
	struct eventfd_ctx *other = eventfd_ctx_fdget(fd);

	if (!IS_ERR(other))
		eventfd_ctx_put(other);
	return other == wire->eventfd;
}

static int listen(struct vdevfw_wire *wire, int fd)
{
	const struct vdevfw_machine *machine = to_vdevfw_vdev(wire->line->pic->vdp)->machine;
	struct vdevfw_listener *listener;

	if (is_same(wire, fd))
		return -EINVAL;
	wire->worker = vdevfw_workers_get(machine->workers, CLASS_NORMAL);
	if (IS_ERR(wire->worker))
		return PTR_ERR(wire->worker);
	kthread_init_work(&wire->ended, ended);
	listener = vdevfw_listener_create(fd, heard, wire);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	wire->listener = listener;
	return 0;
}

/* FD, or FD,RESAMPLE: then *@resample is not negative. */
static int parse(const char *text, int *fd, int *resample)
{
	const char *comma = strchr(text, ',');
	char first[16];
	u64 number;

	if (comma) {
		if (vdevfw_parse_u64(comma + 1, &number) || number > INT_MAX)
			return -EINVAL;
		*resample = number;
		if (comma - text >= (long)sizeof(first))
			return -EINVAL;
		strscpy(first, text, comma - text + 1);
		text = first;
	}
	if (vdevfw_parse_u64(text, &number) || number > INT_MAX)
		return -EINVAL;
	*fd = number;
	return 0;
}

static int prepare(struct vdevfw_line *line, const char *text)
{
	int fd, resample = -1, err;
	struct vdevfw_wire *wire;

	err = parse(text, &fd, &resample);
	if (err)
		return err;
	wire = kzalloc(sizeof(*wire), GFP_KERNEL_ACCOUNT);
	if (!wire)
		return -ENOMEM;
	wire->fd = fd;
	wire->line = line;
	wire->eventfd = eventfd_ctx_fdget(fd);
	err = PTR_ERR_OR_ZERO(wire->eventfd);
	if (err)
		goto err_free;
	if (resample >= 0)
		err = listen(wire, resample);
	if (err)
		goto err_put;
	line->wire = wire;
	to_vdevfw_vdev(line->pic->vdp)->machine->intrs->next_wire++;
	return 0;

err_put:
	eventfd_ctx_put(wire->eventfd);
err_free:
	kfree(wire);
	return err;
}

static int watch(struct vdevfw_line *line)
{
	return line->wire->listener ? 0 : -EOPNOTSUPP;
}

static void line_gone(struct vdevfw_line *line)
{
	struct vdevfw_wire *wire = line->wire;

	if (wire->listener) {
		vdevfw_listener_destroy(wire->listener);
		kthread_cancel_work_sync(&wire->ended);
	}
	eventfd_ctx_put(wire->eventfd);
	kfree(wire);
}

void vdevfw_wires_init(struct vdevfw_pic *pic)
{
	pic->form = "eventfd:FD or eventfd:FD,RESAMPLE";
	pic->prepare = prepare;
	pic->watch = watch;
	pic->line_gone = line_gone;
}
