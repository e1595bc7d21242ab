/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phases: which function a vdev may call when. The published API only documents
 * it; here one table says it, and every public function asks it at its entry:
 *
 *	err = vdevfw_phase_check(vdp, vdev_thread_create);
 *	if (err)
 *		return err;
 *
 * While all is well this is a load, a test and a branch that is not taken.
 */
#ifndef _VDEVFW_PHASE_H
#define _VDEVFW_PHASE_H

#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/compiler.h>

#include <vdevfw/guest.h>

/**
 * enum vdevfw_phase - Where a vdev is in its life
 * @PHASE_OPTIONS: OPTIONS_START, and its options
 * @PHASE_ASSEMBLY: from OPTIONS_END on, while the machine is being completed
 * @PHASE_RUNNING: from GUEST_CONFIGURED on; the same bit as in &struct guest_cpu
 * @PHASE_ENDING: TERMINATE
 * @STARTUP: the published API's startup stage
 * @ANY: always
 */
enum vdevfw_phase {
	PHASE_OPTIONS = BIT(0),
	PHASE_ASSEMBLY = BIT(1),
	PHASE_RUNNING = __GUEST_CPU_RUNNING,
	PHASE_ENDING = BIT(3),

	STARTUP = PHASE_OPTIONS | PHASE_ASSEMBLY,
	ANY = STARTUP | PHASE_RUNNING | PHASE_ENDING,
};

/* The public functions, and in which phases a vdev may call them. */
#define VDEVFW_FUNCTIONS(_)						\
	_(qvm_parse_num,		STARTUP)			\
	_(qvm_parse_size,		STARTUP)			\
	_(qvm_parse_bool,		STARTUP)			\
	_(qvm_parse_string,		STARTUP)			\
	_(qvm_parse_choice,		STARTUP)			\
	_(qvm_parse_block,		STARTUP)			\
	_(qvm_parse_intr,		STARTUP)			\
	_(guest_button_register,	STARTUP)			\
	_(vdev_string,			PHASE_RUNNING | PHASE_ENDING)	\
	_(vdev_path,			PHASE_RUNNING | PHASE_ENDING)	\
	_(vdev_thread_create,		PHASE_RUNNING)			\
	_(vdev_thread_join,		PHASE_RUNNING | PHASE_ENDING)	\
	_(vdev_thread_cancelled,	PHASE_RUNNING | PHASE_ENDING)	\
	_(vdev_thread_sleep,		PHASE_RUNNING | PHASE_ENDING)	\
	_(guest_cpu_read,		PHASE_RUNNING)			\
	_(guest_cpu_write,		PHASE_RUNNING)			\
	_(guest_write_all_ones,		PHASE_RUNNING)			\
	_(guest_terminate,		STARTUP | PHASE_RUNNING)	\
	_(vdev_refuse,			ANY)				\
	_(vdev_logf,			ANY)				\
	_(qvm_outf,			ANY)				\
	_(qvm_voutf,			ANY)				\
	_(qvm_logf,			ANY)				\
	_(qvm_fatal,			ANY)				\
	_(qvm_report,			ANY)

#define __FUNCTION_NUMBER(function, phases)	FUNCTION_##function,
#define __FUNCTION_PHASES(function, phases)	PHASES_##function = (phases),

/* A number for each public function ... */
enum vdevfw_function {
	VDEVFW_FUNCTIONS(__FUNCTION_NUMBER)
	VDEVFW_FUNCTION_COUNT
};

/* ... and its phases. */
enum vdevfw_function_phases {
	VDEVFW_FUNCTIONS(__FUNCTION_PHASES)
};

/**
 * struct vdevfw_phase_state - What of a vdev the check looks at
 * @phase: The present one. Written under the guest's mutex, read anywhere.
 * @violations: How many calls came in a wrong phase
 * @reported: Functions of which that has been reported
 */
struct vdevfw_phase_state {
	enum vdevfw_phase phase;
	atomic_t violations;
	DECLARE_BITMAP(reported, VDEVFW_FUNCTION_COUNT);
};

/**
 * vdevfw_phase_violated() - Count a call in a wrong phase, and report the first
 * @vdp: Who called; NULL if that cannot be known
 * @function: What was called
 *
 * Context: Any but NMI.
 * Return: -EPERM.
 */
int vdevfw_phase_violated(const vdev_t *vdp, enum vdevfw_function function);

/* Whether @phase, of @vdp, is one of @function's: 0, or -EPERM. */
#define __vdevfw_phase_check(vdp, phase, function)				\
	(likely((phase) & PHASES_##function) ? 0 :				\
	 vdevfw_phase_violated(vdp, FUNCTION_##function))

/**
 * vdevfw_phase_check() - Whether a vdev may call a function now
 * @vdp: The vdev
 * @function: Name of the function
 *
 * Context: Any but NMI.
 * Return: 0 or -EPERM.
 */
#define vdevfw_phase_check(vdp, function)					\
	__vdevfw_phase_check(vdp, READ_ONCE(to_vdevfw_vdev(vdp)->stage.phase), function)

/**
 * vdevfw_access_check() - The same, for a function that is called within an access
 * @gcp: What the function was given: NULL, or of an access
 * @function: Name of the function
 */
#define vdevfw_access_check(gcp, function)					\
	__vdevfw_phase_check(NULL, (gcp) ? (gcp)->__phase : 0, function)

#endif
