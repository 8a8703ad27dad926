// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Use of the device: what one that was stopped is charged for, whoever works meanwhile.
 */
#include "../fixture.h"
#include "../sim.h"

#define COMMAND_NS	(200 * US)

/* Two equals by turns, for so long that what their commands take is known. */
static struct sim *by_turns(struct xt *t, bool ousts)
{
	struct sim *s = sim_new(t, 2, &xsched_policy_fair);
	u32 i;

	s->ousts = ousts;
	for (i = 0; i < 2; i++) {
		sim_add(s, i, COMMAND_NS, 1);
		sim_work(s, i, SIM_ENDLESS);
	}
	sim_run(s, 50 * MS);
	return s;
}

/* Till one has just been stopped in the middle of a command; which. */
static struct sim_entity *next_stop(struct sim *s)
{
	u64 preemptions = s->ent[0].e.account.preemptions + s->ent[1].e.account.preemptions;

	while (s->ent[0].e.account.preemptions + s->ent[1].e.account.preemptions == preemptions)
		sim_run(s, 10 * US);
	return s->ent[0].ctl.gate == XSCHED_GATE_OPEN ? &s->ent[1] : &s->ent[0];
}

static u64 used_ns(struct sim *s, const struct sim_entity *x)
{
	return xsched_entity_used_ns(&x->e, s->now);
}

XT_DEFINE(use_learns_what_a_command_takes)
{
	struct sim *s = by_turns(t, false);

	xt_le_msg(t, s->ent[0].e.command_ns, COMMAND_NS * 11 / 10, "not above");
	xt_le_msg(t, COMMAND_NS * 9 / 10, s->ent[0].e.command_ns, "not below");
	sim_free(s);
}

/* It stays in its command for as long as the other has its turn, and pays for no more than one. */
XT_DEFINE(use_of_one_that_lost_the_device)
{
	struct sim *s = by_turns(t, true);
	struct sim_entity *x = next_stop(s), *other = x == s->ent ? &s->ent[1] : s->ent;
	u64 begin_ns = s->now, before_ns = used_ns(s, x), other_ns = used_ns(s, other);

	sim_run(s, 3 * MS);
	xt_eq(t, x->e.state, XSCHED_STATE_DRAINING);
	xt_false(t, x->e.uses);
	xt_le_msg(t, used_ns(s, x) - before_ns, x->e.command_ns + 100 * US, "a command and a look");
	/* All is charged to somebody, and nothing twice. */
	xt_le_msg(t, used_ns(s, x) - before_ns + used_ns(s, other) - other_ns, s->now - begin_ns,
		  "nothing twice");
	xt_le_msg(t, s->now - begin_ns - 100,
		  used_ns(s, x) - before_ns + used_ns(s, other) - other_ns, "all is charged");
	xt_eq_msg(t, s->d.n_users, 1, "who runs");
	sim_free(s);
}

/* Whoever shows that it works, by completing commands, pays on. */
XT_DEFINE(use_of_one_that_goes_on)
{
	struct sim *s = by_turns(t, true);
	struct sim_entity *x = next_stop(s);
	u64 before_ns;

	sim_run(s, MS);
	xt_false(t, x->e.uses);
	before_ns = used_ns(s, x);
	x->st.submitted += 20;
	x->st.completed += 20;
	sim_kick(s, (u32)(x - s->ent));
	xt_true(t, x->e.uses);
	sim_run(s, MS);
	xt_le_msg(t, before_ns + 400 * US, used_ns(s, x), "pays on");
	sim_free(s);
}

/* Nobody else is there: it holds the device for as long as it drains. */
XT_DEFINE(use_alone_or_strict)
{
	struct fx *f = fx_contended(t, 2);
	struct xsched_entity *e = fx_e(f, 0);

	f->d.tun.strict = true;
	f->d.tun.grace_ns = 100 * MS;
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	e->command_ns = 10 * US;
	fx_launch(f, 1);
	fx_expect_stopped(f, 0, DRAINING, "loser");
	fx_expect_stopped(f, 1, READY, "promised");
	fx_pass(f, 20 * MS);
	xt_true(t, e->uses);
	xt_le_msg(t, 20 * MS, xsched_entity_used_ns(e, f->now), "all of it");
	fx_end(f);
}

XT_SUITE(use_suite, "xsched_use",
	XT_CASE(use_learns_what_a_command_takes),
	XT_CASE(use_of_one_that_lost_the_device),
	XT_CASE(use_of_one_that_goes_on),
	XT_CASE(use_alone_or_strict));
