// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Gates and notify words: what a process alone sees, what it sees with a
 * competitor, and that a KICK has changed all there is to change on return.
 *
 * The device's policy must be hpf, which is what a device begins with.
 */
#include "client.h"

#define ASK_NOTIFY (XSCHED_NOTIFY_KICK | XSCHED_NOTIFY_TRACK)

static uint32_t notify(const struct player *p)
{
	return LOAD(p->e.ctl->notify);
}

static uint32_t epoch(const struct player *p)
{
	return LOAD(p->e.ctl->epoch);
}

/* Two that have answered everything and have no work. */
static void two(struct player *a, int priority_a, struct player *b, int priority_b)
{
	player_open(a, priority_a);
	player_open(b, priority_b);
	go_idle(a);
	go_idle(b);
}

static void initial(const void *data)
{
	struct client c;
	struct entity e;

	(void)data;
	client_open(&c);
	entity_create(&e, &c, 0);
	CHECK_EQ(LOAD(e.ctl->gate), XSCHED_GATE_OPEN);
	CHECK_EQ(LOAD(e.ctl->notify), 0);
	CHECK_EQ(LOAD(e.ctl->level), 0);
	CHECK_EQ(LOAD(e.ctl->state), XSCHED_STATE_IDLE);
	CHECK_EQ(LOAD(e.ctl->window), 0);
	CHECK_GE(LOAD(e.ctl->budget_us), 1);
}

static void lowest_level(const void *data)
{
	struct xsched_queue_create a;
	struct player p;
	struct queue strong, weak;

	(void)data;
	client_open(&p.c);
	entity_create(&p.e, &p.c, 0);
	a = queue_args(p.e.id);
	a.level = XSCHED_LEVEL_INTERRUPT;
	queue_create_with(&strong, &p.e, a);
	CHECK_EQ(LOAD(p.e.ctl->level), XSCHED_LEVEL_INTERRUPT);
	a.level = XSCHED_LEVEL_BLOCK;
	queue_create_with(&weak, &p.e, a);
	CHECK_EQ(LOAD(p.e.ctl->level), XSCHED_LEVEL_BLOCK);
	CHECK_EQ(destroy(p.c.fd, XSCHED_QUEUE_DESTROY, weak.id), 0);
	CHECK_EQ(LOAD(p.e.ctl->level), XSCHED_LEVEL_INTERRUPT);
	CHECK_EQ(destroy(p.c.fd, XSCHED_QUEUE_DESTROY, strong.id), 0);
	CHECK_EQ(LOAD(p.e.ctl->level), 0);
}

/* No competitor: whatever it does, nothing is asked of it. */
static void alone(const void *data)
{
	struct player p;
	uint32_t before;

	(void)data;
	player_open(&p, -255);
	before = epoch(&p);
	launch(&p, 3);
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	go_idle(&p);
	want(&p);
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	CHECK_EQ(notify(&p), 0);
	CHECK_EQ(epoch(&p), before);
	CHECK_EQ(LOAD(p.c.control->ring_tail), 0);
}

/* A second one comes: the first may have launched untold, so it is asked. */
static void tracking_begins(const void *data)
{
	struct player a, b;
	uint32_t seq;

	(void)data;
	player_open(&a, 0);
	seq = LOAD(a.e.ctl->track_seq);
	player_open(&b, 0);
	CHECK_NE(LOAD(a.e.ctl->track_seq), seq);
	CHECK(notify(&a) & XSCHED_NOTIFY_TRACK);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
	CHECK_EQ(state(&a), XSCHED_STATE_RUNNING);
}

/* The second one has no past: it asks before its first launch. */
static void newcomer_asks(const void *data)
{
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	player_open(&b, 0);
	CHECK_EQ(gate(&b), XSCHED_GATE_ASK);
	CHECK_EQ(notify(&b), ASK_NOTIFY);
	CHECK_EQ(state(&b), XSCHED_STATE_IDLE);
}

static void idle_asks(const void *data)
{
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	player_open(&b, 0);
	go_idle(&a);
	CHECK_EQ(gate(&a), XSCHED_GATE_ASK);
	CHECK_EQ(notify(&a), ASK_NOTIFY);
	CHECK_EQ(state(&a), XSCHED_STATE_IDLE);
}

static void kick_opens(const void *data)
{
	struct player a, b;
	uint32_t before;

	(void)data;
	two(&a, 0, &b, 0);
	before = epoch(&a);
	want(&a);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
	CHECK_EQ(epoch(&a), before + 1);
	CHECK_EQ(state(&a), XSCHED_STATE_RUNNING);
	CHECK(notify(&a) & XSCHED_NOTIFY_TRACK);
	CHECK_EQ(gate(&b), XSCHED_GATE_ASK);
}

/* Counted as submitted or as pending, work is work. */
static void submitted_counts(const void *data)
{
	struct player a, b;

	(void)data;
	two(&a, 0, &b, 0);
	launch(&a, 1);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
}

static void kick_without_work(const void *data)
{
	struct player a, b;
	uint32_t before;

	(void)data;
	two(&a, 0, &b, 0);
	before = epoch(&a);
	kick(&a);
	CHECK_EQ(gate(&a), XSCHED_GATE_ASK);
	CHECK_EQ(epoch(&a), before);
}

static void higher_closes_lower(const void *data)
{
	struct player low, high;
	uint32_t before;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&low, 2);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	before = epoch(&low);
	want(&high);
	CHECK_EQ(gate(&high), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(epoch(&low), before + 1);
	/* Two commands of it are on the device. */
	CHECK_EQ(state(&low), XSCHED_STATE_DRAINING);
	STORE(low.q.st->pending, 1);
	STORE(low.q.st->completed, LOAD(low.q.st->submitted));
	kick(&low);
	CHECK_EQ(state(&low), XSCHED_STATE_HELD);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
}

static void held_at_once_if_quiet(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	want(&low);
	want(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(state(&low), XSCHED_STATE_HELD);
}

static void lower_waits(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, -1, &high, 0);
	launch(&high, 1);
	want(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(state(&low), XSCHED_STATE_READY);
	kick(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(gate(&high), XSCHED_GATE_OPEN);
}

static void equals_run_together(const void *data)
{
	struct player a, b;

	(void)data;
	two(&a, 5, &b, 5);
	launch(&a, 1);
	want(&b);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&b), XSCHED_GATE_OPEN);
}

static void idle_gives_way_at_once(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&high, 1);
	want(&low);
	go_idle(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&high), XSCHED_GATE_ASK);
}

/* No kick says that it has finished, nor that it waits for nothing. */
static void idle_is_noticed(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&high, 1);
	want(&low);
	sleep_ms(20);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	STORE(high.q.st->completed, LOAD(high.q.st->submitted));
	EVENTUALLY(gate(&low) == XSCHED_GATE_OPEN);
	EVENTUALLY(gate(&high) == XSCHED_GATE_ASK);
}

static void work_withdrawn(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&high, 1);
	want(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	STORE(low.q.st->pending, 0);
	kick(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_ASK);
	CHECK_EQ(state(&low), XSCHED_STATE_IDLE);
}

/* Who has not answered yet counts as busy, whatever its words say. */
static void untracked_is_busy(const void *data)
{
	struct player high, low;

	(void)data;
	player_open(&high, 10);
	player_open(&low, 0);
	want(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	kick(&high);
	sleep_ms(20);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	go_idle(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
}

/* Each queue answers for itself. */
static void every_queue_answers(const void *data)
{
	struct player high, low;
	struct queue second;

	(void)data;
	player_open(&high, 10);
	queue_create(&second, &high.e);
	player_open(&low, 0);
	want(&low);
	STORE(high.q.st->flags, XSCHED_STATUS_SYNCED);
	STORE(second.st->flags, XSCHED_STATUS_SYNCED);
	ack(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	STORE(second.st->track_ack, LOAD(high.e.ctl->track_seq));
	kick(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
}

/* An answer to an old question is none. */
static void old_answer(const void *data)
{
	struct player high, low;

	(void)data;
	player_open(&high, 10);
	player_open(&low, 0);
	want(&low);
	STORE(high.q.st->flags, XSCHED_STATUS_SYNCED);
	STORE(high.q.st->track_ack, LOAD(high.e.ctl->track_seq) - 1);
	kick(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	STORE(high.q.st->track_ack, LOAD(high.e.ctl->track_seq) + 1);
	kick(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
}

static void hint_decides(const void *data)
{
	struct player a, b;

	(void)data;
	two(&a, 0, &b, 0);
	want(&a);
	want(&b);
	CHECK_EQ(set_hint(a.c.fd, a.e.id, XSCHED_HINT_PRIORITY, 1), 0);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&b), XSCHED_GATE_HELD);
	CHECK_EQ(set_hint(a.c.fd, a.e.id, XSCHED_HINT_PRIORITY, -1), 0);
	CHECK_EQ(gate(&a), XSCHED_GATE_HELD);
	CHECK_EQ(gate(&b), XSCHED_GATE_OPEN);
	CHECK_EQ(set_hint(a.c.fd, a.e.id, XSCHED_HINT_PRIORITY, 0), 0);
	CHECK_EQ(gate(&a), XSCHED_GATE_OPEN);
	CHECK_EQ(gate(&b), XSCHED_GATE_OPEN);
}

static void check_alone_again(const struct player *p)
{
	CHECK_EQ(gate(p), XSCHED_GATE_OPEN);
	CHECK_EQ(notify(p), 0);
}

static void competitor_destroyed(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&high, 1);
	want(&low);
	CHECK_EQ(destroy(high.c.fd, XSCHED_ENTITY_DESTROY, high.e.id), 0);
	check_alone_again(&low);
}

static void competitor_closed(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&high, 1);
	want(&low);
	MUST(close(high.c.fd));
	check_alone_again(&low);
}

/* The queue with the work goes, so the work does. */
static void busy_queue_destroyed(const void *data)
{
	struct player low, high;

	(void)data;
	two(&low, 0, &high, 10);
	launch(&high, 1);
	want(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(destroy(high.c.fd, XSCHED_QUEUE_DESTROY, high.q.id), 0);
	EVENTUALLY(gate(&low) == XSCHED_GATE_OPEN);
}

/* Several queues: the entity has work while one of them has. */
static void any_queue_counts(const void *data)
{
	struct player low, high;
	struct queue second;

	(void)data;
	two(&low, 0, &high, 10);
	queue_create(&second, &high.e);
	STORE(second.st->submitted, 1);
	kick(&high);
	CHECK_EQ(gate(&high), XSCHED_GATE_OPEN);
	want(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	STORE(second.st->completed, 1);
	STORE(second.st->flags, XSCHED_STATUS_SYNCED);
	STORE(high.q.st->flags, XSCHED_STATUS_SYNCED);
	kick(&high);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
}

/* What one writes about itself costs another at most its priority's due. */
static void lies(const void *data)
{
	struct player liar, honest;
	uint32_t i;

	(void)data;
	two(&liar, 0, &honest, 10);
	for (i = 0; i < 1000; i++) {
		memset(liar.q.st, (int)(i * 37), sizeof(*liar.q.st));
		kick(&liar);
		want(&honest);
		CHECK_EQ(gate(&honest), XSCHED_GATE_OPEN);
		CHECK_NE(gate(&liar), XSCHED_GATE_OPEN);
		go_idle(&honest);
	}
}

/* More entities than fit a line or a page; the highest alone runs. */
static void a_crowd(const void *data)
{
	enum { N = 200 };
	static struct player p[N];
	struct client c;
	int i, k;

	(void)data;
	client_open(&c);
	for (i = 0; i < N; i++) {
		p[i].c = c;
		entity_create(&p[i].e, &c, i - 100);
		queue_create(&p[i].q, &p[i].e);
	}
	for (i = 0; i < N; i++)
		go_idle(&p[i]);
	for (i = 0; i < N; i++) {
		want(&p[i]);
		CHECK_EQ(gate(&p[i]), XSCHED_GATE_OPEN);
		if (i)
			CHECK_EQ(gate(&p[i - 1]), XSCHED_GATE_HELD);
	}
	for (i = N - 1; i > 0; i--) {
		go_idle(&p[i]);
		for (k = 0; k < N; k++)
			CHECK_EQ(gate(&p[k]), k == i - 1 ? XSCHED_GATE_OPEN :
					      k < i ? XSCHED_GATE_HELD : XSCHED_GATE_ASK);
	}
}

/* Devices don't meet. */
static void another_device(const void *data)
{
	struct xsched_entity_create args = entity_args(100);
	struct player p;
	struct entity other;

	(void)data;
	player_open(&p, 0);
	args.node_fd = MUST(open("/dev/null", O_RDONLY));
	entity_create_with(&other, &p.c, args);
	CHECK_NE(other.device, p.e.device);
	CHECK_EQ(notify(&p), 0);
	CHECK_EQ(LOAD(other.ctl->notify), 0);
}

static const struct ktap_test tests[] = {
	{ "a new entity", initial, NULL },
	{ "level is that of the weakest queue", lowest_level, NULL },
	{ "alone: open, quiet, no epoch", alone, NULL },
	{ "a second entity: the first is asked to track", tracking_begins, NULL },
	{ "a second entity asks first", newcomer_asks, NULL },
	{ "answered and idle: ASK and KICK", idle_asks, NULL },
	{ "a kick with work opens", kick_opens, NULL },
	{ "submitted work counts", submitted_counts, NULL },
	{ "a kick without work changes nothing", kick_without_work, NULL },
	{ "a higher priority closes a lower one's gate in the same call", higher_closes_lower, NULL },
	{ "held at once if quiet", held_at_once_if_quiet, NULL },
	{ "a lower priority waits", lower_waits, NULL },
	{ "equals run together", equals_run_together, NULL },
	{ "who is idle gives way in the same call", idle_gives_way_at_once, NULL },
	{ "idleness is noticed without a kick", idle_is_noticed, NULL },
	{ "work withdrawn", work_withdrawn, NULL },
	{ "untracked counts as busy", untracked_is_busy, NULL },
	{ "every queue has to answer", every_queue_answers, NULL },
	{ "wrong answers are none", old_answer, NULL },
	{ "a hint decides in its own call", hint_decides, NULL },
	{ "competitor destroyed", competitor_destroyed, NULL },
	{ "competitor closed", competitor_closed, NULL },
	{ "busy queue destroyed", busy_queue_destroyed, NULL },
	{ "any queue's work counts", any_queue_counts, NULL },
	{ "lies help nobody", lies, NULL },
	{ "200 entities, one after the other", a_crowd, NULL },
	{ "another device", another_device, NULL },
};

KTAP_MAIN(tests)
