// SPDX-License-Identifier: GPL-2.0-only
/* Tests of vdev/phase.h: every public function, called in every phase. */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include <vdevfw/doorbell.h>
#include <vdevfw/gasp.h>
#include <vdevfw/guest.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/pulse.h>
#include <vdevfw/registers.h>
#include <vdevfw/runstate.h>
#include <vdevfw/save.h>
#include <vdevfw/timer.h>
#include <vdevfw/utils.h>

#include "../service/intr.h"
#include "../status.h"
#include "../vdev/vdev.h"
#include "testbed.h"

/* What the calls below need; one test runs at a time. */
static struct {
	struct vdev_thread *thread;
	int join;
	struct guest_cpu *gcp;
	struct vdev_doorbell *bell;
} calls;

static const struct qvm_state_block nowhere = { .type = QST_NO_TYPE };

static int call_parse_num(vdev_t *vdp)
{
	u64 value;

	return qvm_parse_num(vdp, "1", 1, &value);
}

static int call_parse_size(vdev_t *vdp)
{
	u64 value;

	return qvm_parse_size(vdp, "1", 1, &value);
}

static int call_parse_bool(vdev_t *vdp)
{
	bool value;

	return qvm_parse_bool(vdp, "on", &value);
}

static int call_parse_string(vdev_t *vdp)
{
	char buf[8];

	return qvm_parse_string(vdp, "x", buf, sizeof(buf));
}

static int call_parse_choice(vdev_t *vdp)
{
	static const char *const choices[] = { "x", NULL };
	unsigned int value;

	return qvm_parse_choice(vdp, "x", choices, &value);
}

static int call_parse_block(vdev_t *vdp)
{
	struct qvm_state_block block = nowhere;

	return qvm_parse_block(vdp, "mem:0", &block);
}

static int call_parse_intr(vdev_t *vdp)
{
	struct guest_intr intr;

	return qvm_parse_intr(vdp, "ioapic:1", &intr);
}

static int call_button_register(vdev_t *vdp)
{
	return guest_button_register(vdp);
}

static int call_string(vdev_t *vdp)
{
	return vdev_string(NULL, 0, vdp);
}

static int call_path(vdev_t *vdp)
{
	return vdev_path(NULL, 0, vdp);
}

static void thread_body(void *arg)
{
	while (vdev_thread_sleep(1000))
		;
}

static int call_thread_create(vdev_t *vdp)
{
	struct vdev_thread *forgotten;

	return vdev_thread_create(vdp, "x", &forgotten, thread_body, NULL);
}

/* One that calls nothing of the framework's: its phase is not what it seems. */
static void silent_body(void *arg)
{
	while (!fatal_signal_pending(current))
		usleep_range(1000, 2000);
}

/* There is a thread to join only once one can be made. */
static int call_thread_join(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	enum vdevfw_phase phase = vdev->stage.phase;
	struct vdev_thread *thread;
	bool joined;

	vdev->stage.phase = PHASE_RUNNING;
	if (vdev_thread_create(vdp, "x", &thread, silent_body, NULL))
		return -ENOMEM;
	vdev->stage.phase = phase;
	vdev_thread_join(thread);
	joined = list_empty(&vdev->threads);
	vdev->stage.phase = PHASE_RUNNING;
	if (!joined)
		vdev_thread_join(thread);
	vdev->stage.phase = phase;
	return joined ? 0 : -EPERM;
}

/* There is a source to raise only once a line has been named. */
static int call_intr_signal(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	enum vdevfw_phase phase = vdev->stage.phase;
	struct guest_intr intr = {};

	vdev->stage.phase = PHASE_OPTIONS;
	qvm_parse_intr(vdp, "ioapic:5", &intr);
	vdev->stage.phase = phase;
	return guest_intr_signal(&intr, GIS_ON);
}

static int call_intr_assign(vdev_t *vdp)
{
	struct guest_intr intr;

	return guest_intr_assign(vdp, &to_vdevfw_vdev(vdp)->machine->intrs->irqchip->pub, 5,
				 GIAT_EDGE, &intr);
}

static int call_intr_assign_auto(vdev_t *vdp)
{
	struct guest_intr intr;

	return guest_intr_assign_auto(vdp, GIAT_EDGE, &intr);
}

static void no_notice(vdev_t *vdp, const struct guest_intr *gip, unsigned int gin)
{
}

static int call_intr_watch(vdev_t *vdp)
{
	struct guest_intr intr = {};

	return guest_intr_watch(vdp, &intr, no_notice);
}

static int call_intr_notify(vdev_t *vdp)
{
	atomic_t *violations = &to_vdevfw_vdev(vdp)->stage.violations;
	int before = atomic_read(violations);

	guest_intr_notify(vdp, 5, GIN_ACK);
	return atomic_read(violations) == before ? 0 : -EPERM;
}

static void no_deliver(vdev_t *pic, const vdev_t *src, u64 paddr, unsigned int data,
		       unsigned int cookie)
{
}

static int call_msi_register(vdev_t *vdp)
{
	return guest_msi_register(vdp, 0x1000, ~0xfffull, no_deliver, 0);
}

static int call_msi_signal(vdev_t *vdp)
{
	return guest_msi_signal(vdp, 0xfee00000, 0x41);
}

static int call_doorbell_create(vdev_t *vdp)
{
	return PTR_ERR_OR_ZERO(vdev_doorbell_create(vdp, VDEV_DOORBELL_THREAD));
}

static void ignore_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
			 struct guest_cpu *gcp)
{
}

static int call_timer_create(vdev_t *vdp)
{
	u64 resolution;

	return guest_timer_create(NULL, vdp, NULL, &resolution) ? 0 : (int)resolution;
}

/* One that is set, whatever the phase. */
static struct guest_timer *some_timer(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	enum vdevfw_phase phase = vdev->stage.phase;
	struct guest_timer *timer;

	vdev->stage.phase = PHASE_OPTIONS;
	timer = guest_timer_create(NULL, vdp, NULL, NULL);
	vdev->stage.phase = PHASE_RUNNING;
	guest_timer_notify(timer, NULL, NSEC_PER_SEC);
	vdev->stage.phase = phase;
	return timer;
}

static int call_timer_notify(vdev_t *vdp)
{
	return guest_timer_notify(some_timer(vdp), NULL, NSEC_PER_SEC);
}

static int call_timer_cancel(vdev_t *vdp)
{
	return guest_timer_cancel(some_timer(vdp));
}

static int call_timer_state(vdev_t *vdp)
{
	struct guest_timer_data data;

	guest_timer_state(some_timer(vdp), &data);
	return data.host_current ? 0 : -EPERM;
}

static int call_timer_remaining(vdev_t *vdp)
{
	return guest_timer_remaining(some_timer(vdp)) == U64_MAX ? -EPERM : 0;
}

static int call_clock_read(vdev_t *vdp)
{
	return guest_clock_read(vdp);
}

static int call_clock_stop(vdev_t *vdp)
{
	return guest_clock_stop(vdp);
}

static int call_clock_start(vdev_t *vdp)
{
	return guest_clock_start(vdp);
}

static int ignore_pulse(vdev_t *vdp, s8 code)
{
	return 0;
}

static int call_pulse(vdev_t *vdp)
{
	return PTR_ERR_OR_ZERO(vdev_pulse(vdp, 1, VDEV_PULSE_INHERIT, VDEV_PULSE_INTERNAL));
}

static int call_pulse_send(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	enum vdevfw_phase phase = vdev->stage.phase;
	struct vdev_pulse *pulse;

	vdev->stage.phase = PHASE_ASSEMBLY;
	pulse = vdev_pulse(vdp, 1, VDEV_PULSE_INHERIT, VDEV_PULSE_INTERNAL);
	vdev->stage.phase = phase;
	return IS_ERR(pulse) ? PTR_ERR(pulse) : vdev_pulse_send(pulse);
}

static int call_pages_alloc(vdev_t *vdp)
{
	return PTR_ERR_OR_ZERO(gasp_pages_alloc(vdp, PAGE_SIZE, GRF_PASS_RD));
}

/* Where the vdev's own place is not. */
static struct gasp_region some_region(vdev_t *vdp)
{
	return (struct gasp_region) {
		.flags = GRF_VIRT_RD,
		.vdev = vdp,
		.guest = { .location = 0x100000, .length = 16, .type = QST_MEMORY },
	};
}

static int call_region_set(vdev_t *vdp)
{
	struct gasp_region region = some_region(vdp);

	return gasp_region_set(vdp->v_gsp, 1, &region);
}

static int call_region_set_soft(vdev_t *vdp)
{
	struct gasp_region region = some_region(vdp);
	int err = 0;

	gasp_lock(vdp->v_gsp, QST_MEMORY);
	gasp_region_set_soft(vdp->v_gsp, 1, &region, &err);
	gasp_unlock(vdp->v_gsp, QST_MEMORY);
	return err;
}

static int call_cpu_read(vdev_t *vdp)
{
	u32 value;

	return guest_cpu_read(calls.gcp, GXF_NONE, &nowhere, 1, &value, sizeof(value));
}

static int call_cpu_write(vdev_t *vdp)
{
	u32 value = 0;

	return guest_cpu_write(calls.gcp, GXF_NONE, &nowhere, 1, &value, sizeof(value));
}

static int call_all_ones(vdev_t *vdp)
{
	return guest_write_all_ones(calls.gcp, GXF_NONE, &nowhere);
}

static int call_gasp_read(vdev_t *vdp)
{
	u8 byte;

	return gasp_read(vdp, 0, &byte, 1);
}

static int call_gasp_write(vdev_t *vdp)
{
	return gasp_write(vdp, 0, "x", 1);
}

static int call_map_sys(vdev_t *vdp)
{
	return PTR_ERR(gasp_map_sys(vdp->v_gsp, PROT_READ, 0, 1));
}

static int call_map_vdma(vdev_t *vdp)
{
	return PTR_ERR(gasp_map_vdma(vdp, PROT_READ, 0, 1));
}

static int call_map_contig(vdev_t *vdp)
{
	size_t len = 1;
	u64 addr = 0;

	return PTR_ERR(gasp_map_contig(vdp, PROT_READ, &addr, &len));
}

static int call_map_valid(vdev_t *vdp)
{
	return gasp_map_valid(vdp->v_gsp, &calls);
}

static int call_map_dirty(vdev_t *vdp)
{
	gasp_map_dirty(vdp->v_gsp, &calls, 0, 1);
	return 0;
}

static int call_unmap(vdev_t *vdp)
{
	gasp_unmap(vdp->v_gsp, &calls, 1, 0);
	return 0;
}

static int call_terminate(vdev_t *vdp)
{
	return guest_terminate(vdp, GTC_CUSTOM_MIN);
}

static int call_ask_stop(vdev_t *vdp)
{
	return guest_ask_stop(vdp, NULL, GRS_PAUSED, "x");
}

static int call_ask_reset(vdev_t *vdp)
{
	return guest_ask_reset(vdp, NULL, "x");
}

static int call_ask_shutdown(vdev_t *vdp)
{
	return guest_ask_shutdown(vdp, NULL, "x");
}

static int call_ask_suspend(vdev_t *vdp)
{
	return guest_ask_suspend(vdp, NULL, "x");
}

static int call_ask_wakeup(vdev_t *vdp)
{
	return guest_ask_wakeup(vdp, NULL, 1);
}

static int call_ask_powerdown(vdev_t *vdp)
{
	return guest_ask_powerdown(vdp, NULL);
}

static int call_panicked(vdev_t *vdp)
{
	return guest_panicked(vdp, NULL, "x");
}

static int call_expired(vdev_t *vdp)
{
	return guest_watchdog_expired(vdp, NULL, "x");
}

/* Those that return nothing. */
static int was_counted(vdev_t *vdp, int before)
{
	return atomic_read(&to_vdevfw_vdev(vdp)->stage.violations) > before ? -EPERM : 0;
}

static int call_reason_take(vdev_t *vdp)
{
	int before = atomic_read(&to_vdevfw_vdev(vdp)->stage.violations);
	struct guest_reason reason;

	guest_reason_take(vdp, &reason);
	return was_counted(vdp, before);
}

static int call_drained(vdev_t *vdp)
{
	int before = atomic_read(&to_vdevfw_vdev(vdp)->stage.violations);

	vdev_drained(vdp, 0);
	return was_counted(vdp, before);
}

static int change_nothing(void *data, bool running, unsigned int state)
{
	return 0;
}

static int call_change_add(vdev_t *vdp)
{
	static const struct guest_change_ops ops = { .change = change_nothing };

	return PTR_ERR_OR_ZERO(guest_change_add(vdp->v_gsp, vdp, 0, &ops, NULL));
}

/* As if it were the code for it, whatever the phase. */
static int call_save_put(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct vdevfw_save save = {};
	int err;

	vdev->save = &save;
	vdev->own_at = 0;
	err = vdev_save_put(vdp, 1, "x", 1);
	vdev->save = NULL;
	kvfree(save.data);
	return err;
}

static int call_save_get(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	u8 byte;
	int err;

	vdev->restoring = true;
	err = vdev_save_get(vdp, 1, &byte, 1);
	vdev->restoring = false;
	return err;
}

/* It refuses nothing, so that the phase goes on. */
static int call_refuse(vdev_t *vdp)
{
	return vdev_refuse(vdp, 0, "x");
}

static int call_logf(vdev_t *vdp)
{
	vdev_logf(QL_DEBUG, vdp, "x");
	return 0;
}

static int call_outf(vdev_t *vdp)
{
	return qvm_outf(vdp, QVM_OUTD_QVM, "x");
}

__printf(2, 3)
static int voutf(vdev_t *vdp, const char *fmt, ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = qvm_voutf(vdp, QVM_OUTD_QVM, fmt, args);
	va_end(args);
	return err;
}

static int call_voutf(vdev_t *vdp)
{
	return voutf(vdp, "x");
}

static int call_qvm_logf(vdev_t *vdp)
{
	qvm_logf(vdp, QVM_OUTD_QVM, "x");
	return 0;
}

/* -EIO is no violation; outside of control() it does not keep the vdev from going on. */
static int call_fatal(vdev_t *vdp)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct task_struct *caller = vdev->caller;
	int err;

	WRITE_ONCE(vdev->caller, NULL);
	err = qvm_fatal(vdp, QVM_OUTF_QVM, "x");
	WRITE_ONCE(vdev->caller, caller);
	return err;
}

static int call_report(vdev_t *vdp)
{
	qvm_report(vdp, "x");
	return 0;
}

/* The vdev has no registers: it does not matter whether it has its lock. */
static int call_register_get(vdev_t *vdp)
{
	return vdev_register_get(vdp, 0);
}

static int call_register_set(vdev_t *vdp)
{
	vdev_register_set(vdp, 0, 0);
	return 0;
}

static int call_registers_reset(vdev_t *vdp)
{
	vdev_registers_reset(vdp);
	return 0;
}

struct call_case {
	const char *name;
	enum vdevfw_function function;
	unsigned int phases;
	int (*call)(vdev_t *vdp);
	bool nobody;	/* who called cannot be known */
};

#define CALL(_function, _phases, _call)							\
	{ .name = #_function, .function = FUNCTION_##_function, .phases = _phases, .call = _call }
#define ANONYMOUS(_function, _phases, _call)						\
	{ .name = #_function, .function = FUNCTION_##_function, .phases = _phases, .call = _call, \
	  .nobody = true }

/*
 * As spec and headers have it, not as the table under test does.
 */
static const struct call_case call_cases[] = {
	CALL(qvm_parse_num, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_num),
	CALL(qvm_parse_size, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_size),
	CALL(qvm_parse_bool, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_bool),
	CALL(qvm_parse_string, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_string),
	CALL(qvm_parse_choice, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_choice),
	CALL(qvm_parse_block, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_block),
	CALL(qvm_parse_intr, PHASE_OPTIONS | PHASE_ASSEMBLY, call_parse_intr),
	CALL(guest_button_register, PHASE_OPTIONS | PHASE_ASSEMBLY, call_button_register),
	CALL(vdev_string, PHASE_RUNNING | PHASE_ENDING, call_string),
	CALL(vdev_path, PHASE_RUNNING | PHASE_ENDING, call_path),
	CALL(vdev_thread_create, PHASE_RUNNING, call_thread_create),
	CALL(vdev_thread_join, PHASE_RUNNING | PHASE_ENDING, call_thread_join),
	CALL(vdev_doorbell_create, BEFORE_END, call_doorbell_create),
	CALL(guest_timer_create, STARTUP, call_timer_create),
	CALL(guest_timer_notify, PHASE_RUNNING, call_timer_notify),
	CALL(guest_timer_cancel, PHASE_RUNNING, call_timer_cancel),
	CALL(guest_timer_state, PHASE_RUNNING, call_timer_state),
	CALL(guest_timer_remaining, PHASE_RUNNING, call_timer_remaining),
	CALL(guest_clock_read, ANY, call_clock_read),
	CALL(guest_clock_stop, PHASE_RUNNING, call_clock_stop),
	CALL(guest_clock_start, PHASE_RUNNING, call_clock_start),
	CALL(vdev_pulse, PHASE_ASSEMBLY | PHASE_RUNNING, call_pulse),
	CALL(vdev_pulse_send, BEFORE_END, call_pulse_send),
	CALL(gasp_pages_alloc, BEFORE_END, call_pages_alloc),
	CALL(gasp_region_set, BEFORE_END, call_region_set),
	CALL(gasp_region_set_soft, BEFORE_END, call_region_set_soft),
	CALL(gasp_read, BEFORE_END, call_gasp_read),
	CALL(gasp_write, BEFORE_END, call_gasp_write),
	ANONYMOUS(gasp_map_sys, BEFORE_END, call_map_sys),
	CALL(gasp_map_vdma, BEFORE_END, call_map_vdma),
	CALL(gasp_map_contig, BEFORE_END, call_map_contig),
	CALL(gasp_map_valid, ANY, call_map_valid),
	CALL(gasp_map_dirty, ANY, call_map_dirty),
	CALL(gasp_unmap, ANY, call_unmap),
	CALL(guest_intr_signal, PHASE_RUNNING | PHASE_ENDING, call_intr_signal),
	CALL(guest_intr_assign, PHASE_OPTIONS | PHASE_ASSEMBLY, call_intr_assign),
	CALL(guest_intr_assign_auto, PHASE_OPTIONS | PHASE_ASSEMBLY, call_intr_assign_auto),
	CALL(guest_intr_watch, PHASE_OPTIONS | PHASE_ASSEMBLY, call_intr_watch),
	CALL(guest_intr_notify, PHASE_RUNNING | PHASE_ENDING, call_intr_notify),
	CALL(guest_msi_register, PHASE_OPTIONS | PHASE_ASSEMBLY, call_msi_register),
	CALL(guest_msi_signal, PHASE_RUNNING | PHASE_ENDING, call_msi_signal),
	CALL(guest_terminate, ANY, call_terminate),
	CALL(guest_ask_stop, PHASE_RUNNING, call_ask_stop),
	CALL(guest_ask_reset, PHASE_RUNNING, call_ask_reset),
	CALL(guest_ask_shutdown, PHASE_RUNNING, call_ask_shutdown),
	CALL(guest_ask_suspend, PHASE_RUNNING, call_ask_suspend),
	CALL(guest_ask_wakeup, PHASE_RUNNING, call_ask_wakeup),
	CALL(guest_ask_powerdown, PHASE_RUNNING, call_ask_powerdown),
	CALL(guest_panicked, PHASE_RUNNING, call_panicked),
	CALL(guest_watchdog_expired, PHASE_RUNNING, call_expired),
	CALL(guest_reason_take, PHASE_RUNNING, call_reason_take),
	CALL(guest_change_add, PHASE_RUNNING, call_change_add),
	CALL(vdev_drained, PHASE_RUNNING, call_drained),
	CALL(vdev_refuse, ANY, call_refuse),
	CALL(vdev_logf, ANY, call_logf),
	CALL(qvm_outf, ANY, call_outf),
	CALL(qvm_voutf, ANY, call_voutf),
	CALL(qvm_logf, ANY, call_qvm_logf),
	CALL(qvm_fatal, ANY, call_fatal),
	CALL(qvm_report, ANY, call_report),
	CALL(vdev_save_put, PHASE_RUNNING, call_save_put),
	CALL(vdev_save_get, PHASE_RUNNING, call_save_get),
	CALL(vdev_register_get, ANY, call_register_get),
	CALL(vdev_register_set, ANY, call_register_set),
	CALL(vdev_registers_reset, ANY, call_registers_reset),
};

/* In control() there is no access, and hence no phase in which they work. */
static const struct call_case access_cases[] = {
	ANONYMOUS(guest_cpu_read, 0, call_cpu_read),
	ANONYMOUS(guest_cpu_write, 0, call_cpu_write),
	ANONYMOUS(guest_write_all_ones, 0, call_all_ones),
};

KUNIT_ARRAY_PARAM_DESC(call, call_cases, name);
KUNIT_ARRAY_PARAM_DESC(access, access_cases, name);

/*
 * Calls in control()
 */

static const struct phase {
	unsigned int ctrl;
	enum vdevfw_phase phase;
} phases[] = {
	{ VDEV_CTRL_OPTIONS_START, PHASE_OPTIONS },
	{ PROBE_FLAG, PHASE_OPTIONS },
	{ VDEV_CTRL_OPTIONS_END, PHASE_ASSEMBLY },
	{ VDEV_CTRL_ASSIGN, PHASE_ASSEMBLY },
	{ VDEV_CTRL_GEN_FDT, PHASE_ASSEMBLY },
	{ VDEV_CTRL_GEN_ACPI, PHASE_ASSEMBLY },
	{ VDEV_CTRL_GUEST_CONFIGURED, PHASE_RUNNING },
	{ VDEV_CTRL_GUEST_STARTING, PHASE_RUNNING },
	{ VDEV_CTRL_STATUS, PHASE_RUNNING },
	{ VDEV_CTRL_BUTTON, PHASE_RUNNING },
	{ VDEV_CTRL_TERMINATE, PHASE_ENDING },
};

/* What came of the call at each of @phases. */
static struct {
	const struct call_case *call;
	unsigned int at;
	bool came;
	int answer;
	unsigned int violations;
	bool reported;
} result;

static int call_at(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);

	if (ctrl != phases[result.at].ctrl)
		return 0;
	result.came = true;
	result.answer = result.call->call(vdp);
	result.violations = atomic_read(&vdev->stage.violations);
	result.reported = test_bit(result.call->function, vdev->stage.reported);
	return 0;
}

/* A guest with one vdev, from its first to its last control code. */
static void live_and_die(struct kunit *test, int (*on_control)(struct probe *probe, vdev_t *vdp,
							       unsigned int ctrl, const char *arg))
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	struct vdevfw_report report = {};
	struct testbed *bed = test->priv;
	u32 handlers;

	probe->on_control = on_control;
	probe->factory.pulse = ignore_pulse;
	probe->factory.timer = ignore_timer;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0\0flag\0name=x"));
	testbed_must_configure(test, gsp);
	/* A vdev that has ended the machine during startup keeps it from starting. */
	atomic_set(&gsp->cause, -1);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_status(gsp, 0, &report, &bed->msg), 0);
	KUNIT_EXPECT_EQ(test, vdevfw_guest_button(gsp, &handlers, &bed->msg), 0);
	vdevfw_guest_destroy(gsp);
	vdev_unregister_factory(&probe->factory);
	probe->registered = false;
}

static void a_function_works_in_its_phases_only(struct kunit *test)
{
	const struct call_case *c = test->param_value;
	unsigned int i;
	bool allowed;

	for (i = 0; i < ARRAY_SIZE(phases); i++) {
		memset(&result, 0, sizeof(result));
		result.call = c;
		result.at = i;
		live_and_die(test, call_at);
		allowed = c->phases & phases[i].phase;
		KUNIT_ASSERT_TRUE_MSG(test, result.came, "code %u did not come", phases[i].ctrl);
		KUNIT_EXPECT_EQ_MSG(test, result.answer == -EPERM, !allowed, "at code %u: %d",
				    phases[i].ctrl, result.answer);
		KUNIT_EXPECT_EQ(test, result.violations, !allowed && !c->nobody);
		KUNIT_EXPECT_EQ(test, result.reported, !allowed && !c->nobody);
	}
}

static void every_function_is_tested(struct kunit *test)
{
	DECLARE_BITMAP(tested, VDEVFW_FUNCTION_COUNT) = {};
	unsigned int i;

	/* Those that want to be within a thread. */
	set_bit(FUNCTION_vdev_thread_cancelled, tested);
	set_bit(FUNCTION_vdev_thread_sleep, tested);
	set_bit(FUNCTION_vdev_doorbell_wait, tested);
	set_bit(FUNCTION_gasp_region_wait, tested);
	for (i = 0; i < ARRAY_SIZE(call_cases); i++)
		set_bit(call_cases[i].function, tested);
	for (i = 0; i < ARRAY_SIZE(access_cases); i++)
		set_bit(access_cases[i].function, tested);
	for (i = 0; i < VDEVFW_FUNCTION_COUNT; i++) {
		KUNIT_EXPECT_NOT_NULL(test, vdevfw_functions[i].name);
		KUNIT_EXPECT_TRUE_MSG(test, test_bit(i, tested), "%s()", vdevfw_functions[i].name);
	}
}

static int call_twice(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl != VDEV_CTRL_ASSIGN)
		return 0;
	call_string(vdp);
	call_string(vdp);
	call_path(vdp);
	return 0;
}

static void a_violation_is_counted_and_reported_once_per_function(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	struct vdevfw_event event = {};

	probe->on_control = call_twice;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, atomic_read(&to_vdevfw_vdev(probe->vdp)->stage.violations), 3);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event), 2);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_SEVERITY_INTERNAL);
	KUNIT_EXPECT_STREQ(test, (char *)event.text,
			   "vdev_path() was called while the machine is assembled: refused");
}

/*
 * Within an access and a thread
 */

static enum vdev_ref_status read_in_access(vdev_t *vdp, unsigned int cookie,
					   const struct qvm_state_block *vopnd,
					   const struct qvm_state_block *oopnd,
					   struct guest_cpu *gcp)
{
	calls.gcp = gcp;
	result.answer = result.call->call(vdp);
	calls.gcp = NULL;
	return VRS_NORMAL;
}

static void an_operand_is_served_within_an_access(struct kunit *test)
{
	const struct call_case *c = test->param_value;
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	u32 value;

	probe->factory.vread = read_in_access;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	result.call = c;
	result.answer = 0;
	fake_kvm_read(0, VDEVFW_BUS_MEM, 0, 4, &value);
	/* @nowhere is no operand: anything but -EPERM has passed the check. */
	KUNIT_EXPECT_EQ(test, result.answer, -EOPNOTSUPP);
}

/* Threads are counted under the guest's mutex, which control() has and nobody else. */
static void a_thread_is_made_in_control_only(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	struct vdevfw_event event = {};
	struct vdev_thread *thread;

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, vdev_thread_create(probe->vdp, "x", &thread, thread_body, NULL),
			-EPERM);
	testbed_count_events(&gsp->events, VDEVFW_EVENT_LOG, &event);
	KUNIT_EXPECT_STREQ(test, (char *)event.text,
			   "vdev_thread_create() was called outside of control(): refused");
}

static int make_bell(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_GUEST_CONFIGURED)
		calls.bell = vdev_doorbell_create(vdp, VDEV_DOORBELL_THREAD);
	return 0;
}

static void a_thread_that_is_no_vdevs_does_not_wait_for_a_doorbell(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	probe->on_control = make_bell;
	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(calls.bell));
	KUNIT_EXPECT_EQ(test, vdev_doorbell_wait(calls.bell, 3600 * 1000), 0);
}

/* Unlike what makes something for the vdev to keep. */
static void a_region_is_set_outside_of_control_too(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	testbed_must_configure(test, gsp);
	KUNIT_EXPECT_EQ(test, call_region_set(probe->vdp), 0);
	KUNIT_EXPECT_EQ(test, call_doorbell_create(probe->vdp), -EPERM);
	KUNIT_EXPECT_EQ(test, call_pages_alloc(probe->vdp), -EPERM);
}

static void a_thread_that_is_no_vdevs_does_not_sleep(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vdev_thread_sleep(3600 * 1000));
	KUNIT_EXPECT_TRUE(test, vdev_thread_cancelled());
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_function_works_in_its_phases_only, call_gen_params),
	KUNIT_CASE_PARAM(a_function_works_in_its_phases_only, access_gen_params),
	KUNIT_CASE(every_function_is_tested),
	KUNIT_CASE(a_violation_is_counted_and_reported_once_per_function),
	KUNIT_CASE_PARAM(an_operand_is_served_within_an_access, access_gen_params),
	KUNIT_CASE(a_thread_is_made_in_control_only),
	KUNIT_CASE(a_thread_that_is_no_vdevs_does_not_sleep),
	KUNIT_CASE(a_thread_that_is_no_vdevs_does_not_wait_for_a_doorbell),
	KUNIT_CASE(a_region_is_set_outside_of_control_too),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-phase",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
