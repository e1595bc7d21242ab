// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who asks for a change: vdevs, from any context, and user space, which can wait until it has
 * happened.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <vdevfw/runstate.h>

#include "guest.h"
#define CREATE_TRACE_POINTS
#include "life/trace.h"
#include "vdev/vdev.h"

static_assert((int)GRS_CONFIGURED == VDEVFW_STATE_CONFIGURED);
static_assert((int)GRS_RUNNING == VDEVFW_STATE_RUNNING);
static_assert((int)GRS_PAUSED == VDEVFW_STATE_PAUSED);
static_assert((int)GRS_DEBUG == VDEVFW_STATE_DEBUG);
static_assert((int)GRS_IO_ERROR == VDEVFW_STATE_IO_ERROR);
static_assert((int)GRS_INTERNAL_ERROR == VDEVFW_STATE_INTERNAL_ERROR);
static_assert((int)GRS_WATCHDOG == VDEVFW_STATE_WATCHDOG);
static_assert((int)GRS_GUEST_PANICKED == VDEVFW_STATE_GUEST_PANICKED);
static_assert((int)GRS_SUSPENDED == VDEVFW_STATE_SUSPENDED);
static_assert((int)GRS_SHUTDOWN == VDEVFW_STATE_SHUTDOWN);
static_assert((int)GRS_SAVE == VDEVFW_STATE_SAVE);
static_assert((int)GRS_RESTORE == VDEVFW_STATE_RESTORE);
static_assert((int)GRS_DYING == VDEVFW_STATE_DYING);

unsigned int vdevfw_drain_timeout = 10000;
module_param_named(drain_timeout, vdevfw_drain_timeout, uint, 0644);
MODULE_PARM_DESC(drain_timeout, "how long a vdev may take to come to rest at a stop, in milliseconds");

/*
 * The worker's side
 */

static void pass(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, run.pass);
	struct vdevfw_run *run = &gsp->run;
	struct vdevfw_pass taken;

	/* At the guest's end, which came first, this worker has let go of it. */
	if (!gsp->vm)
		return;
	vdevfw_requests_take(&run->requests, &taken);
	/* Before the first start there is nothing to change, and at the end it is too late. */
	if (READ_ONCE(gsp->machine.live) && !READ_ONCE(gsp->ending))
		vdevfw_run_carry_out(gsp, &taken.asked);
	vdevfw_requests_done(&run->requests);
	/* Pairs with is_done(). */
	smp_store_release(&run->done, taken.ticket);
	wake_up_all(&run->progress);
}

static void after(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, run.after);

	vdevfw_deferred_run(&gsp->run.deferred, VDEVFW_ON_WORKER);
}

/* On the worker: there, the VM does not go away. */
static void inject_nmi(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, run.nmi);

	if (gsp->vm)
		vdevfw_vm_inject_nmi(gsp->vm);
}

static void tell_latecomers(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, run.latecomers);

	if (gsp->vm && vdevfw_is_live(gsp->state))
		vdevfw_changes_run(&gsp->run.changes, true, gsp->state);
}

static void kick_pass(struct vdevfw_requests *requests)
{
	struct guest_system *gsp = container_of(requests, struct guest_system, run.requests);

	kthread_queue_work(gsp->worker, &gsp->run.pass);
}

static void kick_after(struct vdevfw_deferred *deferred)
{
	struct guest_system *gsp = container_of(deferred, struct guest_system, run.deferred);

	kthread_queue_work(gsp->worker, &gsp->run.after);
}

static void divert(struct vdevfw_deferred *deferred, bool on)
{
	struct guest_system *gsp = container_of(deferred, struct guest_system, run.deferred);

	vdevfw_windows_divert(&gsp->spaces.windows, on);
}

void vdevfw_run_queue(struct guest_system *gsp, struct kthread_work *work)
{
	struct vdevfw_requests *requests = &gsp->run.requests;
	unsigned long flags;

	spin_lock_irqsave(&requests->lock, flags);
	if (!requests->closed)
		kthread_queue_work(gsp->worker, work);
	spin_unlock_irqrestore(&requests->lock, flags);
}

void vdevfw_run_init(struct guest_system *gsp)
{
	struct vdevfw_run *run = &gsp->run;

	run->requests.kick = kick_pass;
	vdevfw_requests_init(&run->requests);
	kthread_init_work(&run->pass, pass);
	vdevfw_changes_init(&run->changes);
	kthread_init_work(&run->latecomers, tell_latecomers);
	run->deferred.kick = kick_after;
	run->deferred.divert = divert;
	vdevfw_deferred_init(&run->deferred);
	kthread_init_work(&run->after, after);
	kthread_init_work(&run->nmi, inject_nmi);
	init_waitqueue_head(&run->progress);
}

/*
 * What vdevs ask for
 */

void guest_reason_take(const vdev_t *vdp, struct guest_reason *reason)
{
	reason->__generation = 0;
	if (!vdevfw_check(vdp, FUNCTION_guest_reason_take))
		reason->__generation = vdevfw_requests_generation(&vdp->v_gsp->run.requests);
}
EXPORT_SYMBOL_GPL(guest_reason_take);

/* Within an access, the vCPU leaves the guest: it finds out why when the launcher lets it. */
static int ask(const vdev_t *vdp, const struct guest_reason *reason, enum vdevfw_ask ask,
	       u32 value, u32 event, const char *why)
{
	struct guest_system *gsp = vdp->v_gsp;
	struct vdevfw_requests *requests = &gsp->run.requests;
	const struct vdevfw_cause_of cause = {
		.type = event, .vdev = to_vdevfw_vdev(vdp)->id, .why = why ?: "",
	};
	u64 generation = reason ? reason->__generation : vdevfw_requests_generation(requests);

	trace_vdevfw_ask(gsp->id, cause.vdev, ask, value);
	if (READ_ONCE(gsp->ending))
		return -ESHUTDOWN;
	if (!vdevfw_requests_post(requests, ask, value, generation, &gsp->events, &cause))
		return READ_ONCE(gsp->ending) ? -ESHUTDOWN : -ESTALE;
	if (ask != VDEVFW_ASK_WAKEUP && ask != VDEVFW_ASK_POWERDOWN)
		vdevfw_vcpu_leave_if_inside(gsp->vm);
	return 0;
}

int guest_ask_stop(const vdev_t *vdp, const struct guest_reason *reason, unsigned int state,
		   const char *why)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_ask_stop);

	if (err)
		return err;
	if (state >= VDEVFW_STATES || !(BIT(state) & VDEVFW_STOP_STATES))
		return -EINVAL;
	return ask(vdp, reason, VDEVFW_ASK_STOP, BIT(state), VDEVFW_EVENT_CAUSE, why);
}
EXPORT_SYMBOL_GPL(guest_ask_stop);

int guest_ask_reset(const vdev_t *vdp, const struct guest_reason *reason, const char *why)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_ask_reset);

	return err ?: ask(vdp, reason, VDEVFW_ASK_RESET, VDEVFW_CAUSE_GUEST_RESET,
			  VDEVFW_EVENT_CAUSE, why);
}
EXPORT_SYMBOL_GPL(guest_ask_reset);

int guest_ask_shutdown(const vdev_t *vdp, const struct guest_reason *reason, const char *why)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_ask_shutdown);

	return err ?: ask(vdp, reason, VDEVFW_ASK_SHUTDOWN, VDEVFW_CAUSE_GUEST_SHUTDOWN,
			  VDEVFW_EVENT_CAUSE, why);
}
EXPORT_SYMBOL_GPL(guest_ask_shutdown);

int guest_ask_suspend(const vdev_t *vdp, const struct guest_reason *reason, const char *why)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_ask_suspend);

	return err ?: ask(vdp, reason, VDEVFW_ASK_SUSPEND, 0, VDEVFW_EVENT_CAUSE, why);
}
EXPORT_SYMBOL_GPL(guest_ask_suspend);

int guest_ask_wakeup(const vdev_t *vdp, const struct guest_reason *reason, unsigned int what)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_ask_wakeup);

	return err ?: ask(vdp, reason, VDEVFW_ASK_WAKEUP, what, VDEVFW_EVENT_CAUSE, NULL);
}
EXPORT_SYMBOL_GPL(guest_ask_wakeup);

int guest_ask_powerdown(const vdev_t *vdp, const struct guest_reason *reason)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_ask_powerdown);

	return err ?: ask(vdp, reason, VDEVFW_ASK_POWERDOWN, 0, VDEVFW_EVENT_CAUSE, NULL);
}
EXPORT_SYMBOL_GPL(guest_ask_powerdown);

/*
 * What becomes of a guest that is lost, or does not feed its watchdog
 */

/* What an action asks for; or what is done at once, or nothing. */
struct action {
	void (*act)(struct guest_system *gsp);
	bool asks;
	enum vdevfw_ask ask;
	u32 value;
	bool stops;	/* no vCPU executes another instruction */
};

static void cut_by_panic(struct guest_system *gsp)
{
	vdevfw_guest_exit(gsp, VDEVFW_EXIT_ERROR, "the guest has panicked");
}

static void cut_by_watchdog(struct guest_system *gsp)
{
	vdevfw_guest_exit(gsp, VDEVFW_EXIT_WATCHDOG, "a watchdog has bitten");
}

static void queue_nmi(struct guest_system *gsp)
{
	vdevfw_run_queue(gsp, &gsp->run.nmi);
}

static const struct action panic_actions[] = {
	[PANIC_SHUTDOWN] = { NULL, true, VDEVFW_ASK_SHUTDOWN, VDEVFW_CAUSE_GUEST_PANIC, true },
	[PANIC_NONE] = {},
	[PANIC_PAUSE] = { NULL, true, VDEVFW_ASK_STOP, BIT(VDEVFW_STATE_GUEST_PANICKED), true },
	[PANIC_EXIT] = { cut_by_panic, .stops = true },
};

static const struct action watchdog_actions[] = {
	[WATCHDOG_RESET] = { NULL, true, VDEVFW_ASK_RESET, VDEVFW_CAUSE_WATCHDOG, true },
	[WATCHDOG_SHUTDOWN] = { NULL, true, VDEVFW_ASK_POWERDOWN },
	[WATCHDOG_POWEROFF] = { cut_by_watchdog, .stops = true },
	[WATCHDOG_PAUSE] = { NULL, true, VDEVFW_ASK_STOP, BIT(VDEVFW_STATE_WATCHDOG), true },
	[WATCHDOG_DEBUG] = {},
	[WATCHDOG_NONE] = {},
	[WATCHDOG_INJECT_NMI] = { queue_nmi },
};

static const struct action *action_for(struct guest_system *gsp, enum vdevfw_ask what)
{
	const struct vdevfw_actions *actions = &gsp->run.actions;

	return what == VDEVFW_ASK_PANIC ? &panic_actions[READ_ONCE(actions->panic)] :
					  &watchdog_actions[READ_ONCE(actions->watchdog)];
}

/* The event comes first, and then what it brings about. */
static void carry_out(struct guest_system *gsp, const struct action *action, u64 generation)
{
	if (action->asks)
		vdevfw_requests_post(&gsp->run.requests, action->ask, action->value, generation,
				     &gsp->events, NULL);
	if (action->act)
		action->act(gsp);
}

static int act(const vdev_t *vdp, const struct guest_reason *reason, enum vdevfw_ask what,
	       u32 event, const char *why)
{
	struct guest_system *gsp = vdp->v_gsp;
	u64 generation = vdevfw_requests_generation(&gsp->run.requests);
	const struct action *action = action_for(gsp, what);

	trace_vdevfw_ask(gsp->id, to_vdevfw_vdev(vdp)->id, what, 0);
	if (READ_ONCE(gsp->ending))
		return -ESHUTDOWN;
	if (reason && reason->__generation != generation)
		return -ESTALE;
	vdevfw_events_post(&gsp->events, event, to_vdevfw_vdev(vdp)->id, 0, why ?: "");
	carry_out(gsp, action, generation);
	if (action->stops)
		vdevfw_vcpu_leave_if_inside(gsp->vm);
	return 0;
}

int guest_panicked(const vdev_t *vdp, const struct guest_reason *reason, const char *why)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_panicked);

	return err ?: act(vdp, reason, VDEVFW_ASK_PANIC, VDEVFW_EVENT_PANIC, why);
}
EXPORT_SYMBOL_GPL(guest_panicked);

int guest_watchdog_expired(const vdev_t *vdp, const struct guest_reason *reason, const char *why)
{
	int err = vdevfw_check(vdp, FUNCTION_guest_watchdog_expired);

	return err ?: act(vdp, reason, VDEVFW_ASK_WATCHDOG, VDEVFW_EVENT_WATCHDOG, why);
}
EXPORT_SYMBOL_GPL(guest_watchdog_expired);

/*
 * Change-state handlers, and work after a change
 */

struct guest_change *guest_change_add(struct guest_system *gsp, const vdev_t *vdp, int priority,
				      const struct guest_change_ops *ops, void *data)
{
	struct guest_change *change;
	int err = vdp ? vdevfw_check(vdp, FUNCTION_guest_change_add) : 0;

	if (err)
		return ERR_PTR(err);
	change = vdevfw_changes_add(&gsp->run.changes, vdp, priority, ops, data);
	if (!IS_ERR(change) && vdevfw_is_live(READ_ONCE(gsp->state)))
		vdevfw_run_queue(gsp, &gsp->run.latecomers);
	return change;
}
EXPORT_SYMBOL_GPL(guest_change_add);

int guest_defer(struct guest_system *gsp, struct guest_work *work)
{
	if (!READ_ONCE(gsp->machine.complete))
		return -EPERM;
	return vdevfw_deferred_add(&gsp->run.deferred, work, VDEVFW_ON_WORKER);
}
EXPORT_SYMBOL_GPL(guest_defer);

int guest_defer_on_vcpu(struct guest_system *gsp, unsigned int vcpu, struct guest_work *work)
{
	if (!READ_ONCE(gsp->machine.complete))
		return -EPERM;
	if (vcpu >= gsp->machine.vcpus)
		return -ENODEV;
	return vdevfw_deferred_add(&gsp->run.deferred, work, vcpu);
}
EXPORT_SYMBOL_GPL(guest_defer_on_vcpu);

/* Not within control(), with the guest's mutex, and not within a change-state handler. */
static bool is_in_work(const struct guest_system *gsp)
{
	return current == gsp->worker->task && gsp->worker->current_work == &gsp->run.after &&
	       gsp->run.transition == VDEVFW_TRANSITION_NONE;
}

static bool was_started(const struct guest_system *gsp)
{
	return READ_ONCE(gsp->machine.live);
}

int guest_resume(struct guest_system *gsp)
{
	struct vdevfw_message ignored = {};

	/* At the end, the worker goes. */
	if (READ_ONCE(gsp->ending))
		return -ESHUTDOWN;
	if (!is_in_work(gsp) || !was_started(gsp))
		return -EPERM;
	return vdevfw_run_start(gsp, &ignored);
}
EXPORT_SYMBOL_GPL(guest_resume);

struct guest_system *guest_get(u64 id)
{
	return vdevfw_guest_by_id(id);
}
EXPORT_SYMBOL_GPL(guest_get);

void guest_put(struct guest_system *gsp)
{
	vdevfw_guest_put(gsp);
}
EXPORT_SYMBOL_GPL(guest_put);

/*
 * What user space asks for
 */

static void job_free(struct kref *kref)
{
	struct vdevfw_job *job = container_of(kref, struct vdevfw_job, kref);

	kvfree(job->data);
	kfree(job);
}

static void run_job(struct kthread_work *work)
{
	struct vdevfw_job *job = container_of(work, struct vdevfw_job, work);

	job->err = job->gsp->vm ? job->run(job->gsp, job) :
				  vdevfw_guest_at_its_end(job->gsp, &job->msg);
	complete_all(&job->done);
	wake_up_all(&job->gsp->run.progress);
	vdevfw_guest_put(job->gsp);
	kref_put(&job->kref, job_free);
}

/* Queue a job, unless the guest is at its end; its worker is there until that is over. */
static int queue_job(struct guest_system *gsp, struct vdevfw_job *job, struct vdevfw_message *msg)
{
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	kref_get(&job->kref);
	kref_get(&gsp->kref);
	kthread_queue_work(gsp->worker, &job->work);
	mutex_unlock(&gsp->lock);
	return 0;
}

static struct vdevfw_job *job_alloc(struct guest_system *gsp,
				    int (*run)(struct guest_system *gsp, struct vdevfw_job *job))
{
	struct vdevfw_job *job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);

	if (!job)
		return NULL;
	kref_init(&job->kref);
	kthread_init_work(&job->work, run_job);
	init_completion(&job->done);
	job->gsp = gsp;
	job->run = run;
	return job;
}

/* Longer than all that a stop may take but an access. */
static long patience(const struct guest_system *gsp)
{
	return 2 * msecs_to_jiffies(READ_ONCE(vdevfw_drain_timeout)) +
	       msecs_to_jiffies(gsp->run.acknowledge) + HZ;
}

/* Which vdev it is in tells the thread's stack only: an access leaves no trace of itself. */
static bool find_culprit(struct guest_system *gsp, struct vdevfw_busy_vcpu *busy)
{
	bool found;

	/* Who has it may be what takes so long. */
	if (!mutex_trylock(&gsp->lock))
		return false;
	found = gsp->vm && vdevfw_vm_find_busy(gsp->vm, busy);
	mutex_unlock(&gsp->lock);
	return found;
}

static int refuse_to_wait(struct guest_system *gsp, struct vdevfw_message *msg)
{
	struct vdevfw_busy_vcpu busy;

	if (find_culprit(gsp, &busy))
		return vdevfw_fail(msg, -ETIMEDOUT,
				   "guest %llu: it takes too long: vCPU %u does not come out of an access, and /proc/%d/stack names the vdev; the change goes on without you",
				   gsp->id, busy.index, busy.thread);
	return vdevfw_fail(msg, -ETIMEDOUT,
			   "guest %llu: it takes too long: a vdev, or what was asked for before; the change goes on without you",
			   gsp->id);
}

static int result_of(const struct vdevfw_job *job, struct vdevfw_message *msg)
{
	*msg = job->msg;
	return job->err;
}

/* A stop, which has to wait for accesses: it gives way to the guest's end, and has a limit. */
static int wait_for_stop(struct guest_system *gsp, struct vdevfw_job *job,
			 struct vdevfw_message *msg)
{
	long left;

	left = wait_event_killable_timeout(gsp->run.progress, completion_done(&job->done) ||
					   READ_ONCE(gsp->ending), patience(gsp));
	if (left < 0)
		return -EINTR;
	if (completion_done(&job->done))
		return result_of(job, msg);
	return left ? vdevfw_guest_at_its_end(gsp, msg) : refuse_to_wait(gsp, msg);
}

/* A start that fails is the guest's end. */
static int wait_for_start(struct guest_system *gsp, struct vdevfw_job *job,
			  struct vdevfw_message *msg)
{
	if (wait_for_completion_killable(&job->done))
		return -EINTR;
	if (READ_ONCE(gsp->ending))
		vdevfw_guest_destroy(gsp);
	return result_of(job, msg);
}

static int start_job(struct guest_system *gsp, struct vdevfw_job *job)
{
	return vdevfw_run_start(gsp, &job->msg);
}

int vdevfw_guest_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	struct vdevfw_job *job = job_alloc(gsp, start_job);
	int err;

	if (!job)
		return -ENOMEM;
	err = queue_job(gsp, job, msg);
	err = err ?: wait_for_start(gsp, job, msg);
	kref_put(&job->kref, job_free);
	return err;
}

enum { STOP_REASONS, STOP_OPTIONS };

static int stop_job(struct guest_system *gsp, struct vdevfw_job *job)
{
	u32 reasons = job->arg[STOP_REASONS] | vdevfw_requests_take_stop(&gsp->run.requests);
	int err;

	err = vdevfw_run_stop(gsp, reasons, job->arg[STOP_OPTIONS] & VDEVFW_STOP_FORCE, &job->msg);
	vdevfw_requests_done(&gsp->run.requests);
	job->stopped = gsp->run.stopped;
	return err;
}

static int refuse_never_started(struct guest_system *gsp, struct vdevfw_message *msg)
{
	return vdevfw_fail(msg, -EPERM, "guest %llu was never started: start it first", gsp->id);
}

static int run_stop_job(struct guest_system *gsp, struct vdevfw_guest_stop *cmd,
			struct vdevfw_message *msg)
{
	struct vdevfw_job *job = job_alloc(gsp, stop_job);
	int err;

	if (!job)
		return -ENOMEM;
	job->arg[STOP_REASONS] = BIT(cmd->state ?: VDEVFW_STATE_PAUSED);
	job->arg[STOP_OPTIONS] = cmd->options;
	err = queue_job(gsp, job, msg);
	err = err ?: wait_for_stop(gsp, job, msg);
	if (!err) {
		cmd->out_state = READ_ONCE(gsp->state);
		cmd->out_reasons = job->stopped.reasons;
		cmd->out_flags = job->stopped.flags;
		cmd->out_result = job->stopped.result;
	}
	kref_put(&job->kref, job_free);
	return err;
}

/* A vdev saves nothing. */
#define HOST_STOP_STATES	(VDEVFW_STOP_STATES | BIT(VDEVFW_STATE_SAVE))

int vdevfw_guest_stop(struct guest_system *gsp, struct vdevfw_guest_stop *cmd,
		      struct vdevfw_message *msg)
{
	static const u32 states = HOST_STOP_STATES | BIT(0);

	if (READ_ONCE(gsp->ending))
		return vdevfw_guest_at_its_end(gsp, msg);
	if (cmd->state >= VDEVFW_STATES || !(BIT(cmd->state) & states))
		return vdevfw_fail(msg, -EINVAL, "state %u is none to stop in", cmd->state);
	if (!was_started(gsp))
		return refuse_never_started(gsp, msg);
	return run_stop_job(gsp, cmd, msg);
}

/* What a caller who waits no longer has left, the job frees. */
static int run_data_job(struct guest_system *gsp, struct vdevfw_job *job,
			struct vdevfw_message *msg)
{
	int err = queue_job(gsp, job, msg);

	return err ?: wait_for_stop(gsp, job, msg);
}

/* Who waits no longer has nothing to do with what the job may be writing still. */
static bool is_over(struct vdevfw_job *job)
{
	return completion_done(&job->done);
}

int vdevfw_guest_save(struct guest_system *gsp, void **data, size_t *size, u64 *culprit, u32 *flags,
		      struct vdevfw_message *msg)
{
	struct vdevfw_job *job = job_alloc(gsp, vdevfw_run_save);
	int err;

	if (!job)
		return -ENOMEM;
	err = run_data_job(gsp, job, msg);
	if (is_over(job))
		*culprit = job->vdev;
	if (!err) {
		*data = job->data;
		*size = job->size;
		*flags = job->stopped.flags;
		job->data = NULL;
	}
	kref_put(&job->kref, job_free);
	return err;
}

int vdevfw_guest_restore(struct guest_system *gsp, void *data, size_t size, u64 *culprit,
			 struct vdevfw_message *msg)
{
	struct vdevfw_job *job = job_alloc(gsp, vdevfw_run_restore);
	int err;

	if (!job) {
		kvfree(data);
		return -ENOMEM;
	}
	job->data = data;
	job->size = size;
	err = run_data_job(gsp, job, msg);
	if (is_over(job))
		*culprit = job->vdev;
	kref_put(&job->kref, job_free);
	return err;
}

/* What each value must be below. STOP has a state, which becomes a bit. */
static const u32 ask_values[VDEVFW_ASKS] = {
	[VDEVFW_ASK_DEBUG] = 1,
	[VDEVFW_ASK_SUSPEND] = 1,
	[VDEVFW_ASK_SHUTDOWN] = VDEVFW_CAUSES,
	[VDEVFW_ASK_RESET] = VDEVFW_CAUSES,
	[VDEVFW_ASK_WAKEUP] = U32_MAX,
	[VDEVFW_ASK_POWERDOWN] = 1,
	[VDEVFW_ASK_STOP] = BITS_PER_TYPE(u32),
	[VDEVFW_ASK_PANIC] = 1,
	[VDEVFW_ASK_WATCHDOG] = 1,
};

static int check_ask(struct guest_system *gsp, u32 what, u32 value, struct vdevfw_message *msg)
{
	if (READ_ONCE(gsp->ending))
		return vdevfw_guest_at_its_end(gsp, msg);
	if (what >= VDEVFW_ASKS)
		return vdevfw_fail(msg, -EINVAL, "%u is nothing to ask for; allowed: 0 to %u", what,
				   VDEVFW_ASKS - 1);
	if (value >= ask_values[what] ||
	    (what == VDEVFW_ASK_STOP && !(BIT(value) & HOST_STOP_STATES)))
		return vdevfw_fail(msg, -EINVAL, "value %u is not for request %u", value, what);
	if (!was_started(gsp))
		return refuse_never_started(gsp, msg);
	if (what == VDEVFW_ASK_WAKEUP && READ_ONCE(gsp->state) != VDEVFW_STATE_SUSPENDED)
		return vdevfw_fail(msg, -EPERM, "guest %llu does not sleep: it is %s", gsp->id,
				   vdevfw_state_name(READ_ONCE(gsp->state)));
	return 0;
}

/* Returns the ticket of what follows, or 0. */
static u64 post_ask(struct guest_system *gsp, u32 what, u32 value)
{
	struct vdevfw_requests *requests = &gsp->run.requests;
	const struct action *action;

	if (what == VDEVFW_ASK_STOP)
		value = BIT(value);
	if (what < VDEVFW_REQUESTS)
		return vdevfw_requests_post(requests, what, value, VDEVFW_ANY_GENERATION,
					    &gsp->events, NULL);
	action = action_for(gsp, what);
	vdevfw_events_post(&gsp->events, what == VDEVFW_ASK_PANIC ? VDEVFW_EVENT_PANIC :
			   VDEVFW_EVENT_WATCHDOG, 0, 0, "");
	if (action->asks)
		return vdevfw_requests_post(requests, action->ask, action->value,
					    VDEVFW_ANY_GENERATION, &gsp->events, NULL);
	if (action->act)
		action->act(gsp);
	return 0;
}

static bool is_done(const struct guest_system *gsp, u64 ticket)
{
	/* Pairs with pass(). */
	return smp_load_acquire(&gsp->run.done) >= ticket;
}

static int wait_for_ticket(struct guest_system *gsp, u64 ticket, struct vdevfw_message *msg)
{
	long left;

	left = wait_event_killable_timeout(gsp->run.progress,
					   is_done(gsp, ticket) || READ_ONCE(gsp->ending),
					   patience(gsp));
	if (left < 0)
		return -EINTR;
	if (READ_ONCE(gsp->ending))
		return vdevfw_guest_at_its_end(gsp, msg);
	return left ? 0 : refuse_to_wait(gsp, msg);
}

int vdevfw_guest_ask(struct guest_system *gsp, u32 what, u32 value, u32 options,
		     struct vdevfw_message *msg)
{
	u64 ticket;
	int err;

	err = vdevfw_guest_lock(gsp, msg);
	if (err)
		return err;
	err = check_ask(gsp, what, value, msg);
	if (!err) {
		trace_vdevfw_ask(gsp->id, 0, what, value);
		ticket = post_ask(gsp, what, value);
	}
	mutex_unlock(&gsp->lock);
	if (err || !(options & VDEVFW_ASK_WAIT))
		return err;
	return wait_for_ticket(gsp, ticket, msg);
}

int vdevfw_guest_ack(struct guest_system *gsp, u64 stop, struct vdevfw_message *msg)
{
	if (task_tgid(current) != gsp->process)
		return vdevfw_fail(msg, -EXDEV, "guest %llu is of another process: that one runs its vCPUs",
				   gsp->id);
	if ((s64)stop <= 0 || atomic64_cmpxchg(&gsp->run.stop, stop, -(s64)stop) != stop)
		return vdevfw_fail(msg, -ESTALE, "guest %llu: no stop %llu waits for you", gsp->id,
				   stop);
	wake_up_all(&gsp->run.progress);
	return 0;
}
