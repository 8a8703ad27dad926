// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hpf: who runs, given priorities and who has work; and what a decision costs.
 */
#include "../fixture.h"

/* Launches for entities in order of their digit in `order`, then compares who runs. */
struct choice {
	const char *what;
	s64 priority[4];
	const char *order;	/* of launching: 'a' is entity 0; capitals finish their work */
	const char *running;	/* expected, in order of entities */
};

static const struct choice choices[] = {
	{ "one alone runs", { 0, 0, 0, 0 }, "a", "a" },
	{ "higher preempts", { 0, 1, 0, 0 }, "ab", "b" },
	{ "lower waits", { 0, 1, 0, 0 }, "ba", "b" },
	{ "equals run together", { 5, 5, 5, 5 }, "abcd", "abcd" },
	{ "equals at the top, the rest waits", { 2, 1, 2, 0 }, "abcd", "ac" },
	{ "lowest first", { 1, 2, 3, 4 }, "abcd", "d" },
	{ "highest first", { 4, 3, 2, 1 }, "abcd", "a" },
	{ "extremes", { -255, 255, -255, 0 }, "abcd", "b" },
	{ "negative beats more negative", { -2, -1, -3, -2 }, "abcd", "b" },
	{ "top finishes, next runs", { 1, 2, 3, 0 }, "abcC", "b" },
	{ "top two finish", { 1, 2, 3, 1 }, "abcdCB", "ad" },
	{ "the waiting one finishes first", { 1, 2, 0, 0 }, "abB", "a" },
	{ "all finish", { 1, 2, 3, 3 }, "abcdDCBA", "" },
	{ "idle top holds nothing", { 9, 1, 0, 0 }, "aAbc", "b" },
	{ "comes back on top", { 9, 1, 0, 0 }, "abAca", "a" },
	{ "an equal joins while others are held", { 3, 1, 1, 3 }, "bcad", "ad" },
	{ "lower equals resume together", { 3, 1, 1, 0 }, "bcaA", "bc" },
};

static void finish(struct fx *f, u32 i)
{
	struct xsched_status_slot *st = fx_st(f, i);

	st->completed = st->submitted;
	st->pending = 0;
	st->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, i);
}

static void begin(struct fx *f, u32 i)
{
	fx_st(f, i)->flags = 0;
	fx_launch(f, i);
}

XT_DEFINE(hpf_chooses)
{
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(choices); c++) {
		struct fx *f = fx_contended(t, 4);
		const char *step;

		for (i = 0; i < 4; i++)
			fx_hint(f, i, XSCHED_HINT_PRIORITY, choices[c].priority[i]);
		for (step = choices[c].order; *step; step++)
			if (*step >= 'a')
				begin(f, *step - 'a');
			else
				finish(f, *step - 'A');
		for (i = 0; i < 4; i++)
			xt_eq_msg(t, fx_state(f, i) == RUNNING,
				  strchr(choices[c].running, 'a' + i) != NULL,
				  "%s: entity %c", choices[c].what, 'a' + i);
		fx_end(f);
	}
}

XT_DEFINE(hpf_priority_of_the_running_falls)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 2);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	begin(f, 0);
	begin(f, 1);
	fx_expect_stopped(f, 1, READY, "before");
	xt_eq(t, fx_hint(f, 0, XSCHED_HINT_PRIORITY, 0), 0);
	fx_expect_stopped(f, 0, DRAINING, "fell");
	fx_expect_running(f, 1, "next");
	fx_end(f);
}

XT_DEFINE(hpf_priority_of_the_waiting_rises)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 2);
	begin(f, 0);
	begin(f, 1);
	xt_eq(t, fx_hint(f, 1, XSCHED_HINT_PRIORITY, 2), 0);
	fx_expect_running(f, 0, "equal now");
	fx_expect_running(f, 1, "equal now");
	xt_eq(t, fx_hint(f, 1, XSCHED_HINT_PRIORITY, 3), 0);
	fx_expect_stopped(f, 0, DRAINING, "lower now");
	fx_expect_running(f, 1, "higher now");
	fx_end(f);
}

XT_DEFINE(hpf_ignores_other_hints)
{
	struct fx *f = fx_contended(t, 2);
	u64 decisions;

	begin(f, 0);
	begin(f, 1);
	f->n_log = 0;
	xt_eq(t, fx_hint(f, 0, XSCHED_HINT_TIMESLICE, 100), 0);
	decisions = f->d.n_decisions;
	xt_eq(t, fx_hint(f, 0, XSCHED_HINT_PRIORITY, 0), 0);
	xt_eq_msg(t, f->d.n_decisions, decisions, "nothing new, nothing to decide");
	xt_eq(t, f->n_log, 0);
	fx_end(f);
}

/* A crowd, in one allocation. */
struct crowd {
	struct xsched_domain d;
	u64 now;
	struct fx_entity ent[];
};

static const struct xsched_domain_ops no_ops;

static void crowd_kick(struct crowd *c, u32 i)
{
	xt_flags_t flags;

	xt_lock(&c->d.lock, flags);
	xsched_domain_kick(&c->d, &c->ent[i].e, ++c->now);
	xt_unlock(&c->d.lock, flags);
}

static void crowd_hint(struct crowd *c, u32 i, s64 priority)
{
	xt_flags_t flags;

	xt_lock(&c->d.lock, flags);
	xsched_entity_set_hint(&c->ent[i].e, XSCHED_HINT_PRIORITY, priority, ++c->now);
	xt_unlock(&c->d.lock, flags);
}

/* n entities, none of them busy, priorities by modulus. */
static struct crowd *crowd_new(struct xt *t, u32 n, u32 modulus)
{
	struct crowd *c = xt_alloc_big(t, sizeof(*c) + n * sizeof(c->ent[0]));
	xt_flags_t flags;
	u32 i;

	xsched_domain_init(&c->d, &no_ops);
	c->now = 1000 * MS;
	for (i = 0; i < n; i++) {
		struct fx_entity *ent = &c->ent[i];

		xsched_entity_init(&ent->e, i + 1, 0, &ent->ctl);
		ent->q[0].st = &ent->st[0];
		ent->q[0].level = XSCHED_LEVEL_BLOCK;
		xt_lock(&c->d.lock, flags);
		xsched_domain_add(&c->d, &ent->e, c->now);
		xsched_entity_add_queue(&ent->e, &ent->q[0], c->now);
		xt_unlock(&c->d.lock, flags);
		/* The first had a queue when the second came, and is asked. */
		ent->st[0].track_ack = ent->ctl.track_seq;
		crowd_hint(c, i, (s64)(i * 7919 % modulus) - (s64)modulus / 2);
	}
	c->ent[0].st[0].track_ack = c->ent[0].ctl.track_seq;
	c->ent[0].st[0].flags = XSCHED_STATUS_SYNCED;
	crowd_kick(c, 0);
	return c;
}

static void crowd_end(struct crowd *c, u32 n)
{
	xt_flags_t flags;
	u32 i;

	for (i = 0; i < n; i++) {
		xt_lock(&c->d.lock, flags);
		xsched_domain_remove(&c->d, &c->ent[i].e, ++c->now);
		xt_unlock(&c->d.lock, flags);
	}
	xsched_domain_fini(&c->d);
	xt_free_big(c);
}

static u32 log2_ceil(u32 n)
{
	u32 bits = 0;

	while ((1U << bits) < n)
		bits++;
	return bits;
}

#define CROWD		10000

/*
 * What one event may look at: `logs` times log2 n places (2; a hint takes an entity
 * out and puts it in again: 3), and one for each gate changed. Where whole
 * crowds change, each is met up to three times: on the walk, on the way to
 * the next, and when its words are read.
 */
static void expect_cheap(struct xt *t, struct crowd *c, u32 logs, u64 visited, u64 flips,
			 const char *what, u32 i)
{
	visited = c->d.n_visited - visited;
	flips = c->d.n_flips - flips;
	xt_le_msg(t, visited, logs * log2_ceil(CROWD) + flips * (flips <= 4 ? 1 : 3),
		  "%s %u: visited %llu, %llu flips", what, i, visited, flips);
}

static void crowd_works(struct xt *t, u32 modulus)
{
	struct crowd *c = crowd_new(t, CROWD, modulus);
	u32 i, k;

	xt_eq(t, c->d.n_busy, 0);
	for (k = 0; k < CROWD && !xt_failed(t); k++) {
		u64 visited = c->d.n_visited, flips = c->d.n_flips;

		i = k * 6151 % CROWD;
		c->ent[i].st[0].pending = 1;
		crowd_kick(c, i);
		expect_cheap(t, c, 2, visited, flips, "work for", i);
	}
	xt_eq(t, c->d.n_busy, CROWD);
	for (k = 0; k < CROWD && !xt_failed(t); k++) {
		u64 visited = c->d.n_visited, flips = c->d.n_flips;

		i = k * 4391 % CROWD;
		c->ent[i].st[0].pending = 0;
		c->ent[i].st[0].flags = XSCHED_STATUS_SYNCED;
		crowd_kick(c, i);
		expect_cheap(t, c, 2, visited, flips, "end of", i);
	}
	xt_eq(t, c->d.n_busy, 0);
	crowd_end(c, CROWD);
}

XT_DEFINE(hpf_crowd_of_many_priorities)
{
	crowd_works(t, 511);
}

XT_DEFINE(hpf_crowd_of_few_priorities)
{
	crowd_works(t, 7);
}

XT_DEFINE(hpf_crowd_changes_hints)
{
	struct crowd *c = crowd_new(t, CROWD, 255);
	u32 i, k;

	for (i = 0; i < CROWD; i++) {
		c->ent[i].st[0].pending = 1;
		crowd_kick(c, i);
	}
	for (k = 0; k < CROWD && !xt_failed(t); k++) {
		u64 visited = c->d.n_visited, flips = c->d.n_flips;

		i = k * 6151 % CROWD;
		crowd_hint(c, i, (s64)(k % 509) - 254);
		expect_cheap(t, c, 3, visited, flips, "hint of", i);
	}
	crowd_end(c, CROWD);
}

/* One call does so much, and the next is wanted at once. */
static void crowd_is_carried_out(struct xt *t, struct crowd *c, u64 flips)
{
	xt_flags_t irq;

	do {
		xt_le_msg(t, c->d.n_flips - flips, XSCHED_APPLY_BATCH, "flips in one call");
		xt_true(t, c->d.next_ns <= c->now);
		flips = c->d.n_flips;
		xt_lock(&c->d.lock, irq);
		xsched_domain_tick(&c->d, c->now);
		xt_unlock(&c->d.lock, irq);
	} while (xsched_is_late(&c->d) && !xt_failed(t));
}

/* Equals change places with one above them: each of them is a flip, the rest is cheap. */
XT_DEFINE(hpf_crowd_of_equals)
{
	struct crowd *c = crowd_new(t, CROWD, 1);
	u64 visited, flips;
	u32 i;

	for (i = 1; i < CROWD; i++) {
		c->ent[i].st[0].pending = 1;
		visited = c->d.n_visited;
		flips = c->d.n_flips;
		crowd_kick(c, i);
		expect_cheap(t, c, 2, visited, flips, "equal", i);
	}
	crowd_hint(c, 0, 1);
	c->ent[0].st[0].pending = 1;
	c->ent[0].st[0].flags = 0;
	visited = c->d.n_visited;
	flips = c->d.n_flips;
	crowd_kick(c, 0);
	crowd_is_carried_out(t, c, flips);
	xt_eq(t, c->d.n_running, 1);
	xt_eq(t, c->d.n_flips - flips, CROWD);
	expect_cheap(t, c, 2, visited, flips, "preempting all by", 0);
	crowd_end(c, CROWD);
}

XT_SUITE(hpf_suite, "xsched_hpf",
	 XT_CASE(hpf_chooses),
	 XT_CASE(hpf_priority_of_the_running_falls),
	 XT_CASE(hpf_priority_of_the_waiting_rises),
	 XT_CASE(hpf_ignores_other_hints),
	 XT_CASE(hpf_crowd_of_many_priorities),
	 XT_CASE(hpf_crowd_of_few_priorities),
	 XT_CASE(hpf_crowd_changes_hints),
	 XT_CASE(hpf_crowd_of_equals));
