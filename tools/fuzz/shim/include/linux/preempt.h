/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing interrupts the one thread. */
#ifndef _SHIM_LINUX_PREEMPT_H
#define _SHIM_LINUX_PREEMPT_H

#define in_task()		true
#define in_interrupt()		false
#define preempt_disable()	((void)0)
#define preempt_enable()	((void)0)

#endif
