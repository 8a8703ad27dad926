// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl explain: why a queue's entity runs or waits, in words.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "model.h"
#include "names.h"
#include "out.h"
#include "pick.h"

/* Sentences, for people one per line, for programs an array. */
struct story {
	json_t *lines;
};

static void __attribute__((format(printf, 2, 3))) say(struct story *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(s->lines, out_json_text(text));
}

/* An entity as one names it. */
static const char *called(const struct obj *e)
{
	static char text[4][128];
	static unsigned int next;
	char *t = text[next++ % 4], comm[32];

	out_clean(comm, sizeof(comm), obj_str(e, XSCHED_A_CLIENT_COMM));
	snprintf(t, sizeof(text[0]), "entity %" PRIu64 " (%s, process %" PRIu64 ", priority %" PRId64 ")",
		 e->id, comm, e->num[XSCHED_A_CLIENT_PID],
		 (int64_t)e->num[XSCHED_A_ENTITY_PRIORITY]);
	return t;
}

static const char *lasting(uint64_t ns)
{
	static char text[4][32];
	static unsigned int next;
	char *t = text[next++ % 4];

	out_time(t, sizeof(text[0]), ns);
	return t;
}

static bool is_on_device(const struct obj *e)
{
	return e->num[XSCHED_A_ENTITY_STATE] == XSCHED_STATE_RUNNING ||
	       e->num[XSCHED_A_ENTITY_STATE] == XSCHED_STATE_DRAINING;
}

static const struct obj *device_of(const struct model *m, const struct obj *e)
{
	return objs_find(&m->devices, e->num[XSCHED_A_DEVICE_ID]);
}

/* The first three that hold the device, and how many more there are. */
static void say_holders(struct story *s, const struct model *m, const struct obj *e)
{
	size_t i, n = 0;

	for (i = 0; i < m->entities.n; i++) {
		const struct obj *o = &m->entities.v[i];

		if (o == e || !is_on_device(o) ||
		    o->num[XSCHED_A_DEVICE_ID] != e->num[XSCHED_A_DEVICE_ID])
			continue;
		if (++n <= 3)
			say(s, "on the device: %s%s", called(o),
			    o->num[XSCHED_A_ENTITY_STATE] == XSCHED_STATE_DRAINING ?
			    ", which was stopped and isn't quiet yet" : "");
	}
	if (n > 3)
		say(s, "on the device: %zu more", n - 3);
	if (!n && !is_on_device(e))
		say(s, "nobody else is on the device");
}

static void say_state(struct story *s, const struct obj *e, const struct obj *why)
{
	static const char *const words[] = {
		[XSCHED_STATE_IDLE] = "has no work",
		[XSCHED_STATE_READY] = "has work and waits for its first turn",
		[XSCHED_STATE_RUNNING] = "runs",
		[XSCHED_STATE_DRAINING] = "has been stopped, and its last commands are still on the device",
		[XSCHED_STATE_HELD] = "has been stopped and waits to go on",
	};
	uint64_t state = why->num[XSCHED_A_ENTITY_STATE];

	if (state > XSCHED_STATE_HELD)
		return;
	if (why->num[XSCHED_A_ENTITY_WHY] & XSCHED_WHY_OPEN)
		say(s, "%s %s", called(e), state ? "has work and runs" : "has no work");
	else
		say(s, "%s %s, for %s now", called(e), words[state],
		    lasting(why->num[XSCHED_A_ENTITY_SINCE_NS]));
}

static void say_open(struct story *s, const struct obj *device)
{
	if (!device)
		return;
	if (obj_has(device, XSCHED_A_DEVICE_FALLBACK))
		say(s, "its policy was replaced by none: %s", obj_str(device, XSCHED_A_DEVICE_FALLBACK));
	if (!strcmp(obj_str(device, XSCHED_A_DEVICE_POLICY), "none"))
		say(s, "policy none lets everybody run");
	else
		say(s, "it is alone on its device, so there is nothing to decide");
}

static void say_policy(struct story *s, const struct obj *why, const struct obj *device)
{
	const char *policy = device ? obj_str(device, XSCHED_A_DEVICE_POLICY) : "?";
	uint64_t flags = why->num[XSCHED_A_ENTITY_WHY];

	if (!why->num[XSCHED_A_ENTITY_STATE])
		return;
	if (obj_has(why, XSCHED_A_ENTITY_REASON))
		say(s, "policy %s %s it: %s", policy,
		    flags & XSCHED_WHY_CHOSEN ? "chose" : "doesn't choose",
		    obj_str(why, XSCHED_A_ENTITY_REASON));
	else if (!(flags & (XSCHED_WHY_CAP | XSCHED_WHY_GANG)))
		say(s, "policy %s %s it, and doesn't say why", policy,
		    flags & XSCHED_WHY_CHOSEN ? "chose" : "doesn't choose");
}

static const struct {
	uint32_t flag;
	const char *words;
} reasons[] = {
	{ XSCHED_WHY_UNTRACKED, "its process hasn't said yet what work it has, so it counts as running" },
	{ XSCHED_WHY_LINGERS, "it is out of work for the moment, and keeps its place for linger_us" },
	{ XSCHED_WHY_CAP, "its tenant has used its share cap, and goes on in the next period of 100 ms" },
	{ XSCHED_WHY_GANG, "its gang runs together: it waits until its other devices are ready for it" },
	{ XSCHED_WHY_HANDOFF, "handoff is strict: it starts when those that were stopped are quiet" },
	{ XSCHED_WHY_AFTER_CALL, "a gang has its turn before, and it goes on after that" },
	{ XSCHED_WHY_CARRIED, "it runs because one runs that waits for it" },
	{ XSCHED_WHY_CALLED, "it runs because its gang has its turn on all devices" },
	{ XSCHED_WHY_AGED, "it runs for a timeslice because it had waited for aging_ms" },
};

static void say_reasons(struct story *s, const struct obj *why)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (why->num[XSCHED_A_ENTITY_WHY] & reasons[i].flag)
			say(s, "%s", reasons[i].words);
	if (obj_has(why, XSCHED_A_ENTITY_AGING_NS))
		say(s, "it runs by its age in %s, if nothing else comes first",
		    lasting(why->num[XSCHED_A_ENTITY_AGING_NS]));
}

static void say_priority(struct story *s, const struct obj *e, const struct obj *why)
{
	int64_t own = (int64_t)e->num[XSCHED_A_ENTITY_PRIORITY];
	int64_t rank = (int64_t)why->num[XSCHED_A_ENTITY_RANK];
	uint64_t flags = why->num[XSCHED_A_ENTITY_WHY];

	if (flags & XSCHED_WHY_INHERITS)
		say(s, "it counts with priority %" PRId64 ", not %" PRId64 ": one that waits for it has more",
		    rank, own);
	if (flags & XSCHED_WHY_CEILING)
		say(s, "its tenant's ceiling lowers its priority to %" PRId64 " against other tenants",
		    rank);
}

static void say_ids(struct story *s, const struct model *m, const struct obj *why, int side,
		    const char *words)
{
	uint32_t i;

	for (i = 0; i < why->n_ids[side]; i++) {
		const struct obj *o = objs_find(&m->entities, why->ids[side][i]);

		if (o)
			say(s, "%s %s, which is %s", words, called(o),
			    name_state(o->num[XSCHED_A_ENTITY_STATE]));
	}
}

static void say_gang(struct story *s, const struct model *m, const struct obj *e)
{
	size_t i;

	for (i = 0; i < m->entities.n; i++) {
		const struct obj *o = &m->entities.v[i];

		if (o != e && o->num[XSCHED_A_CLIENT_ID] == e->num[XSCHED_A_CLIENT_ID] &&
		    o->num[XSCHED_A_DEVICE_ID] != e->num[XSCHED_A_DEVICE_ID])
			say(s, "the same process on device %s: entity %" PRIu64 ", %s",
			    obj_str(o, XSCHED_A_DEVICE_NAME), o->id,
			    name_state(o->num[XSCHED_A_ENTITY_STATE]));
	}
}

static void say_level(struct story *s, const struct obj *e)
{
	static const char *const words[] = {
		"without a queue there is nothing to stop",
		"level 1: when stopped, what it has given to the device still runs",
		"level 2: when stopped, the device stops before the next command",
		"level 3: when stopped, the running command stops too",
	};
	uint64_t level = e->num[XSCHED_A_ENTITY_LEVEL];

	if (level < ARRAY_SIZE(words))
		say(s, "%s", words[level]);
}

static void tell(struct story *s, const struct model *m, const struct obj *e, const struct obj *why)
{
	const struct obj *device = device_of(m, e);

	say_state(s, e, why);
	if (why->num[XSCHED_A_ENTITY_WHY] & XSCHED_WHY_OPEN) {
		say_open(s, device);
	} else {
		say_policy(s, why, device);
		say_reasons(s, why);
		say_priority(s, e, why);
		say_holders(s, m, e);
		say_ids(s, m, why, OBJ_WAITS_FOR, "it waits for");
		say_ids(s, m, why, OBJ_WAITED_BY, "it is waited for by");
		say_gang(s, m, e);
	}
	say_level(s, e);
}

static void print_story(const struct story *s)
{
	json_t *line;
	size_t i;

	json_array_foreach(s->lines, i, line)
		printf("%s%s\n", i ? "  " : "", json_string_value(line));
}

/* One object per entity, each with its story and the facts behind it. */
static json_t *entity_story(const struct model *m, const struct obj *e, const struct obj *why)
{
	struct story s = { json_array() };
	json_t *json = obj_json(why);

	tell(&s, m, e, why);
	json_object_set_new(json, "device", out_json_text(obj_str(e, XSCHED_A_DEVICE_NAME)));
	json_object_set_new(json, "level", json_integer(e->num[XSCHED_A_ENTITY_LEVEL]));
	json_object_set_new(json, "explanation", s.lines);
	return json;
}

static int explain(const struct model *m, const struct picked *p)
{
	json_t *all = json_array();
	struct objs whys;
	size_t i;

	if (model_fetch_kind(&whys, XSCHED_A_ENTITY_ID, XSCHED_CMD_ENTITY_WHY_GET, "entities"))
		return CTL_FAILURE;
	for (i = 0; i < whys.n; i++) {
		const struct obj *e = objs_find(&m->entities, whys.v[i].id);
		struct story s = {};

		if (!e || (p->attr && e->num[p->attr] != p->id))
			continue;
		if (ctl.json) {
			json_array_append_new(all, entity_story(m, e, &whys.v[i]));
			continue;
		}
		s.lines = json_array();
		tell(&s, m, e, &whys.v[i]);
		print_story(&s);
		json_decref(s.lines);
	}
	objs_free(&whys);
	if (ctl.json)
		out_json(all);
	else
		json_decref(all);
	return CTL_OK;
}

static int explain_run(int argc, char **argv)
{
	struct picked p;
	struct model m;
	int err;

	if (argc && (*argv[0] == '/' || !strcmp(argv[0], "tenant")))
		return out_usage(argv[0], "a tenant neither runs nor waits: \"xschedctl stat\" has its times");
	if (model_fetch(&m))
		return CTL_FAILURE;
	err = pick(&p, &m, argc, argv);
	if (!err)
		err = explain(&m, &p);
	model_free(&m);
	return err;
}

const struct ctl_cmd cmd_explain = {
	.name = "explain",
	.args = "[QUEUE | DEVICE | KIND WHICH]",
	.summary = "Says why a queue runs or waits, in words",
	.more = "A number is a queue, any other word a device. KIND is queue, entity, client (by id),\n"
		"process (by pid) or device. Without arguments: all there are.\n\n"
		"Says what the entity does and for how long, what the policy goes by and how it stands\n"
		"there, who is on the device, what a ceiling, a share cap, a gang or a dependency do to it,\n"
		"when it runs by its age, and which level it has.\n",
	.max_args = 2,
	.run = explain_run,
	.words = pick_words,
};
