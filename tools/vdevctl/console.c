// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's serial console: as much of an 8250 as polled drivers use.
 *
 * A transmitted byte is written to standard output at once. Standard input is
 * read byte by byte when the guest looks whether there is one, so nothing is
 * taken that the guest does not want. No interrupt is ever raised.
 *
 * A terminal is taken out of line mode for as long as the machine runs. The
 * keys that send signals keep doing so: control-C ends the machine, control-Z
 * suspends it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "failure.h"

enum {
	REG_DATA = 0,
	REG_INTERRUPTS = 1,
	REG_INTERRUPT_ID = 2,
	REG_LINE_CONTROL = 3,
	REG_LINE_STATUS = 5,
	REG_MODEM_STATUS = 6,
};

#define NO_INTERRUPT	  0x01
#define DIVISOR_ACCESS	  0x80
#define DATA_READY	  0x01
#define TRANSMITTER_EMPTY 0x60
#define MODEM_READY	  0xb0 /* carrier, data set ready, clear to send */

#define FULL_MS 10 /* between two looks at a terminal that has just taken nothing */

/* A background job must not touch its terminal. */
static bool owns_terminal(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool set_raw(const struct console *console)
{
	struct termios raw = console->cooked;

	raw.c_iflag &= ~(ICRNL | IXON);
	raw.c_lflag &= ~(ICANON | ECHO);
	return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void console_open(struct console *console, int hurry)
{
	console->hurry = hurry;
	console->output = open_unwaiting(STDOUT_FILENO);
	pthread_mutex_init(&console->lock, NULL);
	if (!isatty(STDIN_FILENO))
		return;
	if (!owns_terminal() || tcgetattr(STDIN_FILENO, &console->cooked) < 0) {
		console->input_ended = true;
		return;
	}
	console->is_raw = set_raw(console);
}

void console_suspend(const struct console *console)
{
	if (console->is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &console->cooked);
}

void console_resume(const struct console *console)
{
	if (console->is_raw && owns_terminal())
		set_raw(console);
}

void console_close(struct console *console)
{
	console_suspend(console);
	console->is_raw = false;
	if (console->output >= 0)
		close(console->output);
	console->output = -1;
}

/* Waits until standard output takes something, if @fd is that, @ms at most, or nobody may wait. */
static bool wait_writable(const struct console *console, int fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLOUT }, /* -1 is ignored */
		{ .fd = console->hurry, .events = POLLIN },
	};

	while (poll(fds, 2, ms) < 0 && errno == EINTR)
		;
	return fds[0].revents;
}

/*
 * Returns whether the byte is gone. A terminal may call itself writable, and not take a newline,
 * which is two of its bytes.
 */
static bool transmit(const struct console *console, uint8_t byte)
{
	int fd = console->output >= 0 ? console->output : STDOUT_FILENO;

	if (!wait_writable(console, fd, -1))
		return false;
	/* A byte that cannot go is lost, as on a line without a listener. */
	if (write(fd, &byte, 1) == 1 || (errno != EAGAIN && errno != EINTR))
		return true;
	wait_writable(console, -1, FULL_MS);
	return false;
}

static bool has_input(struct console *console)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t len;

	if (console->has_byte || console->input_ended || poll(&fd, 1, 0) <= 0)
		return console->has_byte;
	len = read(STDIN_FILENO, &console->byte, 1);
	console->has_byte = len == 1;
	console->input_ended = len == 0 || (len < 0 && errno != EINTR && errno != EAGAIN);
	return console->has_byte;
}

static uint8_t receive(struct console *console)
{
	if (!has_input(console))
		return 0;
	console->has_byte = false;
	return console->byte;
}

static bool is_divisor(const struct console *console, unsigned int reg)
{
	return reg <= REG_INTERRUPTS && (console->registers[REG_LINE_CONTROL] & DIVISOR_ACCESS);
}

static uint8_t read_register(struct console *console, unsigned int reg)
{
	if (is_divisor(console, reg))
		return console->divisor[reg];
	switch (reg) {
	case REG_DATA:
		return receive(console);
	case REG_INTERRUPT_ID:
		return NO_INTERRUPT;
	case REG_LINE_STATUS:
		return TRANSMITTER_EMPTY | (has_input(console) ? DATA_READY : 0);
	case REG_MODEM_STATUS:
		return MODEM_READY;
	default:
		return console->registers[reg];
	}
}

void console_reset(struct console *console)
{
	pthread_mutex_lock(&console->lock);
	memset(console->registers, 0, sizeof(console->registers));
	memset(console->divisor, 0, sizeof(console->divisor));
	pthread_mutex_unlock(&console->lock);
}

uint8_t console_read(struct console *console, unsigned int reg)
{
	uint8_t value;

	pthread_mutex_lock(&console->lock);
	value = read_register(console, reg);
	pthread_mutex_unlock(&console->lock);
	return value;
}

static bool set_register(struct console *console, unsigned int reg, uint8_t value)
{
	bool transmits;

	pthread_mutex_lock(&console->lock);
	transmits = reg == REG_DATA && !is_divisor(console, reg);
	if (is_divisor(console, reg))
		console->divisor[reg] = value;
	else
		console->registers[reg] = value;
	pthread_mutex_unlock(&console->lock);
	return transmits;
}

bool console_write(struct console *console, unsigned int reg, uint8_t value)
{
	/* May wait, so without the lock. */
	return !set_register(console, reg, value) || transmit(console, value);
}
