/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a configuration says about a machine, as plain data.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lexer.h"

#define CONFIG_PIECES_MAX 64 /* of memory */

struct piece_config {
	bool is_rom;
	uint64_t start;
	uint64_t size;
	struct place place;
};

struct cpu_config {
	unsigned int priority; /* 0: as the launcher itself */
	struct place priority_place;
	cpu_set_t runmask; /* if runmask_place has a line */
	struct place runmask_place;
	struct place place;
};

struct option_config {
	const char *name;
	const char *argument; /* NULL: it takes none */
	const char *second;   /* NULL: it takes at most one */
	struct place place;   /* of the argument, or else of the name */
};

struct vdev_config {
	const char *factory;
	struct place place; /* of the word `vdev` */
	struct option_config *options;
	size_t option_count;
};

/* One that the kernel reads, in the order of the file among the vdevs. */
struct setting_config {
	struct option_config option;
	size_t vdevs_before; /* how many vdevs are listed before it */
};

struct file_config {
	const char *path; /* NULL: not given */
	struct place place;
};

struct load_config {
	struct file_config file;
	bool has_address;
	uint64_t address;
};

/* What a guest may do that its machine does not support. */
enum unsupported_kind {
	UNSUPPORTED_INSTRUCTION, /* one that KVM has to emulate and does not know */
	UNSUPPORTED_REFERENCE,	 /* an access to where nothing is */
	UNSUPPORTED_REGISTER,	 /* a model-specific one that KVM does not know */
	UNSUPPORTED_KINDS,
};

/* What becomes of it. */
enum unsupported_action {
	UNSUPPORTED_ABORT,  /* the end of the machine */
	UNSUPPORTED_FAIL,   /* an exception in the guest */
	UNSUPPORTED_IGNORE, /* nothing; what is read is made up */
	UNSUPPORTED_ACTIONS,
};

struct unsupported_config {
	enum unsupported_action action;
	struct place place; /* without line: the default */
};

/* What `set` sets. */
enum variable {
	VARIABLE_TIME_LIMIT,   /* after which the machine is ended */
	VARIABLE_BUTTON_GRACE, /* that a guest has after the power button was pressed */
	VARIABLES,
};

struct variable_config {
	uint64_t seconds; /* 0: without end */
	struct place place;
};

/* What `action` is about. */
enum action_when {
	ACTION_REBOOT,	 /* the machine is to be reset */
	ACTION_SHUTDOWN, /* it shuts down */
	ACTION_PANIC,	 /* its guest says that it is lost */
	ACTION_WATCHDOG, /* its guest does not feed a watchdog */
	ACTION_WHENS,
};

struct machine_config {
	const char *name;
	struct place name_place;
	struct cpu_config *cpus; /* at least one */
	size_t cpu_count;
	struct load_config load;
	struct file_config initrd;
	struct file_config dump;
	struct unsupported_config unsupported[UNSUPPORTED_KINDS];
	struct variable_config variables[VARIABLES];
	struct place actions[ACTION_WHENS]; /* where given; what, the kernel reads */
	struct piece_config pieces[CONFIG_PIECES_MAX];
	unsigned int piece_count;
	bool has_ram;
	struct vdev_config *vdevs;
	size_t vdev_count;
	struct setting_config *settings;
	size_t setting_count;
	struct tokens tokens; /* whose texts all of the above point into */
};

/* The options that vdevs of one factory take, in the form of VDEVFW_FACTORY_INFO. */
struct option_names {
	char *names; /* each with its NUL; for free() */
	size_t size;
};

/* Of an option in that list: its name alone, how many words it takes, and the next one. */
const char *option_name(const char *listed);
unsigned int option_words(const char *listed);
bool option_allowed(const char *listed);
const char *option_after(const char *listed);

/* How the parser asks which vdevs there are; @at is the factory's name in the file. */
struct factories {
	int (*options)(void *context, const char *factory, struct place at,
		       struct option_names *out, struct failure *why);
	void *context;
};

/*
 * Reads a configuration: 0, or an exit status. In both cases config_free()
 * is due. It does no input or output but through @factories.
 */
int config_parse(struct machine_config *config, const char *text, size_t size, const char *file,
		 const struct factories *factories, struct failure *why);
void config_free(struct machine_config *config);

/* Prints the options of the machine, a line for each. */
void config_help(FILE *to);

#endif
