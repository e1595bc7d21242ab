/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays: only ever a part of other structures here. */
#ifndef _SHIM_LINUX_XARRAY_H
#define _SHIM_LINUX_XARRAY_H

struct xarray {
	void *head;
};

#endif
