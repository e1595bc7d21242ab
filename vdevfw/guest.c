// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest: one VM as vdevfw knows it, from its creation to its end.
 *
 *	create -> CONFIG -configure-> CONFIGURED -start-> RUNNING ... : see transitions.c
 *	from any of these -> DYING -> DEAD
 *
 * The end comes from the owner's file, from its process, or from the DESTROY
 * command, in any order and at any time. All of them only ask for it, with
 * ask_for_end(). The guest's worker, a kernel thread of its own, does it, because
 * it has to wait for vCPUs: the launcher decides how long they stay in an access,
 * for example by memory that a FUSE server of its own has to bring. Nobody but the
 * worker waits for them without a way to be killed.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "debugfs.h"
#include "guest.h"
#include "service/thread.h"
#include "vdev/vdev.h"

/* Guests that are not dead, by id. Its lock also protects @last_id. */
static DEFINE_XARRAY(guests);
static u64 last_id;

/* Ends the workers of dead guests, and buries threads of vdevs: none can end its own thread. */
static struct workqueue_struct *undertaker;

struct vdevfw_memory *vdevfw_guest_memory(struct guest_system *gsp)
{
	return &gsp->memory;
}

int vdevfw_guest_charge(struct guest_system *gsp, struct task_struct *task)
{
	lockdep_assert_held(&gsp->lock);
	return vdevfw_vm_charge(gsp->vm, task);
}

/*
 * States
 */

void vdevfw_guest_set_state(struct guest_system *gsp, enum vdevfw_state state)
{
	lockdep_assert_held(&gsp->lock);
	WRITE_ONCE(gsp->state, state);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_STATE, 0, state, "");
}

int vdevfw_guest_at_its_end(struct guest_system *gsp, struct vdevfw_message *msg)
{
	return vdevfw_fail(msg, -ESHUTDOWN,
			   "guest %llu is at its end: its owner, its VM or a destroy command ended it",
			   gsp->id);
}

int vdevfw_guest_lock(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (mutex_lock_killable(&gsp->lock))
		return -EINTR;
	if (gsp->state < VDEVFW_STATE_DYING && !READ_ONCE(gsp->ending))
		return 0;
	mutex_unlock(&gsp->lock);
	return vdevfw_guest_at_its_end(gsp, msg);
}

/*
 * The end
 */

static void guest_free(struct kref *kref)
{
	struct guest_system *gsp = container_of(kref, struct guest_system, kref);

	WARN_ON_ONCE(gsp->vm || !list_empty(&gsp->machine.vdevs));
	/* Of other modules, which have let go of the guest. */
	vdevfw_changes_forget(&gsp->run.changes, NULL);
	vdevfw_memory_free(&gsp->memory);
	put_pid(gsp->process);
	vdevfw_intrs_free(&gsp->intrs);
	kvfree(gsp);
}

void vdevfw_guest_put(struct guest_system *gsp)
{
	kref_put(&gsp->kref, guest_free);
}

static void retire(struct guest_system *gsp)
{
	struct vdevfw_vdev *vdev, *next;

	WRITE_ONCE(gsp->memory.ending, true);
	list_for_each_entry_safe_reverse(vdev, next, &gsp->machine.vdevs, node) {
		list_del(&vdev->node);
		vdevfw_vdev_destroy(vdev);
	}
	WRITE_ONCE(gsp->nr_vdevs, 0);
	vdevfw_memory_end(&gsp->memory);
}

/* From any context. The guest's worker does the rest, once; it is there until it has. */
static void ask_for_end(struct guest_system *gsp)
{
	if (xchg(&gsp->ending, true))
		return;
	/* Neither the worker nor who waits for it waits any longer. */
	wake_up_all(&gsp->run.progress);
	queue_work(undertaker, &gsp->interrupt);
	kthread_queue_work(gsp->worker, &gsp->end);
}

void vdevfw_guest_doom(struct guest_system *gsp)
{
	lockdep_assert_held(&gsp->lock);
	if (gsp->state < VDEVFW_STATE_DYING)
		vdevfw_guest_set_state(gsp, VDEVFW_STATE_DYING);
	vdevfw_windows_seal(&gsp->spaces.windows);
	ask_for_end(gsp);
}

/*
 * The clock stands, no timer() or pulse() is inside any more, and threads are to end. Who waited
 * there for memory that another process is to bring, which need not answer, does so no longer.
 */
static void end_services(struct guest_system *gsp)
{
	struct vdevfw_vdev *vdev;

	lockdep_assert_held(&gsp->lock);
	vdevfw_timers_end(&gsp->timers);
	vdevfw_workers_close(&gsp->workers);
	list_for_each_entry(vdev, &gsp->machine.vdevs, node)
		vdevfw_threads_cancel(vdev);
}

/* Not on the worker: what it has to do before its end may wait for them, where accesses are. */
static void interrupt(struct work_struct *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, interrupt);

	mutex_lock(&gsp->lock);
	end_services(gsp);
	mutex_unlock(&gsp->lock);
}

/*
 * The gates close, and the services end; KVM forgets the windows, and no access is inside any
 * more; then the vdevs end, and last the hold on the VM.
 */
static void end_locked(struct guest_system *gsp)
{
	struct vdevfw_vm *vm = gsp->vm;

	vdevfw_guest_doom(gsp);
	end_services(gsp);
	kthread_cancel_delayed_work_sync(&gsp->watch);
	vdevfw_spaces_retract(&gsp->spaces);
	vdevfw_spaces_close(&gsp->spaces);
	vdevfw_run_end(gsp);
	retire(gsp);
	xa_erase(&guests, gsp->id);
	vdevfw_intrs_detach(&gsp->intrs);
	vdevfw_workers_destroy(&gsp->workers);
	gsp->vm = NULL;
	vdevfw_vm_detach(vm);
	vdevfw_guest_set_state(gsp, VDEVFW_STATE_DEAD);
}

static void end(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, end);

	mutex_lock(&gsp->lock);
	end_locked(gsp);
	mutex_unlock(&gsp->lock);
	queue_work(undertaker, &gsp->burial);
}

/* The module's exit waits for this function, so it may let go of the module. */
static void bury(struct work_struct *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, burial);

	flush_work(&gsp->interrupt);
	kthread_destroy_worker(gsp->worker);
	module_put(THIS_MODULE);
	complete_all(&gsp->ended);
	/* A reader may take its time: nobody waits for it but the module's exit. */
	vdevfw_debugfs_remove(gsp);
	vdevfw_guest_put(gsp);
}

static void settle(struct kthread_work *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, settle);

	/* At the guest's end, which came first, this worker has let go of it. */
	if (gsp->vm)
		vdevfw_spaces_settle(&gsp->spaces);
}

static void ask_to_settle(struct guest_system *gsp)
{
	kthread_queue_work(gsp->worker, &gsp->settle);
}

static void passing_changed(struct guest_system *gsp)
{
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_REGIONS, 0, 0,
			   "what a region lets pass has changed");
}

static const struct vdevfw_spaces_ops guest_spaces_ops = {
	.settle = ask_to_settle,
	.passing_changed = passing_changed,
};

struct vdevfw_spaces *vdevfw_guest_spaces(struct guest_system *gsp)
{
	return &gsp->spaces;
}

static int wait_until_dead(struct guest_system *gsp)
{
	return wait_for_completion_killable(&gsp->ended) ? -EINTR : 0;
}

void vdevfw_guest_unlock(struct guest_system *gsp)
{
	bool doomed = gsp->state >= VDEVFW_STATE_DYING;

	mutex_unlock(&gsp->lock);
	if (doomed)
		wait_until_dead(gsp);
}

int vdevfw_guest_destroy(struct guest_system *gsp)
{
	ask_for_end(gsp);
	return wait_until_dead(gsp);
}

void vdevfw_guest_release(struct guest_system *gsp)
{
	ask_for_end(gsp);
	if (task_tgid(current) == gsp->process && !(current->flags & PF_EXITING))
		wait_until_dead(gsp);
}

static void owner_died(void *context)
{
	ask_for_end(context);
}

static void bus_lost(void *context)
{
	struct guest_system *gsp = context;

	atomic_cmpxchg(&gsp->cause, -1, VDEVFW_EXIT_ERROR);
	vdevfw_windows_seal(&gsp->spaces.windows);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_BUS_LOST, 0, 0,
			   "KVM ran out of memory and dropped the devices of a bus");
}

static const struct vdevfw_vm_ops guest_vm_ops = {
	.owner_died = owner_died,
	.bus_lost = bus_lost,
};

/*
 * Creation
 */

static u64 new_id(void)
{
	u64 id;

	xa_lock(&guests);
	id = ++last_id;
	xa_unlock(&guests);
	return id;
}

static int machine_init(struct guest_system *gsp)
{
	struct vdevfw_machine *machine = &gsp->machine;

	machine->guest = gsp->id;
	machine->name = gsp->name;
	machine->events = &gsp->events;
	machine->memory = &gsp->memory;
	machine->timers = &gsp->timers;
	machine->workers = &gsp->workers;
	machine->undertaker = undertaker;
	machine->progress = &gsp->run.progress;
	INIT_LIST_HEAD(&machine->vdevs);
	vdevfw_routes_init(&machine->routes);
	ratelimit_state_init(&machine->log_limit, 5 * HZ, 20);
	ratelimit_set_flags(&machine->log_limit, RATELIMIT_MSG_ON_RELEASE);
	machine->intrs = &gsp->intrs;
	return vdevfw_intrs_init(&gsp->intrs, gsp, machine);
}

static struct guest_system *guest_alloc(const char *name, struct vdevfw_message *msg)
{
	struct guest_system *gsp = kvzalloc(sizeof(*gsp), GFP_KERNEL_ACCOUNT);
	int err;

	if (!gsp)
		return ERR_PTR(-ENOMEM);
	kref_init(&gsp->kref);
	gsp->id = new_id();
	strscpy(gsp->name, name, sizeof(gsp->name));
	gsp->owner = current_euid();
	mutex_init(&gsp->lock);
	atomic_set(&gsp->cause, -1);
	vdevfw_spaces_init(&gsp->spaces, gsp, &guest_spaces_ops);
	vdevfw_memory_init(&gsp->memory, gsp->id);
	vdevfw_workers_init(&gsp->workers, gsp, gsp->id);
	vdevfw_timers_init(&gsp->timers, &gsp->workers);
	vdevfw_events_init(&gsp->events);
	init_completion(&gsp->ended);
	vdevfw_run_init(gsp);
	kthread_init_work(&gsp->end, end);
	kthread_init_work(&gsp->settle, settle);
	vdevfw_guest_watch_init(gsp);
	INIT_WORK(&gsp->interrupt, interrupt);
	INIT_WORK(&gsp->burial, bury);
	err = machine_init(gsp);
	if (err)
		goto err_free;
	gsp->worker = kthread_create_worker(0, "vdevfw-%llu", gsp->id);
	if (IS_ERR(gsp->worker)) {
		err = vdevfw_fail(msg, PTR_ERR(gsp->worker),
				  "the guest's thread cannot be made: error %ld",
				  -PTR_ERR(gsp->worker));
		goto err_intrs;
	}
	gsp->process = get_pid(task_tgid(current));
	return gsp;

err_intrs:
	vdevfw_intrs_free(&gsp->intrs);
err_free:
	kvfree(gsp);
	return ERR_PTR(err);
}

static int check_name(const char *name, struct vdevfw_message *msg)
{
	size_t len = strnlen(name, VDEVFW_NAME_SIZE);
	size_t i;

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !(isalnum(name[i]) || strchr("-_.", name[i])))
			break;
	if (len && i == len && len < VDEVFW_NAME_SIZE)
		return 0;
	return vdevfw_fail(msg, -EINVAL,
			   "system name \"%.40s\" is malformed: 1 to %d letters, digits, - _ . are allowed",
			   name, VDEVFW_NAME_SIZE - 1);
}

/* Make @gsp known, unless its VM has a guest already. */
static int enlist(struct guest_system *gsp, struct vdevfw_message *msg)
{
	struct guest_system *other;
	unsigned long id;
	int err;

	err = xa_reserve(&guests, gsp->id, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;

	xa_lock(&guests);
	xa_for_each(&guests, id, other)
		if (vdevfw_vm_kvm(other->vm) == vdevfw_vm_kvm(gsp->vm))
			break;
	if (!other)
		__xa_store(&guests, gsp->id, gsp, GFP_ATOMIC);
	else
		__xa_erase(&guests, gsp->id);
	xa_unlock(&guests);
	if (!other)
		return 0;
	return vdevfw_fail(msg, -EBUSY, "the VM has guest %lu already: a VM can have one", id);
}

/* From here on the guest lives, and must be ended. */
static int come_to_life(struct guest_system *gsp, int vm_fd, struct vdevfw_message *msg)
{
	struct vdevfw_vm *vm;
	int err;

	vm = vdevfw_vm_attach(vm_fd, &guest_vm_ops, gsp, msg);
	if (IS_ERR(vm)) {
		kthread_destroy_worker(gsp->worker);
		return PTR_ERR(vm);
	}
	gsp->vm = vm;
	gsp->spaces.vm = vm;
	gsp->memory.vm = vm;
	vdevfw_intrs_attach(&gsp->intrs, vm);
	kref_get(&gsp->kref);
	__module_get(THIS_MODULE);
	vdevfw_debugfs_add(gsp);
	err = enlist(gsp, msg);
	if (err)
		vdevfw_guest_doom(gsp);
	else
		vdevfw_guest_set_state(gsp, VDEVFW_STATE_CONFIG);
	return err;
}

struct guest_system *vdevfw_guest_create(int vm_fd, const char *name, struct vdevfw_message *msg)
{
	struct guest_system *gsp;
	int err;

	err = check_name(name, msg);
	if (err)
		return ERR_PTR(err);
	gsp = guest_alloc(name, msg);
	if (IS_ERR(gsp))
		return gsp;
	mutex_lock(&gsp->lock);
	err = come_to_life(gsp, vm_fd, msg);
	vdevfw_guest_unlock(gsp);
	if (!err)
		return gsp;
	vdevfw_guest_put(gsp);
	return ERR_PTR(err);
}

struct guest_system *vdevfw_guest_by_id(u64 id)
{
	struct guest_system *gsp;

	xa_lock(&guests);
	gsp = xa_load(&guests, id);
	if (gsp)
		kref_get(&gsp->kref);
	xa_unlock(&guests);
	return gsp;
}

static bool has_existed(u64 id)
{
	bool existed;

	xa_lock(&guests);
	existed = id && id <= last_id;
	xa_unlock(&guests);
	return existed;
}

struct guest_system *vdevfw_guest_find(u64 id, struct vdevfw_message *msg)
{
	struct guest_system *gsp = vdevfw_guest_by_id(id);
	bool existed = has_existed(id);

	if (!gsp && existed)
		return ERR_PTR(vdevfw_fail(msg, -ESTALE, "guest %llu is gone", id));
	if (!gsp)
		return ERR_PTR(vdevfw_fail(msg, -ENOENT, "there is no guest %llu", id));
	if (uid_eq(gsp->owner, current_euid()) || capable(CAP_SYS_ADMIN))
		return gsp;
	vdevfw_guest_put(gsp);
	return ERR_PTR(vdevfw_fail(msg, -EACCES,
				   "guest %llu belongs to another user: its own user and CAP_SYS_ADMIN may open it",
				   id));
}

static void fill_entry(struct vdevfw_guest_entry *entry, const struct guest_system *gsp)
{
	*entry = (struct vdevfw_guest_entry) { .id = gsp->id, .state = READ_ONCE(gsp->state) };
	memcpy(entry->name, gsp->name, sizeof(entry->name));
}

u32 vdevfw_guest_list(struct vdevfw_guest_entry *entries, u32 room)
{
	bool may_open_all = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	struct guest_system *gsp;
	unsigned long id;
	u32 count = 0;

	xa_lock(&guests);
	xa_for_each(&guests, id, gsp) {
		if (!may_open_all && !uid_eq(gsp->owner, current_euid()))
			continue;
		if (count < room)
			fill_entry(&entries[count], gsp);
		count++;
	}
	xa_unlock(&guests);
	return count;
}

int __init vdevfw_guests_init(void)
{
	undertaker = alloc_workqueue("vdevfw", WQ_UNBOUND, 0);
	return undertaker ? 0 : -ENOMEM;
}

void vdevfw_guests_exit(void)
{
	destroy_workqueue(undertaker);
	WARN_ON_ONCE(!xa_empty(&guests));
}
