// SPDX-License-Identifier: GPL-2.0-only
/*
 * A launcher decides how long its vCPUs stay in a vdev, and how long KVM holds a
 * lock. Whoever waits for that, by a command on its guest, can be killed.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "fixture.h"

/* ---- a vCPU that is inside a vdev ---- */

static void *run_once(void *vcpu)
{
	vcpu_run(vcpu);
	return NULL;
}

static void on_signal(int number)
{
	(void)number;
}

static void kill_while_inside(struct guest *guest, command_t *command)
{
	struct kvm_regs regs = { .rbx = 0xfb000000 };
	pthread_t thread;
	long long start;

	guest_make(guest, 1);
	guest_add_ok(guest, "test", "loc=mem:0xfb000000 delay-ms=4000");
	guest_configure_ok(guest);
	guest_start_ok(guest);
	vcpu_load(guest->vm.vcpu, read4, regs);
	start = now_ms();
	NEED(pthread_create(&thread, NULL, run_once, guest->vm.vcpu) == 0);
	sleep_ms(500);
	kill_hanging(guest, command);
	CHECK(now_ms() - start < 3500);
	pthread_join(thread, NULL);
	CHECK(vcpu_done(guest->vm.vcpu));	/* the access was served */
}

TEST(stop_killed, "EINTR: a fatal signal came while the command waited; the stop goes on without the caller")
{
	struct guest guest;
	uint64_t value;

	kill_while_inside(&guest, vdevfw_guest_stop);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_PAUSED);
	CHECK(!vcpu_read(guest.vm.vcpu, 0xfb000000, 4, &value));
	guest_stop_ok(&guest);
	guest_end(&guest);
}

TEST(destroy_killed, "EINTR: … VDEVFW_GUEST_DESTROY is carried out nevertheless")
{
	struct guest guest;

	kill_while_inside(&guest, vdevfw_guest_destroy);
	CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_DEAD));
	guest_end(&guest);
}

static void set_drain_timeout(const char *ms)
{
	write_file("/sys/module/vdevfw/parameters/drain_timeout", "%s", ms);
}

/* Whether the thread that @text names is in a function of vdev-test. */
static bool is_in_vdev(const char *text)
{
	static char stack[4096];
	char path[64];
	FILE *file;
	int thread;

	text = strstr(text, "/proc/");
	NEED(text && sscanf(text, "/proc/%d/stack", &thread) == 1);
	snprintf(path, sizeof(path), "/proc/%d/stack", thread);
	file = fopen(path, "re");
	NEED(file);
	stack[fread(stack, 1, sizeof(stack) - 1, file)] = 0;
	fclose(file);
	return strstr(stack, "vdtest");
}

TEST(stop_too_long, "ETIMEDOUT: an access has not ended; the sentence says which vCPU, and where to see in which vdev")
{
	struct sigaction action = { .sa_handler = on_signal };
	struct kvm_regs regs = { .rbx = 0xfb000000 };
	struct vdevfw_error error;
	struct guest guest;
	pthread_t thread;

	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	guest_make(&guest, 2);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 delay-ms=10000");
	guest_configure_ok(&guest);
	guest_start_ok(&guest);
	vcpu_load(&guest.vm.vcpu[1], read4, regs);
	set_drain_timeout("100");
	NEED(pthread_create(&thread, NULL, run_once, &guest.vm.vcpu[1]) == 0);
	sleep_ms(500);
	CHECK_ERR(vdevfw_guest_stop(guest.fd, &error), -ETIMEDOUT, "stop");
	set_drain_timeout("10000");
	CHECK_TEXT(error.text, "vCPU 1 does not come out of an access");
	CHECK(is_in_vdev(error.text));
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_PAUSED);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	guest_end(&guest);
}

/* ---- a lock of KVM's ---- */

static struct {
	int vm;
	struct kvm_dirty_log log;
} dirty = { .log.slot = 100 };

static void *get_dirty_log(void *unused)
{
	(void)unused;
	ioctl(dirty.vm, KVM_GET_DIRTY_LOG, &dirty.log);
	return NULL;
}

/*
 * Makes KVM hold the VM's slots_lock, in a thread that wants a dirty log in memory
 * which is only there when somebody closes the file that this returns.
 */
static int hold_slots_lock(struct vm *vm, pthread_t *thread)
{
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.slot = dirty.log.slot,
		.flags = KVM_MEM_LOG_DIRTY_PAGES,
		.guest_phys_addr = 0x40000000,
		.memory_size = 4096,
		.userspace_addr = (uintptr_t)pages,
	};
	struct uffdio_register absent = {
		.range = { (uintptr_t)pages + 4096, 4096 },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct pollfd fault = { .fd = fd, .events = POLLIN };

	NEED(fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0);
	NEED(ioctl(fd, UFFDIO_REGISTER, &absent) == 0);
	NEED(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) == 0);
	dirty.vm = vm->fd;
	dirty.log.dirty_bitmap = pages + 4096;
	NEED(pthread_create(thread, NULL, get_dirty_log, NULL) == 0);
	NEED(poll(&fault, 1, 10000) == 1);
	return fd;
}

static void release_slots_lock(int fd, pthread_t thread)
{
	close(fd);
	pthread_join(thread, NULL);
}

TEST(configure_killed, "EINTR: CONFIGURE while KVM hangs; a failure ends the assembly")
{
	struct guest guest;
	pthread_t thread;
	int fd;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	fd = hold_slots_lock(&guest.vm, &thread);
	kill_hanging(&guest, vdevfw_guest_configure);
	CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_DEAD));
	release_slots_lock(fd, thread);
	guest_end(&guest);
}

TEST(destroy_of_hung_killed, "EINTR: DESTROY while KVM hangs; it is carried out when that ends")
{
	struct guest guest;
	pthread_t thread;
	int fd;

	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000");
	guest_configure_ok(&guest);
	fd = hold_slots_lock(&guest.vm, &thread);
	kill_hanging(&guest, vdevfw_guest_destroy);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_DYING);
	release_slots_lock(fd, thread);
	CHECK(WAIT_FOR(guest_state(guest.fd) == VDEVFW_STATE_DEAD));
	guest_end(&guest);
}

TEST(others_while_hung, "a guest whose KVM hangs does not hold up another one")
{
	struct guest hung, guest;
	pthread_t thread;
	int fd;

	guest_make(&hung, 1);
	guest_add_ok(&hung, "test", "loc=mem:0xfb000000");
	guest_configure_ok(&hung);
	fd = hold_slots_lock(&hung.vm, &thread);
	kill_hanging(&hung, vdevfw_guest_destroy);
	guest_make_in(&guest, VDEVFW_STATE_DEAD);
	guest_end(&guest);
	CHECK_EQ(guest_state(hung.fd), VDEVFW_STATE_DYING);
	release_slots_lock(fd, thread);
	guest_end(&hung);
}

TEST(dead_guests_have_no_thread, "a dead guest whose file is still open has no thread of its own")
{
	struct guest guest;
	char name[32];

	guest_make(&guest, 1);
	snprintf(name, sizeof(name), "vdevfw-%llu", (unsigned long long)guest.id);
	CHECK(task_named(name));
	NEED(vdevfw_guest_destroy(guest.fd, &(struct vdevfw_error){ 0 }) == 0);
	/* kthread_stop() comes back before /proc has forgotten the thread. */
	CHECK(WAIT_FOR(task_named(name) == 0));
	guest_end(&guest);
}

TEST_MAIN
