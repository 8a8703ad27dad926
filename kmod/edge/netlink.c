// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The control plane: generic netlink family "xsched".
 *
 * Anybody may read, in any network namespace: like ps it shows everybody's
 * processes, with ids as the reader's namespaces have them. A dump goes by
 * ascending id and remembers where it stopped, so an object that lives all the while
 * is in it once; each object is consistent in itself.
 */
#include <linux/pid_namespace.h>
#include <linux/rcupdate_wait.h>
#include <linux/user_namespace.h>

#include "netlink.h"

/*
 * Errors name the object and the reason. Kernels before 6.2 can only give
 * fixed text; they get it without the number, which the sender knows.
 */
#ifdef NL_SET_ERR_MSG_FMT
#define set_error(info, text, fmt, ...) \
	NL_SET_ERR_MSG_FMT((info)->extack, text fmt, ##__VA_ARGS__)
#else
#define set_error(info, text, fmt, ...) \
	NL_SET_ERR_MSG((info)->extack, text)
#endif

/**
 * struct kind - objects that can be got
 * @objects: all of them, by id
 * @id_attr: says which one
 * @put: describes one
 * @name: for messages
 * @registered: they are under xsched_registry, and their ids have 64 bits
 */
struct kind {
	struct xarray *objects;
	int id_attr;
	int (*put)(struct sk_buff *msg, const void *object, const struct xsched_reader *r);
	const char *name;
	bool registered;
};

static const struct kind kinds[] = {
	[XSCHED_CMD_DEVICE_GET] = {
		&xsched_devices, XSCHED_A_DEVICE_ID, xsched_put_device, "device",
	},
	[XSCHED_CMD_CLIENT_GET] = {
		&xsched_clients, XSCHED_A_CLIENT_ID, xsched_put_client, "client",
	},
	[XSCHED_CMD_ENTITY_GET] = {
		&xsched_entities, XSCHED_A_ENTITY_ID, xsched_put_entity, "entity",
	},
	[XSCHED_CMD_QUEUE_GET] = {
		&xsched_queues, XSCHED_A_QUEUE_ID, xsched_put_queue, "queue",
	},
	[XSCHED_CMD_TENANT_GET] = {
		&xsched_tenants, XSCHED_A_TENANT_ID, xsched_put_tenant, "tenant", true,
	},
	[XSCHED_CMD_ENTITY_STAT_GET] = {
		&xsched_entities, XSCHED_A_ENTITY_ID, xsched_put_entity_stat, "entity",
	},
	[XSCHED_CMD_TENANT_STAT_GET] = {
		&xsched_tenants, XSCHED_A_TENANT_ID, xsched_put_tenant_stat, "tenant", true,
	},
	[XSCHED_CMD_ENTITY_WHY_GET] = {
		&xsched_entities, XSCHED_A_ENTITY_ID, xsched_put_entity_why, "entity",
	},
};

static struct xsched_reader current_reader(void)
{
	return (struct xsched_reader){
		.pid_ns = task_active_pid_ns(current),
		.user_ns = current_user_ns(),
	};
}

/* One object as a message; nothing is left of it on an error. */
static int put_message(struct sk_buff *msg, u32 portid, u32 seq, int flags, u8 cmd,
		       const void *object)
{
	struct xsched_reader reader = current_reader();
	void *header = genlmsg_put(msg, portid, seq, &xsched_genl_family, flags, cmd);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = kinds[cmd].put(msg, object, &reader);
	if (err)
		genlmsg_cancel(msg, header);
	else
		genlmsg_end(msg, header);
	return err;
}

/* What keeps the objects of a kind in place while @call looks at them. */
#define WITH_KIND(kind, call) do {			\
	if ((kind)->registered) {			\
		mutex_lock(&xsched_registry);		\
		call;					\
		mutex_unlock(&xsched_registry);		\
	} else {					\
		rcu_read_lock();			\
		call;					\
		rcu_read_unlock();			\
	}						\
} while (0)

static int find_and_put(struct sk_buff *msg, struct genl_info *info, const struct kind *kind, u64 id)
{
	void *object = xa_load(kind->objects, id);

	return object ? put_message(msg, info->snd_portid, info->snd_seq, 0, info->genlhdr->cmd,
				    object) : -ENOENT;
}

static int get_one(struct sk_buff *skb, struct genl_info *info)
{
	const struct kind *kind = &kinds[info->genlhdr->cmd];
	struct nlattr *attr = info->attrs[kind->id_attr];
	struct sk_buff *msg;
	u64 id;
	int err;

	if (!attr) {
		set_error(info, "missing id", ": which %s? A dump gets all", kind->name);
		return -EINVAL;
	}
	id = kind->registered ? nla_get_u64(attr) : nla_get_u32(attr);
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	WITH_KIND(kind, err = find_and_put(msg, info, kind, id));
	if (err) {
		if (err == -ENOENT)
			set_error(info, "no such object", ": %s %llu", kind->name, id);
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/* From *id on as many as fit; *id is then the lowest that hasn't been dumped. */
static int dump_from(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, unsigned long *id)
{
	void *object;
	int err = 0;

	while ((object = xa_find(kinds[cmd].objects, id, ULONG_MAX, XA_PRESENT))) {
		err = put_message(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  NLM_F_MULTI, cmd, object);
		if (err == -EMSGSIZE)
			break;
		++*id;
	}
	return err;
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	u8 cmd = genl_dumpit_info(cb)->op.cmd;
	unsigned long id = cb->args[0];
	int err;

	WITH_KIND(&kinds[cmd], err = dump_from(skb, cb, cmd, &id));
	cb->args[0] = id;
	return err == -EMSGSIZE && !skb->len ? err : skb->len;
}

static int need_admin(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	set_error(info, "needs CAP_SYS_ADMIN", "");
	return -EPERM;
}

static int set_policy(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[XSCHED_A_DEVICE_ID];
	struct nlattr *policy = info->attrs[XSCHED_A_DEVICE_POLICY];
	struct xsched_device *d;
	int err = need_admin(skb, info);

	if (err)
		return err;
	if (!id || !policy) {
		set_error(info, "missing device id or policy", "");
		return -EINVAL;
	}
	mutex_lock(&xsched_registry);
	d = xa_load(&xsched_devices, nla_get_u32(id));
	err = d ? xsched_device_set_policy(d, nla_data(policy)) : -ENOENT;
	mutex_unlock(&xsched_registry);

	if (err == -ENOENT && !d)
		set_error(info, "no such device", ": %u", nla_get_u32(id));
	else if (err == -EINVAL && !xsched_policies_has(nla_data(policy)))
		set_error(info, "no such policy", ": %s", (char *)nla_data(policy));
	else if (err)
		set_error(info, "the policy did not start, none runs", ": %s",
			  (char *)nla_data(policy));
	return err;
}

static bool may_hint(struct sk_buff *skb, const struct xsched_edge_entity *e)
{
	return uid_eq(NETLINK_CREDS(skb)->uid, e->client->uid) ||
	       netlink_capable(skb, CAP_SYS_ADMIN);
}

static int hint_entity(struct sk_buff *skb, u32 id, u32 kind, s64 value)
{
	struct xsched_edge_entity *e;
	int err = -ENOENT;

	rcu_read_lock();
	e = xa_load(&xsched_entities, id);
	if (e)
		err = may_hint(skb, e) ? xsched_entity_hint(e, kind, value) : -EPERM;
	rcu_read_unlock();
	return err;
}

/* Entities of the process that has @nr in the caller's pid namespace. */
static int hint_process(struct sk_buff *skb, u32 nr, u32 kind, s64 value)
{
	struct xsched_edge_entity *e;
	int err, ret = -ENOENT;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&xsched_entities, id, e) {
		if (pid_nr_ns(e->client->tgid, task_active_pid_ns(current)) != nr)
			continue;
		err = may_hint(skb, e) ? xsched_entity_hint(e, kind, value) : -EPERM;
		/* One that died meanwhile is no error of the others. */
		if (err != -ENOENT)
			ret = err;
		if (ret && ret != -ENOENT)
			break;
		/* A process may have thousands, and each may cost a long decision. */
		cond_resched_rcu();
	}
	rcu_read_unlock();
	return ret;
}

static void explain_hint(struct genl_info *info, int err, u32 kind, s64 value)
{
	switch (err) {
	case -ENOENT:
		set_error(info, "no such entity, or no process with one", "");
		break;
	case -EPERM:
		set_error(info, "another user's process: needs CAP_SYS_ADMIN", "");
		break;
	case -EOPNOTSUPP:
		set_error(info, "no such hint", ": %u", kind);
		break;
	case -EINVAL:
		set_error(info, "value out of range", ": %lld for hint %u", value, kind);
		break;
	}
}

static int set_hint(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[XSCHED_A_ENTITY_ID];
	struct nlattr *pid = info->attrs[XSCHED_A_CLIENT_PID];
	u32 kind;
	s64 value;
	int err;

	if (!info->attrs[XSCHED_A_HINT_KIND] || !info->attrs[XSCHED_A_HINT_VALUE] || !id == !pid) {
		set_error(info, "needs a hint, a value, and either an entity or a process", "");
		return -EINVAL;
	}
	kind = nla_get_u32(info->attrs[XSCHED_A_HINT_KIND]);
	value = nla_get_s64(info->attrs[XSCHED_A_HINT_VALUE]);
	err = id ? hint_entity(skb, nla_get_u32(id), kind, value) :
		   hint_process(skb, nla_get_u32(pid), kind, value);
	explain_hint(info, err, kind, value);
	return err;
}

static void change_limits(struct xsched_tenant_limits *l, void *data)
{
	struct nlattr **attrs = data;

	if (attrs[XSCHED_A_TENANT_WEIGHT])
		l->weight = nla_get_u32(attrs[XSCHED_A_TENANT_WEIGHT]);
	if (attrs[XSCHED_A_TENANT_CAP])
		l->cap_permille = nla_get_u32(attrs[XSCHED_A_TENANT_CAP]);
	if (attrs[XSCHED_A_TENANT_CEILING])
		l->ceiling = nla_get_s32(attrs[XSCHED_A_TENANT_CEILING]);
	if (attrs[XSCHED_A_TENANT_MAX_ENTITIES])
		l->max_entities = nla_get_u32(attrs[XSCHED_A_TENANT_MAX_ENTITIES]);
}

static int set_tenant(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[XSCHED_A_TENANT_ID];
	int err = need_admin(skb, info);

	if (err)
		return err;
	if (!id) {
		set_error(info, "missing id", ": which tenant?");
		return -EINVAL;
	}
	err = xsched_tenant_set(nla_get_u64(id), change_limits, info->attrs);
	if (err == -ENOENT)
		set_error(info, "no such cgroup", ": %llu", nla_get_u64(id));
	else if (err == -EOPNOTSUPP)
		set_error(info, "too deep for a tenant of its own", ": it counts as its ancestor");
	else if (err == -EINVAL)
		set_error(info, "value out of range", "");
	return err;
}

static int shut_down(struct sk_buff *skb, struct genl_info *info)
{
	int err = need_admin(skb, info);

	if (!err)
		xsched_clients_shutdown();
	return err;
}

static const struct nla_policy attrs[XSCHED_A_MAX + 1] = {
	[XSCHED_A_DEVICE_ID]	= { .type = NLA_U32 },
	[XSCHED_A_DEVICE_POLICY] = { .type = NLA_NUL_STRING, .len = XSCHED_POLICY_NAME_LEN - 1 },
	[XSCHED_A_CLIENT_ID]	= { .type = NLA_U32 },
	[XSCHED_A_CLIENT_PID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[XSCHED_A_ENTITY_ID]	= { .type = NLA_U32 },
	[XSCHED_A_QUEUE_ID]	= { .type = NLA_U32 },
	[XSCHED_A_HINT_KIND]	= { .type = NLA_U32 },
	[XSCHED_A_HINT_VALUE]	= { .type = NLA_S64 },
	[XSCHED_A_TENANT_ID]	= { .type = NLA_U64 },
	[XSCHED_A_TENANT_WEIGHT] = { .type = NLA_U32 },
	[XSCHED_A_TENANT_CAP]	= { .type = NLA_U32 },
	[XSCHED_A_TENANT_CEILING] = { .type = NLA_S32 },
	[XSCHED_A_TENANT_MAX_ENTITIES] = { .type = NLA_U32 },
};

static const struct genl_small_ops ops[] = {
	{ .cmd = XSCHED_CMD_DEVICE_GET,	.doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_CLIENT_GET,	.doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_ENTITY_GET,	.doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_QUEUE_GET,	.doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_POLICY_SET,	.doit = set_policy },
	{ .cmd = XSCHED_CMD_HINT_SET,	.doit = set_hint },
	{ .cmd = XSCHED_CMD_SHUTDOWN,	.doit = shut_down },
	{ .cmd = XSCHED_CMD_TENANT_GET,	.doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_TENANT_SET,	.doit = set_tenant },
	{ .cmd = XSCHED_CMD_ENTITY_STAT_GET, .doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_TENANT_STAT_GET, .doit = get_one,	.dumpit = dump },
	{ .cmd = XSCHED_CMD_ENTITY_WHY_GET, .doit = get_one,	.dumpit = dump },
};

static const struct genl_multicast_group groups[] = {
	{ .name = XSCHED_GENL_MCGRP_EVENTS },
};

struct genl_family xsched_genl_family __ro_after_init = {
	.name		= XSCHED_GENL_NAME,
	.version	= XSCHED_GENL_VERSION,
	.maxattr	= XSCHED_A_MAX,
	.policy		= attrs,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.small_ops	= ops,
	.n_small_ops	= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

int __init xsched_netlink_init(void)
{
	xsched_put_init();
	return genl_register_family(&xsched_genl_family);
}

void xsched_netlink_exit(void)
{
	genl_unregister_family(&xsched_genl_family);
}
