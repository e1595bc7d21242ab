// SPDX-License-Identifier: GPL-2.0-only
/* The file that a guest's vdevs are saved to: see save.h. */
#include <linux/bits.h>
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "save.h"

#define SIZE_MIN	4096	/* of what is allocated first */

/* Where what the sum is of begins. */
#define SUMMED	offsetofend(struct vdevfw_save_header, crc)

static u32 sum(const void *data, size_t len)
{
	return ~crc32_le(~0u, data + SUMMED, len - SUMMED);
}

/*
 * Writing
 */

static int grow(struct vdevfw_save *save, size_t needed)
{
	size_t size = clamp_t(size_t, 2 * save->size, max_t(size_t, needed, SIZE_MIN),
			      VDEVFW_SAVE_MAX);
	u8 *data = kvmalloc(size, GFP_KERNEL_ACCOUNT);

	if (!data)
		return -ENOMEM;
	if (save->used)
		memcpy(data, save->data, save->used);
	kvfree(save->data);
	save->data = data;
	save->size = size;
	return 0;
}

int vdevfw_save_reserve(struct vdevfw_save *save, size_t len)
{
	if (save->err)
		return save->err;
	if (len > VDEVFW_SAVE_MAX - save->used)
		save->err = -EFBIG;
	else if (len > save->size - save->used)
		save->err = grow(save, save->used + len);
	return save->err;
}

void vdevfw_save_put(struct vdevfw_save *save, const void *data, size_t len)
{
	if (vdevfw_save_reserve(save, len) || !len)
		return;
	memcpy(save->data + save->used, data, len);
	save->used += len;
}

void vdevfw_save_begin(struct vdevfw_save *save)
{
	static const struct vdevfw_save_header nothing = {};

	vdevfw_save_put(save, &nothing, sizeof(nothing));
}

int vdevfw_save_end(struct vdevfw_save *save, u32 vdevs)
{
	struct vdevfw_save_header *header = (void *)save->data;

	if (save->err)
		return save->err;
	memcpy(header->magic, VDEVFW_SAVE_MAGIC, sizeof(header->magic));
	header->version = cpu_to_le32(VDEVFW_SAVE_VERSION);
	header->length = cpu_to_le64(save->used);
	header->vdevs = cpu_to_le32(vdevs);
	header->crc = cpu_to_le32(sum(save->data, save->used));
	return 0;
}

size_t vdevfw_save_open(struct vdevfw_save *save, enum vdevfw_save_type type)
{
	const struct vdevfw_save_record record = {
		.type = cpu_to_le16(type), .version = cpu_to_le16(VDEVFW_SAVE_VERSION),
	};
	size_t at = save->used;

	vdevfw_save_put(save, &record, sizeof(record));
	return at;
}

void vdevfw_save_close(struct vdevfw_save *save, size_t record)
{
	struct vdevfw_save_record *head = (void *)(save->data + record);

	if (!save->err)
		head->length = cpu_to_le32(save->used - record - sizeof(*head));
}

/*
 * Reading. The bytes may be anybody's: only vdevfw_saved_take() goes on within them.
 */

const void *vdevfw_saved_take(struct vdevfw_saved *saved, size_t len)
{
	const u8 *at = saved->at;

	if (len > saved->left)
		return NULL;
	saved->at += len;
	saved->left -= len;
	return at;
}

static int check_header(const struct vdevfw_save_header *header, size_t len,
			struct vdevfw_message *msg)
{
	u32 version = le32_to_cpu(header->version);
	u64 length = le64_to_cpu(header->length);

	if (memcmp(header->magic, VDEVFW_SAVE_MAGIC, sizeof(header->magic)))
		return vdevfw_fail(msg, -EBADMSG, "this is no saved guest");
	if (version != VDEVFW_SAVE_VERSION)
		return vdevfw_fail(msg, -EPROTONOSUPPORT,
				   "the saved guest has version %u of the format; known: %u",
				   version, VDEVFW_SAVE_VERSION);
	if (length != len)
		return vdevfw_fail(msg, -EBADMSG,
				   "the saved guest should have %llu bytes, and has %zu: it is not complete, or not alone",
				   length, len);
	if (le32_to_cpu(header->crc) != sum(header, len))
		return vdevfw_fail(msg, -EBADMSG,
				   "the saved guest is damaged: its checksum is wrong");
	return 0;
}

int vdevfw_saved_open(struct vdevfw_saved *file, const void *data, size_t len, u32 *vdevs,
		      struct vdevfw_message *msg)
{
	const struct vdevfw_save_header *header;
	int err;

	*file = (struct vdevfw_saved) { .at = data, .left = len };
	header = vdevfw_saved_take(file, sizeof(*header));
	if (!header)
		return vdevfw_fail(msg, -EBADMSG, "this is no saved guest: it has only %zu bytes",
				   len);
	err = check_header(header, len, msg);
	if (!err)
		*vdevs = le32_to_cpu(header->vdevs);
	return err;
}

/* Gives the version of a record, or -EBADMSG. */
static int next(struct vdevfw_saved *saved, enum vdevfw_save_type *type,
		struct vdevfw_saved *contents)
{
	const struct vdevfw_save_record *record = vdevfw_saved_take(saved, sizeof(*record));

	if (!record)
		return -EBADMSG;
	*type = le16_to_cpu(record->type);
	contents->left = le32_to_cpu(record->length);
	contents->at = vdevfw_saved_take(saved, contents->left);
	return contents->at ? le16_to_cpu(record->version) : -EBADMSG;
}

int vdevfw_saved_next(struct vdevfw_saved *saved, enum vdevfw_save_type *type,
		      struct vdevfw_saved *contents, struct vdevfw_message *msg)
{
	int version = next(saved, type, contents);

	if (version < 0)
		return vdevfw_fail(msg, version, "a record is missing, or not complete");
	if (version != VDEVFW_SAVE_VERSION)
		return vdevfw_fail(msg, -EPROTONOSUPPORT,
				   "a record of type %u has version %d; known: %u", *type, version,
				   VDEVFW_SAVE_VERSION);
	return 0;
}

/* Of an own record: what is behind its tag. */
static bool take_tag(struct vdevfw_saved *contents, u32 *tag)
{
	const struct vdevfw_saved_own *own = vdevfw_saved_take(contents, sizeof(*own));

	if (!own)
		return false;
	*tag = le32_to_cpu(own->tag);
	return true;
}

/* A record of its own is found by its tag, and hence is the first one that has it. */
static int check_own(struct vdevfw_saved records, struct vdevfw_saved contents,
		     unsigned int before, struct vdevfw_message *msg)
{
	struct vdevfw_saved first;
	u32 tag;

	if (!take_tag(&contents, &tag))
		return vdevfw_fail(msg, -EBADMSG, "a record of its own has no tag");
	if (before == VDEVFW_SAVE_OWN_MAX)
		return vdevfw_fail(msg, -EBADMSG, "there are more than %d records of its own",
				   VDEVFW_SAVE_OWN_MAX);
	vdevfw_saved_find_own(records, tag, &first);
	if (first.at != contents.at)
		return vdevfw_fail(msg, -EBADMSG, "two records of its own have the tag 0x%x", tag);
	return 0;
}

static int check_record(struct vdevfw_saved records, enum vdevfw_save_type type,
			struct vdevfw_saved contents, u32 *seen, unsigned int *own,
			struct vdevfw_message *msg)
{
	if (type == SAVE_OWN)
		return check_own(records, contents, (*own)++, msg);
	if (type < SAVE_REGISTERS || type >= SAVE_TYPES)
		return vdevfw_fail(msg, -EPROTONOSUPPORT, "a record of type %u is not known",
				   type);
	if (*seen & BIT(type))
		return vdevfw_fail(msg, -EBADMSG, "there are two records of type %u", type);
	*seen |= BIT(type);
	return 0;
}

int vdevfw_saved_check(struct vdevfw_saved records, struct vdevfw_message *msg)
{
	struct vdevfw_saved rest = records, contents;
	enum vdevfw_save_type type;
	unsigned int own = 0;
	u32 seen = 0;
	int err = 0;

	while (!err && rest.left) {
		err = vdevfw_saved_next(&rest, &type, &contents, msg);
		err = err ?: check_record(records, type, contents, &seen, &own, msg);
	}
	return err;
}

bool vdevfw_saved_find(struct vdevfw_saved records, enum vdevfw_save_type type,
		       struct vdevfw_saved *contents)
{
	enum vdevfw_save_type one;

	while (next(&records, &one, contents) >= 0)
		if (one == type)
			return true;
	*contents = (struct vdevfw_saved) {};
	return false;
}

int vdevfw_saved_find_own(struct vdevfw_saved records, u32 tag, struct vdevfw_saved *contents)
{
	enum vdevfw_save_type type;
	int before = 0;
	u32 other;

	while (next(&records, &type, contents) >= 0) {
		if (type != SAVE_OWN)
			continue;
		if (take_tag(contents, &other) && other == tag)
			return before;
		before++;
	}
	*contents = (struct vdevfw_saved) {};
	return -ENOENT;
}

unsigned int vdevfw_saved_count_own(struct vdevfw_saved records)
{
	struct vdevfw_saved contents;
	enum vdevfw_save_type type;
	unsigned int own = 0;

	while (next(&records, &type, &contents) >= 0)
		own += type == SAVE_OWN;
	return own;
}
