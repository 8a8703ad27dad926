// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a policy in BPF may call, always from a callback, so under the domain lock.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <linux/timekeeping.h>

#include "bpf.h"

#ifdef XSCHED_HAVE_BPF

/* Looking at the clock costs more than an entity does. */
#define CLOCK_EVERY	8

/* What the opaque words of either iterator are. */
struct walk {
	struct xsched_domain *d;
	void *at;		/* next node of the tree; entity that was last given of the news */
	u32 left;		/* so that it ends, whatever the policy does meanwhile */
	u32 given;
};

static_assert(sizeof(struct walk) <= sizeof(struct bpf_iter_xsched_ready));
static_assert(sizeof(struct walk) <= sizeof(struct bpf_iter_xsched_news));

/* May it go on? */
static bool walk_on(struct walk *w)
{
	if (!w->left)
		return false;
	w->left--;
	if (w->given++ % CLOCK_EVERY == 0 &&
	    ktime_get_ns() - xsched_bpf_domain_of(w->d)->began_ns > XSCHED_BPF_SLOW_NS)
		w->left = 0;
	return true;
}

__bpf_kfunc_start_defs();

/* Priority as it counts, inherited and capped. */
__bpf_kfunc s32 xsched_bpf_priority(struct xsched_entity *e)
{
	return xsched_entity_priority(e);
}

/* Share of the device as it counts, 1024 being ordinary. */
__bpf_kfunc u32 xsched_bpf_weight(struct xsched_entity *e)
{
	return xsched_entity_weight(e);
}

/* A hint as the process or the operator gave it; 0 for kinds that don't exist. */
__bpf_kfunc s64 xsched_bpf_hint(struct xsched_entity *e, u32 kind)
{
	return kind <= XSCHED_HINT_MAX_KIND ? e->hint[kind] : 0;
}

__bpf_kfunc u32 xsched_bpf_id(struct xsched_entity *e)
{
	return e->id;
}

/* The same number for all entities of a process. */
__bpf_kfunc u32 xsched_bpf_process(struct xsched_entity *e)
{
	return e->process;
}

/* Time in which it ran, in all its life. */
__bpf_kfunc u64 xsched_bpf_run_ns(struct xsched_entity *e)
{
	return xsched_entity_ran_ns(e, e->domain->now_ns);
}

/* The same divided by how many ran beside it, and until the device was quiet. */
__bpf_kfunc u64 xsched_bpf_used_ns(struct xsched_entity *e)
{
	return xsched_entity_used_ns(e, e->domain->now_ns);
}

/* When it last got work, having had none. */
__bpf_kfunc u64 xsched_bpf_ready_ns(struct xsched_entity *e)
{
	return e->ready_ns;
}

/* When its state last changed: if it waits, how long it has. */
__bpf_kfunc u64 xsched_bpf_since_ns(struct xsched_entity *e)
{
	return e->since_ns;
}

/* Has this policy given it the device, now or in an earlier decision? */
__bpf_kfunc bool xsched_bpf_is_running(struct xsched_entity *e)
{
	return xsched_is_running(e);
}

/* Zeroed when the policy starts; NULL if it is too large. */
__bpf_kfunc u64 *xsched_bpf_entity_data(struct xsched_entity *e, const size_t rdwr_buf_size)
{
	return rdwr_buf_size <= XSCHED_BPF_DATA_BYTES ? xsched_bpf_entity_of(e)->data : NULL;
}

__bpf_kfunc u64 *xsched_bpf_domain_data(struct xsched_domain *d, const size_t rdwr_buf_size)
{
	return rdwr_buf_size <= XSCHED_BPF_DATA_BYTES ? xsched_bpf_domain_of(d)->data : NULL;
}

__bpf_kfunc u64 xsched_bpf_timeslice_ns(struct xsched_domain *d)
{
	return d->tun.timeslice_ns;
}

/* Entities that have work. */
__bpf_kfunc u32 xsched_bpf_n_ready(struct xsched_domain *d)
{
	return xsched_bpf_domain_of(d)->n_ready;
}

/* Moves it to where this key belongs, behind those that have the same. */
__bpf_kfunc void xsched_bpf_order(struct xsched_entity *e, u64 key)
{
	struct xsched_tree *ready = &e->domain->ready;

	xsched_tree_erase(ready, &e->node);
	xsched_bpf_entity_of(e)->key = key;
	xsched_tree_insert(ready, &e->node);
}

/* In decide() only. */
__bpf_kfunc void xsched_bpf_mark_run(struct xsched_entity *e)
{
	xsched_mark_run(e);
}

__bpf_kfunc void xsched_bpf_mark_hold(struct xsched_entity *e)
{
	xsched_mark_hold(e);
}

/* In decide(): call it again by then; the soonest of several counts. */
__bpf_kfunc void xsched_bpf_call_at(struct xsched_domain *d, u64 when_ns)
{
	struct xsched_bpf_domain *own = xsched_bpf_domain_of(d);

	own->next_ns = xsched_min_u64(own->next_ns, when_ns);
}

/*
 * All with work, in order of their keys. Who is moved meanwhile may be met twice
 * or not at all.
 */
__bpf_kfunc int bpf_iter_xsched_ready_new(struct bpf_iter_xsched_ready *it,
					  struct xsched_domain *d)
{
	*(struct walk *)it = (struct walk){
		.d = d, .at = xsched_tree_first(&d->ready), .left = xsched_bpf_n_ready(d),
	};
	return 0;
}

__bpf_kfunc struct xsched_entity *bpf_iter_xsched_ready_next(struct bpf_iter_xsched_ready *it)
{
	struct walk *w = (struct walk *)it;
	struct xsched_tree_node *n = w->at;

	if (!n || !walk_on(w))
		return NULL;
	w->at = xsched_tree_next(&w->d->ready, n);
	return container_of(n, struct xsched_entity, node);
}

__bpf_kfunc void bpf_iter_xsched_ready_destroy(struct bpf_iter_xsched_ready *it)
{
}

/* In decide(): who entered or had a hint changed since the last decision. */
__bpf_kfunc int bpf_iter_xsched_news_new(struct bpf_iter_xsched_news *it,
					 struct xsched_domain *d)
{
	*(struct walk *)it = (struct walk){ .d = d, .left = d->deciding ? d->n_entities : 0 };
	return 0;
}

/* Marking adds to the end of this list and takes nothing from it. */
__bpf_kfunc struct xsched_entity *bpf_iter_xsched_news_next(struct bpf_iter_xsched_news *it)
{
	struct walk *w = (struct walk *)it;
	struct xsched_entity *last = w->at;
	struct xsched_list *next = last ? last->in_mark.next : w->d->marked.next;

	if (next == &w->d->marked || !walk_on(w))
		return NULL;
	w->at = container_of(next, struct xsched_entity, in_mark);
	return w->at;
}

__bpf_kfunc void bpf_iter_xsched_news_destroy(struct bpf_iter_xsched_news *it)
{
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(kfuncs)
BTF_ID_FLAGS(func, xsched_bpf_priority, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_weight, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_hint, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_id, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_process, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_run_ns, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_used_ns, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_ready_ns, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_since_ns, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_is_running, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_entity_data, KF_TRUSTED_ARGS | KF_RET_NULL)
BTF_ID_FLAGS(func, xsched_bpf_domain_data, KF_TRUSTED_ARGS | KF_RET_NULL)
BTF_ID_FLAGS(func, xsched_bpf_timeslice_ns, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_n_ready, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_order, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_mark_run, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_mark_hold, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, xsched_bpf_call_at, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_iter_xsched_ready_new, KF_ITER_NEW | KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_iter_xsched_ready_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_xsched_ready_destroy, KF_ITER_DESTROY)
BTF_ID_FLAGS(func, bpf_iter_xsched_news_new, KF_ITER_NEW | KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_iter_xsched_news_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_xsched_news_destroy, KF_ITER_DESTROY)
BTF_KFUNCS_END(kfuncs)

static const struct btf_kfunc_id_set kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &kfuncs,
};

int xsched_bpf_register_kfuncs(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &kfunc_set);
}

#endif /* XSCHED_HAVE_BPF */
