// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl list: the scheduler's objects, one per line.
 */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "view.h"

static const struct view_field device_fields[] = {
	{ { "ID", true }, XSCHED_A_DEVICE_ID, V_NUM },
	{ { "NAME", false }, XSCHED_A_DEVICE_NAME, V_STR },
	{ { "CLASS", false }, XSCHED_A_DEVICE_CLASS, V_CLASS },
	{ { "POLICY", false }, XSCHED_A_DEVICE_POLICY, V_STR },
	{ { "ENTITIES", true }, XSCHED_A_DEVICE_ENTITIES, V_NUM },
	{ { "DECISIONS", true }, XSCHED_A_DEVICE_DECISIONS, V_NUM },
	{ { "FLIPS", true }, XSCHED_A_DEVICE_FLIPS, V_NUM },
	{ { "FALLBACK", false }, XSCHED_A_DEVICE_FALLBACK, V_STR },
	{ { "LABEL", false }, XSCHED_A_DEVICE_LABEL, V_STR },
};

static const struct view_field client_fields[] = {
	{ { "ID", true }, XSCHED_A_CLIENT_ID, V_NUM },
	{ { "PID", true }, XSCHED_A_CLIENT_PID, V_NUM },
	{ { "USER", false }, XSCHED_A_CLIENT_UID, V_USER },
	{ { "COMM", false }, XSCHED_A_CLIENT_COMM, V_STR },
	{ { "CGROUP", true }, XSCHED_A_CLIENT_CGROUP, V_NUM },
	{ { "KICKS", true }, XSCHED_A_CLIENT_KICKS, V_NUM },
};

static const struct view_field entity_fields[] = {
	{ { "ID", true }, XSCHED_A_ENTITY_ID, V_NUM },
	{ { "PID", true }, XSCHED_A_CLIENT_PID, V_NUM },
	{ { "USER", false }, XSCHED_A_CLIENT_UID, V_USER },
	{ { "COMM", false }, XSCHED_A_CLIENT_COMM, V_STR },
	{ { "DEVICE", false }, XSCHED_A_DEVICE_NAME, V_STR },
	{ { "STATE", false }, XSCHED_A_ENTITY_STATE, V_STATE },
	{ { "GATE", false }, XSCHED_A_ENTITY_GATE, V_GATE },
	{ { "LV", true }, XSCHED_A_ENTITY_LEVEL, V_LEVEL },
	{ { "PRIO", true }, XSCHED_A_ENTITY_PRIORITY, V_SNUM },
	{ { "SUBMITTED", true }, XSCHED_A_QUEUE_SUBMITTED, V_NUM },
	{ { "COMPLETED", true }, XSCHED_A_QUEUE_COMPLETED, V_NUM },
	{ { "PENDING", true }, XSCHED_A_QUEUE_PENDING, V_NUM },
	{ { "RUN", true }, XSCHED_A_ENTITY_RUN_NS, V_TIME },
	{ { "WAIT", true }, XSCHED_A_ENTITY_WAIT_NS, V_TIME },
	{ { "HELD", true }, XSCHED_A_ENTITY_HELD_NS, V_TIME },
	{ { "PREEMPT", true }, XSCHED_A_ENTITY_PREEMPTIONS, V_NUM },
};

static const struct view_field queue_fields[] = {
	{ { "ID", true }, XSCHED_A_QUEUE_ID, V_NUM },
	{ { "ENTITY", true }, XSCHED_A_ENTITY_ID, V_NUM },
	{ { "PID", true }, XSCHED_A_CLIENT_PID, V_NUM },
	{ { "COMM", false }, XSCHED_A_CLIENT_COMM, V_STR },
	{ { "DEVICE", false }, XSCHED_A_DEVICE_NAME, V_STR },
	{ { "PLATFORM", false }, XSCHED_A_QUEUE_PLATFORM, V_PLATFORM },
	{ { "LV", true }, XSCHED_A_QUEUE_LEVEL, V_LEVEL },
	{ { "HANDLE", true }, XSCHED_A_QUEUE_HANDLE, V_HEX },
	{ { "SUBMITTED", true }, XSCHED_A_QUEUE_SUBMITTED, V_NUM },
	{ { "COMPLETED", true }, XSCHED_A_QUEUE_COMPLETED, V_NUM },
	{ { "PENDING", true }, XSCHED_A_QUEUE_PENDING, V_NUM },
};

/* After the others, with --wide. */
static const struct view_field tenant_field = {
	{ "TENANT", false }, XSCHED_A_TENANT_PATH, V_STR
};

static bool wide;

static const struct ctl_opt list_opts[] = {
	{ 'w', "wide", NULL, "of entities and clients, the cgroup too" },
	{}
};

static int list_opt(int id, const char *arg)
{
	(void)id;
	(void)arg;
	wide = true;
	return 0;
}

static const struct kind {
	const char *name;
	const struct view_field *fields;
	size_t n_fields;
	size_t objs;	/* where in struct model */
} kinds[] = {
	{ "entities", entity_fields, ARRAY_SIZE(entity_fields), offsetof(struct model, entities) },
	{ "devices", device_fields, ARRAY_SIZE(device_fields), offsetof(struct model, devices) },
	{ "clients", client_fields, ARRAY_SIZE(client_fields), offsetof(struct model, clients) },
	{ "queues", queue_fields, ARRAY_SIZE(queue_fields), offsetof(struct model, queues) },
};

static void list_words(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		puts(kinds[i].name);
}

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static void print_objs(const struct kind *kind, const struct objs *objs)
{
	struct out_table *t = view_table(kind->fields, kind->n_fields, &tenant_field.column, wide);
	size_t i;

	for (i = 0; i < objs->n; i++) {
		view_cells(t, kind->fields, kind->n_fields, &objs->v[i]);
		if (wide)
			view_cells(t, &tenant_field, 1, &objs->v[i]);
	}
	out_table_end(t, 0);
}

/* Entities and clients know their tenant's id, and get its path. */
static int name_tenants(struct model *m)
{
	static const enum xsched_attr path[] = { XSCHED_A_TENANT_PATH, 0 };
	struct objs tenants;
	size_t i;

	if (model_fetch_tenants(&tenants))
		return CTL_FAILURE;
	for (i = 0; i < m->clients.n; i++)
		obj_inherit(&m->clients.v[i],
			    objs_find(&tenants, m->clients.v[i].num[XSCHED_A_TENANT_ID]), path);
	for (i = 0; i < m->entities.n; i++)
		obj_inherit(&m->entities.v[i],
			    objs_find(&m->clients, m->entities.v[i].num[XSCHED_A_CLIENT_ID]), path);
	objs_free(&tenants);
	return CTL_OK;
}

static int list_run(int argc, char **argv)
{
	const struct kind *kind = argc ? find_kind(argv[0]) : &kinds[0];
	const struct objs *objs;
	struct model m;

	if (!kind)
		return out_usage(argv[0], "can't be listed: it is entities, devices, clients or queues");
	if (model_fetch(&m))
		return CTL_FAILURE;
	if (wide && name_tenants(&m)) {
		model_free(&m);
		return CTL_FAILURE;
	}
	objs = (const struct objs *)((const char *)&m + kind->objs);
	if (ctl.json)
		out_json(objs_json(objs));
	else
		print_objs(kind, objs);
	model_free(&m);
	return CTL_OK;
}

const struct ctl_cmd cmd_list = {
	.name = "list",
	.args = "[-w] [entities | devices | clients | queues]",
	.summary = "Lists what the scheduler knows",
	.more = "An entity is what gets scheduled: a program's work on one device. RUN is the time\n"
		"it had work and its gate open, WAIT the time until its first turn, HELD the time it\n"
		"was stopped, PREEMPT how often. All are measured while there is something to decide:\n"
		"two entities or more, and a policy other than none. The counters are the sums of its\n"
		"queues'; COMPLETED may lag while there is nothing to decide.\n",
	.max_args = 1,
	.opts = list_opts,
	.opt = list_opt,
	.run = list_run,
	.words = list_words,
};
