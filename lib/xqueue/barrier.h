/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Accesses to words that another process, the kernel or a device also touches.
 *
 * Pairs (each named at both ends):
 *   launch:  add submitted; FENCE; load gate, notify
 *   close:   store gate;    FENCE; load counters		(kmod/core)
 *   idle:    store gate and notify; FENCE; load counters	(kmod/core)
 *   gate:    store arrive;  FENCE; load gate			(device side)
 *   ring:    store event; RELEASE tail / ACQUIRE tail; load event
 *   release: add submitted; FENCE; load gate; else take it back (level 1 window)
 */
#ifndef XSCHED_BARRIER_H
#define XSCHED_BARRIER_H

#include <stdatomic.h>
#include <stdint.h>

#define xs_load(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define xs_load_relaxed(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define xs_store_relaxed(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define xs_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define xs_add_release(p, n)	__atomic_fetch_add((p), (n), __ATOMIC_RELEASE)
#define xs_add_relaxed(p, n)	__atomic_fetch_add((p), (n), __ATOMIC_RELAXED)

/*
 * Counts without a locked instruction: two threads that race on it may lose a
 * count, which moves the next gate by one command.
 */
#define xs_inc_relaxed(p) ({						\
	__auto_type __v = xs_load_relaxed(p);				\
	xs_store_relaxed(p, __v + 1);					\
	__v; })

static inline void xs_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * Add, then a full fence. On x86 the locked add is one; elsewhere a seq_cst
 * add doesn't order a later plain load.
 */
static inline void xs_add_fence(uint32_t *p, uint32_t n)
{
#ifdef XSCHED_TEST_NO_LAUNCH_FENCE	/* the stress test shows that this breaks */
	xs_store_relaxed(p, xs_load_relaxed(p) + n);
#else
	__atomic_fetch_add(p, n, __ATOMIC_SEQ_CST);
#ifndef __x86_64__
	xs_fence();
#endif
#endif
}

#endif
