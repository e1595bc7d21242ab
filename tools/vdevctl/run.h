/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One machine, from its configuration to its exit status.
 */
#ifndef RUN_H
#define RUN_H

#include "boot.h"
#include "hardware.h"
#include "saving.h"
#include "vcpu.h"
#include "vdevs.h"

struct run {
	struct file text;    /* of the configuration */
	struct file program; /* the file that `load` names, as long as it may be loaded again */
	struct file ramdisk; /* the one that `initrd` names, if any; likewise */
	struct machine_config config;
	struct machine machine;
	struct image image;
	struct initrd initrd;
	struct vcpus vcpus;
	struct hardware poweron; /* of a machine that can be reset */
	struct vdevs vdevs;
	struct saving saving;
	uint64_t generation; /* how often the machine has been reset */
	bool cpus_are_reset; /* already, for the reset that comes */
	int signals;	     /* signalfd, or -1 */
	bool started;	     /* the vCPUs run, or did */
	bool ended;	     /* before the vCPUs ran */
	struct failure why;  /* empty: there is nothing to say */
};

/* Fills the memory, which is zero, and prepares the first vCPU. 0 or an exit status. */
int run_load(struct run *run);

/* Waits for the end of the machine, which has started, and returns the exit status. */
int watch(struct run *run);

/*
 * A vdev that ends the machine says so before its vCPU can go on, so its event is
 * there when the vCPU's own end is: the vdev's reason comes first.
 */
bool ended_by_vdev(struct run *run, int *status);

#endif
