// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of registers: their rules, what the registers of a vdev have, and a guest's access to one.
 *
 * Each vdev has an array of values beside its factory's table. Everything that a guest does to one
 * happens under v_mtx, together with what the vdev makes of it, so that vCPUs come one after the
 * other.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "registers.h"
#include "vdev.h"

#define FLAGS_REGISTER	(VRF_WRITE_ONLY | VRF_STROBE | VRF_HIDDEN | VRF_READ_ACTS)
#define FLAGS_TABLE	(VRT_RAZ_WI | VRT_WRITE_ONLY)
#define WIDTHS		(BIT(1) | BIT(2) | BIT(4) | BIT(8))

static u64 mask_of(const struct vdev_register *reg)
{
	return U64_MAX >> (64 - reg->width * BITS_PER_BYTE);
}

/*
 * Rules
 */

static const char *wrong_place(const struct vdev_register *reg)
{
	if (!reg->name || !*reg->name)
		return "it has no name";
	if (reg->width > 8 || !(WIDTHS & BIT(reg->width)))
		return "its width must be 1, 2, 4 or 8";
	if (reg->offset % reg->width)
		return "its offset must be a multiple of its width";
	if (reg->offset > U32_MAX - reg->width)
		return "it must end below 4 GiB";
	return NULL;
}

static const char *wrong_meaning(const struct vdev_register *reg)
{
	u64 beyond = ~mask_of(reg);

	if (reg->flags & ~FLAGS_REGISTER)
		return "a flag is not served";
	if (reg->reset & beyond)
		return "reset does not fit its width";
	if (reg->readable & beyond)
		return "readable does not fit its width";
	if (reg->writable & beyond)
		return "writable does not fit its width";
	if (reg->flags & VRF_WRITE_ONLY && (reg->readable || reg->read))
		return "VRF_WRITE_ONLY excludes readable and read";
	if (reg->flags & VRF_READ_ACTS && !reg->read)
		return "VRF_READ_ACTS needs read";
	if (reg->flags & VRF_STROBE && !reg->written)
		return "VRF_STROBE needs written";
	if (!reg->writable && (reg->written || reg->allowed || reg->flags & VRF_WRITE_ONLY))
		return "written, allowed and VRF_WRITE_ONLY need bits that are writable";
	return NULL;
}

static const char *wrong_in_table(const struct vdev_factory *factory,
				  const struct vdev_register *reg)
{
	const struct vdev_register_table *table = factory->registers;

	if (reg != table->registers && reg->offset < reg[-1].offset + reg[-1].width)
		return "it begins before the one before it ends";
	if (factory->acc_sizes && !(factory->acc_sizes & BIT(reg->width)))
		return "its width is not in acc_sizes";
	if (table->flags & VRT_WRITE_ONLY && !(reg->flags & VRF_WRITE_ONLY))
		return "VRT_WRITE_ONLY needs VRF_WRITE_ONLY";
	return NULL;
}

static const char *wrong_register(const struct vdev_factory *factory,
				  const struct vdev_register *reg)
{
	return wrong_place(reg) ?: wrong_meaning(reg) ?: wrong_in_table(factory, reg);
}

const char *vdevfw_registers_wrong(const struct vdev_factory *factory, unsigned int *culprit)
{
	const struct vdev_register_table *table = factory->registers;
	const char *wrong;
	unsigned int i;

	if (factory->vread || factory->vwrite)
		return "registers exclude vread and vwrite";
	if (!(factory->factory_flags & VFF_MUTEX))
		return "registers need VFF_MUTEX";
	if (!table->registers || !table->n)
		return "the table of registers is empty";
	if (table->n > VDEV_REGISTERS_MAX)
		return "there may be at most 1024 registers";
	if (table->flags & ~FLAGS_TABLE)
		return "a flag of the table of registers is not served";
	for (i = 0; i < table->n; i++) {
		wrong = wrong_register(factory, &table->registers[i]);
		if (!wrong)
			continue;
		*culprit = i;
		return wrong;
	}
	return NULL;
}

unsigned int vdevfw_registers_sizes(const struct vdev_register_table *table)
{
	unsigned int i, sizes = 0;

	for (i = 0; i < table->n; i++)
		sizes |= BIT(table->registers[i].width);
	return sizes;
}

u32 vdevfw_registers_end(const struct vdev_register_table *table)
{
	const struct vdev_register *last = &table->registers[table->n - 1];

	return last->offset + last->width;
}

/*
 * Finding
 */

/* The last register that begins at @offset or before it, or the first one of all. */
static const struct vdev_register *nearest(const struct vdev_register_table *table, u32 offset)
{
	unsigned int low = 0, high = table->n, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (table->registers[mid].offset <= offset)
			low = mid;
		else
			high = mid;
	}
	return &table->registers[low];
}

static bool overlaps(const struct vdev_register *reg, u32 offset, u32 len)
{
	return offset < (u64)reg->offset + reg->width && reg->offset < (u64)offset + len;
}

const struct vdev_register *vdevfw_registers_find(const struct vdev_register_table *table,
						  u32 offset, u32 len, bool *is_void)
{
	const struct vdev_register *reg = nearest(table, offset);
	const struct vdev_register *end = table->registers + table->n;

	if (likely(reg->offset == offset && reg->width == len))
		return reg;
	*is_void = !overlaps(reg, offset, len) &&
		   (reg + 1 == end || !overlaps(reg + 1, offset, len));
	return NULL;
}

/*
 * Values
 */

static u64 *value_of(const vdev_t *vdp, const struct vdev_register *reg)
{
	return &to_vdevfw_vdev(vdp)->values[vdev_register_index(vdp, reg)];
}

static const struct vdev_register *register_at(const vdev_t *vdp, unsigned int index)
{
	const struct vdev_register_table *table = vdp->v_factory->registers;

	return table && index < table->n ? &table->registers[index] : NULL;
}

/* Before the running stage there is one thread, and at the end there is one again. */
static void assert_locked(const vdev_t *vdp)
{
	lockdep_assert(READ_ONCE(to_vdevfw_vdev(vdp)->stage.phase) != PHASE_RUNNING ||
		       lockdep_is_held(&vdp->v_mtx));
}

u64 vdev_register_get(const vdev_t *vdp, unsigned int index)
{
	const struct vdev_register *reg = register_at(vdp, index);

	if (vdevfw_check(vdp, FUNCTION_vdev_register_get) || !reg)
		return 0;
	assert_locked(vdp);
	return *value_of(vdp, reg);
}
EXPORT_SYMBOL_GPL(vdev_register_get);

void vdev_register_set(vdev_t *vdp, unsigned int index, u64 value)
{
	const struct vdev_register *reg = register_at(vdp, index);

	if (vdevfw_check(vdp, FUNCTION_vdev_register_set) || !reg)
		return;
	assert_locked(vdp);
	*value_of(vdp, reg) = value & mask_of(reg);
}
EXPORT_SYMBOL_GPL(vdev_register_set);

static void reset(vdev_t *vdp, const struct vdev_register_table *table)
{
	unsigned int i;

	for (i = 0; i < table->n; i++)
		*value_of(vdp, &table->registers[i]) = table->registers[i].reset;
}

void vdev_registers_reset(vdev_t *vdp)
{
	const struct vdev_register_table *table = vdp->v_factory->registers;

	if (vdevfw_check(vdp, FUNCTION_vdev_registers_reset) || !table)
		return;
	assert_locked(vdp);
	reset(vdp, table);
}
EXPORT_SYMBOL_GPL(vdev_registers_reset);

int vdevfw_registers_init(struct vdevfw_vdev *vdev)
{
	const struct vdev_register_table *table = vdev->pub.v_factory->registers;

	if (!table)
		return 0;
	vdev->values = kvcalloc(table->n, sizeof(*vdev->values), GFP_KERNEL_ACCOUNT);
	if (!vdev->values)
		return -ENOMEM;
	reset(&vdev->pub, table);
	vdev->pub.v_block.length = vdevfw_registers_end(table);
	return 0;
}

/*
 * Accesses
 */

static u64 read_locked(vdev_t *vdp, const struct vdev_register *reg)
{
	u64 value = reg->read ? reg->read(vdp, reg) : *value_of(vdp, reg);

	return value & (reg->readable ?: U64_MAX);
}

u64 vdevfw_register_read(vdev_t *vdp, const struct vdev_register *reg)
{
	u64 value;

	if (reg->flags & VRF_WRITE_ONLY)
		return 0;
	spin_lock(&vdp->v_mtx);
	value = read_locked(vdp, reg);
	spin_unlock(&vdp->v_mtx);
	return value;
}

static enum vdev_ref_status write_locked(vdev_t *vdp, const struct vdev_register *reg, u64 value)
{
	u64 old = *value_of(vdp, reg);

	if (reg->allowed && !reg->allowed(vdp, reg))
		return VRS_NORMAL;
	value = (old & ~reg->writable) | (value & reg->writable);
	if (!(reg->flags & VRF_STROBE))
		*value_of(vdp, reg) = value;
	return reg->written ? reg->written(vdp, reg, value, old) : VRS_NORMAL;
}

enum vdev_ref_status vdevfw_register_write(vdev_t *vdp, const struct vdev_register *reg,
					   u64 value)
{
	enum vdev_ref_status status;

	if (!reg->writable)
		return VRS_NORMAL;
	spin_lock(&vdp->v_mtx);
	status = write_locked(vdp, reg, value);
	spin_unlock(&vdp->v_mtx);
	return status;
}

/* What a vdev asks of the framework in read() it may not ask before the running stage. */
static bool may_ask(const vdev_t *vdp, const struct vdev_register *reg)
{
	return reg->read && !(reg->flags & VRF_READ_ACTS) &&
	       READ_ONCE(to_vdevfw_vdev(vdp)->stage.phase) == PHASE_RUNNING;
}

bool vdevfw_register_show(vdev_t *vdp, const struct vdev_register *reg, u64 *value)
{
	const u8 keeps_nothing = VRF_WRITE_ONLY | VRF_STROBE;

	if (reg->flags & VRF_HIDDEN || (reg->flags & keeps_nothing) == keeps_nothing)
		return false;
	spin_lock(&vdp->v_mtx);
	*value = may_ask(vdp, reg) ? reg->read(vdp, reg) : *value_of(vdp, reg);
	spin_unlock(&vdp->v_mtx);
	*value &= mask_of(reg);
	return true;
}

/*
 * Saving and restoring
 */

static u8 name_len(const struct vdev_register *reg)
{
	return min_t(size_t, strlen(reg->name), U8_MAX);
}

static void save_register(const vdev_t *vdp, const struct vdev_register *reg,
			  struct vdevfw_save *save)
{
	const struct vdevfw_saved_register saved = {
		.value = cpu_to_le64(*value_of(vdp, reg)),
		.width = reg->width,
		.name_len = name_len(reg),
	};

	vdevfw_save_put(save, &saved, sizeof(saved));
	vdevfw_save_put(save, reg->name, saved.name_len);
}

void vdevfw_registers_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save)
{
	const struct vdev_register_table *table = vdev->pub.v_factory->registers;
	const struct vdev_register *reg;
	size_t record, len = 0;

	if (!table)
		return;
	for (reg = table->registers; reg < table->registers + table->n; reg++)
		len += sizeof(struct vdevfw_saved_register) + name_len(reg);
	record = vdevfw_save_open(save, SAVE_REGISTERS);
	if (vdevfw_save_reserve(save, len))
		return;
	/* All at once, so that they fit together. */
	spin_lock(&vdev->pub.v_mtx);
	for (reg = table->registers; reg < table->registers + table->n; reg++)
		save_register(&vdev->pub, reg, save);
	spin_unlock(&vdev->pub.v_mtx);
	vdevfw_save_close(save, record);
}

static int check_saved(const struct vdev_register *reg, struct vdevfw_saved *contents,
		       struct vdevfw_message *msg)
{
	const struct vdevfw_saved_register *saved = vdevfw_saved_take(contents, sizeof(*saved));
	const char *name = saved ? vdevfw_saved_take(contents, saved->name_len) : NULL;

	if (!name)
		return vdevfw_fail(msg, -EMEDIUMTYPE, "register %s was not saved", reg->name);
	if (saved->name_len != name_len(reg) || memcmp(name, reg->name, saved->name_len))
		return vdevfw_fail(msg, -EMEDIUMTYPE, "register %s was saved as \"%.*s\"",
				   reg->name, min_t(int, saved->name_len, 40), name);
	if (saved->width != reg->width)
		return vdevfw_fail(msg, -EMEDIUMTYPE,
				   "register %s has a width of %u, and was saved with one of %u",
				   reg->name, reg->width, saved->width);
	if (le64_to_cpu(saved->value) & ~mask_of(reg))
		return vdevfw_fail(msg, -EBADMSG, "register %s was saved with 0x%llx: too much for it",
				   reg->name, le64_to_cpu(saved->value));
	return 0;
}

int vdevfw_registers_check_saved(const struct vdevfw_vdev *vdev, struct vdevfw_saved records,
				 struct vdevfw_message *msg)
{
	const struct vdev_register_table *table = vdev->pub.v_factory->registers;
	struct vdevfw_saved contents;
	unsigned int i;
	int err;

	if (vdevfw_saved_find(records, SAVE_REGISTERS, &contents) != !!table)
		return vdevfw_fail(msg, -EMEDIUMTYPE, "it has %s registers, and was saved with%s",
				   table ? "a table of" : "no", table ? "out" : "");
	for (i = 0; table && i < table->n; i++) {
		err = check_saved(&table->registers[i], &contents, msg);
		if (err)
			return err;
	}
	if (contents.left)
		return vdevfw_fail(msg, -EMEDIUMTYPE, "it was saved with more than its %u registers",
				   table->n);
	return 0;
}

void vdevfw_registers_restore(struct vdevfw_vdev *vdev, struct vdevfw_saved records)
{
	const struct vdev_register_table *table = vdev->pub.v_factory->registers;
	const struct vdevfw_saved_register *saved;
	struct vdevfw_saved contents;
	unsigned int i;

	if (!vdevfw_saved_find(records, SAVE_REGISTERS, &contents))
		return;
	spin_lock(&vdev->pub.v_mtx);
	for (i = 0; i < table->n; i++) {
		saved = vdevfw_saved_take(&contents, sizeof(*saved));
		vdev->values[i] = le64_to_cpu(saved->value);
		vdevfw_saved_take(&contents, saved->name_len);
	}
	spin_unlock(&vdev->pub.v_mtx);
}
