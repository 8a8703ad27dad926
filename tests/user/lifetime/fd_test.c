// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Descriptors that are copied, passed on and closed: the first close by the
 * owner ends the client, no close by anybody else does.
 */
#include <pthread.h>
#include <sys/socket.h>

#include "victim.h"

static struct player p, rival;

/* An owner whose gate is held, so that letting go shows. */
static void open_held(void)
{
	player_open(&rival, ABOVE);
	player_open(&p, 0);
	go_idle(&rival);
	go_idle(&p);
	launch(&rival, 1);
	want(&p);
	CHECK_EQ(gate(&p), XSCHED_GATE_HELD);
}

static void check_alive(void)
{
	kick(&p);
	CHECK_EQ(gate(&p), XSCHED_GATE_HELD);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
}

/* Through any descriptor that is left. */
static void check_ended(int fd)
{
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	CHECK_EQ(LOAD(p.c.control->flags), XSCHED_CONTROL_DETACHED);
	CHECK(is_alone(&rival));
	CHECK(!client_listed(p.c.id));
	if (fd < 0)
		return;
	CHECK_EQ(kick_id(fd, p.e.id), -ENODEV);
	CHECK(poll_now(fd) & POLLHUP);
}

static void close_dup(const void *data)
{
	int copy;

	(void)data;
	open_held();
	copy = MUST(dup(p.c.fd));
	check_alive();
	MUST(close(copy));
	check_ended(p.c.fd);
	MUST(close(p.c.fd));
}

static void dup_outlives(const void *data)
{
	int copy;

	(void)data;
	open_held();
	copy = MUST(fcntl(p.c.fd, F_DUPFD_CLOEXEC, 500));
	MUST(close(p.c.fd));
	check_ended(copy);
	MUST(close(copy));
}

static void dup2_over(const void *data)
{
	int copy;

	(void)data;
	open_held();
	copy = MUST(dup(p.c.fd));
	MUST(dup2(MUST(open("/dev/null", O_RDWR)), p.c.fd));
	check_ended(copy);
}

static void close_range_all(const void *data)
{
	int keep;

	(void)data;
	open_held();
	/* The rival's may stay. */
	keep = MUST(fcntl(rival.c.fd, F_DUPFD, 900));
	(void)keep;
	MUST(close_range(p.c.fd, p.c.fd, 0));
	check_ended(-1);
	MUST_FAIL(ioctl(p.c.fd, XSCHED_KICK, 1UL), EBADF);
}

/* As daemons and shells do it, all from 3 on. */
static void closefrom_3(const void *data)
{
	uint32_t client, victim;

	(void)data;
	open_held();
	client = rival.c.id;
	victim = p.c.id;
	closefrom(3);
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&rival), XSCHED_GATE_OPEN);
	CHECK(!client_listed(client));
	CHECK(!client_listed(victim));
	/* What is mapped stays mapped: a late launch finds its words. */
	ADD(p.q.st->submitted, 1);
}

/* The number is somebody else's file by now. */
static void number_used_again(const void *data)
{
	int fd;

	(void)data;
	open_held();
	MUST(close(p.c.fd));
	fd = MUST(open("/dev/null", O_RDWR));
	CHECK_EQ(fd, p.c.fd);
	CHECK_EQ(kick_id(fd, p.e.id), -ENOTTY);
	check_ended(-1);
}

/* Before ATTACH there is nothing to end: a runtime may move its descriptor. */
static void close_before_attach(const void *data)
{
	int fd, high;

	(void)data;
	fd = node_open();
	high = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 600));
	MUST(close(fd));
	client_attach(&p.c, high);
	entity_create(&p.e, &p.c, 0);
	CHECK_EQ(kick_id(high, p.e.id), 0);
	MUST(close(high));
	CHECK_EQ(LOAD(p.c.control->flags), XSCHED_CONTROL_DETACHED);
}

static void *close_in_thread(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

static void close_by_thread(const void *data)
{
	pthread_t thread;
	int copy;

	(void)data;
	open_held();
	copy = MUST(dup(p.c.fd));
	CHECK_EQ(pthread_create(&thread, NULL, close_in_thread, &copy), 0);
	pthread_join(thread, NULL);
	check_ended(p.c.fd);
}

static void send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	CHECK_EQ(MUST(sendmsg(to, &m, 0)), 1);
}

static int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int fd;

	CHECK_EQ(MUST(recvmsg(from, &m, 0)), 1);
	c = CMSG_FIRSTHDR(&m);
	CHECK(c && c->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/* A stranger: it has the descriptor by the socket alone. */
struct receiver {
	int socket[2];
	int orders[2];	/* to it: the next step may begin */
	int answers[2];
	pid_t pid;
};

static void await_order(struct receiver *r)
{
	char byte;

	CHECK_EQ(MUST(write(r->answers[1], "", 1)), 1);
	CHECK_EQ(MUST(read(r->orders[0], &byte, 1)), 1);
}

static void receive(void *data)
{
	struct xsched_query q = { .size = sizeof(q) };
	struct xsched_attach a = { .size = sizeof(a) };
	struct receiver *r = data;
	int fd = receive_fd(r->socket[1]);

	CHECK_EQ(call(fd, XSCHED_QUERY, &q), -EPERM);
	CHECK_EQ(call(fd, XSCHED_ATTACH, &a), -EPERM);
	CHECK_EQ(kick_id(fd, p.e.id), -EPERM);
	MUST_FAIL(mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0), EPERM);
	MUST(close(MUST(dup(fd))));
	await_order(r);
	/* Its owner is gone; still it's no use to anybody else. */
	CHECK_EQ(kick_id(fd, p.e.id), -EPERM);
	CHECK(poll_now(fd) & POLLHUP);
	MUST(close(fd));
	await_order(r);
}

static void pass_on(struct receiver *r)
{
	char byte;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, r->socket));
	MUST(pipe(r->orders));
	MUST(pipe(r->answers));
	r->pid = start(receive, r);
	open_held();
	send_fd(r->socket[0], p.c.fd);
	CHECK_EQ(MUST(read(r->answers[0], &byte, 1)), 1);
}

static void go_on(struct receiver *r)
{
	CHECK_EQ(MUST(write(r->orders[1], "", 1)), 1);
}

static void passed_on(const void *data)
{
	struct receiver r;
	char byte;

	(void)data;
	pass_on(&r);
	check_alive();
	MUST(close(p.c.fd));
	check_ended(-1);
	go_on(&r);
	CHECK_EQ(MUST(read(r.answers[0], &byte, 1)), 1);
	go_on(&r);
	join(r.pid);
}

static void receiver_dies(const void *data)
{
	struct receiver r;

	(void)data;
	pass_on(&r);
	kill_and_reap(r.pid);
	check_alive();
	MUST(close(p.c.fd));
	check_ended(-1);
}

/* In flight between two processes: no descriptor anywhere. */
static void in_flight(const void *data)
{
	int ends[2];

	(void)data;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	open_held();
	send_fd(ends[0], p.c.fd);
	check_alive();
	MUST(close(p.c.fd));
	check_ended(-1);
	MUST(close(ends[0]));
	MUST(close(ends[1]));
}

static const struct ktap_test tests[] = {
	{ "closing a dup ends it", close_dup, NULL },
	{ "a dup that outlives", dup_outlives, NULL },
	{ "dup2 over it", dup2_over, NULL },
	{ "close_range", close_range_all, NULL },
	{ "closefrom", closefrom_3, NULL },
	{ "the number is used again", number_used_again, NULL },
	{ "closing before ATTACH", close_before_attach, NULL },
	{ "closing in another thread", close_by_thread, NULL },
	{ "passed on by SCM_RIGHTS", passed_on, NULL },
	{ "passed on, receiver dies", receiver_dies, NULL },
	{ "passed on, never received", in_flight, NULL },
};

KTAP_MAIN(tests)
