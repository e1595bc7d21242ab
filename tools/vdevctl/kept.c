// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes that a vCPU has left KVM for, and that are still to be made.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vdevfw.h>

#include "kept.h"

int kept_add(struct kept *kept, const struct kept_write *writes, size_t count)
{
	struct kept_write *list;

	if (!count)
		return 0;
	list = reallocarray(kept->list, kept->count + count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	memcpy(list + kept->count, writes, count * sizeof(*writes));
	kept->list = list;
	kept->count += count;
	return 0;
}

bool kept_are_sound(const struct kept_write *writes, size_t count)
{
	const struct kept_write *write;

	for (write = writes; write < writes + count; write++)
		if (!write->size || write->size > sizeof(write->data) ||
		    (write->space && (write->space != VDEVFW_ACCESS_IO || write->size > 4)))
			return false;
	return true;
}

void kept_forget(struct kept *kept)
{
	free(kept->list);
	*kept = (struct kept){ 0 };
}
