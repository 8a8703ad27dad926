// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * XQueueGetStats(), and the names of results.
 */
#include "api.h"

#include <string.h>

static uint32_t features(const struct gqueue *q)
{
	uint32_t own = kQueueFeatureDynamicLevel | kQueueFeatureResumeDropCommands;

	return (q->stream ? 0 : own) | kQueueFeatureDynamicThreshold |
	       kQueueFeatureDynamicBatchSize | kQueueFeatureSyncSuspend | (q->blocking ? 0 : kQueueFeatureAsyncSubmit);
}

/* Of a stream its own words tell; those of completions only while somebody competes. */
static void fill_stream(struct xqueue *x, XQueueStats *s)
{
	int32_t in_flight;

	s->held_by_scheduler = xs_load(&x->ctl->gate) == XSCHED_GATE_HELD;
	s->entity_id = x->entity->id;
	/* In this order what is in flight is never less than nothing. */
	s->completed = xs_load(&x->st->completed);
	pthread_mutex_lock(&x->lock);
	s->held = xs_load(&x->st->pending) + x->hidden;
	in_flight = (int32_t)(xs_load(&x->st->submitted) + x->hidden_submitted - (uint32_t)s->completed);
	pthread_mutex_unlock(&x->lock);
	if (xsched_anchor->generation != x->generation)
		s->completed = s->held = in_flight = 0;	/* nobody counts any more */
	s->in_flight = in_flight > 0 ? (uint64_t)in_flight : 0;
	s->submitted = s->completed + s->in_flight + s->held;
	s->launched_direct = s->submitted;
	s->command_ns = xs_load_relaxed(&x->est_ns);
	s->window = xs_load_relaxed(&x->spacing) * (x->hal->stop ? 2 : 1);
}

static void fill(struct gqueue *q, XQueueStats *s)
{
	uint32_t stopped = xs_load(&q->stopped);

	*s = (XQueueStats){
		.level = q->level,
		.features = features(q),
		.suspended = stopped,
		.held_by_scheduler = xs_load(&q->ctl->gate) == XSCHED_GATE_HELD,
		.entity_id = q->entity_id,
		.submitted = q->submitted,
		.completed = q->n_completed,
		.held = q->n_held,
		.in_flight = q->in_flight,
		.launched_direct = q->n_direct,
		.launched_later = q->n_later,
		.relaunched = q->n_relaunched,
		.dropped = q->n_dropped,
		.failed = q->n_failed,
		.suspends = q->n_suspends,
		.suspended_ns = q->suspended_ns +
				(stopped ? xsched_now_ns() - q->suspended_since_ns : 0),
		.command_ns = q->est_ns,
		.window = q->window,
	};
}

XSCHED_PUBLIC XResult XQueueGetStats(XQueueHandle xq, XQueueStats *stats)
{
	XQueueStats all;
	struct gqueue *q;
	size_t size;

	if (!stats || stats->size < offsetof(XQueueStats, submitted))
		return kXSchedErrorInvalidValue;
	q = gq_enter(xq);
	if (!q)
		return kXSchedErrorNotFound;
	gq_reap(q);
	fill(q, &all);
	if (q->stream)
		fill_stream(q->stream, &all);
	gq_unlock(q);
	size = stats->size < sizeof(all) ? stats->size : sizeof(all);
	all.size = (uint32_t)size;
	memcpy(stats, &all, size);
	return kXSchedSuccess;
}

XSCHED_PUBLIC const char *XResultName(XResult result)
{
	switch (result) {
	case kXSchedSuccess:		return "Success";
	case kXSchedErrorHardware:	return "Hardware";
	case kXSchedErrorInvalidValue:	return "InvalidValue";
	case kXSchedErrorNotFound:	return "NotFound";
	case kXSchedErrorNotAllowed:	return "NotAllowed";
	case kXSchedErrorNotSupported:	return "NotSupported";
	case kXSchedErrorBadResponse:	return "BadResponse";
	default:			return "Unknown";
	}
}
