// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/doorbell.c, and of what rings one. */
#include <linux/delay.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>

#include <vdevfw/doorbell.h>
#include <vdevfw/utils.h>

#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define WINDOW	0x10000ull
#define MATCH	0x44332211ull

/**
 * struct fixture - A guest with a window, and a vdev with a doorbell and a thread
 * @gsp: The guest
 * @probe: The vdev
 * @eventfd: For vdev_doorbell_create(), in OPTIONS_START
 * @bell: What it gave
 * @rings: How often the thread has been told that it rang
 * @wakes: How often that was
 */
static struct fixture {
	struct guest_system *gsp;
	struct probe *probe;
	int eventfd;
	struct vdev_doorbell *bell;
	atomic_t rings;
	atomic_t wakes;
} fixture;

static void listen(void *arg)
{
	struct fixture *f = arg;
	unsigned int rings;

	while (!vdev_thread_cancelled()) {
		rings = vdev_doorbell_wait(f->bell, 3600 * 1000);
		if (!rings)
			continue;
		atomic_add(rings, &f->rings);
		atomic_inc(&f->wakes);
	}
}

static int make_bell(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	struct vdev_thread *thread;

	if (ctrl == VDEV_CTRL_OPTIONS_START)
		fixture.bell = vdev_doorbell_create(vdp, fixture.eventfd);
	if (ctrl == VDEV_CTRL_GUEST_CONFIGURED && !IS_ERR(fixture.bell))
		return vdev_thread_create(vdp, "bell", &thread, listen, &fixture);
	return 0;
}

static struct fixture *assembled(struct kunit *test, int eventfd)
{
	struct fixture *f = &fixture;

	*f = (struct fixture) { .eventfd = eventfd };
	f->gsp = testbed_guest(test, 0);
	KUNIT_ASSERT_EQ(test, testbed_set(test, f->gsp, OPTIONS("window=mem:0x10000,0x10000"),
					  NULL), 0);
	f->probe = probe_add_manual(test, "a");
	f->probe->factory.acc_sizes = BIT(1) | BIT(2) | BIT(4) | BIT(8);
	f->probe->on_control = make_bell;
	testbed_must_add(test, f->gsp, "a", NO_OPTIONS);
	return f;
}

static struct fixture *running(struct kunit *test)
{
	struct fixture *f = assembled(test, VDEV_DOORBELL_THREAD);

	KUNIT_ASSERT_FALSE(test, IS_ERR(f->bell));
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	return f;
}

static int set(struct fixture *f, u32 flags, u64 start, u32 length, u64 match)
{
	struct gasp_region region = {
		.flags = flags,
		.vdev = f->probe->vdp,
		.doorbell = flags & GRF_DOORBELL ? f->bell : NULL,
		.match = match,
		.guest = { .location = start, .length = length, .type = QST_MEMORY },
	};

	return gasp_region_set(f->gsp, 1, &region);
}

/* Give the thread time to hear what it shall hear, or a while in which it shall not. */
static unsigned int heard(struct fixture *f, unsigned int expected)
{
	unsigned int i;

	if (!expected)
		msleep(20);
	for (i = 0; i < 1000 && atomic_read(&f->rings) < expected; i++)
		msleep(5);
	return atomic_read(&f->rings);
}

/* A write to a doorbell with 8 bytes at WINDOW, before a region that traps. */
struct ring_case {
	const char *name;
	u32 flags;
	u64 match;
	unsigned int offset;
	int len;
	u64 value;
	bool rings;
	bool traps;
};

#define BELL		GRF_DOORBELL
#define BELL_MATCH	(GRF_DOORBELL | GRF_MATCH)
#define BELL_OR_TRAP	(GRF_DOORBELL | GRF_MATCH | GRF_VIRT_WR)

static const struct ring_case ring_cases[] = {
	{ "1 byte", BELL, 0, 0, 1, 5, true, false },
	{ "2 bytes", BELL, 0, 0, 2, 5, true, false },
	{ "4 bytes", BELL, 0, 4, 4, 5, true, false },
	{ "8 bytes", BELL, 0, 0, 8, 5, true, false },
	{ "3 bytes", BELL, 0, 0, 3, 5, false, false },
	{ "the last byte", BELL, 0, 7, 1, 5, true, false },
	{ "not aligned", BELL, 0, 3, 4, 5, true, false },
	{ "across its end", BELL, 0, 6, 4, 5, false, false },
	{ "across its end, traps otherwise", BELL_OR_TRAP, MATCH, 6, 4, MATCH, false, false },
	{ "behind it", BELL, 0, 8, 4, 5, false, true },
	{ "the match", BELL_MATCH, MATCH, 0, 4, MATCH, true, false },
	{ "the match, zero-extended", BELL_MATCH, 0x11, 0, 1, MATCH, true, false },
	{ "the match with 8 bytes", BELL_MATCH, MATCH, 0, 8, MATCH, true, false },
	{ "more than the match", BELL_MATCH, MATCH, 0, 8, MATCH | BIT_ULL(32), false, false },
	{ "less than the match", BELL_MATCH, MATCH, 0, 2, MATCH, false, false },
	{ "another value", BELL_MATCH, MATCH, 0, 4, MATCH + 1, false, false },
	{ "the match, traps otherwise", BELL_OR_TRAP, MATCH, 0, 4, MATCH, true, false },
	{ "another value, traps otherwise", BELL_OR_TRAP, MATCH, 0, 4, MATCH + 1, false, true },
	{ "a size that matches nothing", BELL_OR_TRAP, MATCH, 0, 3, MATCH, false, false },
	{ "the match is 0", BELL_OR_TRAP, 0, 0, 8, 0, true, false },
};

KUNIT_ARRAY_PARAM_DESC(ring, ring_cases, name);

static struct fixture *write_once(struct kunit *test)
{
	const struct ring_case *c = test->param_value;
	struct fixture *f = running(test);

	KUNIT_ASSERT_EQ(test, set(f, GRF_VIRT_WR, WINDOW + 8, 8, 0), 0);
	KUNIT_ASSERT_EQ(test, set(f, c->flags, WINDOW, 8, c->match), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, WINDOW + c->offset, c->len, &c->value), 0);
	return f;
}

static void a_write_rings(struct kunit *test)
{
	const struct ring_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, heard(write_once(test), c->rings), c->rings);
}

static void a_write_that_does_not_ring_traps_or_is_dropped(struct kunit *test)
{
	const struct ring_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, write_once(test)->probe->writes, c->traps);
}

static void a_size_that_the_vdev_does_not_serve_rings_all_the_same(struct kunit *test)
{
	struct fixture *f = assembled(test, VDEV_DOORBELL_THREAD);
	u64 value = 1;

	f->probe->factory.acc_sizes = BIT(4);
	testbed_must_configure(test, f->gsp);
	testbed_must_start(test, f->gsp);
	KUNIT_ASSERT_EQ(test, set(f, BELL_OR_TRAP, WINDOW, 8, 1), 0);
	fake_kvm_write(0, MEM, WINDOW, 2, &value);
	KUNIT_EXPECT_EQ(test, heard(f, 1), 1);
	value = 2;
	fake_kvm_write(0, MEM, WINDOW, 2, &value);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 0);
	fake_kvm_write(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, f->probe->writes, 1);
}

static void a_write_that_is_larger_than_the_doorbell_does_not_ring(struct kunit *test)
{
	struct fixture *f = running(test);
	u64 value = 0;

	KUNIT_ASSERT_EQ(test, set(f, BELL, WINDOW, 2, 0), 0);
	fake_kvm_write(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, heard(f, 0), 0);
}

static void a_read_of_a_doorbell_does_not_ring(struct kunit *test)
{
	struct fixture *f = running(test);
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, set(f, BELL, WINDOW, 8, 0), 0);
	fake_kvm_read(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, value, U32_MAX);
	KUNIT_EXPECT_EQ(test, heard(f, 0), 0);
}

static void reads_of_a_doorbell_can_trap(struct kunit *test)
{
	struct fixture *f = running(test);
	u32 value = 0;

	f->probe->value = 0x1234;
	KUNIT_ASSERT_EQ(test, set(f, BELL | GRF_VIRT_RD, WINDOW, 8, 0), 0);
	fake_kvm_read(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, value, 0x1234);
}

static void no_ring_is_lost(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned int i;
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, set(f, BELL, WINDOW, 8, 0), 0);
	for (i = 0; i < 1000; i++)
		fake_kvm_write(0, MEM, WINDOW, 4, &value);
	KUNIT_EXPECT_EQ(test, heard(f, 1000), 1000);
	KUNIT_EXPECT_LE(test, atomic_read(&f->wakes), 1000);
}

/* It is freed before the guest is, and this must not take an hour. */
static void who_waits_for_a_doorbell_can_be_ended(struct kunit *test)
{
	struct fixture *f = running(test);
	unsigned long begin = jiffies;

	vdevfw_guest_destroy(f->gsp);
	KUNIT_EXPECT_LT(test, jiffies - begin, 60 * HZ);
}

static void what_is_left_of_a_split_rings(struct kunit *test)
{
	struct fixture *f = running(test);
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, set(f, BELL, WINDOW, 12, 0), 0);
	KUNIT_ASSERT_EQ(test, set(f, GRF_NONE, WINDOW + 4, 4, 0), 0);
	fake_kvm_write(0, MEM, WINDOW, 4, &value);
	fake_kvm_write(0, MEM, WINDOW + 4, 4, &value);
	fake_kvm_write(0, MEM, WINDOW + 8, 4, &value);
	KUNIT_EXPECT_EQ(test, heard(f, 2), 2);
}

/*
 * Whose it is
 */

static void a_doorbell_is_its_vdevs_alone(struct kunit *test)
{
	struct fixture *f = running(test);
	struct guest_system *gsp = testbed_guest(test, 1);
	struct probe *other = probe_add_manual(test, "b");
	struct gasp_region region = {
		.flags = GRF_DOORBELL,
		.doorbell = f->bell,
		.guest = { .location = WINDOW, .length = 8, .type = QST_MEMORY },
	};

	testbed_must_add(test, gsp, "b", NO_OPTIONS);
	region.vdev = other->vdp;
	KUNIT_EXPECT_EQ(test, gasp_region_set(gsp, 1, &region), -EINVAL);
}

static void only_a_doorbell_has_one(struct kunit *test)
{
	struct fixture *f = running(test);
	struct gasp_region region = {
		.flags = GRF_VIRT_WR,
		.vdev = f->probe->vdp,
		.doorbell = f->bell,
		.guest = { .location = WINDOW, .length = 8, .type = QST_MEMORY },
	};

	KUNIT_EXPECT_EQ(test, gasp_region_set(f->gsp, 1, &region), -EINVAL);
}

/*
 * Eventfds
 */

static const int bad_fds[] = { -2, 1000000, INT_MAX, INT_MIN };

static void describe_fd(const int *fd, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "fd %d", *fd);
}
KUNIT_ARRAY_PARAM(fd, bad_fds, describe_fd);

static void what_is_not_open_is_no_eventfd(struct kunit *test)
{
	struct fixture *f = assembled(test, *(const int *)test->param_value);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->bell), -EBADF);
}

static void another_file_is_no_eventfd(struct kunit *test)
{
	struct file *file = filp_open("/proc/version", O_RDONLY, 0);
	struct fixture *f;
	int fd;

	if (IS_ERR(file))
		kunit_skip(test, "there is no /proc");
	fd = get_unused_fd_flags(0);
	KUNIT_ASSERT_GE(test, fd, 0);
	fd_install(fd, file);
	f = assembled(test, fd);
	close_fd(fd);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(f->bell), -EINVAL);
}

static bool create_without_memory(struct kunit *test, void *arg)
{
	struct fixture *f = &fixture;
	bool failed;
	int err;

	*f = (struct fixture) { .eventfd = VDEV_DOORBELL_THREAD };
	f->gsp = testbed_guest(test, 0);
	testbed_start_failing();
	err = testbed_add(test, f->gsp, "a", NO_OPTIONS, NULL, NULL);
	failed = testbed_stop_failing();
	/* Some allocations have another way to go. */
	if (!err)
		err = PTR_ERR_OR_ZERO(f->bell);
	KUNIT_EXPECT_TRUE(test, !err || (failed && err == -ENOMEM));
	vdevfw_guest_destroy(f->gsp);
	return failed;
}

static void without_memory_there_is_no_doorbell(struct kunit *test)
{
	probe_add_manual(test, "a")->on_control = make_bell;
	testbed_fail_each_allocation(test, create_without_memory, NULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_write_rings, ring_gen_params),
	KUNIT_CASE_PARAM(a_write_that_does_not_ring_traps_or_is_dropped, ring_gen_params),
	KUNIT_CASE(a_size_that_the_vdev_does_not_serve_rings_all_the_same),
	KUNIT_CASE(a_write_that_is_larger_than_the_doorbell_does_not_ring),
	KUNIT_CASE(a_read_of_a_doorbell_does_not_ring),
	KUNIT_CASE(reads_of_a_doorbell_can_trap),
	KUNIT_CASE(no_ring_is_lost),
	KUNIT_CASE(who_waits_for_a_doorbell_can_be_ended),
	KUNIT_CASE(what_is_left_of_a_split_rings),
	KUNIT_CASE(a_doorbell_is_its_vdevs_alone),
	KUNIT_CASE(only_a_doorbell_has_one),
	KUNIT_CASE_PARAM(what_is_not_open_is_no_eventfd, fd_gen_params),
	KUNIT_CASE(another_file_is_no_eventfd),
	KUNIT_CASE(without_memory_there_is_no_doorbell),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-doorbell",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
