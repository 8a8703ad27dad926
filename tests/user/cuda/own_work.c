// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * own_work LEVEL LENGTH_US COUNT: so many kernels in order, or until SIGTERM, in each of two
 * streams, which are XQueues of the priorities 0 and 20; checks.
 */
#include "own.h"

int main(int argc, char **argv)
{
	static struct ktap nowhere;
	u32 i, k, us, count;
	struct own o[2];
	cu_ptr log[2];

	ktap = &nowhere;
	if (argc != 4)
		return 2;
	us = (u32)atoi(argv[2]);
	count = (u32)atoi(argv[3]);
	end_on_sigterm();
	cu_begin();
	for (k = 0; k < 2; k++) {
		log[k] = log_new(count);
		own_new(&o[k], atoi(argv[1]));
		GOOD(XHintPriority(o[k].xq, k ? 20 : 0));
	}
	for (i = 0; i < count && !enough; i++) {
		for (k = 0; k < 2; k++)
			OK(append(o[k].s, log[k], i, us));
		if (i == 10) {
			puts("ready");
			fflush(stdout);
		}
		if (i % 64 == 63)
			for (k = 0; k < 2; k++)
				OK(cuStreamSynchronize(o[k].s));
	}
	for (k = 0; k < 2; k++) {
		GOOD(XQueueWaitAll(o[k].xq));
		OK(cuStreamSynchronize(o[k].s));
		log_is_in_order(log[k], 0, i);
		own_end(&o[k]);
	}
	puts("in order");
	return 0;
}
