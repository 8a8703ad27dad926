// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who launches on and on while it is held sleeps, and counts as one that waits; what the
 * program stops, fails or is reported late meanwhile leaves the counts right. Programs' streams by
 * priority.
 */
#include "stream.h"

#define PLENTY		1200	/* a launch sleeps */
#define LAUNCHES_MAX	2000

struct crowd {
	struct stream *high, *mid, *low;
	pthread_t launcher;
	_Atomic bool enough;
	bool slow;			/* in the driver's call, not between calls */
	_Atomic unsigned int launched;
};

static void *launch_on(void *arg)
{
	struct crowd *c = arg;

	while (!c->enough && c->launched < LAUNCHES_MAX) {
		enum xqueue_mode mode = xqueue_begin(c->mid->xq);

		if (c->slow)
			pause_ms(1);
		put(c->mid, (struct item){ .kind = COMMAND,
					   .token = mode == XQ_TRACKED ? xqueue_track(c->mid->xq) : NULL });
		xqueue_end(c->mid->xq, mode, false);
		c->launched++;
		if (!c->slow)
			pause_ms(1);
	}
	return NULL;
}

static uint32_t pending(const struct stream *s)
{
	return xs_load(&s->xq->st->pending);
}

/* The first one works, and the second one's thread sleeps in a launch. */
static struct crowd *held(const struct xsched_hal_ops *hal)
{
	struct crowd *c = calloc(1, sizeof(*c));
	unsigned int i;

	ktap_note("the device is simulated");
	CHECK(c);
	c->high = stream_new(hal, "2");
	c->mid = stream_new(hal, "1");
	c->low = stream_new(hal, "0");
	may_run(c->high, 0);
	launch(c->high);
	EVENTUALLY(xs_load(&c->mid->xq->ctl->gate) != XSCHED_GATE_OPEN);
	for (i = 0; i < PLENTY / 2; i++)
		launch(c->mid);
	CHECK_EQ(xs_load(&c->mid->xq->ctl->gate), XSCHED_GATE_HELD);
	CHECK_EQ(pthread_create(&c->launcher, NULL, launch_on, c), 0);
	EVENTUALLY(({
		unsigned int n = c->launched;

		pause_ms(20);
		n > PLENTY / 4 && n == c->launched; }));
	return c;
}

static void stop_launching(struct crowd *c)
{
	c->enough = true;
	CHECK_EQ(pthread_join(c->launcher, NULL), 0);
}

/* Stopped while one sleeps in a launch: nothing of it is work to the scheduler. */
static void suspended(const void *hal)
{
	struct crowd *c = held(hal);
	unsigned int all, i;

	for (i = 0; i < 5; i++) {
		xqueue_suspend(c->mid->xq);
		CHECK(pending(c->mid) <= 1);
		if (i == 4)
			break;
		pause_ms(60);
		xqueue_resume(c->mid->xq);
		pause_ms(7);
	}
	stop_launching(c);
	CHECK_EQ(pending(c->mid), 0);
	may_run(c->high, ~0u);
	EVENTUALLY(ran(c->high) == 1);
	launch(c->low);
	EVENTUALLY(ran(c->low) == 1);
	all = PLENTY / 2 + c->launched;
	CHECK_LT(ran(c->mid), all);
	xqueue_resume(c->mid->xq);
	EVENTUALLY(ran(c->mid) == all);
	EVENTUALLY(xs_load(&c->mid->xq->st->completed) == xs_load(&c->mid->xq->st->submitted));
	CHECK_EQ(xs_load(&c->mid->xq->st->submitted), all);
	CHECK_EQ(pending(c->mid), 0);
	launch(c->low);
	EVENTUALLY(ran(c->low) == 2);
}

/* Somebody comes while one launches on and on: what was launched before that is told soon. */
static void asked(const void *hal)
{
	struct crowd *c = calloc(1, sizeof(*c));
	uint64_t begun;

	ktap_note("the device is simulated");
	CHECK(c);
	c->mid = stream_new(hal, "1");
	may_run(c->mid, 0);
	while (c->launched < PLENTY) {
		CHECK_EQ(launch(c->mid), XQ_UNTRACKED);
		c->launched++;
	}
	c->slow = true;
	CHECK_EQ(pthread_create(&c->launcher, NULL, launch_on, c), 0);
	EVENTUALLY(c->launched > PLENTY + 3);
	c->high = stream_new(hal, "2");
	may_run(c->high, 0);
	launch(c->high);
	begun = xsched_now_ns();
	EVENTUALLY(xs_load(&c->mid->xq->st->track_ack) == xs_load(&c->mid->xq->ctl->track_seq));
	ktap_note("answered after %u ms", (unsigned int)((xsched_now_ns() - begun) / 1000000));
	CHECK_LT(xsched_now_ns() - begun, 500000000);
	stop_launching(c);
}

/* What it kept has failed with what came before: nothing is left, and the count is right. */
static void failed(const void *hal)
{
	struct stream *high = stream_new(hal, "1"), *low = stream_new(hal, "0");
	struct xfinish f;
	unsigned int i;

	ktap_note("the device is simulated");
	may_run(high, 0);
	for (i = 0; i < 3; i++)
		launch(high);
	xqueue_suspend(high->xq);
	for (i = 0; i < 3; i++)
		launch(high);
	CHECK_EQ(pending(high), 0);
	f = xqueue_finish_begin(high->xq);
	CHECK(f.alone);
	xqueue_finish_end(high->xq, f);
	CHECK_EQ(pending(high), 0);
	CHECK_EQ(xs_load(&high->xq->st->completed), xs_load(&high->xq->st->submitted));
	launch(low);
	EVENTUALLY(ran(low) == 1);
	xqueue_resume(high->xq);
	CHECK_EQ(pending(high), 0);
	CHECK_EQ(xs_load(&high->xq->st->submitted), 6);
	CHECK_EQ(xs_load(&high->xq->st->completed), 6);
}

/* Reports of what completed before the device stood come after it does. */
static void late(const void *hal)
{
	struct stream *high = stream_new(hal, "1"), *low = stream_new(hal, "0");
	struct xtrack *tokens[3];
	unsigned int i;

	ktap_note("the device is simulated");
	for (i = 0; i < 3; i++) {
		enum xqueue_mode mode = xqueue_begin(high->xq);

		CHECK_EQ(mode, XQ_TRACKED);
		tokens[i] = xqueue_track(high->xq);
		put(high, (struct item){ .kind = COMMAND });
		xqueue_end(high->xq, mode, false);
	}
	EVENTUALLY(ran(high) == 3);
	xqueue_suspend(high->xq);
	launch(high);
	EVENTUALLY(xs_load(&high->xq->st->submitted) == xs_load(&high->xq->st->completed));
	pause_ms(100);
	for (i = 0; i < 3; i++)
		xqueue_tracked_done(tokens[i]);
	pause_ms(10);
	/* Nobody else does anything that would have the agent look. */
	CHECK_EQ(xs_load(&high->xq->st->completed), xs_load(&high->xq->st->submitted));
	launch(low);
	EVENTUALLY(ran(low) == 1);
	xqueue_resume(high->xq);
	EVENTUALLY(ran(high) == 4);
	EVENTUALLY(xs_load(&high->xq->st->completed) == 4);
	CHECK_EQ(xs_load(&high->xq->st->submitted), 4);
	CHECK_EQ(pending(high), 0);
}

static const struct ktap_test tests[] = {
	{ "stopped while one sleeps, level 1", suspended, &level_1 },
	{ "stopped while one sleeps, level 2", suspended, &level_2 },
	{ "failed while it is stopped, level 1", failed, &level_1 },
	{ "reported late, level 1", late, &level_1 },
	{ "reported late, level 2", late, &level_2 },
	{ "asked while one sleeps, level 1", asked, &level_1 },
	{ "asked while one sleeps, level 2", asked, &level_2 },
};

KTAP_MAIN(tests)
