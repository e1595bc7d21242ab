/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest: one VM as vdevfw knows it, from its creation to its end. */
#ifndef _VDEVFW_GUEST_PRIVATE_H
#define _VDEVFW_GUEST_PRIVATE_H

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#include "life/events.h"
#include "message.h"
#include "run.h"
#include "service/intr.h"
#include "service/timer.h"
#include "service/worker.h"
#include "space/memory.h"
#include "space/spaces.h"
#include "vdev/machine.h"

struct dentry;
struct vdevfw_report;

/**
 * enum vdevfw_reference_policy - ``unsupported reference``
 * @REFERENCE_IGNORE: a read gives all ones, a write is dropped
 * @REFERENCE_ABORT: the machine ends
 * @REFERENCE_POLICIES: how many there are
 */
enum vdevfw_reference_policy {
	REFERENCE_IGNORE,
	REFERENCE_ABORT,
	REFERENCE_POLICIES,
};

/**
 * struct guest_system - A guest
 * @kref: Held by each file, by the guest itself until it is dead, and by each vdev that has
 *	outlived it
 * @id: Its id; never 0, and never used again
 * @name: For people
 * @owner: The user who created it
 * @process: The process that created it, and its VM
 * @worker: Its own thread, which waits for vCPUs so that nobody else has to. There
 *	until @burial
 * @end: What ends the guest. On @worker
 * @ending: It was asked for
 * @ended: The guest is dead, and all that it held is free
 * @interrupt: Has those come out who wait for memory that another process is to bring, so that
 *	@end need not wait behind them. On a workqueue
 * @watch: Looks now and then for what hides a window. On @worker
 * @suspect: @watch has found something at its last look. @worker's
 * @run: Its way through its states; has locks of its own
 * @burial: Ends @worker, and then what @ended tells. On a workqueue
 * @lock: Comes before mmap_lock and KVM's slots_lock. Never taken within an access, and never
 *	held while user memory is touched, but for what control() asks of the guest's. Who has
 *	it does not wait for @worker.
 * @state: &enum vdevfw_state; may be read without @lock. Written on @worker, but for what comes
 *	before the first start.
 * @vm: The VM; NULL once the guest is dead
 * @machine: What its vdevs know of it, and the vdevs
 * @nr_vdevs: How many; may be read without @lock
 * @last_vdev_id: Of the vdev that was last tried to add
 * @spaces: The address spaces. Protected by @lock while the guest is assembled, later on by
 *	locks of their own
 * @settle: Gives windows to regions that have come, and takes away empty ones. On @worker
 * @memory: The guest's memory; has a lock of its own
 * @intrs: Its interrupts; see there
 * @workers: Threads that call timer() and pulse() of its vdevs
 * @timers: Its clock, which has a lock of its own, and timers
 * @reference: What becomes of an access that a vdev does not serve
 * @cause: &enum vdevfw_exit with which a vdev, or the loss of a bus, ended it, or -1
 * @debugfs: Its folder. From its creation until @burial
 * @debugfs_vdevs: A folder within it, of vdevs that have a name
 * @events: What user space reads
 */
struct guest_system {
	struct kref kref;
	u64 id;
	char name[VDEVFW_NAME_SIZE];
	kuid_t owner;
	struct pid *process;
	struct kthread_worker *worker;
	struct kthread_work end;
	bool ending;
	struct completion ended;
	struct work_struct interrupt;
	struct kthread_delayed_work watch;
	bool suspect;
	struct vdevfw_run run;
	struct work_struct burial;
	struct mutex lock;	/* protects all from here to @reference */
	enum vdevfw_state state;
	struct vdevfw_vm *vm;
	struct vdevfw_machine machine;
	unsigned int nr_vdevs;
	u64 last_vdev_id;
	struct vdevfw_spaces spaces;
	struct kthread_work settle;
	struct vdevfw_memory memory;
	struct vdevfw_intrs intrs;
	struct vdevfw_workers workers;
	struct vdevfw_timers timers;
	enum vdevfw_reference_policy reference;
	atomic_t cause;
	struct dentry *debugfs;
	struct dentry *debugfs_vdevs;
	struct vdevfw_events events;
};

/*
 * What the files of this room share: guest.c, assembly.c, running.c, status.c.
 */

/**
 * vdevfw_guest_lock() - Take a living guest's mutex
 * @gsp: The guest
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, -EINTR, -ESHUTDOWN.
 */
int vdevfw_guest_lock(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_guest_unlock() - Give it back; whoever has doomed the guest sees its end
 * @gsp: The guest
 *
 * Context: Process context. Sleeps if the guest is doomed.
 */
void vdevfw_guest_unlock(struct guest_system *gsp);

/**
 * vdevfw_guest_set_state() - Change its state, and tell
 * @gsp: The guest
 * @state: The state
 *
 * Context: Its mutex is held.
 */
void vdevfw_guest_set_state(struct guest_system *gsp, enum vdevfw_state state);

/**
 * vdevfw_guest_doom() - The guest cannot go on: its mutex's next owner finds it dying
 * @gsp: The guest
 *
 * Context: Its mutex is held.
 */
void vdevfw_guest_doom(struct guest_system *gsp);

/**
 * vdevfw_guest_at_its_end() - Say that it is at its end
 * @gsp: The guest
 * @msg: For the sentence
 *
 * Return: -ESHUTDOWN.
 */
int vdevfw_guest_at_its_end(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_guest_control_all() - Call control() of all vdevs, until one refuses
 * @gsp: The guest
 * @ctrl: &enum vdev_ctrl
 * @culprit: The id of the one that refuses
 * @msg: Why it does
 *
 * Context: The guest's mutex is held. Sleeps.
 * Return: 0 or an errno that tells of no success.
 */
int vdevfw_guest_control_all(struct guest_system *gsp, unsigned int ctrl, u64 *culprit,
			     struct vdevfw_message *msg);

/**
 * vdevfw_guest_exit() - End the machine, as guest_terminate() does
 * @gsp: The guest
 * @cause: How
 * @why: A sentence
 *
 * Context: Any but NMI.
 */
void vdevfw_guest_exit(struct guest_system *gsp, enum vdevfw_exit cause, const char *why);

/**
 * vdevfw_guest_by_id() - Find a guest, whoever asks
 * @id: Its id
 *
 * Return: The guest, with a reference, or NULL.
 */
struct guest_system *vdevfw_guest_by_id(u64 id);

/* Where a guest's accesses go that do not end well; see running.c. */
extern const struct vdevfw_faults vdevfw_guest_faults[REFERENCE_POLICIES];

/*
 * What the ioctl interface calls.
 */

/**
 * vdevfw_guest_create() - Make a guest for a VM
 * @vm_fd: The VM, of the calling process
 * @name: A name; checked here
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: The guest, in VDEVFW_STATE_CONFIG, with a reference, or an ERR_PTR() as
 *	at &struct vdevfw_guest_create.
 */
struct guest_system *vdevfw_guest_create(int vm_fd, const char *name, struct vdevfw_message *msg);

/**
 * vdevfw_guest_find() - Find a guest by its id
 * @id: Its id
 * @msg: Why not
 *
 * Return: The guest, with a reference, or an ERR_PTR() as at &struct
 *	vdevfw_guest_open.
 */
struct guest_system *vdevfw_guest_find(u64 id, struct vdevfw_message *msg);

/**
 * vdevfw_guest_list() - Tell of all guests that the caller may open
 * @entries: For them, by id
 * @room: How many fit
 *
 * Return: How many there are. Of more than @room, only the first were written.
 */
u32 vdevfw_guest_list(struct vdevfw_guest_entry *entries, u32 room);

/**
 * vdevfw_guest_put() - Drop a reference
 * @gsp: The guest; dead, if it is the last one
 */
void vdevfw_guest_put(struct guest_system *gsp);

/**
 * vdevfw_guest_add() - Add a vdev
 * @gsp: The guest
 * @name: Its factory
 * @options: as vdevfw_vdev_create() has it
 * @options_len: as vdevfw_vdev_create() has it
 * @at_option: as vdevfw_vdev_create() has it
 * @id: The vdev's id
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_vdev_add.
 */
int vdevfw_guest_add(struct guest_system *gsp, const char *name, char *options,
		     size_t options_len, u32 *at_option, u64 *id, struct vdevfw_message *msg);

/**
 * vdevfw_guest_set() - Take settings of the whole machine
 * @gsp: The guest
 * @options: "NAME=ARGUMENT" or "NAME", each with its NUL; is changed
 * @len: Bytes in @options
 * @at_option: On failure, which of them, or VDEVFW_NO_OPTION
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_set.
 */
int vdevfw_guest_set(struct guest_system *gsp, char *options, size_t len, u32 *at_option,
		     struct vdevfw_message *msg);

/**
 * vdevfw_guest_configure() - Complete the machine
 * @gsp: The guest
 * @culprit: On failure, the id of the vdev that it was about, or 0
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_configure.
 */
int vdevfw_guest_configure(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg);

/**
 * vdevfw_guest_start() - Let it run, or go on
 * @gsp: The guest
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_command.
 */
int vdevfw_guest_start(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_guest_stop() - Stop it, and wait until it has
 * @gsp: The guest
 * @cmd: How, and how it went
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_stop.
 */
int vdevfw_guest_stop(struct guest_system *gsp, struct vdevfw_guest_stop *cmd,
		      struct vdevfw_message *msg);

/**
 * vdevfw_guest_save() - Save its vdevs
 * @gsp: The guest
 * @data: What they are saved to, for kvfree(); only on success
 * @size: Bytes in *@data
 * @culprit: On failure, the id of the vdev that it was about; otherwise not changed
 * @flags: Of its stop
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_save.
 */
int vdevfw_guest_save(struct guest_system *gsp, void **data, size_t *size, u64 *culprit, u32 *flags,
		      struct vdevfw_message *msg);

/**
 * vdevfw_guest_restore() - Restore its vdevs
 * @gsp: The guest
 * @data: What they were saved to; kvfree() is called for it, sooner or later
 * @size: Bytes in @data
 * @culprit: As for vdevfw_guest_save()
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_restore.
 */
int vdevfw_guest_restore(struct guest_system *gsp, void *data, size_t size, u64 *culprit,
			 struct vdevfw_message *msg);

/**
 * vdevfw_guest_ask() - Ask it for a change
 * @gsp: The guest
 * @what: &enum vdevfw_ask
 * @value: Depends on @what
 * @options: Set of VDEVFW_ASK_WAIT
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_ask.
 */
int vdevfw_guest_ask(struct guest_system *gsp, u32 what, u32 value, u32 options,
		     struct vdevfw_message *msg);

/**
 * vdevfw_guest_ack() - No vCPU runs
 * @gsp: The guest
 * @stop: The stop that is acknowledged
 * @msg: Why not
 *
 * Context: Process context.
 * Return: 0, or an error as at &struct vdevfw_guest_ack.
 */
int vdevfw_guest_ack(struct guest_system *gsp, u64 stop, struct vdevfw_message *msg);

/**
 * vdevfw_guest_button() - Press the power button
 * @gsp: The guest
 * @handlers: How many vdevs take care of it
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_button.
 */
int vdevfw_guest_button(struct guest_system *gsp, u32 *handlers, struct vdevfw_message *msg);

/**
 * vdevfw_guest_status() - Ask vdevs how they are
 * @gsp: The guest
 * @id: Which one, or 0 for all
 * @report: What they say is added to it
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_status.
 */
int vdevfw_guest_status(struct guest_system *gsp, u64 id, struct vdevfw_report *report,
			struct vdevfw_message *msg);

/**
 * vdevfw_guest_regions() - Tell which regions there are
 * @gsp: The guest
 * @entries: For what is told
 * @count: How many fit in it
 * @only: see &struct vdevfw_guest_regions
 * @total: How many there are
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, -EINTR, -ESHUTDOWN.
 */
int vdevfw_guest_regions(struct guest_system *gsp, struct vdevfw_region_entry *entries, u32 count,
			 u32 only, u32 *total, struct vdevfw_message *msg);

/**
 * vdevfw_guest_mapped() - User space has changed its memory slots
 * @gsp: The guest
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, -EINTR, -ESHUTDOWN.
 */
int vdevfw_guest_mapped(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_guest_access() - Make an access as a vCPU would
 * @gsp: The guest
 * @addr: The address
 * @len: Bytes: 1, 2, 4 or 8
 * @access: Set of VDEVFW_ACCESS_*
 * @value: What is written, or was read
 * @msg: Why not
 *
 * Context: Process context. Sleeps as the vdev does.
 * Return: 0, or an error as at &struct vdevfw_guest_access.
 */
int vdevfw_guest_access(struct guest_system *gsp, u64 addr, u32 len, u32 access, u64 *value,
			struct vdevfw_message *msg);

/**
 * vdevfw_guest_watch() - From now on, tell when a device or memory hides a window
 * @gsp: The guest
 *
 * Context: Its mutex is held.
 */
void vdevfw_guest_watch(struct guest_system *gsp);

/**
 * vdevfw_guest_watch_init() - Prepare for vdevfw_guest_watch()
 * @gsp: The guest
 */
void vdevfw_guest_watch_init(struct guest_system *gsp);

/**
 * vdevfw_guest_find_vdev() - Find a vdev by the name that the user gave it
 * @gsp: The guest
 * @name: Its name
 * @id: Its id
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, -ENOENT, -EINTR, -ESHUTDOWN.
 */
int vdevfw_guest_find_vdev(struct guest_system *gsp, const char *name, u64 *id,
			   struct vdevfw_message *msg);

/**
 * vdevfw_guest_destroy() - End every vdev and release the VM; once
 * @gsp: The guest; dead afterwards
 *
 * Context: Process context. Sleeps, as long as the longest access, and until the
 *	threads of its vdevs have ended, or their time is over; a fatal signal ends the wait.
 * Return: 0. -EINTR: it ends without the caller.
 */
int vdevfw_guest_destroy(struct guest_system *gsp);

/**
 * vdevfw_guest_release() - The owner's file is closed: the guest ends
 * @gsp: The guest
 *
 * The VM's own process waits for the end, unless it is ending itself. Another one
 * that has come by the file does not: it would wait for vCPUs that are not its own.
 *
 * Context: Process context. Sleeps.
 */
void vdevfw_guest_release(struct guest_system *gsp);

int __init vdevfw_guests_init(void);
void vdevfw_guests_exit(void);

#endif
