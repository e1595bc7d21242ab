/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts: lines of an interrupt controller, and MSI.
 *
 * A vdev signals, and need not know how that reaches a vCPU: the controller may be KVM's own,
 * another vdev, or an eventfd that the launcher has made an irqfd of.
 *
 * A line is up while at least one of its sources is: vdevs may share one. An edge is GIS_ON and
 * then GIS_OFF.
 */
#ifndef _VDEVFW_INTR_H
#define _VDEVFW_INTR_H

#include <vdevfw/vdev-core.h>

/**
 * enum guest_intr_state - What guest_intr_signal() does
 * @GIS_NOP: nothing
 * @GIS_ON: the source is up
 * @GIS_OFF: the source is down
 * @GIS_ISR: alone: ask whether guest_intr_signal() may be called from an interrupt of the host's;
 *	with GIS_ON or GIS_OFF: it is called from one
 */
enum guest_intr_state {
	GIS_NOP = 0,
	GIS_ON = 1,
	GIS_OFF = 2,
	GIS_ISR = 4,
};

/**
 * enum guest_intr_notice - What happens at the other end of a line
 * @GIN_UNMASK: the guest lets it through again
 * @GIN_ACK: the guest has handled it: the end of the interrupt
 */
enum guest_intr_notice {
	GIN_UNMASK = 1,
	GIN_ACK = 2,
};

/**
 * enum guest_intr_assign_type - How a source uses its line; the guest decides how it looks at it
 * @GIAT_LEVEL: up for as long as it wants attention
 * @GIAT_EDGE: up and down again
 */
enum guest_intr_assign_type {
	GIAT_LEVEL,
	GIAT_EDGE,
};

/**
 * guest_intr_signal() - Raise or lower a source
 * @gip: From qvm_parse_intr(), guest_intr_assign() or guest_intr_assign_auto(); a copy is as good
 * @gis: Set of &enum guest_intr_state
 *
 * What is up already is not raised again: nothing happens then.
 *
 * Phase: running, ending. Context: any in which a spinlock may be taken, except for interrupts of
 *	the host's, soft ones too, unless GIS_ISR says that they may. Does not sleep. Not from
 *	within the signal() of the same controller.
 * Return: 0. -EPERM: wrong phase. -ENOTCONN: @gip is no source, or not any more. -EINVAL: GIS_ON
 *	and GIS_OFF at once, or an unknown flag. -EOPNOTSUPP: GIS_ISR, and this line cannot. What
 *	the controller's signal() gives: for KVM's, -ENODEV where the VM routes the line nowhere.
 */
int guest_intr_signal(const struct guest_intr *gip, unsigned int gis);

/**
 * guest_intr_assign() - Make a source of a line, without the user's help
 * @vdp: Whose source
 * @pic: The controller: a vdev with &vdev_factory.pic, or what guest_intr.pic has of another source
 * @pnum: The line
 * @type: How the source will use it
 * @gip: The source
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: 0. -EPERM: wrong phase. -ENODEV: @pic is no controller. -EBADSLT: it has no such line.
 *	-ELOOP: controllers are chained too deep. -ENOMEM.
 */
int guest_intr_assign(vdev_t *vdp, vdev_t *pic, unsigned int pnum,
		      enum guest_intr_assign_type type, struct guest_intr *gip);

/**
 * guest_intr_assign_auto() - Make a source of a line that nobody else has, of KVM's own controller
 * @vdp: Whose source
 * @type: How the source will use it
 * @gip: The source
 *
 * The guest must have a way to learn which one it is, such as a register of the vdev's or the
 * firmware's tables. Lines that a PC has uses for are not taken: 0 to 4, 6 to 8, and 12 to 15.
 *
 * Phase: startup; meant for VDEV_CTRL_ASSIGN, when all that users chose is known.
 * Context: control(). May sleep.
 * Return: 0. -EPERM: wrong phase. -ENODEV: the VM has no irqchip in the kernel. -ENOSPC: no line is
 *	left. -ENOMEM.
 */
int guest_intr_assign_auto(vdev_t *vdp, enum guest_intr_assign_type type,
			   struct guest_intr *gip);

/**
 * typedef guest_intr_notice_func_t - What a source's vdev is told of its line
 * @vdp: The vdev
 * @gip: Its source
 * @gin: &enum guest_intr_notice
 *
 * Context: On a vCPU's thread, mostly, within RCU: must not sleep; may call guest_intr_signal().
 */
typedef void guest_intr_notice_func_t(vdev_t *vdp, const struct guest_intr *gip,
				      unsigned int gin);

/**
 * guest_intr_watch() - Be told when the guest has handled an interrupt
 * @vdp: Whose source it is
 * @gip: The source
 * @func: What is called, whoever raised the line; from GUEST_STARTING to TERMINATE, also while the
 *	guest is stopped
 *
 * KVM's controller tells of ends of interrupts only, and of those of edges not on every CPU: where
 * the hardware takes the end of an edge, KVM does not see it. An eventfd does so if the launcher
 * has given the irqfd's resample eventfd as well. A vdev that is a controller, and has its own
 * output watched, tells those before it with guest_intr_notify().
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: 0. -EPERM: wrong phase. -ENOTCONN: @gip is no source of @vdp's. -EALREADY: it is watched.
 *	-EOPNOTSUPP: its controller never tells.
 */
int guest_intr_watch(vdev_t *vdp, const struct guest_intr *gip, guest_intr_notice_func_t *func);

/**
 * guest_intr_notify() - A controller tells what happens at its end of a line
 * @pic: The controller
 * @param: The line
 * @gin: &enum guest_intr_notice
 *
 * Phase: running, ending. Context: As guest_intr_signal(), and not with a lock held that the notice
 *	function of a source, or signal(), takes.
 */
void guest_intr_notify(const vdev_t *pic, unsigned int param, unsigned int gin);

/**
 * guest_intr_num_pins() - How many lines a controller has
 * @pic: The controller
 *
 * Phase: any. Context: Any.
 * Return: As many; 0: it is no controller.
 */
unsigned int guest_intr_num_pins(const vdev_t *pic);

/**
 * guest_intr_level() - Whether a source's line is up
 * @gip: The source
 *
 * Phase: any. Context: Any. Of what others change meanwhile, the past.
 * Return: Whether any source of the line is up.
 */
bool guest_intr_level(const struct guest_intr *gip);

/**
 * guest_intr_string() - What a source's line is called
 * @gip: The source
 * @buf: For the text, such as ``ioapic:5``; may be NULL if @count is 0
 * @count: Bytes in @buf
 *
 * Phase: any. Context: Any but NMI.
 * Return: As snprintf().
 */
int guest_intr_string(const struct guest_intr *gip, char *buf, size_t count);

/**
 * struct vdev_pic_functions - What makes a vdev an interrupt controller
 * @flags: VPF_*
 * @pnum_mask: One less than a power of two: lines are numbered from 0 to it; at most 0xffff
 * @signal: A line has gone up (GIS_ON) or down (GIS_OFF), as the OR of its sources. Required.
 *	Called with a spinlock of the framework's for this line, so that it sees the lines' changes
 *	in their order: must not sleep. Gives 0 or a negative errno.
 * @notify: From now on, guest_intr_notify() is wanted of a line, for a set of GIN_*. Called in
 *	control() of the vdev that wants it: may sleep. NULL: the controller never tells.
 * @parse: The text after the colon of ``intr NAME:TEXT`` names line *@param. Gives the rest of the
 *	text, which must be empty, or NULL: no such line. NULL: a number.
 * @string: The reverse of @parse: as snprintf(). NULL: a number.
 * @table_spec: How a firmware's table names a line: component @component, from 0 on, goes to @buf
 *	of @len bytes. Gives its bytes, 0 behind the last, or a negative errno. NULL: in no table.
 *
 * What a function that is not there would do is the framework's. @gip.param is the line in all.
 */
struct vdev_pic_functions {
	unsigned int flags;
	unsigned int pnum_mask;
	int (*signal)(const struct guest_intr *gip, unsigned int gis);
	void (*notify)(const struct guest_intr *gip, unsigned int gin);
	const char *(*parse)(struct guest_intr *gip, const char *name);
	size_t (*string)(const struct guest_intr *gip, char *buf, size_t len);
	ssize_t (*table_spec)(const struct guest_intr *gip, unsigned int component, void *buf,
			      size_t len);
};

/** VPF_ISR - &vdev_pic_functions.signal may be called from an interrupt of the host's */
#define VPF_ISR		(1u << 0)

/**
 * typedef guest_msi_deliver_func_t - A controller takes an MSI
 * @pic: The controller
 * @src: Who sends it
 * @paddr: The address that it is written to
 * @data: What is written
 * @cookie: As registered
 *
 * Context: As guest_msi_signal().
 */
typedef void guest_msi_deliver_func_t(vdev_t *pic, const vdev_t *src, u64 paddr,
				      unsigned int data, unsigned int cookie);

/**
 * guest_msi_register() - Take the MSIs that are written to a range of addresses
 * @pic: The controller
 * @paddr: Address; bits that @mask has not are 0
 * @mask: An MSI is for this controller if its address and @mask is @paddr
 * @deliver: What takes it
 * @cookie: For @deliver
 *
 * KVM's local APICs have 0xfee00000 to 0xfeefffff.
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: 0. -EPERM: wrong phase. -EINVAL: @mask is 0, or @paddr has bits that it has not.
 *	-EADDRINUSE: some of it is taken. -ENOMEM.
 */
int guest_msi_register(vdev_t *pic, u64 paddr, u64 mask, guest_msi_deliver_func_t *deliver,
		       unsigned int cookie);

/**
 * guest_msi_signal() - Send an MSI
 * @src: Who sends it
 * @addr: Its address, as the guest has programmed it
 * @data: Its data, as the guest has programmed it
 *
 * Phase: running, ending. Context: As guest_intr_signal() without GIS_ISR.
 * Return: 0, also where the guest's CPUs do not take it, since that is between them and the guest.
 *	-EPERM: wrong phase. -EADDRNOTAVAIL: no controller has such an address. -EINVAL: none takes
 *	this one. -EOPNOTSUPP: this kernel's KVM has been built so that nobody can send one.
 */
int guest_msi_signal(const vdev_t *src, u64 addr, unsigned int data);

#endif
