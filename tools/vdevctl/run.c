// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdevctl run and vdevctl restore: the life of one machine, from its configuration to its exit status.
 *
 * Everything is made in one order and taken apart in the reverse one, whichever
 * step failed: each part knows a state in which there is nothing to take apart.
 * All that the machine consists of hangs on file descriptors and memory of this
 * process, so even SIGKILL leaves nothing behind.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "postmortem.h"
#include "run.h"
#include "save.h"
#include "signals.h"
#include "states.h"

#define CONFIG_MAX (1u << 20) /* bytes of the file */

/* ---- assembly ---- */

static int read_config(struct run *run, const char *argument)
{
	const char *path = strcmp(argument, "-") ? argument : NULL;
	const char *name = path ? path : "<stdin>";
	const struct factories factories = { vdevs_options, &run->vdevs };
	struct place start = { name, 1, 1 };
	int err = file_read(path, CONFIG_MAX, &run->text);

	if (err == -EFBIG)
		return fail_at(&run->why, start,
			       "the configuration is too large: at most %u bytes are allowed",
			       CONFIG_MAX);
	if (err)
		return fail_at(&run->why, start, "cannot read the configuration: %s",
			       strerror(-err));
	return config_parse(&run->config, run->text.data, run->text.size, name, &factories,
			    &run->why);
}

/* Reads what an option names, if it is there; @kind is what that is. */
static int read_beside(struct run *run, const struct file_config *named, const char *kind,
		       struct file *file)
{
	char *path;
	int err;

	if (!named->path)
		return 0;
	path = path_beside(named->place.file, named->path);
	if (!path)
		return fail(&run->why, VDEVFW_EXIT_FATAL_STARTUP, "out of memory");
	err = file_read(path, IMAGE_MAX, file);
	free(path);
	if (err == -EFBIG)
		return fail_at(&run->why, named->place,
			       "%s '%s' is too large: at most %u bytes are allowed", kind,
			       excerpt(named->path), IMAGE_MAX);
	if (err)
		return fail_at(&run->why, named->place, "cannot read %s '%s': %s", kind,
			       excerpt(named->path), strerror(-err));
	return 0;
}

static int read_files(struct run *run, const char *argument)
{
	int status = read_config(run, argument);

	if (!status)
		status = read_beside(run, &run->config.load.file, "image", &run->program);
	if (!status)
		status = read_beside(run, &run->config.initrd, "initrd", &run->ramdisk);
	return status;
}

static void forget_files(struct run *run)
{
	free(run->program.data);
	run->program = (struct file){ 0 };
	free(run->ramdisk.data);
	run->ramdisk = (struct file){ 0 };
}

int run_load(struct run *run)
{
	const struct machine_config *config = &run->config;
	const struct memory *memory = &run->machine.memory;
	struct failure *why = &run->why;
	int status = image_load(&run->image, &config->load, &run->program, memory, why);

	if (!status && config->initrd.path)
		status = initrd_load(&run->initrd, &config->initrd, &run->ramdisk, &run->image,
				     memory, why);
	if (!status)
		status = boot_prepare(run->vcpus.list[0].fd, &run->image, &run->initrd,
				      &config->load, memory, why);
	return status;
}

/* Only a machine with a guest in the kernel can be reset. */
static int prepare_reset(struct run *run)
{
	int err;

	if (!vdevs_needed(&run->config)) {
		forget_files(run);
		return 0;
	}
	err = hardware_take(&run->poweron, &run->machine, &run->vcpus);
	if (err)
		return fail(&run->why, VDEVFW_EXIT_FATAL_STARTUP,
			    "KVM does not tell the machine's first state: %s", strerror(-err));
	return 0;
}

/* It may have slept when it was saved. */
static bool follow(struct run *run, int *status)
{
	if (states_catch_up(run, status))
		return true;
	say(run->signals, "vdevctl: the machine was restored\n");
	return false;
}

/*
 * First everything that may wait for input, which a signal may interrupt. The
 * rest is in the kernel's order: a VM is complete before vdevs are placed in it.
 */
static int assemble(struct run *run, const char *argument, const char *saved)
{
	const struct machine_config *config = &run->config;
	struct failure *why = &run->why;
	int status = read_files(run, argument);

	if (!status)
		status = signals_take(&run->signals, why);
	run->vdevs.stop = run->signals;
	if (!status)
		status = machine_create(&run->machine, config, why);
	if (!status)
		status = vcpus_create(&run->vcpus, &run->machine, config, why);
	if (!status)
		status = run_load(run);
	if (!status)
		status = prepare_reset(run);
	if (!status)
		status = vdevs_add(&run->vdevs, config, run->machine.vm, why);
	if (!status && saved)
		status = save_read(run, saved);
	if (!status)
		status = vdevs_start(&run->vdevs, why);
	/* What the vdevs had to say so far comes before what the guest says. */
	run->ended = !status && ended_by_vdev(run, &status);
	if (!status && !run->ended && saved)
		run->ended = follow(run, &status);
	if (!status && !run->ended) {
		run->vcpus.guest = run->vdevs.guest;
		saving_open(run);
		status = vcpus_start(&run->vcpus, why);
		run->started = !status;
	}
	return status;
}

/* ---- the whole ---- */

static void tear_down(struct run *run, int status)
{
	vcpus_stop(&run->vcpus);
	vdevs_destroy(&run->vdevs);
	if (run->why.text[0])
		say(run->signals, "%s\n", run->why.text);
	/* Now nothing changes the memory any more. */
	if (run->started)
		postmortem(run, status);
	hardware_free(&run->poweron);
	vcpus_destroy(&run->vcpus);
	machine_destroy(&run->machine);
	control_close(&run->saving.control);
	if (run->signals >= 0)
		close(run->signals);
	config_free(&run->config);
	forget_files(run);
	free(run->text.data);
}

/* @saved: what the machine is to go on with, or NULL. */
static int run_machine(const char *argument, const char *saved)
{
	struct run run = {
		.machine = MACHINE_NONE,
		.vcpus = VCPUS_NONE,
		.vdevs = VDEVS_NONE,
		.saving = SAVING_NONE,
		.signals = -1,
	};
	int status;

	signals_heed();
	status = assemble(&run, argument, saved);
	if (run.started)
		status = watch(&run);
	tear_down(&run, status);
	return status;
}

int command_run(char *const *arguments)
{
	return run_machine(arguments[0], NULL);
}

int command_restore(char *const *arguments)
{
	return run_machine(arguments[0], arguments[1]);
}
