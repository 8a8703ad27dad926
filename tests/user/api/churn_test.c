// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * 10,000 queues, each with its commands, come and go.
 */
#include "api.h"

/* Under valgrind this shows leaks; CYCLES makes it shorter. */
static void create_destroy(const void *arg)
{
	const char *v = getenv("CYCLES");
	int i, n = v ? atoi(v) : 10000;
	struct rig r, other;

	if (*(const int *)arg)
		CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	for (i = 0; i < n; i++) {
		r = rig_new(1);
		submit(r.xq, 0, i);
		if (i % 10 == 0) {
			other = rig_new(2);
			submit(other.xq, 0, i);
			CHECK_OK(XQueueSuspend(r.xq, 0));
			submit(r.xq, 0, i);
			rig_end(other);
		}
		CHECK_OK(HwCommandDestroy(command(0, 0)));
		rig_end(r);
	}
	CHECK_EQ(traced(), n + 2 * ((n + 9) / 10));
}

static const int zero, one = 1;

static const struct ktap_test tests[] = {
	{ "10,000 queues come and go, APP", create_destroy, &zero },
	{ "10,000 queues come and go, LCL", create_destroy, &one },
};

KTAP_MAIN(tests)
