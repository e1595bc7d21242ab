/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pulses: something has happened, and a vdev is to look after it on a thread where it may sleep.
 *
 * The published API fills a struct sigevent, which any server can deliver. Here a pulse is sent by
 * the vdev itself, from any context, or by whoever signals an eventfd.
 */
#ifndef _VDEVFW_PULSE_H
#define _VDEVFW_PULSE_H

#include <vdevfw/vdev-core.h>

struct vdev_pulse;

/** VDEV_PULSE_INTERNAL - for vdev_pulse(): only vdev_pulse_send() sends it */
#define VDEV_PULSE_INTERNAL	(-1)

/** VDEV_PULSE_INHERIT - for vdev_pulse(): scheduled as v_sched has it */
#define VDEV_PULSE_INHERIT	(-1)

/**
 * vdev_pulse() - Make a pulse
 * @vdp: The vdev; its factory has pulse()
 * @code: For pulse()
 * @priority: &enum qvm_sched_priority, or VDEV_PULSE_INHERIT
 * @eventfd: An eventfd of the process that calls the vdev's control(): the pulse comes when it is
 *	signalled, and takes its count; or VDEV_PULSE_INTERNAL
 *
 * pulse() is called on a thread of the guest's for this, the one of timer() at the same priority.
 * Pulses that are sent before it is called come as one. It may sleep, and take v_mtx. It must not
 * wait for a stop, or for TERMINATE: both wait for it.
 *
 * It comes when all vdevs have answered GUEST_CONFIGURED, and until TERMINATE; what is sent before
 * comes then. It comes while the guest is stopped as well: what has happened is the host's, which
 * goes on.
 *
 * The pulse is the framework's to free, after TERMINATE.
 *
 * Phase: startup from OPTIONS_END on, and running. Context: control(). May sleep.
 * Return: The pulse, or an ERR_PTR(): -EPERM: wrong phase, or the caller may not use this
 *	@priority. -EINVAL: the factory has no pulse(), @eventfd is none, or there is no such
 *	@priority.
 *	-EBADF: @eventfd is not open. -EAGAIN, -ENOMEM, -EINTR: no thread can be made. -ENOMEM.
 */
struct vdev_pulse *vdev_pulse(vdev_t *vdp, s8 code, int priority, int eventfd);

/**
 * vdev_pulse_send() - Send a pulse
 * @pulse: The pulse
 *
 * Phase: startup, running. Context: any but NMI, interrupts of the host's as well. Does not sleep.
 * Return: 0. -EPERM: wrong phase.
 */
int vdev_pulse_send(struct vdev_pulse *pulse);

#endif
