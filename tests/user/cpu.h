/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * CPUs for threads that are to meet, or not to.
 */
#ifndef XSCHED_TEST_CPU_H
#define XSCHED_TEST_CPU_H

#include <sched.h>

/* This thread stays on the n-th CPU that the process may use. */
static inline void pin_to(int n)
{
	cpu_set_t set, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && n-- == 0) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof(one), &one);
			return;
		}
}

#endif
