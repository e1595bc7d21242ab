// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdevctl: launcher of machines with vdevs.
 */
#include <stdio.h>
#include <string.h>
#include <vdevfw.h>

#include "commands.h"

struct command {
	const char *name;
	const char *argument; /* what it looks like; NULL: none is taken */
	const char *purpose;
	int (*run)(const char *argument);
};

static int command_help(const char *argument);
static int command_version(const char *argument);

static const struct command commands[] = {
	{ "run", "FILE|-", "run the machine that FILE, or standard input, describes", command_run },
	{ "factories", NULL, "list the vdevs that the kernel offers", command_factories },
	{ "status", "GUEST", "print what the vdevs of a guest report, by its id", command_status },
	{ "button", "GUEST", "press the power button of a guest, by its id", command_button },
	{ "help", NULL, "print this; --help, too", command_help },
	{ "--version", NULL, "print the version", command_version },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
	size_t i;

	fprintf(to, "vdevctl runs KVM machines with virtual devices in the kernel.\n\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  vdevctl %-10s %-7s  %s\n", commands[i].name,
			commands[i].argument ? commands[i].argument : "", commands[i].purpose);
	fprintf(to,
		"\nA machine's description, options in any order, # begins a comment:\n\n"
		"  system NAME            its name\n"
		"  ram [ADDRESS,]SIZE     memory, e.g. 16m; repeatable\n"
		"  cpu                    one vCPU; repeatable\n"
		"  load [ADDRESS,]FILE    what it runs: ELF, or a flat image, by default at 1m\n"
		"  vdev NAME OPTION...    a virtual device; see 'vdevctl factories'\n"
		"\nExit status: 0 shut down or reset, 3 ended by a signal, 4 by a watchdog,\n"
		"5 unsupported by the machine, 6 vdev failed, 7 other error,\n"
		"32-63 chosen by a vdev, 64 fatal before the start, 65 configuration wrong,\n"
		"96 fatal while running.\n");
}

static int command_help(const char *argument)
{
	(void)argument;
	print_help(stdout);
	return 0;
}

static int command_version(const char *argument)
{
	(void)argument;
	printf("vdevctl " VERSION "\n");
	return 0;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	if (!strcmp(name, "--help"))
		name = "help";
	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_help(stderr);
		return VDEVFW_EXIT_FATAL_STARTUP;
	}
	command = find_command(argv[1]);
	if (!command) {
		fprintf(stderr,
			"vdevctl: unknown command '%s': 'vdevctl help' lists those that are allowed\n",
			argv[1]);
		return VDEVFW_EXIT_FATAL_STARTUP;
	}
	if (argc != (command->argument ? 3 : 2)) {
		fprintf(stderr, "vdevctl: wrong number of arguments: 'vdevctl %s%s%s' is allowed\n",
			command->name, command->argument ? " " : "",
			command->argument ? command->argument : "");
		return VDEVFW_EXIT_FATAL_STARTUP;
	}
	return command->run(argv[2]);
}
