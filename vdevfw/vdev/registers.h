/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of registers: their rules, what a vdev's registers have, and a guest's access to one. */
#ifndef _VDEVFW_REGISTERS_PRIVATE_H
#define _VDEVFW_REGISTERS_PRIVATE_H

#include <vdevfw/registers.h>

#include "../life/save.h"

struct vdevfw_vdev;

/**
 * vdevfw_registers_wrong() - Check the table of a factory
 * @factory: Has a table
 * @culprit: The register that it is about; not changed if it is about the table
 *
 * Return: What is wrong, as a sentence, or NULL.
 */
const char *vdevfw_registers_wrong(const struct vdev_factory *factory, unsigned int *culprit);

/**
 * vdevfw_registers_sizes() - Which sizes of accesses the registers of a table take
 * @table: The table
 *
 * Return: A set, as &vdev_factory.acc_sizes.
 */
unsigned int vdevfw_registers_sizes(const struct vdev_register_table *table);

/**
 * vdevfw_registers_end() - Where the last register ends
 * @table: The table
 *
 * Return: An offset.
 */
u32 vdevfw_registers_end(const struct vdev_register_table *table);

/**
 * vdevfw_registers_find() - Find a register by its place
 * @table: The table
 * @offset: First byte
 * @len: Bytes, not 0
 * @is_void: If there is none: whether no register has any of these bytes
 *
 * Return: The register that has these bytes and no more, or NULL.
 */
const struct vdev_register *vdevfw_registers_find(const struct vdev_register_table *table,
						  u32 offset, u32 len, bool *is_void);

/**
 * vdevfw_registers_init() - Give a new vdev its registers, if its factory has a table
 * @vdev: The vdev; vdevfw_vdev_free() frees them
 *
 * Return: 0 or -ENOMEM.
 */
int vdevfw_registers_init(struct vdevfw_vdev *vdev);

/**
 * vdevfw_register_read() - What a guest reads
 * @vdp: The vdev, in the running stage
 * @reg: The register
 *
 * Context: Takes v_mtx. Does not sleep.
 * Return: The value.
 */
u64 vdevfw_register_read(vdev_t *vdp, const struct vdev_register *reg);

/**
 * vdevfw_register_write() - A guest writes
 * @vdp: The vdev, in the running stage
 * @reg: The register
 * @value: The value
 *
 * Context: Takes v_mtx. Does not sleep.
 * Return: How the access ends.
 */
enum vdev_ref_status vdevfw_register_write(vdev_t *vdp, const struct vdev_register *reg,
					   u64 value);

/**
 * vdevfw_register_show() - What STATUS shows of a register
 * @vdp: The vdev
 * @reg: The register
 * @value: What it has
 *
 * Context: Takes v_mtx. Does not sleep.
 * Return: Whether it is shown at all.
 */
bool vdevfw_register_show(vdev_t *vdp, const struct vdev_register *reg, u64 *value);

/**
 * vdevfw_registers_save() - Save the registers of a vdev, if it has a table
 * @vdev: The vdev, in the running stage
 * @save: A record is added to it
 *
 * All of them: also one that a guest cannot write the vdev itself may have changed.
 *
 * Context: Takes v_mtx. May sleep before.
 */
void vdevfw_registers_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save);

/**
 * vdevfw_registers_check_saved() - Check whether the registers that were saved are those of a vdev
 * @vdev: The vdev
 * @records: Its records
 * @msg: Why they are not
 *
 * Return: 0, -EBADMSG, -EMEDIUMTYPE.
 */
int vdevfw_registers_check_saved(const struct vdevfw_vdev *vdev, struct vdevfw_saved records,
				 struct vdevfw_message *msg);

/**
 * vdevfw_registers_restore() - Give a vdev's registers what they had when they were saved
 * @vdev: The vdev, in the running stage
 * @records: Its records, after vdevfw_registers_check_saved()
 *
 * Context: Takes v_mtx. Does not sleep.
 */
void vdevfw_registers_restore(struct vdevfw_vdev *vdev, struct vdevfw_saved records);

#endif
