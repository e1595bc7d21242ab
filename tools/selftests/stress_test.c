// SPDX-License-Identifier: GPL-2.0-only
/* Many rounds, modules that come and go, and memory that is not there: nothing may be left behind. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/klog.h>

#include "fixture.h"

/* ---- many rounds ---- */

/* Kilobytes of kernel memory in use, as far as objects of ours could be among it. */
static long kernel_memory(void)
{
	static const char *const counted[] = { "SUnreclaim:", "VmallocUsed:", "KernelStack:", "Percpu:" };
	char line[128];
	long sum = 0;
	unsigned int i;
	FILE *file = fopen("/proc/meminfo", "re");

	NEED(file);
	while (fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
			if (!strncmp(line, counted[i], strlen(counted[i])))
				sum += atol(line + strlen(counted[i]));
	fclose(file);
	return sum;
}

/* What is freed by RCU is so a little later. */
static long settled_kernel_memory(void)
{
	sleep_ms(1500);
	return kernel_memory();
}

static void one_round(struct guest *guest, unsigned int i)
{
	struct vdevfw_error error;

	NEED(vdevfw_guest_create(guest->device, "round", guest->vm.fd, &guest->fd, &guest->id,
				 &error) == 0);
	guest_add_ok(guest, "test", i % 8 ? "loc=mem:0xfb000000" : "loc=mem:0xfb000000 forget-thread");
	guest_add_ok(guest, "test", "loc=mem:0xfb000008 length=0x2000");
	guest_add_ok(guest, "test", "loc=io:0x5000");
	guest_configure_ok(guest);
	guest_start_ok(guest);
	if (i & 1)
		NEED(vdevfw_guest_destroy(guest->fd, &error) == 0);
	close(guest->fd);
}

TEST_TIMED(rounds, "10,000 guests, 1,000 on the debug kernel: no memory, no file, no module reference more", 900)
{
	unsigned int rounds = is_debug_kernel() ? 1000 : 10000, i, files, refs;
	struct guest guest;
	long before, after;

	guest.device = device_open();
	vm_create(&guest.vm, 1);
	for (i = 0; i < rounds / 10; i++)
		one_round(&guest, i);
	files = open_files();
	refs = module_refs("vdevfw");
	before = settled_kernel_memory();
	for (i = 0; i < rounds; i++)
		one_round(&guest, i);
	after = settled_kernel_memory();
	note("%u rounds: kernel memory %ld KiB before, %ld KiB after", rounds, before, after);
	/* A leak of 64 bytes a round would be 640 KiB. KASAN's quarantine and kmemleak need more. */
	CHECK(after - before < (is_debug_kernel() ? 12288 : 600));
	CHECK_EQ(open_files(), files);
	CHECK_EQ(module_refs("vdevfw"), refs);
	CHECK_EQ(module_refs("vdev_test"), 0);
	vm_destroy(&guest.vm);
}

TEST(vms, "the same with a new VM each time, whose files are closed in any order")
{
	unsigned int rounds = is_debug_kernel() ? 40 : 200, i;
	struct guest guest;

	for (i = 0; i < rounds; i++) {
		guest_make(&guest, 2);
		guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
		guest_configure_ok(&guest);
		guest_start_ok(&guest);
		if (i & 1)
			vm_destroy(&guest.vm);
		close(guest.fd);
		if (!(i & 1))
			vm_destroy(&guest.vm);
		close(guest.device);
	}
	CHECK_EQ(module_refs("vdev_test"), 0);
}

/* ---- modules ---- */

TEST(unload_in_use, "rmmod while in use is refused: a file, an instance")
{
	struct vdevfw_error error;
	struct guest guest;
	int device;

	module_unload("vdev_test");
	module_unload("vdev_trace");
	CHECK_EQ(module_refs("vdev_test"), -1);
	CHECK_EQ(module_refs("vdev_trace"), -1);
	device = device_open();
	CHECK_ERR(module_unload("vdevfw"), -EAGAIN, "vdevfw with its device open");
	close(device);

	guest_make(&guest, 1);
	close(guest.device);
	CHECK_ERR(module_unload("vdevfw"), -EAGAIN, "vdevfw with a guest");
	guest_add_ok(&guest, "trace", "loc=0xfa000000");
	CHECK_ERR(module_unload("vdev_trace"), -EAGAIN, "vdev-trace with an instance");
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	CHECK_EQ(module_refs("vdev_trace"), 0);
	CHECK_ERR(module_unload("vdev_trace"), 0, "vdev-trace without");
	CHECK_ERR(module_unload("vdevfw"), -EAGAIN, "vdevfw with a dead guest's file");
	close(guest.fd);
	CHECK_ERR(module_unload("vdevfw"), 0, "vdevfw");
	CHECK_ERR(module_load("vdevfw", ""), 0, "vdevfw again");
	vm_destroy(&guest.vm);
}

TEST(pending_guest_file, "rmmod: a VM that outlives its guest does not keep the module")
{
	struct guest guest;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	close(guest.fd);
	close(guest.device);
	CHECK_ERR(module_unload("vdev_test"), 0, "vdev-test");
	CHECK_ERR(module_unload("vdevfw"), 0, "vdevfw");
	vm_destroy(&guest.vm);
	CHECK_ERR(module_load("vdevfw", ""), 0, "vdevfw again");
}

/* What the kernel has said since the last time. */
static const char *kernel_says(void)
{
	static char log[1 << 18];
	static int seen;
	int from = seen;

	seen = klogctl(3, log, sizeof(log) - 1);	/* all that is there */
	NEED(seen >= from);
	log[seen] = 0;
	return log + from;
}

TEST(registration, "vdev_register_factory(): ENOEXEC: another ABI; EINVAL: its name; EEXIST: the name is taken")
{
	struct vdevfw_factory_info info;
	struct vdevfw_error error;
	int device = device_open();

	module_unload("vdev_test");
	CHECK_ERR(vdevfw_factory_info(device, "trace", NULL, 0, &info, &error), 0, "trace is there");
	kernel_says();
	CHECK_ERR(module_load("vdev-test", "abi=0"), -ENOEXEC, "abi 0");
	CHECK_TEXT(kernel_says(), "vdev_test was compiled for vdev ABI 0, this is ");
	CHECK_ERR(module_load("vdev-test", "abi=4294967295"), -ENOEXEC, "abi -1");
	CHECK_ERR(module_load("vdev-test", "name=trace"), -EEXIST, "name taken");
	CHECK_TEXT(kernel_says(), "factory of vdev_test refused: the name trace is taken");
	CHECK_ERR(module_load("vdev-test", "name=Test"), -EINVAL, "name in capitals");
	CHECK_TEXT(kernel_says(),
		   "factory of vdev_test refused: its name must be 1 to 31 of a-z 0-9 -");
	CHECK_ERR(module_load("vdev-test", "name=a_b"), -EINVAL, "name with _");
	CHECK_ERR(module_load("vdev-test", "name=a123456789012345678901234567890b"), -EINVAL,
		  "name of 32 letters");
	CHECK_EQ(module_refs("vdev_test"), -1);
	CHECK_ERR(module_load("vdev-test", "name=a12345678901234567890123456789b"), 0,
		  "name of 31 letters");
	CHECK_ERR(vdevfw_factory_info(device, "a12345678901234567890123456789b", NULL, 0, &info,
				      &error), 0, "its name");
	CHECK_ERR(module_unload("vdev_test"), 0, "unload");
	CHECK_ERR(vdevfw_factory_info(device, "a12345678901234567890123456789b", NULL, 0, &info,
				      &error), -ENOENT, "gone");
	CHECK_ERR(module_load("vdev-test", ""), 0, "as it should be");
}

TEST(load_unload_race, "factories come and go while guests ask for them")
{
	unsigned int rounds = is_debug_kernel() ? 20 : 60, added = 0, seed = 1, i;
	struct guest guest;
	pid_t pid;

	pid = fork();
	if (!pid)
		for (;;) {
			module_unload("vdev_test");
			/* Now and then it stays for as long as a slow host needs to use it. */
			sleep_ms(rand_r(&seed) % (rand_r(&seed) & 1 ? 30 : 3000));
		}
	for (i = 0; i < rounds; i++) {
		struct vdevfw_error error;
		uint64_t id;
		int err;

		guest_make(&guest, 1);
		err = guest_add(&guest, "test", "loc=mem:0xfb000000", &id, &error);
		/* modprobe has loaded it, and it was gone again. */
		if (err && err != -ENOENT)
			FAIL("error %d: %s", err, error.text);
		added += !err;
		guest_end(&guest);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	note("added in %u of %u rounds", added, rounds);
	CHECK(added > 0);
}

/* ---- memory that is not there ---- */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		note("cannot write %s: %s", path, strerror(errno));
	close(fd);
}

static int fail_nth_fd;

/* A fault that is still to come may hit these two themselves. */
static void fail_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	while (pwrite(fail_nth_fd, text, len, 0) != len)
		NEED(errno == EFAULT || errno == ENOMEM);
}

/* Whether the fault has come; none comes any more. */
static bool fail_nth_hit(void)
{
	char text[16] = "";
	bool read_it = pread(fail_nth_fd, text, sizeof(text) - 1, 0) > 0;

	fail_nth(0);
	return read_it && atoi(text) == 0;
}

static void fail_nth_prepare(void)
{
	/* Also allocations that may wait, of any size; and without a backtrace each. */
	write_text("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	write_text("/sys/kernel/debug/failslab/verbose", "0");
	write_text("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	write_text("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
	write_text("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	write_text("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	write_text("/sys/kernel/debug/fail_usercopy/verbose", "0");
}

static void fail_nth_open(void)
{
	fail_nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth_fd < 0)
		test_skip("no /proc/self/fail-nth: not the debug kernel");
	fail_nth_prepare();
}

/* From here on it is about the guest's worker, which does the end and is gone afterwards, with what is left of @n. */
static void fail_nth_in_worker(uint64_t guest, unsigned int n)
{
	char name[32], path[64];

	snprintf(name, sizeof(name), "vdevfw-%llu", (unsigned long long)guest);
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", task_named(name));
	close(fail_nth_fd);
	fail_nth_fd = open(path, O_RDWR | O_CLOEXEC);
	NEED(fail_nth_fd >= 0);
	fail_nth(n);
}

static int whole_life(struct guest *guest, const char **step)
{
	struct vdevfw_error error;
	uint64_t id;
	int err;

	guest->fd = -1;
	*step = "create";
	err = vdevfw_guest_create(guest->device, "nth", guest->vm.fd, &guest->fd, &guest->id, &error);
	if (err)
		return err;
	*step = "add";
	err = guest_add(guest, "test", "loc=mem:0xfb000000 forget-thread", &id, &error) ?:
	      guest_add(guest, "trace", "loc=mem:0xfb000008", &id, &error) ?:
	      guest_add(guest, "test", "loc=io:0x5000", &id, &error);
	if (err)
		return err;
	*step = "configure";
	err = vdevfw_guest_configure(guest->fd, &error);
	if (err)
		return err;
	*step = "start";
	err = vdevfw_guest_start(guest->fd, &error);
	if (err)
		return err;
	*step = "stop";
	err = vdevfw_guest_stop(guest->fd, &error);
	if (err)
		return err;
	*step = "destroy";
	return vdevfw_guest_destroy(guest->fd, &error);
}

TEST_TIMED(fail_nth_life, "ENOMEM: out of memory: the 1st, 2nd, … allocation of a guest's whole life fails", 400)
{
	int refs, test_refs;
	unsigned int n = 0, failed = 0;
	struct guest guest;
	bool hit = true;

	fail_nth_open();
	guest.device = device_open();
	load_factories(guest.device);
	refs = module_refs("vdevfw");
	test_refs = module_refs("vdev_test");
	while (hit && n < 1000 && !test_failed) {
		const char *step = "";
		int err;

		vm_create(&guest.vm, 1);
		fail_nth(++n);
		err = whole_life(&guest, &step);
		close(guest.fd);
		hit = fail_nth_hit();
		failed += err != 0;
		if (err != 0 && err != -ENOMEM && err != -EFAULT)
			FAIL("fault %u: %s fails with %d (%s)", n, step, err, strerror(-err));
		if (!hit && err)
			FAIL("%s fails with %d without a fault", step, err);
		CHECK_EQ(module_refs("vdev_test"), test_refs);
		CHECK_EQ(module_refs("vdev_trace"), 0);
		vm_destroy(&guest.vm);
		if (!CHECK(WAIT_FOR(module_refs("vdevfw") == refs)))
			note("fault %u in %s", n, step);
	}
	note("%u faults, %u of which were errors", n - 1, failed);
	CHECK(n > 20 && failed > 10);
}

TEST_TIMED(fail_nth_removal, "DESTROY without memory for a smaller bus: closed, until the VM is gone", 300)
{
	int refs, held = 0, abandoned = 0;
	struct vdevfw_error error;
	struct guest guest;
	unsigned int n;
	uint64_t value;

	fail_nth_open();
	guest.device = device_open();
	load_factories(guest.device);
	refs = module_refs("vdevfw");
	/* The end allocates two buses. */
	for (n = 1; n <= 5 && !test_failed; n++) {
		vm_create(&guest.vm, 1);
		NEED(vdevfw_guest_create(guest.device, "nth", guest.vm.fd, &guest.fd, &guest.id,
					 &error) == 0);
		guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
		guest_add_ok(&guest, "test", "loc=mem:0xfb000100");
		guest_add_ok(&guest, "test", "loc=io:0x5000");
		guest_configure_ok(&guest);
		guest_start_ok(&guest);
		CHECK(vcpu_read(guest.vm.vcpu, 0xfb000000, 4, &value));
		fail_nth_in_worker(guest.id, n);
		CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy, fault %u", n);
		close(guest.fd);
		/* Windows that stay on the bus hold the module, not the vdevs. */
		held = module_refs("vdevfw") - refs;
		abandoned += held;
		CHECK_EQ(module_refs("vdev_test"), 0);
		CHECK(!vcpu_read(guest.vm.vcpu, 0xfb000000, 4, &value));
		CHECK(!vcpu_in(guest.vm.vcpu, 0x5000, 4, &value));
		if (held)
			CHECK_ERR(module_unload("vdevfw"), -EAGAIN, "unload");
		vm_destroy(&guest.vm);
		CHECK(WAIT_FOR(module_refs("vdevfw") == refs));
	}
	note("%d windows abandoned, %d with the last fault", abandoned, held);
	CHECK_EQ(abandoned, 3);	/* two on one bus, one on the other */
	CHECK_EQ(held, 0);
	close(guest.device);
	module_unload("vdev_test");
	module_unload("vdev_trace");
	CHECK_ERR(module_unload("vdevfw"), 0, "unload in the end");
	CHECK_ERR(module_load("vdevfw", ""), 0, "load again");
}

TEST_TIMED(fail_nth_reuse, "a VM with abandoned windows: the next guest finds their place taken, EBUSY", 100)
{
	struct vdevfw_error error;
	unsigned int n;
	struct guest guest;
	int refs, fd, err;
	uint64_t id;

	fail_nth_open();
	guest.device = device_open();
	load_factories(guest.device);
	refs = module_refs("vdevfw");
	for (n = 1; n < 50; n++) {
		vm_create(&guest.vm, 1);
		NEED(vdevfw_guest_create(guest.device, "nth", guest.vm.fd, &guest.fd, &guest.id,
					 &error) == 0);
		guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
		guest_configure_ok(&guest);
		fail_nth_in_worker(guest.id, n);
		vdevfw_guest_destroy(guest.fd, &error);
		close(guest.fd);
		if (module_refs("vdevfw") > refs)
			break;
		vm_destroy(&guest.vm);
	}
	NEED(n < 50);
	NEED(vdevfw_guest_create(guest.device, "next", guest.vm.fd, &fd, &id, &error) == 0);
	guest.fd = fd;
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	err = vdevfw_guest_configure(fd, &error);
	CHECK_ERR(err, -EBUSY, "the same place");
	note("message: %s", error.text);
	close(fd);
	NEED(vdevfw_guest_create(guest.device, "next", guest.vm.fd, &fd, &id, &error) == 0);
	guest.fd = fd;
	guest_add_ok(&guest, "test", "loc=mem:0xfb000100");
	guest_configure_ok(&guest);
	close(fd);
	vm_destroy(&guest.vm);
	CHECK(WAIT_FOR(module_refs("vdevfw") == refs));
}

TEST_TIMED(fail_nth_bus_lost, "BUS_LOST: KVM has removed the guest's devices from its bus", 200)
{
	const uint64_t doorbell = 0xe0000000;
	struct vdevfw_event event = { .type = ~0u };
	struct vdevfw_error error;
	unsigned int n = 0;
	struct guest guest;
	bool hit = true, lost = false;
	uint64_t value;
	int fd, refs;

	fail_nth_open();
	guest.device = device_open();
	load_factories(guest.device);
	refs = module_refs("vdevfw");
	while (hit && !lost && n < 100) {
		vm_create(&guest.vm, 1);
		fd = vm_add_ioeventfd(&guest.vm, doorbell, 4);
		NEED(vdevfw_guest_create(guest.device, "lost", guest.vm.fd, &guest.fd, &guest.id,
					 &error) == 0);
		guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
		guest_add_ok(&guest, "test", "loc=mem:0xfb000100");
		guest_configure_ok(&guest);
		guest_start_ok(&guest);
		fail_nth(++n);
		vm_remove_ioeventfd(&guest.vm, doorbell, 4, fd);
		hit = fail_nth_hit();
		lost = !vcpu_read(guest.vm.vcpu, 0xfb000000, 4, &value);
		if (lost)
			break;
		close(guest.fd);
		vm_destroy(&guest.vm);
		close(fd);
	}
	NEED(lost);
	while (event.type != VDEVFW_EVENT_BUS_LOST && vdevfw_event_read(guest.fd, &event) == 1)
		;
	CHECK_EQ(event.type, VDEVFW_EVENT_BUS_LOST);
	CHECK_EQ(guest_info(guest.fd).out_terminated, 1);
	CHECK_EQ(guest_info(guest.fd).out_cause, VDEVFW_EXIT_ERROR);
	CHECK_ERR(vdevfw_guest_stop(guest.fd, &error), 0, "stop");
	CHECK_ERR(vdevfw_guest_start(guest.fd, &error), -ESHUTDOWN, "start");
	CHECK(!vcpu_read(guest.vm.vcpu, 0xfb000000, 4, &value));
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	close(guest.fd);
	/* "ENODEV: the VM has lost its bus" */
	NEED(vdevfw_guest_create(guest.device, "next", guest.vm.fd, &guest.fd, &guest.id, &error) == 0);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	CHECK_ERR(vdevfw_guest_configure(guest.fd, &error), -ENODEV, "configure");
	CHECK_TEXT(error.text, "bus");
	close(guest.fd);
	vm_destroy(&guest.vm);
	CHECK(WAIT_FOR(module_refs("vdevfw") == refs));
}

TEST_MAIN
