// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events of the control plane: XSCHED_CMD_NOTIFY to the multicast group "events".
 *
 * They go to the initial network namespace, with ids as the initial pid and user
 * namespaces have them: one message reaches all listeners, and one that listens
 * elsewhere must not learn ids that it can't see. A message that can't be
 * allocated or delivered is lost, which netlink tells a listener whose buffer
 * was full.
 */
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>

#include "netlink.h"

static const struct xsched_reader everybody = {
	.pid_ns = &init_pid_ns,
	.user_ns = &init_user_ns,
};

/* NULL if nobody listens. */
static struct sk_buff *begin(u32 event, void **header, gfp_t gfp)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&xsched_genl_family, &init_net, 0))
		return NULL;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, gfp);
	if (!msg)
		return NULL;
	*header = genlmsg_put(msg, 0, 0, &xsched_genl_family, 0, XSCHED_CMD_NOTIFY);
	/* An empty message has room for these. */
	nla_put_u32(msg, XSCHED_A_EVENT, event);
	nla_put_u64_64bit(msg, XSCHED_A_TIME_NS, ktime_get_ns(), XSCHED_A_PAD);
	return msg;
}

static void finish(struct sk_buff *msg, void *header, int err, gfp_t gfp)
{
	if (err) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&xsched_genl_family, &init_net, msg, 0, 0, gfp);
}

void xsched_notify_device(u32 event, const struct xsched_device *d)
{
	void *header;
	struct sk_buff *msg = begin(event, &header, GFP_KERNEL);

	if (msg)
		finish(msg, header, xsched_put_device(msg, d, &everybody), GFP_KERNEL);
}

void xsched_notify_client(u32 event, const struct xsched_client *c)
{
	void *header;
	struct sk_buff *msg = begin(event, &header, GFP_KERNEL);

	if (msg)
		finish(msg, header, xsched_put_client(msg, c, &everybody), GFP_KERNEL);
}

static int put_ids(struct sk_buff *msg, const struct xsched_edge_entity *e)
{
	return nla_put_u32(msg, XSCHED_A_ENTITY_ID, e->core.id) ||
	       nla_put_u32(msg, XSCHED_A_DEVICE_ID, e->device->id) ||
	       nla_put_u32(msg, XSCHED_A_CLIENT_ID, e->client->id) ||
	       nla_put_u32(msg, XSCHED_A_CLIENT_PID, pid_nr(e->client->tgid));
}

void xsched_notify_entity(u32 event, const struct xsched_edge_entity *e)
{
	void *header;
	struct sk_buff *msg = begin(event, &header, GFP_KERNEL);

	if (msg)
		finish(msg, header, put_ids(msg, e), GFP_KERNEL);
}

/* Context: RCU read section. */
void xsched_notify_hint(const struct xsched_edge_entity *e, u32 kind, s64 value)
{
	void *header;
	struct sk_buff *msg = begin(XSCHED_EVENT_HINT, &header, GFP_ATOMIC);

	if (msg)
		finish(msg, header, put_ids(msg, e) ||
				    nla_put_u32(msg, XSCHED_A_HINT_KIND, kind) ||
				    nla_put_s64(msg, XSCHED_A_HINT_VALUE, value, XSCHED_A_PAD),
		       GFP_ATOMIC);
}

/* Context: under xsched_registry. */
void xsched_notify_tenant(const struct xsched_edge_tenant *t)
{
	void *header;
	struct sk_buff *msg = begin(XSCHED_EVENT_TENANT, &header, GFP_KERNEL);

	if (msg)
		finish(msg, header, xsched_put_tenant(msg, t, &everybody), GFP_KERNEL);
}

void xsched_notify_shutdown(void)
{
	void *header;
	struct sk_buff *msg = begin(XSCHED_EVENT_SHUTDOWN, &header, GFP_KERNEL);

	if (msg)
		finish(msg, header, 0, GFP_KERNEL);
}
