// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev wdt-sp805: ARM's watchdog SP805, as its manual, DDI 0270, has it. A counter goes down from
 * what the guest has loaded. At 0 it raises an interrupt and starts again; at 0 again, if the guest
 * has not cleared the interrupt, the watchdog bites, and the counter stands.
 *
 *	vdev wdt-sp805 loc mem:0x1c0f0000 intr ioapic:10 action terminate frequency 25000000
 *
 * Nobody counts: the guest's clock says how far the counter is, whenever somebody looks. The timer
 * only sees to it that somebody looks when the counter is 0 and that matters: at most twice until
 * the guest clears the interrupt, however short it has made the period.
 */
#include <linux/math64.h>
#include <linux/time64.h>

#include <vdevfw/intr.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/registers.h>
#include <vdevfw/runstate.h>
#include <vdevfw/save.h>
#include <vdevfw/timer.h>
#include <vdevfw/utils.h>

#define LOCATION	0x1c0f0000
#define FREQUENCY	25000000
#define KEY		0x1acce551

#define CONTROL_INTEN	BIT(0)	/* counts, and the interrupt goes out */
#define CONTROL_RESEN	BIT(1)	/* the reset goes out */
#define ITCR_TEST	BIT(0)	/* what ITOP has goes out instead */
#define ITOP_RESET	BIT(0)
#define ITOP_INTR	BIT(1)

enum { LOAD, VALUE, CONTROL, INTCLR, RIS, MIS, LOCK, ITCR, ITOP };

/**
 * struct sp805_state - One instance
 * @timer: Goes off when the counter is 0
 * @frequency: How often the counter goes down in a second
 * @action: Of @sp805_actions
 * @from: What the counter goes down from ...
 * @since: ... since this time of the guest's clock
 * @zeros: How often it has been 0 since then, as far as that has been dealt with
 * @bitten: It was 0 with the interrupt still raised, and stands until that is cleared
 * @intr: The interrupt goes out
 * @reset: The reset goes out
 *
 * All from @from on is written under v_mtx.
 */
struct sp805_state {
	struct guest_timer *timer;
	u64 frequency;
	unsigned int action;
	u32 from;
	u64 since;
	u64 zeros;
	bool bitten;
	bool intr;
	bool reset;
};

/* In here; the launcher dumps anyway, so the first two are the same. */
#define ACTION_FIQ	2
#define ACTION_MACHINE	3	/* what the machine's own action is */
static const char *const sp805_actions[] = {
	"terminate", "dump,terminate", "fiq", "machine", NULL
};

enum { OPTION_ACTION, OPTION_FREQUENCY };
static const char *const sp805_options[] = { "action", "frequency", NULL };

static u32 get(const vdev_t *vdp, unsigned int index)
{
	return vdev_register_get(vdp, index);
}

/*
 * The counter. It is 0 for a tick, as it is any other value.
 */

static bool sp805_counts(const vdev_t *vdp)
{
	const struct sp805_state *state = vdp->v_device;

	return get(vdp, CONTROL) & CONTROL_INTEN && !state->bitten;
}

static void sp805_load(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;

	state->from = get(vdp, LOAD);
	state->since = guest_clock_read(vdp);
	state->zeros = 0;
	vdev_register_set(vdp, VALUE, state->from);
}

/* What it is now, and how often it has been 0. */
static u32 sp805_look(const vdev_t *vdp, u64 *zeros)
{
	const struct sp805_state *state = vdp->v_device;
	u64 period = (u64)state->from + 1;
	u64 ticks, gone;

	*zeros = state->zeros;
	if (!sp805_counts(vdp))
		return get(vdp, VALUE);
	ticks = mul_u64_u64_div_u64(guest_clock_read(vdp) - state->since, state->frequency,
				    NSEC_PER_SEC);
	*zeros = div64_u64_rem(ticks + 1, period, &gone);
	return gone ? period - gone : 0;
}

static void sp805_count(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;
	u64 zeros, missed;

	vdev_register_set(vdp, VALUE, sp805_look(vdp, &zeros));
	missed = zeros - state->zeros;
	state->zeros = zeros;
	if (missed && !get(vdp, RIS)) {
		vdev_register_set(vdp, RIS, 1);
		missed--;
	}
	if (missed && get(vdp, CONTROL) & CONTROL_RESEN) {
		state->bitten = true;
		vdev_register_set(vdp, VALUE, 0);
	}
}

/* Look again when it is 0 next, if that changes anything. */
static void sp805_arm(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;
	u64 tick = (state->zeros + 1) * ((u64)state->from + 1) - 1;
	u64 ns = mul_u64_u64_div_u64(tick, NSEC_PER_SEC, state->frequency);

	if (!sp805_counts(vdp) || (get(vdp, RIS) && !(get(vdp, CONTROL) & CONTROL_RESEN)))
		guest_timer_cancel(state->timer);
	else
		guest_timer_notify(state->timer, GUEST_TIMER_ABSOLUTE, state->since + ns + 1);
}

/*
 * What goes out
 */

/* A line that is up already goes down for an edge. */
static enum vdev_ref_status sp805_bite(const vdev_t *vdp, bool is_up)
{
	const struct sp805_state *state = vdp->v_device;

	if (state->action == ACTION_FIQ) {
		guest_intr_signal(&vdp->v_intr, is_up ? GIS_OFF : GIS_ON);
		guest_intr_signal(&vdp->v_intr, is_up ? GIS_ON : GIS_OFF);
		return VRS_NORMAL;
	}
	if (state->action == ACTION_MACHINE) {
		guest_watchdog_expired(vdp, NULL, "the guest has not fed it");
		return VRS_NORMAL;
	}
	guest_terminate(vdp, GTC_WATCHDOG);
	return VRS_TERMINATE;
}

/* What is due is done now, however late somebody looks. */
static enum vdev_ref_status sp805_catch_up(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;
	bool intr, reset, bites;

	sp805_count(vdp);
	intr = get(vdp, RIS) && get(vdp, CONTROL) & CONTROL_INTEN;
	reset = state->bitten && get(vdp, CONTROL) & CONTROL_RESEN;
	vdev_register_set(vdp, MIS, intr);
	if (get(vdp, ITCR) & ITCR_TEST) {
		intr = get(vdp, ITOP) & ITOP_INTR;
		reset = get(vdp, ITOP) & ITOP_RESET;
	}
	if (intr != state->intr && vdp->v_intr.pic)
		guest_intr_signal(&vdp->v_intr, intr ? GIS_ON : GIS_OFF);
	bites = reset && !state->reset;
	state->intr = intr;
	state->reset = reset;
	return bites ? sp805_bite(vdp, intr) : VRS_NORMAL;
}

static void sp805_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
			struct guest_cpu *gcp)
{
	spin_lock(&vdp->v_mtx);
	sp805_catch_up(vdp);
	sp805_arm(vdp);
	spin_unlock(&vdp->v_mtx);
}

/*
 * Registers
 */

/* What was due before a write comes before it; and who has been bitten writes no more. */
static bool sp805_allowed(vdev_t *vdp, const struct vdev_register *reg)
{
	return sp805_catch_up(vdp) == VRS_NORMAL && !get(vdp, LOCK);
}

static enum vdev_ref_status sp805_lock(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				       u64 old)
{
	vdev_register_set(vdp, LOCK, value != KEY);
	return VRS_NORMAL;
}

static u64 sp805_read(vdev_t *vdp, const struct vdev_register *reg)
{
	sp805_catch_up(vdp);
	return get(vdp, vdev_register_index(vdp, reg));
}

static enum vdev_ref_status sp805_written(vdev_t *vdp, const struct vdev_register *reg,
					  u64 value, u64 old)
{
	unsigned int index = vdev_register_index(vdp, reg);
	struct sp805_state *state = vdp->v_device;
	enum vdev_ref_status ends;

	if (index == INTCLR) {
		state->bitten = false;
		vdev_register_set(vdp, RIS, 0);
	}
	if (index == LOAD || index == INTCLR ||
	    (index == CONTROL && value & ~old & CONTROL_INTEN))
		sp805_load(vdp);
	ends = sp805_catch_up(vdp);
	sp805_arm(vdp);
	return ends;
}

#define BITS(bits)	.writable = (bits), .written = sp805_written, .allowed = sp805_allowed
#define ID(offset, value)	{ "id", offset, 4, VRF_HIDDEN, .reset = (value) }

static const struct vdev_register sp805_registers[] = {
	[LOAD] = { "load", 0x000, 4, .reset = U32_MAX, BITS(U32_MAX) },
	[VALUE] = { "value", 0x004, 4, VRF_READ_ACTS | VRF_HIDDEN, .reset = U32_MAX,
		    .read = sp805_read },
	[CONTROL] = { "control", 0x008, 4, BITS(CONTROL_INTEN | CONTROL_RESEN) },
	[INTCLR] = { "intclr", 0x00c, 4, VRF_WRITE_ONLY | VRF_STROBE, BITS(U32_MAX) },
	[RIS] = { "ris", 0x010, 4, VRF_READ_ACTS, .read = sp805_read },
	[MIS] = { "mis", 0x014, 4, VRF_READ_ACTS, .read = sp805_read },
	[LOCK] = { "lock", 0xc00, 4, VRF_STROBE, .writable = U32_MAX, .written = sp805_lock },
	[ITCR] = { "itcr", 0xf00, 4, BITS(ITCR_TEST) },
	[ITOP] = { "itop", 0xf04, 4, VRF_WRITE_ONLY, BITS(ITOP_RESET | ITOP_INTR) },
	/* Which device it is, by what Linux finds its driver, and that such a number is here. */
	ID(0xfe0, 0x05), ID(0xfe4, 0x18), ID(0xfe8, 0x14), ID(0xfec, 0x00),
	ID(0xff0, 0x0d), ID(0xff4, 0xf0), ID(0xff8, 0x05), ID(0xffc, 0xb1),
};

static const struct vdev_register_table sp805_table =
	VDEV_REGISTER_TABLE(sp805_registers, .flags = VRT_RAZ_WI);

/*
 * Control codes
 */

static int sp805_set_frequency(vdev_t *vdp, const char *arg)
{
	struct sp805_state *state = vdp->v_device;
	int err = qvm_parse_num(vdp, arg, NSEC_PER_SEC, &state->frequency);

	if (!err && !state->frequency)
		return vdev_refuse(vdp, -EDOM, "0 is too small; allowed: 1 to %lu", NSEC_PER_SEC);
	return err;
}

static int sp805_options_end(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;
	u64 error;

	if (state->action == ACTION_FIQ && !vdp->v_intr.pic)
		return vdev_refuse(vdp, -ENOTCONN, "action fiq needs the option intr");
	state->timer = guest_timer_create(NULL, vdp, NULL, &error);
	return state->timer ? 0 : (int)error;
}

/* As after power-on; its registers and its line are already. */
static void sp805_reset(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;

	spin_lock(&vdp->v_mtx);
	state->bitten = false;
	state->intr = false;
	state->reset = false;
	sp805_load(vdp);
	spin_unlock(&vdp->v_mtx);
}

/* To look is not to bite: the guest may be stopped. */
static void sp805_report(vdev_t *vdp)
{
	const struct sp805_state *state = vdp->v_device;
	u64 zeros;
	u32 value;

	spin_lock(&vdp->v_mtx);
	value = sp805_look(vdp, &zeros);
	spin_unlock(&vdp->v_mtx);
	qvm_report(vdp, "value 0x%08x, frequency %llu, action %s", value, state->frequency,
		   sp805_actions[state->action]);
}

enum { TAG_COUNTER };

#define SAVED_BITTEN	BIT(0)
#define SAVED_INTR	BIT(1)
#define SAVED_RESET	BIT(2)

/**
 * struct sp805_saved - What is saved under TAG_COUNTER: as &struct sp805_state has it
 * @frequency: Must be that of where it is restored: times are counted in its ticks
 * @since: Of the counter
 * @zeros: Of the counter
 * @from: Of the counter
 * @flags: Set of SAVED_*
 */
struct sp805_saved {
	__le64 frequency;
	__le64 since;
	__le64 zeros;
	__le32 from;
	__le32 flags;
};

static int sp805_save(vdev_t *vdp)
{
	const struct sp805_state *state = vdp->v_device;
	struct sp805_saved saved;

	spin_lock(&vdp->v_mtx);
	saved = (struct sp805_saved) {
		.frequency = cpu_to_le64(state->frequency),
		.since = cpu_to_le64(state->since),
		.zeros = cpu_to_le64(state->zeros),
		.from = cpu_to_le32(state->from),
		.flags = cpu_to_le32((state->bitten ? SAVED_BITTEN : 0) |
				     (state->intr ? SAVED_INTR : 0) |
				     (state->reset ? SAVED_RESET : 0)),
	};
	spin_unlock(&vdp->v_mtx);
	return vdev_save_put(vdp, TAG_COUNTER, &saved, sizeof(saved));
}

/* It has begun to count in the past, and has been 0 no more often than there was time for. */
static bool sp805_is_possible(const vdev_t *vdp, const struct sp805_saved *saved)
{
	u64 since = le64_to_cpu(saved->since), now = guest_clock_read(vdp);
	u64 period = (u64)le32_to_cpu(saved->from) + 1;
	u64 ticks;

	if (since > now)
		return false;
	ticks = mul_u64_u64_div_u64(now - since, le64_to_cpu(saved->frequency), NSEC_PER_SEC);
	return le64_to_cpu(saved->zeros) <= div64_u64(ticks + 1, period) &&
	       !(le32_to_cpu(saved->flags) & ~(SAVED_BITTEN | SAVED_INTR | SAVED_RESET));
}

static int sp805_restore(vdev_t *vdp)
{
	struct sp805_state *state = vdp->v_device;
	struct sp805_saved saved;
	u32 flags;
	int err;

	err = vdev_save_get(vdp, TAG_COUNTER, &saved, sizeof(saved));
	if (err)
		return err;
	if (le64_to_cpu(saved.frequency) != state->frequency)
		return vdev_refuse(vdp, -EMEDIUMTYPE, "its frequency is %llu, and was %llu",
				   state->frequency, le64_to_cpu(saved.frequency));
	if (!sp805_is_possible(vdp, &saved))
		return vdev_refuse(vdp, -EBADMSG, "its counter was saved with what it cannot have");
	flags = le32_to_cpu(saved.flags);
	spin_lock(&vdp->v_mtx);
	state->since = le64_to_cpu(saved.since);
	state->zeros = le64_to_cpu(saved.zeros);
	state->from = le32_to_cpu(saved.from);
	state->bitten = flags & SAVED_BITTEN;
	state->intr = flags & SAVED_INTR;
	state->reset = flags & SAVED_RESET;
	spin_unlock(&vdp->v_mtx);
	return 0;
}

static int sp805_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct sp805_state *state = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		vdp->v_block.type = QST_MEMORY;
		vdp->v_block.location = LOCATION;
		state->frequency = FREQUENCY;
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_ACTION:
		return qvm_parse_choice(vdp, arg, sp805_actions, &state->action);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_FREQUENCY:
		return sp805_set_frequency(vdp, arg);
	case VDEV_CTRL_OPTIONS_END:
		return sp805_options_end(vdp);
	case VDEV_CTRL_RESET_HOLD:
		sp805_reset(vdp);
		return 0;
	case VDEV_CTRL_STATUS:
		sp805_report(vdp);
		return 0;
	case VDEV_CTRL_SAVE:
		return sp805_save(vdp);
	case VDEV_CTRL_RESTORE:
		return sp805_restore(vdp);
	default:
		return 0;
	}
}

static struct vdev_factory sp805_factory = {
	.control = sp805_control,
	.timer = sp805_timer,
	.registers = &sp805_table,
	.option_list = sp805_options,
	.factory_flags = VFF_MUTEX | VFF_VDEV_MEM,
	.extra_space = sizeof(struct sp805_state),
	.safety = VDEV_SAFETY_SELECTED,
};
module_vdev_factory(sp805_factory);

MODULE_DESCRIPTION("vdev wdt-sp805: ARM's watchdog");
MODULE_LICENSE("GPL");
