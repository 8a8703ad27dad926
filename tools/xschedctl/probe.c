// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Looks for the module, its node, its netlink family and the runtime, and
 * knows the next step for each that is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl.h"
#include "genl.h"
#include "host.h"
#include "out.h"
#include "probe.h"

#ifndef LIBDIR
#define LIBDIR "/usr/local/lib"
#endif

static void probe_module(struct probe *p)
{
	FILE *f;

	p->module = !access("/sys/module/xsched", F_OK);
	f = fopen("/sys/module/xsched/version", "re");
	if (!f)
		return;
	if (fgets(p->version, sizeof(p->version), f))
		p->version[strcspn(p->version, "\n")] = 0;
	fclose(f);
}

static int query_node(struct xsched_query *q)
{
	int fd = open(PROBE_NODE, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	memset(q, 0, sizeof(*q));
	q->size = sizeof(*q);
	if (ioctl(fd, XSCHED_QUERY, q))
		err = -errno;
	close(fd);
	return err;
}

void probe_all(struct probe *p)
{
	memset(p, 0, sizeof(*p));
	probe_module(p);
	p->node_err = query_node(&p->query);
	p->host_err = -ENOENT;
	if (p->node_err) {
		p->host_err = host_query(&p->query);
		snprintf(p->host, sizeof(p->host), "%s", host_path());
	}
	p->netlink_err = genl_open();
}

static bool set_problem(struct problem *p, const char *object, const char *reason,
			const char *next)
{
	*p = (struct problem){ object, reason, next };
	return true;
}

/* There is an xschedd, or a socket of one, and it doesn't take us. */
static bool host_problem(const struct probe *p, struct problem *out)
{
	switch (p->host_err) {
	case -EPERM:
		return set_problem(out, p->host, "this xschedd serves another user",
			"start one of your own, or one as root");
	case -EACCES:
		return set_problem(out, p->host, strerror(-p->host_err),
			"ask the administrator for access (the socket's usual mode is 0666)");
	case -EDQUOT:
		return set_problem(out, p->host, "this user has too many clients",
			"see \"xschedctl list clients\" and end some");
	default:
		return set_problem(out, p->host, strerror(-p->host_err),
			"see \"systemctl status xschedd\", or its output");
	}
}

bool probe_node_problem(const struct probe *p, struct problem *out)
{
	if (p->node_err && !p->host_err)
		return false;
	if (p->node_err && p->host_err != -ENOENT)
		return host_problem(p, out);
	switch (p->node_err) {
	case 0:
		return false;
	case -ENOENT:
	case -ENXIO:
		if (p->module)
			return set_problem(out, PROBE_NODE,
				"no such device, although the xsched module is loaded",
				"make the node visible here (for a container: --device /dev/xsched)");
		return set_problem(out, PROBE_NODE,
			"no such device: the xsched module is not loaded", getenv("XSCHED_SOCKET") ?
			"try \"modprobe xsched\", or start xschedd: nobody is at $XSCHED_SOCKET" :
			"try \"modprobe xsched\", or start xschedd");
	case -ENODEV:
		return set_problem(out, PROBE_NODE, "the scheduler was shut down",
			"load it again (\"rmmod xsched && modprobe xsched\"), or start xschedd");
	case -EACCES:
	case -EPERM:
		return set_problem(out, PROBE_NODE, strerror(-p->node_err),
			"ask the administrator for access (the node's usual mode is 0666)");
	case -EDQUOT:
		return set_problem(out, PROBE_NODE, "this user has too many clients",
			"see \"xschedctl list clients\" and end some");
	case -ENOTTY:
		return set_problem(out, PROBE_NODE, "it is not the scheduler's node",
			"see what created it: \"ls -l /dev/xsched\"");
	default:
		return set_problem(out, PROBE_NODE, strerror(-p->node_err),
			"see \"dmesg | grep xsched\"");
	}
}

bool probe_netlink_problem(const struct probe *p, struct problem *out)
{
	static const char family[] = "netlink family \"xsched\"";

	if (!p->netlink_err)
		return false;
	if (p->node_err && p->host_err && p->host_err != -ENOENT)
		return host_problem(p, out);
	if (p->netlink_err != -ENOENT)
		return set_problem(out, "netlink", strerror(-p->netlink_err),
			"run xschedctl where generic netlink sockets are allowed");
	if (p->module || !p->node_err)
		return set_problem(out, family, "not found, although the xsched module is loaded",
			"run xschedctl in the host's network namespace");
	return probe_node_problem(p, out);
}

int probe_connect(void)
{
	struct problem problem;
	struct probe p;

	if (!genl_open())
		return 0;
	probe_all(&p);
	if (!probe_netlink_problem(&p, &problem))
		return 0;	/* it appeared meanwhile */
	return out_fail(problem.object, problem.next, "%s", problem.reason);
}

int probe_fail(const char *object, int err)
{
	const char *said = genl_reason(), *next;

	switch (err) {
	case -EPERM:
	case -EACCES:
		next = "run it as root";
		break;
	case -ENODEV:
		next = "see \"xschedctl status\"";
		break;
	default:
		next = "see \"dmesg | grep xsched\" and \"xschedctl status\"";
	}
	if (*said)
		return out_fail(object, next, "%s (%s)", strerror(-err), said);
	return out_fail(object, next, "%s", strerror(-err));
}

static bool shim_in(char *path, size_t size, const char *dir)
{
	return snprintf(path, size, "%s/" PROBE_SHIM, dir) < (int)size && !access(path, R_OK);
}

/* ../lib of the program's own directory: a build tree, or a moved prefix. */
static bool shim_beside(char *path, size_t size)
{
	char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 8);
	char *slash;
	int i;

	if (n <= 0)
		return false;
	dir[n] = 0;
	for (i = 0; i < 2; i++) {
		slash = strrchr(dir, '/');
		if (!slash)
			return false;
		*slash = 0;
	}
	strcat(dir, "/lib");
	return shim_in(path, size, dir);
}

/* An explicit directory is the only one looked at; the nearest comes first otherwise. */
bool probe_shim(char *path, size_t size)
{
	const char *dir = getenv("XSCHED_LIBDIR");
	char full[PATH_MAX];

	if (dir && *dir) {
		if (!realpath(dir, full))
			snprintf(full, sizeof(full), "%s", dir);
		return shim_in(path, size, full);
	}
	return shim_beside(path, size) || shim_in(path, size, LIBDIR);
}
