/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cases that a table of registers makes of itself, for the suite of any vdev that has one:
 *
 *	static const struct registers_bed bed = { ..., .table = &wdt_table, .start = start };
 *	REGISTERS_TESTS(bed)
 *	static struct kunit_case cases[] = {
 *		REGISTERS_CASES,
 *		...
 *
 * What a register does beyond its table, the suite itself must know. PLAIN_REGISTERS_... are for
 * tables with registers that do nothing.
 */
#ifndef _VDEVFW_REGISTERS_BED_H
#define _VDEVFW_REGISTERS_BED_H

#include <vdevfw/registers.h>

#include "testbed.h"

/**
 * struct registers_bed - A vdev under test
 * @table: Its table
 * @bus: Where it is ...
 * @base: ... and at which address, in VM 0
 * @start: Makes a guest that runs and has the vdev, with all that it keeps as it is at first
 */
struct registers_bed {
	const struct vdev_register_table *table;
	enum vdevfw_bus bus;
	u64 base;
	void (*start)(struct kunit *test);
};

/* An access of @len bytes, at an offset; it must stay in the kernel. */
u64 registers_read_at(struct kunit *test, const struct registers_bed *bed, u32 offset,
		      unsigned int len);
void registers_write_at(struct kunit *test, const struct registers_bed *bed, u32 offset,
			unsigned int len, u64 value);

/* The same for all of a register. */
u64 registers_read(struct kunit *test, const struct registers_bed *bed, unsigned int index);
void registers_write(struct kunit *test, const struct registers_bed *bed, unsigned int index,
		     u64 value);

/* Generates a case for each register, or for each of which a write has no effect but to change it. */
const void *registers_next(const struct vdev_register_table *table, bool plain, const void *prev,
			   char *desc);

void registers_check_reset(struct kunit *test, const struct registers_bed *bed);
void registers_check_writes(struct kunit *test, const struct registers_bed *bed);
void registers_check_sizes(struct kunit *test, const struct registers_bed *bed);
void registers_check_neighbours(struct kunit *test, const struct registers_bed *bed);

#define REGISTERS_TESTS(bed)								\
static const void *register_gen_params(const void *prev, char *desc)			\
{											\
	return registers_next((bed).table, false, prev, desc);				\
}											\
static void a_register_is_as_its_table_has_it_at_first(struct kunit *test)		\
{											\
	registers_check_reset(test, &(bed));						\
}											\
static void only_all_of_a_register_is_served(struct kunit *test)			\
{											\
	registers_check_sizes(test, &(bed));						\
}

#define REGISTERS_CASES									\
	KUNIT_CASE_PARAM(a_register_is_as_its_table_has_it_at_first, register_gen_params), \
	KUNIT_CASE_PARAM(only_all_of_a_register_is_served, register_gen_params)

/* For those of which a write has no effect but to change them, if there are any. */
#define PLAIN_REGISTERS_TESTS(bed)							\
static const void *plain_register_gen_params(const void *prev, char *desc)		\
{											\
	return registers_next((bed).table, true, prev, desc);				\
}											\
static void a_write_changes_the_bits_that_are_writable(struct kunit *test)		\
{											\
	registers_check_writes(test, &(bed));						\
}											\
static void a_write_changes_no_other_register(struct kunit *test)			\
{											\
	registers_check_neighbours(test, &(bed));					\
}

#define PLAIN_REGISTERS_CASES								\
	KUNIT_CASE_PARAM(a_write_changes_the_bits_that_are_writable,			\
			 plain_register_gen_params),					\
	KUNIT_CASE_PARAM(a_write_changes_no_other_register, plain_register_gen_params)

#endif
