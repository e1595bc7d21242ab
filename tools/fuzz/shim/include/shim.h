/* SPDX-License-Identifier: GPL-2.0-only */
/* What a fuzz target may ask of the shim, and the kernel has not. */
#ifndef SHIM_H
#define SHIM_H

#include <stddef.h>

/* How many pieces of kmalloc() memory there are. */
extern size_t shim_allocations;

/* Whether an allocation has failed since shim_fail_allocation(). */
extern bool shim_out_of_memory;

/* Lets the @nth allocation from now on fail, counted from 1; 0: none. */
void shim_fail_allocation(unsigned int nth);

#endif
