/* SPDX-License-Identifier: GPL-2.0-only */
/* How a guest goes from state to state: what guest.c, asking.c and transitions.c share. */
#ifndef _VDEVFW_RUN_H
#define _VDEVFW_RUN_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/wait.h>

#include "life/changes.h"
#include "life/deferred.h"
#include "life/requests.h"
#include "life/states.h"
#include "message.h"

struct guest_system;

/* The module's parameter drain_timeout, in milliseconds. */
extern unsigned int vdevfw_drain_timeout;

/* What becomes of a guest that is to be reset, shuts down, is lost, or lets a watchdog bite. */
enum vdevfw_reboot_action { REBOOT_RESET, REBOOT_SHUTDOWN };
enum vdevfw_shutdown_action { SHUTDOWN_POWEROFF, SHUTDOWN_PAUSE };
enum vdevfw_panic_action { PANIC_SHUTDOWN, PANIC_NONE, PANIC_PAUSE, PANIC_EXIT };
enum vdevfw_watchdog_action {
	WATCHDOG_RESET, WATCHDOG_SHUTDOWN, WATCHDOG_POWEROFF, WATCHDOG_PAUSE, WATCHDOG_DEBUG,
	WATCHDOG_NONE, WATCHDOG_INJECT_NMI,
};

/**
 * struct vdevfw_actions - ``action``, of GUEST_SET. Written under the guest's mutex, read anywhere.
 * @reboot: &enum vdevfw_reboot_action
 * @shutdown: &enum vdevfw_shutdown_action
 * @panic: &enum vdevfw_panic_action
 * @watchdog: &enum vdevfw_watchdog_action
 */
struct vdevfw_actions {
	unsigned int reboot;
	unsigned int shutdown;
	unsigned int panic;
	unsigned int watchdog;
};

/**
 * struct vdevfw_stopped - How the last stop went
 * @reasons: Bit n: &enum vdevfw_state n
 * @flags: Set of VDEVFW_STOPPED_*
 * @result: The first error, or 0
 */
struct vdevfw_stopped {
	u32 reasons;
	u32 flags;
	int result;
};

/**
 * struct vdevfw_run - A guest's way through its states
 * @requests: What it was asked for
 * @pass: Carries that out. On the guest's worker, as all of these.
 * @changes: Who is told of changes
 * @latecomers: Tells those who were added while the guest ran
 * @deferred: What is to be done after changes
 * @after: Does it
 * @nmi: Sends one to each vCPU
 * @progress: Who waits for @done, @stop, a vdev that comes to rest, or the guest's end
 * @done: &vdevfw_pass.ticket of the last pass that is over
 * @stop: The stop that waits to be acknowledged, which makes it negative; or 0. Its number is of no
 *	other guest's.
 * @transition: &enum vdevfw_transition; the worker's, read anywhere
 * @was_suspended: The guest slept when it was stopped. The worker's.
 * @told_stopped: The last of STOPPED and RESUMED that user space was told. The worker's.
 * @stopped: How the last stop went. The worker's.
 * @refused: How many transitions were that no state allows
 * @acknowledge: How long the launcher may take, in milliseconds; 0: it does not answer
 * @actions: What becomes of the guest when ...
 */
struct vdevfw_run {
	struct vdevfw_requests requests;
	struct kthread_work pass;
	struct vdevfw_changes changes;
	struct kthread_work latecomers;
	struct vdevfw_deferred deferred;
	struct kthread_work after;
	struct kthread_work nmi;
	wait_queue_head_t progress;
	u64 done;
	atomic64_t stop;
	enum vdevfw_transition transition;
	bool was_suspended;
	bool told_stopped;
	struct vdevfw_stopped stopped;
	atomic_t refused;
	unsigned int acknowledge;
	struct vdevfw_actions actions;
};

/**
 * struct vdevfw_job - A command that the guest's worker carries out while somebody waits
 * @work: On the worker
 * @kref: Held by who waits, and by the worker
 * @gsp: The guest
 * @run: What is to be done. On the worker, without the guest's mutex.
 * @arg: For it
 * @data: What the guest is saved to, or restored from; for kvfree()
 * @size: Bytes in @data
 * @stopped: How its stop went
 * @vdev: Which vdev it fails for, or 0
 * @err: What it gives
 * @msg: Why it fails
 * @done: It is over
 */
struct vdevfw_job {
	struct kthread_work work;
	struct kref kref;
	struct guest_system *gsp;
	int (*run)(struct guest_system *gsp, struct vdevfw_job *job);
	u32 arg[2];
	void *data;
	size_t size;
	struct vdevfw_stopped stopped;
	u64 vdev;
	int err;
	struct vdevfw_message msg;
	struct completion done;
};

/**
 * vdevfw_run_init() - A guest that has not begun
 * @gsp: The guest
 */
void vdevfw_run_init(struct guest_system *gsp);

/**
 * vdevfw_run_end() - The guest ends: what runs stops, and nothing can be asked any more
 * @gsp: The guest
 *
 * Context: Its worker. Its gates are closed, and its services have ended.
 */
void vdevfw_run_end(struct guest_system *gsp);

/**
 * vdevfw_run_queue() - Have the guest's worker do something, unless the guest is at its end
 * @gsp: The guest
 * @work: What
 *
 * Context: Any but NMI.
 */
void vdevfw_run_queue(struct guest_system *gsp, struct kthread_work *work);

/**
 * vdevfw_run_change() - Go from state to state
 * @gsp: The guest
 * @to: Where to
 *
 * Context: Its mutex is held.
 * Return: 0. -EINVAL: this state does not follow; it is counted, and nothing has changed.
 */
int vdevfw_run_change(struct guest_system *gsp, enum vdevfw_state to);

/**
 * vdevfw_run_go() - The same, for who does not hold its mutex
 * @gsp: The guest
 * @to: Where to
 *
 * Context: Its worker, without its mutex.
 * Return: As vdevfw_run_change().
 */
int vdevfw_run_go(struct guest_system *gsp, enum vdevfw_state to);

/**
 * vdevfw_run_start() - See VDEVFW_GUEST_START
 * @gsp: The guest
 * @msg: Why not
 *
 * Context: Its worker, without its mutex.
 * Return: 0 or a negative errno.
 */
int vdevfw_run_start(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_run_stop() - See VDEVFW_GUEST_STOP
 * @gsp: The guest
 * @reasons: Why, as bits
 * @force: As VDEVFW_STOP_FORCE
 * @msg: Why not
 *
 * Context: Its worker, without its mutex.
 * Return: 0 or a negative errno; how it went is in @gsp->run.stopped.
 */
int vdevfw_run_stop(struct guest_system *gsp, u32 reasons, bool force, struct vdevfw_message *msg);

/**
 * vdevfw_run_settle() - Once more, have the vdevs of a guest that has stopped come to rest
 * @gsp: The guest
 *
 * Context: Its worker, without its mutex. How it went is in @gsp->run.stopped.
 */
void vdevfw_run_settle(struct guest_system *gsp);

/**
 * vdevfw_run_reset() - Reset the machine
 * @gsp: The guest
 * @cause: Who wants it
 *
 * Context: Its worker, without its mutex.
 */
void vdevfw_run_reset(struct guest_system *gsp, enum vdevfw_cause cause);

/**
 * vdevfw_run_reset_vdevs() - Reset the vdevs, and nothing else
 * @gsp: The guest, which has stopped
 *
 * Context: Its worker, without its mutex.
 */
void vdevfw_run_reset_vdevs(struct guest_system *gsp);

/**
 * vdevfw_run_save() - See VDEVFW_GUEST_SAVE
 * @gsp: The guest
 * @job: Its @data and @size are what was saved
 *
 * Context: Its worker, without its mutex.
 * Return: 0 or a negative errno.
 */
int vdevfw_run_save(struct guest_system *gsp, struct vdevfw_job *job);

/**
 * vdevfw_run_restore() - See VDEVFW_GUEST_RESTORE
 * @gsp: The guest
 * @job: Its @data and @size are what was saved
 *
 * Context: Its worker, without its mutex.
 * Return: 0 or a negative errno.
 */
int vdevfw_run_restore(struct guest_system *gsp, struct vdevfw_job *job);

/**
 * vdevfw_run_carry_out() - Do what was asked for
 * @gsp: The guest
 * @asked: What
 *
 * Context: Its worker, without its mutex.
 */
void vdevfw_run_carry_out(struct guest_system *gsp, const struct vdevfw_asked *asked);

#endif
