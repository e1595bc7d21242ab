/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers, and the guest's clock that they go by.
 *
 * The clock counts nanoseconds from the guest's first start, and stands while the guest is stopped:
 * timers wait as well, and nothing is late or lost when it goes on.
 */
#ifndef _VDEVFW_TIMER_H
#define _VDEVFW_TIMER_H

#include <vdevfw/vdev-core.h>

struct guest_cpu;
struct guest_timer;

/**
 * struct guest_timer_data - A timer's period, on two clocks
 * @host_notify_start: When it began, in ns of the host's CLOCK_MONOTONIC
 * @host_current: Now, on that clock
 * @guest_notify_start: When it began, in ns of the guest's clock; of a series without drift, when
 *	it should have begun
 * @guest_current: Now, on that clock
 *
 * The two clocks are not related: the guest's may have stood for a while.
 */
struct guest_timer_data {
	u64 host_notify_start;
	u64 host_current;
	u64 guest_notify_start;
	u64 guest_current;
};

/** GUEST_TIMER_ABSOLUTE - for guest_timer_notify(): a time of the guest's clock, not a distance */
#define GUEST_TIMER_ABSOLUTE	((const struct guest_timer_data *)-1L)

/**
 * guest_timer_create() - Make a timer
 * @gcp: NULL: of the whole machine. Nothing else exists here.
 * @vdp: The vdev; its factory has timer()
 * @data: For timer()
 * @resolution: The timer's resolution in ns; on failure, the negative errno. May be NULL.
 *
 * A time is kept to the nanosecond, as far as the host can. But the timer does not go off again
 * sooner than its resolution after its last call has begun, so that short periods alone do not take
 * the host's time. A series with shorter ones falls behind. What the calls themselves take, and
 * those of all timers together, only the vdevs can bound.
 *
 * timer() is called on a thread of the guest's for this, which is scheduled as v_sched has it now,
 * and makes one call after the other. It may sleep, and take v_mtx. It must not wait for a stop, or
 * for TERMINATE: both wait for it, and unlike a thread of the vdev's it is never given up.
 *
 * The timer is the framework's to free, after TERMINATE.
 *
 * Phase: startup. Context: control(). May sleep.
 * Return: The timer, or NULL, with *@resolution: -EPERM: wrong phase. -EINVAL: the factory has no
 *	timer(), or @gcp is not NULL. -EAGAIN, -ENOMEM, -EINTR: no thread can be made. -ENOMEM.
 */
struct guest_timer *guest_timer_create(const struct guest_cpu *gcp, const vdev_t *vdp,
				       const void *data, u64 *resolution);

/**
 * guest_timer_notify() - Let a timer go off, once
 * @timer: The timer. What it was set to before is forgotten.
 * @tdp: NULL: @ns from now. What timer() was given, during this call: @ns from when the period that
 *	is over should have ended, so that a series has no drift. GUEST_TIMER_ABSOLUTE: at @ns of
 *	the guest's clock.
 * @ns: Nanoseconds, or a time. What is past, or 0, is as soon as possible; what is beyond the
 *	clock's end, some 292 years, is never.
 *
 * Then timer() is called, once the guest's clock goes. The timer may be set again while it is being
 * called. A series whose calls were late, as the host had no time for them, catches up.
 *
 * Phase: running. Context: any but NMI, interrupts of the host's as well. Does not sleep.
 * Return: 0. -EPERM: wrong phase. -EINVAL: no timer.
 */
int guest_timer_notify(struct guest_timer *timer, const struct guest_timer_data *tdp, u64 ns);

/**
 * guest_timer_cancel() - Let a timer not go off
 * @timer: The timer
 *
 * A call of timer() that has begun goes on: it takes the vdev's lock, and finds there that it is no
 * longer wanted. One that has not begun does not come. After TERMINATE has begun there is none.
 *
 * Phase: running. Context: any but NMI, interrupts of the host's as well. Does not sleep.
 * Return: 1: it would have gone off. 0: it was not set, or its call has begun. -EPERM: wrong phase.
 *	-EINVAL: no timer.
 */
int guest_timer_cancel(struct guest_timer *timer);

/**
 * guest_timer_state() - Tell how far a timer is
 * @timer: The timer
 * @tdp: Its present period, or its last one; all 0 if it was never set, or in a wrong phase
 *
 * Phase: running. Context: any but NMI. Does not sleep.
 */
void guest_timer_state(const struct guest_timer *timer, struct guest_timer_data *tdp);

/**
 * guest_timer_remaining() - How long until a timer goes off
 * @timer: The timer
 *
 * Phase: running. Context: any but NMI. Does not sleep.
 * Return: Nanoseconds of the guest's clock; 0: it is due; U64_MAX: it is not set, or wrong phase.
 */
u64 guest_timer_remaining(const struct guest_timer *timer);

/**
 * guest_clock_read() - Read the guest's clock
 * @vdp: A vdev of the guest
 *
 * Phase: any. Context: any but NMI. Does not sleep.
 * Return: Nanoseconds; 0 until the guest is started.
 */
u64 guest_clock_read(const vdev_t *vdp);

/**
 * guest_clock_stop() - Let the guest's clock stand
 * @vdp: The vdev that wants it
 *
 * It stands until every vdev that has stopped it has started it again, as often, and while the
 * guest is not running. A call of timer() that has begun goes on. Meant for long work of the host's
 * that the guest shall not notice.
 *
 * Phase: running. Context: any but NMI. Does not sleep.
 * Return: 0. -EPERM: wrong phase.
 */
int guest_clock_stop(vdev_t *vdp);

/**
 * guest_clock_start() - Let it go on
 * @vdp: The vdev that has stopped it. What it has not started again by its end, the framework does.
 *
 * Phase: running. Context: any but NMI. Does not sleep.
 * Return: 0. -EPERM: wrong phase. -EALREADY: the vdev has not stopped it.
 */
int guest_clock_start(vdev_t *vdp);

#endif
