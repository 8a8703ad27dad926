/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A process at the host scheduler's socket, without the runtime: it may say
 * whatever it likes.
 */
#ifndef XSCHEDD_TEST_CLIENT_H
#define XSCHEDD_TEST_CLIENT_H

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "../ktap.h"
#include "../../../lib/link/wire.h"
#include "../../../lib/link/wire_ctl.h"

#define PAGE	4096u

struct client {
	int sock;
	int event;
	int control_fd, status_fd;	/* of the first segments */
	char *control, *status;		/* the first segments */
	size_t control_size, status_size;
	uint64_t status_offset;
	uint32_t id;
	int fds[XSCHED_WIRE_FDS_MAX];	/* that came with the last reply */
	int n_fds;
};

struct entity {
	uint32_t id, queue, device;
	struct xsched_control_slot *ctl;
	struct xsched_status_slot *st;
};

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline const char *socket_path(void)
{
	const char *path = getenv("XSCHED_SOCKET");

	if (!path)
		FAIL("XSCHED_SOCKET: not set; run xschedd_test.sh");
	return path;
}

static inline int connect_path(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 10 };
	int fd = MUST(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static inline void client_connect(struct client *c)
{
	memset(c, 0, sizeof(*c));
	c->event = c->control_fd = c->status_fd = -1;
	c->sock = MUST(connect_path(socket_path()));
}

/* Sends anything at all. */
static inline ssize_t client_send(struct client *c, const void *data, size_t len, const int *fds,
				  int n_fds)
{
	char control[CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm = (void *)control;

	if (n_fds) {
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN((size_t)n_fds * sizeof(int));
		memcpy(CMSG_DATA(cm), fds, (size_t)n_fds * sizeof(int));
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE((size_t)n_fds * sizeof(int));
	}
	return sendmsg(c->sock, &m, MSG_NOSIGNAL);
}

/* The reply's error, or 1 if there is no connection any more. */
static inline int client_receive(struct client *c, void *arg, size_t len, ssize_t *got)
{
	char control[CMSG_SPACE(XSCHED_WIRE_FDS_MAX * sizeof(int))];
	int32_t err = 0;
	struct iovec iov[] = { { &err, sizeof(err) }, { arg, len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *cm;
	ssize_t n = recvmsg(c->sock, &m, MSG_CMSG_CLOEXEC);

	c->n_fds = 0;
	if (n < (ssize_t)sizeof(err))
		return 1;
	for (cm = CMSG_FIRSTHDR(&m); cm; cm = CMSG_NXTHDR(&m, cm)) {
		c->n_fds = (int)((cm->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(c->fds, CMSG_DATA(cm), (size_t)c->n_fds * sizeof(int));
	}
	if (got)
		*got = n - (ssize_t)sizeof(err);
	return err;
}

static inline int client_call_fd(struct client *c, uint32_t cmd, void *arg, size_t len, int fd)
{
	char data[4 + 8192];

	memcpy(data, &cmd, 4);
	memcpy(data + 4, arg, len);
	if (client_send(c, data, 4 + len, &fd, fd >= 0) < 0)
		return 1;
	return client_receive(c, arg, len, NULL);
}

static inline int client_call(struct client *c, uint32_t cmd, void *arg, size_t len)
{
	return client_call_fd(c, cmd, arg, len, -1);
}

static inline char *map_segment(int fd, size_t *size)
{
	struct stat st;

	MUST(fstat(fd, &st));
	*size = (size_t)st.st_size;
	return MUST(mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}

static inline int client_try_attach(struct client *c)
{
	struct xsched_attach a = { .size = sizeof(a) };
	int err = client_call(c, XSCHED_ATTACH, &a, sizeof(a));

	if (err)
		return err;
	CHECK_EQ(c->n_fds, 3);
	c->id = a.client_id;
	c->status_offset = a.status_offset;
	c->control_fd = c->fds[0];
	c->status_fd = c->fds[1];
	c->event = c->fds[2];
	c->control = map_segment(c->control_fd, &c->control_size);
	c->status = map_segment(c->status_fd, &c->status_size);
	return 0;
}

static inline void client_open(struct client *c)
{
	client_connect(c);
	CHECK_EQ(client_try_attach(c), 0);
}

static inline void client_close(struct client *c)
{
	close(c->sock);
	close(c->event);
	close(c->control_fd);
	close(c->status_fd);
	munmap(c->control, c->control_size);
	munmap(c->status, c->status_size);
}

/* An entity on the CPU with one queue, both in the first segments. */
static inline void entity_make(struct client *c, struct entity *e, int priority)
{
	struct xsched_entity_create a = {
		.size = sizeof(a), .dev_class = XSCHED_CLASS_CPU, .node_fd = -1,
		.priority = priority, .name = "test",
	};
	struct xsched_queue_create q = {
		.size = sizeof(q), .platform = XSCHED_PLATFORM_GENERIC,
		.level = XSCHED_LEVEL_BLOCK, .flags = XSCHED_QUEUE_F_KICKS_IDLE,
	};

	CHECK_EQ(client_call(c, XSCHED_ENTITY_CREATE, &a, sizeof(a)), 0);
	e->id = q.entity_id = a.entity_id;
	e->device = a.device_id;
	CHECK_EQ(client_call(c, XSCHED_QUEUE_CREATE, &q, sizeof(q)), 0);
	e->queue = q.queue_id;
	CHECK(a.control_offset < c->control_size);
	CHECK(q.status_offset - c->status_offset < c->status_size);
	e->ctl = (void *)(c->control + a.control_offset);
	e->st = (void *)(c->status + (q.status_offset - c->status_offset));
}

static inline int kick_id(struct client *c, uint32_t id)
{
	return client_call(c, XSCHED_KICK, &id, sizeof(id));
}

static inline uint32_t gate_of(const struct entity *e)
{
	return __atomic_load_n(&e->ctl->gate, __ATOMIC_ACQUIRE);
}

/* Says that its words can be believed. */
static inline void entity_answer(struct client *c, struct entity *e)
{
	__atomic_store_n(&e->st->track_ack, __atomic_load_n(&e->ctl->track_seq, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
	CHECK_EQ(kick_id(c, e->id), 0);
}

static inline void entity_begin(struct client *c, struct entity *e)
{
	__atomic_fetch_add(&e->st->submitted, 1, __ATOMIC_SEQ_CST);
	CHECK_EQ(kick_id(c, e->id), 0);
}

static inline void entity_end(struct client *c, struct entity *e)
{
	__atomic_store_n(&e->st->flags, XSCHED_STATUS_SYNCED, __ATOMIC_RELEASE);
	__atomic_fetch_add(&e->st->completed, 1, __ATOMIC_SEQ_CST);
	CHECK_EQ(kick_id(c, e->id), 0);
}

static inline void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* Within so many milliseconds. */
#define SOON(cond, ms) do {						\
	uint64_t __end = now_ns() + (ms) * 1000000ull;			\
	while (!(cond) && now_ns() < __end)				\
		sleep_ms(1);						\
	if (!(cond))							\
		FAIL("not within %d ms: %s", ms, #cond);		\
} while (0)

#endif
