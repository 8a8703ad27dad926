// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process that is calm needn't say what completes; when somebody comes, or the program stops
 * it, that is found out. Two programs' streams, of which the first is the more important.
 */
#include "stream.h"

struct pair {
	struct stream *high, *low;
};

static uint32_t notify(const struct stream *s)
{
	return xs_load(&s->xq->ctl->notify);
}

static bool is_open(const struct stream *s)
{
	return !xs_load(&s->xq->ctl->gate);
}

/* What the scheduler takes for work in flight. */
static uint32_t untold(const struct stream *s)
{
	return xs_load(&s->xq->st->submitted) - xs_load(&s->xq->st->completed);
}

/* Commands that nobody observes. */
static void launch_calmly(struct stream *s, unsigned int n)
{
	while (n--)
		CHECK_EQ(launch(s), XQ_UNTRACKED);
}

/* Both have been idle for long, and then the first works now and then. */
static struct pair calm(const struct xsched_hal_ops *hal)
{
	struct pair p = { stream_new(hal, "1"), stream_new(hal, "0") };

	ktap_note("the device is simulated");
	CHECK(notify(p.high) & XSCHED_NOTIFY_TRACK);
	pause_ms(1000);
	EVENTUALLY(({
		launch(p.high);
		finish(p.high);
		pause_ms(5);
		notify(p.high) == XSCHED_NOTIFY_CALM; }));
	CHECK_EQ(untold(p.high), 0);
	return p;
}

/* It gets the device, though it is the less important one. */
static void low_runs(struct pair p)
{
	unsigned int n = ran(p.low);

	launch(p.low);
	EVENTUALLY(ran(p.low) == n + 1);
}

/* What has completed is found out in front of what the program keeps, which is no work. */
static void suspended(const void *hal)
{
	struct pair p = calm(hal);
	unsigned int n = ran(p.high);

	launch_calmly(p.high, 3);
	EVENTUALLY(ran(p.high) == n + 3);
	CHECK_EQ(untold(p.high), 3);
	xqueue_suspend(p.high->xq);
	EVENTUALLY(!untold(p.high));
	launch(p.high);
	EVENTUALLY(!untold(p.high));
	low_runs(p);
	CHECK_EQ(ran(p.high), n + 3);
	xqueue_resume(p.high->xq);
	EVENTUALLY(ran(p.high) == n + 4);
	low_runs(p);
	CHECK_EQ(untold(p.high), 0);
}

/* The same where it was alone when it was stopped, so that nobody had any use for the truth. */
static void suspended_alone(const void *hal)
{
	struct stream *high = stream_new(hal, "1");
	struct pair p = { high, NULL };

	ktap_note("the device is simulated");
	CHECK_EQ(notify(high), 0);
	launch_calmly(high, 3);
	EVENTUALLY(ran(high) == 3);
	xqueue_suspend(high->xq);
	launch(high);
	p.low = stream_new(hal, "0");
	EVENTUALLY(!untold(high));
	low_runs(p);
	CHECK_EQ(ran(high), 3);
	xqueue_resume(high->xq);
	EVENTUALLY(ran(high) == 4);
	low_runs(p);
}

/* With gates in its stream already, and more behind them while it is stopped. */
static void suspended_deep(const void *hal)
{
	struct stream *high = stream_new(hal, "1");
	struct pair p = { high, stream_new(hal, "0") };
	unsigned int i;

	ktap_note("the device is simulated");
	may_run(high, 2);
	for (i = 0; i < 40; i++)
		launch(high);
	EVENTUALLY(ran(high) == 2);
	xqueue_suspend(high->xq);
	launch(p.low);
	pause_ms(20);
	CHECK_EQ(ran(p.low), 0);	/* not while a command still runs */
	may_run(high, ~0u);
	EVENTUALLY(ran(p.low) == 1);
	for (i = 0; i < 5; i++) {
		launch(high);
		low_runs(p);
	}
	CHECK_LT(ran(high), 40);
	xqueue_resume(high->xq);
	EVENTUALLY(ran(high) == 45);
	EVENTUALLY(!untold(high));
	CHECK_EQ(xs_load(&high->xq->st->submitted), 45);
	CHECK_EQ(xs_load(&high->xq->st->pending), 0);
	low_runs(p);
}

/* What is in flight keeps the device till it has completed, and no longer. */
static void in_flight(const void *hal)
{
	struct pair p = calm(hal);
	unsigned int n = ran(p.high), m = ran(p.low);

	may_run(p.high, n + 1);
	launch_calmly(p.high, 3);
	launch(p.low);
	CHECK(!is_open(p.low));
	EVENTUALLY(xs_load(&p.high->xq->st->track_ack) == xs_load(&p.high->xq->ctl->track_seq));
	CHECK(is_open(p.high));
	CHECK(!(notify(p.high) & XSCHED_NOTIFY_CALM));
	pause_ms(50);
	CHECK_EQ(ran(p.low), m);
	may_run(p.high, n + 2);
	pause_ms(50);
	CHECK_EQ(ran(p.low), m);
	may_run(p.high, ~0u);
	EVENTUALLY(ran(p.low) == m + 1);
	CHECK_EQ(ran(p.high), n + 3);
	CHECK_EQ(untold(p.high), 0);
}

/* It said nothing and is asked: the other doesn't wait for its next call. */
static void out_of_work(const void *hal)
{
	struct pair p = calm(hal);
	unsigned int n = ran(p.high);

	launch_calmly(p.high, 3);
	EVENTUALLY(ran(p.high) == n + 3);
	CHECK_EQ(untold(p.high), 3);
	low_runs(p);
	CHECK_EQ(untold(p.high), 0);
}

/* It has waited for all: nobody needs to ask. */
static void has_waited(const void *hal)
{
	struct pair p = calm(hal);

	launch_calmly(p.high, 3);
	CHECK_EQ(untold(p.high), 3);
	finish(p.high);
	CHECK_EQ(untold(p.high), 0);
	low_runs(p);
}

static const struct ktap_test tests[] = {
	{ "the program stops it, level 1", suspended, &level_1 },
	{ "the program stops it, level 2", suspended, &level_2 },
	{ "the program has stopped it when somebody comes, level 1", suspended_alone, &level_1 },
	{ "the program has stopped it when somebody comes, level 2", suspended_alone, &level_2 },
	{ "stopped with a lot in its stream, level 1", suspended_deep, &level_1 },
	{ "stopped with a lot in its stream, level 2", suspended_deep, &level_2 },
	{ "somebody comes while it has work, level 1", in_flight, &level_1 },
	{ "somebody comes while it has work, level 2", in_flight, &level_2 },
	{ "somebody comes when it has none, level 1", out_of_work, &level_1 },
	{ "somebody comes when it has none, level 2", out_of_work, &level_2 },
	{ "somebody comes when it has waited for all, level 1", has_waited, &level_1 },
	{ "somebody comes when it has waited for all, level 2", has_waited, &level_2 },
};

KTAP_MAIN(tests)
