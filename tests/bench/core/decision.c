// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What one decision of the core costs, by number of entities: from a kick with
 * new work to every gate flipped, under hpf, natively and on one CPU.
 *
 * cc -O2 -std=gnu11 -Iuapi tests/bench/core/decision.c -o decision && ./decision
 */
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../kunit/core_under_test.c"

#define ROUNDS	20001

struct side {
	struct xsched_entity e;
	struct xsched_queue q;
	struct xsched_control_slot ctl;
	struct xsched_status_slot st;
};

static const struct xsched_domain_ops no_ops;
static struct xsched_domain domain;
static u64 now = 1;
static int counter = -1;	/* of instructions; -1: the machine won't tell */

static void open_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static u64 instructions(void)
{
	u64 n = 0;

	if (counter >= 0 && read(counter, &n, sizeof(n)) != (ssize_t)sizeof(n))
		n = 0;
	return n;
}

static u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void kick(struct side *s)
{
	xsched_domain_kick(&domain, &s->e, ++now);
}

/* The last above the first, and both above all others. */
static s64 priority_of(u32 i, u32 n)
{
	if (i == n - 1)
		return 255;
	return i ? (s64)(i * 7919 % 509) - 255 : 254;
}

/* n entities, all with work but the last. */
static struct side *crowd_new(u32 n)
{
	struct side *sides = calloc(n, sizeof(*sides));
	u32 i;

	if (!sides)
		exit(1);
	xsched_domain_init(&domain, &no_ops);
	for (i = 0; i < n; i++) {
		struct side *s = &sides[i];

		xsched_entity_init(&s->e, i + 1, 0, &s->ctl);
		s->q = (struct xsched_queue){ .st = &s->st, .level = XSCHED_LEVEL_BLOCK };
		xsched_domain_add(&domain, &s->e, ++now);
		xsched_entity_add_queue(&s->e, &s->q, ++now);
		xsched_entity_set_hint(&s->e, XSCHED_HINT_PRIORITY, priority_of(i, n), ++now);
		s->st.track_ack = s->ctl.track_seq;
	}
	sides[0].st.track_ack = sides[0].ctl.track_seq;
	for (i = 0; i < n - 1; i++) {
		sides[i].st.pending = 1;
		kick(&sides[i]);
	}
	return sides;
}

static void crowd_free(struct side *sides, u32 n)
{
	while (n--)
		xsched_domain_remove(&domain, &sides[n].e, ++now);
	xsched_domain_fini(&domain);
	free(sides);
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

struct cost {
	u64 ns[ROUNDS], instr[ROUNDS], visited[ROUNDS];
};

/* Without an entity: the clock and the counter themselves, to be taken off. */
static void measure(struct cost *c, struct side *top)
{
	u32 k;

	for (k = 0; k < ROUNDS; k++) {
		u64 visited = domain.n_visited, i0, i1, t0, t1;

		if (top) {
			top->st.flags = 0;
			top->st.pending = 1;
		}
		i0 = instructions();
		t0 = clock_ns();
		if (top)
			kick(top);
		t1 = clock_ns();
		i1 = instructions();
		c->ns[k] = t1 - t0;
		c->instr[k] = i1 - i0;
		c->visited[k] = domain.n_visited - visited;
		if (top) {
			top->st.flags = XSCHED_STATUS_SYNCED;
			top->st.pending = 0;
			kick(top);
		}
	}
	qsort(c->ns, ROUNDS, sizeof(u64), by_value);
	qsort(c->instr, ROUNDS, sizeof(u64), by_value);
	qsort(c->visited, ROUNDS, sizeof(u64), by_value);
}

static void report(u32 n, const struct cost *c, const struct cost *base)
{
	printf("%8u  %8lld  %8lld  %8llu  ", n,
	       (long long)(c->ns[ROUNDS / 2] - base->ns[ROUNDS / 2]),
	       (long long)(c->ns[ROUNDS * 99 / 100] - base->ns[ROUNDS / 2]),
	       c->visited[ROUNDS - 1]);
	if (counter >= 0)
		printf("%8lld\n", (long long)(c->instr[ROUNDS / 2] - base->instr[ROUNDS / 2]));
	else
		printf("%8s\n", "-");
}

int main(void)
{
	static const u32 sizes[] = { 2, 10, 100, 1000, 10000 };
	static struct cost base, c;
	u32 i;

	open_counter();
	measure(&base, NULL);
	printf("kick to gates flipped (one opened, one closed), %d rounds, user space\n", ROUNDS);
	printf("%8s  %8s  %8s  %8s  %8s\n", "entities", "P50 ns", "P99 ns", "visited",
	       "instr.");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct side *sides = crowd_new(sizes[i]);

		measure(&c, &sides[sizes[i] - 1]);
		report(sizes[i], &c, &base);
		crowd_free(sides, sizes[i]);
	}
	if (counter < 0)
		printf("instr.: this machine doesn't count instructions for us\n");
	return 0;
}
