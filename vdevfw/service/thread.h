/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads of vdevs. */
#ifndef _VDEVFW_THREAD_H
#define _VDEVFW_THREAD_H

struct vdevfw_vdev;

/**
 * vdevfw_threads_join() - Cancel and join what threads a vdev has left
 * @vdev: After TERMINATE
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_threads_join(struct vdevfw_vdev *vdev);

#endif
