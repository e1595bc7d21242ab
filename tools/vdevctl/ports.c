// SPDX-License-Identifier: GPL-2.0-only
/*
 * The I/O ports that no vdev has claimed.
 *
 *   0x3f8-0x3ff   COM1: the console
 *   0x604         16 bits 0x2000: power off, as ACPI's PM1a control of QEMU's machines
 *   0x64          0xfe: reset, by the keyboard controller
 *   0xcf9         0x06 or 0x0e: reset, by the chip set
 *
 * All but the console are for writing; to read them gives ones, and what else is
 * written there has no effect.
 */
#include <string.h>

#include "ports.h"

#define COM1_START 0x3f8
#define COM1_END   0x400

/* What ends the machine when it is written. */
static const struct end_port {
	uint16_t port;
	unsigned int size;
	unsigned int values[2];
} end_ports[] = {
	{ 0x604, 2, { 0x2000, 0x2000 } },
	{ 0x64, 1, { 0xfe, 0xfe } },
	{ 0xcf9, 1, { 0x06, 0x0e } },
};

static bool is_console(uint16_t port, unsigned int size)
{
	return size == 1 && port >= COM1_START && port < COM1_END;
}

static const struct end_port *find_end_port(uint16_t port, unsigned int size)
{
	size_t i;

	for (i = 0; i < sizeof(end_ports) / sizeof(end_ports[0]); i++)
		if (end_ports[i].port == port && end_ports[i].size == size)
			return &end_ports[i];
	return NULL;
}

enum port_answer port_read(struct console *console, uint16_t port, void *data, unsigned int size)
{
	memset(data, 0xff, size);
	if (is_console(port, size))
		*(uint8_t *)data = console_read(console, port - COM1_START);
	else if (!find_end_port(port, size))
		return PORT_NOBODY;
	return PORT_DONE;
}

enum port_answer port_write(struct console *console, uint16_t port, const void *data,
			    unsigned int size)
{
	const struct end_port *end = find_end_port(port, size);
	uint32_t value = 0;

	memcpy(&value, data, size);
	if (is_console(port, size))
		return console_write(console, port - COM1_START, value) ? PORT_DONE : PORT_LATER;
	if (!end)
		return PORT_NOBODY;
	if (value == end->values[0] || value == end->values[1])
		return PORT_ENDS;
	return PORT_DONE;
}
