// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The messages of a client: one table says how long each struct is and who
 * answers, as for the kernel module's ioctls.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xschedd.h"

union arg {
	__u32 size;
	struct xsched_query query;
	struct xsched_attach attach;
	struct xsched_entity_create entity_create;
	struct xsched_queue_create queue_create;
	struct xsched_destroy destroy;
	struct xsched_hint hint;
};

/**
 * struct message - what came
 * @cmd: of the request
 * @arg: its struct
 * @len: bytes of @arg that came
 * @pid: of the sender
 * @fd: descriptor that came with it, -1 if none
 */
struct message {
	struct {
		__u32 cmd;
		char arg[XSCHED_WIRE_ARG_MAX];
	} data;
	size_t len;
	bool too_long;
	pid_t pid;
	int fd;
};

static int run_query(struct xd_client *c, union arg *arg, int fd)
{
	struct xsched_query *q = &arg->query;

	(void)c;
	(void)fd;
	if (q->flags)
		return -EINVAL;
	q->features = XSCHED_FEAT_AGENT_RING | XSCHED_FEAT_NOTIFY;
	q->abi = XSCHED_ABI_VERSION;
	q->max_clients = xd_quota_max[XD_QUOTA_CLIENTS];
	q->max_entities = xd_quota_max[XD_QUOTA_ENTITIES];
	q->max_queues = xd_quota_max[XD_QUOTA_QUEUES];
	return 0;
}

static int run_attach(struct xd_client *c, union arg *arg, int fd)
{
	(void)fd;
	return xd_client_attach(c, &arg->attach);
}

static int run_entity_create(struct xd_client *c, union arg *arg, int fd)
{
	return xd_entity_create(c, &arg->entity_create, fd);
}

static int run_entity_destroy(struct xd_client *c, union arg *arg, int fd)
{
	(void)fd;
	if (arg->destroy.flags || arg->destroy.__reserved)
		return -EINVAL;
	return xd_entity_destroy(c, arg->destroy.id);
}

static int run_queue_create(struct xd_client *c, union arg *arg, int fd)
{
	(void)fd;
	return xd_queue_create(c, &arg->queue_create);
}

static int run_queue_destroy(struct xd_client *c, union arg *arg, int fd)
{
	(void)fd;
	if (arg->destroy.flags || arg->destroy.__reserved)
		return -EINVAL;
	return xd_queue_destroy(c, arg->destroy.id);
}

static int run_hint_set(struct xd_client *c, union arg *arg, int fd)
{
	(void)fd;
	return xd_entity_hint_set(c, &arg->hint);
}

static int run_hint_get(struct xd_client *c, union arg *arg, int fd)
{
	(void)fd;
	return xd_entity_hint_get(c, &arg->hint);
}

/**
 * struct command - how a command is called
 * @size: of its struct here
 * @min_size: of its struct in the first version, which never changes
 * @run: answers
 */
struct command {
	u32 size;
	u32 min_size;
	int (*run)(struct xd_client *c, union arg *arg, int fd);
};

#define END_OF(_struct, _member) \
	(offsetof(struct _struct, _member) + sizeof(((struct _struct *)0)->_member))
#define COMMAND(_cmd, _struct, _last, _run) \
	[_IOC_NR(_cmd)] = { sizeof(struct _struct), END_OF(_struct, _last), _run }

static const struct command commands[] = {
	COMMAND(XSCHED_QUERY, xsched_query, max_queues, run_query),
	COMMAND(XSCHED_ATTACH, xsched_attach, status_offset, run_attach),
	COMMAND(XSCHED_ENTITY_CREATE, xsched_entity_create, control_offset, run_entity_create),
	COMMAND(XSCHED_ENTITY_DESTROY, xsched_destroy, __reserved, run_entity_destroy),
	COMMAND(XSCHED_QUEUE_CREATE, xsched_queue_create, status_offset, run_queue_create),
	COMMAND(XSCHED_QUEUE_DESTROY, xsched_destroy, __reserved, run_queue_destroy),
	COMMAND(XSCHED_HINT_SET, xsched_hint, value, run_hint_set),
	COMMAND(XSCHED_HINT_GET, xsched_hint, value, run_hint_get),
};

static const struct command *find_command(u32 cmd)
{
	u32 nr = _IOC_NR(cmd);

	if (cmd != _IO(XSCHED_IOC_TYPE, nr) || nr >= ARRAY_SIZE(commands) || !commands[nr].run)
		return NULL;
	return &commands[nr];
}

/* Takes what the kernel put beside the message. Descriptors beyond the one don't fit and are dropped. */
static void take_control(struct msghdr *h, struct message *m)
{
	struct cmsghdr *cm;

	m->pid = -1;
	m->fd = -1;
	for (cm = CMSG_FIRSTHDR(h); cm; cm = CMSG_NXTHDR(h, cm)) {
		if (cm->cmsg_level != SOL_SOCKET)
			continue;
		if (cm->cmsg_type == SCM_CREDENTIALS) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(cm), sizeof(cred));
			m->pid = cred.pid;
		} else if (cm->cmsg_type == SCM_RIGHTS && cm->cmsg_len >= CMSG_LEN(sizeof(int))) {
			memcpy(&m->fd, CMSG_DATA(cm), sizeof(int));
		}
	}
}

/*
 * 1 if a message came, 0 if there is none now, -1 at the end; there may be a descriptor
 * in each case.
 */
static int receive(int sock, struct message *m, bool take_fd)
{
	/* Credentials take their space first, so at most one descriptor fits. */
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { &m->data, sizeof(m->data) };
	struct msghdr h = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(struct ucred)) +
							   (take_fd ? CMSG_LEN(sizeof(int)) : 0),
	};
	ssize_t n = recvmsg(sock, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	take_control(&h, m);
	m->too_long = h.msg_flags & MSG_TRUNC;
	m->len = (size_t)n > sizeof(m->data.cmd) ? (size_t)n - sizeof(m->data.cmd) : 0;
	return (size_t)n < sizeof(m->data.cmd) ? -1 : 1;
}

/* As copy_struct_from_user() does it. */
static int fetch(const struct command *command, const struct message *m, union arg *arg)
{
	u32 size, i;

	if (m->len < sizeof(size))
		return -EINVAL;
	memcpy(&size, m->data.arg, sizeof(size));
	if (size < command->min_size)
		return -EINVAL;
	if (m->too_long || size > XSCHED_WIRE_ARG_MAX)
		return -E2BIG;
	if (size > m->len)
		return -EFAULT;
	for (i = command->size; i < size; i++)
		if (m->data.arg[i])
			return -E2BIG;
	memset(arg, 0, sizeof(*arg));
	memcpy(arg, m->data.arg, size < command->size ? size : command->size);
	return 0;
}

/* The memfds and the pipe that go with a reply. */
static unsigned int fds_for(struct xd_client *c, u32 cmd, int *fds)
{
	unsigned int n = 0;

	switch (cmd) {
	case XSCHED_ATTACH:
		fds[n++] = xd_region_pending(&c->control);
		fds[n++] = xd_region_pending(&c->status);
		fds[n++] = c->event_out;
		break;
	case XSCHED_ENTITY_CREATE:
		fds[n] = xd_region_pending(&c->control);
		n += fds[n] >= 0;
		break;
	case XSCHED_QUEUE_CREATE:
		fds[n] = xd_region_pending(&c->status);
		n += fds[n] >= 0;
		break;
	}
	return n;
}

static void fds_sent(struct xd_client *c, const int *fds, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (fds[i] == c->event_out) {
			close(c->event_out);
			c->event_out = -1;
		} else if (fds[i] == xd_region_pending(&c->control)) {
			xd_region_sent(&c->control);
		} else {
			xd_region_sent(&c->status);
		}
	}
}

/* False if it can't be delivered: who doesn't read replies doesn't get any further. */
static bool reply(struct xd_client *c, u32 cmd, int err, const void *arg, size_t len)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(XSCHED_WIRE_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov[] = { { &err, sizeof(err) }, { (void *)arg, err ? 0 : len } };
	struct msghdr h = { .msg_iov = iov, .msg_iovlen = 2 };
	int fds[XSCHED_WIRE_FDS_MAX];
	unsigned int n = err ? 0 : fds_for(c, cmd, fds);

	if (n) {
		memset(&control, 0, sizeof(control));
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
	}
	if (sendmsg(c->socket.fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	fds_sent(c, fds, n);
	return true;
}

static bool answer(struct xd_client *c, struct message *m)
{
	const struct command *command = find_command(m->data.cmd);
	union arg arg;
	u32 size;
	int err;

	if (!command)
		return reply(c, m->data.cmd, -ENOTTY, NULL, 0);
	err = fetch(command, m, &arg);
	if (err)
		return reply(c, m->data.cmd, err, NULL, 0);
	size = arg.size;
	err = command->run(c, &arg, m->fd);
	return reply(c, m->data.cmd, err, &arg, size < command->size ? size : command->size);
}

static bool kick(struct xd_client *c, const struct message *m)
{
	u32 id;

	if (m->len != sizeof(id))
		return reply(c, m->data.cmd, -EINVAL, NULL, 0);
	memcpy(&id, m->data.arg, sizeof(id));
	return reply(c, m->data.cmd, xd_entity_kick(c, id), NULL, 0);
}

/*
 * Not from somebody who inherited the socket: a reply would be taken for the owner's.
 * Where the flag isn't inherited (before 6.16), what is sent in the moment of accepting
 * comes without a sender; before attaching that does no harm.
 */
static bool is_from_owner(const struct xd_client *c, const struct message *m)
{
	return m->pid == c->peer.pid || (m->pid <= 0 && c->state == XD_CLIENT_OPEN);
}

bool xd_request_serve(struct xd_client *c)
{
	struct message m;
	bool ok;
	int got;

	m.fd = -1;
	got = receive(c->socket.fd, &m, xd_node_welcome(c->user));
	ok = got >= 0;
	if (got > 0 && is_from_owner(c, &m))
		ok = m.data.cmd == XSCHED_KICK ? kick(c, &m) : answer(c, &m);
	xd_node_close(c->user, m.fd);
	return ok;
}
