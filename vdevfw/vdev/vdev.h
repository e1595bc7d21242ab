/* SPDX-License-Identifier: GPL-2.0-only */
/* One vdev of a guest: the framework's side of a vdev_t. */
#ifndef _VDEVFW_VDEV_H
#define _VDEVFW_VDEV_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include <vdevfw/vdev-core.h>

#include "../life/save.h"
#include "../message.h"
#include "machine.h"
#include "phase.h"

struct vdevfw_pic;
struct vdevfw_report;

/* What vdevfw_vdev_describe() needs at most. */
#define VDEVFW_DESCRIPTION	128

/**
 * struct vdevfw_vdev - A vdev and what the framework knows of it
 * @kref: Held by its guest, and by each thread that was abandoned
 * @pub: What the vdev itself sees
 * @node: In the guest's list
 * @id: Within the guest; never 0
 * @machine: What it is part of
 * @name: As the user calls it, or NULL
 * @own_routes: Of its ``log`` options
 * @routes: Where its messages go: @own_routes, or those of the machine
 * @log_limit: How often it may say something to the kernel log
 * @stage: Where it is in its life
 * @caller: Who is within control(), or takes a common option; read anywhere
 * @msg: Where a refusal goes, while there is a @caller
 * @option: Name of the option that is being taken, or NULL
 * @refused: The first refusal during the present control(), or 0
 * @report: Where its status goes; NULL while nobody asks for it
 * @placed: Where the framework has made its region, or nowhere
 * @handles_button: It takes care of the power button
 * @draining: It has something under way, and says when that is over
 * @drain_error: How that went
 * @save: Where it puts what it saves, during VDEV_CTRL_SAVE; otherwise NULL
 * @own_at: Where that begins in @save
 * @saved: Its records, while its guest is restored
 * @restoring: It gets what it has saved, during VDEV_CTRL_RESTORE
 * @own_left: Which of its own records in @saved it has not got
 * @orphan: It has outlived its guest, which it holds
 * @threads: &struct vdev_thread that have not been joined
 * @doorbells: &struct vdev_doorbell
 * @mappings: Of guest memory; see &struct vdevfw_memory
 * @timers: &struct guest_timer
 * @pulses: &struct vdev_pulse
 * @clock_stops: How often it has stopped the guest's clock and not started it again. Protected by
 *	the clock's lock.
 * @pic: The interrupt controller that it is, or NULL
 * @sources: &struct vdevfw_intr_source
 * @msis: How many MSIs it has sent
 * @values: Of &vdev_factory.registers, in its order, or NULL. Protected by v_mtx in the running
 *	stage.
 * @device: &vdev_factory.extra_space bytes
 *
 * All is protected by the guest's mutex, but for @pub, @log_limit, @msis, and where it says
 * otherwise.
 */
struct vdevfw_vdev {
	struct kref kref;
	vdev_t pub;
	struct list_head node;
	u64 id;
	struct vdevfw_machine *machine;
	const char *name;
	struct vdevfw_routes own_routes;
	const struct vdevfw_routes *routes;
	struct ratelimit_state log_limit;
	struct vdevfw_phase_state stage;
	struct task_struct *caller;
	struct vdevfw_message *msg;
	const char *option;
	int refused;
	struct vdevfw_report *report;
	struct qvm_state_block placed;
	bool handles_button;
	bool draining;
	int drain_error;
	struct vdevfw_save *save;
	size_t own_at;
	struct vdevfw_saved saved;
	bool restoring;
	u64 own_left;
	bool orphan;
	struct list_head threads;
	struct list_head doorbells;
	struct list_head mappings;
	struct list_head timers;
	struct list_head pulses;
	u64 clock_stops;
	struct vdevfw_pic *pic;
	struct list_head sources;
	atomic64_t msis;
	u64 *values;
	u8 device[] __aligned(sizeof(u64));
};

/* A vdev may hold itself const; what the framework keeps of it is not. */
static inline struct vdevfw_vdev *to_vdevfw_vdev(const vdev_t *vdp)
{
	return container_of((vdev_t *)vdp, struct vdevfw_vdev, pub);
}

/**
 * vdevfw_vdev_alloc() - Make a vdev that has not been told anything
 * @gsp: Its guest
 * @machine: What it is part of
 * @id: Its id
 * @factory: Its factory
 *
 * Return: The vdev, for vdevfw_vdev_free(), or NULL.
 */
struct vdevfw_vdev *vdevfw_vdev_alloc(struct guest_system *gsp, struct vdevfw_machine *machine,
				      u64 id, const struct vdev_factory *factory);

/**
 * vdevfw_vdev_free() - Undo vdevfw_vdev_alloc()
 * @vdev: The vdev, or NULL
 */
void vdevfw_vdev_free(struct vdevfw_vdev *vdev);

/*
 * These three are in holdings.c: this room knows none of the others.
 */

/**
 * vdevfw_vdev_withdraw() - Take a vdev out of what its machine has
 * @vdev: The vdev, which no access reaches; what its threads may use is left
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_vdev_withdraw(struct vdevfw_vdev *vdev);

/**
 * vdevfw_vdev_orphan() - Have a vdev outlive its guest, with what its threads may use
 * @vdev: The vdev, withdrawn; its threads have been abandoned
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_vdev_orphan(struct vdevfw_vdev *vdev);

/**
 * vdevfw_vdev_release() - Free what its threads could use
 * @vdev: The vdev, withdrawn, and without any thread
 *
 * Context: The guest's mutex is held, unless the vdev is an orphan. Sleeps.
 */
void vdevfw_vdev_release(struct vdevfw_vdev *vdev);

/**
 * vdevfw_vdev_get() - Hold a vdev
 * @vdev: The vdev
 */
void vdevfw_vdev_get(struct vdevfw_vdev *vdev);

/**
 * vdevfw_vdev_put() - Undo vdevfw_vdev_get()
 * @vdev: The vdev. With the last hold, it is freed, and lets go of its module.
 *
 * Context: As vdevfw_vdev_release().
 */
void vdevfw_vdev_put(struct vdevfw_vdev *vdev);

/**
 * vdevfw_vdev_create() - Make a vdev of a factory and its options
 * @gsp: Its guest
 * @machine: What it is part of
 * @id: Its id
 * @factory: Its factory; on success, the caller's hold on it is the vdev's
 * @options: "NAME=ARGUMENT" or "NAME", each with its NUL; may be changed
 * @options_len: Bytes in @options
 * @at_option: On failure, the option that it was about, or VDEVFW_NO_OPTION
 * @msg: Why not
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: The vdev, after OPTIONS_END, or an ERR_PTR() as at &struct vdevfw_vdev_add.
 */
struct vdevfw_vdev *vdevfw_vdev_create(struct guest_system *gsp, struct vdevfw_machine *machine,
				       u64 id, const struct vdev_factory *factory,
				       char *options, size_t options_len, u32 *at_option,
				       struct vdevfw_message *msg);

/**
 * vdevfw_vdev_enter() - From here on the calling thread may refuse for a vdev
 * @vdev: The vdev
 * @msg: Where the refusal goes
 *
 * Context: The guest's mutex is held.
 */
void vdevfw_vdev_enter(struct vdevfw_vdev *vdev, struct vdevfw_message *msg);

/**
 * vdevfw_vdev_leave() - Until here
 * @vdev: The vdev
 * @err: What came of it
 *
 * Context: The guest's mutex is held.
 * Return: The refusal, if there was one, otherwise @err.
 */
int vdevfw_vdev_leave(struct vdevfw_vdev *vdev, int err);

/**
 * vdevfw_check() - Whether a vdev may call a function now
 * @vdp: The vdev
 * @function: The function
 *
 * Context: Any but NMI.
 * Return: 0 or -EPERM.
 */
static inline int vdevfw_check(const vdev_t *vdp, enum vdevfw_function function)
{
	return vdevfw_phase_check(vdp, READ_ONCE(to_vdevfw_vdev(vdp)->stage.phase), function);
}

/**
 * vdevfw_vdev_is_in_control() - Whether the calling thread is within a vdev's control()
 * @vdev: The vdev
 *
 * Context: Any.
 * Return: Whether it is.
 */
static inline bool vdevfw_vdev_is_in_control(const struct vdevfw_vdev *vdev)
{
	return in_task() && READ_ONCE(vdev->caller) == current;
}

/**
 * vdevfw_check_in_control() - Whether a vdev may call a function now, and here
 * @vdp: The vdev
 * @function: The function, which only control() may call
 *
 * Context: Any but NMI.
 * Return: 0 or -EPERM.
 */
static inline int vdevfw_check_in_control(const vdev_t *vdp, enum vdevfw_function function)
{
	if (!vdevfw_vdev_is_in_control(to_vdevfw_vdev(vdp)))
		return vdevfw_context_violated(vdp, function);
	return vdevfw_check(vdp, function);
}

/**
 * vdevfw_vdev_describe() - Name, location and kind of a vdev, for a message
 * @vdev: The vdev
 * @buf: For the text; may be NULL if @count is 0
 * @count: Bytes in @buf
 *
 * Context: Any.
 * Return: As snprintf().
 */
int vdevfw_vdev_describe(const struct vdevfw_vdev *vdev, char *buf, size_t count);

/**
 * vdevfw_vdev_control() - Call a vdev
 * @vdev: The vdev
 * @ctrl: &enum vdev_ctrl
 * @arg: Argument
 * @msg: Why the vdev refuses
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0 or a negative errno.
 */
int vdevfw_vdev_control(struct vdevfw_vdev *vdev, unsigned int ctrl, const char *arg,
			struct vdevfw_message *msg);

/**
 * vdevfw_vdev_destroy() - TERMINATE, end what threads are left, and let go of it
 * @vdev: A vdev that no access reaches any more; in no list
 *
 * Context: The guest's mutex is held. Sleeps.
 */
void vdevfw_vdev_destroy(struct vdevfw_vdev *vdev);

#endif
