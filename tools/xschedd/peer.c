// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who a process is, by the word of the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xschedd.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* At most size - 1 bytes of /proc/PID/NAME, terminated; "" if there is none. */
static void read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
}

enum { STAT_NICE = 19, STAT_START = 22, STAT_RT_PRIORITY = 40 };

/* A field of /proc/PID/stat, counted from behind the name, which may hold anything. */
static const char *stat_field(const char *text, int wanted)
{
	const char *at = strrchr(text, ')');
	int field;

	for (field = 2; at && field < wanted; field++)
		at = strchr(at + 1, ' ');
	return at ? at + 1 : "";
}

/* In clock ticks since boot, 0 if unknown. */
static u64 start_time(pid_t pid)
{
	char text[1024];

	read_proc(pid, "stat", text, sizeof(text));
	return strtoull(stat_field(text, STAT_START), NULL, 10);
}

/* The inode number of its directory is the id of a cgroup v2. */
static u64 cgroup_id(pid_t pid)
{
	char text[4096], path[4200], *line, *end;
	struct stat st;

	read_proc(pid, "cgroup", text, sizeof(text));
	line = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	if (!line)
		return 0;
	line = strchr(line, '/');
	end = line ? strchr(line, '\n') : NULL;
	if (!end)
		return 0;
	*end = '\0';
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line);
	if (stat(path, &st) < 0) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/unified%s", line);
		if (stat(path, &st) < 0)
			return 0;
	}
	return st.st_ino;
}

/*
 * Since 6.5 the socket knows its process. Before that the pid has to do: it is
 * the right one if the process is still itself when it attaches.
 */
static int open_pidfd(int sock, pid_t pid)
{
	socklen_t len = sizeof(int);
	int fd;

	if (!getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &fd, &len)) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		return fd;
	}
	return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

/**
 * xd_peer_init - find out who has connected
 * @p: out
 * @sock: connected socket
 *
 * Return: 0 or -errno.
 */
int xd_peer_init(struct xd_peer *p, int sock)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	char *end;

	memset(p, 0, sizeof(*p));
	p->pidfd = -1;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	p->pid = cred.pid;
	p->uid = cred.uid;
	p->gid = cred.gid;
	p->pidfd = open_pidfd(sock, p->pid);
	if (p->pid <= 0)
		return 0;
	p->start = start_time(p->pid);
	p->cgroup = cgroup_id(p->pid);
	read_proc(p->pid, "comm", p->comm, sizeof(p->comm));
	end = strchr(p->comm, '\n');
	if (end)
		*end = '\0';
	return 0;
}

/**
 * xd_peer_is_itself - is what was learnt still about the process that connected?
 * @p: peer, who has just sent a message with its own pid
 */
bool xd_peer_is_itself(const struct xd_peer *p)
{
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };

	if (p->pidfd >= 0 && poll(&fd, 1, 0) > 0)
		return false;	/* has ended */
	return p->pid <= 0 || !p->start || start_time(p->pid) == p->start;
}

/* As xsched_domain_ops.cpu_priority wants it. */
s32 xd_peer_cpu_priority(const struct xd_peer *p)
{
	char text[1024];

	if (p->pid <= 0)
		return 0;
	read_proc(p->pid, "stat", text, sizeof(text));
	return xsched_cpu_priority(atoi(stat_field(text, STAT_NICE)),
				   (u32)atoi(stat_field(text, STAT_RT_PRIORITY)));
}

bool xd_peer_is_admin(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}
