// SPDX-License-Identifier: GPL-2.0-only
/*
 * vdev trace: a 32-bit counter that goes up each second, and that the guest reads
 * and writes. The example to start a vdev from; Documentation/writing-a-vdev.rst
 * goes through it line by line.
 *
 *	vdev trace loc 0xfa000000 emit-logger emit-trace 12
 *
 * With ``pass-reads`` the counter is in a page of its own, which the guest reads without an
 * exit; its writes still come to vwrite().
 */
#include <vdevfw/gasp.h>
#include <vdevfw/guest.h>
#include <vdevfw/log.h>
#include <vdevfw/outpipe.h>
#include <vdevfw/runstate.h>
#include <vdevfw/save.h>
#include <vdevfw/utils.h>

#define CREATE_TRACE_POINTS
#include "vdev-trace-events.h"

/**
 * struct vdtrace_state - One instance
 * @thread: Counts the seconds
 * @runs: The machine does. Written under v_mtx.
 * @counter: What the guest sees: @own, or the page that its reads pass to. Written under v_mtx.
 * @own: Where it is unless reads pass
 * @page: The page that they pass to, or NULL
 * @emit_logger: Log each access
 * @emit_trace: Trace each access
 * @trace_event: With this number
 */
struct vdtrace_state {
	struct vdev_thread *thread;
	bool runs;
	u32 *counter;
	u32 own;
	void *page;
	bool emit_logger;
	bool emit_trace;
	u32 trace_event;
};

enum {
	OPTION_EMIT_LOGGER,
	OPTION_EMIT_TRACE,
	OPTION_PASS_READS,
	OPTION_COUNT,
};

static const char *const vdtrace_options[] = {
	[OPTION_EMIT_LOGGER] = QVM_OPTION_NO_ARG_PREFIX "emit-logger",
	[OPTION_EMIT_TRACE] = "emit-trace",
	[OPTION_PASS_READS] = QVM_OPTION_NO_ARG_PREFIX "pass-reads",
	[OPTION_COUNT] = NULL,
};

static void vdtrace_count(void *arg)
{
	vdev_t *vdp = arg;
	struct vdtrace_state *state = vdp->v_device;

	while (vdev_thread_sleep(1000)) {
		spin_lock(&vdp->v_mtx);
		WRITE_ONCE(*state->counter, *state->counter + state->runs);
		spin_unlock(&vdp->v_mtx);
	}
}

/* Its seconds are the guest's: while that is stopped, there are none. */
static int vdtrace_change(void *data, bool running, unsigned int run_state)
{
	vdev_t *vdp = data;
	struct vdtrace_state *state = vdp->v_device;

	spin_lock(&vdp->v_mtx);
	state->runs = running;
	spin_unlock(&vdp->v_mtx);
	return 0;
}

static const struct guest_change_ops vdtrace_change_ops = { .change = vdtrace_change };

static noinline void vdtrace_emit(vdev_t *vdp, const char *what, u64 location, u32 value)
{
	struct vdtrace_state *state = vdp->v_device;

	if (state->emit_logger)
		vdev_logf(QL_INFO, vdp, "%s 0x%x", what, value);
	if (state->emit_trace)
		trace_vdtrace_access(state->trace_event, what, location, value);
}

static bool vdtrace_emits(const struct vdtrace_state *state)
{
	return state->emit_logger || (trace_vdtrace_access_enabled() && state->emit_trace);
}

/* The guest reads. A load of 32 bits is whole: it needs no lock. */
static enum vdev_ref_status vdtrace_vread(vdev_t *vdp, unsigned int cookie,
					  const struct qvm_state_block *vopnd,
					  const struct qvm_state_block *oopnd,
					  struct guest_cpu *gcp)
{
	struct vdtrace_state *state = vdp->v_device;
	u32 value = READ_ONCE(*state->counter);
	int err;

	if (unlikely(vdtrace_emits(state)))
		vdtrace_emit(vdp, "read", vopnd->location, value);
	err = guest_cpu_write(gcp, GXF_NONE, oopnd, 1, &value, sizeof(value));
	return err ? guest_cpu_to_vrs(err) : VRS_NORMAL;
}

/* The guest writes. The lock keeps the thread's increment from undoing it. */
static enum vdev_ref_status vdtrace_vwrite(vdev_t *vdp, unsigned int cookie,
					   const struct qvm_state_block *vopnd,
					   const struct qvm_state_block *oopnd,
					   struct guest_cpu *gcp)
{
	struct vdtrace_state *state = vdp->v_device;
	u32 value;
	int err;

	err = guest_cpu_read(gcp, GXF_NONE, oopnd, 1, &value, sizeof(value));
	if (err)
		return guest_cpu_to_vrs(err);
	/* The page has nothing else that can be written. */
	if (unlikely(vopnd->location != vdp->v_block.location))
		return VRS_ABORT;
	spin_lock(&vdp->v_mtx);
	WRITE_ONCE(*state->counter, value);
	spin_unlock(&vdp->v_mtx);
	if (unlikely(vdtrace_emits(state)))
		vdtrace_emit(vdp, "write", vopnd->location, value);
	return VRS_NORMAL;
}

static int vdtrace_set_trace_event(vdev_t *vdp, const char *arg)
{
	struct vdtrace_state *state = vdp->v_device;
	u64 event;
	int err;

	err = qvm_parse_num(vdp, arg, U32_MAX, &event);
	if (err)
		return err;
	state->emit_trace = true;
	state->trace_event = event;
	return 0;
}

static int vdtrace_options_end(vdev_t *vdp)
{
	if (vdp->v_block.location == QSL_NO_LOCATION)
		vdev_logf(QL_WARN, vdp, "no location given");
	else
		vdev_logf(QL_INFO, vdp, "location 0x%llx", vdp->v_block.location);
	return 0;
}

static int vdtrace_make_page(vdev_t *vdp)
{
	struct vdtrace_state *state = vdp->v_device;
	void *page;

	if (state->page)
		return 0;
	page = gasp_pages_alloc(vdp, PAGE_SIZE, GRF_PASS_RD);
	if (IS_ERR(page))
		return PTR_ERR(page);
	vdp->v_block.length = PAGE_SIZE;
	state->page = page;
	state->counter = page;
	return 0;
}

/* The framework has made a region that traps: from now on its reads pass. */
static int vdtrace_let_pass(vdev_t *vdp)
{
	struct vdtrace_state *state = vdp->v_device;
	const struct gasp_region region = {
		.flags = GRF_PASS_RD | GRF_VIRT_WR,
		.vdev = vdp,
		.host_location = (unsigned long)state->page,
		.guest = vdp->v_block,
	};

	return gasp_region_set(vdp->v_gsp, 1, &region);
}

static int vdtrace_configured(vdev_t *vdp)
{
	struct vdtrace_state *state = vdp->v_device;
	struct guest_change *change;
	int err;

	if (state->page && vdp->v_block.location != QSL_NO_LOCATION) {
		err = vdtrace_let_pass(vdp);
		if (err)
			return err;
	}
	change = guest_change_add(vdp->v_gsp, vdp, 0, &vdtrace_change_ops, vdp);
	if (IS_ERR(change))
		return PTR_ERR(change);
	return vdev_thread_create(vdp, "counter", &state->thread, vdtrace_count, vdp);
}

static void vdtrace_reset(vdev_t *vdp)
{
	struct vdtrace_state *state = vdp->v_device;

	spin_lock(&vdp->v_mtx);
	WRITE_ONCE(*state->counter, 0);
	spin_unlock(&vdp->v_mtx);
}

enum { TAG_COUNTER };

static int vdtrace_save(vdev_t *vdp)
{
	const struct vdtrace_state *state = vdp->v_device;
	__le32 counter = cpu_to_le32(READ_ONCE(*state->counter));

	return vdev_save_put(vdp, TAG_COUNTER, &counter, sizeof(counter));
}

static int vdtrace_restore(vdev_t *vdp)
{
	struct vdtrace_state *state = vdp->v_device;
	__le32 counter;
	int err;

	err = vdev_save_get(vdp, TAG_COUNTER, &counter, sizeof(counter));
	if (err)
		return err;
	spin_lock(&vdp->v_mtx);
	WRITE_ONCE(*state->counter, le32_to_cpu(counter));
	spin_unlock(&vdp->v_mtx);
	return 0;
}

static int vdtrace_control(vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdtrace_state *state = vdp->v_device;

	switch (ctrl) {
	case VDEV_CTRL_OPTIONS_START:
		vdp->v_block.length = sizeof(*state->counter);
		state->counter = &state->own;
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_EMIT_LOGGER:
		state->emit_logger = true;
		return 0;
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_EMIT_TRACE:
		return vdtrace_set_trace_event(vdp, arg);
	case VDEV_CTRL_FIRST_OPTIDX + OPTION_PASS_READS:
		return vdtrace_make_page(vdp);
	case VDEV_CTRL_OPTIONS_END:
		return vdtrace_options_end(vdp);
	case VDEV_CTRL_STATUS:
		qvm_report(vdp, "counter 0x%08x", READ_ONCE(*state->counter));
		return 0;
	case VDEV_CTRL_GUEST_CONFIGURED:
		return vdtrace_configured(vdp);
	case VDEV_CTRL_RESET_HOLD:
		vdtrace_reset(vdp);
		return 0;
	case VDEV_CTRL_SAVE:
		return vdtrace_save(vdp);
	case VDEV_CTRL_RESTORE:
		return vdtrace_restore(vdp);
	case VDEV_CTRL_TERMINATE:
		vdev_thread_join(state->thread);
		return 0;
	default:
		return 0;
	}
}

static struct vdev_factory vdtrace_factory = {
	.control = vdtrace_control,
	.vread = vdtrace_vread,
	.vwrite = vdtrace_vwrite,
	.option_list = vdtrace_options,
	.factory_flags = VFF_INTR_NO | VFF_MUTEX | VFF_VDEV_MEM,
	.acc_sizes = 1u << 4,
	.extra_space = sizeof(struct vdtrace_state),
	.safety = VDEV_SAFETY_SELECTED,
};
module_vdev_factory(vdtrace_factory);

MODULE_DESCRIPTION("vdev trace: a counter that the guest reads and writes");
MODULE_LICENSE("GPL");
