/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the edge keeps around the core's objects: clients, devices and who may
 * touch them when.
 *
 * Lock order: client->lock -> registry -> policies -> domain->lock -> client->ring_lock
 *
 * client->lock		what the client owns (entities, queues, slots) and its
 *			state; a mutex
 * registry		devices, users and tenants, that is finding, creating and
 *			dropping them, and what tenants are granted and have used;
 *			and whether new clients are let in; a mutex
 * policies		which policies there are, and giving them to devices; a mutex
 *			of policies.c
 * domain->lock		see core.h; also entity->dead, queue->dead and
 *			device->{armed_ns, lost_policy, label}
 * client->ring_lock	the agent ring; raw, a leaf
 *
 * No user memory is touched under any of them: a page fault can be made to last
 * for ever. mmap_lock is never taken inside one, so mmap() may look things up.
 *
 * Clients, entities, queues and devices are found by id in one xarray each,
 * whose readers need nothing but RCU; every object is freed a grace period
 * after it left its xarray.
 *
 * A client is referenced by its file, and for moments by whoever lets go of it
 * (the reaper, shutdown). It is *detached* once, by the first of: its process
 * closing a descriptor of the file, its process ending, shutdown, the last
 * reference to the file going. From then on nobody finds it, its gates are open
 * and it only holds memory. A mapping holds the file, so pages go after the last
 * mapping; a page pinned by a driver goes when it is unpinned.
 *
 * An entity is referenced by its client and by the threads that wait for it.
 * Removing it from its domain, under the domain lock, is its death; what still
 * refers to it finds it dead. A queue belongs to its entity and dies with it.
 *
 * A device lives until the module goes, so that its policy outlives its users;
 * only one that nobody uses and nobody configured may be dropped, to make room.
 * Its users are counted; the count only grows under registry.
 */
#ifndef XSCHED_EDGE_H
#define XSCHED_EDGE_H

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/swait.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/xsched.h>
#include <linux/xsched_netlink.h>

#include "../core/core.h"
#include "../core/gang.h"
#include "../core/tenant.h"
#include "../policy/policy.h"

/* Ids fit an int: they travel as ioctl arguments and as netlink attributes. */
#define XSCHED_ID_LIMIT		XA_LIMIT(1, INT_MAX)

extern struct mutex xsched_registry;
extern struct xarray xsched_clients;	/* of struct xsched_client, attached ones */
extern struct xarray xsched_entities;	/* of struct xsched_edge_entity */
extern struct xarray xsched_queues;	/* of struct xsched_edge_queue */
extern struct xarray xsched_devices;	/* of struct xsched_device */

/* user.c */

enum xsched_quota {
	XSCHED_QUOTA_CLIENTS,
	XSCHED_QUOTA_ENTITIES,
	XSCHED_QUOTA_QUEUES,
	XSCHED_QUOTAS,
};

extern unsigned int xsched_quota_max[XSCHED_QUOTAS];

/**
 * struct xsched_user - what the processes of one user own together
 * @ref: one per open file
 * @uid: immutable
 * @used: objects owned, by enum xsched_quota
 */
struct xsched_user {
	refcount_t ref;
	kuid_t uid;
	atomic_t used[XSCHED_QUOTAS];
};

struct xsched_user *xsched_user_get(kuid_t uid);
void xsched_user_put(struct xsched_user *user);
int xsched_user_charge(struct xsched_user *user, enum xsched_quota quota);
void xsched_user_uncharge(struct xsched_user *user, enum xsched_quota quota);

/* tenant.c */

/**
 * struct xsched_edge_tenant - a cgroup that clients are in, or that has one below
 * @core: its id is the cgroup's
 * @refs: one per client, per tenant in it, and one while @configured
 * @clients: in it, not below
 * @configured: an operator set something
 * @path: of the cgroup, or the end of a long one; immutable
 * @rcu: frees it
 *
 * All of it under xsched_registry. Entities have seats at tenants, and their
 * clients a reference, so seats don't need one.
 */
struct xsched_edge_tenant {
	struct xsched_tenant core;
	unsigned int refs;
	unsigned int clients;
	bool configured;
	char *path;
	struct rcu_head rcu;
};

static inline struct xsched_edge_tenant *to_edge_tenant(struct xsched_tenant *t)
{
	return container_of(t, struct xsched_edge_tenant, core);
}

extern struct xarray xsched_tenants;	/* of struct xsched_edge_tenant, by cgroup id */

struct xsched_device;
struct xsched_edge_gang;

struct xsched_edge_tenant *xsched_tenant_get(struct task_struct *leader);
void xsched_tenant_put(struct xsched_edge_tenant *t);
int xsched_tenant_enter(struct xsched_edge_tenant *t);
void xsched_tenant_leave(struct xsched_edge_tenant *t);
int xsched_tenant_set(u64 id, void (*change)(struct xsched_tenant_limits *l, void *data), void *data);
void xsched_tenant_account(const struct xsched_edge_tenant *t, struct xsched_account *sum);
void xsched_tenant_latency(const struct xsched_edge_tenant *t, struct xsched_latency *sum);
void xsched_tenants_exit(void);
int xsched_seats_alloc(struct xsched_edge_tenant *t, struct xsched_seat **spare);
void xsched_seats_free(struct xsched_seat **spare);
struct xsched_seat *xsched_seats_take(struct xsched_device *d, struct xsched_edge_tenant *t,
				      struct xsched_seat **spare, u64 now_ns);
void xsched_seats_leave(struct xsched_device *d, struct xsched_edge_tenant *t);

/* pages.c */

/**
 * struct xsched_region - pages that a client shares with the scheduler
 * @pages: struct page by index; page 0 is the header. Only ever grows
 * @slots: numbers of the slots in use; slot n is the n-th after page 0
 * @slot_size: bytes, divides a page
 */
struct xsched_region {
	struct xarray pages;
	struct ida slots;
	u32 slot_size;
};

#define XSCHED_CONTROL_OFFSET	0ULL
#define XSCHED_STATUS_OFFSET	0x40000000ULL

int xsched_pages_init(void);
void xsched_pages_exit(void);
struct address_space *xsched_pages_mapping(void);

void xsched_region_init(struct xsched_region *r, u32 slot_size);
void xsched_region_fini(struct xsched_region *r);
void *xsched_region_header(struct xsched_region *r);
int xsched_region_get(struct xsched_region *r, void **slot);
void xsched_region_put(struct xsched_region *r, int index);
u64 xsched_region_offset(const struct xsched_region *r, int index);

/* client.c */

enum xsched_client_state {
	XSCHED_CLIENT_OPEN,		/* before XSCHED_ATTACH */
	XSCHED_CLIENT_ATTACHED,
	XSCHED_CLIENT_DETACHED,
};

/**
 * struct xsched_client - a process, from open to the last close
 * @ref: the file's, and those of whoever is letting go of it
 * @lock: see above
 * @state: written under @lock
 * @ended: its mm is gone; the reaper detaches it
 * @id: in xsched_clients, from attach on
 * @tgid: the process that opened the file; immutable
 * @uid: its user; immutable
 * @cgroup: id of its leader's cgroup v2 at open; immutable
 * @tenant: of that cgroup, or of its ancestor at XSCHED_TENANT_DEPTH; immutable
 * @comm: its leader's name at open; immutable
 * @user: immutable
 * @mm: what it mapped into, only ever compared
 * @control: written by the scheduler
 * @status: written by the process
 * @control_header: in @control, from attach on
 * @status_header: in @status, from attach on
 * @ring_lock: serialises writers of the agent ring
 * @ring_tail: events written
 * @agents: threads in XSCHED_WAIT for an event
 * @poll: threads in poll()
 * @in_wakes: see xsched_ring_defer()
 * @wake_queued: it is on a list by @in_wakes
 * @kicks: for listings
 * @entities: of struct xsched_edge_entity
 * @own_gang: of its entities, unless it joined
 * @named_gang: one with others; under @lock, set once
 * @dependencies: between its entities, under @lock
 * @n_dependencies: how many
 * @rcu: frees it
 */
struct xsched_client {
	struct kref ref;
	struct mutex lock;
	enum xsched_client_state state;
	bool ended;
	u32 id;

	struct pid *tgid;
	kuid_t uid;
	u64 cgroup;
	struct xsched_edge_tenant *tenant;
	char comm[TASK_COMM_LEN];
	struct xsched_user *user;

	struct mm_struct *mm;
	struct xsched_region control;
	struct xsched_region status;
	struct xsched_control_header *control_header;
	struct xsched_status_header *status_header;

	raw_spinlock_t ring_lock;
	u32 ring_tail;
	struct swait_queue_head agents;
	wait_queue_head_t poll;
	struct llist_node in_wakes;
	atomic_t wake_queued;

	atomic64_t kicks;
	struct list_head entities;
	struct xsched_gang own_gang;
	struct xsched_edge_gang *named_gang;
	struct list_head dependencies;
	u32 n_dependencies;
	struct rcu_head rcu;
};

struct xsched_client *xsched_client_open(void);
void xsched_client_put(struct xsched_client *c);
int xsched_client_attach(struct xsched_client *c, struct xsched_attach *arg);
void xsched_client_detach(struct xsched_client *c);
void xsched_client_end(struct xsched_client *c);
int xsched_client_check(const struct xsched_client *c);
void xsched_clients_shutdown(void);
bool xsched_clients_shut(void);
void xsched_clients_exit(void);

/* entity.c */

struct xsched_edge_entity {
	struct xsched_entity core;
	struct kref ref;
	bool dead;			/* domain->lock */
	int slot;			/* immutable, of client->control */
	struct xsched_client *client;	/* immutable; alive while not dead, or under RCU */
	struct xsched_device *device;	/* the same */
	struct list_head in_client;	/* client->lock */
	struct list_head queues;	/* client->lock */
	u32 n_queues;			/* client->lock */
	struct swait_queue_head waiters;
	struct rcu_head rcu;
};

struct xsched_edge_queue {
	struct xsched_queue core;
	bool dead;			/* domain->lock */
	int slot;			/* immutable, of client->status */
	struct xsched_edge_entity *entity;	/* immutable */
	u64 handle;			/* immutable */
	struct list_head in_entity;	/* client->lock */
	struct rcu_head rcu;
};

static inline struct xsched_edge_entity *to_edge_entity(struct xsched_entity *e)
{
	return container_of(e, struct xsched_edge_entity, core);
}

int xsched_entity_create(struct xsched_client *c, struct xsched_entity_create *arg);
int xsched_entity_destroy(struct xsched_client *c, u32 id);
void xsched_entity_drop(struct xsched_edge_entity *e);
int xsched_queue_create(struct xsched_client *c, struct xsched_queue_create *arg);
int xsched_queue_destroy(struct xsched_client *c, u32 id);
int xsched_entity_kick(struct xsched_client *c, unsigned long id);
void xsched_entity_waits(struct xsched_edge_entity *e);
int xsched_entity_hint_set(struct xsched_client *c, const struct xsched_hint *arg);
int xsched_entity_hint_get(struct xsched_client *c, struct xsched_hint *arg);
int xsched_entity_hint(struct xsched_edge_entity *e, u32 kind, s64 value);
struct xsched_edge_entity *xsched_entity_get(struct xsched_client *c, u32 id);
void xsched_entity_put(struct xsched_edge_entity *e);

struct xsched_edge_entity *xsched_entity_own(struct xsched_client *c, u32 id);

/* gang.c */

struct xsched_gang *xsched_client_gang(struct xsched_client *c);
int xsched_client_join(struct xsched_client *c, const struct xsched_gang_join *arg);
int xsched_client_depend(struct xsched_client *c, const struct xsched_depend *arg);
void xsched_dependencies_sweep(struct xsched_client *c);
void xsched_gang_put(struct xsched_client *c);

/* wait.c */

int xsched_client_wait(struct xsched_client *c, struct xsched_wait *arg);
void xsched_wait_wake(struct swait_queue_head *q);

/* ring.c */

void xsched_ring_push(struct xsched_client *c, u32 type, u32 entity_id, u32 value, u64 now_ns);
void xsched_ring_defer(struct xsched_client *c, struct llist_head *wakes);
void xsched_ring_wake(struct llist_head *wakes);
bool xsched_ring_unread(const struct xsched_client *c);

/* device.c */

#define XSCHED_KEY_LEN	32

/**
 * struct xsched_device - an accelerator, or what has to be taken for one
 * @domain: its entities and policy
 * @timer: calls xsched_domain_tick() at domain.next_ns, at times before
 * @armed_ns: what @timer is set to, never later than domain.next_ns, or
 *	XSCHED_NEVER
 * @wakes: clients whose poll() is to be woken when the domain lock is dropped
 * @report: says in process context that the policy was replaced
 * @lost_policy: the policy that was
 * @poke: has the domain decide again, for what happened on another device
 * @id: in xsched_devices; immutable
 * @dev_class: enum xsched_class, as its first user called it; immutable
 * @number: as in its name; immutable
 * @key: what identifies it; immutable
 * @label: as its first user called it; under the domain lock
 * @creator: that user; immutable
 * @users: entities, and those about to be
 * @configured: an operator set something; never dropped
 * @labelled: @label is some process's
 * @dev: /sys/class/xsched/NAME
 * @rcu: frees it
 */
struct xsched_device {
	struct xsched_domain domain;
	struct hrtimer timer;
	u64 armed_ns;
	struct llist_head wakes;
	struct work_struct report;
	char lost_policy[XSCHED_POLICY_NAME_LEN];
	struct irq_work poke;

	u32 id;
	u32 dev_class;
	int number;
	char key[XSCHED_KEY_LEN];
	char label[XSCHED_NAME_LEN];
	kuid_t creator;
	atomic_t users;
	bool configured;
	bool labelled;
	struct device dev;
	struct rcu_head rcu;
};

static inline struct xsched_device *to_xsched_device(struct device *dev)
{
	return container_of(dev, struct xsched_device, dev);
}

int xsched_devices_init(void);
void xsched_devices_exit(void);
void xsched_device_label(const struct xsched_device *d, char *label);
struct xsched_device *xsched_device_join(const struct xsched_entity_create *arg, kuid_t uid);
void xsched_device_leave(struct xsched_device *d);
const char *xsched_class_name(u32 dev_class);
int xsched_device_set_policy(struct xsched_device *d, const char *name);

/* policies.c */

/**
 * struct xsched_offer - a policy that isn't built in
 * @policy: immutable
 * @in_offers: see there
 */
struct xsched_offer {
	const struct xsched_policy *policy;
	struct list_head in_offers;
};

bool xsched_policies_has(const char *name);
int xsched_policies_emit(char *buf);
int xsched_policies_set(struct xsched_device *d, const char *name);
int xsched_policies_offer(struct xsched_offer *o);
void xsched_policies_withdraw(struct xsched_offer *o);
void xsched_policies_forget(struct xsched_device *d);

/* timer.c */

void xsched_timer_init(struct xsched_device *d);
void xsched_timer_decision(struct xsched_device *d, bool begin);
u64 xsched_device_lock(struct xsched_device *d, unsigned long *flags)
	__acquires(&d->domain.lock);
void xsched_device_unlock(struct xsched_device *d, u64 now_ns, unsigned long flags)
	__releases(&d->domain.lock);

/* sysfs.c */

extern const struct attribute_group *xsched_device_groups[];

/* netlink.c */

int xsched_netlink_init(void);
void xsched_netlink_exit(void);

/* notify.c */

void xsched_notify_device(u32 event, const struct xsched_device *d);
void xsched_notify_client(u32 event, const struct xsched_client *c);
void xsched_notify_entity(u32 event, const struct xsched_edge_entity *e);
void xsched_notify_hint(const struct xsched_edge_entity *e, u32 kind, s64 value);
void xsched_notify_tenant(const struct xsched_edge_tenant *t);
void xsched_notify_shutdown(void);

/* ioctl.c, chardev.c */

long xsched_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int xsched_mmap(struct file *file, struct vm_area_struct *vma);
int xsched_chardev_init(void);
void xsched_chardev_exit(void);

#endif /* XSCHED_EDGE_H */
