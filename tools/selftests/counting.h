/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that counts together with two vdevs, and whoever stops it.
 *
 * The guest writes each number to a vdev that counts accesses, and reads it back: an access that is
 * lost or made twice is found by one of them.
 */
#ifndef COUNTING_H
#define COUNTING_H

#include "session.h"

#define ONE	"system counter vdev test loc 0xfb000000 count vdev test loc 0xfb001000 count"
#define TWO	"cpu cpu " ONE

void start_counting(struct session *session, const char *options);

/* How many accesses the vdev of that number has seen. */
void count_accesses(uint64_t id, unsigned int vdev, unsigned long *reads, unsigned long *writes);
unsigned long count_writes(uint64_t id, unsigned int vdev);
bool is_counting(uint64_t id, unsigned int vdev);
bool stands_still(uint64_t id, unsigned int vdev);

/* What the guest of that name says when it is to end: two numbers. */
void ask_for_numbers(struct session *session, const char *guest, unsigned long *first,
		     unsigned long *second);
/* The guest and the vdevs agree, which have counted for it alone. */
void end_counting(struct session *session, uint64_t id);

/* The same for a guest that has been reset, as its vdevs may not have been alone since. */
void end_anew(struct session *session);

void stop(struct session *session, uint64_t id);
void go_on(struct session *session, uint64_t id);

#endif
