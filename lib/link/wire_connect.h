/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Connecting to xschedd, as the runtime and xschedctl do it; whom to trust is theirs to say.
 */
#ifndef XSCHED_WIRE_CONNECT_H
#define XSCHED_WIRE_CONNECT_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define XSCHED_WIRE_NOBODY	((uid_t)-1)	/* no telling who it is */
#define XSCHED_WIRE_OVERFLOW	((uid_t)65534)	/* root, seen from a user namespace that doesn't have it */

/* Root and ourselves. */
static inline bool xsched_wire_is_trusted(uid_t peer)
{
	return !peer || peer == geteuid() || peer == XSCHED_WIRE_OVERFLOW;
}

/**
 * xsched_wire_connect - connect to the scheduler at a path
 * @path: of its socket, shorter than XSCHED_WIRE_PATH_MAX
 * @patience_s: how long a request or a reply may take from then on
 * @peer: set to who it is, or XSCHED_WIRE_NOBODY
 *
 * Return: the socket; -ENOENT if there is none, or another negative errno.
 */
static inline int xsched_wire_connect(const char *path, int patience_s, uid_t *peer)
{
	struct timeval patience = { .tv_sec = patience_s };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd, err;

	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Without blocking: a scheduler that hangs leaves its backlog full. */
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		err = errno == ECONNREFUSED || errno == ENOTDIR ? -ENOENT : -errno;
		close(fd);
		return err;
	}
	*peer = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ? XSCHED_WIRE_NOBODY :
		cred.uid;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

#endif
