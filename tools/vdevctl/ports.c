// SPDX-License-Identifier: GPL-2.0-only
/*
 * The I/O ports that no vdev has claimed.
 *
 *   0x3f8-0x3ff   COM1: the console
 *   0x604         16 bits 0x2000: power off, as ACPI's PM1a control of QEMU's machines
 *   0x64          0xfe: reset, by the keyboard controller
 *   0xcf9         0x06 or 0x0e: reset, by the chip set
 *
 * Any other read gives all ones, and any other write is dropped.
 */
#include <string.h>

#include "ports.h"

#define COM1_START    0x3f8
#define COM1_END      0x400
#define PORT_POWER    0x604
#define PORT_KEYBOARD 0x64
#define PORT_RESET    0xcf9

static bool is_console(uint16_t port, unsigned int size)
{
	return size == 1 && port >= COM1_START && port < COM1_END;
}

void port_read(struct console *console, uint16_t port, void *data, unsigned int size)
{
	memset(data, 0xff, size);
	if (is_console(port, size))
		*(uint8_t *)data = console_read(console, port - COM1_START);
}

static bool ends_machine(uint16_t port, unsigned int value, unsigned int size)
{
	if (size == 2)
		return port == PORT_POWER && value == 0x2000;
	if (size != 1)
		return false;
	return (port == PORT_KEYBOARD && value == 0xfe) ||
	       (port == PORT_RESET && (value == 0x06 || value == 0x0e));
}

bool port_write(struct console *console, uint16_t port, const void *data, unsigned int size)
{
	uint32_t value = 0;

	memcpy(&value, data, size);
	if (is_console(port, size))
		console_write(console, port - COM1_START, value);
	return !ends_machine(port, value, size);
}
