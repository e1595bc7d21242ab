// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change-state handlers. A handler may remove itself, the next one or any other, and add new
 * ones, while the list is walked: nothing leaves the list meanwhile. What is removed is dead,
 * and passed over.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>

#include "changes.h"

/**
 * struct guest_change - A handler
 * @node: In the list
 * @changes: The list
 * @vdp: Whose it is, or NULL
 * @priority: Where it is
 * @ops: What it does
 * @data: For it
 * @running: What it has been told last
 * @concerned: It takes part in the present walk
 * @dead: It was removed while the list was walked
 */
struct guest_change {
	struct list_head node;
	struct vdevfw_changes *changes;
	const vdev_t *vdp;
	int priority;
	const struct guest_change_ops *ops;
	void *data;
	bool running;
	bool concerned;
	bool dead;
};

void vdevfw_changes_init(struct vdevfw_changes *changes)
{
	spin_lock_init(&changes->lock);
	INIT_LIST_HEAD(&changes->list);
	init_waitqueue_head(&changes->idle);
}

void vdevfw_changes_close(struct vdevfw_changes *changes)
{
	spin_lock(&changes->lock);
	changes->closed = true;
	spin_unlock(&changes->lock);
}

struct guest_change *vdevfw_changes_add(struct vdevfw_changes *changes, const vdev_t *vdp,
					int priority, const struct guest_change_ops *ops,
					void *data)
{
	struct guest_change *change, *next;

	change = kzalloc(sizeof(*change), GFP_KERNEL_ACCOUNT);
	if (!change)
		return ERR_PTR(-ENOMEM);
	change->changes = changes;
	change->vdp = vdp;
	change->priority = priority;
	change->ops = ops;
	change->data = data;
	spin_lock(&changes->lock);
	if (changes->closed) {
		spin_unlock(&changes->lock);
		kfree(change);
		return ERR_PTR(-ESHUTDOWN);
	}
	list_for_each_entry(next, &changes->list, node)
		if (next->priority > priority)
			break;
	list_add_tail(&change->node, &next->node);
	spin_unlock(&changes->lock);
	return change;
}

static bool is_called(struct vdevfw_changes *changes, const struct guest_change *change)
{
	bool called;

	spin_lock(&changes->lock);
	called = changes->called == change;
	spin_unlock(&changes->lock);
	return called;
}

void guest_change_remove(struct guest_change *change)
{
	struct vdevfw_changes *changes = change->changes;
	bool is_runner;

	spin_lock(&changes->lock);
	is_runner = changes->runner == current;
	if (changes->runner) {
		change->dead = true;
	} else {
		list_del(&change->node);
		kfree(change);
	}
	spin_unlock(&changes->lock);
	/* It may be free by now: it is compared, and not looked at. */
	if (!is_runner)
		wait_event(changes->idle, !is_called(changes, change));
}
EXPORT_SYMBOL_GPL(guest_change_remove);

void vdevfw_changes_forget(struct vdevfw_changes *changes, const vdev_t *vdp)
{
	struct guest_change *change;

	do {
		spin_lock(&changes->lock);
		list_for_each_entry(change, &changes->list, node)
			if (!change->dead && (!vdp || change->vdp == vdp))
				break;
		if (list_entry_is_head(change, &changes->list, node))
			change = NULL;
		spin_unlock(&changes->lock);
		if (change)
			guest_change_remove(change);
	} while (change);
}

/*
 * Walks
 */

/* The next one of a walk that concerns it; the one before has been called. */
static struct guest_change *next_concerned(struct vdevfw_changes *changes, bool running,
					   struct guest_change *change)
{
	struct list_head *node = change ? &change->node : &changes->list;

	lockdep_assert_held(&changes->lock);
	do {
		node = running ? node->next : node->prev;
		if (node == &changes->list)
			return NULL;
		change = list_entry(node, struct guest_change, node);
	} while (change->dead || !change->concerned);
	return change;
}

static void move_on(struct vdevfw_changes *changes, bool running, struct guest_change *from)
{
	spin_lock(&changes->lock);
	changes->called = next_concerned(changes, running, from);
	spin_unlock(&changes->lock);
	wake_up_all(&changes->idle);
}

static void prepare_all(struct vdevfw_changes *changes, bool running, unsigned int state)
{
	struct guest_change *change;

	for (move_on(changes, running, NULL); (change = changes->called);
	     move_on(changes, running, change))
		if (change->ops->prepare)
			change->ops->prepare(change->data, running, state);
}

static int change_all(struct vdevfw_changes *changes, bool running, unsigned int state)
{
	struct guest_change *change;
	int err = 0, one;

	for (move_on(changes, running, NULL); (change = changes->called);
	     move_on(changes, running, change)) {
		one = change->ops->change(change->data, running, state);
		change->running = running;
		err = err ?: one;
	}
	return err;
}

/* Who comes meanwhile takes no part: it would be told of a change, and not be prepared. */
static void begin(struct vdevfw_changes *changes, bool running)
{
	struct guest_change *change;

	spin_lock(&changes->lock);
	changes->runner = current;
	list_for_each_entry(change, &changes->list, node)
		change->concerned = change->running != running;
	spin_unlock(&changes->lock);
}

static void end(struct vdevfw_changes *changes)
{
	struct guest_change *change, *next;

	spin_lock(&changes->lock);
	changes->runner = NULL;
	list_for_each_entry_safe(change, next, &changes->list, node) {
		if (!change->dead)
			continue;
		list_del(&change->node);
		kfree(change);
	}
	spin_unlock(&changes->lock);
}

int vdevfw_changes_run(struct vdevfw_changes *changes, bool running, unsigned int state)
{
	int err;

	begin(changes, running);
	prepare_all(changes, running, state);
	err = change_all(changes, running, state);
	end(changes);
	return err;
}
