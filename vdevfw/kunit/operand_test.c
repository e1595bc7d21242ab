// SPDX-License-Identifier: GPL-2.0-only
/* Tests of service/operand.c. */
#include <kunit/test.h>

#include <vdevfw/guest.h>

#define GUARD	0xa5

static struct guest_cpu in_access = { .__phase = __GUEST_CPU_RUNNING };

static struct qvm_state_block host_block(void *memory, u32 length)
{
	return (struct qvm_state_block) {
		.location = (unsigned long)memory, .length = length, .type = QST_HOST,
	};
}

static void pattern(u8 *buf, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		buf[i] = i + 1;
}

/* Lengths of the operand and of the vdev's value. */
struct length_case {
	u32 block;
	u32 data;
};

static const struct length_case length_cases[] = {
	{ 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 8, 8 }, { 16, 16 },
	{ 1, 8 }, { 2, 8 }, { 4, 8 }, { 3, 8 }, { 7, 8 }, { 0, 8 },
	{ 8, 1 }, { 8, 2 }, { 8, 4 }, { 8, 7 }, { 8, 0 }, { 0, 0 },
};

static void describe_length(const struct length_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes of operand, %u of value", c->block, c->data);
}
KUNIT_ARRAY_PARAM(length, length_cases, describe_length);

static void a_read_takes_what_is_there_and_zeroes_the_rest(struct kunit *test)
{
	const struct length_case *c = test->param_value;
	u8 operand[32], data[32], expected[32];
	struct qvm_state_block blk = host_block(operand, c->block);

	pattern(operand, sizeof(operand));
	memset(data, GUARD, sizeof(data));
	memset(expected, GUARD, sizeof(expected));
	memset(expected, 0, c->data);
	memcpy(expected, operand, min(c->block, c->data));
	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, &blk, 1, data, c->data), 0);
	KUNIT_EXPECT_MEMEQ(test, data, expected, sizeof(data));
}

static void a_write_fills_the_operand_and_zeroes_the_rest(struct kunit *test)
{
	const struct length_case *c = test->param_value;
	u8 operand[32], data[32], expected[32];
	struct qvm_state_block blk = host_block(operand, c->block);

	pattern(data, sizeof(data));
	memset(operand, GUARD, sizeof(operand));
	memset(expected, GUARD, sizeof(expected));
	memset(expected, 0, c->block);
	memcpy(expected, data, min(c->block, c->data));
	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, &blk, 1, data, c->data), 0);
	KUNIT_EXPECT_MEMEQ(test, operand, expected, sizeof(operand));
}

static void all_ones_fill_the_operand_only(struct kunit *test)
{
	const struct length_case *c = test->param_value;
	u8 operand[32], expected[32];
	struct qvm_state_block blk = host_block(operand, c->block);

	memset(operand, GUARD, sizeof(operand));
	memset(expected, GUARD, sizeof(expected));
	memset(expected, 0xff, c->block);
	KUNIT_EXPECT_EQ(test, guest_write_all_ones(&in_access, GXF_NONE, &blk), 0);
	KUNIT_EXPECT_MEMEQ(test, operand, expected, sizeof(operand));
}

/* Where the length is a constant, another path is taken. */
static void constant_lengths_are_as_variable_ones(struct kunit *test)
{
	u64 operand = 0x1122334455667788;
	struct qvm_state_block same = host_block(&operand, 4), longer = host_block(&operand, 8);
	u32 data = 0;

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, &same, 1, &data, 4), 0);
	KUNIT_EXPECT_EQ(test, data, 0x55667788);
	data = 0xaabbccdd;
	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, &same, 1, &data, 4), 0);
	KUNIT_EXPECT_EQ(test, operand, 0x11223344aabbccdd);
	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, &longer, 1, &data, 4), 0);
	KUNIT_EXPECT_EQ(test, operand, 0xaabbccdd);
}

/*
 * Several blocks
 */

/* Three blocks of 2, 1 and 4 bytes in a buffer, with a gap of one between. */
static void three_blocks(struct qvm_state_block *blk, u8 *buf)
{
	blk[0] = host_block(buf, 2);
	blk[1] = host_block(buf + 3, 1);
	blk[2] = host_block(buf + 5, 4);
}

struct blocks_case {
	const char *name;
	u32 data;
	u8 read[12];
	u8 written[12];
};

static const struct blocks_case blocks_cases[] = {
	{ "as many bytes as they have", 7, { 1, 2, 4, 6, 7, 8, 9, GUARD, GUARD, GUARD, GUARD, GUARD },
	  { 1, 2, GUARD, 3, GUARD, 4, 5, 6, 7, GUARD, GUARD, GUARD } },
	{ "fewer, up to the second", 3,
	  { 1, 2, 4, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD },
	  { 1, 2, GUARD, 3, GUARD, 0, 0, 0, 0, GUARD, GUARD, GUARD } },
	{ "fewer, within the first", 1,
	  { 1, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD, GUARD },
	  { 1, 0, GUARD, 0, GUARD, 0, 0, 0, 0, GUARD, GUARD, GUARD } },
	{ "more", 10, { 1, 2, 4, 6, 7, 8, 9, 0, 0, 0, GUARD, GUARD },
	  { 1, 2, GUARD, 3, GUARD, 4, 5, 6, 7, GUARD, GUARD, GUARD } },
};

KUNIT_ARRAY_PARAM_DESC(blocks, blocks_cases, name);

static void a_read_goes_through_the_blocks(struct kunit *test)
{
	const struct blocks_case *c = test->param_value;
	struct qvm_state_block blk[3];
	u8 operand[12], data[12];

	pattern(operand, sizeof(operand));
	three_blocks(blk, operand);
	memset(data, GUARD, sizeof(data));
	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, blk, 3, data, c->data), 0);
	KUNIT_EXPECT_MEMEQ(test, data, c->read, sizeof(data));
}

static void a_write_goes_through_the_blocks(struct kunit *test)
{
	const struct blocks_case *c = test->param_value;
	struct qvm_state_block blk[3];
	u8 operand[12], data[12];

	pattern(data, sizeof(data));
	memset(operand, GUARD, sizeof(operand));
	three_blocks(blk, operand);
	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, blk, 3, data, c->data), 0);
	KUNIT_EXPECT_MEMEQ(test, operand, c->written, sizeof(operand));
}

static void a_read_of_no_block_gives_zeroes(struct kunit *test)
{
	u64 data = U64_MAX;

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, NULL, 0, &data, sizeof(data)), 0);
	KUNIT_EXPECT_EQ(test, data, 0);
}

static void a_write_to_no_block_does_nothing(struct kunit *test)
{
	u64 data = 5;

	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, NULL, 0, &data, sizeof(data)), 0);
}

/*
 * Immediate values
 */

static void an_immediate_value_is_read(struct kunit *test)
{
	struct qvm_state_block blk = {
		.location = 0x1122334455667788, .length = 8, .type = QST_IMMEDIATE,
	};
	u64 data = 0;

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, &blk, 1, &data, 8), 0);
	KUNIT_EXPECT_EQ(test, data, 0x1122334455667788);
}

static void a_short_immediate_value_is_extended_with_zeroes(struct kunit *test)
{
	struct qvm_state_block blk = {
		.location = 0x1122334455667788, .length = 2, .type = QST_IMMEDIATE,
	};
	u64 data = U64_MAX;

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, &blk, 1, &data, 8), 0);
	KUNIT_EXPECT_EQ(test, data, 0x7788);
}

static void an_immediate_value_is_not_read_beyond_its_8_bytes(struct kunit *test)
{
	struct qvm_state_block blk = { .length = 16, .type = QST_IMMEDIATE };
	u8 data[16];

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, &blk, 1, data, 16), -EOPNOTSUPP);
}

static void an_immediate_value_cannot_be_written(struct kunit *test)
{
	struct qvm_state_block blk = { .location = 7, .length = 8, .type = QST_IMMEDIATE };
	u64 data = 5;

	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, &blk, 1, &data, 8), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, guest_write_all_ones(&in_access, GXF_NONE, &blk), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, blk.location, 7);
}

/*
 * Errors
 */

static const u16 bad_types[] = {
	QST_MEMORY, QST_VIRTUAL, QST_CPUREGS, QST_FPUREGS, QST_PCI, QST_PCI_IO, 8, QST_X86_IO,
	QST_NO_TYPE,
};

static void describe_type(const u16 *type, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "type %#x", *type);
}
KUNIT_ARRAY_PARAM(type, bad_types, describe_type);

static void other_types_are_refused(struct kunit *test)
{
	struct qvm_state_block blk = { .length = 8, .type = *(const u16 *)test->param_value };
	u64 data = 0;

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, &blk, 1, &data, 8), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, &blk, 1, &data, 8), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, guest_write_all_ones(&in_access, GXF_NONE, &blk), -EOPNOTSUPP);
}

static void a_later_block_of_another_type_is_refused(struct kunit *test)
{
	u64 operand = 0, data = 0;
	struct qvm_state_block blk[] = {
		host_block(&operand, 4),
		{ .length = 4, .type = *(const u16 *)test->param_value },
	};

	KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, GXF_NONE, blk, 2, &data, 8), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, GXF_NONE, blk, 2, &data, 8), -EOPNOTSUPP);
}

static void flags_are_refused(struct kunit *test)
{
	static const unsigned int flags[] = { 1, 2, 0x80000000, UINT_MAX };
	u64 operand = 3, data = 5;
	struct qvm_state_block blk = host_block(&operand, 8);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		KUNIT_EXPECT_EQ(test, guest_cpu_read(&in_access, flags[i], &blk, 1, &data, 8), -EINVAL);
		KUNIT_EXPECT_EQ(test, guest_cpu_write(&in_access, flags[i], &blk, 1, &data, 8),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, guest_write_all_ones(&in_access, flags[i], &blk), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, operand, 3);
	KUNIT_EXPECT_EQ(test, data, 5);
}

static void errors_become_a_status(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, guest_cpu_to_vrs(-EFAULT), VRS_BUS_ERROR);
	KUNIT_EXPECT_EQ(test, (int)guest_cpu_to_vrs(-EINVAL), VRS_ERRNO + EINVAL);
	KUNIT_EXPECT_EQ(test, (int)guest_cpu_to_vrs(-EOPNOTSUPP), VRS_ERRNO + EOPNOTSUPP);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_read_takes_what_is_there_and_zeroes_the_rest, length_gen_params),
	KUNIT_CASE_PARAM(a_write_fills_the_operand_and_zeroes_the_rest, length_gen_params),
	KUNIT_CASE_PARAM(all_ones_fill_the_operand_only, length_gen_params),
	KUNIT_CASE(constant_lengths_are_as_variable_ones),
	KUNIT_CASE_PARAM(a_read_goes_through_the_blocks, blocks_gen_params),
	KUNIT_CASE_PARAM(a_write_goes_through_the_blocks, blocks_gen_params),
	KUNIT_CASE(a_read_of_no_block_gives_zeroes),
	KUNIT_CASE(a_write_to_no_block_does_nothing),
	KUNIT_CASE(an_immediate_value_is_read),
	KUNIT_CASE(a_short_immediate_value_is_extended_with_zeroes),
	KUNIT_CASE(an_immediate_value_is_not_read_beyond_its_8_bytes),
	KUNIT_CASE(an_immediate_value_cannot_be_written),
	KUNIT_CASE_PARAM(other_types_are_refused, type_gen_params),
	KUNIT_CASE_PARAM(a_later_block_of_another_type_is_refused, type_gen_params),
	KUNIT_CASE(flags_are_refused),
	KUNIT_CASE(errors_become_a_status),
	{}
};

static struct kunit_suite suite = {
	.name = "vdevfw-operand",
	.test_cases = cases,
};
kunit_test_suite(suite);
