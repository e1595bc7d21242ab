/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vdev has to say. */
#ifndef _VDEVFW_LOG_H
#define _VDEVFW_LOG_H

#include <vdevfw/vdev-core.h>

/**
 * enum qvm_log_level - How important a message is
 * @QL_FATAL: the vdev cannot go on
 * @QL_INTERNAL: a mistake in the vdev itself
 * @QL_ERROR: something failed
 * @QL_WARN: something is not as it should be
 * @QL_INFO: worth knowing
 * @QL_DEBUG: for the vdev's author
 * @QL_VERBOSE: each step
 */
enum qvm_log_level {
	QL_FATAL = 0,
	QL_INTERNAL,
	QL_ERROR,
	QL_WARN,
	QL_INFO,
	QL_DEBUG,
	QL_VERBOSE,
};

/**
 * vdev_logf() - Say something
 * @level: How important it is
 * @vdp: Who says it
 * @fmt: The message, without a newline; what exceeds 191 bytes is cut
 *
 * The options ``log`` and ``logger`` say where a message of this severity goes: to the
 * guest's events, from where the launcher prints it, to the kernel log, with the
 * guest's id, the vdev's name and, since a guest may provoke it, at a limited rate, or
 * nowhere. QL_INTERNAL always goes to the kernel log.
 *
 * Phase: any. Context: Any but NMI. Does not sleep.
 */
__printf(3, 4)
void vdev_logf(enum qvm_log_level level, const vdev_t *vdp, const char *fmt, ...);

#endif
