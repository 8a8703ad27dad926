// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A loaded policy as the core sees it: callbacks that keep the ready tree and
 * the time, and run BPF programs.
 */
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "../edge/edge.h"
#include "bpf.h"

#ifdef XSCHED_HAVE_BPF

/* One late callback proves nothing: a hypervisor can stop a CPU anywhere. */
#define SLOW_TIMES	3U

/**
 * struct loaded - a loaded policy
 * @offer: what the registry knows of it
 * @policy: what the core knows of it
 * @ops: its programs
 * @in_all: in @all
 */
struct loaded {
	struct xsched_offer offer;
	struct xsched_policy policy;
	const struct xsched_policy_ops *ops;
	struct list_head in_all;
};

static DEFINE_MUTEX(all_lock);
static LIST_HEAD(all);		/* all_lock */

static const struct xsched_policy_ops *ops_of(const struct xsched_domain *d)
{
	return container_of(d->policy, struct loaded, policy)->ops;
}

static void begin(struct xsched_domain *d)
{
	xsched_bpf_domain_of(d)->began_ns = ktime_get_ns();
}

/* decide() is timed by whom it belongs to, like anybody's. */
static void end(struct xsched_domain *d)
{
	struct xsched_bpf_domain *own = xsched_bpf_domain_of(d);

	own->slow = ktime_get_ns() - own->began_ns > XSCHED_BPF_SLOW_NS ? own->slow + 1 : 0;
}

static bool entity_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return xsched_bpf_entity_of(container_of(a, struct xsched_entity, node))->key <
	       xsched_bpf_entity_of(container_of(b, struct xsched_entity, node))->key;
}

static int on_start(struct xsched_domain *d, u64 now_ns)
{
	int err = 0;

	xsched_tree_init(&d->ready, entity_before, &d->n_visited);
	if (ops_of(d)->start) {
		begin(d);
		err = ops_of(d)->start(d, now_ns);
		end(d);
	}
	return err;
}

static void on_stop(struct xsched_domain *d, u64 now_ns)
{
	if (ops_of(d)->stop)
		ops_of(d)->stop(d, now_ns);
}

static void on_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_bpf_entity_of(e)->key = 0;
	xsched_tree_insert(&d->ready, &e->node);
	xsched_bpf_domain_of(d)->n_ready++;
	if (ops_of(d)->enter) {
		begin(d);
		ops_of(d)->enter(d, e, now_ns);
		end(d);
	}
}

static void on_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	if (ops_of(d)->leave) {
		begin(d);
		ops_of(d)->leave(d, e, now_ns);
		end(d);
	}
	xsched_tree_erase(&d->ready, &e->node);
	xsched_bpf_domain_of(d)->n_ready--;
}

static void on_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old,
		    u64 now_ns)
{
	if (ops_of(d)->hint) {
		begin(d);
		ops_of(d)->hint(d, e, kind, old, now_ns);
		end(d);
	}
}

static int on_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_bpf_domain *own = xsched_bpf_domain_of(d);
	int err;

	if (own->slow >= SLOW_TIMES) {
		xsched_domain_fall_back(d, "its callbacks took over 1000 us 3 times in a row",
					now_ns);
		return 0;
	}
	own->next_ns = *next_ns;
	begin(d);
	err = ops_of(d)->decide(d, now_ns);
	*next_ns = own->next_ns;
	return err;
}

static const struct xsched_policy callbacks = {
	.start	= on_start,
	.stop	= on_stop,
	.enter	= on_enter,
	.leave	= on_leave,
	.hint	= on_hint,
	.decide	= on_decide,
};

int xsched_bpf_load(const struct xsched_policy_ops *ops)
{
	struct loaded *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return -ENOMEM;
	l->ops = ops;
	l->policy = callbacks;
	l->policy.name = ops->name;
	l->offer.policy = &l->policy;
	mutex_lock(&all_lock);
	err = xsched_policies_offer(&l->offer);
	if (err)
		kfree(l);
	else
		list_add(&l->in_all, &all);
	mutex_unlock(&all_lock);
	return err;
}

static struct loaded *find(const struct xsched_policy_ops *ops)
{
	struct loaded *l;

	list_for_each_entry(l, &all, in_all)
		if (l->ops == ops)
			return l;
	return NULL;
}

void xsched_bpf_unload(const struct xsched_policy_ops *ops)
{
	struct loaded *l;

	mutex_lock(&all_lock);
	l = find(ops);
	if (!WARN_ON_ONCE(!l)) {
		xsched_policies_withdraw(&l->offer);
		list_del(&l->in_all);
		kfree(l);
	}
	mutex_unlock(&all_lock);
}

#endif /* XSCHED_HAVE_BPF */
