// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Clients that die, that pass on what they have, that write nonsense, and very many of them.
 * A part of xschedd_peers.c.
 */

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
