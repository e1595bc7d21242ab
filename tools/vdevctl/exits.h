/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vCPU leaves KVM for.
 */
#ifndef EXITS_H
#define EXITS_H

#include "vcpu.h"

/* Does what the guest has left KVM for. Returns false if the vCPU's thread has nothing more to do. */
bool exit_handle(struct vcpu *vcpu);

#endif
