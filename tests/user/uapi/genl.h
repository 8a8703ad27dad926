/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Just enough generic netlink to list what the scheduler has and to ask for
 * changes, without a library that could hide what the kernel says.
 */
#ifndef XSCHED_TEST_GENL_H
#define XSCHED_TEST_GENL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xsched_netlink.h>
#include <sys/socket.h>

#include "client.h"

struct genl {
	int fd;
	uint16_t family;
	uint32_t seq;
};

struct genl_msg {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[512];
};

/* Called with each object of a reply; attrs is indexed by attribute. */
typedef void (*genl_object)(struct nlattr **attrs, void *data);

static inline void genl_begin(struct genl *g, struct genl_msg *m, uint16_t type, uint8_t cmd,
			      uint16_t flags)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->nl.nlmsg_type = type;
	m->nl.nlmsg_flags = NLM_F_REQUEST | flags;
	m->nl.nlmsg_seq = ++g->seq;
	m->genl.cmd = cmd;
	m->genl.version = 1;
}

static inline void genl_put(struct genl_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)((char *)m + NLMSG_ALIGN(m->nl.nlmsg_len));

	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((char *)a + NLA_HDRLEN, data, len);
	m->nl.nlmsg_len = NLMSG_ALIGN(m->nl.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

static inline void genl_put_u32(struct genl_msg *m, uint16_t type, uint32_t value)
{
	genl_put(m, type, &value, sizeof(value));
}

static inline void *genl_data(const struct nlattr *a)
{
	return (char *)a + NLA_HDRLEN;
}

static inline uint32_t genl_u32(const struct nlattr *a)
{
	uint32_t value;

	CHECK(a);
	memcpy(&value, genl_data(a), sizeof(value));
	return value;
}

#define GENL_ATTRS 128	/* more than the family has, or the controller */
_Static_assert(XSCHED_A_MAX < GENL_ATTRS, "a set of attributes must hold all");

static inline void genl_parse(struct nlmsghdr *nl, genl_object object, void *data)
{
	struct nlattr *attrs[GENL_ATTRS] = {};
	char *at = (char *)NLMSG_DATA(nl) + GENL_HDRLEN, *end = (char *)nl + nl->nlmsg_len;
	struct nlattr *a;

	while (at + NLA_HDRLEN <= end) {
		a = (struct nlattr *)at;
		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > end)
			FAIL("malformed attribute of %u bytes", a->nla_len);
		if ((a->nla_type & NLA_TYPE_MASK) < GENL_ATTRS)
			attrs[a->nla_type & NLA_TYPE_MASK] = a;
		at += NLA_ALIGN(a->nla_len);
	}
	if (object)
		object(attrs, data);
}

/* Sends a request and reads replies up to the last; 0 or a negative error. */
static inline int genl_ask(struct genl *g, struct genl_msg *m, genl_object object, void *data)
{
	char buf[32768] __attribute__((aligned(8)));
	struct nlmsghdr *nl;
	ssize_t n;

	if (!(m->nl.nlmsg_flags & NLM_F_DUMP))
		m->nl.nlmsg_flags |= NLM_F_ACK;
	CHECK_EQ(MUST(send(g->fd, m, m->nl.nlmsg_len, 0)), m->nl.nlmsg_len);
	for (;;) {
		n = MUST(recv(g->fd, buf, sizeof(buf), 0));
		for (nl = (struct nlmsghdr *)buf; NLMSG_OK(nl, n); nl = NLMSG_NEXT(nl, n)) {
			if (nl->nlmsg_seq != m->nl.nlmsg_seq)
				continue;
			if (nl->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			if (nl->nlmsg_type == NLMSG_DONE)
				return 0;
			genl_parse(nl, object, data);
		}
	}
}

static inline void genl_take_family(struct nlattr **attrs, void *data)
{
	struct genl *g = data;

	memcpy(&g->family, genl_data(attrs[CTRL_ATTR_FAMILY_ID]), sizeof(g->family));
}

static inline void genl_open(struct genl *g)
{
	struct timeval limit = { .tv_sec = 10 };
	struct genl_msg m;

	*g = (struct genl){ .fd = MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)) };
	MUST(setsockopt(g->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	genl_begin(g, &m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(&m, CTRL_ATTR_FAMILY_NAME, XSCHED_GENL_NAME, sizeof(XSCHED_GENL_NAME));
	if (genl_ask(g, &m, genl_take_family, g))
		SKIP("no netlink family %s: load the module", XSCHED_GENL_NAME);
	CHECK(g->family);
}

static inline void genl_close(struct genl *g)
{
	close(g->fd);
}

static inline int genl_dump(struct genl *g, uint8_t cmd, genl_object object, void *data)
{
	struct genl_msg m;

	genl_begin(g, &m, g->family, cmd, NLM_F_DUMP);
	return genl_ask(g, &m, object, data);
}

static inline void genl_count_one(struct nlattr **attrs, void *data)
{
	(void)attrs;
	++*(int *)data;
}

/* How many clients, entities, queues or devices there are. */
static inline int genl_count(uint8_t cmd)
{
	struct genl g;
	int n = 0;

	genl_open(&g);
	CHECK_EQ(genl_dump(&g, cmd, genl_count_one, &n), 0);
	genl_close(&g);
	return n;
}

/* 0 or -errno. */
static inline int genl_set_policy(uint32_t device, const char *name)
{
	struct genl_msg m;
	struct genl g;
	int ret;

	genl_open(&g);
	genl_begin(&g, &m, g.family, XSCHED_CMD_POLICY_SET, 0);
	genl_put_u32(&m, XSCHED_A_DEVICE_ID, device);
	genl_put(&m, XSCHED_A_DEVICE_POLICY, name, strlen(name) + 1);
	ret = genl_ask(&g, &m, NULL, NULL);
	genl_close(&g);
	return ret;
}

#endif
