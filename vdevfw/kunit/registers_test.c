// SPDX-License-Identifier: GPL-2.0-only
/* Tests of vdev/registers.c and space/serve.c: tables of registers, and the guest's accesses. */
#include <linux/kthread.h>

#include <vdevfw/gasp.h>
#include <vdevfw/outpipe.h>

#include "../status.h"
#include "../vdev/factory.h"
#include "../vdev/registers.h"
#include "../vdev/vdev.h"
#include "registers_bed.h"

#define MEM	VDEVFW_BUS_MEM
#define BASE	0xfa000000

/* What the functions below were called for; one test runs at a time. */
static struct {
	unsigned int reads;
	unsigned int writes;
	unsigned int asked;
	u64 value;
	u64 old;
	bool refuses;
	bool unlocked;
	enum vdev_ref_status ends;
	unsigned int inside;
	bool crowded;
	u64 total;
} calls;

static bool is_locked(vdev_t *vdp)
{
	if (!spin_trylock(&vdp->v_mtx))
		return true;
	spin_unlock(&vdp->v_mtx);
	return false;
}

static void note_lock(vdev_t *vdp)
{
	if (!is_locked(vdp))
		calls.unlocked = true;
}

static u64 read_number(vdev_t *vdp, const struct vdev_register *reg)
{
	note_lock(vdp);
	return ++calls.reads * 0x100000001;
}

static enum vdev_ref_status note_write(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				       u64 old)
{
	note_lock(vdp);
	calls.writes++;
	calls.value = value;
	calls.old = old;
	return calls.ends;
}

static bool ask(vdev_t *vdp, const struct vdev_register *reg)
{
	note_lock(vdp);
	calls.asked++;
	return !calls.refuses;
}

/* Two of these at once would lose a count, or meet. */
static enum vdev_ref_status add_slowly(vdev_t *vdp, const struct vdev_register *reg, u64 value,
				       u64 old)
{
	u64 total = READ_ONCE(calls.total);

	if (calls.inside++)
		calls.crowded = true;
	cpu_relax();
	WRITE_ONCE(calls.total, total + value);
	calls.inside--;
	return VRS_NORMAL;
}

enum {
	BYTE, NEXT_BYTE, TWO, FOUR, EIGHT, PARTS, FIXED, SINK, STROBE, EFFECT, NUMBER, GATED, HIDDEN,
	ACTS, ADDER, LAST, COUNT,
};

static const struct vdev_register registers[] = {
	[BYTE] = { "byte", 0x00, 1, .reset = 0x5a, .writable = 0xff },
	[NEXT_BYTE] = { "next byte", 0x01, 1, .writable = 0xff },
	[TWO] = { "two", 0x02, 2, .reset = 0xbeef, .writable = 0xffff },
	[FOUR] = { "four", 0x04, 4, .reset = U32_MAX, .writable = U32_MAX },
	[EIGHT] = { "eight", 0x08, 8, .reset = 1, .writable = U64_MAX },
	[PARTS] = { "parts", 0x10, 4, .reset = 0x12345678, .readable = 0x00ffff00,
		    .writable = 0x0000ffff },
	[FIXED] = { "fixed", 0x14, 4, .reset = 0xb105f00d },
	[SINK] = { "sink", 0x18, 4, VRF_WRITE_ONLY, .reset = 7, .writable = U32_MAX },
	[STROBE] = { "strobe", 0x1c, 4, VRF_STROBE, .reset = 0xff0, .writable = 0xffff,
		     .written = note_write },
	[EFFECT] = { "effect", 0x20, 4, .reset = 0xff0000, .writable = 0xffff,
		     .written = note_write },
	[NUMBER] = { "number", 0x24, 4, .reset = 0x55, .readable = 0xff, .writable = U32_MAX,
		     .read = read_number },
	[GATED] = { "gated", 0x28, 4, .writable = U32_MAX, .allowed = ask },
	[HIDDEN] = { "hidden", 0x2c, 4, VRF_HIDDEN, .writable = U32_MAX },
	[ACTS] = { "acts", 0x30, 4, VRF_READ_ACTS, .reset = 0x77, .read = read_number },
	[ADDER] = { "adder", 0x34, 4, VRF_WRITE_ONLY | VRF_STROBE, .writable = U32_MAX,
		    .written = add_slowly },
	[LAST] = { "last", 0x3fc, 4, .writable = U32_MAX },
};

static const struct vdev_register_table table = VDEV_REGISTER_TABLE(registers);
static const struct vdev_register_table raz_wi = VDEV_REGISTER_TABLE(registers, .flags = VRT_RAZ_WI);

static_assert(ARRAY_SIZE(registers) == COUNT);

static struct probe *new_probe(struct kunit *test, const struct vdev_register_table *of)
{
	struct probe *probe = probe_new(test, "a");

	memset(&calls, 0, sizeof(calls));
	probe->preset.type = QST_NO_TYPE;
	probe->factory.vread = NULL;
	probe->factory.vwrite = NULL;
	probe->factory.registers = of;
	probe->factory.factory_flags |= VFF_MUTEX;
	probe->factory.acc_sizes = 0;
	return probe;
}

static struct probe *start_table(struct kunit *test, const struct vdev_register_table *of,
				 bool abort)
{
	struct probe *probe = new_probe(test, of);
	struct guest_system *gsp;

	probe_register(test, probe);
	gsp = testbed_guest(test, 0);
	if (abort)
		KUNIT_ASSERT_EQ(test, testbed_set(test, gsp, OPTIONS("unsupported=reference abort"),
						  NULL), 0);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	return probe;
}

static void start(struct kunit *test)
{
	start_table(test, &table, false);
}

static const struct registers_bed bed = {
	.table = &table, .bus = MEM, .base = BASE, .start = start,
};
REGISTERS_TESTS(bed)
PLAIN_REGISTERS_TESTS(bed)

/*
 * Rules
 */

#define GOOD	{ "good", 0, 4 }

static const struct vdev_register no_name[] = { GOOD, { NULL, 4, 4 } };
static const struct vdev_register name_without_letters[] = { GOOD, { "", 4, 4 } };
static const struct vdev_register width_0[] = { GOOD, { "x", 4, 0 } };
static const struct vdev_register width_3[] = { GOOD, { "x", 6, 3 } };
static const struct vdev_register width_16[] = { GOOD, { "x", 16, 16 } };
static const struct vdev_register width_132[] = { GOOD, { "x", 132, 132 } };
static const struct vdev_register unaligned[] = { GOOD, { "x", 6, 4 } };
static const struct vdev_register at_the_end[] = { GOOD, { "x", 0xfffffff0, 8 } };
static const struct vdev_register behind_the_end[] = { GOOD, { "x", 0xfffffff8, 8 } };
static const struct vdev_register unknown_flag[] = { GOOD, { "x", 4, 4, 0x80 } };
static const struct vdev_register wide_reset[] = { GOOD, { "x", 4, 1, .reset = 0x100 } };
static const struct vdev_register wide_readable[] = { GOOD, { "x", 4, 2, .readable = 0x10000 } };
static const struct vdev_register wide_writable[] = { GOOD, { "x", 4, 4, .writable = BIT_ULL(32) } };
static const struct vdev_register full_masks[] = {
	GOOD, { "x", 8, 8, .reset = U64_MAX, .readable = U64_MAX, .writable = U64_MAX },
};
static const struct vdev_register write_only_readable[] = {
	GOOD, { "x", 4, 4, VRF_WRITE_ONLY, .readable = 1, .writable = 1 },
};
static const struct vdev_register write_only_read[] = {
	GOOD, { "x", 4, 4, VRF_WRITE_ONLY, .writable = 1, .read = read_number },
};
static const struct vdev_register write_only_read_only[] = { GOOD, { "x", 4, 4, VRF_WRITE_ONLY } };
static const struct vdev_register idle_read[] = { GOOD, { "x", 4, 4, VRF_READ_ACTS } };
static const struct vdev_register idle_strobe[] = {
	GOOD, { "x", 4, 4, VRF_STROBE, .writable = 1 },
};
static const struct vdev_register written_never[] = { GOOD, { "x", 4, 4, .written = note_write } };
static const struct vdev_register allowed_never[] = { GOOD, { "x", 4, 4, .allowed = ask } };
static const struct vdev_register at_once[] = { GOOD, { "x", 0, 4 } };
static const struct vdev_register overlapping[] = { { "good", 0, 8 }, { "x", 4, 4 } };
static const struct vdev_register backwards[] = { { "good", 8, 4 }, { "x", 4, 4 } };
static const struct vdev_register touching[] = { { "good", 0, 1 }, { "x", 1, 1 } };
static const struct vdev_register many[VDEV_REGISTERS_MAX + 1];

struct rule_case {
	const char *name;
	struct vdev_register_table table;
	unsigned int acc_sizes;
	const char *says;	/* NULL: it is right */
};

#define RULE(_name, _array, _says, ...)							\
	{ .name = (_name), .table = VDEV_REGISTER_TABLE(_array), .says = (_says), __VA_ARGS__ }

static const struct rule_case rule_cases[] = {
	RULE("a good one", registers, NULL),
	RULE("no name", no_name, "it has no name"),
	RULE("an empty name", name_without_letters, "it has no name"),
	RULE("no width", width_0, "its width must be 1, 2, 4 or 8"),
	RULE("3 bytes", width_3, "its width must be 1, 2, 4 or 8"),
	RULE("16 bytes", width_16, "its width must be 1, 2, 4 or 8"),
	RULE("132 bytes", width_132, "its width must be 1, 2, 4 or 8"),
	RULE("not aligned", unaligned, "multiple of its width"),
	RULE("to the end", at_the_end, NULL),
	RULE("over the end", behind_the_end, "below 4 GiB"),
	RULE("a flag that does not exist", unknown_flag, "a flag is not served"),
	RULE("a wide reset", wide_reset, "reset does not fit"),
	RULE("a wide readable", wide_readable, "readable does not fit"),
	RULE("a wide writable", wide_writable, "writable does not fit"),
	RULE("8 bytes, all bits", full_masks, NULL),
	RULE("write-only with readable", write_only_readable, "excludes readable and read"),
	RULE("write-only with read", write_only_read, "excludes readable and read"),
	RULE("write-only without writable", write_only_read_only, "need bits that are writable"),
	RULE("a read that acts but is none", idle_read, "VRF_READ_ACTS needs read"),
	RULE("a strobe without effect", idle_strobe, "VRF_STROBE needs written"),
	RULE("written without writable", written_never, "need bits that are writable"),
	RULE("allowed without writable", allowed_never, "need bits that are writable"),
	RULE("two at one offset", at_once, "begins before the one before it ends"),
	RULE("two that overlap", overlapping, "begins before the one before it ends"),
	RULE("two in the wrong order", backwards, "begins before the one before it ends"),
	RULE("two that touch", touching, NULL),
	RULE("all sizes in acc_sizes", registers, NULL, .acc_sizes = BIT(1) | BIT(2) | BIT(4) | BIT(8)),
	RULE("a size that is not in acc_sizes", registers, "not in acc_sizes",
	     .acc_sizes = BIT(1) | BIT(2) | BIT(4)),
	RULE("too many", many, "at most 1024"),
	{ "no array", { NULL, 1 }, .says = "is empty" },
	{ "none", { registers, 0 }, .says = "is empty" },
	{ "VRT_RAZ_WI", { registers, COUNT, VRT_RAZ_WI } },
	{ "VRT_WRITE_ONLY of what is not", { registers, COUNT, VRT_WRITE_ONLY },
	  .says = "VRT_WRITE_ONLY needs VRF_WRITE_ONLY" },
	{ "VRT_WRITE_ONLY", { &registers[SINK], 1, VRT_WRITE_ONLY } },
	{ "a flag of the table that does not exist", { registers, COUNT, BIT(31) },
	  .says = "a flag of the table" },
};

KUNIT_ARRAY_PARAM_DESC(rule, rule_cases, name);

static int try_register(struct vdev_factory *factory)
{
	int err = vdev_register_factory(factory, QVM_VDEV_ABI);

	if (!err)
		vdev_unregister_factory(factory);
	return err;
}

static void a_table_is_checked_when_registered(struct kunit *test)
{
	const struct rule_case *c = test->param_value;
	struct probe *probe = new_probe(test, &c->table);
	unsigned int culprit = UINT_MAX;
	const char *wrong;

	probe->factory.acc_sizes = c->acc_sizes;
	wrong = vdevfw_registers_wrong(&probe->factory, &culprit);
	if (c->says)
		EXPECT_SAYS(test, wrong ?: "", c->says);
	else
		KUNIT_EXPECT_NULL(test, wrong);
	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), c->says ? -EINVAL : 0);
}

static void the_culprit_is_told(struct kunit *test)
{
	const struct vdev_register_table wrong = VDEV_REGISTER_TABLE(unaligned);
	struct probe *probe = new_probe(test, &wrong);
	unsigned int culprit = UINT_MAX;

	KUNIT_EXPECT_NOT_NULL(test, vdevfw_registers_wrong(&probe->factory, &culprit));
	KUNIT_EXPECT_EQ(test, culprit, 1);
}

static void a_table_needs_the_lock_and_excludes_handlers(struct kunit *test)
{
	struct probe *probe = new_probe(test, &table), *other = probe_new(test, "b");

	probe->factory.factory_flags &= ~VFF_MUTEX;
	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), -EINVAL);
	probe->factory.factory_flags |= VFF_MUTEX;
	probe->factory.vread = other->factory.vread;
	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), -EINVAL);
	probe->factory.vread = NULL;
	probe->factory.vwrite = other->factory.vwrite;
	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), -EINVAL);
	probe->factory.vwrite = NULL;
	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), 0);
}

static void without_acc_sizes_they_are_the_widths(struct kunit *test)
{
	const struct vdev_register_table bytes = VDEV_REGISTER_TABLE(touching);
	struct probe *probe = new_probe(test, &bytes);

	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), 0);
	KUNIT_EXPECT_EQ(test, probe->factory.acc_sizes, BIT(1));
	probe = new_probe(test, &table);
	KUNIT_EXPECT_EQ(test, try_register(&probe->factory), 0);
	KUNIT_EXPECT_EQ(test, probe->factory.acc_sizes, BIT(1) | BIT(2) | BIT(4) | BIT(8));
}

/*
 * Finding
 */

/* Against a look at each register, at every place and size of the first 64 bytes. */
static void a_register_is_found_by_place_and_size(struct kunit *test)
{
	const struct vdev_register *found, *want;
	unsigned int offset, len, i;
	bool is_void, nobody;

	for (offset = 0; offset < 64; offset++) {
		for (len = 1; len <= 8; len++) {
			want = NULL;
			nobody = true;
			for (i = 0; i < COUNT; i++) {
				const struct vdev_register *reg = &registers[i];

				if (reg->offset == offset && reg->width == len)
					want = reg;
				if (reg->offset < offset + len && offset < reg->offset + reg->width)
					nobody = false;
			}
			found = vdevfw_registers_find(&table, offset, len, &is_void);
			KUNIT_EXPECT_PTR_EQ(test, found, want);
			if (!found)
				KUNIT_EXPECT_EQ(test, is_void, nobody);
		}
	}
}

/* As many as there may be; of each, and of what is between them. */
static void every_register_of_a_large_table_is_found(struct kunit *test)
{
	struct vdev_register *large = kunit_kcalloc(test, VDEV_REGISTERS_MAX, sizeof(*large),
						    GFP_KERNEL);
	struct vdev_register_table of = { .registers = large };
	unsigned int i;
	bool is_void;

	KUNIT_ASSERT_NOT_NULL(test, large);
	for (i = 0; i < VDEV_REGISTERS_MAX; i++)
		large[i] = (struct vdev_register){ "x", i * 16 + 4, 4 };
	for (of.n = 1; of.n <= VDEV_REGISTERS_MAX; of.n = of.n * 2 + of.n % 3) {
		for (i = 0; i < of.n; i++) {
			KUNIT_EXPECT_PTR_EQ(test, vdevfw_registers_find(&of, i * 16 + 4, 4, &is_void),
					    (const struct vdev_register *)&large[i]);
			KUNIT_EXPECT_NULL(test, vdevfw_registers_find(&of, i * 16, 4, &is_void));
			KUNIT_EXPECT_TRUE(test, is_void);
			KUNIT_EXPECT_NULL(test, vdevfw_registers_find(&of, i * 16 + 8, 4, &is_void));
			KUNIT_EXPECT_TRUE(test, is_void);
			KUNIT_EXPECT_NULL(test, vdevfw_registers_find(&of, i * 16, 8, &is_void));
			KUNIT_EXPECT_FALSE(test, is_void);
		}
	}
}

/*
 * What an access does
 */

static void read_gives_the_value_before_it_is_masked(struct kunit *test)
{
	start(test);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, NUMBER), 1);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, NUMBER), 2);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, ACTS), 3);
	KUNIT_EXPECT_EQ(test, calls.reads, 3);
	KUNIT_EXPECT_FALSE(test, calls.unlocked);
}

static void written_gets_the_value_and_the_one_before(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, EFFECT, 0xffffffff);
	KUNIT_EXPECT_EQ(test, calls.value, 0x00ffffff);
	KUNIT_EXPECT_EQ(test, calls.old, 0x00ff0000);
	registers_write(test, &bed, EFFECT, 0x12340055);
	KUNIT_EXPECT_EQ(test, calls.value, 0x00ff0055);
	KUNIT_EXPECT_EQ(test, calls.old, 0x00ffffff);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, EFFECT), 0x00ff0055);
	KUNIT_EXPECT_EQ(test, calls.writes, 2);
	KUNIT_EXPECT_FALSE(test, calls.unlocked);
}

static void a_strobe_keeps_nothing(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, STROBE, 0xffffffff);
	KUNIT_EXPECT_EQ(test, calls.value, 0xffff);
	KUNIT_EXPECT_EQ(test, calls.old, 0xff0);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, STROBE), 0xff0);
}

static void what_is_not_allowed_is_dropped(struct kunit *test)
{
	start(test);
	registers_write(test, &bed, GATED, 5);
	calls.refuses = true;
	registers_write(test, &bed, GATED, 6);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, GATED), 5);
	KUNIT_EXPECT_EQ(test, calls.asked, 2);
	KUNIT_EXPECT_FALSE(test, calls.unlocked);
}

static void what_written_answers_ends_the_access(struct kunit *test)
{
	struct probe *probe = start_table(test, &table, false);

	calls.ends = VRS_TERMINATE;
	registers_write(test, &bed, EFFECT, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&probe->vdp->v_gsp->cause), VDEVFW_EXIT_VDEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_kvm.leaves), 1);
}

static void the_lock_is_free_after_each_access(struct kunit *test)
{
	struct probe *probe = start_table(test, &table, false);
	unsigned int i;

	for (i = 0; i < COUNT; i++) {
		registers_write(test, &bed, i, 0);
		KUNIT_EXPECT_FALSE(test, is_locked(probe->vdp));
		registers_read(test, &bed, i);
		KUNIT_EXPECT_FALSE(test, is_locked(probe->vdp));
	}
}

#define VCPUS	4
#define ADDS	5000

static int add_often(void *data)
{
	u32 one = 1;
	unsigned int i;

	for (i = 0; i < ADDS; i++) {
		fake_kvm_write(0, MEM, BASE + registers[ADDER].offset, 4, &one);
		if (i % 256 == 0)
			cond_resched();
	}
	complete(data);
	return 0;
}

static void vcpus_come_one_after_the_other(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *vcpus[VCPUS];
	unsigned int i;

	start(test);
	for (i = 0; i < VCPUS; i++) {
		vcpus[i] = kthread_run(add_often, &done, "vdevfw-kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(vcpus[i]));
		get_task_struct(vcpus[i]);
	}
	for (i = 0; i < VCPUS; i++)
		wait_for_completion(&done);
	for (i = 0; i < VCPUS; i++)
		kthread_stop_put(vcpus[i]);
	KUNIT_EXPECT_FALSE(test, calls.crowded);
	KUNIT_EXPECT_EQ(test, calls.total, VCPUS * ADDS);
}

/*
 * Where no register is
 */

struct void_case {
	const char *name;
	u32 offset;
	unsigned int len;
	bool is_void;
};

static const struct void_case void_cases[] = {
	{ "before the last one", 0x3f8, 4, true },
	{ "a byte of nobody's", 0x100, 1, true },
	{ "8 bytes of nobody's", 0x100, 8, true },
	{ "half of it in a register", 0x3f8, 8, false },
	{ "bytes that straddle nothing", 0x101, 4, true },
	{ "a part of a register", 0x20, 2, false },
	{ "two registers", 0x20, 8, false },
	{ "the end of one", 0x36, 2, false },
	{ "the end of one and behind", 0x36, 4, false },
};

KUNIT_ARRAY_PARAM_DESC(void, void_cases, name);

static void where_no_register_is_the_policy_decides(struct kunit *test)
{
	const struct void_case *c = test->param_value;
	struct probe *probe = start_table(test, &table, false);

	KUNIT_EXPECT_EQ(test, registers_read_at(test, &bed, c->offset, c->len),
			U64_MAX >> (64 - c->len * 8));
	registers_write_at(test, &bed, c->offset, c->len, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&probe->vdp->v_gsp->cause), -1);
}

static void where_no_register_is_the_machine_ends_with_abort(struct kunit *test)
{
	const struct void_case *c = test->param_value;
	struct probe *probe = start_table(test, &table, true);
	struct vdevfw_event event = {};
	char says[96];

	registers_write_at(test, &bed, c->offset, c->len, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&probe->vdp->v_gsp->cause), VDEVFW_EXIT_UNSUPPORTED);
	testbed_count_events(&probe->vdp->v_gsp->events, VDEVFW_EVENT_TERMINATE, &event);
	snprintf(says, sizeof(says),
		 "vdev a mem:0xfa000000 does not support a write of %u bytes at 0x%x", c->len,
		 BASE + c->offset);
	KUNIT_EXPECT_STREQ(test, (char *)event.text, says);
}

static void with_raz_wi_nothing_is_there(struct kunit *test)
{
	const struct void_case *c = test->param_value;
	struct probe *probe = start_table(test, &raz_wi, true);

	if (!c->is_void) {
		registers_write_at(test, &bed, c->offset, c->len, 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&probe->vdp->v_gsp->cause), VDEVFW_EXIT_UNSUPPORTED);
		return;
	}
	registers_write_at(test, &bed, c->offset, c->len, U64_MAX);
	KUNIT_EXPECT_EQ(test, registers_read_at(test, &bed, c->offset, c->len), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&probe->vdp->v_gsp->cause), -1);
}

static void a_write_only_table_has_no_reads(struct kunit *test)
{
	static const struct vdev_register_table sink = {
		&registers[SINK], 1, VRT_WRITE_ONLY,
	};
	struct probe *probe = start_table(test, &sink, true);
	u64 value = 0;

	registers_write_at(test, &bed, registers[SINK].offset, 4, 9);
	KUNIT_EXPECT_EQ(test, to_vdevfw_vdev(probe->vdp)->values[0], 9);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, BASE + registers[SINK].offset, 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, U32_MAX);
	KUNIT_EXPECT_EQ(test, atomic_read(&probe->vdp->v_gsp->cause), VDEVFW_EXIT_UNSUPPORTED);
}

/* A handler of a vdev without a table may say so, too. */
static void a_handler_may_say_that_nothing_is_there(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");
	u64 value = 0;

	KUNIT_ASSERT_EQ(test, testbed_set(test, gsp, OPTIONS("unsupported=reference abort"), NULL), 0);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	probe->status = VRS_UNSUPPORTED;
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, BASE, 4, &value), 0);
	KUNIT_EXPECT_EQ(test, value, U32_MAX);
	KUNIT_EXPECT_EQ(test, atomic_read(&gsp->cause), VDEVFW_EXIT_UNSUPPORTED);
}

/*
 * Regions and values
 */

static void the_region_ends_with_the_last_register(struct kunit *test)
{
	struct probe *probe = start_table(test, &table, false);
	u32 value = 0;

	KUNIT_EXPECT_EQ(test, probe->vdp->v_block.length, 0x400);
	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, MEM, BASE + 0x400, 4, &value), -EOPNOTSUPP);
}

static int preset_length(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_OPTIONS_START)
		vdp->v_block.length = PAGE_SIZE;
	return 0;
}

static void the_vdev_may_preset_another_length(struct kunit *test)
{
	struct probe *probe = new_probe(test, &table);
	struct guest_system *gsp = testbed_guest(test, 0);

	probe->on_control = preset_length;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, registers_read_at(test, &bed, 0xffc, 4), U32_MAX);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, FIXED), 0xb105f00d);
}

/* It makes its regions itself, and has no v_block. */
static int make_region(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	const struct gasp_region region = {
		.flags = GRF_VIRT_RD | GRF_VIRT_WR, .vdev = vdp,
		.guest = { .location = BASE, .length = 0x400, .type = QST_MEMORY },
	};

	return ctrl == VDEV_CTRL_ASSIGN ? gasp_region_set(vdp->v_gsp, 1, &region) : 0;
}

static void without_a_place_registers_count_from_the_region(struct kunit *test)
{
	struct probe *probe = new_probe(test, &table);
	struct guest_system *gsp = testbed_guest(test, 0);

	probe->factory.factory_flags = VFF_MANUAL_REGION | VFF_MUTEX;
	probe->on_control = make_region;
	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", NO_OPTIONS);
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, FIXED), 0xb105f00d);
	registers_write(test, &bed, LAST, 77);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, LAST), 77);
}

static u64 get(vdev_t *vdp, unsigned int index)
{
	u64 value;

	spin_lock(&vdp->v_mtx);
	value = vdev_register_get(vdp, index);
	spin_unlock(&vdp->v_mtx);
	return value;
}

static void set(vdev_t *vdp, unsigned int index, u64 value)
{
	spin_lock(&vdp->v_mtx);
	vdev_register_set(vdp, index, value);
	spin_unlock(&vdp->v_mtx);
}

static void a_vdev_gets_and_sets_all_bits(struct kunit *test)
{
	vdev_t *vdp = start_table(test, &table, false)->vdp;

	KUNIT_EXPECT_EQ(test, get(vdp, PARTS), 0x12345678);
	set(vdp, PARTS, 0xffff8765432112ff);
	KUNIT_EXPECT_EQ(test, get(vdp, PARTS), 0x432112ff);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, PARTS), 0x00211200);
	set(vdp, BYTE, 0x1ff);
	KUNIT_EXPECT_EQ(test, get(vdp, BYTE), 0xff);
	set(vdp, EIGHT, U64_MAX);
	KUNIT_EXPECT_EQ(test, get(vdp, EIGHT), U64_MAX);
	set(vdp, FIXED, 3);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, FIXED), 3);
}

static void what_is_not_there_is_0_and_not_changed(struct kunit *test)
{
	vdev_t *vdp = start_table(test, &table, false)->vdp;

	set(vdp, COUNT, 1);
	set(vdp, UINT_MAX, 1);
	KUNIT_EXPECT_EQ(test, get(vdp, COUNT), 0);
	KUNIT_EXPECT_EQ(test, get(vdp, UINT_MAX), 0);
}

static void a_vdev_without_a_table_has_no_registers(struct kunit *test)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	struct probe *probe = probe_add(test, "a");

	testbed_must_add(test, gsp, "a", OPTIONS("loc=0"));
	set(probe->vdp, 0, 1);
	vdev_registers_reset(probe->vdp);
	KUNIT_EXPECT_EQ(test, get(probe->vdp, 0), 0);
}

static void a_reset_sets_all_of_them(struct kunit *test)
{
	vdev_t *vdp = start_table(test, &table, false)->vdp;
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		set(vdp, i, ~registers[i].reset);
	spin_lock(&vdp->v_mtx);
	vdev_registers_reset(vdp);
	spin_unlock(&vdp->v_mtx);
	for (i = 0; i < COUNT; i++)
		KUNIT_EXPECT_EQ(test, get(vdp, i), registers[i].reset);
}

static void each_vdev_has_its_own(struct kunit *test)
{
	struct probe *probe = new_probe(test, &table);
	struct guest_system *gsp = testbed_guest(test, 0);
	u32 value = 0x1234;

	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfb000000"));
	testbed_must_configure(test, gsp);
	testbed_must_start(test, gsp);
	fake_kvm_write(0, MEM, 0xfb000004, 4, &value);
	KUNIT_EXPECT_EQ(test, registers_read(test, &bed, FOUR), U32_MAX);
	fake_kvm_read(0, MEM, 0xfb000004, 4, &value);
	KUNIT_EXPECT_EQ(test, value, 0x1234);
}

static bool add_until_it_passes(struct kunit *test, void *arg)
{
	struct guest_system *gsp = testbed_guest(test, 0);
	char options[] = "loc=mem:0xfa000000";
	struct testbed *bed = test->priv;
	bool failed;
	u32 at;
	u64 id;
	int err;

	testbed_start_failing();
	err = vdevfw_guest_add(gsp, "a", options, sizeof(options), &at, &id, &bed->msg);
	failed = testbed_stop_failing();
	if (!failed)
		KUNIT_EXPECT_EQ(test, err, 0);
	vdevfw_guest_destroy(gsp);
	return failed;
}

static void without_memory_for_them_there_is_no_vdev(struct kunit *test)
{
	probe_register(test, new_probe(test, &table));
	testbed_fail_each_allocation(test, add_until_it_passes, NULL);
}

/*
 * STATUS
 */

static void expect_status(struct kunit *test, struct guest_system *gsp, const char *want)
{
	char *text = kunit_kzalloc(test, 2048, GFP_KERNEL);
	struct vdevfw_report report = { .text = text, .size = 2048 };
	struct testbed *testbed = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_EQ(test, vdevfw_guest_status(gsp, 1, &report, &testbed->msg), 0);
	KUNIT_EXPECT_STREQ(test, text, want);
}

#define STATUS_HEAD	"vdev 1: a mem:0xfa000000\n  byte 0x5a\n  next byte 0x00\n  two 0xbeef\n"	\
			"  four 0xffffffff\n  eight 0x0000000000000001\n  parts 0x12345678\n"	\
			"  fixed 0xb105f00d\n  sink 0x00000007\n  strobe 0x00000ff0\n"		\
			"  effect 0x00ff0000\n"
#define STATUS_TAIL	"  gated 0x00000000\n  acts 0x00000077\n  last 0x00000000\n"

static int report(struct probe *probe, vdev_t *vdp, unsigned int ctrl, const char *arg)
{
	if (ctrl == VDEV_CTRL_STATUS)
		qvm_report(vdp, "and more");
	return 0;
}

static void the_status_begins_with_the_registers(struct kunit *test)
{
	struct probe *probe = start_table(test, &table, false);

	probe->on_control = report;
	expect_status(test, probe->vdp->v_gsp,
		      STATUS_HEAD "  number 0x00000001\n" STATUS_TAIL "  and more\n");
	KUNIT_EXPECT_EQ(test, calls.reads, 1);
	KUNIT_EXPECT_FALSE(test, calls.unlocked);
}

static void before_the_running_stage_the_status_has_what_is_kept(struct kunit *test)
{
	struct probe *probe = new_probe(test, &table);
	struct guest_system *gsp = testbed_guest(test, 0);

	probe_register(test, probe);
	testbed_must_add(test, gsp, "a", OPTIONS("loc=mem:0xfa000000"));
	expect_status(test, gsp, STATUS_HEAD "  number 0x00000055\n" STATUS_TAIL);
	KUNIT_EXPECT_EQ(test, calls.reads, 0);
}

static struct kunit_case cases[] = {
	REGISTERS_CASES,
	PLAIN_REGISTERS_CASES,
	KUNIT_CASE_PARAM(a_table_is_checked_when_registered, rule_gen_params),
	KUNIT_CASE(the_culprit_is_told),
	KUNIT_CASE(a_table_needs_the_lock_and_excludes_handlers),
	KUNIT_CASE(without_acc_sizes_they_are_the_widths),
	KUNIT_CASE(a_register_is_found_by_place_and_size),
	KUNIT_CASE(every_register_of_a_large_table_is_found),
	KUNIT_CASE(read_gives_the_value_before_it_is_masked),
	KUNIT_CASE(written_gets_the_value_and_the_one_before),
	KUNIT_CASE(a_strobe_keeps_nothing),
	KUNIT_CASE(what_is_not_allowed_is_dropped),
	KUNIT_CASE(what_written_answers_ends_the_access),
	KUNIT_CASE(the_lock_is_free_after_each_access),
	KUNIT_CASE(vcpus_come_one_after_the_other),
	KUNIT_CASE_PARAM(where_no_register_is_the_policy_decides, void_gen_params),
	KUNIT_CASE_PARAM(where_no_register_is_the_machine_ends_with_abort, void_gen_params),
	KUNIT_CASE_PARAM(with_raz_wi_nothing_is_there, void_gen_params),
	KUNIT_CASE(a_write_only_table_has_no_reads),
	KUNIT_CASE(a_handler_may_say_that_nothing_is_there),
	KUNIT_CASE(the_region_ends_with_the_last_register),
	KUNIT_CASE(the_vdev_may_preset_another_length),
	KUNIT_CASE(without_a_place_registers_count_from_the_region),
	KUNIT_CASE(a_vdev_gets_and_sets_all_bits),
	KUNIT_CASE(what_is_not_there_is_0_and_not_changed),
	KUNIT_CASE(a_vdev_without_a_table_has_no_registers),
	KUNIT_CASE(a_reset_sets_all_of_them),
	KUNIT_CASE(each_vdev_has_its_own),
	KUNIT_CASE(without_memory_for_them_there_is_no_vdev),
	KUNIT_CASE(the_status_begins_with_the_registers),
	KUNIT_CASE(before_the_running_stage_the_status_has_what_is_kept),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-registers",
	.init = testbed_init,
	.test_cases = cases,
};
kunit_test_suite(suite);
