// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The policies that an operator can choose from: those built in, and those that
 * are loaded at the moment.
 */
#include <linux/sysfs.h>

#include "edge.h"

/*
 * Protects @offers, and that a domain's policy is one of them or built in: whoever
 * gives a domain a policy by name holds it. Comes after registry, before
 * domain->lock. Not registry itself, under which files of sysfs are removed.
 */
static DEFINE_MUTEX(policies);
static LIST_HEAD(offers);

static const struct xsched_policy *find(const char *name)
{
	const struct xsched_policy *built_in = xsched_policy_find(name);
	struct xsched_offer *o;

	if (built_in)
		return built_in;
	list_for_each_entry(o, &offers, in_offers)
		if (!strcmp(o->policy->name, name))
			return o->policy;
	return NULL;
}

/**
 * xsched_policies_has - is there a policy of this name?
 * @name: of the policy
 */
bool xsched_policies_has(const char *name)
{
	bool has;

	mutex_lock(&policies);
	has = find(name);
	mutex_unlock(&policies);
	return has;
}

/**
 * xsched_policies_emit - write the names of all policies
 * @buf: a page, of a file in sysfs
 *
 * Return: characters written
 */
int xsched_policies_emit(char *buf)
{
	const struct xsched_policy *const *p;
	struct xsched_offer *o;
	int len = 0;

	for (p = xsched_policies; *p; p++)
		len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "", (*p)->name);
	mutex_lock(&policies);
	list_for_each_entry(o, &offers, in_offers)
		len += sysfs_emit_at(buf, len, " %s", o->policy->name);
	mutex_unlock(&policies);
	return len + sysfs_emit_at(buf, len, "\n");
}

/**
 * xsched_policies_set - give a device the policy of this name
 * @d: device
 * @name: of the policy
 *
 * Return: 0, -EINVAL if there is none, or what it failed to start with.
 */
int xsched_policies_set(struct xsched_device *d, const char *name)
{
	const struct xsched_policy *policy;
	unsigned long flags;
	int err = -EINVAL;
	u64 now_ns;

	mutex_lock(&policies);
	policy = find(name);
	if (policy) {
		WRITE_ONCE(d->configured, true);
		now_ns = xsched_device_lock(d, &flags);
		err = xsched_domain_set_policy(&d->domain, policy, now_ns);
		xsched_device_unlock(d, now_ns, flags);
	}
	mutex_unlock(&policies);
	return err;
}

/**
 * xsched_policies_offer - let operators choose one more policy
 * @o: with its policy set; both stay until xsched_policies_withdraw()
 *
 * Return: 0, -EEXIST if its name is taken, -EINVAL if its table can't work.
 */
int xsched_policies_offer(struct xsched_offer *o)
{
	int err = xsched_policy_check(o->policy);

	if (err)
		return err;
	mutex_lock(&policies);
	if (find(o->policy->name))
		err = -EEXIST;
	else
		list_add_tail(&o->in_offers, &offers);
	mutex_unlock(&policies);
	return err;
}

/* None rules instead, if it was this one. */
static void depose(struct xsched_device *d, const struct xsched_policy *policy)
{
	char why[XSCHED_REASON_LEN];
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	if (d->domain.policy == policy) {
		snprintf(why, sizeof(why), "policy %s was unloaded", policy->name);
		xsched_domain_fall_back(&d->domain, why, now_ns);
	}
	xsched_device_unlock(d, now_ns, flags);
}

/**
 * xsched_policies_withdraw - take a policy back, also from those whom it rules
 * @o: what was offered
 *
 * Nobody refers to it afterwards.
 */
void xsched_policies_withdraw(struct xsched_offer *o)
{
	struct xsched_device *d;
	unsigned long id;

	mutex_lock(&policies);
	list_del(&o->in_offers);
	xa_for_each(&xsched_devices, id, d)
		depose(d, o->policy);
	mutex_unlock(&policies);
}

/**
 * xsched_policies_forget - a device goes, and its policy with it
 * @d: out of sysfs; afterwards it is in no list of devices either
 */
void xsched_policies_forget(struct xsched_device *d)
{
	struct xsched_offer *o;

	mutex_lock(&policies);
	list_for_each_entry(o, &offers, in_offers)
		depose(d, o->policy);
	xa_erase(&xsched_devices, d->id);
	mutex_unlock(&policies);
}
