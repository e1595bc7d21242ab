// SPDX-License-Identifier: GPL-2.0-only
/* The life of a guest: its states, the options and places of its vdevs, its events, its end. */
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fixture.h"

/* ---- states ---- */

enum { ADD, CONFIGURE, START, STOP, DESTROY, INFO, SET, STATUS, BUTTON, COMMANDS };

static const char *const command_names[] = {
	"add", "configure", "start", "stop", "destroy", "info", "set", "status", "button",
};

static int command(struct guest *guest, unsigned int number, struct vdevfw_error *error)
{
	struct vdevfw_guest_info info;
	uint32_t n;
	uint64_t id;

	switch (number) {
	case ADD:
		return guest_add(guest, "test", "loc=mem:0xfb000000", &id, error);
	case CONFIGURE:
		return vdevfw_guest_configure(guest->fd, error);
	case START:
		return vdevfw_guest_start(guest->fd, error);
	case STOP:
		return vdevfw_guest_stop(guest->fd, error);
	case DESTROY:
		return vdevfw_guest_destroy(guest->fd, error);
	case SET:
		return vdevfw_guest_set(guest->fd, "safety=none", sizeof("safety=none"), error);
	case STATUS:
		return vdevfw_guest_status(guest->fd, 0, NULL, 0, &n, error);
	case BUTTON:
		return vdevfw_guest_button(guest->fd, &n, error);
	default:
		return vdevfw_guest_info(guest->fd, &info, error);
	}
}

#define CONFIGURED_SAYS		"is configured: settings and vdevs can be added before that only"
#define NEVER_STARTED_SAYS	"was never started: start it first"
#define ENDED_SAYS		"is at its end"

TEST(states, "each command in each state: EBUSY, EALREADY, EPERM, ESHUTDOWN")
{
	static const struct {
		enum vdevfw_state state;
		int err[COMMANDS];
		enum vdevfw_state then[COMMANDS];
		const char *says[COMMANDS];
	} table[] = {
		{ VDEVFW_STATE_CONFIG, { 0, 0, -EPERM, -EPERM, 0, 0, 0, 0, -EPERM },
		  { 0, 1, 0, 0, 14, 0, 0, 0, 0 },
		  { [START] = "is not configured: configure it first",
		    [STOP] = NEVER_STARTED_SAYS, [BUTTON] = NEVER_STARTED_SAYS } },
		{ VDEVFW_STATE_CONFIGURED,
		  { -EBUSY, -EALREADY, 0, -EPERM, 0, 0, -EBUSY, 0, -EPERM },
		  { 1, 1, 2, 1, 14, 1, 1, 1, 1 },
		  { [ADD] = CONFIGURED_SAYS, [CONFIGURE] = "is configured already",
		    [STOP] = NEVER_STARTED_SAYS, [SET] = CONFIGURED_SAYS,
		    [BUTTON] = NEVER_STARTED_SAYS } },
		{ VDEVFW_STATE_RUNNING, { -EBUSY, -EALREADY, -EALREADY, 0, 0, 0, -EBUSY, 0, 0 },
		  { 2, 2, 2, 3, 14, 2, 2, 2, 2 },
		  { [ADD] = CONFIGURED_SAYS, [CONFIGURE] = "is configured already",
		    [START] = "is running already", [SET] = CONFIGURED_SAYS } },
		{ VDEVFW_STATE_PAUSED, { -EBUSY, -EALREADY, 0, 0, 0, 0, -EBUSY, 0, 0 },
		  { 3, 3, 2, 3, 14, 3, 3, 3, 3 },
		  { [ADD] = CONFIGURED_SAYS, [CONFIGURE] = "is configured already",
		    [SET] = CONFIGURED_SAYS } },
		{ VDEVFW_STATE_DEAD,
		  { -ESHUTDOWN, -ESHUTDOWN, -ESHUTDOWN, -ESHUTDOWN, 0, 0, -ESHUTDOWN, -ESHUTDOWN,
		    -ESHUTDOWN },
		  { 14, 14, 14, 14, 14, 14, 14, 14, 14 },
		  { [ADD] = ENDED_SAYS, [CONFIGURE] = ENDED_SAYS, [START] = ENDED_SAYS,
		    [STOP] = ENDED_SAYS, [SET] = ENDED_SAYS, [STATUS] = ENDED_SAYS,
		    [BUTTON] = ENDED_SAYS } },
	};
	struct vdevfw_error error;
	unsigned int i, c;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (c = 0; c < COMMANDS; c++) {
			struct guest guest;

			guest_make_in(&guest, table[i].state);
			CHECK_ERR(command(&guest, c, &error), table[i].err[c], "%s in state %u",
				  command_names[c], table[i].state);
			CHECK_EQ(guest_state(guest.fd), table[i].then[c]);
			if (table[i].err[c])
				CHECK_TEXT(error.text, table[i].says[c]);
			guest_end(&guest);
		}
	}
}

TEST(info, "out_name, out_id, out_state, out_vdevs, out_cause, out_terminated")
{
	struct vdevfw_guest_info info;
	struct guest guest;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	guest_add_ok(&guest, "test", "loc=mem:0xfb000100");
	info = guest_info(guest.fd);
	CHECK_EQ(strcmp((char *)info.out_name, "selftest"), 0);
	CHECK_EQ(info.out_id, guest.id);
	CHECK_EQ(info.out_vdevs, 2);
	CHECK_EQ(info.out_cause, 0);
	CHECK_EQ(info.out_terminated, 0);
	guest_end(&guest);
}

TEST(vdev_ids, "out_id: the vdev's id within the guest. Never 0")
{
	struct guest guest;
	uint64_t a, b;

	guest_make(&guest, 1);
	a = guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	b = guest_add_ok(&guest, "test", "loc=mem:0xfb000100");
	CHECK(a && b && a != b);
	guest_end(&guest);
}

/* ---- options ---- */

#define NONE VDEVFW_NO_OPTION

TEST(options, "ENOPROTOOPT, ENODATA, EINVAL, ERANGE, EALREADY, EDESTADDRREQ, EOPNOTSUPP, EDOM")
{
	static const struct {
		const char *factory, *options;
		int err;
		uint32_t option;
		const char *says[3];
	} table[] = {
		{ "trace", "", -EDESTADDRREQ, NONE, { "loc", "required", "mem:ADDRESS" } },
		{ "trace", "emit-logger", -EDESTADDRREQ, NONE, { "loc" } },
		{ "trace", "loc=0xfa000000", 0, NONE, { "" } },
		{ "trace", "loc=mem:0xfa000000 emit-logger emit-trace=12", 0, NONE, { "" } },
		{ "trace", "loc=0xfa000000 emit-logger emit-logger", 0, NONE, { "" } },
		{ "trace", "loc=0372000000", 0, NONE, { "" } },
		{ "trace", "nonsense", -ENOPROTOOPT, 0, { "nonsense", "unknown", "allowed" } },
		{ "trace", "loc=0xfa000000 nonsense=1", -ENOPROTOOPT, 1, { "nonsense" } },
		{ "trace", "loc=0xfa000000 =1", -ENOPROTOOPT, 1, { "unknown" } },
		{ "trace", "loc=0xfa000000 0emit-logger", -ENOPROTOOPT, 1, { "0emit-logger" } },
		{ "trace", "LOC=0xfa000000", -ENOPROTOOPT, 0, { "LOC" } },
		{ "trace", "length=8", -ENOPROTOOPT, 0, { "length" } },
		{ "trace", "loc", -ENODATA, 0, { "loc", "argument" } },
		{ "trace", "loc=", -ENODATA, 0, { "loc", "argument" } },
		{ "trace", "loc=0xfa000000 emit-trace", -ENODATA, 1, { "emit-trace" } },
		{ "trace", "loc=0xfa000000 emit-trace=", -ENODATA, 1, { "emit-trace" } },
		{ "trace", "loc=0xfa000000 emit-logger=1", -EINVAL, 1, { "emit-logger", "\"1\"" } },
		{ "trace", "loc=0xfa000000 emit-logger=", -EINVAL, 1, { "emit-logger" } },
		{ "trace", "loc=x", -EINVAL, 0, { "loc", "\"x\"", "mem:ADDRESS" } },
		{ "trace", "loc=-4", -EINVAL, 0, { "-4" } },
		{ "trace", "loc=+4", -EINVAL, 0, { "+4" } },
		{ "trace", "loc=0x", -EINVAL, 0, { "malformed" } },
		{ "trace", "loc=4k", -EINVAL, 0, { "4k" } },
		{ "trace", "loc=mem:", -EINVAL, 0, { "mem:" } },
		{ "trace", "loc=mem:mem:4", -EINVAL, 0, { "mem:mem:4" } },
		{ "trace", "loc=4\n", -EINVAL, 0, { "loc" } },
		{ "trace", "loc=0xfa000000=1", -EINVAL, 0, { "0xfa000000=1" } },
		{ "trace", "loc=0x10000000000000000", -ERANGE, 0, { "too large", "allowed" } },
		{ "trace", "loc=0xffffffffffffffff", -ERANGE, 0, { "too large" } },
		{ "test", "loc=io:0x10000", -ERANGE, 0, { "io:0x10000", "too large" } },
		{ "trace", "loc=0xfa000000 emit-trace=4294967296", -ERANGE, 1,
		  { "too large", "allowed", "4294967295" } },
		{ "trace", "loc=0xfa000000 emit-trace=x", -EINVAL, 1, { "not a number" } },
		{ "test", "loc=0xfb000000 length=0x40000001", -ERANGE, 1, { "1073741824" } },
		{ "test", "loc=0xfb000000 delay-ms=10001", -ERANGE, 1, { "10000" } },
		{ "trace", "loc=0xfa000000 loc=0xfa000000", -EALREADY, 1, { "loc", "twice", "once" } },
		{ "trace", "loc=0xfa000000 emit-logger loc=1", -EALREADY, 2, { "twice" } },
		{ "trace", "loc=io:0x500", -EOPNOTSUPP, 0, { "io:0x500", "allowed: mem:ADDRESS" } },
		{ "trace", "loc=pci:0", -EOPNOTSUPP, 0, { "PCI", "mem:ADDRESS" } },
		{ "test", "loc=pci:", -EOPNOTSUPP, 0, { "io:PORT" } },
		{ "trace", "loc=0xfa000002", -EDOM, 0, { "0xfa000002", "aligned", "multiples of 4" } },
		{ "test", "loc=mem:0xfb000004", -EDOM, 0, { "multiples of 8" } },
		{ "test", "loc=io:0x5001", -EDOM, 0, { "0x5001", "multiples of 8" } },
		{ "test", "loc=io:0x5000", 0, NONE, { "" } },
		{ "test", "loc=mem:0xfb000000 fail=OPTIONS_END", -EIO, NONE, { "OPTIONS_END" } },
		{ "no-such-vdev", "loc=1", -ENOENT, NONE, { "vdev-no-such-vdev" } },
		{ "NO", "loc=1", -EINVAL, NONE, { "allowed" } },
		{ "", "loc=1", -EINVAL, NONE, { "allowed" } },
	};
	struct vdevfw_error error;
	struct guest guest;
	unsigned int i, s;
	uint64_t id;

	guest_make(&guest, 1);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		guest_again(&guest);
		CHECK_ERR(guest_add(&guest, table[i].factory, table[i].options, &id, &error),
			  table[i].err, "%s %s", table[i].factory, table[i].options);
		if (table[i].err && error.option != table[i].option)
			FAIL("%s: option %u, not %u", table[i].options, error.option,
			     table[i].option);
		for (s = 0; s < 3 && table[i].says[s]; s++)
			CHECK_TEXT(error.text, table[i].says[s]);
		if (table[i].err)
			CHECK_TEXT(error.text, table[i].factory);
		CHECK_EQ(guest_info(guest.fd).out_vdevs, !table[i].err);
		CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_CONFIG);
	}
	guest_end(&guest);
}

static int add_raw(struct guest *guest, const char *options, uint32_t len,
		   struct vdevfw_error *error)
{
	uint64_t id;

	return vdevfw_vdev_add(guest->fd, "trace", options, len, &id, error);
}

TEST(options_size, "options_len: bytes, at most VDEVFW_OPTIONS_MAX; E2BIG; each with its NUL")
{
	unsigned int len = VDEVFW_OPTIONS_MAX, i;
	char *options = calloc(1, len + 2), *end;
	struct vdevfw_error error;
	struct guest guest;

	guest_make(&guest, 1);
	/* As many as fit. */
	for (i = 0; i + 12 < len - 24; i += 12)
		strcpy(options + i, "emit-logger");
	memcpy(options + i, "loc=0xfa000000", 15);
	for (i += 15; i < len - 12; i += 12)
		strcpy(options + i, "emit-logger");
	CHECK_ERR(add_raw(&guest, options, i, &error), 0, "%u bytes", i);

	/* One of 64 KiB. */
	memset(options, 'x', len + 1);
	options[len - 1] = 0;
	CHECK_ERR(add_raw(&guest, options, len, &error), -ENOPROTOOPT, "one of 64 KiB");
	CHECK(strlen(error.text) < 200);
	memcpy(options, "loc=", 4);
	CHECK_ERR(add_raw(&guest, options, len, &error), -EINVAL, "a location of 64 KiB");
	CHECK(strlen(error.text) < 200);
	CHECK_EQ(error.option, 0);

	options[len] = 0;
	CHECK_ERR(add_raw(&guest, options, len + 1, &error), -E2BIG, "64 KiB and 1");
	CHECK_TEXT(error.text, "65536");
	CHECK_ERR(add_raw(&guest, options, 0xffffffff, &error), -E2BIG, "4 GiB");
	CHECK_ERR(add_raw(&guest, NULL, 100, &error), -EFAULT, "NULL");
	CHECK_ERR(add_raw(&guest, "loc=0xfa000000", 14, &error), -EINVAL, "no NUL");
	CHECK_TEXT(error.text, "NUL");
	CHECK_ERR(add_raw(&guest, "x", 1, &error), -EINVAL, "one byte");
	CHECK_ERR(add_raw(&guest, "", 1, &error), -ENOPROTOOPT, "an empty option");
	CHECK_ERR(add_raw(&guest, NULL, 0, &error), -EDESTADDRREQ, "nothing");

	end = (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) +
	      4096;
	NEED(mprotect(end, 4096, PROT_NONE) == 0);
	memcpy(end - 15, "loc=0xfa000100", 15);
	CHECK_ERR(add_raw(&guest, end - 15, 15, &error), 0, "at the end of a page");
	CHECK_ERR(add_raw(&guest, end - 15, 16, &error), -EFAULT, "beyond it");
	CHECK_EQ(guest_info(guest.fd).out_vdevs, 2);
	guest_end(&guest);
}

TEST(options_strange, "a message quotes what is not printable escaped, and cuts what is long")
{
	struct vdevfw_error error;
	struct guest guest;
	const char *c;

	guest_make(&guest, 1);
	CHECK_ERR(add_raw(&guest, "\x1b[2J\n\xff%s%n", 11, &error), -ENOPROTOOPT, "control codes");
	/* Bytes of UTF-8 may pass. */
	for (c = error.text; *c; c++)
		if ((*c >= 0 && *c < ' ') || *c == 0x7f)
			FAIL("byte 0x%02x in \"%s\"", *c & 0xff, error.text);
	guest_end(&guest);
}

/* ---- places ---- */

/* One vdev, and what must come of configuring it. */
static void check_place(struct guest *guest, const char *factory, const char *options, int want,
			const char *const says[3])
{
	struct vdevfw_error error;
	char vdev[40];
	unsigned int i;
	uint64_t id;
	int err;

	id = guest_add_ok(guest, factory, options);
	err = vdevfw_guest_configure(guest->fd, &error);
	CHECK_ERR(err, want, "%s %s", factory, options);
	if (!want)
		return;
	CHECK_EQ(error.vdev, id);
	snprintf(vdev, sizeof(vdev), "vdev %s", factory);
	if (err)
		CHECK_TEXT(error.text, vdev);
	for (i = 0; err && i < 3 && says[i]; i++)
		CHECK_TEXT(error.text, says[i]);
	/* "A failure other than EALREADY ends the assembly: the guest is destroyed" */
	CHECK_EQ(guest_state(guest->fd), VDEVFW_STATE_DEAD);
}

TEST(places, "EADDRINUSE, EEXIST, EBUSY, EADDRNOTAVAIL; out_vdev: the vdev it was about")
{
	static const struct {
		const char *factory, *options;
		int err;
		const char *says[3];
	} table[] = {
		{ "test", "loc=mem:0x8000", -EEXIST, { "0x8000", "memory at 0x0-0xffff", "free" } },
		{ "test", "loc=mem:0xfff8", -EEXIST, { "0xfff8-0xffff", "memory" } },
		{ "test", "loc=mem:0xfff8 length=16", -EEXIST, { "0xfff8-0x10007" } },
		{ "test", "loc=mem:0x10000", 0, { NULL } },
		{ "trace", "loc=mem:0xfec00000", -EBUSY, { "0xfec00000", "IOAPIC", "free" } },
		{ "test", "loc=mem:0xfebffff8 length=9", -EBUSY, { "IOAPIC" } },
		{ "test", "loc=mem:0xfec000f8", -EBUSY, { "IOAPIC" } },
		{ "test", "loc=mem:0xfec00100", 0, { NULL } },
		{ "test", "loc=mem:0xfee00000", -EBUSY, { "0xfee00000", "local APIC", "free" } },
		{ "test", "loc=mem:0xfee00ff8", -EBUSY, { "local APIC" } },
		{ "test", "loc=mem:0xfedffff8 length=9", -EBUSY, { "local APIC" } },
		{ "test", "loc=mem:0xfedffff8", 0, { NULL } },
		{ "test", "loc=mem:0xfee01000", 0, { NULL } },
		{ "test", "loc=io:0x40", -EBUSY, { "io:0x40", "PIT", "free" } },
		{ "test", "loc=io:0x38 length=9", -EBUSY, { "PIT" } },
		{ "test", "loc=io:0x38", 0, { NULL } },
		{ "test", "loc=io:0x60", -EBUSY, { "0x61", "speaker" } },
		{ "test", "loc=io:0x20", -EBUSY, { "PIC" } },
		{ "test", "loc=io:0xa0", -EBUSY, { "PIC" } },
		{ "test", "loc=io:0x4d0", -EBUSY, { "PIC" } },
		{ "test", "loc=io:0xfff8", 0, { NULL } },
		{ "test", "loc=io:0xfff8 length=9", -EADDRNOTAVAIL, { "io:0xfff8", "0xffff" } },
		/* A vCPU without CPUID addresses 36 bits. */
		{ "test", "loc=mem:0x1000000000", -EADDRNOTAVAIL, { "0x1000000000", "0xfffffffff" } },
		{ "test", "loc=mem:0xffffffff8", 0, { NULL } },
		{ "test", "loc=mem:0xffffffff8 length=9", -EADDRNOTAVAIL, { "0xfffffffff" } },
		{ "test", "loc=mem:0xfffffffffffffff8", -EADDRNOTAVAIL, { "0xfffffffffffffff8" } },
		/* Two ioeventfds: 4 bytes at e0000000, any size at e0001004. */
		{ "test", "loc=mem:0xe0000000", -EBUSY, { "0xe0000000", "ioeventfd", "free" } },
		{ "test", "loc=mem:0xe0000000 length=1", -EBUSY, { "0xe0000000-0xe0000003" } },
		{ "test", "loc=mem:0xdffffff8 length=0x100", -EBUSY, { "ioeventfd" } },
		{ "test", "loc=mem:0xe0000008", 0, { NULL } },
		{ "test", "loc=mem:0xe0001000", -EBUSY, { "0xe0001004", "ioeventfd" } },
		{ "test", "loc=mem:0xe0001000 length=4", 0, { NULL } },
		{ "test", "loc=mem:0xe0002000 length=1", -EBUSY, { "0xe0001ffc-0xe0002003" } },
		{ "test", "loc=mem:0xfb000000 length=0", -EINVAL, { "length" } },
		{ "test", "loc=mem:0xfb000000 fail=ASSIGN", -EIO, { "ASSIGN" } },
		{ "test", "loc=mem:0xfb000000 fail=GUEST_CONFIGURED", -EIO, { "GUEST_CONFIGURED" } },
	};
	struct guest guest;
	unsigned int i;

	guest_make(&guest, 1);
	vm_add_ioeventfd(&guest.vm, 0xe0000000, 4);
	vm_add_ioeventfd(&guest.vm, 0xe0001004, 0);
	vm_add_ioeventfd(&guest.vm, 0xe0001ffc, 8);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		guest_again(&guest);
		check_place(&guest, table[i].factory, table[i].options, table[i].err, table[i].says);
	}
	guest_end(&guest);
}

TEST(address_width, "EADDRNOTAVAIL: it lies beyond the guest's physical address width")
{
	static const char *const says[3] = { "0xffffffffff" };
	static const char *const nothing[3] = { NULL };
	struct guest guest;

	guest_make(&guest, 2);
	vcpu_set_address_bits(&guest.vm, &guest.vm.vcpu[0], 40);
	vcpu_set_address_bits(&guest.vm, &guest.vm.vcpu[1], 40);
	check_place(&guest, "test", "loc=mem:0xfffffffff8", 0, nothing);
	guest_end(&guest);
	guest_make(&guest, 2);
	vcpu_set_address_bits(&guest.vm, &guest.vm.vcpu[0], 40);
	vcpu_set_address_bits(&guest.vm, &guest.vm.vcpu[1], 40);
	check_place(&guest, "test", "loc=mem:0x10000000000", -EADDRNOTAVAIL, says);
	guest_end(&guest);
	guest_make(&guest, 2);	/* the least of all vCPUs: 36 */
	vcpu_set_address_bits(&guest.vm, &guest.vm.vcpu[1], 40);
	check_place(&guest, "test", "loc=mem:0xfffffffff8", -EADDRNOTAVAIL, nothing);
	guest_end(&guest);
}

TEST(place_of_another, "EADDRINUSE: the place is taken by another vdev")
{
	static const char *const second[] = {
		"loc=mem:0xfb000000", "loc=mem:0xfb000008", "loc=mem:0xfafffff8 length=9",
		"loc=mem:0xfaff0000 length=0x20000",
	};
	struct vdevfw_error error;
	struct guest guest;
	unsigned int i;
	uint64_t id;

	for (i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		guest_make(&guest, 1);
		guest_add_ok(&guest, "test", "loc=mem:0xfb000000 length=16");
		id = guest_add_ok(&guest, "test", second[i]);
		CHECK_ERR(vdevfw_guest_configure(guest.fd, &error), -EADDRINUSE, "%s", second[i]);
		CHECK_EQ(error.vdev, id);
		CHECK_TEXT(error.text, "vdev test");
		CHECK_TEXT(error.text, "test mem:0xfb000000 has 0xfb000000-0xfb00000f");
		CHECK_TEXT(error.text, "free");
		CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_DEAD);
		guest_end(&guest);
	}
}

TEST(neighbours, "vdevs that touch share a page, vdevs in one page need not touch")
{
	struct guest guest;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "trace", "loc=mem:0xfa000008");
	guest_add_ok(&guest, "trace", "loc=mem:0xfa000000");
	guest_add_ok(&guest, "trace", "loc=mem:0xfa000004");
	guest_add_ok(&guest, "trace", "loc=mem:0xfa000100");
	guest_add_ok(&guest, "test", "loc=mem:0xfa000ff8 length=0x1010");
	guest_add_ok(&guest, "test", "loc=io:0xfa0");
	guest_add_ok(&guest, "test", "loc=io:0xfa8 length=1");
	guest_configure_ok(&guest);
	guest_end(&guest);
}

/* KVM's bus has room for NR_IOBUS_DEVS. */
static int configure_many(unsigned int count, unsigned int distance, struct vdevfw_error *error)
{
	struct guest guest;
	unsigned int i;
	int err;

	guest_make(&guest, 1);
	for (i = 0; i < count; i++) {
		char options[64];

		snprintf(options, sizeof(options), "loc=mem:0x%x", 0xfb000000 + i * distance);
		guest_add_ok(&guest, "test", options);
	}
	err = vdevfw_guest_configure(guest.fd, error);
	guest_end(&guest);
	return err;
}

TEST(bus_full, "ENOSPC: KVM's bus is full")
{
	struct vdevfw_error error;

	CHECK_ERR(configure_many(1001, 16, &error), -ENOSPC, "1001 apart");
	CHECK_TEXT(error.text, "1000");
	CHECK_ERR(configure_many(1001, 8, &error), 0, "1001 that touch");
}

TEST(vdevs_full, "ENOSPC: the guest has as many vdevs as it can have")
{
	struct vdevfw_error error;
	struct guest guest;
	unsigned int i;
	uint64_t id;
	int err = 0;

	if (is_debug_kernel())
		test_skip("16,384 vdevs take too long here");
	guest_make(&guest, 1);
	for (i = 0; !err && i <= 16384; i++) {
		char options[64];

		snprintf(options, sizeof(options), "loc=mem:0x%x", 0xd0000000 + i * 8);
		err = guest_add(&guest, "test", options, &id, &error);
	}
	CHECK_EQ(i, 16385);
	CHECK_ERR(err, -ENOSPC, "vdev %u", i);
	CHECK_TEXT(error.text, "16384");
	guest_configure_ok(&guest);	/* all of them touch */
	guest_end(&guest);
}

/* ---- the end ---- */

/* Closes the four files in the order that @order says; what is left must work. */
static void close_in_order(unsigned int order)
{
	enum { OWNER, OTHER, VM, VCPU, FILES };
	unsigned int left[FILES] = { OWNER, OTHER, VM, VCPU }, count = FILES, pick, i;
	int refs = module_refs("vdev_test");
	struct vdevfw_error error;
	struct guest guest;
	int fds[FILES];

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 forget-thread");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	NEED(vdevfw_guest_open(guest.device, guest.id, &fds[OTHER], &error) == 0);
	fds[OWNER] = guest.fd;
	fds[VM] = guest.vm.fd;
	fds[VCPU] = guest.vm.vcpu[0].fd;
	CHECK_EQ(module_refs("vdev_test"), refs + 1);
	for (; count; count--) {
		pick = order % count;
		order /= count;
		close(fds[left[pick]]);
		fds[left[pick]] = -1;
		for (i = pick; i + 1 < count; i++)
			left[i] = left[i + 1];
		if (fds[OWNER] >= 0) {
			CHECK_EQ(guest_state(fds[OWNER]), VDEVFW_STATE_RUNNING);
			CHECK_ERR(vdevfw_guest_stop(fds[OWNER], &error), 0, "stop");
			CHECK_ERR(vdevfw_guest_start(fds[OWNER], &error), 0, "start");
		} else {
			CHECK_EQ(module_refs("vdev_test"), refs);
			if (fds[OTHER] >= 0)
				CHECK_EQ(guest_state(fds[OTHER]), VDEVFW_STATE_DEAD);
		}
	}
	munmap(guest.vm.vcpu[0].run, guest.vm.vcpu[0].run_size);
	CHECK_EQ(module_refs("vdev_test"), refs);
	close(guest.device);
	close(guest.vm.kvm);
	munmap(guest.vm.ram, VM_RAM);
}

TEST(close_orders, "When the last copy of this file is closed, the guest is destroyed: all orders")
{
	unsigned int order, files;

	module_load("vdev-test", "");
	files = open_files();
	for (order = 0; order < 24; order++)
		close_in_order(order);
	CHECK_EQ(open_files(), files);
}

TEST(destroy_without_vm_file, "DESTROY ends every vdev, releases KVM; one that is DEAD stays so")
{
	struct vdevfw_error error;
	struct guest guest;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "trace", "loc=mem:0xfa000000");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	vm_destroy(&guest.vm);
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "again");
	CHECK_EQ(guest_info(guest.fd).out_vdevs, 0);
	close(guest.fd);
}

TEST(fail_at_start, "START: a vdev that refuses ends the guest")
{
	struct vdevfw_error error;
	struct guest guest;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 fail=GUEST_STARTING");
	guest_configure_ok(&guest);
	CHECK_ERR(vdevfw_guest_start(guest.fd, &error), -EIO, "start");
	CHECK_TEXT(error.text, "vdev test");
	guest_end(&guest);
}

TEST(fail_at_terminate, "DESTROY: what a vdev answers to TERMINATE is ignored")
{
	struct vdevfw_error error;
	struct guest guest;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 fail=TERMINATE");
	guest_configure_ok(&guest);
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_DEAD);
	guest_end(&guest);
}

/* ---- events ---- */

static struct vdevfw_event next_event(int fd)
{
	struct vdevfw_event event = { .type = ~0u };
	int got = vdevfw_event_read(fd, &event);

	if (got != 1) {
		FAIL("no event: %d", got);
		_exit(TEST_FAIL);
	}
	CHECK_EQ(event.size, sizeof(event));
	if (event.type != VDEVFW_EVENT_LOG && event.type != VDEVFW_EVENT_STOPPED)
		CHECK_EQ(event.detail, 0);
	return event;
}

static void check_state_event(int fd, uint64_t seq, enum vdevfw_state state)
{
	struct vdevfw_event event = next_event(fd);

	CHECK_EQ(event.type, VDEVFW_EVENT_STATE);
	CHECK_EQ(event.seq, seq);
	CHECK_EQ(event.value, state);
	CHECK_EQ(event.vdev, 0);
	CHECK_EQ(event.text[0], 0);
}

static short poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, 0);
	return p.revents;
}

TEST(events, "The first event of a guest has 1, each later one 1 more; after DEAD, read gives 0")
{
	struct vdevfw_event event, last = { 0 };
	struct guest guest;
	unsigned int i;

	guest_make_in(&guest, VDEVFW_STATE_DEAD);
	for (i = 0; i < 7; i++) {
		static const struct {
			enum vdevfw_event_type type;
			enum vdevfw_state state;
		} want[] = {
			{ VDEVFW_EVENT_STATE, VDEVFW_STATE_CONFIG },
			{ VDEVFW_EVENT_STATE, VDEVFW_STATE_CONFIGURED },
			{ VDEVFW_EVENT_STATE, VDEVFW_STATE_RUNNING },
			{ VDEVFW_EVENT_STATE, VDEVFW_STATE_PAUSED },
			{ VDEVFW_EVENT_STOPPED, VDEVFW_STATE_PAUSED },
			{ VDEVFW_EVENT_STATE, VDEVFW_STATE_DYING },
			{ VDEVFW_EVENT_STATE, VDEVFW_STATE_DEAD },
		};

		CHECK_EQ(poll_now(guest.fd), POLLIN | POLLHUP);
		event = next_event(guest.fd);
		CHECK_EQ(event.seq, i + 1);
		CHECK_EQ(event.type, want[i].type);
		CHECK_EQ(event.value, want[i].state);
		CHECK(event.time_ns >= last.time_ns);
		last = event;
	}
	CHECK(last.time_ns / 1000000 <= (uint64_t)now_ms());
	CHECK_EQ(vdevfw_event_read(guest.fd, &event), 0);
	CHECK_EQ(vdevfw_event_read(guest.fd, &event), 0);
	CHECK_EQ(poll_now(guest.fd), POLLHUP);
	guest_end(&guest);
}

TEST(event_log, "VDEVFW_EVENT_LOG: vdev says text, with severity value")
{
	struct vdevfw_event event;
	struct guest guest;
	uint64_t id;

	guest_make(&guest, 1);
	id = guest_add_ok(&guest, "trace", "loc=0xfa000000");
	check_state_event(guest.fd, 1, VDEVFW_STATE_CONFIG);
	event = next_event(guest.fd);
	CHECK_EQ(event.type, VDEVFW_EVENT_LOG);
	CHECK_EQ(event.vdev, id);
	CHECK_EQ(event.value, VDEVFW_SEVERITY_INFO);
	CHECK_EQ(event.detail, VDEVFW_LOG_STDERR);
	CHECK_TEXT((char *)event.text, "0xfa000000");
	guest_end(&guest);
}

TEST(events_nonblock, "waits for the first unless O_NONBLOCK is set (EAGAIN); poll(2): POLLIN")
{
	struct vdevfw_event event;
	struct guest guest;

	guest_make(&guest, 1);
	CHECK_EQ(poll_now(guest.fd), POLLIN);
	check_state_event(guest.fd, 1, VDEVFW_STATE_CONFIG);
	CHECK_EQ(poll_now(guest.fd), 0);
	NEED(fcntl(guest.fd, F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERR(vdevfw_event_read(guest.fd, &event), -EAGAIN, "nothing there");
	guest_configure_ok(&guest);
	CHECK_EQ(poll_now(guest.fd), POLLIN);
	check_state_event(guest.fd, 2, VDEVFW_STATE_CONFIGURED);
	guest_end(&guest);
}

TEST(events_buffer, "as many whole records as are there and fit; too small for one is EINVAL")
{
	struct vdevfw_event events[8];
	const int one = sizeof(events[0]);
	struct guest guest;

	guest_make_in(&guest, VDEVFW_STATE_DEAD);
	CHECK_ERR(read(guest.fd, events, 0) < 0 ? -errno : 0, -EINVAL, "0 bytes");
	CHECK_ERR(read(guest.fd, events, one - 1) < 0 ? -errno : 0, -EINVAL, "one too few");
	CHECK_EQ(read(guest.fd, events, 2 * one + 100), 2 * one);
	CHECK(events[1].seq == events[0].seq + 1);
	CHECK_EQ(read(guest.fd, events, sizeof(events)), 5 * one);
	CHECK_EQ(read(guest.fd, events, sizeof(events)), 0);
	guest_end(&guest);
}

TEST(events_fault, "EFAULT: memory cannot be written; and then nothing has changed: no event is lost")
{
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct guest guest;

	guest_make_in(&guest, VDEVFW_STATE_CONFIGURED);
	CHECK_ERR(read(guest.fd, nowhere, 4096) < 0 ? -errno : 0, -EFAULT, "bad address");
	check_state_event(guest.fd, 1, VDEVFW_STATE_CONFIG);
	guest_end(&guest);
}

TEST(events_wait, "read(2) waits for the first; a signal and an event wake it")
{
	struct vdevfw_event event;
	struct guest guest;
	int other, status;
	struct vdevfw_error error;
	pid_t pid;

	guest_make(&guest, 1);
	NEED(vdevfw_guest_open(guest.device, guest.id, &other, &error) == 0);
	pid = fork();
	if (!pid) {
		check_state_event(other, 2, VDEVFW_STATE_CONFIGURED);
		if (!test_failed)
			vdevfw_event_read(other, &event);	/* killed here */
		_exit(9);
	}
	sleep_ms(100);
	guest_configure_ok(&guest);
	sleep_ms(100);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGTERM);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	guest_end(&guest);
}

TEST(events_lost, "VDEVFW_EVENT_LOST: this reader was too slow: value events are missing here")
{
	static const enum vdevfw_event_type types[] = {
		VDEVFW_EVENT_STATE, VDEVFW_EVENT_STOPPED, VDEVFW_EVENT_STATE, VDEVFW_EVENT_RESUMED,
	};
	struct vdevfw_event event;
	struct guest guest;
	unsigned int i;
	uint64_t seq;

	guest_make_in(&guest, VDEVFW_STATE_RUNNING);
	for (i = 0; i < 50; i++) {
		guest_stop_ok(&guest);
		guest_start_ok(&guest);
	}
	/* Three, and four a round: PAUSED, STOPPED, RUNNING, RESUMED. 64 of them are kept. */
	event = next_event(guest.fd);
	CHECK_EQ(event.type, VDEVFW_EVENT_LOST);
	CHECK_EQ(event.value, 139);
	for (seq = 140; seq <= 203; seq++) {
		event = next_event(guest.fd);
		CHECK_EQ(event.seq, seq);
		CHECK_EQ(event.type, types[seq % 4]);
	}
	CHECK_EQ(poll_now(guest.fd), 0);
	guest_end(&guest);
}

TEST(events_64, "exactly as many as are kept: none is lost")
{
	struct vdevfw_error error;
	struct guest guest;
	unsigned int i;

	guest_make_in(&guest, VDEVFW_STATE_RUNNING);
	for (i = 0; i < 15; i++) {
		guest_stop_ok(&guest);
		guest_start_ok(&guest);
	}
	/* With this one, 64: VDEVFW_EVENT_POWERDOWN. */
	NEED(vdevfw_guest_ask(guest.fd, VDEVFW_ASK_POWERDOWN, 0, VDEVFW_ASK_WAIT, &error) == 0);
	check_state_event(guest.fd, 1, VDEVFW_STATE_CONFIG);
	guest_end(&guest);
}

TEST(events_two_readers, "Each file of a guest reads all events from the moment it was opened")
{
	struct vdevfw_error error;
	struct guest guest;
	int a, b;

	guest_make(&guest, 1);
	NEED(vdevfw_guest_open(guest.device, guest.id, &a, &error) == 0);
	guest_configure_ok(&guest);
	NEED(vdevfw_guest_open(guest.device, guest.id, &b, &error) == 0);
	CHECK_EQ(poll_now(b), 0);
	guest_start_ok(&guest);
	check_state_event(a, 2, VDEVFW_STATE_CONFIGURED);
	check_state_event(a, 3, VDEVFW_STATE_RUNNING);
	check_state_event(b, 3, VDEVFW_STATE_RUNNING);
	check_state_event(guest.fd, 1, VDEVFW_STATE_CONFIG);
	check_state_event(guest.fd, 2, VDEVFW_STATE_CONFIGURED);
	check_state_event(guest.fd, 3, VDEVFW_STATE_RUNNING);
	close(guest.fd);
	check_state_event(a, 4, VDEVFW_STATE_DYING);
	check_state_event(a, 5, VDEVFW_STATE_DEAD);
	CHECK_EQ(poll_now(a), POLLHUP);
}

/* ---- the owner's process ---- */

/* What a grandchild that has inherited the guest's file sees when its parent is gone. */
static void watch_end(struct guest *guest, int device)
{
	struct pollfd p = { .fd = guest->fd, .events = 0 };
	struct vdevfw_error error;
	int fd;

	CHECK_EQ(poll(&p, 1, 20000), 1);
	CHECK_EQ(p.revents, POLLHUP);
	CHECK_EQ(guest_state(guest->fd), VDEVFW_STATE_DEAD);
	CHECK_ERR(vdevfw_guest_stop(guest->fd, &error), -ESHUTDOWN, "stop");
	CHECK_ERR(vdevfw_guest_open(device, guest->id, &fd, &error), -ESTALE, "open");
}

TEST(owner_dies, "When … the process of the VM ends, the guest is destroyed")
{
	static const int ends[] = { 0, SIGKILL };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		int result[2], status = -1;
		pid_t owner;

		NEED(pipe(result) == 0);
		owner = fork();
		if (!owner) {
			struct guest guest;

			guest_make(&guest, 1);
			guest_add_ok(&guest, "trace", "loc=0xfa000000");
			guest_configure_ok(&guest);
			guest_start_ok(&guest);
			if (!fork()) {
				watch_end(&guest, guest.device);
				status = test_failed;
				_exit(write(result[1], &status, sizeof(status)) < 0);
			}
			sleep_ms(100);
			if (ends[i])
				kill(getpid(), ends[i]);
			_exit(0);
		}
		close(result[1]);
		waitpid(owner, NULL, 0);
		CHECK_EQ(read(result[0], &status, sizeof(status)), sizeof(status));
		CHECK_EQ(status, 0);
		close(result[0]);
	}
}

TEST(owner_execs, "When … the process of the VM ends: so does its address space with exec")
{
	int result[2], status = -1;
	pid_t owner;

	NEED(pipe(result) == 0);
	owner = fork();
	if (!owner) {
		struct guest guest;

		guest_make_in(&guest, VDEVFW_STATE_RUNNING);
		fcntl(guest.fd, F_SETFD, 0);
		if (!fork()) {
			watch_end(&guest, guest.device);
			status = test_failed;
			_exit(write(result[1], &status, sizeof(status)) < 0);
		}
		sleep_ms(100);
		execl("/bin/sleep", "sleep", "1", NULL);
		_exit(1);
	}
	close(result[1]);
	CHECK_EQ(read(result[0], &status, sizeof(status)), sizeof(status));
	CHECK_EQ(status, 0);
	waitpid(owner, NULL, 0);
}

TEST_MAIN
