// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdevctl: launcher of machines with vdevs.
 */
#include <stdio.h>
#include <string.h>
#include <vdevfw.h>

#include "commands.h"
#include "config.h"

struct command {
	const char *name;
	const char *arguments; /* what they look like; NULL: none is taken */
	const char *purpose;
	int (*run)(char *const *arguments);
};

static int command_help(char *const *arguments);
static int command_version(char *const *arguments);

static const struct command commands[] = {
	{ "run", "FILE|-", "run the machine that FILE, or standard input, describes", command_run },
	{ "restore", "FILE|- SAVED", "the same for a machine that goes on where it was saved",
	  command_restore },
	{ "factories", NULL, "list the vdevs that the kernel offers", command_factories },
	{ "guests", NULL, "list the guests that you may control", command_guests },
	{ "status", "GUEST", "print what the vdevs of a guest report", command_status },
	{ "regions", "GUEST", "list which vdev of a guest has which range", command_regions },
	{ "button", "GUEST", "press the power button of a guest", command_button },
	{ "stop", "GUEST", "stop a guest: neither it nor its time goes on", command_stop },
	{ "cont", "GUEST", "let a guest go on that has stopped, or was reset", command_cont },
	{ "reset", "GUEST", "reset a guest, as 'action reboot' says", command_reset },
	{ "shutdown", "GUEST", "shut a guest down, as 'action shutdown' says, without asking it",
	  command_shutdown },
	{ "suspend", "GUEST", "send a guest to sleep", command_suspend },
	{ "wakeup", "GUEST", "wake up a guest that sleeps", command_wakeup },
	{ "save", "GUEST FILE", "save a guest, its vCPUs and its memory to a new file",
	  command_save },
	{ "help", NULL, "print this; --help, too", command_help },
	{ "--version", NULL, "print the version", command_version },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct {
	const char *status;
	const char *meaning;
} exits[] = {
	{ "0", "normal end: shut down or reset by the guest" },
	{ "3", "power cut: ended from outside" },
	{ "4", "ended by a watchdog" },
	{ "5", "the guest did what its machine cannot do" },
	{ "6", "a vdev failed" },
	{ "7", "any other error; the time limit" },
	{ "32-63", "chosen by a vdev" },
	{ "64", "fatal before the start; a wrong command line" },
	{ "65", "the configuration is wrong" },
	{ "96", "fatal while running" },
};

static void print_help(FILE *to)
{
	size_t i;

	fprintf(to, "vdevctl runs KVM machines with virtual devices in the kernel.\n\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  vdevctl %-10s %-12s  %s\n", commands[i].name,
			commands[i].arguments ? commands[i].arguments : "", commands[i].purpose);
	fprintf(to, "\nGUEST is the id of a guest, or the name of its system.\n");
	fprintf(to, "\nA machine's description, options in any order, # begins a comment:\n\n");
	config_help(to);
	fprintf(to,
		"\nSignals to vdevctl run: SIGTERM and SIGINT press the power button, SIGQUIT and\n"
		"SIGHUP cut the power, SIGUSR2 prints the status of the vdevs.\n"
		"\nExit status:\n\n");
	for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		fprintf(to, "  %-5s  %s\n", exits[i].status, exits[i].meaning);
}

static int command_help(char *const *arguments)
{
	(void)arguments;
	print_help(stdout);
	return 0;
}

static int command_version(char *const *arguments)
{
	(void)arguments;
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

static int count_words(const char *text)
{
	int count = text != NULL;

	for (; text && *text; text++)
		count += *text == ' ';
	return count;
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
	if (argc - 2 != count_words(command->arguments)) {
		fprintf(stderr, "vdevctl: wrong number of arguments: 'vdevctl %s%s%s' is allowed\n",
			command->name, command->arguments ? " " : "",
			command->arguments ? command->arguments : "");
		return VDEVFW_EXIT_FATAL_STARTUP;
	}
	return command->run(argv + 2);
}
