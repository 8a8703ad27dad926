// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How long a policy may take to decide before it is replaced.
 */
#include "internal.h"
#include "../policy/policy.h"

/*
 * In the kernel it decides with interrupts off. One late decision proves nothing, since a
 * hypervisor or an emulator can stop a CPU anywhere; it has to happen this often in a
 * row. Of a built-in policy it is known that it looks at each entity a few times at
 * most: or one user with many could have it thrown out, for everybody.
 */
#define SLOW_NS		1000000ULL
#define SLOW_EACH_NS	1000ULL
#define SLOW_TIMES	3U

static u64 slow_limit(const struct xsched_domain *d)
{
	if (xsched_policy_find(d->policy->name) != d->policy)
		return SLOW_NS;
	return SLOW_NS + d->n_busy * SLOW_EACH_NS;
}

void xsched_patience_begin(struct xsched_domain *d, u64 clock_ns)
{
	d->decide_ns = clock_ns;
}

u64 xsched_patience_end(struct xsched_domain *d, u64 clock_ns)
{
	d->decide_ns = clock_ns - d->decide_ns;
	/* The limit takes a search, most decisions don't. */
	if (d->decide_ns > SLOW_NS && d->decide_ns > slow_limit(d))
		d->n_slow++;
	else
		d->n_slow = 0;
	return d->decide_ns;
}

void xsched_patience_lost(struct xsched_domain *d, u64 now_ns)
{
	char why[XSCHED_REASON_LEN];

	d->n_slow = 0;
	snprintf(why, sizeof(why), "decided for over %llu us %u times in a row, last for %llu us",
		 slow_limit(d) / 1000, SLOW_TIMES, d->decide_ns / 1000);
	xsched_domain_fall_back(d, why, now_ns);
}

bool xsched_patience_is_lost(const struct xsched_domain *d)
{
	return d->n_slow >= SLOW_TIMES;
}
