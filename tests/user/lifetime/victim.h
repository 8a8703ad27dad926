/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A process that gets into some situation and stays there until it is ended, and
 * one that watches what that does to others.
 */
#ifndef XSCHED_TEST_VICTIM_H
#define XSCHED_TEST_VICTIM_H

#include "../uapi/genl.h"

struct victim {
	pid_t pid;
	uint32_t client;
	int report[2];
};

/* In the victim: it is where it was to get. Its parent goes on. */
static inline void victim_report(struct victim *v, uint32_t client)
{
	CHECK_EQ(MUST(write(v->report[1], &client, sizeof(client))), (int)sizeof(client));
}

static inline void victim_stay(struct victim *v, uint32_t client)
{
	victim_report(v, client);
	for (;;)
		pause();
}

/* Starts a victim and waits until it reports. */
static inline void victim_start(struct victim *v, void (*run)(struct victim *v))
{
	ssize_t n;
	int status;

	MUST(pipe(v->report));
	v->pid = MUST(fork());
	if (!v->pid) {
		close(v->report[0]);
		run(v);
		_exit(KTAP_PASS);
	}
	close(v->report[1]);
	n = MUST(read(v->report[0], &v->client, sizeof(v->client)));
	if (n == (ssize_t)sizeof(v->client))
		return;
	MUST(waitpid(v->pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == KTAP_SKIP)
		_exit(KTAP_SKIP);
	FAIL("the other process ended before it was ready (status %#x)", status);
}

static inline bool client_listed(uint32_t id)
{
	struct genl_msg m;
	struct genl g;
	int ret;

	genl_open(&g);
	genl_begin(&g, &m, g.family, XSCHED_CMD_CLIENT_GET, 0);
	genl_put_u32(&m, XSCHED_A_CLIENT_ID, id);
	ret = genl_ask(&g, &m, NULL, NULL);
	genl_close(&g);
	if (ret)
		CHECK_EQ(ret, -ENOENT);
	return !ret;
}

/* What there is of everything, for "as many as before". */
struct census {
	int clients, entities, queues;
};

static inline struct census census_take(void)
{
	return (struct census){
		genl_count(XSCHED_CMD_CLIENT_GET),
		genl_count(XSCHED_CMD_ENTITY_GET),
		genl_count(XSCHED_CMD_QUEUE_GET),
	};
}

static inline bool census_is(struct census c)
{
	struct census now = census_take();

	return !memcmp(&now, &c, sizeof(c));
}

/* Nobody else is there: open, and nothing is asked of it. */
static inline bool is_alone(const struct player *p)
{
	return gate(p) == XSCHED_GATE_OPEN && !LOAD(p->e.ctl->notify);
}

/* Priority of a victim that keeps the observer, who has 0, from running. */
#define ABOVE	10
#define BELOW	(-10)

/* A victim that holds the device: the observer is HELD while it lives. */
static inline void hold_device(struct victim *v)
{
	struct player p;

	player_open(&p, ABOVE);
	go_idle(&p);
	launch(&p, 1);
	victim_stay(v, p.c.id);
}

/* An observer with work and a HELD gate, and the victim that holds it. */
static inline void observe_held(struct player *observer, struct victim *v,
				void (*run)(struct victim *v))
{
	player_open(observer, 0);
	go_idle(observer);
	victim_start(v, run);
	go_idle(observer);
	want(observer);
	CHECK_EQ(gate(observer), XSCHED_GATE_HELD);
}

#endif
