// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random events in random order, honest and hostile: whatever happens, what
 * must hold holds (fx_check), hpf serves the highest, and nobody is forgotten.
 */
#include "../fixture.h"

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

static void scribble(struct fx *f, u32 i, struct dice *dice)
{
	u32 *word = (u32 *)&f->ent[i].st[roll(dice, FX_QUEUES)];

	word[roll(dice, sizeof(struct xsched_status_slot) / sizeof(u32))] =
		roll(dice, 2) ? roll(dice, 4) : roll(dice, ~0U);
}

static void behave(struct fx *f, u32 i, struct dice *dice)
{
	struct xsched_status_slot *st = fx_st(f, i);

	switch (roll(dice, 6)) {
	case 0:
		fx_launch(f, i);
		break;
	case 1:
		if (st->completed != st->submitted)
			fx_complete(f, i, 1);
		break;
	case 2:
		st->completed = st->submitted;
		st->pending = 0;
		st->flags ^= roll(dice, 2);
		fx_kick(f, i);
		break;
	case 3:
		fx_ack(f, i);
		break;
	case 4:
		fx_resume(f, i);
		break;
	default:
		fx_kick(f, i);
	}
}

static const u32 queue_flags[] = {
	0, XSCHED_QUEUE_F_KICKS_IDLE, XSCHED_QUEUE_F_DEVICE_GATED,
	XSCHED_QUEUE_F_DEVICE_GATED | XSCHED_QUEUE_F_GATE_STOPS_ALL,
};

static void rule(struct fx *f, struct dice *dice)
{
	static const struct xsched_policy *const policies[] = {
		&xsched_policy_hpf, &xsched_policy_hpf, &xsched_policy_hpf, &xsched_policy_none,
	};

	switch (roll(dice, 3)) {
	case 0:
		fx_policy(f, policies[roll(dice, ARRAY_SIZE(policies))]);
		break;
	case 1:
		f->d.tun.strict = roll(dice, 2);
		f->d.tun.aging_ns = roll(dice, 3) * MS;
		f->d.tun.linger_ns = roll(dice, 4) * 100 * US;
		f->d.tun.grace_ns = roll(dice, 4) * MS;
		f->d.tun.calm_ns = roll(dice, 2) ? 0 : roll(dice, 4) * MS;
		fx_retune(f);
		break;
	default:
		fx_fall_back(f, "at random");
		fx_policy(f, &xsched_policy_hpf);
	}
}

static void come_or_go(struct fx *f, u32 i, struct dice *dice)
{
	bool there = fx_e(f, i)->domain != NULL;

	if (!there)
		fx_add(f, i, roll(dice, FX_QUEUES + 1),
		       queue_flags[roll(dice, ARRAY_SIZE(queue_flags))]);
	else if (roll(dice, 3) == 0)
		fx_remove(f, i);
	else if (f->ent[i].q[0].st && xsched_list_linked(&f->ent[i].q[0].in_entity))
		fx_remove_queue(f, i, 0);
}

static void pass_some(struct fx *f, struct dice *dice)
{
	if (roll(dice, 20) == 0)
		f->now -= roll(dice, 1000);
	else
		fx_pass(f, roll(dice, 4) ? roll(dice, 50 * US) : roll(dice, 5 * MS));
}

/* Unless aged in or promised, nobody runs below somebody who has to wait. */
static void expect_highest_served(struct fx *f)
{
	struct xsched_entity *e;
	s64 top = XSCHED_PRIORITY_MIN - 1;

	if (f->d.policy != &xsched_policy_hpf || f->d.undecided)
		return;
	xsched_list_for_each(e, &f->d.entities, in_domain)
		if (e->state != IDLE && e->hint[XSCHED_HINT_PRIORITY] > top)
			top = e->hint[XSCHED_HINT_PRIORITY];
	xsched_list_for_each(e, &f->d.entities, in_domain)
		if (e->state != IDLE)
			xt_eq_msg(f->t, e->chosen, e->hint[XSCHED_HINT_PRIORITY] == top,
				  "entity %u, priority %d of %d", e->id,
				  (int)e->hint[XSCHED_HINT_PRIORITY], (int)top);
}

static void live(struct xt *t, u64 seed, u32 steps, bool hostile)
{
	struct fx *f = fx_new(t);
	struct dice dice = { seed };
	u32 k;

	for (k = 0; k < steps && !xt_failed(t); k++) {
		u32 i = roll(&dice, FX_ENTITIES), what = roll(&dice, 100);

		if (what < 4 || !fx_e(f, i)->domain)
			come_or_go(f, i, &dice);
		else if (what < 5)
			rule(f, &dice);
		else if (what < 10)
			fx_hint(f, i, XSCHED_HINT_PRIORITY, (s64)roll(&dice, 5) - 2);
		else if (what < 30)
			pass_some(f, &dice);
		else if (what < 50 && hostile)
			scribble(f, i, &dice);
		else
			behave(f, i, &dice);
		expect_highest_served(f);
	}
	if (k < steps)
		xt_eq_msg(t, 1, 0, "seed %llu, step %u", seed, k);
	fx_end(f);
}

/* All stop working: whatever went before, all become idle and the timer stops. */
static void expect_rest(struct xt *t, u64 seed)
{
	struct fx *f = fx_new(t);
	struct dice dice = { seed };
	u32 k, i;

	for (i = 0; i < FX_ENTITIES; i++)
		fx_add(f, i, 1, queue_flags[i % ARRAY_SIZE(queue_flags)]);
	for (k = 0; k < 300; k++) {
		fx_hint(f, roll(&dice, FX_ENTITIES), XSCHED_HINT_PRIORITY, roll(&dice, 3));
		behave(f, roll(&dice, FX_ENTITIES), &dice);
		pass_some(f, &dice);
	}
	for (i = 0; i < FX_ENTITIES; i++) {
		fx_st(f, i)->completed = fx_st(f, i)->submitted;
		fx_st(f, i)->pending = 0;
		fx_st(f, i)->flags = 0;
		fx_ack(f, i);
	}
	fx_pass(f, 1000 * MS);
	xt_eq_msg(t, f->d.n_busy, f->d.n_running, "seed %llu: nobody waits", seed);
	xt_eq_msg(t, f->d.next_ns, XSCHED_NEVER, "seed %llu", seed);
	fx_end(f);
}

XT_DEFINE(random_honest)
{
	u64 seed;

	for (seed = 1; seed <= 20; seed++)
		live(t, seed, 500, false);
}

XT_DEFINE(random_hostile)
{
	u64 seed;

	for (seed = 1; seed <= 20; seed++)
		live(t, seed * 7919, 500, true);
}

XT_DEFINE(random_comes_to_rest)
{
	u64 seed;

	for (seed = 1; seed <= 10; seed++)
		expect_rest(t, seed * 104729);
}

XT_SUITE(random_suite, "xsched_random",
	 XT_CASE(random_honest),
	 XT_CASE(random_hostile),
	 XT_CASE(random_comes_to_rest));
