// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a call in a wrong phase. */
#include <linux/printk.h>
#include <linux/sched.h>

#include <vdevfw/log.h>

#include "phase.h"
#include "vdev.h"

/* As the headers say it, in "Phase:", of each of these functions. */
const struct vdevfw_function_rule vdevfw_functions[VDEVFW_FUNCTION_COUNT] = {
	[FUNCTION_qvm_parse_num] = { "qvm_parse_num", STARTUP },
	[FUNCTION_qvm_parse_size] = { "qvm_parse_size", STARTUP },
	[FUNCTION_qvm_parse_bool] = { "qvm_parse_bool", STARTUP },
	[FUNCTION_qvm_parse_string] = { "qvm_parse_string", STARTUP },
	[FUNCTION_qvm_parse_choice] = { "qvm_parse_choice", STARTUP },
	[FUNCTION_qvm_parse_block] = { "qvm_parse_block", STARTUP },
	[FUNCTION_qvm_parse_intr] = { "qvm_parse_intr", STARTUP },
	[FUNCTION_guest_button_register] = { "guest_button_register", STARTUP },
	[FUNCTION_vdev_string] = { "vdev_string", AFTER_STARTUP },
	[FUNCTION_vdev_path] = { "vdev_path", AFTER_STARTUP },
	[FUNCTION_vdev_thread_create] = { "vdev_thread_create", PHASE_RUNNING },
	[FUNCTION_vdev_thread_join] = { "vdev_thread_join", AFTER_STARTUP },
	[FUNCTION_vdev_thread_cancelled] = { "vdev_thread_cancelled", AFTER_STARTUP },
	[FUNCTION_vdev_thread_sleep] = { "vdev_thread_sleep", AFTER_STARTUP },
	[FUNCTION_vdev_doorbell_create] = { "vdev_doorbell_create", BEFORE_END },
	[FUNCTION_vdev_doorbell_wait] = { "vdev_doorbell_wait", AFTER_STARTUP },
	[FUNCTION_guest_timer_create] = { "guest_timer_create", STARTUP },
	[FUNCTION_guest_timer_notify] = { "guest_timer_notify", PHASE_RUNNING },
	[FUNCTION_guest_timer_cancel] = { "guest_timer_cancel", PHASE_RUNNING },
	[FUNCTION_guest_timer_state] = { "guest_timer_state", PHASE_RUNNING },
	[FUNCTION_guest_timer_remaining] = { "guest_timer_remaining", PHASE_RUNNING },
	[FUNCTION_guest_clock_read] = { "guest_clock_read", ANY },
	[FUNCTION_guest_clock_stop] = { "guest_clock_stop", PHASE_RUNNING },
	[FUNCTION_guest_clock_start] = { "guest_clock_start", PHASE_RUNNING },
	[FUNCTION_vdev_pulse] = { "vdev_pulse", PHASE_ASSEMBLY | PHASE_RUNNING },
	[FUNCTION_vdev_pulse_send] = { "vdev_pulse_send", BEFORE_END },
	[FUNCTION_gasp_pages_alloc] = { "gasp_pages_alloc", BEFORE_END },
	[FUNCTION_gasp_region_set] = { "gasp_region_set", BEFORE_END },
	[FUNCTION_gasp_region_set_soft] = { "gasp_region_set_soft", BEFORE_END },
	[FUNCTION_gasp_region_wait] = { "gasp_region_wait", AFTER_STARTUP },
	[FUNCTION_guest_cpu_read] = { "guest_cpu_read", PHASE_RUNNING },
	[FUNCTION_guest_cpu_write] = { "guest_cpu_write", PHASE_RUNNING },
	[FUNCTION_guest_write_all_ones] = { "guest_write_all_ones", PHASE_RUNNING },
	[FUNCTION_gasp_read] = { "gasp_read", BEFORE_END },
	[FUNCTION_gasp_write] = { "gasp_write", BEFORE_END },
	[FUNCTION_gasp_map_sys] = { "gasp_map_sys", BEFORE_END },
	[FUNCTION_gasp_map_vdma] = { "gasp_map_vdma", BEFORE_END },
	[FUNCTION_gasp_map_contig] = { "gasp_map_contig", BEFORE_END },
	[FUNCTION_gasp_map_valid] = { "gasp_map_valid", ANY },
	[FUNCTION_gasp_map_dirty] = { "gasp_map_dirty", ANY },
	[FUNCTION_gasp_unmap] = { "gasp_unmap", ANY },
	[FUNCTION_guest_intr_signal] = { "guest_intr_signal", AFTER_STARTUP },
	[FUNCTION_guest_intr_assign] = { "guest_intr_assign", STARTUP },
	[FUNCTION_guest_intr_assign_auto] = { "guest_intr_assign_auto", STARTUP },
	[FUNCTION_guest_intr_watch] = { "guest_intr_watch", STARTUP },
	[FUNCTION_guest_intr_notify] = { "guest_intr_notify", AFTER_STARTUP },
	[FUNCTION_guest_msi_register] = { "guest_msi_register", STARTUP },
	[FUNCTION_guest_msi_signal] = { "guest_msi_signal", AFTER_STARTUP },
	[FUNCTION_guest_terminate] = { "guest_terminate", ANY },
	[FUNCTION_guest_reason_take] = { "guest_reason_take", PHASE_RUNNING },
	[FUNCTION_guest_ask_stop] = { "guest_ask_stop", PHASE_RUNNING },
	[FUNCTION_guest_ask_reset] = { "guest_ask_reset", PHASE_RUNNING },
	[FUNCTION_guest_ask_shutdown] = { "guest_ask_shutdown", PHASE_RUNNING },
	[FUNCTION_guest_ask_suspend] = { "guest_ask_suspend", PHASE_RUNNING },
	[FUNCTION_guest_ask_wakeup] = { "guest_ask_wakeup", PHASE_RUNNING },
	[FUNCTION_guest_ask_powerdown] = { "guest_ask_powerdown", PHASE_RUNNING },
	[FUNCTION_guest_panicked] = { "guest_panicked", PHASE_RUNNING },
	[FUNCTION_guest_watchdog_expired] = { "guest_watchdog_expired", PHASE_RUNNING },
	[FUNCTION_guest_change_add] = { "guest_change_add", PHASE_RUNNING },
	[FUNCTION_vdev_drained] = { "vdev_drained", PHASE_RUNNING },
	[FUNCTION_vdev_refuse] = { "vdev_refuse", ANY },
	[FUNCTION_vdev_logf] = { "vdev_logf", ANY },
	[FUNCTION_qvm_outf] = { "qvm_outf", ANY },
	[FUNCTION_qvm_voutf] = { "qvm_voutf", ANY },
	[FUNCTION_qvm_logf] = { "qvm_logf", ANY },
	[FUNCTION_qvm_fatal] = { "qvm_fatal", ANY },
	[FUNCTION_qvm_report] = { "qvm_report", ANY },
	[FUNCTION_vdev_save_put] = { "vdev_save_put", PHASE_RUNNING },
	[FUNCTION_vdev_save_get] = { "vdev_save_get", PHASE_RUNNING },
	[FUNCTION_vdev_register_get] = { "vdev_register_get", ANY },
	[FUNCTION_vdev_register_set] = { "vdev_register_set", ANY },
	[FUNCTION_vdev_registers_reset] = { "vdev_registers_reset", ANY },
};

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

static int refuse(const vdev_t *vdp, enum vdevfw_function function, const char *when)
{
	struct vdevfw_phase_state *stage = &to_vdevfw_vdev(vdp)->stage;

	atomic_inc(&stage->violations);
	if (!test_and_set_bit(function, stage->reported))
		vdev_logf(QL_INTERNAL, vdp, "%s() was called %s: refused",
			  vdevfw_functions[function].name, when);
	return -EPERM;
}

int vdevfw_context_violated(const vdev_t *vdp, enum vdevfw_function function)
{
	return refuse(vdp, function, "outside of control()");
}

int vdevfw_code_violated(const vdev_t *vdp, enum vdevfw_function function, unsigned int ctrl)
{
	char when[40];

	snprintf(when, sizeof(when), "outside of VDEV_CTRL_%s", vdev_ctrl_name(ctrl));
	return refuse(vdp, function, when);
}

int vdevfw_lock_violated(const vdev_t *vdp, enum vdevfw_function function)
{
	return refuse(vdp, function, "without gasp_lock()");
}

int vdevfw_phase_violated(const vdev_t *vdp, enum vdevfw_function function)
{
	if (!vdp) {
		pr_warn_ratelimited("vdevfw: %s() was called by %s, which is no access and no thread of a vdev\n",
				    vdevfw_functions[function].name, current->comm);
		return -EPERM;
	}
	return refuse(vdp, function, phase_name(READ_ONCE(to_vdevfw_vdev(vdp)->stage.phase)));
}

int vdevfw_guest_phase_violated(u64 guest, enum vdevfw_function function)
{
	pr_warn_ratelimited("vdevfw: guest %llu: %s() was called by %s at its end: refused\n",
			    guest, vdevfw_functions[function].name, current->comm);
	return -EPERM;
}
