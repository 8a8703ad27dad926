// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What single policies promise: shares within a point over a second, and every deadline met
 * that can be met.
 */
#include "play.h"

static char wrong[200];

struct mix {
	u32 n;
	s64 priority[3];	/* for fair; the rest has 0 */
	s64 utilization[3];	/* for up and pup; the rest has 100 */
};

static const struct mix mixes[] = {
	{ 2, { 50, 0 }, { 75, 25 } },
	{ 3, { 80, 50, 0 }, { 60, 30, 10 } },
	{ 100, { 0 }, { 100, 100, 100 } },
};

struct device {
	const char *name;
	bool stops, strict, ousts;
	u64 command_ns;
	double error;		/* points that a share may be off */
};

static const struct device devices[] = {
	{ "commands stop at once", true, false, false, 150 * US, 1.0 },
	{ "commands of 200 us run to their end", false, false, false, 200 * US, 1.0 },
	{ "commands of 200 us run to their end, strict", false, true, false, 200 * US, 1.0 },
	/* At each handing over a command and a look of 100 us are charged that weren't had. */
	{ "commands of 200 us lose the device in their middle", false, false, true, 200 * US, 1.5 },
};

static u32 weight_of(const struct xsched_policy *p, const struct xsched_entity *e)
{
	return p == &xsched_policy_fair ? xsched_entity_weight(e) :
					  (u32)e->hint[XSCHED_HINT_UTILIZATION];
}

static struct sim *saturate(const struct xsched_policy *p, const struct mix *m,
			    const struct device *dev)
{
	struct sim *s = sim_new(NULL, m->n, p);
	u32 i;

	s->d.tun.strict = dev->strict;
	s->ousts = dev->ousts;
	for (i = 0; i < m->n; i++) {
		s->ent[i].stops = dev->stops;
		sim_add(s, i, dev->command_ns, 1);
		sim_hint(s, i, XSCHED_HINT_PRIORITY, i < 3 ? m->priority[i] : 0);
		sim_hint(s, i, XSCHED_HINT_UTILIZATION, i < 3 ? m->utilization[i] : 100);
		sim_work(s, i, SIM_ENDLESS);
	}
	return s;
}

/* Over one second, of what the device did, not of what the core believes. */
static const char *share_error(struct sim *s, const struct xsched_policy *p,
			       const struct mix *m, const struct device *dev)
{
	u64 before[100], total = 0, weights = 0;
	u32 i;

	for (i = 0; i < m->n; i++)
		before[i] = s->ent[i].served_ns;
	sim_run(s, SIM_SECOND);
	for (i = 0; i < m->n; i++) {
		total += s->ent[i].served_ns - before[i];
		weights += weight_of(p, &s->ent[i].e);
	}
	for (i = 0; i < m->n; i++) {
		double got = 100.0 * (double)(s->ent[i].served_ns - before[i]) / (double)total;
		double want = 100.0 * weight_of(p, &s->ent[i].e) / (double)weights;

		if (got - want <= dev->error && want - got <= dev->error)
			continue;
		snprintf(wrong, sizeof(wrong), "%s, %s: entity %u of %u had %.2f%%, not %.2f%%",
			 p->name, dev->name, i + 1, m->n, got, want);
		return wrong;
	}
	return NULL;
}

const char *property_shares(const struct xsched_policy *p)
{
	const char *error = NULL;
	u32 c, v, second;

	for (c = 0; c < ARRAY_SIZE(mixes); c++)
		for (v = 0; v < ARRAY_SIZE(devices) && !error; v++) {
			struct sim *s = saturate(p, &mixes[c], &devices[v]);

			for (second = 0; second < 3 && !error; second++)
				error = share_error(s, p, &mixes[c], &devices[v]);
			sim_free(s);
		}
	return error;
}

/* A job of an entity: the next one is released after its deadline. Times in ticks of 10 us. */
struct job {
	u32 entity, release, length, deadline;
};

#define STREAMS		5
#define JOBS		20
#define TICK_NS		(10 * US)

static u32 random_jobs(struct tape *t, struct job *jobs)
{
	u32 i, n = 0, span = 20 + tape_roll(t, 200);

	for (i = 0; i < STREAMS; i++) {
		u32 at = tape_roll(t, span), k;

		for (k = tape_roll(t, JOBS / STREAMS + 1); k && n < JOBS; k--) {
			struct job *j = &jobs[n++];

			j->entity = i;
			j->release = at;
			j->deadline = at + 2 + tape_roll(t, span);
			j->length = 1 + tape_roll(t, j->deadline - at);
			at = j->deadline + 1 + tape_roll(t, span / 2);
		}
	}
	return n;
}

/* By demand: what must be done between a release and a deadline fits there. */
static bool is_feasible(const struct job *jobs, u32 n)
{
	u32 a, b, k;

	for (a = 0; a < n; a++)
		for (b = 0; b < n; b++) {
			u32 from = jobs[a].release, to = jobs[b].deadline, demand = 0;

			for (k = 0; k < n; k++)
				if (jobs[k].release >= from && jobs[k].deadline <= to)
					demand += jobs[k].length;
			if (to > from && demand > to - from)
				return false;
		}
	return true;
}

/* Releases in order of time, so that each entity's deadline hint is its job's. */
static u32 misses(const struct job *jobs, u32 n)
{
	struct sim *s = sim_new(NULL, STREAMS, &xsched_policy_edf);
	u64 begin_ns = s->now, done[STREAMS] = { 0 };
	u32 i, tick, missed = 0;

	for (i = 0; i < STREAMS; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, TICK_NS, 1);
	}
	for (tick = 0; tick < 2000; tick++) {
		sim_run_until(s, begin_ns + tick * TICK_NS);
		for (i = 0; i < n; i++) {
			if (jobs[i].deadline == tick)
				missed += s->ent[jobs[i].entity].jobs_done < ++done[jobs[i].entity];
			if (jobs[i].release != tick)
				continue;
			sim_hint(s, jobs[i].entity, XSCHED_HINT_DEADLINE,
				 (jobs[i].deadline - tick) * (TICK_NS / 1000));
			sim_work(s, jobs[i].entity, jobs[i].length);
		}
	}
	sim_free(s);
	return missed;
}

const char *property_edf(u64 seed, u32 sets, u32 *feasible)
{
	struct tape t = { .seed = seed };
	struct job jobs[JOBS];
	u32 set, n, missed;
	bool fits;

	for (set = 0, *feasible = 0; set < sets; set++) {
		n = random_jobs(&t, jobs);
		fits = is_feasible(jobs, n);
		*feasible += fits;
		missed = misses(jobs, n);
		if (fits == !missed)
			continue;
		snprintf(wrong, sizeof(wrong), "edf, set %u of seed %llu (%u jobs): %s, %u missed",
			 set, seed, n, fits ? "can be met" : "can't be met", missed);
		return wrong;
	}
	return NULL;
}
