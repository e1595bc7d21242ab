// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdevctl run: the life of one machine, from its configuration to its exit status.
 *
 * Everything is made in one order and taken apart in the reverse one, whichever
 * step failed: each part knows a state in which there is nothing to take apart.
 * All that the machine consists of hangs on file descriptors and memory of this
 * process, so even SIGKILL leaves nothing behind.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "boot.h"
#include "commands.h"
#include "events.h"
#include "file.h"
#include "machine.h"
#include "vcpu.h"
#include "vdevs.h"

#define CONFIG_MAX (1u << 20) /* bytes of the file */

struct run {
	struct file text;    /* of the configuration */
	struct file program; /* the file that `load` names */
	struct file ramdisk; /* the one that `initrd` names, if any */
	struct machine_config config;
	struct machine machine;
	struct image image;
	struct initrd initrd;
	struct vcpus vcpus;
	struct vdevs vdevs;
	int signals;
	bool ended;	    /* before the vCPUs ran */
	struct failure why; /* empty: there is nothing to say */
};

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

/*
 * A shell lets its background jobs ignore SIGINT and SIGQUIT, but whoever sends
 * one to a machine means it. Until take_signals() they end just this process.
 */
static void heed_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/*
 * From here on, a signal is something that watch() reads. A background job may
 * restore its terminal, and output that nobody reads is dropped.
 */
static int take_signals(struct run *run)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT };
	sigset_t taken, blocked;
	size_t i;

	sigemptyset(&taken);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!is_ignored(numbers[i])) /* as SIGHUP by nohup */
			sigaddset(&taken, numbers[i]);
	blocked = taken;
	sigaddset(&blocked, SIGTTOU);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	run->signals = signalfd(-1, &taken, SFD_CLOEXEC);
	if (run->signals < 0)
		return fail(&run->why, VDEVFW_EXIT_FATAL_STARTUP, "signals: %s", strerror(errno));
	run->vdevs.stop = run->signals;
	return 0;
}

/*
 * A vdev that ends the machine says so before its vCPU can go on, so its event is
 * there when the vCPU's own end is: the vdev's reason comes first.
 */
static bool ended_by_vdev(struct run *run, int *status)
{
	return run->vdevs.guest >= 0 && events_handle(&run->vdevs, status, &run->why);
}

/* Fills the memory. */
static int load(struct run *run)
{
	const struct machine_config *config = &run->config;
	const struct memory *memory = &run->machine.memory;
	struct failure *why = &run->why;
	int status = image_load(&run->image, &config->load, &run->program, memory, why);

	if (!status && config->initrd.path)
		status = initrd_load(&run->initrd, &config->initrd, &run->ramdisk, &run->image,
				     memory, why);
	forget_files(run);
	return status;
}

/*
 * First everything that may wait for input, which a signal may interrupt. The
 * rest is in the kernel's order: a VM is complete before vdevs are placed in it.
 */
static int assemble(struct run *run, const char *argument)
{
	const struct machine_config *config = &run->config;
	struct failure *why = &run->why;
	int status = read_files(run, argument);

	if (!status)
		status = take_signals(run);
	if (!status)
		status = machine_create(&run->machine, config, why);
	if (!status)
		status = load(run);
	if (!status)
		status = vcpus_create(&run->vcpus, &run->machine, config, why);
	if (!status)
		status = boot_prepare(run->vcpus.list[0].fd, &run->image, &run->initrd,
				      &config->load, &run->machine.memory, why);
	if (!status)
		status = vdevs_add(&run->vdevs, config, run->machine.vm, why);
	if (!status)
		status = vdevs_start(&run->vdevs, why);
	/* What the vdevs had to say so far comes before what the guest says. */
	run->ended = !status && ended_by_vdev(run, &status);
	if (!status && !run->ended)
		status = vcpus_start(&run->vcpus, why);
	return status;
}

/* ---- operation ---- */

/* Returns true if the signal ends the machine. */
static bool handle_signal(struct run *run, int *status)
{
	struct signalfd_siginfo signal;

	if (read(run->signals, &signal, sizeof(signal)) != sizeof(signal)) {
		*status =
			fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING, "signals: %s", strerror(errno));
		return true;
	}
	switch (signal.ssi_signo) {
	case SIGTSTP:
		console_suspend(&run->vcpus.console);
		raise(SIGSTOP);
		return false;
	case SIGCONT:
		console_resume(&run->vcpus.console);
		return false;
	default:
		/* It stays pending, so that say() does not wait for a reader from now on. */
		raise(signal.ssi_signo);
		*status = fail(&run->why, VDEVFW_EXIT_POWER_CUT,
			       "the machine was ended by a signal: %s",
			       strsignal(signal.ssi_signo));
		return true;
	}
}

static int end_by_vcpu(struct run *run)
{
	const struct vcpu *vcpu = atomic_load(&run->vcpus.ended);

	run->why = vcpu->why;
	return vcpu->status;
}

/* Waits for the machine's end, and returns the exit status. */
static int watch(struct run *run)
{
	struct pollfd fds[] = {
		{ .fd = run->vdevs.guest, .events = POLLIN }, /* -1 is ignored */
		{ .fd = run->signals, .events = POLLIN },
		{ .fd = run->vcpus.end, .events = POLLIN },
	};
	int status;

	for (;;) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return fail(&run->why, VDEVFW_EXIT_FATAL_RUNNING, "poll: %s",
				    strerror(errno));
		if (fds[0].revents && ended_by_vdev(run, &status))
			return status;
		if (fds[1].revents && handle_signal(run, &status))
			return status;
		if (fds[2].revents)
			return ended_by_vdev(run, &status) ? status : end_by_vcpu(run);
	}
}

static void tear_down(struct run *run)
{
	vcpus_stop(&run->vcpus);
	vdevs_destroy(&run->vdevs);
	vcpus_destroy(&run->vcpus);
	machine_destroy(&run->machine);
	if (run->why.text[0])
		say(run->signals, "%s\n", run->why.text);
	if (run->signals >= 0)
		close(run->signals);
	config_free(&run->config);
	forget_files(run);
	free(run->text.data);
}

int command_run(const char *argument)
{
	struct run run = {
		.machine = MACHINE_NONE,
		.vcpus = VCPUS_NONE,
		.vdevs = VDEVS_NONE,
		.signals = -1,
	};
	int status;

	heed_signals();
	status = assemble(&run, argument);
	if (!status && !run.ended)
		status = watch(&run);
	tear_down(&run);
	return status;
}
