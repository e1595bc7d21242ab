/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing is called when a module comes or goes. */
#ifndef _SHIM_LINUX_INIT_H
#define _SHIM_LINUX_INIT_H

#define module_init(function)						\
	static const void *const __initcall_##function __maybe_unused = (function)
#define module_exit(function)						\
	static const void *const __exitcall_##function __maybe_unused = (function)

#endif
