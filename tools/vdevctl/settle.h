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
 * What they have left KVM for to write is kept, and made when they go on; what they have to read,
 * they begin anew if their registers are those of another vCPU then. So KVM shows all that
 * makes them. 0 or a negative errno.
 */
int vcpus_keep_accesses(struct vcpus *vcpus);

#endif
