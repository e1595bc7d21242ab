// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs that are between two instructions, as far as KVM is concerned.
 *
 * An instruction that accesses memory or a port that KVM does not have leaves it in the middle:
 * KVM completes it when the vCPU is entered again, and may leave for another access of the same
 * instruction, of a string up to 1024 of two each. With immediate_exit it does not go on to the
 * next one.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "exits.h"
#include "settle.h"

#define ACCESSES_MAX 4096 /* of one instruction */

/* Completes an instruction. Returns 0 if there is more of it to do, or why KVM has left. */
static int complete(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	return ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;
}

/* ---- to nothing ---- */

static bool forget_access(struct vcpu *vcpu)
{
	unsigned int left = ACCESSES_MAX;
	int error = 0;

	while (!error && left--)
		error = complete(vcpu);
	vcpu->left = 0;
	vcpu->is_wary = false;
	kept_forget(&vcpu->kept);
	return is_passing(error);
}

bool vcpus_forget_accesses(struct vcpus *vcpus)
{
	unsigned int i;

	for (i = 0; i < vcpus->count; i++)
		if (!forget_access(&vcpus->list[i]))
			return false;
	return true;
}

/* ---- kept ---- */

/*
 * A read is left as it is: the instruction has not begun yet, as its registers show, unless it
 * takes several reads, such as one of 16 bytes: then the first ones are made twice.
 */
static int keep_access(struct vcpu *vcpu)
{
	unsigned int left = ACCESSES_MAX;
	int err, error;

	while (left--) {
		err = exit_keep_writes(vcpu);
		if (err)
			return err == -EAGAIN ? 0 : err;
		error = complete(vcpu);
		if (error)
			return is_passing(error) ? 0 : -error;
		if (!exit_begin(vcpu))
			return -EBUSY;
	}
	return -EBUSY;
}

int vcpus_keep_accesses(struct vcpus *vcpus)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < vcpus->count; i++)
		err = keep_access(&vcpus->list[i]);
	return err;
}
