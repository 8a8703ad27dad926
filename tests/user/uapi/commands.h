/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Every command that takes a struct, with an argument that it accepts.
 */
#ifndef XSCHED_TEST_COMMANDS_H
#define XSCHED_TEST_COMMANDS_H

#include "client.h"

/* Room for the longest struct and for tails behind it. */
union arg {
	struct { uint32_t size, flags; } head;
	struct xsched_query query;
	struct xsched_attach attach;
	struct xsched_entity_create entity_create;
	struct xsched_queue_create queue_create;
	struct xsched_destroy destroy;
	struct xsched_wait wait;
	struct xsched_hint hint;
	struct xsched_depend depend;
	struct xsched_gang_join gang;
	char bytes[16384];
};

struct command {
	const char *name;
	unsigned long number;
	uint32_t size;		/* now */
	uint32_t first_size;	/* in the first version, for ever */
	bool before_attach;	/* is called on a file that is not attached yet */
	void (*fill)(union arg *arg, const struct player *p);
};

static void fill_nothing(union arg *arg, const struct player *p)
{
	(void)arg;
	(void)p;
}

static void fill_entity_create(union arg *arg, const struct player *p)
{
	(void)p;
	arg->entity_create = entity_args(0);
}

static void fill_entity_destroy(union arg *arg, const struct player *p)
{
	arg->destroy.id = p->e.id;
}

static void fill_queue_create(union arg *arg, const struct player *p)
{
	arg->queue_create = queue_args(p->e.id);
}

static void fill_queue_destroy(union arg *arg, const struct player *p)
{
	arg->destroy.id = p->q.id;
}

/* An epoch that it isn't: the call returns at once. */
static void fill_wait(union arg *arg, const struct player *p)
{
	arg->wait.entity_id = p->e.id;
	arg->wait.epoch = LOAD(p->e.ctl->epoch) + 1;
	arg->wait.deadline_ns = XSCHED_NO_DEADLINE;
}

static void fill_hint(union arg *arg, const struct player *p)
{
	arg->hint.entity_id = p->e.id;
	arg->hint.kind = XSCHED_HINT_TIMESLICE;
	arg->hint.value = 777;
}

static void fill_depend(union arg *arg, const struct player *p)
{
	struct xsched_entity_create a = entity_args(0);

	MUST(ioctl(p->c.fd, XSCHED_ENTITY_CREATE, &a));
	arg->depend.waiter_id = p->e.id;
	arg->depend.on_id = a.entity_id;
}

/* Is for a process without an entity. */
static void fill_gang(union arg *arg, const struct player *p)
{
	MUST(destroy(p->c.fd, XSCHED_ENTITY_DESTROY, p->e.id));
	strcpy(arg->gang.name, "gang");
}

/* The numbers of the first version are written out: a struct may grow, they not. */
static const struct command commands[] = {
	{ "QUERY", XSCHED_QUERY, sizeof(struct xsched_query), 32, true, fill_nothing },
	{ "ATTACH", XSCHED_ATTACH, sizeof(struct xsched_attach), 32, true, fill_nothing },
	{ "ENTITY_CREATE", XSCHED_ENTITY_CREATE, sizeof(struct xsched_entity_create), 72, false,
	  fill_entity_create },
	{ "ENTITY_DESTROY", XSCHED_ENTITY_DESTROY, sizeof(struct xsched_destroy), 16, false,
	  fill_entity_destroy },
	{ "QUEUE_CREATE", XSCHED_QUEUE_CREATE, sizeof(struct xsched_queue_create), 40, false,
	  fill_queue_create },
	{ "QUEUE_DESTROY", XSCHED_QUEUE_DESTROY, sizeof(struct xsched_destroy), 16, false,
	  fill_queue_destroy },
	{ "WAIT", XSCHED_WAIT, sizeof(struct xsched_wait), 32, false, fill_wait },
	{ "HINT_SET", XSCHED_HINT_SET, sizeof(struct xsched_hint), 24, false, fill_hint },
	{ "HINT_GET", XSCHED_HINT_GET, sizeof(struct xsched_hint), 24, false, fill_hint },
	{ "DEPEND", XSCHED_DEPEND, sizeof(struct xsched_depend), 16, false, fill_depend },
	{ "GANG", XSCHED_GANG, sizeof(struct xsched_gang_join), 40, false, fill_gang },
};

#define N_COMMANDS ARRAY_SIZE(commands)

/* A file in the state that the command wants, and a good argument for it. */
static inline int command_prepare(const struct command *c, struct player *p, union arg *arg)
{
	memset(arg, 0, sizeof(*arg));
	if (c->before_attach) {
		memset(p, 0, sizeof(*p));
		p->c.fd = node_open();
	} else {
		player_open(p, 0);
	}
	c->fill(arg, p);
	arg->head.size = c->size;
	return p->c.fd;
}

#endif
