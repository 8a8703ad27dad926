// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Owners that are stopped, so that nothing they should do gets done.
 */
#include "victim.h"

static struct player observer;

static void be_untracked_with(struct victim *v, int priority)
{
	struct player p;

	player_open(&p, priority);
	STORE(p.q.st->submitted, 3);
	victim_report(v, p.c.id);
	/* Stopped before it could answer, it answers when it goes on. */
	raise(SIGSTOP);
	EVENTUALLY(LOAD(p.e.ctl->track_seq) != LOAD(p.q.st->track_ack));
	go_idle(&p);
	victim_stay(v, p.c.id);
}

static void untracked_above(struct victim *v)
{
	be_untracked_with(v, ABOVE);
}

static void untracked_below(struct victim *v)
{
	be_untracked_with(v, BELOW);
}

static void start_stopped(struct victim *v, void (*run)(struct victim *v))
{
	int status;

	victim_start(v, run);
	MUST(waitpid(v->pid, &status, WUNTRACED));
	CHECK(WIFSTOPPED(status));
}

/* A higher priority waits for nobody's answer. */
static void higher_runs(const void *data)
{
	struct victim v;

	(void)data;
	start_stopped(&v, untracked_below);
	player_open(&observer, 0);
	want(&observer);
	CHECK_EQ(gate(&observer), XSCHED_GATE_OPEN);
	go_idle(&observer);
	launch(&observer, 5);
	CHECK_EQ(gate(&observer), XSCHED_GATE_OPEN);
	kill_and_reap(v.pid);
	EVENTUALLY(is_alone(&observer));
}

/* A lower one does, for it may be running; until it answers. */
static void lower_waits(const void *data)
{
	struct victim v;

	(void)data;
	start_stopped(&v, untracked_above);
	player_open(&observer, 0);
	want(&observer);
	CHECK_EQ(gate(&observer), XSCHED_GATE_HELD);
	sleep_ms(100);
	CHECK_EQ(gate(&observer), XSCHED_GATE_HELD);
	MUST(kill(v.pid, SIGCONT));
	EVENTUALLY(gate(&observer) == XSCHED_GATE_OPEN);
	kill_and_reap(v.pid);
}

static void killed_while_stopped(const void *data)
{
	struct victim v;

	(void)data;
	start_stopped(&v, untracked_above);
	player_open(&observer, 0);
	want(&observer);
	CHECK_EQ(gate(&observer), XSCHED_GATE_HELD);
	kill_and_reap(v.pid);
	EVENTUALLY(is_alone(&observer));
	CHECK(!client_listed(v.client));
}

static void be_in_wait(struct victim *v)
{
	struct xsched_wait w = { .size = sizeof(w), .deadline_ns = XSCHED_NO_DEADLINE };
	struct player p;

	player_open(&p, ABOVE);
	go_idle(&p);
	launch(&p, 1);
	victim_report(v, p.c.id);
	w.entity_id = p.e.id;
	for (;;) {
		w.epoch = LOAD(p.e.ctl->epoch);
		/* Interrupted by the stop or not, it is to sleep on. */
		call(p.c.fd, XSCHED_WAIT, &w);
	}
}

/* Stopped and continued in the middle of a wait. */
static void stopped_in_wait(const void *data)
{
	struct victim v;
	int i;

	(void)data;
	observe_held(&observer, &v, be_in_wait);
	for (i = 0; i < 20; i++) {
		MUST(kill(v.pid, SIGSTOP));
		MUST(waitpid(v.pid, NULL, WUNTRACED));
		CHECK_EQ(gate(&observer), XSCHED_GATE_HELD);
		MUST(kill(v.pid, SIGCONT));
		MUST(waitpid(v.pid, NULL, WCONTINUED));
	}
	CHECK_EQ(gate(&observer), XSCHED_GATE_HELD);
	kill_and_reap(v.pid);
	EVENTUALLY(is_alone(&observer));
}

static const struct ktap_test tests[] = {
	{ "stopped and untracked: a higher priority runs", higher_runs, NULL },
	{ "stopped and untracked: a lower one waits for the answer", lower_waits, NULL },
	{ "stopped and untracked, then killed", killed_while_stopped, NULL },
	{ "stopped and continued in XSCHED_WAIT", stopped_in_wait, NULL },
};

KTAP_MAIN(tests)
