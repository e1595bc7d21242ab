/* SPDX-License-Identifier: GPL-2.0-only */
/* The states of a guest, and which follows which. Plain data. */
#ifndef _VDEVFW_STATES_H
#define _VDEVFW_STATES_H

#include <linux/bits.h>
#include <linux/types.h>

#include "../../uapi/vdevfw.h"

/* States that a guest stops in because it was asked to, the gravest one first. */
#define VDEVFW_STOP_STATES						\
	(BIT(VDEVFW_STATE_INTERNAL_ERROR) | BIT(VDEVFW_STATE_GUEST_PANICKED) | \
	 BIT(VDEVFW_STATE_SHUTDOWN) | BIT(VDEVFW_STATE_IO_ERROR) |	\
	 BIT(VDEVFW_STATE_WATCHDOG) | BIT(VDEVFW_STATE_DEBUG) | BIT(VDEVFW_STATE_PAUSED))

/**
 * vdevfw_state_follows() - Whether a state may follow another one
 * @from: The one
 * @to: The other; the same one is no transition
 *
 * Return: Whether it may.
 */
bool vdevfw_state_follows(enum vdevfw_state from, enum vdevfw_state to);

/**
 * vdevfw_state_name() - What a person calls it
 * @state: The state
 *
 * Return: Its name, in lower case.
 */
const char *vdevfw_state_name(enum vdevfw_state state);

/**
 * vdevfw_gravest() - The state to stop in, of several
 * @reasons: Set of states, as bits, within VDEVFW_STOP_STATES or SAVE or RESTORE; not empty
 *
 * Return: The gravest one.
 */
enum vdevfw_state vdevfw_gravest(u32 reasons);

/* The guest's clock goes, and its vdevs work. */
static inline bool vdevfw_is_live(enum vdevfw_state state)
{
	return state == VDEVFW_STATE_RUNNING || state == VDEVFW_STATE_SUSPENDED;
}

/* It does not go on as it is. */
static inline bool vdevfw_needs_reset(enum vdevfw_state state)
{
	return state == VDEVFW_STATE_INTERNAL_ERROR || state == VDEVFW_STATE_SHUTDOWN;
}

/* It was started once, and is not at its end. */
static inline bool vdevfw_is_stopped(enum vdevfw_state state)
{
	return state > VDEVFW_STATE_CONFIGURED && state < VDEVFW_STATE_DYING &&
	       !vdevfw_is_live(state);
}

#endif
