/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the vdevs of a guest report.
 */
#ifndef STATUS_H
#define STATUS_H

#include <libvdevfw.h>

/* Prints the status of @guest and of its vdevs, as say_to() does. 0, or a negative errno and @error. */
int status_print(int guest, int fd, int stop, struct vdevfw_error *error);

#endif
