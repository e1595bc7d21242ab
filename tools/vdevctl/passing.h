/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions whose reads, and perhaps writes, pass to pages of a vdev without an exit.
 */
#ifndef PASSING_H
#define PASSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct passing_slot;

/* Only the thread that handles the guest's events has to do with it. */
struct passing {
	int vm;
	int guest;
	int stop;		    /* as for say() */
	uint32_t first;		    /* the number that slots[0] has in KVM */
	struct passing_slot *slots; /* some of them empty */
	size_t room;		    /* of slots */
};

/*
 * From now on @passing has the memory slots of @vm from number @first on. @guest, which is
 * configured, says what belongs there: passing_follow() is due, and whenever that has changed.
 */
void passing_start(struct passing *passing, int vm, int guest, uint32_t first, int stop);
/* Has the slots follow the regions. A region without a slot traps, with the same effect. */
void passing_follow(struct passing *passing);
/* Gives back the pages. The vCPUs do not run any more, and the VM is to go. */
void passing_end(struct passing *passing);

#endif
