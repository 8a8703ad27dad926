// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tenants: the cgroups (v2) of clients, with what an operator grants each of them.
 *
 * There is one for the cgroup of every client's group leader at open, and for those above
 * it. One that an operator set something of stays until its cgroup goes, others
 * until their last client does. Without cgroups v2 all clients are in the root, which is
 * then the only tenant.
 */
#include <linux/cgroup.h>
#include <linux/slab.h>

#include "edge.h"

/* A group without clients says nothing when it goes, so somebody looks. */
#define SWEEP_PERIOD	(60 * HZ)

/* Longer paths are known by their end. */
#define PATH_LEN	1024

DEFINE_XARRAY(xsched_tenants);
static unsigned int n_configured;	/* xsched_registry */

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweeper, sweep);

#ifdef CONFIG_CGROUPS
static struct cgroup *group_of(struct task_struct *leader)
{
	struct cgroup *group;

	rcu_read_lock();
	do
		group = task_dfl_cgroup(leader);
	while (!cgroup_tryget(group));
	rcu_read_unlock();
	return group;
}

static struct cgroup *group_above(struct cgroup *group, int depth)
{
	return cgroup_ancestor(group, depth);
}

static u64 id_of(struct cgroup *group)
{
	return cgroup_id(group);
}

static void put_group(struct cgroup *group)
{
	cgroup_put(group);
}

static struct cgroup *find_group(u64 id)
{
	return cgroup_get_from_id(id);
}

static char *path_of(struct cgroup *group)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *path = NULL;
	size_t len;

	if (!buf)
		return NULL;
	if (cgroup_path(group, buf, PATH_MAX) < 0)
		strscpy(buf, "?", PATH_MAX);
	len = strlen(buf);
	path = kstrdup(len < PATH_LEN ? buf : buf + len - PATH_LEN + 1, GFP_KERNEL);
	kfree(buf);
	return path;
}
#else
#define ONLY_GROUP	1ULL		/* as the root's id is where there are groups */

static struct cgroup *group_of(struct task_struct *leader)
{
	return NULL;
}

static struct cgroup *group_above(struct cgroup *group, int depth)
{
	return NULL;
}

static u64 id_of(struct cgroup *group)
{
	return ONLY_GROUP;
}

static void put_group(struct cgroup *group)
{
}

static struct cgroup *find_group(u64 id)
{
	return id == ONLY_GROUP ? NULL : ERR_PTR(-ENOENT);
}

static char *path_of(struct cgroup *group)
{
	return kstrdup("/", GFP_KERNEL);
}
#endif

static struct xsched_edge_tenant *parent_of(const struct xsched_edge_tenant *t)
{
	return t->core.parent ? to_edge_tenant(t->core.parent) : NULL;
}

static void put_locked(struct xsched_edge_tenant *t)
{
	struct xsched_edge_tenant *parent;

	lockdep_assert_held(&xsched_registry);
	for (; t && !--t->refs; t = parent) {
		parent = parent_of(t);
		xa_erase(&xsched_tenants, t->core.id);
		kfree(t->path);
		/* Who found a client may still look at its tenant's id. */
		kfree_rcu(t, rcu);
	}
}

/* Refers to its parent. */
static struct xsched_edge_tenant *create(struct cgroup *group, struct xsched_edge_tenant *parent)
{
	struct xsched_edge_tenant *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	xsched_tenant_init(&t->core, id_of(group), parent ? &parent->core : NULL);
	t->path = path_of(group);
	if (!t->path || xa_err(xa_store(&xsched_tenants, t->core.id, t, GFP_KERNEL))) {
		kfree(t->path);
		kfree(t);
		return NULL;
	}
	if (parent)
		parent->refs++;
	return t;
}

static struct xsched_edge_tenant *get_locked(struct cgroup *group)
{
	struct xsched_edge_tenant *t = NULL, *parent;
	struct cgroup *above;
	int depth = 0;

	lockdep_assert_held(&xsched_registry);
	above = group_above(group, depth);
	do {
		parent = t;
		t = xa_load(&xsched_tenants, id_of(above)) ?: create(above, parent);
		if (t)
			t->refs++;
		put_locked(parent);
		above = group_above(group, ++depth);
	} while (t && above && depth < XSCHED_TENANT_DEPTH);
	return t;
}

/**
 * xsched_tenant_get - the tenant that a process belongs to
 * @leader: its group leader, which doesn't go meanwhile
 *
 * Return: a reference, or NULL if out of memory.
 */
struct xsched_edge_tenant *xsched_tenant_get(struct task_struct *leader)
{
	struct cgroup *group = group_of(leader);
	struct xsched_edge_tenant *t;

	mutex_lock(&xsched_registry);
	t = get_locked(group);
	if (t)
		t->clients++;
	mutex_unlock(&xsched_registry);
	put_group(group);
	return t;
}

/**
 * xsched_tenant_put - a client of a tenant goes
 * @t: tenant
 */
void xsched_tenant_put(struct xsched_edge_tenant *t)
{
	mutex_lock(&xsched_registry);
	t->clients--;
	put_locked(t);
	mutex_unlock(&xsched_registry);
}

/**
 * xsched_tenant_enter - one entity more
 * @t: tenant
 *
 * Return: 0, or -EDQUOT if that is over its limit or that of one above it.
 */
int xsched_tenant_enter(struct xsched_edge_tenant *t)
{
	int err;

	mutex_lock(&xsched_registry);
	err = xsched_tenant_charge(&t->core);
	mutex_unlock(&xsched_registry);
	return err;
}

void xsched_tenant_leave(struct xsched_edge_tenant *t)
{
	mutex_lock(&xsched_registry);
	xsched_tenant_uncharge(&t->core);
	mutex_unlock(&xsched_registry);
}

/* Tenants from the outermost to @t; returns how many. */
static int list_line(struct xsched_tenant *t, struct xsched_tenant **line)
{
	struct xsched_tenant *a;
	int n = 0, i;

	for (a = t; a; a = a->parent)
		n++;
	for (a = t, i = n; i; a = a->parent)
		line[--i] = a;
	return n;
}

/**
 * xsched_seats_alloc - seats for a tenant and all above it, wherever they are missing
 * @t: tenant
 * @spare: set to them; XSCHED_TENANT_DEPTH
 *
 * Return: 0 or -ENOMEM. Free with xsched_seats_free() what xsched_seats_take() leaves.
 */
int xsched_seats_alloc(struct xsched_edge_tenant *t, struct xsched_seat **spare)
{
	struct xsched_tenant *line[XSCHED_TENANT_DEPTH];
	int n = list_line(&t->core, line), i;

	memset(spare, 0, XSCHED_TENANT_DEPTH * sizeof(*spare));
	for (i = 0; i < n; i++) {
		spare[i] = kmalloc(sizeof(**spare), GFP_KERNEL_ACCOUNT);
		if (!spare[i]) {
			xsched_seats_free(spare);
			return -ENOMEM;
		}
	}
	return 0;
}

void xsched_seats_free(struct xsched_seat **spare)
{
	int i;

	for (i = 0; i < XSCHED_TENANT_DEPTH; i++)
		kfree(spare[i]);
}

/**
 * xsched_seats_take - the seat of a tenant in a device's domain
 * @d: device, locked
 * @t: tenant
 * @spare: from xsched_seats_alloc(); what is used is taken from it
 * @now_ns: time
 *
 * An entity must be added to it before the lock is dropped.
 */
struct xsched_seat *xsched_seats_take(struct xsched_device *d, struct xsched_edge_tenant *t,
				      struct xsched_seat **spare, u64 now_ns)
{
	struct xsched_tenant *line[XSCHED_TENANT_DEPTH];
	int n = list_line(&t->core, line), i;
	struct xsched_seat *s = NULL;

	for (i = 0; i < n; i++) {
		s = xsched_seat_find(&d->domain, line[i]);
		if (s)
			continue;
		s = spare[i];
		spare[i] = NULL;
		xsched_seat_add(&d->domain, s, line[i], now_ns);
	}
	return s;
}

/**
 * xsched_seats_leave - an entity has gone from a device's domain
 * @d: device, which it still counts as a user of
 * @t: its tenant
 *
 * Seats that are empty go, and their accounts to their tenants.
 */
void xsched_seats_leave(struct xsched_device *d, struct xsched_edge_tenant *t)
{
	struct xsched_account account;
	struct xsched_seat *s;
	unsigned long flags;
	u64 now_ns;

	/* Who sums accounts up holds this, so it finds each in one place. */
	mutex_lock(&xsched_registry);
	for (; t; t = parent_of(t)) {
		now_ns = xsched_device_lock(d, &flags);
		s = xsched_seat_find(&d->domain, &t->core);
		if (s && s->n)
			s = NULL;
		if (s)
			xsched_seat_remove(s, &account, now_ns);
		xsched_device_unlock(d, now_ns, flags);
		if (!s)
			break;
		xsched_account_sum(&t->core.account, &account);
		xsched_latency_sum(t->core.latency, s->latency);
		kfree(s);
	}
	mutex_unlock(&xsched_registry);
}

/**
 * xsched_tenant_account - what a tenant has had on all devices
 * @t: tenant
 * @sum: set to it
 *
 * Context: under xsched_registry.
 */
void xsched_tenant_account(const struct xsched_edge_tenant *t, struct xsched_account *sum)
{
	struct xsched_account account;
	struct xsched_device *d;
	struct xsched_seat *s;
	unsigned long id, flags;

	lockdep_assert_held(&xsched_registry);
	*sum = t->core.account;
	xa_for_each(&xsched_devices, id, d) {
		raw_spin_lock_irqsave(&d->domain.lock, flags);
		s = xsched_seat_find(&d->domain, &t->core);
		if (s)
			xsched_seat_account(s, ktime_get_ns(), &account);
		raw_spin_unlock_irqrestore(&d->domain.lock, flags);
		if (s)
			xsched_account_sum(sum, &account);
	}
}

/**
 * xsched_tenant_latency - the same for latencies
 * @t: tenant
 * @sum: XSCHED_LATENCIES of them, set to it
 *
 * Context: under xsched_registry.
 */
void xsched_tenant_latency(const struct xsched_edge_tenant *t, struct xsched_latency *sum)
{
	struct xsched_latency one[XSCHED_LATENCIES];
	struct xsched_device *d;
	struct xsched_seat *s;
	unsigned long id, flags;

	lockdep_assert_held(&xsched_registry);
	memcpy(sum, t->core.latency, sizeof(t->core.latency));
	xa_for_each(&xsched_devices, id, d) {
		raw_spin_lock_irqsave(&d->domain.lock, flags);
		s = xsched_seat_find(&d->domain, &t->core);
		if (s)
			xsched_seat_latency(s, one);
		raw_spin_unlock_irqrestore(&d->domain.lock, flags);
		if (s)
			xsched_latency_sum(sum, one);
	}
}

/* A tenant is remembered for what is set of it, not for being asked about. */
static void configure(struct xsched_edge_tenant *t, bool configured)
{
	if (configured == t->configured)
		return;
	t->configured = configured;
	if (configured) {
		t->refs++;
		n_configured++;
		queue_delayed_work(system_power_efficient_wq, &sweeper, SWEEP_PERIOD);
	} else {
		n_configured--;
		put_locked(t);
	}
}

static bool is_default(const struct xsched_tenant_limits *l)
{
	struct xsched_tenant_limits plain;

	xsched_tenant_limits_default(&plain);
	return l->weight == plain.weight && l->ceiling == plain.ceiling &&
	       l->max_entities == plain.max_entities &&
	       (!l->cap_permille || l->cap_permille == XSCHED_TENANT_CAP_MAX);
}

/* Takes effect on every device before this returns. */
static void apply(struct xsched_edge_tenant *t)
{
	struct xsched_device *d;
	unsigned long id, flags;
	u64 now_ns;

	xa_for_each(&xsched_devices, id, d) {
		now_ns = xsched_device_lock(d, &flags);
		xsched_tenant_apply(&d->domain, &t->core, now_ns);
		xsched_device_unlock(d, now_ns, flags);
	}
}

static struct xsched_edge_tenant *find_or_make(u64 id)
{
	struct xsched_edge_tenant *t = xa_load(&xsched_tenants, id);
	struct cgroup *group;

	if (t) {
		t->refs++;
		return t;
	}
	group = find_group(id);
	if (IS_ERR(group))
		return ERR_PTR(-ENOENT);
	t = get_locked(group);
	put_group(group);
	if (t && t->core.id != id) {
		put_locked(t);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return t ?: ERR_PTR(-ENOMEM);
}

/**
 * xsched_tenant_set - change what a tenant is granted
 * @id: of its cgroup
 * @change: changes the limits; what it leaves stays
 * @data: for it
 *
 * Return: 0, -ENOENT (no such cgroup), -EOPNOTSUPP (it lies too deep to be a tenant),
 * -EINVAL (out of range), -ENOMEM.
 */
int xsched_tenant_set(u64 id, void (*change)(struct xsched_tenant_limits *l, void *data), void *data)
{
	struct xsched_tenant_limits limits;
	struct xsched_edge_tenant *t;
	int err;

	mutex_lock(&xsched_registry);
	t = find_or_make(id);
	if (IS_ERR(t)) {
		mutex_unlock(&xsched_registry);
		return PTR_ERR(t);
	}
	limits = t->core.limits;
	change(&limits, data);
	err = xsched_tenant_check(&limits);
	if (!err) {
		WRITE_ONCE(t->core.limits.weight, limits.weight);
		WRITE_ONCE(t->core.limits.cap_permille, limits.cap_permille);
		WRITE_ONCE(t->core.limits.ceiling, limits.ceiling);
		t->core.limits.max_entities = limits.max_entities;
		apply(t);
		configure(t, !is_default(&limits));
		xsched_notify_tenant(t);
	}
	put_locked(t);
	mutex_unlock(&xsched_registry);
	return err;
}

static bool has_group(const struct xsched_edge_tenant *t)
{
	struct cgroup *group = find_group(t->core.id);

	if (IS_ERR(group))
		return false;
	put_group(group);
	return true;
}

static void forget(bool all)
{
	struct xsched_edge_tenant *t;
	unsigned long id;

	mutex_lock(&xsched_registry);
	xa_for_each(&xsched_tenants, id, t)
		if (t->configured && (all || !has_group(t)))
			configure(t, false);
	mutex_unlock(&xsched_registry);
}

static void sweep(struct work_struct *work)
{
	forget(false);
	if (READ_ONCE(n_configured))
		queue_delayed_work(system_power_efficient_wq, &sweeper, SWEEP_PERIOD);
}

/**
 * xsched_tenants_exit - forget what operators set
 *
 * Context: there is no client any more, and nobody to set anything.
 */
void xsched_tenants_exit(void)
{
	cancel_delayed_work_sync(&sweeper);
	forget(true);
	cancel_delayed_work_sync(&sweeper);
	WARN_ON(!xa_empty(&xsched_tenants));
	xa_destroy(&xsched_tenants);
}
