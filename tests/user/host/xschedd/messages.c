// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Messages of every size and content, and who reads no answers.
 * A part of xschedd_peers.c.
 */

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
