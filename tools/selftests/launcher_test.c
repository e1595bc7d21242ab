// SPDX-License-Identifier: GPL-2.0-only
/* The launcher as its user meets it: a terminal, signals, missing rights, and others who end its guest. */
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sys/stat.h>

#include "session.h"

static const char path[] = SESSION_CONFIG;

TEST(echo, "the guest's console: what is typed comes to the guest byte by byte, as it is")
{
	struct session session;

	session_start(&session, "echo", "");
	session_says(&session, "echo: q ends");
	CHECK(!is_cooked(&session));
	session_type(&session, 'a');
	session_says(&session, "\na");
	session_type(&session, '\r');	/* no ICRNL */
	session_type(&session, 'b');
	session_says(&session, "a\rb");
	session_type(&session, 'q');
	session_says(&session, "echo: PASS");
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(control_c, "3: ended from outside: control-C; the terminal is as it was")
{
	struct session session;

	session_start(&session, "spin", "vdev trace loc 0xfa000000");
	session_says(&session, "spin: running");
	session_type(&session, 3);
	session_says(&session, "ended by a signal: Interrupt; no vdev handles the power button");
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(control_z, "control-Z suspends the machine and gives the terminal back; SIGCONT goes on")
{
	struct session session;
	int status;

	session_start(&session, "echo", "");
	session_says(&session, "echo: q ends");
	session_type(&session, 26);
	NEED(waitpid(session.pid, &status, WUNTRACED) == session.pid);
	CHECK(WIFSTOPPED(status));
	CHECK(is_cooked(&session));
	kill(session.pid, SIGCONT);
	CHECK(WAIT_FOR(!is_cooked(&session)));
	session_type(&session, 'x');
	session_says(&session, "x");
	session_type(&session, 'q');
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(hang_up, "3: ended from outside: SIGHUP")
{
	struct session session;

	session_start(&session, "spin", "vdev trace loc 0xfa000000");
	session_says(&session, "spin: running");
	kill(session.pid, SIGHUP);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(quit, "SIGQUIT cuts the power")
{
	struct session session;

	session_start(&session, "spin", "");
	session_says(&session, "spin: running");
	kill(session.pid, SIGQUIT);
	session_says(&session, "ended by a signal: Quit\r\n");
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(no_status, "SIGUSR2 prints the status of all vdevs; a machine without vdevs has none, and goes on")
{
	struct session session;

	session_start(&session, "echo", "");
	session_says(&session, "echo: q ends");
	kill(session.pid, SIGUSR2);
	session_says(&session, "the machine has no vdevs");
	session_type(&session, 'q');
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(status, "SIGUSR2 prints the status of all vdevs, and the machine goes on")
{
	struct session session;

	session_start(&session, "echo", "system seen vdev trace loc 0xfa000000");
	session_says(&session, "echo: q ends\r\n");
	kill(session.pid, SIGUSR2);
	session_says(&session, " seen: running, 1 vdev\r\nvdev 1: trace mem:0xfa000000\r\n  counter 0x");
	session_type(&session, 'q');
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(power_button, "0: SIGTERM presses the power button, and the guest shuts down as it is asked to")
{
	struct session session;

	session_start(&session, "button", "vdev test loc 0xfb000000 button 1");
	session_says(&session, "button: waiting");
	kill(session.pid, SIGTERM);
	/* It says so, too, between what the launcher says: only its end is whole. */
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(power_button_twice, "3: a guest that does not listen: the button a second time cuts the power")
{
	struct session session;

	session_start(&session, "spin", "vdev trace loc 0xfa000000 vdev test loc 0xfb000000 button 1");
	session_says(&session, "spin: running");
	kill(session.pid, SIGINT);
	session_says(&session, "power button pressed; again, or SIGQUIT, cuts the power");
	kill(session.pid, SIGINT);
	session_says(&session, "ended by a signal: Interrupt, for the second time");
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(power_button_grace, "3: set button-grace: the power is cut when the guest takes longer")
{
	struct session session;

	session_start(&session, "spin",
		      "set button-grace 1 vdev trace loc 0xfa000000 vdev test loc 0xfb000000 button 1");
	session_says(&session, "spin: running");
	kill(session.pid, SIGTERM);
	session_says(&session, "the guest has not shut down within 1 s");
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(time_limit, "7: set time-limit: the machine is ended after that; nobody needs to read why")
{
	int pipes[2], status;
	long long start;
	pid_t pid;

	write_file(path, "ram 16m load %s/spin.elf vdev trace loc 0xfa000000 emit-logger set time-limit 2",
		   guests_folder());
	NEED(pipe2(pipes, O_CLOEXEC) == 0);
	fcntl(pipes[1], F_SETPIPE_SZ, 4096);
	start = now_ms();
	pid = launcher_start(path, pipes[1], NULL);
	NEED(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), VDEVFW_EXIT_ERROR);
	CHECK(now_ms() - start >= 2000);
}

/* ---- reads that pass ---- */

#define PASSING	"window mem:0xfa000000,64k vdev trace loc 0xfa000000 pass-reads emit-logger"

TEST(pass_reads, "with pass-reads the guest sees the counter count; its writes trap, and it reads them")
{
	struct session session;

	session_start(&session, "pass", PASSING);
	session_says(&session, "pass: it counts");
	session_says(&session, "info: write 0x12340000");
	session_says(&session, "pass: PASS");
	session_end(&session, VDEVFW_EXIT_NORMAL);
	CHECK(!strstr(session.said, "warning"));
}

/* How often the vCPUs of the launcher's VM have left the guest, as KVM counts. */
static unsigned long count_exits(pid_t launcher)
{
	unsigned long exits = 0;
	char pattern[64];
	glob_t found;
	FILE *from;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/debug/kvm/%d-*/exits", launcher);
	NEED(glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1);
	from = fopen(found.gl_pathv[0], "re");
	NEED(from && fscanf(from, "%lu", &exits) == 1);
	fclose(from);
	globfree(&found);
	return exits;
}

/* How many there are in a second in which the guest does nothing but read. */
static unsigned long exits_in_a_second(const char *vdev)
{
	struct session session;
	unsigned long before, after;

	session_start(&session, "spin", vdev);
	session_says(&session, "spin: running");
	before = count_exits(session.pid);
	sleep_ms(1000);
	after = count_exits(session.pid);
	kill(session.pid, SIGQUIT);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
	return after - before;
}

TEST(pass_exits, "VDEVFW_REGION_PASS_READ: the guest's reads need no exit")
{
	unsigned long trap = exits_in_a_second("vdev trace loc 0xfa000000");
	unsigned long pass = exits_in_a_second("vdev trace loc 0xfa000000 pass-reads");

	note("%lu exits a second if reads trap, %lu if they pass", trap, pass);
	CHECK(pass < trap / 4);
}

TEST(pass_status, "while reads pass, regions and status are told")
{
	struct session session;
	const char *said;
	uint64_t id;

	session_start(&session, "spin", PASSING " vdev test loc 0xfa008000 vdev test loc io:0x300");
	session_says(&session, "spin: running");
	id = guest_of_launcher();
	said = vdevctl_for("regions", id, 0);
	CHECK_TEXT(said, "RANGE ");
	CHECK_TEXT(said, "mem:0xfa000000-0xfa000fff                   0x1000     1           0  pass-read,active\n");
	CHECK_TEXT(said, "mem:0xfa008000-0xfa008007                      0x8     2           0  active\n");
	CHECK_TEXT(said, "io:0x300-0x307                                 0x8     3           0  active\n");
	CHECK_TEXT(vdevctl_for("status", id, 0), "counter 0x");
	kill(session.pid, SIGQUIT);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(pass_kill, "SIGKILL while the guest reads without an exit: nothing is left")
{
	int device = device_open(), status;
	struct session session;
	struct vdevfw_error error;
	uint64_t id;
	int fd;

	load_factories(device);
	session_start(&session, "spin", PASSING);
	session_says(&session, "spin: running");
	id = guest_of_launcher();
	CHECK(module_refs("vdev_trace") > 0);
	kill(session.pid, SIGKILL);
	NEED(waitpid(session.pid, &status, 0) == session.pid);
	CHECK(WIFSIGNALED(status));
	CHECK(WAIT_FOR(module_refs("vdev_trace") == 0));
	CHECK(WAIT_FOR(vdevfw_guest_open(device, id, &fd, &error) == -ESTALE));
	close(device);
}

/* ---- messages that nobody reads ---- */

TEST(unread_messages, "a launcher whose messages nobody reads still ends on a signal")
{
	int pipes[2], status;
	pid_t pid;

	write_file(path, "ram 16m load %s/spin.elf vdev trace loc 0xfa000000 emit-logger",
		   guests_folder());
	NEED(pipe2(pipes, O_CLOEXEC) == 0);
	fcntl(pipes[1], F_SETPIPE_SZ, 4096);
	pid = launcher_start(path, pipes[1], NULL);
	/* Full: the launcher waits for us. */
	CHECK(WAIT_FOR(({ struct pollfd p = { pipes[1], POLLOUT, 0 }; poll(&p, 1, 0) == 0; })));
	sleep_ms(500);
	kill(pid, SIGTERM);
	NEED(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), VDEVFW_EXIT_POWER_CUT);
}

TEST(unread_terminal, "a launcher whose terminal nobody reads still ends on a signal")
{
	struct session session;
	int status;

	session_start(&session, "spin", "vdev trace loc 0xfa000000 emit-logger");
	session_says(&session, "info: read 0x");
	/* Full before long. */
	sleep_ms(3000);
	kill(session.pid, SIGTERM);
	NEED(waitpid(session.pid, &status, 0) == session.pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), VDEVFW_EXIT_POWER_CUT);
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

TEST(blocked_signals, "a launcher that was started with blocked signals ends on one, and by itself")
{
	int pipes[2], status;
	pid_t pid;

	write_file(path, "ram 16m load %s/spin.elf vdev trace loc 0xfa000000", guests_folder());
	NEED(pipe2(pipes, O_CLOEXEC) == 0);
	pid = launcher_start(path, pipes[1], block_signals);
	sleep_ms(2000);
	kill(pid, SIGTERM);
	NEED(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), VDEVFW_EXIT_POWER_CUT);
}

/* ---- others ---- */

/* Runs the launcher to its end; what it said. */
static const char *run(int want, void (*prepare)(void))
{
	static char said[4096];
	int pipes[2], status;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	NEED(pipe2(pipes, O_CLOEXEC) == 0);
	pid = launcher_start(path, pipes[1], prepare);
	close(pipes[1]);
	while ((got = read(pipes[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += got;
	said[len] = 0;
	close(pipes[0]);
	NEED(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), want);
	return said;
}

static void become_user(void)
{
	if (setgid(1000) || setuid(1000))
		_exit(126);
}

TEST(unreadable_config, "65: the configuration is wrong: one that cannot be read")
{
	write_file(path, "ram 16m");
	NEED(chmod(path, 0600) == 0);
	CHECK_TEXT(run(VDEVFW_EXIT_CONFIG, become_user),
		   "launcher.conf:1:1: cannot read the configuration: Permission denied");
}

TEST(no_right_to_kvm, "64: fatal before the start: no /dev/kvm")
{
	write_file(path, "ram 16m load %s/hello.elf", guests_folder());
	NEED(chmod(path, 0644) == 0);
	CHECK_TEXT(run(VDEVFW_EXIT_FATAL_STARTUP, become_user),
		   "cannot open /dev/kvm: Permission denied; it takes kvm_intel or kvm_amd");
}

TEST(no_right_to_vdevfw, "64: fatal before the start: no /dev/vdevfw")
{
	write_file(path, "ram 16m load %s/trace.elf vdev trace loc 0xfa000000", guests_folder());
	NEED(chmod(path, 0644) == 0);
	CHECK_TEXT(run(VDEVFW_EXIT_FATAL_STARTUP, become_user),
		   "cannot open /dev/vdevfw: Permission denied");
}

TEST(large_config, "65: a file has at most 1 MiB")
{
	write_file(path, "%*s", (1 << 20) + 1, "");
	CHECK_TEXT(run(VDEVFW_EXIT_CONFIG, NULL),
		   "launcher.conf:1:1: the configuration is too large: at most 1048576 bytes");
}

TEST(kvm_gives_up, "5: the guest did what the machine cannot do")
{
	static const char image[] = "/tmp/nowhere.bin";

	/* mov $0xf0030201, %eax; jmp *%eax: no memory is there */
	write_file(image, "%s", "\xb8\x01\x02\x03\xf0\xff\xe0");
	write_file(path, "ram 16m load %s", image);
	CHECK_TEXT(run(VDEVFW_EXIT_UNSUPPORTED, NULL), "vCPU 0: KVM gave up with internal error");
}

TEST(destroyed_by_another, "3: the kernel's guest was destroyed by somebody else")
{
	struct session session;
	struct vdevfw_error error;
	int device = device_open(), fd;
	struct guest guest;
	uint64_t id;

	session_start(&session, "spin", "vdev trace loc 0xfa000000");
	session_says(&session, "spin: running");
	guest_make(&guest, 1);
	for (id = guest.id - 1; vdevfw_guest_open(device, id, &fd, &error); id--)
		NEED(id > 1);
	NEED(vdevfw_guest_destroy(fd, &error) == 0);
	session_says(&session, "the vdevs were destroyed from outside");
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
	guest_end(&guest);
}

TEST_MAIN
