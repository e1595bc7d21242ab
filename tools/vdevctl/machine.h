/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM: what KVM makes of a configuration, without vCPUs and vdevs.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "memory.h"

struct machine {
	int kvm;
	int vm;
	struct memory memory;
};

#define MACHINE_NONE ((struct machine){ .kvm = -1, .vm = -1 })

/* Fills @machine, so far MACHINE_NONE. 0 or an exit status; machine_destroy() is due anyway. */
int machine_create(struct machine *machine, const struct machine_config *config,
		   struct failure *why);
/*
 * Makes @host memory of the guest, by the number of a slot; with a @size of 0, its memory goes.
 * 0 or a negative errno.
 */
int machine_set_slot(int vm, uint32_t number, bool readonly, uint64_t start, uint64_t size,
		     void *host);
/* To be called when nothing else holds the VM, so that the memory really goes. */
void machine_destroy(struct machine *machine);

#endif
