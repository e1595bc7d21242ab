// SPDX-License-Identifier: GPL-2.0-only
/*
 * One vdev, as it is saved and restored: what it says itself, and what the framework has of it.
 * Each of the rooms that have something knows its own record; this file knows which there are.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/string.h>

#include <vdevfw/save.h>

#include "../service/intr.h"
#include "../service/timer.h"
#include "registers.h"
#include "save.h"
#include "vdev.h"

static_assert(VDEV_SAVE_TAGS == VDEVFW_SAVE_OWN_MAX);
static_assert(VDEV_SAVE_TAGS <= 64);

/*
 * What the vdev says
 */

static int check_code(const vdev_t *vdp, enum vdevfw_function function, unsigned int ctrl,
		      bool is_in_it)
{
	int err = vdevfw_check_in_control(vdp, function);

	if (err || is_in_it)
		return err;
	return vdevfw_code_violated(vdp, function, ctrl);
}

/* What it has put so far. */
static struct vdevfw_saved own_so_far(const struct vdevfw_vdev *vdev)
{
	const struct vdevfw_save *save = vdev->save;

	return (struct vdevfw_saved) {
		.at = save->data + vdev->own_at, .left = save->used - vdev->own_at,
	};
}

static int check_room(const struct vdevfw_vdev *vdev, u32 tag)
{
	struct vdevfw_saved other;

	if (vdev->save->err)
		return vdev->save->err;
	if (vdevfw_saved_find_own(own_so_far(vdev), tag, &other) >= 0)
		return -EEXIST;
	return vdevfw_saved_count_own(own_so_far(vdev)) < VDEV_SAVE_TAGS ? 0 : -ENOSPC;
}

int vdev_save_put(vdev_t *vdp, u32 tag, const void *data, size_t len)
{
	const struct vdevfw_saved_own own = { .tag = cpu_to_le32(tag) };
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	size_t record;
	int err;

	err = check_code(vdp, FUNCTION_vdev_save_put, VDEV_CTRL_SAVE, vdev->save);
	err = err ?: check_room(vdev, tag);
	if (err)
		return err;
	record = vdevfw_save_open(vdev->save, SAVE_OWN);
	vdevfw_save_put(vdev->save, &own, sizeof(own));
	vdevfw_save_put(vdev->save, data, len);
	vdevfw_save_close(vdev->save, record);
	return vdev->save->err;
}
EXPORT_SYMBOL_GPL(vdev_save_put);

int vdev_save_get(vdev_t *vdp, u32 tag, void *data, size_t len)
{
	struct vdevfw_vdev *vdev = to_vdevfw_vdev(vdp);
	struct vdevfw_saved contents;
	int err, before;

	err = check_code(vdp, FUNCTION_vdev_save_get, VDEV_CTRL_RESTORE, vdev->restoring);
	if (err)
		return err;
	before = vdevfw_saved_find_own(vdev->saved, tag, &contents);
	if (before < 0)
		return before;
	if (contents.left != len)
		return -EINVAL;
	memcpy(data, contents.at, len);
	vdev->own_left &= ~BIT_ULL(before);
	return 0;
}
EXPORT_SYMBOL_GPL(vdev_save_get);

/*
 * Saving
 */

/* Add which vdev it is to why something cannot be done. */
static int fail(const struct vdevfw_vdev *vdev, int err, const struct vdevfw_message *why,
		struct vdevfw_message *msg)
{
	char name[VDEVFW_DESCRIPTION];

	vdevfw_vdev_describe(vdev, name, sizeof(name));
	return vdevfw_fail(msg, err, "vdev %llu, %s: %s", vdev->id, name, why->text);
}

static struct vdevfw_saved_head head_of(const struct vdevfw_vdev *vdev)
{
	const struct qvm_state_block *block = &vdev->pub.v_block;
	struct vdevfw_saved_head head = {
		.location = cpu_to_le64(block->location),
		.type = cpu_to_le32(block->type),
		.abi = cpu_to_le32(QVM_VDEV_ABI),
	};

	strscpy((char *)head.factory, vdev->pub.v_factory->name, sizeof(head.factory));
	if (vdev->name)
		strscpy((char *)head.name, vdev->name, sizeof(head.name));
	return head;
}

/* It comes first: it may still change its registers and timers. */
static int save_own(struct vdevfw_vdev *vdev, struct vdevfw_save *save, struct vdevfw_message *why)
{
	int err;

	vdev->own_at = save->used;
	vdev->save = save;
	err = vdevfw_vdev_control(vdev, VDEV_CTRL_SAVE, NULL, why);
	vdev->save = NULL;
	return err;
}

int vdevfw_vdev_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save,
		     struct vdevfw_message *msg)
{
	const struct vdevfw_saved_head head = head_of(vdev);
	struct vdevfw_message why = {};
	size_t record;
	int err;

	record = vdevfw_save_open(save, SAVE_VDEV);
	vdevfw_save_put(save, &head, sizeof(head));
	if (save->err)
		return save->err;
	err = save_own(vdev, save, &why);
	if (save->err)
		return save->err;
	if (err)
		return fail(vdev, err, &why, msg);
	vdevfw_registers_save(vdev, save);
	vdevfw_timers_save(vdev, save);
	vdevfw_intrs_save(vdev, save);
	vdevfw_save_close(save, record);
	return save->err;
}

/*
 * Restoring
 */

/* A text of the file's need not end. */
static int length_of(const u8 *text, size_t size)
{
	return strnlen((const char *)text, size);
}

static int check_head(const struct vdevfw_vdev *vdev, const struct vdevfw_saved_head *saved,
		      struct vdevfw_message *why)
{
	const struct vdevfw_saved_head here = head_of(vdev);

	if (memcmp(saved->factory, here.factory, sizeof(here.factory)))
		return vdevfw_fail(why, -EMEDIUMTYPE, "at its place, a vdev %.*s was saved",
				   length_of(saved->factory, sizeof(saved->factory)),
				   saved->factory);
	if (memcmp(saved->name, here.name, sizeof(here.name)))
		return vdevfw_fail(why, -EMEDIUMTYPE, "at its place, one with the name \"%.*s\" was saved",
				   length_of(saved->name, sizeof(saved->name)), saved->name);
	if (saved->location != here.location || saved->type != here.type)
		return vdevfw_fail(why, -EMEDIUMTYPE, "it was saved at %s:0x%llx",
				   le32_to_cpu(saved->type) == QST_X86_IO ? "io" : "mem",
				   le64_to_cpu(saved->location));
	if (saved->abi != here.abi)
		return vdevfw_fail(why, -EPROTONOSUPPORT,
				   "it was saved with version %u of the vdevs' interface, which is %u here",
				   le32_to_cpu(saved->abi), QVM_VDEV_ABI);
	return 0;
}

static int check_records(struct vdevfw_vdev *vdev, struct vdevfw_saved contents,
			 struct vdevfw_message *why)
{
	const struct vdevfw_saved_head *head = vdevfw_saved_take(&contents, sizeof(*head));
	int err;

	if (!head)
		return vdevfw_fail(why, -EBADMSG, "its record is not complete");
	err = check_head(vdev, head, why);
	err = err ?: vdevfw_saved_check(contents, why);
	err = err ?: vdevfw_registers_check_saved(vdev, contents, why);
	err = err ?: vdevfw_timers_check_saved(vdev, contents, why);
	err = err ?: vdevfw_intrs_check_saved(vdev, contents, why);
	if (!err)
		vdev->saved = contents;
	return err;
}

int vdevfw_vdev_check_saved(struct vdevfw_vdev *vdev, struct vdevfw_saved contents,
			    struct vdevfw_message *msg)
{
	struct vdevfw_message why = {};
	int err = check_records(vdev, contents, &why);

	return err ? fail(vdev, err, &why, msg) : 0;
}

int vdevfw_vdev_restore_sources(struct vdevfw_vdev *vdev, struct vdevfw_message *msg)
{
	struct vdevfw_message why = {};
	int err = vdevfw_intrs_restore(vdev, vdev->saved, &why);

	return err ? fail(vdev, err, &why, msg) : 0;
}

void vdevfw_vdev_restore(struct vdevfw_vdev *vdev)
{
	vdevfw_registers_restore(vdev, vdev->saved);
	vdevfw_timers_restore(vdev, vdev->saved);
}

int vdevfw_vdev_restore_own(struct vdevfw_vdev *vdev, struct vdevfw_message *msg)
{
	unsigned int own = vdevfw_saved_count_own(vdev->saved);
	struct vdevfw_message why = {};
	int err;

	vdev->own_left = own ? GENMASK_ULL(own - 1, 0) : 0;
	vdev->restoring = true;
	err = vdevfw_vdev_control(vdev, VDEV_CTRL_RESTORE, NULL, &why);
	vdev->restoring = false;
	if (!err && vdev->own_left)
		err = vdevfw_fail(&why, -EMEDIUMTYPE, "it has saved more than it knows here");
	return err ? fail(vdev, err, &why, msg) : 0;
}

void vdevfw_vdev_forget_saved(struct vdevfw_vdev *vdev)
{
	vdev->saved = (struct vdevfw_saved) {};
}
