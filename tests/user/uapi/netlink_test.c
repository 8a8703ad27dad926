// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The control plane: what a dump shows, single objects, and who may set what.
 */
#include <sched.h>

#include "genl.h"

/* One of the objects in a dump, by its id. */
struct find {
	int id_attr;
	uint32_t id;
	int found;
	uint32_t value[XSCHED_A_MAX + 1];	/* of attributes of 4 bytes */
	uint64_t wide[XSCHED_A_MAX + 1];	/* of 8 bytes */
	char comm[64];
};

static void find_one(struct nlattr **attrs, void *data)
{
	struct find *f = data;
	int i;

	if (genl_u32(attrs[f->id_attr]) != f->id)
		return;
	f->found++;
	for (i = 1; i <= XSCHED_A_MAX; i++) {
		if (attrs[i] && attrs[i]->nla_len == NLA_HDRLEN + 4)
			memcpy(&f->value[i], genl_data(attrs[i]), 4);
		if (attrs[i] && attrs[i]->nla_len == NLA_HDRLEN + 8)
			memcpy(&f->wide[i], genl_data(attrs[i]), 8);
	}
	if (attrs[XSCHED_A_CLIENT_COMM])
		snprintf(f->comm, sizeof(f->comm), "%s",
			 (char *)genl_data(attrs[XSCHED_A_CLIENT_COMM]));
}

static struct find find(uint8_t cmd, int id_attr, uint32_t id)
{
	struct find f = { .id_attr = id_attr, .id = id };
	struct genl g;

	genl_open(&g);
	CHECK_EQ(genl_dump(&g, cmd, find_one, &f), 0);
	genl_close(&g);
	CHECK_LE(f.found, 1);
	return f;
}

static void client_shows(const void *data)
{
	struct player p;
	struct find f;

	(void)data;
	player_open(&p, 0);
	f = find(XSCHED_CMD_CLIENT_GET, XSCHED_A_CLIENT_ID, p.c.id);
	CHECK_EQ(f.found, 1);
	CHECK_EQ(f.value[XSCHED_A_CLIENT_PID], getpid());
	CHECK_EQ(f.value[XSCHED_A_CLIENT_UID], getuid());
	CHECK(!strcmp(f.comm, "netlink_test"));
	MUST(close(p.c.fd));
	CHECK_EQ(find(XSCHED_CMD_CLIENT_GET, XSCHED_A_CLIENT_ID, p.c.id).found, 0);
}

static void entity_shows(const void *data)
{
	struct player p, rival;
	struct find f;

	(void)data;
	player_open(&p, -3);
	player_open(&rival, 0);
	go_idle(&p);
	go_idle(&rival);
	launch(&rival, 1);
	want(&p);
	f = find(XSCHED_CMD_ENTITY_GET, XSCHED_A_ENTITY_ID, p.e.id);
	CHECK_EQ(f.found, 1);
	CHECK_EQ(f.value[XSCHED_A_DEVICE_ID], p.e.device);
	CHECK_EQ(f.value[XSCHED_A_CLIENT_ID], p.c.id);
	CHECK_EQ(f.value[XSCHED_A_CLIENT_PID], getpid());
	CHECK_EQ(f.value[XSCHED_A_ENTITY_GATE], XSCHED_GATE_HELD);
	CHECK_EQ(f.value[XSCHED_A_ENTITY_STATE], XSCHED_STATE_READY);
	CHECK_EQ((int32_t)f.value[XSCHED_A_ENTITY_PRIORITY], -3);
	CHECK_EQ(f.value[XSCHED_A_ENTITY_LEVEL], XSCHED_LEVEL_BLOCK);
}

static void queue_shows(const void *data)
{
	struct player p;
	struct find f;

	(void)data;
	player_open(&p, 0);
	STORE(p.q.st->submitted, 7);
	STORE(p.q.st->completed, 3);
	STORE(p.q.st->pending, 2);
	f = find(XSCHED_CMD_QUEUE_GET, XSCHED_A_QUEUE_ID, p.q.id);
	CHECK_EQ(f.found, 1);
	CHECK_EQ(f.value[XSCHED_A_ENTITY_ID], p.e.id);
	CHECK_EQ(f.value[XSCHED_A_QUEUE_PLATFORM], XSCHED_PLATFORM_GENERIC);
	CHECK_EQ(f.value[XSCHED_A_QUEUE_SUBMITTED], 7);
	CHECK_EQ(f.value[XSCHED_A_QUEUE_COMPLETED], 3);
	CHECK_EQ(f.value[XSCHED_A_QUEUE_PENDING], 2);
	CHECK_EQ(f.wide[XSCHED_A_QUEUE_HANDLE], 0xabcd);
}

static void kicks_are_counted(const void *data)
{
	struct player p;
	int i;

	(void)data;
	player_open(&p, 0);
	for (i = 0; i < 25; i++)
		kick(&p);
	CHECK_EQ(find(XSCHED_CMD_CLIENT_GET, XSCHED_A_CLIENT_ID, p.c.id).wide[XSCHED_A_CLIENT_KICKS],
		 25);
}

/* More than one message holds: each is in it once. */
static void long_dump(const void *data)
{
	enum { N = 500 };
	static struct entity e[N];
	struct client c;
	int i, before;

	(void)data;
	before = genl_count(XSCHED_CMD_ENTITY_GET);
	client_open(&c);
	for (i = 0; i < N; i++)
		entity_create(&e[i], &c, 0);
	CHECK_EQ(genl_count(XSCHED_CMD_ENTITY_GET), before + N);
	for (i = 0; i < N; i += 71)
		CHECK_EQ(find(XSCHED_CMD_ENTITY_GET, XSCHED_A_ENTITY_ID, e[i].id).found, 1);
}

static int get_one(uint8_t cmd, int id_attr, uint32_t id)
{
	struct find f = { .id_attr = id_attr, .id = id };
	struct genl_msg m;
	struct genl g;
	int ret;

	genl_open(&g);
	genl_begin(&g, &m, g.family, cmd, 0);
	genl_put_u32(&m, id_attr, id);
	ret = genl_ask(&g, &m, find_one, &f);
	genl_close(&g);
	CHECK_EQ(f.found, !ret);
	return ret;
}

static void one_by_id(const void *data)
{
	struct player p;

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(get_one(XSCHED_CMD_CLIENT_GET, XSCHED_A_CLIENT_ID, p.c.id), 0);
	CHECK_EQ(get_one(XSCHED_CMD_ENTITY_GET, XSCHED_A_ENTITY_ID, p.e.id), 0);
	CHECK_EQ(get_one(XSCHED_CMD_QUEUE_GET, XSCHED_A_QUEUE_ID, p.q.id), 0);
	CHECK_EQ(get_one(XSCHED_CMD_DEVICE_GET, XSCHED_A_DEVICE_ID, p.e.device), 0);
	CHECK_EQ(get_one(XSCHED_CMD_CLIENT_GET, XSCHED_A_CLIENT_ID, 0), -ENOENT);
	CHECK_EQ(get_one(XSCHED_CMD_ENTITY_GET, XSCHED_A_ENTITY_ID, INT32_MAX), -ENOENT);
	CHECK_EQ(get_one(XSCHED_CMD_QUEUE_GET, XSCHED_A_QUEUE_ID, ~0u), -ENOENT);
	CHECK_EQ(get_one(XSCHED_CMD_DEVICE_GET, XSCHED_A_DEVICE_ID, ~0u), -ENOENT);
}

static int hint_of(int id_attr, uint32_t id, uint32_t kind, int64_t value)
{
	struct genl_msg m;
	struct genl g;
	int ret;

	genl_open(&g);
	genl_begin(&g, &m, g.family, XSCHED_CMD_HINT_SET, 0);
	genl_put_u32(&m, id_attr, id);
	genl_put_u32(&m, XSCHED_A_HINT_KIND, kind);
	genl_put(&m, XSCHED_A_HINT_VALUE, &value, sizeof(value));
	ret = genl_ask(&g, &m, NULL, NULL);
	genl_close(&g);
	return ret;
}

static int64_t priority_of(const struct player *p)
{
	struct xsched_hint a = {
		.size = sizeof(a), .entity_id = p->e.id, .kind = XSCHED_HINT_PRIORITY,
	};

	CHECK_EQ(call(p->c.fd, XSCHED_HINT_GET, &a), 0);
	return a.value;
}

static void hints(const void *data)
{
	struct player p;

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, p.e.id, XSCHED_HINT_PRIORITY, 42), 0);
	CHECK_EQ(priority_of(&p), 42);
	CHECK_EQ(hint_of(XSCHED_A_CLIENT_PID, getpid(), XSCHED_HINT_PRIORITY, -42), 0);
	CHECK_EQ(priority_of(&p), -42);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, p.e.id, XSCHED_HINT_PRIORITY, 256), -EINVAL);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, p.e.id, 99, 0), -EOPNOTSUPP);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, INT32_MAX, XSCHED_HINT_PRIORITY, 0), -ENOENT);
	CHECK_EQ(hint_of(XSCHED_A_CLIENT_PID, 1, XSCHED_HINT_PRIORITY, 0), -ENOENT);
	CHECK_EQ(priority_of(&p), -42);
}

/* A hint by an operator moves gates as the process's own would. */
static void hint_moves_gates(const void *data)
{
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	player_open(&b, 1);
	go_idle(&a);
	go_idle(&b);
	want(&a);
	want(&b);
	CHECK_EQ(gate(&a), XSCHED_GATE_HELD);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, a.e.id, XSCHED_HINT_PRIORITY, 2), 0);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&b), XSCHED_GATE_HELD);
}

static int shut_down(void)
{
	struct genl_msg m;
	struct genl g;
	int ret;

	genl_open(&g);
	genl_begin(&g, &m, g.family, XSCHED_CMD_SHUTDOWN, 0);
	ret = genl_ask(&g, &m, NULL, NULL);
	genl_close(&g);
	return ret;
}

static void policy(const void *data)
{
	struct player high, low;

	(void)data;
	if (geteuid())
		SKIP("needs root, to set a policy");
	player_open(&high, 10);
	player_open(&low, 0);
	go_idle(&high);
	go_idle(&low);
	launch(&high, 1);
	want(&low);
	CHECK_EQ(genl_set_policy(low.e.device, "no such policy"), -EINVAL);
	CHECK_EQ(genl_set_policy(INT32_MAX, "none"), -ENOENT);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	/* Under none all run, and nobody has to say anything. */
	CHECK_EQ(genl_set_policy(low.e.device, "none"), 0);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(LOAD(low.e.ctl->notify), 0);
	CHECK_EQ(LOAD(high.e.ctl->notify), 0);
	CHECK_EQ(genl_set_policy(low.e.device, "hpf"), 0);
	CHECK(LOAD(low.e.ctl->notify) & XSCHED_NOTIFY_TRACK);
	ack(&high);
	ack(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(gate(&high), XSCHED_GATE_OPEN);
}

static void as_another_user(void *data)
{
	struct player *root = data, mine;

	become(OTHER_UID);
	/* Like ps, listings are for everybody. */
	CHECK_EQ(get_one(XSCHED_CMD_ENTITY_GET, XSCHED_A_ENTITY_ID, root->e.id), 0);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, root->e.id, XSCHED_HINT_PRIORITY, -200), -EPERM);
	CHECK_EQ(hint_of(XSCHED_A_CLIENT_PID, getppid(), XSCHED_HINT_PRIORITY, -200), -EPERM);
	CHECK_EQ(genl_set_policy(root->e.device, "none"), -EPERM);
	CHECK_EQ(shut_down(), -EPERM);
	player_open(&mine, 0);
	CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, mine.e.id, XSCHED_HINT_PRIORITY, 9), 0);
	CHECK_EQ(priority_of(&mine), 9);
	/* Nor does he become an operator by being root among his own. */
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		CHECK_EQ(genl_set_policy(root->e.device, "none"), -EPERM);
		CHECK_EQ(hint_of(XSCHED_A_ENTITY_ID, root->e.id, XSCHED_HINT_PRIORITY, 0), -EPERM);
		CHECK_EQ(shut_down(), -EPERM);
	}
}

static void permissions(const void *data)
{
	struct player p;

	(void)data;
	if (geteuid())
		SKIP("needs root, to be two users");
	player_open(&p, 5);
	join(start(as_another_user, &p));
	CHECK_EQ(priority_of(&p), 5);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
}

static const struct ktap_test tests[] = {
	{ "a client in a dump", client_shows, NULL },
	{ "an entity in a dump", entity_shows, NULL },
	{ "a queue in a dump", queue_shows, NULL },
	{ "kicks are counted", kicks_are_counted, NULL },
	{ "a dump of 500", long_dump, NULL },
	{ "one object by id", one_by_id, NULL },
	{ "hints by entity and by process", hints, NULL },
	{ "a hint moves gates", hint_moves_gates, NULL },
	{ "policy of a device", policy, NULL },
	{ "another user", permissions, NULL },
};

KTAP_MAIN(tests)
