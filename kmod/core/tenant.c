// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tenants, and their seats in the domains where they have entities.
 */
#include "internal.h"
#include "../policy/policy.h"

void xsched_tenant_limits_default(struct xsched_tenant_limits *l)
{
	*l = (struct xsched_tenant_limits){
		.weight = XSCHED_TENANT_WEIGHT_DEFAULT,
		.ceiling = XSCHED_PRIORITY_MAX,
	};
}

void xsched_tenant_init(struct xsched_tenant *t, u64 id, struct xsched_tenant *parent)
{
	memset(t, 0, sizeof(*t));
	t->id = id;
	t->parent = parent;
	xsched_tenant_limits_default(&t->limits);
}

int xsched_tenant_check(const struct xsched_tenant_limits *l)
{
	if (l->weight < XSCHED_TENANT_WEIGHT_MIN || l->weight > XSCHED_TENANT_WEIGHT_MAX)
		return -EINVAL;
	if (l->cap_permille > XSCHED_TENANT_CAP_MAX)
		return -EINVAL;
	if (l->ceiling < XSCHED_PRIORITY_MIN || l->ceiling > XSCHED_PRIORITY_MAX)
		return -EINVAL;
	return 0;
}

int xsched_tenant_charge(struct xsched_tenant *t)
{
	struct xsched_tenant *a;

	for (a = t; a; a = a->parent)
		if (a->limits.max_entities && a->n_entities >= a->limits.max_entities)
			return -EDQUOT;
	for (a = t; a; a = a->parent)
		a->n_entities++;
	return 0;
}

void xsched_tenant_uncharge(struct xsched_tenant *t)
{
	for (; t; t = t->parent)
		t->n_entities--;
}

static struct xsched_seat *seat_of(const struct xsched_tree_node *n)
{
	return container_of(n, struct xsched_seat, in_domain);
}

static bool seat_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return seat_of(a)->tenant->id < seat_of(b)->tenant->id;
}

void xsched_seats_init(struct xsched_domain *d)
{
	xsched_tree_init(&d->seats, seat_before, &d->n_visited);
	xsched_list_init(&d->cap_hot);
	xsched_list_init(&d->cap_cold);
}

struct xsched_seat *xsched_seat_find(struct xsched_domain *d, const struct xsched_tenant *t)
{
	struct xsched_tree_node *n = d->seats.root;
	struct xsched_seat *s;

	xsched_assert_locked(d);
	for (; n; n = t->id < s->tenant->id ? n->left : n->right) {
		s = seat_of(n);
		if (s->tenant == t)
			return s;
	}
	return NULL;
}

/* What the tenant's limits come to at this seat, given those above it. */
static void take_limits(struct xsched_seat *s)
{
	const struct xsched_tenant_limits *l = &s->tenant->limits;

	s->weight = READ_ONCE(l->weight);
	s->own_ceiling = READ_ONCE(l->ceiling);
	s->ceiling = s->own_ceiling;
	if (s->parent && s->parent->ceiling < s->ceiling)
		s->ceiling = s->parent->ceiling;
}

void xsched_seat_add(struct xsched_domain *d, struct xsched_seat *s, struct xsched_tenant *t,
		     u64 now_ns)
{
	now_ns = xsched_domain_begin(d, now_ns);
	memset(s, 0, sizeof(*s));
	s->domain = d;
	s->tenant = t;
	s->parent = t->parent ? xsched_seat_find(d, t->parent) : NULL;
	xsched_list_init(&s->children);
	xsched_list_init(&s->in_parent);
	xsched_list_init(&s->busy);
	xsched_list_init(&s->in_cap);
	xsched_tree_node_init(&s->in_domain);
	if (s->parent) {
		s->depth = s->parent->depth + 1;
		s->parent->n++;
		xsched_list_add_tail(&s->parent->children, &s->in_parent);
	}
	take_limits(s);
	xsched_tree_insert(&d->seats, &s->in_domain);
	xsched_cap_set(s, READ_ONCE(t->limits.cap_permille), now_ns);
	xsched_domain_end(d, now_ns);
}

void xsched_seat_remove(struct xsched_seat *s, struct xsched_account *account, u64 now_ns)
{
	struct xsched_domain *d = s->domain;

	now_ns = xsched_domain_begin(d, now_ns);
	WARN_ON_ONCE(s->n);
	xsched_cap_set(s, 0, now_ns);
	xsched_seat_account(s, now_ns, account);
	if (d->policy->unseat)
		d->policy->unseat(d, s);
	xsched_tree_erase(&d->seats, &s->in_domain);
	xsched_list_del(&s->in_parent);
	if (s->parent) {
		s->parent->n--;
		xsched_latency_sum(s->parent->latency, s->latency);
	}
	xsched_regime_update(d, now_ns);
	xsched_domain_end(d, now_ns);
}

struct xsched_seat *xsched_seat_next(const struct xsched_seat *top, struct xsched_seat *s)
{
	struct xsched_seat *child = xsched_list_first(&s->children, struct xsched_seat, in_parent);

	if (child)
		return child;
	for (; s != top; s = s->parent)
		if (s->in_parent.next != &s->parent->children)
			return container_of(s->in_parent.next, struct xsched_seat, in_parent);
	return NULL;
}

static void decide_about_all(struct xsched_seat *s)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &s->busy, in_seat)
		if (e->entered)
			xsched_decide_about(e);
}

void xsched_tenant_apply(struct xsched_domain *d, struct xsched_tenant *t, u64 now_ns)
{
	struct xsched_seat *top = xsched_seat_find(d, t), *s;
	u32 weight;

	if (!top)
		return;
	now_ns = xsched_domain_begin(d, now_ns);
	weight = top->weight;
	for (s = top; s; s = xsched_seat_next(top, s)) {
		s32 old = s->ceiling;

		take_limits(s);
		if (s->ceiling != old || s == top)
			decide_about_all(s);
	}
	if (top->weight != weight && d->policy->reweigh)
		d->policy->reweigh(d, top, now_ns);
	xsched_cap_set(top, READ_ONCE(t->limits.cap_permille), now_ns);
	xsched_regime_update(d, now_ns);
	xsched_domain_end(d, now_ns);
}

/* Where time in a state goes; NULL: nowhere. The same as for an entity. */
static struct xsched_meter *meter_of(struct xsched_seat *s, u32 state)
{
	switch (state) {
	case XSCHED_STATE_READY:
		return &s->wait;
	case XSCHED_STATE_RUNNING:
		return &s->run;
	case XSCHED_STATE_DRAINING:
	case XSCHED_STATE_HELD:
		return &s->held;
	default:
		return NULL;
	}
}

static bool is_preemption(u32 from, u32 to)
{
	return from == XSCHED_STATE_RUNNING &&
	       (to == XSCHED_STATE_DRAINING || to == XSCHED_STATE_HELD);
}

static void seat_count(struct xsched_seat *s, u32 from, u32 to, u64 now_ns)
{
	struct xsched_meter *m = meter_of(s, from);

	if (m)
		xsched_meter_end(m, now_ns);
	m = meter_of(s, to);
	if (m)
		xsched_meter_begin(m, now_ns);
	s->runs += to == XSCHED_STATE_RUNNING;
	s->preemptions += is_preemption(from, to);
}

/* An entity's state changed. */
void xsched_seat_place(struct xsched_entity *e, u32 from, u32 to, u64 now_ns)
{
	struct xsched_seat *s;

	if (from == XSCHED_STATE_IDLE)
		xsched_list_add_tail(&e->seat->busy, &e->in_seat);
	if (to == XSCHED_STATE_IDLE)
		xsched_list_del(&e->in_seat);
	for (s = e->seat; s; s = s->parent)
		seat_count(s, from, to, now_ns);
}

/* An entity is on the device now, or isn't any longer; domain->use_clock_ns is as of now. */
void xsched_seat_use(struct xsched_entity *e)
{
	struct xsched_seat *s;

	for (s = e->seat; s; s = s->parent) {
		if (e->uses)
			xsched_meter_begin(&s->used, e->domain->use_clock_ns);
		else
			xsched_meter_end(&s->used, e->domain->use_clock_ns);
		if (s->cap_ns)
			xsched_cap_note(s);
	}
}

u64 xsched_seat_used_ns(const struct xsched_seat *s, u64 now_ns)
{
	return xsched_meter_read(&s->used, xsched_use_clock(s->domain, now_ns));
}

void xsched_seat_account(const struct xsched_seat *s, u64 now_ns, struct xsched_account *out)
{
	*out = (struct xsched_account){
		.run_ns = xsched_meter_read(&s->run, now_ns),
		.wait_ns = xsched_meter_read(&s->wait, now_ns),
		.held_ns = xsched_meter_read(&s->held, now_ns),
		.used_ns = xsched_seat_used_ns(s, now_ns),
		.runs = s->runs,
		.preemptions = s->preemptions,
	};
}

void xsched_account_sum(struct xsched_account *sum, const struct xsched_account *a)
{
	sum->run_ns += a->run_ns;
	sum->wait_ns += a->wait_ns;
	sum->held_ns += a->held_ns;
	sum->open_ns += a->open_ns;
	sum->used_ns += a->used_ns;
	sum->runs += a->runs;
	sum->preemptions += a->preemptions;
	sum->aged += a->aged;
}
