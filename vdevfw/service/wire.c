// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines that are eventfds, which the launcher has given to KVM as irqfds, or listens to itself:
 * ``intr eventfd:FD`` or ``intr eventfd:FD,RESAMPLE``.
 *
 * An eventfd knows edges only. Where the line is one of levels, KVM tells the end of an interrupt through
 * a second one: whoever is still up then raises it again.
 */
#include <linux/eventfd.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../kvm/kvm.h"
#include "../vdev/parse.h"
#include "../vdev/vdev.h"
#include "intr.h"

/**
 * struct vdevfw_wire - What is at the end of a line
 * @fd: What the user called it
 * @eventfd: What is signalled
 */
struct vdevfw_wire {
	unsigned int fd;
	struct eventfd_ctx *eventfd;
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

static int prepare(struct vdevfw_line *line, const char *text)
{
	struct vdevfw_wire *wire;
	u64 fd;
	int err;

	err = vdevfw_parse_u64(text, &fd);
	if (err || fd > INT_MAX)
		return -EINVAL;
	wire = kzalloc(sizeof(*wire), GFP_KERNEL_ACCOUNT);
	if (!wire)
		return -ENOMEM;
	wire->fd = fd;
	wire->eventfd = eventfd_ctx_fdget(fd);
	if (IS_ERR(wire->eventfd)) {
		err = PTR_ERR(wire->eventfd);
		kfree(wire);
		return err;
	}
	line->wire = wire;
	to_vdevfw_vdev(line->pic->vdp)->machine->intrs->next_wire++;
	return 0;
}

static void line_gone(struct vdevfw_line *line)
{
	eventfd_ctx_put(line->wire->eventfd);
	kfree(line->wire);
}

void vdevfw_wires_init(struct vdevfw_pic *pic)
{
	pic->form = "eventfd:FD";
	pic->prepare = prepare;
	pic->line_gone = line_gone;
}
