// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * xschedctl monitor: what happens to the scheduler's objects, as it happens.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "host.h"
#include "names.h"
#include "probe.h"
#include "user.h"
#include "view.h"

static unsigned long count, seen;

static const struct ctl_opt monitor_opts[] = {
	{ 'n', "count", "COUNT", "end after COUNT events; default: never" },
	{}
};

static int monitor_opt(int id, const char *arg)
{
	char *end;

	(void)id;
	errno = 0;
	count = strtoul(arg, &end, 10);
	if (end == arg || *end || errno || *arg == '-' || !count)
		return out_usage("--count", "\"%s\" is not a number above 0", arg);
	return 0;
}

static void print_num(const struct obj *o, enum xsched_attr attr, const char *key)
{
	if (obj_has(o, attr))
		printf(" %s=%" PRId64, key, (int64_t)o->num[attr]);
}

static void print_str(const struct obj *o, enum xsched_attr attr, const char *key)
{
	char clean[256];

	if (!obj_has(o, attr))
		return;
	out_clean(clean, sizeof(clean), obj_str(o, attr));
	printf(" %s=\"%s\"", key, clean);
}

static void print_event(const struct obj *o)
{
	uint64_t ns = o->num[XSCHED_A_TIME_NS];

	printf("[%" PRIu64 ".%06u] %s%s%s", ns / 1000000000,
	       (unsigned int)(ns % 1000000000 / 1000), out_color(OUT_BOLD),
	       name_event(o->num[XSCHED_A_EVENT]), out_color(OUT_PLAIN));
	if (obj_has(o, XSCHED_A_DEVICE_NAME))
		print_str(o, XSCHED_A_DEVICE_NAME, "device");
	else
		print_num(o, XSCHED_A_DEVICE_ID, "device");
	print_str(o, XSCHED_A_DEVICE_LABEL, "label");
	print_num(o, XSCHED_A_CLIENT_ID, "client");
	print_num(o, XSCHED_A_CLIENT_PID, "pid");
	if (obj_has(o, XSCHED_A_CLIENT_UID))
		printf(" user=%s", user_name(o->num[XSCHED_A_CLIENT_UID]));
	print_str(o, XSCHED_A_CLIENT_COMM, "comm");
	print_num(o, XSCHED_A_ENTITY_ID, "entity");
	print_str(o, XSCHED_A_DEVICE_POLICY, "policy");
	print_str(o, XSCHED_A_DEVICE_FALLBACK, "reason");
	if (obj_has(o, XSCHED_A_HINT_KIND) && obj_has(o, XSCHED_A_HINT_VALUE))
		printf(" %s=%" PRId64 "%s", name_hint(o->num[XSCHED_A_HINT_KIND]),
		       (int64_t)o->num[XSCHED_A_HINT_VALUE],
		       o->num[XSCHED_A_HINT_KIND] <= XSCHED_HINT_MAX_KIND &&
		       o->num[XSCHED_A_HINT_KIND] ?
		       hint_infos[o->num[XSCHED_A_HINT_KIND]].unit : "");
	putchar('\n');
}

/* 1 ends the listening: enough seen, or nobody reads any more. */
static int on_event(struct nlattr *attrs, int len, void *arg)
{
	struct obj o = {};

	obj_read(&o, attrs, len);
	model_learn(arg, &o);
	if (ctl.json)
		out_json(obj_json(&o));
	else
		print_event(&o);
	obj_clear(&o);
	seen++;
	return fflush(stdout) || (count && seen >= count);
}

static int listen_on(struct model *known)
{
	int err;

	do {
		err = genl_listen(on_event, known);
		if (err == -ENOBUFS)
			out_warn("events", "see \"xschedctl list\" for how things are now",
				 "some were lost, they came too fast");
	} while (err == -ENOBUFS);
	return err;
}

static int monitor_run(int argc, char **argv)
{
	struct model known;	/* for names; what comes or goes before we listen has none */
	int err;

	(void)argc;
	(void)argv;
	if (model_fetch(&known))
		return CTL_FAILURE;
	err = listen_on(&known);
	model_free(&known);
	if (err == -ENODEV && host_is_open())
		return out_fail("xschedd", "start it again, then start monitor again",
				"it has ended");
	if (err == -ENODEV)
		return out_fail("netlink family \"xsched\"",
				"load it again (\"modprobe xsched\"), then start monitor again",
				"the xsched module was unloaded");
	return err < 0 ? probe_fail("events", err) : CTL_OK;
}

const struct ctl_cmd cmd_monitor = {
	.name = "monitor",
	.args = "[-n COUNT]",
	.summary = "Prints events as they happen, one per line",
	.more = "Devices, clients and entities that come and go, policies and hints that somebody\n"
		"sets, policies that fail, and the shutdown. The time is that of CLOCK_MONOTONIC, in\n"
		"seconds. Decisions are tracepoints (xsched:*), being too many. It ends when the\n"
		"module is unloaded.\n",
	.opts = monitor_opts,
	.opt = monitor_opt,
	.run = monitor_run,
};
