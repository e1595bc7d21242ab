// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest is doing, in the kernel's words.
 */
#include <vdevfw.h>

#include "statename.h"

const char *state_name(uint32_t state)
{
	static const char *const names[VDEVFW_STATES] = {
		[VDEVFW_STATE_CONFIG] = "being assembled",
		[VDEVFW_STATE_CONFIGURED] = "configured",
		[VDEVFW_STATE_RUNNING] = "running",
		[VDEVFW_STATE_PAUSED] = "paused",
		[VDEVFW_STATE_DEBUG] = "debug",
		[VDEVFW_STATE_IO_ERROR] = "io-error",
		[VDEVFW_STATE_INTERNAL_ERROR] = "internal-error",
		[VDEVFW_STATE_WATCHDOG] = "watchdog",
		[VDEVFW_STATE_GUEST_PANICKED] = "guest-panicked",
		[VDEVFW_STATE_SUSPENDED] = "suspended",
		[VDEVFW_STATE_SHUTDOWN] = "shutdown",
		[VDEVFW_STATE_SAVE] = "save",
		[VDEVFW_STATE_RESTORE] = "restore",
		[VDEVFW_STATE_DYING] = "at its end",
		[VDEVFW_STATE_DEAD] = "dead",
	};

	return state < VDEVFW_STATES && names[state] ? names[state] : "in an unknown state";
}
