/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vdev has to say, with the names of the published API, 7.x. It has one
 * machine a process; here each function takes the vdev that speaks. A message
 * carries its name, and goes where the options ``log`` and ``logger`` send it.
 * For a new vdev, vdev_logf() is all that is needed.
 */
#ifndef _VDEVFW_OUTPIPE_H
#define _VDEVFW_OUTPIPE_H

#include <linux/stdarg.h>

#include <vdevfw/log.h>

/**
 * DOC: Attributes of a message
 *
 * The label, in the topmost byte, is its severity, QL_INFO where there is none; the code
 * below tells where the cause lies. QVM_OUTE_GST, for example, is an error that the guest
 * has caused.
 */
#define QVM_OUTAL_SHIFT		24
#define QVM_OUTAL_FATAL		((QL_FATAL + 1) << QVM_OUTAL_SHIFT)
#define QVM_OUTAL_INTERNAL	((QL_INTERNAL + 1) << QVM_OUTAL_SHIFT)
#define QVM_OUTAL_ERROR		((QL_ERROR + 1) << QVM_OUTAL_SHIFT)
#define QVM_OUTAL_WARN		((QL_WARN + 1) << QVM_OUTAL_SHIFT)
#define QVM_OUTAL_INFO		((QL_INFO + 1) << QVM_OUTAL_SHIFT)
#define QVM_OUTAL_DEBUG		((QL_DEBUG + 1) << QVM_OUTAL_SHIFT)
#define QVM_OUTAL_VERBOSE	((QL_VERBOSE + 1) << QVM_OUTAL_SHIFT)

#define QVM_OUTAC_SHIFT		16
#define QVM_OUTAC_INT		(0x80u << QVM_OUTAC_SHIFT)	/* the vdev or the framework */
#define QVM_OUTAC_XCONF		(0x40u << QVM_OUTAC_SHIFT)	/* the configuration */
#define QVM_OUTAC_GST		(0x20u << QVM_OUTAC_SHIFT)	/* the guest */

#define QVM_OUTF_QVM		(QVM_OUTAL_FATAL | QVM_OUTAC_INT)
#define QVM_OUTF_XCONF		(QVM_OUTAL_FATAL | QVM_OUTAC_XCONF)
#define QVM_OUTF_GST		(QVM_OUTAL_FATAL | QVM_OUTAC_GST)
#define QVM_OUTN_QVM		(QVM_OUTAL_INTERNAL | QVM_OUTAC_INT)
#define QVM_OUTE_QVM		(QVM_OUTAL_ERROR | QVM_OUTAC_INT)
#define QVM_OUTE_XCONF		(QVM_OUTAL_ERROR | QVM_OUTAC_XCONF)
#define QVM_OUTE_GST		(QVM_OUTAL_ERROR | QVM_OUTAC_GST)
#define QVM_OUTW_QVM		(QVM_OUTAL_WARN | QVM_OUTAC_INT)
#define QVM_OUTW_XCONF		(QVM_OUTAL_WARN | QVM_OUTAC_XCONF)
#define QVM_OUTW_GST		(QVM_OUTAL_WARN | QVM_OUTAC_GST)
#define QVM_OUTI_QVM		(QVM_OUTAL_INFO | QVM_OUTAC_INT)
#define QVM_OUTD_QVM		(QVM_OUTAL_DEBUG | QVM_OUTAC_INT)
#define QVM_OUTV_QVM		(QVM_OUTAL_VERBOSE | QVM_OUTAC_INT)

/**
 * qvm_logf() - Say something, and go on
 * @vdp: Who says it
 * @attr: Its attributes; a fatal label only names the severity
 * @fmt: The message, without a newline; what exceeds 191 bytes is cut
 *
 * Phase: any. Context: Any but NMI. Does not sleep.
 */
__printf(3, 4)
void qvm_logf(const vdev_t *vdp, u32 attr, const char *fmt, ...);

/**
 * qvm_fatal() - Say why the vdev cannot go on
 * @vdp: Who says it
 * @attr: Its attributes. With QVM_OUTAC_XCONF, it is the configuration's fault.
 * @fmt: The reason, without a newline; what exceeds 191 bytes is cut
 *
 * A kernel has no process to end, so this one returns. Within control() it refuses, as
 * vdev_refuse() does: during startup, the assembly fails, whatever control() returns. In
 * the running phase, and outside of control(), it ends the machine, as guest_terminate()
 * does, with VDEVFW_EXIT_VDEV.
 *
 * Phase: any. Context: Any but NMI. Does not sleep.
 * Return: -EINVAL with QVM_OUTAC_XCONF, otherwise -EIO, for control() to return.
 */
__printf(3, 4)
int qvm_fatal(vdev_t *vdp, u32 attr, const char *fmt, ...);

/**
 * qvm_outf() - Say something; with a fatal label, as qvm_fatal()
 * @vdp: Who says it
 * @attr: Its attributes; QVM_OUTAL_FATAL and QVM_OUTAL_INTERNAL are fatal
 * @fmt: The message, without a newline; what exceeds 191 bytes is cut
 *
 * Phase: any. Context: Any but NMI. Does not sleep.
 * Return: 0, or what qvm_fatal() returns.
 */
__printf(3, 4)
int qvm_outf(vdev_t *vdp, u32 attr, const char *fmt, ...);

/**
 * qvm_voutf() - qvm_outf() with a va_list
 * @vdp: Who says it
 * @attr: Its attributes
 * @fmt: The message
 * @args: For @fmt
 *
 * Phase: any. Context: Any but NMI. Does not sleep.
 * Return: As qvm_outf().
 */
__printf(3, 0)
int qvm_voutf(vdev_t *vdp, u32 attr, const char *fmt, va_list args);

/**
 * qvm_report() - Add a line to the vdev's status
 * @vdp: The vdev
 * @fmt: The line, without a newline; what exceeds 300 bytes is cut
 *
 * In VDEV_CTRL_STATUS the line goes to who has asked for the status. Elsewhere it
 * is a message with QL_INFO, and cut earlier.
 *
 * Phase: any. Context: control() with VDEV_CTRL_STATUS; elsewhere any but NMI.
 */
__printf(2, 3)
void qvm_report(const vdev_t *vdp, const char *fmt, ...);

#endif
