// SPDX-License-Identifier: GPL-2.0-only
/* A fake of service/hosttime.c: see fake_time.h. */
#include <linux/bug.h>
#include <linux/irqflags.h>
#include <linux/processor.h>
#include <linux/spinlock.h>

#include "../service/hosttime.h"
#include "fake_time.h"

#define ALARMS	256
#define BEGIN	1000000000000ull

struct entry {
	struct vdevfw_alarm *alarm;
	u64 time;
};

/* Protects all of these. */
static DEFINE_RAW_SPINLOCK(lock);
static u64 now;
static struct entry entries[ALARMS];
static struct vdevfw_alarm *ringing;

void fake_time_init(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	now = BEGIN;
	memset(entries, 0, sizeof(entries));
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* The entry of an alarm, or with NULL, one that is free. */
static struct entry *find(const struct vdevfw_alarm *alarm)
{
	unsigned int i;

	lockdep_assert_held(&lock);
	for (i = 0; i < ALARMS; i++)
		if (entries[i].alarm == alarm)
			return &entries[i];
	return NULL;
}

static struct entry *first(void)
{
	struct entry *found = NULL;
	unsigned int i;

	lockdep_assert_held(&lock);
	for (i = 0; i < ALARMS; i++)
		if (entries[i].alarm && (!found || entries[i].time < found->time))
			found = &entries[i];
	return found;
}

/*
 * What the framework calls
 */

u64 vdevfw_host_now(void)
{
	unsigned long flags;
	u64 time;

	raw_spin_lock_irqsave(&lock, flags);
	time = now;
	raw_spin_unlock_irqrestore(&lock, flags);
	return time;
}

void vdevfw_alarm_init(struct vdevfw_alarm *alarm, void (*ring)(struct vdevfw_alarm *alarm))
{
	alarm->ring = ring;
}

void vdevfw_alarm_set(struct vdevfw_alarm *alarm, u64 time)
{
	struct entry *entry;
	unsigned long flags;

	WARN_ON_ONCE(time > KTIME_MAX);
	raw_spin_lock_irqsave(&lock, flags);
	entry = find(alarm) ?: find(NULL);
	if (!WARN_ON_ONCE(!entry))
		*entry = (struct entry) { alarm, time };
	raw_spin_unlock_irqrestore(&lock, flags);
}

void vdevfw_alarm_clear(struct vdevfw_alarm *alarm)
{
	struct entry *entry;
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	entry = find(alarm);
	if (entry)
		entry->alarm = NULL;
	raw_spin_unlock_irqrestore(&lock, flags);
}

void vdevfw_alarm_end(struct vdevfw_alarm *alarm)
{
	vdevfw_alarm_clear(alarm);
	while (READ_ONCE(ringing) == alarm)
		cpu_relax();
}

/*
 * What tests call
 */

unsigned int fake_time_alarms(void)
{
	unsigned int i, count = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	for (i = 0; i < ALARMS; i++)
		count += !!entries[i].alarm;
	raw_spin_unlock_irqrestore(&lock, flags);
	return count;
}

u64 fake_time_first_alarm(void)
{
	unsigned long flags;
	struct entry *entry;
	u64 time;

	raw_spin_lock_irqsave(&lock, flags);
	entry = first();
	time = entry ? entry->time : U64_MAX;
	raw_spin_unlock_irqrestore(&lock, flags);
	return time;
}

/* Take the next alarm that rings until then, and let the time come. */
static struct vdevfw_alarm *take_next(u64 until)
{
	struct vdevfw_alarm *alarm = NULL;
	struct entry *entry;

	raw_spin_lock(&lock);
	entry = first();
	if (entry && entry->time <= until) {
		now = max(now, entry->time);
		alarm = entry->alarm;
		entry->alarm = NULL;
	} else {
		now = max(now, until);
	}
	WRITE_ONCE(ringing, alarm);
	raw_spin_unlock(&lock);
	return alarm;
}

bool fake_time_ring_next(u64 until)
{
	struct vdevfw_alarm *alarm;
	unsigned long flags;

	/* As in an interrupt. */
	local_irq_save(flags);
	alarm = take_next(until);
	if (alarm)
		alarm->ring(alarm);
	WRITE_ONCE(ringing, NULL);
	local_irq_restore(flags);
	return alarm;
}

void fake_time_advance(u64 ns)
{
	u64 until = vdevfw_host_now() + ns;

	while (fake_time_ring_next(until))
		;
}
