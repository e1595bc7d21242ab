/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vCPUs of a machine, and the threads that run them.
 */
#ifndef VCPU_H
#define VCPU_H

#include <stdatomic.h>

#include "console.h"
#include "gate.h"
#include "kept.h"
#include "machine.h"

#define VCPUS_PARK_MS 5000

struct kvm_run;
struct vcpus;

struct vcpu {
	struct vcpus *all;
	unsigned int id;
	const struct cpu_config *config;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	/* Within the gate its thread's; of who has closed it otherwise: */
	struct kept kept;  /* to be done first */
	unsigned int left; /* of what it has left KVM for: parts that are not done yet */
	bool is_wary;	   /* may have asked for something that it must not run into */

	int status; /* what it ended the machine with, and why: */
	struct failure why;
};

struct vcpus {
	struct vcpu *list;
	unsigned int count;   /* that exist */
	unsigned int running; /* that have a thread */
	size_t run_size;
	int end;   /* eventfd: readable when @ended is set */
	int guest; /* of vdevfw, or -1 */
	struct gate gate;
	struct vcpu *_Atomic ended; /* the first one to end the machine, or NULL */
	const struct unsupported_config *unsupported; /* one for each kind */
	struct console console;
};

#define VCPUS_NONE \
	((struct vcpus){ .end = -1, .guest = -1, .gate = GATE_NONE, .console = CONSOLE_NONE })

/* Makes the vCPUs of @vcpus, so far VCPUS_NONE. 0 or an exit status; vcpus_destroy() is due. */
int vcpus_create(struct vcpus *vcpus, const struct machine *machine,
		 const struct machine_config *config, struct failure *why);
/* 0 or an exit status; vcpus_stop() is due in either case. */
int vcpus_start(struct vcpus *vcpus, struct failure *why);
/* Returns when no vCPU's thread is left. */
void vcpus_stop(struct vcpus *vcpus);
void vcpus_destroy(struct vcpus *vcpus);

/*
 * Has all vCPUs leave the guest until vcpus_go_on(). Returns false if one has not within
 * VCPUS_PARK_MS; it does so as soon as it can.
 */
bool vcpus_park(struct vcpus *vcpus);
void vcpus_go_on(struct vcpus *vcpus);
/* Whether KVM_RUN fails with that @error although nothing is wrong. */
bool is_passing(int error);
/* In its own thread: where the vCPU is. */
unsigned long long vcpu_rip(const struct vcpu *vcpu);
/* Ends the machine, unless another vCPU did so before. Returns false: do not go on. */
bool vcpu_end_machine(struct vcpu *vcpu, int status);

#endif
