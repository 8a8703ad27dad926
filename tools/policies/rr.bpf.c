// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * rr: round robin. Whoever has work runs alone for a time slice, then goes to the
 * end of the line.
 */
#include "xsched.bpf.h"

struct line {
	u64 last;		/* number of whoever is at the end */
	u64 until_ns;		/* end of the slice */
};

XSCHED_ENTER(rr_enter, d, e, now_ns)
{
	struct line *line = xsched_data_of_domain(struct line, d);

	if (line)
		xsched_bpf_order(e, ++line->last);
}

XSCHED_DECIDE(rr_decide, d, now_ns)
{
	struct line *line = xsched_data_of_domain(struct line, d);
	struct xsched_entity *winner = xsched_first(d), *e;

	if (!line || !winner)
		return -2;
	/* Who ran before this policy came is among the news. */
	xsched_for_each(news, e, d)
		if (xsched_bpf_is_running(e))
			xsched_bpf_mark_hold(e);
	if (xsched_bpf_is_running(winner) && now_ns >= line->until_ns) {
		xsched_bpf_mark_hold(winner);
		xsched_bpf_order(winner, ++line->last);
		line->until_ns = 0;
		winner = xsched_first(d);
		if (!winner)
			return -2;
	}
	if (!xsched_bpf_is_running(winner) || !line->until_ns)
		line->until_ns = now_ns + xsched_bpf_timeslice_ns(d);
	xsched_bpf_mark_run(winner);
	if (xsched_bpf_n_ready(d) > 1)
		xsched_bpf_call_at(d, line->until_ns);
	return 0;
}

XSCHED_POLICY(rr, .enter = (void *)rr_enter, .decide = (void *)rr_decide, .name = "rr");
