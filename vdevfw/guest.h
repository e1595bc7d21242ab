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
#include "space/window.h"

/**
 * struct guest_system - A guest
 * @kref: Held by each file, and by the guest itself until it is dead
 * @id: Its id; never 0, and never used again
 * @name: For people
 * @owner: The user who created it
 * @process: The process that created it, and its VM
 * @worker: Its own thread, which waits for vCPUs so that nobody else has to. There
 *	until @burial
 * @end: What ends the guest. On @worker
 * @ending: It was asked for
 * @ended: The guest is dead, and all that it held is free
 * @drain: Waits until no access is inside. On @worker
 * @drained: Who waits for @drains_done or @ending
 * @drains_done: Which of @drains_wanted the last drain was for, or a later one
 * @burial: Ends @worker, and then what @ended tells. On a workqueue
 * @lock: Comes before mmap_lock and KVM's slots_lock. Never taken within an access, and never
 *	held while user memory is touched. Who has it may wait for @worker, until @ending.
 * @state: &enum vdevfw_state; may be read without @lock
 * @vm: The VM; NULL once the guest is dead
 * @vdevs: &struct vdevfw_vdev in the order of the configuration
 * @nr_vdevs: How many; may be read without @lock
 * @last_vdev_id: Of the vdev that was last tried to add
 * @spaces: The address spaces, by bus
 * @windows: What KVM sees of them
 * @drains_wanted: Counts the drains that were asked for
 * @cause: &enum vdevfw_exit with which the guest was ended while it ran, or -1
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
	struct kthread_work drain;
	wait_queue_head_t drained;
	u64 drains_done;
	struct work_struct burial;
	struct mutex lock;	/* protects all from here to @drains_wanted */
	enum vdevfw_state state;
	struct vdevfw_vm *vm;
	struct list_head vdevs;
	unsigned int nr_vdevs;
	u64 last_vdev_id;
	struct gasp spaces[VDEVFW_BUSES];
	struct vdevfw_windows windows;
	u64 drains_wanted;
	atomic_t cause;
	struct vdevfw_events events;
};

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
 * vdevfw_guest_start() - Open the gates
 * @gsp: The guest
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_command.
 */
int vdevfw_guest_start(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_guest_stop() - Close the gates, and wait for accesses that are inside
 * @gsp: The guest
 * @msg: Why not
 *
 * Context: Process context. Sleeps.
 * Return: 0, or an error as at &struct vdevfw_guest_command. After -EINTR the gates are
 *	open again.
 */
int vdevfw_guest_stop(struct guest_system *gsp, struct vdevfw_message *msg);

/**
 * vdevfw_guest_destroy() - End every vdev and release the VM; once
 * @gsp: The guest; dead afterwards
 *
 * Context: Process context. Sleeps, as long as the longest access, and until the
 *	threads of its vdevs have ended; a fatal signal ends the wait.
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
