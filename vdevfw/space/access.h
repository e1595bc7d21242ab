/* SPDX-License-Identifier: GPL-2.0-only */
/* The vCPU that an access comes from. */
#ifndef _VDEVFW_ACCESS_H
#define _VDEVFW_ACCESS_H

struct guest_system;
struct kvm_vcpu;

/**
 * struct guest_cpu - A vCPU within an access
 * @gsp: Its guest
 * @vcpu: KVM's vCPU; never touched here
 */
struct guest_cpu {
	struct guest_system *gsp;
	struct kvm_vcpu *vcpu;
};

#endif
