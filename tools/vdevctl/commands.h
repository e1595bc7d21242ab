/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vdevctl can be told to do. Each returns the exit status.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

/* @argument is the command's only argument, or NULL for a command that takes none. */
int command_run(const char *argument);
int command_factories(const char *argument);
int command_guests(const char *argument);
int command_status(const char *argument);
int command_regions(const char *argument);
int command_button(const char *argument);
int command_stop(const char *argument);
int command_cont(const char *argument);
int command_reset(const char *argument);
int command_shutdown(const char *argument);
int command_suspend(const char *argument);
int command_wakeup(const char *argument);

#endif
