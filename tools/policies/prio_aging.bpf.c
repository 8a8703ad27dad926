// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * prio_aging: the highest priority runs alone, but for every 10 ms that an entity
 * waits it counts as one higher. So nobody starves, and the time that the lowest gets
 * beside the highest is known.
 *
 * All who wait rise alike, so their order stays: it is that of the moments at which
 * their priorities would have been 0. Only who has had a slice falls back.
 */
#include "xsched.bpf.h"

#define STEP_NS		10000000ULL
#define LOWEST		255		/* keys are unsigned */

struct turn {
	u64 from_ns;		/* the entity has waited since */
};

struct device {
	u64 until_ns;		/* end of the slice */
};

static void place(struct xsched_entity *e, u64 from_ns)
{
	struct turn *turn = xsched_data_of_entity(struct turn, e);

	if (!turn)
		return;
	turn->from_ns = from_ns;
	xsched_bpf_order(e, from_ns + (LOWEST - xsched_bpf_priority(e)) * STEP_NS);
}

XSCHED_ENTER(aging_enter, d, e, now_ns)
{
	place(e, now_ns);
}

XSCHED_HINT(aging_hint, d, e, kind, old, now_ns)
{
	struct turn *turn = xsched_data_of_entity(struct turn, e);

	if (turn && kind == XSCHED_HINT_PRIORITY)
		place(e, turn->from_ns);
}

XSCHED_DECIDE(aging_decide, d, now_ns)
{
	struct device *device = xsched_data_of_domain(struct device, d);
	struct xsched_entity *winner, *running, *e;

	if (!device)
		return -12;
	/* Who came before this policy is among the news, if it runs. */
	xsched_for_each(news, e, d)
		if (xsched_bpf_is_running(e))
			xsched_bpf_mark_hold(e);
	/* The first runs, unless some have come or risen before it since. */
	xsched_for_each(ready, running, d)
		if (xsched_bpf_is_running(running))
			break;
	if (running && now_ns >= device->until_ns)
		place(running, now_ns);
	winner = xsched_first(d);
	if (!winner)
		return -2;
	if (!xsched_bpf_is_running(winner) || now_ns >= device->until_ns)
		device->until_ns = now_ns + xsched_bpf_timeslice_ns(d);
	if (running)
		xsched_bpf_mark_hold(running);
	xsched_bpf_mark_run(winner);
	if (xsched_bpf_n_ready(d) > 1)
		xsched_bpf_call_at(d, device->until_ns);
	return 0;
}

XSCHED_POLICY(prio_aging, .enter = (void *)aging_enter, .hint = (void *)aging_hint,
	      .decide = (void *)aging_decide, .name = "prio_aging");
