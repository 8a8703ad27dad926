/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a process and the host scheduler (xschedd) say to each other over their
 * Unix socket, and where that is.
 *
 * The socket is SOCK_SEQPACKET. A request is { u32 cmd; struct }, with the command
 * and the struct of the ioctl of <linux/xsched.h>, its size first; XSCHED_KICK's
 * struct is the bare u32 id. The reply is { s32 err; struct }, err 0 or -errno with
 * the meanings listed there; replies come in the order of the requests. The
 * struct comes with err 0 only. XSCHED_WAIT isn't sent: see below.
 *
 * Descriptors travel with SCM_RIGHTS:
 *	XSCHED_ATTACH, reply		control segment, status segment, event pipe
 *	XSCHED_ENTITY_CREATE, request	the device's node, if node_fd isn't -1 (the
 *					value itself means nothing)
 *	XSCHED_ENTITY_CREATE, reply	a control segment, if the region grew
 *	XSCHED_QUEUE_CREATE, reply	a status segment, if the region grew
 *
 * Segments are memfds sealed against shrinking, growing and further seals. The
 * segments of a region follow each other in the order in which they come: the
 * offsets in replies count from the region's offset in struct xsched_attach.
 *
 * Waiting takes no message. To wait for an entity's gate: raise the slot's waiters
 * word, futex-wait on epoch, lower it again. To wait for an agent event: poll the
 * event pipe, and empty it. While waiters is 0 the scheduler makes no system call for a gate.
 *
 * The process maps gates writable. When the socket hangs up nobody else writes
 * there any more, and the process opens all of them.
 *
 * A message from a process other than the one that connected is dropped.
 */
#ifndef XSCHED_LINK_WIRE_H
#define XSCHED_LINK_WIRE_H

#include <linux/xsched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

struct xsched_wire_request {
	__u32 cmd;
	__u32 arg[];
};

struct xsched_wire_reply {
	__s32 err;
	__u32 arg[];
};

/* The longest struct that is accepted, as with an ioctl. */
#define XSCHED_WIRE_ARG_MAX	4096
#define XSCHED_WIRE_FDS_MAX	3

/* Threads asleep on the slot's epoch; in a word that the other transports leave alone. */
#define xsched_wire_waiters(slot)	(&(slot)->__pad1[0])

/* So many are woken by the scheduler, and as many by each that wakes. */
#define XSCHED_WIRE_WAKE	8

#define XSCHED_WIRE_PATH_MAX	sizeof(((struct sockaddr_un *)0)->sun_path)
#define XSCHED_WIRE_SYSTEM_PATH	"/run/xsched/xschedd.sock"

/* The user's own scheduler; false if there is no place for one. */
static inline int xsched_wire_user_path(char *path)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	return dir && *dir == '/' && snprintf(path, XSCHED_WIRE_PATH_MAX,
					      "%s/xsched/xschedd.sock", dir) <
	       (int)XSCHED_WIRE_PATH_MAX;
}

/* XSCHED_SOCKET names the only socket that counts; false if it is unset. */
static inline int xsched_wire_named_path(char *path)
{
	const char *name = getenv("XSCHED_SOCKET");

	return name && *name && snprintf(path, XSCHED_WIRE_PATH_MAX, "%s", name) <
	       (int)XSCHED_WIRE_PATH_MAX;
}

/* The control plane is beside it: xschedd.sock has xschedd.ctl; false if that is too long. */
static inline int xsched_wire_ctl_path(char *ctl, const char *path)
{
	size_t len = strlen(path);

	if (len > 5 && !strcmp(path + len - 5, ".sock"))
		len -= 5;
	return snprintf(ctl, XSCHED_WIRE_PATH_MAX, "%.*s.ctl", (int)len, path) <
	       (int)XSCHED_WIRE_PATH_MAX;
}

/**
 * xsched_wire_place - where to look for a scheduler, in order
 * @n: 0, 1, ...
 * @path: out
 *
 * Return: true, or false at the end.
 */
static inline int xsched_wire_place(unsigned int n, char *path)
{
	const char *name = getenv("XSCHED_SOCKET");

	if (name && *name)
		return !n && xsched_wire_named_path(path);
	if (n == 0)
		return snprintf(path, XSCHED_WIRE_PATH_MAX, XSCHED_WIRE_SYSTEM_PATH) > 0;
	return n == 1 && xsched_wire_user_path(path);
}

#endif
