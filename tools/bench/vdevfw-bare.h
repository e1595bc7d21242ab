/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/vdevfw-bare: the least that a device on KVM's bus can be. One register of
 * 32 bits at an address, one at a port.
 */
#ifndef _VDEVFW_BARE_H
#define _VDEVFW_BARE_H

#include <linux/ioctl.h>

#define VDEVFW_BARE_DEVICE	"/dev/vdevfw-bare"

#define VDEVFW_BARE_MMIO	0xfa000000
#define VDEVFW_BARE_PORT	0x5000

/* Argument: a VM of the calling process. The registers stay until the file is closed. */
#define VDEVFW_BARE_ATTACH	_IO(0xBD, 0xF0)

#endif
