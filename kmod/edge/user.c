// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Users and how much each of them may own: /dev/xsched is open to everybody.
 */
#include <linux/slab.h>

#include "edge.h"

unsigned int xsched_quota_max[XSCHED_QUOTAS] = {
	[XSCHED_QUOTA_CLIENTS]	= 4096,
	[XSCHED_QUOTA_ENTITIES]	= 16384,
	[XSCHED_QUOTA_QUEUES]	= 65536,
};

static DEFINE_XARRAY(users);	/* by uid, under xsched_registry */

static struct xsched_user *create_user(kuid_t uid)
{
	struct xsched_user *user = kzalloc(sizeof(*user), GFP_KERNEL);

	if (!user)
		return NULL;
	refcount_set(&user->ref, 1);
	user->uid = uid;
	if (xa_err(xa_store(&users, __kuid_val(uid), user, GFP_KERNEL))) {
		kfree(user);
		return NULL;
	}
	return user;
}

/**
 * xsched_user_get - find or create the account of a user
 * @uid: whose
 *
 * Return: a reference, or NULL if out of memory.
 */
struct xsched_user *xsched_user_get(kuid_t uid)
{
	struct xsched_user *user;

	mutex_lock(&xsched_registry);
	user = xa_load(&users, __kuid_val(uid));
	if (user)
		refcount_inc(&user->ref);
	else
		user = create_user(uid);
	mutex_unlock(&xsched_registry);
	return user;
}

/**
 * xsched_user_put - drop a reference; the last one frees the account
 * @user: whose
 */
void xsched_user_put(struct xsched_user *user)
{
	if (!refcount_dec_and_mutex_lock(&user->ref, &xsched_registry))
		return;
	xa_erase(&users, __kuid_val(user->uid));
	mutex_unlock(&xsched_registry);
	kfree(user);
}

/**
 * xsched_user_charge - count one more object
 * @user: whose
 * @quota: of which kind
 *
 * Return: 0, or -EDQUOT if that would be over the limit.
 */
int xsched_user_charge(struct xsched_user *user, enum xsched_quota quota)
{
	unsigned int max = min_t(unsigned int, READ_ONCE(xsched_quota_max[quota]), INT_MAX);

	if ((unsigned int)atomic_inc_return(&user->used[quota]) > max) {
		atomic_dec(&user->used[quota]);
		return -EDQUOT;
	}
	return 0;
}

void xsched_user_uncharge(struct xsched_user *user, enum xsched_quota quota)
{
	WARN_ON_ONCE(atomic_dec_return(&user->used[quota]) < 0);
}
