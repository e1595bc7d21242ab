/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a machine is like when its power has just been switched on: its vCPUs and KVM's devices.
 */
#ifndef POWERON_H
#define POWERON_H

#include "machine.h"
#include "vcpu.h"

struct cpu_state;
struct chip_state;

struct poweron {
	struct cpu_state *cpus;	  /* one for each vCPU */
	struct chip_state *chips; /* NULL: nothing has been kept */
	unsigned int count;
};

/* Keeps the state of the vCPUs, which have not run, and of the VM. 0 or an exit status. */
int poweron_keep(struct poweron *poweron, const struct machine *machine, const struct vcpus *vcpus,
		 struct failure *why);
/* Brings all back to what was kept. No vCPU runs. 0 or an exit status. */
int poweron_restore(const struct poweron *poweron, const struct machine *machine,
		    const struct vcpus *vcpus, struct failure *why);
void poweron_free(struct poweron *poweron);

#endif
