// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev wdt-ib700: the watchdog of an IB700, a single-board computer. A write to one port lets it
 * bite after up to 30 seconds, unless another write comes before; a write to another port stops it.
 * Nothing of it can be read.
 *
 *	vdev wdt-ib700 loc io:0x441 action terminate
 */
#include <linux/limits.h>
#include <linux/time64.h>

#include <vdevfw/log.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/registers.h>
#include <vdevfw/runstate.h>
#include <vdevfw/save.h>
#include <vdevfw/timer.h>
#include <vdevfw/utils.h>

#define LOCATION	0x441
#define LEVEL_MAX	15	/* at once; each level below gives two seconds more */
#define NEVER		U64_MAX

/**
 * struct ib700_state - One instance
 * @timer: Goes off at @deadline
 * @deadline: When it bites, on the guest's clock, or NEVER. Written under v_mtx.
 * @action: Of @ib700_actions
 */
struct ib700_state {
	struct guest_timer *timer;
	u64 deadline;
	unsigned int action;
};

enum { OPTION_ACTION };
static const char *const ib700_options[] = { "action", NULL };

/* The launcher dumps at such an end anyway: the first two are the same. */
#define ACTION_MACHINE	2	/* in here: what the machine's own action is */
static const char *const ib700_actions[] = { "terminate", "dump,terminate", "machine", NULL };

/* What the machine does may leave the guest running: it bites once then. */
static enum vdev_ref_status ib700_bite(vdev_t *vdp)
{
	struct ib700_state *state = vdp->v_device;

	if (state->action == ACTION_MACHINE) {
		state->deadline = NEVER;
		guest_watchdog_expired(vdp, NULL, "the guest has not fed it");
		return VRS_NORMAL;
	}
	guest_terminate(vdp, GTC_WATCHDOG);
	return VRS_TERMINATE;
}

static enum vdev_ref_status ib700_check(vdev_t *vdp)
{
	const struct ib700_state *state = vdp->v_device;

	return guest_clock_read(vdp) < state->deadline ? VRS_NORMAL : ib700_bite(vdp);
}

static void ib700_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
			struct guest_cpu *gcp)
{
	spin_lock(&vdp->v_mtx);
	ib700_check(vdp);
	spin_unlock(&vdp->v_mtx);
}

/*
 * Registers. A write that is too late is too late even if nobody has noticed yet.
 */

static enum vdev_ref_status ib700_stop(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				       u64 old)
{
	struct ib700_state *state = vdp->v_device;
	enum vdev_ref_status status = ib700_check(vdp);

	if (status != VRS_NORMAL)
		return status;
	state->deadline = NEVER;
	guest_timer_cancel(state->timer);
	return VRS_NORMAL;
}

static enum vdev_ref_status ib700_start(vdev_t *vdp, const struct vdev_register *reg, u64 value,
					u64 old)
{
	struct ib700_state *state = vdp->v_device;
	enum vdev_ref_status status = ib700_check(vdp);

	if (status != VRS_NORMAL)
		return status;
	state->deadline = guest_clock_read(vdp) + (LEVEL_MAX - value) * 2 * NSEC_PER_SEC;
	guest_timer_notify(state->timer, GUEST_TIMER_ABSOLUTE, state->deadline);
	return ib700_check(vdp);
}

static const struct vdev_register ib700_registers[] = {
	{ "stop", 0, 1, VRF_WRITE_ONLY | VRF_STROBE, .writable = 0xff, .written = ib700_stop },
	{ "start", 2, 1, VRF_WRITE_ONLY | VRF_STROBE, .writable = LEVEL_MAX,
	  .written = ib700_start },
};

static const struct vdev_register_table ib700_table =
	VDEV_REGISTER_TABLE(ib700_registers, .flags = VRT_WRITE_ONLY);

/*
 * Control codes
 */

static void ib700_preset(vdev_t *vdp)
{
	struct ib700_state *state = vdp->v_device;

	vdp->v_block.type = QST_X86_IO;
	vdp->v_block.location = LOCATION;
	state->deadline = NEVER;
}

static int ib700_options_end(vdev_t *vdp)
{
	struct ib700_state *state = vdp->v_device;
	u64 error;

	state->timer = guest_timer_create(NULL, vdp, NULL, &error);
	return state->timer ? 0 : (int)error;
}

static void ib700_report(vdev_t *vdp)
{
	const struct ib700_state *state = vdp->v_device;
	u64 deadline, now;

	spin_lock(&vdp->v_mtx);
	deadline = state->deadline;
	now = guest_clock_read(vdp);
	spin_unlock(&vdp->v_mtx);
	if (deadline == NEVER)
		qvm_report(vdp, "does not bite");
	else
		qvm_report(vdp, "bites in %llu ms",
			   deadline > now ? (deadline - now) / NSEC_PER_MSEC : 0);
}

/* The framework sees to the timer. */
enum { TAG_DEADLINE };

static int ib700_save(vdev_t *vdp)
{
	const struct ib700_state *state = vdp->v_device;
	__le64 deadline = cpu_to_le64(state->deadline);

	return vdev_save_put(vdp, TAG_DEADLINE, &deadline, sizeof(deadline));
}

static int ib700_restore(vdev_t *vdp)
{
	struct ib700_state *state = vdp->v_device;
	__le64 deadline;
	int err;

	err = vdev_save_get(vdp, TAG_DEADLINE, &deadline, sizeof(deadline));
	if (err)
		return err;
	spin_lock(&vdp->v_mtx);
	state->deadline = le64_to_cpu(deadline);
	spin_unlock(&vdp->v_mtx);
	return 0;
}

static int ib700_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct ib700_state *state = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		ib700_preset(vdp);
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_ACTION:
		return qvm_parse_choice(vdp, arg, ib700_actions, &state->action);
	case VDEV_CTRL_OPTIONS_END:
		return ib700_options_end(vdp);
	case VDEV_CTRL_RESET_HOLD:
		spin_lock(&vdp->v_mtx);
		state->deadline = NEVER;
		spin_unlock(&vdp->v_mtx);
		return 0;
	case VDEV_CTRL_STATUS:
		ib700_report(vdp);
		return 0;
	case VDEV_CTRL_SAVE:
		return ib700_save(vdp);
	case VDEV_CTRL_RESTORE:
		return ib700_restore(vdp);
	default:
		return 0;
	}
}

static struct vdev_factory ib700_factory = {
	.control = ib700_control,
	.timer = ib700_timer,
	.registers = &ib700_table,
	.option_list = ib700_options,
	.factory_flags = VFF_INTR_NO | VFF_MUTEX | VFF_VDEV_X86_IO,
	.extra_space = sizeof(struct ib700_state),
	.safety = VDEV_SAFETY_SELECTED,
};
module_vdev_factory(ib700_factory);

MODULE_DESCRIPTION("vdev wdt-ib700: the watchdog of a single-board computer");
MODULE_LICENSE("GPL");
