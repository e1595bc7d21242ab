/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phases: which function a vdev may call when. The published API only documents
 * it; here one table says it, and every public function asks it at its entry, also
 * where it allows any phase, so that the table alone decides:
 *
 *	err = vdevfw_check(vdp, FUNCTION_vdev_thread_create);
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
 * @BEFORE_END: until TERMINATE
 * @AFTER_STARTUP: what follows startup
 * @ANY: always
 */
enum vdevfw_phase {
	PHASE_OPTIONS = BIT(0),
	PHASE_ASSEMBLY = BIT(1),
	PHASE_RUNNING = __GUEST_CPU_RUNNING,
	PHASE_ENDING = BIT(3),

	STARTUP = PHASE_OPTIONS | PHASE_ASSEMBLY,
	BEFORE_END = STARTUP | PHASE_RUNNING,
	AFTER_STARTUP = PHASE_RUNNING | PHASE_ENDING,
	ANY = STARTUP | AFTER_STARTUP,
};

/* A number for each public function; phase.c has the table. */
enum vdevfw_function {
	FUNCTION_qvm_parse_num,
	FUNCTION_qvm_parse_size,
	FUNCTION_qvm_parse_bool,
	FUNCTION_qvm_parse_string,
	FUNCTION_qvm_parse_choice,
	FUNCTION_qvm_parse_block,
	FUNCTION_qvm_parse_intr,
	FUNCTION_guest_button_register,
	FUNCTION_vdev_string,
	FUNCTION_vdev_path,
	FUNCTION_vdev_thread_create,
	FUNCTION_vdev_thread_join,
	FUNCTION_vdev_thread_cancelled,
	FUNCTION_vdev_thread_sleep,
	FUNCTION_vdev_doorbell_create,
	FUNCTION_vdev_doorbell_wait,
	FUNCTION_guest_timer_create,
	FUNCTION_guest_timer_notify,
	FUNCTION_guest_timer_cancel,
	FUNCTION_guest_timer_state,
	FUNCTION_guest_timer_remaining,
	FUNCTION_guest_clock_read,
	FUNCTION_guest_clock_stop,
	FUNCTION_guest_clock_start,
	FUNCTION_vdev_pulse,
	FUNCTION_vdev_pulse_send,
	FUNCTION_gasp_pages_alloc,
	FUNCTION_gasp_region_set,
	FUNCTION_gasp_region_set_soft,
	FUNCTION_gasp_region_wait,
	FUNCTION_guest_cpu_read,
	FUNCTION_guest_cpu_write,
	FUNCTION_guest_write_all_ones,
	FUNCTION_gasp_read,
	FUNCTION_gasp_write,
	FUNCTION_gasp_map_sys,
	FUNCTION_gasp_map_vdma,
	FUNCTION_gasp_map_contig,
	FUNCTION_gasp_map_valid,
	FUNCTION_gasp_map_dirty,
	FUNCTION_gasp_unmap,
	FUNCTION_guest_intr_signal,
	FUNCTION_guest_intr_assign,
	FUNCTION_guest_intr_assign_auto,
	FUNCTION_guest_intr_watch,
	FUNCTION_guest_intr_notify,
	FUNCTION_guest_msi_register,
	FUNCTION_guest_msi_signal,
	FUNCTION_guest_terminate,
	FUNCTION_guest_reason_take,
	FUNCTION_guest_ask_stop,
	FUNCTION_guest_ask_reset,
	FUNCTION_guest_ask_shutdown,
	FUNCTION_guest_ask_suspend,
	FUNCTION_guest_ask_wakeup,
	FUNCTION_guest_ask_powerdown,
	FUNCTION_guest_panicked,
	FUNCTION_guest_watchdog_expired,
	FUNCTION_guest_change_add,
	FUNCTION_vdev_drained,
	FUNCTION_vdev_refuse,
	FUNCTION_vdev_logf,
	FUNCTION_qvm_outf,
	FUNCTION_qvm_voutf,
	FUNCTION_qvm_logf,
	FUNCTION_qvm_fatal,
	FUNCTION_qvm_report,
	FUNCTION_vdev_save_put,
	FUNCTION_vdev_save_get,
	FUNCTION_vdev_register_get,
	FUNCTION_vdev_register_set,
	FUNCTION_vdev_registers_reset,
	VDEVFW_FUNCTION_COUNT
};

/**
 * struct vdevfw_function_rule - When a vdev may call a function
 * @name: The function's
 * @phases: In these
 */
struct vdevfw_function_rule {
	const char *name;
	unsigned int phases;
};

extern const struct vdevfw_function_rule vdevfw_functions[VDEVFW_FUNCTION_COUNT];

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

/**
 * vdevfw_context_violated() - The same for a call outside of control(), where it belongs
 * @vdp: Who called
 * @function: What was called
 *
 * Context: Any but NMI.
 * Return: -EPERM.
 */
int vdevfw_context_violated(const vdev_t *vdp, enum vdevfw_function function);

/**
 * vdevfw_code_violated() - The same for a call outside of the one control code where it belongs
 * @vdp: Who called
 * @function: What was called
 * @ctrl: &enum vdev_ctrl
 *
 * Context: Any but NMI.
 * Return: -EPERM.
 */
int vdevfw_code_violated(const vdev_t *vdp, enum vdevfw_function function, unsigned int ctrl);

/**
 * vdevfw_lock_violated() - The same for a call without the lock of the space
 * @vdp: Who called
 * @function: What was called
 *
 * Context: Any but NMI.
 * Return: -EPERM.
 */
int vdevfw_lock_violated(const vdev_t *vdp, enum vdevfw_function function);

/**
 * vdevfw_guest_phase_violated() - The same where only the guest is known, and is at its end
 * @guest: Its id
 * @function: What was called
 *
 * Context: Any but NMI.
 * Return: -EPERM.
 */
int vdevfw_guest_phase_violated(u64 guest, enum vdevfw_function function);

/**
 * vdevfw_phase_check() - Whether a vdev may call a function now
 * @vdp: The vdev
 * @phase: Its phase
 * @function: The function
 *
 * Context: Any but NMI.
 * Return: 0 or -EPERM.
 */
static inline int vdevfw_phase_check(const vdev_t *vdp, unsigned int phase,
				     enum vdevfw_function function)
{
	if (likely(phase & vdevfw_functions[function].phases))
		return 0;
	return vdevfw_phase_violated(vdp, function);
}

/**
 * vdevfw_access_check() - Whether a function may be called that belongs within an access
 * @gcp: What the function was given: NULL, or of an access
 * @function: The function
 *
 * Context: Any but NMI.
 * Return: 0 or -EPERM.
 */
static inline int vdevfw_access_check(const struct guest_cpu *gcp, enum vdevfw_function function)
{
	return vdevfw_phase_check(NULL, gcp ? gcp->__phase : 0, function);
}

#endif
