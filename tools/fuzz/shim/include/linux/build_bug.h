/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks at compile time. */
#ifndef _SHIM_LINUX_BUILD_BUG_H
#define _SHIM_LINUX_BUILD_BUG_H

#include <assert.h>

#undef static_assert
#define static_assert(condition, ...)	__static_assert(condition, ##__VA_ARGS__, #condition)
#define __static_assert(condition, message, ...)	_Static_assert(condition, message)

#define BUILD_BUG_ON(condition)			_Static_assert(!(condition), #condition)
#define BUILD_BUG_ON_MSG(condition, message)	_Static_assert(!(condition), message)

#endif
