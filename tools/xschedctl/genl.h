/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The transport: requests to the netlink family "xsched" and its events.
 */
#ifndef XSCHEDCTL_GENL_H
#define XSCHEDCTL_GENL_H

#include <netlink/attr.h>
#include <stdint.h>

#include <linux/xsched.h>
#include <linux/xsched_netlink.h>

/**
 * genl_fn - takes one message
 * @attrs: its attributes
 * @len: their length
 * @arg: the caller's
 *
 * Return: 0, or anything else to stop genl_listen() with that result
 */
typedef int (*genl_fn)(struct nlattr *attrs, int len, void *arg);

/* An attribute of a request. */
struct genl_arg {
	enum xsched_attr attr;
	enum { GENL_U32, GENL_S32, GENL_U64, GENL_S64, GENL_STRING } type;
	int64_t num;
	const char *str;
};

/**
 * genl_open - find the family, or else xschedd; the connection is the only one
 *
 * Return: 0; -ENOENT if there is no such family, else why netlink failed
 */
int genl_open(void);
void genl_close(void);

/* Dumps with @cmd, calling @fn for each object. Return: 0 or -errno */
int genl_dump(enum xsched_cmd cmd, genl_fn fn, void *arg);

/* Sends @cmd with @args and waits for the answer. Return: 0 or -errno */
int genl_set(enum xsched_cmd cmd, const struct genl_arg *args, size_t n_args);

/**
 * genl_listen - call @fn for each event
 * @fn: returns 0 to go on
 * @arg: for @fn
 *
 * Return: what @fn returned; -ENOBUFS after events were lost (call again);
 * -ENODEV when the family went away; another -errno
 */
int genl_listen(genl_fn fn, void *arg);

/* What the kernel said about the last request that failed, or "". */
const char *genl_reason(void);

#endif /* XSCHEDCTL_GENL_H */
