// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a call in a wrong phase. */
#include <linux/printk.h>

#include <vdevfw/log.h>

#include "phase.h"
#include "vdev.h"

#define __FUNCTION_NAME(function, phases)	#function,

static const char *const function_names[] = {
	VDEVFW_FUNCTIONS(__FUNCTION_NAME)
};

/* Of callers that are not known. */
static DECLARE_BITMAP(reported, VDEVFW_FUNCTION_COUNT);

static const char *phase_name(enum vdevfw_phase phase)
{
	switch (phase) {
	case PHASE_OPTIONS:
		return "while its options come";
	case PHASE_ASSEMBLY:
		return "while the machine is assembled";
	case PHASE_RUNNING:
		return "in the running stage";
	default:
		return "at its end";
	}
}

int vdevfw_phase_violated(const vdev_t *vdp, enum vdevfw_function function)
{
	struct vdevfw_phase_state *stage;

	if (!vdp) {
		if (!test_and_set_bit(function, reported))
			pr_warn("vdevfw: %s() was called outside of an access or a vdev's thread\n",
				function_names[function]);
		return -EPERM;
	}
	stage = &to_vdevfw_vdev(vdp)->stage;
	atomic_inc(&stage->violations);
	if (!test_and_set_bit(function, stage->reported))
		vdev_logf(QL_INTERNAL, vdp, "%s() was called %s: refused", function_names[function],
			  phase_name(READ_ONCE(stage->phase)));
	return -EPERM;
}
