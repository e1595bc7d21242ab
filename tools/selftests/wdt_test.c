// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchdogs, from a real guest's vCPU: what Linux' own drivers do to them, sp805_wdt.c and
 * ib700wdt.c, and what no driver would.
 */
#include <poll.h>
#include <sys/ioctl.h>

#include "fixture.h"

#define WATCHDOG	4	/* GTC_WATCHDOG, the launcher's exit status */

#define SP805		0x1c0f0000ull
#define LOAD		0x000
#define VALUE		0x004
#define CONTROL		0x008
#define INTCLR		0x00c
#define RIS		0x010
#define MIS		0x014
#define LOCK		0xc00
#define ITCR		0xf00
#define ITOP		0xf04
#define PART		0xfe0
#define CELL		0xff0
#define KEY		0x1acce551
#define BOTH		3
#define RATE		25000000

#define STOP		0x441
#define START		0x443

#define LINE		5

static void make(struct guest *guest, const char *name, const char *options)
{
	guest_make(guest, 1);
	guest_add_ok(guest, name, options);
	guest_configure_ok(guest);
	guest_start_ok(guest);
}

/* Whether a vdev ends the machine within @ms; its cause is in *@cause. */
static bool ends(struct guest *guest, unsigned int ms, uint64_t *cause)
{
	long long end = now_ms() + ms;
	struct pollfd file = { .fd = guest->fd, .events = POLLIN };
	struct vdevfw_event event;

	while (now_ms() < end) {
		if (poll(&file, 1, 10) <= 0 || vdevfw_event_read(guest->fd, &event) <= 0 ||
		    event.type != VDEVFW_EVENT_TERMINATE)
			continue;
		*cause = event.value;
		return true;
	}
	return false;
}

static void check_bites(struct guest *guest, unsigned int ms)
{
	uint64_t cause = 0;

	CHECK(ends(guest, ms, &cause));
	CHECK_EQ(cause, WATCHDOG);
}

static void check_does_not_bite(struct guest *guest, unsigned int ms)
{
	uint64_t cause;

	CHECK(!ends(guest, ms, &cause));
}

/* ---- SP805 ---- */

static uint32_t readl(struct guest *guest, uint32_t offset)
{
	uint64_t value = 0;

	CHECK(vcpu_read(guest->vm.vcpu, SP805 + offset, 4, &value));
	return value;
}

static void writel(struct guest *guest, uint32_t offset, uint32_t value)
{
	CHECK(vcpu_write(guest->vm.vcpu, SP805 + offset, 4, value));
}

/* As Linux' AMBA bus finds the driver, and the driver that nobody has started the watchdog. */
static void sp805_probe(struct guest *guest)
{
	uint32_t part = 0, cell = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		part |= (readl(guest, PART + i * 4) & 255) << i * 8;
	for (i = 0; i < 4; i++)
		cell |= (readl(guest, CELL + i * 4) & 255) << i * 8;
	CHECK_EQ(cell, 0xb105f00d);
	CHECK_EQ(part & 0x00ffffff, 0x00141805);
	CHECK(!((readl(guest, CONTROL) & BOTH) == BOTH));
}

static uint32_t sp805_load_for(unsigned int timeout_ms)
{
	return (uint64_t)RATE / 2 * timeout_ms / 1000 - 1;
}

static void sp805_config(struct guest *guest, unsigned int timeout_ms, bool ping)
{
	writel(guest, LOCK, KEY);
	writel(guest, LOAD, sp805_load_for(timeout_ms));
	writel(guest, INTCLR, 1);
	if (!ping)
		writel(guest, CONTROL, BOTH);
	writel(guest, LOCK, 1);
	CHECK_EQ(readl(guest, LOCK), 1);
}

static uint64_t sp805_time_left_ms(struct guest *guest, unsigned int timeout_ms)
{
	uint64_t ticks = readl(guest, VALUE);

	if (!(readl(guest, RIS) & 1))
		ticks += sp805_load_for(timeout_ms) + 1;
	return ticks * 1000 / RATE;
}

TEST(sp805_linux, "Linux' driver finds it, starts it, feeds it, and no longer: it bites")
{
	struct guest guest;
	long long start;
	uint64_t left;
	unsigned int i;

	make(&guest, "wdt-sp805", "");
	sp805_probe(&guest);
	sp805_config(&guest, 3000, false);
	left = sp805_time_left_ms(&guest, 3000);
	CHECK(left > 1000 && left <= 3000);
	for (i = 0; i < 8; i++) {
		check_does_not_bite(&guest, 500);
		start = now_ms();
		sp805_config(&guest, 3000, true);
	}
	check_bites(&guest, 10000);
	CHECK(now_ms() - start >= 2990);
	note("bitten %lld ms after it was fed, of 3000", now_ms() - start);
	guest_end(&guest);
}

TEST(sp805_linux_stops, "Linux' driver stops it: it does not bite")
{
	struct guest guest;

	make(&guest, "wdt-sp805", "");
	sp805_config(&guest, 500, false);
	writel(&guest, LOCK, KEY);
	writel(&guest, CONTROL, 0);
	writel(&guest, LOCK, 1);
	CHECK_EQ(readl(&guest, LOCK), 1);
	check_does_not_bite(&guest, 1500);
	guest_end(&guest);
}

TEST(sp805_linux_restarts, "Linux' driver restarts the machine by it: it bites at once")
{
	struct guest guest;
	int reason;

	make(&guest, "wdt-sp805", "");
	sp805_config(&guest, 60000, false);
	writel(&guest, LOCK, KEY);
	writel(&guest, CONTROL, 0);
	writel(&guest, LOAD, 0);
	/* A tick is shorter than an access: mostly, it bites within this one. */
	vcpu_load(guest.vm.vcpu, write4,
		  ((struct kvm_regs){ .rbx = SP805 + CONTROL, .rax = BOTH }));
	reason = vcpu_run(guest.vm.vcpu);
	CHECK(reason == -EINTR || vcpu_done(guest.vm.vcpu));
	check_bites(&guest, 1000);
	guest_end(&guest);
}

/* What the first PIC has seen, whatever the guest lets through. */
static bool line_is_up(struct guest *guest)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_PIC_MASTER };

	NEED(ioctl(guest->vm.fd, KVM_GET_IRQCHIP, &chip) == 0);
	return chip.chip.pic.last_irr & 1 << LINE;
}

TEST(sp805_interrupt, "the first stage is a level on the line, until the guest clears it")
{
	struct guest guest;

	make(&guest, "wdt-sp805", "intr=ioapic:5");
	writel(&guest, LOAD, RATE / 5);
	writel(&guest, CONTROL, 1);
	CHECK(!line_is_up(&guest));
	CHECK(WAIT_FOR(line_is_up(&guest)));
	CHECK_EQ(readl(&guest, RIS), 1);
	CHECK_EQ(readl(&guest, MIS), 1);
	sleep_ms(500);
	CHECK(line_is_up(&guest));
	writel(&guest, INTCLR, 0);
	CHECK(!line_is_up(&guest));
	CHECK(WAIT_FOR(line_is_up(&guest)));
	writel(&guest, CONTROL, 0);
	CHECK(!line_is_up(&guest));
	CHECK_EQ(readl(&guest, RIS), 1);
	guest_end(&guest);
}

TEST(sp805_fiq, "with action fiq the line has an edge, and the machine goes on")
{
	struct guest guest;

	make(&guest, "wdt-sp805", "intr=ioapic:5 action=fiq frequency=1000");
	writel(&guest, LOAD, 50);
	writel(&guest, CONTROL, BOTH);
	check_does_not_bite(&guest, 1000);
	CHECK_EQ(readl(&guest, VALUE), 0);
	CHECK(line_is_up(&guest));
	writel(&guest, INTCLR, 0);
	CHECK(!line_is_up(&guest) || readl(&guest, RIS));
	guest_end(&guest);
}

TEST(sp805_paused, "while the machine is stopped, the watchdog stands")
{
	struct guest guest;
	uint32_t before;

	make(&guest, "wdt-sp805", "");
	sp805_config(&guest, 2000, false);
	guest_stop_ok(&guest);
	check_does_not_bite(&guest, 3000);
	guest_start_ok(&guest);
	before = readl(&guest, VALUE);
	note("%u of %u ticks were left", before, sp805_load_for(2000));
	check_bites(&guest, 10000);
	guest_end(&guest);
}

/* Whatever the period: the guest clears as often as it can. */
TEST(sp805_shortest, "the shortest period does not keep the machine from going on")
{
	unsigned int rounds = is_debug_kernel() ? 100 : 2000, i;
	struct guest guest;

	make(&guest, "wdt-sp805", "intr=ioapic:5 frequency=1000000000");
	writel(&guest, LOAD, 1);
	writel(&guest, CONTROL, 1);
	for (i = 0; i < rounds; i++) {
		writel(&guest, INTCLR, i);
		CHECK(WAIT_FOR(readl(&guest, RIS)));
	}
	check_does_not_bite(&guest, 100);
	guest_end(&guest);
}

/* ---- SP805: accesses that no driver makes ---- */

static uint32_t seed = 805;

static uint32_t random32(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8 | seed << 24;
}

struct model {
	uint32_t load, control, locked, itcr;
};

/* -1: no register has any of these bytes; -2: a part of one. */
static int find(uint32_t offset, unsigned int len)
{
	static const uint32_t offsets[] = {
		LOAD, VALUE, CONTROL, INTCLR, RIS, MIS, LOCK, ITCR, ITOP, PART, PART + 4, PART + 8,
		PART + 12, CELL, CELL + 4, CELL + 8, CELL + 12,
	};
	unsigned int i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		if (offset == offsets[i] && len == 4)
			return i;
		if (offset + len > offsets[i] && offset < offsets[i] + 4)
			return -2;
	}
	return -1;
}

/* A watchdog that is never enabled. */
static uint64_t model_read(const struct model *m, uint32_t offset, unsigned int len)
{
	static const uint8_t ids[] = { 0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	int index = find(offset, len);

	if (len != 4 || index == -2)
		return len == 8 ? ~0ull : (1ull << len * 8) - 1;
	if (index < 0)
		return 0;
	if (index >= 9)
		return ids[index - 9];
	switch (offset) {
	case LOAD:
	case VALUE:
		return m->load;
	case CONTROL:
		return m->control;
	case LOCK:
		return m->locked;
	case ITCR:
		return m->itcr;
	default:
		return 0;
	}
}

static void model_write(struct model *m, uint32_t offset, unsigned int len, uint32_t value)
{
	if (find(offset, len) < 0)
		return;
	if (offset == LOCK)
		m->locked = value != KEY;
	if (m->locked)
		return;
	if (offset == LOAD)
		m->load = value;
	if (offset == CONTROL)
		m->control = value & BOTH;
	if (offset == ITCR)
		m->itcr = value & 1;
}

/* What would enable the counter, or a reset by way of the test, is left out. */
static bool is_harmless(uint32_t offset, unsigned int len, uint32_t value)
{
	if (len != 4)
		return true;
	return !(offset == CONTROL && value & 1) && !(offset == ITOP && value & 1);
}

static uint32_t random_offset(unsigned int len)
{
	static const uint32_t near[] = { 0, 8, 0x10, 0xbfc, 0xefc, 0xfdc, 0xff0 };
	uint32_t offset = random32() % 4 ? near[random32() % 7] + random32() % 16 : random32();

	if (random32() % 2)
		offset &= ~3u;
	return offset % (0x1001 - len);
}

static void random_access(struct guest *guest, struct model *m)
{
	static const uint8_t lens[] = { 1, 2, 4, 4, 4, 8 };
	unsigned int len = lens[random32() % 6];
	uint32_t offset = random_offset(len), value = random32() % 3 ? random32() : KEY;
	uint64_t got;

	if (random32() % 2) {
		CHECK(vcpu_read(guest->vm.vcpu, SP805 + offset, len, &got));
		if (got != model_read(m, offset, len))
			FAIL("%u bytes at 0x%x are 0x%llx, not 0x%llx", len, offset,
			     (unsigned long long)got,
			     (unsigned long long)model_read(m, offset, len));
	} else if (is_harmless(offset, len, value)) {
		CHECK(vcpu_write(guest->vm.vcpu, SP805 + offset, len, value));
		model_write(m, offset, len, value);
	}
}

TEST(sp805_every_register, "each of its bytes, in each size, is as the manual has it")
{
	struct model model = { .load = 0xffffffff };
	struct guest guest;
	uint64_t got;
	uint32_t offset;
	unsigned int len;

	make(&guest, "wdt-sp805", "");
	for (offset = 0; offset < 0x1000; offset += offset < 0x20 || offset >= 0xbf0 ? 1 : 61)
		for (len = 1; len <= 8 && offset + len <= 0x1000; len *= 2) {
			CHECK(vcpu_read(guest.vm.vcpu, SP805 + offset, len, &got));
			CHECK_EQ(got, model_read(&model, offset, len));
		}
	guest_end(&guest);
}

TEST(sp805_random, "whatever a guest writes, it reads what the manual says")
{
	struct model model = { .load = 0xffffffff };
	unsigned int i, n = is_debug_kernel() ? 4000 : 20000;
	struct guest guest;

	make(&guest, "wdt-sp805", "intr=ioapic:5");
	for (i = 0; i < n && !test_failed; i++)
		random_access(&guest, &model);
	check_does_not_bite(&guest, 100);
	guest_end(&guest);
}

/* ---- IB700 ---- */

static void outb(struct guest *guest, uint8_t value, uint16_t port)
{
	CHECK(vcpu_out(guest->vm.vcpu, port, 1, value));
}

/* As Linux' driver makes a level of a time. */
static void ib700_ping(struct guest *guest, unsigned int seconds)
{
	outb(guest, 15 - (seconds + 1) / 2, START);
}

TEST(ib700_linux, "Linux' driver starts it, feeds it, and no longer: it bites")
{
	struct guest guest;
	long long start;
	unsigned int i;

	make(&guest, "wdt-ib700", "");
	for (i = 0; i < 6; i++) {
		start = now_ms();
		ib700_ping(&guest, 2);
		check_does_not_bite(&guest, 500);
	}
	check_bites(&guest, 10000);
	CHECK(now_ms() - start >= 1990);
	note("bitten %lld ms after it was fed, of 2000", now_ms() - start);
	guest_end(&guest);
}

TEST(ib700_linux_stops, "Linux' driver stops it: it does not bite")
{
	struct guest guest;

	make(&guest, "wdt-ib700", "action=dump,terminate");
	ib700_ping(&guest, 2);
	outb(&guest, 0, STOP);
	check_does_not_bite(&guest, 2500);
	guest_end(&guest);
}

TEST(ib700_at_once, "the last level bites at once, and the guest executes nothing more")
{
	struct guest guest;

	make(&guest, "wdt-ib700", "");
	vcpu_load(guest.vm.vcpu, out1, ((struct kvm_regs){ .rax = 15, .rdx = START }));
	CHECK_EQ(vcpu_run(guest.vm.vcpu), -EINTR);
	CHECK_EQ(vcpu_regs(guest.vm.vcpu).rcx, 0);
	check_bites(&guest, 1000);
	guest_end(&guest);
}

TEST(ib700_ports, "what is not one of its ports, or not a byte, or read, is not served")
{
	static const uint8_t lens[] = { 1, 2, 4 };
	struct guest guest;
	unsigned int i, len;
	uint16_t port;
	uint64_t got;

	make(&guest, "wdt-ib700", "");
	for (i = 0; i < 3000; i++) {
		len = lens[random32() % 3];
		port = STOP + random32() % 3;
		if (random32() % 2 && port + len <= STOP + 3) {
			CHECK(vcpu_in(guest.vm.vcpu, port, len, &got));
			CHECK_EQ(got, (1ull << len * 8) - 1);
		} else if (port + len <= STOP + 3) {
			/* Level 0 is half a minute. */
			CHECK(vcpu_out(guest.vm.vcpu, port, len,
				       len == 1 ? random32() & 0xf0 : random32()));
		}
	}
	check_does_not_bite(&guest, 100);
	guest_end(&guest);
}

TEST_MAIN
