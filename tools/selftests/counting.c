// SPDX-License-Identifier: GPL-2.0-only
/* A guest that counts together with two vdevs, and whoever stops it. */
#include <inttypes.h>

#include "counting.h"

void start_counting(struct session *session, const char *options)
{
	session_start(session, "count", options);
	session_says_next(session, "count: as after power-on");
}

void count_accesses(uint64_t id, unsigned int vdev, unsigned long *reads, unsigned long *writes)
{
	const char *said = vdevctl_for("status", id, 0);
	char head[16];

	snprintf(head, sizeof(head), "vdev %u:", vdev);
	said = strstr(said, head);
	NEED(said);
	said = strstr(said, "reads ");
	NEED(said && sscanf(said, "reads %lu, writes %lu", reads, writes) == 2);
}

unsigned long count_writes(uint64_t id, unsigned int vdev)
{
	unsigned long reads, writes;

	count_accesses(id, vdev, &reads, &writes);
	return writes;
}

bool is_counting(uint64_t id, unsigned int vdev)
{
	unsigned long before = count_writes(id, vdev);

	return WAIT_FOR(count_writes(id, vdev) > before);
}

bool stands_still(uint64_t id, unsigned int vdev)
{
	unsigned long before = count_writes(id, vdev);

	sleep_ms(100);
	return count_writes(id, vdev) == before;
}

void ask_for_numbers(struct session *session, const char *guest, unsigned long *first,
		     unsigned long *second)
{
	char text[32];
	const char *said;

	session->heard = session->len;
	session_type(session, 'q');
	snprintf(text, sizeof(text), "%s: PASS", guest);
	session_says(session, text);
	snprintf(text, sizeof(text), "%s: 0x", guest);
	said = strstr(session->said + session->heard, text);
	NEED(said && sscanf(said, "%*[a-z]: %lx and %lx", first, second) == 2);
	note("%s: %lu and %lu", guest, *first, *second);
}

void end_counting(struct session *session, uint64_t id)
{
	unsigned long first = 0, second = 0;

	ask_for_numbers(session, "count", &first, &second);
	CHECK_EQ(count_writes(id, 1), first);
	CHECK_EQ(count_writes(id, 2), second);
	session_type(session, 'x');
	session_end(session, VDEVFW_EXIT_NORMAL);
}

void end_anew(struct session *session)
{
	session_type(session, 'q');
	session_says(session, "count: PASS");
	session_type(session, 'x');
	session_end(session, VDEVFW_EXIT_NORMAL);
}

void stop(struct session *session, uint64_t id)
{
	CHECK_TEXT(vdevctl_for("stop", id, 0), "counter: paused\n");
	session_says_next(session, "vdevctl: the machine has stopped: paused");
}

void go_on(struct session *session, uint64_t id)
{
	CHECK_TEXT(vdevctl_for("cont", id, 0), "counter: running\n");
	session_says_next(session, "vdevctl: the machine goes on");
}
