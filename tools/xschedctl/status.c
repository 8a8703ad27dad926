// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl status: is the scheduler there, what is missing, what comes next.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "ctl.h"
#include "probe.h"
#include "view.h"

static const struct view_field fields[] = {
	{ { "DEVICE", false }, XSCHED_A_DEVICE_NAME, V_STR },
	{ { "CLASS", false }, XSCHED_A_DEVICE_CLASS, V_CLASS },
	{ { "POLICY", false }, XSCHED_A_DEVICE_POLICY, V_STR },
	{ { "ENTITIES", true }, XSCHED_A_DEVICE_ENTITIES, V_NUM },
	{ { "LABEL", false }, XSCHED_A_DEVICE_LABEL, V_STR },
};

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ XSCHED_FEAT_AGENT_RING, "agent-ring" },
	{ XSCHED_FEAT_NOTIFY, "notify" },
	{ XSCHED_FEAT_NETLINK, "netlink" },
	{ XSCHED_FEAT_DEPEND, "depend" },
	{ XSCHED_FEAT_GANG, "gang" },
	{ XSCHED_FEAT_TENANTS, "tenants" },
};

#define MAX_PROBLEMS 8

/* Everything that is to be told. */
struct status {
	struct probe probe;
	struct model m;
	bool have_model;
	char shim[PATH_MAX];
	bool have_shim;
	struct problem problems[MAX_PROBLEMS];
	size_t n_problems;
};

static void add_problem(struct status *s, const struct problem *p)
{
	if (s->n_problems < MAX_PROBLEMS)
		s->problems[s->n_problems++] = *p;
}

/* A policy that failed was replaced; what to do is the same for each device. */
static void find_fallbacks(struct status *s)
{
	size_t i;

	for (i = 0; i < s->m.devices.n; i++) {
		const struct obj *d = &s->m.devices.v[i];

		if (obj_has(d, XSCHED_A_DEVICE_FALLBACK))
			add_problem(s, &(struct problem){
				obj_str(d, XSCHED_A_DEVICE_NAME), obj_str(d, XSCHED_A_DEVICE_FALLBACK),
				"everything runs on it; set a policy: \"xschedctl policy DEVICE NAME\"" });
	}
}

static void collect(struct status *s)
{
	struct problem problem;

	memset(s, 0, sizeof(*s));
	probe_all(&s->probe);
	if (probe_node_problem(&s->probe, &problem))
		add_problem(s, &problem);
	if (probe_netlink_problem(&s->probe, &problem) &&
	    (!s->n_problems || strcmp(problem.object, s->problems[0].object)))
		add_problem(s, &problem);
	s->have_shim = probe_shim(s->shim, sizeof(s->shim));
	if (!s->have_shim)
		add_problem(s, &(struct problem){ s->shim,
			"not found: OpenCL programs would run unscheduled",
			"\"make install\", or name its directory in XSCHED_LIBDIR" });
	if (!s->probe.netlink_err)
		s->have_model = !model_fetch(&s->m);
	if (s->have_model)
		find_fallbacks(s);
}

/* What stops the scheduler from being used at all; a missing runtime doesn't. */
static bool usable(const struct status *s)
{
	return (!s->probe.node_err || !s->probe.host_err) && s->have_model;
}

static json_t *features_json(const struct status *s)
{
	json_t *json = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (s->probe.query.features & features[i].bit)
			json_array_append_new(json, json_string(features[i].name));
	return json;
}

static json_t *problems_json(const struct status *s)
{
	json_t *json = json_array();
	size_t i;

	for (i = 0; i < s->n_problems; i++)
		json_array_append_new(json, json_pack("{s:o,s:o,s:o}",
			"object", out_json_text(s->problems[i].object),
			"reason", out_json_text(s->problems[i].reason),
			"next", out_json_text(s->problems[i].next)));
	return json;
}

static void add_query_json(json_t *json, const struct status *s)
{
	const struct xsched_query *q = &s->probe.query;

	if (s->probe.node_err && s->probe.host_err)
		return;
	json_object_set_new(json, "scheduler", json_string(s->probe.node_err ? "host" : "kernel"));
	if (s->probe.node_err)
		json_object_set_new(json, "socket", out_json_text(s->probe.host));
	json_object_set_new(json, "abi", json_integer(q->abi));
	json_object_set_new(json, "features", features_json(s));
	json_object_set_new(json, "limits", json_pack("{s:I,s:I,s:I}",
		"clients", (json_int_t)q->max_clients, "entities", (json_int_t)q->max_entities,
		"queues", (json_int_t)q->max_queues));
}

static void write_json(const struct status *s)
{
	json_t *json = json_pack("{s:b,s:b}", "usable", usable(s), "module",
				 s->probe.module || !s->probe.node_err);

	if (*s->probe.version)
		json_object_set_new(json, "version", out_json_text(s->probe.version));
	add_query_json(json, s);
	if (s->have_model) {
		json_object_set_new(json, "clients", json_integer(s->m.clients.n));
		json_object_set_new(json, "entities", json_integer(s->m.entities.n));
		json_object_set_new(json, "devices", objs_json(&s->m.devices));
		if (!s->probe.node_err)
			json_object_set_new(json, "tenants",
					    json_string(cgroup_root() ? "cgroups" : "one"));
	}
	json_object_set_new(json, "runtime", s->have_shim ? out_json_text(s->shim) : json_null());
	json_object_set_new(json, "problems", problems_json(s));
	out_json(json);
}

static void print_module(const struct status *s)
{
	const struct xsched_query *q = &s->probe.query;
	char version[128];
	size_t i;

	out_clean(version, sizeof(version), s->probe.version);
	if (s->probe.node_err && !s->probe.host_err) {
		out_clean(version, sizeof(version), s->probe.host);
		printf("scheduler xschedd on %s, ABI %u\nfeatures ", version, q->abi);
	} else if (s->probe.node_err) {
		printf("module    %s\n", s->probe.module ? "loaded, but it can't be used" : "not loaded");
		return;
	} else {
		printf("module    loaded%s%s, ABI %u\nfeatures ", *version ? ", version " : "",
		       version, q->abi);
	}
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (q->features & features[i].bit)
			printf(" %s", features[i].name);
	printf("\nlimits    %u clients, %u entities, %u queues per user\n", q->max_clients,
	       q->max_entities, q->max_queues);
}

static void print_devices(const struct status *s)
{
	struct out_table *t;
	size_t i;

	printf("clients   %zu, with %zu entities and %zu queues\n", s->m.clients.n,
	       s->m.entities.n, s->m.queues.n);
	if (!s->probe.node_err)
		printf("tenants   %s\n", cgroup_root() ? "cgroups" :
						      "all are one: no cgroup v2 is mounted");
	putchar('\n');
	if (!s->m.devices.n) {
		puts("no devices yet: they appear with the first program that uses them");
		return;
	}
	t = view_table(fields, ARRAY_SIZE(fields), NULL, 0);
	for (i = 0; i < s->m.devices.n; i++)
		view_cells(t, fields, ARRAY_SIZE(fields), &s->m.devices.v[i]);
	out_table_end(t, 0);
}

static void print_problems(const struct status *s)
{
	char reason[256];
	size_t i;

	for (i = 0; i < s->n_problems; i++) {
		out_clean(reason, sizeof(reason), s->problems[i].reason);
		printf("%s%sproblem%s   %s: %s\n          %s\n", i ? "" : "\n",
		       out_color(OUT_YELLOW), out_color(OUT_PLAIN), s->problems[i].object, reason,
		       s->problems[i].next);
	}
}

static int status_run(int argc, char **argv)
{
	struct status s;
	int status;

	(void)argc;
	(void)argv;
	collect(&s);
	status = usable(&s) ? CTL_OK : CTL_FAILURE;
	if (ctl.json) {
		write_json(&s);
	} else {
		print_module(&s);
		printf("runtime   %s\n", s.have_shim ? s.shim : "not found");
		if (s.have_model)
			print_devices(&s);
		print_problems(&s);
		if (!s.n_problems)
			puts("\nnext      xschedctl run [--priority N] -- PROGRAM [ARGUMENT...]");
	}
	if (s.have_model)
		model_free(&s.m);
	return status;
}

const struct ctl_cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "Shows whether the scheduler can be used, and what is missing",
	.more = "Exits with 1 if the scheduler can't be used here.\n",
	.run = status_run,
};
