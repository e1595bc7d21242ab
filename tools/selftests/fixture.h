/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests have in common: the device, a guest, vdevs, and what the kernel says of them. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <libvdevfw.h>

#include "harness.h"
#include "vm.h"

struct guest {
	struct vm vm;
	int device, fd;
	uint64_t id;
};

/* The device; ends the test if it cannot be opened. */
int device_open(void);

/* A VM with a guest, in state CONFIG. */
void guest_make(struct guest *guest, unsigned int cpus);

/* The same, brought to a state by way of all those before it. */
void guest_make_in(struct guest *guest, enum vdevfw_state state);

/* Ends the guest by closing its file, and makes another one for the same VM. */
void guest_again(struct guest *guest);

/* Ends the guest by closing its file, then the rest. */
void guest_end(struct guest *guest);

/*
 * Adds vdev @name with the options @options, separated by blanks; a $ stands for a blank
 * within one. 0 or a negative errno.
 */
int guest_add(struct guest *guest, const char *name, const char *options, uint64_t *id,
	      struct vdevfw_error *error);

/* Adds a vdev, which must succeed; its id. */
uint64_t guest_add_ok(struct guest *guest, const char *name, const char *options);

void guest_configure_ok(struct guest *guest);
void guest_start_ok(struct guest *guest);
void guest_stop_ok(struct guest *guest);

/* One access of @len bytes, as VDEVFW_GUEST_ACCESS makes it with @access. 0 or a negative errno. */
int guest_access(struct guest *guest, uint32_t access, uint64_t addr, uint32_t len, uint64_t *value);

struct vdevfw_guest_info guest_info(int fd);
enum vdevfw_state guest_state(int fd);

/* Does @command in a process of its own, which must hang until it is killed, and end then. */
typedef int command_t(int guest, struct vdevfw_error *error);
void kill_hanging(struct guest *guest, command_t *command);

/* What a module's refcnt in sysfs says; -1 if it is not loaded. */
int module_refs(const char *module);

/* Loads a module of $VDEVFW_MODULES/extra. 0 or a negative errno. */
int module_load(const char *module, const char *parameters);
int module_unload(const char *module);

/* Loads vdev-trace and vdev-test: each that has loaded vdevfw's symbols counts among vdevfw's references. */
void load_factories(int device);

/*
 * Starts vdevctl run @path with @fd as its standard input, output and error, and
 * calls @prepare in the new process before, unless it is NULL.
 */
pid_t launcher_start(const char *path, int fd, void (*prepare)(void));
/* The same for a machine that was saved to the file @saved. */
pid_t launcher_restore(const char *path, const char *saved, int fd, void (*prepare)(void));

/* Writes a file of a test, such as a configuration. */
void write_file(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The folder with the example guests. */
const char *guests_folder(void);

/* How many files this process has open. */
unsigned int open_files(void);

/* The process or kernel thread of that name, or 0. */
pid_t task_named(const char *name);

bool is_debug_kernel(void);

#endif
