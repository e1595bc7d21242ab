// SPDX-License-Identifier: GPL-2.0-only
/* SIGKILL of the launcher at every stage of its life: no guest, no thread, no module reference may be left. */
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "fixture.h"

static const char path[] = "/tmp/victim.conf";

/* A machine that runs until somebody ends it. */
static void write_config(void)
{
	write_file(path, "system victim ram 16m cpu cpu load %s/spin.elf "
		   "window mem:0xfa000000,8k vdev trace loc 0xfa000000 "
		   "vdev trace loc 0xfa001000 pass-reads vdev test loc 0xfb000000", guests_folder());
}

static void trace_me(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static pid_t launch(void (*prepare)(void))
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = launcher_start(path, null, prepare);

	close(null);
	return pid;
}

/* The launcher's end, which must have been ours; then whether all that it had is gone. */
static bool is_gone(pid_t pid, unsigned int refs)
{
	int status;

	kill(pid, SIGKILL);
	do
		NEED(waitpid(pid, &status, 0) == pid);
	while (WIFSTOPPED(status));
	if (WIFEXITED(status))
		FAIL("vdevctl ended by itself with %d", WEXITSTATUS(status));
	return WIFSIGNALED(status) &&
	       CHECK(WAIT_FOR(module_refs("vdev_trace") == 0 && module_refs("vdev_test") == 0 &&
			      module_refs("vdevfw") == (int)refs));
}

/* Ids count guests: how many there were so far. None of them may be left. */
static uint64_t count_guests(int device)
{
	struct vdevfw_error error;
	uint64_t id, past;
	struct vm vm;
	int fd, other;

	vm_create(&vm, 1);
	NEED(vdevfw_guest_create(device, "count", vm.fd, &fd, &id, &error) == 0);
	for (past = 1; past < id; past++)
		if (vdevfw_guest_open(device, past, &other, &error) != -ESTALE)
			FAIL("guest %llu is left", (unsigned long long)past);
	close(fd);
	vm_destroy(&vm);
	return id;
}

/* ---- between system calls ---- */

/* Whether the launcher is about to wait for its guest: for one of several files, without end. */
static bool waits_for_guest(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_poll &&
	       info.entry.args[1] > 2 && (int)info.entry.args[2] == -1;
}

/* Lets the launcher go on to its next stop that is a system call's. False: it has ended, or waits for its guest. */
static bool next_stop(pid_t pid)
{
	int status = 0, signal = 0;

	do {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) < 0)
			return false;
		NEED(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status)) {
			FAIL("vdevctl ended with status 0x%x", status);
			return false;
		}
		signal = WSTOPSIG(status);
	} while (signal != (SIGTRAP | 0x80));
	return !waits_for_guest(pid);
}

/* Kills a launcher at stop @n. False: there are not so many. */
static bool kill_at_stop(unsigned int n, unsigned int refs)
{
	pid_t pid = launch(trace_me);
	bool stopped = true;
	int status;

	NEED(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	NEED(ptrace(PTRACE_SETOPTIONS, pid, NULL,
		    (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0);
	while (n-- && stopped)
		stopped = next_stop(pid);
	return is_gone(pid, refs) && stopped;
}

TEST_TIMED(kill_at_each_call,
	   "SIGKILL of vdevctl before and after each of its system calls; every seventh on the debug kernel", 400)
{
	unsigned int n = 0, step = is_debug_kernel() ? 7 : 1, refs;
	int device = device_open();
	uint64_t guests;

	load_factories(device);
	refs = module_refs("vdevfw");
	write_config();
	guests = count_guests(device);
	while (kill_at_stop(n, refs) && !test_failed)
		n += step;
	guests = count_guests(device) - guests - 1;
	note("%u stops, %llu launchers had a guest", n, (unsigned long long)guests);
	/* The first ones were killed before they had one, the last ones while it ran. */
	CHECK(n > 50 && guests > 20 / step && guests < n / step);
}

/* ---- within system calls ---- */

TEST_TIMED(kill_at_any_time, "SIGKILL of vdevctl at 40 points of time", 300)
{
	unsigned int i, late = is_debug_kernel() ? 1500 : 200, seed = 12345, refs;
	int device = device_open();
	uint64_t guests;

	load_factories(device);
	refs = module_refs("vdevfw");
	write_config();
	guests = count_guests(device);
	for (i = 0; i < 40 && !test_failed; i++) {
		pid_t pid = launch(NULL);

		sleep_ms(rand_r(&seed) % late);
		is_gone(pid, refs);
	}
	guests = count_guests(device) - guests - 1;
	note("%llu launchers had a guest", (unsigned long long)guests);
	CHECK(guests > 0);
}

TEST_MAIN
