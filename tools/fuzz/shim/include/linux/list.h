/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked lists. */
#ifndef _SHIM_LINUX_LIST_H
#define _SHIM_LINUX_LIST_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/types.h>

#define LIST_HEAD_INIT(head)	{ &(head), &(head) }
#define LIST_HEAD(head)		struct list_head head = LIST_HEAD_INIT(head)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void __list_insert(struct list_head *entry, struct list_head *before,
				 struct list_head *after)
{
	entry->prev = before;
	entry->next = after;
	before->next = entry;
	after->prev = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	__list_insert(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	__list_insert(entry, head->prev, head);
}

/* Leaves pointers that no one can follow, as the kernel does. */
static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_del(entry);
	list_add_tail(entry, head);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	if (list_empty(list))
		return;
	list->next->prev = head;
	list->prev->next = head->next;
	head->next->prev = list->prev;
	head->next = list->next;
	INIT_LIST_HEAD(list);
}

#define list_entry(pointer, type, member)	container_of(pointer, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member)				\
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_next_entry(entry, member)						\
	list_entry((entry)->member.next, __typeof__(*(entry)), member)
#define list_prev_entry(entry, member)						\
	list_entry((entry)->member.prev, __typeof__(*(entry)), member)

#define list_for_each(at, head)							\
	for ((at) = (head)->next; (at) != (head); (at) = (at)->next)

#define list_for_each_entry(entry, head, member)				\
	for ((entry) = list_first_entry(head, __typeof__(*(entry)), member);	\
	     &(entry)->member != (head);					\
	     (entry) = list_next_entry(entry, member))

#define list_for_each_entry_reverse(entry, head, member)			\
	for ((entry) = list_last_entry(head, __typeof__(*(entry)), member);	\
	     &(entry)->member != (head);					\
	     (entry) = list_prev_entry(entry, member))

#define list_for_each_entry_safe(entry, after, head, member)			\
	for ((entry) = list_first_entry(head, __typeof__(*(entry)), member),	\
	     (after) = list_next_entry(entry, member);				\
	     &(entry)->member != (head);					\
	     (entry) = (after), (after) = list_next_entry(after, member))

#define list_for_each_entry_safe_reverse(entry, before, head, member)		\
	for ((entry) = list_last_entry(head, __typeof__(*(entry)), member),	\
	     (before) = list_prev_entry(entry, member);				\
	     &(entry)->member != (head);					\
	     (entry) = (before), (before) = list_prev_entry(before, member))

#endif
