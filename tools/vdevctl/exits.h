/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vCPU leaves KVM for.
 */
#ifndef EXITS_H
#define EXITS_H

#include "vcpu.h"

/* The vCPU has just left KVM: what it has left it for is to be done. Returns whether it is an access. */
bool exit_begin(struct vcpu *vcpu);
/*
 * Does what is left, as far as that is possible at the moment. Returns false if the vCPU's thread
 * has nothing more to do.
 */
bool exit_handle(struct vcpu *vcpu);

/* The same for the next write that was kept. */
bool exit_write_kept(struct vcpu *vcpu);
/* Keeps what is left. 0, -EAGAIN if that is to be read, or -ENOMEM. */
int exit_keep_writes(struct vcpu *vcpu);

#endif
