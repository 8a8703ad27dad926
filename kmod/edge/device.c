// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Devices: found by what identifies them, made when first used, kept.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/file.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "edge.h"

/* Of the one device for all entities of class CPU without a node. */
#define CPU_KEY			"cpu"

/*
 * Any node that a process may open can become a device, and devices stay. So
 * past these limits an unused one that nobody configured makes room.
 */
#define DEVICES_MAX		1024
#define DEVICES_PER_USER_MAX	64

DEFINE_MUTEX(xsched_registry);
DEFINE_XARRAY_ALLOC1(xsched_devices);

static const char *const class_names[] = {
	[XSCHED_CLASS_CPU]	= "cpu",
	[XSCHED_CLASS_GPU]	= "gpu",
	[XSCHED_CLASS_NPU]	= "npu",
	[XSCHED_CLASS_FPGA]	= "fpga",
	[XSCHED_CLASS_ASIC]	= "asic",
	[XSCHED_CLASS_MCA]	= "mca",
};

static u32 next_device_id;				/* xsched_registry */
static struct ida numbers[ARRAY_SIZE(class_names)];	/* numbers in names */

static struct class device_class = {
	.name		= "xsched",
	.dev_groups	= xsched_device_groups,
};

/**
 * xsched_class_name - what a class is called in names of devices
 * @dev_class: enum xsched_class
 */
const char *xsched_class_name(u32 dev_class)
{
	return class_names[dev_class];
}

/* What the core reports. All of it under the domain lock. */

static void on_gate_changed(struct xsched_entity *core, u64 now_ns)
{
	struct xsched_edge_entity *e = to_edge_entity(core);

	trace_xsched_gate(e->device->id, core->id, core->gate);
	xsched_wait_wake(&e->waiters);
	if (core->flags & XSCHED_ENTITY_F_GATE_EVENTS) {
		xsched_ring_push(e->client, XSCHED_EV_GATE, core->id, core->gate, now_ns);
		xsched_ring_defer(e->client, &e->device->wakes);
	}
}

static void on_track_wanted(struct xsched_entity *core, u64 now_ns)
{
	struct xsched_edge_entity *e = to_edge_entity(core);

	xsched_ring_push(e->client, XSCHED_EV_TRACK, core->id, core->track_seq, now_ns);
	xsched_ring_defer(e->client, &e->device->wakes);
}

static void on_state_changed(struct xsched_entity *core, u32 from, u64 now_ns)
{
	trace_xsched_state(to_edge_entity(core)->device->id, core->id, from, core->state);
}

static void on_aged(struct xsched_entity *core, u64 waited_ns, u64 now_ns)
{
	trace_xsched_aged(to_edge_entity(core)->device->id, core->id, waited_ns);
}

static void on_fell_back(struct xsched_domain *domain, const char *policy, u64 now_ns)
{
	struct xsched_device *d = container_of(domain, struct xsched_device, domain);

	trace_xsched_policy(d->id, policy, true);
	strscpy(d->lost_policy, policy, sizeof(d->lost_policy));
	schedule_work(&d->report);
}

static s32 get_cpu_priority(struct xsched_entity *core)
{
	struct task_struct *leader;
	s32 priority = 0;

	rcu_read_lock();
	leader = pid_task(to_edge_entity(core)->client->tgid, PIDTYPE_TGID);
	if (leader)
		priority = xsched_cpu_priority(task_nice(leader), READ_ONCE(leader->rt_priority));
	rcu_read_unlock();
	return priority;
}

static void on_deciding(struct xsched_domain *domain, bool begin)
{
	xsched_timer_decision(container_of(domain, struct xsched_device, domain), begin);
}

/* Called under another device's lock, so this one's has to wait. */
static void on_poke(struct xsched_domain *domain)
{
	irq_work_queue(&container_of(domain, struct xsched_device, domain)->poke);
}

static void answer_poke(struct irq_work *work)
{
	struct xsched_device *d = container_of(work, struct xsched_device, poke);
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	xsched_domain_poke(&d->domain, now_ns);
	xsched_device_unlock(d, now_ns, flags);
}

static const struct xsched_domain_ops domain_ops = {
	.gate_changed	= on_gate_changed,
	.track_wanted	= on_track_wanted,
	.state_changed	= on_state_changed,
	.fell_back	= on_fell_back,
	.aged		= on_aged,
	.cpu_priority	= get_cpu_priority,
	.deciding	= on_deciding,
	.poke		= on_poke,
};

static void report_fallback(struct work_struct *work)
{
	struct xsched_device *d = container_of(work, struct xsched_device, report);
	char policy[XSCHED_POLICY_NAME_LEN], why[XSCHED_REASON_LEN];
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	strscpy(policy, d->lost_policy, sizeof(policy));
	strscpy(why, d->domain.fallback, sizeof(why));
	xsched_device_unlock(d, now_ns, flags);

	dev_warn(&d->dev, "policy %s replaced by none: %s\n", policy, why);
	xsched_notify_device(XSCHED_EVENT_FALLBACK, d);
}

/**
 * xsched_device_set_policy - replace the policy of a device
 * @d: device
 * @name: of the policy
 *
 * Return: 0, -EINVAL if there is no such policy, or what the policy failed to start
 * with; then none runs.
 */
int xsched_device_set_policy(struct xsched_device *d, const char *name)
{
	int err = xsched_policies_set(d, name);

	if (!err) {
		trace_xsched_policy(d->id, name, false);
		xsched_notify_device(XSCHED_EVENT_POLICY, d);
	}
	return err;
}

/* What identifies a device. A key belongs to one node, the CPUs or one user. */

struct node_search {
	dev_t node;
	char *key;
};

#ifdef CONFIG_PCI
static int has_node(struct device *child, void *node)
{
	return child->devt == *(dev_t *)node;
}

static int owns_node(struct device *pci, void *data)
{
	struct node_search *search = data;

	if (!device_for_each_child(pci, &search->node, has_node))
		return 0;
	snprintf(search->key, XSCHED_KEY_LEN, "pci:%s", dev_name(pci));
	return 1;
}

/* All nodes of a PCI function (card0, renderD128) are one device. */
static bool find_pci_owner(struct node_search *search)
{
	return bus_for_each_dev(&pci_bus_type, NULL, search, owns_node) > 0;
}
#else
static bool find_pci_owner(struct node_search *search)
{
	return false;
}
#endif

static int key_of_node(int fd, char *key)
{
	struct file *file = fget(fd);
	struct node_search search = { .key = key };
	umode_t mode;

	if (!file)
		return -EBADF;
	mode = file_inode(file)->i_mode;
	search.node = file_inode(file)->i_rdev;
	fput(file);

	if (!S_ISCHR(mode) && !S_ISBLK(mode))
		return -EOPNOTSUPP;
	if (!S_ISCHR(mode) || !find_pci_owner(&search))
		snprintf(key, XSCHED_KEY_LEN, "%s:%u:%u", S_ISCHR(mode) ? "char" : "block",
			 MAJOR(search.node), MINOR(search.node));
	return 0;
}

static int make_key(const struct xsched_entity_create *arg, kuid_t uid, char *key)
{
	if (arg->node_fd >= 0)
		return key_of_node(arg->node_fd, key);
	if (arg->dev_class == XSCHED_CLASS_CPU)
		strscpy(key, CPU_KEY, XSCHED_KEY_LEN);
	else
		snprintf(key, XSCHED_KEY_LEN, "user:%u:%s", __kuid_val(uid),
			 class_names[arg->dev_class]);
	return 0;
}

/**
 * xsched_device_label - what people call a device
 * @cd: device
 * @label: set to it, XSCHED_NAME_LEN bytes
 */
void xsched_device_label(const struct xsched_device *cd, char *label)
{
	struct xsched_device *d = (struct xsched_device *)cd;
	unsigned long flags;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	strscpy(label, d->label, XSCHED_NAME_LEN);
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
}

/* The first process that knows a better name than we gave it wins. */
static void set_label(struct xsched_device *d, const char *label)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	if (!d->labelled && *label) {
		strscpy(d->label, label, sizeof(d->label));
		d->labelled = true;
	}
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
}

static struct xsched_device *find_device(const char *key)
{
	struct xsched_device *d;
	unsigned long id;

	xa_for_each(&xsched_devices, id, d)
		if (!strcmp(d->key, key))
			return d;
	return NULL;
}

static void release_device(struct device *dev)
{
	struct xsched_device *d = to_xsched_device(dev);

	kfree_rcu(d, rcu);
}

/* Nobody uses it, and nobody can begin to while the registry is locked. */
static void drop_device(struct xsched_device *d)
{
	device_del(&d->dev);
	xsched_policies_forget(d);
	hrtimer_cancel(&d->timer);
	cancel_work_sync(&d->report);
	xsched_domain_fini(&d->domain);
	irq_work_sync(&d->poke);	/* nobody pokes it any more */
	ida_free(&numbers[d->dev_class], d->number);
	put_device(&d->dev);
}

/* The first unused and unconfigured device goes, of @uid if it is over its own limit. */
static int make_room(kuid_t uid)
{
	struct xsched_device *d, *mine = NULL, *any = NULL;
	unsigned int n = 0, n_mine = 0;
	unsigned long id;

	xa_for_each(&xsched_devices, id, d) {
		bool unused = !atomic_read(&d->users) && !READ_ONCE(d->configured);

		n++;
		if (unused && !any)
			any = d;
		if (!uid_eq(d->creator, uid))
			continue;
		n_mine++;
		if (unused && !mine)
			mine = d;
	}
	if (n < DEVICES_MAX && n_mine < DEVICES_PER_USER_MAX)
		return 0;
	d = n_mine < DEVICES_PER_USER_MAX ? any : mine;
	if (!d)
		return -EDQUOT;
	drop_device(d);
	return 0;
}

static int name_device(struct xsched_device *d)
{
	/* cpu0 is what has no node. */
	bool other_cpu = d->dev_class == XSCHED_CLASS_CPU && strcmp(d->key, CPU_KEY);
	int err;

	d->number = ida_alloc_min(&numbers[d->dev_class], other_cpu, GFP_KERNEL);
	if (d->number < 0)
		return d->number;
	err = dev_set_name(&d->dev, "%s%d", class_names[d->dev_class], d->number);
	if (!err)
		err = xa_alloc_cyclic(&xsched_devices, &d->id, NULL, XSCHED_ID_LIMIT,
				      &next_device_id, GFP_KERNEL);
	if (err < 0) {
		ida_free(&numbers[d->dev_class], d->number);
		return err;
	}
	strscpy(d->label, dev_name(&d->dev), sizeof(d->label));
	return 0;
}

static struct xsched_device *alloc_device(u32 dev_class, const char *key, kuid_t uid)
{
	struct xsched_device *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return NULL;
	xsched_domain_init(&d->domain, &domain_ops);
	xsched_timer_init(d);
	init_llist_head(&d->wakes);
	INIT_WORK(&d->report, report_fallback);
	init_irq_work(&d->poke, answer_poke);
	d->dev_class = dev_class;
	strscpy(d->key, key, sizeof(d->key));
	d->creator = uid;

	device_initialize(&d->dev);
	d->dev.class = &device_class;
	d->dev.release = release_device;
	return d;
}

static struct xsched_device *create_device(u32 dev_class, const char *key, const char *label,
					   kuid_t uid)
{
	struct xsched_device *d;
	int err = make_room(uid);

	if (err)
		return ERR_PTR(err);
	d = alloc_device(dev_class, key, uid);
	if (!d)
		return ERR_PTR(-ENOMEM);
	err = name_device(d);
	if (err)
		goto err_put;
	set_label(d, label);
	err = device_add(&d->dev);
	if (err)
		goto err_name;
	xa_store(&xsched_devices, d->id, d, GFP_KERNEL);
	xsched_notify_device(XSCHED_EVENT_DEVICE_NEW, d);
	return d;

err_name:
	xa_erase(&xsched_devices, d->id);
	ida_free(&numbers[dev_class], d->number);
err_put:
	put_device(&d->dev);
	return ERR_PTR(err);
}

/**
 * xsched_device_join - the device that a new entity is for, made if need be
 * @arg: what the process says about it, checked
 * @uid: of the process
 *
 * Return: device with one user more, -EBADF, -EOPNOTSUPP, -EDQUOT, -ENOMEM.
 */
struct xsched_device *xsched_device_join(const struct xsched_entity_create *arg, kuid_t uid)
{
	char key[XSCHED_KEY_LEN];
	struct xsched_device *d;
	int err = make_key(arg, uid, key);

	if (err)
		return ERR_PTR(err);
	mutex_lock(&xsched_registry);
	d = find_device(key);
	if (d)
		set_label(d, arg->name);
	else
		d = create_device(arg->dev_class, key, arg->name, uid);
	if (!IS_ERR(d))
		atomic_inc(&d->users);
	mutex_unlock(&xsched_registry);
	return d;
}

/**
 * xsched_device_leave - one user less
 * @d: device; the caller may touch it no more, but under RCU
 */
void xsched_device_leave(struct xsched_device *d)
{
	atomic_dec(&d->users);
}

/* The CPU is always there, so that it can be configured before it is used. */
static int create_cpu(void)
{
	struct xsched_device *d;

	mutex_lock(&xsched_registry);
	d = create_device(XSCHED_CLASS_CPU, CPU_KEY, "", GLOBAL_ROOT_UID);
	if (!IS_ERR(d)) {
		set_label(d, "CPU");
		d->labelled = false;	/* by no process */
		d->configured = true;
	}
	mutex_unlock(&xsched_registry);
	return PTR_ERR_OR_ZERO(d);
}

int xsched_devices_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		ida_init(&numbers[i]);
	err = class_register(&device_class);
	if (err)
		return err;
	err = create_cpu();
	if (err)
		class_unregister(&device_class);
	return err;
}

void xsched_devices_exit(void)
{
	struct xsched_device *d;
	unsigned long id;

	mutex_lock(&xsched_registry);
	xa_for_each(&xsched_devices, id, d)
		drop_device(d);
	mutex_unlock(&xsched_registry);
	class_unregister(&device_class);
	xa_destroy(&xsched_devices);
}
