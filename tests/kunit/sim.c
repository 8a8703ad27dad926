// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The simulated device and its processes.
 */
#include "sim.h"

static struct sim *sim_of(struct xsched_domain *d)
{
	return container_of(d, struct sim, d);
}

static void sim_mix(struct sim *s, u64 v)
{
	s->hash = (s->hash ^ v) * 0x100000001b3ULL;
}

static void sim_on_gate_changed(struct xsched_entity *e, u64 now_ns)
{
	struct sim_entity *x = container_of(e, struct sim_entity, e);
	struct sim *s = sim_of(e->domain);

	x->dirty = true;
	sim_mix(s, e->id);
	sim_mix(s, e->gate);
	sim_mix(s, now_ns);
	if (!x->stops)
		return;
	/* The gate that its device stands at, or goes through. */
	if (e->gate == XSCHED_GATE_OPEN)
		x->st.pass = x->st.arrive;
	else if (x->st.arrive == x->st.pass)
		x->st.arrive++;
}

static void sim_on_track_wanted(struct xsched_entity *e, u64 now_ns __maybe_unused)
{
	container_of(e, struct sim_entity, e)->dirty = true;
}

static void sim_on_state_changed(struct xsched_entity *e, u32 from, u64 now_ns)
{
	struct sim *s = sim_of(e->domain);
	u64 waited_ns = now_ns - e->since_ns;

	if (e->state == XSCHED_STATE_RUNNING || from == XSCHED_STATE_RUNNING)
		return;
	s->waited_ns = xsched_max_u64(s->waited_ns, waited_ns);
}

static void sim_on_aged(struct xsched_entity *e, u64 waited_ns, u64 now_ns __maybe_unused)
{
	struct sim *s = sim_of(e->domain);

	s->n_aged++;
	s->waited_ns = xsched_max_u64(s->waited_ns, waited_ns);
}

static void sim_on_fell_back(struct xsched_domain *d, const char *policy __maybe_unused,
			     u64 now_ns __maybe_unused)
{
	sim_of(d)->n_fell_back++;
}

static s32 sim_on_cpu_priority(struct xsched_entity *e)
{
	struct sim *s = sim_of(e->domain);

	return s->cpu_priority ? s->cpu_priority(e) : 0;
}

static void sim_on_poke(struct xsched_domain *d)
{
	sim_of(d)->poked = true;
}

static const struct xsched_domain_ops sim_ops = {
	.gate_changed = sim_on_gate_changed,
	.track_wanted = sim_on_track_wanted,
	.state_changed = sim_on_state_changed,
	.aged = sim_on_aged,
	.fell_back = sim_on_fell_back,
	.cpu_priority = sim_on_cpu_priority,
	.poke = sim_on_poke,
};

/* One call of the core, with the lock, and the test's check. */
#define SIM_CALL(s, call) do {			\
	xt_flags_t flags;			\
	xt_lock(&(s)->d.lock, flags);		\
	call;					\
	xt_unlock(&(s)->d.lock, flags);		\
	if ((s)->check)				\
		(s)->check(s);			\
} while (0)

/* What the process does about its gate: gives commands to the device, or says that it waits. */
static void sim_feed(struct sim *s, struct sim_entity *x)
{
	struct xsched_status_slot *st = &x->st;
	u32 more = 0;

	if (!x->e.domain)
		return;
	if (x->ctl.gate == XSCHED_GATE_OPEN) {
		if (st->submitted - st->completed < x->window)
			more = x->window - (st->submitted - st->completed);
		if (x->to_come < more)
			more = (u32)x->to_come;
		if (st->submitted == st->completed && more)
			x->head_left_ns = x->command_ns;
		st->submitted += more;
		x->to_come -= x->to_come == SIM_ENDLESS ? 0 : more;
		st->pending = 0;
		return;
	}
	st->pending = x->to_come != 0;
	if (st->pending && (x->ctl.notify & XSCHED_NOTIFY_KICK))
		SIM_CALL(s, xsched_domain_kick(&s->d, &x->e, s->now));
}

static void sim_answer(struct sim *s, struct sim_entity *x)
{
	if (x->st.track_ack == x->ctl.track_seq)
		return;
	x->st.track_ack = x->ctl.track_seq;
	SIM_CALL(s, xsched_domain_kick(&s->d, &x->e, s->now));
}

/* Processes react, which can make news for others. */
static void sim_react(struct sim *s)
{
	bool again;
	u32 i;

	do {
		again = false;
		for (i = 0; i < s->n; i++) {
			struct sim_entity *x = &s->ent[i];

			if (!x->dirty)
				continue;
			x->dirty = false;
			again = true;
			sim_feed(s, x);
			if (x->e.domain)
				sim_answer(s, x);
		}
	} while (again);
}

struct sim *sim_new(struct xt *t, u32 n, const struct xsched_policy *p)
{
	struct sim *s = xt_alloc_big(t, sizeof(*s) + n * sizeof(s->ent[0]));

	s->n = n;
	s->now = SIM_SECOND;
	s->hash = 0xcbf29ce484222325ULL;
	s->idle_since_ns = XSCHED_NEVER;
	xsched_domain_init(&s->d, &sim_ops);
	if (p)
		sim_policy(s, p);
	return s;
}

void sim_free(struct sim *s)
{
	u32 i;

	for (i = 0; i < s->n; i++)
		if (s->ent[i].e.domain)
			sim_remove(s, i);
	xsched_domain_fini(&s->d);
	xt_free_big(s);
}

void sim_add(struct sim *s, u32 i, u64 command_ns, u32 window)
{
	struct sim_entity *x = &s->ent[i];
	bool stops = x->stops, silent = x->silent;

	memset(x, 0, sizeof(*x));
	x->stops = stops;
	x->silent = silent;
	x->command_ns = command_ns;
	x->window = window;
	xsched_entity_init(&x->e, i + 1, 0, &x->ctl);
	x->e.process = i + 1;
	x->e.seat = s->seat;
	x->e.gang = s->gang;
	x->st.flags = silent ? 0 : XSCHED_STATUS_SYNCED;
	x->q.st = &x->st;
	x->q.id = i + 1;
	x->q.level = XSCHED_LEVEL_BLOCK;
	x->q.flags = (stops ? XSCHED_QUEUE_F_DEVICE_GATED : 0) |
		     (silent ? 0 : XSCHED_QUEUE_F_KICKS_IDLE);
	SIM_CALL(s, xsched_domain_add(&s->d, &x->e, s->now));
	SIM_CALL(s, xsched_entity_add_queue(&x->e, &x->q, s->now));
	sim_react(s);
}

void sim_remove(struct sim *s, u32 i)
{
	SIM_CALL(s, xsched_domain_remove(&s->d, &s->ent[i].e, s->now));
	s->ent[i].to_come = 0;
	s->ent[i].st.completed = s->ent[i].st.submitted;
	sim_react(s);
}

void sim_hint(struct sim *s, u32 i, u32 kind, s64 value)
{
	SIM_CALL(s, xsched_entity_set_hint(&s->ent[i].e, kind, value, s->now));
	sim_react(s);
}

void sim_policy(struct sim *s, const struct xsched_policy *p)
{
	SIM_CALL(s, xsched_domain_set_policy(&s->d, p, s->now));
	sim_react(s);
}

void sim_retune(struct sim *s)
{
	SIM_CALL(s, xsched_domain_retune(&s->d, s->now));
	sim_react(s);
}

void sim_kick(struct sim *s, u32 i)
{
	SIM_CALL(s, xsched_domain_kick(&s->d, &s->ent[i].e, s->now));
	sim_react(s);
}

void sim_work(struct sim *s, u32 i, u64 commands)
{
	struct sim_entity *x = &s->ent[i];

	x->st.flags = 0;
	x->to_come = commands == SIM_ENDLESS || x->to_come == SIM_ENDLESS ?
		     SIM_ENDLESS : x->to_come + commands;
	sim_feed(s, x);
	sim_react(s);
}

/* All that it had to do is done. */
static void sim_finish(struct sim *s, struct sim_entity *x)
{
	x->done_ns = s->now;
	x->jobs_done++;
	x->st.pending = 0;
	if (x->silent)
		return;
	x->st.flags = XSCHED_STATUS_SYNCED;
	if (x->ctl.notify & XSCHED_NOTIFY_CALM)
		return;
	SIM_CALL(s, xsched_domain_kick(&s->d, &x->e, s->now));
}

void sim_withdraw(struct sim *s, u32 i)
{
	struct sim_entity *x = &s->ent[i];

	x->to_come = 0;
	x->st.pending = 0;
	if (!sim_has_work(x))
		sim_finish(s, x);
	sim_react(s);
}

/* Does somebody with an open gate keep it off the device? */
static bool sim_is_ousted(const struct sim *s, const struct sim_entity *x)
{
	u32 i;

	if (!s->ousts || x->ctl.gate == XSCHED_GATE_OPEN)
		return false;
	for (i = 0; i < s->n; i++) {
		const struct sim_entity *o = &s->ent[i];

		if (o->e.domain && o->ctl.gate == XSCHED_GATE_OPEN && sim_is_served(o))
			return true;
	}
	return false;
}

/* Whom the device serves till something changes. */
static void sim_choose_served(struct sim *s)
{
	u32 i;

	for (i = 0; i < s->n; i++) {
		struct sim_entity *x = &s->ent[i];

		x->served = x->e.domain && sim_is_served(x) && !sim_is_ousted(s, x);
	}
}

/* How many the device serves, and when the first of their commands is done. */
static u32 sim_served(struct sim *s, u64 *first_ns)
{
	u64 least_ns = XSCHED_NEVER;
	u32 n = 0, i;

	sim_choose_served(s);
	for (i = 0; i < s->n; i++)
		if (s->ent[i].served) {
			n++;
			least_ns = xsched_min_u64(least_ns, s->ent[i].head_left_ns);
		}
	*first_ns = n ? s->now + least_ns * n : XSCHED_NEVER;
	return n;
}

static void sim_complete(struct sim *s, struct sim_entity *x)
{
	x->st.completed++;
	if (x->st.submitted != x->st.completed)
		x->head_left_ns = x->command_ns;
	sim_feed(s, x);
	if (!sim_has_work(x))
		sim_finish(s, x);
}

/* The device works till then, with n served and no command ending before. */
static void sim_serve(struct sim *s, u64 then_ns, u32 n)
{
	u64 ns = n ? (then_ns - s->now) / n : 0;
	u32 i;

	for (i = 0; n && i < s->n; i++) {
		struct sim_entity *x = &s->ent[i];

		if (!x->served)
			continue;
		x->served_ns += ns;
		x->head_left_ns -= xsched_min_u64(ns, x->head_left_ns);
	}
	s->now = then_ns;
	for (i = 0; n && i < s->n; i++)
		if (s->ent[i].served && s->ent[i].e.domain && !s->ent[i].head_left_ns)
			sim_complete(s, &s->ent[i]);
}

/* Is the device idle though there is something to do? */
static void sim_note_idle(struct sim *s, u32 n_served)
{
	bool work = false;
	u32 i;

	for (i = 0; !n_served && !work && i < s->n; i++)
		work = s->ent[i].e.domain && sim_has_work(&s->ent[i]);
	if (!work)
		s->idle_since_ns = XSCHED_NEVER;
	else if (s->idle_since_ns == XSCHED_NEVER)
		s->idle_since_ns = s->now;
	else
		s->idle_ns = xsched_max_u64(s->idle_ns, s->now - s->idle_since_ns);
}

void sim_run_until(struct sim *s, u64 end_ns)
{
	for (;;) {
		u64 first_ns, then_ns;
		u32 n = sim_served(s, &first_ns);

		sim_note_idle(s, n);
		then_ns = xsched_min_u64(first_ns, xsched_max_u64(s->d.next_ns, s->now));
		if (s->poked)
			then_ns = s->now;
		sim_serve(s, xsched_min_u64(then_ns, end_ns), n);
		sim_react(s);
		if (then_ns > end_ns)
			return;
		if (s->poked) {
			s->poked = false;
			SIM_CALL(s, xsched_domain_poke(&s->d, s->now));
		} else if (s->d.next_ns <= s->now) {
			s->n_ticks += !xsched_is_late(&s->d);
			SIM_CALL(s, xsched_domain_tick(&s->d, s->now));
		}
		sim_react(s);
	}
}

void sim_run(struct sim *s, u64 ns)
{
	sim_run_until(s, s->now + ns);
}

bool sim_knows_policy(const struct xsched_policy *p)
{
	static const char *const names[] = {
		"none", "hpf", "hhpf", "chpf", "up", "pup", "fair", "mlfq", "edf", "kedf", "laxity",
		"srtf", "awf",
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(p->name, names[i]))
			return true;
	return false;
}

static bool runs_one(const struct xsched_policy *p)
{
	return p == &xsched_policy_fair || p == &xsched_policy_up || p == &xsched_policy_mlfq ||
	       p == &xsched_policy_edf || p == &xsched_policy_srtf;
}

const char *sim_fault(const struct sim *s)
{
	const struct xsched_domain *d = &s->d;
	u32 i;

	if (d->fallback[0])
		return d->fallback;
	for (i = 0; i < s->n; i++) {
		const struct sim_entity *x = &s->ent[i];
		bool open = x->ctl.gate == XSCHED_GATE_OPEN;

		if (!x->e.domain || !d->arbitrating || d->undecided)
			continue;
		if (open != (x->e.state == XSCHED_STATE_RUNNING))
			return open ? "a gate is open and its entity doesn't run" :
				      "an entity runs and its gate is closed";
	}
	if (d->n_busy == d->n_barred || d->undecided || xsched_is_late(d) || d->policy->across)
		return "";
	if (d->n_chosen > 1 && runs_one(d->policy))
		return "several run under a policy that runs one";
	if (!d->n_running && !(d->tun.strict && d->n_draining))
		return "there is work, and nobody runs";
	return "";
}
