// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the vCPUs of a machine wait while it does not run.
 */
#include <errno.h>
#include <time.h>

#include "gate.h"

#define PAUSE_MS 10

void gate_init(struct gate *gate)
{
	pthread_condattr_t attributes;

	*gate = (struct gate){ .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->changed, &attributes);
	pthread_condattr_destroy(&attributes);
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

static enum gate_answer wait_open(struct gate *gate, uint64_t resets)
{
	while (!gate->ends && gate->resets == resets && gate->closed)
		pthread_cond_wait(&gate->changed, &gate->lock);
	if (gate->ends)
		return GATE_ENDS;
	return gate->resets == resets ? GATE_OPEN : GATE_RESET;
}

enum gate_answer gate_enter(struct gate *gate, uint64_t resets)
{
	enum gate_answer answer;

	pthread_mutex_lock(&gate->lock);
	answer = wait_open(gate, resets);
	gate->inside += answer == GATE_OPEN;
	pthread_mutex_unlock(&gate->lock);
	return answer;
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
	bool goes_on;

	pthread_mutex_lock(&gate->lock);
	if (!gate->closed && !gate->ends)
		pthread_cond_timedwait(&gate->changed, &gate->lock, &end);
	while (gate->closed && !gate->ends)
		pthread_cond_wait(&gate->changed, &gate->lock);
	goes_on = !gate->ends;
	pthread_mutex_unlock(&gate->lock);
	return goes_on;
}

uint64_t gate_resets(struct gate *gate)
{
	uint64_t resets;

	pthread_mutex_lock(&gate->lock);
	resets = gate->resets;
	pthread_mutex_unlock(&gate->lock);
	return resets;
}

/* ---- for who stops them ---- */

static void set(struct gate *gate, bool *flag, bool value)
{
	pthread_mutex_lock(&gate->lock);
	*flag = value;
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

void gate_reset(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->resets++;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
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
