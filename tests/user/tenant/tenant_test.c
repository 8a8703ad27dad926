// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tenants as processes and operators meet them: who belongs where, what is counted, what
 * a limit does and who may set it.
 */
#include "group.h"

#define SECONDS	2

static void clients_belong_to_their_cgroup(const void *data)
{
	uint64_t outer = group_make("xsched-a"), inner = group_make("xsched-a/in");
	struct tenant t;
	struct member m;

	(void)data;
	CHECK_EQ(tenant_find(inner).found, 0);
	member_start(&m, "xsched-a/in", 0);
	t = tenant_find(inner);
	CHECK_EQ(t.found, 1);
	CHECK_EQ(t.parent, outer);
	CHECK(!strcmp(t.path + strlen(t.path) - strlen("xsched-a/in"), "xsched-a/in"));
	CHECK_EQ(t.clients, 1);
	CHECK_EQ(t.entities, 1);
	CHECK_EQ(t.weight, 100);
	CHECK_EQ(t.ceiling, 255);
	CHECK_EQ(t.cap, 0);
	CHECK_EQ(t.max, 0);
	t = tenant_find(outer);
	CHECK_EQ(t.found, 1);
	CHECK_EQ(t.clients, 0);
	CHECK_EQ(t.entities, 1);
	CHECK_EQ(tell(&m, ENTITY), 0);
	CHECK_EQ(tenant_find(outer).entities, 2);
	member_end(&m);
	EVENTUALLY(!tenant_find(inner).found && !tenant_find(outer).found);
}

/* Moving changes nothing for who has opened already. */
static void moved_later(const void *data)
{
	uint64_t a = group_make("xsched-a"), b = group_make("xsched-b");
	struct member m;
	char line[32];
	int fd, n;

	(void)data;
	member_start(&m, "xsched-a", 0);
	fd = MUST(open("/sys/fs/cgroup/xsched-b/cgroup.procs", O_WRONLY | O_CLOEXEC));
	n = snprintf(line, sizeof(line), "%d", m.pid);
	CHECK_EQ(write(fd, line, n), n);
	close(fd);
	CHECK_EQ(tell(&m, ENTITY), 0);
	CHECK_EQ(tenant_find(a).entities, 2);
	CHECK_EQ(tenant_find(b).found, 0);
	member_end(&m);
}

static void two_at_work(struct member *a, struct member *b)
{
	tell(a, IDLE);
	tell(b, IDLE);
	tell(a, LAUNCH);
	tell(b, LAUNCH);
}

static void ceilings(const void *data)
{
	uint64_t ga = group_make("xsched-a");
	struct member a, b, c;

	(void)data;
	group_make("xsched-b");
	member_start(&a, "xsched-a", 20);
	member_start(&b, "xsched-b", 0);
	member_start(&c, "xsched-a", 10);
	tell(&c, IDLE);
	two_at_work(&a, &b);
	CHECK_EQ(tell(&a, GATE), XSCHED_GATE_OPEN);
	CHECK_EQ(tell(&b, GATE), XSCHED_GATE_HELD);
	/* Enforced at once, both ways. */
	CHECK_EQ(tenant_set(ga, XSCHED_A_TENANT_CEILING, -1), 0);
	CHECK_EQ(tell(&a, GATE), XSCHED_GATE_HELD);
	CHECK_EQ(tell(&b, GATE), XSCHED_GATE_OPEN);
	CHECK_EQ(tenant_set(ga, XSCHED_A_TENANT_CEILING, 0), 0);
	CHECK_EQ(tell(&a, GATE), XSCHED_GATE_OPEN);
	CHECK_EQ(tell(&b, GATE), XSCHED_GATE_OPEN);
	/* Inside the tenant priorities still differ. */
	tell(&c, LAUNCH);
	CHECK_EQ(tell(&c, GATE), XSCHED_GATE_HELD);
	CHECK_EQ(member_order(&c, PRIORITY, 30), 0);
	CHECK_EQ(tell(&c, GATE), XSCHED_GATE_OPEN);
	CHECK_EQ(tell(&a, GATE), XSCHED_GATE_HELD);
	CHECK_EQ(tell(&b, GATE), XSCHED_GATE_OPEN);
	CHECK_EQ(tenant_set(ga, XSCHED_A_TENANT_CEILING, 255), 0);
	CHECK_EQ(tell(&b, GATE), XSCHED_GATE_HELD);
	member_end(&a);
	member_end(&b);
	member_end(&c);
}

static void entity_limits(const void *data)
{
	uint64_t outer = group_make("xsched-a"), inner = group_make("xsched-a/in");
	struct member m, n;

	(void)data;
	member_start(&m, "xsched-a/in", 0);
	CHECK_EQ(tenant_set(inner, XSCHED_A_TENANT_MAX_ENTITIES, 2), 0);
	CHECK_EQ(tell(&m, ENTITY), 0);
	CHECK_EQ(tell(&m, ENTITY), -EDQUOT);
	CHECK_EQ(tenant_set(outer, XSCHED_A_TENANT_MAX_ENTITIES, 3), 0);
	CHECK_EQ(tenant_set(inner, XSCHED_A_TENANT_MAX_ENTITIES, 0), 0);
	CHECK_EQ(tell(&m, ENTITY), 0);
	CHECK_EQ(tell(&m, ENTITY), -EDQUOT);
	CHECK_EQ(tenant_find(outer).entities, 3);
	member_end(&m);
	/* What is gone is free again. */
	EVENTUALLY(!tenant_find(outer).entities);
	member_start(&n, "xsched-a", 0);
	CHECK_EQ(tell(&n, ENTITY), 0);
	CHECK_EQ(tell(&n, ENTITY), 0);
	CHECK_EQ(tell(&n, ENTITY), -EDQUOT);
	CHECK_EQ(tenant_set(outer, XSCHED_A_TENANT_MAX_ENTITIES, 0), 0);
	CHECK_EQ(tell(&n, ENTITY), 0);
	member_end(&n);
}

static void settings_last(const void *data)
{
	uint64_t g = group_make("xsched-a");
	struct member m;

	(void)data;
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 300), 0);
	CHECK_EQ(tenant_find(g).found, 1);
	CHECK_EQ(tenant_find(g).clients, 0);
	member_start(&m, "xsched-a", 0);
	CHECK_EQ(tenant_find(g).weight, 300);
	CHECK_EQ(tenant_find(g).clients, 1);
	/* What isn't named stays. */
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CAP, 500), 0);
	CHECK_EQ(tenant_find(g).weight, 300);
	CHECK_EQ(tenant_find(g).cap, 500);
	member_end(&m);
	EVENTUALLY(!tenant_find(g).clients);
	CHECK_EQ(tenant_find(g).weight, 300);
	/* Back to the defaults: nothing is left to remember. */
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CAP, 0), 0);
	CHECK_EQ(tenant_find(g).found, 1);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 100), 0);
	CHECK_EQ(tenant_find(g).found, 0);
}

static void bad_requests(const void *data)
{
	uint64_t g = group_make("xsched-a"), gone = group_make("xsched-b");
	struct genl_msg m;
	struct genl c;

	(void)data;
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 0), -EINVAL);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 10001), -EINVAL);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CAP, 1001), -EINVAL);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CEILING, -256), -EINVAL);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CEILING, 256), -EINVAL);
	CHECK_EQ(tenant_find(g).found, 0);
	CHECK_EQ(tenant_set(0, XSCHED_A_TENANT_WEIGHT, 1), -ENOENT);
	CHECK_EQ(tenant_set(~0ULL, XSCHED_A_TENANT_WEIGHT, 1), -ENOENT);
	group_remove(groups[--n_groups]);
	CHECK_EQ(tenant_set(gone, XSCHED_A_TENANT_WEIGHT, 1), -ENOENT);
	genl_open(&c);
	genl_begin(&c, &m, c.family, XSCHED_CMD_TENANT_SET, 0);
	CHECK_EQ(genl_ask(&c, &m, NULL, NULL), -EINVAL);
	genl_begin(&c, &m, c.family, XSCHED_CMD_TENANT_GET, 0);
	genl_put(&m, XSCHED_A_TENANT_ID, &g, sizeof(g));
	CHECK_EQ(genl_ask(&c, &m, NULL, NULL), -ENOENT);
	genl_close(&c);
}

static void set_by_nobody(void *data)
{
	uint64_t g = *(uint64_t *)data;

	become(OTHER_UID);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 10000), -EPERM);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CEILING, 255), -EPERM);
	CHECK_EQ(tenant_find(g).weight, 50);
}

/* A set by another user changes nothing; listings are for everybody. */
static void permissions(const void *data)
{
	uint64_t g = group_make("xsched-a");

	(void)data;
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 50), 0);
	join(start(set_by_nobody, &g));
	CHECK_EQ(tenant_find(g).weight, 50);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_WEIGHT, 100), 0);
}

static void check_share(uint64_t got, uint64_t all, unsigned int permille, unsigned int off)
{
	unsigned int is = (unsigned int)(got * 1000 / all);

	if (is + off < permille || is > permille + off)
		FAIL("%u permille of the time, not %u", is, permille);
}

static void weights(const void *data)
{
	uint64_t ga = group_make("xsched-a"), gb = group_make("xsched-b");
	struct tenant a0, b0, a1, b1;
	struct member a, b, c;
	uint64_t ran_a, ran_b;

	(void)data;
	CHECK_EQ(tenant_set(ga, XSCHED_A_TENANT_WEIGHT, 75), 0);
	CHECK_EQ(tenant_set(gb, XSCHED_A_TENANT_WEIGHT, 25), 0);
	member_start(&a, "xsched-a", 0);
	member_start(&b, "xsched-b", 0);
	member_start(&c, "xsched-b", 100);
	CHECK_EQ(genl_set_policy(a.device, "fair"), 0);
	two_at_work(&a, &b);
	tell(&c, ACK);
	tell(&c, LAUNCH);
	sleep_ms(100);
	a0 = tenant_find(ga);
	b0 = tenant_find(gb);
	sleep_ms(SECONDS * 1000);
	a1 = tenant_find(ga);
	b1 = tenant_find(gb);
	ran_a = a1.used_ns - a0.used_ns;
	ran_b = b1.used_ns - b0.used_ns;
	check_share(ran_a, ran_a + ran_b, 750, 30);
	CHECK_GT(a1.preemptions, a0.preemptions);
	CHECK_GT(a1.held_ns, a0.held_ns);
	CHECK_EQ(genl_set_policy(a.device, "hpf"), 0);
	member_end(&a);
	member_end(&b);
	member_end(&c);
	CHECK_EQ(tenant_set(ga, XSCHED_A_TENANT_WEIGHT, 100), 0);
	CHECK_EQ(tenant_set(gb, XSCHED_A_TENANT_WEIGHT, 100), 0);
}

/* Though nobody else wants the device; by the accounts, which a busy host doesn't blur. */
static void caps(const void *data)
{
	uint64_t g = group_make("xsched-a"), begun, held = 0;
	struct tenant t0, t1;
	struct member a;

	(void)data;
	member_start(&a, "xsched-a", 0);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CAP, 300), 0);
	tell(&a, IDLE);
	tell(&a, LAUNCH);
	sleep_ms(200);
	t0 = tenant_find(g);
	for (begun = now_ns(); now_ns() < begun + SECONDS * NSEC_PER_SEC; sleep_ms(1))
		held += tell(&a, GATE) != XSCHED_GATE_OPEN;
	t1 = tenant_find(g);
	check_share(t1.used_ns - t0.used_ns, now_ns() - begun, 300, 60);
	CHECK_GT(held, 0);
	CHECK_EQ(tenant_set(g, XSCHED_A_TENANT_CAP, 0), 0);
	CHECK_EQ(tell(&a, GATE), XSCHED_GATE_OPEN);
	member_end(&a);
}

/* Many come and go in a tree of groups while limits change: for lockdep and KASAN. */
static void churn(void *data)
{
	const char *path = data;
	int i;

	for (i = 0; i < 40; i++) {
		struct player p;

		if (!i)
			group_enter(path);
		player_open(&p, i % 5);
		want(&p);
		go_idle(&p);
		MUST(close(p.c.fd));
	}
}

static void come_and_go(const void *data)
{
	uint64_t a = group_make("xsched-a"), in = group_make("xsched-a/in");
	pid_t pids[4];
	int i;

	(void)data;
	for (i = 0; i < 4; i++)
		pids[i] = start(churn, i % 2 ? "xsched-a" : "xsched-a/in");
	for (i = 0; i < 100; i++) {
		CHECK_EQ(tenant_set(i % 3 ? a : in, XSCHED_A_TENANT_CEILING, i % 7), 0);
		CHECK_EQ(tenant_set(i % 2 ? a : in, XSCHED_A_TENANT_CAP, i * 7 % 1000), 0);
		tenant_find(a);
	}
	for (i = 0; i < 4; i++)
		join(pids[i]);
	CHECK_EQ(tenant_set(a, XSCHED_A_TENANT_CEILING, 255), 0);
	CHECK_EQ(tenant_set(a, XSCHED_A_TENANT_CAP, 0), 0);
	CHECK_EQ(tenant_set(in, XSCHED_A_TENANT_CEILING, 255), 0);
	CHECK_EQ(tenant_set(in, XSCHED_A_TENANT_CAP, 0), 0);
	EVENTUALLY(!tenant_find(a).found && !tenant_find(in).found);
}

static const struct ktap_test tests[] = {
	{ "clients belong to their cgroup", clients_belong_to_their_cgroup, NULL },
	{ "who moves later stays", moved_later, NULL },
	{ "ceilings hold at once", ceilings, NULL },
	{ "entity limits, of parents too", entity_limits, NULL },
	{ "settings last", settings_last, NULL },
	{ "bad requests", bad_requests, NULL },
	{ "only an operator sets", permissions, NULL },
	{ "75:25 by weights", weights, NULL },
	{ "a share cap", caps, NULL },
	{ "coming and going", come_and_go, NULL },
};

KTAP_MAIN(tests)
