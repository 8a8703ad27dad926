// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which commands exist, when they may be called, and bad pointers.
 */
#include "commands.h"

static void unknown_numbers(const void *data)
{
	char arg[256] = { [0] = 64 };
	struct player p;
	int nr;

	(void)data;
	player_open(&p, 0);
	for (nr = _IOC_NR(XSCHED_GANG) + 1; nr < 256; nr++)
		CHECK_EQ(call(p.c.fd, _IO(XSCHED_IOC_TYPE, nr), arg), -ENOTTY);
	for (nr = 0; nr <= (int)_IOC_NR(XSCHED_GANG); nr++) {
		CHECK_EQ(call(p.c.fd, _IO(XSCHED_IOC_TYPE + 1, nr), arg), -ENOTTY);
		CHECK_EQ(call(p.c.fd, _IOWR(XSCHED_IOC_TYPE, nr, struct xsched_hint), arg), -ENOTTY);
		CHECK_EQ(call(p.c.fd, _IOR(XSCHED_IOC_TYPE, nr, int), arg), -ENOTTY);
	}
}

static void bad_pointers(const void *data)
{
	const struct command *c = data;
	struct player p;
	union arg arg;
	int fd = command_prepare(c, &p, &arg);

	CHECK_EQ(call(fd, c->number, NULL), -EFAULT);
	CHECK_EQ(call(fd, c->number, (void *)8), -EFAULT);
	CHECK_EQ(call(fd, c->number, (void *)-4096L), -EFAULT);
	CHECK_EQ(call(fd, c->number, (void *)(1UL << 63)), -EFAULT);
}

/* A reply that can't be delivered: as if the call had not been made. */
static void read_only_argument(const void *data)
{
	const struct command *c = data;
	struct player p;
	union arg arg;
	int fd = command_prepare(c, &p, &arg), ret;
	void *page = MUST(mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	memcpy(page, &arg, c->size);
	MUST(mprotect(page, page_size(), PROT_READ));
	ret = call(fd, c->number, page);
	/* What replies nothing needn't find out. */
	if (ret)
		CHECK_EQ(ret, -EFAULT);
	if (ret || c->number == XSCHED_HINT_SET)
		CHECK_EQ(call(fd, c->number, &arg), 0);
}

static void before_attach(const void *data)
{
	const struct command *c = data;
	struct player p;
	union arg arg;
	int fd = command_prepare(c, &p, &arg);

	if (!c->before_attach)
		fd = node_open();
	CHECK_EQ(call(fd, c->number, &arg), c->before_attach ? 0 : -ENOTCONN);
}

static void kick_and_mmap_before_attach(const void *data)
{
	int fd = node_open();

	(void)data;
	CHECK_EQ(kick_id(fd, 1), -ENOTCONN);
	MUST_FAIL(mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0), ENOTCONN);
}

static void attach_twice(const void *data)
{
	struct xsched_attach a = { .size = sizeof(a) };
	struct client c;

	(void)data;
	client_open(&c);
	CHECK_EQ(call(c.fd, XSCHED_ATTACH, &a), -EALREADY);
	/* The first one holds. */
	CHECK_EQ(LOAD(c.control->flags), 0);
	CHECK_EQ(kick_id(c.fd, 1), -ENOENT);
}

static void query(const void *data)
{
	struct xsched_query q = { .size = sizeof(q) }, again = q;
	struct client c;

	(void)data;
	c.fd = node_open();
	CHECK_EQ(call(c.fd, XSCHED_QUERY, &q), 0);
	CHECK_EQ(q.features, XSCHED_FEAT_ALL);
	CHECK_EQ(q.abi, XSCHED_ABI_VERSION);
	CHECK_EQ(q.flags, 0);
	CHECK_GE(q.max_clients, 1);
	CHECK_GE(q.max_entities, 1);
	CHECK_GE(q.max_queues, 1);
	client_attach(&c, c.fd);
	CHECK_EQ(call(c.fd, XSCHED_QUERY, &again), 0);
	CHECK_EQ(memcmp(&q, &again, sizeof(q)), 0);
}

static void attach_reply(const void *data)
{
	struct client a, b;

	(void)data;
	client_open(&a);
	client_open(&b);
	CHECK_GE(a.id, 1);
	CHECK_GE(b.id, 1);
	CHECK_NE(a.id, b.id);
	CHECK_EQ(a.control_offset % page_size(), 0);
	CHECK_EQ(a.status_offset % page_size(), 0);
	CHECK_NE(a.control_offset, a.status_offset);
	CHECK_EQ(a.control->magic, XSCHED_CONTROL_MAGIC);
	CHECK_EQ(a.control->abi, XSCHED_ABI_VERSION);
	CHECK_EQ(a.control->flags, 0);
	CHECK_EQ(a.control->ring_tail, 0);
	CHECK_EQ(a.status->ring_head, 0);
}

/* Closing one descriptor is the end; the other one says so. */
static void after_detach(const void *data)
{
	const struct command *c = data;
	struct player p;
	union arg arg;
	int fd = command_prepare(c, &p, &arg), copy = MUST(dup(fd));

	if (c->before_attach)
		client_attach(&p.c, fd);
	MUST(close(fd));
	CHECK_EQ(call(copy, c->number, &arg), c->number == XSCHED_QUERY ? 0 : -ENODEV);
	CHECK_EQ(kick_id(copy, p.e.id), -ENODEV);
	MUST_FAIL(mmap(NULL, page_size(), PROT_READ, MAP_SHARED, copy, 0), ENODEV);
}

static void foreign_process(void *data)
{
	const struct command *c = data;
	struct player p;
	union arg arg;
	int fd = command_prepare(c, &p, &arg);
	pid_t pid = MUST(fork());

	if (!pid) {
		CHECK_EQ(call(fd, c->number, &arg), -EPERM);
		CHECK_EQ(kick_id(fd, p.e.id), -EPERM);
		MUST_FAIL(mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0), EPERM);
		_exit(KTAP_PASS);
	}
	join(pid);
	CHECK_EQ(call(fd, c->number, &arg), 0);
}

static void not_the_opener(const void *data)
{
	foreign_process((void *)data);
}

static const struct ktap_test single[] = {
	{ "unknown numbers, types and directions", unknown_numbers, NULL },
	{ "QUERY tells features and limits", query, NULL },
	{ "ATTACH replies with an id and two regions", attach_reply, NULL },
	{ "ATTACH twice", attach_twice, NULL },
	{ "KICK and mmap before ATTACH", kick_and_mmap_before_attach, NULL },
};

static const struct ktap_test each[] = {
	{ "bad pointers", bad_pointers, NULL },
	{ "read-only argument", read_only_argument, NULL },
	{ "before ATTACH", before_attach, NULL },
	{ "after the end", after_detach, NULL },
	{ "from another process", not_the_opener, NULL },
};

int main(int argc, char **argv)
{
	char name[80];
	size_t c, k;

	(void)argc;
	ktap_begin(argv[0], ARRAY_SIZE(single) + N_COMMANDS * ARRAY_SIZE(each));
	for (k = 0; k < ARRAY_SIZE(single); k++)
		ktap_case(single[k].name, single[k].run, NULL);
	for (c = 0; c < N_COMMANDS; c++)
		for (k = 0; k < ARRAY_SIZE(each); k++) {
			snprintf(name, sizeof(name), "%s: %s", commands[c].name, each[k].name);
			ktap_case(name, each[k].run, &commands[c]);
		}
	return ktap_end();
}
