// SPDX-License-Identifier: GPL-2.0-only
/*
 * VDEVFW_GUEST_SAVE and VDEVFW_GUEST_RESTORE with real guests: what one guest has done to its vdevs,
 * another one finds there, with instructions of its own.
 *
 * These tests call ioctl() themselves: libvdevfw would never do it wrong.
 */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "machine.h"

#define TRACE		0xfa000000
#define PAGE		0xfa001000	/* a trace vdev whose reads pass */
#define KEY		0xfb000000
#define OTHER_KEY	0xfb001000

#define SP805		0x1c0f0000
#define LOAD		0x000
#define VALUE		0x004
#define CONTROL		0x008
#define INTCLR		0x00c
#define RIS		0x010
#define LOCK		0xc00
#define UNLOCKED	0x1acce551
#define INTEN		1
#define LINE		5

#define IB700_START	0x443
#define IB700_LEVEL(s)	(15 - (s) / 2)

#define ROOM		65536

/* A saved guest, and what the commands have said besides. */
struct saved {
	uint8_t data[ROOM];
	uint32_t len;
	uint32_t flags;
	uint64_t vdev;
	char msg[VDEVFW_MSG_MAX];
};

/* ---- the two commands ---- */

static int save_to(int fd, void *data, uint32_t len, struct saved *saved)
{
	struct vdevfw_guest_save cmd = {
		.req = { .size = sizeof(cmd), .msg = (uintptr_t)saved->msg, .msg_len = sizeof(saved->msg) },
		.data = (uintptr_t)data,
		.data_len = len,
	};
	int err;

	saved->msg[0] = 0;
	err = ioctl(fd, VDEVFW_GUEST_SAVE, &cmd) ? -errno : 0;
	saved->len = cmd.out_data_len;
	saved->flags = cmd.out_flags;
	saved->vdev = cmd.out_vdev;
	return err;
}

static int save(struct guest *guest, struct saved *saved)
{
	return save_to(guest->fd, saved->data, sizeof(saved->data), saved);
}

static void save_ok(struct guest *guest, struct saved *saved)
{
	CHECK_ERR(save(guest, saved), 0, "%.200s", saved->msg);
	NEED(saved->len && saved->len <= ROOM);
}

static int restore_from(struct guest *guest, const void *data, uint32_t len, struct saved *saved)
{
	struct vdevfw_guest_restore cmd = {
		.req = { .size = sizeof(cmd), .msg = (uintptr_t)saved->msg, .msg_len = sizeof(saved->msg) },
		.data = (uintptr_t)data,
		.data_len = len,
	};
	int err;

	saved->msg[0] = 0;
	err = ioctl(guest->fd, VDEVFW_GUEST_RESTORE, &cmd) ? -errno : 0;
	saved->vdev = cmd.out_vdev;
	return err;
}

static int restore(struct guest *guest, struct saved *saved)
{
	return restore_from(guest, saved->data, saved->len, saved);
}

static void restore_ok(struct guest *guest, struct saved *saved)
{
	CHECK_ERR(restore(guest, saved), 0, "%.200s", saved->msg);
}

static bool has_reset_event(struct guest *guest)
{
	struct pollfd file = { .fd = guest->fd, .events = POLLIN };
	struct vdevfw_event event = { 0 };

	while (poll(&file, 1, 0) == 1 && vdevfw_event_read(guest->fd, &event) == 1)
		if (event.type == VDEVFW_EVENT_RESET)
			return true;
	return false;
}

/* ---- the guest ---- */

/* vdev trace is 1, its sibling 2, test 3, wdt-sp805 4, wdt-ib700 5. */
static void configure(struct guest *guest)
{
	guest_make(guest, 1);
	guest_add_ok(guest, "trace", "loc=0xfa000000 name=counter");
	guest_add_ok(guest, "trace", "loc=0xfa001000 pass-reads");
	guest_add_ok(guest, "test", "loc=mem:0xfb000000 count name=key");
	guest_add_ok(guest, "wdt-sp805", "intr=ioapic:5 frequency=1000 action=machine");
	guest_add_ok(guest, "wdt-ib700", "");
	guest_configure_ok(guest);
}

static void start(struct guest *guest)
{
	configure(guest);
	guest_start_ok(guest);
}

static uint64_t read_at(struct guest *guest, uint64_t address, unsigned int len)
{
	uint64_t value = 0;

	CHECK(vcpu_read(guest->vm.vcpu, address, len, &value));
	return value;
}

static void write_at(struct guest *guest, uint64_t address, unsigned int len, uint64_t value)
{
	CHECK(vcpu_write(guest->vm.vcpu, address, len, value));
}

static void write_all(struct guest *guest)
{
	write_at(guest, TRACE, 4, 1000);
	write_at(guest, PAGE, 4, 2000);
	write_at(guest, KEY, 8, 0x1122334455667788);
	write_at(guest, SP805 + LOAD, 4, 1000000);
	write_at(guest, SP805 + CONTROL, 4, INTEN);
}

/* The counters go up each second. */
static void check_all(struct guest *guest)
{
	uint64_t counter = read_at(guest, TRACE, 4), page = read_at(guest, PAGE, 4);

	CHECK(counter >= 1000 && counter < 1100);
	CHECK(page >= 2000 && page < 2100);
	CHECK_EQ(read_at(guest, KEY, 8), 0x1122334455667788);
	CHECK_EQ(read_at(guest, SP805 + LOAD, 4), 1000000);
	CHECK_EQ(read_at(guest, SP805 + CONTROL, 4), INTEN);
	CHECK_EQ(read_at(guest, SP805 + LOCK, 4), 0);
}

static void check_all_new(struct guest *guest)
{
	CHECK(read_at(guest, TRACE, 4) < 1000);
	CHECK(read_at(guest, PAGE, 4) < 1000);
	CHECK_EQ(read_at(guest, SP805 + LOAD, 4), 0xffffffff);
	CHECK_EQ(read_at(guest, SP805 + CONTROL, 4), 0);
}

/* What the first PIC has seen, whatever the guest lets through. */
static bool line_is_up(struct guest *guest)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_PIC_MASTER };

	NEED(ioctl(guest->vm.fd, KVM_GET_IRQCHIP, &chip) == 0);
	return chip.chip.pic.last_irr & 1 << LINE;
}

/* ---- there and back ---- */

TEST(registers, "saved while it runs, restored in another guest: that one reads what the first one has written")
{
	static struct saved saved;
	struct guest guest, other;

	start(&guest);
	write_all(&guest);
	save_ok(&guest, &saved);
	CHECK_EQ(saved.flags, VDEVFW_STOPPED_UNCONFIRMED);
	CHECK_EQ(saved.vdev, 0);
	note("%u bytes", saved.len);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_RUNNING);
	write_at(&guest, KEY, 8, 1);
	CHECK_EQ(read_at(&guest, KEY, 8), 1);
	guest_end(&guest);

	configure(&other);
	restore_ok(&other, &saved);
	CHECK_EQ(guest_state(other.fd), VDEVFW_STATE_CONFIGURED);
	guest_start_ok(&other);
	CHECK_EQ(guest_state(other.fd), VDEVFW_STATE_RUNNING);
	check_all(&other);
	write_at(&other, KEY, 8, 2);
	CHECK_EQ(read_at(&other, KEY, 8), 2);
	guest_end(&other);
}

TEST(restore_paused, "a guest that is stopped goes back to what it was, and forward again")
{
	static struct saved saved, later;
	struct guest guest;

	start(&guest);
	write_all(&guest);
	save_ok(&guest, &saved);
	write_at(&guest, KEY, 8, 5);
	write_at(&guest, SP805 + CONTROL, 4, 0);
	write_at(&guest, SP805 + LOCK, 4, 1);
	guest_stop_ok(&guest);
	save_ok(&guest, &later);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_PAUSED);
	restore_ok(&guest, &saved);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_PAUSED);
	guest_start_ok(&guest);
	check_all(&guest);
	guest_stop_ok(&guest);
	restore_ok(&guest, &later);
	guest_start_ok(&guest);
	CHECK_EQ(read_at(&guest, KEY, 8), 5);
	CHECK_EQ(read_at(&guest, SP805 + CONTROL, 4), 0);
	CHECK_EQ(read_at(&guest, SP805 + LOCK, 4), 1);
	guest_end(&guest);
}

TEST(counter_of_a_watchdog, "what counts with the guest's clock goes on where it was, however long that is ago")
{
	static struct saved saved;
	struct guest guest, other;
	long long began, between;
	uint64_t before, after;

	start(&guest);
	write_all(&guest);
	sleep_ms(200);
	began = now_ms();
	before = read_at(&guest, SP805 + VALUE, 4);
	save_ok(&guest, &saved);
	between = now_ms() - began;
	guest_end(&guest);
	configure(&other);
	restore_ok(&other, &saved);
	sleep_ms(5000);
	began = now_ms();
	guest_start_ok(&other);
	after = read_at(&other, SP805 + VALUE, 4);
	between += now_ms() - began;
	note("%llu ticks of 1 ms before, %llu after; %lld ms", (unsigned long long)before,
	     (unsigned long long)after, between);
	CHECK(before < 1000000 - 150);
	CHECK(after <= before);
	CHECK(before - after <= (uint64_t)between + 3);
	guest_end(&other);
}

/* When the guest's watchdog has ended it, as now_ms() has it. */
static long long bitten_at(struct guest *guest)
{
	struct pollfd file = { .fd = guest->fd, .events = POLLIN };
	struct vdevfw_event event = { 0 };

	do
		NEED(poll(&file, 1, 20000) == 1 && vdevfw_event_read(guest->fd, &event) == 1);
	while (event.type != VDEVFW_EVENT_TERMINATE);
	CHECK_EQ(event.value, VDEVFW_EXIT_WATCHDOG);
	CHECK_EQ(event.vdev, 5);
	return event.time_ns / 1000000;
}

TEST(timer_of_a_watchdog, "a timer that was set goes off in time: a watchdog bites as much later as it would have")
{
	static struct saved saved;
	struct guest guest, other;
	long long fed, gone, began, bitten;

	start(&guest);
	fed = now_ms();
	CHECK(vcpu_out(guest.vm.vcpu, IB700_START, 1, IB700_LEVEL(6)));
	sleep_ms(1000);
	save_ok(&guest, &saved);
	gone = now_ms() - fed;
	guest_end(&guest);
	configure(&other);
	restore_ok(&other, &saved);
	sleep_ms(7000);
	began = now_ms();
	guest_start_ok(&other);
	bitten = bitten_at(&other) - began;
	note("saved up to %lld ms after it was fed for 6000, bitten %lld ms after it goes on", gone, bitten);
	CHECK(bitten >= 6000 - gone - 2);
	CHECK(bitten <= 5000 + (is_debug_kernel() ? 4000 : 1500));
	guest_end(&other);
}

TEST(raised_line, "a line that was raised is so again, and the guest can lower it")
{
	static struct saved saved;
	struct guest guest, other;

	start(&guest);
	write_at(&guest, SP805 + LOAD, 4, 20);
	write_at(&guest, SP805 + CONTROL, 4, INTEN);
	CHECK(WAIT_FOR(line_is_up(&guest)));
	save_ok(&guest, &saved);
	CHECK(line_is_up(&guest));
	guest_end(&guest);
	configure(&other);
	CHECK(!line_is_up(&other));
	restore_ok(&other, &saved);
	CHECK(line_is_up(&other));
	guest_start_ok(&other);
	CHECK_EQ(read_at(&other, SP805 + RIS, 4), 1);
	write_at(&other, SP805 + LOAD, 4, 1000000);
	write_at(&other, SP805 + INTCLR, 4, 0);
	CHECK(!line_is_up(&other));
	guest_end(&other);
}

TEST(asleep, "one that slept is asleep again after START, and can be woken up")
{
	static struct saved saved;
	struct vdevfw_error error = { 0 };
	struct guest guest, other;

	start(&guest);
	write_all(&guest);
	CHECK_ERR(vdevfw_guest_ask(guest.fd, VDEVFW_ASK_SUSPEND, 0, VDEVFW_ASK_WAIT, &error), 0, "suspend");
	save_ok(&guest, &saved);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_SUSPENDED);
	guest_end(&guest);
	configure(&other);
	restore_ok(&other, &saved);
	CHECK_EQ(guest_state(other.fd), VDEVFW_STATE_CONFIGURED);
	guest_start_ok(&other);
	CHECK_EQ(guest_state(other.fd), VDEVFW_STATE_SUSPENDED);
	CHECK_ERR(vdevfw_guest_ask(other.fd, VDEVFW_ASK_WAKEUP, 0, VDEVFW_ASK_WAIT, &error), 0, "wake up");
	CHECK_EQ(guest_state(other.fd), VDEVFW_STATE_RUNNING);
	check_all(&other);
	guest_end(&other);
}

TEST(generation, "out_generation: how often it has been reset or restored")
{
	static struct saved saved;
	struct guest guest, other;
	uint64_t before;

	start(&guest);
	save_ok(&guest, &saved);
	CHECK_EQ(guest_info(guest.fd).out_generation, 0);
	guest_end(&guest);
	configure(&other);
	before = guest_info(other.fd).out_generation;
	restore_ok(&other, &saved);
	CHECK_EQ(guest_info(other.fd).out_generation, before + 1);
	guest_end(&other);
}

/* ---- what SAVE refuses ---- */

TEST(save_room, "EMSGSIZE: data_len is neither 0 nor enough; data is not written; out_data_len is told")
{
	static struct saved saved;
	uint8_t poison[16];
	struct guest guest;
	uint32_t len;

	start(&guest);
	CHECK_ERR(save_to(guest.fd, NULL, 0, &saved), 0, "%.200s", saved.msg);
	len = saved.len;
	CHECK(len > 0 && len < ROOM);
	memset(poison, 0x5a, sizeof(poison));
	CHECK_ERR(save_to(guest.fd, poison, 1, &saved), -EMSGSIZE, "1 byte");
	CHECK_EQ(saved.len, len);
	CHECK_TEXT(saved.msg, "the buffer has 1 bytes, the saved guest takes ");
	CHECK_EQ(poison[0], 0x5a);
	memset(saved.data, 0x5a, sizeof(saved.data));
	CHECK_ERR(save_to(guest.fd, saved.data, len - 1, &saved), -EMSGSIZE, "one byte too few");
	CHECK_EQ(saved.len, len);
	CHECK_EQ(saved.data[0], 0x5a);
	CHECK_ERR(save_to(guest.fd, saved.data, len, &saved), 0, "%.200s", saved.msg);
	CHECK_EQ(saved.data[len], 0x5a);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_RUNNING);
	guest_end(&guest);
}

TEST(save_states, "EPERM: never started. EUCLEAN: it must be reset before. ESHUTDOWN: it is dead")
{
	static struct saved saved;
	struct vdevfw_guest_stop stop;
	struct vdevfw_error error;
	struct guest guest;

	guest_make(&guest, 1);
	CHECK_ERR(save(&guest, &saved), -EPERM, "config");
	guest_end(&guest);
	configure(&guest);
	CHECK_ERR(save(&guest, &saved), -EPERM, "configured");
	CHECK_TEXT(saved.msg, "was never started: start it first");
	guest_start_ok(&guest);
	CHECK_ERR(vdevfw_guest_stop_in(guest.fd, VDEVFW_STATE_INTERNAL_ERROR, 0, &stop, &error), 0, "stop");
	CHECK_ERR(save(&guest, &saved), -EUCLEAN, "internal error");
	CHECK_TEXT(saved.msg, "it can be saved only when it has been reset");
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_INTERNAL_ERROR);
	NEED(vdevfw_guest_destroy(guest.fd, &error) == 0);
	CHECK_ERR(save(&guest, &saved), -ESHUTDOWN, "dead");
	guest_end(&guest);
}

static const struct {
	const char *options;
	int error;
	const char *says;
} unsaved[] = {
	{ "loc=mem:0xfb001000 name=mute fail=SAVE:95", -EOPNOTSUPP,
	  "vdev 6, test \"mute\" mem:0xfb001000: vdev test refuses SAVE with error 95" },
	{ "loc=mem:0xfb001000 fail=SAVE", -EIO, "vdev test refuses SAVE with error 5" },
	{ "loc=mem:0xfb001000 fail=SAVE:1", -EIO, "vdev test refuses SAVE with error" },
	{ "loc=mem:0xfb001000 fail=DRAIN:28", -EBUSY, "has not come to rest" },
};

TEST(save_refused, "EOPNOTSUPP: a vdev cannot be saved. EBUSY: it has not come to rest. An error of a vdev's own")
{
	static struct saved saved;
	struct guest guest;
	unsigned int i;

	for (i = 0; i < sizeof(unsaved) / sizeof(unsaved[0]); i++) {
		guest_make(&guest, 1);
		guest_add_ok(&guest, "trace", "loc=0xfa000000");
		guest_add_ok(&guest, "trace", "loc=0xfa001000");
		guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
		guest_add_ok(&guest, "wdt-sp805", "");
		guest_add_ok(&guest, "wdt-ib700", "");
		guest_add_ok(&guest, "test", unsaved[i].options);
		guest_configure_ok(&guest);
		guest_start_ok(&guest);
		write_at(&guest, KEY, 8, 77);
		CHECK_ERR(save(&guest, &saved), unsaved[i].error, "%s", unsaved[i].options);
		CHECK_TEXT(saved.msg, unsaved[i].says);
		CHECK_EQ(saved.vdev, unsaved[i].error == -EBUSY ? 0 : 6);
		CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_RUNNING);
		CHECK_EQ(read_at(&guest, KEY, 8), 77);
		guest_end(&guest);
	}
}

/* Two pages, of which the second one cannot be touched; the end of the first one. */
static uint8_t *edge(void)
{
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(pages != MAP_FAILED && mprotect(pages + 4096, 4096, PROT_NONE) == 0);
	return pages + 4096;
}

TEST(pointers, "EFAULT: memory behind a pointer cannot be read or written; then nothing has changed")
{
	static struct saved saved;
	uint8_t *end = edge();
	struct guest guest;

	start(&guest);
	write_all(&guest);
	save_ok(&guest, &saved);
	CHECK_ERR(save_to(guest.fd, NULL, ROOM, &saved), -EFAULT, "save to NULL");
	CHECK_ERR(save_to(guest.fd, end - 16, ROOM, &saved), -EFAULT, "save over an edge");
	CHECK_ERR(save_to(guest.fd, (void *)(1ul << 63), ROOM, &saved), -EFAULT, "save to the kernel");
	check_all(&guest);
	save_ok(&guest, &saved);
	guest_stop_ok(&guest);
	CHECK_ERR(restore_from(&guest, NULL, saved.len, &saved), -EFAULT, "restore from NULL");
	CHECK_ERR(restore_from(&guest, end - 16, saved.len, &saved), -EFAULT, "restore over an edge");
	CHECK_ERR(restore_from(&guest, (void *)(1ul << 63), saved.len, &saved), -EFAULT, "from the kernel");
	memcpy(end - saved.len, saved.data, saved.len);
	CHECK_ERR(restore_from(&guest, end - saved.len, saved.len, &saved), 0, "up to an edge");
	guest_start_ok(&guest);
	check_all(&guest);
	guest_end(&guest);
}

TEST(reserved, "EOPNOTSUPP: a reserved field is not zero")
{
	struct vdevfw_guest_save save_cmd = { .req.size = sizeof(save_cmd), .__reserved = 1 };
	struct vdevfw_guest_restore restore_cmd = { .req.size = sizeof(restore_cmd), .__reserved = 1 };
	struct guest guest;

	start(&guest);
	CHECK_ERR(ioctl(guest.fd, VDEVFW_GUEST_SAVE, &save_cmd) ? -errno : 0, -EOPNOTSUPP, "save");
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_RUNNING);
	guest_stop_ok(&guest);
	CHECK_ERR(ioctl(guest.fd, VDEVFW_GUEST_RESTORE, &restore_cmd) ? -errno : 0, -EOPNOTSUPP, "restore");
	guest_end(&guest);
}

/* ---- what RESTORE refuses ---- */

TEST(restore_states, "EBUSY: it is neither CONFIGURED nor PAUSED; ESHUTDOWN: it is dead")
{
	static struct saved saved;
	struct vdevfw_guest_stop stop;
	struct vdevfw_error error;
	struct guest guest;

	start(&guest);
	write_all(&guest);
	save_ok(&guest, &saved);
	CHECK_ERR(restore(&guest, &saved), -EBUSY, "running");
	CHECK_TEXT(saved.msg, "is running: it can be restored when it is configured or paused");
	check_all(&guest);
	CHECK_ERR(vdevfw_guest_ask(guest.fd, VDEVFW_ASK_SUSPEND, 0, VDEVFW_ASK_WAIT, &error), 0, "suspend");
	CHECK_ERR(restore(&guest, &saved), -EBUSY, "suspended");
	CHECK_ERR(vdevfw_guest_ask(guest.fd, VDEVFW_ASK_WAKEUP, 0, VDEVFW_ASK_WAIT, &error), 0, "wake up");
	CHECK_ERR(vdevfw_guest_stop_in(guest.fd, VDEVFW_STATE_IO_ERROR, 0, &stop, &error), 0, "stop");
	CHECK_ERR(restore(&guest, &saved), -EBUSY, "io error");
	guest_start_ok(&guest);
	check_all(&guest);
	NEED(vdevfw_guest_destroy(guest.fd, &error) == 0);
	CHECK_ERR(restore(&guest, &saved), -ESHUTDOWN, "dead");
	guest_again(&guest);
	CHECK_ERR(restore(&guest, &saved), -EBUSY, "config");
	guest_end(&guest);
}

struct added {
	const char *name;
	const char *options;
};

static const struct {
	struct added vdevs[6];
	uint64_t vdev;
	const char *says;
} others[] = {
#define THE_TRACE	{ "trace", "loc=0xfa000000 name=counter" }
#define THE_PAGE	{ "trace", "loc=0xfa001000 pass-reads" }
#define THE_KEY		{ "test", "loc=mem:0xfb000000 count name=key" }
#define THE_SP805	{ "wdt-sp805", "intr=ioapic:5 frequency=1000 action=machine" }
#define THE_IB700	{ "wdt-ib700", "" }
	{ { THE_TRACE, THE_PAGE, THE_KEY, THE_SP805 }, 0, "has 4 vdevs, the saved one had 5" },
	{ { THE_TRACE, THE_PAGE, THE_KEY, THE_SP805, THE_IB700, { "test", "loc=io:0x300" } }, 0,
	  "has 6 vdevs, the saved one had 5" },
	{ { THE_PAGE, THE_TRACE, THE_KEY, THE_SP805, THE_IB700 }, 1,
	  "vdev 1, trace mem:0xfa001000: at its place, one with the name \"counter\" was saved" },
	{ { THE_TRACE, THE_PAGE, { "test", "loc=mem:0xfb000000 name=lock" }, THE_SP805, THE_IB700 }, 3,
	  "vdev 3, test \"lock\" mem:0xfb000000: at its place, one with the name \"key\" was saved" },
	{ { THE_TRACE, THE_PAGE, { "test", "loc=io:0x300 name=key" }, THE_SP805, THE_IB700 }, 3,
	  "it was saved at mem:0xfb000000" },
	{ { THE_TRACE, THE_PAGE, THE_KEY, { "wdt-sp805", "intr=ioapic:6 frequency=1000" }, THE_IB700 }, 4,
	  "its interrupt ioapic:6 was saved as ioapic:5" },
	{ { THE_TRACE, THE_PAGE, THE_KEY, THE_IB700, THE_SP805 }, 4, "at its place, a vdev wdt-sp805 was saved" },
};

static void configure_other(struct guest *guest, const struct added *vdevs)
{
	unsigned int i;

	guest_make(guest, 1);
	for (i = 0; i < 6 && vdevs[i].name; i++)
		guest_add_ok(guest, vdevs[i].name, vdevs[i].options);
	guest_configure_ok(guest);
}

TEST(other_configuration, "EMEDIUMTYPE: it is one of another configuration; the guest is as it was")
{
	static struct saved saved;
	struct guest guest, other;
	unsigned int i;

	start(&guest);
	write_all(&guest);
	save_ok(&guest, &saved);
	guest_end(&guest);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		configure_other(&other, others[i].vdevs);
		CHECK_ERR(restore(&other, &saved), -EMEDIUMTYPE, "configuration %u", i);
		CHECK_TEXT(saved.msg, others[i].says);
		CHECK_EQ(saved.vdev, others[i].vdev);
		CHECK_EQ(guest_state(other.fd), VDEVFW_STATE_CONFIGURED);
		CHECK(!has_reset_event(&other));
		guest_start_ok(&other);
		check_all_new(&other);
		guest_end(&other);
	}
}

static void check_reset(struct guest *guest)
{
	CHECK_EQ(guest_state(guest->fd), VDEVFW_STATE_CONFIGURED);
	CHECK(has_reset_event(guest));
	guest_start_ok(guest);
	check_all_new(guest);
}

TEST(vdev_refuses, "if a vdev refuses what it has saved itself, all vdevs are reset: CONFIGURED, VDEVFW_EVENT_RESET")
{
	static const struct added another_rate[6] = {
		THE_TRACE, THE_PAGE, THE_KEY, { "wdt-sp805", "intr=ioapic:5 frequency=2000" }, THE_IB700
	};
	static const struct added refuses[6] = {
		THE_TRACE, THE_PAGE, { "test", "loc=mem:0xfb000000 name=key fail=RESTORE:84" }, THE_SP805,
		THE_IB700
	};
	static struct saved saved;
	struct guest guest, other;

	start(&guest);
	write_all(&guest);
	save_ok(&guest, &saved);
	guest_end(&guest);
	configure_other(&other, another_rate);
	CHECK_ERR(restore(&other, &saved), -EMEDIUMTYPE, "another rate");
	CHECK_TEXT(saved.msg, "its frequency is 2000, and was 1000");
	CHECK_EQ(saved.vdev, 4);
	check_reset(&other);
	guest_end(&other);
	configure_other(&other, refuses);
	CHECK_ERR(restore(&other, &saved), -EILSEQ, "an error of a vdev's own");
	CHECK_TEXT(saved.msg, "vdev 3, test \"key\" mem:0xfb000000: vdev test refuses RESTORE with error 84");
	CHECK_EQ(saved.vdev, 3);
	check_reset(&other);
	/* The one that was running is reset as well. */
	write_all(&other);
	guest_stop_ok(&other);
	CHECK_ERR(restore(&other, &saved), -EILSEQ, "of a guest that ran");
	check_reset(&other);
	guest_end(&other);
}

/* ---- damaged files ---- */

/* Few vdevs and a small file, so that each byte of it can have a turn. */
static void start_small(struct guest *guest)
{
	guest_make(guest, 1);
	guest_add_ok(guest, "trace", "loc=0xfa000000");
	guest_add_ok(guest, "test", "loc=mem:0xfb000000");
	guest_add_ok(guest, "wdt-ib700", "");
	guest_configure_ok(guest);
	guest_start_ok(guest);
}

static void stop_small(struct guest *guest, struct saved *saved)
{
	start_small(guest);
	write_at(guest, KEY, 8, 111);
	save_ok(guest, saved);
	write_at(guest, KEY, 8, 222);
	guest_stop_ok(guest);
}

/* It is as it was before the commands that were refused, and can be restored nevertheless. */
static void check_small(struct guest *guest, struct saved *saved)
{
	CHECK_EQ(guest_state(guest->fd), VDEVFW_STATE_PAUSED);
	CHECK(!has_reset_event(guest));
	guest_start_ok(guest);
	CHECK_EQ(read_at(guest, KEY, 8), 222);
	guest_stop_ok(guest);
	restore_ok(guest, saved);
	guest_start_ok(guest);
	CHECK_EQ(read_at(guest, KEY, 8), 111);
}

TEST(truncated, "EBADMSG: a file that is cut, at any byte, or longer; E2BIG: beyond VDEVFW_SAVE_MAX")
{
	static uint8_t big[VDEVFW_SAVE_MAX];
	static struct saved saved, ignored;
	struct guest guest;
	uint32_t len;

	stop_small(&guest, &saved);
	for (len = 0; len < saved.len && !test_failed; len++)
		CHECK_ERR(restore_from(&guest, saved.data, len, &ignored), -EBADMSG, "%u bytes", len);
	memcpy(big, saved.data, saved.len);
	CHECK_ERR(restore_from(&guest, big, saved.len + 1, &ignored), -EBADMSG, "one more byte");
	CHECK_TEXT(ignored.msg, "it is not complete, or not alone");
	CHECK_ERR(restore_from(&guest, big, VDEVFW_SAVE_MAX, &ignored), -EBADMSG, "as long as allowed");
	CHECK_ERR(restore_from(&guest, big, VDEVFW_SAVE_MAX + 1, &ignored), -E2BIG, "longer");
	CHECK_TEXT(ignored.msg, "allowed: 16777216");
	CHECK_ERR(restore_from(&guest, big, ~0u, &ignored), -E2BIG, "4 GiB");
	check_small(&guest, &saved);
	guest_end(&guest);
}

TEST(damaged, "EBADMSG: it is damaged, at any byte; EPROTONOSUPPORT: where the version is")
{
	static struct saved saved, ignored;
	struct guest guest;
	uint32_t i;
	int err;

	stop_small(&guest, &saved);
	for (i = 0; i < saved.len * 8 && !test_failed; i += is_debug_kernel() ? 5 : 1) {
		saved.data[i / 8] ^= 1 << i % 8;
		err = restore_from(&guest, saved.data, saved.len, &ignored);
		CHECK_ERR(err, i / 8 >= 8 && i / 8 < 12 ? -EPROTONOSUPPORT : -EBADMSG, "bit %u", i);
		CHECK(ignored.msg[0]);
		saved.data[i / 8] ^= 1 << i % 8;
	}
	check_small(&guest, &saved);
	guest_end(&guest);
}

TEST(random_data, "EBADMSG: this is no saved guest")
{
	static struct saved saved, noise;
	unsigned int n = is_debug_kernel() ? 100 : 1000, seed = 1, i;
	struct guest guest;

	stop_small(&guest, &saved);
	for (; n && !test_failed; n--) {
		noise.len = rand_r(&seed) % 4096;
		for (i = 0; i < noise.len; i++)
			noise.data[i] = rand_r(&seed);
		/* Half of them begin as they should. */
		if (n & 1)
			memcpy(noise.data, saved.data, 12);
		CHECK_ERR(restore(&guest, &noise), -EBADMSG, "%u bytes", noise.len);
	}
	check_small(&guest, &saved);
	guest_end(&guest);
}

static uint32_t crc32_of(const uint8_t *data, uint32_t len)
{
	uint32_t crc = ~0u;
	unsigned int bit;

	while (len--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void sign(uint8_t *data, uint32_t len)
{
	uint64_t length = len;
	uint32_t crc;

	memcpy(data + 16, &length, sizeof(length));
	crc = crc32_of(data + 16, len - 16);
	memcpy(data + 12, &crc, sizeof(crc));
}

static bool is_documented(int err)
{
	return !err || err == -EBADMSG || err == -EPROTONOSUPPORT || err == -EMEDIUMTYPE ||
	       err == -ENOENT || err == -EINVAL;	/* the last two are a vdev's */
}

TEST(forged, "somebody has made it so, with a right checksum: refused or taken, the guest lives, and can be restored")
{
	static struct saved saved, forged, ignored;
	unsigned int step = is_debug_kernel() ? 5 : 1, i;
	struct vdevfw_error error;
	unsigned int taken = 0;
	struct guest guest;
	int err;

	stop_small(&guest, &saved);
	for (i = 128; i < saved.len * 8 && !test_failed; i += step) {
		forged = saved;
		forged.data[i / 8] ^= 1 << i % 8;
		sign(forged.data, forged.len);
		err = restore_from(&guest, forged.data, forged.len, &ignored);
		if (!is_documented(err))
			FAIL("bit %u: error %d: %s", i, err, ignored.msg);
		CHECK_EQ(!err, !ignored.msg[0]);
		taken += !err;
	}
	note("%u of %u were taken", taken, (saved.len * 8 - 128) / step);
	CHECK(taken > 0);
	/* Cut, and signed again. */
	for (i = 24; i < saved.len && !test_failed; i += step) {
		forged = saved;
		sign(forged.data, i);
		CHECK_ERR(restore_from(&guest, forged.data, i, &ignored), -EBADMSG, "%u bytes", i);
	}
	restore_ok(&guest, &saved);
	guest_start_ok(&guest);
	CHECK_EQ(read_at(&guest, KEY, 8), 111);
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	guest_end(&guest);
}

/* ---- while vCPUs run ---- */

struct saver {
	struct guest *guest;
	unsigned int rounds;
	struct saved saved;
	bool over;
};

static void *save_again_and_again(void *data)
{
	struct saver *saver = data;

	while (saver->rounds-- && !test_failed) {
		save_ok(saver->guest, &saver->saved);
		CHECK_EQ(saver->saved.flags, 0);
	}
	__atomic_store_n(&saver->over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Until the saver is through, and the guest has gone on after that. */
static void serve(struct machine *machine, struct saver *saver)
{
	struct pollfd file = { .fd = machine->guest->fd, .events = POLLIN };
	struct vdevfw_error error = { 0 };
	struct vdevfw_event event;
	bool over;

	do {
		over = __atomic_load_n(&saver->over, __ATOMIC_ACQUIRE);
		if (poll(&file, 1, 10) != 1)
			continue;
		over = false;
		NEED(vdevfw_event_read(machine->guest->fd, &event) == 1);
		if (event.type == VDEVFW_EVENT_STOP_REQUEST) {
			machine_hold(machine);
			vdevfw_guest_ack(machine->guest->fd, event.number, &error);
		} else if (event.type == VDEVFW_EVENT_RESUMED) {
			machine_release(machine);
		}
	} while (!over);
}

static void configure_two(struct guest *guest)
{
	guest_make(guest, 2);
	GUEST_SET_OK(guest, MACHINE_ACKNOWLEDGE);
	guest_add_ok(guest, "test", "loc=mem:0xfb000000 count");
	guest_add_ok(guest, "test", "loc=mem:0xfb001000 count");
	guest_add_ok(guest, "trace", "loc=0xfa000000");
	guest_configure_ok(guest);
}

/* Each vCPU has read back all that it has written, and nothing of it has come twice. */
static void check_vcpu(struct guest *guest, unsigned int i)
{
	unsigned long counted = vcpu_regs(&guest->vm.vcpu[i]).rcx, arrived = vdev_writes(guest, i + 1);

	CHECK(counted > 0);
	CHECK(arrived == counted || arrived + 1 == counted);
}

TEST_TIMED(save_while_running, "saved while two vCPUs access vdevs, again and again: none is lost or made twice", 300)
{
	static struct saver saver;
	static struct saved ignored;
	struct guest guest, other;
	struct machine machine;
	pthread_t thread;
	uint64_t last;

	configure_two(&guest);
	guest_start_ok(&guest);
	vcpu_load(&guest.vm.vcpu[0], write_and_read, ((struct kvm_regs){ .rbx = KEY }));
	vcpu_load(&guest.vm.vcpu[1], write_and_read, ((struct kvm_regs){ .rbx = OTHER_KEY }));
	machine_begin(&machine, &guest);
	saver = (struct saver){ .guest = &guest, .rounds = is_debug_kernel() ? 30 : 300 };
	NEED(pthread_create(&thread, NULL, save_again_and_again, &saver) == 0);
	serve(&machine, &saver);
	pthread_join(thread, NULL);
	machine_hold(&machine);
	machine_end(&machine);
	check_vcpu(&guest, 0);
	check_vcpu(&guest, 1);
	last = vcpu_regs(&guest.vm.vcpu[0]).rcx;
	note("%llu and %llu accesses, of which %u had to wait", (unsigned long long)last,
	     vcpu_regs(&guest.vm.vcpu[1]).rcx, machine.late);
	guest_end(&guest);
	configure_two(&other);
	CHECK_ERR(restore_from(&other, saver.saved.data, saver.saved.len, &ignored), 0, "%.200s", ignored.msg);
	guest_start_ok(&other);
	CHECK(read_at(&other, KEY, 4) > 0 && read_at(&other, KEY, 4) <= last);
	guest_end(&other);
}

/* ---- SIGKILL ---- */

static struct saved killed;

static int do_save(int fd, struct vdevfw_error *error)
{
	(void)error;
	return save_to(fd, killed.data, sizeof(killed.data), &killed);
}

static int do_restore(int fd, struct vdevfw_error *error)
{
	struct guest guest = { .fd = fd };

	(void)error;
	return restore(&guest, &killed);
}

static void start_slow(struct guest *guest, const char *options)
{
	guest_make(guest, 1);
	guest_add_ok(guest, "test", options);
	guest_configure_ok(guest);
	guest_start_ok(guest);
	write_at(guest, KEY, 8, 111);
}

TEST(save_killed, "EINTR: SIGKILL of a process in SAVE; the guest goes on, and can be saved")
{
	struct guest guest;

	start_slow(&guest, "loc=mem:0xfb000000 sleep=SAVE:2000");
	kill_hanging(&guest, do_save);
	CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_RUNNING && !guest_info(guest.fd).out_transition));
	CHECK_EQ(read_at(&guest, KEY, 8), 111);
	save_ok(&guest, &killed);
	guest_end(&guest);
}

TEST(restore_killed, "EINTR: SIGKILL of a process in RESTORE; it is carried out nevertheless")
{
	struct guest guest;

	start_slow(&guest, "loc=mem:0xfb000000 sleep=RESTORE:2000");
	save_ok(&guest, &killed);
	write_at(&guest, KEY, 8, 222);
	guest_stop_ok(&guest);
	kill_hanging(&guest, do_restore);
	CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_PAUSED));
	guest_start_ok(&guest);
	CHECK_EQ(read_at(&guest, KEY, 8), 111);
	guest_end(&guest);
}

/* The VM's own process, in one of the two. */
static void kill_owner(const char *options, bool restores, bool at_once)
{
	pid_t pid = fork();

	if (!pid) {
		struct guest guest;

		start_slow(&guest, options);
		if (!restores)
			for (;;)
				save(&guest, &killed);
		save_ok(&guest, &killed);
		guest_stop_ok(&guest);
		for (;;)
			restore(&guest, &killed);
	}
	WAIT_FOR(module_refs("vdev_test") > 0);
	sleep_ms(at_once ? rand() % 200 : 1000);
	kill(pid, SIGKILL);
	NEED(waitpid(pid, NULL, 0) == pid);
	CHECK(WAIT_FOR(module_refs("vdev_test") == 0));
}

TEST(owner_killed, "SIGKILL of the VM's process in SAVE or RESTORE, at any time: nothing is left")
{
	unsigned int i;

	kill_owner("loc=mem:0xfb000000 sleep=SAVE:1500", false, false);
	kill_owner("loc=mem:0xfb000000 sleep=RESTORE:1500", true, false);
	for (i = 0; i < (is_debug_kernel() ? 5 : 20); i++) {
		kill_owner("loc=mem:0xfb000000", false, true);
		kill_owner("loc=mem:0xfb000000", true, true);
	}
}

TEST(modules, "rmmod: nothing of all that keeps the watchdogs' modules")
{
	CHECK_ERR(module_unload("vdev_wdt_ib700"), 0, "vdev-wdt-ib700");
	CHECK_ERR(module_unload("vdev_wdt_sp805"), 0, "vdev-wdt-sp805");
}

TEST_MAIN
