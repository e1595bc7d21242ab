/* SPDX-License-Identifier: GPL-2.0-only */
/* Listeners: a function that is called when user space, or the kernel, signals an eventfd. */
#ifndef _VDEVFW_LISTENER_H
#define _VDEVFW_LISTENER_H

struct vdevfw_listener;

/**
 * vdevfw_listener_create() - Have a function called when an eventfd is signalled
 * @fd: The eventfd, of the calling process
 * @heard: The function. It is called with the eventfd's lock held and interrupts off, on the
 *	thread of whoever signals it, or in his interrupt: it must not sleep, and not signal an
 *	eventfd. Its calls come one after the other.
 * @context: For @heard
 *
 * Each call takes the count of the eventfd, or 1 of one with EFD_SEMAPHORE. If it has been
 * signalled before, @heard is called at once. When user space has closed it, nothing comes any
 * more.
 *
 * Context: Process context. May sleep.
 * Return: The listener, or an ERR_PTR(): -EBADF: @fd is not open. -EINVAL: it is no eventfd.
 *	-ENOMEM.
 */
struct vdevfw_listener *vdevfw_listener_create(int fd, void (*heard)(void *context), void *context);

/**
 * vdevfw_listener_destroy() - Have it called no more
 * @listener: The listener, or NULL
 *
 * Context: Process context. The function is not inside afterwards, and is not called again.
 */
void vdevfw_listener_destroy(struct vdevfw_listener *listener);

#endif
