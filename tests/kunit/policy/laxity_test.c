// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * laxity: lax until the laxity is used up, critical to the nanosecond after.
 */
#include "../sim.h"

static struct sim *ready(struct xt *t)
{
	struct sim *s = sim_new(t, 4, &xsched_policy_laxity);
	u32 i;

	for (i = 0; i < 4; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

static void lax(struct sim *s, u32 i, s64 us, s64 lax_prio, s64 crit_prio)
{
	sim_hint(s, i, XSCHED_HINT_LAX_PRIO, lax_prio);
	sim_hint(s, i, XSCHED_HINT_CRIT_PRIO, crit_prio);
	sim_hint(s, i, XSCHED_HINT_LAXITY, us);
}

struct lax {
	s64 us, lax, crit, priority;	/* us -1: none, 0: not there */
};

struct moment {
	const char *what;
	struct lax lax[3];
	u64 at_us;
	const char *before, *after;	/* who runs just before at_us, and at it */
};

static const struct moment moments[] = {
	{ "becomes critical", { { 10000, -1, 5, 0 }, { -1, 0, 0, 0 } }, 10000, "b", "a" },
	{ "was higher anyway", { { 10000, 2, 5, 0 }, { -1, 0, 0, 1 } }, 10000, "a", "a" },
	{ "critical isn't highest", { { 10000, -5, -1, 0 }, { -1, 0, 0, 0 } }, 10000, "b", "b" },
	{ "critical is lower", { { 10000, 5, -5, 0 }, { -1, 0, 0, 0 } }, 10000, "a", "b" },
	{ "two become critical one after the other",
	  { { 10000, 0, 7, 0 }, { 4000, 0, 7, 0 }, { -1, 0, 0, 3 } }, 4000, "c", "b" },
	{ "and then run together",
	  { { 10000, 0, 7, 0 }, { 4000, 0, 7, 0 }, { -1, 0, 0, 3 } }, 10000, "b", "ab" },
	{ "no laxity: the priority", { { -1, 9, 9, 1 }, { -1, 9, 9, 2 } }, 5000, "b", "b" },
	{ "next to no laxity", { { 1, -9, 9, 0 }, { -1, 0, 0, 5 } }, 20, "b", "a" },
};

static void expect_running(struct sim *s, const char *who, const char *what)
{
	u32 i;

	for (i = 0; i < 3; i++)
		xt_eq_msg(s->user, s->ent[i].e.state == XSCHED_STATE_RUNNING,
			  strchr(who, 'a' + i) != NULL, "%s: entity %c", what, 'a' + i);
}

XT_DEFINE(laxity_moments)
{
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(moments); c++) {
		const struct moment *m = &moments[c];
		struct sim *s = ready(t);
		u64 begin_ns = s->now;

		s->user = t;
		for (i = 0; i < 3; i++) {
			lax(s, i, m->lax[i].us, m->lax[i].lax, m->lax[i].crit);
			sim_hint(s, i, XSCHED_HINT_PRIORITY, m->lax[i].priority);
			if (m->lax[i].us)
				sim_work(s, i, SIM_ENDLESS);
		}
		sim_run_until(s, begin_ns + m->at_us * US - 1);
		expect_running(s, m->before, m->what);
		sim_run(s, 1);
		expect_running(s, m->after, m->what);
		sim_free(s);
	}
}

/* Each time it becomes ready it is lax again. */
XT_DEFINE(laxity_begins_anew)
{
	struct sim *s = ready(t);
	u32 k;

	lax(s, 0, 3000, -1, 1);
	sim_work(s, 1, SIM_ENDLESS);
	for (k = 0; k < 5; k++) {
		sim_work(s, 0, 10);
		xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
		sim_run(s, 3 * MS);
		xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
		sim_run(s, 2 * MS);
		xt_eq(t, s->ent[0].jobs_done, k + 1);
	}
	sim_free(s);
}

/* A video conference: a frame every 40 ms, 8 ms of work, late after 20; beside it a
 * transcription that always has work. */
XT_DEFINE(laxity_video_conference)
{
	struct sim *s = ready(t);
	u32 frame;
	u64 begin_ns;

	lax(s, 0, 10000, -1, 3);
	sim_work(s, 1, SIM_ENDLESS);
	for (frame = 0; frame < 25; frame++) {
		begin_ns = s->now;
		sim_work(s, 0, 80);
		sim_run(s, 40 * MS);
		xt_eq(t, s->ent[0].jobs_done, frame + 1);
		xt_le_msg(t, s->ent[0].done_ns - begin_ns, 18 * MS + 200 * US, "frame %u", frame);
	}
	xt_le_msg(t, 790 * MS, s->ent[1].served_ns, "the transcription has the rest");
	sim_free(s);
}

XT_DEFINE(laxity_hint_changes_on_the_way)
{
	struct sim *s = ready(t);

	lax(s, 0, 1000000, -1, 1);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 5 * MS);
	sim_hint(s, 0, XSCHED_HINT_LAXITY, 3000);
	xt_eq_msg(t, s->ent[0].e.state, XSCHED_STATE_RUNNING, "used up already");
	sim_hint(s, 0, XSCHED_HINT_LAXITY, 8000);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, 3 * MS);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_free(s);
}

XT_SUITE(laxity_suite, "xsched_laxity",
	 XT_CASE(laxity_moments),
	 XT_CASE(laxity_begins_anew),
	 XT_CASE(laxity_video_conference),
	 XT_CASE(laxity_hint_changes_on_the_way));
