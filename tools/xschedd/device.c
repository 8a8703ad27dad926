// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Devices: found by what identifies them, made when first used, kept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xschedd.h"
#include "names.h"

/* As in the kernel: past these an unused one that nobody configured makes room. */
#define DEVICES_MAX		1024
#define DEVICES_PER_USER_MAX	64

/* Of the one device for all entities of class CPU without a node. */
#define CPU_KEY			"cpu"

#define POKE_ROUNDS		4

const struct xsched_policy *xd_device_policy;
static bool any_poked;

/* What the core reports. */

/* Pairs with the client's "raise waiters, fence, futex-wait on the old epoch". */
static void wake_waiters(struct xsched_control_slot *ctl)
{
	smp_mb();
	if (READ_ONCE(*xsched_wire_waiters(ctl)))
		syscall(SYS_futex, &ctl->epoch, FUTEX_WAKE, XSCHED_WIRE_WAKE, NULL, NULL, 0);
}

static void on_gate_changed(struct xsched_entity *core, u64 now_ns)
{
	wake_waiters(core->ctl);
	if (core->flags & XSCHED_ENTITY_F_GATE_EVENTS)
		xd_ring_push(to_xd_entity(core)->client, XSCHED_EV_GATE, core->id, core->gate,
			     now_ns);
}

static void on_track_wanted(struct xsched_entity *core, u64 now_ns)
{
	xd_ring_push(to_xd_entity(core)->client, XSCHED_EV_TRACK, core->id, core->track_seq,
		     now_ns);
}

static void on_fell_back(struct xsched_domain *domain, const char *policy, u64 now_ns)
{
	struct xd_device *d = container_of(domain, struct xd_device, domain);

	(void)now_ns;
	snprintf(d->lost_policy, sizeof(d->lost_policy), "%s", policy);
	d->fell_back = true;
}

static void on_deciding(struct xsched_domain *domain, bool begin)
{
	if (begin)
		xsched_patience_begin(domain, xd_now_ns());
	else
		xsched_patience_end(domain, xd_now_ns());
}

static s32 get_cpu_priority(struct xsched_entity *core)
{
	return xd_peer_cpu_priority(&to_xd_entity(core)->client->peer);
}

static void on_poke(struct xsched_domain *domain)
{
	container_of(domain, struct xd_device, domain)->poked = true;
	any_poked = true;
}

static const struct xsched_domain_ops domain_ops = {
	.gate_changed	= on_gate_changed,
	.track_wanted	= on_track_wanted,
	.fell_back	= on_fell_back,
	.cpu_priority	= get_cpu_priority,
	.deciding	= on_deciding,
	.poke		= on_poke,
};

static void report_fallback(struct xd_device *d)
{
	d->fell_back = false;
	xd_log(XD_WARN, "%s: policy %s replaced by none: %s; set one with \"xschedctl policy %s NAME\"",
	       d->name, d->lost_policy, d->domain.fallback, d->name);
	xd_notify_device(XSCHED_EVENT_FALLBACK, d);
}

static void settle_one(struct xd_device *d, u64 now_ns)
{
	if (xsched_patience_is_lost(&d->domain))
		xsched_patience_lost(&d->domain, xd_now_ns());
	xd_timer_arm(d->domain.next_ns, now_ns);
	if (d->fell_back)
		report_fallback(d);
}

/* What one domain decided may concern others; each round asks those that it does. */
static void run_poked(u64 now_ns)
{
	struct xd_device *d;
	u32 id, round;

	for (round = 0; any_poked && round < POKE_ROUNDS; round++) {
		any_poked = false;
		for (id = 1; (d = xd_ids_next(&xd_devices, &id)); id++) {
			if (!d->poked)
				continue;
			d->poked = false;
			xsched_domain_poke(&d->domain, now_ns);
			settle_one(d, now_ns);
		}
	}
	if (any_poked)	/* they go on by time */
		xd_timer_arm(now_ns, now_ns);
}

void xd_device_settle(struct xd_device *d, u64 now_ns)
{
	settle_one(d, now_ns);
	run_poked(now_ns);
	xd_ring_wake();
}

int xd_device_set_policy(struct xd_device *d, const char *name)
{
	const struct xsched_policy *policy = xsched_policy_find(name);
	u64 now_ns = xd_now_ns();
	int err;

	if (!policy)
		return -EINVAL;
	d->configured = true;
	err = xsched_domain_set_policy(&d->domain, policy, now_ns);
	xd_device_settle(d, now_ns);
	if (!err)
		xd_notify_device(XSCHED_EVENT_POLICY, d);
	return err;
}

static int make_key(const struct xsched_entity_create *arg, int node_fd, uid_t uid, char *key)
{
	if (arg->node_fd >= 0)
		return node_fd < 0 ? -EBADF : xd_node_key(node_fd, key);
	if (arg->dev_class == XSCHED_CLASS_CPU)
		snprintf(key, XD_KEY_LEN, CPU_KEY);
	else
		snprintf(key, XD_KEY_LEN, "user:%u:%s", uid, xd_class_name(arg->dev_class));
	return 0;
}

static struct xd_device *find_device(const char *key)
{
	struct xd_device *d;
	u32 id = 1;

	for (; (d = xd_ids_next(&xd_devices, &id)); id++)
		if (!strcmp(d->key, key))
			return d;
	return NULL;
}

static void drop_device(struct xd_device *d)
{
	xd_ids_remove(&xd_devices, d->id);
	xsched_domain_fini(&d->domain);
	free(d);
}

/* The first unused and unconfigured device goes, of the user's if they are the problem. */
static int make_room(uid_t uid)
{
	struct xd_device *d, *mine = NULL, *any = NULL;
	u32 id = 1, n_mine = 0;

	for (; (d = xd_ids_next(&xd_devices, &id)); id++) {
		bool unused = !d->users && !d->configured;

		if (unused && !any)
			any = d;
		if (d->creator != uid)
			continue;
		n_mine++;
		if (unused && !mine)
			mine = d;
	}
	if (xd_devices.n < DEVICES_MAX && n_mine < DEVICES_PER_USER_MAX)
		return 0;
	d = n_mine < DEVICES_PER_USER_MAX ? any : mine;
	if (!d)
		return -EDQUOT;
	drop_device(d);
	return 0;
}

static bool is_taken(u32 dev_class, u32 number)
{
	struct xd_device *d;
	u32 id = 1;

	for (; (d = xd_ids_next(&xd_devices, &id)); id++)
		if (d->dev_class == dev_class && d->number == number)
			return true;
	return false;
}

/* The first process that knows a better name than we gave it wins. */
static void set_label(struct xd_device *d, const char *label)
{
	if (d->labelled || !*label)
		return;
	snprintf(d->label, sizeof(d->label), "%s", label);
	d->labelled = true;
}

static void name_device(struct xd_device *d)
{
	/* cpu0 is what has no node. */
	d->number = d->dev_class == XSCHED_CLASS_CPU && strcmp(d->key, CPU_KEY);
	while (is_taken(d->dev_class, d->number))
		d->number++;
	snprintf(d->name, sizeof(d->name), "%s%u", xd_class_name(d->dev_class), d->number);
	snprintf(d->label, sizeof(d->label), "%s", d->name);
}

static int create_device(u32 dev_class, const char *key, const char *label, uid_t uid,
			 struct xd_device **device)
{
	struct xd_device *d;
	int err = make_room(uid);

	if (err)
		return err;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	xsched_domain_init(&d->domain, &domain_ops);
	if (xd_device_policy)
		xsched_domain_set_policy(&d->domain, xd_device_policy, xd_now_ns());
	d->dev_class = dev_class;
	d->creator = uid;
	snprintf(d->key, sizeof(d->key), "%s", key);
	name_device(d);
	set_label(d, label);
	err = xd_ids_add(&xd_devices, d, &d->id);
	if (err) {
		free(d);
		return err;
	}
	xd_notify_device(XSCHED_EVENT_DEVICE_NEW, d);
	*device = d;
	return 0;
}

/**
 * xd_device_join - the device that a new entity is for, made if need be
 * @arg: what the process says about it, checked
 * @node_fd: descriptor that came with it, -1 if none
 * @uid: of the process
 * @device: out, with one user more
 *
 * Return: 0, -EBADF, -EOPNOTSUPP, -EDQUOT, -ENOMEM.
 */
int xd_device_join(const struct xsched_entity_create *arg, int node_fd, uid_t uid,
		   struct xd_device **device)
{
	char key[XD_KEY_LEN];
	int err = make_key(arg, node_fd, uid, key);

	if (err)
		return err;
	*device = find_device(key);
	if (*device)
		set_label(*device, arg->name);
	else
		err = create_device(arg->dev_class, key, arg->name, uid, device);
	if (!err)
		(*device)->users++;
	return err;
}

void xd_device_leave(struct xd_device *d)
{
	d->users--;
}

/* The CPU is always there, so that it can be configured before it is used. */
int xd_devices_init(void)
{
	struct xd_device *d;
	int err = create_device(XSCHED_CLASS_CPU, CPU_KEY, "CPU", 0, &d);

	if (!err) {
		d->labelled = false;	/* by no process */
		d->configured = true;
	}
	return err;
}
