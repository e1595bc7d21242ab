// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the vCPUs of a machine wait while it does not run.
 */
#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"

#define PAUSE_MS 10

int gate_init(struct gate *gate)
{
	pthread_condattr_t attributes;

	*gate = (struct gate){ .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	gate->hurry = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return gate->hurry < 0 ? -errno : 0;
}

void gate_destroy(struct gate *gate)
{
	if (gate->hurry >= 0)
		close(gate->hurry);
	*gate = GATE_NONE;
}

static struct timespec in_ms(unsigned int ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000L;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	return end;
}

/* ---- for the vCPUs ---- */

static bool wait_open(struct gate *gate)
{
	while (gate->closed && !gate->ends)
		pthread_cond_wait(&gate->changed, &gate->lock);
	return !gate->ends;
}

bool gate_enter(struct gate *gate, volatile uint8_t *kicked)
{
	bool is_open;

	pthread_mutex_lock(&gate->lock);
	is_open = wait_open(gate);
	if (is_open) {
		gate->inside++;
		*kicked = 0;
	}
	pthread_mutex_unlock(&gate->lock);
	return is_open;
}

void gate_leave(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	if (!--gate->inside && gate->closed)
		pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

bool gate_pause(struct gate *gate)
{
	struct timespec end = in_ms(PAUSE_MS);
	bool is_open;

	pthread_mutex_lock(&gate->lock);
	if (!gate->closed && !gate->ends)
		pthread_cond_timedwait(&gate->changed, &gate->lock, &end);
	is_open = wait_open(gate);
	pthread_mutex_unlock(&gate->lock);
	return is_open;
}

/* ---- for who stops them ---- */

static void set(struct gate *gate, bool *flag, bool value)
{
	eventfd_t ignored;

	pthread_mutex_lock(&gate->lock);
	*flag = value;
	if (gate->closed || gate->ends)
		eventfd_write(gate->hurry, 1);
	else
		eventfd_read(gate->hurry, &ignored);
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

void gate_close(struct gate *gate)
{
	set(gate, &gate->closed, true);
}

void gate_open(struct gate *gate)
{
	set(gate, &gate->closed, false);
}

void gate_end(struct gate *gate)
{
	set(gate, &gate->ends, true);
}

bool gate_wait_empty(struct gate *gate, unsigned int ms)
{
	struct timespec end = in_ms(ms);
	bool is_empty;

	pthread_mutex_lock(&gate->lock);
	while (gate->inside && pthread_cond_timedwait(&gate->changed, &gate->lock, &end) == 0)
		;
	is_empty = !gate->inside;
	pthread_mutex_unlock(&gate->lock);
	return is_empty;
}
