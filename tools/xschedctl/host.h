/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The host scheduler, xschedd, for when there is no kernel module.
 */
#ifndef XSCHEDCTL_HOST_H
#define XSCHEDCTL_HOST_H

#include <linux/xsched.h>
#include <stdbool.h>

struct nl_cb;
struct nl_sock;

/* Asks it what it offers. Return: 0; -ENOENT if there is none; another -errno */
int host_query(struct xsched_query *q);

/* Where it was looked for last. */
const char *host_path(void);

/* Has @sock talk to it. Return: as host_query() */
int host_open(struct nl_sock *sock);
bool host_is_open(void);
void host_close(void);

/* Has what is received with @cb come from it, if it is open. */
void host_receive_with(struct nl_cb *cb);
void host_wait_forever(void);

#endif /* XSCHEDCTL_HOST_H */
