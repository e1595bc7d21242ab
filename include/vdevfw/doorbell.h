/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doorbells: a guest's write that needs no vwrite(), because all that it says is that it has come.
 * It wakes a thread of the vdev's, or signals an eventfd of user space's.
 *
 * A region with GRF_DOORBELL rings one. It takes the place of KVM_IOEVENTFD, which must not be used
 * within a vdev's region: it would hide what comes behind it.
 */
#ifndef _VDEVFW_DOORBELL_H
#define _VDEVFW_DOORBELL_H

#include <vdevfw/gasp.h>

/** VDEV_DOORBELL_THREAD - for vdev_doorbell_create(): a thread of the vdev's waits for it */
#define VDEV_DOORBELL_THREAD	(-1)

/**
 * vdev_doorbell_create() - Make a doorbell
 * @vdp: The vdev
 * @eventfd: An eventfd of the process that calls the vdev's control(), which is signalled then; or
 *	VDEV_DOORBELL_THREAD
 *
 * It is the framework's to free, after TERMINATE.
 *
 * Phase: startup, running. Context: control(). May sleep.
 * Return: The doorbell, or an ERR_PTR(): -EPERM: wrong phase. -EBADF: @eventfd is not open.
 *	-EINVAL: it is no eventfd. -ENOMEM.
 */
struct vdev_doorbell *vdev_doorbell_create(vdev_t *vdp, int eventfd);

/**
 * vdev_doorbell_wait() - Wait until a doorbell rings
 * @bell: Made with VDEV_DOORBELL_THREAD
 * @ms: Milliseconds to wait at most
 *
 * Phase: running, ending. Context: a thread of the vdev's. Sleeps.
 * Return: How often it has rung since the last call. 0: not at all, or the thread is to end: ask
 *	vdev_thread_cancelled().
 */
unsigned int vdev_doorbell_wait(struct vdev_doorbell *bell, unsigned int ms);

#endif
