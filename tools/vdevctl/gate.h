/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the vCPUs of a machine wait while it does not run.
 *
 * A vCPU's thread passes the gate before each step, and leaves nothing half done behind it: while
 * the gate is closed, no step begins, and whoever has closed it can wait until none is under way.
 * From then on until it is open again, all that belongs to the vCPUs is his.
 */
#ifndef GATE_H
#define GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
	pthread_mutex_t lock;	/* protects all that follows */
	pthread_cond_t changed; /* any of these */
	bool closed;
	bool ends;
	unsigned int inside; /* steps that are under way */
	int hurry;	     /* eventfd: readable while closed, or at the end: no step may wait */
};

#define GATE_NONE ((struct gate){ .hurry = -1 })

/* 0 or a negative errno; gate_destroy() is due in either case. */
int gate_init(struct gate *gate);
void gate_destroy(struct gate *gate);

/*
 * Waits until the gate is open; gate_leave() is due. *@kicked is 0 then, and who closes the gate
 * later, and sets it, finds this step inside. Returns false if the machine ends.
 */
bool gate_enter(struct gate *gate, volatile uint8_t *kicked);
void gate_leave(struct gate *gate);
/*
 * For who has to look again whether a step may be made: waits a little, and while the gate is
 * closed. Returns false if the machine ends.
 */
bool gate_pause(struct gate *gate);

void gate_close(struct gate *gate);
void gate_open(struct gate *gate);
/* For good: nobody waits any more, and no step begins. */
void gate_end(struct gate *gate);
/* Waits up to @ms until no step is under way. Returns whether that is so. */
bool gate_wait_empty(struct gate *gate, unsigned int ms);

#endif
