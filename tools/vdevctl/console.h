/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's serial console, on standard input and output.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct console {
	int hurry;	      /* poll: readable when nobody may wait */
	pthread_mutex_t lock; /* protects the fields up to the blank line */
	uint8_t registers[8]; /* as last written */
	uint8_t divisor[2];
	uint8_t byte; /* received, if has_byte */
	bool has_byte;
	bool input_ended;

	int output; /* a terminal's, which does not block; or -1 */
	bool is_raw;
	struct termios cooked; /* the terminal as it was, if is_raw */
};

#define CONSOLE_NONE ((struct console){ .hurry = -1, .output = -1 })

/* @hurry must stay open until console_close(). The registers are as they are. */
void console_open(struct console *console, int hurry);
void console_close(struct console *console);

/* Before and after the process is stopped: the terminal belongs to somebody else meanwhile. */
void console_suspend(const struct console *console);
void console_resume(const struct console *console);

/* Its registers are as after power-on. What was received, and not read, stays. */
void console_reset(struct console *console);

uint8_t console_read(struct console *console, unsigned int reg);
/* Returns false if nothing has been written, since it would have had to wait. */
bool console_write(struct console *console, unsigned int reg, uint8_t value);

#endif
