// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The two sockets that others connect to: one for processes, one for the control
 * plane.
 *
 * As root they are for all users; as anybody else for that user and root, whatever
 * the mode of the file says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "xschedd.h"

#define LISTEN_FDS_START	3

/* Kept to be given up when there are no others, so that a connection can be refused. */
static int spare_fd = -1;
static int lock_fd = -1;

static struct door {
	struct xd_watch watch;
	char path[XSCHED_WIRE_PATH_MAX];	/* "" if somebody else made it */
	int (*welcome)(int sock);
} doors[2];

bool xd_listen_serves(uid_t uid)
{
	return geteuid() == 0 || uid == geteuid() || uid == 0;
}

/* Without a descriptor left nobody can be let in, nor the door be closed to him. */
static void refuse_one(int fd)
{
	static u64 said_ns;
	u64 now_ns = xd_now_ns();
	int sock;

	close(spare_fd);
	sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (sock >= 0)
		close(sock);
	spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (now_ns - said_ns > 10 * 1000 * XD_NSEC_PER_MSEC || !said_ns) {
		said_ns = now_ns;
		xd_log(XD_WARN, "connection refused: out of file descriptors; raise LimitNOFILE or \"ulimit -n\"");
	}
}

static void knocked(struct xd_watch *w, uint32_t events)
{
	struct door *door = container_of(w, struct door, watch);
	int sock = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), err;

	(void)events;
	if (sock < 0) {
		if (errno == EMFILE || errno == ENFILE)
			refuse_one(w->fd);
		return;
	}
	err = door->welcome(sock);
	if (err)
		xd_log(XD_INFO, "connection refused: %s", strerror(-err));
}

static int open_door(struct door *door, int fd, int (*welcome)(int sock))
{
	int one = 1;

	/* Inherited: what is sent before the connection is accepted names its sender, too. */
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	door->watch = (struct xd_watch){ fd, knocked };
	door->welcome = welcome;
	return xd_loop_add(&door->watch, EPOLLIN);
}

static bool is_ctl(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && !strcmp(path + len - 4, ".ctl");
}

/* Sockets that the service manager made for us; which is which shows in their names. */
static int take_over(int n)
{
	struct sockaddr_un a = { 0 };
	socklen_t len;
	int i, fd, err = 0;

	for (i = 0; i < n && i < 2 && !err; i++) {
		fd = LISTEN_FDS_START + i;
		len = sizeof(a) - 1;
		memset(&a, 0, sizeof(a));
		if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
			return -errno;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		err = open_door(&doors[i], fd, is_ctl(a.sun_path) ? xd_control_new : xd_client_new);
	}
	return err;
}

/* One scheduler per place: the lock outlives no process, unlike a socket's name. */
static int lock_place(const char *path)
{
	char name[XSCHED_WIRE_PATH_MAX + 8];

	snprintf(name, sizeof(name), "%s.lock", path);
	lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock_fd < 0) {
		xd_log(XD_ERR, "%s: %s; choose another place with --socket", name, strerror(errno));
		return -errno;
	}
	if (!flock(lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	xd_log(XD_ERR, "%s: another xschedd serves it; stop that one, or choose another place with --socket",
	       path);
	return -EBUSY;
}

static int make_directory(const char *path)
{
	char copy[XSCHED_WIRE_PATH_MAX], *dir;

	snprintf(copy, sizeof(copy), "%s", path);
	dir = dirname(copy);
	if (!mkdir(dir, geteuid() ? 0700 : 0755) || errno == EEXIST)
		return 0;
	xd_log(XD_ERR, "%s: can't be made: %s; make it, or choose another place with --socket", dir,
	       strerror(errno));
	return -errno;
}

static int bind_to(struct door *door, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, err;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Nobody listens there: we hold the lock. */
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    chmod(path, geteuid() ? 0600 : 0666) < 0 || listen(fd, SOMAXCONN) < 0) {
		err = -errno;
		xd_log(XD_ERR, "%s: %s; choose another place with --socket", path, strerror(errno));
		close(fd);
		return err;
	}
	snprintf(door->path, sizeof(door->path), "%s", path);
	return fd;
}

static int make_doors(const char *path)
{
	char ctl[XSCHED_WIRE_PATH_MAX];
	int fd, err = make_directory(path);

	if (!err)
		err = lock_place(path);
	if (err)
		return err;
	if (!xsched_wire_ctl_path(ctl, path)) {
		xd_log(XD_ERR, "%s: too long for a socket; choose a shorter path with --socket", path);
		return -ENAMETOOLONG;
	}
	fd = bind_to(&doors[0], path);
	err = fd < 0 ? fd : open_door(&doors[0], fd, xd_client_new);
	if (err)
		return err;
	fd = bind_to(&doors[1], ctl);
	return fd < 0 ? fd : open_door(&doors[1], fd, xd_control_new);
}

/**
 * xd_listen_init - be there for connections
 * @path: of the socket for processes; not used if the service manager made them
 *
 * Return: 0, or -errno after saying why.
 */
int xd_listen_init(const char *path)
{
	int n = xd_service_listen_fds();

	spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return n > 0 ? take_over(n) : make_doors(path);
}

void xd_listen_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(doors); i++) {
		if (!doors[i].welcome)
			continue;
		xd_loop_del(&doors[i].watch);
		close(doors[i].watch.fd);
		if (*doors[i].path)
			unlink(doors[i].path);
	}
	if (lock_fd >= 0)
		close(lock_fd);
}
