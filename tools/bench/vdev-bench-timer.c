// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vdev with two timers. One goes off again and again, without drift, and its status tells how
 * late the vdev was told of it. The other one is set by each write of the guest, and never goes
 * off.
 */
#include <linux/limits.h>
#include <linux/sort.h>

#include <vdevfw/guest.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/utils.h>

#define PERIODS		10000
#define PERIOD		(100 * NSEC_PER_USEC)
#define NEVER		(3600 * NSEC_PER_SEC)

/**
 * struct bench_state - One instance
 * @series: The timer that goes off
 * @other: The one that is set by writes
 * @n: How many periods are over
 * @begin: When the first one began, by the guest's clock
 * @end: When the last one should have ended, by what the timer says
 * @late: How late the vdev was told of the end of each, in ns
 */
struct bench_state {
	struct guest_timer *series;
	struct guest_timer *other;
	unsigned int n;
	u64 begin;
	u64 end;
	u32 late[PERIODS];
};

static void bench_timer(vdev_t *vdp, void *data, const struct guest_timer_data *tdp,
			struct guest_cpu *gcp)
{
	struct bench_state *state = vdp->v_device;

	if (data == &state->other)
		return;
	if (!state->n)
		state->begin = tdp->guest_notify_start;
	state->end = tdp->guest_notify_start + PERIOD;
	state->late[state->n] = min_t(u64, tdp->guest_current - state->end, U32_MAX);
	/* The status may look at it. */
	smp_store_release(&state->n, state->n + 1);
	if (state->n < PERIODS)
		guest_timer_notify(state->series, tdp, PERIOD);
}

static enum vdev_ref_status bench_vwrite(vdev_t *vdp, unsigned int cookie,
					 const struct qvm_state_block *vopnd,
					 const struct qvm_state_block *oopnd,
					 struct guest_cpu *gcp)
{
	struct bench_state *state = vdp->v_device;
	int err = guest_timer_notify(state->other, NULL, NEVER);

	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

static int compare(const void *a, const void *b)
{
	return *(const u32 *)a < *(const u32 *)b ? -1 : *(const u32 *)a > *(const u32 *)b;
}

static void bench_report(vdev_t *vdp)
{
	struct bench_state *state = vdp->v_device;
	const u32 *late = state->late;
	unsigned int n = smp_load_acquire(&state->n);

	if (n < PERIODS)
		return;
	sort(state->late, n, sizeof(*late), compare, NULL);
	qvm_report(vdp, "periods %u drift %lld least %u median %u most-of-99 %u most %u", n,
		   (s64)(state->end - state->begin - n * PERIOD), late[0], late[n / 2],
		   late[n * 99 / 100], late[n - 1]);
}

static int bench_make_timers(vdev_t *vdp)
{
	struct bench_state *state = vdp->v_device;
	u64 err;

	vdp->v_block.length = 4;
	state->series = guest_timer_create(NULL, vdp, &state->series, &err);
	if (state->series)
		state->other = guest_timer_create(NULL, vdp, &state->other, &err);
	return state->other ? 0 : (int)err;
}

static int bench_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct bench_state *state = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		return bench_make_timers(vdp);
	case VDEV_CTRL_GUEST_STARTING:
		return guest_timer_notify(state->series, NULL, PERIOD);
	case VDEV_CTRL_STATUS:
		bench_report(vdp);
		return 0;
	default:
		return 0;
	}
}

static struct vdev_factory bench_factory = {
	.control = bench_control,
	.vwrite = bench_vwrite,
	.timer = bench_timer,
	.factory_flags = VFF_INTR_NO | VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.extra_space = sizeof(struct bench_state),
	.safety = VDEV_SAFETY_NO,
};
module_vdev_factory(bench_factory);

MODULE_DESCRIPTION("a vdev whose timers the benchmark looks at");
MODULE_LICENSE("GPL");
