// SPDX-License-Identifier: GPL-2.0-only
/* Threads of vdevs: they count as their launcher's, and one that does not end holds up nobody. */
#include <fcntl.h>
#include <sys/stat.h>

#include "fixture.h"

#define THREAD		"test/forgotten"
#define CGROUPS		"/sys/fs/cgroup"
#define TIMEOUT_MS	1000	/* what set_stubborn() lets a thread have */

/* ---- cgroups ---- */

static bool make_cgroup(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), CGROUPS "/%s", name);
	return access(CGROUPS "/cgroup.procs", W_OK) == 0 && (mkdir(path, 0755) == 0 || errno == EEXIST);
}

/* The root's, with "" for @name. */
static void enter_cgroup(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), CGROUPS "/%s/cgroup.procs", name);
	write_file(path, "%d", getpid());
}

static void remove_cgroup(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), CGROUPS "/%s", name);
	CHECK(WAIT_FOR(rmdir(path) == 0 || errno == ENOENT));
}

/* Whether a process is in a cgroup; the one of version 2 has number 0. */
static bool is_in(pid_t pid, const char *name)
{
	char path[64], line[256], want[96];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	snprintf(want, sizeof(want), "0::/%s\n", name);
	file = fopen(path, "re");
	NEED(file);
	while (!found && fgets(line, sizeof(line), file))
		found = !strcmp(line, want);
	fclose(file);
	return found;
}

TEST(charged, "The thread is in the cgroups of the VM's process")
{
	struct guest guest;

	if (!make_cgroup("owner"))
		test_skip("there are no cgroups here");
	enter_cgroup("owner");
	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 forget-thread");
	guest_configure_ok(&guest);
	NEED(WAIT_FOR(task_named(THREAD)));
	CHECK(is_in(task_named(THREAD), "owner"));
	guest_end(&guest);
	enter_cgroup("");
	remove_cgroup("owner");
}

TEST(charged_to_the_owner, "The thread is in the cgroups of the VM's process, whoever gives the command")
{
	struct vdevfw_error error;
	struct guest guest;
	pid_t pid;
	int fd;

	if (!make_cgroup("owner") || !make_cgroup("other"))
		test_skip("there are no cgroups here");
	enter_cgroup("owner");
	guest_make(&guest, 1);
	guest_add_ok(&guest, "test", "loc=mem:0xfb000000 forget-thread");
	pid = fork();
	if (!pid) {
		enter_cgroup("other");
		NEED(vdevfw_guest_open(guest.device, guest.id, &fd, &error) == 0);
		_exit(vdevfw_guest_configure(fd, &error) == 0 ? TEST_PASS : TEST_FAIL);
	}
	join_child(pid);
	NEED(WAIT_FOR(task_named(THREAD)));
	CHECK(is_in(task_named(THREAD), "owner"));
	guest_end(&guest);
	enter_cgroup("");
	remove_cgroup("other");
	remove_cgroup("owner");
}

/* ---- threads that do not end ---- */

static void set_parameter(const char *module, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	write_file(path, "%s", value);
}

static void set_stubborn(bool stubborn)
{
	set_parameter("vdevfw", "thread_timeout", stubborn ? "1" : "10");
	set_parameter("vdev_test", "stubborn", stubborn ? "1" : "0");
}

/* What debugfs says; -1 if it says nothing. */
static int abandoned_threads(void)
{
	FILE *file = fopen("/sys/kernel/debug/vdevfw/abandoned_threads", "re");
	int count = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &count) != 1)
		count = -1;
	fclose(file);
	return count;
}

/* Only what is stubborn keeps vdev-test; afterwards nothing does. */
static void check_let_go(void)
{
	CHECK(task_named(THREAD));
	CHECK_EQ(abandoned_threads(), 1);
	CHECK_EQ(module_refs("vdev_test"), 1);
	CHECK_ERR(module_unload("vdev_test"), -EAGAIN, "vdev-test while its thread runs");
	CHECK_ERR(module_unload("vdevfw"), -EAGAIN, "vdevfw while a vdev's thread runs");
	set_stubborn(false);
	CHECK(WAIT_FOR(abandoned_threads() == 0));
	CHECK(WAIT_FOR(task_named(THREAD) == 0));
	CHECK_EQ(module_refs("vdev_test"), 0);
}

static void make_stubborn(struct guest *guest)
{
	int device = device_open();

	load_factories(device);
	close(device);
	set_stubborn(true);
	guest_make(guest, 1);
	guest_add_ok(guest, "test", "loc=mem:0xfb000000 forget-thread");
	guest_configure_ok(guest);
	guest_start_ok(guest);
	NEED(WAIT_FOR(task_named(THREAD)));
}

/* Whether the launcher has been told. */
static bool is_reported(int fd)
{
	struct vdevfw_event event;
	bool found = false;

	while (vdevfw_event_read(fd, &event) == 1)
		found |= event.type == VDEVFW_EVENT_LOG && event.value == VDEVFW_SEVERITY_INTERNAL &&
			 strstr((char *)event.text, "its thread " THREAD " has not ended within 1 s");
	return found;
}

TEST(stubborn, "A thread that does not end is reported, and then nobody waits for it any more")
{
	struct vdevfw_error error;
	struct guest guest, next;
	long long start;
	uint64_t value;

	make_stubborn(&guest);
	start = now_ms();
	CHECK_ERR(vdevfw_guest_destroy(guest.fd, &error), 0, "destroy");
	CHECK(now_ms() - start >= TIMEOUT_MS && now_ms() - start < 10 * TIMEOUT_MS);
	CHECK_EQ(guest_state(guest.fd), VDEVFW_STATE_DEAD);
	CHECK(is_reported(guest.fd));
	/* The VM is free, so it may have another guest, and its process may go. */
	next = guest;
	guest_again(&next);
	guest_add_ok(&next, "trace", "loc=mem:0xfb000000");
	guest_configure_ok(&next);
	guest_start_ok(&next);
	CHECK(vcpu_read(next.vm.vcpu, 0xfb000000, 4, &value));
	guest_end(&next);
	check_let_go();
}

TEST(stubborn_launcher_killed, "SIGKILL of a launcher whose vdev has a thread that does not end")
{
	struct vdevfw_error error;
	int device = device_open(), other;
	siginfo_t end = { 0 };
	struct guest guest;
	int ids[2];
	pid_t pid;

	NEED(pipe(ids) == 0);
	pid = fork();
	if (!pid) {
		make_stubborn(&guest);
		NEED(write(ids[1], &guest.id, sizeof(guest.id)) == sizeof(guest.id));
		pause();
	}
	NEED(read(ids[0], &guest.id, sizeof(guest.id)) == sizeof(guest.id));
	kill(pid, SIGKILL);
	CHECK(WAIT_FOR(waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == pid));
	waitpid(pid, NULL, WNOHANG);
	CHECK(WAIT_FOR(vdevfw_guest_open(device, guest.id, &other, &error) == -ESTALE));
	close(device);
	check_let_go();
}

TEST(unloaded, "vdevfw can be unloaded when the last thread has ended")
{
	static const char *const users[] = {
		"vdev_test", "vdev_trace", "vdev_regions", "vdev_record", "vdev_memtest", "vdev_null",
		"vdev_services", "vdev_wdt_sp805", "vdev_wdt_ib700",
	};
	struct vdevfw_error error;
	struct guest guest;
	unsigned int i;

	make_stubborn(&guest);
	NEED(vdevfw_guest_destroy(guest.fd, &error) == 0);
	guest_end(&guest);
	check_let_go();
	for (i = 0; i < sizeof(users) / sizeof(*users); i++)
		module_unload(users[i]);
	CHECK_ERR(module_unload("vdevfw"), 0, "vdevfw");
	CHECK_ERR(module_load("vdevfw", ""), 0, "vdevfw again");
}

TEST_MAIN
