/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the vCPUs of a machine and KVM's devices are like at one moment: after power-on, or when the
 * machine is saved.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include "machine.h"
#include "savefile.h"
#include "vcpu.h"

struct cpu_state;
struct chip_state;

struct hardware {
	struct cpu_state *cpus;	  /* one for each vCPU */
	struct chip_state *chips; /* NULL: nothing has been taken */
	unsigned int count;
};

/* No vCPU runs, and none has left KVM in the middle of an instruction. 0 or a negative errno. */
int hardware_take(struct hardware *hardware, const struct machine *machine,
		  const struct vcpus *vcpus);
/* Brings all back to what was taken. No vCPU runs. 0 or a negative errno. */
int hardware_restore(const struct hardware *hardware, const struct machine *machine,
		     const struct vcpus *vcpus);
void hardware_free(struct hardware *hardware);

/* To a file, and back: of @count vCPUs. What is wrong is the file's error. */
void hardware_write(const struct hardware *hardware, struct savefile *file);
void hardware_read(struct hardware *hardware, struct savefile *file, unsigned int count);

#endif
