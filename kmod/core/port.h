/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The few things that the core takes from its surroundings, in the kernel and
 * in user space.
 */
#ifndef XSCHED_PORT_H
#define XSCHED_PORT_H

#ifdef __KERNEL__

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>

typedef raw_spinlock_t xsched_lock_t;

/* A macro: each place that initializes a lock gives it its own lockdep class. */
#define xsched_lock_init(lock)		raw_spin_lock_init(lock)
#define xsched_assert_locked(d)		lockdep_assert_held(&(d)->lock)

/* A lock that may be taken under a domain's lock, and is the last. */
typedef unsigned long xsched_leaf_flags_t;

typedef raw_spinlock_t xsched_leaf_t;

#define XSCHED_LEAF(name)		DEFINE_RAW_SPINLOCK(name)
#define xsched_leaf_init(lock)		raw_spin_lock_init(lock)
#define xsched_leaf_lock(lock, flags)	raw_spin_lock_irqsave(lock, flags)
#define xsched_leaf_unlock(lock, flags)	raw_spin_unlock_irqrestore(lock, flags)

#else /* !__KERNEL__ */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t s32;
/* As in the kernel, so that one printf format fits both. */
typedef unsigned long long u64;
typedef long long s64;

#define S32_MAX			INT32_MAX
#define S64_MAX			INT64_MAX

/* A program that embeds the core sees to it that one thread at a time is in it. */
typedef struct { char unused; } xsched_lock_t;

#define xsched_lock_init(lock)		((void)(lock))
#define xsched_assert_locked(d)		((void)(d))

/* Domains may be in threads of their own, so this one is real. */
typedef int xsched_leaf_flags_t;

typedef char xsched_leaf_t;

#define XSCHED_LEAF(name)		xsched_leaf_t name
#define xsched_leaf_init(lock)		((void)(*(lock) = 0))
#define xsched_leaf_lock(lock, flags) do {					\
	(void)(flags = 0);							\
	while (__atomic_test_and_set(lock, __ATOMIC_ACQUIRE))			\
		;								\
} while (0)
#define xsched_leaf_unlock(lock, flags) do {					\
	(void)(flags);								\
	__atomic_clear(lock, __ATOMIC_RELEASE);					\
} while (0)

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define __maybe_unused		__attribute__((unused))

/* Here for its value only: tests look at states, not at logs. */
static inline bool xsched_warn_on(bool cond)
{
	return cond;
}

#define WARN_ON_ONCE(cond)	xsched_warn_on(cond)

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))

#endif /* __KERNEL__ */

#include <linux/xsched.h>

/* Sum that sticks at the highest value, for "now plus a tunable". */
static inline u64 xsched_add_sat(u64 a, u64 b)
{
	return a + b < a ? ~0ULL : a + b;
}

static inline u64 xsched_min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 xsched_max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif /* XSCHED_PORT_H */
