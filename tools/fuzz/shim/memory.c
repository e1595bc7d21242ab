// SPDX-License-Identifier: GPL-2.0-only
/* kmalloc() on malloc(), so that ASan watches it. */
#include <stdlib.h>

#include <linux/slab.h>
#include <linux/string.h>

#include "shim.h"

size_t shim_allocations;
bool shim_out_of_memory;

static unsigned int allocations_until_failure;

void shim_fail_allocation(unsigned int nth)
{
	allocations_until_failure = nth;
	shim_out_of_memory = false;
}

void *kmalloc(size_t size, gfp_t gfp)
{
	void *memory = NULL;

	if (allocations_until_failure && !--allocations_until_failure)
		shim_out_of_memory = true;
	else
		memory = gfp & __GFP_ZERO ? calloc(1, size) : malloc(size);
	if (memory)
		shim_allocations++;
	return memory;
}

void kfree(const void *memory)
{
	if (memory)
		shim_allocations--;
	free((void *)memory);
}

void *kmemdup(const void *memory, size_t size, gfp_t gfp)
{
	void *copy = kmalloc(size, gfp);

	return copy ? memcpy(copy, memory, size) : NULL;
}

char *kmemdup_nul(const char *text, size_t len, gfp_t gfp)
{
	char *copy = kmalloc(len + 1, gfp);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = 0;
	return copy;
}

char *kstrdup(const char *text, gfp_t gfp)
{
	return text ? kmemdup_nul(text, strlen(text), gfp) : NULL;
}
