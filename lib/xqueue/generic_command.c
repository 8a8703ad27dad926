// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Commands: slots that are used again and again, each time under a new handle.
 *
 * Each thread keeps some free ones, as a command is made in one thread
 * and often ends in the same.
 */
#include "generic.h"
#include "../api/handle.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK		1024		/* slots allocated together */
#define CHUNKS		4096
#define MAGAZINE	64		/* free slots that a thread keeps, and twice that at most */

struct magazine {
	struct gcmd *first;
	unsigned int n;
	uint32_t era;
};

static struct gcmd *_Atomic chunks[CHUNKS];
static uint32_t n_chunks;		/* all of these under lock */
static struct gcmd *shelf;		/* full magazines, linked by their first slot's queue pointer */
static uint64_t first_generation = 1;
static uint32_t era;			/* counts forks */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Initial-exec: one word, which fits into what the C library keeps free for such libraries. */
static _Thread_local struct magazine *mine __attribute__((tls_model("initial-exec")));

/* The rest of a list of free slots; the shelf is a list of such lists. */
static void shelve(struct gcmd *list)
{
	pthread_mutex_lock(&lock);
	list->queue = (struct gqueue *)shelf;
	shelf = list;
	pthread_mutex_unlock(&lock);
}

static void thread_exits(void *arg)
{
	struct magazine *m = arg;

	if (m->first && m->era == era)
		shelve(m->first);
	mine = NULL;
	free(m);
}

static void make_key(void)
{
	pthread_key_create(&key, thread_exits);
}

static struct magazine *new_magazine(struct magazine *m)
{
	pthread_once(&once, make_key);
	if (!m)
		m = malloc(sizeof(*m));
	if (!m)
		return NULL;
	/* What a child's thread kept is of its parent. */
	*m = (struct magazine){ .era = era };
	mine = m;
	pthread_setspecific(key, m);
	return m;
}

static inline struct magazine *magazine(void)
{
	struct magazine *m = mine;

	return likely(m && m->era == era) ? m : new_magazine(m);
}

/* Under lock: a new chunk as a list. */
static struct gcmd *grow(void)
{
	struct gcmd *c;
	uint32_t i;

	if (n_chunks == CHUNKS)
		return NULL;
	c = calloc(CHUNK, sizeof(*c));
	if (!c)
		return NULL;
	for (i = 0; i < CHUNK; i++) {
		c[i].index = n_chunks * CHUNK + i;
		c[i].tag = first_generation * GCMD_STATES;
		c[i].next = i + 1 < CHUNK ? &c[i + 1] : NULL;
	}
	xs_store_release(&chunks[n_chunks++], c);
	return c;
}

static void refill(struct magazine *m)
{
	struct gcmd *c;

	pthread_mutex_lock(&lock);
	c = shelf;
	if (c)
		shelf = (struct gcmd *)c->queue;
	else
		c = grow();
	pthread_mutex_unlock(&lock);
	m->first = c;
	for (m->n = 0; c; c = c->next)
		m->n++;
}

struct gcmd *gcmd_alloc(void)
{
	struct magazine *m = magazine();
	struct gcmd *c;

	if (unlikely(!m))
		return NULL;
	if (unlikely(!m->first))
		refill(m);
	c = m->first;
	if (unlikely(!c))
		return NULL;
	m->first = c->next;
	m->n--;
	c->unlaunched = c->over = c->report = false;
	c->pins = 0;
	c->result = kXSchedSuccess;
	c->queue = NULL;
	c->on_complete = NULL;
	xs_store_release(&c->tag, xs_load_relaxed(&c->tag) | GCMD_CREATED);
	return c;
}

/* Half of a large magazine goes to the others. */
static void thin_out(struct magazine *m)
{
	struct gcmd *c = m->first, *rest;
	unsigned int i;

	for (i = 1; i < MAGAZINE; i++)
		c = c->next;
	rest = c->next;
	c->next = NULL;
	m->n = MAGAZINE;
	shelve(rest);
}

void gcmd_free(struct gcmd *c)
{
	struct magazine *m = magazine();
	uint64_t generation = xs_load_relaxed(&c->tag) / GCMD_STATES;

	c->last_queue = c->queue ? xs_load_relaxed(&c->queue->handle) : 0;
	c->last_result = c->result;
	xs_store_release(&c->tag, (generation + 1) * GCMD_STATES);
	if (unlikely(!m))
		return;		/* lost, as there's no memory to remember it */
	c->next = m->first;
	m->first = c;
	if (unlikely(++m->n >= 2 * MAGAZINE && m->n % MAGAZINE == 0))
		thin_out(m);
}

HwCommandHandle gcmd_handle(const struct gcmd *c)
{
	return handle_make(HANDLE_CMD, c->index, xs_load_relaxed(&c->tag) / GCMD_STATES);
}

struct gcmd *gcmd_of(HwCommandHandle h)
{
	uint32_t index = handle_index(h);
	struct gcmd *chunk;

	if (unlikely(handle_kind(h) != HANDLE_CMD || index >= CHUNK * CHUNKS ||
		     !xs_load_relaxed(handles_ours)))
		return NULL;
	chunk = xs_load(&chunks[index / CHUNK]);
	return likely(chunk) ? &chunk[index % CHUNK] : NULL;
}

/* In a forked child: nothing of the parent's is good here. */
void gcmd_forget_parent(void)
{
	unsigned int i;

	pthread_mutex_init(&lock, NULL);
	for (i = 0; i < n_chunks; i++)
		chunks[i] = NULL;
	n_chunks = 0;
	shelf = NULL;
	era++;
	/* Generations that the parent's handles here can't have. */
	first_generation += 1ULL << 32;
}
