// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Objects out of messages, and the joins between them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "model.h"
#include "names.h"
#include "out.h"
#include "probe.h"
#include "user.h"

enum attr_type { T_NONE, T_U32, T_S32, T_U64, T_S64, T_STR, T_FLAG };

/* How an attribute is read, and how JSON shows it. */
static const struct attr_info {
	const char *key;
	enum attr_type type;
	const char *(*name)(uint64_t v);
} attr_infos[XSCHED_A_MAX + 1] = {
	[XSCHED_A_DEVICE_ID]		= { "device_id", T_U32, NULL },
	[XSCHED_A_DEVICE_NAME]		= { "device", T_STR, NULL },
	[XSCHED_A_DEVICE_LABEL]		= { "label", T_STR, NULL },
	[XSCHED_A_DEVICE_CLASS]		= { "class", T_U32, name_class },
	[XSCHED_A_DEVICE_POLICY]	= { "policy", T_STR, NULL },
	[XSCHED_A_DEVICE_FALLBACK]	= { "fallback", T_STR, NULL },
	[XSCHED_A_DEVICE_ENTITIES]	= { "entities", T_U32, NULL },
	[XSCHED_A_DEVICE_DECISIONS]	= { "decisions", T_U64, NULL },
	[XSCHED_A_DEVICE_FLIPS]		= { "flips", T_U64, NULL },
	[XSCHED_A_CLIENT_ID]		= { "client_id", T_U32, NULL },
	[XSCHED_A_CLIENT_PID]		= { "pid", T_U32, NULL },
	[XSCHED_A_CLIENT_UID]		= { "uid", T_U32, NULL },
	[XSCHED_A_CLIENT_COMM]		= { "comm", T_STR, NULL },
	[XSCHED_A_CLIENT_CGROUP]	= { "cgroup", T_U64, NULL },
	[XSCHED_A_CLIENT_KICKS]		= { "kicks", T_U64, NULL },
	[XSCHED_A_ENTITY_ID]		= { "entity_id", T_U32, NULL },
	[XSCHED_A_ENTITY_STATE]		= { "state", T_U32, name_state },
	[XSCHED_A_ENTITY_GATE]		= { "gate", T_U32, name_gate },
	[XSCHED_A_ENTITY_LEVEL]		= { "level", T_U32, NULL },
	[XSCHED_A_ENTITY_PRIORITY]	= { "priority", T_S32, NULL },
	[XSCHED_A_ENTITY_TRACKED]	= { "tracked", T_FLAG, NULL },
	[XSCHED_A_ENTITY_RUN_NS]	= { "run_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_WAIT_NS]	= { "wait_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_HELD_NS]	= { "held_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_PREEMPTIONS]	= { "preemptions", T_U64, NULL },
	[XSCHED_A_ENTITY_RUNS]		= { "runs", T_U64, NULL },
	[XSCHED_A_QUEUE_ID]		= { "queue_id", T_U32, NULL },
	[XSCHED_A_QUEUE_PLATFORM]	= { "platform", T_U32, name_platform },
	[XSCHED_A_QUEUE_LEVEL]		= { "level", T_U32, NULL },
	[XSCHED_A_QUEUE_HANDLE]		= { "handle", T_U64, NULL },
	[XSCHED_A_QUEUE_SUBMITTED]	= { "submitted", T_U32, NULL },
	[XSCHED_A_QUEUE_COMPLETED]	= { "completed", T_U32, NULL },
	[XSCHED_A_QUEUE_PENDING]	= { "pending", T_U32, NULL },
	[XSCHED_A_HINT_KIND]		= { "hint", T_U32, name_hint },
	[XSCHED_A_HINT_VALUE]		= { "value", T_S64, NULL },
	[XSCHED_A_EVENT]		= { "event", T_U32, name_event },
	[XSCHED_A_TIME_NS]		= { "time_ns", T_U64, NULL },
};

static void set_num(struct obj *o, enum xsched_attr attr, uint64_t v)
{
	o->num[attr] = v;
	o->has |= 1ULL << attr;
}

static void set_str(struct obj *o, enum xsched_attr attr, const char *s)
{
	char *copy = xstrdup(s);

	free(o->str[attr]);
	o->str[attr] = copy;
	o->has |= 1ULL << attr;
}

static void read_str(struct obj *o, enum xsched_attr attr, const struct nlattr *a)
{
	char text[256];

	nla_strlcpy(text, a, sizeof(text));
	set_str(o, attr, text);
}

/* A value follows its kind; an entity may carry one pair per hint. */
static void keep_hint(struct obj *o)
{
	uint64_t kind = o->num[XSCHED_A_HINT_KIND];

	if (kind && kind <= XSCHED_HINT_MAX_KIND) {
		o->hint[kind] = o->num[XSCHED_A_HINT_VALUE];
		o->hint_mask |= 1U << kind;
	}
}

static void read_attr(struct obj *o, enum xsched_attr attr, const struct nlattr *a)
{
	static const int size[] = { [T_U32] = 4, [T_S32] = 4, [T_U64] = 8, [T_S64] = 8,
				    [T_STR] = 0, [T_FLAG] = 0 };
	enum attr_type type = attr_infos[attr].type;

	if (nla_len(a) < size[type])
		return;
	if (type == T_STR)
		read_str(o, attr, a);
	else if (type == T_FLAG)
		set_num(o, attr, 1);
	else if (type == T_U32)
		set_num(o, attr, nla_get_u32(a));
	else if (type == T_S32)
		set_num(o, attr, (int64_t)nla_get_s32(a));
	else
		set_num(o, attr, nla_get_u64(a));
}

void obj_read(struct obj *o, struct nlattr *attrs, int len)
{
	struct nlattr *a;
	int left;

	nla_for_each_attr(a, attrs, len, left) {
		int attr = nla_type(a);

		if (attr > XSCHED_A_MAX || !attr_infos[attr].type)
			continue;	/* a newer kernel's */
		read_attr(o, attr, a);
		if (attr == XSCHED_A_HINT_VALUE)
			keep_hint(o);
	}
	if (obj_has(o, XSCHED_A_ENTITY_PRIORITY)) {
		o->hint[XSCHED_HINT_PRIORITY] = o->num[XSCHED_A_ENTITY_PRIORITY];
		o->hint_mask |= 1U << XSCHED_HINT_PRIORITY;
	}
}

void obj_clear(struct obj *o)
{
	size_t i;

	for (i = 0; i <= XSCHED_A_MAX; i++)
		free(o->str[i]);
	memset(o, 0, sizeof(*o));
}

static json_t *attr_json(const struct obj *o, enum xsched_attr attr)
{
	const struct attr_info *info = &attr_infos[attr];
	char hex[32];

	if (info->type == T_STR)
		return out_json_text(o->str[attr]);
	if (info->name)
		return json_string(info->name(o->num[attr]));
	if (attr == XSCHED_A_QUEUE_HANDLE) {	/* may not fit into JSON's signed numbers */
		snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)o->num[attr]);
		return json_string(hex);
	}
	return json_integer(o->num[attr]);
}

static void entity_json(const struct obj *o, json_t *json)
{
	json_t *hints = json_object();
	uint32_t kind;

	json_object_set_new(json, "tracked", json_boolean(obj_has(o, XSCHED_A_ENTITY_TRACKED)));
	for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++)
		if (o->hint_mask & (1U << kind))
			json_object_set_new(hints, hint_infos[kind].name,
					    json_integer(o->hint[kind]));
	json_object_set_new(json, "hints", hints);
}

json_t *obj_json(const struct obj *o)
{
	bool entity = obj_has(o, XSCHED_A_ENTITY_STATE);
	json_t *json = json_object();
	int attr;

	for (attr = 1; attr <= XSCHED_A_MAX; attr++) {
		if (!obj_has(o, attr) || attr_infos[attr].type == T_FLAG)
			continue;
		if (entity && (attr == XSCHED_A_HINT_KIND || attr == XSCHED_A_HINT_VALUE))
			continue;	/* they are in "hints" */
		json_object_set_new(json, attr_infos[attr].key, attr_json(o, attr));
		if (attr == XSCHED_A_CLIENT_UID)
			json_object_set_new(json, "user",
					    out_json_text(user_name(o->num[attr])));
	}
	if (entity)
		entity_json(o, json);
	return json;
}

json_t *objs_json(const struct objs *objs)
{
	json_t *json = json_array();
	size_t i;

	for (i = 0; i < objs->n; i++)
		json_array_append_new(json, obj_json(&objs->v[i]));
	return json;
}

static int add_obj(struct nlattr *attrs, int len, void *arg)
{
	struct objs *objs = arg;
	struct obj *o;

	if (!(objs->n & (objs->n - 1)))		/* full at every power of two */
		objs->v = xrealloc(objs->v, (objs->n ? 2 * objs->n : 1) * sizeof(*objs->v));
	o = &objs->v[objs->n++];
	memset(o, 0, sizeof(*o));
	obj_read(o, attrs, len);
	o->id = o->num[objs->key];
	return 0;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct obj *)a)->id, y = ((const struct obj *)b)->id;

	return x < y ? -1 : x > y;
}

/* Orders by id; of two with the same id, from a repeated dump, one stays. */
static void sort_objs(struct objs *objs)
{
	size_t i, kept = 0;

	if (objs->n)
		qsort(objs->v, objs->n, sizeof(*objs->v), by_id);
	for (i = 0; i < objs->n; i++) {
		if (kept && objs->v[kept - 1].id == objs->v[i].id)
			obj_clear(&objs->v[i]);
		else
			objs->v[kept++] = objs->v[i];
	}
	objs->n = kept;
}

struct obj *objs_find(const struct objs *objs, uint64_t id)
{
	size_t lo = 0, hi = objs->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (objs->v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < objs->n && objs->v[lo].id == id ? &objs->v[lo] : NULL;
}

void objs_free(struct objs *objs)
{
	size_t i;

	for (i = 0; i < objs->n; i++)
		obj_clear(&objs->v[i]);
	free(objs->v);
	objs->v = NULL;
	objs->n = 0;
}

static int fetch_objs(struct objs *objs, enum xsched_attr key, enum xsched_cmd cmd)
{
	int err;

	*objs = (struct objs){ .key = key };
	err = genl_dump(cmd, add_obj, objs);
	sort_objs(objs);
	return err;
}

/* What @to lacks of @attrs (zero-terminated) and @from has. */
static void inherit(struct obj *to, const struct obj *from, const enum xsched_attr *attrs)
{
	for (; from && *attrs; attrs++) {
		if (obj_has(to, *attrs) || !obj_has(from, *attrs))
			continue;
		if (from->str[*attrs])
			set_str(to, *attrs, from->str[*attrs]);
		else
			set_num(to, *attrs, from->num[*attrs]);
	}
}

static const enum xsched_attr of_device[] = { XSCHED_A_DEVICE_NAME, 0 };
static const enum xsched_attr of_client[] = {
	XSCHED_A_CLIENT_PID, XSCHED_A_CLIENT_UID, XSCHED_A_CLIENT_COMM, 0
};
static const enum xsched_attr of_entity[] = {
	XSCHED_A_DEVICE_ID, XSCHED_A_DEVICE_NAME, XSCHED_A_CLIENT_ID,
	XSCHED_A_CLIENT_PID, XSCHED_A_CLIENT_UID, XSCHED_A_CLIENT_COMM, 0
};

static void add_counter(struct obj *e, const struct obj *q, enum xsched_attr attr)
{
	set_num(e, attr, (uint32_t)(e->num[attr] + q->num[attr]));
}

static void join_queue(struct model *m, struct obj *q)
{
	struct obj *e = objs_find(&m->entities, q->num[XSCHED_A_ENTITY_ID]);

	if (!e)
		return;
	inherit(q, e, of_entity);
	add_counter(e, q, XSCHED_A_QUEUE_SUBMITTED);
	add_counter(e, q, XSCHED_A_QUEUE_COMPLETED);
	add_counter(e, q, XSCHED_A_QUEUE_PENDING);
}

static void join_all(struct model *m)
{
	static const enum xsched_attr sums[] = {
		XSCHED_A_QUEUE_SUBMITTED, XSCHED_A_QUEUE_COMPLETED, XSCHED_A_QUEUE_PENDING
	};
	size_t i, k;

	for (i = 0; i < m->entities.n; i++) {
		struct obj *e = &m->entities.v[i];

		inherit(e, objs_find(&m->devices, e->num[XSCHED_A_DEVICE_ID]), of_device);
		inherit(e, objs_find(&m->clients, e->num[XSCHED_A_CLIENT_ID]), of_client);
		for (k = 0; k < ARRAY_SIZE(sums); k++)
			set_num(e, sums[k], 0);
	}
	for (i = 0; i < m->queues.n; i++)
		join_queue(m, &m->queues.v[i]);
}

int model_fetch(struct model *m)
{
	int err;

	memset(m, 0, sizeof(*m));
	if (probe_connect())
		return CTL_FAILURE;
	err = fetch_objs(&m->devices, XSCHED_A_DEVICE_ID, XSCHED_CMD_DEVICE_GET);
	if (!err)
		err = fetch_objs(&m->clients, XSCHED_A_CLIENT_ID, XSCHED_CMD_CLIENT_GET);
	if (!err)
		err = fetch_objs(&m->entities, XSCHED_A_ENTITY_ID, XSCHED_CMD_ENTITY_GET);
	if (!err)
		err = fetch_objs(&m->queues, XSCHED_A_QUEUE_ID, XSCHED_CMD_QUEUE_GET);
	if (err) {
		model_free(m);
		return probe_fail("netlink family \"xsched\"", err);
	}
	join_all(m);
	return 0;
}

void model_free(struct model *m)
{
	objs_free(&m->devices);
	objs_free(&m->clients);
	objs_free(&m->entities);
	objs_free(&m->queues);
}

/* Devices whose string attribute is @arg: the number of them, the last in @found. */
static size_t match_str(const struct model *m, enum xsched_attr attr, const char *arg,
			const struct obj **found)
{
	size_t i, n = 0;

	for (i = 0; i < m->devices.n; i++) {
		if (strcmp(obj_str(&m->devices.v[i], attr), arg))
			continue;
		*found = &m->devices.v[i];
		n++;
	}
	return n;
}

const struct obj *model_device(const struct model *m, const char *arg)
{
	const struct obj *found = NULL;
	size_t n;
	char *end;

	if (match_str(m, XSCHED_A_DEVICE_NAME, arg, &found))
		return found;
	n = match_str(m, XSCHED_A_DEVICE_LABEL, arg, &found);
	if (n == 1)
		return found;
	if (!n && *arg >= '0' && *arg <= '9') {
		unsigned long long id = strtoull(arg, &end, 10);

		found = *end ? NULL : objs_find(&m->devices, id);
		if (found)
			return found;
	}
	if (n)
		out_fail(arg, "use a name from \"xschedctl list devices\"",
			 "%zu devices have this label", n);
	else
		out_fail(arg, "see \"xschedctl list devices\" for the ones there are",
			 "no such device");
	return NULL;
}
