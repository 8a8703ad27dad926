// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Flags, reserved fields and values, at both ends of every range and beyond.
 */
#include "commands.h"

/* A value for a 4-byte field of a command's struct. */
struct row {
	const char *name;
	unsigned long command;
	size_t offset;
	long value;
	int ret;
};

#define F(type, field)	offsetof(struct xsched_##type, field)

static const struct row rows[] = {
	{ "QUERY: flags", XSCHED_QUERY, F(query, flags), 1, -EINVAL },
	{ "ATTACH: flags", XSCHED_ATTACH, F(attach, flags), 1, -EINVAL },
	{ "ATTACH: reserved", XSCHED_ATTACH, F(attach, __reserved), 1, -EINVAL },

	{ "ENTITY_CREATE: flags, known", XSCHED_ENTITY_CREATE, F(entity_create, flags),
	  XSCHED_ENTITY_F_ALL, 0 },
	{ "ENTITY_CREATE: flags, unknown", XSCHED_ENTITY_CREATE, F(entity_create, flags),
	  XSCHED_ENTITY_F_ALL + 1, -EINVAL },
	{ "ENTITY_CREATE: flags, highest bit", XSCHED_ENTITY_CREATE, F(entity_create, flags),
	  1U << 31, -EINVAL },
	{ "ENTITY_CREATE: reserved", XSCHED_ENTITY_CREATE, F(entity_create, __reserved), 1, -EINVAL },
	{ "ENTITY_CREATE: class 0", XSCHED_ENTITY_CREATE, F(entity_create, dev_class), 0, -EINVAL },
	{ "ENTITY_CREATE: class CPU", XSCHED_ENTITY_CREATE, F(entity_create, dev_class),
	  XSCHED_CLASS_CPU, 0 },
	{ "ENTITY_CREATE: class FPGA", XSCHED_ENTITY_CREATE, F(entity_create, dev_class),
	  XSCHED_CLASS_FPGA, 0 },
	{ "ENTITY_CREATE: class MCA", XSCHED_ENTITY_CREATE, F(entity_create, dev_class),
	  XSCHED_CLASS_MCA, 0 },
	{ "ENTITY_CREATE: class 7", XSCHED_ENTITY_CREATE, F(entity_create, dev_class), 7, -EINVAL },
	{ "ENTITY_CREATE: class -1", XSCHED_ENTITY_CREATE, F(entity_create, dev_class), -1, -EINVAL },
	{ "ENTITY_CREATE: priority 255", XSCHED_ENTITY_CREATE, F(entity_create, priority), 255, 0 },
	{ "ENTITY_CREATE: priority 256", XSCHED_ENTITY_CREATE, F(entity_create, priority), 256,
	  -EINVAL },
	{ "ENTITY_CREATE: priority -255", XSCHED_ENTITY_CREATE, F(entity_create, priority), -255, 0 },
	{ "ENTITY_CREATE: priority -256", XSCHED_ENTITY_CREATE, F(entity_create, priority), -256,
	  -EINVAL },
	{ "ENTITY_CREATE: node_fd -2", XSCHED_ENTITY_CREATE, F(entity_create, node_fd), -2, -EINVAL },
	{ "ENTITY_CREATE: node_fd not open", XSCHED_ENTITY_CREATE, F(entity_create, node_fd), 900,
	  -EBADF },

	{ "ENTITY_DESTROY: flags", XSCHED_ENTITY_DESTROY, F(destroy, flags), 1, -EINVAL },
	{ "ENTITY_DESTROY: reserved", XSCHED_ENTITY_DESTROY, F(destroy, __reserved), 1, -EINVAL },
	{ "QUEUE_DESTROY: flags", XSCHED_QUEUE_DESTROY, F(destroy, flags), 1, -EINVAL },
	{ "QUEUE_DESTROY: reserved", XSCHED_QUEUE_DESTROY, F(destroy, __reserved), 1, -EINVAL },

	{ "QUEUE_CREATE: flags, known", XSCHED_QUEUE_CREATE, F(queue_create, flags),
	  XSCHED_QUEUE_F_ALL, 0 },
	{ "QUEUE_CREATE: flags, unknown", XSCHED_QUEUE_CREATE, F(queue_create, flags),
	  XSCHED_QUEUE_F_ALL + 1, -EINVAL },
	{ "QUEUE_CREATE: platform 0", XSCHED_QUEUE_CREATE, F(queue_create, platform), 0, -EINVAL },
	{ "QUEUE_CREATE: platform VPI", XSCHED_QUEUE_CREATE, F(queue_create, platform),
	  XSCHED_PLATFORM_VPI, 0 },
	{ "QUEUE_CREATE: platform GENERIC", XSCHED_QUEUE_CREATE, F(queue_create, platform),
	  XSCHED_PLATFORM_GENERIC, 0 },
	{ "QUEUE_CREATE: platform after the last", XSCHED_QUEUE_CREATE,
	  F(queue_create, platform), XSCHED_PLATFORM_GENERIC + 1, -EINVAL },
	{ "QUEUE_CREATE: level 0", XSCHED_QUEUE_CREATE, F(queue_create, level), 0, -EINVAL },
	{ "QUEUE_CREATE: level 1", XSCHED_QUEUE_CREATE, F(queue_create, level), 1, 0 },
	{ "QUEUE_CREATE: level 3", XSCHED_QUEUE_CREATE, F(queue_create, level), 3, 0 },
	{ "QUEUE_CREATE: level 4", XSCHED_QUEUE_CREATE, F(queue_create, level), 4, -EINVAL },

	{ "WAIT: flags", XSCHED_WAIT, F(wait, flags), 1, -EINVAL },
	{ "WAIT: reserved", XSCHED_WAIT, F(wait, __reserved), 1, -EINVAL },
	{ "HINT_SET: flags", XSCHED_HINT_SET, F(hint, flags), 1, -EINVAL },
	{ "HINT_SET: kind 0", XSCHED_HINT_SET, F(hint, kind), 0, -EOPNOTSUPP },
	{ "HINT_SET: kind after the last", XSCHED_HINT_SET, F(hint, kind), XSCHED_HINT_MAX_KIND + 1,
	  -EOPNOTSUPP },
	{ "HINT_GET: flags", XSCHED_HINT_GET, F(hint, flags), 1, -EINVAL },
	{ "HINT_GET: kind 0", XSCHED_HINT_GET, F(hint, kind), 0, -EOPNOTSUPP },
	{ "HINT_GET: kind after the last", XSCHED_HINT_GET, F(hint, kind), XSCHED_HINT_MAX_KIND + 1,
	  -EOPNOTSUPP },
	{ "HINT_GET: kind -1", XSCHED_HINT_GET, F(hint, kind), -1, -EOPNOTSUPP },
};

static const struct command *command_by_number(unsigned long number)
{
	size_t i;

	for (i = 0; commands[i].number != number; i++)
		;
	return &commands[i];
}

static void field(const void *data)
{
	const struct row *row = data;
	const struct command *c = command_by_number(row->command);
	uint32_t value = (uint32_t)row->value;
	struct player p;
	union arg arg;
	int fd = command_prepare(c, &p, &arg);

	memcpy(arg.bytes + row->offset, &value, sizeof(value));
	CHECK_EQ(call(fd, c->number, &arg), row->ret);
	/* What was refused changed nothing, so that the right call works. */
	if (row->ret) {
		memset(&arg, 0, sizeof(arg));
		c->fill(&arg, &p);
		arg.head.size = c->size;
		CHECK_EQ(call(fd, c->number, &arg), 0);
	}
}

static void names(const void *data)
{
	static const struct {
		char name[XSCHED_NAME_LEN];
		int ret;
	} tries[] = {
		{ "", 0 },
		{ "a", 0 },
		{ "Radeon (TM) ~ 0", 0 },
		{ "1234567890123456789012345678901", 0 },
		{ "12345678901234567890123456789012", -EINVAL },
		{ "two\nlines", -EINVAL },
		{ "\033[31mred", -EINVAL },
		{ "del\177", -EINVAL },
		{ "caf\303\251", -EINVAL },
	};
	struct xsched_entity_create a;
	struct client c;
	size_t i;

	(void)data;
	client_open(&c);
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		a = entity_args(0);
		memcpy(a.name, tries[i].name, sizeof(a.name));
		CHECK_EQ(call(c.fd, XSCHED_ENTITY_CREATE, &a), tries[i].ret);
	}
}

static void expect_node(int fd, int node, int ret)
{
	struct xsched_entity_create a = entity_args(0);

	a.node_fd = node;
	CHECK_EQ(call(fd, XSCHED_ENTITY_CREATE, &a), ret);
}

static void nodes(const void *data)
{
	struct client c;
	int ends[2];

	(void)data;
	client_open(&c);
	expect_node(c.fd, MUST(open("/dev/null", O_RDONLY)), 0);
	expect_node(c.fd, MUST(open("/proc/self/exe", O_RDONLY)), -EOPNOTSUPP);
	expect_node(c.fd, MUST(open("/proc", O_RDONLY)), -EOPNOTSUPP);
	MUST(pipe(ends));
	expect_node(c.fd, ends[0], -EOPNOTSUPP);
	/* Naming a node is not opening it. */
	expect_node(c.fd, MUST(open("/dev/null", O_PATH)), -EBADF);
}

static uint32_t device_of(int fd, uint32_t dev_class, int node)
{
	struct xsched_entity_create a = entity_args(0);

	a.dev_class = dev_class;
	a.node_fd = node;
	CHECK_EQ(call(fd, XSCHED_ENTITY_CREATE, &a), 0);
	return a.device_id;
}

static void devices(const void *data)
{
	int null = MUST(open("/dev/null", O_RDWR)), same = MUST(open("/dev/null", O_RDONLY));
	int zero = MUST(open("/dev/zero", O_RDONLY));
	struct client a, b;

	(void)data;
	client_open(&a);
	client_open(&b);
	/* The node says which device it is, whoever calls it what. */
	CHECK_EQ(device_of(a.fd, XSCHED_CLASS_GPU, null), device_of(b.fd, XSCHED_CLASS_GPU, same));
	CHECK_EQ(device_of(a.fd, XSCHED_CLASS_GPU, null), device_of(b.fd, XSCHED_CLASS_NPU, same));
	CHECK_NE(device_of(a.fd, XSCHED_CLASS_GPU, null), device_of(a.fd, XSCHED_CLASS_GPU, zero));
	/* Without a node: one for all CPUs, one for each user and class. */
	CHECK_EQ(device_of(a.fd, XSCHED_CLASS_CPU, -1), device_of(b.fd, XSCHED_CLASS_CPU, -1));
	CHECK_EQ(device_of(a.fd, XSCHED_CLASS_GPU, -1), device_of(b.fd, XSCHED_CLASS_GPU, -1));
	CHECK_NE(device_of(a.fd, XSCHED_CLASS_GPU, -1), device_of(b.fd, XSCHED_CLASS_NPU, -1));
	CHECK_NE(device_of(a.fd, XSCHED_CLASS_GPU, -1), device_of(b.fd, XSCHED_CLASS_GPU, null));
}

/* A pipe from one user to the other. */
static void tell_devices(void *data)
{
	int *end = data;
	uint32_t ids[3];
	struct client c;

	become(OTHER_UID);
	client_open(&c);
	ids[0] = device_of(c.fd, XSCHED_CLASS_CPU, -1);
	ids[1] = device_of(c.fd, XSCHED_CLASS_GPU, -1);
	ids[2] = device_of(c.fd, XSCHED_CLASS_GPU, MUST(open("/dev/null", O_RDONLY)));
	CHECK_EQ(MUST(write(end[1], ids, sizeof(ids))), (int)sizeof(ids));
}

static void devices_of_users(const void *data)
{
	struct client c;
	uint32_t ids[3];
	int ends[2];

	(void)data;
	client_open(&c);
	MUST(pipe(ends));
	join(start(tell_devices, ends));
	CHECK_EQ(MUST(read(ends[0], ids, sizeof(ids))), (int)sizeof(ids));
	CHECK_EQ(ids[0], device_of(c.fd, XSCHED_CLASS_CPU, -1));
	CHECK_NE(ids[1], device_of(c.fd, XSCHED_CLASS_GPU, -1));
	CHECK_EQ(ids[2], device_of(c.fd, XSCHED_CLASS_GPU, MUST(open("/dev/null", O_RDONLY))));
}

static int64_t get_hint(const struct player *p, uint32_t kind)
{
	struct xsched_hint a = { .size = sizeof(a), .entity_id = p->e.id, .kind = kind, .value = 99 };

	CHECK_EQ(call(p->c.fd, XSCHED_HINT_GET, &a), 0);
	return a.value;
}

struct hint_row {
	const char *name;
	uint32_t kind;
	int64_t min, max, def;
};

static const struct hint_row hints[] = {
	{ "hint PRIORITY", XSCHED_HINT_PRIORITY, -255, 255, 0 },
	{ "hint UTILIZATION", XSCHED_HINT_UTILIZATION, 0, 100, 100 },
	{ "hint TIMESLICE", XSCHED_HINT_TIMESLICE, 100, 10000000, 5000 },
	{ "hint DEADLINE", XSCHED_HINT_DEADLINE, -1, INT64_MAX / 1000, -1 },
	{ "hint LAXITY", XSCHED_HINT_LAXITY, -1, INT64_MAX / 1000, -1 },
	{ "hint LAX_PRIO", XSCHED_HINT_LAX_PRIO, -255, 255, 0 },
	{ "hint CRIT_PRIO", XSCHED_HINT_CRIT_PRIO, -255, 255, 0 },
	{ "hint WINDOW", XSCHED_HINT_WINDOW, 0, 1, 0 },
	{ "hint K", XSCHED_HINT_K, 0, 1000000, 0 },
};

/* A hint that the header has and this table hasn't would go untested. */
_Static_assert(ARRAY_SIZE(hints) == XSCHED_HINT_MAX_KIND, "a row for each hint");

static void hint(const void *data)
{
	const struct hint_row *h = data;
	struct player p;

	player_open(&p, 0);
	CHECK_EQ(get_hint(&p, h->kind), h->def);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, h->kind, h->min), 0);
	CHECK_EQ(get_hint(&p, h->kind), h->min);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, h->kind, h->max), 0);
	CHECK_EQ(get_hint(&p, h->kind), h->max);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, h->kind, h->min - 1), -EINVAL);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, h->kind, INT64_MIN), -EINVAL);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, h->kind, h->max + 1), -EINVAL);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, h->kind, INT64_MAX), -EINVAL);
	CHECK_EQ(get_hint(&p, h->kind), h->max);
}

static void hints_are_apart(const void *data)
{
	struct player a, b;

	(void)data;
	player_open(&a, 7);
	player_open(&b, -7);
	CHECK_EQ(get_hint(&a, XSCHED_HINT_PRIORITY), 7);
	CHECK_EQ(get_hint(&b, XSCHED_HINT_PRIORITY), -7);
	CHECK_EQ(set_hint(a.c.fd, a.e.id, XSCHED_HINT_TIMESLICE, 1000), 0);
	CHECK_EQ(get_hint(&a, XSCHED_HINT_PRIORITY), 7);
	CHECK_EQ(get_hint(&b, XSCHED_HINT_TIMESLICE), 5000);
}

static const struct ktap_test single[] = {
	{ "ENTITY_CREATE: names", names, NULL },
	{ "ENTITY_CREATE: kinds of nodes", nodes, NULL },
	{ "ENTITY_CREATE: which device it is", devices, NULL },
	{ "ENTITY_CREATE: devices of two users", devices_of_users, NULL },
	{ "hints of two entities", hints_are_apart, NULL },
};

int main(int argc, char **argv)
{
	size_t i;

	(void)argc;
	ktap_begin(argv[0], ARRAY_SIZE(rows) + ARRAY_SIZE(hints) + ARRAY_SIZE(single));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		ktap_case(rows[i].name, field, &rows[i]);
	for (i = 0; i < ARRAY_SIZE(hints); i++)
		ktap_case(hints[i].name, hint, &hints[i]);
	for (i = 0; i < ARRAY_SIZE(single); i++)
		ktap_case(single[i].name, single[i].run, single[i].arg);
	return ktap_end();
}
