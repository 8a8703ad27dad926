// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Processes that behave: what they get, and what they are told.
 * A part of xschedd_peers.c.
 */

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
