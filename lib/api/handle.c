// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table of queues, and what a fork makes of it.
 */
#include "api.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define QUEUES	16384

static struct gqueue *_Atomic gqs[QUEUES];
static struct hwqueue *_Atomic hwqs[QUEUES];
static _Atomic uint32_t n_gqs;
static uint32_t n_hwqs;
static uint32_t free_gqs[QUEUES], n_free_gqs;
static struct hwqueue *free_hwqs;
static uint64_t generation = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
uint32_t handles_no_page;
uint32_t *handles_ours = &handles_no_page;

void handles_lock(void)
{
	pthread_mutex_lock(&lock);
}

void handles_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/*
 * The child has none of its parent's threads, and its locks may be held by them. The
 * parent's queues stay behind; what the child makes is new.
 */
static void in_child(void)
{
	uint32_t i;

	pthread_mutex_init(&lock, NULL);
	for (i = 0; i < n_gqs; i++)
		xs_store_relaxed(&gqs[i], NULL);
	for (i = 0; i < n_hwqs; i++)
		xs_store_relaxed(&hwqs[i], NULL);
	n_gqs = n_hwqs = n_free_gqs = 0;
	free_hwqs = NULL;
	generation += 1ULL << 32;
	gcmd_forget_parent();
	depend_forget_parent();
	error_forget_parent();
	scheduler_forget_parent();
	xs_store_relaxed(handles_ours, 1);
}

static void watch_forks(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* A raw clone runs no handler; the wiped page serves it too. */
	if (p != MAP_FAILED && !madvise(p, size, MADV_WIPEONFORK))
		handles_ours = p;
	*handles_ours = 1;
	pthread_atfork(NULL, NULL, in_child);
}

void api_begin_slow(void)
{
	pthread_once(&once, watch_forks);
	if (unlikely(!xs_load_relaxed(handles_ours)))
		in_child();
}

/* ------------------------------------------------------------ platform's queues */

struct hwqueue *hwq_new(void)
{
	struct hwqueue *h = free_hwqs;

	if (h) {
		free_hwqs = h->next_free;
	} else if (n_hwqs < QUEUES) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return NULL;
		h->index = n_hwqs;
		xs_store_release(&hwqs[n_hwqs++], h);
	} else {
		return NULL;
	}
	h->xq = 0;
	h->users = 0;
	xs_store_release(&h->handle, handle_make(HANDLE_HWQ, h->index, generation++));
	return h;
}

struct hwqueue *hwq_find(HwQueueHandle handle)
{
	uint32_t index = handle_index(handle);
	struct hwqueue *h;

	if (handle_kind(handle) != HANDLE_HWQ || index >= QUEUES || !xs_load_relaxed(handles_ours))
		return NULL;
	h = xs_load(&hwqs[index]);
	return h && xs_load(&h->handle) == handle ? h : NULL;
}

void hwq_free(struct hwqueue *h)
{
	xs_store_release(&h->handle, 0);
	h->next_free = free_hwqs;
	free_hwqs = h;
}

/* ------------------------------------------------------------------- XQueues */

static struct gqueue *gq_alloc(void)
{
	struct gqueue *q;

	if (n_free_gqs)
		return xs_load_relaxed(&gqs[free_gqs[--n_free_gqs]]);
	if (n_gqs == QUEUES)
		return NULL;
	q = aligned_alloc(64, (sizeof(*q) + 63) & ~63ul);
	if (!q)
		return NULL;
	memset(q, 0, sizeof(*q));
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	q->index = n_gqs;
	xs_store_release(&gqs[q->index], q);
	xs_store_release(&n_gqs, q->index + 1);
	return q;
}

struct gqueue *gq_new(void)
{
	struct gqueue *q;

	pthread_mutex_lock(&lock);
	q = gq_alloc();
	pthread_mutex_unlock(&lock);
	return q;
}

void gq_publish_handle(struct gqueue *q)
{
	uint64_t g = __atomic_fetch_add(&generation, 1, __ATOMIC_RELAXED);

	xs_store_release(&q->handle, handle_make(HANDLE_XQ, q->index, g));
}

/* Not locked, not alive. */
void gq_free(struct gqueue *q)
{
	pthread_mutex_lock(&lock);
	free_gqs[n_free_gqs++] = q->index;
	pthread_mutex_unlock(&lock);
}

struct gqueue *gq_peek(XQueueHandle handle)
{
	uint32_t index = handle_index(handle);
	struct gqueue *q;

	if (unlikely(handle_kind(handle) != HANDLE_XQ || index >= QUEUES || !xs_load_relaxed(handles_ours)))
		return NULL;
	q = xs_load(&gqs[index]);
	return likely(q && xs_load_relaxed(&q->handle) == handle) ? q : NULL;
}

struct gqueue *gq_enter(XQueueHandle handle)
{
	struct gqueue *q = gq_peek(handle);

	if (unlikely(!q))
		return NULL;
	if (gq_in_launch(q))
		return q;
	pthread_mutex_lock(&q->lock);
	if (likely(xs_load_relaxed(&q->handle) == handle && !q->closing))
		return q;
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

void gq_for_each(void (*fn)(struct gqueue *q))
{
	uint32_t i, n = xs_load(&n_gqs);
	struct gqueue *q;
	uint64_t handle;

	for (i = 0; i < n; i++) {
		q = xs_load(&gqs[i]);
		handle = q ? xs_load(&q->handle) : 0;
		q = handle ? gq_enter(handle) : NULL;
		if (!q)
			continue;
		fn(q);
		gq_unlock(q);
	}
}

void xsched_queues_ring(void)
{
	uint32_t i, n = xs_load(&n_gqs);
	struct gqueue *q;

	for (i = 0; i < n; i++) {
		q = xs_load(&gqs[i]);
		if (q && xs_load(&q->handle))
			gq_ring(q);
	}
}
