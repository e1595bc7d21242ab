/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest is doing, in the kernel's words.
 */
#ifndef STATENAME_H
#define STATENAME_H

#include <stdint.h>

const char *state_name(uint32_t state);

#endif
