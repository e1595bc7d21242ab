/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O ports that no vdev has claimed.
 */
#ifndef PORTS_H
#define PORTS_H

#include "console.h"

enum port_answer {
	PORT_DONE,
	PORT_LATER,  /* nothing has happened: it would have had to wait */
	PORT_NOBODY, /* has this port with this size */
	PORT_ENDS,   /* the machine: the guest wants so */
};

/* What is read where nobody is are ones, and what is written there is dropped. */
enum port_answer port_read(struct console *console, uint16_t port, void *data, unsigned int size);
enum port_answer port_write(struct console *console, uint16_t port, const void *data,
			    unsigned int size);

#endif
