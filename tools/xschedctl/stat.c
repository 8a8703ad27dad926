// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl stat: how entities, clients, devices and tenants fare: times, counters, and
 * histograms of latencies.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "model.h"
#include "out.h"
#include "pick.h"

#define BAR_WIDTH 40

/* What is shown: one sum. */
struct sum {
	uint64_t entities, run_ns, wait_ns, held_ns, open_ns, used_ns, busy_ns, runs, preemptions, aged;
	struct xsched_latency latency[2];
};

static void sum_latency(struct xsched_latency *to, const struct xsched_latency *from)
{
	size_t i;

	to->sum_ns += from->sum_ns;
	if (to->max_ns < from->max_ns)
		to->max_ns = from->max_ns;
	for (i = 0; i < XSCHED_LATENCY_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

static void sum_entity(struct sum *s, const struct obj *o)
{
	s->entities++;
	s->run_ns += o->num[XSCHED_A_ENTITY_RUN_NS];
	s->wait_ns += o->num[XSCHED_A_ENTITY_WAIT_NS];
	s->held_ns += o->num[XSCHED_A_ENTITY_HELD_NS];
	s->open_ns += o->num[XSCHED_A_ENTITY_OPEN_NS];
	s->used_ns += o->num[XSCHED_A_ENTITY_USED_NS];
	s->busy_ns += o->num[XSCHED_A_ENTITY_BUSY_NS];
	s->runs += o->num[XSCHED_A_ENTITY_RUNS];
	s->preemptions += o->num[XSCHED_A_ENTITY_PREEMPTIONS];
	s->aged += o->num[XSCHED_A_ENTITY_AGED];
	sum_latency(&s->latency[OBJ_WAIT], &o->latency[OBJ_WAIT]);
	sum_latency(&s->latency[OBJ_QUIET], &o->latency[OBJ_QUIET]);
}

/* A tenant is a sum already, of those that are gone, too. */
static void sum_tenant(struct sum *s, const struct obj *o)
{
	s->entities = o->num[XSCHED_A_TENANT_ENTITIES];
	s->run_ns = o->num[XSCHED_A_TENANT_RUN_NS];
	s->wait_ns = o->num[XSCHED_A_TENANT_WAIT_NS];
	s->held_ns = o->num[XSCHED_A_TENANT_HELD_NS];
	s->used_ns = o->num[XSCHED_A_TENANT_USED_NS];
	s->runs = o->num[XSCHED_A_TENANT_RUNS];
	s->preemptions = o->num[XSCHED_A_TENANT_PREEMPTIONS];
	memcpy(s->latency, o->latency, sizeof(s->latency));
}

/* Below which so many of a hundred are, as exactly as buckets can say. */
static uint64_t percentile_ns(const struct xsched_latency *l, unsigned int percent)
{
	uint64_t n = latency_count(l), seen = 0;
	size_t i;

	for (i = 0; i < XSCHED_LATENCY_BUCKETS - 1; i++) {
		seen += l->bucket[i];
		if (seen * 100 >= n * percent)
			return latency_below_ns(i) < l->max_ns ? latency_below_ns(i) : l->max_ns;
	}
	return l->max_ns;
}

static void print_time(const char *before, uint64_t ns, const char *after)
{
	char text[32];

	out_time(text, sizeof(text), ns);
	printf("%s%s%s", before, text, after);
}

static void print_bucket(const struct xsched_latency *l, size_t i, uint64_t most)
{
	static const char bar[] = "########################################";
	int width = (int)((l->bucket[i] * BAR_WIDTH + most - 1) / most);
	char from[32], to[32];

	_Static_assert(sizeof(bar) == BAR_WIDTH + 1, "a bar of full width");
	out_time(from, sizeof(from), i ? latency_below_ns(i - 1) : 0);
	out_time(to, sizeof(to), latency_below_ns(i));
	if (i == XSCHED_LATENCY_BUCKETS - 1)
		strcpy(to, "more");
	printf("  %8s - %-8s %10" PRIu64 " |%s%-*.*s%s|\n", from, to, (uint64_t)l->bucket[i],
	       out_color(OUT_GREEN), BAR_WIDTH, width, bar, out_color(OUT_PLAIN));
}

static void print_latency(const char *title, const struct xsched_latency *l)
{
	uint64_t n = latency_count(l), most = 1;
	size_t i, first = XSCHED_LATENCY_BUCKETS, last = 0;

	if (!n) {
		printf("%s: none yet\n", title);
		return;
	}
	for (i = 0; i < XSCHED_LATENCY_BUCKETS; i++) {
		if (!l->bucket[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = l->bucket[i] > most ? l->bucket[i] : most;
	}
	printf("%s: %" PRIu64 " times", title, n);
	print_time(", on average ", l->sum_ns / n, "");
	print_time(", half below ", percentile_ns(l, 50), "");
	print_time(", 99% below ", percentile_ns(l, 99), "");
	print_time(", at most ", l->max_ns, "\n");
	for (i = first; i <= last; i++)
		print_bucket(l, i, most);
}

static void print_sum(const struct sum *s, const char *kind, const char *name, bool tenant)
{
	char clean[256];

	out_clean(clean, sizeof(clean), name);
	printf("%s%s %s%s: %" PRIu64 " %s\n", out_color(OUT_BOLD), kind, clean,
	       out_color(OUT_PLAIN), s->entities, s->entities == 1 ? "entity" : "entities");
	print_time("  ran ", s->run_ns, "");
	print_time(", waited ", s->wait_ns, "");
	print_time(", held ", s->held_ns, "");
	print_time(", used ", s->used_ns, " of the device");
	if (s->busy_ns)
		print_time(", which worked for it ", s->busy_ns, "");
	if (!tenant)
		print_time("; with nothing to decide ", s->open_ns, "");
	printf("\n  %" PRIu64 " turns, stopped %" PRIu64 " times", s->runs, s->preemptions);
	if (!tenant)
		printf(", %" PRIu64 " times by age", s->aged);
	puts("");
	print_latency("from ready to running", &s->latency[OBJ_WAIT]);
	print_latency("from stopped to quiet", &s->latency[OBJ_QUIET]);
}

static json_t *sum_json(const struct sum *s, const char *kind, const char *name)
{
	return json_pack("{s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "kind", kind,
			 "name", out_json_text(name), "entities", (json_int_t)s->entities,
			 "run_ns", (json_int_t)s->run_ns, "wait_ns", (json_int_t)s->wait_ns,
			 "held_ns", (json_int_t)s->held_ns, "open_ns", (json_int_t)s->open_ns,
			 "used_ns", (json_int_t)s->used_ns, "busy_ns", (json_int_t)s->busy_ns, "runs", (json_int_t)s->runs,
			 "preemptions", (json_int_t)s->preemptions, "aged", (json_int_t)s->aged,
			 "wait_latency", latency_json(&s->latency[OBJ_WAIT]),
			 "quiet_latency", latency_json(&s->latency[OBJ_QUIET]));
}

static int show(const struct sum *s, const char *kind, const char *name, bool tenant)
{
	if (ctl.json)
		out_json(sum_json(s, kind, name));
	else
		print_sum(s, kind, name, tenant);
	return CTL_OK;
}

static int stat_tenant(const char *arg)
{
	const struct obj *o = NULL;
	struct objs tenants;
	struct sum s = {};
	size_t i;

	if (model_need_tenants() ||
	    model_fetch_kind(&tenants, XSCHED_A_TENANT_ID, XSCHED_CMD_TENANT_STAT_GET, "tenants"))
		return CTL_FAILURE;
	for (i = 0; i < tenants.n; i++)
		if (!strcmp(obj_str(&tenants.v[i], XSCHED_A_TENANT_PATH), arg) ||
		    (isdigit(*arg) && strtoull(arg, NULL, 10) == tenants.v[i].id))
			o = &tenants.v[i];
	if (o) {
		sum_tenant(&s, o);
		show(&s, "tenant", obj_str(o, XSCHED_A_TENANT_PATH), true);
	} else {
		out_fail(arg, "see \"xschedctl tenant\" for those there are", "no such tenant");
	}
	objs_free(&tenants);
	return o ? CTL_OK : CTL_FAILURE;
}

/* Entities whose attribute has this value; attr 0: all. */
static int stat_entities(const struct picked *p)
{
	struct objs entities;
	struct sum s = {};
	size_t i;

	if (model_fetch_kind(&entities, XSCHED_A_ENTITY_ID, XSCHED_CMD_ENTITY_STAT_GET, "entities"))
		return CTL_FAILURE;
	for (i = 0; i < entities.n; i++)
		if (!p->attr || entities.v[i].num[p->attr] == p->id)
			sum_entity(&s, &entities.v[i]);
	objs_free(&entities);
	return show(&s, p->kind, p->name, false);
}

static int stat_run(int argc, char **argv)
{
	struct picked p;
	struct model m;
	int err;

	if (argc && (*argv[argc - 1] == '/' || !strcmp(argv[0], "tenant"))) {
		if (argc == 1 && *argv[0] != '/')
			return out_usage(argv[0], "which one? Its path or id follows");
		return stat_tenant(argv[argc - 1]);
	}
	if (model_fetch(&m))
		return CTL_FAILURE;
	err = pick(&p, &m, argc, argv);
	if (!err)
		err = stat_entities(&p);
	model_free(&m);
	return err;
}

const struct ctl_cmd cmd_stat = {
	.name = "stat",
	.args = "[QUEUE | DEVICE | TENANT | KIND WHICH]",
	.summary = "Shows times, counters and latencies",
	.more = "A number is a queue, a path beginning with \"/\" a tenant, any other word a device.\n"
		"KIND is queue, entity, client (by id), process (by pid), device or tenant. Without\n"
		"arguments: of all entities together. A queue's are those of its entity.\n\n"
		"Latencies are from having work to the first turn, and from being stopped to being off\n"
		"the device, which is looked for every idle_poll_us. A tenant's are also of entities that\n"
		"are gone.\n",
	.max_args = 2,
	.run = stat_run,
	.words = pick_words,
};
