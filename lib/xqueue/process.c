// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * This process and the scheduler: attaching, the mapped pages, fork, letting go.
 */
#define _GNU_SOURCE
#include "xqueue.h"
#include "../api/scheduler.h"
#include "generic.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_PAGES 1024

static struct xsched_anchor no_anchor;
struct xsched_anchor *xsched_anchor = &no_anchor;
struct xsched_process xsched_process = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.link = { .fd = -1 },
};

static struct mapped_page {
	uint64_t offset;
	void *addr;
} pages[MAX_PAGES];
static unsigned int n_pages;
static uint64_t last_generation;
static bool leaving, switching;	/* no scheduler is looked for: the program exits, or chooses */
static uint32_t looks;		/* futex of who looks for one */
static bool hopeless;		/* attaching failed; the reason has been given */

uint64_t xsched_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void xsched_say_once(unsigned int *said, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	if (__atomic_exchange_n(said, 1, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\n';
	/* One write: the program's own output isn't torn. */
	if (write(STDERR_FILENO, line, (size_t)n + 1) < 0)
		return;
}

static bool env_is_on(const char *name)
{
	const char *v = getenv(name);

	return v && (!strcasecmp(v, "ON") || !strcasecmp(v, "TRUE") ||
		     !strcasecmp(v, "YES") || !strcmp(v, "1"));
}

bool xsched_enabled(void)
{
	static int cached;	/* 1 no, 2 yes; both threads find the same */
	int c = __atomic_load_n(&cached, __ATOMIC_RELAXED);

	if (!c) {
		c = xsched_scheduler_wants_queues() && env_is_on("XSCHED_AUTO_XQUEUE") ? 2 : 1;
		__atomic_store_n(&cached, c, __ATOMIC_RELAXED);
	}
	return c == 2;
}

/* An integer variable; false if it is unset, or not one (said once). */
static bool env_long(const char *name, long lo, long hi, long *out)
{
	static unsigned int said;
	const char *v = getenv(name);
	char *end;
	long n;

	if (!v || !*v)
		return false;
	errno = 0;
	n = strtol(v, &end, 10);
	if (errno || *end || n < lo || n > hi) {
		xsched_say_once(&said, "xsched: %s=%s: not a number from %ld to %ld; ignored, using the default",
				name, v, lo, hi);
		return false;
	}
	*out = n;
	return true;
}

long xsched_env_number(const char *name, long lo, long hi)
{
	long n;

	return env_long(name, lo, hi, &n) ? n : -1;
}

uint32_t xsched_wanted_level(void)
{
	long n;

	return env_long("XSCHED_AUTO_XQUEUE_LEVEL", 1, 3, &n) ? (uint32_t)n : 0;
}

/* ------------------------------------------------------------------ fork */

static void before_fork(void)
{
	pthread_mutex_lock(&xsched_process.lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&xsched_process.lock);
}

/*
 * The child has no agent, no mappings, and a descriptor that isn't its own (the
 * scheduler answers EPERM to it). It starts clean: old queues pass through because
 * the wiped anchor says generation 0, new ones attach anew.
 */
static void in_child(void)
{
	struct xsched_process *p = &xsched_process;

	pthread_mutex_init(&p->lock, NULL);
	if (p->link.ops && p->link.ops->forked)
		p->link.ops->forked(&p->link);
	p->link.ops = NULL;
	p->link.fd = -1;
	p->control = NULL;
	p->status = NULL;
	p->entities = NULL;
	p->generation = 0;
	p->detached = false;
	p->agents = 0;
	n_pages = 0;
	xqueue_park_forget();
}

static int make_anchor(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p;

	if (xsched_anchor != &no_anchor)
		return 0;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	/* A raw clone runs no atfork handler; the wiped page serves it too. */
	if (madvise(p, size, MADV_WIPEONFORK) < 0 ||
	    pthread_atfork(before_fork, in_parent, in_child)) {
		munmap(p, size);
		return -ENOMEM;
	}
	xsched_anchor = p;
	return 0;
}

/* ----------------------------------------------------------------- pages */

void *xsched_map_slot(uint64_t offset, bool writable)
{
	struct xsched_process *p = &xsched_process;
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t page = offset & ~(size - 1);
	unsigned int i;
	void *addr;

	for (i = 0; i < n_pages; i++)
		if (pages[i].offset == page)
			return (char *)pages[i].addr + (offset - page);
	if (n_pages == MAX_PAGES)
		return NULL;
	addr = p->link.ops->map(&p->link, page, writable);
	if (!addr)
		return NULL;
	pages[n_pages++] = (struct mapped_page){ page, addr };
	return (char *)addr + (offset - page);
}

/*
 * Replaces each page by a private zero page, in place: threads may be
 * looking at it. Zero is an open gate and nobody to notify, and the scheduler's
 * own pages are no longer referenced.
 */
static void forget_pages(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned int i;

	for (i = 0; i < n_pages; i++)
		mmap(pages[i].addr, size, PROT_READ | PROT_WRITE,
		     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	n_pages = 0;
}

/* ------------------------------------------------------ attaching, leaving */

/* For one of the two reasons. */
static void stop_looking(bool *why)
{
	xs_store_release(why, true);
	xs_add_release(&looks, 1);
	syscall(SYS_futex, &looks, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void at_exit(void)
{
	/* What is held must not keep the platform's own exit handlers waiting. A raw
	 * clone that runs this has nothing of its own to let go of. */
	stop_looking(&leaving);
	if (xsched_anchor->generation != xsched_process.generation)
		return;
	xqueue_resume_all();
	xsched_detach();
}

void xsched_detach(void)
{
	struct xsched_process *p = &xsched_process;
	struct xqueue **qs;
	unsigned int n, i;
	bool mine;

	pthread_mutex_lock(&p->lock);
	mine = p->link.ops && !p->detached;
	if (mine) {
		p->detached = true;
		xs_store_release(&xsched_anchor->generation, 0);
		p->link.ops->close(&p->link);
		forget_pages();
	}
	pthread_mutex_unlock(&p->lock);
	if (!mine)
		return;
	/* What the process itself holds back goes too; outside the lock, as the
	 * platform may report completions from within. */
	n = xqueue_grab_all(&qs);
	for (i = 0; i < n; i++) {
		xqueue_window_update(qs[i]);
		if (qs[i]->hal->enforce)
			qs[i]->hal->enforce(qs[i]);
		if (qs[i]->hal->held)
			qs[i]->hal->held(qs[i], 0);
		xqueue_put(qs[i]);
	}
	free(qs);
	xsched_queues_ring();
}

void xsched_lost(uint64_t generation)
{
	if (xsched_process.generation == generation)
		xsched_detach();
}

/* Queues of the old scheduler pass through; who wants the new one attaches anew. */
void xsched_switch(void)
{
	struct xsched_process *p = &xsched_process;
	struct timespec t = { .tv_nsec = 1000000 };
	unsigned int i = 0;

	stop_looking(&switching);
	xsched_detach();
	/* The agent uses what is about to be replaced. */
	while (xs_load(&p->agents) && i++ < 1000)
		nanosleep(&t, NULL);
	pthread_mutex_lock(&p->lock);
	p->link.ops = NULL;
	p->generation = 0;
	p->entities = NULL;
	p->detached = false;
	hopeless = false;
	switching = false;
	pthread_mutex_unlock(&p->lock);
}

static bool give_up(const char *what, int err)
{
	static unsigned int said;

	hopeless = true;
	if (err == -ENOENT)
		xsched_say_once(&said, "xsched: no scheduler: neither /dev/xsched (the kernel module) nor xschedd is there, so this program runs unscheduled; try \"modprobe xsched\", or start xschedd");
	else
		xsched_say_once(&said, "xsched: %s: %s; this program runs unscheduled",
				what, strerror(-err));
	return false;
}

static bool map_headers(void)
{
	struct xsched_process *p = &xsched_process;

	p->control = xsched_map_slot(p->link.control_offset, false);
	p->status = xsched_map_slot(p->link.status_offset, true);
	return p->control && p->status && p->control->magic == XSCHED_CONTROL_MAGIC;
}

static int open_link(struct xsched_link *l)
{
	const struct xsched_link_ops *asked_for = xsched_scheduler_link();
	int ret;

	if (!asked_for)
		return xsched_link_pick(l);
	ret = asked_for->open(l);
	if (!ret)
		l->ops = asked_for;
	return ret;
}

/* Called with the process lock held. */
bool xsched_attach(void)
{
	static bool exit_handler;
	struct xsched_process *p = &xsched_process;
	int ret;

	if (p->detached || hopeless)
		return false;
	if (p->link.ops)
		return true;
	ret = make_anchor();
	if (ret)
		return give_up("memory", ret);
	ret = open_link(&p->link);
	if (ret)
		return give_up("scheduler", ret);
	if (!map_headers())
		ret = -EPROTO;
	p->generation = ++last_generation;
	if (!ret)
		ret = xsched_agent_start();
	if (ret) {
		forget_pages();
		p->link.ops->close(&p->link);
		p->link.ops = NULL;
		return give_up("attaching", ret);
	}
	if (!exit_handler && !atexit(at_exit))
		exit_handler = true;
	xs_store_release(&xsched_anchor->generation, p->generation);
	return true;
}

/* ------------------------------------------------------------- coming back */

#define LOOK_S		1	/* how often a scheduler is looked for */
#define RETURNS_MAX	4

static void (*returns[RETURNS_MAX])(void);	/* only ever filled, under the process lock */

void xsched_on_return(void (*fn)(void))
{
	unsigned int i;

	pthread_mutex_lock(&xsched_process.lock);
	for (i = 0; i < RETURNS_MAX && returns[i] && returns[i] != fn; i++)
		;
	if (i < RETURNS_MAX)
		xs_store_release(&returns[i], fn);
	pthread_mutex_unlock(&xsched_process.lock);
}

/* Was the attachment lost, rather than given up? */
static bool is_lost(uint64_t generation)
{
	struct xsched_process *p = &xsched_process;

	return p->detached && p->link.ops && p->generation == generation &&
	       !xs_load(&leaving) && !xs_load(&switching) && !xsched_scheduler_link();
}

/* Takes over an open link; false if nobody wants it any more. */
static bool come_back(const struct xsched_link *l, uint64_t *generation)
{
	struct xsched_process *p = &xsched_process;
	bool ok;

	pthread_mutex_lock(&p->lock);
	ok = is_lost(*generation);
	if (ok) {
		p->link = *l;
		p->entities = NULL;	/* they belong to their queues, which pass through */
		ok = map_headers();
		if (!ok)
			forget_pages();
	}
	if (ok) {
		p->generation = *generation = ++last_generation;
		p->detached = false;
		xs_store_release(&xsched_anchor->generation, p->generation);
	}
	pthread_mutex_unlock(&p->lock);
	return ok;
}

static void wait_to_look(uint32_t seen)
{
	struct timespec t = { .tv_sec = LOOK_S };

	syscall(SYS_futex, &looks, FUTEX_WAIT_PRIVATE, seen, &t, NULL, 0);
}

bool xsched_find_again(uint64_t *generation)
{
	struct xsched_link l;
	uint32_t seen;
	unsigned int i;

	for (;;) {
		seen = xs_load(&looks);
		if (!is_lost(*generation))
			return false;
		l = (struct xsched_link){ .fd = -1 };
		/* Without the lock: a scheduler that hangs is waited for. */
		if (!xsched_link_pick(&l)) {
			if (come_back(&l, generation))
				break;
			l.ops->close(&l);
		}
		wait_to_look(seen);
	}
	for (i = 0; i < RETURNS_MAX && xs_load(&returns[i]); i++)
		returns[i]();
	return true;
}
