/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a policy in BPF is given and what it may call; tools/policies/xsched.bpf.h
 * says the same to BPF programs.
 *
 * A loaded policy is a struct xsched_policy like those built in, whose callbacks
 * run BPF programs. It is judged as those are: what errs, marks nonsense, runs
 * nobody or takes too long is replaced by none.
 *
 * Its callbacks run under the domain lock, where nothing can interrupt them. So
 * what could keep them busy is refused when it is loaded (see struct_ops.c), and an
 * iterator ends when the callback has taken its time. What the verifier has walked
 * through, at most a million instructions, is the longest that can be left then.
 */
#ifndef XSCHED_BPF_H
#define XSCHED_BPF_H

#include <linux/version.h>

#include "../policy/policy.h"

/* struct_ops of modules exist since 6.9, with links that can be detached since 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0) && \
	IS_ENABLED(CONFIG_DEBUG_INFO_BTF_MODULES) && \
	IS_ENABLED(CONFIG_BPF_SYSCALL) && IS_ENABLED(CONFIG_BPF_JIT)
#define XSCHED_HAVE_BPF
#endif

#ifdef XSCHED_HAVE_BPF

/* Bytes that a policy has for itself in an entity, and in a domain. */
#define XSCHED_BPF_DATA_BYTES	64

/**
 * struct xsched_policy_ops - a policy as BPF programs
 *
 * The callbacks are those of struct xsched_policy, with these differences. Every
 * entity with work is in the domain's ready tree, from before enter() until after
 * leave(), with key 0 unless xsched_bpf_order() says otherwise. decide() asks for
 * its next call with xsched_bpf_call_at(). Only decide and name are required.
 * Domains call in parallel.
 */
struct xsched_policy_ops {
	int (*start)(struct xsched_domain *d, u64 now_ns);
	void (*stop)(struct xsched_domain *d, u64 now_ns);
	void (*enter)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
	void (*leave)(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
	void (*hint)(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old,
		     u64 now_ns);
	int (*decide)(struct xsched_domain *d, u64 now_ns);
	char name[XSCHED_POLICY_NAME_LEN];
};

/**
 * struct xsched_bpf_domain - a loaded policy's policy_data of a domain
 * @began_ns: when the callback under way began
 * @next_ns: when decide() wants to be called again
 * @n_ready: entities in the ready tree
 * @slow: callbacks but decide that took too long, in a row
 * @data: the policy's own
 */
struct xsched_bpf_domain {
	u64 began_ns;
	u64 next_ns;
	u32 n_ready;
	u32 slow;
	u64 data[XSCHED_BPF_DATA_BYTES / sizeof(u64)];
};

/**
 * struct xsched_bpf_entity - the same of an entity
 * @key: its place in the ready tree, lowest first
 * @data: the policy's own
 */
struct xsched_bpf_entity {
	u64 key;
	u64 data[XSCHED_BPF_DATA_BYTES / sizeof(u64)];
};

static inline struct xsched_bpf_domain *xsched_bpf_domain_of(struct xsched_domain *d)
{
	return xsched_policy_area(struct xsched_bpf_domain, d);
}

static inline struct xsched_bpf_entity *xsched_bpf_entity_of(struct xsched_entity *e)
{
	return xsched_policy_area(struct xsched_bpf_entity, e);
}

/* A callback may take so long before it is cut short or held against it. */
#define XSCHED_BPF_SLOW_NS	NSEC_PER_MSEC

/* Walks over entities; their size is part of what programs were compiled for. */
struct bpf_iter_xsched_ready {
	u64 __opaque[4];
} __aligned(8);

struct bpf_iter_xsched_news {
	u64 __opaque[4];
} __aligned(8);

/* loaded.c */

/**
 * xsched_bpf_load - offer a policy
 * @ops: whose decide is there; valid until xsched_bpf_unload()
 *
 * Return: 0, -EEXIST if there is a policy of that name, -EINVAL, -ENOMEM
 */
int xsched_bpf_load(const struct xsched_policy_ops *ops);
/* Takes it back, also from the devices that it rules: none rules them then. */
void xsched_bpf_unload(const struct xsched_policy_ops *ops);

/* kfunc.c: what programs may call. */

s32 xsched_bpf_priority(struct xsched_entity *e);
u32 xsched_bpf_weight(struct xsched_entity *e);
s64 xsched_bpf_hint(struct xsched_entity *e, u32 kind);
u32 xsched_bpf_id(struct xsched_entity *e);
u32 xsched_bpf_process(struct xsched_entity *e);
u64 xsched_bpf_run_ns(struct xsched_entity *e);
u64 xsched_bpf_used_ns(struct xsched_entity *e);
u64 xsched_bpf_ready_ns(struct xsched_entity *e);
u64 xsched_bpf_since_ns(struct xsched_entity *e);
bool xsched_bpf_is_running(struct xsched_entity *e);
u64 *xsched_bpf_entity_data(struct xsched_entity *e, const size_t rdwr_buf_size);
u64 *xsched_bpf_domain_data(struct xsched_domain *d, const size_t rdwr_buf_size);
u64 xsched_bpf_timeslice_ns(struct xsched_domain *d);
u32 xsched_bpf_n_ready(struct xsched_domain *d);
void xsched_bpf_order(struct xsched_entity *e, u64 key);
void xsched_bpf_mark_run(struct xsched_entity *e);
void xsched_bpf_mark_hold(struct xsched_entity *e);
void xsched_bpf_call_at(struct xsched_domain *d, u64 when_ns);

int bpf_iter_xsched_ready_new(struct bpf_iter_xsched_ready *it, struct xsched_domain *d);
struct xsched_entity *bpf_iter_xsched_ready_next(struct bpf_iter_xsched_ready *it);
void bpf_iter_xsched_ready_destroy(struct bpf_iter_xsched_ready *it);
int bpf_iter_xsched_news_new(struct bpf_iter_xsched_news *it, struct xsched_domain *d);
struct xsched_entity *bpf_iter_xsched_news_next(struct bpf_iter_xsched_news *it);
void bpf_iter_xsched_news_destroy(struct bpf_iter_xsched_news *it);

int xsched_bpf_register_kfuncs(void);

/* struct_ops.c */

/* Tells the kernel about all of it. 0 also where it can't: built-in policies need none. */
int xsched_bpf_init(void);

#else

static inline int xsched_bpf_init(void)
{
	return 0;
}

#endif /* XSCHED_HAVE_BPF */

#endif /* XSCHED_BPF_H */
