// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The transport over libnl: keeps the kernel's own error numbers and words,
 * which libnl's codes would lose.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "genl.h"
#include "host.h"
#include "../../lib/link/wire_ctl.h"

/* A dump that changed under way is asked for again, then taken as it is. */
#define DUMP_TRIES 8

static struct nl_sock *sock;
static int family;
static char reason[128];

/* One exchange, as its callbacks see it. */
struct exchange {
	genl_fn fn;
	void *arg;
	bool done;
	int err;	/* 0, -errno, or what fn returned */
};

const char *genl_reason(void)
{
	return reason;
}

void genl_close(void)
{
	host_close();
	nl_socket_free(sock);
	sock = NULL;
}

static int connect_sock(void)
{
	int one = 1;

	errno = 0;
	if (genl_connect(sock) < 0)
		return -(errno ? errno : EPROTONOSUPPORT);
	/* Both since 4.12. Without them errors come without the kernel's words. */
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return 0;
}

/* Without the module: xschedd, which understands the same messages. */
static bool open_host(void)
{
	nl_socket_free(sock);
	sock = nl_socket_alloc();
	if (!sock || host_open(sock))
		return false;
	family = XSCHED_CTL_FAMILY;
	return true;
}

int genl_open(void)
{
	int err;

	if (sock)
		return 0;
	sock = nl_socket_alloc();
	if (!sock)
		return -ENOMEM;
	err = connect_sock();
	family = err ? -1 : genl_ctrl_resolve(sock, XSCHED_GENL_NAME);
	if (family >= 0)
		return 0;
	if (open_host())
		return 0;
	genl_close();
	return err ? err : -ENOENT;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	struct exchange *x = arg;

	if (x->fn && nlmsg_hdr(msg)->nlmsg_type == family)
		x->fn(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), x->arg);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	((struct exchange *)arg)->done = true;
	return NL_STOP;
}

/* A dump that fails half-way says so in the payload of its last message. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(int))
		memcpy(&x->err, nlmsg_data(nlmsg_hdr(msg)), sizeof(int));
	x->done = true;
	return NL_STOP;
}

static void keep_reason(const struct nlmsghdr *hdr, const struct nlmsgerr *e)
{
	size_t skip = sizeof(*e);
	struct nlattr *attr;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (hdr->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(skip))
		return;
	attr = nla_find((struct nlattr *)((char *)e + NLMSG_ALIGN(skip)),
			hdr->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG);
	if (attr)
		nla_strlcpy(reason, attr, sizeof(reason));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct exchange *x = arg;

	(void)from;
	keep_reason((struct nlmsghdr *)((char *)e - NLMSG_HDRLEN), e);
	x->err = e->error;
	x->done = true;
	return NL_STOP;
}

static struct nl_cb *exchange_callbacks(struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	host_receive_with(cb);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	return cb;
}

static int converse(struct nl_msg *msg, struct exchange *x)
{
	struct nl_cb *cb = exchange_callbacks(x);
	int err;

	if (!cb)
		return -ENOMEM;
	reason[0] = 0;
	errno = 0;
	err = nl_send_auto(sock, msg);
	while (err >= 0 && !x->done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	if (err == -NLE_DUMP_INTR && !x->err)
		return -EAGAIN;
	if (x->done)
		return x->err;
	return -(errno ? errno : EIO);
}

static struct nl_msg *request(enum xsched_cmd cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				NLM_F_REQUEST | flags, cmd, XSCHED_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* The caller's @fn sees a torn dump's objects again, so it must know them by id. */
int genl_dump(enum xsched_cmd cmd, genl_fn fn, void *arg)
{
	int err, tries = DUMP_TRIES;
	struct exchange x;
	struct nl_msg *msg;

	do {
		msg = request(cmd, NLM_F_DUMP);
		if (!msg)
			return -ENOMEM;
		x = (struct exchange){ .fn = fn, .arg = arg };
		err = converse(msg, &x);
		nlmsg_free(msg);
	} while (err == -EAGAIN && --tries);
	return err == -EAGAIN ? 0 : err;
}

static int put_arg(struct nl_msg *msg, const struct genl_arg *arg)
{
	switch (arg->type) {
	case GENL_U32:
		return nla_put_u32(msg, arg->attr, arg->num);
	case GENL_S32:
		return nla_put_s32(msg, arg->attr, arg->num);
	case GENL_U64:
		return nla_put_u64(msg, arg->attr, arg->num);
	case GENL_S64:
		return nla_put_s64(msg, arg->attr, arg->num);
	case GENL_STRING:
		return nla_put_string(msg, arg->attr, arg->str);
	}
	return -1;
}

int genl_set(enum xsched_cmd cmd, const struct genl_arg *args, size_t n_args)
{
	struct nl_msg *msg = request(cmd, NLM_F_ACK);
	struct exchange x = {};
	int err = -ENOMEM;
	size_t i;

	if (!msg)
		return err;
	for (i = 0; i < n_args; i++)
		if (put_arg(msg, &args[i]) < 0)
			goto out_free;
	err = converse(msg, &x);
out_free:
	nlmsg_free(msg);
	return err;
}

/* The controller announces families that go away: rmmod, seen from outside. */
static bool family_is_gone(struct nlmsghdr *hdr)
{
	struct genlmsghdr *genl = nlmsg_data(hdr);
	struct nlattr *attr;

	if (hdr->nlmsg_type != GENL_ID_CTRL || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	attr = nla_find(genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0),
			CTRL_ATTR_FAMILY_NAME);
	return attr && !nla_strcmp(attr, XSCHED_GENL_NAME);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct genlmsghdr *genl = genlmsg_hdr(hdr);
	struct exchange *x = arg;

	if (family_is_gone(hdr))
		x->err = -ENODEV;
	else if (hdr->nlmsg_type == family && genl->cmd == XSCHED_CMD_NOTIFY)
		x->err = x->fn(genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0), x->arg);
	x->done = x->err;
	return x->done ? NL_STOP : NL_OK;
}

static int join(const char *name, const char *group)
{
	int id = genl_ctrl_resolve_grp(sock, name, group);

	if (id < 0)
		return -ENOENT;
	errno = 0;
	return nl_socket_add_membership(sock, id) < 0 ? -(errno ? errno : EIO) : 0;
}

static int join_all(void)
{
	static bool joined;
	int err;

	if (joined)
		return 0;
	if (host_is_open()) {
		err = genl_set(XSCHED_CMD_NOTIFY, NULL, 0);
		nl_socket_disable_seq_check(sock);
		host_wait_forever();
		joined = !err;
		return err;
	}
	err = join(XSCHED_GENL_NAME, XSCHED_GENL_MCGRP_EVENTS);
	if (!err)
		err = join("nlctrl", "notify");
	nl_socket_disable_seq_check(sock);
	joined = !err;
	return err;
}

int genl_listen(genl_fn fn, void *arg)
{
	struct exchange x = { .fn = fn, .arg = arg };
	struct nl_cb *cb;
	int err = join_all();

	if (err)
		return err;
	cb = nl_cb_clone(nl_socket_get_cb(sock));
	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &x);
	errno = 0;
	while (err >= 0 && !x.done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	if (x.done)
		return x.err;
	return -(errno ? errno : EIO);
}
