// SPDX-License-Identifier: GPL-2.0-only
/* Cases that a table of registers makes of itself: see registers_bed.h. */
#include "registers_bed.h"

static const u64 patterns[] = {
	U64_MAX, 0, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x0123456789abcdef,
};

static u64 low(u64 value, unsigned int len)
{
	return value & (U64_MAX >> (64 - len * 8));
}

u64 registers_read_at(struct kunit *test, const struct registers_bed *bed, u32 offset,
		      unsigned int len)
{
	u64 value[2] = { 0, 0xa5a5a5a5a5a5a5a5 };

	KUNIT_EXPECT_EQ(test, fake_kvm_read(0, bed->bus, bed->base + offset, len, value), 0);
	KUNIT_EXPECT_EQ(test, value[1], 0xa5a5a5a5a5a5a5a5);
	KUNIT_EXPECT_EQ(test, value[0], low(value[0], len));
	return value[0];
}

void registers_write_at(struct kunit *test, const struct registers_bed *bed, u32 offset,
			unsigned int len, u64 value)
{
	u64 before = value;

	KUNIT_EXPECT_EQ(test, fake_kvm_write(0, bed->bus, bed->base + offset, len, &value), 0);
	KUNIT_EXPECT_EQ(test, value, before);
}

u64 registers_read(struct kunit *test, const struct registers_bed *bed, unsigned int index)
{
	const struct vdev_register *reg = &bed->table->registers[index];

	return registers_read_at(test, bed, reg->offset, reg->width);
}

void registers_write(struct kunit *test, const struct registers_bed *bed, unsigned int index,
		     u64 value)
{
	const struct vdev_register *reg = &bed->table->registers[index];

	registers_write_at(test, bed, reg->offset, reg->width, value);
}

const void *registers_next(const struct vdev_register_table *table, bool plain, const void *prev,
			   char *desc)
{
	const struct vdev_register *reg = prev ? (const struct vdev_register *)prev + 1 :
						 table->registers;
	const struct vdev_register *end = table->registers + table->n;

	while (plain && reg < end && reg->written)
		reg++;
	if (reg == end)
		return NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", reg->name);
	return reg;
}

/* What a guest reads of a register that has @value. */
static u64 seen(const struct registers_bed *bed, const struct vdev_register *reg, u64 value)
{
	if (bed->table->flags & VRT_WRITE_ONLY)
		return low(U64_MAX, reg->width);
	if (reg->flags & VRF_WRITE_ONLY)
		return 0;
	return value & (reg->readable ?: U64_MAX);
}

static void expect(struct kunit *test, const struct registers_bed *bed,
		   const struct vdev_register *reg, u64 value)
{
	u64 got = registers_read_at(test, bed, reg->offset, reg->width);

	if (!reg->read)	/* otherwise only the vdev knows */
		KUNIT_EXPECT_EQ_MSG(test, got, seen(bed, reg, value), "register %s", reg->name);
}

void registers_check_reset(struct kunit *test, const struct registers_bed *bed)
{
	const struct vdev_register *reg = test->param_value;

	bed->start(test);
	expect(test, bed, reg, reg->reset);
}

void registers_check_writes(struct kunit *test, const struct registers_bed *bed)
{
	const struct vdev_register *reg = test->param_value;
	u64 value = reg->reset;
	unsigned int i;

	bed->start(test);
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		value = (value & ~reg->writable) | (patterns[i] & reg->writable);
		registers_write_at(test, bed, reg->offset, reg->width,
				   low(patterns[i], reg->width));
		expect(test, bed, reg, value);
	}
}

/* An access that has bytes of the register, but is not of all of it. */
static void check_size(struct kunit *test, const struct registers_bed *bed,
		       const struct vdev_register *reg, u32 offset, unsigned int len)
{
	u64 value = 0;

	if (fake_kvm_read(0, bed->bus, bed->base + offset, len, &value))
		return;	/* behind the region, nobody is asked */
	KUNIT_EXPECT_EQ_MSG(test, value, low(U64_MAX, len), "%u bytes at 0x%x", len, offset);
	value = ~reg->reset;
	registers_write_at(test, bed, offset, len, value);
	expect(test, bed, reg, reg->reset);
}

void registers_check_sizes(struct kunit *test, const struct registers_bed *bed)
{
	const struct vdev_register *reg = test->param_value;
	unsigned int len, i;

	bed->start(test);
	for (len = 1; len <= 8; len *= 2) {
		if (len != reg->width)
			check_size(test, bed, reg, reg->offset, len);
		for (i = 1; i < reg->width; i++)
			check_size(test, bed, reg, reg->offset + i, len);
	}
}

void registers_check_neighbours(struct kunit *test, const struct registers_bed *bed)
{
	const struct vdev_register *reg = test->param_value, *other;
	unsigned int i;

	bed->start(test);
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		registers_write_at(test, bed, reg->offset, reg->width,
				   low(patterns[i], reg->width));
		for (other = bed->table->registers;
		     other < bed->table->registers + bed->table->n; other++)
			if (other != reg)
				expect(test, bed, other, other->reset);
	}
}
