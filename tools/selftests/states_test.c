// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that stops, goes on, is reset, sleeps and wakes up, by commands of another process.
 *
 * The guest count writes each number to a vdev that counts accesses, and reads it back: an access
 * that is lost or made twice is found by one of them.
 */
#include <inttypes.h>

#include "counting.h"

#define STEPS	50

/* ---- stop ---- */

TEST(stop, "a guest that was stopped goes on where it was: no access is lost, none is made twice")
{
	struct session session;
	uint64_t id;

	start_counting(&session, ONE);
	id = guest_of_launcher();
	CHECK(is_counting(id, 1));
	stop(&session, id);
	CHECK(stands_still(id, 1));
	CHECK_TEXT(vdevctl_for("stop", id, 0), "counter: paused\n");
	go_on(&session, id);
	CHECK(is_counting(id, 1));
	CHECK_TEXT(vdevctl_for("cont", id, VDEVFW_EXIT_FATAL_STARTUP), "running already");
	end_counting(&session, id);
}

static void stop_again_and_again(const char *options)
{
	struct session session;
	unsigned int i;
	uint64_t id;

	start_counting(&session, options);
	id = guest_of_launcher();
	for (i = 0; i < STEPS; i++) {
		stop(&session, id);
		go_on(&session, id);
	}
	end_counting(&session, id);
}

TEST(stop_again_and_again, "... however often")
{
	stop_again_and_again(ONE);
}

TEST(stop_two_vcpus, "... with two vCPUs")
{
	stop_again_and_again(TWO);
}

TEST(stop_strings, "... and a string that is read with one instruction: each element once, or zeros for its rest")
{
	unsigned long strings = 0, zeros = 0, reads, writes;
	struct session session;
	unsigned int i;
	uint64_t id;

	session_start(&session, "string", "system counter vdev test loc io:0x300 count");
	session_says_next(&session, "string: reading");
	id = guest_of_launcher();
	for (i = 0; i < STEPS; i++) {
		stop(&session, id);
		go_on(&session, id);
	}
	ask_for_numbers(&session, "string", &strings, &zeros);
	count_accesses(id, 1, &reads, &writes);
	CHECK_EQ(reads + zeros, strings * 64);
	session_type(&session, 'x');
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(signals_while_stopped, "signals still work: SIGTERM ends a machine that has stopped")
{
	struct session session;

	start_counting(&session, ONE);
	stop(&session, guest_of_launcher());
	kill(session.pid, SIGTERM);
	session_says(&session, "ended by a signal: Terminated; no vdev handles the power button");
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(kill_while_stopped, "SIGKILL of the launcher while its guest is stopped: nothing is left")
{
	struct vdevfw_error error;
	int device = device_open(), status, fd;
	struct session session;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	stop(&session, id);
	kill(session.pid, SIGKILL);
	NEED(waitpid(session.pid, &status, 0) == session.pid);
	CHECK(WAIT_FOR(vdevfw_guest_open(device, id, &fd, &error) == -ESTALE));
	CHECK(WAIT_FOR(module_refs("vdev_test") == 0));
	close(device);
}

TEST(launcher_does_not_answer, "UNCONFIRMED: a stop waits for the launcher, but not for ever")
{
	struct session session;
	long long start;
	int status;
	uint64_t id;

	start_counting(&session, ONE);
	id = guest_of_launcher();
	kill(session.pid, SIGSTOP);
	NEED(waitpid(session.pid, &status, WUNTRACED) == session.pid);
	start = now_ms();
	CHECK_TEXT(vdevctl_for("stop", id, 0), "paused; its launcher has not said that no vCPU runs\n");
	CHECK(now_ms() - start < 8000);
	kill(session.pid, SIGCONT);
	session_says_next(&session, "vdevctl: the machine has stopped: paused");
	CHECK(stands_still(id, 1));
	go_on(&session, id);
	end_counting(&session, id);
}

/* ---- reset ---- */

TEST(reset, "a guest that is reset starts again from its image; its vCPUs and memory are as after power-on")
{
	struct session session;
	unsigned int i;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	for (i = 0; i < 10; i++) {
		CHECK(is_counting(id, 2));
		CHECK_TEXT(vdevctl_for("reset", id, 0), "counter: running\n");
		session_says_next(&session, "vdevctl: the machine was reset");
		session_says_next(&session, "count: as after power-on");
	}
	CHECK(is_counting(id, 2));
	end_anew(&session);
}

TEST(reset_while_stopped, "one that is reset while it is stopped waits to be started; accesses that wait are forgotten")
{
	struct session session;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	CHECK(is_counting(id, 2));
	stop(&session, id);
	CHECK_TEXT(vdevctl_for("reset", id, 0), "counter: configured\n");
	session_says_next(&session, "vdevctl: the machine was reset, and waits to be started");
	CHECK(stands_still(id, 1));
	go_on(&session, id);
	session_says_next(&session, "count: as after power-on");
	CHECK(is_counting(id, 2));
	end_anew(&session);
}

TEST(reset_ends, "action reboot shutdown: a machine that is reset ends")
{
	struct session session;

	start_counting(&session, "action reboot shutdown " ONE);
	vdevctl_for("reset", guest_of_launcher(), 0);
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

/* ---- sleep ---- */

TEST(suspend, "a guest that sleeps goes on when it is woken up; and not before")
{
	struct session session;
	uint64_t id;

	start_counting(&session, TWO);
	id = guest_of_launcher();
	CHECK(is_counting(id, 1));
	CHECK_TEXT(vdevctl_for("suspend", id, 0), "counter: suspended\n");
	session_says_next(&session, "vdevctl: the machine has stopped: suspended");
	CHECK(stands_still(id, 1));
	CHECK_TEXT(vdevctl_for("stop", id, 0), "counter: paused\n");
	CHECK_TEXT(vdevctl_for("wakeup", id, VDEVFW_EXIT_FATAL_STARTUP), "does not sleep: it is paused");
	CHECK_TEXT(vdevctl_for("cont", id, 0), "counter: suspended\n");
	CHECK(stands_still(id, 1));
	CHECK_TEXT(vdevctl_for("wakeup", id, 0), "counter: running\n");
	session_says_next(&session, "vdevctl: the machine goes on");
	CHECK(is_counting(id, 1));
	end_counting(&session, id);
}

/* ---- the end ---- */

TEST(shutdown, "0: the machine was shut down from outside")
{
	struct session session;

	start_counting(&session, ONE);
	vdevctl_for("shutdown", guest_of_launcher(), 0);
	session_end(&session, VDEVFW_EXIT_NORMAL);
}

TEST(shutdown_pauses, "action shutdown pause: it stops, and goes on only when it has been reset")
{
	struct session session;
	uint64_t id;

	start_counting(&session, "action shutdown pause " ONE);
	id = guest_of_launcher();
	vdevctl_for("shutdown", id, 0);
	session_says_next(&session, "vdevctl: the machine has stopped: shutdown");
	CHECK_TEXT(vdevctl_for("cont", id, VDEVFW_EXIT_FATAL_STARTUP), "only when it has been reset");
	CHECK_TEXT(vdevctl_for("reset", id, 0), "counter: configured\n");
	go_on(&session, id);
	session_says_next(&session, "count: as after power-on");
	kill(session.pid, SIGQUIT);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(watchdog_pauses, "action watchdog pause: a watchdog that leaves it to the machine stops it")
{
	struct session session;
	uint64_t id;

	session_start(&session, "wdt-ib700", "system counter action watchdog pause vdev wdt-ib700 action machine");
	session_says_next(&session, "wdt-ib700: fed");
	session_says_next(&session, "vdevctl: the machine has stopped: watchdog");
	id = guest_of_launcher();
	CHECK_TEXT(vdevctl_for("reset", id, 0), "counter: configured\n");
	go_on(&session, id);
	session_says_next(&session, "wdt-ib700: fed");
	kill(session.pid, SIGQUIT);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

TEST(watchdog_resets, "by default, it resets it")
{
	struct session session;

	session_start(&session, "wdt-ib700", "vdev wdt-ib700 action machine");
	session_says_next(&session, "wdt-ib700: fed");
	session_says_next(&session, "vdevctl: the machine was reset");
	session_says_next(&session, "wdt-ib700: fed");
	kill(session.pid, SIGQUIT);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
}

/* ---- names ---- */

TEST(names, "GUEST is the id of a guest, or the name of its system")
{
	struct session session, other;
	const char *said;
	uint64_t id;

	start_counting(&session, ONE);
	id = guest_of_launcher();
	CHECK_TEXT(vdevctl("stop counter", 0), "counter: paused\n");
	CHECK_TEXT(vdevctl("guests", 0), "counter           paused\n");
	CHECK_TEXT(vdevctl("cont counte", VDEVFW_EXIT_FATAL_STARTUP), "no guest is called 'counte': 'vdevctl guests' lists");
	CHECK_TEXT(vdevctl("stop 4000000000", VDEVFW_EXIT_FATAL_STARTUP), "there is no guest 4000000000");
	start_counting(&other, ONE);
	said = vdevctl("cont counter", VDEVFW_EXIT_FATAL_STARTUP);
	CHECK_TEXT(said, "2 guests are called 'counter': their ids are allowed, ");
	CHECK_TEXT(vdevctl_for("cont", id, 0), "counter: running\n");
	kill(session.pid, SIGQUIT);
	kill(other.pid, SIGQUIT);
	session_end(&session, VDEVFW_EXIT_POWER_CUT);
	session_end(&other, VDEVFW_EXIT_POWER_CUT);
}

TEST(unload, "rmmod: nothing of all that keeps the watchdog's module")
{
	CHECK_ERR(module_unload("vdev_wdt_ib700"), 0, "vdev-wdt-ib700");
}

TEST_MAIN
