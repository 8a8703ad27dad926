// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Dependencies: who is waited for runs when whoever waits does, under any policy and on any
 * device; and nobody can wait for himself.
 */
#include "../fixture.h"
#include "../sim.h"

#define DEPS	12

/* A domain whose entities are of one process, with priorities, all idle. */
struct setup {
	struct fx *f;
	struct xsched_gang gang;
	struct xsched_dependency dep[DEPS];
	u32 n;
};

static struct setup *begin(struct xt *t, u32 n, const s64 *priority)
{
	struct setup *s = xt_alloc(t, sizeof(*s));
	u32 i;

	xsched_gang_init(&s->gang);
	s->f = fx_new(t);
	s->f->gang = &s->gang;
	for (i = 0; i < n; i++)
		fx_add(s->f, i, 1, 0);
	for (i = 0; i < n; i++) {
		fx_st(s->f, i)->flags = XSCHED_STATUS_SYNCED;
		fx_ack(s->f, i);
		fx_st(s->f, i)->flags = 0;
		fx_hint(s->f, i, XSCHED_HINT_PRIORITY, priority[i]);
	}
	return s;
}

static int depend(struct setup *s, u32 waiter, u32 on)
{
	xt_flags_t flags;
	int err;

	xt_lock(&s->f->d.lock, flags);
	err = xsched_depend(&s->dep[s->n], fx_e(s->f, waiter), fx_e(s->f, on), s->f->now);
	xt_unlock(&s->f->d.lock, flags);
	s->n += !err;
	fx_check(s->f);
	return err;
}

static void undepend(struct setup *s, u32 n, u32 waiter)
{
	xt_flags_t flags;

	xt_lock(&s->f->d.lock, flags);
	xsched_undepend(&s->dep[n], fx_e(s->f, waiter), s->f->now);
	xt_unlock(&s->f->d.lock, flags);
	fx_check(s->f);
}

static void finish(struct fx *f, u32 i)
{
	struct xsched_status_slot *st = fx_st(f, i);

	st->completed = st->submitted;
	st->pending = 0;
	st->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, i);
	st->flags = 0;
}

/*
 * XSched under its priority policy: the high queue's stream waits for an event of the low
 * one, which is held because the high one has work. Neither ever moves.
 */
XT_DEFINE(depend_on_a_lower_one_is_no_deadlock)
{
	static const s64 priority[] = { 10, 0, 5 };
	struct setup *s = begin(t, 3, priority);
	struct fx *f = s->f;

	xt_true_msg(t, fx_launch(f, 0), "the high one: waits for an event on its device");
	fx_launch(f, 1);
	fx_launch(f, 2);
	fx_pass(f, 1000 * MS);
	fx_expect_stopped(f, 1, READY, "this is the deadlock");
	xt_eq(t, depend(s, 0, 1), 0);
	fx_expect_running(f, 1, "the low one has the high one's priority");
	fx_expect_running(f, 0, "which is none the worse");
	fx_expect_stopped(f, 2, READY, "who is in between is not served");
	/* The event comes; the wait is over. */
	fx_resume(f, 1);
	undepend(s, 0, 0);
	fx_expect_stopped(f, 1, DRAINING, "back to its own priority");
	finish(f, 1);
	finish(f, 0);
	fx_expect_running(f, 2, "its turn");
	fx_end(f);
}

XT_DEFINE(depend_passes_along_a_chain)
{
	static const s64 priority[] = { 10, 0, -10, 5 };
	struct setup *s = begin(t, 4, priority);
	struct fx *f = s->f;
	u32 i;

	xt_eq(t, depend(s, 1, 2), 0);
	xt_eq(t, depend(s, 0, 1), 0);
	for (i = 0; i < 4; i++)
		fx_launch(f, i);
	fx_expect_running(f, 0, "first");
	fx_expect_running(f, 1, "waited for");
	fx_expect_running(f, 2, "waited for by who is waited for");
	fx_expect_stopped(f, 3, READY, "no part of it");
	xt_eq(t, fx_hint(f, 0, XSCHED_HINT_PRIORITY, 4), 0);
	fx_expect_running(f, 3, "more than anybody now");
	for (i = 0; i < 3; i++)
		xt_true_msg(t, fx_state(f, i) != RUNNING, "entity %u", i);
	xt_eq(t, fx_hint(f, 0, XSCHED_HINT_PRIORITY, 6), 0);
	fx_expect_running(f, 2, "at the end of the chain, at once");
	/* The middle goes away: who comes after it is on its own. */
	fx_remove(f, 1);
	xt_true(t, fx_state(f, 2) != RUNNING);
	xt_true_msg(t, !s->dep[0].waiter && !s->dep[1].waiter, "both can be freed");
	fx_end(f);
}

/* An entity without work waits for nothing. */
XT_DEFINE(depend_of_the_idle_lends_nothing)
{
	static const s64 priority[] = { 10, 0, 5 };
	struct setup *s = begin(t, 3, priority);
	struct fx *f = s->f;

	xt_eq(t, depend(s, 0, 1), 0);
	fx_launch(f, 1);
	fx_launch(f, 2);
	fx_expect_running(f, 2, "nobody waits");
	fx_expect_stopped(f, 1, DRAINING, "by itself");
	fx_launch(f, 0);
	fx_expect_running(f, 1, "somebody waits");
	finish(f, 0);
	fx_expect_running(f, 2, "nobody waits again");
	xt_true(t, fx_state(f, 1) != RUNNING);
	fx_end(f);
}

/* The higher of two that wait counts; a lower one doesn't pull down. */
XT_DEFINE(depend_takes_the_highest)
{
	static const s64 priority[] = { 3, 8, 5, 6 };
	struct setup *s = begin(t, 4, priority);
	struct fx *f = s->f;
	u32 i;

	xt_eq(t, depend(s, 0, 2), 0);
	for (i = 0; i < 4; i++)
		fx_launch(f, i);
	fx_expect_running(f, 1, "highest");
	xt_eq_msg(t, xsched_entity_priority(fx_e(f, 2)), 5, "a lower one waits");
	xt_eq(t, depend(s, 1, 2), 0);
	xt_eq_msg(t, xsched_entity_priority(fx_e(f, 2)), 8, "a higher one does");
	fx_expect_running(f, 2, "with it");
	fx_expect_stopped(f, 3, READY, "between");
	undepend(s, 1, 1);
	xt_eq(t, xsched_entity_priority(fx_e(f, 2)), 5);
	undepend(s, 1, 1);	/* once more does nothing */
	fx_end(f);
}

XT_DEFINE(depend_in_circles_is_refused)
{
	static const s64 priority[] = { 0, 0, 0, 0, 0 };
	struct setup *s = begin(t, 5, priority);
	struct fx *f = s->f;

	xt_eq_msg(t, depend(s, 0, 0), -ELOOP, "itself");
	xt_eq(t, depend(s, 0, 1), 0);
	xt_eq_msg(t, depend(s, 1, 0), -ELOOP, "each other");
	xt_eq(t, depend(s, 1, 2), 0);
	xt_eq(t, depend(s, 2, 3), 0);
	xt_eq_msg(t, depend(s, 3, 0), -ELOOP, "around four");
	xt_eq_msg(t, depend(s, 3, 1), -ELOOP, "around three");
	/* Two ways to the same are no circle. */
	xt_eq(t, depend(s, 0, 4), 0);
	xt_eq(t, depend(s, 4, 3), 0);
	xt_eq(t, depend(s, 0, 3), 0);
	xt_eq(t, depend(s, 3, 4), -ELOOP);
	undepend(s, 4, 4);
	xt_eq_msg(t, depend(s, 3, 4), 0, "the circle was broken");
	fx_end(f);
}

/* Each policy has its own way to prefer entity 0; all of them take 1 along. */
XT_DEFINE(depend_works_under_every_policy)
{
	static const s64 priority[] = { 10, 0, 0 };
	const struct xsched_policy *const *p;

	for (p = xsched_policies; *p; p++) {
		struct setup *s = begin(t, 3, priority);
		struct fx *f = s->f;
		u32 i;

		if ((*p)->open) {
			fx_end(f);
			continue;
		}
		fx_policy(f, *p);
		fx_hint(f, 0, XSCHED_HINT_DEADLINE, 1000);
		fx_hint(f, 1, XSCHED_HINT_DEADLINE, 900000);
		fx_hint(f, 2, XSCHED_HINT_DEADLINE, 500000);
		fx_hint(f, 0, XSCHED_HINT_WINDOW, 1);
		for (i = 0; i < 3; i++)
			fx_launch(f, i);
		if (fx_state(f, 0) != RUNNING || fx_state(f, 1) == RUNNING) {
			/* These run all entities of a process alike: no deadlock there. */
			xt_true_msg(t, !strcmp((*p)->name, "chpf") || !strcmp((*p)->name, "pup") ||
				    !sim_knows_policy(*p),
				    "%s prefers entity 0", (*p)->name);
			fx_end(f);
			continue;
		}
		xt_eq(t, depend(s, 0, 1), 0);
		xt_eq_msg(t, fx_state(f, 1), RUNNING, "%s", (*p)->name);
		xt_eq_msg(t, fx_state(f, 0), RUNNING, "%s", (*p)->name);
		xt_true_msg(t, fx_state(f, 2) != RUNNING, "%s", (*p)->name);
		finish(f, 0);
		for (i = 0; i < 3; i++)
			xt_eq_msg(t, fx_state(f, i) == RUNNING, fx_e(f, i)->chosen,
				  "%s: entity %u, as the policy says again", (*p)->name, i);
		xt_eq_msg(t, fx_count(f, FX_FELL_BACK, 0), 0, "%s", (*p)->name);
		fx_end(f);
	}
}

/* Device 0 has the process's entity that waits, device 1 the one that is waited for. */
struct two {
	struct sim *s[2];
	struct xsched_gang gang;
	struct xsched_dependency dep;
};

static void together(struct two *v, u64 ns)
{
	u64 step;

	for (step = 0; step < ns; step += 10 * US) {
		sim_run(v->s[0], 10 * US);
		sim_run(v->s[1], 10 * US);
	}
}

XT_DEFINE(depend_across_devices)
{
	struct two *v = xt_alloc(t, sizeof(*v));
	struct xsched_entity *waiter, *on;
	xt_flags_t flags;
	u32 i;

	xsched_gang_init(&v->gang);
	for (i = 0; i < 2; i++) {
		v->s[i] = sim_new(t, 2, &xsched_policy_hpf);
		sim_add(v->s[i], 1, 100 * US, 2);
		sim_hint(v->s[i], 1, XSCHED_HINT_PRIORITY, i ? 5 : -5);
		v->s[i]->gang = &v->gang;
		sim_add(v->s[i], 0, 100 * US, 2);
	}
	waiter = &v->s[0]->ent[0].e;
	on = &v->s[1]->ent[0].e;
	sim_hint(v->s[0], 0, XSCHED_HINT_PRIORITY, 10);
	/* Two parts of a gang hold together; here only the dependency is of interest. */
	waiter->part = NULL;
	for (i = 0; i < 2; i++)
		sim_work(v->s[1], i, SIM_ENDLESS);
	together(v, 1 * MS);
	xt_true_msg(t, on->state != RUNNING, "outranked");
	xt_lock(&v->s[0]->d.lock, flags);
	xt_eq(t, xsched_depend(&v->dep, waiter, on, v->s[0]->now), 0);
	xt_unlock(&v->s[0]->d.lock, flags);
	together(v, 1 * MS);
	xt_true_msg(t, on->state != RUNNING, "whoever waits for it has no work");
	sim_work(v->s[0], 0, SIM_ENDLESS);
	together(v, 1 * MS);
	xt_eq_msg(t, on->state, RUNNING, "now it has");
	xt_true(t, v->s[1]->ent[1].e.state != RUNNING);
	sim_hint(v->s[0], 0, XSCHED_HINT_PRIORITY, 4);
	together(v, 1 * MS);
	xt_eq_msg(t, xsched_entity_priority(on), 4, "and gave way");
	sim_remove(v->s[0], 0);
	together(v, 1 * MS);
	xt_eq(t, xsched_entity_priority(on), 0);
	xt_true_msg(t, !v->dep.waiter, "it can be freed");
	sim_free(v->s[0]);
	sim_free(v->s[1]);
}

XT_SUITE(depend_suite, "xsched_depend",
	 XT_CASE(depend_on_a_lower_one_is_no_deadlock),
	 XT_CASE(depend_passes_along_a_chain),
	 XT_CASE(depend_of_the_idle_lends_nothing),
	 XT_CASE(depend_takes_the_highest),
	 XT_CASE(depend_in_circles_is_refused),
	 XT_CASE(depend_works_under_every_policy),
	 XT_CASE(depend_across_devices));
