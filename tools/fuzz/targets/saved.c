// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes how the kernel reads, and writes, what a guest is saved to: life/save.c.
 *
 * An input begins with a struct plan; the rest is the file. What is accepted is read once more by a
 * model that shares no code with the kernel's, has to be the same, and written again has to be the
 * same bytes.
 */
#include <stdlib.h>

#include <linux/bits.h>
#include <linux/crc32.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "../../../vdevfw/life/save.h"
#include "oracle.h"
#include "shim.h"

/* How an input begins. Whatever its bytes are, it means something. */
struct plan {
	u8 header;		/* mod 4: made right, so that the records have their turn; as it is; right but */
				/* for its checksum; right but for its length */
	u8 fail_allocation;	/* the nth, when it is written again; 0: none */
};

/* ---- the model ---- */

static u64 number(const u8 *at, unsigned int bytes)
{
	return bytes ? at[0] | number(at + 1, bytes - 1) << 8 : 0;
}

/* One record; what is behind it begins at @next. */
struct record {
	unsigned int type, version;
	const u8 *contents, *next;
	size_t length;
};

/* Whether a whole record is between @at and @end. */
static bool read_record(const u8 *at, const u8 *end, struct record *record)
{
	if (end - at < 8)
		return false;
	record->type = number(at, 2);
	record->version = number(at + 2, 2);
	record->length = number(at + 4, 4);
	record->contents = at + 8;
	if (record->length > (size_t)(end - record->contents))
		return false;
	record->next = record->contents + record->length;
	return true;
}

static bool is_file(const u8 *data, size_t size)
{
	return size >= 28 && !memcmp(data, "vdevfwSV", 8) && number(data + 8, 4) == 1 &&
	       number(data + 16, 8) == size && number(data + 12, 4) == (u32)~crc32_le(~0u, data + 16, size - 16);
}

/* Whether an own record with @tag comes before @end; and how many own records do. */
static bool has_tag(const u8 *at, const u8 *end, u32 tag, int *before)
{
	struct record record;

	for (*before = 0; at < end && read_record(at, end, &record); at = record.next) {
		if (record.type != SAVE_OWN)
			continue;
		if (number(record.contents, 4) == tag)
			return true;
		++*before;
	}
	return false;
}

/* Whether the records of a vdev are as save.h has them. */
static bool are_of_vdev(const u8 *begin, const u8 *end)
{
	bool seen[SAVE_TYPES] = { false };
	struct record record;
	const u8 *at;
	int own;

	for (at = begin; at < end; at = record.next) {
		if (!read_record(at, end, &record) || record.version != 1 || record.type < SAVE_REGISTERS ||
		    record.type > SAVE_OWN)
			return false;
		if (record.type != SAVE_OWN && seen[record.type])
			return false;
		seen[record.type] = true;
		if (record.type != SAVE_OWN)
			continue;
		if (record.length < 4 || has_tag(begin, at, number(record.contents, 4), &own) || own >= 64)
			return false;
	}
	return true;
}

/* ---- what is read ---- */

static void expect_reason(int err, const struct vdevfw_message *msg)
{
	expect(!err || err == -EBADMSG || err == -EPROTONOSUPPORT, "error %d", err);
	expect(!err == !msg->text[0], "error %d with \"%s\"", err, msg->text);
	expect(is_printable(msg->text), "a control character in \"%s\"", msg->text);
}

static void expect_found(struct vdevfw_saved records, const struct record *record)
{
	struct vdevfw_saved found;
	int before, place;

	if (record->type != SAVE_OWN) {
		expect(vdevfw_saved_find(records, record->type, &found), "type %u is not found", record->type);
		expect(found.at == record->contents && found.left == record->length, "type %u is another one",
		       record->type);
		return;
	}
	has_tag(records.at, records.at + records.left, number(record->contents, 4), &place);
	before = vdevfw_saved_find_own(records, number(record->contents, 4), &found);
	expect(before == place, "an own record is the %dth, not the %dth", before, place);
	expect(found.at == record->contents + 4 && found.left == record->length - 4,
	       "an own record is another one");
}

/* Each record is found by its type or tag, and no other one is. */
static void expect_all_found(struct vdevfw_saved records)
{
	const u8 *at = records.at, *end = records.at + records.left;
	bool seen[SAVE_TYPES] = { false };
	struct vdevfw_saved found;
	struct record record;
	unsigned int own = 0, type;
	int before;
	u32 tag;

	for (; at < end && read_record(at, end, &record); at = record.next) {
		expect_found(records, &record);
		seen[record.type] = true;
		own += record.type == SAVE_OWN;
	}
	expect(vdevfw_saved_count_own(records) == own, "%u own records, not %u",
	       vdevfw_saved_count_own(records), own);
	for (type = SAVE_REGISTERS; type < SAVE_OWN; type++)
		expect(vdevfw_saved_find(records, type, &found) == seen[type], "type %u", type);
	for (tag = 0; tag < 4; tag++)
		expect((vdevfw_saved_find_own(records, tag, &found) >= 0) ==
		       has_tag(records.at, end, tag, &before), "tag %u", tag);
}

/* What is in a record, taken for those of a vdev. */
static void try_vdev(struct vdevfw_saved contents)
{
	struct vdevfw_message msg = { "" };
	struct vdevfw_saved found;
	bool right;
	int err;

	if (!vdevfw_saved_take(&contents, sizeof(struct vdevfw_saved_head)))
		return;
	right = are_of_vdev(contents.at, contents.at + contents.left);
	err = vdevfw_saved_check(contents, &msg);
	expect_reason(err, &msg);
	expect(!err == right, "the records of a vdev are %s, and that gives %d: %s", right ? "right" : "wrong", err,
	       msg.text);
	if (right) {
		expect_all_found(contents);
		return;
	}
	/* Nobody asks them then; but whoever does must not get outside of them. */
	vdevfw_saved_find(contents, SAVE_SOURCES, &found);
	vdevfw_saved_find_own(contents, 1, &found);
	vdevfw_saved_count_own(contents);
}

/* The next record is what the model has at the same place. */
static bool next_record(struct vdevfw_saved *file, const u8 *end, struct record *record,
			struct vdevfw_saved *contents)
{
	bool right = read_record(file->at, end, record) && record->version == 1;
	struct vdevfw_message msg = { "" };
	enum vdevfw_save_type type;
	int err;

	err = vdevfw_saved_next(file, &type, contents, &msg);
	expect_reason(err, &msg);
	expect(!err == right, "a record is %s, and that gives %d", right ? "right" : "wrong", err);
	if (err)
		return false;
	expect(type == record->type && contents->at == record->contents && contents->left == record->length,
	       "a record of type %u is another one", type);
	expect(file->at == record->next && file->left == (size_t)(end - record->next), "the next one is elsewhere");
	return true;
}

/* ---- what is written ---- */

/* In pieces, so that memory is short in the middle of a record, too. */
static void put_contents(struct vdevfw_save *save, const struct record *record)
{
	size_t at, len;

	for (at = 0; at < record->length; at += len) {
		len = min_t(size_t, record->length - at, 333);
		vdevfw_save_put(save, record->contents + at, len);
	}
}

/* What has been read, and with an allocation that fails. */
static void write_again(const u8 *data, size_t size, u32 vdevs, unsigned int fail)
{
	struct vdevfw_save save = { NULL };
	struct record record;
	const u8 *at;
	size_t place;
	int err;

	shim_fail_allocation(fail);
	vdevfw_save_begin(&save);
	for (at = data + 28; at < data + size; at = record.next) {
		read_record(at, data + size, &record);
		place = vdevfw_save_open(&save, record.type);
		put_contents(&save, &record);
		vdevfw_save_close(&save, place);
	}
	err = vdevfw_save_end(&save, vdevs);
	expect(err == (shim_out_of_memory ? -ENOMEM : 0), "writing gives %d", err);
	if (!err)
		expect(save.used == size && !memcmp(save.data, data, size), "what is written again is not the same");
	shim_fail_allocation(0);
	kvfree(save.data);
}

/* ---- a file ---- */

static void try_file(const u8 *data, size_t size, const struct plan *plan)
{
	struct vdevfw_message msg = { "" };
	struct vdevfw_saved file, contents;
	struct record record;
	bool whole = true;
	u32 vdevs = 0;
	int err;

	err = vdevfw_saved_open(&file, data, size, &vdevs, &msg);
	expect_reason(err, &msg);
	expect(!err == is_file(data, size), "the file is %s, and that gives %d: %s",
	       is_file(data, size) ? "right" : "wrong", err, msg.text);
	if (err)
		return;
	expect(vdevs == number(data + 24, 4), "%u vdevs", vdevs);
	expect(file.at == data + 28 && file.left == size - 28, "the first record is elsewhere");
	while (whole && file.left) {
		whole = next_record(&file, data + size, &record, &contents);
		if (whole)
			try_vdev(contents);
	}
	if (whole)
		write_again(data, size, vdevs, plan->fail_allocation);
}

static void put_number(u8 *at, unsigned int bytes, u64 value)
{
	for (; bytes; bytes--, value >>= 8)
		*at++ = value;
}

/* All of it but how many vdevs there are, and what the plan has wrong. */
static void make_right(u8 *data, size_t size, unsigned int header)
{
	if (size < 28 || header == 1)
		return;
	memcpy(data, "vdevfwSV", 8);
	put_number(data + 8, 4, 1);
	put_number(data + 16, 8, size + (header == 3));
	put_number(data + 12, 4, (u32)~crc32_le(~0u, data + 16, size - 16) ^ (header == 2));
}

void try_input(const uint8_t *input, size_t size)
{
	struct plan plan;
	u8 *data, *original;

	if (size < sizeof(plan))
		return;
	memcpy(&plan, input, sizeof(plan));
	size -= sizeof(plan);
	data = exact_copy(input + sizeof(plan), size);
	make_right(data, size, plan.header % 4);
	original = exact_copy(data, size);
	try_file(data, size, &plan);
	expect(!memcmp(data, original, size), "the file was changed");
	expect(!shim_allocations, "%zu pieces of memory are left", shim_allocations);
	free(original);
	free(data);
}
