// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * launch against track: a competitor comes while a process launches untold. A
 * launch that doesn't see TRACK is in the counters that the process answers
 * from; else its completion would never be waited for.
 *
 *	launch				scheduler, then agent
 *	submitted++			notify = TRACK
 *	FENCE				FENCE; track_seq, event
 *	load notify			load submitted
 */
#include "stress.h"

#define MIN_ROUNDS	100	/* however slow the machine */

struct rounds {
	struct player p, other;
	uint32_t round, answered;
	uint32_t counted;	/* submitted, as the agent read it */
	int stop;
};

/* Sees that it's asked and reads how much there was. */
static void *agent(void *arg)
{
	struct rounds *r = arg;
	uint32_t round = 0, seq;

	pin_to(1);
	while (!xs_load(&r->stop)) {
		struct xsched_entity_create a = entity_args(-5);

		if (xs_load(&r->round) == round) {
			sched_yield();
			continue;
		}
		round++;
		seq = xs_load(&r->p.e.ctl->track_seq);
		/* A second entity on the device makes the scheduler ask. */
		CHECK_EQ(call(r->other.c.fd, XSCHED_ENTITY_CREATE, &a), 0);
		CHECK_NE(xs_load(&r->p.e.ctl->track_seq), seq);
		r->counted = xs_load(&r->p.q.st->submitted);
		r->other.e.id = a.entity_id;
		xs_store_release(&r->answered, round);
	}
	return NULL;
}

/* Launches until TRACK shows; returns the last count that didn't see it. */
static uint32_t launch_untold(struct player *p, uint64_t *launches)
{
	uint32_t last = xs_load(&p->q.st->submitted);

	for (;;) {
		xs_add_fence(&p->q.st->submitted, 1);
		if (xs_load(&p->e.ctl->notify) & XSCHED_NOTIFY_TRACK)
			return last;
		last = xs_load_relaxed(&p->q.st->submitted);
		++*launches;
	}
}

static void one_round(struct rounds *r, uint32_t round, uint64_t *launches)
{
	struct player *p = &r->p;
	uint32_t last;

	xs_store_release(&r->round, round);
	last = launch_untold(p, launches);
	while (xs_load(&r->answered) != round)
		sched_yield();
	if ((int32_t)(last - r->counted) > 0)
		FAIL("round %u: command %u ran untold, and the answer counts %u", round, last, r->counted);
	/* Alone again, nothing left, nothing asked. */
	STORE(p->q.st->completed, LOAD(p->q.st->submitted));
	CHECK_EQ(destroy(r->other.c.fd, XSCHED_ENTITY_DESTROY, r->other.e.id), 0);
	CHECK_EQ(LOAD(p->e.ctl->notify), 0);
	CHECK_EQ(gate(p), XSCHED_GATE_OPEN);
}

static void a_competitor_comes(const void *data)
{
	uint64_t end = stress_end_ns(), launches = 0;
	struct rounds r = {};
	pthread_t thread;
	uint32_t round;

	(void)data;
	player_open(&r.p, 0);
	client_open(&r.other.c);
	CHECK_EQ(pthread_create(&thread, NULL, agent, &r), 0);
	pin_to(0);
	for (round = 1; now_ns() < end || round <= MIN_ROUNDS; round++)
		one_round(&r, round, &launches);
	STORE(r.stop, 1);
	pthread_join(thread, NULL);
	ktap_note("%u rounds, %llu untold launches", round - 1, (unsigned long long)launches);
	CHECK_GE(launches, 100);
}

static const struct ktap_test tests[] = {
	{ "a competitor comes while a process launches untold", a_competitor_comes, NULL },
};

KTAP_MAIN(tests)
