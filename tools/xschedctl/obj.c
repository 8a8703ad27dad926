// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An object out of a message's attributes, and as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "obj.h"
#include "out.h"
#include "user.h"

enum attr_type { T_NONE, T_U32, T_S32, T_U64, T_S64, T_STR, T_FLAG, T_LATENCY, T_IDS };

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
	[XSCHED_A_TENANT_ID]		= { "tenant_id", T_U64, NULL },
	[XSCHED_A_TENANT_PARENT]	= { "parent_id", T_U64, NULL },
	[XSCHED_A_TENANT_PATH]		= { "path", T_STR, NULL },
	[XSCHED_A_TENANT_WEIGHT]	= { "weight", T_U32, NULL },
	[XSCHED_A_TENANT_CAP]		= { "cap_permille", T_U32, NULL },
	[XSCHED_A_TENANT_CEILING]	= { "ceiling", T_S32, NULL },
	[XSCHED_A_TENANT_MAX_ENTITIES]	= { "max_entities", T_U32, NULL },
	[XSCHED_A_TENANT_ENTITIES]	= { "entities", T_U32, NULL },
	[XSCHED_A_TENANT_CLIENTS]	= { "clients", T_U32, NULL },
	[XSCHED_A_TENANT_RUN_NS]	= { "run_ns", T_U64, NULL },
	[XSCHED_A_TENANT_WAIT_NS]	= { "wait_ns", T_U64, NULL },
	[XSCHED_A_TENANT_HELD_NS]	= { "held_ns", T_U64, NULL },
	[XSCHED_A_TENANT_USED_NS]	= { "used_ns", T_U64, NULL },
	[XSCHED_A_TENANT_PREEMPTIONS]	= { "preemptions", T_U64, NULL },
	[XSCHED_A_ENTITY_OPEN_NS]	= { "open_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_USED_NS]	= { "used_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_AGED]		= { "aged", T_U64, NULL },
	[XSCHED_A_TENANT_RUNS]		= { "runs", T_U64, NULL },
	[XSCHED_A_LATENCY_WAIT]		= { "wait_latency", T_LATENCY, NULL },
	[XSCHED_A_LATENCY_QUIET]	= { "quiet_latency", T_LATENCY, NULL },
	[XSCHED_A_ENTITY_WHY]		= { "why", T_U32, NULL },
	[XSCHED_A_ENTITY_RANK]		= { "priority_in_force", T_S32, NULL },
	[XSCHED_A_ENTITY_SINCE_NS]	= { "since_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_AGING_NS]	= { "aging_in_ns", T_U64, NULL },
	[XSCHED_A_ENTITY_WAITS_FOR]	= { "waits_for", T_IDS, NULL },
	[XSCHED_A_ENTITY_WAITED_BY]	= { "waited_by", T_IDS, NULL },
	[XSCHED_A_ENTITY_REASON]	= { "reason", T_STR, NULL },
	[XSCHED_A_DEVICE_POLICIES]	= { "policies", T_STR, NULL },
	[XSCHED_A_ENTITY_BUSY_NS]	= { "busy_ns", T_U64, NULL },
};

void obj_set_num(struct obj *o, enum xsched_attr attr, uint64_t v)
{
	o->num[attr] = v;
	o->has[attr] = true;
}

static void set_str(struct obj *o, enum xsched_attr attr, const char *s)
{
	char *copy = xstrdup(s);

	free(o->str[attr]);
	o->str[attr] = copy;
	o->has[attr] = true;
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

/* As much as both know of. */
static void read_latency(struct obj *o, enum xsched_attr attr, const struct nlattr *a)
{
	struct xsched_latency *l = &o->latency[attr == XSCHED_A_LATENCY_QUIET];
	size_t len = nla_len(a);

	memset(l, 0, sizeof(*l));
	memcpy(l, nla_data(a), len < sizeof(*l) ? len : sizeof(*l));
	o->has[attr] = true;
}

static void read_ids(struct obj *o, enum xsched_attr attr, const struct nlattr *a)
{
	int side = attr == XSCHED_A_ENTITY_WAITS_FOR ? OBJ_WAITS_FOR : OBJ_WAITED_BY;
	uint32_t n = nla_len(a) / sizeof(uint32_t);

	o->n_ids[side] = n < OBJ_IDS ? n : OBJ_IDS;
	memcpy(o->ids[side], nla_data(a), o->n_ids[side] * sizeof(uint32_t));
	o->has[attr] = true;
}

static void read_attr(struct obj *o, enum xsched_attr attr, const struct nlattr *a)
{
	static const int size[] = { [T_U32] = 4, [T_S32] = 4, [T_U64] = 8, [T_S64] = 8,
				    [T_STR] = 0, [T_FLAG] = 0, [T_LATENCY] = 16,
				    [T_IDS] = 4 };
	enum attr_type type = attr_infos[attr].type;

	if (nla_len(a) < size[type])
		return;
	if (type == T_STR)
		read_str(o, attr, a);
	else if (type == T_LATENCY)
		read_latency(o, attr, a);
	else if (type == T_IDS)
		read_ids(o, attr, a);
	else if (type == T_FLAG)
		obj_set_num(o, attr, 1);
	else if (type == T_U32)
		obj_set_num(o, attr, nla_get_u32(a));
	else if (type == T_S32)
		obj_set_num(o, attr, (int64_t)nla_get_s32(a));
	else
		obj_set_num(o, attr, nla_get_u64(a));
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

uint64_t latency_count(const struct xsched_latency *l)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < XSCHED_LATENCY_BUCKETS; i++)
		n += l->bucket[i];
	return n;
}

/* The upper end of a bucket; the last one has none. */
uint64_t latency_below_ns(size_t bucket)
{
	return 1024ULL << bucket;
}

json_t *latency_json(const struct xsched_latency *l)
{
	json_t *buckets = json_array();
	size_t i, last = XSCHED_LATENCY_BUCKETS - 1;

	for (i = 0; i <= last; i++)
		if (l->bucket[i])
			json_array_append_new(buckets,
				json_pack("{s:o,s:I}", "below_ns", i == last ? json_null() :
					  json_integer(latency_below_ns(i)), "count",
					  (json_int_t)l->bucket[i]));
	return json_pack("{s:I,s:I,s:I,s:o}", "count", (json_int_t)latency_count(l), "sum_ns",
			 (json_int_t)l->sum_ns, "max_ns", (json_int_t)l->max_ns, "buckets", buckets);
}

static json_t *ids_json(const uint32_t *ids, uint32_t n)
{
	json_t *json = json_array();
	uint32_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(json, json_integer(ids[i]));
	return json;
}

static json_t *attr_json(const struct obj *o, enum xsched_attr attr)
{
	const struct attr_info *info = &attr_infos[attr];
	char hex[32];

	if (info->type == T_STR)
		return out_json_text(o->str[attr]);
	if (info->type == T_LATENCY)
		return latency_json(&o->latency[attr == XSCHED_A_LATENCY_QUIET]);
	if (info->type == T_IDS)
		return ids_json(o->ids[attr == XSCHED_A_ENTITY_WAITED_BY],
				o->n_ids[attr == XSCHED_A_ENTITY_WAITED_BY]);
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
	bool entity = obj_has(o, XSCHED_A_ENTITY_STATE) && obj_has(o, XSCHED_A_ENTITY_GATE);
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

void obj_inherit(struct obj *to, const struct obj *from, const enum xsched_attr *attrs)
{
	for (; from && *attrs; attrs++) {
		if (obj_has(to, *attrs) || !obj_has(from, *attrs))
			continue;
		if (from->str[*attrs])
			set_str(to, *attrs, from->str[*attrs]);
		else
			obj_set_num(to, *attrs, from->num[*attrs]);
	}
}
