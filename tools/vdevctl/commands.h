/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vdevctl can be told to do. Each returns the exit status.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

/* @arguments are as many as main.c says. */
int command_run(char *const *arguments);
int command_restore(char *const *arguments);
int command_factories(char *const *arguments);
int command_guests(char *const *arguments);
int command_status(char *const *arguments);
int command_regions(char *const *arguments);
int command_button(char *const *arguments);
int command_stop(char *const *arguments);
int command_cont(char *const *arguments);
int command_reset(char *const *arguments);
int command_shutdown(char *const *arguments);
int command_suspend(char *const *arguments);
int command_wakeup(char *const *arguments);
int command_save(char *const *arguments);

#endif
