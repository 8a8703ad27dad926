// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Measures the runtime's part of a launch alone: xqueue_begin() and xqueue_end() in a loop,
 * on pages of this program's own in which the gate is open. fast [LOOPS]
 */
#include "../../../lib/xqueue/xqueue.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct xsched_anchor anchor = { .generation = 1 };
struct xsched_anchor *xsched_anchor = &anchor;
static struct xsched_control_slot ctl;
static struct xsched_status_slot st;
static unsigned int slow;

/* Not reached while the gate is open; counted, so that a number that isn't the fast path's shows. */
enum xqueue_mode xqueue_begin_slow(struct xqueue *q, uint32_t notify)
{
	(void)q;
	(void)notify;
	slow++;
	return XQ_UNTRACKED;
}

void xqueue_end_tracked(struct xqueue *q, bool done)
{
	(void)q;
	(void)done;
	slow++;
}

void xqueue_device_end(struct xqueue *q)
{
	(void)q;
	slow++;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The compiler must not know what is in them. */
static double loop(struct xqueue *q, unsigned long n)
{
	double begun = now();
	unsigned long i;

	for (i = 0; i < n; i++) {
		enum xqueue_mode mode = xqueue_begin(q);

		__asm__ volatile("" : "+r"(q), "+r"(mode) : : "memory");
		xqueue_end(q, mode, false);
	}
	return (now() - begun) / (double)n;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000000;
	static struct xqueue q;
	double best = 1e9, ns;
	int i;

	q.generation = 1;
	q.st = &st;
	q.ctl = &ctl;
	q.limit = UINT32_MAX;
	q.spacing = UINT32_MAX;
	for (i = 0; i < 7; i++) {
		ns = loop(&q, n);
		if (ns < best)
			best = ns;
	}
	if (slow) {
		fprintf(stderr, "fast: %u calls took the slow path\n", slow);
		return 1;
	}
	printf("%.2f\n", best);
	return 0;
}
