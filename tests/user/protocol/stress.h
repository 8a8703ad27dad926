/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the stress tests of the protocol share: how long they go on, and a
 * competitor whose readiness comes and goes.
 *
 * XSCHED_TEST_SECONDS sets the length of each.
 */
#ifndef XSCHED_TEST_STRESS_H
#define XSCHED_TEST_STRESS_H

#include <pthread.h>
#include <sched.h>

#include "../../../lib/xqueue/barrier.h"
#include "../uapi/client.h"
#include "../cpu.h"

static inline unsigned int stress_seconds(void)
{
	const char *v = getenv("XSCHED_TEST_SECONDS");
	int n = v ? atoi(v) : 0;

	return n > 0 ? (unsigned int)n : 4;
}

static inline uint64_t stress_end_ns(void)
{
	return now_ns() + stress_seconds() * NSEC_PER_SEC;
}

/* A different delay each time, and the same ones in each run. */
static inline uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static inline void spin(uint32_t n)
{
	while (n--)
		__asm__ volatile("" ::: "memory");
}

/*
 * Looks at a word all the while, as a listing might: so a store to it has to fetch
 * the line first, and later loads overtake it by far.
 */
static inline void spin_and_look(uint32_t n, const uint32_t *word)
{
	while (n--)
		xs_load_relaxed(word);
}

/* One CPU shows what preemption does, never what two CPUs at once do. */
static inline int cpus(void)
{
	cpu_set_t set;

	MUST(sched_getaffinity(0, sizeof(set), &set));
	return CPU_COUNT(&set);
}

#endif
