// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Users and how much each of them may own; the limits are the kernel module's.
 */
#include <errno.h>
#include <stdlib.h>

#include "xschedd.h"

u32 xd_quota_max[XD_QUOTAS] = {
	[XD_QUOTA_CLIENTS]	= 4096,
	[XD_QUOTA_ENTITIES]	= 16384,
	[XD_QUOTA_QUEUES]	= 65536,
	[XD_QUOTA_CONNECTIONS]	= 4096 + 64,	/* control connections and not yet attached ones too */
};

static struct xd_user *users;

struct xd_user *xd_user_get(uid_t uid)
{
	struct xd_user *user;

	for (user = users; user && user->uid != uid; user = user->next)
		;
	if (!user) {
		user = calloc(1, sizeof(*user));
		if (!user)
			return NULL;
		user->uid = uid;
		user->next = users;
		users = user;
	}
	user->refs++;
	return user;
}

void xd_user_put(struct xd_user *user)
{
	struct xd_user **at;

	if (--user->refs)
		return;
	for (at = &users; *at != user; at = &(*at)->next)
		;
	*at = user->next;
	free(user);
}

int xd_user_charge(struct xd_user *user, enum xd_quota quota)
{
	if (user->used[quota] >= xd_quota_max[quota])
		return -EDQUOT;
	user->used[quota]++;
	return 0;
}

void xd_user_uncharge(struct xd_user *user, enum xd_quota quota)
{
	user->used[quota]--;
}
