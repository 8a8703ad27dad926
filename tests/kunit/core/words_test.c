// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The words: what each combination claims, whatever is written there.
 */
#include "../fixture.h"

#define GATED	XSCHED_QUEUE_F_DEVICE_GATED
#define STOPS	(XSCHED_QUEUE_F_DEVICE_GATED | XSCHED_QUEUE_F_GATE_STOPS_ALL)
#define SYNCED	XSCHED_STATUS_SYNCED
#define MAXW	(~0U)

struct said {
	u32 flags;		/* XSCHED_QUEUE_F_* */
	u32 submitted, completed, pending, arrive, pass, status;
};

struct claim {
	const char *what;
	u32 queues;
	struct said q[2];
	bool work, in_flight, quiet, synced;
};

static const struct claim claims[] = {
	{ "no queues", 0, { { 0 } }, false, false, true, true },
	{ "nothing ever", 1, { { 0 } }, false, false, true, false },
	{ "synced", 1, { { .status = SYNCED } }, false, false, true, true },
	{ "one in flight", 1, { { .submitted = 1 } }, true, true, false, false },
	{ "all done", 1, { { .submitted = 7, .completed = 7 } }, false, false, true, false },
	{ "held back", 1, { { .submitted = 7, .completed = 7, .pending = 1 } },
	  true, false, true, false },
	{ "synced, yet in flight", 1, { { .submitted = 1, .status = SYNCED } },
	  true, true, false, true },
	{ "completed ahead", 1, { { .submitted = 1, .completed = 2 } }, true, true, false, false },
	{ "counter wrapped", 1, { { .submitted = 1, .completed = MAXW } },
	  true, true, false, false },
	{ "both at the wrap", 1, { { .submitted = MAXW, .completed = MAXW } },
	  false, false, true, false },
	{ "unknown status bits", 1, { { .status = ~SYNCED } }, false, false, true, false },
	{ "pending at its highest", 1, { { .pending = MAXW } }, true, false, true, false },
	{ "stands at a gate", 1, { { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 4 } },
	  true, true, true, false },
	{ "went through it", 1, { { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 5 } },
	  true, true, false, false },
	{ "pass ahead of arrive", 1, { { .flags = GATED, .submitted = 2, .arrive = 4, .pass = 5 } },
	  true, true, false, false },
	{ "gate numbers wrapped", 1, { { .flags = GATED, .submitted = 2, .arrive = 0, .pass = MAXW } },
	  true, true, true, false },
	{ "gate words without the flag", 1, { { .submitted = 2, .arrive = 5, .pass = 4 } },
	  true, true, false, false },
	{ "one stands, one runs", 2, { { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 4 },
	  { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 5 } }, true, true, false, false },
	{ "both stand", 2, { { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 4 },
	  { .flags = GATED, .submitted = 2, .arrive = 9, .pass = 8 } }, true, true, true, false },
	{ "one stands, one is empty", 2, { { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 4 },
	  { .flags = GATED } }, true, true, true, false },
	{ "one stands and stops all", 2, { { .flags = STOPS, .submitted = 2, .arrive = 5, .pass = 4 },
	  { .flags = STOPS, .submitted = 2, .arrive = 5, .pass = 5 } }, true, true, true, false },
	{ "the stopper is open", 2, { { .flags = STOPS, .submitted = 2, .arrive = 5, .pass = 5 },
	  { .flags = GATED, .submitted = 2, .arrive = 5, .pass = 5 } }, true, true, false, false },
	{ "one synced, one not", 2, { { .status = SYNCED }, { 0 } }, false, false, true, false },
	{ "one not synced, one is", 2, { { 0 }, { .status = SYNCED } },
	  false, false, true, false },
	{ "second queue has work", 2, { { 0 }, { .pending = 3 } }, true, false, true, false },
};

static void say(struct xsched_status_slot *st, const struct said *s)
{
	st->submitted = s->submitted;
	st->completed = s->completed;
	st->pending = s->pending;
	st->arrive = s->arrive;
	st->pass = s->pass;
	st->flags = s->status;
}

XT_DEFINE(words_claims)
{
	u32 c, n;

	for (c = 0; c < ARRAY_SIZE(claims); c++) {
		const struct claim *k = &claims[c];
		struct fx *f = fx_new(t);
		struct xsched_words w;

		fx_add(f, 0, 0, 0);
		for (n = 0; n < k->queues; n++) {
			fx_add_queue(f, 0, n, k->q[n].flags);
			say(&f->ent[0].st[n], &k->q[n]);
		}
		xsched_entity_read_words(fx_e(f, 0), &w);
		xt_eq_msg(t, w.work, k->work, "work: %s", k->what);
		xt_eq_msg(t, w.in_flight, k->in_flight, "in flight: %s", k->what);
		xt_eq_msg(t, w.quiet, k->quiet, "quiet: %s", k->what);
		xt_eq_msg(t, w.synced, k->synced, "synced: %s", k->what);
		xt_eq_msg(t, w.acked, true, "acked: %s", k->what);
		xt_eq_msg(t, xsched_entity_has_work(fx_e(f, 0)), k->work, "has work: %s", k->what);
		xt_eq_msg(t, xsched_entity_state(fx_e(f, 0)), k->work ? RUNNING : IDLE,
			  "shown: %s", k->what);
		fx_end(f);
	}
}

struct motion {
	const char *what;
	struct said to;
	bool moved;
};

static const struct motion motions[] = {
	{ "nothing", { .submitted = 4, .completed = 3, .arrive = 2, .pass = 1 }, false },
	{ "completed", { .submitted = 4, .completed = 4, .arrive = 2, .pass = 1 }, true },
	{ "arrive", { .submitted = 4, .completed = 3, .arrive = 3, .pass = 1 }, true },
	{ "pass", { .submitted = 4, .completed = 3, .arrive = 2, .pass = 2 }, true },
	{ "only submitted", { .submitted = 5, .completed = 3, .arrive = 2, .pass = 1 }, false },
	{ "only flags", { .submitted = 4, .completed = 3, .arrive = 2, .pass = 1,
			  .status = SYNCED }, false },
};

XT_DEFINE(words_move)
{
	const struct said from = { .submitted = 4, .completed = 3, .arrive = 2, .pass = 1 };
	struct xsched_words w;
	u32 c;

	for (c = 0; c < ARRAY_SIZE(motions); c++) {
		struct fx *f = fx_new(t);

		fx_add(f, 0, 1, 0);
		say(fx_st(f, 0), &from);
		xsched_entity_read_words(fx_e(f, 0), &w);
		say(fx_st(f, 0), &motions[c].to);
		xsched_entity_read_words(fx_e(f, 0), &w);
		xt_eq_msg(t, w.moved, motions[c].moved, "%s", motions[c].what);
		xsched_entity_read_words(fx_e(f, 0), &w);
		xt_eq_msg(t, w.moved, false, "%s, again", motions[c].what);
		fx_end(f);
	}
}

XT_DEFINE(words_ack)
{
	struct fx *f = fx_new(t);
	struct xsched_words w;

	fx_add(f, 0, 2, 0);
	fx_add(f, 1, 0, 0);
	xsched_entity_read_words(fx_e(f, 0), &w);
	xt_false(t, w.acked);
	f->ent[0].st[0].track_ack = f->ent[0].ctl.track_seq;
	xsched_entity_read_words(fx_e(f, 0), &w);
	xt_false(t, w.acked);
	f->ent[0].st[0].track_ack = f->ent[0].ctl.track_seq - 1;
	f->ent[0].st[1].track_ack = f->ent[0].ctl.track_seq;
	xsched_entity_read_words(fx_e(f, 0), &w);
	xt_false(t, w.acked);
	f->ent[0].st[0].track_ack = f->ent[0].ctl.track_seq;
	xsched_entity_read_words(fx_e(f, 0), &w);
	xt_true(t, w.acked);
	fx_end(f);
}

XT_SUITE(words_suite, "xsched_words",
	 XT_CASE(words_claims),
	 XT_CASE(words_move),
	 XT_CASE(words_ack));
