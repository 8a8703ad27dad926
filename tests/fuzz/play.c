// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The player: what processes and operators do in random order, and what must hold all
 * the time whatever they do.
 */
#include "play.h"

#define N	8

struct watch {
	char fault[160];
};

u32 tape_roll(struct tape *t, u32 sides)
{
	if (t->bytes) {
		if (!t->n)
			return 0;
		t->n--;
		return *t->bytes++ % sides;
	}
	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 7;
	t->seed ^= t->seed << 17;
	return (u32)(t->seed >> 33) % sides;
}

bool tape_ended(const struct tape *t)
{
	return t->bytes && !t->n;
}

static void find_fault(struct sim *s, const char *what, u32 id)
{
	struct watch *w = s->user;

	if (w->fault[0])
		return;
	snprintf(w->fault, sizeof(w->fault), "%s (entity %u, policy %s, at %llu ns)", what, id,
		 s->d.policy->name, s->now);
}

/* A READY or HELD entity runs after aging_ns at the latest. */
static void check_aging(struct sim *s)
{
	const struct xsched_domain *d = &s->d;
	u32 i;

	if (!d->tun.aging_ns || d->undecided || xsched_is_late(d))
		return;
	for (i = 0; i < N; i++) {
		const struct xsched_entity *e = &s->ent[i].e;

		if (!e->domain || (e->state != XSCHED_STATE_READY && e->state != XSCHED_STATE_HELD))
			continue;
		if (s->now - e->since_ns > d->tun.aging_ns)
			find_fault(s, "waits longer than the aging bound", e->id);
	}
}

/* Whoever runs without being chosen does so because it waited too long. */
static void check_chosen(struct sim *s)
{
	u32 i;

	for (i = 0; i < N; i++) {
		const struct xsched_entity *e = &s->ent[i].e;

		if (!e->domain || !s->d.arbitrating || s->d.undecided || xsched_is_late(&s->d))
			continue;
		if (e->state == XSCHED_STATE_RUNNING && !e->chosen && !e->aging)
			find_fault(s, "runs and nobody wants it to", e->id);
		if (e->state == XSCHED_STATE_IDLE && e->chosen)
			find_fault(s, "idle and holds a slot", e->id);
		if (!s->d.tun.strict && e->chosen && e->state != XSCHED_STATE_RUNNING)
			find_fault(s, "chosen and does not run", e->id);
	}
}

static void check(struct sim *s)
{
	const char *fault = sim_fault(s);

	if (*fault)
		find_fault(s, fault, 0);
	check_aging(s);
	check_chosen(s);
}

static void come(struct sim *s, u32 i, struct tape *tape)
{
	static const u64 command_ns[] = { 5 * US, 50 * US, 300 * US, 2 * MS };

	s->ent[i].stops = tape_roll(tape, 2);
	s->ent[i].silent = tape_roll(tape, 3) == 0;
	sim_add(s, i, command_ns[tape_roll(tape, 4)], 1 + tape_roll(tape, 4));
	s->ent[i].e.process = 1 + i / (1 + tape_roll(tape, 3));
}

static void hint(struct sim *s, u32 i, struct tape *tape)
{
	static const struct { u32 kind; s64 value[4]; } hints[] = {
		{ XSCHED_HINT_PRIORITY, { 0, 1, -3, 255 } },
		{ XSCHED_HINT_UTILIZATION, { 0, 25, 75, 100 } },
		{ XSCHED_HINT_TIMESLICE, { 100, 1000, 5000, 20000 } },
		{ XSCHED_HINT_DEADLINE, { -1, 0, 1000, 10000 } },
		{ XSCHED_HINT_LAXITY, { -1, 0, 500, 20000 } },
		{ XSCHED_HINT_LAX_PRIO, { 0, -1, 2, 3 } },
		{ XSCHED_HINT_CRIT_PRIO, { 0, 1, 2, 9 } },
		{ XSCHED_HINT_WINDOW, { 0, 1, 0, 1 } },
		{ XSCHED_HINT_K, { 0, 1, 2, 5 } },
	};
	u32 k = tape_roll(tape, ARRAY_SIZE(hints));

	sim_hint(s, i, hints[k].kind, hints[k].value[tape_roll(tape, 4)]);
}

static void tune(struct sim *s, struct tape *tape)
{
	struct xsched_tunables *tun = &s->d.tun;

	tun->strict = tape_roll(tape, 2);
	tun->aging_ns = tape_roll(tape, 3) * 7 * MS;
	tun->linger_ns = tape_roll(tape, 3) * 100 * US;
	tun->grace_ns = tape_roll(tape, 3) * MS;
	tun->calm_ns = tape_roll(tape, 3) * MS;
	tun->timeslice_ns = (1 + tape_roll(tape, 4)) * MS;
	tun->k = tape_roll(tape, 4);
	s->d.apply_batch = 1 + tape_roll(tape, 8);
	sim_retune(s);
}

/* The device does nothing for at most as long as it takes to find an idle runner out. */
#define IDLE_BOUND_NS	(200 * US + 4 * 100 * US + 100 * US)

static void pass(struct sim *s, struct tape *tape)
{
	static const u64 most_ns[] = { 10 * US, 200 * US, 3 * MS, 30 * MS };
	u64 ns = most_ns[tape_roll(tape, 4)];

	sim_run(s, 1 + ns * tape_roll(tape, 256) / 256);
	if (s->idle_ns > IDLE_BOUND_NS)
		find_fault(s, "the device idles though there is work", 0);
}

static const struct xsched_policy *any_policy(struct tape *tape)
{
	u32 n = 0;

	while (xsched_policies[n])
		n++;
	return xsched_policies[tape_roll(tape, n)];
}

static void step(struct sim *s, struct tape *tape, bool switches)
{
	u32 i = tape_roll(tape, N), what = tape_roll(tape, 100);

	if (!s->ent[i].e.domain)
		come(s, i, tape);
	else if (what < 2)
		sim_remove(s, i);
	else if (what < 3)
		tune(s, tape);
	else if (what < 5 && switches)
		sim_policy(s, any_policy(tape));
	else if (what < 20)
		hint(s, i, tape);
	else if (what < 25)
		sim_kick(s, i);
	else if (what < 35)
		sim_withdraw(s, i);
	else if (what < 40)
		sim_work(s, i, SIM_ENDLESS);
	else if (what < 70)
		sim_work(s, i, 1 + tape_roll(tape, 20));
	else
		pass(s, tape);
}

/* Nobody has anything more to do: it all comes to rest, and nothing was lost on the way. */
static void come_to_rest(struct sim *s)
{
	u32 i;

	for (i = 0; i < N; i++)
		if (s->ent[i].e.domain)
			sim_withdraw(s, i);
	sim_run(s, 200 * MS);
	for (i = 0; i < N; i++)
		if (s->ent[i].e.domain && sim_has_work(&s->ent[i]))
			find_fault(s, "work was left undone", i + 1);
	if (s->d.n_busy > s->d.n_running)
		find_fault(s, "somebody still waits", 0);
}

/* No events by the thousand that nobody caused: a tick is 20 us from the next one, at
 * least on the average. */
static void check_ticks(struct sim *s, u64 begin_ns)
{
	if (s->n_ticks > s->d.n_events / 2 + (s->now - begin_ns) / (20 * US))
		find_fault(s, "a storm of ticks", 0);
}

struct played play(const struct xsched_policy *p, struct tape *tape, u64 events, bool switches)
{
	static struct watch w;
	struct sim *s = sim_new(NULL, N, p);
	u64 begin_ns = s->now;
	struct played r;

	w.fault[0] = '\0';
	s->user = &w;
	s->check = check;
	while (s->d.n_events < events && !tape_ended(tape) && !w.fault[0])
		step(s, tape, switches);
	if (!w.fault[0])
		come_to_rest(s);
	check_ticks(s, begin_ns);
	r = (struct played){ w.fault[0] ? w.fault : NULL, s->d.n_events, s->hash };
	s->check = NULL;
	sim_free(s);
	return r;
}
