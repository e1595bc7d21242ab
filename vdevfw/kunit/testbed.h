/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What most suites stand on: fakes of KVM and of time, probes, that is vdevs that write down
 * what is done to them, and guests that are cleaned up. After each test it is
 * checked that nothing has been left.
 */
#ifndef _VDEVFW_TESTBED_H
#define _VDEVFW_TESTBED_H

#include <kunit/test.h>
#include <linux/completion.h>

#include "../guest.h"
#include "../message.h"
#include "fake_kvm.h"
#include "fake_time.h"

#define TESTBED_GUESTS	64

/**
 * struct testbed - One test's; test->priv
 * @test: The test
 * @msg: For all calls of the test; cleared by the helpers below
 * @module_refs: References of this module before the test
 * @guests: Those of testbed_guest(); ended before @probes, whatever their order
 * @nr_guests: How many
 * @probes: Those of probe_new()
 * @trace_len: Bytes in @trace
 * @trace: What the probes were told, in order: "a:START a:0=5 a:END", where 0 is
 *	the index of an option
 */
struct testbed {
	struct kunit *test;
	struct vdevfw_message msg;
	int module_refs;
	struct guest_system *guests[TESTBED_GUESTS];
	unsigned int nr_guests;
	struct list_head probes;
	size_t trace_len;
	char trace[4096];
};

/**
 * struct probe - A factory, and what its vdevs have met
 * @node: Among the testbed's
 * @registered: To be unregistered
 * @factory: Its option_list is number, 0flag, text
 * @bed: Where the trace is
 * @preset: v_block for OPTIONS_START, unless its type is QST_NO_TYPE
 * @assign: Location for ASSIGN, unless it is QSL_NO_LOCATION
 * @fail_at: control() with this code fails ...
 * @fail_with: ... with this error, unless it is 0
 * @on_control: Called by control() in the end, unless NULL
 * @on_access: Called within an access, unless NULL
 * @vdp: The newest vdev
 * @status: How an access ends
 * @value: What a read gives; what was written last
 * @reads: How many there were
 * @writes: How many there were
 * @cookie: Of the last access
 * @vopnd: Of the last access
 * @oopnd: Of the last access
 * @blocks: An access completes @entered and waits for @leave
 * @entered: see @blocks
 * @leave: see @blocks
 */
struct probe {
	struct list_head node;
	bool registered;
	struct vdev_factory factory;
	struct testbed *bed;
	struct qvm_state_block preset;
	u64 assign;
	unsigned int fail_at;
	int fail_with;
	int (*on_control)(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg);
	void (*on_access)(struct probe *probe);
	vdev_t *vdp;
	enum vdev_ref_status status;
	u64 value;
	unsigned int reads;
	unsigned int writes;
	unsigned int cookie;
	struct qvm_state_block vopnd;
	struct qvm_state_block oopnd;
	bool blocks;
	struct completion entered;
	struct completion leave;
};

#define PROBE_NUMBER	(VDEV_CTRL_FIRST_OPTIDX + 0)
#define PROBE_FLAG	(VDEV_CTRL_FIRST_OPTIDX + 1)
#define PROBE_TEXT	(VDEV_CTRL_FIRST_OPTIDX + 2)

/* Options as user space gives them: NUL-terminated strings, one after the other. */
#define OPTIONS(literal)	(literal), sizeof(literal)
#define NO_OPTIONS		NULL, 0

/* For struct kunit_suite. */
int testbed_init(struct kunit *test);

/* Forget what the probes were told. */
void testbed_clear_trace(struct kunit *test);

/* A probe named @name that may be at mem: and io:; not registered yet. */
struct probe *probe_new(struct kunit *test, const char *name);

/* Make a probe's factory known until the test's end. */
void probe_register(struct kunit *test, struct probe *probe);

/* Both of these. */
struct probe *probe_add(struct kunit *test, const char *name);

/* The same for one without a place, which makes its regions itself. */
struct probe *probe_add_manual(struct kunit *test, const char *name);

/* A guest of VM @fd, destroyed at the test's end. */
struct guest_system *testbed_guest(struct kunit *test, int fd);

/* Call vdevfw_guest_add() with a copy of @options; @at_option and @id may be NULL. */
int testbed_add(struct kunit *test, struct guest_system *gsp, const char *name,
		const char *options, size_t len, u32 *at_option, u64 *id);

/* Call vdevfw_guest_set() with a copy of @options; @at_option may be NULL. */
int testbed_set(struct kunit *test, struct guest_system *gsp, const char *options, size_t len,
		u32 *at_option);

/* Add a vdev that must be taken; gives its id. */
u64 testbed_must_add(struct kunit *test, struct guest_system *gsp, const char *name,
		     const char *options, size_t len);

/* Take a guest to a state that it must reach. */
void testbed_must_configure(struct kunit *test, struct guest_system *gsp);
void testbed_must_start(struct kunit *test, struct guest_system *gsp);

/* Stop a guest, as a command does that knows no states. */
int testbed_stop(struct guest_system *gsp, struct vdevfw_message *msg);

/* From now on the host is late: alarms ring, and no timer() is called until testbed_catch_up(). */
void testbed_fall_behind(struct guest_system *gsp);
void testbed_catch_up(struct guest_system *gsp);

/* Wait until a guest is dead; fails the test after some seconds. */
void testbed_wait_dead(struct kunit *test, struct guest_system *gsp);

/* Number of events of @type that are in the ring; *@last is the newest of them. */
unsigned int testbed_count_events(struct vdevfw_events *events, u32 type,
				  struct vdevfw_event *last);

/*
 * Call @step again and again, and let the 1st, 2nd, 3rd ... allocation fail of what
 * it does between testbed_start_failing() and testbed_stop_failing(), until none
 * has failed. @step returns what testbed_stop_failing() did: whether one has
 * failed. Skips the test where the kernel cannot do that.
 */
void testbed_fail_each_allocation(struct kunit *test, bool (*step)(struct kunit *test, void *arg),
				  void *arg);
void testbed_start_failing(void);
bool testbed_stop_failing(void);

/* Fail unless @text contains @part. */
#define EXPECT_SAYS(test, text, part)							\
	KUNIT_EXPECT_TRUE_MSG(test, strstr(text, part), "\"%s\" does not say \"%s\"",	\
			      text, part)

#endif
