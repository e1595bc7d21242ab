// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of a guest. They are those of QEMU's run states that make sense in a kernel. This
 * table is the only place that says which follows which: the documentation is made from it, by
 * tools/doc/states.sh.
 */
#include <linux/array_size.h>
#include <linux/bug.h>

#include "states.h"

#define TO(state)	BIT(VDEVFW_STATE_##state)

static const struct {
	const char *name;
	u32 followers;
} states[VDEVFW_STATES] = {
	[VDEVFW_STATE_CONFIG] = { "being assembled", TO(CONFIGURED) | TO(DYING) },
	[VDEVFW_STATE_CONFIGURED] = { "configured",
		TO(RUNNING) | TO(SUSPENDED) | TO(RESTORE) | TO(DYING) },
	[VDEVFW_STATE_RUNNING] = { "running",
		TO(PAUSED) | TO(DEBUG) | TO(IO_ERROR) | TO(INTERNAL_ERROR) | TO(WATCHDOG) |
		TO(GUEST_PANICKED) | TO(SUSPENDED) | TO(SHUTDOWN) | TO(SAVE) | TO(RESTORE) |
		TO(DYING) },
	[VDEVFW_STATE_PAUSED] = { "paused",
		TO(RUNNING) | TO(SUSPENDED) | TO(SAVE) | TO(RESTORE) | TO(CONFIGURED) |
		TO(DYING) },
	[VDEVFW_STATE_DEBUG] = { "debug",
		TO(RUNNING) | TO(SUSPENDED) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	[VDEVFW_STATE_IO_ERROR] = { "io-error",
		TO(RUNNING) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	[VDEVFW_STATE_INTERNAL_ERROR] = { "internal-error",
		TO(PAUSED) | TO(CONFIGURED) | TO(DYING) },
	[VDEVFW_STATE_WATCHDOG] = { "watchdog",
		TO(RUNNING) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	[VDEVFW_STATE_GUEST_PANICKED] = { "guest-panicked",
		TO(RUNNING) | TO(CONFIGURED) | TO(PAUSED) | TO(DYING) },
	[VDEVFW_STATE_SUSPENDED] = { "suspended",
		TO(RUNNING) | TO(PAUSED) | TO(SAVE) | TO(RESTORE) | TO(SHUTDOWN) |
		TO(CONFIGURED) | TO(DYING) },
	[VDEVFW_STATE_SHUTDOWN] = { "shutdown", TO(PAUSED) | TO(CONFIGURED) | TO(DYING) },
	[VDEVFW_STATE_SAVE] = { "save",
		TO(RUNNING) | TO(SUSPENDED) | TO(PAUSED) | TO(DYING) },
	[VDEVFW_STATE_RESTORE] = { "restore",
		TO(RUNNING) | TO(SUSPENDED) | TO(PAUSED) | TO(CONFIGURED) | TO(DYING) },
	[VDEVFW_STATE_DYING] = { "at its end", TO(DEAD) },
	[VDEVFW_STATE_DEAD] = { "dead", 0 },
	[VDEVFW_STATE_INMIGRATE] = { "inmigrate", 0 },
	[VDEVFW_STATE_FINISH_MIGRATE] = { "finish-migrate", 0 },
	[VDEVFW_STATE_POSTMIGRATE] = { "postmigrate", 0 },
	[VDEVFW_STATE_COLO] = { "colo", 0 },
};

bool vdevfw_state_follows(enum vdevfw_state from, enum vdevfw_state to)
{
	return from < VDEVFW_STATES && to < VDEVFW_STATES && states[from].followers & BIT(to);
}

const char *vdevfw_state_name(enum vdevfw_state state)
{
	return state < VDEVFW_STATES ? states[state].name : "unknown";
}

enum vdevfw_state vdevfw_gravest(u32 reasons)
{
	static const enum vdevfw_state by_gravity[] = {
		VDEVFW_STATE_INTERNAL_ERROR, VDEVFW_STATE_GUEST_PANICKED, VDEVFW_STATE_SHUTDOWN,
		VDEVFW_STATE_IO_ERROR, VDEVFW_STATE_WATCHDOG, VDEVFW_STATE_DEBUG,
		VDEVFW_STATE_PAUSED, VDEVFW_STATE_SAVE, VDEVFW_STATE_RESTORE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by_gravity) - 1; i++)
		if (reasons & BIT(by_gravity[i]))
			break;
	return by_gravity[i];
}
