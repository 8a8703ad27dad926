// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Devices of the scheduler inside of this process, and the policy that all of them have.
 */
#define _GNU_SOURCE
#include "local_state.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

static const struct xsched_policy *policy = &xsched_policy_none;
static bool strict;

static void apply_tunables(struct local_device *d, uint64_t now)
{
	d->domain.tun.strict = strict;
	xsched_domain_retune(&d->domain, now);
}

static struct local_device *device_new(const struct xsched_entity_create *a, uint64_t rdev)
{
	struct local_device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->id = ++xsched_local.last_id;
	d->class = a->dev_class;
	d->rdev = rdev;
	memcpy(d->name, a->name, sizeof(d->name));
	xsched_domain_init(&d->domain, &xsched_local_domain_ops);
	xsched_domain_set_policy(&d->domain, policy, xsched_local_now_ns());
	apply_tunables(d, xsched_local_now_ns());
	d->next = xsched_local.devices;
	xsched_local.devices = d;
	return d;
}

/* All CPU devices are one; another is known by its node, or else by its name. */
static bool is_device(const struct local_device *d, const struct xsched_entity_create *a, uint64_t rdev)
{
	if (d->class != a->dev_class || d->rdev != rdev)
		return false;
	return rdev || a->dev_class == XSCHED_CLASS_CPU ||
	       !strncmp(d->name, a->name, sizeof(d->name));
}

struct local_device *xsched_local_device_get(const struct xsched_entity_create *a)
{
	struct stat st;
	uint64_t rdev = a->node_fd >= 0 && !fstat(a->node_fd, &st) ? st.st_rdev : 0;
	struct local_device *d;

	for (d = xsched_local.devices; d && !is_device(d, a, rdev); d = d->next)
		;
	if (!d)
		d = device_new(a, rdev);
	if (d)
		d->users++;
	return d;
}

void xsched_local_device_put(struct local_device *d)
{
	struct local_device **at;

	if (--d->users)
		return;
	for (at = &xsched_local.devices; *at != d; at = &(*at)->next)
		;
	*at = d->next;
	xsched_domain_fini(&d->domain);
	free(d);
}

const char *xsched_local_policy_name(const char *name)
{
	static const char *const other[][2] = {
		{ "cfs", "fair" }, { "lax", "laxity" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(other); i++)
		if (!strcasecmp(name, other[i][0]))
			name = other[i][1];
	for (i = 0; xsched_policies[i]; i++)
		if (!strcasecmp(name, xsched_policies[i]->name))
			return xsched_policies[i]->name;
	return NULL;
}

int xsched_local_set_policy(const char *name)
{
	const struct xsched_policy *p = name ? xsched_policy_find(name) : &xsched_policy_none;
	struct local_device *d;
	int ret = 0, err;

	if (!p)
		return -ENOENT;
	xsched_local_enter();
	policy = p;
	for (d = xsched_local.devices; d; d = d->next) {
		err = xsched_domain_set_policy(&d->domain, p, xsched_local_now_ns());
		if (err)
			ret = err;
	}
	xsched_local_leave();
	return ret;
}

void xsched_local_set_strict(bool on)
{
	struct local_device *d;

	xsched_local_enter();
	strict = on;
	for (d = xsched_local.devices; d; d = d->next)
		apply_tunables(d, xsched_local_now_ns());
	xsched_local_leave();
}
