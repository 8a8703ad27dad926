// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Gangs of processes that join one by name, and what a process says about which of its
 * entities waits for which.
 *
 * A name means something among the processes of one user in one tenant. Nobody else can
 * join, since whoever is in a gang can hold it back.
 */
#include <linux/slab.h>

#include "edge.h"

/* A search through a process's dependencies has interrupts off. */
#define DEPENDENCIES_MAX	256

static LIST_HEAD(gangs);	/* xsched_registry */

struct xsched_edge_gang {
	struct xsched_gang core;
	struct list_head in_gangs;
	unsigned int refs;	/* xsched_registry */
	struct xsched_edge_tenant *tenant;	/* that of its members, who refer to it */
	kuid_t uid;
	char name[XSCHED_NAME_LEN];
};

static struct xsched_edge_gang *find_gang(const struct xsched_client *c, const char *name)
{
	struct xsched_edge_gang *g;

	lockdep_assert_held(&xsched_registry);
	list_for_each_entry(g, &gangs, in_gangs)
		if (g->tenant == c->tenant && uid_eq(g->uid, c->uid) && !strcmp(g->name, name))
			return g;
	return NULL;
}

static struct xsched_edge_gang *get_gang(const struct xsched_client *c, const char *name)
{
	struct xsched_edge_gang *g;

	mutex_lock(&xsched_registry);
	g = find_gang(c, name);
	if (!g) {
		g = kzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);
		if (g) {
			xsched_gang_init(&g->core);
			g->tenant = c->tenant;
			g->uid = c->uid;
			strscpy(g->name, name, sizeof(g->name));
			list_add_tail(&g->in_gangs, &gangs);
		}
	}
	if (g)
		g->refs++;
	mutex_unlock(&xsched_registry);
	return g;
}

/**
 * xsched_gang_put - a client goes, and all its entities have gone
 * @c: client
 */
void xsched_gang_put(struct xsched_client *c)
{
	struct xsched_edge_gang *g = c->named_gang;

	WARN_ON(!list_empty(&c->dependencies));
	if (!g)
		return;
	mutex_lock(&xsched_registry);
	if (!--g->refs) {
		list_del(&g->in_gangs);
		kfree(g);
	}
	mutex_unlock(&xsched_registry);
}

/**
 * xsched_client_gang - the gang of a client's entities
 * @c: client
 */
struct xsched_gang *xsched_client_gang(struct xsched_client *c)
{
	return c->named_gang ? &c->named_gang->core : &c->own_gang;
}

static int check_name(const char *name)
{
	size_t i, len = strnlen(name, XSCHED_NAME_LEN);

	if (!len || len == XSCHED_NAME_LEN)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return -EINVAL;
	return 0;
}

/**
 * xsched_client_join - ioctl(XSCHED_GANG)
 * @c: client
 * @arg: request
 *
 * Return: 0, -EINVAL, -EALREADY, -ENOMEM, -ENOTCONN, -ENODEV.
 */
int xsched_client_join(struct xsched_client *c, const struct xsched_gang_join *arg)
{
	int err;

	if (arg->flags || check_name(arg->name))
		return -EINVAL;
	mutex_lock(&c->lock);
	err = xsched_client_check(c);
	/* An entity's gang is for life. */
	if (!err && (c->named_gang || !list_empty(&c->entities)))
		err = -EALREADY;
	if (!err) {
		c->named_gang = get_gang(c, arg->name);
		if (!c->named_gang)
			err = -ENOMEM;
	}
	mutex_unlock(&c->lock);
	return err;
}

/* Ids are kept too: a dependency of which one is gone has no entities any more. */
struct dependency {
	struct xsched_dependency core;
	struct list_head in_client;	/* client->lock */
	u32 waiter, on;
};

static struct dependency *find_dependency(struct xsched_client *c, u32 waiter, u32 on)
{
	struct dependency *dep;

	list_for_each_entry(dep, &c->dependencies, in_client)
		if (dep->waiter == waiter && dep->on == on)
			return dep;
	return NULL;
}

static void free_dependency(struct xsched_client *c, struct dependency *dep)
{
	list_del(&dep->in_client);
	c->n_dependencies--;
	kfree(dep);
}

/**
 * xsched_dependencies_sweep - entities of a client have gone
 * @c: client, locked
 */
void xsched_dependencies_sweep(struct xsched_client *c)
{
	struct dependency *dep, *next;

	lockdep_assert_held(&c->lock);
	list_for_each_entry_safe(dep, next, &c->dependencies, in_client)
		if (!dep->core.waiter)
			free_dependency(c, dep);
}

static int add_dependency(struct xsched_client *c, struct xsched_edge_entity *waiter,
			  struct xsched_edge_entity *on)
{
	struct dependency *dep;
	unsigned long flags;
	u64 now_ns;
	int err;

	if (find_dependency(c, waiter->core.id, on->core.id))
		return 0;
	if (c->n_dependencies >= DEPENDENCIES_MAX)
		return -EDQUOT;
	dep = kzalloc(sizeof(*dep), GFP_KERNEL_ACCOUNT);
	if (!dep)
		return -ENOMEM;
	dep->waiter = waiter->core.id;
	dep->on = on->core.id;
	now_ns = xsched_device_lock(waiter->device, &flags);
	err = xsched_depend(&dep->core, &waiter->core, &on->core, now_ns);
	xsched_device_unlock(waiter->device, now_ns, flags);
	if (err) {
		kfree(dep);
		return err;
	}
	list_add_tail(&dep->in_client, &c->dependencies);
	c->n_dependencies++;
	return 0;
}

static int remove_dependency(struct xsched_client *c, struct xsched_edge_entity *waiter,
			     struct xsched_edge_entity *on)
{
	struct dependency *dep = find_dependency(c, waiter->core.id, on->core.id);
	unsigned long flags;
	u64 now_ns;

	if (!dep)
		return -ENOENT;
	now_ns = xsched_device_lock(waiter->device, &flags);
	xsched_undepend(&dep->core, &waiter->core, now_ns);
	xsched_device_unlock(waiter->device, now_ns, flags);
	free_dependency(c, dep);
	return 0;
}

/**
 * xsched_client_depend - ioctl(XSCHED_DEPEND)
 * @c: client
 * @arg: request
 *
 * Return: 0, -EINVAL, -ENOENT, -ELOOP, -EDQUOT, -ENOMEM, -ENOTCONN, -ENODEV.
 */
int xsched_client_depend(struct xsched_client *c, const struct xsched_depend *arg)
{
	struct xsched_edge_entity *waiter, *on;
	int err;

	if (arg->flags & ~XSCHED_DEPEND_F_ALL)
		return -EINVAL;
	mutex_lock(&c->lock);
	err = xsched_client_check(c);
	if (err)
		goto out_unlock;
	/* The client's lock keeps its own entities alive. */
	waiter = xsched_entity_own(c, arg->waiter_id);
	on = xsched_entity_own(c, arg->on_id);
	if (!waiter || !on)
		err = -ENOENT;
	else if (arg->flags & XSCHED_DEPEND_F_REMOVE)
		err = remove_dependency(c, waiter, on);
	else
		err = add_dependency(c, waiter, on);
out_unlock:
	mutex_unlock(&c->lock);
	return err;
}
