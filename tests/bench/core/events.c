// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What an event costs under each policy, by number of entities: time, entities visited,
 * gates changed; and next to it what the same events cost a design that tells every
 * process the whole state of its queues after each one, and hears an answer.
 *
 * events [FILE]: prints a table and writes FILE (build/bench/core.json).
 *
 * An event is: an entity has work, or is done with it, or a turn ends. Half of the
 * entities have work at any time, each is a process of its own, hints are at random.
 *
 * The other design is simulated: the decision is ours, then a message per process is built
 * and goes through a socket pair and back, all in this one process. So no wakeup, thread
 * switch or lock of a real service is in its numbers.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../../kmod/core/internal.h"
#include "../../../kmod/policy/policy.h"

#define ROUNDS		7
#define MOST		10000
#define STEP_NS		5000ULL		/* between events */

static const u32 sizes[] = { 1, 10, 100, 1000, MOST };
#define SIZES	ARRAY_SIZE(sizes)

struct side {
	struct xsched_entity e;
	struct xsched_queue q;
	struct xsched_control_slot ctl;
	struct xsched_status_slot st;
	s32 cpu_priority;
};

struct crowd {
	struct xsched_domain d;
	struct side *side;
	u64 now, dice;
	u32 n;
};

struct cost {
	double ns, ns_decision, visited, flips, bound, above, full_ns;
};

static s32 cpu_priority(struct xsched_entity *e)
{
	return container_of(e, struct side, e)->cpu_priority;
}

static const struct xsched_domain_ops ops = { .cpu_priority = cpu_priority };

static u32 roll(struct crowd *c, u32 sides)
{
	c->dice ^= c->dice << 13;
	c->dice ^= c->dice >> 7;
	c->dice ^= c->dice << 17;
	return (u32)(c->dice >> 33) % sides;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void hint(struct crowd *c, struct side *x)
{
	const struct { u32 kind; s64 value; } hints[] = {
		{ XSCHED_HINT_PRIORITY, (s64)roll(c, 511) - 255 },
		{ XSCHED_HINT_UTILIZATION, 1 + roll(c, 100) },
		{ XSCHED_HINT_DEADLINE, 1000 + roll(c, 100000) },
		{ XSCHED_HINT_LAXITY, 1000 + roll(c, 100000) },
		{ XSCHED_HINT_LAX_PRIO, (s64)roll(c, 511) - 255 },
		{ XSCHED_HINT_CRIT_PRIO, (s64)roll(c, 511) - 255 },
	};
	u32 k;

	for (k = 0; k < ARRAY_SIZE(hints); k++)
		xsched_entity_set_hint(&x->e, hints[k].kind, hints[k].value, c->now);
	x->cpu_priority = (s32)roll(c, 40) - 20;
}

static void work(struct crowd *c, struct side *x)
{
	x->st.flags = 0;
	x->st.pending = 1;
	xsched_domain_kick(&c->d, &x->e, c->now);
}

static void finish(struct crowd *c, struct side *x)
{
	x->st.flags = XSCHED_STATUS_SYNCED;
	x->st.pending = 0;
	xsched_domain_kick(&c->d, &x->e, c->now);
}

static struct crowd *crowd_new(const struct xsched_policy *p, u32 n)
{
	struct crowd *c = calloc(1, sizeof(*c));
	u32 i;

	c->side = calloc(n, sizeof(*c->side));
	c->n = n;
	c->now = 1000000000;
	c->dice = 88172645463325252ULL;
	xsched_domain_init(&c->d, &ops);
	xsched_domain_set_policy(&c->d, p, c->now);
	for (i = 0; i < n; i++) {
		struct side *x = &c->side[i];

		xsched_entity_init(&x->e, i + 1, 0, &x->ctl);
		x->e.process = i + 1;
		x->q = (struct xsched_queue){ .st = &x->st, .level = XSCHED_LEVEL_BLOCK,
					      .flags = XSCHED_QUEUE_F_KICKS_IDLE };
		hint(c, x);
		x->st.flags = XSCHED_STATUS_SYNCED;
		xsched_domain_add(&c->d, &x->e, c->now);
		xsched_entity_add_queue(&x->e, &x->q, c->now);
	}
	for (i = 0; i < n; i++) {
		c->side[i].st.track_ack = c->side[i].ctl.track_seq;
		finish(c, &c->side[i]);
		if (i % 2)
			work(c, &c->side[i]);
	}
	return c;
}

static void crowd_free(struct crowd *c)
{
	u32 i;

	for (i = 0; i < c->n; i++)
		xsched_domain_remove(&c->d, &c->side[i].e, c->now);
	xsched_domain_fini(&c->d);
	free(c->side);
	free(c);
}

/* One event; what is due comes first, and is one too. */
static void event(struct crowd *c)
{
	struct side *x;

	if (c->d.next_ns <= c->now) {
		xsched_domain_tick(&c->d, c->now);
		return;
	}
	c->now += STEP_NS;
	x = &c->side[roll(c, c->n)];
	if (x->st.pending)
		finish(c, x);
	else
		work(c, x);
}

static u32 log2_ceil(u32 n)
{
	u32 bits = 0;

	while ((1U << bits) < n)
		bits++;
	return bits;
}

/* A message of the other design: which of the process's queues run and which don't. */
struct message {
	u32 length, process, n_running, n_held;
	u64 queue[2];
};

static void tell(int to, int from, const struct side *x)
{
	bool open = x->ctl.gate == XSCHED_GATE_OPEN;
	struct message m = { sizeof(m), x->e.process, open, !open, { x->e.id, 0 } }, got;
	u32 ack = x->e.process;

	if (write(to, &m, sizeof(m)) != sizeof(m) || read(from, &got, sizeof(got)) != sizeof(got) ||
	    write(from, &ack, sizeof(ack)) != sizeof(ack) || read(to, &ack, sizeof(ack)) != sizeof(ack))
		abort();
}

static double full_state_ns(struct crowd *c)
{
	u32 events = 200000 / (c->n + 20), k, i;
	int pair[2];
	double begin;

	if (events < 5)
		events = 5;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		abort();
	begin = seconds();
	for (k = 0; k < events; k++) {
		event(c);
		for (i = 0; i < c->n; i++)
			tell(pair[0], pair[1], &c->side[i]);
	}
	begin = seconds() - begin;
	close(pair[0]);
	close(pair[1]);
	return begin * 1e9 / events;
}

/* Of single events, how many visited more than 2 log2 n + flips, in percent. */
static double above_percent(struct crowd *c, u32 events)
{
	u32 k, above = 0;

	for (k = 0; k < events; k++) {
		u64 visited = c->d.n_visited, flips = c->d.n_flips;

		event(c);
		visited = c->d.n_visited - visited;
		flips = c->d.n_flips - flips;
		above += visited > 2 * log2_ceil(c->n) + flips;
	}
	return 100.0 * above / events;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static struct cost measure(const struct xsched_policy *p, u32 n)
{
	struct crowd *c = crowd_new(p, n);
	const u32 events = 30000;
	double round[ROUNDS], begin, total = 0;
	u64 visited, flips, decisions;
	struct cost r;
	u32 i, k;

	for (k = 0; k < events; k++)
		event(c);
	visited = c->d.n_visited;
	flips = c->d.n_flips;
	decisions = c->d.n_decisions;
	for (i = 0; i < ROUNDS; i++) {
		begin = seconds();
		for (k = 0; k < events; k++)
			event(c);
		round[i] = seconds() - begin;
		total += round[i];
	}
	qsort(round, ROUNDS, sizeof(round[0]), by_value);
	decisions = c->d.n_decisions - decisions;
	r.ns = round[ROUNDS / 2] * 1e9 / events;
	r.ns_decision = decisions ? total * 1e9 / (double)decisions : 0;
	r.visited = (double)(c->d.n_visited - visited) / events / ROUNDS;
	r.flips = (double)(c->d.n_flips - flips) / events / ROUNDS;
	r.bound = 2.0 * log2_ceil(n) + r.flips;
	r.above = above_percent(c, events);
	r.full_ns = full_state_ns(c);
	crowd_free(c);
	return r;
}

static void put(FILE *f, const char *key, const struct cost *cost, size_t member, const char *end)
{
	u32 i;

	fprintf(f, "\"%s\": {", key);
	for (i = 0; i < SIZES; i++)
		fprintf(f, "%s\"%u\": %.2f", i ? ", " : "", sizes[i],
			*(const double *)((const char *)&cost[i] + member));
	fprintf(f, "}%s", end);
}

static void put_policy(FILE *f, const char *name, const struct cost *cost, bool first)
{
	fprintf(f, "%s\n\"%s\": {", first ? "{" : ",", name);
	put(f, "ns_per_event", cost, offsetof(struct cost, ns), ",\n  ");
	put(f, "ns_per_decision", cost, offsetof(struct cost, ns_decision), ",\n  ");
	put(f, "visited_per_event", cost, offsetof(struct cost, visited), ",\n  ");
	put(f, "flips_per_event", cost, offsetof(struct cost, flips), ",\n  ");
	put(f, "visited_target", cost, offsetof(struct cost, bound), ",\n  ");
	put(f, "events_above_target_percent", cost, offsetof(struct cost, above), ",\n  ");
	put(f, "simulated_full_state_ns_per_event", cost, offsetof(struct cost, full_ns), "}");
}

int main(int argc, char **argv)
{
	const struct xsched_policy *const *p;
	FILE *f = argc > 1 ? fopen(argv[1], "w") : NULL;
	struct cost cost[SIZES];
	u32 i, over = 0;

	if (argc > 1 && !f) {
		perror(argv[1]);
		return 1;
	}
	printf("%-7s %6s %10s %12s %9s %9s %9s %9s %16s\n", "policy", "n", "ns/event",
	       "ns/decision", "visited", "target", "above", "flips", "full state ns*");
	for (p = xsched_policies; *p; p++) {
		for (i = 0; i < SIZES; i++) {
			cost[i] = measure(*p, sizes[i]);
			/* Alone there is nothing to visit but oneself. */
			over += sizes[i] > 1 && cost[i].visited > cost[i].bound;
			printf("%-7s %6u %10.0f %12.0f %9.2f %9.2f %8.3f%% %9.2f %16.0f\n",
			       (*p)->name, sizes[i], cost[i].ns, cost[i].ns_decision,
			       cost[i].visited, cost[i].bound, cost[i].above, cost[i].flips,
			       cost[i].full_ns);
		}
		if (f)
			put_policy(f, (*p)->name, cost, p == xsched_policies);
		else
			continue;
		if (!p[1])
			fprintf(f, "\n}\n");
	}
	printf("* simulated: a message to every process and its answer, through a socket pair\n");
	printf("visited per event: %u of %zu cases above 2 log2 n + flips\n", over,
	       (size_t)(p - xsched_policies) * (SIZES - 1));
	if (f && fclose(f))
		return 1;
	return over != 0;
}
