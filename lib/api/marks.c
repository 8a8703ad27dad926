// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Marks: how far a platform's queue is, where the platform can tell of points in it.
 */
#include "marks.h"
#include "handle.h"

#include <stdlib.h>

struct xsched_mark {
	struct xsched_mark *next;
	uint64_t number;
	uintptr_t point;
	uint32_t refs;
};

XSCHED_PUBLIC void xsched_marks_init(struct xsched_marks *m, const struct xsched_mark_ops *ops)
{
	m->ops = ops;
	m->first = m->asked = NULL;
	m->tail = &m->first;
	m->passed = 0;
	pthread_mutex_init(&m->lock, NULL);
}

/* Nobody else may have it: with the lock held, or never in the list. */
static void mark_release(struct xsched_marks *m, struct xsched_mark *mark)
{
	if (--mark->refs)
		return;
	if (m->ops->drop)
		m->ops->drop(m, mark->point);
	free(mark);
}

static struct xsched_mark *mark_new(struct xsched_marks *m, uint64_t number)
{
	struct xsched_mark *mark = calloc(1, sizeof(*mark));

	if (!mark)
		return NULL;
	mark->number = number;
	mark->refs = 1;
	if (m->ops->put(m, &mark->point))
		return mark;
	free(mark);
	return NULL;
}

static void take_first(struct xsched_marks *m)
{
	struct xsched_mark *mark = m->first;

	m->first = mark->next;
	if (!m->first)
		m->tail = &m->first;
	m->passed = mark->number;
	mark_release(m, mark);
}

XSCHED_PUBLIC void xsched_marks_fini(struct xsched_marks *m)
{
	while (m->first)
		take_first(m);
	if (m->asked)
		mark_release(m, m->asked);
	pthread_mutex_destroy(&m->lock);
}

XSCHED_PUBLIC XResult xsched_marks_put(void *queue, uint64_t number)
{
	struct xsched_marks *m = queue;
	struct xsched_mark *mark = mark_new(m, number);

	if (!mark)
		return kXSchedErrorHardware;
	pthread_mutex_lock(&m->lock);
	*m->tail = mark;
	m->tail = &mark->next;
	pthread_mutex_unlock(&m->lock);
	return kXSchedSuccess;
}

XSCHED_PUBLIC uint64_t xsched_marks_completed(void *queue)
{
	struct xsched_marks *m = queue;
	uint64_t n;

	pthread_mutex_lock(&m->lock);
	while (m->first && m->ops->over(m, m->first->point))
		take_first(m);
	n = m->passed;
	pthread_mutex_unlock(&m->lock);
	return n;
}

XSCHED_PUBLIC XResult xsched_marks_wait(void *queue, uint64_t number)
{
	struct xsched_marks *m = queue;
	struct xsched_mark *mark;
	XResult r;

	pthread_mutex_lock(&m->lock);
	for (mark = m->first; mark && mark->number < number; mark = mark->next)
		;
	if (mark)
		mark->refs++;
	pthread_mutex_unlock(&m->lock);
	if (!mark)
		return kXSchedSuccess;	/* passed already */
	r = m->ops->await(m, mark->point);
	pthread_mutex_lock(&m->lock);
	mark_release(m, mark);
	pthread_mutex_unlock(&m->lock);
	return r;
}

XSCHED_PUBLIC bool xsched_marks_idle(struct xsched_marks *m, uint32_t begun)
{
	if (m->asked && m->asked->number != begun) {
		mark_release(m, m->asked);
		m->asked = NULL;
	}
	if (!m->asked)
		m->asked = mark_new(m, begun);
	return m->asked && m->ops->over(m, m->asked->point);
}
