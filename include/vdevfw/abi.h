/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the interface between the framework and its vdevs. */
#ifndef _VDEVFW_ABI_H
#define _VDEVFW_ABI_H

/**
 * QVM_VDEV_ABI - what a vdev was compiled against
 *
 * It changes with every incompatible change of a header in this folder.
 * vdev_register_factory() refuses a vdev that was compiled with another one.
 */
#define QVM_VDEV_ABI	4u

#endif
