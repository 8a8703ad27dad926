// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The host scheduler, xschedd: where it is, whether it answers, and the control
 * plane over its socket instead of a netlink one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "host.h"
#include "../../lib/link/wire.h"
#include "../../lib/link/wire_connect.h"
#include "../../lib/link/wire_ctl.h"

#define PATIENCE_S	5

static char where[XSCHED_WIRE_PATH_MAX];
static int ctl_fd = -1;

const char *host_path(void)
{
	return where;
}

static int connect_to(const char *path)
{
	uid_t peer = XSCHED_WIRE_NOBODY;
	int fd = xsched_wire_connect(path, PATIENCE_S, &peer);

	/* A user's own serves that user and root; it hangs up on others. */
	if (fd < 0 || !geteuid() || peer == XSCHED_WIRE_NOBODY || xsched_wire_is_trusted(peer))
		return fd;
	close(fd);
	return -EPERM;
}

/* Its socket for processes, or with ctl the one for us. */
static int connect_any(bool ctl)
{
	char path[XSCHED_WIRE_PATH_MAX];
	int fd, first = -ENOENT;
	unsigned int n;

	for (n = 0; xsched_wire_place(n, path); n++) {
		memcpy(where, path, sizeof(where));
		if (ctl && !xsched_wire_ctl_path(path, where))
			continue;
		fd = connect_to(path);
		if (fd >= 0)
			return fd;
		if (first == -ENOENT)
			first = fd;
	}
	return first;
}

int host_query(struct xsched_query *q)
{
	struct { uint32_t cmd; struct xsched_query q; } __attribute__((packed)) request = {
		.cmd = XSCHED_QUERY, .q.size = sizeof(*q),
	};
	struct { int32_t err; struct xsched_query q; } __attribute__((packed)) reply = {};
	int fd = connect_any(false), err = 0;
	ssize_t n = -1;

	if (fd < 0)
		return fd;
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) >= 0)
		n = recv(fd, &reply, sizeof(reply), 0);
	if (n < (ssize_t)sizeof(reply.err))
		err = n < 0 ? -errno : -EPIPE;
	else if (reply.err || n < (ssize_t)sizeof(reply))
		err = reply.err ? reply.err : -EPROTO;
	else
		*q = reply.q;
	close(fd);
	return err;
}

static int send_message(struct nl_sock *sock, struct nl_msg *msg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	ssize_t n = send(ctl_fd, h, h->nlmsg_len, MSG_NOSIGNAL);

	(void)sock;
	if (n < 0 && errno == EPIPE)
		errno = ENODEV;
	return n < 0 ? -NLE_FAILURE : (int)n;
}

/* One datagram. errno says what libnl's own codes have no word for. */
static int receive(struct nl_sock *sock, struct sockaddr_nl *from, unsigned char **buf,
		   struct ucred **creds)
{
	unsigned char *data = malloc(XSCHED_CTL_DATAGRAM_MAX);
	ssize_t n;

	(void)sock;
	(void)creds;
	if (!data)
		return -NLE_NOMEM;
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	n = recv(ctl_fd, data, XSCHED_CTL_DATAGRAM_MAX, 0);
	if (!n)
		errno = ENODEV;	/* it has gone */
	if (n >= NLMSG_HDRLEN && ((struct nlmsghdr *)data)->nlmsg_type == NLMSG_OVERRUN) {
		errno = ENOBUFS;
		n = -1;
	}
	if (n <= 0) {
		free(data);
		return -NLE_FAILURE;
	}
	*buf = data;
	return (int)n;
}

int host_open(struct nl_sock *sock)
{
	ctl_fd = connect_any(true);
	if (ctl_fd < 0)
		return ctl_fd;
	nl_cb_overwrite_send(nl_socket_get_cb(sock), send_message);
	host_receive_with(nl_socket_get_cb(sock));
	return 0;
}

void host_receive_with(struct nl_cb *cb)
{
	if (ctl_fd >= 0)
		nl_cb_overwrite_recv(cb, receive);
}

/* Events may take their time. */
void host_wait_forever(void)
{
	struct timeval forever = {};

	setsockopt(ctl_fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever));
}

bool host_is_open(void)
{
	return ctl_fd >= 0;
}

void host_close(void)
{
	if (ctl_fd >= 0)
		close(ctl_fd);
	ctl_fd = -1;
}
