// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev services: a vdev of the tests', which does what a guest tells it with interrupts, a timer
 * and a pulse; vdev-services.h has its registers.
 *
 *	vdev services loc 0xfb000000 intr ioapic:16 second ioapic:17 eventfd 7
 *
 * With ``storm`` its thread, its timer and its pulse raise and lower intr all the time.
 */
#include <linux/delay.h>
#include <linux/sched.h>

#include <vdevfw/guest.h>
#include <vdevfw/pulse.h>
#include <vdevfw/registers.h>
#include <vdevfw/utils.h>

#include "vdev-services.h"

#define STORM_PERIOD	20000	/* ns */

/**
 * struct services_state - One instance
 * @second: What ``second`` names
 * @timer: Its timer
 * @pulse: Its pulse
 * @eventfd: Of ``eventfd``, or VDEV_PULSE_INTERNAL
 * @watched: It is told of the ends of interrupts
 * @storm: Of ``storm``
 * @series: The timer goes off again and again, after this many ns
 * @acks: Counts
 * @fired: Counts
 * @pulses: Counts
 * @started: When the timer's last period began
 */
struct services_state {
	struct guest_intr second;
	struct guest_timer *timer;
	struct vdev_pulse *pulse;
	int eventfd;
	bool watched;
	bool storm;
	u64 series;
	atomic_t acks;
	atomic_t fired;
	atomic_t pulses;
	u64 started;
};

enum {
	OPTION_SECOND,
	OPTION_EVENTFD,
	OPTION_WATCH,
	OPTION_STORM,
	OPTION_COUNT,
};

static const char *const services_options[] = {
	[OPTION_SECOND] = "second",
	[OPTION_EVENTFD] = "eventfd",
	[OPTION_WATCH] = QVM_OPTION_NO_ARG_PREFIX "watch",
	[OPTION_STORM] = QVM_OPTION_NO_ARG_PREFIX "storm",
	[OPTION_COUNT] = NULL,
};

/*
 * Registers
 */

enum {
	SIGNAL, SECOND, ERROR, ACKS, ON_ACK, EDGES, MSI_DATA, MSI_ADDRESS, TIME, MODE, FIRED, CLOCK,
	STARTED, PULSE, PULSES,
};

static enum vdev_ref_status done(vdev_t *vdp, int err)
{
	vdev_register_set(vdp, ERROR, -err);
	return VRS_NORMAL;
}

static enum vdev_ref_status signal_first(vdev_t *vdp, const struct vdev_register *reg, u64 value,
					 u64 old)
{
	return done(vdp, guest_intr_signal(&vdp->v_intr, value));
}

static enum vdev_ref_status signal_second(vdev_t *vdp, const struct vdev_register *reg, u64 value,
					  u64 old)
{
	struct services_state *state = vdp->v_device;

	return done(vdp, guest_intr_signal(&state->second, value));
}

static int raise_and_lower(vdev_t *vdp)
{
	int err = guest_intr_signal(&vdp->v_intr, GIS_ON);

	return err ?: guest_intr_signal(&vdp->v_intr, GIS_OFF);
}

static enum vdev_ref_status make_edges(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				       u64 old)
{
	int err = 0;

	while (value-- && !err)
		err = raise_and_lower(vdp);
	return done(vdp, err);
}

static enum vdev_ref_status send_msi(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				     u64 old)
{
	return done(vdp, guest_msi_signal(vdp, vdev_register_get(vdp, MSI_ADDRESS), value));
}

static enum vdev_ref_status set_timer(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				      u64 old)
{
	struct services_state *state = vdp->v_device;
	u64 mode = vdev_register_get(vdp, MODE);

	if (mode == SERVICES_CANCEL)
		return done(vdp, guest_timer_cancel(state->timer) < 0 ? -EPERM : 0);
	WRITE_ONCE(state->series, mode == SERVICES_SERIES ? value : 0);
	return done(vdp, guest_timer_notify(state->timer, mode == SERVICES_ABSOLUTE ?
					    GUEST_TIMER_ABSOLUTE : NULL, value));
}

static enum vdev_ref_status send_pulse(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				       u64 old)
{
	struct services_state *state = vdp->v_device;

	return done(vdp, vdev_pulse_send(state->pulse));
}

static u64 read_count(vdev_t *vdp, const struct vdev_register *reg)
{
	struct services_state *state = vdp->v_device;

	switch (reg->offset) {
	case SERVICES_ACKS:
		return atomic_read(&state->acks);
	case SERVICES_FIRED:
		return atomic_read(&state->fired);
	case SERVICES_PULSES:
		return atomic_read(&state->pulses);
	case SERVICES_STARTED:
		return READ_ONCE(state->started);
	default:
		return guest_clock_read(vdp);
	}
}

static const struct vdev_register services_registers[] = {
	[SIGNAL] = { "signal", SERVICES_SIGNAL, 4, .writable = U32_MAX, .written = signal_first },
	[SECOND] = { "second", SERVICES_SECOND, 4, .writable = U32_MAX, .written = signal_second },
	[ERROR] = { "error", SERVICES_ERROR, 4 },
	[ACKS] = { "acks", SERVICES_ACKS, 4, .read = read_count },
	[ON_ACK] = { "on-ack", SERVICES_ON_ACK, 4, .writable = U32_MAX },
	[EDGES] = { "edges", SERVICES_EDGES, 4, .writable = 0xfff, .written = make_edges },
	[MSI_DATA] = { "msi-data", SERVICES_MSI_DATA, 4, .writable = U32_MAX, .written = send_msi },
	[MSI_ADDRESS] = { "msi-address", SERVICES_MSI_ADDRESS, 8, .writable = U64_MAX },
	[TIME] = { "time", SERVICES_TIME, 8, .writable = U64_MAX, .written = set_timer },
	[MODE] = { "mode", SERVICES_MODE, 4, .writable = 3 },
	[FIRED] = { "fired", SERVICES_FIRED, 4, .read = read_count },
	[CLOCK] = { "clock", SERVICES_CLOCK, 8, .read = read_count },
	[STARTED] = { "started", SERVICES_STARTED, 8, .read = read_count },
	[PULSE] = { "pulse", SERVICES_PULSE, 4, .writable = U32_MAX, .written = send_pulse },
	[PULSES] = { "pulses", SERVICES_PULSES, 4, .read = read_count },
};

static const struct vdev_register_table services_table = VDEV_REGISTER_TABLE(services_registers);

/*
 * What comes by itself
 */

static void services_notice(vdev_t *vdp, const struct guest_intr *gip, unsigned int gin)
{
	struct services_state *state = vdp->v_device;

	spin_lock(&vdp->v_mtx);
	guest_intr_signal(gip, vdev_register_get(vdp, ON_ACK));
	spin_unlock(&vdp->v_mtx);
	/* Whoever waits for the count looks at the line next. */
	atomic_inc(&state->acks);
}

static void services_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
			   struct guest_cpu *gcp)
{
	struct services_state *state = vdp->v_device;
	u64 series = READ_ONCE(state->series);

	WRITE_ONCE(state->started, tdp->guest_notify_start);
	atomic_inc(&state->fired);
	if (vdp->v_intr.pic)
		raise_and_lower(vdp);
	if (series)
		guest_timer_notify(state->timer, tdp, series);
}

static int services_pulse(vdev_t *vdp, s8 code)
{
	struct services_state *state = vdp->v_device;

	atomic_inc(&state->pulses);
	if (vdp->v_intr.pic)
		raise_and_lower(vdp);
	return 0;
}

static void services_storm(void *arg)
{
	vdev_t *vdp = arg;
	struct services_state *state = vdp->v_device;

	while (!vdev_thread_cancelled()) {
		vdev_pulse_send(state->pulse);
		raise_and_lower(vdp);
		usleep_range(10, 50);
	}
}

static int start_storm(vdev_t *vdp)
{
	struct services_state *state = vdp->v_device;
	struct vdev_thread *forgotten;

	state->series = STORM_PERIOD;
	guest_timer_notify(state->timer, NULL, STORM_PERIOD);
	return vdev_thread_create(vdp, "storm", &forgotten, services_storm, vdp);
}

/*
 * Its life
 */

static int services_options_start(vdev_t *vdp)
{
	struct services_state *state = vdp->v_device;
	u64 err;

	vdp->v_block.length = SERVICES_SIZE;
	state->eventfd = VDEV_PULSE_INTERNAL;
	state->timer = guest_timer_create(NULL, vdp, NULL, &err);
	return state->timer ? 0 : (int)err;
}

static int services_options_end(vdev_t *vdp)
{
	struct services_state *state = vdp->v_device;

	state->pulse = vdev_pulse(vdp, 1, VDEV_PULSE_INHERIT, state->eventfd);
	if (IS_ERR(state->pulse))
		return vdev_refuse(vdp, PTR_ERR(state->pulse), "no pulse of eventfd %d",
				   state->eventfd);
	return state->watched ? guest_intr_watch(vdp, &vdp->v_intr, services_notice) : 0;
}

static int services_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct services_state *state = vdp->v_device;
	u64 number;
	int err;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		return services_options_start(vdp);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_SECOND:
		return qvm_parse_intr(vdp, arg, &state->second);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_EVENTFD:
		err = qvm_parse_num(vdp, arg, INT_MAX, &number);
		state->eventfd = err ? VDEV_PULSE_INTERNAL : (int)number;
		return err;
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_WATCH:
		state->watched = true;
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_STORM:
		state->storm = true;
		return 0;
	case VDEV_CTRL_OPTIONS_END:
		return services_options_end(vdp);
	case VDEV_CTRL_GUEST_CONFIGURED:
		return state->storm ? start_storm(vdp) : 0;
	case VDEV_CTRL_SAVE:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

static struct vdev_factory services_factory = {
	.control = services_control,
	.timer = services_timer,
	.pulse = services_pulse,
	.registers = &services_table,
	.option_list = services_options,
	.factory_flags = VFF_MUTEX | VFF_VDEV_MEM,
	.acc_sizes = BIT(4) | BIT(8),
	.extra_space = sizeof(struct services_state),
	.safety = VDEV_SAFETY_NO,
};
module_vdev_factory(services_factory);

MODULE_DESCRIPTION("vdev services: interrupts, timers and pulses, as a test wants them");
MODULE_LICENSE("GPL");
