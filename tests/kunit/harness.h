/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One way to write a test case for two runners: KUnit in a kernel, and a
 * program that prints KTAP (run.c).
 */
#ifndef XSCHED_TEST_HARNESS_H
#define XSCHED_TEST_HARNESS_H

#ifdef __KERNEL__

#include <kunit/test.h>
#include <linux/vmalloc.h>

struct xt;	/* is a struct kunit */

#define XT_KUNIT(t)		((struct kunit *)(t))

/* Values of any integer type; the rest says which case it was. */
#define xt_eq_msg(t, a, b, ...) \
	KUNIT_EXPECT_EQ_MSG(XT_KUNIT(t), (long long)(a), (long long)(b), __VA_ARGS__)
#define xt_le_msg(t, a, b, ...) \
	KUNIT_EXPECT_LE_MSG(XT_KUNIT(t), (long long)(a), (long long)(b), __VA_ARGS__)
#define xt_streq(t, a, b)	KUNIT_EXPECT_STREQ(XT_KUNIT(t), a, b)
#define xt_failed(t)		(READ_ONCE(XT_KUNIT(t)->status) == KUNIT_FAILURE)

/* Zeroed; freed by the runner. */
static inline void *xt_alloc(struct xt *t, size_t size)
{
	void *p = kunit_kzalloc(XT_KUNIT(t), size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(XT_KUNIT(t), p);
	return p;
}

/* The same for megabytes; freed by the test. */
static inline void *xt_alloc_big(struct xt *t, size_t size)
{
	void *p = vzalloc(size);

	KUNIT_ASSERT_NOT_NULL(XT_KUNIT(t), p);
	return p;
}

#define xt_free_big(p)		vfree(p)

typedef unsigned long xt_flags_t;
#define xt_lock(lock, flags)	raw_spin_lock_irqsave(lock, flags)
#define xt_unlock(lock, flags)	raw_spin_unlock_irqrestore(lock, flags)

#define XT_CASE(fn)		KUNIT_CASE(fn##_kunit)
/* Defines what XT_CASE(fn) names; fn takes a struct xt. */
#define XT_DEFINE(fn)							\
	static void fn(struct xt *t);					\
	static void fn##_kunit(struct kunit *t) { fn((struct xt *)t); }	\
	static void fn(struct xt *t)
#define XT_SUITE(var, suite_name, ...)					\
	static struct kunit_case var##_cases[] = { __VA_ARGS__, {} };	\
	struct kunit_suite var = {					\
		.name = suite_name, .test_cases = var##_cases,		\
	}
#define XT_EXTERN(var)		extern struct kunit_suite var

#else /* !__KERNEL__ */

#include <stdio.h>
#include <stdlib.h>

struct xt;

void xt_fail(struct xt *t, const char *file, int line, const char *what);
/* Says more about the failure that xt_fail() has just reported; "" is nothing. */
__attribute__((format(printf, 1, 2))) void xt_say(const char *format, ...);
int xt_failed(struct xt *t);
void *xt_alloc(struct xt *t, size_t size);
void *xt_alloc_big(struct xt *t, size_t size);
#define xt_free_big(p)		free(p)

#define XT_COMPARE(t, a, op, b, ...) do {				\
	long long __a = (long long)(a), __b = (long long)(b);		\
	if (!(__a op __b)) {						\
		xt_fail(t, __FILE__, __LINE__, #a " " #op " " #b);	\
		xt_say("left %lld, right %lld", __a, __b);		\
		xt_say(__VA_ARGS__);					\
	}								\
} while (0)
#define xt_eq_msg(t, a, b, ...)	XT_COMPARE(t, a, ==, b, __VA_ARGS__)
#define xt_le_msg(t, a, b, ...)	XT_COMPARE(t, a, <=, b, __VA_ARGS__)
#define xt_streq(t, a, b) do {						\
	const char *__a = (a), *__b = (b);				\
	if (strcmp(__a, __b)) {						\
		xt_fail(t, __FILE__, __LINE__, #a " is " #b);		\
		xt_say("it is \"%s\"", __a);				\
	}								\
} while (0)

typedef int xt_flags_t;
#define xt_lock(lock, flags)	((void)(lock), (void)(flags = 0))
#define xt_unlock(lock, flags)	((void)(lock), (void)(flags))

struct xt_case {
	const char *name;
	void (*fn)(struct xt *t);
};

struct xt_suite {
	const char *name;
	const struct xt_case *cases;
};

#define XT_CASE(fn)		{ #fn, fn }
#define XT_DEFINE(fn)		static void fn(struct xt *t)
#define XT_SUITE(var, suite_name, ...)					\
	static const struct xt_case var##_cases[] = { __VA_ARGS__, { NULL, NULL } }; \
	const struct xt_suite var = { suite_name, var##_cases }
#define XT_EXTERN(var)		extern const struct xt_suite var

#endif /* __KERNEL__ */

#define xt_eq(t, a, b)		xt_eq_msg(t, a, b, "%s", "")
#define xt_true(t, a)		xt_eq_msg(t, !!(a), 1, "%s", "")
#define xt_true_msg(t, a, ...)	xt_eq_msg(t, !!(a), 1, __VA_ARGS__)
#define xt_false(t, a)		xt_eq_msg(t, !!(a), 0, "%s", "")
#define xt_false_msg(t, a, ...)	xt_eq_msg(t, !!(a), 0, __VA_ARGS__)

#endif /* XSCHED_TEST_HARNESS_H */
