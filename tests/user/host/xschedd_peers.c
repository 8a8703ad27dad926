// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedd against processes that behave, and against others. It is run by
 * xschedd_test.sh, with a scheduler of its own in XSCHED_SOCKET and XSCHEDD_PID.
 */
#include "xschedd_client.h"

#include <dirent.h>
#include <grp.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/xsched_netlink.h>

#define OTHER_USER	1000

static pid_t daemon_pid(void)
{
	const char *pid = getenv("XSCHEDD_PID");

	return pid ? atoi(pid) : 0;
}

static void need_root(void)
{
	if (geteuid())
		SKIP("needs root, to become another user");
}

static void become_other(void)
{
	MUST(setgroups(0, NULL));
	MUST(setresgid(OTHER_USER, OTHER_USER, OTHER_USER));
	MUST(setresuid(OTHER_USER, OTHER_USER, OTHER_USER));
}

/* It is the daemon that is to be alive, and to serve. */
static void check_serves(void)
{
	struct client c;
	struct entity e;

	client_open(&c);
	entity_make(&c, &e, 0);
	CHECK_EQ(kick_id(&c, e.id), 0);
	client_close(&c);
}

static int daemon_fds(void)
{
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon_pid());
	d = opendir(path);
	CHECK(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* ------------------------------------------------------------ well-behaved */

static void attach(const void *arg)
{
	struct xsched_query q = { .size = sizeof(q) };
	struct xsched_attach a = { .size = sizeof(a) };
	struct xsched_control_header *h;
	struct client c;

	(void)arg;
	client_connect(&c);
	CHECK_EQ(client_call(&c, XSCHED_QUERY, &q, sizeof(q)), 0);
	CHECK_EQ(q.abi, XSCHED_ABI_VERSION);
	CHECK_EQ(q.features, XSCHED_FEAT_AGENT_RING | XSCHED_FEAT_NOTIFY);
	CHECK_EQ(kick_id(&c, 1), -ENOTCONN);
	CHECK_EQ(client_try_attach(&c), 0);
	CHECK(c.id > 0);
	CHECK_EQ(client_call(&c, XSCHED_ATTACH, &a, sizeof(a)), -EALREADY);
	h = (void *)c.control;
	CHECK_EQ(h->magic, XSCHED_CONTROL_MAGIC);
	CHECK_EQ(h->flags, 0);
}

static void seals(const void *arg)
{
	struct client c;
	int fd;

	(void)arg;
	client_open(&c);
	for (fd = c.control_fd; ; fd = c.status_fd) {
		MUST_FAIL(ftruncate(fd, 0), EPERM);
		MUST_FAIL(ftruncate(fd, 1 << 20), EPERM);
		MUST_FAIL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
		if (fd == c.status_fd)
			break;
	}
	check_serves();
}

/* Nothing is closed for who is alone, and he is told nothing. */
static void alone(const void *arg)
{
	struct client c;
	struct entity e;

	(void)arg;
	client_open(&c);
	entity_make(&c, &e, 0);
	CHECK_EQ(gate_of(&e), XSCHED_GATE_OPEN);
	CHECK_EQ(e.ctl->notify, 0);
}

/* Two on one device: when the kick returns every gate has changed. */
static void turns(const void *arg)
{
	struct entity low, high;
	struct client a, b;
	int i;

	(void)arg;
	client_open(&a);
	client_open(&b);
	entity_make(&a, &low, -1);
	entity_make(&b, &high, 1);
	entity_answer(&a, &low);
	entity_answer(&b, &high);
	entity_begin(&a, &low);
	CHECK_EQ(gate_of(&low), XSCHED_GATE_OPEN);
	for (i = 0; i < 200; i++) {
		entity_begin(&b, &high);
		CHECK_EQ(gate_of(&high), XSCHED_GATE_OPEN);
		CHECK_EQ(gate_of(&low), XSCHED_GATE_HELD);
		entity_end(&b, &high);
		CHECK_EQ(gate_of(&low), XSCHED_GATE_OPEN);
		CHECK_EQ(gate_of(&high), XSCHED_GATE_ASK);
	}
}

/* The agent hears of a competitor, by its pipe and the ring. */
static void ring(const void *arg)
{
	struct pollfd fd = { .events = POLLIN };
	struct xsched_control_header *h;
	struct client a, b;
	struct entity e, f;
	uint32_t i, seen = 0;

	(void)arg;
	client_open(&a);
	entity_make(&a, &e, 0);
	fd.fd = a.event;
	CHECK_EQ(poll(&fd, 1, 0), 0);
	client_open(&b);
	entity_make(&b, &f, 0);
	CHECK_EQ(poll(&fd, 1, 1000), 1);
	h = (void *)a.control;
	for (i = 0; i < h->ring_tail; i++)
		seen += h->ring[i].type == XSCHED_EV_TRACK && h->ring[i].entity_id == e.id;
	CHECK(seen);
}

/* Sleeps until the gate changes; how long that took is in the exit status, in ms. */
static void sleeper(struct client *c, struct entity *e)
{
	uint32_t *waiters = xsched_wire_waiters(e->ctl), epoch;
	struct timespec t = { .tv_sec = 20 };

	(void)c;
	epoch = __atomic_load_n(&e->ctl->epoch, __ATOMIC_ACQUIRE);
	__atomic_fetch_add(waiters, 1, __ATOMIC_SEQ_CST);
	while (gate_of(e) && __atomic_load_n(&e->ctl->epoch, __ATOMIC_ACQUIRE) == epoch)
		syscall(SYS_futex, &e->ctl->epoch, FUTEX_WAIT, epoch, &t, NULL, 0);
	_exit(gate_of(e) ? 1 : 0);
}

static void waiting(const void *arg)
{
	struct entity low, high;
	struct client a, b;
	uint64_t begun;
	int status;
	pid_t pid;

	(void)arg;
	client_open(&a);
	client_open(&b);
	entity_make(&a, &low, -1);
	entity_make(&b, &high, 1);
	entity_answer(&a, &low);
	entity_answer(&b, &high);
	entity_begin(&b, &high);
	entity_begin(&a, &low);
	CHECK_EQ(gate_of(&low), XSCHED_GATE_HELD);
	pid = MUST(fork());
	if (!pid)
		sleeper(&a, &low);
	SOON(*xsched_wire_waiters(low.ctl) == 1, 5000);
	sleep_ms(50);
	begun = now_ns();
	entity_end(&b, &high);
	MUST(waitpid(pid, &status, 0));
	CHECK_EQ(status, 0);
	CHECK_LE((now_ns() - begun) / 1000000, 1000);
}

/* Regions grow by segments, and what is there stays. */
static void growth(const void *arg)
{
	struct xsched_entity_create a = {
		.size = sizeof(a), .dev_class = XSCHED_CLASS_CPU, .node_fd = -1,
	};
	unsigned int i, segments = 1;
	uint64_t end, last = 0;
	struct client c;

	(void)arg;
	client_open(&c);
	end = c.control_size;
	for (i = 0; i < 2000; i++) {
		size_t size = 0;

		CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &a, sizeof(a)), 0);
		if (c.n_fds) {
			CHECK_EQ(c.n_fds, 1);
			map_segment(c.fds[0], &size);
			close(c.fds[0]);
			end += size;
			segments++;
		}
		CHECK(a.control_offset > last);
		last = a.control_offset;
		CHECK(last + sizeof(struct xsched_control_slot) <= end);
	}
	CHECK(segments > 3);
	((struct xsched_control_header *)c.control)->magic = 0;
	check_serves();
}

/* --------------------------------------------------------------- messages */

static const struct sized {
	uint32_t cmd;
	size_t size;
} sized[] = {
	{ XSCHED_QUERY, sizeof(struct xsched_query) },
	{ XSCHED_ENTITY_CREATE, sizeof(struct xsched_entity_create) },
	{ XSCHED_ENTITY_DESTROY, sizeof(struct xsched_destroy) },
	{ XSCHED_QUEUE_CREATE, sizeof(struct xsched_queue_create) },
	{ XSCHED_QUEUE_DESTROY, sizeof(struct xsched_destroy) },
	{ XSCHED_HINT_SET, sizeof(struct xsched_hint) },
	{ XSCHED_HINT_GET, sizeof(struct xsched_hint) },
};

/* A struct that would be answered with 0 or ENOENT, were it not for its size. */
static int call_sized(struct client *c, const struct sized *s, uint32_t size, size_t len, char tail)
{
	char arg[8192] = { 0 };
	struct xsched_entity_create *e = (void *)arg;
	struct xsched_queue_create *q = (void *)arg;
	struct xsched_hint *h = (void *)arg;

	if (s->cmd == XSCHED_ENTITY_CREATE) {
		e->dev_class = XSCHED_CLASS_CPU;
		e->node_fd = -1;
	} else if (s->cmd == XSCHED_QUEUE_CREATE) {
		q->platform = XSCHED_PLATFORM_GENERIC;
		q->level = XSCHED_LEVEL_BLOCK;
	} else if (s->cmd == XSCHED_HINT_SET || s->cmd == XSCHED_HINT_GET) {
		h->kind = XSCHED_HINT_PRIORITY;
	}
	if (len > s->size)
		arg[len - 1] = tail;
	memcpy(arg, &size, sizeof(size));
	return client_call(c, s->cmd, arg, len);
}

static void sizes(const void *arg)
{
	const struct sized *s;
	struct client c;
	int right;

	(void)arg;
	client_open(&c);
	for (s = sized; s < sized + ARRAY_SIZE(sized); s++) {
		uint32_t n = (uint32_t)s->size;

		right = s->cmd == XSCHED_QUERY || s->cmd == XSCHED_ENTITY_CREATE ? 0 : -ENOENT;
		CHECK_EQ(call_sized(&c, s, n, n, 0), right);
		CHECK_EQ(call_sized(&c, s, n + 8, n + 8, 0), right);
		CHECK_EQ(call_sized(&c, s, 4096, 4096, 0), right);
		CHECK_EQ(call_sized(&c, s, n + 8, n + 8, 1), -E2BIG);
		CHECK_EQ(call_sized(&c, s, 4097, 4097, 0), -E2BIG);
		CHECK_EQ(call_sized(&c, s, n - 1, n - 1, 0), -EINVAL);
		CHECK_EQ(call_sized(&c, s, 0, n, 0), -EINVAL);
		CHECK_EQ(call_sized(&c, s, n, 3, 0), -EINVAL);
		CHECK_EQ(call_sized(&c, s, n, n - 8, 0), -EFAULT);
		CHECK_EQ(call_sized(&c, s, ~0u, n, 0), -E2BIG);
	}
}

static void values(const void *arg)
{
	struct xsched_entity_create e = {
		.size = sizeof(e), .dev_class = XSCHED_CLASS_CPU, .node_fd = -1,
	}, f = e;
	struct xsched_attach a = { .size = sizeof(a), .flags = 1 };
	struct xsched_hint h = { .size = sizeof(h), .kind = 99 };
	struct client c;
	struct entity made;

	(void)arg;
	client_connect(&c);
	CHECK_EQ(client_call(&c, XSCHED_ATTACH, &a, sizeof(a)), -EINVAL);
	CHECK_EQ(client_try_attach(&c), 0);
	f.flags = 1u << 31;
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), -EINVAL);
	f = e, f.dev_class = 7;
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), -EINVAL);
	f = e, f.priority = 256;
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), -EINVAL);
	f = e, f.name[0] = '\n';
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), -EINVAL);
	f = e, memset(f.name, 'x', sizeof(f.name));
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), -EINVAL);
	entity_make(&c, &made, 0);
	h.entity_id = made.id;
	CHECK_EQ(client_call(&c, XSCHED_HINT_SET, &h, sizeof(h)), -EOPNOTSUPP);
	h.kind = XSCHED_HINT_PRIORITY, h.value = 1000;
	CHECK_EQ(client_call(&c, XSCHED_HINT_SET, &h, sizeof(h)), -EINVAL);
	h.value = -7;
	CHECK_EQ(client_call(&c, XSCHED_HINT_SET, &h, sizeof(h)), 0);
	h.value = 0;
	CHECK_EQ(client_call(&c, XSCHED_HINT_GET, &h, sizeof(h)), 0);
	CHECK_EQ(h.value, -7);
}

static void nonsense(const void *arg)
{
	static char big[200000];
	struct client c;
	uint32_t cmd;
	int i;

	(void)arg;
	client_open(&c);
	for (cmd = 0; cmd < 300; cmd++)
		if (cmd != XSCHED_KICK)
			CHECK_EQ(client_call(&c, cmd, big, 64), -ENOTTY);
	CHECK_EQ(client_call(&c, XSCHED_WAIT, big, sizeof(struct xsched_wait)), -ENOTTY);
	CHECK_EQ(client_call(&c, _IO('X', 1), big, 64), -ENOTTY);
	CHECK_EQ(client_call(&c, XSCHED_KICK, big, 3), -EINVAL);
	CHECK_EQ(client_call(&c, XSCHED_KICK, big, 8), -EINVAL);
	cmd = XSCHED_QUERY;
	memcpy(big, &cmd, 4);
	memset(big + 4, 0xff, sizeof(big) - 4);
	CHECK(client_send(&c, big, sizeof(big), NULL, 0) > 0);
	CHECK_EQ(client_receive(&c, big, 64, NULL), -E2BIG);
	/* Too short for a command: good-bye. */
	CHECK(client_send(&c, "abc", 3, NULL, 0) > 0);
	CHECK_EQ(client_receive(&c, big, 64, NULL), 1);
	for (i = 0; i < 3; i++) {
		client_connect(&c);
		client_send(&c, "", 0, NULL, 0);
		CHECK_EQ(client_receive(&c, big, 64, NULL), 1);
	}
	check_serves();
}

/* Random bytes, with a command in front that exists. */
static void fuzz(const void *arg)
{
	unsigned int seed = 1, i, j;
	char data[256];
	struct client c;

	(void)arg;
	client_open(&c);
	for (i = 0; i < 20000; i++) {
		uint32_t cmd = _IO(XSCHED_IOC_TYPE, (unsigned int)rand_r(&seed) % 11);
		uint32_t size = (uint32_t)rand_r(&seed) % 100;
		size_t len = 8 + (size_t)rand_r(&seed) % 100;

		if (cmd == XSCHED_ATTACH)
			continue;	/* its reply brings descriptors */
		for (j = 0; j < sizeof(data); j++)
			data[j] = rand_r(&seed) % 4 ? 0 : (char)rand_r(&seed);
		memcpy(data, &cmd, 4);
		memcpy(data + 4, &size, 4);
		CHECK(client_send(&c, data, len, NULL, 0) > 0);
		CHECK_LE(client_receive(&c, data, sizeof(data), NULL), 0);
		for (j = 0; j < (unsigned int)c.n_fds; j++)
			close(c.fds[j]);
	}
	check_serves();
}

/* Who never reads is let go, and nobody waits for him. */
static void deaf(const void *arg)
{
	struct xsched_query q = { .size = sizeof(q) };
	char data[4 + sizeof(q)];
	uint32_t cmd = XSCHED_QUERY;
	struct client c;
	int i;

	(void)arg;
	client_open(&c);
	memcpy(data, &cmd, 4);
	memcpy(data + 4, &q, sizeof(q));
	for (i = 0; i < 1000000; i++)
		if (client_send(&c, data, sizeof(data), NULL, 0) < 0)
			break;
	CHECK(i < 1000000);
	check_serves();
}

/* ----------------------------------------------------- others and their things */

static void foreign(struct client *c, const struct entity *e)
{
	struct xsched_queue_create q = {
		.size = sizeof(q), .platform = XSCHED_PLATFORM_GENERIC,
		.level = XSCHED_LEVEL_BLOCK, .entity_id = e->id,
	};
	struct xsched_destroy d = { .size = sizeof(d), .id = e->id };
	struct xsched_hint h = { .size = sizeof(h), .entity_id = e->id, .kind = 1 };

	CHECK_EQ(kick_id(c, e->id), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_ENTITY_DESTROY, &d, sizeof(d)), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_QUEUE_CREATE, &q, sizeof(q)), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_HINT_SET, &h, sizeof(h)), -ENOENT);
	CHECK_EQ(client_call(c, XSCHED_HINT_GET, &h, sizeof(h)), -ENOENT);
	d.id = e->queue;
	CHECK_EQ(client_call(c, XSCHED_QUEUE_DESTROY, &d, sizeof(d)), -ENOENT);
}

static void foreign_ids(const void *arg)
{
	struct client a, b;
	struct entity e;

	(void)arg;
	client_open(&a);
	client_open(&b);
	entity_make(&a, &e, 0);
	foreign(&b, &e);
	CHECK_EQ(kick_id(&a, e.id), 0);
}

/* Sends a request to the control plane; the error of its answer. */
static int control_call(uint8_t cmd, uint16_t attr1, uint32_t v1, const char *policy)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		char attrs[256];
	} m = {
		.h = { .nlmsg_type = XSCHED_CTL_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.g = { .cmd = cmd, .version = XSCHED_GENL_VERSION },
	};
	struct { struct nlmsghdr h; struct nlmsgerr e; char more[512]; } reply;
	char path[XSCHED_WIRE_PATH_MAX], *at = m.attrs;
	int64_t value = 3;
	uint32_t kind = 1;
	int fd;

	CHECK(xsched_wire_ctl_path(path, socket_path()));
#define ATTR(type, data, len) do {						\
	struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + (len)), .nla_type = type }; \
	memcpy(at, &a, sizeof(a));						\
	memcpy(at + NLA_HDRLEN, data, len);					\
	at += NLA_HDRLEN + NLA_ALIGN(len);					\
} while (0)
	if (attr1)
		ATTR(attr1, &v1, 4u);
	if (policy)
		ATTR(XSCHED_A_DEVICE_POLICY, policy, strlen(policy) + 1);
	if (cmd == XSCHED_CMD_HINT_SET) {
		ATTR(XSCHED_A_HINT_KIND, &kind, 4u);
		ATTR(XSCHED_A_HINT_VALUE, &value, 8u);
	}
	m.h.nlmsg_len = (uint32_t)(at - (char *)&m);
	fd = MUST(connect_path(path));
	MUST(send(fd, &m, m.h.nlmsg_len, 0));
	CHECK(recv(fd, &reply, sizeof(reply), 0) >= (ssize_t)(sizeof(reply.h) + sizeof(reply.e)));
	close(fd);
	CHECK_EQ(reply.h.nlmsg_type, NLMSG_ERROR);
	return reply.e.error;
}

static void other_user(const void *arg)
{
	struct client a, b;
	struct entity e, f;

	(void)arg;
	need_root();
	client_open(&a);
	entity_make(&a, &e, 0);
	become_other();
	client_open(&b);
	entity_make(&b, &f, 0);
	foreign(&b, &e);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, 1, "none"), -EPERM);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_ENTITY_ID, e.id, NULL), -EPERM);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_ENTITY_ID, f.id, NULL), 0);
	CHECK_EQ(control_call(XSCHED_CMD_SHUTDOWN, 0, 0, NULL), -EPERM);
	CHECK_EQ(kick_id(&b, f.id), 0);
}

static void control(const void *arg)
{
	struct client a;
	struct entity e;

	(void)arg;
	if (geteuid())
		SKIP("needs to administer the scheduler");
	client_open(&a);
	entity_make(&a, &e, 0);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, e.device, "none"), 0);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, e.device, "hpf"), 0);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, e.device, "nope"), -EINVAL);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, XSCHED_A_DEVICE_ID, 12345, "hpf"), -ENOENT);
	CHECK_EQ(control_call(XSCHED_CMD_POLICY_SET, 0, 0, "hpf"), -EINVAL);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_CLIENT_PID, (uint32_t)getpid(), NULL), 0);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_CLIENT_PID, 1, NULL), -ENOENT);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, XSCHED_A_ENTITY_ID, 12345678, NULL), -ENOENT);
	CHECK_EQ(control_call(XSCHED_CMD_HINT_SET, 0, 0, NULL), -EINVAL);
	CHECK_EQ(control_call(99, 0, 0, NULL), -EOPNOTSUPP);
}

/* Torn and random requests to the control plane. */
static void control_fuzz(const void *arg)
{
	char path[XSCHED_WIRE_PATH_MAX], reply[XSCHED_CTL_DATAGRAM_MAX];
	unsigned int seed = 1, i, j;
	int fd = -1;

	(void)arg;
	CHECK(xsched_wire_ctl_path(path, socket_path()));
	for (i = 0; i < 5000; i++) {
		struct { struct nlmsghdr h; struct genlmsghdr g; char rest[80]; } m;
		size_t len = sizeof(m.h) + (size_t)rand_r(&seed) % 84;

		for (j = 0; j < sizeof(m); j++)
			((char *)&m)[j] = rand_r(&seed) % 3 ? 0 : (char)rand_r(&seed);
		m.h.nlmsg_type = XSCHED_CTL_FAMILY;
		m.h.nlmsg_flags = rand_r(&seed) % 2 ? NLM_F_ACK : NLM_F_DUMP;
		m.h.nlmsg_len = (uint32_t)(rand_r(&seed) % 8 ? len : (size_t)rand_r(&seed));
		m.g.cmd = (uint8_t)(rand_r(&seed) % 12);
		if (m.g.cmd == XSCHED_CMD_SHUTDOWN)
			continue;
		if (fd < 0)
			fd = MUST(connect_path(path));
		if (send(fd, &m, len, MSG_NOSIGNAL) < 0 || rand_r(&seed) % 16 == 0) {
			close(fd);
			fd = -1;
			continue;
		}
		while (recv(fd, reply, sizeof(reply), MSG_DONTWAIT) > 0)
			;
	}
	check_serves();
}

/* ------------------------------------------------------------- life and death */

/* A process that holds the device, until it is killed. */
static pid_t holder(struct entity *out, int priority, int *ready)
{
	int pipe_fd[2];
	struct client c;
	pid_t pid;
	char byte;

	(void)out;
	MUST(pipe(pipe_fd));
	pid = MUST(fork());
	if (!pid) {
		struct entity e;

		client_open(&c);
		entity_make(&c, &e, priority);
		entity_answer(&c, &e);
		entity_begin(&c, &e);
		MUST(write(pipe_fd[1], "x", 1));
		for (;;)
			pause();
	}
	close(pipe_fd[1]);
	CHECK_EQ(read(pipe_fd[0], &byte, 1), 1);
	*ready = pipe_fd[0];
	return pid;
}

static void client_killed(const void *arg)
{
	struct client a;
	struct entity e;
	uint64_t begun;
	int i, ready;
	pid_t pid;

	(void)arg;
	client_open(&a);
	entity_make(&a, &e, 0);
	for (i = 0; i < 50; i++) {
		pid = holder(NULL, 5, &ready);
		entity_answer(&a, &e);
		entity_begin(&a, &e);
		CHECK_EQ(gate_of(&e), XSCHED_GATE_HELD);
		begun = now_ns();
		MUST(kill(pid, SIGKILL));
		SOON(gate_of(&e) == XSCHED_GATE_OPEN, 5000);
		CHECK_LE((now_ns() - begun) / 1000000, 100);
		waitpid(pid, NULL, 0);
		close(ready);
		entity_end(&a, &e);
	}
}

/* A child that keeps the socket keeps nothing alive, and can say nothing. */
static void inherited(const void *arg)
{
	struct client a;
	struct entity e;
	int ready[2];
	pid_t pid;
	char byte;

	(void)arg;
	client_open(&a);
	entity_make(&a, &e, 0);
	MUST(pipe(ready));
	pid = MUST(fork());
	if (!pid) {
		struct client c;
		struct entity f;

		client_open(&c);
		entity_make(&c, &f, 5);
		entity_answer(&c, &f);
		entity_begin(&c, &f);
		if (!fork()) {
			struct timeval soon = { .tv_usec = 200000 };

			setsockopt(c.sock, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
			byte = kick_id(&c, f.id) == 1 ? 'x' : '?';
			MUST(write(ready[1], &byte, 1));
			alarm(20);
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_EQ(byte, 'x');
	entity_answer(&a, &e);
	entity_begin(&a, &e);
	CHECK_EQ(gate_of(&e), XSCHED_GATE_HELD);
	MUST(kill(pid, SIGKILL));
	SOON(gate_of(&e) == XSCHED_GATE_OPEN, 1000);
}

/* Whatever it writes, a process spoils only its own. */
static void garbage(const void *arg)
{
	struct entity bad, high, low;
	struct client a, b, c;
	unsigned int seed = 7;
	int i, j;

	(void)arg;
	client_open(&a);
	client_open(&b);
	client_open(&c);
	entity_make(&a, &bad, -200);
	entity_make(&b, &high, 10);
	entity_make(&c, &low, 0);
	entity_answer(&b, &high);
	entity_answer(&c, &low);
	entity_begin(&c, &low);
	for (i = 0; i < 300; i++) {
		for (j = 0; j < 200; j++) {
			size_t at = (size_t)rand_r(&seed) % (a.control_size / 4);

			((uint32_t *)a.control)[at] = (uint32_t)rand_r(&seed);
			((uint32_t *)a.status)[at] = (uint32_t)rand_r(&seed);
		}
		CHECK_LE(kick_id(&a, bad.id), 0);
		entity_begin(&b, &high);
		CHECK_EQ(gate_of(&high), XSCHED_GATE_OPEN);
		CHECK_EQ(gate_of(&low), XSCHED_GATE_HELD);
		entity_end(&b, &high);
		CHECK_EQ(gate_of(&low), XSCHED_GATE_OPEN);
	}
	MUST(fallocate(a.control_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		       (off_t)a.control_size));
	MUST(fallocate(a.status_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		       (off_t)a.status_size));
	CHECK_LE(kick_id(&a, bad.id), 0);
	client_close(&a);
	entity_begin(&b, &high);
	CHECK_EQ(gate_of(&low), XSCHED_GATE_HELD);
}

static void nodes(const void *arg)
{
	struct xsched_entity_create e = {
		.size = sizeof(e), .dev_class = XSCHED_CLASS_GPU, .node_fd = 3, .name = "node",
	}, f = e;
	int null, path, file, many[16], before, i;
	uint32_t device;
	struct client c;

	(void)arg;
	null = MUST(open("/dev/null", O_RDWR | O_CLOEXEC));
	path = MUST(open("/dev/null", O_PATH | O_CLOEXEC));
	file = MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	client_open(&c);
	before = daemon_fds();
	CHECK_EQ(client_call_fd(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f), null), 0);
	device = f.device_id;
	f = e;
	CHECK_EQ(client_call_fd(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f), null), 0);
	CHECK_EQ(f.device_id, device);
	f = e;
	CHECK_EQ(client_call_fd(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f), path), -EBADF);
	CHECK_EQ(client_call_fd(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f), file), -EOPNOTSUPP);
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), -EBADF);
	f.node_fd = -1;
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &f, sizeof(f)), 0);
	CHECK_NE(f.device_id, device);
	/* Descriptors that nobody asked for don't pile up. */
	for (i = 0; i < 16; i++)
		many[i] = i % 2 ? file : null;
	for (i = 0; i < 200; i++) {
		struct { uint32_t cmd; struct xsched_query q; } __attribute__((packed)) m = {
			XSCHED_QUERY, { .size = sizeof(m.q) },
		};

		CHECK(client_send(&c, &m, sizeof(m), many, 1 + i % 16) > 0);
		CHECK_EQ(client_receive(&c, &m, sizeof(m.q), NULL), 0);
	}
	SOON(daemon_fds() <= before, 2000);
}

/* Whatever they come with, and however many at a time: descriptors don't pile up. */
static void unwanted(const void *arg)
{
	struct { uint32_t cmd; struct xsched_query q; } __attribute__((packed)) m = {
		XSCHED_QUERY, { .size = sizeof(m.q) },
	};
	int file = MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), before, i, j;
	struct client many[16], c;

	(void)arg;
	for (i = 0; i < 16; i++)
		client_open(&many[i]);
	before = daemon_fds();
	/* Too short for a command. */
	for (i = 0; i < 100; i++) {
		client_connect(&c);
		client_send(&c, "abc", (size_t)i % 4, &file, 1);
		CHECK_EQ(client_receive(&c, &m.q, sizeof(m.q), NULL), 1);
		close(c.sock);
	}
	SOON(daemon_fds() <= before, 2000);
	for (i = 0; i < 100; i++) {
		for (j = 0; j < 16; j++)
			CHECK(client_send(&many[j], &m, sizeof(m), &file, 1) > 0);
		for (j = 0; j < 16; j++)
			CHECK_EQ(client_receive(&many[j], &m.q, sizeof(m.q), NULL), 0);
		m.q.flags = 0;
	}
	SOON(daemon_fds() <= before, 2000);
	for (i = 0; i < 16; i++)
		client_close(&many[i]);
	check_serves();
}

static void many_clients(const void *arg)
{
	enum { N = 1000 };
	static struct client c[N];
	static struct entity e[N];
	uint64_t begun = now_ns();
	int i;

	(void)arg;
	for (i = 0; i < N; i++) {
		client_open(&c[i]);
		close(c[i].control_fd);
		close(c[i].status_fd);
		entity_make(&c[i], &e[i], i % 100);
	}
	for (i = 0; i < N; i++)
		entity_answer(&c[i], &e[i]);
	ktap_note("%d clients attached in %llu ms", N,
		  (unsigned long long)(now_ns() - begun) / 1000000);
	begun = now_ns();
	for (i = 0; i < N; i++)
		entity_begin(&c[i], &e[i]);
	ktap_note("%d became ready in %llu ms", N, (unsigned long long)(now_ns() - begun) / 1000000);
	for (i = 0; i < N; i++)
		CHECK_EQ(gate_of(&e[i]) == XSCHED_GATE_OPEN, i % 100 == 99);
	for (i = 0; i < N; i++)
		close(c[i].sock);
	check_serves();
}

static void quota(const void *arg)
{
	struct xsched_entity_create a = {
		.size = sizeof(a), .dev_class = XSCHED_CLASS_CPU, .node_fd = -1,
	};
	struct xsched_query q = { .size = sizeof(q) };
	struct client c;
	uint32_t i;

	(void)arg;
	client_open(&c);
	CHECK_EQ(client_call(&c, XSCHED_QUERY, &q, sizeof(q)), 0);
	for (i = 0; i < q.max_entities; i++) {
		CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &a, sizeof(a)), 0);
		if (c.n_fds)
			close(c.fds[0]);
	}
	CHECK_EQ(client_call(&c, XSCHED_ENTITY_CREATE, &a, sizeof(a)), -EDQUOT);
}

/* ------------------------------------------- a scheduler with few descriptors */

static void few_descriptors(const void *arg)
{
	struct client c;
	int i, n = 0, refused = 0;
	char byte;
	pid_t pid;
	int up[2], down[2];

	(void)arg;
	need_root();
	MUST(pipe(up));
	MUST(pipe(down));
	pid = MUST(fork());
	if (!pid) {
		become_other();
		for (i = 0; i < 400; i++) {
			struct client x;

			client_connect(&x);
			if (client_try_attach(&x)) {
				refused++;
				close(x.sock);
			} else {
				n++;
			}
		}
		MUST(write(up[1], refused && n ? "y" : "n", 1));
		CHECK_EQ(read(down[0], &byte, 1), 1);
		_exit(0);
	}
	CHECK_EQ(read(up[0], &byte, 1), 1);
	CHECK_EQ(byte, 'y');
	/* The one took his share, and the other has his. */
	client_open(&c);
	check_serves();
	MUST(write(down[1], "x", 1));
	waitpid(pid, NULL, 0);
	SOON(daemon_fds() < 30, 2000);
}

static void out_of_descriptors(const void *arg)
{
	static struct client c[400];
	int i, refused = 0;

	(void)arg;
	for (i = 0; i < 400; i++) {
		client_connect(&c[i]);
		refused += client_try_attach(&c[i]) != 0;
	}
	CHECK(refused > 0);
	for (i = 0; i < 400; i++)
		close(c[i].sock);
	sleep_ms(100);
	check_serves();
}

/* ------------------------------------------------------------ the daemon ends */

static void ends(const void *arg)
{
	int sig = *(const int *)arg;
	struct pollfd fd = { .events = POLLRDHUP };
	struct xsched_control_header *h;
	struct entity low, high;
	struct client a, b;

	client_open(&a);
	client_open(&b);
	entity_make(&a, &low, 0);
	entity_make(&b, &high, 9);
	entity_answer(&a, &low);
	entity_answer(&b, &high);
	entity_begin(&b, &high);
	entity_begin(&a, &low);
	CHECK_EQ(gate_of(&low), XSCHED_GATE_HELD);
	MUST(kill(daemon_pid(), sig));
	fd.fd = a.sock;
	CHECK_EQ(poll(&fd, 1, 5000), 1);
	if (sig == SIGKILL)
		return;		/* the gate is the process's to open */
	h = (void *)a.control;
	CHECK_EQ(gate_of(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(h->flags, XSCHED_CONTROL_DETACHED);
}

static const int sigterm = SIGTERM, sigkill = SIGKILL;

static const struct ktap_test serving[] = {
	{ "attach", attach, NULL },
	{ "segments are sealed", seals, NULL },
	{ "alone: open, and nothing to tell", alone, NULL },
	{ "two priorities: every gate has changed when the kick returns", turns, NULL },
	{ "agent ring and event pipe", ring, NULL },
	{ "futex wait on a gate", waiting, NULL },
	{ "regions grow", growth, NULL },
	{ "sizes of structs", sizes, NULL },
	{ "values", values, NULL },
	{ "malformed and oversized messages", nonsense, NULL },
	{ "random messages", fuzz, NULL },
	{ "who reads no replies", deaf, NULL },
	{ "ids of another process", foreign_ids, NULL },
	{ "another user", other_user, NULL },
	{ "control plane", control, NULL },
	{ "control plane: random requests", control_fuzz, NULL },
	{ "kill -9 of the one that runs, 50 times", client_killed, NULL },
	{ "an inherited socket", inherited, NULL },
	{ "garbage in gates and counters, holes in segments", garbage, NULL },
	{ "nodes of devices", nodes, NULL },
	{ "descriptors that nobody wants", unwanted, NULL },
	{ "1,000 clients", many_clients, NULL },
	{ "per-user limit of entities", quota, NULL },
};

static const struct ktap_test few[] = {
	{ "a user who takes all descriptors that he may", few_descriptors, NULL },
	{ "no descriptor left", out_of_descriptors, NULL },
};

static const struct ktap_test term[] = { { "SIGTERM opens all gates", ends, &sigterm } };
static const struct ktap_test died[] = { { "SIGKILL hangs up", ends, &sigkill } };

static const struct suite {
	const char *name;
	const struct ktap_test *tests;
	int n;
} groups[] = {
	{ "serving", serving, ARRAY_SIZE(serving) },
	{ "few", few, ARRAY_SIZE(few) },
	{ "term", term, ARRAY_SIZE(term) },
	{ "kill", died, ARRAY_SIZE(died) },
};

int main(int argc, char **argv)
{
	const struct suite *g = groups;
	int i;

	while (argc > 1 && g < groups + ARRAY_SIZE(groups) && strcmp(g->name, argv[1]))
		g++;
	if (argc != 2 || g == groups + ARRAY_SIZE(groups)) {
		fprintf(stderr, "usage: xschedd_peers serving|few|term|kill; see xschedd_test.sh\n");
		return 2;
	}
	ktap_begin(argv[0], g->n);
	for (i = 0; i < g->n; i++)
		ktap_case(g->tests[i].name, g->tests[i].run, g->tests[i].arg);
	return ktap_end();
}
