// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Clients: who a process is, and how the scheduler lets go of it.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "edge.h"
#include "trace.h"

DEFINE_XARRAY_ALLOC1(xsched_clients);
static u32 next_client_id;	/* xsched_registry */
static bool shut;		/* xsched_registry; READ_ONCE elsewhere */

/*
 * A process may end without the file noticing: a clone that shares its file
 * table (and memory) keeps both open. So while there are clients somebody looks
 * whether their processes live.
 */
#define REAP_PERIOD	HZ

static void reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(reaper, reap);

/* Who the process is, as its leader shows it to others. */
static void take_identity(struct xsched_client *c)
{
	struct task_struct *leader;

	c->tgid = get_pid(task_tgid(current));
	rcu_read_lock();
	leader = READ_ONCE(current->group_leader);
	get_task_comm(c->comm, leader);
#ifdef CONFIG_CGROUPS
	c->cgroup = cgroup_id(task_dfl_cgroup(leader));
#endif
	rcu_read_unlock();
}

/**
 * xsched_client_open - a client for the current process, not attached yet
 *
 * Return: the reference of its file, -ENODEV after a shutdown, -ENOMEM.
 */
struct xsched_client *xsched_client_open(void)
{
	struct xsched_client *c;

	if (xsched_clients_shut())
		return ERR_PTR(-ENODEV);
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->uid = current_uid();
	c->user = xsched_user_get(c->uid);
	if (!c->user) {
		kfree(c);
		return ERR_PTR(-ENOMEM);
	}
	/* A group leader stays till its last thread has gone. */
	c->tenant = xsched_tenant_get(current->group_leader);
	if (!c->tenant) {
		xsched_user_put(c->user);
		kfree(c);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&c->ref);
	mutex_init(&c->lock);
	take_identity(c);
	xsched_region_init(&c->control, sizeof(struct xsched_control_slot));
	xsched_region_init(&c->status, sizeof(struct xsched_status_slot));
	raw_spin_lock_init(&c->ring_lock);
	init_swait_queue_head(&c->agents);
	init_waitqueue_head(&c->poll);
	INIT_LIST_HEAD(&c->entities);
	xsched_gang_init(&c->own_gang);
	INIT_LIST_HEAD(&c->dependencies);
	return c;
}

static void free_client_rcu(struct rcu_head *rcu)
{
	struct xsched_client *c = container_of(rcu, struct xsched_client, rcu);

	put_pid(c->tgid);
	kfree(c);
}

static void free_client(struct kref *ref)
{
	struct xsched_client *c = container_of(ref, struct xsched_client, ref);

	/* Who looks things up by id asks a live entity for its slot, or none. */
	xsched_region_fini(&c->control);
	xsched_region_fini(&c->status);
	xsched_user_put(c->user);
	xsched_gang_put(c);
	xsched_tenant_put(c->tenant);
	/* Listings want the rest, under RCU. */
	call_rcu(&c->rcu, free_client_rcu);
}

/**
 * xsched_client_put - drop a reference
 * @c: client; detached, if it is the last one
 *
 * Context: process.
 */
void xsched_client_put(struct xsched_client *c)
{
	kref_put(&c->ref, free_client);
}

/**
 * xsched_client_check - may the caller use this client?
 * @c: client
 *
 * Return: 0, -EPERM (not the opener), -ENOTCONN, -ENODEV.
 */
int xsched_client_check(const struct xsched_client *c)
{
	if (task_tgid(current) != c->tgid)
		return -EPERM;
	switch (READ_ONCE(c->state)) {
	case XSCHED_CLIENT_OPEN:
		return -ENOTCONN;
	case XSCHED_CLIENT_ATTACHED:
		return 0;
	default:
		return -ENODEV;
	}
}

static int prepare_headers(struct xsched_client *c)
{
	struct xsched_control_header *h;

	static_assert(sizeof(*h) <= 4096 && sizeof(struct xsched_status_header) <= 4096);
	c->status_header = xsched_region_header(&c->status);
	h = xsched_region_header(&c->control);
	if (!h || !c->status_header)
		return -ENOMEM;
	h->magic = XSCHED_CONTROL_MAGIC;
	h->abi = XSCHED_ABI_VERSION;
	c->control_header = h;
	return 0;
}

/* From here on the reaper, shutdown and listings find it. */
static int publish(struct xsched_client *c)
{
	int err = -ENODEV;

	mutex_lock(&xsched_registry);
	if (!shut)
		err = xa_alloc_cyclic(&xsched_clients, &c->id, c, XSCHED_ID_LIMIT,
				      &next_client_id, GFP_KERNEL);
	mutex_unlock(&xsched_registry);
	return min(err, 0);	/* 1 says that ids wrapped around */
}

static int attach_locked(struct xsched_client *c)
{
	int err;

	lockdep_assert_held(&c->lock);
	if (c->state != XSCHED_CLIENT_OPEN)
		return c->state == XSCHED_CLIENT_ATTACHED ? -EALREADY : -ENODEV;
	err = xsched_user_charge(c->user, XSCHED_QUOTA_CLIENTS);
	if (err)
		return err;
	err = prepare_headers(c);
	if (!err)
		err = publish(c);
	if (err) {
		xsched_user_uncharge(c->user, XSCHED_QUOTA_CLIENTS);
		return err;
	}
	/* Pairs with poll(), which takes no lock: the headers before the state. */
	smp_store_release(&c->state, XSCHED_CLIENT_ATTACHED);
	return 0;
}

/**
 * xsched_client_attach - ioctl(XSCHED_ATTACH)
 * @c: client of the current process
 * @arg: the reply
 *
 * Return: 0, -EALREADY, -ENODEV, -EDQUOT, -ENOMEM, -EINVAL.
 */
int xsched_client_attach(struct xsched_client *c, struct xsched_attach *arg)
{
	int err;

	if (arg->flags || arg->__reserved)
		return -EINVAL;
	mutex_lock(&c->lock);
	err = attach_locked(c);
	mutex_unlock(&c->lock);
	if (err)
		return err;

	queue_delayed_work(system_power_efficient_wq, &reaper, REAP_PERIOD);
	trace_xsched_client(c->id, pid_nr(c->tgid), true);
	xsched_notify_client(XSCHED_EVENT_CLIENT_NEW, c);
	arg->client_id = c->id;
	arg->control_offset = XSCHED_CONTROL_OFFSET;
	arg->status_offset = XSCHED_STATUS_OFFSET;
	return 0;
}

/* Nobody new finds it, and it gets nothing new: its state says so under its lock. */
static void unpublish(struct xsched_client *c)
{
	xa_erase(&xsched_clients, c->id);
	WRITE_ONCE(c->state, XSCHED_CLIENT_DETACHED);
	/* Before any gate opens for good, so that who sees it open sees why. */
	WRITE_ONCE(c->control_header->flags, XSCHED_CONTROL_DETACHED);
	smp_wmb();
}

/* Opens every gate and takes the entities from the scheduler. */
static void drop_entities(struct xsched_client *c)
{
	struct xsched_edge_entity *e, *next;

	list_for_each_entry_safe(e, next, &c->entities, in_client) {
		xsched_entity_drop(e);
		cond_resched();
	}
	xsched_dependencies_sweep(c);
}

static void announce(struct xsched_client *c)
{
	xsched_ring_push(c, XSCHED_EV_DETACHED, 0, 0, ktime_get_ns());
	swake_up_all(&c->agents);
	wake_up_poll(&c->poll, EPOLLIN | EPOLLHUP | EPOLLERR);
}

/**
 * xsched_client_detach - let go of a process
 * @c: client in any state; the second call does nothing
 *
 * Afterwards its gates are open, its waits have ended and its ids are gone. Its
 * pages stay until the last reference goes.
 *
 * Context: process; may sleep.
 */
void xsched_client_detach(struct xsched_client *c)
{
	bool attached;

	mutex_lock(&c->lock);
	attached = c->state == XSCHED_CLIENT_ATTACHED;
	if (attached) {
		unpublish(c);
		drop_entities(c);
		announce(c);
		xsched_user_uncharge(c->user, XSCHED_QUOTA_CLIENTS);
	}
	WRITE_ONCE(c->state, XSCHED_CLIENT_DETACHED);
	mutex_unlock(&c->lock);

	if (attached) {
		trace_xsched_client(c->id, pid_nr(c->tgid), false);
		xsched_notify_client(XSCHED_EVENT_CLIENT_GONE, c);
	}
}

/**
 * xsched_client_end - the process's memory is gone; detach it soon
 * @c: client in any state
 *
 * Context: may hold mmap_lock.
 */
void xsched_client_end(struct xsched_client *c)
{
	WRITE_ONCE(c->ended, true);
	mod_delayed_work(system_power_efficient_wq, &reaper, 0);
}

/* Has the opener ended? A leader that ended before its threads doesn't count. */
static bool has_ended(const struct xsched_client *c)
{
	struct task_struct *task;
	bool ended;

	if (READ_ONCE(c->ended))
		return true;
	rcu_read_lock();
	task = pid_task(c->tgid, PIDTYPE_TGID);
	ended = !task || !atomic_read(&task->signal->live);
	rcu_read_unlock();
	return ended;
}

/* The first attached client from id *id on, with a reference. */
static struct xsched_client *get_from(unsigned long *id)
{
	struct xsched_client *c;

	rcu_read_lock();
	for (c = xa_find(&xsched_clients, id, ULONG_MAX, XA_PRESENT); c;
	     c = xa_find_after(&xsched_clients, id, ULONG_MAX, XA_PRESENT))
		if (kref_get_unless_zero(&c->ref))
			break;
	rcu_read_unlock();
	return c;
}

static void detach_all(bool (*which)(const struct xsched_client *c))
{
	struct xsched_client *c;
	unsigned long id = 0;

	while ((c = get_from(&id))) {
		if (!which || which(c))
			xsched_client_detach(c);
		xsched_client_put(c);
		id++;
		cond_resched();
	}
}

static void reap(struct work_struct *work)
{
	detach_all(has_ended);
	if (!xa_empty(&xsched_clients))
		queue_delayed_work(system_power_efficient_wq, &reaper, REAP_PERIOD);
}

/**
 * xsched_clients_shutdown - let go of every process and take no new one
 */
void xsched_clients_shutdown(void)
{
	mutex_lock(&xsched_registry);
	WRITE_ONCE(shut, true);
	mutex_unlock(&xsched_registry);
	detach_all(NULL);
	xsched_notify_shutdown();
}

bool xsched_clients_shut(void)
{
	return READ_ONCE(shut);
}

/**
 * xsched_clients_exit - wait for what may still run
 *
 * Context: no file is open.
 */
void xsched_clients_exit(void)
{
	cancel_delayed_work_sync(&reaper);
	WARN_ON(!xa_empty(&xsched_clients));
	xa_destroy(&xsched_clients);
	xa_destroy(&xsched_entities);
	xa_destroy(&xsched_queues);
}
