// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The control plane: what xschedctl asks, and who listens for events.
 *
 * Like the kernel module's it may be read by everybody who may connect. A dump goes
 * on as the reader reads: it remembers the id at which it stopped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"

/* Objects that can be got. */
static const struct kind {
	struct xd_ids *objects;
	u16 id_attr;
	void (*put)(struct xd_nl *m, const void *object);
	const char *name;
} kinds[] = {
	[XSCHED_CMD_DEVICE_GET] = { &xd_devices, XSCHED_A_DEVICE_ID, xd_put_device, "device" },
	[XSCHED_CMD_CLIENT_GET] = { &xd_clients, XSCHED_A_CLIENT_ID, xd_put_client, "client" },
	[XSCHED_CMD_ENTITY_GET] = { &xd_entities, XSCHED_A_ENTITY_ID, xd_put_entity, "entity" },
	[XSCHED_CMD_QUEUE_GET] = { &xd_queues, XSCHED_A_QUEUE_ID, xd_put_queue, "queue" },
	[XSCHED_CMD_ENTITY_STAT_GET] = { &xd_entities, XSCHED_A_ENTITY_ID, xd_put_entity_stat, "entity" },
	[XSCHED_CMD_ENTITY_WHY_GET] = { &xd_entities, XSCHED_A_ENTITY_ID, xd_put_entity_why, "entity" },
};

static struct xsched_list readers = { &readers, &readers };

/* One request, as those who answer see it. */
struct request {
	struct xd_reader *reader;
	const struct nlmsghdr *header;
	u8 cmd;
	const struct nlattr *attrs[XSCHED_A_MAX + 1];
	char why[160];
};

__attribute__((format(printf, 3, 4)))
static int fail(struct request *r, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
	va_end(ap);
	return err;
}

static int send_out(struct xd_reader *r, const struct xd_nl *m)
{
	if (send(r->watch.fd, m->buf, m->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* ---------------------------------------------------------------- reading */

/* As much of a dump as the reader has room for; the rest when it has read. */
static int go_on_dumping(struct xd_reader *r)
{
	const struct kind *kind = &kinds[r->dump_cmd];
	static struct xd_nl m;
	const void *object;
	u32 id;
	int err;

	while (r->dump_cmd) {
		bool end = false;

		m.len = 0;
		for (id = r->dump_id; (object = xd_ids_next(kind->objects, &id)); id++) {
			xd_nl_begin_genl(&m, NLM_F_MULTI, r->dump_seq, (u8)r->dump_cmd);
			kind->put(&m, object);
			if (!xd_nl_end(&m))
				break;
		}
		if (!object) {
			static const int none;

			xd_nl_begin(&m, NLMSG_DONE, NLM_F_MULTI, r->dump_seq);
			xd_nl_raw(&m, &none, sizeof(none));
			end = xd_nl_end(&m);
		}
		err = send_out(r, &m);
		if (err)
			return err == -EAGAIN ? 0 : err;
		r->dump_id = id;
		if (end)
			r->dump_cmd = 0;
	}
	return 0;
}

static int start_dump(struct request *q)
{
	struct xd_reader *r = q->reader;

	if (r->dump_cmd)
		return fail(q, -EBUSY, "a dump is under way on this connection");
	r->dump_cmd = q->cmd;
	r->dump_id = 1;
	r->dump_seq = q->header->nlmsg_seq;
	return 0;
}

static int get_u32(struct request *q, u16 attr, u32 *v)
{
	if (xd_nl_get(q->attrs[attr], v, sizeof(*v)))
		return fail(q, -ERANGE, "attribute %u is not a 32-bit number", attr);
	return 0;
}

static int get_one(struct request *q)
{
	const struct kind *kind = &kinds[q->cmd];
	static struct xd_nl m;
	const void *object;
	u32 id;
	int err;

	if (!q->attrs[kind->id_attr])
		return fail(q, -EINVAL, "missing id: which %s? A dump gets all", kind->name);
	err = get_u32(q, kind->id_attr, &id);
	if (err)
		return err;
	object = xd_ids_find(kind->objects, id);
	if (!object)
		return fail(q, -ENOENT, "no such object: %s %u", kind->name, id);
	m.len = 0;
	xd_nl_begin_genl(&m, 0, q->header->nlmsg_seq, q->cmd);
	kind->put(&m, object);
	xd_nl_end(&m);
	return send_out(q->reader, &m);
}

static int get(struct request *q)
{
	return q->header->nlmsg_flags & NLM_F_DUMP ? start_dump(q) : get_one(q);
}

/* ---------------------------------------------------------------- changes */

static int need_admin(struct request *q)
{
	if (xd_peer_is_admin(q->reader->uid))
		return 0;
	return fail(q, -EPERM, "needs root, or the user that xschedd runs as");
}

static void name_policies(char *names, size_t size)
{
	size_t n = 0, i;

	for (i = 0; xsched_policies[i] && n < size; i++)
		n += (size_t)snprintf(names + n, size - n, "%s%s", i ? " " : "",
				      xsched_policies[i]->name);
}

static int set_policy(struct request *q)
{
	char name[XSCHED_POLICY_NAME_LEN] = "", names[128];
	struct xd_device *d;
	int err = need_admin(q);
	u32 id;

	if (err)
		return err;
	if (!q->attrs[XSCHED_A_DEVICE_ID] || !q->attrs[XSCHED_A_DEVICE_POLICY])
		return fail(q, -EINVAL, "missing device id or policy");
	err = get_u32(q, XSCHED_A_DEVICE_ID, &id);
	if (err)
		return err;
	d = xd_ids_find(&xd_devices, id);
	if (!d)
		return fail(q, -ENOENT, "no such device: %u", id);
	name_policies(names, sizeof(names));
	if (xd_nl_get_string(q->attrs[XSCHED_A_DEVICE_POLICY], name, sizeof(name)) ||
	    !xsched_policy_find(name))
		return fail(q, -EINVAL, "no such policy: %s; there are: %s", name, names);
	err = xd_device_set_policy(d, name);
	if (err)
		return fail(q, err, "the policy did not start, none runs: %s", name);
	xd_log(XD_NOTICE, "%s: policy %s set by user %u", d->name, name, q->reader->uid);
	return 0;
}

static int hint_entity(struct request *q, struct xd_entity *e, u32 kind, s64 value)
{
	int err;

	if (e->client->peer.uid != q->reader->uid && need_admin(q))
		return fail(q, -EPERM, "another user's process: needs root");
	err = xd_entity_hint(e, kind, value);
	if (err == -EOPNOTSUPP)
		return fail(q, err, "no such hint: %u", kind);
	if (err == -EINVAL)
		return fail(q, err, "value out of range: %lld for hint %u", value, kind);
	return err;
}

static int hint_process(struct request *q, u32 pid, u32 kind, s64 value)
{
	struct xd_entity *e;
	int err = fail(q, -ENOENT, "no such entity, or no process with one");
	u32 id = 1;

	for (; (e = xd_ids_next(&xd_entities, &id)); id++) {
		if ((u32)e->client->peer.pid != pid)
			continue;
		err = hint_entity(q, e, kind, value);
		if (err)
			break;
	}
	return err;
}

static int set_hint(struct request *q)
{
	bool by_id = q->attrs[XSCHED_A_ENTITY_ID], by_pid = q->attrs[XSCHED_A_CLIENT_PID];
	struct xd_entity *e;
	u32 kind, id;
	s64 value;
	int err;

	if (!q->attrs[XSCHED_A_HINT_KIND] || !q->attrs[XSCHED_A_HINT_VALUE] || by_id == by_pid)
		return fail(q, -EINVAL, "needs a hint, a value, and either an entity or a process");
	err = get_u32(q, XSCHED_A_HINT_KIND, &kind);
	if (!err)
		err = get_u32(q, by_id ? XSCHED_A_ENTITY_ID : XSCHED_A_CLIENT_PID, &id);
	if (err)
		return err;
	if (xd_nl_get(q->attrs[XSCHED_A_HINT_VALUE], &value, sizeof(value)))
		return fail(q, -ERANGE, "the value is not a 64-bit number");
	if (by_pid)
		return hint_process(q, id, kind, value);
	e = xd_ids_find(&xd_entities, id);
	if (!e)
		return fail(q, -ENOENT, "no such entity, or no process with one");
	return hint_entity(q, e, kind, value);
}

static int shut_down(struct request *q)
{
	int err = need_admin(q);

	if (!err) {
		xd_log(XD_NOTICE, "shut down by user %u", q->reader->uid);
		xd_loop_stop();
	}
	return err;
}

static int join_events(struct request *q)
{
	q->reader->listens = true;
	return 0;
}

/* --------------------------------------------------------------- requests */

static int run(struct request *q)
{
	switch (q->cmd) {
	case XSCHED_CMD_DEVICE_GET:
	case XSCHED_CMD_CLIENT_GET:
	case XSCHED_CMD_ENTITY_GET:
	case XSCHED_CMD_QUEUE_GET:
	case XSCHED_CMD_ENTITY_STAT_GET:
	case XSCHED_CMD_ENTITY_WHY_GET:
		return get(q);
	case XSCHED_CMD_POLICY_SET:
		return set_policy(q);
	case XSCHED_CMD_HINT_SET:
		return set_hint(q);
	case XSCHED_CMD_SHUTDOWN:
		return shut_down(q);
	case XSCHED_CMD_NOTIFY:
		return join_events(q);
	default:
		return fail(q, -EOPNOTSUPP, "no such command: %u", q->cmd);
	}
}

/* Bare of the request itself, as with NETLINK_CAP_ACK. */
static int acknowledge(struct request *q, int err)
{
	struct nlmsgerr e = { .error = err, .msg = *q->header };
	static struct xd_nl m;

	m.len = 0;
	xd_nl_begin(&m, NLMSG_ERROR, NLM_F_CAPPED | (*q->why ? NLM_F_ACK_TLVS : 0),
		    q->header->nlmsg_seq);
	xd_nl_raw(&m, &e, sizeof(e));
	if (err && *q->why)
		xd_nl_string(&m, NLMSGERR_ATTR_MSG, q->why);
	xd_nl_end(&m);
	return send_out(q->reader, &m);
}

/* Does it hold a whole request of our family? */
static int open_request(struct request *q, const void *data, size_t len)
{
	const struct nlmsghdr *h = data;
	const struct genlmsghdr *g;

	if (len < NLMSG_HDRLEN || h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > len)
		return -EPROTO;
	q->header = h;
	if (h->nlmsg_type != XSCHED_CTL_FAMILY)
		return fail(q, -ENOENT, "no such family: %u", h->nlmsg_type);
	if (h->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return fail(q, -EINVAL, "too short");
	g = NLMSG_DATA(h);
	q->cmd = g->cmd;
	if (xd_nl_parse((const char *)g + GENL_HDRLEN, h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
			q->attrs))
		return fail(q, -EINVAL, "torn attributes");
	return 0;
}

/* False if the reader has to go. */
static bool serve(struct xd_reader *r)
{
	_Alignas(8) char buf[4096];
	struct request q = { .reader = r };
	ssize_t n = recv(r->watch.fd, buf, sizeof(buf), MSG_DONTWAIT);
	int err;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	err = open_request(&q, buf, (size_t)n);
	if (err == -EPROTO)
		return false;
	if (!err)
		err = run(&q);
	if (err || (q.header->nlmsg_flags & NLM_F_ACK && !r->dump_cmd))
		return !acknowledge(&q, err);
	return true;
}

/* ---------------------------------------------------------------- readers */

static void free_reader(struct xd_garbage *g)
{
	free(container_of(g, struct xd_reader, garbage));
}

static void drop(struct xd_reader *r)
{
	xd_loop_del(&r->watch);
	close(r->watch.fd);
	xsched_list_del(&r->in_readers);
	xd_user_uncharge(r->user, XD_QUOTA_CONNECTIONS);
	xd_user_put(r->user);
	xd_loop_discard(&r->garbage, free_reader);
}

static void on_events(struct xd_watch *w, uint32_t events)
{
	struct xd_reader *r = container_of(w, struct xd_reader, watch);

	if (events & (EPOLLHUP | EPOLLERR) || (events & EPOLLIN && !serve(r)) ||
	    go_on_dumping(r))
		drop(r);
}

/* Edge-triggered for writing: it says when a full reader has read. */
int xd_control_new(int sock)
{
	struct xd_reader *r = calloc(1, sizeof(*r));
	socklen_t len = sizeof(struct ucred);
	struct ucred cred;
	int err = -ENOMEM;

	if (!r)
		goto err_close;
	err = -EPERM;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    !xd_listen_serves(cred.uid))
		goto err_free;
	r->uid = cred.uid;
	r->watch = (struct xd_watch){ sock, on_events };
	r->user = xd_user_get(r->uid);
	err = r->user ? xd_user_charge(r->user, XD_QUOTA_CONNECTIONS) : -ENOMEM;
	if (err)
		goto err_user;
	err = xd_loop_add(&r->watch, EPOLLIN | EPOLLOUT | EPOLLET);
	if (err)
		goto err_uncharge;
	xsched_list_add_tail(&readers, &r->in_readers);
	return 0;

err_uncharge:
	xd_user_uncharge(r->user, XD_QUOTA_CONNECTIONS);
err_user:
	if (r->user)
		xd_user_put(r->user);
err_free:
	free(r);
err_close:
	close(sock);
	return err;
}

/* An event for everybody who listens; who is full learns later that some were lost. */
void xd_control_tell(const struct xd_nl *event)
{
	static struct xd_nl overrun;
	struct xd_reader *r;

	overrun.len = 0;
	xd_nl_begin(&overrun, NLMSG_OVERRUN, 0, 0);
	xd_nl_end(&overrun);
	xsched_list_for_each(r, &readers, in_readers) {
		if (!r->listens)
			continue;
		if (r->lost && send_out(r, &overrun))
			continue;
		r->lost = send_out(r, event) != 0;
	}
}

bool xd_control_has_listeners(void)
{
	struct xd_reader *r;

	xsched_list_for_each(r, &readers, in_readers)
		if (r->listens)
			return true;
	return false;
}

void xd_control_exit(void)
{
	struct xd_reader *r, *next;

	xsched_list_for_each_safe(r, next, &readers, in_readers)
		drop(r);
}
