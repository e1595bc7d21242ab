/* SPDX-License-Identifier: GPL-2.0-only */
/* Pulses. */
#ifndef _VDEVFW_PULSE_PRIVATE_H
#define _VDEVFW_PULSE_PRIVATE_H

#include <vdevfw/pulse.h>

struct list_head;
struct vdevfw_vdev;
struct vdevfw_workers;

/**
 * vdevfw_pulses_open() - From here on pulses come, and those that have been sent before
 * @workers: Who calls pulse()
 * @vdevs: All &struct vdevfw_vdev of the guest
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_pulses_open(struct vdevfw_workers *workers, struct list_head *vdevs);

/**
 * vdevfw_pulses_withdraw() - No pulse of a vdev comes any more, whoever sends it
 * @vdev: The vdev, which is ending
 *
 * Context: The guest's mutex is held. Sleeps until none is inside.
 */
void vdevfw_pulses_withdraw(struct vdevfw_vdev *vdev);

/**
 * vdevfw_pulses_free() - Free a vdev's pulses
 * @vdev: The vdev, withdrawn, and without any thread
 */
void vdevfw_pulses_free(struct vdevfw_vdev *vdev);

#endif
