// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Entities by what a user calls them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "out.h"
#include "pick.h"
#include "probe.h"

static bool read_id(const char *arg, uint64_t *id)
{
	char *end;

	errno = 0;
	*id = strtoull(arg, &end, 10);
	return isdigit(*arg) && !*end && !errno;
}

static int pick_queue(struct picked *p, const struct model *m, const char *arg)
{
	const struct obj *q;
	uint64_t id;

	if (!read_id(arg, &id))
		return out_usage(arg, "not the number of a queue");
	q = objs_find(&m->queues, id);
	if (!q)
		return out_fail(arg, "see \"xschedctl list queues\" for those there are",
				"no such queue");
	*p = (struct picked){ XSCHED_A_ENTITY_ID, q->num[XSCHED_A_ENTITY_ID], .kind = "queue" };
	return 0;
}

static int pick_device(struct picked *p, const struct model *m, const char *arg)
{
	const struct obj *d = model_device(m, arg);

	if (!d)
		return CTL_FAILURE;
	*p = (struct picked){ XSCHED_A_DEVICE_ID, d->id, .kind = "device" };
	return 0;
}

/* By a number that entities carry. */
static int pick_number(struct picked *p, const struct model *m, const char *arg, const char *kind,
		       enum xsched_attr attr)
{
	uint64_t id;
	size_t i;

	if (!read_id(arg, &id))
		return out_usage(arg, "not a number");
	*p = (struct picked){ attr, id, .kind = kind };
	for (i = 0; i < m->entities.n; i++)
		if (m->entities.v[i].num[attr] == id)
			return 0;
	return out_fail(arg, "see \"xschedctl list\" for what there is", "no such %s with an entity",
			kind);
}

static int pick_kind(struct picked *p, const struct model *m, const char *kind, const char *arg)
{
	if (!strcmp(kind, "queue"))
		return pick_queue(p, m, arg);
	if (!strcmp(kind, "device"))
		return pick_device(p, m, arg);
	if (!strcmp(kind, "entity"))
		return pick_number(p, m, arg, "entity", XSCHED_A_ENTITY_ID);
	if (!strcmp(kind, "client"))
		return pick_number(p, m, arg, "client", XSCHED_A_CLIENT_ID);
	if (!strcmp(kind, "process"))
		return pick_number(p, m, arg, "process", XSCHED_A_CLIENT_PID);
	return out_usage(kind, "no such kind: it is queue, entity, client, process, device or tenant");
}

int pick(struct picked *p, const struct model *m, int argc, char **argv)
{
	int err = 0;

	*p = (struct picked){ .kind = "all", .name = "devices" };
	if (!argc)
		return 0;
	if (argc == 2)
		err = pick_kind(p, m, argv[0], argv[1]);
	else if (isdigit(*argv[0]))
		err = pick_queue(p, m, argv[0]);
	else
		err = pick_device(p, m, argv[0]);
	snprintf(p->name, sizeof(p->name), "%s", argv[argc - 1]);
	return err;
}

void pick_words(void)
{
	struct objs devices;
	size_t i;

	puts("queue\nentity\nclient\nprocess\ndevice\ntenant");
	if (genl_open() || model_fetch_kind(&devices, XSCHED_A_DEVICE_ID, XSCHED_CMD_DEVICE_GET,
					    "devices"))
		return;
	for (i = 0; i < devices.n; i++)
		puts(obj_str(&devices.v[i], XSCHED_A_DEVICE_NAME));
	objs_free(&devices);
}
