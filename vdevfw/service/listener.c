// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners: a function that is called when user space, or the kernel, signals an eventfd.
 *
 * A listener is an entry of the eventfd's wait queue, and has a hold on the eventfd, but none on
 * its file. So user space can close it. Then nobody is left who could signal it, but for others
 * in the kernel who have a hold as well, and there is nothing to do: the entry stays where it is
 * until the listener is destroyed. As the queue's lock is held while its entries are woken, whoever
 * takes one out knows that it is not being called.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "listener.h"

/**
 * struct vdevfw_listener - A listener
 * @eventfd: With a hold on it
 * @queue: Where its waiters are; part of @eventfd
 * @entry: Our own in @queue
 * @table: Brings @entry there
 * @heard: What is called
 * @context: For @heard
 */
struct vdevfw_listener {
	struct eventfd_ctx *eventfd;
	wait_queue_head_t *queue;
	wait_queue_entry_t entry;
	poll_table table;
	void (*heard)(void *context);
	void *context;
};

static void take_count(struct vdevfw_listener *listener)
{
	u64 count;

	lockdep_assert_held(&listener->queue->lock);
	eventfd_ctx_do_read(listener->eventfd, &count);
	if (count)
		listener->heard(listener->context);
}

static int wake(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	if (key_to_poll(key) & EPOLLIN)
		take_count(container_of(entry, struct vdevfw_listener, entry));
	return 0;
}

static void enter(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	struct vdevfw_listener *listener = container_of(table, struct vdevfw_listener, table);

	listener->queue = queue;
	add_wait_queue(queue, &listener->entry);
}

static void listen(struct vdevfw_listener *listener, struct file *file)
{
	unsigned long flags;

	init_waitqueue_func_entry(&listener->entry, wake);
	init_poll_funcptr(&listener->table, enter);
	vfs_poll(file, &listener->table);
	/* What was signalled before, nobody tells. */
	spin_lock_irqsave(&listener->queue->lock, flags);
	take_count(listener);
	spin_unlock_irqrestore(&listener->queue->lock, flags);
}

struct vdevfw_listener *vdevfw_listener_create(int fd, void (*heard)(void *context), void *context)
{
	struct vdevfw_listener *listener;
	struct file *file = fget(fd);
	int err;

	if (!file)
		return ERR_PTR(-EBADF);
	err = -ENOMEM;
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		goto err_put;
	listener->heard = heard;
	listener->context = context;
	listener->eventfd = eventfd_ctx_fileget(file);
	if (IS_ERR(listener->eventfd)) {
		err = PTR_ERR(listener->eventfd);
		goto err_free;
	}
	listen(listener, file);
	fput(file);
	return listener;

err_free:
	kfree(listener);
err_put:
	fput(file);
	return ERR_PTR(err);
}

void vdevfw_listener_destroy(struct vdevfw_listener *listener)
{
	if (!listener)
		return;
	remove_wait_queue(listener->queue, &listener->entry);
	eventfd_ctx_put(listener->eventfd);
	kfree(listener);
}
