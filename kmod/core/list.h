/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A circular, doubly linked, intrusive list; an entry that is on no list points
 * to itself.
 */
#ifndef XSCHED_LIST_H
#define XSCHED_LIST_H

#include "port.h"

struct xsched_list {
	struct xsched_list *next, *prev;
};

static inline void xsched_list_init(struct xsched_list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool xsched_list_empty(const struct xsched_list *l)
{
	return l->next == l;
}

/* Reads better for an entry than _empty() does. */
static inline bool xsched_list_linked(const struct xsched_list *entry)
{
	return entry->next != entry;
}

static inline void xsched_list_add_tail(struct xsched_list *l, struct xsched_list *entry)
{
	entry->next = l;
	entry->prev = l->prev;
	l->prev->next = entry;
	l->prev = entry;
}

/* Legal for an entry that is on no list. */
static inline void xsched_list_del(struct xsched_list *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	xsched_list_init(entry);
}

static inline void xsched_list_move_tail(struct xsched_list *l, struct xsched_list *entry)
{
	xsched_list_del(entry);
	xsched_list_add_tail(l, entry);
}

/* Moves all of @from to the empty list @to. */
static inline void xsched_list_take(struct xsched_list *from, struct xsched_list *to)
{
	if (xsched_list_empty(from))
		return;
	*to = *from;
	to->next->prev = to;
	to->prev->next = to;
	xsched_list_init(from);
}

#define xsched_list_first(l, type, member) \
	(xsched_list_empty(l) ? NULL : container_of((l)->next, type, member))

#define xsched_list_for_each(pos, l, member)					\
	for (pos = container_of((l)->next, __typeof__(*pos), member);		\
	     &pos->member != (l);						\
	     pos = container_of(pos->member.next, __typeof__(*pos), member))

/* The body may take pos off the list. */
#define xsched_list_for_each_safe(pos, tmp, l, member)				\
	for (pos = container_of((l)->next, __typeof__(*pos), member),		\
	     tmp = container_of(pos->member.next, __typeof__(*pos), member);	\
	     &pos->member != (l);						\
	     pos = tmp, tmp = container_of(tmp->member.next, __typeof__(*pos), member))

#endif /* XSCHED_LIST_H */
