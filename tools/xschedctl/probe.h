/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What of the scheduler is there, and what to do about the rest.
 */
#ifndef XSCHEDCTL_PROBE_H
#define XSCHEDCTL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/xsched.h>

#define PROBE_NODE	"/dev/xsched"
#define PROBE_SHIM	"libxsched-opencl.so"
#define PROBE_CUDA_SHIM	"libxsched-cuda.so"
#define PROBE_HIP_SHIM	"libxsched-hip.so"

/* A thing that isn't as it should be. */
struct problem {
	const char *object;
	const char *reason;
	const char *next;
};

/**
 * struct probe - the scheduler as this process can reach it
 * @module: the module is loaded
 * @version: its version, "" if it doesn't tell
 * @node_err: 0 if the node answers, else -errno
 * @query: its answer
 * @host: socket of xschedd that was tried last, if the node doesn't answer
 * @host_err: 0 if xschedd answers there, else -errno
 * @netlink_err: 0 if the netlink family is there, or xschedd for it; else -errno
 */
struct probe {
	bool module;
	char version[64];
	int node_err;
	struct xsched_query query;
	char host[108];
	int host_err;
	int netlink_err;
};

void probe_all(struct probe *p);

/* Why programs can't be scheduled. Returns whether there is a reason. */
bool probe_node_problem(const struct probe *p, struct problem *problem);

/* Why the scheduler can't be asked. Returns whether there is a reason. */
bool probe_netlink_problem(const struct probe *p, struct problem *problem);

/* Opens netlink. Return: 0 or CTL_FAILURE after saying why */
int probe_connect(void);

/* Says why the kernel refused @object with @err. Return: CTL_FAILURE */
int probe_fail(const char *object, int err);

/**
 * probe_shim - find the library that puts OpenCL programs under the scheduler
 * @path: out
 * @size: of @path
 *
 * Return: true, or false with @path the place where it should have been
 */
bool probe_shim(char *path, size_t size);

#endif /* XSCHEDCTL_PROBE_H */
