// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Ids that aren't the caller's: never used, dead, of the wrong kind, or somebody
 * else's. All of them look alike, to every command.
 */
#include "client.h"

static void no_entity(int fd, uint32_t id)
{
	struct xsched_hint h = { .size = sizeof(h), .entity_id = id, .kind = XSCHED_HINT_PRIORITY };
	struct xsched_queue_create q = queue_args(id);
	struct xsched_wait w = { .size = sizeof(w), .entity_id = id, .epoch = ~0u };

	CHECK_EQ(destroy(fd, XSCHED_ENTITY_DESTROY, id), -ENOENT);
	CHECK_EQ(call(fd, XSCHED_QUEUE_CREATE, &q), -ENOENT);
	CHECK_EQ(kick_id(fd, id), -ENOENT);
	CHECK_EQ(call(fd, XSCHED_HINT_SET, &h), -ENOENT);
	CHECK_EQ(call(fd, XSCHED_HINT_GET, &h), -ENOENT);
	if (id)
		CHECK_EQ(call(fd, XSCHED_WAIT, &w), -ENOENT);
}

static void no_queue(int fd, uint32_t id)
{
	CHECK_EQ(destroy(fd, XSCHED_QUEUE_DESTROY, id), -ENOENT);
}

static void never_used(const void *data)
{
	static const uint32_t ids[] = { 0, INT32_MAX, 1U << 31, ~0u };
	struct player p;
	size_t i;

	(void)data;
	player_open(&p, 0);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		no_entity(p.c.fd, ids[i]);
		no_queue(p.c.fd, ids[i]);
	}
}

static void dead(const void *data)
{
	struct player p;
	struct queue second;

	(void)data;
	player_open(&p, 0);
	queue_create(&second, &p.e);
	CHECK_EQ(destroy(p.c.fd, XSCHED_QUEUE_DESTROY, p.q.id), 0);
	no_queue(p.c.fd, p.q.id);
	CHECK_EQ(destroy(p.c.fd, XSCHED_ENTITY_DESTROY, p.e.id), 0);
	no_entity(p.c.fd, p.e.id);
	/* An entity takes its queues along. */
	no_queue(p.c.fd, second.id);
}

/* A late call with an old id must not meet a new object. */
static void not_used_again_soon(const void *data)
{
	struct player p;
	struct entity e;
	struct queue q;
	uint32_t entity, queue;
	int i;

	(void)data;
	player_open(&p, 0);
	entity = p.e.id;
	queue = p.q.id;
	CHECK_EQ(destroy(p.c.fd, XSCHED_ENTITY_DESTROY, entity), 0);
	for (i = 0; i < 20; i++) {
		entity_create(&e, &p.c, 0);
		queue_create(&q, &e);
		CHECK_NE(e.id, entity);
		CHECK_NE(q.id, queue);
		CHECK_EQ(destroy(p.c.fd, XSCHED_ENTITY_DESTROY, e.id), 0);
	}
	no_entity(p.c.fd, entity);
	no_queue(p.c.fd, queue);
}

/* Ids of kinds that coincide by number are still of their kind. */
static void wrong_kind(const void *data)
{
	struct player p;
	struct entity e[50];
	size_t i;

	(void)data;
	player_open(&p, 0);
	for (i = 0; i < ARRAY_SIZE(e); i++)
		entity_create(&e[i], &p.c, 0);
	for (i = 0; i < ARRAY_SIZE(e); i++)
		if (e[i].id != p.q.id)
			no_queue(p.c.fd, e[i].id);
	if (p.q.id != p.e.id && (p.q.id < e[0].id || p.q.id > e[ARRAY_SIZE(e) - 1].id))
		no_entity(p.c.fd, p.q.id);
}

/* KICK takes its id as a long; no bit of it is dropped. */
static void kick_with_high_bits(const void *data)
{
	struct player p;

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(kick_id(p.c.fd, p.e.id), 0);
	if (sizeof(long) > 4) {
		CHECK_EQ(kick_id(p.c.fd, p.e.id | 1UL << (sizeof(long) * 4)), -ENOENT);
		CHECK_EQ(kick_id(p.c.fd, p.e.id | 1UL << (sizeof(long) * 8 - 1)), -ENOENT);
	}
}

/* Two files of one process are two strangers. */
static void of_another_file(const void *data)
{
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	player_open(&b, 0);
	no_entity(a.c.fd, b.e.id);
	no_queue(a.c.fd, b.q.id);
	no_entity(b.c.fd, a.e.id);
	no_queue(b.c.fd, a.q.id);
}

static void attack(struct player *victim)
{
	struct client c;
	uint32_t id;

	client_open(&c);
	for (id = 1; id < victim->e.id + 10; id++)
		no_entity(c.fd, id);
	for (id = 1; id < victim->q.id + 10; id++)
		no_queue(c.fd, id);
	CHECK_GE(victim->e.id, 1);
}

static void from_another_process(void *victim)
{
	attack(victim);
}

static void from_another_user(void *victim)
{
	become(OTHER_UID);
	attack(victim);
}

static void defend(void (*from)(void *))
{
	struct player victim;

	player_open(&victim, 0);
	join(start(from, &victim));
	/* All of it is still there. */
	CHECK_EQ(set_hint(victim.c.fd, victim.e.id, XSCHED_HINT_PRIORITY, 3), 0);
	CHECK_EQ(kick_id(victim.c.fd, victim.e.id), 0);
	CHECK_EQ(destroy(victim.c.fd, XSCHED_QUEUE_DESTROY, victim.q.id), 0);
	CHECK_EQ(destroy(victim.c.fd, XSCHED_ENTITY_DESTROY, victim.e.id), 0);
}

static void of_another_process(const void *data)
{
	(void)data;
	defend(from_another_process);
}

static void of_another_user(const void *data)
{
	(void)data;
	if (geteuid())
		SKIP("needs root, to be two users");
	defend(from_another_user);
}

/* A descriptor that root opened serves nobody else, and itself only root. */
static void use_inherited(void *data)
{
	struct player *p = data;

	become(OTHER_UID);
	CHECK_EQ(kick_id(p->c.fd, p->e.id), -EPERM);
	CHECK_EQ(destroy(p->c.fd, XSCHED_QUEUE_DESTROY, p->q.id), -EPERM);
}

static void inherited_by_another_user(const void *data)
{
	struct player p;

	(void)data;
	if (geteuid())
		SKIP("needs root, to be two users");
	player_open(&p, 0);
	join(start(use_inherited, &p));
	CHECK_EQ(kick_id(p.c.fd, p.e.id), 0);
}

static const struct ktap_test tests[] = {
	{ "never used", never_used, NULL },
	{ "dead", dead, NULL },
	{ "not used again soon", not_used_again_soon, NULL },
	{ "of the wrong kind", wrong_kind, NULL },
	{ "KICK with high bits set", kick_with_high_bits, NULL },
	{ "of another file of the same process", of_another_file, NULL },
	{ "of another process", of_another_process, NULL },
	{ "of another user", of_another_user, NULL },
	{ "descriptor inherited by another user", inherited_by_another_user, NULL },
};

KTAP_MAIN(tests)
