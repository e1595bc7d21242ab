/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A launcher as small as it can be: each vCPU has a thread, which keeps to "For launchers" of
 * run-states.rst. Its guest has the setting MACHINE_ACKNOWLEDGE.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <pthread.h>

#include "fixture.h"

#define MACHINE_ACKNOWLEDGE	"acknowledge=10000"

/* One vCPU; all of it is the machine's. */
struct machine_cpu {
	struct machine *machine;
	struct vcpu *vcpu;
	pthread_t thread;
	bool inside;	/* it is in KVM_RUN, or about to be */
	bool waits;	/* its last access has met a closed gate */
};

struct machine {
	struct guest *guest;
	struct machine_cpu cpus[VM_CPUS];
	pthread_mutex_t lock;
	bool held, ends;
	unsigned int late;	/* accesses that had to wait */
};

/* Sets the machine's settings, each with its NUL. */
void guest_set_ok(struct guest *guest, const char *settings, size_t len);
#define GUEST_SET_OK(guest, settings)	guest_set_ok(guest, settings, sizeof(settings))

/* How often vdev @vdev, a test with the option count, has been written to. */
unsigned long vdev_writes(struct guest *guest, uint64_t vdev);

/* Lets all vCPUs run, with what they have been loaded with. The guest has been started. */
void machine_begin(struct machine *machine, struct guest *guest);

/* Takes all vCPUs out of KVM_RUN, and keeps them out. */
void machine_hold(struct machine *machine);

/* Lets them enter again. */
void machine_release(struct machine *machine);

/* While they are held: forgets an access that waits, as for a vCPU that is reset. */
void machine_forget_access(struct machine_cpu *cpu);

/* Waits for an event, and answers each STOP_REQUEST that comes before. No event: the test ends. */
struct vdevfw_event machine_wait(struct machine *machine, enum vdevfw_event_type type);

/* Ends the threads. */
void machine_end(struct machine *machine);

#endif
