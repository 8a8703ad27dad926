// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl tenant: what cgroups are granted of the devices, and what they had.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "ctl.h"
#include "host.h"
#include "probe.h"
#include "view.h"

static const struct view_field fields[] = {
	{ { "ID", true }, XSCHED_A_TENANT_ID, V_NUM },
	{ { "PATH", false }, XSCHED_A_TENANT_PATH, V_STR },
	{ { "CLIENTS", true }, XSCHED_A_TENANT_CLIENTS, V_NUM },
	{ { "ENTITIES", true }, XSCHED_A_TENANT_ENTITIES, V_NUM },
};

static const struct out_column more[] = {
	{ "LIMIT", true }, { "WEIGHT", true }, { "CAP", true }, { "CEILING", true },
	{ "RUN", true }, { "WAIT", true }, { "HELD", true }, { "USED", true }, { "PREEMPT", true },
};

static void time_cell(struct out_table *t, const struct obj *o, enum xsched_attr attr)
{
	char text[32];

	out_time(text, sizeof(text), o->num[attr]);
	out_table_cell(t, OUT_PLAIN, "%s", text);
}

static void limit_cells(struct out_table *t, const struct obj *o)
{
	uint64_t max = o->num[XSCHED_A_TENANT_MAX_ENTITIES], cap = o->num[XSCHED_A_TENANT_CAP];
	int64_t ceiling = (int64_t)o->num[XSCHED_A_TENANT_CEILING];

	if (max)
		out_table_cell(t, OUT_PLAIN, "%" PRIu64, max);
	else
		out_table_cell(t, OUT_PLAIN, "-");
	out_table_cell(t, OUT_PLAIN, "%" PRIu64, o->num[XSCHED_A_TENANT_WEIGHT]);
	if (cap && cap < XSCHED_TENANT_CAP_MAX)
		out_table_cell(t, OUT_PLAIN, "%" PRIu64 ".%" PRIu64 "%%", cap / 10, cap % 10);
	else
		out_table_cell(t, OUT_PLAIN, "-");
	if (ceiling < XSCHED_PRIORITY_MAX)
		out_table_cell(t, OUT_PLAIN, "%" PRId64, ceiling);
	else
		out_table_cell(t, OUT_PLAIN, "-");
}

static void add_row(struct out_table *t, const struct obj *o)
{
	view_cells(t, fields, ARRAY_SIZE(fields), o);
	limit_cells(t, o);
	time_cell(t, o, XSCHED_A_TENANT_RUN_NS);
	time_cell(t, o, XSCHED_A_TENANT_WAIT_NS);
	time_cell(t, o, XSCHED_A_TENANT_HELD_NS);
	time_cell(t, o, XSCHED_A_TENANT_USED_NS);
	out_table_cell(t, OUT_PLAIN, "%" PRIu64, o->num[XSCHED_A_TENANT_PREEMPTIONS]);
}

/* All, or the one with this id. */
static void print(const struct objs *tenants, const struct obj *one)
{
	struct out_table *t;
	size_t i;

	if (ctl.json) {
		out_json(one ? obj_json(one) : objs_json(tenants));
		return;
	}
	t = view_table(fields, ARRAY_SIZE(fields), more, ARRAY_SIZE(more));
	for (i = 0; i < tenants->n; i++)
		if (!one || one == &tenants->v[i])
			add_row(t, &tenants->v[i]);
	out_table_end(t, 0);
}

/* An id, or the path of a cgroup that there is. */
static int find_id(const char *arg, uint64_t *id)
{
	unsigned long long v;
	char *end;
	int err;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (*arg >= '0' && *arg <= '9' && !*end && !errno && v) {
		*id = v;
		return CTL_OK;
	}
	err = cgroup_id(arg, id);
	if (err == -ENODEV)
		return out_fail(arg, "without cgroup v2 everybody is one tenant: name it by its id "
				"from \"xschedctl tenant list\"", "no cgroup v2 is mounted");
	if (err)
		return out_fail(arg, "give a path below the mount of cgroup v2, or an id from "
				"\"xschedctl tenant list\"", "no such cgroup: %s", strerror(-err));
	return CTL_OK;
}

static int show(const char *arg)
{
	const struct obj *one = NULL;
	struct objs tenants;
	int status = CTL_OK;
	uint64_t id = 0;

	if (model_need_tenants() || (arg && find_id(arg, &id)))
		return CTL_FAILURE;
	if (model_fetch_tenants(&tenants))
		return CTL_FAILURE;
	if (arg)
		one = objs_find(&tenants, id);
	if (arg && !one)
		status = out_fail(arg, "set something, or start a program in it under the scheduler",
				  "not a tenant: it has no program under the scheduler, and nothing "
				  "is set of it");
	else
		print(&tenants, one);
	objs_free(&tenants);
	return status;
}

struct setting {
	const char *name;
	enum xsched_attr attr;
	int64_t min, max;
	int scale;			/* 10: percents with one digit after the point */
	bool has_none;
	int64_t none;
	const char *range;
};

static const struct setting settings[] = {
	{ "weight", XSCHED_A_TENANT_WEIGHT, XSCHED_TENANT_WEIGHT_MIN, XSCHED_TENANT_WEIGHT_MAX, 1,
	  false, 0, "1..10000" },
	{ "cap", XSCHED_A_TENANT_CAP, 1, XSCHED_TENANT_CAP_MAX, 10,
	  true, 0, "0.1%..100% or none" },
	{ "ceiling", XSCHED_A_TENANT_CEILING, XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX, 1,
	  true, XSCHED_PRIORITY_MAX, "-255..255 or none" },
	{ "entities", XSCHED_A_TENANT_MAX_ENTITIES, 1, UINT32_MAX, 1,
	  true, 0, "1..4294967295 or none" },
};

static const struct setting *find_setting(const char *arg)
{
	const char *equals = strchr(arg, '=');
	size_t i;

	for (i = 0; equals && i < ARRAY_SIZE(settings); i++)
		if (strlen(settings[i].name) == (size_t)(equals - arg) &&
		    !strncmp(settings[i].name, arg, equals - arg))
			return &settings[i];
	return NULL;
}

/* "25", or where it is a percentage also "25%", "12.5%"; whether it is in range. */
static bool parse_value(const struct setting *s, const char *text, int64_t *value)
{
	char *end;

	if (!strcmp(text, "none")) {
		*value = s->none;
		return s->has_none;
	}
	errno = 0;
	*value = strtoll(text, &end, 10);
	if (end == text || errno || *value > UINT32_MAX || *value < XSCHED_PRIORITY_MIN)
		return false;
	*value *= s->scale;
	if (s->scale == 10 && *end == '.' && end[1] >= '0' && end[1] <= '9') {
		*value += end[1] - '0';
		end += 2;
	}
	if (s->scale == 10 && *end == '%')
		end++;
	return !*end && *value >= s->min && *value <= s->max;
}

static int parse_setting(const char *arg, struct genl_arg *a)
{
	const struct setting *s = find_setting(arg);
	const char *text;

	if (!s)
		return out_usage(arg, "not weight=, cap=, ceiling= or entities= and a value");
	text = strchr(arg, '=') + 1;
	a->attr = s->attr;
	a->type = s->min < 0 ? GENL_S32 : GENL_U32;
	if (!parse_value(s, text, &a->num))
		return out_usage(s->name, "\"%s\" is not within %s", text, s->range);
	return CTL_OK;
}

static int send_set(const char *arg, uint64_t id, struct genl_arg *args, size_t n)
{
	char *object;
	int err;

	args[0] = (struct genl_arg){ XSCHED_A_TENANT_ID, GENL_U64, (int64_t)id, NULL };
	err = genl_set(XSCHED_CMD_TENANT_SET, args, n);
	if (!err)
		return CTL_OK;
	if (err == -ENOENT)
		return out_fail(arg, "see \"xschedctl tenant list\" for the ones there are, or "
				"name a cgroup by its path", "no such cgroup");
	object = xasprintf("tenant %s", arg);
	probe_fail(object, err);
	free(object);
	return CTL_FAILURE;
}

/* Nothing is set unless all of it can be read; then all of it at once. */
static int set(const char *arg, int argc, char **argv)
{
	struct genl_arg args[1 + ARRAY_SIZE(settings)] = {};
	size_t n = 1;
	uint64_t id;
	int err;

	for (; argc; argc--, argv++) {
		struct genl_arg a = {};
		size_t i;

		err = parse_setting(*argv, &a);
		if (err)
			return err;
		for (i = 1; i < n && args[i].attr != a.attr; i++)
			;
		args[i] = a;
		n += i == n;
	}
	if (model_need_tenants() || find_id(arg, &id))
		return CTL_FAILURE;
	return send_set(arg, id, args, n);
}

static int import_one(const char *path, uint64_t id, bool must)
{
	struct genl_arg args[2] = { {}, { XSCHED_A_TENANT_WEIGHT, GENL_U32, 0, NULL } };
	uint32_t weight;
	int err = cgroup_cpu_weight(path, &weight);

	if (err && !must)
		return CTL_OK;
	if (err)
		return out_fail(path, "enable the cpu controller in its parent's "
				"cgroup.subtree_control", "its cpu.weight can't be read: %s",
				strerror(-err));
	args[1].num = weight;
	return send_set(path, id, args, ARRAY_SIZE(args));
}

/* Of one cgroup, or of all tenants whose cgroups have a weight. */
static int import(const char *arg)
{
	struct objs tenants;
	int status = CTL_OK;
	uint64_t id = 0;
	const struct obj *one;
	size_t i;

	if (model_need_tenants() || (arg && find_id(arg, &id)))
		return CTL_FAILURE;
	if (arg && (*arg < '0' || *arg > '9'))
		return import_one(arg, id, true);
	if (model_fetch_tenants(&tenants))
		return CTL_FAILURE;
	one = objs_find(&tenants, id);
	if (arg && !one)
		status = out_fail(arg, "name it by its path", "not a tenant yet");
	for (i = 0; i < tenants.n && !status; i++)
		if (!arg || one == &tenants.v[i])
			status = import_one(obj_str(&tenants.v[i], XSCHED_A_TENANT_PATH),
					    tenants.v[i].id, arg);
	objs_free(&tenants);
	return status;
}

static int tenant_run(int argc, char **argv)
{
	if (!argc || !strcmp(argv[0], "list"))
		return argc > 1 ? out_usage(argv[1], "one argument too many") : show(NULL);
	if (!strcmp(argv[0], "import"))
		return argc > 2 ? out_usage(argv[2], "one argument too many") :
				  import(argc > 1 ? argv[1] : NULL);
	return argc > 1 ? set(argv[0], argc - 1, argv + 1) : show(argv[0]);
}

static void tenant_words(void)
{
	struct objs tenants;
	size_t i;

	puts("list\nimport");
	if (genl_open() || host_is_open() || model_fetch_tenants(&tenants))
		return;
	for (i = 0; i < tenants.n; i++)
		puts(obj_str(&tenants.v[i], XSCHED_A_TENANT_PATH));
	objs_free(&tenants);
}

/* After a cgroup limits, after "import" cgroups. */
static void tenant_more_words(const char *before)
{
	struct objs tenants;
	size_t i;

	for (i = 0; strcmp(before, "list") && strcmp(before, "import") && i < ARRAY_SIZE(settings); i++)
		printf("%s=\n", settings[i].name);
	if (strcmp(before, "import") || genl_open() || host_is_open() || model_fetch_tenants(&tenants))
		return;
	for (i = 0; i < tenants.n; i++)
		puts(obj_str(&tenants.v[i], XSCHED_A_TENANT_PATH));
	objs_free(&tenants);
}

const struct ctl_cmd cmd_tenant = {
	.name = "tenant",
	.args = "[list | import [CGROUP] | CGROUP [LIMIT=VALUE...]]",
	.summary = "Shows or sets what cgroups are granted",
	.more = "A tenant is the cgroup (v2) of a program's main thread when it began. CGROUP is\n"
		"its path or its id. Limits:\n"
		"  weight    1..10000, its part among its siblings under fair, up and pup; default 100\n"
		"  cap       0.1%..100% of any device, even an idle one; or none\n"
		"  ceiling   -255..255, higher priorities count as this one for other tenants; or none\n"
		"  entities  how many it may have; or none\n"
		"They hold for all cgroups in it together, take effect at once and last as long as\n"
		"the cgroup. Setting needs root (CAP_SYS_ADMIN). \"import\" takes weight from the\n"
		"cgroup's cpu.weight, of all tenants if none is named. Times are sums over all\n"
		"devices, as in \"xschedctl list\"; USED divides a device's time among those that\n"
		"ran on it together.\n",
	.max_args = 1 + ARRAY_SIZE(settings),
	.run = tenant_run,
	.words = tenant_words,
	.more_words = tenant_more_words,
};
