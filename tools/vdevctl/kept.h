/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes that a vCPU has left KVM for, and that are still to be made: in their order, before
 * it goes on.
 */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_write {
	uint32_t space; /* 0: memory, or VDEVFW_ACCESS_IO */
	uint32_t size;	/* bytes */
	uint64_t address;
	uint8_t data[8];
};

#define KEPT_MAX (1u << 16) /* far more than one instruction writes */

struct kept {
	struct kept_write *list;
	size_t count;
	size_t done; /* of them */
};

/* Adds @count of them. 0 or -ENOMEM. */
int kept_add(struct kept *kept, const struct kept_write *writes, size_t count);
/* Whether they can be made, which is not said if they come from a file. */
bool kept_are_sound(const struct kept_write *writes, size_t count);
/* None is left. */
void kept_forget(struct kept *kept);

#endif
