// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * kill -9 in every state: nothing of the dead is left, and who waited runs.
 */
#include <pthread.h>

#include "victim.h"

static struct player observer;

/* What the victim does, and what the observer has to do for it to get there. */
struct situation {
	const char *name;
	int priority;
	void (*get_there)(struct player *p);
	void (*observer_does)(void);
	uint32_t state;		/* the victim's in the end */
	uint32_t gate;		/* the observer's while the victim lives */
	int signal;
};

static const struct situation *situation;	/* of this case */

/* Having answered what the victim's coming raised. */
static void observer_wants(void)
{
	go_idle(&observer);
	want(&observer);
}

static void observer_runs(void)
{
	launch(&observer, 1);
}

static void be_victim(struct victim *v)
{
	struct player p;

	player_open(&p, situation->priority);
	situation->get_there(&p);
	victim_report(v, p.c.id);
	/* The observer's turn may change the state. */
	EVENTUALLY(state(&p) == situation->state);
	victim_report(v, p.c.id);
	for (;;)
		pause();
}

static void run_situation(const void *data)
{
	struct census before;
	struct victim v;
	uint32_t id;

	situation = data;
	player_open(&observer, 0);
	before = census_take();
	go_idle(&observer);
	if (situation->observer_does == observer_runs)
		observer_runs();
	victim_start(&v, be_victim);
	if (situation->observer_does == observer_wants)
		observer_wants();
	CHECK_EQ(MUST(read(v.report[0], &id, sizeof(id))), (int)sizeof(id));
	CHECK_EQ(gate(&observer), situation->gate);
	if (situation->signal == SIGSTOP) {
		MUST(kill(v.pid, SIGSTOP));
		MUST(waitpid(v.pid, NULL, WUNTRACED));
	}
	kill_and_reap(v.pid);
	CHECK(is_alone(&observer));
	CHECK(!client_listed(v.client));
	CHECK(census_is(before));
}

static void launch_one(struct player *p)
{
	go_idle(p);
	launch(p, 1);
}

static void hold_back_one(struct player *p)
{
	go_idle(p);
	want(p);
}

static const struct situation situations[] = {
	{ "idle", ABOVE, go_idle, observer_wants, XSCHED_STATE_IDLE, XSCHED_GATE_OPEN, 0 },
	{ "running", ABOVE, launch_one, observer_wants, XSCHED_STATE_RUNNING, XSCHED_GATE_HELD, 0 },
	{ "ready", BELOW, hold_back_one, observer_runs, XSCHED_STATE_READY, XSCHED_GATE_OPEN, 0 },
	{ "draining", BELOW, launch_one, observer_wants, XSCHED_STATE_DRAINING, XSCHED_GATE_OPEN, 0 },
	{ "held", BELOW, hold_back_one, observer_wants, XSCHED_STATE_HELD, XSCHED_GATE_OPEN, 0 },
	{ "running and stopped", ABOVE, launch_one, observer_wants, XSCHED_STATE_RUNNING,
	  XSCHED_GATE_HELD, SIGSTOP },
};

/* Never answered: it was alone, then somebody came. */
static void be_untracked(struct victim *v)
{
	struct player p;

	player_open(&p, ABOVE);
	STORE(p.q.st->submitted, 3);
	victim_stay(v, p.c.id);
}

static void expect_relief(struct victim *v)
{
	CHECK_EQ(gate(&observer), XSCHED_GATE_HELD);
	kill_and_reap(v->pid);
	CHECK(is_alone(&observer));
	CHECK(!client_listed(v->client));
}

static void untracked(const void *data)
{
	struct victim v;

	(void)data;
	victim_start(&v, be_untracked);
	player_open(&observer, 0);
	want(&observer);
	expect_relief(&v);
}

static void in_wait(struct victim *v, uint32_t (*epoch)(const struct player *p), bool agent)
{
	struct player p;
	struct xsched_wait w = { .size = sizeof(w), .deadline_ns = XSCHED_NO_DEADLINE };

	player_open(&p, ABOVE);
	launch_one(&p);
	victim_report(v, p.c.id);
	for (;;) {
		w.entity_id = agent ? 0 : p.e.id;
		w.epoch = epoch(&p);
		call(p.c.fd, XSCHED_WAIT, &w);
	}
}

static uint32_t gate_epoch(const struct player *p)
{
	return LOAD(p->e.ctl->epoch);
}

static uint32_t ring_tail(const struct player *p)
{
	return LOAD(p->c.control->ring_tail);
}

static void be_in_wait(struct victim *v)
{
	in_wait(v, gate_epoch, false);
}

static void be_in_agent_wait(struct victim *v)
{
	in_wait(v, ring_tail, true);
}

static void be_in_poll(struct victim *v)
{
	struct player p;
	struct pollfd fd = { .events = POLLIN };

	player_open(&p, ABOVE);
	launch_one(&p);
	STORE(p.c.status->ring_head, LOAD(p.c.control->ring_tail));
	victim_report(v, p.c.id);
	fd.fd = p.c.fd;
	for (;;)
		poll(&fd, 1, -1);
}

/* Threads in every call there is. */
static struct player busy;

static void *call_everything(void *arg)
{
	struct xsched_wait w = { .size = sizeof(w), .entity_id = busy.e.id };
	struct entity e;
	struct queue q;

	(void)arg;
	for (;;) {
		kick_id(busy.c.fd, busy.e.id);
		entity_create(&e, &busy.c, 0);
		queue_create(&q, &e);
		w.epoch = LOAD(busy.e.ctl->epoch);
		w.deadline_ns = now_ns() + 100000;
		call(busy.c.fd, XSCHED_WAIT, &w);
		munmap((void *)((uintptr_t)e.ctl & ~(page_size() - 1)), page_size());
		munmap((void *)((uintptr_t)q.st & ~(page_size() - 1)), page_size());
		destroy(busy.c.fd, XSCHED_ENTITY_DESTROY, e.id);
	}
	return NULL;
}

static void be_in_everything(struct victim *v)
{
	pthread_t thread;
	int i;

	player_open(&busy, ABOVE);
	launch_one(&busy);
	for (i = 0; i < 8; i++)
		CHECK_EQ(pthread_create(&thread, NULL, call_everything, NULL), 0);
	victim_report(v, busy.c.id);
	for (;;)
		pause();
}

static void killed_in(const void *data)
{
	void (*const *run)(struct victim *v) = data;
	struct census before = census_take();
	struct victim v;

	observe_held(&observer, &v, *run);
	sleep_ms(30);
	expect_relief(&v);
	MUST(close(observer.c.fd));
	CHECK(census_is(before));
}

static void be_crashing(struct victim *v)
{
	signal(SIGUSR1, SIG_DFL);
	hold_device(v);
}

/* Ends that are no SIGKILL: by a core dump, by a signal, by itself. */
static void crash(const void *data)
{
	static const int signals[] = { SIGSEGV, SIGUSR1, SIGTERM, SIGQUIT };
	struct victim v;
	size_t i;

	(void)data;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		observe_held(&observer, &v, be_crashing);
		MUST(kill(v.pid, signals[i]));
		MUST(waitpid(v.pid, NULL, 0));
		EVENTUALLY(is_alone(&observer));
		MUST(close(observer.c.fd));
	}
}

static void both(const void *data)
{
	struct census before = census_take();
	struct victim a, b;

	(void)data;
	victim_start(&a, hold_device);
	victim_start(&b, hold_device);
	MUST(kill(a.pid, SIGKILL));
	MUST(kill(b.pid, SIGKILL));
	MUST(waitpid(a.pid, NULL, 0));
	MUST(waitpid(b.pid, NULL, 0));
	CHECK(census_is(before));
}

static void (*const waiting)(struct victim *v) = be_in_wait;
static void (*const agent)(struct victim *v) = be_in_agent_wait;
static void (*const polling)(struct victim *v) = be_in_poll;
static void (*const everywhere)(struct victim *v) = be_in_everything;

static const struct ktap_test tests[] = {
	{ "killed while untracked", untracked, NULL },
	{ "killed in XSCHED_WAIT for a gate", killed_in, &waiting },
	{ "killed in XSCHED_WAIT for an event", killed_in, &agent },
	{ "killed in poll()", killed_in, &polling },
	{ "killed in many calls at once", killed_in, &everywhere },
	{ "ended by other signals", crash, NULL },
	{ "both killed", both, NULL },
};

int main(int argc, char **argv)
{
	char name[80];
	size_t i;

	(void)argc;
	ktap_begin(argv[0], ARRAY_SIZE(situations) + ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(situations); i++) {
		snprintf(name, sizeof(name), "killed while %s", situations[i].name);
		ktap_case(name, run_situation, &situations[i]);
	}
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ktap_case(tests[i].name, tests[i].run, tests[i].arg);
	return ktap_end();
}
