// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Words by which a program stops queues of its own whose device looks by itself: they lie
 * in pages of their own, which may be given to a device for good.
 */
#define _GNU_SOURCE
#include "xqueue.h"

#include <sys/mman.h>
#include <unistd.h>

#define PAGES	64
#define LINE	64u		/* a word has its cache line */
#define MAX_LINES 1024		/* of a page */

/* Shared, so that a fork doesn't move the parent's to another page. Under the process lock. */
static struct page {
	char *addr;
	uint64_t used[MAX_LINES / 64];
} pages[PAGES];
static pid_t owner;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static unsigned int lines(void)
{
	size_t n = page_size() / LINE;

	return n < MAX_LINES ? (unsigned int)n : MAX_LINES;
}

static bool make_page(struct page *p)
{
	void *addr = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*p = (struct page){ .addr = addr == MAP_FAILED ? NULL : addr };
	return p->addr;
}

static uint32_t *take_from(struct page *p)
{
	unsigned int i;

	for (i = 0; i < lines(); i++) {
		if (p->used[i / 64] >> i % 64 & 1)
			continue;
		p->used[i / 64] |= 1ull << i % 64;
		return (uint32_t *)(p->addr + i * LINE);
	}
	return NULL;
}

/* A forked child leaves its parent's pages alone. */
static void own_pages(void)
{
	unsigned int i;

	if (owner == getpid())
		return;
	for (i = 0; i < PAGES; i++)
		pages[i].addr = NULL;
	owner = getpid();
}

uint32_t *xqueue_stop_word(struct xqueue *q)
{
	uint32_t *word = NULL;
	unsigned int i;

	pthread_mutex_lock(&xsched_process.lock);
	own_pages();
	for (i = 0; i < PAGES && !word && !q->stop_word; i++)
		if (pages[i].addr || make_page(&pages[i]))
			word = take_from(&pages[i]);
	if (word) {
		xs_store_release(word, 0);
		q->stop_word = word;
	}
	pthread_mutex_unlock(&xsched_process.lock);
	return q->stop_word;
}

void xqueue_stop_word_free(struct xqueue *q)
{
	char *word = (char *)q->stop_word;
	unsigned int i, line;

	/* Of a scheduler that has gone gates may still be in the stream: they keep theirs. */
	if (!word || xsched_anchor->generation != q->generation)
		return;
	pthread_mutex_lock(&xsched_process.lock);
	own_pages();
	for (i = 0; i < PAGES; i++) {
		if (!pages[i].addr || word < pages[i].addr || word >= pages[i].addr + page_size())
			continue;
		line = (unsigned int)(word - pages[i].addr) / LINE;
		pages[i].used[line / 64] &= ~(1ull << line % 64);
	}
	pthread_mutex_unlock(&xsched_process.lock);
	q->stop_word = NULL;
}
