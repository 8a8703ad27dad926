// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Generic netlink messages, written and read without netlink.
 */
#include <errno.h>
#include <string.h>

#include "nl.h"

static void *reserve(struct xd_nl *m, u32 len)
{
	char *at = m->buf + m->len;

	if (m->full || NLMSG_ALIGN(len) > sizeof(m->buf) - m->len) {
		m->full = true;
		return NULL;
	}
	memset(at, 0, NLMSG_ALIGN(len));
	m->len += NLMSG_ALIGN(len);
	return at;
}

void xd_nl_begin(struct xd_nl *m, u16 type, u16 flags, u32 seq)
{
	struct nlmsghdr *h;

	m->at = m->len;
	m->full = false;
	h = reserve(m, sizeof(*h));
	if (!h)
		return;
	h->nlmsg_type = type;
	h->nlmsg_flags = flags;
	h->nlmsg_seq = seq;
}

void xd_nl_begin_genl(struct xd_nl *m, u16 flags, u32 seq, u8 cmd)
{
	struct genlmsghdr g = { .cmd = cmd, .version = XSCHED_GENL_VERSION };

	xd_nl_begin(m, XSCHED_CTL_FAMILY, flags, seq);
	xd_nl_raw(m, &g, sizeof(g));
}

bool xd_nl_end(struct xd_nl *m)
{
	u32 len = m->len - m->at;

	if (m->full) {
		m->len = m->at;
		return false;
	}
	memcpy(m->buf + m->at, &len, sizeof(len));	/* nlmsg_len comes first */
	return true;
}

void xd_nl_raw(struct xd_nl *m, const void *data, u32 len)
{
	void *at = reserve(m, len);

	if (at)
		memcpy(at, data, len);
}

void xd_nl_attr(struct xd_nl *m, u16 attr, const void *data, u32 len)
{
	struct nlattr *a = reserve(m, NLA_HDRLEN + len);

	if (!a)
		return;
	a->nla_type = attr;
	a->nla_len = (u16)(NLA_HDRLEN + len);
	memcpy((char *)a + NLA_HDRLEN, data, len);
}

int xd_nl_parse(const void *data, u32 len, const struct nlattr *attrs[XSCHED_A_MAX + 1])
{
	const char *at = data;

	memset(attrs, 0, (XSCHED_A_MAX + 1) * sizeof(*attrs));
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;
		u32 type = a->nla_type & NLA_TYPE_MASK, step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return -EINVAL;
		if (type <= XSCHED_A_MAX)
			attrs[type] = a;
		if (step > len)
			return 0;
		at += step;
		len -= step;
	}
	return 0;
}

int xd_nl_get(const struct nlattr *a, void *value, u32 size)
{
	if (a->nla_len != NLA_HDRLEN + size)
		return -ERANGE;
	memcpy(value, (const char *)a + NLA_HDRLEN, size);
	return 0;
}

int xd_nl_get_string(const struct nlattr *a, char *s, u32 size)
{
	const char *data = (const char *)a + NLA_HDRLEN;
	u32 len = a->nla_len - NLA_HDRLEN;

	if (!len || len > size || data[len - 1] != '\0')
		return -ERANGE;
	memcpy(s, data, len);
	return 0;
}
