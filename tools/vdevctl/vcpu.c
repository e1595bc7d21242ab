// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vCPUs of a machine, and the threads that run them.
 *
 * A thread runs its vCPU until the guest ends the machine or the machine is
 * stopping. Whoever wants it out of the guest first closes or ends the gate, and then
 * sends a signal, whose handler sets immediate_exit. A thread clears immediate_exit
 * as it passes the gate, and enters KVM_RUN; wherever in it the signal comes, either
 * the gate holds it or KVM_RUN returns at once. A stray signal costs one round. The
 * console, the other place to wait, watches the gate.
 *
 * What a step cannot do at the moment it leaves for the next one; so a thread waits
 * at the gate, and nowhere else.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libvdevfw.h>

#include "exits.h"
#include "vcpu.h"

#define KICK_SIGNAL SIGRTMIN
#define CPUID_MAX   256

static __thread struct kvm_run *volatile own_run;

static void on_kick(int signal)
{
	(void)signal;
	if (own_run)
		own_run->immediate_exit = 1;
}

/* ---- threads ---- */

unsigned long long vcpu_rip(const struct vcpu *vcpu)
{
	struct kvm_regs regs = { 0 };

	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	return regs.rip;
}

bool vcpu_end_machine(struct vcpu *vcpu, int status)
{
	struct vcpu *nobody = NULL;

	vcpu->status = status;
	if (atomic_compare_exchange_strong(&vcpu->all->ended, &nobody, vcpu))
		eventfd_write(vcpu->all->end, 1);
	return false;
}

/* A vCPU that waits for its SIPI leaves with EAGAIN when that comes. */
bool is_passing(int error)
{
	return error == EINTR || error == EAGAIN;
}

/* Whether the guest has something before it that its vCPUs must not run into. */
static bool is_held(const struct vcpu *vcpu)
{
	struct vdevfw_guest_info info;
	struct vdevfw_error error;

	if (vcpu->all->guest < 0 || vdevfw_guest_info(vcpu->all->guest, &info, &error))
		return false;
	return info.out_terminated || info.out_state != VDEVFW_STATE_RUNNING || info.out_pending ||
	       info.out_transition;
}

static bool give_up(struct vcpu *vcpu, int error)
{
	return vcpu_end_machine(vcpu, fail(&vcpu->why, VDEVFW_EXIT_FATAL_RUNNING,
					   "vCPU %u: KVM_RUN: %s at rip 0x%llx", vcpu->id,
					   strerror(error), vcpu_rip(vcpu)));
}

/* Runs the guest until it leaves. Returns false: do not go on. */
static bool run_guest(struct vcpu *vcpu)
{
	int error = ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;

	if (error && !is_passing(error))
		return give_up(vcpu, error);
	if (error) {
		vcpu->is_wary = true;
		return true;
	}
	exit_begin(vcpu);
	return exit_handle(vcpu);
}

static bool make_step(struct vcpu *vcpu)
{
	if (vcpu->kept.done < vcpu->kept.count)
		return exit_write_kept(vcpu);
	kept_forget(&vcpu->kept);
	return vcpu->left ? exit_handle(vcpu) : run_guest(vcpu);
}

/* Returns false: do not go on. */
static bool run_once(struct vcpu *vcpu)
{
	struct gate *gate = &vcpu->all->gate;
	bool goes_on;

	if (!gate_enter(gate, &vcpu->run->immediate_exit))
		return false;
	vcpu->is_wary = vcpu->is_wary && is_held(vcpu);
	if (vcpu->is_wary) {
		gate_leave(gate);
		return gate_pause(gate);
	}
	goes_on = make_step(vcpu);
	gate_leave(gate);
	return goes_on;
}

static void *run_vcpu(void *argument)
{
	struct vcpu *vcpu = argument;

	own_run = vcpu->run;
	while (run_once(vcpu))
		;
	return NULL;
}

/* Sets how the thread will be scheduled. */
static int set_scheduling(pthread_attr_t *attributes, const struct cpu_config *config)
{
	struct sched_param parameters = { .sched_priority = config->priority };
	int err = 0;

	if (config->runmask_place.line)
		err = pthread_attr_setaffinity_np(attributes, sizeof(config->runmask),
						  &config->runmask);
	if (err || !config->priority)
		return err;
	err = pthread_attr_setinheritsched(attributes, PTHREAD_EXPLICIT_SCHED);
	if (!err)
		err = pthread_attr_setschedpolicy(attributes, SCHED_FIFO);
	if (!err)
		err = pthread_attr_setschedparam(attributes, &parameters);
	return err;
}

/* What the host does not grant is told by its error. */
static int no_thread(const struct vcpu *vcpu, int err, struct failure *why)
{
	const struct cpu_config *config = vcpu->config;

	if (err == EPERM && config->priority)
		return fail_at(
			why, config->priority_place,
			"vCPU %u: no priority %u: %s; it takes CAP_SYS_NICE or a limit of real-time priority",
			vcpu->id, config->priority, strerror(err));
	if (err == EINVAL && config->runmask_place.line)
		return fail_at(why, config->runmask_place, "vCPU %u: none of these CPUs is online",
			       vcpu->id);
	return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "no thread for vCPU %u: %s", vcpu->id,
		    strerror(err));
}

static int start_thread(struct vcpu *vcpu, struct failure *why)
{
	pthread_attr_t attributes;
	char name[16];
	int err = pthread_attr_init(&attributes);

	if (err)
		return no_thread(vcpu, err, why);
	err = set_scheduling(&attributes, vcpu->config);
	if (!err)
		err = pthread_create(&vcpu->thread, &attributes, run_vcpu, vcpu);
	pthread_attr_destroy(&attributes);
	if (err)
		return no_thread(vcpu, err, why);
	snprintf(name, sizeof(name), "vcpu%u", vcpu->id);
	pthread_setname_np(vcpu->thread, name);
	return 0;
}

int vcpus_start(struct vcpus *vcpus, struct failure *why)
{
	struct sigaction kick = { .sa_handler = on_kick };
	int status;

	sigaction(KICK_SIGNAL, &kick, NULL);
	console_open(&vcpus->console, vcpus->gate.hurry);
	while (vcpus->running < vcpus->count) {
		status = start_thread(&vcpus->list[vcpus->running], why);
		if (status)
			return status;
		vcpus->running++;
	}
	return 0;
}

static void kick(const struct vcpus *vcpus)
{
	unsigned int i;

	for (i = 0; i < vcpus->running; i++)
		pthread_kill(vcpus->list[i].thread, KICK_SIGNAL);
}

void vcpus_stop(struct vcpus *vcpus)
{
	gate_end(&vcpus->gate);
	kick(vcpus);
	while (vcpus->running)
		pthread_join(vcpus->list[--vcpus->running].thread, NULL);
	console_close(&vcpus->console);
}

bool vcpus_park(struct vcpus *vcpus)
{
	gate_close(&vcpus->gate);
	kick(vcpus);
	return gate_wait_empty(&vcpus->gate, VCPUS_PARK_MS);
}

void vcpus_go_on(struct vcpus *vcpus)
{
	gate_open(&vcpus->gate);
}

/* ---- creation ---- */

/* Lets the guest see what KVM supports, and each vCPU its own number. */
static int set_cpuid(const struct vcpu *vcpu, struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 *entry;

	for (entry = cpuid->entries; entry < cpuid->entries + cpuid->nent; entry++) {
		if (entry->function == 0x1)
			entry->ebx = (entry->ebx & 0x00ffffff) | vcpu->id << 24;
		else if (entry->function == 0xb || entry->function == 0x1f)
			entry->edx = vcpu->id;
	}
	return ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid);
}

static int create_one(struct vcpus *vcpus, const struct machine *machine,
		      const struct cpu_config *config, struct kvm_cpuid2 *cpuid)
{
	struct vcpu *vcpu = &vcpus->list[vcpus->count];
	int err;

	*vcpu = (struct vcpu){ .all = vcpus, .id = vcpus->count, .config = config };
	vcpu->fd = ioctl(machine->vm, KVM_CREATE_VCPU, vcpu->id);
	if (vcpu->fd < 0)
		return -errno;
	vcpu->run = mmap(NULL, vcpus->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		err = -errno;
		goto close;
	}
	if (set_cpuid(vcpu, cpuid) < 0) {
		err = -errno;
		goto unmap;
	}
	vcpus->count++;
	return 0;

unmap:
	munmap(vcpu->run, vcpus->run_size);
close:
	close(vcpu->fd);
	return err;
}

static int create_all(struct vcpus *vcpus, const struct machine *machine,
		      const struct machine_config *config)
{
	struct kvm_cpuid2 *cpuid;
	int size, err;

	size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vcpus->end = eventfd(0, EFD_CLOEXEC);
	if (size < 0 || vcpus->end < 0)
		return -errno;
	vcpus->run_size = size;
	err = gate_init(&vcpus->gate);
	if (err)
		return err;
	err = -ENOMEM;
	vcpus->unsupported = config->unsupported;
	cpuid = calloc(1, sizeof(*cpuid) + CPUID_MAX * sizeof(cpuid->entries[0]));
	vcpus->list = calloc(config->cpu_count, sizeof(*vcpus->list));
	if (!cpuid || !vcpus->list)
		goto free;
	cpuid->nent = CPUID_MAX;
	err = ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0 ? -errno : 0;
	while (!err && vcpus->count < config->cpu_count)
		err = create_one(vcpus, machine, &config->cpus[vcpus->count], cpuid);
free:
	free(cpuid);
	return err;
}

static int check_runmask(const struct cpu_config *cpu, struct failure *why)
{
	long host = sysconf(_SC_NPROCESSORS_CONF), i;

	for (i = host; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cpu->runmask))
			return fail_at(why, cpu->runmask_place,
				       "there is no CPU %ld: this host has CPUs 0 to %ld", i,
				       host - 1);
	return 0;
}

static int check(const struct machine *machine, const struct machine_config *config,
		 struct failure *why)
{
	size_t max = ioctl(machine->vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS), i;
	int status = 0;

	if (config->cpu_count > max)
		return fail_at(why, config->cpus[max].place,
			       "%zu vCPUs: KVM allows at most %zu here", config->cpu_count, max);
	for (i = 0; !status && i < config->cpu_count; i++)
		status = check_runmask(&config->cpus[i], why);
	return status;
}

int vcpus_create(struct vcpus *vcpus, const struct machine *machine,
		 const struct machine_config *config, struct failure *why)
{
	int status = check(machine, config, why);
	int err;

	if (status)
		return status;
	err = create_all(vcpus, machine, config);
	if (err)
		return fail(why, VDEVFW_EXIT_FATAL_STARTUP, "cannot make vCPU %u of %zu: %s",
			    vcpus->count, config->cpu_count, strerror(-err));
	return 0;
}

void vcpus_destroy(struct vcpus *vcpus)
{
	struct vcpu *vcpu;

	while (vcpus->count) {
		vcpu = &vcpus->list[--vcpus->count];
		kept_forget(&vcpu->kept);
		munmap(vcpu->run, vcpus->run_size);
		close(vcpu->fd);
	}
	free(vcpus->list);
	gate_destroy(&vcpus->gate);
	if (vcpus->end >= 0)
		close(vcpus->end);
	*vcpus = VCPUS_NONE;
}
