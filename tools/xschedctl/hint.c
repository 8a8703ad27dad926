// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl hint: what policies are told about an entity.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "names.h"
#include "probe.h"
#include "view.h"

static uint32_t pid;	/* 0: not given */

static const struct ctl_opt hint_opts[] = {
	{ 256, "pid", "PID", "all entities of this process" },
	{}
};

static const struct view_field fields[] = {
	{ { "ENTITY", true }, XSCHED_A_ENTITY_ID, V_NUM },
	{ { "PID", true }, XSCHED_A_CLIENT_PID, V_NUM },
	{ { "COMM", false }, XSCHED_A_CLIENT_COMM, V_STR },
	{ { "DEVICE", false }, XSCHED_A_DEVICE_NAME, V_STR },
};

static bool parse_id(const char *arg, uint32_t *id)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (end == arg || *end || errno || *arg < '0' || *arg > '9' || !v || v > UINT32_MAX)
		return false;
	*id = v;
	return true;
}

static int hint_opt(int id, const char *arg)
{
	(void)id;
	if (!parse_id(arg, &pid))
		return out_usage("--pid", "\"%s\" is not a process id", arg);
	return 0;
}

/* Kinds that any of @n objects tells about, as a bit mask. */
static uint32_t known_kinds(struct obj *const *objs, size_t n)
{
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < n; i++)
		mask |= objs[i]->hint_mask;
	return mask;
}

static void hint_cell(struct out_table *t, const struct obj *o, uint32_t kind)
{
	if (!(o->hint_mask & (1U << kind)))
		out_table_cell(t, OUT_PLAIN, "-");
	else if (!strcmp(hint_infos[kind].unit, "us") && o->hint[kind] < 0)
		out_table_cell(t, OUT_PLAIN, "none");
	else if (kind == XSCHED_HINT_WINDOW)
		out_table_cell(t, OUT_PLAIN, o->hint[kind] ? "on" : "off");
	else
		out_table_cell(t, OUT_PLAIN, "%" PRId64 "%s", o->hint[kind],
			       hint_infos[kind].unit);
}

static void print_hints(struct obj *const *objs, size_t n)
{
	static const char *const heads[XSCHED_HINT_MAX_KIND + 1] = {
		"", "PRIORITY", "UTILIZATION", "TIMESLICE", "DEADLINE", "LAXITY", "LAX-PRIORITY",
		"CRIT-PRIORITY", "WINDOW", "K",
	};
	struct out_column columns[XSCHED_HINT_MAX_KIND];
	uint32_t mask = known_kinds(objs, n), kind;
	struct out_table *t;
	size_t n_columns = 0, i;

	for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++)
		if (mask & (1U << kind))
			columns[n_columns++] = (struct out_column){ heads[kind], true };
	t = view_table(fields, ARRAY_SIZE(fields), columns, n_columns);
	for (i = 0; i < n; i++) {
		view_cells(t, fields, ARRAY_SIZE(fields), objs[i]);
		for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++)
			if (mask & (1U << kind))
				hint_cell(t, objs[i], kind);
	}
	out_table_end(t, 0);
}

static void json_hints(struct obj *const *objs, size_t n)
{
	json_t *json = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(json, obj_json(objs[i]));
	out_json(json);
}

static int not_there(uint32_t entity)
{
	char object[32];

	if (entity) {
		snprintf(object, sizeof(object), "entity %u", entity);
		return out_fail(object, "see \"xschedctl list\" for the ones there are",
				"no such entity");
	}
	snprintf(object, sizeof(object), "process %u", pid);
	return out_fail(object, "see \"xschedctl list clients\" for those it knows",
			"not under the scheduler, or it has no entity");
}

/* Shows one entity, or those of --pid, or all. */
static int show(uint32_t entity)
{
	int status = CTL_OK;
	struct obj **objs;
	struct model m;
	size_t i, n = 0;

	if (model_fetch(&m))
		return CTL_FAILURE;
	objs = xrealloc(NULL, m.entities.n * sizeof(*objs));
	for (i = 0; i < m.entities.n; i++) {
		struct obj *o = &m.entities.v[i];

		if ((!entity || o->num[XSCHED_A_ENTITY_ID] == entity) &&
		    (!pid || o->num[XSCHED_A_CLIENT_PID] == pid))
			objs[n++] = o;
	}
	if (!n && (entity || pid))
		status = not_there(entity);
	else if (ctl.json)
		json_hints(objs, n);
	else
		print_hints(objs, n);
	free(objs);
	model_free(&m);
	return status;
}

struct setting {
	uint32_t kind;
	int64_t value;
};

static int parse_setting(const char *arg, struct setting *s)
{
	const char *equals = strchr(arg, '=');

	if (!equals)
		return out_usage(arg, "not KIND=VALUE");
	s->kind = hint_by_name(arg, equals - arg);
	if (!s->kind)
		return out_usage(arg, "no such hint: it is priority, utilization, timeslice, deadline, "
				 "laxity, lax-priority, crit-priority, window or k");
	return hint_parse(s->kind, equals + 1, &s->value);
}

static int set_one(uint32_t entity, const struct setting *s)
{
	const struct genl_arg args[] = {
		{ entity ? XSCHED_A_ENTITY_ID : XSCHED_A_CLIENT_PID, GENL_U32,
		  entity ? entity : pid, NULL },
		{ XSCHED_A_HINT_KIND, GENL_U32, s->kind, NULL },
		{ XSCHED_A_HINT_VALUE, GENL_S64, s->value, NULL },
	};
	int err = genl_set(XSCHED_CMD_HINT_SET, args, ARRAY_SIZE(args));
	char object[64];

	if (!err)
		return CTL_OK;
	if (err == -ENOENT || err == -ESRCH)
		return not_there(entity);
	snprintf(object, sizeof(object), "%s of %s %u", hint_infos[s->kind].name,
		 entity ? "entity" : "process", entity ? entity : pid);
	return probe_fail(object, err);
}

/* Nothing is set unless all of it can be read. */
static int set(uint32_t entity, int argc, char **argv)
{
	struct setting *settings = xrealloc(NULL, argc * sizeof(*settings));
	int i, status = CTL_OK;

	for (i = 0; i < argc && !status; i++)
		status = parse_setting(argv[i], &settings[i]);
	if (!status)
		status = probe_connect();
	for (i = 0; i < argc && !status; i++)
		status = set_one(entity, &settings[i]);
	free(settings);
	return status;
}

static int hint_run(int argc, char **argv)
{
	uint32_t entity = 0;

	if (argc && !strchr(argv[0], '=')) {
		if (pid)
			return out_usage(argv[0], "--pid says already which entities are meant");
		if (!parse_id(argv[0], &entity))
			return out_usage(argv[0], "not the id of an entity");
		argc--;
		argv++;
	}
	if (!argc)
		return show(entity);
	if (!entity && !pid)
		return out_usage(argv[0], "which entity is meant? It comes first, or --pid");
	return set(entity, argc, argv);
}

static void hint_words(void)
{
	struct model m;
	size_t i;

	if (genl_open() || model_fetch(&m))
		return;
	for (i = 0; i < m.entities.n; i++)
		printf("%" PRIu64 "\n", m.entities.v[i].num[XSCHED_A_ENTITY_ID]);
	model_free(&m);
}

/* After --pid processes, after an entity or a process kinds. */
static void hint_more_words(const char *before)
{
	uint32_t kind;
	struct model m;
	size_t i;

	if (strcmp(before, "--pid")) {
		for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++)
			printf("%s=\n", hint_infos[kind].name);
		return;
	}
	if (genl_open() || model_fetch(&m))
		return;
	for (i = 0; i < m.clients.n; i++)
		printf("%" PRIu64 "\n", m.clients.v[i].num[XSCHED_A_CLIENT_PID]);
	model_free(&m);
}

const struct ctl_cmd cmd_hint = {
	.name = "hint",
	.args = "[--pid PID | ENTITY] [KIND=VALUE...]",
	.summary = "Shows or sets hints of running programs",
	.more = "Kinds and values:\n"
		"  priority       -255..255, higher goes first\n"
		"  utilization    0..100%\n"
		"  timeslice      100us..10s\n"
		"  deadline       time after becoming ready (500us, 20ms, 1s), or none\n"
		"  laxity         time after becoming ready, or none\n"
		"  lax-priority   -255..255, until the laxity is used up\n"
		"  crit-priority  -255..255, from then on\n"
		"  window         on or off: belongs to the active window\n"
		"  k              0..1000000: how many may run under kedf while this is first\n"
		"A time without a unit is in microseconds. Users set hints of their own processes,\n"
		"root (CAP_SYS_ADMIN) those of any.\n",
	.max_args = XSCHED_HINT_MAX_KIND + 1,
	.opts = hint_opts,
	.opt = hint_opt,
	.run = hint_run,
	.words = hint_words,
	.more_words = hint_more_words,
};
