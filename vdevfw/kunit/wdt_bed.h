/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites of the watchdogs have in common. */
#ifndef _VDEVFW_WDT_BED_H
#define _VDEVFW_WDT_BED_H

#include <vdevfw/timer.h>

#include "../service/hosttime.h"
#include "../service/worker.h"
#include "../status.h"
#include "registers_bed.h"

#define MS	NSEC_PER_MSEC

/* The guest of the test. */
static struct guest_system *wdt_guest;

static inline void wdt_start(struct kunit *test, const char *kind, const char *options, size_t len)
{
	wdt_guest = testbed_guest(test, 0);
	testbed_must_add(test, wdt_guest, kind, options, len);
	testbed_must_configure(test, wdt_guest);
	testbed_must_start(test, wdt_guest);
}

/* Time passes, on a host that does everything at once. */
static inline void wdt_pass(u64 ns)
{
	u64 until = vdevfw_host_now() + ns;

	do {
		vdevfw_workers_flush(&wdt_guest->workers);
	} while (fake_time_ring_next(until));
	vdevfw_workers_flush(&wdt_guest->workers);
}

/* From here on, the guest of the test is another one, of VM 1, that has been made what this one is. */
static inline void wdt_move(struct kunit *test, const char *kind, const char *options, size_t len)
{
	struct guest_system *other = testbed_guest(test, 1);
	struct testbed *bed = test->priv;
	void *data = NULL;
	u64 culprit;
	size_t size;
	u32 flags;

	testbed_must_add(test, other, kind, options, len);
	testbed_must_configure(test, other);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_save(wdt_guest, &data, &size, &culprit, &flags,
						&bed->msg), 0);
	vdevfw_guest_destroy(wdt_guest);
	KUNIT_ASSERT_EQ_MSG(test, vdevfw_guest_restore(other, data, size, &culprit, &bed->msg), 0,
			    "%s", bed->msg.text);
	/* The host's time is none of the guest's. */
	fake_time_advance(3600ull * NSEC_PER_SEC);
	testbed_must_start(test, other);
	wdt_guest = other;
}

/* How the machine has ended, or -1. */
static inline int wdt_cause(void)
{
	return atomic_read(&wdt_guest->cause);
}

#endif
