// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The socket of the host scheduler: finding it, talking over it, and never
 * mistaking a descriptor of the program's for it.
 */
#define _GNU_SOURCE
#include "host.h"
#include "wire_connect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

/* High, so that programs which assume that 3 is free, or close a low range, don't meet it. */
#define FD_FLOOR	512
#define REPLY_S		2	/* a scheduler that doesn't answer for so long is as good as dead */
#define OWED_MAX	8	/* replies not read yet */

uint64_t xsched_host_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool xsched_own_fd_check(const struct xsched_own_fd *f)
{
	struct stat st;

	return f->fd >= 0 && !fstat(f->fd, &st) && st.st_dev == f->dev && st.st_ino == f->ino;
}

int xsched_own_fd(struct xsched_own_fd *f, int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FLOOR);
	struct stat st;

	if (high >= 0) {	/* else a low RLIMIT_NOFILE: stay where we are */
		close(fd);
		fd = high;
	}
	f->fd = fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return 0;
}

void xsched_own_fd_close(struct xsched_own_fd *f)
{
	if (xsched_own_fd_check(f))
		close(f->fd);
	f->fd = -1;
}

bool xsched_host_enter(struct xsched_host *h)
{
	__atomic_fetch_add(&h->users, 1, __ATOMIC_SEQ_CST);
	if (!xsched_host_is_gone(h))
		return true;
	xsched_host_leave(h);
	return false;
}

/* The last one out closes the descriptors, once it is gone. */
void xsched_host_leave(struct xsched_host *h)
{
	if (__atomic_sub_fetch(&h->users, 1, __ATOMIC_SEQ_CST) || !xsched_host_is_gone(h))
		return;
	pthread_mutex_lock(&h->lock);
	xsched_own_fd_close(&h->sock);
	xsched_own_fd_close(&h->event);
	pthread_mutex_unlock(&h->lock);
}

static int send_request(const struct xsched_host *h, struct xsched_exchange *x)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[] = { { &x->cmd, sizeof(x->cmd) }, { x->arg, x->len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	if (x->send_fd >= 0) {
		memset(&control, 0, sizeof(control));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &x->send_fd, sizeof(int));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	do
		n = sendmsg(h->sock.fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void take_fds(struct msghdr *m, struct xsched_exchange *x)
{
	struct cmsghdr *cm;

	for (cm = CMSG_FIRSTHDR(m); cm; cm = CMSG_NXTHDR(m, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		x->n_fds = (unsigned int)((cm->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		if (x->n_fds > XSCHED_WIRE_FDS_MAX)
			x->n_fds = XSCHED_WIRE_FDS_MAX;
		memcpy(x->fds, CMSG_DATA(cm), x->n_fds * sizeof(int));
	}
}

static int receive_reply(const struct xsched_host *h, struct xsched_exchange *x)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(XSCHED_WIRE_FDS_MAX * sizeof(int))];
	} control;
	int32_t err = 0;
	struct iovec iov[] = { { &err, sizeof(err) }, { x->arg, x->answered ? x->len : 0 } };
	struct msghdr m = {
		.msg_iov = iov, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	do
		n = recvmsg(h->sock.fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)sizeof(err))
		return -ENODEV;
	take_fds(&m, x);
	if (err)
		return err;
	/* Descriptors that found no room are lost, and the memory with them. */
	if (m.msg_flags & MSG_CTRUNC)
		return -ENODEV;
	return x->answered && (size_t)n != sizeof(err) + x->len ? -ENODEV : 0;
}

/* ------------------------------------------------------ replies for nobody */

static void note_heard(struct xsched_host *h)
{
	__atomic_store_n(&h->heard_ns, xsched_host_now_ns(), __ATOMIC_RELAXED);
}

/* Reads those that are there, or, if it is to wait, all. Called with the lock held. */
static int receive_owed(struct xsched_host *h, bool wait)
{
	int32_t err;
	ssize_t n;

	while (h->owed) {
		n = recv(h->sock.fd, &err, sizeof(err), wait ? 0 : MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && !wait)
			return 0;
		if (n < (ssize_t)sizeof(err))
			return -ENODEV;
		note_heard(h);
		h->owed--;
	}
	return 0;
}

static int send_kick(struct xsched_host *h, uint32_t entity)
{
	struct xsched_exchange x = {
		.cmd = XSCHED_KICK, .arg = &entity, .len = sizeof(entity), .send_fd = -1,
	};
	int ret;

	if (xsched_host_is_gone(h) || !xsched_own_fd_check(&h->sock))
		return -ENODEV;
	/* Who doesn't read is thrown out. */
	ret = receive_owed(h, h->owed >= OWED_MAX);
	if (!ret)
		ret = send_request(h, &x);
	h->owed += !ret;
	return ret ? -ENODEV : 0;
}

int xsched_host_tell(struct xsched_host *h, uint32_t entity)
{
	int ret, cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (!xsched_host_enter(h)) {
		pthread_setcancelstate(cancel, NULL);
		return -ENODEV;
	}
	pthread_mutex_lock(&h->lock);
	ret = send_kick(h, entity);
	if (ret)
		__atomic_store_n(&h->gone, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&h->lock);
	xsched_host_leave(h);
	pthread_setcancelstate(cancel, NULL);
	return ret;
}

/*
 * A request and its reply. Nothing is ever sent to what the program may have put
 * in the place of our descriptor.
 */
int xsched_host_converse(struct xsched_host *h, struct xsched_exchange *x)
{
	int ret = -ENODEV, cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (!xsched_host_enter(h)) {
		pthread_setcancelstate(cancel, NULL);
		return -ENODEV;
	}
	pthread_mutex_lock(&h->lock);
	x->n_fds = 0;
	if (!xsched_host_is_gone(h) && xsched_own_fd_check(&h->sock)) {
		ret = send_request(h, x);
		if (!ret)
			ret = receive_owed(h, true);
		/* One of these is the request's own fault: the node's descriptor is bad. */
		if (ret != -EBADF || x->send_fd < 0)
			ret = ret ? -ENODEV : receive_reply(h, x);
	}
	/* A reply that comes after all would be taken for the next one. */
	if (ret == -ENODEV)
		__atomic_store_n(&h->gone, true, __ATOMIC_RELEASE);
	else
		note_heard(h);
	pthread_mutex_unlock(&h->lock);
	xsched_host_leave(h);
	pthread_setcancelstate(cancel, NULL);
	return ret;
}

int xsched_host_call(struct xsched_host *h, uint32_t cmd, void *arg, size_t len)
{
	struct xsched_exchange x = {
		.cmd = cmd, .arg = arg, .len = len, .answered = true, .send_fd = -1,
	};

	return xsched_host_converse(h, &x);
}

static int connect_to(const char *path)
{
	uid_t peer = XSCHED_WIRE_NOBODY;
	int fd = xsched_wire_connect(path, REPLY_S, &peer);

	/* Nobody but root and ourselves is to schedule us. */
	if (fd < 0 || xsched_wire_is_trusted(peer))
		return fd;
	close(fd);
	return -EPERM;
}

int xsched_host_find(void)
{
	char path[XSCHED_WIRE_PATH_MAX];
	int fd, first = -ENOENT;
	unsigned int n;

	for (n = 0; xsched_wire_place(n, path); n++) {
		fd = connect_to(path);
		if (fd >= 0)
			return fd;
		if (first == -ENOENT)
			first = fd;
	}
	return first;
}
