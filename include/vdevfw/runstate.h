/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine is doing: how a vdev, or another kernel module, asks for a change, and how it is
 * told of one.
 *
 * Nobody changes it but the guest's worker. Whoever wants it to stop, to be reset or to shut down
 * asks, from any context, and goes on: a handler, a timer, a pulse, a thread, a change-state
 * handler. All of these return at once. A vCPU that asks from within an access for what stops it
 * executes no other instruction of the guest's before that.
 */
#ifndef _VDEVFW_RUNSTATE_H
#define _VDEVFW_RUNSTATE_H

#include <linux/list.h>
#include <linux/types.h>

#include <vdevfw/vdev-core.h>

struct guest_system;

/**
 * enum guest_run_state - What a guest is doing, as change-state handlers are told
 * @GRS_CONFIGURED: as after power-on
 * @GRS_RUNNING: it runs
 * @GRS_PAUSED: stopped by a command
 * @GRS_DEBUG: stopped for a debugger
 * @GRS_IO_ERROR: stopped by a vdev that cannot serve it for now
 * @GRS_INTERNAL_ERROR: stopped by what should not be
 * @GRS_WATCHDOG: stopped by a watchdog
 * @GRS_GUEST_PANICKED: stopped since the guest is lost
 * @GRS_SUSPENDED: it sleeps
 * @GRS_SHUTDOWN: stopped since it has shut down
 * @GRS_SAVE: stopped to be saved
 * @GRS_RESTORE: stopped to be restored
 * @GRS_DYING: at its end
 *
 * The same numbers as &enum vdevfw_state, which user space sees.
 */
enum guest_run_state {
	GRS_CONFIGURED = 1,
	GRS_RUNNING = 2,
	GRS_PAUSED = 3,
	GRS_DEBUG = 4,
	GRS_IO_ERROR = 5,
	GRS_INTERNAL_ERROR = 6,
	GRS_WATCHDOG = 7,
	GRS_GUEST_PANICKED = 8,
	GRS_SUSPENDED = 9,
	GRS_SHUTDOWN = 10,
	GRS_SAVE = 11,
	GRS_RESTORE = 12,
	GRS_DYING = 13,
};

/**
 * struct guest_reason - When a reason to ask for something came up
 *
 * Once the guest has been reset, it is no reason any more.
 */
struct guest_reason {
	/* private: */
	u64 __generation;
};

/**
 * guest_reason_take() - A reason has come up, or may: note when
 * @vdp: The vdev
 * @reason: For guest_ask_...(), which may come much later
 *
 * A vdev that begins something long, such as a write to a disk, takes the reason there. If the
 * write fails after the guest has been reset, the stop it asks for is refused.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 */
void guest_reason_take(const vdev_t *vdp, struct guest_reason *reason);

/**
 * guest_ask_stop() - Ask for the machine to be stopped
 * @vdp: Who asks
 * @reason: From guest_reason_take(), or NULL: the reason has come up just now
 * @state: In which state: &enum guest_run_state: GRS_PAUSED, GRS_IO_ERROR, GRS_INTERNAL_ERROR,
 *	GRS_WATCHDOG, GRS_GUEST_PANICKED, GRS_SHUTDOWN or GRS_DEBUG. Of several, the
 *	gravest one counts.
 * @why: A sentence for the user: an event that comes before all that the stop brings about
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: 0. -EINVAL: no such state. -ESTALE: the guest has been reset since the reason came up.
 *	-ESHUTDOWN: it is at its end.
 */
int guest_ask_stop(const vdev_t *vdp, const struct guest_reason *reason, unsigned int state,
		   const char *why);

/**
 * guest_ask_reset() - Ask for the machine to be reset, as the guest wants it
 * @vdp: Who asks
 * @reason: As for guest_ask_stop()
 * @why: As for guest_ask_stop()
 *
 * What becomes of it is ``action reboot``'s.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_ask_reset(const vdev_t *vdp, const struct guest_reason *reason, const char *why);

/**
 * guest_ask_shutdown() - Ask for the machine to be shut down, as the guest wants it
 * @vdp: Who asks
 * @reason: As for guest_ask_stop()
 * @why: As for guest_ask_stop()
 *
 * What becomes of it is ``action shutdown``'s.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_ask_shutdown(const vdev_t *vdp, const struct guest_reason *reason, const char *why);

/**
 * guest_ask_suspend() - The guest wants to sleep
 * @vdp: Who asks
 * @reason: As for guest_ask_stop()
 * @why: As for guest_ask_stop()
 *
 * Its vCPUs stop; its clock and its vdevs do not, so that one of them can wake it up. Ignored where
 * it does not run.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_ask_suspend(const vdev_t *vdp, const struct guest_reason *reason, const char *why);

/**
 * guest_ask_wakeup() - Something has come that the guest wants to be awake for
 * @vdp: Who asks
 * @reason: As for guest_ask_stop()
 * @what: A number that tells what it is
 *
 * Ignored where the guest does not sleep.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_ask_wakeup(const vdev_t *vdp, const struct guest_reason *reason, unsigned int what);

/**
 * guest_ask_powerdown() - Somebody has pressed the power button
 * @vdp: Who asks
 * @reason: As for guest_ask_stop()
 *
 * Every vdev gets VDEV_CTRL_BUTTON.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_ask_powerdown(const vdev_t *vdp, const struct guest_reason *reason);

/**
 * guest_panicked() - The guest says that it is lost
 * @vdp: Who tells
 * @reason: As for guest_ask_stop()
 * @why: As for guest_ask_stop()
 *
 * What becomes of it is ``action panic``'s.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_panicked(const vdev_t *vdp, const struct guest_reason *reason, const char *why);

/**
 * guest_watchdog_expired() - A watchdog bites
 * @vdp: The watchdog
 * @reason: As for guest_ask_stop()
 * @why: As for guest_ask_stop()
 *
 * What becomes of it is ``action watchdog``'s.
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 * Return: As guest_ask_stop().
 */
int guest_watchdog_expired(const vdev_t *vdp, const struct guest_reason *reason, const char *why);

/**
 * vdev_drained() - What was under way at VDEV_CTRL_DRAIN is over
 * @vdp: The vdev, which has answered -EINPROGRESS there
 * @error: 0 or a negative errno, which is told with the stop
 *
 * Phase: running. Context: Any but NMI. Does not sleep.
 */
void vdev_drained(const vdev_t *vdp, int error);

/**
 * struct guest_change_ops - A change-state handler
 * @prepare: Called for all handlers, before the first @change: NULL where there is nothing to
 *	prepare
 * @change: The guest begins to run (@running) or has stopped, and is in @state, &enum
 *	guest_run_state. At a stop, its clock stands and no access is inside a vdev. An error at a
 *	stop is reported with it, and keeps nobody else from stopping; at a start it is ignored.
 *
 * Each handler sees a start, a stop, a start ... in turn, whenever it was added: the first one is a
 * start. Both are called on the guest's worker, without a lock of the framework's: they may sleep
 * for a short time, may add and remove handlers, also themselves, and ask for anything, which is
 * done after the present change.
 */
struct guest_change_ops {
	int (*prepare)(void *data, bool running, unsigned int state);
	int (*change)(void *data, bool running, unsigned int state);
};

struct guest_change;

/**
 * guest_change_add() - Be told when a guest begins to run, and when it stops
 * @gsp: The guest: of a vdev, &vdev_s.v_gsp; of another module, from guest_get()
 * @vdp: The vdev, or NULL. With it, the handler goes with the vdev.
 * @priority: At a start, who has a lower one comes first, and at a stop, last. Of the same
 *	priority, who was added earlier comes first at a start, and last at a stop. By convention 0,
 *	and for what depends on another vdev, one more than that has.
 * @ops: The handler
 * @data: For it
 *
 * If the guest is running, the handler's start comes soon.
 *
 * Context: Process context. Sleeps.
 * Return: For guest_change_remove(), or an ERR_PTR(): -ENOMEM, -ESHUTDOWN; of a vdev, -EPERM: not
 *	in the running phase.
 */
struct guest_change *guest_change_add(struct guest_system *gsp, const vdev_t *vdp, int priority,
				      const struct guest_change_ops *ops, void *data);

/**
 * guest_change_remove() - Be told no more
 * @change: From guest_change_add()
 *
 * Afterwards the handler is not inside, unless it is the caller, and will not be called. Who has
 * got the guest from guest_get() removes it before guest_put(), or never.
 *
 * Context: Process context, also within a handler. Sleeps.
 */
void guest_change_remove(struct guest_change *change);

/**
 * struct guest_work - Something to be done after a change
 * @func: What; @err is 0, or -ESHUTDOWN: the guest is at its end, or -ENODEV: so is the vCPU
 */
struct guest_work {
	void (*func)(struct guest_work *work, int err);
	/* private: */
	struct list_head __node;
	unsigned int __vcpu;
};

/**
 * guest_work_init() - Make it ready to be deferred
 * @work: The work
 * @func: see &struct guest_work
 */
void guest_work_init(struct guest_work *work, void (*func)(struct guest_work *work, int err));

/**
 * guest_defer() - Do something when the present change is complete
 * @gsp: The guest, which the caller holds, or is a vdev of
 * @work: What; it is called exactly once, and belongs to the framework until then
 *
 * First come, first served; on the guest's worker, without a lock: guest_resume() may be called
 * there. Work that defers itself again comes after all that waits then.
 *
 * Context: Any but NMI. Does not sleep.
 * Return: 0. -ESHUTDOWN: the guest is at its end, and the work is not called. -EBUSY: it is waiting
 *	already. -EPERM: the machine is not complete: before GUEST_CONFIGURED.
 */
int guest_defer(struct guest_system *gsp, struct guest_work *work);

/**
 * guest_defer_on_vcpu() - Do something in a vCPU's own thread
 * @gsp: The guest, as for guest_defer()
 * @vcpu: The vCPU: as many were created before it
 * @work: as for guest_defer()
 *
 * It is done when the vCPU comes to a vdev next, before that access, and in its context: it must
 * not wait for what waits for accesses. A vCPU that never comes is told at the guest's end.
 *
 * Context: Any but NMI. Does not sleep.
 * Return: As guest_defer(); -ENODEV: there is no such vCPU.
 */
int guest_defer_on_vcpu(struct guest_system *gsp, unsigned int vcpu, struct guest_work *work);

/**
 * guest_resume() - Let a guest run that has stopped
 * @gsp: The guest
 *
 * Context: Work of guest_defer(). Sleeps.
 * Return: 0. -EPERM: the wrong context. -EALREADY: it runs. -EUCLEAN: it must be
 *	reset before. -ESHUTDOWN: it is at its end.
 */
int guest_resume(struct guest_system *gsp);

/**
 * guest_get() - Find a guest
 * @id: Its id
 *
 * Context: Process context.
 * Return: The guest, for guest_put(), or NULL.
 */
struct guest_system *guest_get(u64 id);

/**
 * guest_put() - Let it go
 * @gsp: From guest_get()
 */
void guest_put(struct guest_system *gsp);

#endif
