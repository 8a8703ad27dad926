/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A stream on a device that does nothing: commands complete when the test lets them, gates and
 * stops hold what is behind them. What is simulated is the device; the runtime and the
 * scheduler (the in-process one) are the real ones.
 */
#ifndef XSCHED_TEST_STREAM_H
#define XSCHED_TEST_STREAM_H

#include "../../../lib/xqueue/xqueue.h"
#include "../ktap.h"

#define ITEMS_MAX	4096

struct item {
	enum { COMMAND, SETTLE, STOP, GATE } kind;
	uint32_t number;		/* of a stop or gate; how many are settled */
	struct xtrack *token;		/* of a command: NULL if nobody wants to know */
	bool gone;			/* a stop has been let go */
};

struct stream {
	struct xqueue *xq;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct item items[ITEMS_MAX];
	unsigned int n, passed;
	unsigned int may_run;		/* commands that may complete, of those so far and to come */
	unsigned int ran;
};

__attribute__((unused))
static void pause_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

#define EVENTUALLY(cond) do {						\
	uint64_t __end = xsched_now_ns() + 20000000000ull;		\
	while (!(cond)) {						\
		if (xsched_now_ns() > __end)				\
			FAIL("not in 20 s: %s", #cond);			\
		pause_ms(1);						\
	}								\
} while (0)

static struct item *put(struct stream *s, struct item item)
{
	struct item *i;

	pthread_mutex_lock(&s->lock);
	CHECK(s->n < ITEMS_MAX);
	i = &s->items[s->n++];
	*i = item;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return i;
}

static int put_gate(struct xqueue *q, uint32_t number)
{
	put(q->handle, (struct item){ .kind = GATE, .number = number });
	return 0;
}

static void *put_stop(struct xqueue *q, uint32_t number)
{
	return put(q->handle, (struct item){ .kind = STOP, .number = number });
}

static void let_go(struct xqueue *q, void *stop)
{
	struct stream *s = q->handle;

	pthread_mutex_lock(&s->lock);
	((struct item *)stop)->gone = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void drop(struct xqueue *q, void *stop)
{
	(void)q;
	(void)stop;
}

static int settle(struct xqueue *q, struct xtrack *token, uint32_t n)
{
	put(q->handle, (struct item){ .kind = SETTLE, .number = n, .token = token });
	return 0;
}

static const struct xsched_hal_ops level_1 = {
	.name = "nothing",
	.platform = XSCHED_PLATFORM_GENERIC,
	.level = XSCHED_LEVEL_BLOCK,
	.queue_flags = XSCHED_QUEUE_F_KICKS_IDLE,
	.stop = put_stop,
	.go = let_go,
	.drop = drop,
	.settle = settle,
}, level_2 = {
	.name = "nothing",
	.platform = XSCHED_PLATFORM_GENERIC,
	.level = XSCHED_LEVEL_DEACTIVATE,
	.queue_flags = XSCHED_QUEUE_F_KICKS_IDLE | XSCHED_QUEUE_F_DEVICE_GATED,
	.gate = put_gate,
	.settle = settle,
};

/* With the lock held: is there something that the device can get past? */
static bool can_pass(const struct stream *s, const struct item *i)
{
	if (s->passed == s->n)
		return false;
	return i->kind == STOP ? i->gone : i->kind != COMMAND || s->ran < s->may_run;
}

static void reach(struct stream *s, struct item *i)
{
	if (i->kind == STOP)
		xqueue_chunk_done(s->xq, i->number);
	else if (i->kind == GATE)
		xqueue_gate_run(s->xq, i->number);
	else if (i->kind == SETTLE)
		xqueue_settled(i->token, i->number);
}

/* One after the other; a stop is reached before it is passed. */
static void *device(void *arg)
{
	struct stream *s = arg;
	struct item *i;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->passed == s->n)
			pthread_cond_wait(&s->changed, &s->lock);
		i = &s->items[s->passed];
		pthread_mutex_unlock(&s->lock);
		if (i->kind != COMMAND)
			reach(s, i);
		pthread_mutex_lock(&s->lock);
		while (!can_pass(s, i))
			pthread_cond_wait(&s->changed, &s->lock);
		s->ran += i->kind == COMMAND;
		s->passed++;
		if (i->kind == COMMAND && i->token) {
			pthread_mutex_unlock(&s->lock);
			xqueue_tracked_done(i->token);
			pthread_mutex_lock(&s->lock);
		}
	}
	return NULL;
}

/* An entity of its own on the device that all streams of the test share. */
static struct stream *stream_new(const struct xsched_hal_ops *hal, const char *priority)
{
	const struct xsched_device_desc dev = {
		.key = 1, .dev_class = XSCHED_CLASS_GPU, .node_fd = -1, .name = "nothing", .own = true,
	};
	struct stream *s = calloc(1, sizeof(*s));
	pthread_t thread;

	CHECK(s);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	MUST(setenv("XSCHED_SCHEDULER", "LCL", 1));
	MUST(setenv("XSCHED_AUTO_XQUEUE_PRIORITY", priority, 1));
	s->may_run = ~0u;
	s->xq = xqueue_create(hal, s, &dev);
	CHECK(s->xq);
	CHECK_EQ(pthread_create(&thread, NULL, device, s), 0);
	pthread_detach(thread);
	return s;
}

/* As a shim does. Returns how the runtime took it. */
static enum xqueue_mode launch(struct stream *s)
{
	enum xqueue_mode mode = xqueue_begin(s->xq);

	put(s, (struct item){ .kind = COMMAND,
			      .token = mode == XQ_TRACKED ? xqueue_track(s->xq) : NULL });
	xqueue_end(s->xq, mode, false);
	return mode;
}

static unsigned int ran(struct stream *s)
{
	unsigned int n;

	pthread_mutex_lock(&s->lock);
	n = s->ran;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* How many commands, all in all, may complete. */
static void may_run(struct stream *s, unsigned int n)
{
	pthread_mutex_lock(&s->lock);
	s->may_run = n;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* The program waits for all of it. */
__attribute__((unused))
static void finish(struct stream *s)
{
	struct xfinish f = xqueue_finish_begin(s->xq);
	unsigned int n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	pthread_mutex_unlock(&s->lock);
	EVENTUALLY(({
		bool __all;

		pthread_mutex_lock(&s->lock);
		__all = s->passed >= n;
		pthread_mutex_unlock(&s->lock);
		__all; }));
	xqueue_finish_end(s->xq, f);
}

#endif
