/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * All that a policy in BPF needs: types, callbacks, and what they may call.
 * Documentation/policy-howto.rst shows how to use it.
 *
 * The macros XSCHED_* below begin a callback and name its arguments:
 *
 *	XSCHED_DECIDE(my_decide, d, now_ns)
 *	{
 *		return 0;
 *	}
 *
 * All run under the lock of a device, so a policy's own data of that device and its
 * entities needs no other; maps and global variables are shared by devices, which
 * run in parallel. Loops must have an end that the verifier sees, or go over entities
 * with xsched_for_each(). Helpers of BPF that sleep, loop or call back can't be
 * called, nor can functions that aren't static.
 */
#ifndef XSCHED_BPF_H
#define XSCHED_BPF_H

#ifndef __VMLINUX_H__
typedef unsigned char u8;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef _Bool bool;
enum { false, true };
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif

#define XSCHED_SECTION(name)	__attribute__((section(name), used))
#define XSCHED_KFUNC		extern __attribute__((section(".ksyms")))

/* Only ever pointed to: a device with its entities, and what is scheduled. */
struct xsched_domain {};
struct xsched_entity {};

/* Hints, for xsched_bpf_hint() and the callback hint; the units are those of the uapi. */
enum {
	XSCHED_HINT_PRIORITY = 1,	/* -255..255, higher first */
	XSCHED_HINT_UTILIZATION = 2,	/* percent */
	XSCHED_HINT_TIMESLICE = 3,	/* us */
	XSCHED_HINT_DEADLINE = 4,	/* us after it got work */
	XSCHED_HINT_LAXITY = 5,		/* us after it got work */
	XSCHED_HINT_LAX_PRIORITY = 6,
	XSCHED_HINT_CRIT_PRIORITY = 7,
	XSCHED_HINT_WINDOW = 8,		/* 0, or 1: belongs to the active window */
};

/*
 * A policy. Only decide and name (of a-z, 0-9, - and _) are required.
 *
 * start	it begins to rule a device; an error leaves it to "none"
 * stop		it ends
 * enter	an entity has work from now on: it is in the ready tree, with key 0
 * leave	it has none any more, and leaves the tree afterwards
 * hint		a hint of an entity in the tree changed from old
 * decide	mark who is to run and who to be held; the others stay as they are. One
 *		at least must run. Return 0, or -errno to give up
 *
 * When it starts, entities that have work enter; those that run stay so until held.
 */
struct xsched_policy_ops {
	int (*start)(struct xsched_domain *d, u64 now_ns);
	void (*stop)(struct xsched_domain *d, u64 now_ns);
	void (*enter)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
	void (*leave)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
	void (*hint)(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old,
		     u64 now_ns);
	int (*decide)(struct xsched_domain *d, u64 now_ns);
	char name[16];
};

/*
 * An entity: its priority and weight as they count (inherited, capped, scaled; so they
 * may be others at the next call, without a hint), ...
 */
XSCHED_KFUNC s32 xsched_bpf_priority(struct xsched_entity *e);
XSCHED_KFUNC u32 xsched_bpf_weight(struct xsched_entity *e);
/* ... a hint as it was given, its id, and one that a process's entities have in common; */
XSCHED_KFUNC s64 xsched_bpf_hint(struct xsched_entity *e, u32 kind);
XSCHED_KFUNC u32 xsched_bpf_id(struct xsched_entity *e);
XSCHED_KFUNC u32 xsched_bpf_process(struct xsched_entity *e);
/* ... how long it ran, its part of the device's time, */
XSCHED_KFUNC u64 xsched_bpf_run_ns(struct xsched_entity *e);
XSCHED_KFUNC u64 xsched_bpf_used_ns(struct xsched_entity *e);
/* ... when it last got work, and since when it has run or waited; */
XSCHED_KFUNC u64 xsched_bpf_ready_ns(struct xsched_entity *e);
XSCHED_KFUNC u64 xsched_bpf_since_ns(struct xsched_entity *e);
/* ... and whether this policy gave it the device. */
XSCHED_KFUNC bool xsched_bpf_is_running(struct xsched_entity *e);

/* A device: the time slice that its operator set, and how many have work. */
XSCHED_KFUNC u64 xsched_bpf_timeslice_ns(struct xsched_domain *d);
XSCHED_KFUNC u32 xsched_bpf_n_ready(struct xsched_domain *d);

/* Moves an entity in the ready tree, behind those with the same key. */
XSCHED_KFUNC void xsched_bpf_order(struct xsched_entity *e, u64 key);

/* For decide; the last mark of an entity counts. */
XSCHED_KFUNC void xsched_bpf_mark_run(struct xsched_entity *e);
XSCHED_KFUNC void xsched_bpf_mark_hold(struct xsched_entity *e);
/* For decide: it is called again then at the latest. */
XSCHED_KFUNC void xsched_bpf_call_at(struct xsched_domain *d, u64 when_ns);

/* A policy's own data, at most 64 bytes, zero when it starts: NULL if more. */
XSCHED_KFUNC u64 *xsched_bpf_entity_data(struct xsched_entity *e, const u64 rdwr_buf_size);
XSCHED_KFUNC u64 *xsched_bpf_domain_data(struct xsched_domain *d, const u64 rdwr_buf_size);

/* struct my_data *m = xsched_data_of_entity(struct my_data, e); if (!m) return; */
#define xsched_data_of_entity(type, e)	((type *)xsched_bpf_entity_data(e, sizeof(type)))
#define xsched_data_of_domain(type, d)	((type *)xsched_bpf_domain_data(d, sizeof(type)))

struct bpf_iter_xsched_ready { u64 opaque[4]; } __attribute__((aligned(8)));
struct bpf_iter_xsched_news { u64 opaque[4]; } __attribute__((aligned(8)));

XSCHED_KFUNC int bpf_iter_xsched_ready_new(struct bpf_iter_xsched_ready *it,
					   struct xsched_domain *d);
XSCHED_KFUNC struct xsched_entity *
bpf_iter_xsched_ready_next(struct bpf_iter_xsched_ready *it);
XSCHED_KFUNC void bpf_iter_xsched_ready_destroy(struct bpf_iter_xsched_ready *it);
XSCHED_KFUNC int bpf_iter_xsched_news_new(struct bpf_iter_xsched_news *it,
					  struct xsched_domain *d);
XSCHED_KFUNC struct xsched_entity *
bpf_iter_xsched_news_next(struct bpf_iter_xsched_news *it);
XSCHED_KFUNC void bpf_iter_xsched_news_destroy(struct bpf_iter_xsched_news *it);

/*
 * struct xsched_entity *e;
 * xsched_for_each(ready, e, d) ...	all with work, lowest key first
 * xsched_for_each(news, e, d) ...	in decide: who entered or had a hint changed since
 *					the last decision, and who was marked in this one
 *
 * break and return are fine. Entities that are moved in the tree meanwhile may be met
 * twice or not at all. A walk ends early when the callback has taken a millisecond.
 */
/* (Only a function that is mentioned in the code itself gets a type, hence the cast.) */
#define xsched_for_each(what, e, d)							\
	for (struct bpf_iter_xsched_##what						\
		     walk_##e __attribute__((cleanup(bpf_iter_xsched_##what##_destroy))),\
		     *begin_##e __attribute__((unused)) =				\
			     (bpf_iter_xsched_##what##_new(&walk_##e, d),		\
			      (void)bpf_iter_xsched_##what##_destroy, (void *)0);	\
	     ((e) = bpf_iter_xsched_##what##_next(&walk_##e));)

/* Who has work and the lowest key; NULL if nobody has any. */
static inline __attribute__((always_inline)) struct xsched_entity *
xsched_first(struct xsched_domain *d)
{
	struct xsched_entity *e;

	xsched_for_each(ready, e, d)
		break;
	return e;
}

/* A program gets its arguments as an array of words; these give them their types back. */
#define XSCHED_CALLBACK(type, name, params, ...)					\
	static inline __attribute__((always_inline)) type name##_body params;		\
	XSCHED_SECTION("struct_ops/" #name) type name(u64 *args)			\
	{										\
		return name##_body(__VA_ARGS__);					\
	}										\
	static inline __attribute__((always_inline)) type name##_body params

#define XSCHED_DOMAIN_ARG	((struct xsched_domain *)args[0])
#define XSCHED_ENTITY_ARG	((struct xsched_entity *)args[1])

#define XSCHED_D(d)		struct xsched_domain *d __attribute__((unused))
#define XSCHED_E(e)		struct xsched_entity *e __attribute__((unused))
#define XSCHED_N(type, n)	type n __attribute__((unused))

#define XSCHED_START(name, d, now_ns)							\
	XSCHED_CALLBACK(int, name, (XSCHED_D(d), XSCHED_N(u64, now_ns)),		\
			XSCHED_DOMAIN_ARG, args[1])
#define XSCHED_STOP(name, d, now_ns)							\
	XSCHED_CALLBACK(void, name, (XSCHED_D(d), XSCHED_N(u64, now_ns)),		\
			XSCHED_DOMAIN_ARG, args[1])
#define XSCHED_ENTER(name, d, e, now_ns)						\
	XSCHED_CALLBACK(void, name, (XSCHED_D(d), XSCHED_E(e), XSCHED_N(u64, now_ns)),	\
			XSCHED_DOMAIN_ARG, XSCHED_ENTITY_ARG, args[2])
#define XSCHED_LEAVE(name, d, e, now_ns)	XSCHED_ENTER(name, d, e, now_ns)
#define XSCHED_HINT(name, d, e, kind, old, now_ns)					\
	XSCHED_CALLBACK(void, name,							\
			(XSCHED_D(d), XSCHED_E(e), XSCHED_N(u32, kind),			\
			 XSCHED_N(s64, old), XSCHED_N(u64, now_ns)),			\
			XSCHED_DOMAIN_ARG, XSCHED_ENTITY_ARG, args[2], args[3], args[4])
#define XSCHED_DECIDE(name, d, now_ns)	XSCHED_START(name, d, now_ns)

/* XSCHED_POLICY(my_policy, .decide = (void *)my_decide, .name = "mine"); */
#define XSCHED_POLICY(variable, ...)							\
	XSCHED_SECTION(".struct_ops.link") struct xsched_policy_ops variable = { __VA_ARGS__ }

/* The kernel lets only such programs call it. */
XSCHED_SECTION("license") static char xsched_license[] = "Dual MIT/GPL";

#endif /* XSCHED_BPF_H */
