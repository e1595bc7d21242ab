/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs that are between two instructions, as far as KVM is concerned; they are parked.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "vcpu.h"

/*
 * What they have left KVM for comes to nothing, since the machine is reset, and no access reaches a
 * vdev. Returns false if KVM does not let go.
 */
bool vcpus_forget_accesses(struct vcpus *vcpus);

/*
 * Makes what KVM tells of their registers all that there is to them, but for @kept: what they have
 * left KVM for to write is there, and made when they go on. An instruction that is to read has not
 * begun, as far as its registers show: here it goes on, and from a file it begins anew. 0 or a
 * negative errno.
 */
int vcpus_keep_accesses(struct vcpus *vcpus);

#endif
