// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A file in the Trace Event Format, written as it comes: only what a state's slice
 * began with is kept until it ends.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "out.h"
#include "timeline.h"

/* Threads of decisions, out of the way of entities' ids. */
#define DECISIONS_TID	2000000000u

struct track {
	uint32_t entity, device;
	char state[12];		/* "" before the first one is known */
	uint64_t since_ns;
	bool named;
};

static struct {
	FILE *f;
	const char *path;
	struct track *v;
	size_t n;
	uint64_t events;
	bool curious;
} line;

static void put(json_t *event)
{
	fputs(line.events++ ? ",\n" : "\n", line.f);
	json_dumpf(event, line.f, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(event);
}

static double us(uint64_t ns)
{
	return (double)(ns / 1000) + (double)(ns % 1000) / 1000;
}

static void put_name(const char *what, uint32_t pid, uint32_t tid, const char *name)
{
	put(json_pack("{s:s,s:s,s:I,s:I,s:{s:o}}", "ph", "M", "name", what, "pid", (json_int_t)pid,
		      "tid", (json_int_t)tid, "args", "name", out_json_text(name)));
}

int timeline_open(const char *path)
{
	line.path = path;
	line.f = strcmp(path, "-") ? fopen(path, "w") : stdout;
	if (!line.f)
		return out_fail(path, "give another file with --output", "%s", strerror(errno));
	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", line.f);
	return 0;
}

/* By entity; there are few, and those that change are often the last. */
static struct track *track_of(uint32_t device, uint32_t entity)
{
	struct track *t;
	size_t i;

	for (i = line.n; i--;)
		if (line.v[i].entity == entity)
			return &line.v[i];
	if (!(line.n & (line.n - 1)))
		line.v = xrealloc(line.v, (line.n ? 2 * line.n : 1) * sizeof(*line.v));
	t = &line.v[line.n++];
	*t = (struct track){ .entity = entity, .device = device };
	line.curious = true;
	return t;
}

static void end_slice(struct track *t, uint64_t ns)
{
	if (*t->state && strcmp(t->state, "idle") && ns >= t->since_ns)
		put(json_pack("{s:s,s:s,s:s,s:I,s:I,s:f,s:f}", "ph", "X", "cat", "state", "name",
			      t->state, "pid", (json_int_t)t->device, "tid",
			      (json_int_t)t->entity, "ts", us(t->since_ns), "dur",
			      us(ns - t->since_ns)));
}

void timeline_state(uint64_t ns, uint32_t device, uint32_t entity, const char *state)
{
	struct track *t = track_of(device, entity);

	if (!strcmp(t->state, state))
		return;
	end_slice(t, ns);
	if (!strcmp(t->state, "running") && (!strcmp(state, "draining") || !strcmp(state, "held")))
		timeline_mark(ns, device, entity, "preempted");
	snprintf(t->state, sizeof(t->state), "%s", state);
	t->since_ns = ns;
}

void timeline_mark(uint64_t ns, uint32_t device, uint32_t entity, const char *what)
{
	put(json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:f}", "ph", "i", "s", entity ? "t" : "p", "cat",
		      "event", "name", what, "pid", (json_int_t)device, "tid",
		      (json_int_t)(entity ? entity : DECISIONS_TID + device), "ts", us(ns)));
}

void timeline_decision(uint64_t ns, uint32_t device, uint64_t took_ns)
{
	put(json_pack("{s:s,s:s,s:s,s:I,s:I,s:f,s:f}", "ph", "X", "cat", "decision", "name",
		      "decide", "pid", (json_int_t)device, "tid",
		      (json_int_t)(DECISIONS_TID + device), "ts",
		      us(ns > took_ns ? ns - took_ns : 0), "dur", us(took_ns)));
}

bool timeline_is_curious(void)
{
	return line.curious;
}

void timeline_learn(const struct model *m)
{
	size_t i;

	line.curious = false;
	for (i = 0; i < line.n; i++) {
		struct track *t = &line.v[i];
		const struct obj *e = objs_find(&m->entities, t->entity);
		char name[160];

		if (t->named || !e)
			continue;
		snprintf(name, sizeof(name), "%s %" PRIu64 " (entity %u)",
			 obj_str(e, XSCHED_A_CLIENT_COMM), e->num[XSCHED_A_CLIENT_PID], t->entity);
		put_name("thread_name", t->device, t->entity, name);
		t->named = true;
	}
}

static void name_devices(const struct model *m)
{
	char name[160];
	size_t i;

	for (i = 0; i < m->devices.n; i++) {
		const struct obj *d = &m->devices.v[i];

		snprintf(name, sizeof(name), "%s, policy %s", obj_str(d, XSCHED_A_DEVICE_NAME),
			 obj_str(d, XSCHED_A_DEVICE_POLICY));
		put_name("process_name", (uint32_t)d->id, DECISIONS_TID + (uint32_t)d->id, name);
		put_name("thread_name", (uint32_t)d->id, DECISIONS_TID + (uint32_t)d->id,
			 "decisions");
	}
}

int timeline_close(uint64_t ns, const char *source, uint64_t lost)
{
	struct model m;
	bool failed;
	size_t i;

	for (i = 0; i < line.n; i++)
		end_slice(&line.v[i], ns);
	if (!model_fetch(&m)) {
		timeline_learn(&m);
		name_devices(&m);
		model_free(&m);
	}
	fprintf(line.f, "\n],\"otherData\":{\"source\":\"%s\",\"clock\":\"CLOCK_MONOTONIC\","
		"\"lost_events\":\"%" PRIu64 "\"}}\n", source, lost);
	failed = fflush(line.f) || ferror(line.f);
	if (line.f != stdout)
		failed |= fclose(line.f) != 0;
	free(line.v);
	line.v = NULL;
	line.n = 0;
	return failed ? out_fail(line.path, "give another file with --output",
				 "can't be written: %s", strerror(errno)) : CTL_OK;
}

uint64_t timeline_events(void)
{
	return line.events;
}
