// SPDX-License-Identifier: GPL-2.0-only
/* What vdevs call to see and change the guest's address spaces: <vdevfw/gasp.h>. */
#include <linux/export.h>
#include <linux/log2.h>

#include <vdevfw/log.h>

#include "../message.h"
#include "../service/thread.h"
#include "../vdev/vdev.h"
#include "spaces.h"

static int bus_of(unsigned int type)
{
	switch (type) {
	case QST_MEMORY:
		return VDEVFW_BUS_MEM;
	case QST_X86_IO:
		return VDEVFW_BUS_IO;
	default:
		return -EINVAL;
	}
}

/* Who takes both locks takes that of memory first: only so nobody waits in a circle. */
static bool is_out_of_order(const struct vdevfw_spaces *spaces, enum vdevfw_bus bus)
{
	return bus == VDEVFW_BUS_MEM &&
	       READ_ONCE(spaces->space[VDEVFW_BUS_IO].holder) == current &&
	       READ_ONCE(spaces->space[VDEVFW_BUS_MEM].holder) != current;
}

static bool is_locked(const struct vdevfw_spaces *spaces, enum vdevfw_bus bus)
{
	if (!spaces->running)
		return true;
	if (READ_ONCE(spaces->space[bus].holder) != current)
		return false;
	lockdep_assert_held(&spaces->space[bus].lock);
	return true;
}

int gasp_lock(struct guest_system *gsp, u16 type)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(gsp);
	int bus = bus_of(type);

	if (bus < 0)
		return bus;
	if (!spaces->running)
		return 0;
	if (is_out_of_order(spaces, bus))
		return -EDEADLK;
	return vdevfw_spaces_enter(spaces, bus) ? 0 : -EDEADLK;
}
EXPORT_SYMBOL_GPL(gasp_lock);

int gasp_unlock(struct guest_system *gsp, u16 type)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(gsp);
	int bus = bus_of(type);

	if (bus < 0)
		return bus;
	if (!spaces->running)
		return 0;
	if (!is_locked(spaces, bus))
		return -EPERM;
	vdevfw_spaces_leave(spaces, bus, true);
	return 0;
}
EXPORT_SYMBOL_GPL(gasp_unlock);

/*
 * Changing
 */

/* In words: to the command that calls control(), or else as a message of the vdev's. */
static void tell(const vdev_t *vdp, int err, struct vdevfw_message *msg)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);

	vdevfw_fail(msg, err, "vdev %s: its region cannot change: error %d", vdp->v_factory->name,
		    -err);
	if (vdevfw_vdev_is_in_control(vdev))
		vdevfw_fail(vdev->msg, err, "%s", msg->text);
	else
		vdev_logf(QL_WARN, vdp, "%s", msg->text);
}

static int set_one(struct guest_system *gsp, const struct gasp_region *rgn, bool locked,
		   enum vdevfw_function function)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(gsp);
	int bus = bus_of(rgn->guest.type);
	struct vdevfw_message msg = {};
	bool entered;
	int err;

	if (!rgn->vdev || rgn->vdev->v_gsp != gsp || bus < 0)
		return -EINVAL;
	err = vdevfw_check(rgn->vdev, function);
	if (err)
		return err;
	if (locked && !is_locked(spaces, bus))
		return vdevfw_lock_violated(rgn->vdev, function);
	if (is_out_of_order(spaces, bus))
		return -EDEADLK;
	entered = vdevfw_spaces_enter(spaces, bus);
	err = vdevfw_spaces_set(spaces, rgn, &msg);
	vdevfw_spaces_leave(spaces, bus, entered);
	if (err)
		tell(rgn->vdev, err, &msg);
	return err;
}

unsigned int gasp_region_set_soft(struct guest_system *gsp, unsigned int n,
				  const struct gasp_region *rgn, int *error)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < n; i++) {
		err = set_one(gsp, &rgn[i], true, FUNCTION_gasp_region_set_soft);
		if (err)
			break;
	}
	if (error)
		*error = err;
	return i;
}
EXPORT_SYMBOL_GPL(gasp_region_set_soft);

int gasp_region_set(struct guest_system *gsp, unsigned int n, const struct gasp_region *rgn)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = set_one(gsp, &rgn[i], false, FUNCTION_gasp_region_set);
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(gasp_region_set);

/*
 * Looking
 */

int gasp_region_info(struct guest_system *gsp, const struct qvm_state_block *blk,
		     struct gasp_region *rgn)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(gsp);
	int bus = bus_of(blk->type);
	bool entered;

	if (bus < 0 || !blk->length || blk->location + blk->length - 1 < blk->location)
		return -EINVAL;
	if (is_out_of_order(spaces, bus))
		return -EDEADLK;
	entered = vdevfw_spaces_enter(spaces, bus);
	vdevfw_spaces_describe(spaces, bus, blk->location, rgn);
	vdevfw_spaces_leave(spaces, bus, entered);
	rgn->guest.length = min(rgn->guest.length, blk->length);
	return 0;
}
EXPORT_SYMBOL_GPL(gasp_region_info);

/* What gasp_region_wait() is to return, or -EAGAIN as long as it is to wait. */
static int wait_result(struct guest_system *gsp, const struct qvm_state_block *blk)
{
	struct gasp_region region;
	int err;

	err = gasp_region_info(gsp, blk, &region);
	if (err)
		return err;
	if (!region.vdev)
		return -ENOENT;
	if (region.flags & GRF_ACTIVE)
		return 0;
	return vdev_thread_cancelled() ? -EINTR : -EAGAIN;
}

int gasp_region_wait(vdev_t *vdp, const struct qvm_state_block *blk, unsigned int ms)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(vdp->v_gsp);
	int err;

	err = vdevfw_check_own_thread(FUNCTION_gasp_region_wait);
	if (err)
		return err;
	wait_event_idle_timeout(spaces->activated,
				(err = wait_result(vdp->v_gsp, blk)) != -EAGAIN,
				msecs_to_jiffies(ms));
	return err == -EAGAIN ? -ETIMEDOUT : err;
}
EXPORT_SYMBOL_GPL(gasp_region_wait);

int gasp_walk_init(struct guest_system *gsp, u16 type, struct gasp_walk *walk)
{
	if (bus_of(type) < 0)
		return -EINVAL;
	*walk = (struct gasp_walk) { .gsp = gsp, .type = type };
	return 0;
}
EXPORT_SYMBOL_GPL(gasp_walk_init);

bool gasp_walk_next(struct gasp_walk *walk, struct gasp_region *rgn)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces(walk->gsp);
	enum vdevfw_bus bus = bus_of(walk->type);
	bool entered;

	if (walk->done || is_out_of_order(spaces, bus))
		return false;
	entered = vdevfw_spaces_enter(spaces, bus);
	walk->done = !vdevfw_spaces_find(spaces, bus, walk->at, rgn);
	vdevfw_spaces_leave(spaces, bus, entered);
	if (walk->done)
		return false;
	walk->at = rgn->guest.location + rgn->guest.length;
	walk->done = !walk->at;
	return true;
}
EXPORT_SYMBOL_GPL(gasp_walk_next);

unsigned int gasp_walk_count(struct guest_system *gsp, u16 type)
{
	struct gasp_region ignored;
	struct gasp_walk walk;
	unsigned int n = 0;

	if (gasp_walk_init(gsp, type, &walk))
		return 0;
	while (gasp_walk_next(&walk, &ignored))
		n++;
	return n;
}
EXPORT_SYMBOL_GPL(gasp_walk_count);

/*
 * Finding room
 */

u64 gasp_find_free_range(const struct guest_system *gsp, unsigned int type, u64 size, u64 align,
			 u64 min_addr, u64 max_addr)
{
	struct vdevfw_spaces *spaces = vdevfw_guest_spaces((struct guest_system *)gsp);
	int bus = bus_of(type);

	if (bus < 0 || !size || !is_power_of_2(align) || !is_locked(spaces, bus))
		return QSL_NO_LOCATION;
	return vdevfw_spaces_find_free(spaces, bus, size, align, min_addr, max_addr);
}
EXPORT_SYMBOL_GPL(gasp_find_free_range);

u64 gasp_find_free(const struct guest_system *gsp, unsigned int type, u64 size, u64 align)
{
	return gasp_find_free_range(gsp, type, size, align, 0, U64_MAX);
}
EXPORT_SYMBOL_GPL(gasp_find_free);
