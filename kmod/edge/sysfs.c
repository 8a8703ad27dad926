// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What an operator sees and sets of a device: /sys/class/xsched/NAME/.
 */
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "edge.h"

static ssize_t class_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", xsched_class_name(to_xsched_device(dev)->dev_class));
}
static DEVICE_ATTR_RO(class);

static ssize_t label_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	char label[XSCHED_NAME_LEN];

	xsched_device_label(to_xsched_device(dev), label);
	return sysfs_emit(buf, "%s\n", label);
}
static DEVICE_ATTR_RO(label);

static ssize_t policy_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct xsched_device *d = to_xsched_device(dev);
	char name[XSCHED_POLICY_NAME_LEN];
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	strscpy(name, d->domain.policy->name, sizeof(name));
	xsched_device_unlock(d, now_ns, flags);
	return sysfs_emit(buf, "%s\n", name);
}

static ssize_t policy_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	char name[XSCHED_POLICY_NAME_LEN];
	int err = -EINVAL;

	/* One too long is no policy's. */
	if (strscpy(name, buf, sizeof(name)) != -E2BIG || buf[sizeof(name) - 1] == '\n')
		err = xsched_device_set_policy(to_xsched_device(dev), strim(name));
	if (err)
		dev_dbg(dev, "policy %s not set: %d\n", name, err);
	return err ?: count;
}
static DEVICE_ATTR_RW(policy);

static ssize_t policies_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return xsched_policies_emit(buf);
}
static DEVICE_ATTR_RO(policies);

static ssize_t fallback_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct xsched_device *d = to_xsched_device(dev);
	char why[XSCHED_REASON_LEN];
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	strscpy(why, d->domain.fallback, sizeof(why));
	xsched_device_unlock(d, now_ns, flags);
	return sysfs_emit(buf, "%s\n", why);
}
static DEVICE_ATTR_RO(fallback);

/**
 * struct tunable - a number of a domain
 * @attr: its file
 * @offset: of the member in struct xsched_tunables
 * @size: of that member, 4 or 8
 * @unit: what one in the file is in the member
 * @min: lowest value in the file, but 0 may be allowed besides
 * @max: highest one
 * @or_zero: 0 is allowed: never
 */
struct tunable {
	struct device_attribute attr;
	size_t offset;
	size_t size;
	u32 unit;
	u64 min;
	u64 max;
	bool or_zero;
};

static u64 get_tunable(const struct xsched_tunables *tun, const struct tunable *t)
{
	const void *member = (const void *)tun + t->offset;

	return t->size == sizeof(u64) ? READ_ONCE(*(const u64 *)member) :
					READ_ONCE(*(const u32 *)member);
}

static void set_tunable(struct xsched_tunables *tun, const struct tunable *t, u64 value)
{
	void *member = (void *)tun + t->offset;

	if (t->size == sizeof(u64))
		WRITE_ONCE(*(u64 *)member, value);
	else
		WRITE_ONCE(*(u32 *)member, value);
}

static ssize_t tunable_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct tunable *t = container_of(attr, struct tunable, attr);
	u64 value = get_tunable(&to_xsched_device(dev)->domain.tun, t);

	return sysfs_emit(buf, "%llu\n", div_u64(value, t->unit));
}

static ssize_t tunable_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t count)
{
	const struct tunable *t = container_of(attr, struct tunable, attr);
	struct xsched_device *d = to_xsched_device(dev);
	unsigned long flags;
	u64 value, now_ns;
	int err = kstrtou64(buf, 0, &value);

	if (err)
		return err;
	if ((value < t->min || value > t->max) && !(t->or_zero && !value))
		return -EINVAL;
	WRITE_ONCE(d->configured, true);
	now_ns = xsched_device_lock(d, &flags);
	set_tunable(&d->domain.tun, t, value * t->unit);
	xsched_domain_retune(&d->domain, now_ns);
	xsched_device_unlock(d, now_ns, flags);
	return count;
}

#define TUNABLE(_name, _member, _unit, _min, _max, _or_zero)			\
	static struct tunable tunable_##_name = {				\
		.attr = __ATTR(_name, 0644, tunable_show, tunable_store),	\
		.offset = offsetof(struct xsched_tunables, _member) +		\
			BUILD_BUG_ON_ZERO(sizeof_field(struct xsched_tunables, _member) != 4 && \
					  sizeof_field(struct xsched_tunables, _member) != 8), \
		.size = sizeof_field(struct xsched_tunables, _member),		\
		.unit = _unit, .min = _min, .max = _max, .or_zero = _or_zero,	\
	}

TUNABLE(timeslice_us, timeslice_ns, NSEC_PER_USEC, 100, 10000000, false);
TUNABLE(grace_ms, grace_ns, NSEC_PER_MSEC, 1, 10000, true);
TUNABLE(linger_us, linger_ns, NSEC_PER_USEC, 1, 10000000, true);
TUNABLE(idle_poll_us, idle_poll_ns, NSEC_PER_USEC, 20, 1000000, false);
TUNABLE(aging_ms, aging_ns, NSEC_PER_MSEC, 1, 86400000, true);
TUNABLE(budget_us, budget_us, 1, 1, 10000000, false);
TUNABLE(idle_budget_us, idle_budget_us, 1, 1, 10000000, false);
TUNABLE(k, k, 1, 1, 1000000, false);

static ssize_t handoff_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	bool strict = READ_ONCE(to_xsched_device(dev)->domain.tun.strict);

	return sysfs_emit(buf, "%s\n", strict ? "strict" : "eager");
}

static ssize_t handoff_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t count)
{
	static const char *const handoffs[] = { "eager", "strict" };
	struct xsched_device *d = to_xsched_device(dev);
	int handoff = sysfs_match_string(handoffs, buf);
	unsigned long flags;
	u64 now_ns;

	if (handoff < 0)
		return handoff;
	WRITE_ONCE(d->configured, true);
	now_ns = xsched_device_lock(d, &flags);
	WRITE_ONCE(d->domain.tun.strict, handoff);
	xsched_domain_retune(&d->domain, now_ns);
	xsched_device_unlock(d, now_ns, flags);
	return count;
}
static DEVICE_ATTR_RW(handoff);

/* Counters are read without the lock: each is one word that only grows. */
#define COUNTER(_name, _member, _format)					\
	static ssize_t _name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
	{									\
		return sysfs_emit(buf, _format "\n",				\
				  READ_ONCE(to_xsched_device(dev)->domain._member)); \
	}									\
	static DEVICE_ATTR_RO(_name)

COUNTER(entities, n_entities, "%u");
COUNTER(decisions, n_decisions, "%llu");
COUNTER(flips, n_flips, "%llu");

static struct attribute *attrs[] = {
	&dev_attr_class.attr,
	&dev_attr_label.attr,
	&dev_attr_policy.attr,
	&dev_attr_policies.attr,
	&dev_attr_fallback.attr,
	&dev_attr_handoff.attr,
	&tunable_timeslice_us.attr.attr,
	&tunable_grace_ms.attr.attr,
	&tunable_linger_us.attr.attr,
	&tunable_idle_poll_us.attr.attr,
	&tunable_aging_ms.attr.attr,
	&tunable_budget_us.attr.attr,
	&tunable_idle_budget_us.attr.attr,
	&tunable_k.attr.attr,
	&dev_attr_entities.attr,
	&dev_attr_decisions.attr,
	&dev_attr_flips.attr,
	NULL
};

static const struct attribute_group group = { .attrs = attrs };

const struct attribute_group *xsched_device_groups[] = { &group, NULL };
