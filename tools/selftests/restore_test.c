// SPDX-License-Identifier: GPL-2.0-only
/* A machine that is saved to a file, and goes on from it: vdevctl save, vdevctl restore. */
#include <fcntl.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "counting.h"

#define SAVED	"/tmp/machine"
#define CHAIN	(is_debug_kernel() ? 2 : 5)
#define ROUNDS	(is_debug_kernel() ? 3 : 8)

/* What vdevctl says of "save", for the guest of that id. */
static const char *save(uint64_t id, int status)
{
	char command[64];

	snprintf(command, sizeof(command), "save %llu " SAVED, (unsigned long long)id);
	return vdevctl(command, status);
}

static void save_anew(uint64_t id)
{
	unlink(SAVED);
	CHECK_TEXT(save(id, 0), "counter: saved to " SAVED ", ");
}

static void kill_machine(struct session *session)
{
	kill(session->pid, SIGQUIT);
	session_end(session, VDEVFW_EXIT_POWER_CUT);
}

/* For a guest that does not run for long: time stands while the rest is done. */
static void stop_and_save(struct session *session)
{
	CHECK_TEXT(vdevctl("stop counter", 0), "counter: paused\n");
	session_says_next(session, "vdevctl: the machine has stopped: paused");
	save_anew(guest_of_launcher());
}

/* The machine of @session ends, and goes on from the file. Returns its guest. */
static uint64_t go_on_from_file(struct session *session)
{
	kill_machine(session);
	session_restore(session, SAVED);
	session_says_next(session, "vdevctl: the machine was restored");
	return guest_of_launcher();
}

/* What is wrong with restoring what is in the file. */
static void cannot_restore(int status, const char *text)
{
	struct session session;

	session_restore(&session, SAVED);
	session_says(&session, text);
	session_end(&session, status);
}

/* ---- the machine that is saved ---- */

/* Begins to save the machine that is called counter, for waitpid(). */
static pid_t save_meanwhile(void)
{
	const char *launcher = getenv("VDEVCTL") ?: "/bin/vdevctl";
	pid_t pid;

	unlink(SAVED);
	pid = fork();
	NEED(pid >= 0);
	if (pid)
		return pid;
	execl(launcher, "vdevctl", "save", "counter", SAVED, NULL);
	_exit(127);
}

TEST(save, "a machine that is saved goes on: no access is lost, none is made twice")
{
	struct session session;
	unsigned int i;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	for (i = 0; i < CHAIN; i++) {
		CHECK(is_counting(id, 2));
		save_anew(id);
		session_says_next(&session, "vdevctl: the machine was saved");
	}
	end_counting(&session, id);
}

TEST(save_stopped, "one that has stopped stays so")
{
	struct session session;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	CHECK(is_counting(id, 2));
	stop(&session, id);
	save_anew(id);
	CHECK(stands_still(id, 1));
	go_on(&session, id);
	CHECK(is_counting(id, 2));
	end_counting(&session, id);
}

/* ---- the one that goes on from the file ---- */

static void count_on(const char *options)
{
	struct session session;
	unsigned long before;
	unsigned int i;
	uint64_t id;

	start_counting(&session, options);
	id = guest_of_launcher();
	for (i = 0; i < CHAIN; i++) {
		CHECK(is_counting(id, 1));
		before = count_writes(id, 1);
		save_anew(id);
		id = go_on_from_file(&session);
		CHECK(count_writes(id, 1) >= before);
	}
	CHECK(is_counting(id, 1));
	end_counting(&session, id);
}

TEST(count_on, "a guest goes on counting where it was saved, with its vdevs, again and again")
{
	count_on(ONE);
}

TEST(count_on_two, "... with two vCPUs")
{
	count_on(TWO);
}

TEST(restore_twice, "a file can be restored as often as one likes")
{
	unsigned long first = 0;
	struct session session;
	uint64_t id;

	start_counting(&session, ONE);
	id = guest_of_launcher();
	CHECK(is_counting(id, 1));
	stop(&session, id);
	first = count_writes(id, 1);
	save_anew(id);
	id = go_on_from_file(&session);
	CHECK(is_counting(id, 1));
	id = go_on_from_file(&session);
	CHECK(count_writes(id, 1) >= first);
	CHECK(is_counting(id, 1));
	end_counting(&session, id);
}

TEST(restore_kept, "what two vCPUs had left KVM for when the machine stopped is done once by the restored one")
{
	struct session session;
	unsigned int i;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	for (i = 0; i < CHAIN; i++) {
		CHECK(is_counting(id, 2));
		stop(&session, id);
		save_anew(id);
		id = go_on_from_file(&session);
	}
	CHECK(is_counting(id, 2));
	end_counting(&session, id);
}

TEST(restore_asleep, "one that slept when it was saved sleeps until it is woken up")
{
	struct session session;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	CHECK(is_counting(id, 2));
	CHECK_TEXT(vdevctl_for("suspend", id, 0), "counter: suspended\n");
	save_anew(id);
	CHECK_TEXT(vdevctl("guests", 0), "counter           suspended\n");
	id = go_on_from_file(&session);
	CHECK_TEXT(vdevctl("guests", 0), "counter           suspended\n");
	CHECK(stands_still(id, 1));
	CHECK_TEXT(vdevctl_for("wakeup", id, 0), "counter: running\n");
	CHECK(is_counting(id, 2));
	end_counting(&session, id);
}

TEST(restore_reset, "a restored machine can be reset: it begins as after power-on")
{
	struct session session;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	CHECK(is_counting(id, 2));
	save_anew(id);
	id = go_on_from_file(&session);
	CHECK_TEXT(vdevctl_for("reset", id, 0), "counter: running\n");
	session_says_next(&session, "count: as after power-on");
	CHECK(is_counting(id, 2));
	end_anew(&session);
}

TEST(restore_pages, "what reads without an exit is restored, too: the counter of trace goes on")
{
	struct session session;

	session_start(&session, "pass", "system counter vdev trace loc 0xfa000000 pass-reads");
	session_says_next(&session, "pass: counter");
	stop_and_save(&session);
	go_on_from_file(&session);
	session_says(&session, "pass: PASS");
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(restore_watchdog, "a watchdog that was to bite bites")
{
	struct session session;

	session_start(&session, "wdt-ib700", "system counter vdev wdt-ib700 action terminate");
	session_says_next(&session, "wdt-ib700: fed");
	stop_and_save(&session);
	go_on_from_file(&session);
	session_end(&session, VDEVFW_EXIT_WATCHDOG);
}

/* ---- what is refused ---- */

TEST(save_file_exists, "a file that is there already is left alone")
{
	struct session session;

	start_counting(&session, ONE);
	write_file(SAVED, "precious");
	CHECK_TEXT(save(guest_of_launcher(), VDEVFW_EXIT_FATAL_STARTUP), "cannot make '" SAVED "': File exists");
	kill_machine(&session);
	cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "it is no saved machine, or damaged, or not all of one");
}

TEST(save_no_room, "a disk that is full: it is said, no file is left, and the machine goes on")
{
	struct session session;
	uint64_t id;

	start_counting(&session, ONE);
	id = guest_of_launcher();
	mkdir("/tmp/small", 0700);
	NEED(mount("small", "/tmp/small", "tmpfs", 0, "size=16k") == 0);
	CHECK_TEXT(vdevctl("save counter /tmp/small/machine", VDEVFW_EXIT_ERROR),
		   "cannot write the file: No space left on device");
	CHECK(access("/tmp/small/machine", F_OK) < 0);
	/* The launcher may still have the file open. */
	NEED(umount2("/tmp/small", MNT_DETACH) == 0);
	CHECK(is_counting(id, 1));
	end_counting(&session, id);
}

TEST(save_nobody, "a guest that no vdevctl runs cannot be saved")
{
	struct guest guest;

	guest_make(&guest, 1);
	unlink(SAVED);
	CHECK_TEXT(save(guest.id, VDEVFW_EXIT_FATAL_STARTUP), "no vdevctl runs it");
	CHECK(access(SAVED, F_OK) < 0);
	guest_end(&guest);
}

TEST(save_killed, "whoever wants a machine saved may be killed: it goes on all the same")
{
	struct session session;
	unsigned int i;
	uint64_t id;
	pid_t pid;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	for (i = 0; i < ROUNDS; i++) {
		pid = save_meanwhile();
		sleep_ms(i * 5);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	CHECK(is_counting(id, 2));
	end_counting(&session, id);
}

TEST(save_and_stop, "a machine that somebody else stops while it is saved stays so")
{
	struct session session;
	unsigned int i;
	uint64_t id;
	pid_t pid;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	for (i = 0; i < ROUNDS; i++) {
		pid = save_meanwhile();
		sleep_ms(i * 8);
		CHECK_TEXT(vdevctl_for("stop", id, 0), "counter: paused\n");
		NEED(waitpid(pid, NULL, 0) == pid);
		CHECK_TEXT(vdevctl("guests", 0), "counter           paused\n");
		CHECK(stands_still(id, 1));
		CHECK_TEXT(vdevctl_for("cont", id, 0), "counter: running\n");
	}
	CHECK(is_counting(id, 2));
	end_counting(&session, id);
}

TEST(save_and_reset, "one that somebody else resets while it is saved runs")
{
	struct session session;
	unsigned int i;
	uint64_t id;
	pid_t pid;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	for (i = 0; i < ROUNDS; i++) {
		pid = save_meanwhile();
		sleep_ms(i * 8);
		vdevctl_for("reset", id, 0);
		NEED(waitpid(pid, NULL, 0) == pid);
	}
	CHECK_TEXT(vdevctl("guests", 0), "counter           running\n");
	session.heard = session.len;
	CHECK_TEXT(vdevctl_for("reset", id, 0), "counter: running\n");
	session_says_next(&session, "count: as after power-on");
	CHECK(is_counting(id, 2));
	end_anew(&session);
}

/* What another user gets from the launcher for a file of his. */
static void ask_as_another_user(uint64_t id)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 's';
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int file = open(SAVED, O_WRONLY | O_CREAT | O_EXCL, 0600);
	int to = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	NEED(file >= 0 && to >= 0 && setuid(1000) == 0);
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "vdevctl/guest/%llu",
		 (unsigned long long)id);
	NEED(connect(to, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + 1 +
		     strlen(name.sun_path + 1)) == 0);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(file));
	memcpy(CMSG_DATA(part), &file, sizeof(file));
	sendmsg(to, &message, MSG_NOSIGNAL);
	CHECK(recv(to, &byte, 1, 0) <= 0);
	sleep_ms(300);
	CHECK_EQ(lseek(file, 0, SEEK_END), 0);
}

TEST(save_other_user, "nobody but its user and root gets a machine")
{
	struct session session;
	uint64_t id;
	pid_t pid;

	start_counting(&session, ONE);
	id = guest_of_launcher();
	unlink(SAVED);
	pid = fork();
	if (!pid) {
		ask_as_another_user(id);
		_exit(test_failed);
	}
	join_child(pid);
	CHECK(is_counting(id, 1));
	end_counting(&session, id);
}

TEST(restore_other_machine, "64: another machine is not restored from the file: RAM, vCPUs, vdevs")
{
	struct session session;

	start_counting(&session, ONE);
	save_anew(guest_of_launcher());
	kill_machine(&session);
	write_file(SESSION_CONFIG, "ram 17m load %s/count.elf " ONE, guests_folder());
	cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "it was saved with other 'cpu', 'ram' or 'rom' in its configuration");
	write_file(SESSION_CONFIG, "ram 16m load %s/count.elf " TWO, guests_folder());
	cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "it was saved with other 'cpu', 'ram' or 'rom' in its configuration");
	write_file(SESSION_CONFIG, "ram 16m load %s/count.elf vdev test loc 0xfb000000 count", guests_folder());
	cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "cannot restore '" SAVED "': ");
	write_file(SESSION_CONFIG, "ram 16m load %s/count.elf", guests_folder());
	cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "a machine without vdevs is never saved");
}

TEST(restore_part, "64: part of a file is none; nothing of it takes effect")
{
	struct session session;
	struct stat whole;
	unsigned int i;

	start_counting(&session, TWO);
	save_anew(guest_of_launcher());
	kill_machine(&session);
	NEED(stat(SAVED, &whole) == 0);
	for (i = 0; i < 8; i++) {
		NEED(truncate(SAVED, whole.st_size - (whole.st_size / 8) * i - 1) == 0);
		cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "it is no saved machine, or damaged, or not all of one");
	}
	unlink(SAVED);
	cannot_restore(VDEVFW_EXIT_FATAL_STARTUP, "cannot restore '" SAVED "': No such file or directory");
}

TEST(restore_garbage, "whatever is changed in a file, the launcher ends in order, or the machine goes on")
{
	struct session session;
	unsigned int seed = 1, i, n;
	struct stat whole;
	int fd, status;
	uint8_t byte;

	start_counting(&session, TWO);
	save_anew(guest_of_launcher());
	kill_machine(&session);
	NEED(stat(SAVED, &whole) == 0);
	for (i = 0; i < 2 * ROUNDS; i++) {
		fd = open(SAVED, O_WRONLY);
		NEED(fd >= 0);
		/* The first 16 KiB have all but the memory. */
		for (n = 0; n < 4; n++) {
			byte = rand_r(&seed);
			NEED(pwrite(fd, &byte, 1, rand_r(&seed) % 16384) == 1);
		}
		close(fd);
		session_restore(&session, SAVED);
		sleep_ms(is_debug_kernel() ? 1500 : 100);
		kill(session.pid, SIGQUIT);
		NEED(waitpid(session.pid, &status, 0) == session.pid);
		/* Before it takes signals, this one ends it as any process. */
		CHECK(WIFEXITED(status) || WTERMSIG(status) == SIGQUIT);
		close(session.terminal);
		close(session.slave);
	}
}

TEST(unload, "rmmod: nothing of all that keeps a module")
{
	unlink(SAVED);
	CHECK_ERR(module_unload("vdev_wdt_ib700"), 0, "vdev-wdt-ib700");
}

TEST_MAIN
