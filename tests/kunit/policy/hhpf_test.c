// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hhpf: devices that yield to each other's higher priorities, and don't know of each other
 * otherwise.
 */
#include "../sim.h"

#define DEVICES	3

struct devices {
	struct sim *s[DEVICES];
};

/* Each with two entities, of which the first has work when told. */
static void setup(struct xt *t, struct devices *v, const struct xsched_policy *p)
{
	u32 i, k;

	for (i = 0; i < DEVICES; i++) {
		v->s[i] = sim_new(t, 2, p);
		for (k = 0; k < 2; k++) {
			v->s[i]->ent[k].stops = true;
			sim_add(v->s[i], k, 100 * US, 2);
		}
	}
}

static void end(struct devices *v)
{
	u32 i;

	for (i = 0; i < DEVICES; i++)
		sim_free(v->s[i]);
}

/* All devices' clocks go together; pokes are answered within a step. */
static void run(struct devices *v, u64 ns)
{
	u64 step;
	u32 i;

	for (step = 0; step < ns; step += 10 * US)
		for (i = 0; i < DEVICES; i++)
			sim_run(v->s[i], 10 * US);
}

/* Pokes that wait are answered, no time passes. */
static void answer(struct devices *v)
{
	u32 i, k;

	for (k = 0; k < DEVICES; k++)
		for (i = 0; i < DEVICES; i++)
			sim_run(v->s[i], 0);
}

static bool runs(struct devices *v, u32 device, u32 entity)
{
	return v->s[device]->ent[entity].e.state == XSCHED_STATE_RUNNING;
}

struct across {
	const char *what;
	s64 priority[DEVICES];	/* of the first entity of each; -300: no work */
	bool runs[DEVICES];
};

#define NO_WORK	(-300)

static const struct across acrosses[] = {
	{ "equals run on all", { 0, 0, 0 }, { true, true, true } },
	{ "the highest, alone", { 0, 5, 1 }, { false, true, false } },
	{ "two highest", { 5, 5, 1 }, { true, true, false } },
	{ "extremes", { -255, 255, 0 }, { false, true, false } },
	{ "idle holds nobody", { NO_WORK, 1, 1 }, { false, true, true } },
	{ "all idle", { NO_WORK, NO_WORK, NO_WORK }, { false, false, false } },
	{ "lowest alone", { NO_WORK, NO_WORK, -255 }, { false, false, true } },
};

XT_DEFINE(hhpf_across)
{
	struct devices v;
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(acrosses); c++) {
		setup(t, &v, &xsched_policy_hhpf);
		for (i = 0; i < DEVICES; i++) {
			if (acrosses[c].priority[i] == NO_WORK)
				continue;
			sim_hint(v.s[i], 0, XSCHED_HINT_PRIORITY, acrosses[c].priority[i]);
			sim_work(v.s[i], 0, SIM_ENDLESS);
		}
		answer(&v);
		for (i = 0; i < DEVICES; i++)
			xt_eq_msg(t, runs(&v, i, 0), acrosses[c].runs[i], "%s: device %u",
				  acrosses[c].what, i);
		end(&v);
	}
}

XT_DEFINE(hhpf_comes_and_goes)
{
	struct devices v;
	u32 k;

	setup(t, &v, &xsched_policy_hhpf);
	sim_work(v.s[0], 0, SIM_ENDLESS);
	sim_hint(v.s[1], 0, XSCHED_HINT_PRIORITY, 3);
	for (k = 0; k < 5; k++) {
		run(&v, MS);
		xt_true(t, runs(&v, 0, 0));
		sim_work(v.s[1], 0, 10);
		answer(&v);
		xt_true(t, runs(&v, 1, 0));
		xt_false_msg(t, runs(&v, 0, 0), "on another device, but lower");
		run(&v, 900 * US);
		xt_false(t, runs(&v, 0, 0));
		run(&v, 300 * US);
		xt_eq(t, v.s[1]->ent[0].jobs_done, k + 1);
		xt_true_msg(t, runs(&v, 0, 0), "goes on");
	}
	end(&v);
}

/* One that says nothing when it is done: it is looked at, for others wait for it. */
XT_DEFINE(hhpf_silent_end_is_found)
{
	struct devices v;

	setup(t, &v, &xsched_policy_hhpf);
	sim_remove(v.s[1], 0);
	v.s[1]->ent[0].silent = true;
	sim_add(v.s[1], 0, 100 * US, 2);
	sim_hint(v.s[1], 0, XSCHED_HINT_PRIORITY, 3);
	sim_work(v.s[1], 0, 10);
	sim_work(v.s[0], 0, SIM_ENDLESS);
	answer(&v);
	xt_false(t, runs(&v, 0, 0));
	run(&v, 2 * MS);
	xt_eq(t, v.s[1]->ent[0].e.state, XSCHED_STATE_IDLE);
	xt_true(t, runs(&v, 0, 0));
	end(&v);
}

/* A device with a single entity takes part too. */
XT_DEFINE(hhpf_single_entities)
{
	struct devices v;
	u32 i;

	setup(t, &v, &xsched_policy_hhpf);
	for (i = 0; i < DEVICES; i++) {
		sim_remove(v.s[i], 1);
		sim_hint(v.s[i], 0, XSCHED_HINT_PRIORITY, i);
		sim_work(v.s[i], 0, SIM_ENDLESS);
	}
	answer(&v);
	for (i = 0; i < DEVICES; i++)
		xt_eq_msg(t, runs(&v, i, 0), i == 2, "device %u", i);
	sim_remove(v.s[2], 0);
	answer(&v);
	xt_true_msg(t, runs(&v, 1, 0), "the next");
	xt_false(t, runs(&v, 0, 0));
	end(&v);
}

XT_DEFINE(hhpf_hint_and_policy_change)
{
	struct devices v;

	setup(t, &v, &xsched_policy_hhpf);
	sim_work(v.s[0], 0, SIM_ENDLESS);
	sim_work(v.s[1], 0, SIM_ENDLESS);
	answer(&v);
	sim_hint(v.s[1], 0, XSCHED_HINT_PRIORITY, 1);
	answer(&v);
	xt_false(t, runs(&v, 0, 0));
	sim_policy(v.s[1], &xsched_policy_hpf);
	answer(&v);
	xt_true_msg(t, runs(&v, 0, 0), "what is under another policy is none of its business");
	xt_true(t, runs(&v, 1, 0));
	sim_policy(v.s[1], &xsched_policy_hhpf);
	answer(&v);
	xt_false(t, runs(&v, 0, 0));
	end(&v);
}

/* XSched: up, pup, kedf and laxity had one device wait for another. */
XT_DEFINE(hhpf_other_policies_keep_to_their_device)
{
	const struct xsched_policy *const *p;
	struct devices v;
	u32 i;

	for (p = xsched_policies; *p; p++) {
		if (*p == &xsched_policy_hhpf || (*p)->open)
			continue;
		setup(t, &v, *p);
		for (i = 0; i < DEVICES; i++) {
			sim_hint(v.s[i], 0, XSCHED_HINT_PRIORITY, i);
			sim_work(v.s[i], 0, SIM_ENDLESS);
		}
		run(&v, 20 * MS);
		for (i = 0; i < DEVICES; i++)
			xt_eq_msg(t, v.s[i]->ent[0].served_ns, 20 * MS, "%s: device %u",
				  (*p)->name, i);
		end(&v);
	}
}

XT_SUITE(hhpf_suite, "xsched_hhpf",
	 XT_CASE(hhpf_across),
	 XT_CASE(hhpf_comes_and_goes),
	 XT_CASE(hhpf_silent_end_is_found),
	 XT_CASE(hhpf_single_entities),
	 XT_CASE(hhpf_hint_and_policy_change),
	 XT_CASE(hhpf_other_policies_keep_to_their_device));
