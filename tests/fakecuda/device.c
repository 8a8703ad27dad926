// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The double's streams and kernels.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t fake_cond = PTHREAD_COND_INITIALIZER;
struct stream fake_legacy = { .blocking = true, .is_default = true };
_Thread_local int fake_capture_mode;	/* 0: global, as in CUDA */

static struct stream *streams;
static _Thread_local struct stream *own;

/* -------------------------------------------------------------- operations */

struct op *fake_op(void (*run)(struct op *))
{
	struct op *op = calloc(1, sizeof(*op));

	op->run = run;
	op->refs = 1;
	return op;
}

/* Called with the lock held. */
void fake_put(struct op *op)
{
	unsigned int i;

	if (!op || --op->refs)
		return;
	for (i = 0; i < op->n_deps; i++)
		fake_put(op->deps[i]);
	free(op->deps);
	free(op);
}

/* Called with the lock held. */
void fake_depend(struct op *op, struct op *on)
{
	if (!on || on->done)
		return;
	op->deps = realloc(op->deps, (op->n_deps + 1) * sizeof(*op->deps));
	op->deps[op->n_deps++] = on;
	on->refs++;
}

static bool is_ready(const struct op *op)
{
	unsigned int i;

	for (i = 0; i < op->n_deps; i++)
		if (!op->deps[i]->done)
			return false;
	return true;
}

static void *stream_thread(void *arg)
{
	struct stream *s = arg;
	struct op *op;

	pthread_mutex_lock(&fake_lock);
	for (;;) {
		while (!s->first && !s->stop)
			pthread_cond_wait(&fake_cond, &fake_lock);
		op = s->first;
		if (!op)
			break;
		while (!is_ready(op))
			pthread_cond_wait(&fake_cond, &fake_lock);
		pthread_mutex_unlock(&fake_lock);
		if (op->run)
			op->run(op);
		pthread_mutex_lock(&fake_lock);
		op->done = true;
		s->first = op->next;
		if (!s->first)
			s->tail = &s->first;
		fake_put(op);
		pthread_cond_broadcast(&fake_cond);
	}
	pthread_mutex_unlock(&fake_lock);
	return NULL;
}

/* Called with the lock held. */
static void start(struct stream *s)
{
	if (s->tail)
		return;
	s->tail = &s->first;
	s->next = streams;
	streams = s;
	pthread_create(&s->thread, NULL, stream_thread, s);
}

struct stream *fake_stream_new(bool blocking)
{
	struct stream *s = calloc(1, sizeof(*s));

	s->blocking = blocking;
	pthread_mutex_lock(&fake_lock);
	start(s);
	pthread_mutex_unlock(&fake_lock);
	return s;
}

struct stream *fake_stream(cu_stream h, bool per_thread)
{
	if (h == CU_LEGACY || (!h && !per_thread))
		return &fake_legacy;
	if (h != CU_PER_THREAD && h)
		return (struct stream *)h;
	if (!own) {
		own = fake_stream_new(true);
		own->is_default = true;
	}
	return own;
}

/* ----------------------------------------------------------------- captures */

bool fake_unsafe(void)
{
	struct stream *s;
	bool refused = false;

	if (fake_capture_mode == CU_CAPTURE_RELAXED)
		return false;
	pthread_mutex_lock(&fake_lock);
	for (s = streams; s; s = s->next)
		if (s->capturing && (s->global || pthread_equal(s->origin, pthread_self())))
			s->invalidated = refused = true;
	pthread_mutex_unlock(&fake_lock);
	return refused;
}

/* The legacy stream would have to wait for what is only recorded. */
static bool spoils_capture(struct stream *s)
{
	struct stream *o;
	bool spoils = false;

	for (o = s == &fake_legacy ? streams : NULL; o; o = o->next)
		if (o->capturing && o->blocking)
			o->invalidated = spoils = true;
	return spoils;
}

static void record(struct stream *s, struct op *op)
{
	*s->graph->tail = op;
	s->graph->tail = &op->next;
	s->graph->n++;
	s->last = op;
}

/* Everything blocking comes before what is put into the legacy stream, and behind it. */
static void order(struct stream *s, struct op *op)
{
	struct stream *o;

	if (s == &fake_legacy)
		for (o = streams; o; o = o->next)
			if (o->blocking && !o->capturing)
				fake_depend(op, o->last);
	if (s->blocking && s != &fake_legacy)
		fake_depend(op, fake_legacy.last);
}

cu_result fake_enqueue(struct stream *s, struct op *op)
{
	cu_result ret = CU_OK;

	pthread_mutex_lock(&fake_lock);
	start(s);
	if (spoils_capture(s)) {
		fake_put(op);
		ret = ERR_CAPTURE_IMPLICIT;
	} else if (s->invalidated) {
		fake_put(op);
		ret = ERR_CAPTURE_INVALIDATED;
	} else if (s->capturing) {
		record(s, op);
	} else {
		order(s, op);
		op->refs += 2;		/* the thread's, and last's; the caller's goes */
		fake_put(s->last);
		s->last = op;
		*s->tail = op;
		s->tail = &op->next;
		fake_put(op);
		pthread_cond_broadcast(&fake_cond);
	}
	pthread_mutex_unlock(&fake_lock);
	return ret;
}

static void wait_op(struct op *op)
{
	if (!op)
		return;
	op->refs++;
	while (!op->done)
		pthread_cond_wait(&fake_cond, &fake_lock);
	fake_put(op);
}

cu_result fake_wait(struct stream *s)
{
	struct stream *o;

	pthread_mutex_lock(&fake_lock);
	if (s->capturing) {
		s->invalidated = true;
		pthread_mutex_unlock(&fake_lock);
		return ERR_CAPTURE_UNSUPPORTED;
	}
	wait_op(s->last);
	for (o = s == &fake_legacy ? streams : NULL; o; o = o->next)
		if (o->blocking && !o->capturing)
			wait_op(o->last);
	pthread_mutex_unlock(&fake_lock);
	return CU_OK;
}

cu_result fake_wait_all(void)
{
	struct stream *o;

	pthread_mutex_lock(&fake_lock);
	for (o = streams; o; o = o->next)
		if (!o->capturing)
			wait_op(o->last);
	pthread_mutex_unlock(&fake_lock);
	return CU_OK;
}

/* ------------------------------------------------------------------ kernels */

static void sleep_us(uint32_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000l };

	if (us)
		nanosleep(&t, NULL);
}

/* append(uint32_t *log, uint32_t value, uint32_t us): log[0] counts, the rest are the values. */
static void run_append(void *const *p)
{
	uint32_t *log = *(uint32_t *const *)p[0];

	sleep_us(*(const uint32_t *)p[2]);
	log[1 + log[0]] = *(const uint32_t *)p[1];
	__atomic_fetch_add(&log[0], 1, __ATOMIC_RELEASE);
}

/* add(uint32_t *a, uint32_t k, uint32_t n) */
static void run_add(void *const *p)
{
	uint32_t *a = *(uint32_t *const *)p[0], n = *(const uint32_t *)p[2], i;

	for (i = 0; i < n; i++)
		a[i] = a[i] * 31 + *(const uint32_t *)p[1];
}

static const size_t sizes[] = { 8, 4, 4 };

const struct function *fake_function(const char *name)
{
	static const struct function all[] = {
		{ "append", 3, sizes, run_append },
		{ "add", 3, sizes, run_add },
	};
	unsigned int i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	return NULL;
}
