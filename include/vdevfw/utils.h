/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers for the options of a vdev. */
#ifndef _VDEVFW_UTILS_H
#define _VDEVFW_UTILS_H

#include <vdevfw/vdev-core.h>

/**
 * DOC: Parsing the argument of an option
 *
 * The whole argument must be what the function expects: nothing before it, nothing
 * after it. An error is also kept by the framework: even a vdev that overlooks it is
 * not created, and the user gets a message that names vdev, option, argument, and what
 * is allowed. The result is written on success only.
 *
 * Phase: startup. Context: control().
 * Return: 0. -EINVAL: malformed. -ERANGE: too large. -EPERM: wrong phase.
 */

/**
 * qvm_parse_num() - Parse a number
 * @vdp: The vdev
 * @arg: Decimal, or hexadecimal with 0x
 * @max: Largest value allowed
 * @value: The number
 *
 * Return: See above.
 */
int qvm_parse_num(vdev_t *vdp, const char *arg, u64 max, u64 *value);

/**
 * qvm_parse_size() - Parse a number of bytes
 * @vdp: The vdev
 * @arg: A number, perhaps with k, m or g behind it, for 2^10, 2^20 and 2^30
 * @max: Largest value allowed, in bytes
 * @value: The number, in bytes
 *
 * Return: See above.
 */
int qvm_parse_size(vdev_t *vdp, const char *arg, u64 max, u64 *value);

/**
 * qvm_parse_bool() - Parse a yes or no
 * @vdp: The vdev
 * @arg: yes, on, true or 1; no, off, false or 0
 * @value: Which
 *
 * Return: See above.
 */
int qvm_parse_bool(vdev_t *vdp, const char *arg, bool *value);

/**
 * qvm_parse_string() - Take a copy of a text
 * @vdp: The vdev
 * @arg: The text, without control characters
 * @buf: Where it goes, with its NUL
 * @size: Bytes in @buf
 *
 * Return: See above.
 */
int qvm_parse_string(vdev_t *vdp, const char *arg, char *buf, size_t size);

/**
 * qvm_parse_choice() - Find out which of several words a text is
 * @vdp: The vdev
 * @arg: The text
 * @choices: The words, with a NULL at the end
 * @value: Index of the word in @choices
 *
 * Return: See above.
 */
int qvm_parse_choice(vdev_t *vdp, const char *arg, const char *const *choices,
		     unsigned int *value);

/**
 * qvm_parse_block() - Parse a place
 * @vdp: The vdev
 * @arg: [TYPE:]LOCATION, where TYPE is mem or io
 * @block: In: @block->type is that of a location without TYPE; QST_NO_TYPE stands
 *	for mem. Out: type and location; all else is left alone.
 *
 * Return: See above. -EOPNOTSUPP: TYPE is pci.
 */
int qvm_parse_block(vdev_t *vdp, const char *arg, struct qvm_state_block *block);

/**
 * qvm_parse_intr() - Parse an interrupt line
 * @vdp: The vdev
 * @arg: PIC:LINE, for example ioapic:5: KVM's own, eventfd:FD, or of a vdev that is a controller
 *	and has been added before
 * @intr: A source of this line, for guest_intr_signal()
 *
 * Return: See above, but for -ERANGE. -ENODEV: the machine has no such interrupt
 *	controller. -EBADSLT: it has no such line. -EBADF: FD is not open. -ELOOP: controllers are
 *	chained too deep. -EBUSY: KVM has no room for another one's lines. -ENOMEM.
 */
int qvm_parse_intr(vdev_t *vdp, const char *arg, struct guest_intr *intr);

/**
 * vdev_refuse() - Say why the vdev cannot be
 * @vdp: The vdev
 * @error: A negative errno; 0 refuses nothing
 * @fmt: Reason, for the message that the user gets, without a newline
 *
 * The kernel's form of a configuration error that ends the process: the
 * framework keeps the first one, and the vdev is not created, or the guest not
 * configured, whatever control() returns.
 *
 * In TERMINATE, and outside of control(), there is nobody to refuse to: it does nothing.
 *
 * Phase: any. Context: control().
 * Return: @error, so that control() can return it in the same line; -EIO for what is
 *	no errno of user space.
 */
__printf(3, 4)
int vdev_refuse(vdev_t *vdp, int error, const char *fmt, ...);

#endif
