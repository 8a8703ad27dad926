// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The program's streams and what the runtime knows them by.
 */
#define _GNU_SOURCE
#include "shim.h"

#include <stdlib.h>
#include <unistd.h>

#define REAL(f) (xsched_cuda_real.f)
#define BUCKETS 256
#define CACHE	8

struct entry {
	struct entry *next;
	struct xsched_cuda_stream s;
	struct xqueue *xq;		/* NULL: not scheduled */
	bool own;			/* of an XQueue that the program made */
	struct entry *former;		/* of attachments before this one; calls may be using it */
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct entry *table[BUCKETS];
/* Raised with every stream that comes or goes; what a thread remembers is valid for one. */
static _Atomic uint64_t version = 1;

static _Thread_local struct {
	cu_stream handle;
	cu_ctx ctx;
	struct xqueue *xq;
	uint64_t version;
} cache[CACHE];
static _Thread_local struct xqueue *last;
static _Thread_local uint64_t last_version;

static unsigned int hash(cu_stream s, cu_ctx ctx)
{
	uintptr_t x = (uintptr_t)s ^ ((uintptr_t)ctx >> 3);

	return (unsigned int)((x >> 4) ^ (x >> 12) ^ (x >> 20));
}

static bool is_default(cu_stream s)
{
	return s == CU_LEGACY || s == CU_PER_THREAD;
}

/* Default streams are named by their context, others by themselves. */
static unsigned int bucket(cu_stream s, cu_ctx ctx)
{
	return hash(s, is_default(s) ? ctx : NULL) % BUCKETS;
}

static uint64_t thread_of(cu_stream s)
{
	return s == CU_PER_THREAD ? (uint64_t)gettid() : 0;
}

static void make_again(void);

/* In the stream's context; level: see cuda_schedule(). */
static struct xqueue *schedule(struct xsched_cuda_stream *s, uint32_t level)
{
	struct xqueue *xq = cuda_schedule(s, level);

	if (xq)
		xsched_on_return(make_again);
	return xq;
}

static struct entry *find(cu_stream s, cu_ctx ctx)
{
	uint64_t thread = thread_of(s);
	struct entry *e;

	for (e = table[bucket(s, ctx)]; e; e = e->next)
		if (e->s.handle == s && e->s.thread == thread && (!is_default(s) || e->s.ctx == ctx))
			return e;
	return NULL;
}

/* ------------------------------------------------------ streams come and go */

static void forget(struct entry *e, bool lost)
{
	struct entry *former;

	for (; e; e = former) {
		former = e->former;
		if (e->xq && lost)
			xqueue_device_lost(e->xq);
		else if (e->xq)
			xqueue_release(e->xq);
		free(e);
	}
}

/* Called with the lock held for writing. */
static struct entry *take_off(cu_stream s)
{
	struct entry **at, *e;

	for (at = &table[bucket(s, NULL)]; *at && (*at)->s.handle != s; at = &(*at)->next)
		;
	e = *at;
	if (e) {
		*at = e->next;
		xs_add_release(&version, 1);
	}
	return e;
}

static struct entry *take_off_locked(cu_stream s)
{
	struct entry *e;

	if (!s || is_default(s) || cuda_is_inherited)
		return NULL;
	pthread_rwlock_wrlock(&lock);
	e = take_off(s);
	pthread_rwlock_unlock(&lock);
	return e;
}

void cuda_stream_new(cu_stream s)
{
	forget(take_off_locked(s), true);
}

void cuda_stream_going(cu_stream s)
{
	struct xqueue *xq = NULL;
	struct entry *e;

	if (cuda_is_inherited)
		return;
	pthread_rwlock_rdlock(&lock);
	e = s && !is_default(s) ? find(s, NULL) : NULL;
	if (e && e->xq)
		xq = xqueue_get(e->xq);
	pthread_rwlock_unlock(&lock);
	if (!xq)
		return;
	/* So that it is known when the last of it has gone. */
	if (xsched_cuda_takes_commands(s))
		xqueue_device_mark(xq);
	xqueue_put(xq);
}

void cuda_stream_gone(cu_stream s)
{
	forget(take_off_locked(s), false);
}

/* Takes entries off for which the test holds, as a list. */
static struct entry *take_all(bool (*test)(const struct entry *, const void *), const void *arg)
{
	struct entry **at, *e, *taken = NULL;
	unsigned int i;

	pthread_rwlock_wrlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (at = &table[i]; (e = *at);) {
			if (!test(e, arg)) {
				at = &e->next;
				continue;
			}
			*at = e->next;
			e->next = taken;
			taken = e;
			xs_add_release(&version, 1);
		}
	pthread_rwlock_unlock(&lock);
	return taken;
}

static bool is_of_ctx(const struct entry *e, const void *ctx)
{
	return e->s.ctx == ctx;
}

static bool is_of_thread(const struct entry *e, const void *thread)
{
	return e->s.thread == *(const uint64_t *)thread;
}

static void forget_all(struct entry *e, bool lost)
{
	struct entry *next;

	for (; e; e = next) {
		next = e->next;
		forget(e, lost);
	}
}

void cuda_ctx_going(cu_ctx ctx)
{
	unsigned int i, n;
	struct xqueue **v;

	n = cuda_queues_of(ctx, &v);
	for (i = 0; i < n; i++) {
		xqueue_resume(v[i]);
		xqueue_put(v[i]);
	}
	free(v);
}

void cuda_ctx_gone(cu_ctx ctx)
{
	if (!ctx || cuda_is_inherited)
		return;
	cuda_graphs_gone(ctx);
	forget_all(take_all(is_of_ctx, ctx), true);
}

static pthread_key_t thread_key;
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

/* Its default streams end with a thread. */
static void thread_gone(void *unused)
{
	uint64_t thread = (uint64_t)gettid();

	(void)unused;
	if (cuda_is_inherited)
		return;
	forget_all(take_all(is_of_thread, &thread), false);
}

static void make_thread_key(void)
{
	if (pthread_key_create(&thread_key, thread_gone))
		thread_key = (pthread_key_t)-1;
}

cu_ctx cuda_ctx_of(cu_stream s)
{
	cu_ctx ctx = NULL;

	if (is_default(s))
		REAL(cuCtxGetCurrent)(&ctx);
	else if (REAL(cuStreamGetCtx))
		REAL(cuStreamGetCtx)(s, &ctx);
	return ctx;
}

/* A stream is met for the first time; in its context. */
static struct xqueue *add(cu_stream s, cu_ctx ctx)
{
	struct entry *e = calloc(1, sizeof(*e)), *other;

	if (!e)
		return NULL;
	e->s = (struct xsched_cuda_stream){ .handle = s, .ctx = ctx, .thread = thread_of(s) };
	e->xq = schedule(&e->s, 0);
	pthread_rwlock_wrlock(&lock);
	other = find(s, ctx);
	if (!other) {
		e->next = table[bucket(s, ctx)];
		table[bucket(s, ctx)] = e;
		xs_add_release(&version, 1);
	}
	pthread_rwlock_unlock(&lock);
	if (other) {		/* two threads met it at the same time */
		forget(e, true);
		return other->xq;
	}
	if (e->s.thread) {
		pthread_once(&thread_once, make_thread_key);
		pthread_setspecific(thread_key, e);
	}
	return e->xq;
}

static struct xqueue *adopt(cu_stream s)
{
	cu_ctx ctx = cuda_ctx_of(s), now = NULL, popped;
	struct xqueue *xq;

	if (!ctx)
		return NULL;	/* the driver will say so */
	REAL(cuCtxGetCurrent)(&now);
	if (now != ctx && REAL(cuCtxPushCurrent)(ctx) != CU_OK)
		return NULL;
	xq = add(s, ctx);
	if (now != ctx)
		REAL(cuCtxPopCurrent)(&popped);
	return xq;
}

static struct xqueue *look_up(cu_stream s, cu_ctx ctx)
{
	unsigned int i = hash(s, ctx) % CACHE;
	struct xqueue *xq = NULL;
	struct entry *e;
	uint64_t v;

	pthread_rwlock_rdlock(&lock);
	v = xs_load(&version);
	e = find(s, ctx);
	if (e)
		xq = e->xq;
	pthread_rwlock_unlock(&lock);
	if (!e)
		return adopt(s);	/* remembered with the next call */
	cache[i].handle = s;
	cache[i].ctx = ctx;
	cache[i].xq = xq;
	cache[i].version = v;
	return xq;
}

struct xqueue *cuda_queue(cu_stream s, int whose)
{
	uint64_t v = xs_load(&version);
	cu_ctx ctx = NULL;
	unsigned int i;

	if (!cuda_wanted() || unlikely(!REAL(cuCtxGetCurrent)))
		return NULL;
	if (!s)
		s = whose == OF_THREAD ? CU_PER_THREAD : CU_LEGACY;
	if (is_default(s) && (REAL(cuCtxGetCurrent)(&ctx) != CU_OK || !ctx))
		return NULL;
	i = hash(s, ctx) % CACHE;
	if (likely(cache[i].handle == s && cache[i].ctx == ctx && cache[i].version == v))
		last = cache[i].xq;
	else
		last = look_up(s, ctx);
	last_version = v;
	return last;
}

struct xqueue *cuda_queue_last(void)
{
	return last_version == xs_load(&version) ? last : NULL;
}

unsigned int cuda_queues_of(cu_ctx ctx, struct xqueue ***out)
{
	unsigned int i, n = 0, max = 0;
	struct entry *e;

	*out = NULL;
	if (!cuda_wanted())
		return 0;
	pthread_rwlock_rdlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (e = table[i]; e; e = e->next)
			max += e->s.ctx == ctx && e->xq;
	*out = calloc(max + 1, sizeof(**out));
	for (i = 0; *out && i < BUCKETS; i++)
		for (e = table[i]; e; e = e->next)
			if (e->s.ctx == ctx && e->xq)
				(*out)[n++] = xqueue_get(e->xq);
	pthread_rwlock_unlock(&lock);
	return n;
}

/* ------------------------------------------- the program's own, coming back */

/* Called with the lock held for writing. */
static struct entry **place_of(const struct xsched_cuda_stream *s)
{
	struct entry **at;

	for (at = &table[bucket(s->handle, s->ctx)]; *at; at = &(*at)->next)
		if ((*at)->s.handle == s->handle && (*at)->s.ctx == s->ctx &&
		    (*at)->s.thread == s->thread)
			break;
	return at;
}

/*
 * Another queue for a known stream, in the stream's context. Calls under way may be using
 * the one before, which stays as long as the stream. One of level 0 only takes the place of
 * only's queue, if that isn't NULL.
 */
static struct xqueue *replace(const struct xsched_cuda_stream *s, uint32_t level,
			      const struct xqueue *only)
{
	struct entry *e = calloc(1, sizeof(*e)), **at;
	struct xqueue *xq = NULL;

	if (!e)
		return NULL;
	e->s = (struct xsched_cuda_stream){ .handle = s->handle, .ctx = s->ctx, .thread = s->thread };
	e->xq = schedule(&e->s, level);
	e->own = level;
	pthread_rwlock_wrlock(&lock);
	at = place_of(s);
	if (*at && (only ? (*at)->xq == only : e->xq && (level || !(*at)->own))) {
		e->next = (*at)->next;
		(*at)->next = NULL;
		e->former = *at;
		*at = e;
		xs_add_release(&version, 1);
		xq = e->xq;
		if (xq && level)
			xqueue_get(xq);		/* the caller's */
		e = NULL;
	}
	pthread_rwlock_unlock(&lock);
	forget(e, true);
	return xq;
}

struct xqueue *cuda_queue_own(cu_stream s, cu_ctx ctx, uint32_t level)
{
	const struct xsched_cuda_stream id = { .handle = s, .ctx = ctx };

	cuda_queue(s, OF_ALL);		/* adopts it */
	return replace(&id, level, NULL);
}

void cuda_queue_disown(cu_stream s, cu_ctx ctx, const struct xqueue *xq)
{
	const struct xsched_cuda_stream id = { .handle = s, .ctx = ctx };

	replace(&id, 0, xq);
}

static struct xsched_cuda_stream *all_known(size_t *n)
{
	struct xsched_cuda_stream *v;
	size_t i, max = 0;
	struct entry *e;

	*n = 0;
	pthread_rwlock_rdlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		for (e = table[i]; e; e = e->next)
			max++;
	v = calloc(max + 1, sizeof(*v));
	for (i = 0; v && i < BUCKETS; i++)
		for (e = table[i]; e; e = e->next)
			if (!e->own)
				v[(*n)++] = e->s;
	pthread_rwlock_unlock(&lock);
	return v;
}

/*
 * There is a scheduler again, which knows none of our queues; the program's own XQueues see
 * to theirs. In the agent's thread.
 */
static void make_again(void)
{
	struct xsched_cuda_stream *v;
	cu_ctx popped;
	size_t i, n;

	v = all_known(&n);
	for (i = 0; i < n; i++) {
		if (REAL(cuCtxPushCurrent)(v[i].ctx) != CU_OK)
			continue;
		replace(&v[i], 0, NULL);
		REAL(cuCtxPopCurrent)(&popped);
	}
	free(v);
}
