// SPDX-License-Identifier: GPL-2.0-only
/* Tests of space/access.c: a guest's access, from KVM's bus to a vdev and back. */
#include <linux/kthread.h>

#include "testbed.h"

#define MEM	VDEVFW_BUS_MEM
#define IO	VDEVFW_BUS_IO
#define GUARD	0xa5a5a5a5a5a5a5a5ull
#define VALUE	0x1122334455667788ull

/* Where the probe is on each bus; it has 16 bytes. */
static const u64 base[VDEVFW_BUSES] = { [MEM] = 0xfa000000, [IO] = 0x5000 };

static u64 low(u64 value, int len)
{
	return len == 8 ? value : value & (BIT_ULL(len * 8) - 1);
}

/* A probe with @sizes, alone on @bus, in a guest that is configured. */
static struct probe *configured_probe(struct kunit *test, enum vdevfw_bus bus, unsigned int sizes,
				      struct guest_system **gsp)
{
	struct probe *probe = probe_new(test, "a");

	probe->factory.acc_sizes = sizes;
	probe->value = VALUE;
	probe_register(test, probe);
	*gsp = testbed_guest(test, 0);
	testbed_must_add(test, *gsp, "a", bus == IO ? "loc=io:0x5000" : "loc=mem:0xfa000000",
			 bus == IO ? 14 : 19);
	testbed_must_configure(test, *gsp);
	return probe;
}

static struct probe *running_probe(struct kunit *test, enum vdevfw_bus bus, unsigned int sizes)
{
	struct guest_system *gsp;
	struct probe *probe = configured_probe(test, bus, sizes, &gsp);

	testbed_must_start(test, gsp);
	return probe;
}

#define ALL_SIZES	(BIT(1) | BIT(2) | BIT(4) | BIT(8))

/*
 * Sizes and places
 */

struct place_case {
	const char *name;
	enum vdevfw_bus bus;
	unsigned int sizes;
	unsigned int offset;
	int len;
	bool served;
};

static const struct place_case place_cases[] = {
	{ "1 byte", MEM, ALL_SIZES, 0, 1, true },
	{ "2 bytes", MEM, ALL_SIZES, 0, 2, true },
	{ "4 bytes", MEM, ALL_SIZES, 0, 4, true },
	{ "8 bytes", MEM, ALL_SIZES, 0, 8, true },
	{ "3 bytes", MEM, ALL_SIZES, 0, 3, false },
	{ "5 bytes", MEM, ALL_SIZES, 0, 5, false },
	{ "7 bytes", MEM, ALL_SIZES, 0, 7, false },
	{ "the last byte", MEM, ALL_SIZES, 15, 1, true },
	{ "the last 8 bytes", MEM, ALL_SIZES, 8, 8, true },
	{ "not aligned", MEM, ALL_SIZES, 3, 4, true },
	{ "1 byte, 4 served", MEM, BIT(4), 0, 1, false },
	{ "2 bytes, 4 served", MEM, BIT(4), 0, 2, false },
	{ "4 bytes, 4 served", MEM, BIT(4), 0, 4, true },
	{ "8 bytes, 4 served", MEM, BIT(4), 0, 8, false },
	{ "4 bytes, none served", MEM, 0, 0, 4, false },
	{ "1 byte of a port", IO, ALL_SIZES, 0, 1, true },
	{ "2 bytes of a port", IO, ALL_SIZES, 2, 2, true },
	{ "4 bytes of a port", IO, ALL_SIZES, 12, 4, true },
	{ "the last port", IO, ALL_SIZES, 15, 1, true },
	{ "2 bytes of a port, 1 served", IO, BIT(1), 0, 2, false },
};

KUNIT_ARRAY_PARAM_DESC(place, place_cases, name);

static void a_read_gives_the_value_or_all_ones(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	u64 value = GUARD;

	running_probe(test, c->bus, c->sizes);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, c->bus, base[c->bus] + c->offset, c->len, &value), 0);
	KUNIT_EXPECT_EQ(test, low(value, c->len), low(c->served ? VALUE : U64_MAX, c->len));
}

static void a_read_touches_only_its_bytes(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	u64 value[2] = { GUARD, GUARD };

	running_probe(test, c->bus, c->sizes);
	fake_kvm_read(0, c->bus, base[c->bus] + c->offset, c->len, value);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv((u8 *)value + c->len, (u8)GUARD,
					     sizeof(value) - c->len), NULL);
}

static void a_write_arrives_or_is_dropped(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct probe *probe = running_probe(test, c->bus, c->sizes);
	u64 value = GUARD;

	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, c->bus, base[c->bus] + c->offset, c->len, &value),
			0);
	KUNIT_EXPECT_EQ(test, probe->writes, c->served);
	KUNIT_EXPECT_EQ(test, probe->value, c->served ? low(GUARD, c->len) : VALUE);
}

static void an_access_that_is_not_served_does_not_reach_the_vdev(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct probe *probe = running_probe(test, c->bus, c->sizes);
	u64 value;

	fake_kvm_read(0, c->bus, base[c->bus] + c->offset, c->len, &value);
	KUNIT_EXPECT_EQ(test, probe->reads, c->served);
}

static void vopnd_is_where_the_guest_accesses(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct probe *probe = running_probe(test, c->bus, c->sizes);
	u64 value;

	if (!c->served)
		return;
	fake_kvm_read(0, c->bus, base[c->bus] + c->offset, c->len, &value);
	KUNIT_EXPECT_EQ(test, probe->vopnd.location, base[c->bus] + c->offset);
	KUNIT_EXPECT_EQ(test, probe->vopnd.length, c->len);
	KUNIT_EXPECT_EQ(test, probe->vopnd.type, c->bus == IO ? QST_X86_IO : QST_MEMORY);
	KUNIT_EXPECT_EQ(test, probe->vopnd.flags, QSF_NONE);
}

static void oopnd_is_where_the_value_goes(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	struct probe *probe = running_probe(test, c->bus, c->sizes);
	u64 value = 0;

	if (!c->served)
		return;
	fake_kvm_write(0, c->bus, base[c->bus] + c->offset, c->len, &value);
	KUNIT_EXPECT_EQ(test, probe->oopnd.location, (unsigned long)&value);
	KUNIT_EXPECT_EQ(test, probe->oopnd.length, c->len);
	KUNIT_EXPECT_EQ(test, probe->oopnd.type, QST_HOST);
	KUNIT_EXPECT_EQ(test, probe->oopnd.flags, QSF_ACCESS);
}

/*
 * No handlers
 */

static void without_vread_a_read_gives_all_ones(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	u32 value = 0;

	probe->factory.vread = NULL;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, base[MEM], 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, U32_MAX);
	fake_kvm_write(0, MEM, base[MEM], 4, &value);
	KUNIT_EXPECT_EQ(test, probe->writes, 1);
}

static void without_vwrite_a_write_is_dropped(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_new(test, "a");
	u32 value = 5;

	probe->factory.vwrite = NULL;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, base[MEM], 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 5);
	fake_kvm_read(0, MEM, base[MEM], 4, &value);
	KUNIT_EXPECT_EQ(test, probe->reads, 1);
}

/*
 * Straddling
 */

struct straddle_case {
	const char *name;
	enum vdevfw_bus bus;
	unsigned int offset;
	int len;
	int err;
};

/* Two probes that touch, at 0 and 16, with nothing after 32. */
static const struct straddle_case straddle_cases[] = {
	{ "4 bytes over both", MEM, 14, 4, 0 },
	{ "8 bytes, one of them in the second", MEM, 9, 8, 0 },
	{ "8 bytes, one of them in the first", MEM, 15, 8, 0 },
	{ "2 ports", IO, 15, 2, 0 },
	{ "beyond the window", MEM, 30, 4, -EOPNOTSUPP },
	{ "beyond the last port", IO, 31, 2, -EOPNOTSUPP },
};

KUNIT_ARRAY_PARAM_DESC(straddle, straddle_cases, name);

static void two_probes(struct kunit *test, enum vdevfw_bus bus, struct probe *probes[2])
{
	struct guest_system *gsp = testbed_guest(test, 0);

	probes[0] = probe_add(test, "a");
	probes[1] = probe_add(test, "b");
	if (bus == IO) {
		testbed_must_add(test, gsp, "a", OPTIONS("loc=io:0x5000"));
		testbed_must_add(test, gsp, "b", OPTIONS("loc=io:0x5010"));
	} else {
		testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
		testbed_must_add(test, gsp, "b", OPTIONS("loc=mem:0xfa000010"));
	}
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
}

static void a_read_over_two_regions_gives_all_ones(struct kunit *test)
{
	const struct straddle_case *c = test->param_value;
	struct probe *probes[2];
	u64 value = 0;

	two_probes(test, c->bus, probes);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, c->bus, base[c->bus] + c->offset, c->len, &value),
			c->err);
	KUNIT_EXPECT_EQ(test, low(value, c->len), c->err ? 0 : low(U64_MAX, c->len));
	KUNIT_EXPECT_EQ(test, probes[0]->reads + probes[1]->reads, 0);
}

static void a_write_over_two_regions_is_dropped(struct kunit *test)
{
	const struct straddle_case *c = test->param_value;
	struct probe *probes[2];
	u64 value = 0;

	two_probes(test, c->bus, probes);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, c->bus, base[c->bus] + c->offset, c->len, &value),
			c->err);
	KUNIT_EXPECT_EQ(test, probes[0]->writes + probes[1]->writes, 0);
}

/*
 * How an access ends
 */

struct status_case {
	const char *name;
	enum vdev_ref_status status;
	bool gives_value;
	bool terminates;
};

static const struct status_case status_cases[] = {
	{ "VRS_NORMAL", VRS_NORMAL, true, false },
	{ "VRS_NO_ADVANCE", VRS_NO_ADVANCE, true, false },
	{ "VRS_ABORT", VRS_ABORT, false, false },
	{ "VRS_BUS_ERROR", VRS_BUS_ERROR, false, false },
	{ "VRS_CONTINUE", VRS_CONTINUE, false, false },
	{ "VRS_UNSUPPORTED", VRS_UNSUPPORTED, false, false },
	{ "VRS_TERMINATE", VRS_TERMINATE, false, true },
	{ "VRS_ERRNO", VRS_ERRNO, false, true },
	{ "VRS_ERRNO + EIO", (enum vdev_ref_status)(VRS_ERRNO + EIO), false, true },
	{ "VRS_ERRNO + MAX_ERRNO", (enum vdev_ref_status)(VRS_ERRNO + MAX_ERRNO), false, true },
	{ "a status that does not exist", (enum vdev_ref_status)6, false, false },
	{ "another one", (enum vdev_ref_status)0xff, false, false },
};

KUNIT_ARRAY_PARAM_DESC(status, status_cases, name);

static void the_status_decides_what_a_read_gives(struct kunit *test)
{
	const struct status_case *c = test->param_value;
	struct probe *probe = running_probe(test, MEM, ALL_SIZES);
	u32 value = 0;

	probe->status = c->status;
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, base[MEM], 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, c->gives_value ? (u32)VALUE : U32_MAX);
}

static void the_status_of_a_write_does_not_change_the_value(struct kunit *test)
{
	const struct status_case *c = test->param_value;
	struct probe *probe = running_probe(test, IO, ALL_SIZES);
	u32 value = 5;

	probe->status = c->status;
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, IO, base[IO], 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 5);
}

static void the_status_decides_whether_the_machine_ends(struct kunit *test)
{
	const struct status_case *c = test->param_value;
	struct guest_system *gsp;
	struct probe *probe = configured_probe(test, MEM, ALL_SIZES, &gsp);
	u32 value;

	testbed_must_start(test, gsp);
	probe->status = c->status;
	fake_kvm_read(0, MEM, base[MEM], 4, &value);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), c->terminates ? VDEVFW_EXIT_VDEV : -1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), c->terminates);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, NULL),
			c->terminates);
}

static void after_the_end_no_access_reaches_a_vdev(struct kunit *test)
{
	const struct status_case *c = test->param_value;
	struct probe *probe = running_probe(test, MEM, ALL_SIZES);
	u32 value = 0;

	probe->status = c->status;
	fake_kvm_write(0, MEM, base[MEM], 4, &value);
	probe->status = VRS_NORMAL;
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, base[MEM], 4, &value),
			c->terminates ? -EOPNOTSUPP : 0);
	KUNIT_EXPECT_EQ(test, probe->writes, c->terminates ? 1 : 2);
}

/* What is left of the instruction: KVM has not come to the end of KVM_RUN yet. */
static void what_follows_the_end_in_the_same_instruction_is_dropped(struct kunit *test)
{
	struct probe *probe = running_probe(test, MEM, ALL_SIZES);
	u32 value = 0;

	probe->status = VRS_TERMINATE;
	fake_kvm_write(0, MEM, base[MEM], 4, &value);
	fake_kvm.leaving = true;
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, base[MEM], 4, &value), 0);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, base[MEM], 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, U32_MAX);
	KUNIT_EXPECT_EQ(test, probe->writes, 1);
	KUNIT_EXPECT_EQ(test, probe->reads, 0);
}

static void a_vcpu_that_leaves_for_another_reason_goes_to_user_space(struct kunit *test)
{
	struct probe *probe = running_probe(test, MEM, ALL_SIZES);
	struct testbed *bed = test->priv;
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, testbed_stop(probe->vdp->v_gsp, &bed->msg), 0);
	fake_kvm.leaving = true;
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, base[MEM], 4, &value), -EOPNOTSUPP);
}

static void the_end_closes_every_window(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *a = probe_add(test, "a");
	u32 value = 0;

	probe_add(test, "b");
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_add(test, gsp, "b", OPTIONS("loc=mem:0xfb000000"));
	testbed_must_add(test, gsp, "b", OPTIONS("loc=io:0x5000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	a->status = VRS_TERMINATE;
	fake_kvm_write(0, MEM, 0xfa000000, 4, &value);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, 0xfa000000, 4, &value), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, 0xfb000000, 4, &value), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, IO, 0x5000, 4, &value), -EOPNOTSUPP);
}

static void the_end_of_one_guest_is_not_that_of_another(struct kunit *test)
{
	struct guest_system *first = testbed_guest(test, 0), *second = testbed_guest(test, 1);
	struct probe *a = probe_add(test, "a");
	u32 value = 0;

	probe_add(test, "b");
	testbed_must_add(test, first, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, first);
	testbed_must_start(test, first);
	testbed_must_add(test, second, "b", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, second);
	testbed_must_start(test, second);
	a->status = VRS_TERMINATE;
	fake_kvm_write(0, MEM, 0xfa000000, 4, &value);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(1, MEM, 0xfa000000, 4, &value), 0);
}

struct end_case {
	const char *name;
	enum vdev_ref_status status;
	const char *says;
};

static const struct end_case end_cases[] = {
	{ "VRS_TERMINATE", VRS_TERMINATE, "vdev a mem:0xfa000000 ends the machine" },
	{ "VRS_ERRNO + EIO", (enum vdev_ref_status)(VRS_ERRNO + EIO),
	  "vdev a mem:0xfa000000 failed with error 5" },
};

KUNIT_ARRAY_PARAM_DESC(end, end_cases, name);

static void the_end_is_told_with_vdev_and_cause(struct kunit *test)
{
	const struct end_case *c = test->param_value;
	struct vdevfw_event event = {};
	struct guest_system *gsp;
	struct probe *probe = configured_probe(test, MEM, ALL_SIZES, &gsp);
	u32 value = 0;

	testbed_must_start(test, gsp);
	probe->status = c->status;
	fake_kvm_write(0, MEM, base[MEM], 4, &value);
	testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, &event);
	KUNIT_EXPECT_EQ(test, event.vdev, 1);
	KUNIT_EXPECT_EQ(test, event.value, VDEVFW_EXIT_VDEV);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, c->says);
}

static int access_at_0(void *data)
{
	u32 value = 0;

	fake_kvm_write(0, MEM, base[MEM], 4, &value);
	return 0;
}

/* Two vCPUs are inside when the vdev ends the machine. */
static void the_end_is_told_once(struct kunit *test)
{
	struct guest_system *gsp;
	struct probe *probe = configured_probe(test, MEM, ALL_SIZES, &gsp);
	struct task_struct *vcpus[2];
	unsigned int i;

	testbed_must_start(test, gsp);
	probe->status = VRS_TERMINATE;
	WRITE_ONCE(probe->blocks, true);
	for (i = 0; i < ARRAY_SIZE(vcpus); i++) {
		vcpus[i] = kthread_run(access_at_0, NULL, "vdevfw-kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(vcpus[i]));
		get_task_struct(vcpus[i]);
		wait_for_completion(&probe->entered);
	}
	complete_all(&probe->leave);
	for (i = 0; i < ARRAY_SIZE(vcpus); i++)
		kthread_stop_put(vcpus[i]);
	KUNIT_EXPECT_EQ(test, probe->writes, 2);
	KUNIT_EXPECT_EQ(test, testbed_count_events(&gsp->events, VDEVFW_EVENT_TERMINATE, NULL), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 2);
}

/*
 * Gates
 */

enum gate { CONFIGURED, RUNNING, PAUSED, CONTINUED, DEAD };

struct gate_case {
	const char *name;
	enum gate gate;
	int err;
};

static const struct gate_case gate_cases[] = {
	{ "configured", CONFIGURED, -EOPNOTSUPP },
	{ "running", RUNNING, 0 },
	{ "paused", PAUSED, -EOPNOTSUPP },
	{ "continued", CONTINUED, 0 },
	{ "dead", DEAD, -EOPNOTSUPP },
};

KUNIT_ARRAY_PARAM_DESC(gate, gate_cases, name);

static struct probe *probe_behind_gate(struct kunit *test, enum gate gate)
{
	struct testbed *bed = test->priv;
	struct guest_system *gsp;
	struct probe *probe = configured_probe(test, MEM, ALL_SIZES, &gsp);

	if (gate >= RUNNING)
		testbed_must_start(test, gsp);
	if (gate >= PAUSED)
		KUNIT_ASSERT_EQ(test, testbed_stop(gsp, &bed->msg), 0);
	if (gate >= CONTINUED)
		testbed_must_start(test, gsp);
	if (gate >= DEAD)
		vdevfw_guest_destroy(gsp);
	return probe;
}

static void accesses_go_where_the_state_says(struct kunit *test)
{
	const struct gate_case *c = test->param_value;
	struct probe *probe = probe_behind_gate(test, c->gate);
	u32 value = 0;

	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, base[MEM], 4, &value), c->err);
	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, MEM, base[MEM], 4, &value), c->err);
	KUNIT_EXPECT_EQ(test, probe->reads + probe->writes, c->err ? 0 : 2);
}

/* KVM hands the value on to user space. */
static void a_closed_gate_does_not_touch_the_value(struct kunit *test)
{
	const struct gate_case *c = test->param_value;
	u32 value = 5;

	probe_behind_gate(test, c->gate);
	if (fake_kvm_read(0, MEM, base[MEM], 4, &value))
		KUNIT_EXPECT_EQ(test, value, 5);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_read_gives_the_value_or_all_ones, place_gen_params),
	KUNIT_CASE_PARAM(a_read_touches_only_its_bytes, place_gen_params),
	KUNIT_CASE_PARAM(a_write_arrives_or_is_dropped, place_gen_params),
	KUNIT_CASE_PARAM(an_access_that_is_not_served_does_not_reach_the_vdev, place_gen_params),
	KUNIT_CASE_PARAM(vopnd_is_where_the_guest_accesses, place_gen_params),
	KUNIT_CASE_PARAM(oopnd_is_where_the_value_goes, place_gen_params),
	KUNIT_CASE(without_vread_a_read_gives_all_ones),
	KUNIT_CASE(without_vwrite_a_write_is_dropped),
	KUNIT_CASE_PARAM(a_read_over_two_regions_gives_all_ones, straddle_gen_params),
	KUNIT_CASE_PARAM(a_write_over_two_regions_is_dropped, straddle_gen_params),
	KUNIT_CASE_PARAM(the_status_decides_what_a_read_gives, status_gen_params),
	KUNIT_CASE_PARAM(the_status_of_a_write_does_not_change_the_value, status_gen_params),
	KUNIT_CASE_PARAM(the_status_decides_whether_the_machine_ends, status_gen_params),
	KUNIT_CASE_PARAM(after_the_end_no_access_reaches_a_vdev, status_gen_params),
	KUNIT_CASE(the_end_closes_every_window),
	KUNIT_CASE(what_follows_the_end_in_the_same_instruction_is_dropped),
	KUNIT_CASE(a_vcpu_that_leaves_for_another_reason_goes_to_user_space),
	KUNIT_CASE(the_end_of_one_guest_is_not_that_of_another),
	KUNIT_CASE_PARAM(the_end_is_told_with_vdev_and_cause, end_gen_params),
	KUNIT_CASE(the_end_is_told_once),
	KUNIT_CASE_PARAM(accesses_go_where_the_state_says, gate_gen_params),
	KUNIT_CASE_PARAM(a_closed_gate_does_not_touch_the_value, gate_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-access",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
