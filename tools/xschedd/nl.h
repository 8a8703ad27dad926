/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Generic netlink messages, written and read without netlink.
 */
#ifndef XSCHEDD_NL_H
#define XSCHEDD_NL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xsched_netlink.h>

#include "xschedd.h"
#include "../../lib/link/wire_ctl.h"

/**
 * struct xd_nl - a datagram being written
 * @buf: messages one after another
 * @len: bytes in use
 * @at: where the message under way begins
 * @full: something didn't fit
 */
struct xd_nl {
	_Alignas(8) char buf[XSCHED_CTL_DATAGRAM_MAX];
	u32 len, at;
	bool full;
};

void xd_nl_begin(struct xd_nl *m, u16 type, u16 flags, u32 seq);
void xd_nl_begin_genl(struct xd_nl *m, u16 flags, u32 seq, u8 cmd);
/* False (and nothing is left of it) if it didn't fit. */
bool xd_nl_end(struct xd_nl *m);
void xd_nl_raw(struct xd_nl *m, const void *data, u32 len);
void xd_nl_attr(struct xd_nl *m, u16 attr, const void *data, u32 len);

static inline void xd_nl_u32(struct xd_nl *m, u16 attr, u32 v)
{
	xd_nl_attr(m, attr, &v, sizeof(v));
}

static inline void xd_nl_u64(struct xd_nl *m, u16 attr, u64 v)
{
	xd_nl_attr(m, attr, &v, sizeof(v));
}

static inline void xd_nl_string(struct xd_nl *m, u16 attr, const char *s)
{
	xd_nl_attr(m, attr, s, (u32)strlen(s) + 1);
}

/* The attributes of a request by number, NULL where absent; -EINVAL if it is torn. */
int xd_nl_parse(const void *data, u32 len, const struct nlattr *attrs[XSCHED_A_MAX + 1]);
/* The value of an attribute that is there; -ERANGE if it isn't of that kind. */
int xd_nl_get(const struct nlattr *a, void *value, u32 size);
int xd_nl_get_string(const struct nlattr *a, char *s, u32 size);

/* put.c: the attributes of each kind of object. */
void xd_put_device(struct xd_nl *m, const void *device);
void xd_put_client(struct xd_nl *m, const void *client);
void xd_put_entity(struct xd_nl *m, const void *entity);
void xd_put_entity_stat(struct xd_nl *m, const void *entity);
void xd_put_entity_why(struct xd_nl *m, const void *entity);
void xd_put_queue(struct xd_nl *m, const void *queue);
void xd_put_ids(struct xd_nl *m, const struct xd_entity *e);

#endif
