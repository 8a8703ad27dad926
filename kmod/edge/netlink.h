/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Netlink messages: how each kind of object is written into one.
 */
#ifndef XSCHED_NETLINK_H
#define XSCHED_NETLINK_H

#include <linux/version.h>
#include <net/genetlink.h>

#include "edge.h"

extern struct genl_family xsched_genl_family;

/**
 * struct xsched_reader - for whom a message is written
 * @pid_ns: in which process ids are given
 * @user_ns: in which user ids are given
 */
struct xsched_reader {
	struct pid_namespace *pid_ns;
	struct user_namespace *user_ns;
};

void xsched_put_init(void);

/*
 * Each appends the attributes of an object. Context: RCU read section, or the
 * object is referenced. Return: 0, -EMSGSIZE, or -ENOENT if the object is dead.
 */
int xsched_put_device(struct sk_buff *msg, const void *device, const struct xsched_reader *r);
int xsched_put_client(struct sk_buff *msg, const void *client, const struct xsched_reader *r);
int xsched_put_entity(struct sk_buff *msg, const void *entity, const struct xsched_reader *r);
/* Of a tenant, under xsched_registry. */
int xsched_put_tenant(struct sk_buff *msg, const void *tenant, const struct xsched_reader *r);
int xsched_put_queue(struct sk_buff *msg, const void *queue, const struct xsched_reader *r);

static inline int xsched_put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, XSCHED_A_PAD);
}

/* netlink_stat.c: the same objects, seen closer. */
int xsched_put_account(struct sk_buff *msg, const struct xsched_account *a);
int xsched_put_entity_ids(struct sk_buff *msg, const struct xsched_edge_entity *e,
			  const struct xsched_reader *r);
int xsched_put_entity_stat(struct sk_buff *msg, const void *entity, const struct xsched_reader *r);
int xsched_put_entity_why(struct sk_buff *msg, const void *entity, const struct xsched_reader *r);
int xsched_put_tenant_stat(struct sk_buff *msg, const void *tenant, const struct xsched_reader *r);

#endif /* XSCHED_NETLINK_H */
