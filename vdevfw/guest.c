// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest: one VM as vdevfw knows it, from its creation to its end.
 *
 *	create -> CONFIG -configure-> CONFIGURED -start-> RUNNING <-stop, start-> PAUSED
 *	from any of these -> DYING -> DEAD
 *
 * The end comes from the owner's file, from its process, or from the DESTROY
 * command, in any order and at any time. Each of them calls
 * vdevfw_guest_destroy(), and the first one does it.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "guest.h"
#include "vdev/factory.h"
#include "vdev/vdev.h"

#define PORTS		0x10000ull
#define VDEVS_MAX	16384	/* of one guest: each may have threads, which nobody else limits */

/* Guests that are not dead, by id. Its lock also protects @last_id. */
static DEFINE_XARRAY(guests);
static u64 last_id;

/* Destroys the guests whose process has died, or whose file a stranger closed. */
static struct workqueue_struct *undertaker;

/*
 * States
 */

static void set_state(struct guest_system *gsp, enum vdevfw_state state)
{
	lockdep_assert_held(&gsp->lock);
	WRITE_ONCE(gsp->state, state);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_STATE, 0, state, "");
}

static int lock_guest(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (mutex_lock_killable(&gsp->lock))
		return -EINTR;
	if (gsp->state < VDEVFW_STATE_DYING)
		return 0;
	mutex_unlock(&gsp->lock);
	return vdevfw_fail(msg, -ESHUTDOWN, "guest %llu is dead: its owner, its VM or a destroy command ended it",
			   gsp->id);
}

static bool is_terminated(struct guest_system *gsp)
{
	return atomic_read(&gsp->cause) >= 0;
}

/* The one way for a vdev to end the guest from within an access. */
static void terminate(struct guest_system *gsp, u64 vdev_id, enum vdevfw_exit cause,
		      const char *why)
{
	if (atomic_cmpxchg(&gsp->cause, -1, cause) != -1)
		return;
	vdevfw_windows_close(&gsp->windows);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_TERMINATE, vdev_id, cause, why);
}

/* An access has failed so that the guest must end: see enum vdev_ref_status. */
static void access_failed(vdev_t *vdp, enum vdev_ref_status status)
{
	char why[VDEVFW_EVENT_TEXT];
	char name[64];

	vdev_string(name, sizeof(name), vdp);
	if (status >= VRS_ERRNO)
		snprintf(why, sizeof(why), "vdev %s failed with error %d", name,
			 (int)status - VRS_ERRNO);
	else
		snprintf(why, sizeof(why), "vdev %s ends the machine", name);
	terminate(vdp->v_gsp, to_vdevfw_vdev(vdp)->id, VDEVFW_EXIT_VDEV, why);
	/* After the event, so that the launcher finds it. */
	vdevfw_vcpu_leave();
}

/*
 * Creation and end
 */

static void guest_free(struct kref *kref)
{
	struct guest_system *gsp = container_of(kref, struct guest_system, kref);

	WARN_ON_ONCE(gsp->vm || !list_empty(&gsp->vdevs));
	put_pid(gsp->process);
	kvfree(gsp);
}

void vdevfw_guest_put(struct guest_system *gsp)
{
	kref_put(&gsp->kref, guest_free);
}

static void retire(struct guest_system *gsp)
{
	struct vdevfw_vdev *vdev, *next;
	unsigned int bus;

	list_for_each_entry_safe_reverse(vdev, next, &gsp->vdevs, node) {
		list_del(&vdev->node);
		vdevfw_vdev_destroy(vdev);
	}
	WRITE_ONCE(gsp->nr_vdevs, 0);
	for (bus = 0; bus < VDEVFW_BUSES; bus++)
		gasp_destroy(&gsp->spaces[bus]);
}

/*
 * The gates close, KVM forgets the windows, and no access is inside any more;
 * then the vdevs end, and last the hold on the VM.
 */
static void destroy_locked(struct guest_system *gsp)
{
	struct vdevfw_vm *vm = gsp->vm;

	lockdep_assert_held(&gsp->lock);
	if (gsp->state >= VDEVFW_STATE_DYING)
		return;
	set_state(gsp, VDEVFW_STATE_DYING);
	vdevfw_windows_close(&gsp->windows);
	vdevfw_windows_retract(&gsp->windows, vm);
	retire(gsp);
	xa_erase(&guests, gsp->id);
	gsp->vm = NULL;
	vdevfw_vm_detach(vm);
	set_state(gsp, VDEVFW_STATE_DEAD);
}

void vdevfw_guest_destroy(struct guest_system *gsp)
{
	mutex_lock(&gsp->lock);
	destroy_locked(gsp);
	mutex_unlock(&gsp->lock);
}

static void destroy_work(struct work_struct *work)
{
	struct guest_system *gsp = container_of(work, struct guest_system, destroy_work);

	vdevfw_guest_destroy(gsp);
	vdevfw_guest_put(gsp);
}

static void destroy_later(struct guest_system *gsp)
{
	kref_get(&gsp->kref);
	if (!queue_work(undertaker, &gsp->destroy_work))
		vdevfw_guest_put(gsp);
}

void vdevfw_guest_release(struct guest_system *gsp)
{
	if (task_tgid(current) == gsp->process)
		vdevfw_guest_destroy(gsp);
	else
		destroy_later(gsp);
}

/* Also comes while destroy_locked() detaches; the work then finds the guest dead. */
static void owner_died(void *context)
{
	struct guest_system *gsp = context;

	if (READ_ONCE(gsp->state) < VDEVFW_STATE_DYING)
		destroy_later(gsp);
}

static void bus_lost(void *context)
{
	struct guest_system *gsp = context;

	atomic_cmpxchg(&gsp->cause, -1, VDEVFW_EXIT_ERROR);
	vdevfw_windows_close(&gsp->windows);
	vdevfw_events_post(&gsp->events, VDEVFW_EVENT_BUS_LOST, 0, 0,
			   "KVM ran out of memory and dropped the devices of a bus");
}

static const struct vdevfw_vm_ops guest_vm_ops = {
	.owner_died = owner_died,
	.bus_lost = bus_lost,
};

static struct guest_system *guest_alloc(const char *name)
{
	struct guest_system *gsp = kvzalloc(sizeof(*gsp), GFP_KERNEL_ACCOUNT);
	unsigned int bus;

	if (!gsp)
		return NULL;
	kref_init(&gsp->kref);
	strscpy(gsp->name, name, sizeof(gsp->name));
	gsp->owner = current_euid();
	gsp->process = get_pid(task_tgid(current));
	mutex_init(&gsp->lock);
	INIT_LIST_HEAD(&gsp->vdevs);
	for (bus = 0; bus < VDEVFW_BUSES; bus++)
		gasp_init(&gsp->spaces[bus]);
	atomic_set(&gsp->cause, -1);
	INIT_WORK(&gsp->destroy_work, destroy_work);
	vdevfw_events_init(&gsp->events);
	return gsp;
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

	xa_lock(&guests);
	gsp->id = ++last_id;
	xa_unlock(&guests);
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

struct guest_system *vdevfw_guest_create(int vm_fd, const char *name, struct vdevfw_message *msg)
{
	struct guest_system *gsp;
	int err;

	err = check_name(name, msg);
	if (err)
		return ERR_PTR(err);
	gsp = guest_alloc(name);
	if (!gsp)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&gsp->lock);
	gsp->vm = vdevfw_vm_attach(vm_fd, &guest_vm_ops, gsp, msg);
	if (IS_ERR(gsp->vm)) {
		err = PTR_ERR(gsp->vm);
		gsp->vm = NULL;
		goto err_put;
	}
	err = enlist(gsp, msg);
	if (err) {
		destroy_locked(gsp);
		goto err_put;
	}
	set_state(gsp, VDEVFW_STATE_CONFIG);
	mutex_unlock(&gsp->lock);
	return gsp;

err_put:
	mutex_unlock(&gsp->lock);
	vdevfw_guest_put(gsp);
	return ERR_PTR(err);
}

struct guest_system *vdevfw_guest_find(u64 id, struct vdevfw_message *msg)
{
	struct guest_system *gsp;
	bool existed;

	xa_lock(&guests);
	gsp = xa_load(&guests, id);
	if (gsp && !kref_get_unless_zero(&gsp->kref))
		gsp = NULL;
	existed = id && id <= last_id;
	xa_unlock(&guests);

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

/*
 * Assembly
 */

static int add_locked(struct guest_system *gsp, const struct vdev_factory *factory, char *options,
		      size_t options_len, u32 *at_option, u64 *id, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;

	if (gsp->state != VDEVFW_STATE_CONFIG)
		return vdevfw_fail(msg, -EBUSY,
				   "guest %llu is configured: vdevs can be added before that only",
				   gsp->id);
	if (gsp->nr_vdevs == VDEVS_MAX)
		return vdevfw_fail(msg, -ENOSPC, "guest %llu has %d vdevs: it can have no more",
				   gsp->id, VDEVS_MAX);
	vdev = vdevfw_vdev_create(gsp, &gsp->events, ++gsp->last_vdev_id, factory, options,
				  options_len, at_option, msg);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	list_add_tail(&vdev->node, &gsp->vdevs);
	WRITE_ONCE(gsp->nr_vdevs, gsp->nr_vdevs + 1);
	*id = vdev->id;
	return 0;
}

int vdevfw_guest_add(struct guest_system *gsp, const char *name, char *options,
		     size_t options_len, u32 *at_option, u64 *id, struct vdevfw_message *msg)
{
	const struct vdev_factory *factory;
	int err;

	/* May wait for modprobe: not under the guest's lock. */
	factory = vdevfw_factory_get(name, msg);
	if (IS_ERR(factory))
		return PTR_ERR(factory);
	err = lock_guest(gsp, msg);
	if (err)
		goto out_put;
	err = add_locked(gsp, factory, options, options_len, at_option, id, msg);
	mutex_unlock(&gsp->lock);
out_put:
	if (err)
		vdevfw_factory_put(factory);
	return err;
}

static int control_all(struct guest_system *gsp, unsigned int ctrl, u64 *culprit,
		       struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, &gsp->vdevs, node) {
		if (ctrl == VDEV_CTRL_GUEST_CONFIGURED)
			vdev->running = true;
		err = vdevfw_vdev_control(vdev, ctrl, NULL, msg);
		if (err) {
			*culprit = vdev->id;
			return err;
		}
	}
	return 0;
}

static struct vdevfw_region *region_for(struct vdevfw_vdev *vdev)
{
	const struct vdev_factory *factory = vdev->pub.v_factory;
	const struct qvm_state_block *block = &vdev->pub.v_block;
	struct vdevfw_region *region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);

	if (!region)
		return NULL;
	*region = (struct vdevfw_region) {
		.start = block->location,
		.length = block->length,
		.type = block->type,
		.read_sizes = factory->vread ? factory->acc_sizes : 0,
		.write_sizes = factory->vwrite ? factory->acc_sizes : 0,
		.vdev = &vdev->pub,
		.vread = factory->vread,
		.vwrite = factory->vwrite,
		.owner = vdev->id,
	};
	return region;
}

static const char *type_prefix(u16 type)
{
	return type == QST_X86_IO ? "io:" : "mem:";
}

/* Whether the vdev's v_block is a range that the guest can address at all. */
static int check_range(const vdev_t *vdp, u64 memory_limit, struct vdevfw_message *msg)
{
	const struct qvm_state_block *block = &vdp->v_block;
	u64 limit = block->type == QST_MEMORY ? memory_limit : PORTS;

	if (block->type != QST_MEMORY && block->type != QST_X86_IO)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its location has type %#x; allowed: mem, io",
				   vdp->v_factory->name, block->type);
	if (!block->length || block->length > INT_MAX)
		return vdevfw_fail(msg, -EINVAL, "vdev %s: its length is %u; allowed: 1 to %d",
				   vdp->v_factory->name, block->length, INT_MAX);
	if (block->location < limit && block->length <= limit - block->location)
		return 0;
	return vdevfw_fail(msg, -EADDRNOTAVAIL,
			   "vdev %s: %s0x%llx with 0x%x bytes is beyond what the guest can address; the last address is 0x%llx",
			   vdp->v_factory->name, type_prefix(block->type), block->location,
			   block->length, limit - 1);
}

static int add_region(struct guest_system *gsp, struct vdevfw_vdev *vdev, u64 memory_limit,
		      struct vdevfw_message *msg)
{
	const struct vdevfw_region *holder = NULL;
	struct vdevfw_region *region;
	enum vdevfw_bus bus;
	char other[64];
	int err;

	if (vdev->pub.v_block.location == QSL_NO_LOCATION)
		return 0;
	err = check_range(&vdev->pub, memory_limit, msg);
	if (err)
		return err;
	region = region_for(vdev);
	if (!region)
		return -ENOMEM;

	bus = region->type == QST_X86_IO ? VDEVFW_BUS_IO : VDEVFW_BUS_MEM;
	err = gasp_insert(&gsp->spaces[bus], region, &holder);
	if (!err)
		return 0;
	if (holder) {
		vdev_string(other, sizeof(other), holder->vdev);
		vdevfw_fail(msg, err,
			    "vdev %s: %s0x%llx-0x%llx is taken: vdev %s has 0x%llx-0x%llx; choose a free range",
			    vdev->pub.v_factory->name, type_prefix(region->type), region->start,
			    vdevfw_region_last(region),
			    other, holder->start, vdevfw_region_last(holder));
	}
	kfree(region);
	return err;
}

static int add_regions(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg)
{
	u64 memory_limit = BIT_ULL(vdevfw_vm_address_bits(gsp->vm));
	struct vdevfw_vdev *vdev;
	int err;

	list_for_each_entry(vdev, &gsp->vdevs, node) {
		err = add_region(gsp, vdev, memory_limit, msg);
		if (err) {
			*culprit = vdev->id;
			return err;
		}
	}
	return 0;
}

static int configure_locked(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg)
{
	int err;

	err = control_all(gsp, VDEV_CTRL_ASSIGN, culprit, msg);
	if (err)
		return err;
	err = add_regions(gsp, culprit, msg);
	if (err)
		return err;
	err = vdevfw_windows_publish(&gsp->windows, gsp->vm, gsp->spaces, access_failed,
				     culprit, msg);
	if (err)
		return err;
	err = control_all(gsp, VDEV_CTRL_GUEST_CONFIGURED, culprit, msg);
	if (err)
		return err;
	set_state(gsp, VDEVFW_STATE_CONFIGURED);
	return 0;
}

int vdevfw_guest_configure(struct guest_system *gsp, u64 *culprit, struct vdevfw_message *msg)
{
	int err;

	err = lock_guest(gsp, msg);
	if (err)
		return err;
	if (gsp->state != VDEVFW_STATE_CONFIG) {
		err = vdevfw_fail(msg, -EALREADY, "guest %llu is configured already", gsp->id);
		goto out;
	}
	err = configure_locked(gsp, culprit, msg);
	if (err)
		destroy_locked(gsp);
out:
	mutex_unlock(&gsp->lock);
	return err;
}

/*
 * Running
 */

static int check_may_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (gsp->state == VDEVFW_STATE_CONFIG)
		return vdevfw_fail(msg, -EPERM, "guest %llu is not configured: configure it first",
				   gsp->id);
	if (gsp->state == VDEVFW_STATE_RUNNING)
		return vdevfw_fail(msg, -EALREADY, "guest %llu is running already", gsp->id);
	if (is_terminated(gsp))
		return vdevfw_fail(msg, -ESHUTDOWN,
				   "guest %llu was ended by a vdev, or lost KVM's bus: it can only be destroyed",
				   gsp->id);
	return 0;
}

static int start_locked(struct guest_system *gsp, struct vdevfw_message *msg)
{
	u64 culprit;
	int err;

	err = check_may_start(gsp, msg);
	if (err)
		return err;
	if (gsp->state == VDEVFW_STATE_CONFIGURED) {
		err = control_all(gsp, VDEV_CTRL_GUEST_STARTING, &culprit, msg);
		if (err) {
			destroy_locked(gsp);
			return err;
		}
	}
	set_state(gsp, VDEVFW_STATE_RUNNING);
	vdevfw_windows_open(&gsp->windows);
	/* It may have been ended while some of its gates were open already. */
	smp_mb();
	if (is_terminated(gsp))
		vdevfw_windows_close(&gsp->windows);
	return 0;
}

int vdevfw_guest_start(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err;

	err = lock_guest(gsp, msg);
	if (err)
		return err;
	err = start_locked(gsp, msg);
	mutex_unlock(&gsp->lock);
	return err;
}

static int stop_locked(struct guest_system *gsp, struct vdevfw_message *msg)
{
	if (gsp->state == VDEVFW_STATE_PAUSED)
		return 0;
	if (gsp->state != VDEVFW_STATE_RUNNING)
		return vdevfw_fail(msg, -EPERM, "guest %llu was never started: start it first",
				   gsp->id);
	vdevfw_windows_close(&gsp->windows);
	vdevfw_vm_drain(gsp->vm);
	set_state(gsp, VDEVFW_STATE_PAUSED);
	return 0;
}

int vdevfw_guest_stop(struct guest_system *gsp, struct vdevfw_message *msg)
{
	int err;

	err = lock_guest(gsp, msg);
	if (err)
		return err;
	err = stop_locked(gsp, msg);
	mutex_unlock(&gsp->lock);
	return err;
}

int __init vdevfw_guests_init(void)
{
	undertaker = alloc_workqueue("vdevfw", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return undertaker ? 0 : -ENOMEM;
}

void vdevfw_guests_exit(void)
{
	destroy_workqueue(undertaker);
	WARN_ON_ONCE(!xa_empty(&guests));
}
