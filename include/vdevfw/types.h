/* SPDX-License-Identifier: GPL-2.0-only */
/* Places in a guest and its interrupts: plain data, no functions. */
#ifndef _VDEVFW_TYPES_H
#define _VDEVFW_TYPES_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

struct guest_cpu;
struct guest_system;
struct vdev_s;
struct vdevfw_intr_source;

/**
 * typedef vdev_t - one instance of a vdev, see &struct vdev_s
 */
typedef struct vdev_s vdev_t;

/**
 * enum qvm_state_types - What a &struct qvm_state_block locates
 * @QST_MEMORY: guest-physical address
 * @QST_VIRTUAL: guest-virtual address
 * @QST_CPUREGS: offset in the general registers
 * @QST_FPUREGS: offset in the floating point registers
 * @QST_HOST: host kernel address. The operand that a guest's instruction reads
 *	into or writes from is of this type: KVM has already taken it out of, or
 *	will put it into, the right register.
 * @QST_PCI: bus, device and function, with an offset in its configuration space
 * @QST_PCI_IO: address in PCI I/O space, where the CPU has no ports
 * @QST_IMMEDIATE: the value itself
 * @QST_ARCH_SPECIFIC: first of the types that depend on the CPU
 * @QST_X86_IO: I/O port
 * @QST_NO_TYPE: none
 */
enum qvm_state_types {
	QST_MEMORY = 0,
	QST_VIRTUAL,
	QST_CPUREGS,
	QST_FPUREGS,
	QST_HOST,
	QST_PCI,
	QST_PCI_IO,
	QST_IMMEDIATE,
	QST_ARCH_SPECIFIC = 0x8000,
	QST_X86_IO = QST_ARCH_SPECIFIC,
	QST_NO_TYPE = 0xffff,
};

/**
 * enum qvm_state_flags - How a state block is accessed
 * @QSF_NONE: plainly
 * @QSF_SEXT_SHIFT: bits 0 to 3: bytes to sign-extend to
 * @QSF_ZEXT_SHIFT: bits 4 to 7: bytes to zero-extend to after that
 * @QSF_EXT_MASK: mask of either count
 * @QSF_ACCESS: the operand of an access, as the framework makes it
 * @QSF_REPORT_EXCEPTION: a bad access raises an exception in the guest
 *
 * KVM extends what it puts into a register by itself: in the blocks that
 * vread() and vwrite() get, the flags are QSF_NONE for @vopnd, and QSF_ACCESS
 * for @oopnd.
 */
enum qvm_state_flags {
	QSF_NONE = 0,
	QSF_SEXT_SHIFT = 0,
	QSF_ZEXT_SHIFT = 4,
	QSF_EXT_MASK = 0xf,
	QSF_ACCESS = 0x2000,
	QSF_REPORT_EXCEPTION = 0x8000,
};

/** QSL_NO_LOCATION - the location of a block that is nowhere */
#define QSL_NO_LOCATION	(~(u64)0)

/**
 * struct qvm_state_block - A place in a guest
 * @location: where, as @type says; QSL_NO_LOCATION for nowhere
 * @length: bytes
 * @type: &enum qvm_state_types
 * @flags: &enum qvm_state_flags
 */
struct qvm_state_block {
	u64 location;
	u32 length;
	u16 type;
	u16 flags;
};

static_assert(sizeof(struct qvm_state_block) == 16);
static_assert(offsetof(struct qvm_state_block, type) == 12);
static_assert(offsetof(struct qvm_state_block, flags) == 14);

/**
 * struct guest_intr - An interrupt line
 * @pic: the interrupt controller
 * @param: its line
 * @src_id: tells several sources of one line apart
 *
 * qvm_parse_intr(), guest_intr_assign() or guest_intr_assign_auto() fill it, and only then is it a
 * source; see <vdevfw/intr.h>.
 */
struct guest_intr {
	vdev_t *pic;
	unsigned int param;
	unsigned int src_id;
	/* private: */
	struct vdevfw_intr_source *__source;
};

#endif
