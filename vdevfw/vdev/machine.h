/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vdev's room knows of the machine that the vdev is part of. */
#ifndef _VDEVFW_MACHINE_H
#define _VDEVFW_MACHINE_H

#include <linux/list.h>
#include <linux/ratelimit.h>
#include <linux/wait.h>

#include "../service/log.h"

/* Where debugfs has this module's guests. */
#define VDEVFW_DEBUGFS		"/sys/kernel/debug/vdevfw"

/* Interrupt controllers that every machine has, by these names. */
#define VDEVFW_IRQCHIP		"ioapic"
#define VDEVFW_EVENTFDS		"eventfd"

struct vdevfw_events;
struct vdevfw_intrs;
struct vdevfw_memory;
struct vdevfw_timers;
struct vdevfw_vdev;
struct vdevfw_workers;
struct workqueue_struct;

/**
 * enum vdevfw_safety_policy - What becomes of a vdev that is not for safety
 * @SAFETY_NONE: nothing
 * @SAFETY_WARN: it says so
 * @SAFETY_REQUIRED: it is refused
 */
enum vdevfw_safety_policy {
	SAFETY_NONE,
	SAFETY_WARN,
	SAFETY_REQUIRED,
};

/**
 * struct vdevfw_machine - The machine, as its vdevs are concerned
 * @guest: The guest's id
 * @name: Its system name
 * @events: What user space reads
 * @memory: Its memory
 * @timers: Its clock, and the timers of its vdevs
 * @workers: Who calls timer() and pulse()
 * @undertaker: Where that is done for which nobody waits; flushed by the module's exit
 * @progress: Who waits for a vdev that comes to rest
 * @complete: GUEST_CONFIGURED has begun. Read anywhere.
 * @vcpus: How many vCPUs the VM had then
 * @live: Every vdev has been told of GUEST_STARTING. Read anywhere.
 * @log_limit: How often all vdevs together may say something to the kernel log
 * @routes: Where messages go, unless a vdev has routes of its own
 * @safety: Holds for vdevs that are added from now on
 * @intrs: Its interrupts
 * @irq_lines: How many lines KVM's own interrupt controller has; 0: the VM has none
 * @vdevs: &struct vdevfw_vdev in the order of the configuration
 *
 * Changes under the guest's mutex, and no more once the guest is configured, but for
 * @vdevs at its end and @log_limit.
 */
struct vdevfw_machine {
	u64 guest;
	const char *name;
	struct vdevfw_events *events;
	struct vdevfw_memory *memory;
	struct vdevfw_timers *timers;
	struct vdevfw_workers *workers;
	struct workqueue_struct *undertaker;
	wait_queue_head_t *progress;
	bool complete;
	unsigned int vcpus;
	bool live;
	struct ratelimit_state log_limit;
	struct vdevfw_routes routes;
	enum vdevfw_safety_policy safety;
	struct vdevfw_intrs *intrs;
	unsigned int irq_lines;
	struct list_head vdevs;
};

#endif
