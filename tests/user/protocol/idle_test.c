// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * launch against idle: a process's work comes at the moment at which the scheduler
 * finds that it has none. Either the launch finds the gate closed and is asked for
 * a kick, or the scheduler finds the work; else it would run unseen, or hang.
 *
 *	process				scheduler
 *	submitted++			gate = ASK, notify = KICK
 *	FENCE				FENCE
 *	load gate, notify		load submitted, pending
 *
 * On two emulated CPUs a scheduler that looks before it closes was found within 30 rounds.
 */
#include "stress.h"

#define MIN_EACH	100
#define MAX_DELAY	(1 << 20)

struct rounds {
	struct player p, other;
	uint32_t round;		/* both threads are to begin this one */
	uint32_t looked;	/* the scheduler has looked in this one */
	uint32_t delay;		/* of the launch, so that both come at the same time */
	int stop;
	uint64_t ran, asked;
};

/* Says that the last work is done, which makes the entity idle. */
static void *scheduler_looks(void *arg)
{
	struct rounds *r = arg;
	uint32_t round = 0, seed = 3;

	pin_to(1);
	while (!xs_load(&r->stop)) {
		if (xs_load(&r->round) == round) {
			if (cpus() < 2)
				sched_yield();
			continue;
		}
		round++;
		spin(next_random(&seed) % 256);
		kick(&r->p);
		xs_store_release(&r->looked, round);
	}
	return NULL;
}

static void await_look(struct rounds *r, uint32_t round)
{
	while (xs_load(&r->looked) != round)
		if (cpus() < 2)
			sched_yield();
}

/* Launched through an open gate, so it's on the device. */
static void check_seen(struct rounds *r, uint32_t round)
{
	await_look(r, round);
	if (state(&r->p) != XSCHED_STATE_RUNNING || gate(&r->p))
		FAIL("round %u: a command runs while its entity counts as %u with gate %u", round,
		     state(&r->p), gate(&r->p));
	r->ran++;
}

/* Held back, and asked for a kick or seen without. */
static void check_served(struct rounds *r, uint32_t round)
{
	struct player *p = &r->p;

	__atomic_fetch_add(&p->q.st->pending, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&p->q.st->submitted, 1, __ATOMIC_SEQ_CST);
	xs_fence();
	if (xs_load(&p->e.ctl->notify) & XSCHED_NOTIFY_KICK)
		kick(p);
	await_look(r, round);
	if (gate(p))
		FAIL("round %u: work waits at gate %u, and nobody was asked to kick", round, gate(p));
	xs_add_fence(&p->q.st->submitted, 1);
	__atomic_fetch_sub(&p->q.st->pending, 1, __ATOMIC_SEQ_CST);
	r->asked++;
}

/* Later after a round that came first, earlier after one that came second. */
static void adapt(struct rounds *r, bool first)
{
	if (first && r->delay < MAX_DELAY)
		r->delay += r->delay / 8 + 1;
	else if (!first)
		r->delay -= r->delay / 8;
}

static void one_round(struct rounds *r, uint32_t round, uint32_t *seed)
{
	struct player *p = &r->p;
	bool first;

	xs_store_release(&r->round, round);
	if (cpus() < 2 && next_random(seed) % 2)
		sched_yield();
	spin(r->delay + next_random(seed) % (r->delay / 4 + 16));
	xs_add_fence(&p->q.st->submitted, 1);
	first = !xs_load(&p->e.ctl->gate);
	if (first)
		check_seen(r, round);
	else
		check_served(r, round);
	adapt(r, first);
	/* Done, and nothing to come: the next look makes it idle. */
	xs_store_release(&p->q.st->flags, XSCHED_STATUS_SYNCED);
	xs_add_release(&p->q.st->completed, 1);
}

/* Who is waited for has to say whatever it does, even while nobody wants the device. */
static void never_calm(struct player *p, struct entity *waiter)
{
	struct xsched_depend arg = { .size = sizeof(arg), .on_id = p->e.id };

	entity_create(waiter, &p->c, 0);
	arg.waiter_id = waiter->id;
	CHECK_EQ(call(p->c.fd, XSCHED_DEPEND, &arg), 0);
}

static void going_idle(const void *data)
{
	uint64_t end = stress_end_ns();
	struct rounds r = {};
	struct entity waiter;
	uint32_t round, seed = 11;
	pthread_t thread;

	(void)data;
	player_open(&r.p, 0);
	player_open(&r.other, 10);
	go_idle(&r.other);
	never_calm(&r.p, &waiter);
	/* It begins with its last work done and not noticed. */
	STORE(r.p.q.st->flags, 0);
	ack(&r.p);
	STORE(r.p.q.st->flags, XSCHED_STATUS_SYNCED);
	CHECK_EQ(pthread_create(&thread, NULL, scheduler_looks, &r), 0);
	pin_to(0);
	/* However slow the machine, each side must have been first at times. */
	for (round = 1; now_ns() < end || r.ran < MIN_EACH || r.asked < MIN_EACH; round++)
		one_round(&r, round, &seed);
	STORE(r.stop, 1);
	pthread_join(thread, NULL);
	ktap_note("%u rounds: %llu launched at once, %llu asked first", round - 1,
		  (unsigned long long)r.ran, (unsigned long long)r.asked);
}

static const struct ktap_test tests[] = {
	{ "work comes while the scheduler finds none", going_idle, NULL },
};

KTAP_MAIN(tests)
