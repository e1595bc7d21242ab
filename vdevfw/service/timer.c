// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers of vdevs.
 *
 * A timer is set, which is to say in its queue, or it is not. Queues are sorted by the guest's
 * clock:
 *
 *	notify			it is put into the queue, at its new place if it was there
 *	cancel			it is taken out
 *	it is due		it stays there, until the worker comes to it
 *	the worker takes it	it is out, and then timer() is called
 *
 * All of these happen under the clock's lock, so each of them finds what the one before has left,
 * and a call is always one for what the timer was set to last: there is nothing between "set" and
 * "called" that could be outdated. While it is being called it is not set, and may be set again, by
 * the call itself or by anybody else.
 *
 * What brings the worker is only a hint: the alarm of the host's, or who sets a timer that is due
 * at once. It looks for itself, so one hint too many does no harm. look_ahead(), after each change,
 * sees to it that there is none too few.
 *
 * While the clock stands, nothing is due, and no alarm is set. As times are those of the guest's
 * clock, there is nothing to correct when it goes on.
 *
 * A guest decides what its vdevs' timers are set to. So a timer is not due again sooner than
 * VDEVFW_TIMER_RESOLUTION after its last call has begun, and the worker makes one call a turn: it
 * lets others run, and serves pulses, between any two.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "../vdev/vdev.h"
#include "timer.h"

#define ALARM_OFF	U64_MAX

/**
 * struct guest_timer - A timer
 * @node: In the vdev's list. Protected by the guest's mutex.
 * @vdp: Whose it is
 * @data: For timer()
 * @queue: Where it is when it is set
 * @due: When, and its place in @queue
 * @end: When its present period should end
 * @over: When the period should have ended for which timer() was called last
 * @rest_until: It is not due before that
 * @start: When its present period began, or its last one, on both clocks
 *
 * The guest's clock's lock protects all from @due on.
 */
struct guest_timer {
	struct list_head node;
	vdev_t *vdp;
	void *data;
	struct vdevfw_timer_queue *queue;
	struct timerqueue_node due;
	u64 end;
	u64 over;
	u64 rest_until;
	struct guest_timer_data start;
};

static bool is_set(const struct guest_timer *timer)
{
	return !RB_EMPTY_NODE(&timer->due.node);
}

/* An irqsave lock, as notify and cancel are for interrupts as well. */
#define lock_timers(timers, flags)	raw_spin_lock_irqsave(&(timers)->clock.lock, flags)
#define unlock_timers(timers, flags)	raw_spin_unlock_irqrestore(&(timers)->clock.lock, flags)

/*
 * The queue
 */

/* Whoever has changed the queue, or how its time goes, sees to its first timer. */
static void look_ahead(struct vdevfw_timer_queue *queue)
{
	struct vdevfw_clock *clock = &queue->timers->clock;
	struct timerqueue_node *first = timerqueue_getnext(&queue->set);

	lockdep_assert_held(&clock->lock);
	if (!first || !vdevfw_clock_goes(clock)) {
		if (queue->alarm_for != ALARM_OFF)
			vdevfw_alarm_clear(&queue->alarm);
		queue->alarm_for = ALARM_OFF;
		return;
	}
	if (first->expires <= vdevfw_clock_at(clock, vdevfw_host_now())) {
		kthread_queue_work(queue->worker, &queue->next);
		return;
	}
	if (first->expires == queue->alarm_for)
		return;
	queue->alarm_for = first->expires;
	vdevfw_alarm_set(&queue->alarm, vdevfw_clock_to_host(clock, first->expires));
}

static void alarm_rings(struct vdevfw_alarm *alarm)
{
	struct vdevfw_timer_queue *queue = container_of(alarm, struct vdevfw_timer_queue, alarm);
	unsigned long flags;

	lock_timers(queue->timers, flags);
	queue->alarm_for = ALARM_OFF;
	look_ahead(queue);
	unlock_timers(queue->timers, flags);
}

static void clock_changed(struct vdevfw_clock *clock)
{
	struct vdevfw_timers *timers = container_of(clock, struct vdevfw_timers, clock);
	unsigned int i;

	for (i = 0; i < PRIORITY_CLASSES; i++)
		look_ahead(&timers->queues[i]);
}

static bool take_out(struct guest_timer *timer)
{
	lockdep_assert_held(&timer->queue->timers->clock.lock);
	if (!is_set(timer))
		return false;
	timerqueue_del(&timer->queue->set, &timer->due);
	return true;
}

/*
 * Calls
 */

/* The first timer of a queue, which is not set any more, and its period; NULL if none is due. */
static struct guest_timer *take_due(struct vdevfw_timer_queue *queue,
				    struct guest_timer_data *period)
{
	struct vdevfw_clock *clock = &queue->timers->clock;
	struct timerqueue_node *first = timerqueue_getnext(&queue->set);
	u64 host = vdevfw_host_now();
	u64 now = vdevfw_clock_at(clock, host);
	struct guest_timer *timer;

	lockdep_assert_held(&clock->lock);
	if (!first || !vdevfw_clock_goes(clock) || first->expires > now)
		return NULL;
	timer = container_of(first, struct guest_timer, due);
	take_out(timer);
	timer->over = timer->end;
	timer->rest_until = now + VDEVFW_TIMER_RESOLUTION;
	*period = timer->start;
	period->host_current = host;
	period->guest_current = now;
	return timer;
}

static void call_next(struct kthread_work *work)
{
	struct vdevfw_timer_queue *queue = container_of(work, struct vdevfw_timer_queue, next);
	struct guest_timer_data period;
	struct guest_timer *timer;
	unsigned long flags;

	lock_timers(queue->timers, flags);
	timer = take_due(queue, &period);
	look_ahead(queue);
	unlock_timers(queue->timers, flags);
	if (timer)
		timer->vdp->v_factory->timer(timer->vdp, timer->data, &period, NULL);
}

/*
 * What vdevs call
 */

static struct guest_timer *create(const struct guest_cpu *gcp, struct vdevfw_vdev *vdev,
				  const void *data)
{
	enum vdevfw_priority_class class = vdevfw_priority_class(vdev->pub.v_sched.priority);
	struct vdevfw_timers *timers = vdev->machine->timers;
	struct kthread_worker *worker;
	struct guest_timer *timer;

	if (gcp || !vdev->pub.v_factory->timer)
		return ERR_PTR(-EINVAL);
	worker = vdevfw_workers_get(timers->workers, class);
	if (IS_ERR(worker))
		return ERR_CAST(worker);
	timer = kzalloc(sizeof(*timer), GFP_KERNEL_ACCOUNT);
	if (!timer)
		return ERR_PTR(-ENOMEM);
	timer->vdp = &vdev->pub;
	timer->data = (void *)data;
	timer->queue = &timers->queues[class];
	timer->queue->worker = worker;
	timerqueue_init(&timer->due);
	list_add_tail(&timer->node, &vdev->timers);
	return timer;
}

struct guest_timer *guest_timer_create(const struct guest_cpu *gcp, const vdev_t *vdp,
				       const void *data, u64 *resolution)
{
	struct guest_timer *timer;
	u64 unused;
	int err;

	resolution = resolution ?: &unused;
	err = vdevfw_check_in_control(vdp, FUNCTION_guest_timer_create);
	timer = err ? ERR_PTR(err) : create(gcp, to_vdevfw_vdev(vdp), data);
	*resolution = IS_ERR(timer) ? PTR_ERR(timer) : VDEVFW_TIMER_RESOLUTION;
	return IS_ERR(timer) ? NULL : timer;
}
EXPORT_SYMBOL_GPL(guest_timer_create);

static int check(const struct guest_timer *timer, enum vdevfw_function function)
{
	return timer ? vdevfw_check(timer->vdp, function) : -EINVAL;
}

/* The end of a period, which may be never. */
static u64 end_of(u64 start, u64 ns)
{
	return ns > KTIME_MAX - start ? KTIME_MAX : start + ns;
}

static void set(struct guest_timer *timer, const struct guest_timer_data *tdp, u64 ns)
{
	struct vdevfw_clock *clock = &timer->queue->timers->clock;
	u64 host = vdevfw_host_now();
	u64 start = vdevfw_clock_at(clock, host);

	lockdep_assert_held(&clock->lock);
	if (tdp == GUEST_TIMER_ABSOLUTE) {
		/* A series that follows does not begin in the past. */
		timer->end = max(end_of(0, ns), start);
	} else {
		start = tdp ? timer->over : start;
		timer->end = end_of(start, ns);
	}
	timer->start.host_notify_start = host;
	timer->start.guest_notify_start = start;
	take_out(timer);
	timer->due.expires = max(timer->end, timer->rest_until);
	timerqueue_add(&timer->queue->set, &timer->due);
}

int guest_timer_notify(struct guest_timer *timer, const struct guest_timer_data *tdp, u64 ns)
{
	struct vdevfw_timers *timers;
	unsigned long flags;
	int err;

	err = check(timer, FUNCTION_guest_timer_notify);
	if (err)
		return err;
	timers = timer->queue->timers;
	lock_timers(timers, flags);
	set(timer, tdp, ns);
	look_ahead(timer->queue);
	unlock_timers(timers, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(guest_timer_notify);

int guest_timer_cancel(struct guest_timer *timer)
{
	struct vdevfw_timers *timers;
	unsigned long flags;
	bool was_set;
	int err;

	err = check(timer, FUNCTION_guest_timer_cancel);
	if (err)
		return err;
	timers = timer->queue->timers;
	lock_timers(timers, flags);
	was_set = take_out(timer);
	look_ahead(timer->queue);
	unlock_timers(timers, flags);
	return was_set;
}
EXPORT_SYMBOL_GPL(guest_timer_cancel);

void guest_timer_state(const struct guest_timer *timer, struct guest_timer_data *tdp)
{
	struct vdevfw_timers *timers;
	unsigned long flags;

	*tdp = (struct guest_timer_data) {};
	if (check(timer, FUNCTION_guest_timer_state))
		return;
	timers = timer->queue->timers;
	lock_timers(timers, flags);
	*tdp = timer->start;
	tdp->host_current = vdevfw_host_now();
	tdp->guest_current = vdevfw_clock_at(&timers->clock, tdp->host_current);
	unlock_timers(timers, flags);
}
EXPORT_SYMBOL_GPL(guest_timer_state);

u64 guest_timer_remaining(const struct guest_timer *timer)
{
	struct vdevfw_timers *timers;
	unsigned long flags;
	u64 now, left;

	if (check(timer, FUNCTION_guest_timer_remaining))
		return U64_MAX;
	timers = timer->queue->timers;
	lock_timers(timers, flags);
	now = vdevfw_clock_at(&timers->clock, vdevfw_host_now());
	left = is_set(timer) ? timer->due.expires - min_t(u64, now, timer->due.expires) : U64_MAX;
	unlock_timers(timers, flags);
	return left;
}
EXPORT_SYMBOL_GPL(guest_timer_remaining);

/*
 * All of a guest, and of a vdev
 */

void vdevfw_timers_init(struct vdevfw_timers *timers, struct vdevfw_workers *workers)
{
	struct vdevfw_timer_queue *queue;
	unsigned int i;

	vdevfw_clock_init(&timers->clock, clock_changed);
	timers->workers = workers;
	for (i = 0; i < PRIORITY_CLASSES; i++) {
		queue = &timers->queues[i];
		queue->timers = timers;
		timerqueue_init_head(&queue->set);
		vdevfw_alarm_init(&queue->alarm, alarm_rings);
		queue->alarm_for = ALARM_OFF;
		kthread_init_work(&queue->next, call_next);
	}
}

void vdevfw_timers_end(struct vdevfw_timers *timers)
{
	unsigned int i;

	vdevfw_clock_run(&timers->clock, false);
	for (i = 0; i < PRIORITY_CLASSES; i++)
		vdevfw_alarm_end(&timers->queues[i].alarm);
}

void vdevfw_timers_reset(struct vdevfw_vdev *vdev)
{
	struct vdevfw_timers *timers = vdev->machine->timers;
	struct guest_timer *timer;
	unsigned long flags;

	lock_timers(timers, flags);
	list_for_each_entry(timer, &vdev->timers, node)
		take_out(timer);
	unlock_timers(timers, flags);
}

/*
 * Saving and restoring
 */

static struct vdevfw_saved_timer look_at(struct guest_timer *timer)
{
	struct vdevfw_timers *timers = timer->queue->timers;
	struct vdevfw_saved_timer saved;
	unsigned long flags;

	lock_timers(timers, flags);
	saved.set = cpu_to_le32(is_set(timer));
	saved.end = cpu_to_le64(timer->end);
	saved.over = cpu_to_le64(timer->over);
	saved.rest_until = cpu_to_le64(timer->rest_until);
	saved.start = cpu_to_le64(timer->start.guest_notify_start);
	unlock_timers(timers, flags);
	return saved;
}

void vdevfw_timers_save(struct vdevfw_vdev *vdev, struct vdevfw_save *save)
{
	struct vdevfw_saved_timer saved;
	struct guest_timer *timer;
	size_t record;

	if (list_empty(&vdev->timers))
		return;
	record = vdevfw_save_open(save, SAVE_TIMERS);
	list_for_each_entry(timer, &vdev->timers, node) {
		saved = look_at(timer);
		vdevfw_save_put(save, &saved, sizeof(saved));
	}
	vdevfw_save_close(save, record);
}

static size_t count(const struct vdevfw_vdev *vdev)
{
	const struct list_head *node;
	size_t n = 0;

	list_for_each(node, &vdev->timers)
		n++;
	return n;
}

/* What comes from a clock is below its end: see end_of(), and what is made of these. */
static bool is_possible(const struct vdevfw_saved_timer *saved)
{
	return le32_to_cpu(saved->set) <= 1 && le64_to_cpu(saved->end) <= KTIME_MAX &&
	       le64_to_cpu(saved->over) <= KTIME_MAX &&
	       le64_to_cpu(saved->rest_until) <= KTIME_MAX &&
	       le64_to_cpu(saved->start) <= KTIME_MAX;
}

int vdevfw_timers_check_saved(const struct vdevfw_vdev *vdev, struct vdevfw_saved records,
			      struct vdevfw_message *msg)
{
	const struct vdevfw_saved_timer *saved;
	struct vdevfw_saved contents;
	size_t n;

	vdevfw_saved_find(records, SAVE_TIMERS, &contents);
	n = contents.left / sizeof(*saved);
	if (n != count(vdev) || contents.left % sizeof(*saved))
		return vdevfw_fail(msg, -EMEDIUMTYPE, "it has %zu timers, and was saved with %zu",
				   count(vdev), n);
	while ((saved = vdevfw_saved_take(&contents, sizeof(*saved))))
		if (!is_possible(saved))
			return vdevfw_fail(msg, -EBADMSG,
					   "a timer was saved with a time that does not exist");
	return 0;
}

static void restore(struct guest_timer *timer, const struct vdevfw_saved_timer *saved)
{
	lockdep_assert_held(&timer->queue->timers->clock.lock);
	take_out(timer);
	timer->end = le64_to_cpu(saved->end);
	timer->over = le64_to_cpu(saved->over);
	timer->rest_until = le64_to_cpu(saved->rest_until);
	timer->start.host_notify_start = vdevfw_host_now();
	timer->start.guest_notify_start = le64_to_cpu(saved->start);
	if (!saved->set)
		return;
	timer->due.expires = max(timer->end, timer->rest_until);
	timerqueue_add(&timer->queue->set, &timer->due);
}

void vdevfw_timers_restore(struct vdevfw_vdev *vdev, struct vdevfw_saved records)
{
	struct vdevfw_timers *timers = vdev->machine->timers;
	struct vdevfw_saved contents;
	struct guest_timer *timer;
	unsigned long flags;

	vdevfw_saved_find(records, SAVE_TIMERS, &contents);
	lock_timers(timers, flags);
	list_for_each_entry(timer, &vdev->timers, node)
		restore(timer, vdevfw_saved_take(&contents, sizeof(struct vdevfw_saved_timer)));
	unlock_timers(timers, flags);
}

void vdevfw_timers_free(struct vdevfw_vdev *vdev)
{
	struct vdevfw_timers *timers = vdev->machine->timers;
	struct guest_timer *timer, *next;
	unsigned long flags;

	list_for_each_entry_safe(timer, next, &vdev->timers, node) {
		lock_timers(timers, flags);
		take_out(timer);
		unlock_timers(timers, flags);
		kfree(timer);
	}
}
