// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The scheduler's objects, ordered and found by id, and the joins between them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "host.h"
#include "model.h"
#include "out.h"
#include "probe.h"

json_t *objs_json(const struct objs *objs)
{
	json_t *json = json_array();
	size_t i;

	for (i = 0; i < objs->n; i++)
		json_array_append_new(json, obj_json(&objs->v[i]));
	return json;
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

/* Where the object with this id is, or would be. */
static size_t place_of(const struct objs *objs, uint64_t id)
{
	size_t lo = 0, hi = objs->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (objs->v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct obj *objs_find(const struct objs *objs, uint64_t id)
{
	size_t at = place_of(objs, id);

	return at < objs->n && objs->v[at].id == id ? &objs->v[at] : NULL;
}

/* An empty object at the end. */
static struct obj *append(struct objs *objs)
{
	if (!(objs->n & (objs->n - 1)))		/* full at every power of two */
		objs->v = xrealloc(objs->v, (objs->n ? 2 * objs->n : 1) * sizeof(*objs->v));
	memset(&objs->v[objs->n], 0, sizeof(*objs->v));
	return &objs->v[objs->n++];
}

static int add_obj(struct nlattr *attrs, int len, void *arg)
{
	struct objs *objs = arg;
	struct obj *o = append(objs);

	obj_read(o, attrs, len);
	o->id = o->num[objs->key];
	return 0;
}

/* An empty object at its place. */
static struct obj *insert(struct objs *objs, uint64_t id)
{
	size_t at = place_of(objs, id);
	struct obj *o;

	append(objs);
	o = &objs->v[at];
	memmove(o + 1, o, (objs->n - 1 - at) * sizeof(*o));
	memset(o, 0, sizeof(*o));
	o->id = id;
	return o;
}

static void remove_obj(struct objs *objs, struct obj *o)
{
	if (!o)
		return;
	obj_clear(o);
	objs->n--;
	memmove(o, o + 1, (objs->v + objs->n - o) * sizeof(*o));
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
	obj_set_num(e, attr, (uint32_t)(e->num[attr] + q->num[attr]));
}

static void join_queue(struct model *m, struct obj *q)
{
	struct obj *e = objs_find(&m->entities, q->num[XSCHED_A_ENTITY_ID]);

	if (!e)
		return;
	obj_inherit(q, e, of_entity);
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

		obj_inherit(e, objs_find(&m->devices, e->num[XSCHED_A_DEVICE_ID]), of_device);
		obj_inherit(e, objs_find(&m->clients, e->num[XSCHED_A_CLIENT_ID]), of_client);
		for (k = 0; k < ARRAY_SIZE(sums); k++)
			obj_set_num(e, sums[k], 0);
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

int model_fetch_kind(struct objs *objs, enum xsched_attr key, enum xsched_cmd cmd,
		     const char *name)
{
	int err;

	if (probe_connect())
		return CTL_FAILURE;
	err = fetch_objs(objs, key, cmd);
	if (!err)
		return 0;
	objs_free(objs);
	return probe_fail(name, err);
}

/* xschedd knows no cgroups' limits. */
int model_need_tenants(void)
{
	if (probe_connect())
		return CTL_FAILURE;
	if (!host_is_open())
		return CTL_OK;
	return out_fail("tenants", "load the kernel module for them: \"modprobe xsched\"",
			"the scheduler here is xschedd, which has none");
}

int model_fetch_tenants(struct objs *tenants)
{
	if (model_need_tenants())
		return CTL_FAILURE;
	return model_fetch_kind(tenants, XSCHED_A_TENANT_ID, XSCHED_CMD_TENANT_GET, "tenants");
}

void model_free(struct model *m)
{
	objs_free(&m->devices);
	objs_free(&m->clients);
	objs_free(&m->entities);
	objs_free(&m->queues);
}

/* The object's id in @objs comes or goes with the event. */
static void follow(struct objs *objs, const struct obj *event, const enum xsched_attr *attrs,
		   bool gone)
{
	uint64_t id = event->num[objs->key];
	struct obj *o = objs_find(objs, id);

	if (!gone && !o)
		obj_inherit(insert(objs, id), event, attrs);
	else if (gone)
		remove_obj(objs, o);
}

void model_learn(struct model *m, struct obj *event)
{
	uint64_t what = event->num[XSCHED_A_EVENT];

	if (what == XSCHED_EVENT_DEVICE_NEW)
		follow(&m->devices, event, of_device, false);
	if (what == XSCHED_EVENT_CLIENT_NEW)
		follow(&m->clients, event, of_client, false);
	if (obj_has(event, XSCHED_A_DEVICE_ID))
		obj_inherit(event, objs_find(&m->devices, event->num[XSCHED_A_DEVICE_ID]), of_device);
	if (obj_has(event, XSCHED_A_CLIENT_ID))
		obj_inherit(event, objs_find(&m->clients, event->num[XSCHED_A_CLIENT_ID]), of_client);
	if (what == XSCHED_EVENT_CLIENT_GONE)
		follow(&m->clients, event, of_client, true);
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
