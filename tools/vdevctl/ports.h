/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O ports that no vdev has claimed.
 */
#ifndef PORTS_H
#define PORTS_H

#include "console.h"

void port_read(struct console *console, uint16_t port, void *data, unsigned int size);

/* Returns false if the guest has thereby ended the machine. */
bool port_write(struct console *console, uint16_t port, const void *data, unsigned int size);

#endif
