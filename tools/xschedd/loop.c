// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The main loop: who has news, and what is thrown away between two rounds.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "xschedd.h"

#define EVENTS	64

static int epoll = -1;
static bool stopped;
static struct xd_garbage *garbage;

u64 xd_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000ULL + (u64)t.tv_nsec;
}

int xd_loop_init(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll < 0 ? -errno : 0;
}

int xd_loop_add(struct xd_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, w->fd, &ev) < 0 ? -errno : 0;
}

/**
 * xd_loop_del - wait for it no more
 * @w: watch; the caller closes its descriptor
 *
 * What is in @w stays valid until the round is over.
 */
void xd_loop_del(struct xd_watch *w)
{
	if (w->fd >= 0)
		epoll_ctl(epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->ready = NULL;
}

void xd_loop_discard(struct xd_garbage *g, void (*free)(struct xd_garbage *g))
{
	g->free = free;
	g->next = garbage;
	garbage = g;
}

static void take_out(void)
{
	struct xd_garbage *g;

	while ((g = garbage)) {
		garbage = g->next;
		g->free(g);
	}
}

int xd_loop_run(void)
{
	struct epoll_event ev[EVENTS];
	int n, i, err = 0;

	while (!stopped) {
		n = epoll_wait(epoll, ev, EVENTS, -1);
		if (n < 0 && errno != EINTR) {
			err = -errno;
			xd_log(XD_ERR, "epoll: %s; stopping, restart xschedd", strerror(errno));
			break;
		}
		for (i = 0; i < n; i++) {
			struct xd_watch *w = ev[i].data.ptr;

			if (w->ready)
				w->ready(w, ev[i].events);
		}
		take_out();
	}
	take_out();
	return err;
}

void xd_loop_stop(void)
{
	stopped = true;
}
