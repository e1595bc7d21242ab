// SPDX-License-Identifier: GPL-2.0-only
/* The guest's address space while it runs: regions that come, change and go, pass, and ring. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "../../drivers/vdev-regions.h"
#include "fixture.h"

#define BASE	0xfb000000ull	/* where vdev regions is, at the beginning of a window */
#define INSIDE	(BASE + 0x1000)
#define OUTSIDE	0xfd000000ull
#define WINDOW	"window=mem:0xfb000000,0x100000\0window=io:0x5000,0x100"

/* As in <vdevfw/gasp.h>, which is the kernel's. */
#define VIRT_RD		0x1
#define VIRT_WR		0x2
#define VIRT		(VIRT_RD | VIRT_WR)
#define PASS_RD		0x8
#define PASS_WR		0x10
#define NOCACHE		0x40
#define ACTIVE		0x80
#define MEMORY		0x100
#define DOORBELL	0x01000000
#define MATCH		0x02000000

static uint64_t get(struct guest *guest, unsigned int reg)
{
	uint64_t value = 0;

	CHECK_EQ(guest_access(guest, 0, BASE + reg * 8, 8, &value), 0);
	return value;
}

static void set(struct guest *guest, unsigned int reg, uint64_t value)
{
	CHECK_EQ(guest_access(guest, VDEVFW_ACCESS_WRITE, BASE + reg * 8, 8, &value), 0);
}

/* What is not said of it is 0. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
struct want {
	uint64_t start, length, flags, cookie, match, type;
};

static void describe(struct guest *guest, const struct want *want)
{
	set(guest, REGIONS_START, want->start);
	set(guest, REGIONS_LENGTH, want->length);
	set(guest, REGIONS_FLAGS, want->flags);
	set(guest, REGIONS_COOKIE, want->cookie);
	set(guest, REGIONS_MATCH, want->match);
	set(guest, REGIONS_TYPE, want->type);
}

/* What a command gives: 0 or a negative errno. */
static int command(struct guest *guest, unsigned int what)
{
	set(guest, REGIONS_COMMAND, what);
	CHECK(WAIT_FOR(get(guest, REGIONS_RESULT) != REGIONS_BUSY));
	return (int)get(guest, REGIONS_RESULT);
}

static int region_as(struct guest *guest, unsigned int how, struct want want)
{
	describe(guest, &want);
	return command(guest, how);
}

/* Within the handler. */
#define REGION(guest, ...)	region_as(guest, REGIONS_SET, (struct want){ __VA_ARGS__ })

static void make(struct guest *guest, unsigned int cpus, const char *options)
{
	struct vdevfw_error error;

	module_load("vdev-regions", "");
	guest_make(guest, cpus);
	NEED(vdevfw_guest_set(guest->fd, WINDOW, sizeof(WINDOW), &error) == 0);
	guest_add_ok(guest, "regions", options);
	guest_configure_ok(guest);
	guest_start_ok(guest);
}

#define MAKE(guest)	make(guest, 1, "loc=0xfb000000")

static void check_read(struct guest *guest, uint64_t addr, unsigned int len, uint64_t want)
{
	uint64_t value;

	if (!vcpu_read(guest->vm.vcpu, addr, len, &value))
		FAIL("%u bytes at 0x%llx reach user space", len, (unsigned long long)addr);
	else if (value != want)
		FAIL("%u bytes at 0x%llx are 0x%llx, not 0x%llx", len, (unsigned long long)addr,
		     (unsigned long long)value, (unsigned long long)want);
}

static bool leaves(struct guest *guest, uint64_t addr)
{
	uint64_t value;

	if (vcpu_read(guest->vm.vcpu, addr, 4, &value))
		return false;
	vcpu_run(guest->vm.vcpu);
	return true;
}

/* Whether an event of @type comes within some seconds; the last one is in @event. */
static bool event_comes(struct guest *guest, uint32_t type, struct vdevfw_event *event)
{
	long long end = now_ms() + 10000;
	struct pollfd file = { .fd = guest->fd, .events = POLLIN };

	while (now_ms() < end) {
		if (poll(&file, 1, 100) > 0 && vdevfw_event_read(guest->fd, event) > 0 &&
		    event->type == type)
			return true;
	}
	return false;
}

/* ---- regions within a window ---- */

TEST(in_a_window, "what lies in a window of the guest's is in effect at once")
{
	struct guest guest;

	MAKE(&guest);
	check_read(&guest, INSIDE, 4, 0xffffffff);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, VIRT, 0x11), 0);
	check_read(&guest, INSIDE, 4, 0x11);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, VIRT, 0x22), 0);
	check_read(&guest, INSIDE + 0xff8, 8, 0x22);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, 0), 0);
	check_read(&guest, INSIDE, 4, 0xffffffff);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, 0), -ENOENT);
	guest_end(&guest);
}

TEST(split, "the rest of a region stays, as one or two regions of their own")
{
	struct guest guest;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 0x3000, VIRT, 0x11), 0);
	CHECK_EQ(REGION(&guest, INSIDE + 0x1010, 0x10, VIRT, 0x22), 0);
	check_read(&guest, INSIDE + 0x100c, 4, 0x11);
	check_read(&guest, INSIDE + 0x1010, 4, 0x22);
	check_read(&guest, INSIDE + 0x101e, 2, 0x22);
	check_read(&guest, INSIDE + 0x1020, 4, 0x11);
	check_read(&guest, INSIDE + 0x100e, 4, 0xffffffff);	/* half in each */
	CHECK_EQ(REGION(&guest, INSIDE + 0x1000, 0x100, 0), -EXDEV);
	CHECK_EQ(REGION(&guest, INSIDE + 0x1010, 0x10, 0), 0);
	check_read(&guest, INSIDE + 0x1010, 4, 0xffffffff);
	check_read(&guest, INSIDE + 0x2ffc, 4, 0x11);
	check_read(&guest, INSIDE, 4, 0x11);
	guest_end(&guest);
}

TEST(on_a_thread, "a vdev's thread changes regions as a handler does")
{
	struct guest guest;

	MAKE(&guest);
	CHECK_EQ(region_as(&guest, REGIONS_SET | REGIONS_ON_THREAD,
			   (struct want){ INSIDE, 8, VIRT, 0x33 }), 0);
	check_read(&guest, INSIDE, 8, 0x33);
	CHECK_EQ(region_as(&guest, REGIONS_SET_SOFT | REGIONS_ON_THREAD,
			   (struct want){ INSIDE, 8, VIRT, 0x44 }), 0);
	check_read(&guest, INSIDE, 8, 0x44);
	CHECK_EQ(region_as(&guest, REGIONS_SET_SOFT, (struct want){ INSIDE, 8 }), 0);
	check_read(&guest, INSIDE, 8, ~0ull);
	guest_end(&guest);
}

TEST(ports, "regions of ports come and go as those of memory do")
{
	struct guest guest;
	uint64_t value;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, 0x5010, 4, VIRT, 0x11, 0, 1), 0);
	CHECK(vcpu_in(guest.vm.vcpu, 0x5010, 4, &value) && value == 0x11);
	CHECK(vcpu_in(guest.vm.vcpu, 0x5012, 4, &value) && value == 0xffffffff);
	CHECK_EQ(REGION(&guest, 0x5010, 4, 0, 0, 0, 1), 0);
	CHECK(vcpu_in(guest.vm.vcpu, 0x5010, 4, &value) && value == 0xffffffff);
	guest_end(&guest);
}

TEST(in_its_own_handler, "an access that is under way goes on with what it has found")
{
	struct guest guest;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 8, VIRT, REGIONS_SUICIDAL), 0);
	check_read(&guest, INSIDE, 8, REGIONS_SUICIDAL);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 8, 1));
	CHECK_EQ(get(&guest, REGIONS_RESULT), 0);
	check_read(&guest, INSIDE, 8, ~0ull);
	guest_end(&guest);
}

TEST(refusals, "gasp_region_set_soft(): what cannot be is refused, and nothing changes")
{
	struct guest guest;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 0, VIRT, 1), -EINVAL);
	CHECK_EQ(REGION(&guest, 1ull << 52, 8, VIRT, 1), -EADDRNOTAVAIL);
	CHECK_EQ(REGION(&guest, 0xffff, 2, VIRT, 1, 0, 1), -EADDRNOTAVAIL);
	CHECK_EQ(REGION(&guest, INSIDE, 8, NOCACHE | VIRT, 1), -EOPNOTSUPP);
	CHECK_EQ(REGION(&guest, INSIDE, 8, MEMORY, 1), -EOPNOTSUPP);
	CHECK_EQ(REGION(&guest, INSIDE, 8, VIRT_RD | PASS_RD, 1), -EINVAL);
	CHECK_EQ(REGION(&guest, INSIDE, 8, PASS_WR, 1), -EINVAL);
	CHECK_EQ(REGION(&guest, INSIDE, 8, PASS_RD, 1), -EDOM);
	CHECK_EQ(REGION(&guest, INSIDE, 0x2000, PASS_RD, 1), -EFAULT);
	CHECK_EQ(REGION(&guest, 0xfb0ffff8, 16, VIRT, 1), -EXDEV);
	CHECK_EQ(REGION(&guest, 0xfafffff8, 16, VIRT, 1), -EXDEV);
	CHECK_EQ(REGION(&guest, BASE + 8, 8, 0x40000000, 1), -EINVAL);
	check_read(&guest, INSIDE, 8, ~0ull);
	guest_end(&guest);
}

/* ---- outside of windows ---- */

TEST(outside_of_windows, "what lies outside of all windows becomes active soon")
{
	struct guest guest;

	MAKE(&guest);
	CHECK(leaves(&guest, OUTSIDE));
	CHECK_EQ(REGION(&guest, OUTSIDE, 0x10, VIRT, 0x11), 0);
	CHECK_EQ(command(&guest, REGIONS_WAIT | REGIONS_ON_THREAD), 0);
	check_read(&guest, OUTSIDE, 4, 0x11);
	CHECK_EQ(command(&guest, REGIONS_INFO), 0);
	CHECK_EQ(get(&guest, REGIONS_FLAGS), VIRT | ACTIVE);
	CHECK_EQ(REGION(&guest, OUTSIDE, 0x10, 0), 0);
	CHECK(WAIT_FOR(leaves(&guest, OUTSIDE)));
	guest_end(&guest);
}

TEST(lost_to_memory, "if KVM cannot have it, it vanishes and the vdev says so")
{
	struct vdevfw_event event;
	struct guest guest;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, 0x8000, 0x10, VIRT, 0x11), 0);
	CHECK(event_comes(&guest, VDEVFW_EVENT_LOG, &event));
	CHECK_TEXT((char *)event.text, "lost");
	CHECK_TEXT((char *)event.text, "the guest has memory");
	CHECK_EQ(command(&guest, REGIONS_INFO), 0);
	CHECK(get(&guest, REGIONS_FLAGS) & MEMORY);
	guest_end(&guest);
}

TEST(many_come_and_go, "windows that come and go leave nothing behind")
{
	struct guest guest;
	unsigned int i;

	MAKE(&guest);
	for (i = 0; i < (is_debug_kernel() ? 50 : 300); i++) {
		uint64_t at = OUTSIDE + i % 7 * 0x10000;

		CHECK_EQ(REGION(&guest, at, 0x20, VIRT, i + 1), 0);
		if (i % 3 == 0)
			CHECK_EQ(command(&guest, REGIONS_WAIT | REGIONS_ON_THREAD), 0);
		CHECK_EQ(REGION(&guest, at, 0x20, 0), 0);
	}
	CHECK(WAIT_FOR(leaves(&guest, OUTSIDE)));
	guest_end(&guest);
}

TEST(find_free, "gasp_find_free_range(): regions, memory and KVM's own devices are in the way")
{
	struct guest guest;

	MAKE(&guest);
	CHECK_EQ(region_as(&guest, REGIONS_FIND, (struct want){ 0, 0x1000 }), 0);
	CHECK_EQ(get(&guest, REGIONS_START), VM_RAM);
	CHECK_EQ(region_as(&guest, REGIONS_FIND, (struct want){ BASE, 0x1000 }), 0);
	CHECK_EQ(get(&guest, REGIONS_START), INSIDE);
	CHECK_EQ(region_as(&guest, REGIONS_FIND, (struct want){ 0xfec00000, 0x1000 }), 0);
	CHECK_EQ(get(&guest, REGIONS_START), 0xfec01000);
	CHECK_EQ(region_as(&guest, REGIONS_FIND, (struct want){ BASE, 0x100000 }), 0);
	CHECK_EQ(get(&guest, REGIONS_START), BASE + 0x100000);
	guest_end(&guest);
}

/* ---- pages ---- */

static int list(struct guest *guest, uint32_t only, struct vdevfw_region_entry *entries,
		uint32_t *count)
{
	struct vdevfw_guest_regions cmd = {
		.req.size = sizeof(cmd), .regions = (uintptr_t)entries, .count = *count,
		.only = only,
	};

	if (ioctl(guest->fd, VDEVFW_GUEST_REGIONS, &cmd))
		return -errno;
	*count = cmd.out_count;
	return 0;
}

static int set_slot(struct guest *guest, uint32_t slot, uint64_t start, uint64_t size, void *user,
		    uint32_t flags)
{
	struct kvm_userspace_memory_region memory = {
		.slot = slot, .flags = flags, .guest_phys_addr = start, .memory_size = size,
		.userspace_addr = (uintptr_t)user,
	};

	return ioctl(guest->vm.fd, KVM_SET_USER_MEMORY_REGION, &memory) ? -errno : 0;
}

static void say_mapped(struct guest *guest)
{
	struct vdevfw_guest_command cmd = { .req.size = sizeof(cmd) };

	CHECK_EQ(ioctl(guest->fd, VDEVFW_GUEST_MAPPED, &cmd), 0);
}

/* The only region that passes. */
static struct vdevfw_region_entry passing(struct guest *guest)
{
	struct vdevfw_region_entry entry = {};
	uint32_t count = 1;

	CHECK_EQ(list(guest, VDEVFW_REGION_PASS_READ, &entry, &count), 0);
	CHECK_EQ(count, 1);
	return entry;
}

TEST(trap_pass_trap, "a live region is switched between trapping and passing, in order")
{
	struct vdevfw_region_entry entry;
	struct vdevfw_event event;
	struct guest guest;
	void *page;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, VIRT, 0x11), 0);
	check_read(&guest, INSIDE, 8, 0x11);
	set(&guest, REGIONS_PAGE, 0x1234567887654321);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, PASS_RD | VIRT_WR, 0x22), 0);
	CHECK(event_comes(&guest, VDEVFW_EVENT_REGIONS, &event));
	check_read(&guest, INSIDE, 8, 0x1234567887654321);	/* it traps, and is the same */

	entry = passing(&guest);
	CHECK_EQ(entry.start, INSIDE);
	page = mmap(NULL, entry.length, PROT_READ, MAP_SHARED, guest.fd, entry.offset);
	NEED(page != MAP_FAILED);
	CHECK_EQ(set_slot(&guest, 8, entry.start, entry.length, page, KVM_MEM_READONLY), 0);
	say_mapped(&guest);
	CHECK_EQ(command(&guest, REGIONS_WAIT | REGIONS_ON_THREAD), 0);
	check_read(&guest, INSIDE, 8, 0x1234567887654321);
	set(&guest, REGIONS_PAGE, 0x55);
	check_read(&guest, INSIDE, 8, 0x55);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE + 8, 4, 0x77));
	CHECK_EQ(get(&guest, REGIONS_WRITTEN), 0x77);
	check_read(&guest, INSIDE + 8, 4, 0);

	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, VIRT, 0x33), 0);
	CHECK_EQ(command(&guest, REGIONS_WAIT | REGIONS_ON_THREAD), -ETIMEDOUT);
	check_read(&guest, INSIDE, 8, 0x55);			/* until the slot is gone */
	CHECK_EQ(set_slot(&guest, 8, INSIDE, 0, page, 0), 0);
	say_mapped(&guest);
	CHECK_EQ(command(&guest, REGIONS_WAIT | REGIONS_ON_THREAD), 0);
	check_read(&guest, INSIDE, 8, 0x33);
	guest_end(&guest);
	CHECK_EQ(*(volatile uint64_t *)page, 0x55);		/* the mapping outlives the guest */
}

TEST(pass_both, "where writes pass, too, they change what is in the page")
{
	struct guest guest;
	void *page;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 0x1000, PASS_RD | PASS_WR, 0x22), 0);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 8, 0x1111111122222222));	/* traps */
	CHECK_EQ(get(&guest, REGIONS_PAGE), 0x1111111122222222);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE + 2, 1, 0x99));
	check_read(&guest, INSIDE, 4, 0x22992222);
	page = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, guest.fd,
		    passing(&guest).offset);
	NEED(page != MAP_FAILED);
	CHECK_EQ(set_slot(&guest, 8, INSIDE, 0x1000, page, 0), 0);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 8, 0x3333333344444444));
	CHECK_EQ(get(&guest, REGIONS_PAGE), 0x3333333344444444);
	guest_end(&guest);
}

TEST(mmap_rules, "user space maps what is there, shared, and writes where the guest may")
{
	struct vdevfw_region_entry entry;
	struct guest guest;
	void *page;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "trace", "loc=0xfa000000 pass-reads");
	guest_configure_ok(&guest);
	entry = passing(&guest);
	CHECK_EQ(entry.length, 0x1000);
	CHECK(mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, guest.fd, entry.offset) ==
	      MAP_FAILED && errno == EACCES);
	CHECK(mmap(NULL, 0x1000, PROT_READ, MAP_PRIVATE, guest.fd, entry.offset) == MAP_FAILED &&
	      errno == EINVAL);
	CHECK(mmap(NULL, 0x2000, PROT_READ, MAP_SHARED, guest.fd, entry.offset) == MAP_FAILED &&
	      errno == EINVAL);
	CHECK(mmap(NULL, 0x1000, PROT_READ, MAP_SHARED, guest.fd, entry.offset + 0x1000) ==
	      MAP_FAILED && errno == EINVAL);
	page = mmap(NULL, 0x1000, PROT_READ, MAP_SHARED, guest.fd, entry.offset);
	NEED(page != MAP_FAILED);
	CHECK(mprotect(page, 0x1000, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
	guest_end(&guest);
}

TEST(trace_passes, "vdev trace with pass-reads: reads are what it counts, writes come to it")
{
	struct guest guest;
	uint64_t value;
	void *page;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "trace", "loc=0xfa000000 pass-reads");
	guest_configure_ok(&guest);
	page = mmap(NULL, 0x1000, PROT_READ, MAP_SHARED, guest.fd, passing(&guest).offset);
	NEED(page != MAP_FAILED);
	CHECK_EQ(set_slot(&guest, 8, 0xfa000000, 0x1000, page, KVM_MEM_READONLY), 0);
	guest_start_ok(&guest);
	CHECK(vcpu_write(guest.vm.vcpu, 0xfa000000, 4, 5000));
	CHECK(vcpu_read(guest.vm.vcpu, 0xfa000000, 4, &value) && value >= 5000 && value < 5005);
	CHECK(vcpu_write(guest.vm.vcpu, 0xfa000008, 4, 1));
	check_read(&guest, 0xfa000008, 4, 0);
	guest_end(&guest);
}

/* ---- doorbells ---- */

static uint64_t rings(int fd)
{
	uint64_t count = 0;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

TEST(bell_eventfd, "a write to a doorbell signals an eventfd, and comes to no handler")
{
	struct guest guest;
	char options[64];
	int fd = eventfd(0, EFD_NONBLOCK);

	NEED(fd >= 0);
	snprintf(options, sizeof(options), "loc=0xfb000000 eventfd=%d", fd);
	make(&guest, 1, options);
	CHECK_EQ(REGION(&guest, INSIDE, 4, VIRT_RD | DOORBELL, 0x66), 0);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 4, 1));
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 1, 2));
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE + 2, 2, 3));
	CHECK_EQ(rings(fd), 3);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 8, 4));		/* larger than it */
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE + 2, 4, 5));	/* beyond its end */
	CHECK_EQ(rings(fd), 0);
	check_read(&guest, INSIDE, 4, 0x66);
	CHECK_EQ(get(&guest, REGIONS_WRITTEN), 0);
	guest_end(&guest);
}

TEST(bell_match, "with GRF_MATCH, only what matches rings; others go to vwrite() with GRF_VIRT_WR")
{
	struct guest guest;
	char options[64];
	int fd = eventfd(0, EFD_NONBLOCK);

	NEED(fd >= 0);
	snprintf(options, sizeof(options), "loc=0xfb000000 eventfd=%d", fd);
	make(&guest, 1, options);
	CHECK_EQ(REGION(&guest, INSIDE, 8, DOORBELL | MATCH | VIRT_WR, 0x66, 0x8877665544332211), 0);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 4, 0x44332211));
	CHECK_EQ(rings(fd), 0);
	CHECK_EQ(get(&guest, REGIONS_WRITTEN), 0x44332211);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 8, 0x8877665544332211));
	CHECK_EQ(rings(fd), 1);
	CHECK_EQ(REGION(&guest, INSIDE, 8, DOORBELL | MATCH, 0x66, 0x55), 0);
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 1, 0x55));
	CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 8, 0x56));
	CHECK_EQ(rings(fd), 1);
	CHECK_EQ(get(&guest, REGIONS_WRITTEN), 0x44332211);
	guest_end(&guest);
}

TEST(bell_thread, "a write to a doorbell wakes a vdev's thread")
{
	struct guest guest;
	unsigned int i;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 4, DOORBELL), 0);
	for (i = 0; i < 10; i++)
		CHECK(vcpu_write(guest.vm.vcpu, INSIDE, 4, i));
	CHECK(WAIT_FOR(get(&guest, REGIONS_RINGS) == 10));
	guest_end(&guest);
}

/* ---- from outside ---- */

TEST(access_errors, "VDEVFW_GUEST_ACCESS: errors")
{
	struct guest guest;
	uint64_t value = 0;
	pid_t child;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	CHECK_ERR(guest_access(&guest, 0, BASE, 4, &value), -ENXIO, "before CONFIGURE");
	guest_configure_ok(&guest);
	CHECK_ERR(guest_access(&guest, 0, BASE, 4, &value), -EAGAIN, "before START");
	guest_start_ok(&guest);
	CHECK_ERR(guest_access(&guest, 0, BASE, 4, &value), 0, "running");
	CHECK_ERR(guest_access(&guest, 0, BASE, 3, &value), -EINVAL, "3 bytes");
	CHECK_ERR(guest_access(&guest, 0, BASE, 0, &value), -EINVAL, "0 bytes");
	CHECK_ERR(guest_access(&guest, 0, BASE, 16, &value), -EINVAL, "16 bytes");
	CHECK_ERR(guest_access(&guest, 4, BASE, 4, &value), -EOPNOTSUPP, "an unknown flag");
	CHECK_ERR(guest_access(&guest, 0, BASE + 6, 4, &value), -ENXIO, "beyond the window");
	CHECK_ERR(guest_access(&guest, 0, ~0ull - 1, 4, &value), -ENXIO, "around the end");
	CHECK_ERR(guest_access(&guest, VDEVFW_ACCESS_IO, 0x60, 1, &value), -ENXIO, "no such port");
	child = fork();
	if (!child)
		_exit(guest_access(&guest, 0, BASE, 4, &value) != -EXDEV);
	join_child(child);
	guest_stop_ok(&guest);
	CHECK_ERR(guest_access(&guest, 0, BASE, 4, &value), -EAGAIN, "stopped");
	guest_end(&guest);
}

TEST(listing, "VDEVFW_GUEST_REGIONS tells of all regions by address")
{
	struct vdevfw_region_entry entry[8] = {};
	struct guest guest;
	uint32_t count;

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 0x10, VIRT, 0x11), 0);
	CHECK_EQ(REGION(&guest, 0x5000, 4, VIRT, 0x22, 0, 1), 0);
	CHECK_EQ(REGION(&guest, INSIDE + 0x20, 4, DOORBELL, 0x33), 0);
	count = 0;
	CHECK_EQ(list(&guest, 0, NULL, &count), 0);
	CHECK_EQ(count, 4);
	count = 3;
	CHECK_EQ(list(&guest, 0, entry, &count), -EMSGSIZE);
	CHECK_EQ(entry[0].start, 0);
	count = 8;
	CHECK_EQ(list(&guest, 0, entry, &count), 0);
	CHECK_EQ(entry[0].start, BASE);
	CHECK_EQ(entry[0].flags, VDEVFW_REGION_ACTIVE);
	CHECK_EQ(entry[1].cookie, 0x11);
	CHECK_EQ(entry[2].flags, VDEVFW_REGION_DOORBELL | VDEVFW_REGION_ACTIVE);
	CHECK_EQ(entry[3].start, 0x5000);
	CHECK_EQ(entry[3].flags, VDEVFW_REGION_IO | VDEVFW_REGION_ACTIVE);
	count = 8;
	CHECK_EQ(list(&guest, VDEVFW_REGION_IO, entry, &count), 0);
	CHECK_EQ(count, 1);
	guest_end(&guest);
}

TEST(hidden_by_ioeventfd, "a device that was added to KVM's bus later is reported")
{
	struct vdevfw_event event;
	struct guest guest;

	MAKE(&guest);
	vm_add_ioeventfd(&guest.vm, INSIDE + 0x40, 4);
	CHECK(event_comes(&guest, VDEVFW_EVENT_HIDDEN, &event));
	CHECK_TEXT((char *)event.text, "0xfb001040-0xfb001043");
	CHECK_TEXT((char *)event.text, "0xfb000000-0xfb0fffff");
	guest_end(&guest);
}

TEST(hidden_by_memory, "memory that was put over a region later is reported")
{
	struct vdevfw_event event;
	struct guest guest;
	void *page = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MAKE(&guest);
	CHECK_EQ(REGION(&guest, INSIDE, 0x10, VIRT, 0x11), 0);
	CHECK_EQ(set_slot(&guest, 8, INSIDE, 0x1000, page, 0), 0);
	CHECK(event_comes(&guest, VDEVFW_EVENT_HIDDEN, &event));
	CHECK_TEXT((char *)event.text, "the guest has memory at 0xfb001000-0xfb001fff");
	guest_end(&guest);
}

/* ---- under load ---- */

struct hammer {
	struct vcpu *vcpu;
	volatile bool stop;
	unsigned long wrong;
	pthread_t thread;
};

static void *run_hammer(void *argument)
{
	struct hammer *hammer = argument;
	int reason;

	while (!hammer->stop) {
		reason = vcpu_run(hammer->vcpu);
		if (reason == KVM_EXIT_MMIO)
			memset(hammer->vcpu->run->mmio.data, 0xff, 8);
		else if (reason == KVM_EXIT_IO)
			hammer->wrong++;
		else if (reason == KVM_EXIT_SHUTDOWN || reason == KVM_EXIT_INTERNAL_ERROR)
			break;	/* the emulator has lost its registers: see access_test.c */
	}
	return NULL;
}

static void nothing(int signal)
{
	(void)signal;
}

/* Each vCPU reads @address for ever, which gives @cookie or all ones. */
static void hammer_start(struct hammer *hammer, struct vcpu *vcpu, uint64_t address, uint32_t cookie)
{
	struct kvm_regs regs = { .rbx = address, .rsi = cookie, .rdi = 0xffffffff };

	signal(SIGUSR1, nothing);
	*hammer = (struct hammer){ .vcpu = vcpu };
	vcpu_load(vcpu, hammer, regs);
	NEED(!pthread_create(&hammer->thread, NULL, run_hammer, hammer));
}

static void hammer_end(struct hammer *hammer)
{
	hammer->stop = true;
	hammer->vcpu->run->immediate_exit = 1;
	pthread_kill(hammer->thread, SIGUSR1);
	pthread_join(hammer->thread, NULL);
	CHECK_EQ(hammer->wrong, 0);
}

static void move_about(struct guest *guest, unsigned int i)
{
	uint64_t beside = INSIDE + 0x10 + i % 5 * 8;

	CHECK_EQ(REGION(guest, beside, 8, VIRT, 0x99), 0);
	CHECK_EQ(REGION(guest, INSIDE, 8, VIRT, 0x77), 0);
	CHECK_EQ(REGION(guest, INSIDE + 4, 4, 0), 0);
	CHECK_EQ(REGION(guest, INSIDE, 4, 0), 0);
	CHECK_EQ(REGION(guest, beside, 8, 0), 0);
}

TEST(hammered_inside, "a region that moves, vanishes and comes back gives itself or nothing")
{
	struct hammer hammer[2];
	struct guest guest;
	unsigned int i = 0;
	long long end;

	make(&guest, 2, "loc=0xfb000000");
	hammer_start(&hammer[0], &guest.vm.vcpu[0], INSIDE, 0x77);
	hammer_start(&hammer[1], &guest.vm.vcpu[1], INSIDE, 0x77);
	for (end = now_ms() + 4000; now_ms() < end; i++)
		move_about(&guest, i);
	hammer_end(&hammer[0]);
	hammer_end(&hammer[1]);
	note("%u rounds", i);
	guest_end(&guest);
}

TEST(hammered_outside, "windows come and go under accesses")
{
	struct hammer hammer[2];
	struct guest guest;
	unsigned int i = 0;
	long long end;

	make(&guest, 2, "loc=0xfb000000");
	hammer_start(&hammer[0], &guest.vm.vcpu[0], OUTSIDE, 0x77);
	hammer_start(&hammer[1], &guest.vm.vcpu[1], OUTSIDE, 0x77);
	for (end = now_ms() + 4000; now_ms() < end; i++) {
		CHECK_EQ(REGION(&guest, OUTSIDE, 8, VIRT, 0x77), 0);
		if (i % 2)
			CHECK_EQ(command(&guest, REGIONS_WAIT | REGIONS_ON_THREAD), 0);
		CHECK_EQ(REGION(&guest, OUTSIDE, 8, 0), 0);
	}
	hammer_end(&hammer[0]);
	hammer_end(&hammer[1]);
	note("%u rounds", i);
	guest_end(&guest);
}

TEST(ends_meanwhile, "a guest ends while regions wait for windows")
{
	struct guest guest;
	unsigned int i, j;

	for (i = 0; i < (is_debug_kernel() ? 10 : 30); i++) {
		MAKE(&guest);
		for (j = 0; j < 20; j++)
			CHECK_EQ(REGION(&guest, OUTSIDE + j * 0x10000, 8, VIRT, 0x77), 0);
		guest_end(&guest);
	}
}

/* The last one: other programs unload vdevfw, and do not know of this vdev. */
TEST(unload, "rmmod: nothing of all that keeps the vdev's module")
{
	CHECK(WAIT_FOR(module_refs("vdev_regions") == 0));
	CHECK_ERR(module_unload("vdev_regions"), 0, "vdev-regions");
}

TEST_MAIN
