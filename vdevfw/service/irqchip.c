// SPDX-License-Identifier: GPL-2.0-only
/* KVM's own interrupt controllers, as one that a vdev can name. */
#include "../kvm/kvm.h"
#include "../vdev/vdev.h"
#include "intr.h"

static struct vdevfw_intrs *intrs_of(const vdev_t *vdp)
{
	return to_vdevfw_vdev(vdp)->machine->intrs;
}

/* Within the RCU section of the signal. */
static int irqchip_signal(const struct guest_intr *gip, unsigned int gis)
{
	struct vdevfw_vm *vm = rcu_dereference(intrs_of(gip->pic)->vm);

	return vdevfw_vm_irq_set(vm, gip->param, gis & GIS_ON);
}

const struct vdev_pic_functions vdevfw_irqchip_functions = {
	.pnum_mask = 31,
	.signal = irqchip_signal,
};

/* Under the guest's mutex, the VM stays. */
static struct vdevfw_vm *vm_of(const struct vdevfw_line *line)
{
	return rcu_dereference_protected(intrs_of(line->pic->vdp)->vm, true);
}

static unsigned int num_pins(const struct vdevfw_pic *pic)
{
	return to_vdevfw_vdev(pic->vdp)->machine->irq_lines;
}

static int prepare(struct vdevfw_line *line, const char *text)
{
	return vdevfw_vm_irq_open(vm_of(line));
}

static void acked(void *context)
{
	vdevfw_line_notice(context, GIN_ACK);
}

static int watch(struct vdevfw_line *line)
{
	if (!line->watch)
		line->watch = vdevfw_vm_irq_watch(vm_of(line), line->intr.param, acked, line);
	return line->watch ? 0 : -ENOMEM;
}

static void line_gone(struct vdevfw_line *line)
{
	vdevfw_vm_irq_unwatch(vm_of(line), line->watch);
}

void vdevfw_irqchip_init(struct vdevfw_pic *pic)
{
	pic->num_pins = num_pins;
	pic->prepare = prepare;
	pic->watch = watch;
	pic->line_gone = line_gone;
}
