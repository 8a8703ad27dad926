// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Limits per user: reached, told by QUERY, counted back, and nobody else's.
 */
#include "client.h"

#define PARAMETERS "/sys/module/xsched/parameters/"

enum limit { CLIENTS, ENTITIES, QUEUES, LIMITS };

static const char *const files[LIMITS] = {
	[CLIENTS]  = PARAMETERS "max_clients",
	[ENTITIES] = PARAMETERS "max_entities",
	[QUEUES]   = PARAMETERS "max_queues",
};

static unsigned int get_limit(enum limit l)
{
	unsigned int value;
	FILE *f = fopen(files[l], "r");

	if (!f)
		SKIP("no %s: load the module", files[l]);
	CHECK_EQ(fscanf(f, "%u", &value), 1);
	fclose(f);
	return value;
}

static void set_limit(enum limit l, unsigned int value)
{
	FILE *f = fopen(files[l], "w");

	if (!f)
		SKIP("needs root, to set %s", files[l]);
	CHECK_GE(fprintf(f, "%u\n", value), 1);
	CHECK_EQ(fclose(f), 0);
}

/* Runs as a user who owns nothing yet, under a limit of 3. */
static void under_limit(enum limit l, void (*run)(void *))
{
	unsigned int before = get_limit(l);
	pid_t pid;
	int status;

	set_limit(l, 3);
	pid = start(run, NULL);
	MUST(waitpid(pid, &status, 0));
	set_limit(l, before);
	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
}

#define QUIET_UID	54321

static int attach(int fd)
{
	struct xsched_attach a = { .size = sizeof(a) };

	return call(fd, XSCHED_ATTACH, &a);
}

static void as_client(void *data)
{
	struct xsched_query q = { .size = sizeof(q) };
	int fd[4], i;

	(void)data;
	become(QUIET_UID);
	for (i = 0; i < 4; i++)
		fd[i] = node_open();
	CHECK_EQ(call(fd[0], XSCHED_QUERY, &q), 0);
	CHECK_EQ(q.max_clients, 3);
	for (i = 0; i < 3; i++)
		CHECK_EQ(attach(fd[i]), 0);
	CHECK_EQ(attach(fd[3]), -EDQUOT);
	CHECK_EQ(attach(fd[3]), -EDQUOT);
	MUST(close(fd[0]));
	CHECK_EQ(attach(fd[3]), 0);
}

static void clients(const void *data)
{
	(void)data;
	under_limit(CLIENTS, as_client);
}

static int create_entity(int fd, uint32_t *id)
{
	struct xsched_entity_create a = entity_args(0);
	int ret = call(fd, XSCHED_ENTITY_CREATE, &a);

	*id = a.entity_id;
	return ret;
}

static void as_entity_owner(void *data)
{
	struct xsched_query q = { .size = sizeof(q) };
	struct client a, b;
	uint32_t id, other;

	(void)data;
	become(QUIET_UID);
	client_open(&a);
	client_open(&b);
	CHECK_EQ(call(a.fd, XSCHED_QUERY, &q), 0);
	CHECK_EQ(q.max_entities, 3);
	CHECK_EQ(create_entity(a.fd, &id), 0);
	CHECK_EQ(create_entity(a.fd, &id), 0);
	CHECK_EQ(create_entity(b.fd, &other), 0);
	/* The user's, not the process's. */
	CHECK_EQ(create_entity(b.fd, &other), -EDQUOT);
	CHECK_EQ(destroy(a.fd, XSCHED_ENTITY_DESTROY, id), 0);
	CHECK_EQ(create_entity(b.fd, &other), 0);
	CHECK_EQ(create_entity(a.fd, &id), -EDQUOT);
	/* The end of a process frees what it had. */
	MUST(close(b.fd));
	CHECK_EQ(create_entity(a.fd, &id), 0);
	CHECK_EQ(create_entity(a.fd, &id), 0);
	CHECK_EQ(create_entity(a.fd, &id), -EDQUOT);
}

static void entities(const void *data)
{
	(void)data;
	under_limit(ENTITIES, as_entity_owner);
}

static int create_queue(const struct player *p, uint32_t *id)
{
	struct xsched_queue_create a = queue_args(p->e.id);
	int ret = call(p->c.fd, XSCHED_QUEUE_CREATE, &a);

	*id = a.queue_id;
	return ret;
}

static void as_queue_owner(void *data)
{
	struct xsched_query q = { .size = sizeof(q) };
	struct player p;
	uint32_t id;

	(void)data;
	become(QUIET_UID);
	player_open(&p, 0);
	CHECK_EQ(call(p.c.fd, XSCHED_QUERY, &q), 0);
	CHECK_EQ(q.max_queues, 3);
	CHECK_EQ(create_queue(&p, &id), 0);
	CHECK_EQ(create_queue(&p, &id), 0);
	CHECK_EQ(create_queue(&p, &id), -EDQUOT);
	CHECK_EQ(destroy(p.c.fd, XSCHED_QUEUE_DESTROY, p.q.id), 0);
	CHECK_EQ(create_queue(&p, &id), 0);
	CHECK_EQ(create_queue(&p, &id), -EDQUOT);
	/* An entity's end frees its queues. */
	CHECK_EQ(destroy(p.c.fd, XSCHED_ENTITY_DESTROY, p.e.id), 0);
	entity_create(&p.e, &p.c, 0);
	CHECK_EQ(create_queue(&p, &id), 0);
	CHECK_EQ(create_queue(&p, &id), 0);
	CHECK_EQ(create_queue(&p, &id), 0);
	CHECK_EQ(create_queue(&p, &id), -EDQUOT);
}

static void queues(const void *data)
{
	(void)data;
	under_limit(QUEUES, as_queue_owner);
}

static void fill_up(void *data)
{
	int *ready = data;
	struct client c;
	uint32_t id;

	become(QUIET_UID);
	client_open(&c);
	while (!create_entity(c.fd, &id))
		;
	CHECK_EQ(MUST(write(ready[1], "", 1)), 1);
	pause();
}

static void as_neighbour(void *data)
{
	uint32_t id;
	struct client c;

	(void)data;
	become(QUIET_UID + 1);
	client_open(&c);
	CHECK_EQ(create_entity(c.fd, &id), 0);
}

static void fill_up_and_compare(void *data)
{
	int ready[2];
	char byte;
	pid_t pid;

	(void)data;
	MUST(pipe(ready));
	pid = start(fill_up, ready);
	CHECK_EQ(MUST(read(ready[0], &byte, 1)), 1);
	join(start(as_neighbour, NULL));
	kill_and_reap(pid);
	/* Killed, and so nothing of his counts any more. */
	become(QUIET_UID);
	as_entity_owner(NULL);
}

static void of_other_users(const void *data)
{
	(void)data;
	under_limit(ENTITIES, fill_up_and_compare);
}

static void zero(void *data)
{
	(void)data;
	become(QUIET_UID);
	CHECK_EQ(attach(node_open()), -EDQUOT);
}

static void nothing_allowed(const void *data)
{
	unsigned int before = get_limit(CLIENTS);
	pid_t pid;
	int status;

	(void)data;
	set_limit(CLIENTS, 0);
	pid = start(zero, NULL);
	MUST(waitpid(pid, &status, 0));
	set_limit(CLIENTS, before);
	CHECK_EQ(status, 0);
}

#define CROWD	8000	/* deciding about so many takes a while */
#define POLICY	"/sys/class/xsched/cpu0/policy"

static void get_policy(char *name, size_t size)
{
	FILE *f = fopen(POLICY, "r");

	if (!f)
		SKIP("no %s", POLICY);
	CHECK(fgets(name, (int)size, f));
	fclose(f);
}

/* All of them have work, and again and again one comes first. */
static void crowd(void *data)
{
	struct xsched_status_slot *slots = NULL;
	struct xsched_entity_create e;
	struct xsched_queue_create q;
	uint32_t first = 0;
	struct client c;
	size_t at;
	int i;

	(void)data;
	become(QUIET_UID);
	client_open(&c);
	for (i = 0; i < CROWD; i++) {
		e = entity_args(0);
		e.dev_class = XSCHED_CLASS_CPU;
		MUST(ioctl(c.fd, XSCHED_ENTITY_CREATE, &e));
		q = queue_args(e.entity_id);
		MUST(ioctl(c.fd, XSCHED_QUEUE_CREATE, &q));
		at = q.status_offset % page_size();
		if (!at)
			slots = map_at(c.fd, q.status_offset, PROT_READ | PROT_WRITE);
		STORE(slots[at / sizeof(*slots)].submitted, 1);
		CHECK_EQ(kick_id(c.fd, e.entity_id), 0);
		first = first ? first : e.entity_id;
	}
	for (i = 1; i <= 10; i++)
		CHECK_EQ(set_hint(c.fd, first, XSCHED_HINT_PRIORITY, i % 2), 0);
}

static void policy_survives(const void *data)
{
	char before[64], after[64];

	(void)data;
	get_policy(before, sizeof(before));
	join(start(crowd, NULL));
	get_policy(after, sizeof(after));
	if (strcmp(before, after))
		FAIL("policy was %s and is %s", before, after);
}

static const struct ktap_test tests[] = {
	{ "clients", clients, NULL },
	{ "entities", entities, NULL },
	{ "queues", queues, NULL },
	{ "one user's fill is not another's", of_other_users, NULL },
	{ "a limit of 0", nothing_allowed, NULL },
	{ "a crowd ends no policy", policy_survives, NULL },
};

KTAP_MAIN(tests)
