// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Gangs: their members on several devices run together or not at all, devices
 * never stand still for them, and no two gangs block each other.
 */
#include "../sim.h"

#define IDLE	XSCHED_STATE_IDLE
#define RUNNING	XSCHED_STATE_RUNNING

#define DEVICES	3
#define GANGS	3
#define TENANTS	3
#define DEPS	8

/* Devices with the same entities each; a gang is one entity of each of some devices. */
struct hall {
	struct xt *t;
	struct sim *s[DEVICES];
	struct xsched_gang gang[GANGS];
	u32 n;
	struct xsched_tenant tenant[TENANTS];		/* each in the one before it */
	struct xsched_seat seat[DEVICES][TENANTS];
	struct xsched_dependency dep[DEPS];
	u64 apart_ns;		/* time for which members of gang 0 that want to run didn't agree */
};

static struct xsched_entity *member(struct hall *h, u32 device, u32 i)
{
	return &h->s[device]->ent[i].e;
}

static bool is_running(struct hall *h, u32 device, u32 i)
{
	return member(h, device, i)->state == RUNNING;
}

static struct hall *open_hall(struct xt *t, u32 devices, u32 entities, const struct xsched_policy *p)
{
	struct hall *h = xt_alloc(t, sizeof(*h));
	u32 i;

	h->t = t;
	h->n = devices;
	for (i = 0; i < GANGS; i++)
		xsched_gang_init(&h->gang[i]);
	for (i = 0; i < devices; i++)
		h->s[i] = sim_new(t, entities, p);
	return h;
}

/* Entity i on a device; gang -1: none. */
static void add(struct hall *h, u32 device, u32 i, int gang, s64 priority)
{
	struct sim *s = h->s[device];

	s->gang = gang < 0 ? NULL : &h->gang[gang];
	s->ent[i].stops = true;
	sim_add(s, i, 50 * US, 2);
	sim_hint(s, i, XSCHED_HINT_PRIORITY, priority);
}

static void close_hall(struct hall *h)
{
	u32 i, k;

	for (i = 0; i < h->n; i++) {
		xt_streq(h->t, sim_fault(h->s[i]), "");
		xt_eq(h->t, h->s[i]->n_fell_back, 0);
		for (k = 0; k < h->s[i]->n; k++)
			if (member(h, i, k)->domain)
				sim_remove(h->s[i], k);
	}
	for (i = 0; i < GANGS; i++) {
		xt_eq_msg(h->t, h->gang[i].n_parts, 0, "gang %u", i);
		xt_eq_msg(h->t, h->gang[i].n_wanting, 0, "gang %u", i);
		xt_eq_msg(h->t, h->gang[i].n_agreed, 0, "gang %u", i);
		xt_true(h->t, xsched_list_empty(&h->gang[i].willing));
		xt_true(h->t, xsched_list_empty(&h->gang[i].members));
	}
	for (i = 0; i < h->n; i++)
		sim_free(h->s[i]);
}

/* Members 0 of all devices, those with work: all run, or none does. */
static bool is_together(struct hall *h)
{
	u32 i, busy = 0, running = 0;

	for (i = 0; i < h->n; i++) {
		if (!member(h, i, 0)->domain || !member(h, i, 0)->part)
			continue;
		busy += member(h, i, 0)->state != IDLE;
		running += is_running(h, i, 0);
	}
	return !running || running == busy;
}

static void run(struct hall *h, u64 ns)
{
	const u64 step_ns = 10 * US;
	u64 step;
	u32 i;

	for (step = 0; step < ns; step += step_ns) {
		for (i = 0; i < h->n; i++)
			sim_run(h->s[i], step_ns);
		if (!is_together(h))
			h->apart_ns += step_ns;
	}
}

static void settle(struct hall *h)
{
	run(h, 500 * US);
}

XT_DEFINE(gang_waits_for_its_last_device)
{
	struct hall *h = open_hall(t, 2, 2, &xsched_policy_hpf);

	add(h, 0, 0, 0, 0);
	add(h, 1, 0, 0, 0);
	add(h, 0, 1, -1, -5);
	add(h, 1, 1, -1, 5);
	sim_work(h->s[1], 1, SIM_ENDLESS);
	sim_work(h->s[0], 1, SIM_ENDLESS);
	sim_work(h->s[0], 0, SIM_ENDLESS);
	settle(h);
	xt_true_msg(t, is_running(h, 0, 0), "has work on one device only");
	xt_false(t, is_running(h, 0, 1));
	sim_work(h->s[1], 0, SIM_ENDLESS);
	settle(h);
	xt_false_msg(t, is_running(h, 1, 0), "outranked there");
	xt_false_msg(t, is_running(h, 0, 0), "so not here either");
	xt_true_msg(t, is_running(h, 0, 1), "and the device isn't wasted");
	sim_withdraw(h->s[1], 1);
	settle(h);
	xt_true_msg(t, is_running(h, 1, 0) && is_running(h, 0, 0), "both at once");
	xt_false(t, is_running(h, 0, 1));
	sim_work(h->s[1], 1, SIM_ENDLESS);
	settle(h);
	xt_false_msg(t, is_running(h, 1, 0) || is_running(h, 0, 0), "held together");
	xt_true(t, is_running(h, 0, 1) && is_running(h, 1, 1));
	/* It goes from there: no need to wait for that device any more. */
	sim_remove(h->s[1], 0);
	settle(h);
	xt_true(t, is_running(h, 0, 0));
	close_hall(h);
}

/* Having pledged the device gives no right to it against who comes later. */
XT_DEFINE(gang_pledge_is_outranked)
{
	struct hall *h = open_hall(t, 2, 2, &xsched_policy_hpf);

	add(h, 0, 0, 0, 0);
	add(h, 1, 0, 0, 0);
	add(h, 0, 1, -1, 9);
	add(h, 1, 1, -1, 9);
	sim_work(h->s[1], 1, SIM_ENDLESS);
	sim_work(h->s[0], 0, SIM_ENDLESS);
	sim_work(h->s[1], 0, SIM_ENDLESS);
	settle(h);
	xt_eq_msg(t, member(h, 0, 0)->barred, XSCHED_BAR_GANG, "pledged");
	xt_true(t, member(h, 0, 0)->pledged);
	sim_work(h->s[0], 1, SIM_ENDLESS);
	settle(h);
	sim_withdraw(h->s[1], 1);
	settle(h);
	xt_false_msg(t, is_running(h, 0, 0), "outranked meanwhile");
	xt_false(t, is_running(h, 1, 0));
	xt_true(t, is_running(h, 0, 1));
	sim_withdraw(h->s[0], 1);
	settle(h);
	xt_true(t, is_running(h, 0, 0) && is_running(h, 1, 0));
	close_hall(h);
}

/* A member that nobody rules over (alone on its device) is no reason to wait. */
XT_DEFINE(gang_with_an_open_device)
{
	struct hall *h = open_hall(t, 2, 2, &xsched_policy_hpf);

	add(h, 0, 0, 0, 5);
	add(h, 0, 1, -1, 0);
	add(h, 1, 0, 0, 0);
	sim_work(h->s[0], 0, SIM_ENDLESS);
	sim_work(h->s[0], 1, SIM_ENDLESS);
	sim_work(h->s[1], 0, SIM_ENDLESS);
	settle(h);
	xt_true(t, is_running(h, 0, 0));
	xt_eq(t, h->s[1]->ent[0].ctl.gate, XSCHED_GATE_OPEN);
	/* Somebody comes there who outranks it. */
	add(h, 1, 1, -1, 9);
	sim_work(h->s[1], 1, SIM_ENDLESS);
	settle(h);
	xt_false(t, is_running(h, 0, 0));
	xt_true(t, is_running(h, 0, 1) && is_running(h, 1, 1));
	sim_policy(h->s[1], &xsched_policy_none);
	settle(h);
	xt_true_msg(t, is_running(h, 0, 0), "nobody rules there again");
	close_hall(h);
}

/* Members leave: the rest is a gang still, or of no gang any more. */
XT_DEFINE(gang_members_leave)
{
	struct hall *h = open_hall(t, 3, 2, &xsched_policy_hpf);
	u32 i;

	for (i = 0; i < 3; i++) {
		add(h, i, 0, 0, 0);
		add(h, i, 1, -1, i == 2 ? 9 : -9);
		sim_work(h->s[i], 0, SIM_ENDLESS);
		sim_work(h->s[i], 1, SIM_ENDLESS);
	}
	settle(h);
	for (i = 0; i < 3; i++)
		xt_false_msg(t, is_running(h, i, 0), "device 2 is somebody else's");
	xt_eq(t, h->gang[0].n_parts, 3);
	sim_remove(h->s[2], 0);
	settle(h);
	xt_true(t, is_running(h, 0, 0) && is_running(h, 1, 0));
	sim_hint(h->s[1], 1, XSCHED_HINT_PRIORITY, 9);
	settle(h);
	xt_false(t, is_running(h, 0, 0) || is_running(h, 1, 0));
	sim_remove(h->s[1], 0);
	settle(h);
	xt_true_msg(t, is_running(h, 0, 0), "alone");
	xt_eq(t, h->gang[0].n_parts, 1);
	add(h, 1, 0, 0, 0);
	sim_work(h->s[1], 0, SIM_ENDLESS);
	settle(h);
	xt_false_msg(t, is_running(h, 0, 0) || is_running(h, 1, 0), "two again");
	close_hall(h);
}

/* On every device a gang and somebody else, equal: they share, the gang in step. */
static void expect_shared(struct xt *t, const struct xsched_policy *p, u32 devices)
{
	struct hall *h = open_hall(t, devices, 2, p);
	u64 begun[DEVICES][2], got, other;
	u32 i, k;

	for (i = 0; i < devices; i++)
		for (k = 0; k < 2; k++) {
			add(h, i, k, k ? -1 : 0, 0);
			sim_work(h->s[i], k, SIM_ENDLESS);
		}
	run(h, 100 * MS);
	h->apart_ns = 0;
	for (i = 0; i < devices; i++)
		for (k = 0; k < 2; k++)
			begun[i][k] = h->s[i]->ent[k].served_ns;
	run(h, 1000 * MS);
	for (i = 0; i < devices; i++) {
		got = h->s[i]->ent[0].served_ns - begun[i][0];
		other = h->s[i]->ent[1].served_ns - begun[i][1];
		xt_le_msg(t, 300 * MS, got, "%s: the gang on device %u", p->name, i);
		xt_le_msg(t, 300 * MS, other, "%s: the other on device %u", p->name, i);
		xt_le_msg(t, 990 * MS, got + other, "%s: device %u at work", p->name, i);
	}
	xt_le_msg(t, h->apart_ns, 20 * MS, "%s: some run and some not", p->name);
	close_hall(h);
}

XT_DEFINE(gang_shares_in_step)
{
	expect_shared(t, &xsched_policy_fair, 2);
	expect_shared(t, &xsched_policy_fair, 3);
	expect_shared(t, &xsched_policy_up, 2);
	expect_shared(t, &xsched_policy_pup, 2);
	expect_shared(t, &xsched_policy_mlfq, 2);
}

/* Two gangs and somebody else on each of three devices, in every policy: all get on. */
XT_DEFINE(gangs_never_block_each_other)
{
	const struct xsched_policy *const *p;
	u64 begun[DEVICES][3];
	struct hall *h;
	u32 i, k;

	for (p = xsched_policies; *p; p++) {
		h = open_hall(t, 3, 3, *p);
		for (i = 0; i < 3; i++)
			for (k = 0; k < 3; k++) {
				add(h, i, k, k < 2 ? (int)k : -1, 0);
				/* Each device would like to begin with another one. */
				sim_hint(h->s[i], k, XSCHED_HINT_DEADLINE,
					 1000 + (i + k) % 3 * 500);
				sim_work(h->s[i], k, (*p)->turns ? SIM_ENDLESS : 2000);
			}
		for (i = 0; i < 3; i++)
			for (k = 0; k < 3; k++)
				begun[i][k] = h->s[i]->ent[k].served_ns;
		run(h, 1000 * MS);
		for (i = 0; i < 3; i++)
			for (k = 0; k < 3; k++)
				xt_le_msg(t, 50 * MS, h->s[i]->ent[k].served_ns - begun[i][k],
					  "%s: entity %u on device %u", (*p)->name, k, i);
		close_hall(h);
	}
}

/*
 * Members come, go, work and rest, wait for each other, are granted more and less,
 * policies change: nothing is left behind or forgotten.
 */
struct dice {
	u64 x;
};

static u32 roll(struct dice *d, u32 sides)
{
	d->x ^= d->x << 13;
	d->x ^= d->x >> 7;
	d->x ^= d->x << 17;
	return (u32)(d->x >> 33) % sides;
}

#define LOCKED(s, call) do {			\
	xt_flags_t flags;			\
	xt_lock(&(s)->d.lock, flags);		\
	call;					\
	xt_unlock(&(s)->d.lock, flags);		\
} while (0)

static void seat_all(struct hall *h)
{
	u32 i, n;

	for (n = 0; n < TENANTS; n++)
		xsched_tenant_init(&h->tenant[n], n + 1, n ? &h->tenant[n - 1] : NULL);
	for (i = 0; i < h->n; i++)
		for (n = 0; n < TENANTS; n++)
			LOCKED(h->s[i], xsched_seat_add(&h->s[i]->d, &h->seat[i][n],
							&h->tenant[n], h->s[i]->now));
}

static void unseat_all(struct hall *h)
{
	struct xsched_account account;
	u32 i, k, n;

	for (i = 0; i < h->n; i++) {
		for (k = 0; k < 4; k++)
			if (member(h, i, k)->domain)
				sim_remove(h->s[i], k);
		for (n = TENANTS; n--;)
			LOCKED(h->s[i], xsched_seat_remove(&h->seat[i][n], &account,
							   h->s[i]->now));
	}
	for (n = 0; n < DEPS; n++)
		xt_true(h->t, !h->dep[n].waiter && !h->dep[n].on);
}

static void grant(struct hall *h, struct dice *d)
{
	struct xsched_tenant *t = &h->tenant[roll(d, TENANTS)];
	u32 i;

	t->limits.weight = 1 + roll(d, 300);
	t->limits.ceiling = (s32)roll(d, 6) - 2;
	t->limits.cap_permille = roll(d, 2) ? roll(d, 1001) : 0;
	for (i = 0; i < h->n; i++)
		LOCKED(h->s[i], xsched_tenant_apply(&h->s[i]->d, t, h->s[i]->now));
}

/* Of two of a gang one waits for the other, or no longer does. */
static void wait_for(struct hall *h, struct dice *d, u32 i, u32 k)
{
	struct xsched_entity *waiter = member(h, i, k);
	struct xsched_entity *on = member(h, roll(d, h->n), roll(d, 4));
	struct xsched_dependency *dep = &h->dep[roll(d, DEPS)];
	struct sim *s = dep->waiter ? container_of(dep->waiter->domain, struct sim, d) : h->s[i];

	if (dep->waiter)
		LOCKED(s, xsched_undepend(dep, dep->waiter, s->now));
	else if (waiter->domain && on->domain && waiter->gang && waiter->gang == on->gang)
		LOCKED(s, xsched_depend(dep, waiter, on, s->now));
}

static void do_something(struct hall *h, struct dice *d)
{
	u32 i = roll(d, h->n), k = roll(d, 4);
	bool there = member(h, i, k)->domain != NULL;

	h->s[i]->seat = &h->seat[i][roll(d, TENANTS)];
	switch (roll(d, 10)) {
	case 0:
		if (there)
			sim_remove(h->s[i], k);
		break;
	case 1:
	case 2:
		if (!there)
			add(h, i, k, (int)roll(d, GANGS + 1) - 1, (s64)roll(d, 3));
		break;
	case 3:
		if (there)
			sim_hint(h->s[i], k, XSCHED_HINT_PRIORITY, (s64)roll(d, 5) - 2);
		break;
	case 4:
		if (there)
			sim_withdraw(h->s[i], k);
		break;
	case 5:
		if (!roll(d, 20))
			sim_policy(h->s[i], xsched_policies[roll(d, 13)]);
		break;
	case 6:
		grant(h, d);
		break;
	case 7:
		wait_for(h, d, i, k);
		break;
	default:
		if (there)
			sim_work(h->s[i], k, roll(d, 10) ? roll(d, 30) : SIM_ENDLESS);
	}
}

/* Whoever wants to run does, if nobody is in his way. */
static void expect_all_end(struct hall *h)
{
	u32 i, k;

	for (i = 0; i < TENANTS; i++)
		h->tenant[i].limits.cap_permille = 0;
	for (i = 0; i < TENANTS; i++)
		for (k = 0; k < h->n; k++)
			LOCKED(h->s[k], xsched_tenant_apply(&h->s[k]->d, &h->tenant[i],
							    h->s[k]->now));
	for (i = 0; i < h->n; i++) {
		sim_policy(h->s[i], &xsched_policy_hpf);
		for (k = 0; k < 4; k++)
			if (member(h, i, k)->domain)
				sim_withdraw(h->s[i], k);
	}
	run(h, 200 * MS);
	for (i = 0; i < h->n; i++)
		for (k = 0; k < 4; k++)
			if (member(h, i, k)->domain)
				xt_eq_msg(h->t, h->s[i]->ent[k].st.submitted,
					  h->s[i]->ent[k].st.completed, "entity %u on device %u",
					  k, i);
}

XT_DEFINE(gang_random)
{
	u32 seed, step, i;

	for (seed = 1; seed <= 20 && !xt_failed(t); seed++) {
		struct hall *h = open_hall(t, 3, 4, &xsched_policy_hpf);
		struct dice d = { seed * 7919 };

		seat_all(h);
		for (step = 0; step < 600 && !xt_failed(t); step++) {
			do_something(h, &d);
			run(h, roll(&d, 30) * 10 * US);
			for (i = 0; i < h->n; i++)
				xt_streq(t, sim_fault(h->s[i]), "");
		}
		expect_all_end(h);
		if (xt_failed(t))
			xt_eq_msg(t, 1, 0, "seed %u, step %u", seed, step);
		unseat_all(h);
		close_hall(h);
	}
}

XT_SUITE(gang_suite, "xsched_gang",
	 XT_CASE(gang_waits_for_its_last_device),
	 XT_CASE(gang_pledge_is_outranked),
	 XT_CASE(gang_with_an_open_device),
	 XT_CASE(gang_members_leave),
	 XT_CASE(gang_shares_in_step),
	 XT_CASE(gangs_never_block_each_other),
	 XT_CASE(gang_random));
