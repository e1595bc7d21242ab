/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of registers: what makes a device short. A register that only keeps what is written to
 * it needs no code, and one with an effect needs that effect only.
 *
 *	enum { LOAD, VALUE };
 *
 *	static const struct vdev_register registers[] = {
 *		[LOAD] = { "load", 0, 4, .reset = 1, .writable = U32_MAX, .written = restart },
 *		[VALUE] = { "value", 4, 4, .read = count },
 *	};
 *	static const struct vdev_register_table table = VDEV_REGISTER_TABLE(registers);
 *
 * A factory that has the table in &vdev_factory.registers needs no vread() and no vwrite(), its
 * STATUS begins with the registers' values, and tests take their cases from it.
 */
#ifndef _VDEVFW_REGISTERS_H
#define _VDEVFW_REGISTERS_H

#include <linux/kernel.h>

#include <vdevfw/guest.h>

struct vdev_register;

/**
 * struct vdev_register - One register
 * @name: For people
 * @offset: From v_block.location, or, of a vdev that has no place, from the beginning of its
 *	region, in bytes; a multiple of @width
 * @width: Bytes: 1, 2, 4 or 8
 * @flags: Set of VRF_*
 * @reset: Its value at first
 * @readable: Bits that a guest reads; others are 0 to it. 0: all, unless VRF_WRITE_ONLY.
 * @writable: Bits that a guest's write changes; 0: it is read-only, and writes are dropped
 * @read: Gives the value, where it is not what was written last; before @readable. NULL: that is
 *	it.
 * @written: What a guest's write does, besides changing the register: @value is the new value,
 *	@old the one before, which differ in @writable bits only. Its answer ends the access. NULL:
 *	nothing more.
 * @allowed: Whether a guest may write now; what it may not is dropped. NULL: it may.
 *
 * All three are called with v_mtx held, in the running stage, on a vCPU's thread, @read also on
 * that of STATUS: they must not sleep. They read and change registers with vdev_register_get() and
 * vdev_register_set(). @written comes after the register has changed.
 */
struct vdev_register {
	const char *name;
	u32 offset;
	u8 width;
	u8 flags;
	u64 reset;
	u64 readable;
	u64 writable;
	u64 (*read)(vdev_t *vdp, const struct vdev_register *reg);
	enum vdev_ref_status (*written)(vdev_t *vdp, const struct vdev_register *reg, u64 value,
					u64 old);
	bool (*allowed)(vdev_t *vdp, const struct vdev_register *reg);
};

/** VRF_WRITE_ONLY - a guest reads 0 */
#define VRF_WRITE_ONLY	(1u << 0)
/** VRF_STROBE - a write does not change it: @written alone is what it is for */
#define VRF_STROBE	(1u << 1)
/** VRF_HIDDEN - not in STATUS; nor is a strobe that is write-only, and keeps nothing */
#define VRF_HIDDEN	(1u << 2)
/** VRF_READ_ACTS - reading changes something: STATUS does not call @read, and has what is kept */
#define VRF_READ_ACTS	(1u << 3)

/** VDEV_REGISTERS_MAX - how many registers a table may have */
#define VDEV_REGISTERS_MAX	1024

/**
 * struct vdev_register_table - All registers of a vdev
 * @registers: By offset; they do not overlap
 * @n: How many, up to VDEV_REGISTERS_MAX
 * @flags: Set of VRT_*
 *
 * Each access is of one whole register. Others are as unsupported as those of a size that is not in
 * &vdev_factory.acc_sizes, but for VRT_RAZ_WI.
 */
struct vdev_register_table {
	const struct vdev_register *registers;
	unsigned int n;
	unsigned int flags;
};

/** VRT_RAZ_WI - where no register is, not even in part, reads give 0 and writes are dropped */
#define VRT_RAZ_WI	(1u << 0)
/** VRT_WRITE_ONLY - all of them are, and reads as unsupported as if vread were NULL */
#define VRT_WRITE_ONLY	(1u << 1)

/** VDEV_REGISTER_TABLE - a table of an array, with flags */
#define VDEV_REGISTER_TABLE(array, ...)						\
	{ .registers = (array), .n = ARRAY_SIZE(array), __VA_ARGS__ }

/**
 * vdev_register_index() - Where a register stands in its table
 * @vdp: The vdev
 * @reg: The register, as a function of its own gets it
 *
 * Phase: any. Context: Any.
 * Return: The index.
 */
static inline unsigned int vdev_register_index(const vdev_t *vdp, const struct vdev_register *reg)
{
	return reg - vdp->v_factory->registers->registers;
}

/**
 * vdev_register_get() - What a register has
 * @vdp: The vdev
 * @index: Of the register, in its table
 *
 * Phase: any. Context: Any but NMI; v_mtx is held in the running stage.
 * Return: Its value, whatever of it a guest can read; 0: there is no such register.
 */
u64 vdev_register_get(const vdev_t *vdp, unsigned int index);

/**
 * vdev_register_set() - Change a register
 * @vdp: The vdev
 * @index: Of the register, in its table; what is not there is not changed
 * @value: Its value, whatever of it a guest can write; what is wider than the register is cut
 *
 * Phase: any. Context: Any but NMI; v_mtx is held in the running stage.
 */
void vdev_register_set(vdev_t *vdp, unsigned int index, u64 value);

/**
 * vdev_registers_reset() - Give all registers the values that they have at first
 * @vdp: The vdev
 *
 * They have them before OPTIONS_START.
 *
 * Phase: any. Context: Any but NMI; v_mtx is held in the running stage.
 */
void vdev_registers_reset(vdev_t *vdp);

#endif
