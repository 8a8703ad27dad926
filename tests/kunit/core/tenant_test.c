// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tenants: limits, ceilings, accounts, nested shares and share caps.
 */
#include "../fixture.h"
#include "../sim.h"

#define TENANTS	6

/* Tenants of a tree and their seats in one domain. */
struct group {
	struct xsched_tenant t[TENANTS];
	struct xsched_seat s[TENANTS];
};

static struct group *make(struct xt *t, struct xsched_domain *d, const int *parents, u32 n, u64 now)
{
	struct group *g = xt_alloc(t, sizeof(*g));
	xt_flags_t flags;
	u32 i;

	for (i = 0; i < n; i++) {
		xsched_tenant_init(&g->t[i], 100 + i, parents[i] < 0 ? NULL : &g->t[parents[i]]);
		xt_lock(&d->lock, flags);
		xsched_seat_add(d, &g->s[i], &g->t[i], now);
		xt_unlock(&d->lock, flags);
	}
	return g;
}

static void unmake(struct group *g, struct xsched_domain *d, u32 n, u64 now)
{
	struct xsched_account account;
	xt_flags_t flags;

	while (n--) {
		xt_lock(&d->lock, flags);
		xsched_seat_remove(&g->s[n], &account, now);
		xt_unlock(&d->lock, flags);
	}
}

static void apply(struct xsched_domain *d, struct xsched_tenant *t, u64 now)
{
	xt_flags_t flags;

	xt_lock(&d->lock, flags);
	xsched_tenant_apply(d, t, now);
	xt_unlock(&d->lock, flags);
}

static void fx_limit(struct fx *f, struct xsched_tenant *t, s32 ceiling)
{
	t->limits.ceiling = ceiling;
	apply(&f->d, t, f->now);
	fx_check(f);
}

struct bound {
	const char *what;
	struct xsched_tenant_limits l;
	int err;
};

static const struct bound bounds[] = {
	{ "lowest of all", { 1, 0, -255, 0 }, 0 },
	{ "highest of all", { 10000, 1000, 255, ~0U }, 0 },
	{ "no weight", { 0, 0, 0, 0 }, -EINVAL },
	{ "too heavy", { 10001, 0, 0, 0 }, -EINVAL },
	{ "more than all", { 100, 1001, 0, 0 }, -EINVAL },
	{ "ceiling too low", { 100, 0, -256, 0 }, -EINVAL },
	{ "ceiling too high", { 100, 0, 256, 0 }, -EINVAL },
};

XT_DEFINE(tenant_limits_have_ranges)
{
	struct xsched_tenant_limits l;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		xt_eq_msg(t, xsched_tenant_check(&bounds[i].l), bounds[i].err, "%s",
			  bounds[i].what);
	xsched_tenant_limits_default(&l);
	xt_eq(t, xsched_tenant_check(&l), 0);
	xt_eq(t, l.weight, 100);
	xt_eq(t, l.ceiling, 255);
	xt_eq(t, l.cap_permille, 0);
	xt_eq(t, l.max_entities, 0);
}

XT_DEFINE(tenant_entities_are_counted_upwards)
{
	struct xsched_tenant *top = xt_alloc(t, sizeof(*top));
	struct xsched_tenant *a = xt_alloc(t, sizeof(*a)), *b = xt_alloc(t, sizeof(*b));

	xsched_tenant_init(top, 1, NULL);
	xsched_tenant_init(a, 2, top);
	xsched_tenant_init(b, 3, top);
	top->limits.max_entities = 3;
	a->limits.max_entities = 2;
	xt_eq(t, xsched_tenant_charge(a), 0);
	xt_eq(t, xsched_tenant_charge(a), 0);
	xt_eq_msg(t, xsched_tenant_charge(a), -EDQUOT, "its own limit");
	xt_eq(t, xsched_tenant_charge(b), 0);
	xt_eq_msg(t, xsched_tenant_charge(b), -EDQUOT, "its parent's limit");
	xt_eq_msg(t, b->n_entities, 1, "what is refused isn't counted");
	xt_eq(t, top->n_entities, 3);
	xsched_tenant_uncharge(a);
	xt_eq(t, xsched_tenant_charge(b), 0);
	xt_eq(t, a->n_entities, 1);
	xt_eq(t, b->n_entities, 2);
	/* A limit below what there is refuses more and takes nothing away. */
	top->limits.max_entities = 1;
	xsched_tenant_uncharge(b);
	xt_eq(t, xsched_tenant_charge(b), -EDQUOT);
	xt_eq(t, top->n_entities, 2);
}

/*
 * Entities a and b sit in tenant 1, c in tenant 2, d in tenant 3 (in tenant 1); all in
 * tenant 0. The ones named in `running` run when all four have work.
 */
struct standing {
	const char *what;
	s32 ceiling[4];
	s64 priority[4];
	const char *running;
};

static const struct standing standings[] = {
	{ "no ceilings, as without tenants", { 255, 255, 255, 255 }, { 3, 2, 1, 0 }, "a" },
	{ "a ceiling makes equal", { 255, 0, 255, 255 }, { 99, 99, 0, 99 }, "abcd" },
	{ "and still tells apart inside", { 255, 0, 255, 255 }, { 99, 5, 0, 7 }, "ac" },
	{ "below the ceiling it changes nothing", { 255, 10, 255, 255 }, { 5, 4, 3, 2 }, "a" },
	{ "a ceiling below the others", { 255, -10, 255, 255 }, { 255, 200, -9, 255 }, "c" },
	{ "the whole world capped", { 0, 255, 255, 255 }, { 9, 8, 7, 6 }, "a" },
	{ "a tenant inside of another", { 255, 255, 255, 1 }, { 0, 0, 0, 50 }, "d" },
	{ "its parent's ceiling holds too", { 255, 0, 255, 50 }, { 0, 0, 0, 60 }, "cd" },
	{ "its own ceiling counts among its siblings", { 255, 0, 255, 5 }, { 6, 0, 0, 60 }, "ac" },
	{ "equal inside by a lower ceiling", { 255, 0, 255, 5 }, { 5, 0, 0, 60 }, "acd" },
	{ "the lowest priority that there is", { 255, -255, 255, 255 }, { 9, 0, -255, 9 }, "acd" },
};

static const int family[] = { -1, 0, 0, 1 };

static void all_work(struct fx *f, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		fx_launch(f, i);
}

static void expect_standing(struct xt *t, const struct standing *c, struct fx *f, const char *when)
{
	u32 i;

	for (i = 0; i < 4; i++)
		xt_eq_msg(t, fx_state(f, i) == RUNNING, strchr(c->running, 'a' + i) != NULL,
			  "%s, %s: entity %c", c->what, when, 'a' + i);
}

static struct fx *seated(struct xt *t, struct group **g)
{
	static const u32 seat[] = { 1, 1, 2, 3 };
	struct fx *f = fx_new(t);
	u32 i;

	*g = make(t, &f->d, family, 4, f->now);
	for (i = 0; i < 4; i++) {
		f->seat = &(*g)->s[seat[i]];
		fx_add(f, i, 1, 0);
	}
	for (i = 0; i < 4; i++) {
		fx_st(f, i)->flags = XSCHED_STATUS_SYNCED;
		fx_ack(f, i);
		fx_st(f, i)->flags = 0;
	}
	return f;
}

static void unseated(struct fx *f, struct group *g)
{
	u32 i;

	for (i = 0; i < 4; i++)
		if (fx_e(f, i)->domain)
			fx_remove(f, i);
	for (i = 0; i < 4; i++)
		xt_eq_msg(f->t, g->s[i].n, i == 0 ? 2 : i == 1, "seats in seat %u", i);
	unmake(g, &f->d, 4, f->now);
	fx_end(f);
}

XT_DEFINE(tenant_ceilings)
{
	struct group *g;
	struct fx *f;
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(standings); c++) {
		/* Set before anybody has work, */
		f = seated(t, &g);
		for (i = 0; i < 4; i++) {
			fx_limit(f, &g->t[i], standings[c].ceiling[i]);
			fx_hint(f, i, XSCHED_HINT_PRIORITY, standings[c].priority[i]);
		}
		all_work(f, 4);
		expect_standing(t, &standings[c], f, "set before");
		unseated(f, g);
		/* and, with the same effect at once, while all have. */
		f = seated(t, &g);
		all_work(f, 4);
		for (i = 0; i < 4; i++)
			fx_hint(f, i, XSCHED_HINT_PRIORITY, standings[c].priority[i]);
		for (i = 0; i < 4; i++)
			fx_limit(f, &g->t[i], standings[c].ceiling[i]);
		expect_standing(t, &standings[c], f, "set then");
		unseated(f, g);
	}
}

/* Whoever leads its tenant goes or comes: the next follow at once. */
XT_DEFINE(tenant_leads_change)
{
	struct group *g;
	struct fx *f = seated(t, &g);

	fx_limit(f, &g->t[1], 0);
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 9);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 8);
	fx_launch(f, 1);
	fx_launch(f, 2);
	fx_expect_running(f, 1, "alone in its tenant");
	fx_expect_running(f, 2, "an equal elsewhere");
	fx_launch(f, 0);
	fx_expect_running(f, 0, "comes before its sibling");
	fx_expect_running(f, 2, "still equal");
	fx_expect_stopped(f, 1, DRAINING, "behind its sibling");
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 7);
	fx_expect_running(f, 1, "in front again");
	fx_expect_stopped(f, 0, DRAINING, "behind");
	fx_remove(f, 1);
	fx_expect_running(f, 0, "nobody in front");
	unseated(f, g);
}

XT_DEFINE(tenant_seats_are_found)
{
	struct group *g;
	struct fx *f = seated(t, &g);
	struct xsched_tenant other;
	xt_flags_t flags;
	u32 i;

	xsched_tenant_init(&other, 102, NULL);
	xt_lock(&f->d.lock, flags);
	for (i = 0; i < 4; i++)
		xt_true_msg(t, xsched_seat_find(&f->d, &g->t[i]) == &g->s[i], "seat %u", i);
	xt_true(t, !xsched_seat_find(&f->d, &other));
	other.id = 1;
	xt_true(t, !xsched_seat_find(&f->d, &other));
	xt_unlock(&f->d.lock, flags);
	xt_eq(t, g->s[3].depth, 2);
	unseated(f, g);
}

/* A tenant's account is the sum of those of the entities in it and below. */
XT_DEFINE(tenant_accounts_add_up)
{
	struct xsched_account sum, seat, one;
	struct group *g;
	struct fx *f = seated(t, &g);
	xt_flags_t flags;
	u32 i;

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
	all_work(f, 4);
	fx_pass(f, 3 * MS);
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, 2);
	fx_pass(f, 2 * MS);
	fx_hint(f, 3, XSCHED_HINT_PRIORITY, 2);
	fx_pass(f, 1 * MS);
	memset(&sum, 0, sizeof(sum));
	xt_lock(&f->d.lock, flags);
	for (i = 0; i < 4; i++) {
		xsched_entity_account(fx_e(f, i), f->now, &one);
		xsched_account_sum(&sum, &one);
	}
	xsched_seat_account(&g->s[0], f->now, &seat);
	xt_unlock(&f->d.lock, flags);
	xt_true(t, sum.run_ns && sum.wait_ns && sum.held_ns && sum.preemptions);
	xt_eq(t, seat.run_ns, sum.run_ns);
	xt_eq(t, seat.wait_ns, sum.wait_ns);
	xt_eq(t, seat.held_ns, sum.held_ns);
	xt_eq(t, seat.runs, sum.runs);
	xt_eq(t, seat.preemptions, sum.preemptions);
	xt_le_msg(t, seat.used_ns, sum.used_ns + 4, "used");
	xt_le_msg(t, sum.used_ns, seat.used_ns + 4, "used");
	xt_lock(&f->d.lock, flags);
	xsched_seat_account(&g->s[2], f->now, &seat);
	xsched_entity_account(fx_e(f, 2), f->now, &one);
	xt_unlock(&f->d.lock, flags);
	xt_eq_msg(t, seat.run_ns, one.run_ns, "the only one in its tenant");
	unseated(f, g);
}

/* ------------------------------------------------------------ shares */

struct division {
	const char *what;
	int parent[TENANTS];
	u32 weight[TENANTS];
	u32 seat[4];		/* of entity i */
	u32 n_seats, n;
	u32 permille[4];	/* what entity i gets */
};

static const struct division divisions[] = {
	{ "two equal tenants, one of them crowded", { -1, -1 }, { 100, 100 }, { 0, 1, 1, 1 },
	  2, 4, { 500, 167, 167, 167 } },
	{ "75:25", { -1, -1 }, { 75, 25 }, { 0, 1 }, 2, 2, { 750, 250 } },
	{ "60:30:10", { -1, -1, -1 }, { 60, 30, 10 }, { 0, 1, 2 }, 3, 3, { 600, 300, 100 } },
	{ "nested: half of a half", { -1, -1, 0, 0 }, { 100, 100, 100, 100 }, { 1, 2, 3 },
	  4, 3, { 500, 250, 250 } },
	{ "nested: 3:1 of a third", { -1, -1, 1, 1 }, { 200, 100, 300, 100 }, { 0, 2, 3 },
	  4, 3, { 667, 250, 83 } },
	{ "four deep", { -1, 0, 1, 2, 0 }, { 100, 100, 100, 100, 300 }, { 3, 4 },
	  5, 2, { 250, 750 } },
	{ "an entity beside a tenant", { -1, 0 }, { 100, 100 }, { 0, 1, 1 }, 2, 3,
	  { 500, 250, 250 } },
};

static void expect_division(struct xt *t, const struct division *v, const struct xsched_policy *p)
{
	struct sim *s = sim_new(t, v->n, p);
	struct group *g = make(t, &s->d, v->parent, v->n_seats, s->now);
	u64 total = 0, begun[4];
	u32 i;

	for (i = 0; i < v->n_seats; i++) {
		g->t[i].limits.weight = v->weight[i];
		apply(&s->d, &g->t[i], s->now);
	}
	for (i = 0; i < v->n; i++) {
		s->seat = &g->s[v->seat[i]];
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 4);
		sim_work(s, i, SIM_ENDLESS);
	}
	sim_run(s, 100 * MS);
	for (i = 0; i < v->n; i++)
		begun[i] = s->ent[i].served_ns;
	sim_run(s, 2 * SIM_SECOND);
	for (i = 0; i < v->n; i++)
		total += s->ent[i].served_ns - begun[i];
	for (i = 0; i < v->n; i++) {
		long long got = (long long)((s->ent[i].served_ns - begun[i]) * 1000 / total);

		xt_le_msg(t, got, v->permille[i] + 10, "%s, %s: entity %u", v->what, p->name, i);
		xt_le_msg(t, v->permille[i], got + 10, "%s, %s: entity %u", v->what, p->name, i);
	}
	xt_streq(t, sim_fault(s), "");
	for (i = 0; i < v->n; i++)
		sim_remove(s, i);
	unmake(g, &s->d, v->n_seats, s->now);
	sim_free(s);
}

XT_DEFINE(tenant_shares_nest)
{
	u32 c;

	for (c = 0; c < ARRAY_SIZE(divisions); c++) {
		expect_division(t, &divisions[c], &xsched_policy_fair);
		expect_division(t, &divisions[c], &xsched_policy_pup);
		expect_division(t, &divisions[c], &xsched_policy_up);
	}
}

static u64 served_in(struct sim *s, u32 i, u64 ns)
{
	u64 begun = s->ent[i].served_ns;

	sim_run(s, ns);
	return s->ent[i].served_ns - begun;
}

static void expect_near(struct xt *t, u64 got, u64 want, u64 off, const char *what)
{
	xt_le_msg(t, got, want + off, "%s", what);
	xt_le_msg(t, want, got + off, "%s", what);
}

/* Two tenants with an entity each. */
static struct sim *two(struct xt *t, struct group **g, const struct xsched_policy *p)
{
	static const int parents[] = { -1, -1 };
	struct sim *s = sim_new(t, 2, p);
	u32 i;

	*g = make(t, &s->d, parents, 2, s->now);
	for (i = 0; i < 2; i++) {
		s->seat = &(*g)->s[i];
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 4);
	}
	return s;
}

static void end_two(struct sim *s, struct group *g)
{
	xt_flags_t flags;
	u32 i;

	xt_lock(&s->d.lock, flags);
	xt_unlock(&s->d.lock, flags);
	for (i = 0; i < 2; i++)
		if (s->ent[i].e.domain)
			sim_remove(s, i);
	unmake(g, &s->d, 2, s->now);
	sim_free(s);
}

XT_DEFINE(tenant_weight_changes_at_once)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_fair);

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 100 * MS);
	expect_near(t, served_in(s, 0, SIM_SECOND), 500 * MS, 10 * MS, "equal");
	g->t[0].limits.weight = 300;
	apply(&s->d, &g->t[0], s->now);
	expect_near(t, served_in(s, 0, SIM_SECOND), 750 * MS, 10 * MS, "3:1");
	g->t[0].limits.weight = 1;
	g->t[1].limits.weight = 10000;
	apply(&s->d, &g->t[0], s->now);
	apply(&s->d, &g->t[1], s->now);
	expect_near(t, served_in(s, 0, SIM_SECOND), 0, 10 * MS, "1:10000");
	end_two(s, g);
}

/* One that slept has saved nothing up for its tenant either. */
XT_DEFINE(tenant_sleepers_save_nothing)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_fair);

	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, 500 * MS);
	sim_work(s, 1, SIM_ENDLESS);
	expect_near(t, served_in(s, 1, 100 * MS), 50 * MS, 6 * MS, "just back");
	end_two(s, g);
}

/* ---------------------------------------------------------- share caps */

static void cap(struct sim *s, struct xsched_tenant *t, u32 permille)
{
	t->limits.cap_permille = permille;
	apply(&s->d, t, s->now);
}

/* Alone on the device, and still no more than its part of each period. */
XT_DEFINE(tenant_cap_holds_alone)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_hpf);
	u32 i;

	cap(s, &g->t[0], 300);
	sim_work(s, 0, SIM_ENDLESS);
	sim_run_until(s, (s->now / XSCHED_CAP_PERIOD_NS + 1) * XSCHED_CAP_PERIOD_NS);
	for (i = 0; i < 10; i++)
		expect_near(t, served_in(s, 0, XSCHED_CAP_PERIOD_NS), 30 * MS, 1 * MS, "a period");
	cap(s, &g->t[0], 1000);
	expect_near(t, served_in(s, 0, 100 * MS), 100 * MS, 1 * MS, "1000 is none");
	cap(s, &g->t[0], 1);
	sim_run(s, 200 * MS);
	expect_near(t, served_in(s, 0, SIM_SECOND), 1 * MS, 2 * MS, "the least");
	cap(s, &g->t[0], 0);
	expect_near(t, served_in(s, 0, 100 * MS), 100 * MS, 1 * MS, "0 is none");
	xt_streq(t, sim_fault(s), "");
	end_two(s, g);
}

/* The only entity of the device: nobody else would make anybody look. */
XT_DEFINE(tenant_cap_holds_for_a_single_entity)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_hpf);

	sim_remove(s, 1);
	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, 50 * MS);
	xt_false_msg(t, s->d.arbitrating, "nothing to decide");
	cap(s, &g->t[0], 500);
	xt_true_msg(t, s->d.arbitrating, "a cap is");
	sim_run(s, 200 * MS);
	expect_near(t, served_in(s, 0, SIM_SECOND), 500 * MS, 5 * MS, "half");
	cap(s, &g->t[0], 0);
	xt_false_msg(t, s->d.arbitrating, "nothing to decide again");
	end_two(s, g);
}

/* The time that one may not have is the other's, whatever its priority. */
XT_DEFINE(tenant_cap_leaves_the_rest)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_hpf);
	u64 begun;

	sim_hint(s, 0, XSCHED_HINT_PRIORITY, 10);
	cap(s, &g->t[0], 400);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 200 * MS);
	begun = s->ent[1].served_ns;
	expect_near(t, served_in(s, 0, SIM_SECOND), 400 * MS, 10 * MS, "capped");
	expect_near(t, s->ent[1].served_ns - begun, 600 * MS, 10 * MS, "the other");
	xt_le_msg(t, s->idle_ns, 1 * MS, "the device had something to do throughout");
	end_two(s, g);
}

/* A command can't be stopped: what it used too much is owed. */
XT_DEFINE(tenant_cap_debts_are_paid)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_hpf);

	sim_remove(s, 0);
	s->seat = &g->s[0];
	s->ent[0].stops = false;
	sim_add(s, 0, 70 * MS, 1);
	cap(s, &g->t[0], 200);
	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, SIM_SECOND);
	expect_near(t, served_in(s, 0, 7 * SIM_SECOND), 1400 * MS, 100 * MS, "in the long run");
	end_two(s, g);
}

/* A cap on a tenant holds for all below it together. */
XT_DEFINE(tenant_cap_of_a_parent)
{
	static const int parents[] = { -1, 0, 0, -1 };
	struct sim *s = sim_new(t, 3, &xsched_policy_fair);
	struct group *g = make(t, &s->d, parents, 4, s->now);
	u64 begun;
	u32 i;

	for (i = 0; i < 3; i++) {
		s->seat = &g->s[i + 1];
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 4);
		sim_work(s, i, SIM_ENDLESS);
	}
	cap(s, &g->t[0], 200);
	cap(s, &g->t[1], 50);
	sim_run(s, 200 * MS);
	begun = s->ent[1].served_ns;
	expect_near(t, served_in(s, 0, SIM_SECOND), 50 * MS, 10 * MS, "capped twice");
	expect_near(t, s->ent[1].served_ns - begun, 150 * MS, 10 * MS, "gets the parent's rest");
	xt_streq(t, sim_fault(s), "");
	for (i = 0; i < 3; i++)
		sim_remove(s, i);
	unmake(g, &s->d, 4, s->now);
	sim_free(s);
}

/* While it is kept from running it comes, goes, ages and changes policies as ever. */
XT_DEFINE(tenant_cap_meets_everything_else)
{
	struct group *g;
	struct sim *s = two(t, &g, &xsched_policy_hpf);
	const struct xsched_policy *const *p;

	cap(s, &g->t[0], 100);
	s->d.tun.aging_ns = 5 * MS;
	sim_retune(s);
	sim_work(s, 0, SIM_ENDLESS);
	sim_run_until(s, (s->now / XSCHED_CAP_PERIOD_NS + 1) * XSCHED_CAP_PERIOD_NS);
	for (p = xsched_policies; *p; p++) {
		sim_policy(s, *p);
		sim_run_until(s, (s->now / XSCHED_CAP_PERIOD_NS + 1) * XSCHED_CAP_PERIOD_NS);
		sim_run(s, 50 * MS);
		xt_eq_msg(t, s->ent[0].e.barred, (*p)->open ? s->ent[0].e.barred : XSCHED_BAR_CAP,
			  "%s", (*p)->name);
		xt_eq_msg(t, s->ent[0].ctl.gate,
			  (*p)->open ? XSCHED_GATE_OPEN : XSCHED_GATE_HELD, "%s", (*p)->name);
		sim_withdraw(s, 0);
		sim_run(s, 10 * MS);
		sim_work(s, 0, SIM_ENDLESS);
		xt_eq_msg(t, s->ent[0].ctl.gate,
			  (*p)->open ? XSCHED_GATE_OPEN : XSCHED_GATE_HELD, "%s, back",
			  (*p)->name);
		sim_hint(s, 0, XSCHED_HINT_PRIORITY, 1);
		sim_hint(s, 0, XSCHED_HINT_PRIORITY, 0);
		xt_streq(t, sim_fault(s), "");
		xt_eq(t, s->n_fell_back, 0);
	}
	end_two(s, g);
}

XT_SUITE(tenant_suite, "xsched_tenant",
	 XT_CASE(tenant_limits_have_ranges),
	 XT_CASE(tenant_entities_are_counted_upwards),
	 XT_CASE(tenant_ceilings),
	 XT_CASE(tenant_leads_change),
	 XT_CASE(tenant_seats_are_found),
	 XT_CASE(tenant_accounts_add_up),
	 XT_CASE(tenant_shares_nest),
	 XT_CASE(tenant_weight_changes_at_once),
	 XT_CASE(tenant_sleepers_save_nothing),
	 XT_CASE(tenant_cap_holds_alone),
	 XT_CASE(tenant_cap_holds_for_a_single_entity),
	 XT_CASE(tenant_cap_leaves_the_rest),
	 XT_CASE(tenant_cap_debts_are_paid),
	 XT_CASE(tenant_cap_of_a_parent),
	 XT_CASE(tenant_cap_meets_everything_else));
