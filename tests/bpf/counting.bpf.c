// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A policy with a map and a variable that user space can see: runs everybody, and counts
 * its decisions.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "xsched.bpf.h"

u64 counting_entered;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} counting_map SEC(".maps");

XSCHED_ENTER(counting_enter, d, e, now_ns)
{
	__sync_fetch_and_add(&counting_entered, 1);
}

XSCHED_DECIDE(counting_decide, d, now_ns)
{
	struct xsched_entity *e;
	u32 first = 0;
	u64 *n = bpf_map_lookup_elem(&counting_map, &first);

	if (n)
		__sync_fetch_and_add(n, 1);
	xsched_for_each(news, e, d)
		xsched_bpf_mark_run(e);
	return 0;
}

XSCHED_POLICY(counting, .enter = (void *)counting_enter, .decide = (void *)counting_decide,
	      .name = "counting");
