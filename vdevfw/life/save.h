/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that a guest's vdevs are saved to: how it is written, and how it is read by who does not
 * trust it. Plain data: no guest, no vdev, no user pointer.
 */
#ifndef _VDEVFW_SAVE_FORMAT_H
#define _VDEVFW_SAVE_FORMAT_H

#include <linux/types.h>

#include "../../uapi/vdevfw.h"
#include "../message.h"

/**
 * DOC: Format of a saved guest
 *
 * All numbers are little-endian, and nothing is aligned. A file is a &struct vdevfw_save_header,
 * and then records until its end. Each record is a &struct vdevfw_save_record and as many bytes of
 * contents as that says:
 *
 *	header
 *	GUEST		struct vdevfw_saved_guest
 *	VDEV		struct vdevfw_saved_head, then records of this vdev, in any order:
 *		REGISTERS	for each register of its table: struct vdevfw_saved_register, name
 *		TIMERS		for each timer, as they were made: struct vdevfw_saved_timer
 *		SOURCES		for each interrupt, as they were made: struct vdevfw_saved_source
 *		OWN		struct vdevfw_saved_own, and what the vdev has saved under this tag
 *	VDEV		the next one, in the order of the configuration
 *	...
 *
 * There is a record of REGISTERS, TIMERS and SOURCES if the vdev has any of these, and no second
 * one; each tag of OWN is there once. Each type of record has a version of its own, so that one can
 * change without the others. What a reader does not know it refuses: it would be lost.
 */

#define VDEVFW_SAVE_MAGIC	"vdevfwSV"
#define VDEVFW_SAVE_VERSION	1	/* of the file, and of each record so far */

/* How many records of its own a vdev may have. */
#define VDEVFW_SAVE_OWN_MAX	64

/**
 * enum vdevfw_save_type - Types of records
 * @SAVE_GUEST: the guest itself
 * @SAVE_VDEV: a vdev, and all that follows within it:
 * @SAVE_REGISTERS: its registers
 * @SAVE_TIMERS: its timers
 * @SAVE_SOURCES: its interrupts
 * @SAVE_OWN: what only itself knows
 * @SAVE_TYPES: how many there are
 */
enum vdevfw_save_type {
	SAVE_GUEST = 1,
	SAVE_VDEV = 2,
	SAVE_REGISTERS = 3,
	SAVE_TIMERS = 4,
	SAVE_SOURCES = 5,
	SAVE_OWN = 6,
	SAVE_TYPES,
};

/**
 * struct vdevfw_save_header - How a file begins
 * @magic: VDEVFW_SAVE_MAGIC
 * @version: VDEVFW_SAVE_VERSION
 * @crc: CRC-32 (IEEE 802.3) of all that follows it
 * @length: Bytes of the whole file
 * @vdevs: How many records SAVE_VDEV there are
 */
struct vdevfw_save_header {
	u8 magic[8];
	__le32 version;
	__le32 crc;
	__le64 length;
	__le32 vdevs;
} __packed;

/**
 * struct vdevfw_save_record - How a record begins
 * @type: &enum vdevfw_save_type
 * @version: Of the contents
 * @length: Bytes of contents, which follow
 */
struct vdevfw_save_record {
	__le16 type;
	__le16 version;
	__le32 length;
} __packed;

#define VDEVFW_SAVED_SUSPENDED	(1 << 0)	/* it slept, or would have when it went on */

/**
 * struct vdevfw_saved_guest - A guest
 * @clock: What its clock showed
 * @state: &enum vdevfw_state that it was saved in
 * @flags: Set of VDEVFW_SAVED_*
 */
struct vdevfw_saved_guest {
	__le64 clock;
	__le32 state;
	__le32 flags;
} __packed;

/**
 * struct vdevfw_saved_head - Which vdev it is
 * @factory: Name of its factory, filled up with NULs
 * @name: As the user calls it; empty if he does not
 * @location: Of v_block
 * @type: Of v_block
 * @abi: QVM_VDEV_ABI of who saved it
 */
struct vdevfw_saved_head {
	u8 factory[VDEVFW_FACTORY_SIZE];
	u8 name[VDEVFW_NAME_SIZE];
	__le64 location;
	__le32 type;
	__le32 abi;
} __packed;

/**
 * struct vdevfw_saved_register - A register
 * @value: What it has
 * @width: Bytes
 * @name_len: Bytes of its name, which follows without a NUL; a longer one is cut
 */
struct vdevfw_saved_register {
	__le64 value;
	u8 width;
	u8 name_len;
} __packed;

/**
 * struct vdevfw_saved_timer - A timer; times are those of the guest's clock
 * @set: 1: it is set; 0: it is not
 * @end: When its period should end
 * @over: When the period should have ended that it went off for last
 * @rest_until: It does not go off before that
 * @start: When its present period began, or its last one
 */
struct vdevfw_saved_timer {
	__le32 set;
	__le64 end;
	__le64 over;
	__le64 rest_until;
	__le64 start;
} __packed;

/**
 * struct vdevfw_saved_own - How what a vdev has saved begins
 * @tag: What it is
 */
struct vdevfw_saved_own {
	__le32 tag;
} __packed;

/**
 * struct vdevfw_saved_source - An interrupt
 * @controller: Name of its controller, filled up with NULs
 * @line: Which line of that; 0 for an eventfd, whose number means nothing elsewhere
 * @up: 1: it is raised; 0: it is not
 */
struct vdevfw_saved_source {
	u8 controller[VDEVFW_NAME_SIZE];
	__le32 line;
	__le32 up;
} __packed;

/*
 * Writing
 */

/**
 * struct vdevfw_save - A file that is being written
 * @data: What there is of it; for kvfree()
 * @size: Bytes that fit in @data
 * @used: Bytes that there are
 * @err: The first error; nothing is written any more then
 */
struct vdevfw_save {
	u8 *data;
	size_t size;
	size_t used;
	int err;
};

/**
 * vdevfw_save_reserve() - Have room for some more bytes
 * @save: The file
 * @len: How many
 *
 * Context: May sleep. vdevfw_save_put() of as many does not, afterwards.
 * Return: 0. -ENOMEM. -EFBIG: it would exceed VDEVFW_SAVE_MAX.
 */
int vdevfw_save_reserve(struct vdevfw_save *save, size_t len);

/**
 * vdevfw_save_put() - Write bytes
 * @save: The file
 * @data: The bytes
 * @len: How many
 *
 * Context: As vdevfw_save_reserve(), which it calls.
 */
void vdevfw_save_put(struct vdevfw_save *save, const void *data, size_t len);

/**
 * vdevfw_save_begin() - Begin a file
 * @save: zeroed
 */
void vdevfw_save_begin(struct vdevfw_save *save);

/**
 * vdevfw_save_end() - Complete it
 * @save: The file
 * @vdevs: How many vdevs are in it
 *
 * Return: 0 or the first error of all.
 */
int vdevfw_save_end(struct vdevfw_save *save, u32 vdevs);

/**
 * vdevfw_save_open() - Begin a record
 * @save: The file
 * @type: The record's
 *
 * Return: For vdevfw_save_close().
 */
size_t vdevfw_save_open(struct vdevfw_save *save, enum vdevfw_save_type type);

/**
 * vdevfw_save_close() - All that was written since is the record's contents
 * @save: The file
 * @record: From vdevfw_save_open()
 */
void vdevfw_save_close(struct vdevfw_save *save, size_t record);

/*
 * Reading
 */

/**
 * struct vdevfw_saved - Bytes of a file that have not been read yet
 * @at: The first one
 * @left: How many
 */
struct vdevfw_saved {
	const u8 *at;
	size_t left;
};

/**
 * vdevfw_saved_open() - Begin to read a file, and check it as a whole
 * @file: Its records
 * @data: The file
 * @len: Bytes in @data
 * @vdevs: How many vdevs are in it
 * @msg: What is wrong
 *
 * Return: 0. -EBADMSG: it is no such file, or damaged. -EPROTONOSUPPORT: it has another version.
 */
int vdevfw_saved_open(struct vdevfw_saved *file, const void *data, size_t len, u32 *vdevs,
		      struct vdevfw_message *msg);

/**
 * vdevfw_saved_take() - Read bytes
 * @saved: Where; behind them afterwards
 * @len: How many
 *
 * Return: The bytes, or NULL: there are not as many.
 */
const void *vdevfw_saved_take(struct vdevfw_saved *saved, size_t len);

/**
 * vdevfw_saved_next() - Read a record
 * @saved: Where; behind it afterwards
 * @type: The record's
 * @contents: The record's
 * @msg: What is wrong
 *
 * Return: 0. -EBADMSG: there is no whole record. -EPROTONOSUPPORT: it has another version.
 */
int vdevfw_saved_next(struct vdevfw_saved *saved, enum vdevfw_save_type *type,
		      struct vdevfw_saved *contents, struct vdevfw_message *msg);

/**
 * vdevfw_saved_check() - Check the records of a vdev among themselves
 * @records: What follows a &struct vdevfw_saved_head
 * @msg: What is wrong
 *
 * Return: 0. -EBADMSG: it is damaged. -EPROTONOSUPPORT: a record is not known here.
 */
int vdevfw_saved_check(struct vdevfw_saved records, struct vdevfw_message *msg);

/**
 * vdevfw_saved_find() - Find a record of a vdev
 * @records: As for vdevfw_saved_check(), which has found nothing
 * @type: Its type, but SAVE_OWN
 * @contents: Its contents
 *
 * Return: Whether there is one.
 */
bool vdevfw_saved_find(struct vdevfw_saved records, enum vdevfw_save_type type,
		       struct vdevfw_saved *contents);

/**
 * vdevfw_saved_find_own() - Find what a vdev has saved under a tag
 * @records: As for vdevfw_saved_find()
 * @tag: The tag
 * @contents: What was saved, without the tag
 *
 * Return: How many records SAVE_OWN come before it, or -ENOENT.
 */
int vdevfw_saved_find_own(struct vdevfw_saved records, u32 tag, struct vdevfw_saved *contents);

/**
 * vdevfw_saved_count_own() - How many records of its own a vdev has saved
 * @records: As for vdevfw_saved_find()
 *
 * Return: The number, at most VDEVFW_SAVE_OWN_MAX.
 */
unsigned int vdevfw_saved_count_own(struct vdevfw_saved records);

#endif
