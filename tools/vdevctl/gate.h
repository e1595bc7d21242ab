/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the vCPUs of a machine wait while it does not run.
 *
 * A vCPU's thread passes the gate before each step of its guest's: KVM_RUN, or an access that was
 * kept for it. While it is closed, no step begins, and whoever has closed it can wait until none is
 * under way.
 */
#ifndef GATE_H
#define GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum gate_answer {
	GATE_OPEN,  /* gate_leave() is due */
	GATE_ENDS,  /* the machine ends */
	GATE_RESET, /* the machine was reset since */
};

struct gate {
	pthread_mutex_t lock;	/* protects all that follows */
	pthread_cond_t changed; /* any of these */
	bool closed;
	bool ends;
	unsigned int inside; /* steps that are under way */
	uint64_t resets;     /* how many there were */
};

void gate_init(struct gate *gate);

/*
 * Waits until the gate is open. A step that was begun when there had been @resets of them, and is
 * of the past now, is refused.
 */
enum gate_answer gate_enter(struct gate *gate, uint64_t resets);
void gate_leave(struct gate *gate);
/*
 * For who has to look again whether the step may be made: waits a little, and while the gate is
 * closed. Returns false if the machine ends.
 */
bool gate_pause(struct gate *gate);
uint64_t gate_resets(struct gate *gate);

void gate_close(struct gate *gate);
void gate_open(struct gate *gate);
/* For good: nobody waits any more, and no step begins. */
void gate_end(struct gate *gate);
/* All steps that had begun are of the past. The gate is closed, and none is under way. */
void gate_reset(struct gate *gate);
/* Waits up to @ms until no step is under way. Returns whether that is so. */
bool gate_wait_empty(struct gate *gate, unsigned int ms);

#endif
