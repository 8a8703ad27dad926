/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Tenants: who shares devices with whom, in which proportion, and what each may
 * claim at most.
 *
 * Tenants nest, each divides what its parent has. A tenant competes for a device while
 * it has a *seat* in the device's domain, which it has while there are entities
 * in it or below. Seats are under the domain's lock. Tenants are under a lock of their
 * owner's (the edge's registry), but for the settings, which a seat takes over in
 * xsched_seat_add() and xsched_tenant_apply().
 */
#ifndef XSCHED_TENANT_H
#define XSCHED_TENANT_H

#include <linux/xsched_netlink.h>

#include "core.h"

/* Deeper groups count as their ancestor at this depth. */
#define XSCHED_TENANT_DEPTH	16
/* A share cap holds over periods of this length, which begin at multiples of it. */
#define XSCHED_CAP_PERIOD_NS	100000000ULL

struct xsched_tenant_limits {
	u32 weight;		/* among siblings, XSCHED_TENANT_WEIGHT_MIN.._MAX */
	u32 cap_permille;	/* of any one device's time; 0 or 1000: no cap */
	s32 ceiling;		/* higher priorities count as this one across tenants */
	u32 max_entities;	/* in it and below; 0: no limit */
};

struct xsched_tenant {
	u64 id;			/* immutable; unique among those of a domain */
	struct xsched_tenant *parent;	/* immutable, outlives this one; NULL: none */
	struct xsched_tenant_limits limits;
	u32 n_entities;		/* in it and below */
	struct xsched_account account;	/* of seats that are gone, as is */
	struct xsched_latency latency[XSCHED_LATENCIES];
};

struct xsched_seat {
	struct xsched_domain *domain;
	struct xsched_tenant *tenant;
	struct xsched_seat *parent;
	struct xsched_tree_node in_domain;	/* by tenant's id */
	struct xsched_list children, in_parent;
	struct xsched_list busy;	/* entities with work, own ones only */
	u32 n;				/* entities and seats in it */
	u32 depth;
	u32 weight;
	s32 own_ceiling, ceiling;	/* with those above it */
	struct xsched_meter run, wait, held, used;	/* with all below it */
	u64 runs, preemptions;
	/* Without those below it that are still there. */
	struct xsched_latency latency[XSCHED_LATENCIES];
	/* share cap, see cap.c */
	struct xsched_list in_cap;	/* hot or cold */
	u64 cap_ns;			/* per period; 0: no cap */
	u64 cap_period, cap_mark_ns;
	bool throttled;
	u64 policy_data[XSCHED_POLICY_WORDS];	/* the policy's own, zeroed when one starts */
};

/* parent may be NULL. All limits at their defaults. */
void xsched_tenant_init(struct xsched_tenant *t, u64 id, struct xsched_tenant *parent);
void xsched_tenant_limits_default(struct xsched_tenant_limits *l);
/* 0, or -EINVAL if something is out of range. */
int xsched_tenant_check(const struct xsched_tenant_limits *l);
/* One entity more in it; -EDQUOT if that is over its limit or that of one above it. */
int xsched_tenant_charge(struct xsched_tenant *t);
void xsched_tenant_uncharge(struct xsched_tenant *t);

/* The tenant's seat in the domain, or NULL. */
struct xsched_seat *xsched_seat_find(struct xsched_domain *d, const struct xsched_tenant *t);
/* Its parent has its seat already, it has none itself. */
void xsched_seat_add(struct xsched_domain *d, struct xsched_seat *s, struct xsched_tenant *t,
		     u64 now_ns);
/*
 * Nobody sits there (n is 0); its account goes to @account. What it knows of latencies
 * is its parent's now, too.
 */
void xsched_seat_remove(struct xsched_seat *s, struct xsched_account *account, u64 now_ns);
/* The tenant's limits changed: all that follows from it in this domain. */
void xsched_tenant_apply(struct xsched_domain *d, struct xsched_tenant *t, u64 now_ns);
void xsched_seat_account(const struct xsched_seat *s, u64 now_ns, struct xsched_account *out);
/* With all below it: XSCHED_LATENCIES of them. */
void xsched_seat_latency(struct xsched_seat *s, struct xsched_latency *sum);
void xsched_account_sum(struct xsched_account *sum, const struct xsched_account *a);

/* Seats from @top down, each before those in it; NULL after the last. */
struct xsched_seat *xsched_seat_next(const struct xsched_seat *top, struct xsched_seat *s);

#endif /* XSCHED_TENANT_H */
