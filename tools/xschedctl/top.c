// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl top: who had which share of a device in the last interval.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "view.h"

static struct {
	double delay_s;
	unsigned long count;	/* 0: for ever */
	bool batch;
} opt = { .delay_s = 1 };

static const struct ctl_opt top_opts[] = {
	{ 'd', "delay", "SECS", "time between two looks, 0.05..3600 s; default 1" },
	{ 'n', "count", "COUNT", "end after COUNT intervals; default: never" },
	{ 'b', "batch", NULL, "one report after another instead of a full screen" },
	{}
};

/* The device's heading has its name. */
static const struct view_field fields[] = {
	{ { "ENTITY", true }, XSCHED_A_ENTITY_ID, V_NUM },
	{ { "PID", true }, XSCHED_A_CLIENT_PID, V_NUM },
	{ { "USER", false }, XSCHED_A_CLIENT_UID, V_USER },
	{ { "COMM", false }, XSCHED_A_CLIENT_COMM, V_STR },
	{ { "STATE", false }, XSCHED_A_ENTITY_STATE, V_STATE },
	{ { "LV", true }, XSCHED_A_ENTITY_LEVEL, V_LEVEL },
	{ { "PRIO", true }, XSCHED_A_ENTITY_PRIORITY, V_SNUM },
	{ { "PENDING", true }, XSCHED_A_QUEUE_PENDING, V_NUM },
};

static const struct out_column rate_columns[] = {
	{ "RUN%", true }, { "WAIT%", true }, { "HELD%", true }, { "BUSY%", true },
	{ "SUBMIT/s", true }, { "PREEMPT/s", true },
};

/* What an entity did between two looks. */
struct usage {
	const struct obj *entity;
	double run, wait, held, busy;	/* percent of the interval */
	double submits_s, preempts_s;	/* per second */
};

static int top_opt(int id, const char *arg)
{
	char *end;

	errno = 0;
	if (id == 'b') {
		opt.batch = true;
	} else if (id == 'd') {
		opt.delay_s = strtod(arg, &end);
		if (end == arg || *end || !(opt.delay_s >= 0.05 && opt.delay_s <= 3600))
			return out_usage("--delay", "\"%s\" is not within 0.05..3600 s", arg);
	} else {
		opt.count = strtoul(arg, &end, 10);
		if (end == arg || *end || errno || *arg == '-' || !opt.count)
			return out_usage("--count", "\"%s\" is not a number above 0", arg);
	}
	return 0;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void sleep_s(double s)
{
	struct timespec ts = { .tv_sec = s };

	ts.tv_nsec = (s - ts.tv_sec) * 1e9;
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Growth of a counter; 0 if it isn't known before, or it went back. */
static double growth(const struct obj *now, const struct obj *before, enum xsched_attr attr)
{
	if (!before || !obj_has(now, attr) || now->num[attr] < before->num[attr])
		return 0;
	return now->num[attr] - before->num[attr];
}

/* The sum of 32-bit counters, which wrap, and of which some may have gone. */
static double growth_32(const struct obj *now, const struct obj *before, enum xsched_attr attr)
{
	int32_t diff = before ? (uint32_t)now->num[attr] - (uint32_t)before->num[attr] : 0;

	return diff > 0 ? diff : 0;
}

/* An entity younger than the interval counts from its creation. */
static double share(const struct obj *now, const struct obj *before, enum xsched_attr attr,
		    double interval_s)
{
	static const struct obj nothing;
	double percent = growth(now, before ? before : &nothing, attr) / 1e7 / interval_s;

	return percent > 100 ? 100 : percent;
}

/*
 * With a single entity, or a policy that lets everything run, there is nothing to
 * decide; then nobody tells the scheduler when work begins and ends.
 */
static bool is_open(const struct obj *d)
{
	return d->num[XSCHED_A_DEVICE_ENTITIES] < 2 ||
	       !strcmp(obj_str(d, XSCHED_A_DEVICE_POLICY), "none");
}

static struct usage measure(const struct obj *e, const struct model *before, double interval_s)
{
	const struct obj *b = objs_find(&before->entities, e->num[XSCHED_A_ENTITY_ID]);

	struct usage u = {
		.entity = e,
		.run = share(e, b, XSCHED_A_ENTITY_RUN_NS, interval_s),
		.wait = share(e, b, XSCHED_A_ENTITY_WAIT_NS, interval_s),
		.held = share(e, b, XSCHED_A_ENTITY_HELD_NS, interval_s),
		.busy = share(e, b, XSCHED_A_ENTITY_BUSY_NS, interval_s),
		.submits_s = growth_32(e, b, XSCHED_A_QUEUE_SUBMITTED) / interval_s,
		.preempts_s = growth(e, b, XSCHED_A_ENTITY_PREEMPTIONS) / interval_s,
	};

	/* Its process may not know for how long it was stopped. */
	if (u.busy > 100 - u.wait - u.held)
		u.busy = 100 - u.wait - u.held < 0 ? 0 : 100 - u.wait - u.held;
	return u;
}

static int by_share(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;
	uint64_t i = x->entity->num[XSCHED_A_ENTITY_ID], k = y->entity->num[XSCHED_A_ENTITY_ID];

	if (x->run != y->run)
		return x->run < y->run ? 1 : -1;
	return i < k ? -1 : i > k;
}

/* The device's entities, the one with the largest share first; to be freed. */
static struct usage *measure_device(const struct model *now, const struct model *before,
				    uint64_t device, double interval_s, size_t *n)
{
	struct usage *u = xrealloc(NULL, now->entities.n * sizeof(*u));
	size_t i;

	*n = 0;
	for (i = 0; i < now->entities.n; i++) {
		const struct obj *e = &now->entities.v[i];

		if (e->num[XSCHED_A_DEVICE_ID] == device)
			u[(*n)++] = measure(e, before, interval_s);
	}
	qsort(u, *n, sizeof(*u), by_share);
	return u;
}

/* A device that was shared for a part of the interval has something to show. */
static bool is_measured(const struct obj *d, const struct usage *u, size_t n)
{
	size_t i;

	if (!is_open(d))
		return true;
	for (i = 0; i < n; i++)
		if (u[i].run > 0 || u[i].wait > 0 || u[i].held > 0)
			return true;
	return false;
}

/* Its process can tell how long the device works for it. */
static bool tells_busy(const struct usage *u)
{
	return obj_has(u->entity, XSCHED_A_ENTITY_BUSY_NS);
}

static void share_cell(struct out_table *t, enum out_color color, bool measured, double percent)
{
	if (measured)
		out_table_cell(t, color, "%.1f", percent);
	else
		out_table_cell(t, OUT_PLAIN, "-");
}

static void print_usage(const struct usage *u, size_t n, bool measured, size_t max_rows)
{
	struct out_table *t = view_table(fields, ARRAY_SIZE(fields), rate_columns,
					 ARRAY_SIZE(rate_columns));
	size_t i;

	for (i = 0; i < n; i++) {
		view_cells(t, fields, ARRAY_SIZE(fields), u[i].entity);
		share_cell(t, OUT_BOLD, measured, u[i].run);
		share_cell(t, OUT_PLAIN, measured, u[i].wait);
		share_cell(t, OUT_PLAIN, measured, u[i].held);
		share_cell(t, OUT_PLAIN, tells_busy(&u[i]), u[i].busy);
		out_table_cell(t, OUT_PLAIN, "%.0f", u[i].submits_s);
		out_table_cell(t, OUT_PLAIN, "%.1f", u[i].preempts_s);
	}
	out_table_end(t, max_rows);
}

static void print_device(const struct obj *d, const struct obj *before, const struct usage *u,
			 size_t n, double interval_s, size_t max_rows)
{
	bool measured = is_measured(d, u, n);
	char name[64], label[64];

	out_clean(name, sizeof(name), obj_str(d, XSCHED_A_DEVICE_NAME));
	out_clean(label, sizeof(label), obj_str(d, XSCHED_A_DEVICE_LABEL));
	printf("%sdevice %s%s  %s%spolicy %s  entities %zu  decisions %.0f/s  gate changes %.0f/s%s\n",
	       out_color(OUT_BOLD), name, out_color(OUT_PLAIN), label, *label ? "  " : "",
	       obj_str(d, XSCHED_A_DEVICE_POLICY), n,
	       growth(d, before, XSCHED_A_DEVICE_DECISIONS) / interval_s,
	       growth(d, before, XSCHED_A_DEVICE_FLIPS) / interval_s,
	       n && !measured ? "  (nothing to decide, so shares aren't measured)" : "");
	if (n)
		print_usage(u, n, measured, max_rows);
}

static json_t *usage_json(const struct usage *u, bool measured)
{
	json_t *json = obj_json(u->entity);

	json_object_set_new(json, "run_percent", measured ? json_real(u->run) : json_null());
	json_object_set_new(json, "wait_percent", measured ? json_real(u->wait) : json_null());
	json_object_set_new(json, "held_percent", measured ? json_real(u->held) : json_null());
	json_object_set_new(json, "busy_percent", tells_busy(u) ? json_real(u->busy) : json_null());
	json_object_set_new(json, "submits_per_s", json_real(u->submits_s));
	json_object_set_new(json, "preemptions_per_s", json_real(u->preempts_s));
	return json;
}

static json_t *device_json(const struct obj *d, const struct obj *before, const struct usage *u,
			   size_t n, double interval_s)
{
	json_t *json = obj_json(d), *entities = json_array();
	bool measured = is_measured(d, u, n);
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(entities, usage_json(&u[i], measured));
	json_object_set_new(json, "decisions_per_s",
			    json_real(growth(d, before, XSCHED_A_DEVICE_DECISIONS) / interval_s));
	json_object_set_new(json, "flips_per_s",
			    json_real(growth(d, before, XSCHED_A_DEVICE_FLIPS) / interval_s));
	json_object_set_new(json, "entities", entities);
	return json;
}

/* Rows a device may take so that a full screen isn't scrolled; 0: any number. */
static size_t rows_per_device(size_t n_devices)
{
	struct winsize ws;

	if (opt.batch || !n_devices || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || !ws.ws_row)
		return 0;
	if (ws.ws_row / n_devices < 6)
		return 1;
	return ws.ws_row / n_devices - 4;	/* its heading, columns, "more", empty line */
}

static void report(const struct model *now, const struct model *before, double interval_s)
{
	size_t i, n, max_rows = rows_per_device(now->devices.n);
	json_t *devices = json_array();

	if (!ctl.json && !opt.batch)
		fputs("\033[H\033[J", stdout);
	if (!ctl.json && !now->devices.n)
		puts("no devices yet: no program has used one under the scheduler");
	for (i = 0; i < now->devices.n; i++) {
		const struct obj *d = &now->devices.v[i];
		const struct obj *b = objs_find(&before->devices, d->num[XSCHED_A_DEVICE_ID]);
		struct usage *u = measure_device(now, before, d->num[XSCHED_A_DEVICE_ID],
						 interval_s, &n);

		if (ctl.json)
			json_array_append_new(devices, device_json(d, b, u, n, interval_s));
		else
			print_device(d, b, u, n, interval_s, max_rows);
		if (!ctl.json)
			putchar('\n');
		free(u);
	}
	if (ctl.json)
		out_json(json_pack("{s:f,s:O}", "interval_s", interval_s, "devices", devices));
	json_decref(devices);
	fflush(stdout);
}

static int top_run(int argc, char **argv)
{
	struct model before, now;
	unsigned long round;
	double start_s, end_s;

	(void)argc;
	(void)argv;
	if (!ctl.screen)
		opt.batch = true;
	if (model_fetch(&before))
		return CTL_FAILURE;
	start_s = now_s();
	for (round = 0; !opt.count || round < opt.count; round++) {
		sleep_s(opt.delay_s);
		if (model_fetch(&now)) {
			model_free(&before);
			return CTL_FAILURE;
		}
		end_s = now_s();
		report(&now, &before, end_s - start_s);
		model_free(&before);
		before = now;
		start_s = end_s;
		if (ferror(stdout))
			break;
	}
	model_free(&before);
	return CTL_OK;
}

const struct ctl_cmd cmd_top = {
	.name = "top",
	.args = "[-b] [-d SECS] [-n COUNT]",
	.summary = "Shows shares of each device, again and again",
	.more = "RUN% is the part of the interval in which an entity had work and its gate open,\n"
		"WAIT% until its first turn, HELD% stopped. When entities run side by side the\n"
		"shares of a device add up to more than 100. They are measured while there is\n"
		"something to decide: two entities or more, and a policy other than none. BUSY% is\n"
		"the part in which the device worked for an entity, as its process says; CUDA\n"
		"programs do. Where standard output is no terminal, -b is implied. With -j there is\n"
		"one line of JSON per interval.\n",
	.opts = top_opts,
	.opt = top_opt,
	.run = top_run,
};
