// SPDX-License-Identifier: GPL-2.0-only
/*
 * "DOC: General ioctl format" of uapi/vdevfw.h, line by line, for every command;
 * then what each command of /dev/vdevfw promises of its own.
 *
 * These tests call ioctl() themselves: libvdevfw would never do it wrong.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "fixture.h"

#define BIG	8192		/* room for any structure with any tail */
#define POISON	0x5a

#define OPTIONS		"loc=mem:0xfa000000"
#define SETTINGS	"safety=none\0logger=error stderr"

/* Bytes of a structure that are out_*. */
struct range {
	unsigned int start, end;
};

#define OUT(type, first, last)							\
	{ offsetof(struct type, first),						\
	  offsetof(struct type, last) + sizeof(((struct type *)0)->last) }

struct command {
	const char *name;
	unsigned int number;
	bool for_guest;
	enum vdevfw_state state;	/* in which it succeeds */
	unsigned int size;
	struct range out[2];
};

static const struct command commands[] = {
	{ "FACTORY_LIST", VDEVFW_FACTORY_LIST, false, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_factory_list),
	  { OUT(vdevfw_factory_list, out_names_len, out_names_len) } },
	{ "FACTORY_INFO", VDEVFW_FACTORY_INFO, false, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_factory_info),
	  { OUT(vdevfw_factory_info, out_options_len, out_access_sizes) } },
	{ "GUEST_CREATE", VDEVFW_GUEST_CREATE, false, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_create), { OUT(vdevfw_guest_create, out_fd, out_id) } },
	{ "GUEST_OPEN", VDEVFW_GUEST_OPEN, false, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_open), { OUT(vdevfw_guest_open, out_fd, out_fd) } },
	{ "GUEST_LIST", VDEVFW_GUEST_LIST, false, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_list), { OUT(vdevfw_guest_list, out_count, out_count) } },
	{ "GUEST_INFO", VDEVFW_GUEST_INFO, true, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_info), { OUT(vdevfw_guest_info, out_name, out_stop) } },
	{ "VDEV_ADD", VDEVFW_VDEV_ADD, true, VDEVFW_STATE_CONFIG, sizeof(struct vdevfw_vdev_add),
	  { OUT(vdevfw_vdev_add, out_option, out_id) } },
	{ "GUEST_CONFIGURE", VDEVFW_GUEST_CONFIGURE, true, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_configure),
	  { OUT(vdevfw_guest_configure, out_vdev, out_vdev) } },
	{ "GUEST_START", VDEVFW_GUEST_START, true, VDEVFW_STATE_CONFIGURED,
	  sizeof(struct vdevfw_guest_command), { { 0, 0 } } },
	{ "GUEST_STOP", VDEVFW_GUEST_STOP, true, VDEVFW_STATE_RUNNING,
	  sizeof(struct vdevfw_guest_stop), { OUT(vdevfw_guest_stop, out_state, out_result) } },
	{ "GUEST_ASK", VDEVFW_GUEST_ASK, true, VDEVFW_STATE_RUNNING,
	  sizeof(struct vdevfw_guest_ask), { { 0, 0 } } },
	{ "GUEST_DESTROY", VDEVFW_GUEST_DESTROY, true, VDEVFW_STATE_RUNNING,
	  sizeof(struct vdevfw_guest_command), { { 0, 0 } } },
	{ "GUEST_SET", VDEVFW_GUEST_SET, true, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_set), { OUT(vdevfw_guest_set, out_option, out_option) } },
	{ "GUEST_STATUS", VDEVFW_GUEST_STATUS, true, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_status),
	  { OUT(vdevfw_guest_status, out_text_len, out_text_len) } },
	{ "GUEST_BUTTON", VDEVFW_GUEST_BUTTON, true, VDEVFW_STATE_RUNNING,
	  sizeof(struct vdevfw_guest_button),
	  { OUT(vdevfw_guest_button, out_handlers, out_handlers) } },
	{ "GUEST_REGIONS", VDEVFW_GUEST_REGIONS, true, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_regions),
	  { OUT(vdevfw_guest_regions, out_count, out_count) } },
	{ "GUEST_MAPPED", VDEVFW_GUEST_MAPPED, true, VDEVFW_STATE_CONFIG,
	  sizeof(struct vdevfw_guest_command), { { 0, 0 } } },
	{ "GUEST_ACCESS", VDEVFW_GUEST_ACCESS, true, VDEVFW_STATE_RUNNING,
	  sizeof(struct vdevfw_guest_access),
	  { OUT(vdevfw_guest_access, out_value, out_value) } },
	{ "GUEST_ACK", VDEVFW_GUEST_ACK, true, VDEVFW_STATE_PAUSED,
	  sizeof(struct vdevfw_guest_ack), { { 0, 0 } } },
	{ "GUEST_SAVE", VDEVFW_GUEST_SAVE, true, VDEVFW_STATE_RUNNING,
	  sizeof(struct vdevfw_guest_save), { OUT(vdevfw_guest_save, out_data_len, out_flags) } },
	{ "GUEST_RESTORE", VDEVFW_GUEST_RESTORE, true, VDEVFW_STATE_PAUSED,
	  sizeof(struct vdevfw_guest_restore),
	  { OUT(vdevfw_guest_restore, out_vdev, out_vdev) } },
};

/* Of a command's structure, as its first version was. */
static unsigned int first_size(const struct command *command)
{
	switch (command->number) {
	case VDEVFW_GUEST_INFO:
		return offsetof(struct vdevfw_guest_info, out_transition);
	case VDEVFW_GUEST_STOP:
		return offsetof(struct vdevfw_guest_stop, state);
	default:
		return command->size;
	}
}

#define for_each_command(c) \
	for (const struct command *c = commands; \
	     c < commands + sizeof(commands) / sizeof(commands[0]); c++)

/* ---- one call ---- */

struct call {
	const struct command *command;
	struct guest guest;		/* in the state in which the command succeeds */
	struct vm spare;		/* a VM without a guest, for GUEST_CREATE */
	int fd;				/* what the command is for */
	char msg[VDEVFW_MSG_MAX];
	union {
		struct vdevfw_request req;
		struct vdevfw_factory_info factory_info;
		struct vdevfw_guest_create guest_create;
		struct vdevfw_guest_open guest_open;
		struct vdevfw_vdev_add vdev_add;
		struct vdevfw_guest_set guest_set;
		struct vdevfw_guest_status guest_status;
		struct vdevfw_guest_button guest_button;
		struct vdevfw_guest_regions guest_regions;
		struct vdevfw_guest_access guest_access;
		struct vdevfw_guest_ack guest_ack;
		struct vdevfw_guest_save guest_save;
		struct vdevfw_guest_restore guest_restore;
		unsigned char bytes[BIG];
	};
};

#define WINDOW	0xfb000000

/* Running, with a window and nothing in it. */
static void make_with_window(struct guest *guest)
{
	static const char window[] = "window=mem:0xfb000000,0x1000";
	struct vdevfw_error error;

	guest_make(guest, 1);
	NEED(vdevfw_guest_set(guest->fd, window, sizeof(window), &error) == 0);
	guest_configure_ok(guest);
	guest_start_ok(guest);
}

/* A stop waits for its launcher. */
static void make_waiting(struct guest *guest)
{
	static const char acknowledge[] = "acknowledge=600000";
	struct vdevfw_error error;

	guest_make(guest, 1);
	NEED(vdevfw_guest_set(guest->fd, acknowledge, sizeof(acknowledge), &error) == 0);
	guest_configure_ok(guest);
	guest_start_ok(guest);
	NEED(vdevfw_guest_ask(guest->fd, VDEVFW_ASK_STOP, VDEVFW_STATE_PAUSED, 0, &error) == 0);
	NEED(WAIT_FOR(guest_info(guest->fd).out_stop));
}

/* What a guest without vdevs is saved to. */
static void take_saved(struct guest *guest, struct vdevfw_guest_restore *cmd)
{
	static unsigned char saved[256];
	struct vdevfw_error error;

	NEED(vdevfw_guest_save(guest->fd, saved, sizeof(saved), &cmd->data_len, &error) == 0);
	cmd->data = (uintptr_t)saved;
}

/* A call that succeeds if nobody spoils it. */
static void call_make(struct call *call, const struct command *command)
{
	memset(call, 0, sizeof(*call));
	call->command = command;
	if (command->number == VDEVFW_GUEST_ACCESS)
		make_with_window(&call->guest);
	else if (command->number == VDEVFW_GUEST_ACK)
		make_waiting(&call->guest);
	else
		guest_make_in(&call->guest, command->state);
	if (command->number == VDEVFW_GUEST_CREATE)
		vm_create(&call->spare, 1);
	call->fd = command->for_guest ? call->guest.fd : call->guest.device;
	memset(call->msg, POISON, sizeof(call->msg));
	call->req.size = command->size;
	call->req.msg = (uintptr_t)call->msg;
	call->req.msg_len = sizeof(call->msg);
	switch (command->number) {
	case VDEVFW_FACTORY_INFO:
		strcpy((char *)call->factory_info.factory, "trace");
		break;
	case VDEVFW_GUEST_CREATE:
		strcpy((char *)call->guest_create.name, "a-second.one_");
		call->guest_create.vm_fd = call->spare.fd;
		break;
	case VDEVFW_GUEST_OPEN:
		call->guest_open.id = call->guest.id;
		break;
	case VDEVFW_VDEV_ADD:
		strcpy((char *)call->vdev_add.factory, "trace");
		call->vdev_add.options = (uintptr_t)OPTIONS;
		call->vdev_add.options_len = sizeof(OPTIONS);
		break;
	case VDEVFW_GUEST_SET:
		call->guest_set.options = (uintptr_t)SETTINGS;
		call->guest_set.options_len = sizeof(SETTINGS);
		break;
	case VDEVFW_GUEST_ACCESS:
		call->guest_access.addr = WINDOW;
		call->guest_access.len = 4;
		break;
	case VDEVFW_GUEST_ACK:
		call->guest_ack.stop = guest_info(call->fd).out_stop;
		break;
	case VDEVFW_GUEST_RESTORE:
		take_saved(&call->guest, &call->guest_restore);
		break;
	}
}

static int call_at(struct call *call, void *where)
{
	return ioctl(call->fd, call->command->number, where) < 0 ? -errno : 0;
}

static int call_do(struct call *call)
{
	return call_at(call, call->bytes);
}

static void call_end(struct call *call)
{
	guest_end(&call->guest);
	if (call->command->number == VDEVFW_GUEST_CREATE)
		vm_destroy(&call->spare);
}

/* "-1 with errno set, and then nothing has changed" */
static void check_unchanged(struct call *call, const char *when)
{
	struct vdevfw_guest_info info = guest_info(call->guest.fd);

	if (info.out_state != call->command->state || info.out_vdevs)
		FAIL("%s %s: state %u with %u vdevs, not %u with 0", call->command->name, when,
		     info.out_state, info.out_vdevs, call->command->state);
}

static bool is_out(const struct command *command, unsigned int at)
{
	const struct range *range;

	for (range = command->out; range < command->out + 2; range++)
		if (at >= range->start && at < range->end)
			return true;
	return false;
}

static void poison_out(struct call *call)
{
	unsigned int i;

	for (i = 0; i < call->command->size; i++)
		if (is_out(call->command, i))
			call->bytes[i] = POISON;
}

/* Two pages, of which the second one cannot be touched; the end of the first one. */
static unsigned char *edge(int protection)
{
	unsigned char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

	NEED(pages != MAP_FAILED);
	NEED(mprotect(pages + 4096, 4096, protection) == 0);
	return pages + 4096;
}

/* ---- the dispatcher ---- */

TEST(unknown_command, "ENOTTY: the command is not known")
{
	static const unsigned int unknown[] = {
		_IO(VDEVFW_IOCTL_TYPE, 0x05), _IO(VDEVFW_IOCTL_TYPE, 0x0f),
		_IO(VDEVFW_IOCTL_TYPE, 0x7f), _IO(VDEVFW_IOCTL_TYPE, 0xff),
		_IO(VDEVFW_IOCTL_TYPE ^ 1, 0x00), _IO(VDEVFW_IOCTL_TYPE ^ 1, 0x10), 0, ~0u,
		_IOWR(VDEVFW_IOCTL_TYPE, 0x00, struct vdevfw_factory_list),
		_IOR(VDEVFW_IOCTL_TYPE, 0x10, int), _IOW(VDEVFW_IOCTL_TYPE, 0x13, char),
	};
	struct guest guest;
	unsigned int i;

	guest_make(&guest, 1);
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		CHECK_ERR(ioctl(guest.device, unknown[i], NULL) ? -errno : 0, -ENOTTY,
			  "device, 0x%x", unknown[i]);
		CHECK_ERR(ioctl(guest.fd, unknown[i], NULL) ? -errno : 0, -ENOTTY, "guest, 0x%x",
			  unknown[i]);
	}
	guest_end(&guest);
}

TEST(wrong_kind_of_file, "ENOTTY: … or not for this kind of file")
{
	for_each_command(c) {
		struct call call;

		call_make(&call, c);
		call.fd = c->for_guest ? call.guest.device : call.guest.fd;
		CHECK_ERR(call_do(&call), -ENOTTY, "%s", c->name);
		CHECK_ERR(call_at(&call, NULL), -ENOTTY, "%s, no structure", c->name);
		check_unchanged(&call, "at the wrong file");
		call_end(&call);
	}
}

TEST(success, "On success an ioctl returns 0; msg is empty after success")
{
	for_each_command(c) {
		struct call call;
		unsigned int i;

		call_make(&call, c);
		CHECK_ERR(call_do(&call), 0, "%s", c->name);
		CHECK_EQ(call.msg[0], 0);
		for (i = 1; i < sizeof(call.msg) && call.msg[i] == POISON; i++)
			;
		CHECK_EQ(i, sizeof(call.msg));
		call_end(&call);
	}
}

TEST(size_too_small, "EINVAL: size is smaller than the command's first version")
{
	for_each_command(c) {
		unsigned int first = first_size(c);
		unsigned int sizes[] = { 0, 1, 4, 23, first - 4, first - 1 }, i;
		struct call call;

		call_make(&call, c);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			call.req.size = sizes[i];
			CHECK_ERR(call_do(&call), -EINVAL, "%s, size %u", c->name, sizes[i]);
		}
		check_unchanged(&call, "with a small size");
		call_end(&call);
	}
}

TEST(size_larger_zero_tail, "A kernel that knows fewer fields accepts the rest if it is zero")
{
	static const unsigned int more[] = { 1, 100 };
	unsigned int i;

	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		for_each_command(c) {
			struct call call;

			call_make(&call, c);
			call.req.size = c->size + more[i];
			memset(call.bytes + call.req.size, POISON, 16);
			CHECK_ERR(call_do(&call), 0, "%s, %u more", c->name, more[i]);
			CHECK_EQ(call.req.size, c->size + more[i]);
			CHECK_EQ(call.bytes[c->size], 0);
			CHECK_EQ(call.bytes[c->size + more[i]], POISON);
			call_end(&call);
		}
	}
}

TEST(size_of_a_page, "A kernel that knows fewer fields accepts the rest, up to a page, if it is zero")
{
	for_each_command(c) {
		struct call call;

		call_make(&call, c);
		call.req.size = 4096;
		CHECK_ERR(call_do(&call), 0, "%s", c->name);
		call_end(&call);
	}
}

TEST(size_larger_other_tail, "E2BIG: size is larger than this kernel knows and the rest is not zero")
{
	for_each_command(c) {
		unsigned int at[] = { c->size, c->size + 7, c->size + 99 }, i;
		struct call call;

		call_make(&call, c);
		for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
			call.req.size = c->size + 100;
			call.bytes[at[i]] = 1;
			CHECK_ERR(call_do(&call), -E2BIG, "%s, tail not zero at %u", c->name, at[i]);
			call.bytes[at[i]] = 0;
		}
		check_unchanged(&call, "with a tail that is not zero");
		call_end(&call);
	}
}

TEST(size_huge, "E2BIG: size is larger than this kernel knows")
{
	static const unsigned int sizes[] = { 4097, 8192, 0x7fffffff, 0x80000000, 0xffffffff };
	unsigned int i;

	for_each_command(c) {
		struct call call;

		call_make(&call, c);
		call.bytes[4096] = 1;
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			call.req.size = sizes[i];
			CHECK_ERR(call_do(&call), -E2BIG, "%s, size 0x%x", c->name, sizes[i]);
		}
		check_unchanged(&call, "with a huge size");
		call_end(&call);
	}
}

TEST(flags_and_reserved, "EOPNOTSUPP: a flag or a reserved field that is not known is not zero")
{
	static const unsigned int bits[] = { 1, 0x100, 0x80000000, 0xffffffff };
	unsigned int i;

	for_each_command(c) {
		struct call call;

		call_make(&call, c);
		for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
			call.req.flags = bits[i];
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, flags 0x%x", c->name, bits[i]);
			CHECK_TEXT(call.msg, "flags");
			CHECK_TEXT(call.msg, "allowed: 0");
			call.req.flags = 0;
			call.req.__reserved = bits[i];
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, reserved 0x%x", c->name, bits[i]);
			CHECK_TEXT(call.msg, "reserved");
			call.req.__reserved = 0;
		}
		if (c->number == VDEVFW_GUEST_OPEN) {
			call.guest_open.__reserved = 1;
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, its own reserved", c->name);
			CHECK_TEXT(call.msg, "reserved");
		}
		if (c->number == VDEVFW_GUEST_BUTTON) {
			call.guest_button.__reserved = 1;
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, its own reserved", c->name);
			CHECK_TEXT(call.msg, "reserved");
		}
		if (c->number == VDEVFW_GUEST_REGIONS) {
			call.guest_regions.__reserved = 1;
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, its own reserved", c->name);
			CHECK_TEXT(call.msg, "reserved");
			call.guest_regions.__reserved = 0;
			call.guest_regions.only = 1 << 6;
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, an unknown kind", c->name);
			CHECK_TEXT(call.msg, "allowed: 0x3f");
		}
		check_unchanged(&call, "with a flag");
		call_end(&call);
	}
}

/* ---- where the structure is ---- */

TEST(end_of_page, "size is what is read and written: nothing behind it")
{
	for_each_command(c) {
		unsigned char *end = edge(PROT_NONE);
		struct call call;

		call_make(&call, c);
		memcpy(end - c->size, call.bytes, c->size);
		CHECK_ERR(call_at(&call, end - c->size), 0, "%s", c->name);
		munmap(end - 4096, 8192);
		call_end(&call);
	}
}

TEST(unmapped, "EFAULT: memory behind a pointer cannot be read or written")
{
	for_each_command(c) {
		unsigned char *end = edge(PROT_NONE);
		struct call call;

		call_make(&call, c);
		CHECK_ERR(call_at(&call, NULL), -EFAULT, "%s at NULL", c->name);
		CHECK_ERR(call_at(&call, end), -EFAULT, "%s, unmapped", c->name);
		CHECK_ERR(call_at(&call, (void *)-4096l), -EFAULT, "%s, kernel memory", c->name);
		CHECK_ERR(call_at(&call, (void *)(1ul << 63)), -EFAULT, "%s, no address", c->name);
		memcpy(end - 24 + 8, call.bytes, 16);
		CHECK_ERR(call_at(&call, end - 16), -EFAULT, "%s, half unmapped", c->name);
		memcpy(end - c->size + 1, call.bytes, c->size - 1);
		CHECK_ERR(call_at(&call, end - c->size + 1), -EFAULT, "%s, last byte unmapped",
			  c->name);
		check_unchanged(&call, "in unmapped memory");
		munmap(end - 4096, 8192);
		call_end(&call);
	}
}

/* The id of the newest guest is not given away by a call that fails. */
TEST(read_only_structure, "EFAULT: … cannot be written; otherwise -1, and then nothing has changed")
{
	for_each_command(c) {
		unsigned int files;
		struct call call;
		unsigned char *end;
		int err;

		call_make(&call, c);
		end = edge(PROT_READ);
		memcpy(end - 4096, call.bytes, c->size);
		NEED(mprotect(end - 4096, 4096, PROT_READ) == 0);
		files = open_files();
		err = call_at(&call, end - 4096);
		CHECK_ERR(err, -EFAULT, "%s", c->name);
		CHECK_EQ(open_files(), files);
		if (err)
			check_unchanged(&call, "in read-only memory");
		/* The VM has no guest that nobody holds. */
		if (c->number == VDEVFW_GUEST_CREATE)
			CHECK_ERR(call_do(&call), 0, "%s again", c->name);
		munmap(end - 4096, 8192);
		call_end(&call);
	}
}

TEST(out_only, "Members named out_* are written by the kernel; all others are left alone")
{
	for_each_command(c) {
		unsigned char before[BIG];
		struct call call;
		unsigned int i;
		int fail;

		for (fail = 0; fail < 2; fail++) {
			call_make(&call, c);
			poison_out(&call);
			call.req.flags = fail;
			memcpy(before, call.bytes, BIG);
			CHECK_ERR(call_do(&call), fail ? -EOPNOTSUPP : 0, "%s", c->name);
			for (i = 0; i < BIG; i++)
				if (!is_out(c, i) && call.bytes[i] != before[i])
					FAIL("%s changes byte %u", c->name, i);
			call_end(&call);
		}
	}
}

/* ---- the message ---- */

/* Makes the call fail with EOPNOTSUPP and a message of known length. */
static void spoil(struct call *call)
{
	call->req.__reserved = 1;
}

TEST(message, "The kernel writes a sentence to msg; always NUL-terminated; what does not fit is cut")
{
	for_each_command(c) {
		char whole[VDEVFW_MSG_MAX];
		struct call call;
		unsigned int len, i;

		call_make(&call, c);
		spoil(&call);
		CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s", c->name);
		NEED(memchr(call.msg, 0, sizeof(call.msg)));
		strcpy(whole, call.msg);
		NEED(strlen(whole) > 10);
		for (len = 0; len <= strlen(whole) + 2; len++) {
			memset(call.msg, POISON, sizeof(call.msg));
			call.req.msg_len = len;
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, %u bytes", c->name, len);
			for (i = 0; i < sizeof(call.msg); i++) {
				unsigned int used = len ? len - 1 : 0;
				char want = POISON;

				if (used > strlen(whole))
					used = strlen(whole);
				if (len && i <= used)
					want = i < used ? whole[i] : 0;
				if (call.msg[i] != want) {
					FAIL("%s, %u bytes: byte %u is 0x%02x, not 0x%02x", c->name,
					     len, i, call.msg[i] & 0xff, want & 0xff);
					break;
				}
			}
		}
		call_end(&call);
	}
}

TEST(message_nowhere, "msg: buffer for the message, or 0; it is no failure if msg cannot be written")
{
	unsigned char *end = edge(PROT_NONE);

	for_each_command(c) {
		uint64_t bad[] = { 0, (uintptr_t)end, (uintptr_t)end - 3, -4096ull, 1 };
		struct call call;
		unsigned int i;

		call_make(&call, c);
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			call.req.msg = bad[i];
			call.req.msg_len = 0xffffffff;
			spoil(&call);
			CHECK_ERR(call_do(&call), -EOPNOTSUPP, "%s, msg 0x%llx", c->name,
				  (unsigned long long)bad[i]);
		}
		call.req.__reserved = 0;
		CHECK_ERR(call_do(&call), 0, "%s, success with a bad msg", c->name);
		call_end(&call);
	}
}

/* ---- 32-bit programs ---- */

static void on_fault(int signal)
{
	static const char text[] = "# skipped: no 32-bit system calls here\n";

	(void)signal;
	if (write(1, text, sizeof(text) - 1) < 0)
		_exit(TEST_FAIL);
	_exit(TEST_SKIP);
}

static int ioctl32(int fd, unsigned int number, void *where)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result)
			 : "a"(54), "b"((long)fd), "c"((long)number), "d"(where)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

TEST(compat, "all are the same size for 32-bit programs")
{
	struct call *call = mmap(NULL, sizeof(*call), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	char *options = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	NEED(call != MAP_FAILED && options != MAP_FAILED);
	signal(SIGSEGV, on_fault);
	if (ioctl32(-1, 0, NULL) == -ENOSYS)
		test_skip("no 32-bit system calls here");
	signal(SIGSEGV, SIG_DFL);
	strcpy(options, OPTIONS);
	for_each_command(c) {
		call_make(call, c);
		if (c->number == VDEVFW_VDEV_ADD)
			call->vdev_add.options = (uintptr_t)options;
		CHECK_ERR(ioctl32(call->fd, c->number, call->bytes), 0, "%s", c->name);
		CHECK_EQ(call->msg[0], 0);
		call_end(call);
	}
}

/* ---- FACTORY_LIST ---- */

static int list(int device, void *names, unsigned int len, unsigned int *out_len)
{
	struct vdevfw_error error;

	return vdevfw_factory_list(device, names, len, out_len, &error);
}

TEST(factory_list, "names: each with its NUL, in the order of their registration; EMSGSIZE")
{
	unsigned char *end = edge(PROT_NONE);
	struct vdevfw_factory_info info;
	struct vdevfw_error error;
	int device = device_open();
	unsigned int len, all, i;
	char names[1024];

	/* Loads both, in this order if neither was there. */
	CHECK_ERR(vdevfw_factory_info(device, "trace", NULL, 0, &info, &error), 0, "trace");
	CHECK_ERR(vdevfw_factory_info(device, "test", NULL, 0, &info, &error), 0, "test");
	CHECK_ERR(list(device, NULL, 0, &all), 0, "length only");
	NEED(all >= 11 && all < sizeof(names));
	memset(names, POISON, sizeof(names));
	for (i = 1; i < all; i++) {
		len = 0;
		CHECK_ERR(list(device, names, i, &len), -EMSGSIZE, "%u bytes", i);
		CHECK_EQ(len, all);
	}
	CHECK_EQ(names[0], POISON);
	CHECK_ERR(list(device, names, sizeof(names), &len), 0, "enough");
	CHECK_EQ(len, all);
	CHECK_EQ(names[all - 1], 0);
	CHECK_EQ(names[all], POISON);
	CHECK(memmem(names, all, "trace", 6) && memmem(names, all, "test", 5));
	CHECK_ERR(list(device, end - all, all, &len), 0, "exactly enough");
	CHECK_EQ(memcmp(end - all, names, all), 0);
	CHECK_ERR(list(device, end - all + 1, all, &len), -EFAULT, "unmapped");
	CHECK_ERR(list(device, NULL, all, &len), -EFAULT, "NULL");
}

/* ---- FACTORY_INFO ---- */

TEST(factory_info, "options, out_loc_types, out_access_sizes; EMSGSIZE")
{
	static const char want[] = "loc\0!intr\0name\0" "2log\0sched\0!hostvector\0"
				   "0emit-logger\0" "emit-trace\0" "0pass-reads";
	unsigned char *end = edge(PROT_NONE);
	struct vdevfw_factory_info info;
	struct vdevfw_error error;
	int device = device_open();
	char options[256];
	unsigned int i;

	CHECK_ERR(vdevfw_factory_info(device, "trace", NULL, 0, &info, &error), 0, "length only");
	CHECK_EQ(info.out_options_len, sizeof(want));
	CHECK_EQ(info.out_loc_types, VDEVFW_LOC_MEM);
	CHECK_EQ(info.out_access_sizes, 1 << 4);
	for (i = 1; i < sizeof(want); i++) {
		options[0] = POISON;
		CHECK_ERR(vdevfw_factory_info(device, "trace", options, i, &info, &error),
			  -EMSGSIZE, "%u bytes", i);
		CHECK_EQ(options[0], POISON);
		CHECK_EQ(info.out_options_len, sizeof(want));
	}
	CHECK_ERR(vdevfw_factory_info(device, "trace", options, sizeof(options), &info, &error), 0,
		  "enough");
	CHECK_EQ(memcmp(options, want, sizeof(want)), 0);
	CHECK_ERR(vdevfw_factory_info(device, "trace", (char *)end, 100, &info, &error), -EFAULT,
		  "unmapped");

	CHECK_ERR(vdevfw_factory_info(device, "test", options, sizeof(options), &info, &error), 0,
		  "test");
	CHECK_EQ(info.out_loc_types, VDEVFW_LOC_MEM | VDEVFW_LOC_IO);
	CHECK_EQ(info.out_access_sizes, 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8);
}

TEST(factory_names, "ENOENT: no such factory; EINVAL: malformed")
{
	static const char *const malformed[] = {
		"", "Trace", "tr ace", "../x", "a/b", "tra\nce", "tr\xc3\xa4" "ce", "a_b", "%s",
	};
	struct vdevfw_factory_info cmd = { .req.size = sizeof(cmd) }, info;
	struct vdevfw_error error;
	int device = device_open();
	unsigned int i;

	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		CHECK_ERR(vdevfw_factory_info(device, malformed[i], NULL, 0, &info, &error),
			  -EINVAL, "\"%s\"", malformed[i]);
		CHECK_TEXT(error.text, "allowed");
	}
	CHECK_ERR(vdevfw_factory_info(device, "no-such-thing", NULL, 0, &info, &error), -ENOENT,
		  "missing");
	CHECK_TEXT(error.text, "vdev-no-such-thing");
	memset(cmd.factory, 'a', sizeof(cmd.factory));
	CHECK_ERR(ioctl(device, VDEVFW_FACTORY_INFO, &cmd) ? -errno : 0, -EINVAL, "no NUL");
	cmd.factory[sizeof(cmd.factory) - 1] = 0;
	CHECK_ERR(ioctl(device, VDEVFW_FACTORY_INFO, &cmd) ? -errno : 0, -ENOENT, "31 letters");
}

/* ---- GUEST_LIST ---- */

static const struct vdevfw_guest_entry *find_entry(const struct vdevfw_guest_entry *entries,
						   uint32_t count, uint64_t id)
{
	const struct vdevfw_guest_entry *entry = entries;

	while (entry < entries + count && entry->id != id)
		entry++;
	return entry < entries + count ? entry : NULL;
}

TEST(guest_list, "guests: those that the caller may open, by id; EMSGSIZE, E2BIG")
{
	struct vdevfw_guest_entry entries[16] = { 0 };
	const struct vdevfw_guest_entry *first, *second;
	struct guest older, newer;
	struct vdevfw_error error;
	uint32_t all, count;

	guest_make(&older, 1);
	guest_make_in(&newer, VDEVFW_STATE_PAUSED);
	CHECK_ERR(vdevfw_guest_list(older.device, NULL, 0, &all, &error), 0, "count only");
	NEED(all >= 2 && all <= 16);
	CHECK_ERR(vdevfw_guest_list(older.device, entries, all - 1, &count, &error), -EMSGSIZE, "one less");
	CHECK_EQ(count, all);
	CHECK_EQ(entries[0].id, 0);
	CHECK_ERR(vdevfw_guest_list(older.device, entries, 16, &count, &error), 0, "enough");
	CHECK_EQ(count, all);
	first = find_entry(entries, count, older.id);
	second = find_entry(entries, count, newer.id);
	NEED(first && second);
	CHECK(first < second);
	CHECK(!strcmp((const char *)first->name, "selftest"));
	CHECK_EQ(first->state, VDEVFW_STATE_CONFIG);
	CHECK_EQ(second->state, VDEVFW_STATE_PAUSED);
	CHECK_ERR(vdevfw_guest_list(older.device, entries, VDEVFW_GUESTS_MAX + 1, &count, &error), -E2BIG,
		  "too many");
	guest_end(&newer);
	CHECK_ERR(vdevfw_guest_list(older.device, entries, 16, &count, &error), 0, "one has gone");
	CHECK(!find_entry(entries, count, newer.id));
	guest_end(&older);
}

TEST(guest_list_of_another, "guests of another user are not listed")
{
	struct vdevfw_guest_entry entries[16];
	struct vdevfw_error error;
	struct guest guest;
	uint32_t count;

	guest_make(&guest, 1);
	NEED(seteuid(1000) == 0);
	CHECK_ERR(vdevfw_guest_list(guest.device, entries, 16, &count, &error), 0, "as another user");
	CHECK(!find_entry(entries, count, guest.id));
	NEED(seteuid(0) == 0);
	guest_end(&guest);
}

/* ---- GUEST_CREATE ---- */

static int create(int device, const char *name, int vm, int *fd)
{
	struct vdevfw_error error;
	uint64_t id;

	return vdevfw_guest_create(device, name, vm, fd, &id, &error);
}

/* It must fail with @want, and say @says. */
static void check_create(int device, const char *name, int vm, int want, const char *says)
{
	struct vdevfw_error error;
	uint64_t id;
	int fd;

	CHECK_ERR(vdevfw_guest_create(device, name, vm, &fd, &id, &error), want, "\"%s\", vm_fd %d",
		  name, vm);
	CHECK_TEXT(error.text, says);
}

TEST(create_fds, "EBADF: vm_fd is not open; EBADFD: it is no KVM VM")
{
	struct guest guest;
	int null, path;
	const int *const no_vm[] = {
		&null, &guest.vm.kvm, &guest.vm.vcpu[0].fd, &guest.fd, &guest.device,
	};
	unsigned int files, i;

	guest_make(&guest, 1);
	null = open("/dev/null", O_RDWR);
	path = open("/dev/null", O_PATH);
	files = open_files();
	check_create(guest.device, "x", -1, -EBADF, "vm_fd -1 is not an open file");
	check_create(guest.device, "x", 1000, -EBADF, "vm_fd 1000 is not an open file");
	check_create(guest.device, "x", 0x7fffffff, -EBADF, "is not an open file");
	check_create(guest.device, "x", path, -EBADF, "is not an open file");
	for (i = 0; i < sizeof(no_vm) / sizeof(no_vm[0]); i++)
		check_create(guest.device, "x", *no_vm[i], -EBADFD,
			     "is not a KVM VM: it must come from KVM_CREATE_VM");
	CHECK_EQ(open_files(), files);
	guest_end(&guest);
}

TEST(create_twice, "EBUSY: the VM has a guest already")
{
	struct vdevfw_error error;
	struct guest guest;
	uint64_t id;
	int fd, other;

	guest_make(&guest, 1);
	CHECK_ERR(vdevfw_guest_create(guest.device, "x", guest.vm.fd, &fd, &id, &error), -EBUSY,
		  "second");
	CHECK_TEXT(error.text, "guest");
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_CONFIG);
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	CHECK_ERR(create(guest.device, "x", guest.vm.fd, &fd), 0, "after destroy");
	CHECK_ERR(create(guest.device, "x", guest.vm.fd, &other), -EBUSY, "again");
	close(fd);
	CHECK_ERR(create(guest.device, "x", guest.vm.fd, &fd), 0, "after close");
	close(fd);
	guest_end(&guest);
}

TEST(create_other_process, "EXDEV: the VM belongs to another process")
{
	struct vm vm;
	int device = device_open(), fd;
	pid_t pid;

	vm_create(&vm, 1);
	pid = fork();
	if (!pid) {
		check_create(device, "x", vm.fd, -EXDEV,
			     "is a VM of another process: its own process must create the guest");
		_exit(test_failed);
	}
	join_child(pid);
	CHECK_ERR(create(device, "x", vm.fd, &fd), 0, "in the parent");
}

TEST(create_names, "EINVAL: name: letters, digits, -_.; two guests may share one")
{
	static const char *const bad[] = {
		"", " ", "a b", "a/b", "a:b", "\xc3\xa4", "a\n", "\x7f", "(", "a\tb", "%n",
	};
	struct vdevfw_guest_create cmd = { .req.size = sizeof(cmd) };
	char msg[VDEVFW_MSG_MAX];
	struct guest a, b;
	unsigned int i;
	struct vm vm;

	guest_make(&a, 1);
	guest_make(&b, 1);
	vm_create(&vm, 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_create(a.device, bad[i], vm.fd, -EINVAL,
			     "malformed: 1 to 63 letters, digits, - _ . are allowed");
	cmd.vm_fd = vm.fd;
	cmd.req.msg = (uintptr_t)msg;
	cmd.req.msg_len = sizeof(msg);
	memset(cmd.name, 'a', sizeof(cmd.name));
	CHECK_ERR(ioctl(a.device, VDEVFW_GUEST_CREATE, &cmd) ? -errno : 0, -EINVAL, "no NUL");
	CHECK_TEXT(msg, "63");
	CHECK_EQ(cmd.out_fd, -1);
	CHECK_EQ(cmd.out_id, 0);
	cmd.name[63] = 0;
	cmd.name[0] = 'Z';
	cmd.name[1] = '9';
	NEED(ioctl(a.device, VDEVFW_GUEST_CREATE, &cmd) == 0);
	CHECK_EQ(strcmp((char *)guest_info(cmd.out_fd).out_name, (char *)cmd.name), 0);
	CHECK_EQ(guest_info(cmd.out_fd).out_id, cmd.out_id);
}

TEST(close_on_exec, "out_fd: close-on-exec, as every file of a guest")
{
	struct vdevfw_error error;
	struct guest guest;
	int other;

	guest_make(&guest, 1);
	NEED(vdevfw_guest_open(guest.device, guest.id, &other, &error) == 0);
	CHECK_EQ(fcntl(guest.fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(other, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(other, F_GETFL) & O_ACCMODE, O_RDWR);
}

TEST(no_files_left, "EMFILE: there are too many open files for another one; nothing has changed")
{
	struct rlimit old, none;
	struct vdevfw_error error;
	struct guest guest;
	unsigned int files;
	int fd, next;
	struct vm vm;
	uint64_t id;

	guest_make(&guest, 1);
	vm_create(&vm, 1);
	files = open_files();
	next = dup(0);
	close(next);
	NEED(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = (struct rlimit){ next, old.rlim_max };
	NEED(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK_ERR(vdevfw_guest_create(guest.device, "x", vm.fd, &fd, &id, &error), -EMFILE,
		  "create");
	CHECK_TEXT(error.text, "files");
	CHECK_ERR(vdevfw_guest_open(guest.device, guest.id, &fd, &error), -EMFILE, "open");
	NEED(setrlimit(RLIMIT_NOFILE, &old) == 0);
	CHECK_EQ(open_files(), files);
	CHECK_ERR(create(guest.device, "x", vm.fd, &fd), 0, "create afterwards");
}

/* ---- GUEST_OPEN ---- */

TEST(open_ids, "ENOENT: there never was such an id; ESTALE: that guest is gone; never used again")
{
	struct vdevfw_error error;
	struct guest guest, later;
	int fd;

	guest_make(&guest, 1);
	CHECK(guest.id != 0);
	CHECK_ERR(vdevfw_guest_open(guest.device, 0, &fd, &error), -ENOENT, "0");
	CHECK_TEXT(error.text, "there is no guest 0");
	CHECK_ERR(vdevfw_guest_open(guest.device, guest.id + 1000, &fd, &error), -ENOENT, "unknown");
	CHECK_ERR(vdevfw_guest_open(guest.device, ~0ull, &fd, &error), -ENOENT, "-1");
	CHECK_ERR(vdevfw_guest_open(guest.device, guest.id | 1ull << 32, &fd, &error), -ENOENT,
		  "more than 32 bits");
	CHECK_ERR(vdevfw_guest_open(guest.device, guest.id, &fd, &error), 0, "open");
	CHECK_EQ(guest_info(fd).out_id, guest.id);
	CHECK_ERR(vdevfw_guest_destroy(fd, &error), 0, "destroy");
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_DEAD);
	CHECK_ERR(vdevfw_guest_open(guest.device, guest.id, &fd, &error), -ESTALE, "destroyed");
	CHECK_TEXT(error.text, "is gone");
	guest_make(&later, 1);
	CHECK(later.id > guest.id);
	close(later.fd);
	CHECK_ERR(vdevfw_guest_open(guest.device, later.id, &fd, &error), -ESTALE, "closed");
}

TEST(open_does_not_keep, "Another file for that guest. It does not keep the guest alive")
{
	struct vdevfw_error error;
	struct guest guest;
	int other, copy;

	guest_make(&guest, 1);
	NEED(vdevfw_guest_open(guest.device, guest.id, &other, &error) == 0);
	close(other);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_CONFIG);
	NEED(vdevfw_guest_open(guest.device, guest.id, &other, &error) == 0);
	copy = dup(guest.fd);
	close(guest.fd);
	CHECK_EQ(guest_state(other), VDEVFW_STATE_CONFIG);
	close(copy);	/* the last copy */
	CHECK_EQ(guest_state(other), VDEVFW_STATE_DEAD);
	CHECK_ERR(vdevfw_guest_start(other, &error), -ESHUTDOWN, "start");
}

TEST(open_by_others, "For the user who created the guest, and for CAP_SYS_ADMIN; EACCES")
{
	struct vdevfw_error error;
	struct guest roots, users;
	int fd;

	if (geteuid())
		test_skip("this test needs root");
	guest_make(&roots, 1);
	guest_make(&users, 1);
	close(users.fd);
	/* Their files are open already: what counts is who calls. */
	NEED(seteuid(1000) == 0);
	CHECK_ERR(vdevfw_guest_open(roots.device, roots.id, &fd, &error), -EACCES, "root's");
	CHECK_TEXT(error.text, "CAP_SYS_ADMIN");
	NEED(vdevfw_guest_create(roots.device, "users", users.vm.fd, &users.fd, &users.id,
				 &error) == 0);
	CHECK_ERR(vdevfw_guest_open(roots.device, users.id, &fd, &error), 0, "one's own");
	NEED(seteuid(0) == 0);
	CHECK_ERR(vdevfw_guest_open(roots.device, users.id, &fd, &error), 0, "CAP_SYS_ADMIN");
	NEED(seteuid(1001) == 0);
	CHECK_ERR(vdevfw_guest_open(roots.device, users.id, &fd, &error), -EACCES, "another's");
	CHECK_ERR(vdevfw_guest_open(roots.device, users.id + 99, &fd, &error), -ENOENT, "no id");
}

TEST_MAIN
