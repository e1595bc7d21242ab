/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt lines, those who raise them, and the controllers that they belong to. */
#ifndef _VDEVFW_INTR_PRIVATE_H
#define _VDEVFW_INTR_PRIVATE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <vdevfw/intr.h>

#include "../../uapi/vdevfw.h"
#include "../life/save.h"

struct vdevfw_irq_watch;
struct vdevfw_line;
struct vdevfw_machine;
struct vdevfw_report;
struct vdevfw_vdev;
struct vdevfw_vm;
struct vdevfw_wire;

/**
 * struct vdevfw_pic - A controller's lines
 * @vdp: The vdev that it is, or that stands for it
 * @functions: What it does
 * @depth: How many controllers there are behind it. A line's lock is taken before that of a line of
 *	a controller behind its own.
 * @lines: &struct vdevfw_line by number, those that have a source. Changes under the guest's mutex.
 * @form: What a user calls a line, for a message. NULL: PIC:LINE.
 * @num_pins: How many lines it has. NULL: as @functions say.
 * @prepare: A line is about to get its first source, which the user calls @text, or NULL. Gives 0
 *	or a negative errno. Here and below: under the guest's mutex, may sleep, NULL: nothing.
 * @watch: From now on, call vdevfw_line_notice() of a line. Gives 0 or a negative errno. May come
 *	more than once.
 * @line_gone: A line has no source any more
 */
struct vdevfw_pic {
	vdev_t *vdp;
	const struct vdev_pic_functions *functions;
	unsigned int depth;
	struct xarray lines;
	const char *form;
	unsigned int (*num_pins)(const struct vdevfw_pic *pic);
	int (*prepare)(struct vdevfw_line *line, const char *text);
	int (*watch)(struct vdevfw_line *line);
	void (*line_gone)(struct vdevfw_line *line);
};

/**
 * struct vdevfw_line - A line
 * @pic: Whose
 * @intr: What its controller is given: the line itself is no source
 * @lock: Protects @up and the sources' own, and keeps the controller's view of them in order
 * @up: How many of @sources are up
 * @sources: &struct vdevfw_intr_source, by RCU. Changes under the guest's mutex.
 * @watch: What KVM tells of its end, or NULL
 * @wire: What an eventfd controller has at its end, or NULL
 * @rcu: Frees it
 */
struct vdevfw_line {
	struct vdevfw_pic *pic;
	struct guest_intr intr;
	spinlock_t lock;	/* see above */
	unsigned int up;
	struct list_head sources;
	struct vdevfw_irq_watch *watch;
	struct vdevfw_wire *wire;
	struct rcu_head rcu;
};

/**
 * struct vdevfw_intr_source - What a vdev raises and lowers
 * @of_line: Among the line's
 * @of_vdev: Among the vdev's
 * @intr: As the vdev has it
 * @vdp: The vdev
 * @line: Its line, by RCU; NULL once the vdev is at its end
 * @up: It is up. Protected by the line's lock.
 * @raised: How often it has been. Protected by the line's lock.
 * @name: What its line is called, with its controller
 * @in_isr: It may be raised in an interrupt of the host's
 * @notice: Called when the line's controller tells something, or NULL. Set before the guest runs;
 *	NULL again at the vdev's end
 * @rcu: Frees it
 */
struct vdevfw_intr_source {
	struct list_head of_line;
	struct list_head of_vdev;
	struct guest_intr intr;
	vdev_t *vdp;
	struct vdevfw_line __rcu *line;
	bool up;
	u64 raised;
	char name[VDEVFW_NAME_SIZE + 16];
	bool in_isr;
	guest_intr_notice_func_t *notice;
	struct rcu_head rcu;
};

/**
 * struct vdevfw_intrs - A guest's interrupts
 * @vm: Where they go, by RCU; NULL once the guest lets go of it
 * @irqchip: Stands for KVM's own controllers: ``ioapic``
 * @eventfds: Stands for eventfds: ``eventfd``
 * @msi_ranges: &struct vdevfw_msi_range of all controllers, by RCU. Changes under the guest's
 *	mutex.
 * @last_source: Numbers the sources
 * @next_wire: Numbers the lines of @eventfds
 */
struct vdevfw_intrs {
	struct vdevfw_vm __rcu *vm;
	struct vdevfw_vdev *irqchip;
	struct vdevfw_vdev *eventfds;
	struct list_head msi_ranges;
	unsigned int last_source;
	unsigned int next_wire;
};

/**
 * vdevfw_intrs_init() - A guest's interrupts, before it has a VM
 * @intrs: The interrupts
 * @gsp: The guest
 * @machine: Its machine
 *
 * Context: Sleeps.
 * Return: 0, -ENOMEM. There is nothing to undo then.
 */
int vdevfw_intrs_init(struct vdevfw_intrs *intrs, struct guest_system *gsp,
		      struct vdevfw_machine *machine);

/**
 * vdevfw_intrs_attach() - The guest has a VM
 * @intrs: The interrupts
 * @vm: The VM
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_intrs_attach(struct vdevfw_intrs *intrs, struct vdevfw_vm *vm);

/**
 * vdevfw_intrs_detach() - It lets go of it
 * @intrs: The interrupts, without a source. Nobody uses the VM for one any more afterwards.
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_intrs_detach(struct vdevfw_intrs *intrs);

/**
 * vdevfw_intrs_free() - Undo vdevfw_intrs_init()
 * @intrs: The interrupts, without a VM
 */
void vdevfw_intrs_free(struct vdevfw_intrs *intrs);

/**
 * vdevfw_pic_create() - Make a vdev a controller
 * @vdp: A vdev whose factory has pic
 *
 * Return: For vdevfw_pic_free(), or NULL.
 */
struct vdevfw_pic *vdevfw_pic_create(vdev_t *vdp);

/**
 * vdevfw_pic_free() - Undo vdevfw_pic_create()
 * @pic: A controller of which no line has a source, or NULL
 */
void vdevfw_pic_free(struct vdevfw_pic *pic);

/**
 * vdevfw_intr_release() - A vdev is at its end: its sources are down, and nobody tells it anything
 * @vdev: The vdev. Its sources are left, and do nothing.
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_intr_release(struct vdevfw_vdev *vdev);

/**
 * vdevfw_intrs_lower() - Lower all lines that a vdev has raised
 * @vdev: The vdev, in the running stage
 *
 * Context: The guest's mutex is held; no access is inside.
 */
void vdevfw_intrs_lower(struct vdevfw_vdev *vdev);

/**
 * vdevfw_intrs_save() - Save which of its sources a vdev has raised, if it has any
 * @vdev: The vdev
 * @save: A record is added to it
 *
 * Context: The guest's mutex is held. May sleep.
 */
void vdevfw_intrs_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save);

/**
 * vdevfw_intrs_check_saved() - Check whether the sources that were saved are those of a vdev
 * @vdev: The vdev
 * @records: Its records
 * @msg: Why they are not
 *
 * Context: The guest's mutex is held.
 * Return: 0, -EBADMSG, -EMEDIUMTYPE.
 */
int vdevfw_intrs_check_saved(const struct vdevfw_vdev *vdev, struct vdevfw_saved records,
			     struct vdevfw_message *msg);

/**
 * vdevfw_intrs_restore() - Raise and lower a vdev's sources as they were when they were saved
 * @vdev: The vdev, in the running stage
 * @records: Its records, after vdevfw_intrs_check_saved()
 * @msg: Why not
 *
 * Context: The guest's mutex is held; no access is inside.
 * Return: 0, or why a line cannot be raised.
 */
int vdevfw_intrs_restore(struct vdevfw_vdev *vdev, struct vdevfw_saved records,
			 struct vdevfw_message *msg);

/**
 * vdevfw_intr_hush() - A vdev is about to end: no notice and no MSI comes to it any more
 * @vdev: The vdev. None of its functions for these is inside afterwards.
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_intr_hush(struct vdevfw_vdev *vdev);

/**
 * vdevfw_intr_unbind() - Take back one source
 * @intr: The source, or none
 *
 * Context: The guest's mutex is held, and it is not running. Sleeps.
 */
void vdevfw_intr_unbind(struct guest_intr *intr);

/**
 * vdevfw_intr_free() - Free the sources of a vdev
 * @vdev: The vdev, after vdevfw_intr_release(); it has no thread any more
 */
void vdevfw_intr_free(struct vdevfw_vdev *vdev);

/**
 * vdevfw_intr_report() - Tell of a vdev's sources
 * @vdev: The vdev
 * @report: A line for each is added to it
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_intr_report(struct vdevfw_vdev *vdev, struct vdevfw_report *report);

/**
 * vdevfw_line_notice() - A controller tells something of one of its lines
 * @line: The line
 * @gin: &enum guest_intr_notice
 *
 * Context: As guest_intr_notify().
 */
void vdevfw_line_notice(struct vdevfw_line *line, unsigned int gin);

/**
 * vdevfw_line_repeat() - A controller has lowered one of its lines by itself: raise it if it is up
 * @line: The line
 *
 * Context: As guest_intr_signal().
 */
void vdevfw_line_repeat(struct vdevfw_line *line);

/**
 * vdevfw_pic_of() - A controller's lines
 * @vdp: A vdev, or NULL
 *
 * Return: The controller that it is, or NULL.
 */
struct vdevfw_pic *vdevfw_pic_of(const vdev_t *vdp);

/**
 * vdevfw_msi_release() - A controller is at its end: MSIs that are sent now reach it no more
 * @vdev: The vdev
 *
 * Context: The guest's mutex is held.
 * Return: Whether it took any: after a grace period of RCU, none is inside.
 */
bool vdevfw_msi_release(struct vdevfw_vdev *vdev);

/* What the two controllers do that every guest has; see irqchip.c and wire.c. */
extern const struct vdev_pic_functions vdevfw_irqchip_functions;
extern const struct vdev_pic_functions vdevfw_wire_functions;
void vdevfw_irqchip_init(struct vdevfw_pic *pic);
void vdevfw_wires_init(struct vdevfw_pic *pic);

#endif
